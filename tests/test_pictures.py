import io
import re
from pathlib import Path
from xml.etree import ElementTree

import draw
import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]
PIC = ROOT / "pic"
EVERYTHING = draw.pictures()
DRAWN = {name: svg for name, svg in EVERYTHING.items() if name.endswith(".svg")}
SVG = "{http://www.w3.org/2000/svg}"


def test_every_picture_is_as_its_code_draws_it():
    kept = {
        path.name: path.read_bytes() for path in PIC.iterdir() if path.suffix in (".svg", ".gif")
    }
    drawn = {name: p.encode() if isinstance(p, str) else p for name, p in EVERYTHING.items()}
    assert kept.keys() == drawn.keys()
    assert [name for name in kept if kept[name] != drawn[name]] == []


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_a_picture_is_small_and_says_what_it_shows(name):
    root = ElementTree.fromstring(DRAWN[name])
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title.text
    assert len(desc.text) > len(title.text)
    limit = 60_000 if "data:image/webp" in DRAWN[name] else 12_000
    assert len(DRAWN[name].encode()) < limit


@pytest.mark.parametrize("name", sorted({n.split(".")[0] for n in DRAWN}))
def test_a_picture_exists_in_both_languages_and_is_used(name):
    assert DRAWN[f"{name}.en.svg"] != DRAWN[f"{name}.zh.svg"]
    lessons = [
        path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "lessons").glob("*.py")
    ]
    listed = (ROOT / "docs" / "en" / "pictures.md").read_text(encoding="utf-8")
    assert re.search(rf"!\[[^\]]+\]\(\.\./pic/{name}\.svg\)", "".join(lessons))
    assert f"](pic/{name}.svg)\n\n[{name}.svg](pic/{name}.svg)" in listed


def test_the_animation_is_a_gif_of_every_place_that_repeats():
    gif = Image.open(io.BytesIO(EVERYTHING["sliding-kernel.gif"]))
    assert (gif.n_frames, gif.info["loop"]) == (4, 0)
    assert len(EVERYTHING["sliding-kernel.gif"]) < 60_000
    assert "sliding-kernel.gif" in (ROOT / "README.md").read_text(encoding="utf-8")
