import re
from pathlib import Path
from xml.etree import ElementTree

import draw
import pytest

ROOT = Path(__file__).parents[1]
PIC = ROOT / "pic"
DRAWN = draw.pictures()
SVG = "{http://www.w3.org/2000/svg}"


def test_every_picture_is_as_its_code_draws_it():
    kept = {path.name: path.read_text(encoding="utf-8") for path in PIC.glob("*.svg")}
    assert kept == DRAWN


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_a_picture_is_small_and_says_what_it_shows(name):
    root = ElementTree.fromstring(DRAWN[name])
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title.text
    assert len(desc.text) > len(title.text)
    assert len(DRAWN[name].encode()) < 12_000


@pytest.mark.parametrize("name", sorted({n.split(".")[0] for n in DRAWN}))
def test_a_picture_exists_in_both_languages_and_is_used(name):
    assert DRAWN[f"{name}.en.svg"] != DRAWN[f"{name}.zh.svg"]
    lessons = [
        path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "lessons").glob("*.py")
    ]
    listed = (ROOT / "docs" / "en" / "pictures.md").read_text(encoding="utf-8")
    assert re.search(rf"!\[[^\]]+\]\(\.\./pic/{name}\.svg\)", "".join(lessons))
    assert f"](pic/{name}.svg)\n\n[{name}.svg](pic/{name}.svg)" in listed
