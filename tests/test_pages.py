import contextlib
import doctest
import io
import re
import textwrap
from html import unescape
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
EN, ZH = ROOT / "docs" / "en", ROOT / "docs" / "zh"
PAGES = sorted(page.relative_to(EN).as_posix() for page in EN.rglob("*.md"))
# A fence of Python, and the output that the page shows below it.
SNIPPET = re.compile(
    r"```python\n(?P<code>.*?)```\s*(?:```text\n(?P<fence>.*?)\n```|<div class=\"output\"[^>]*><pre>(?P<html>.*?)</pre>)?",
    re.DOTALL,
)


def test_both_sites_list_the_same_pages_in_the_same_order():
    def paths(nav):
        for entry in nav:
            if isinstance(entry, dict):
                for section in entry.values():
                    yield from paths(section)
            else:
                yield entry

    def nav(name):
        text = (ROOT / name).read_text(encoding="utf-8")
        return list(
            paths(yaml.safe_load(re.search(r"^nav:.*", text, re.MULTILINE | re.DOTALL)[0])["nav"])
        )

    assert nav("mkdocs.yml") == nav("mkdocs.zh.yml")


@pytest.mark.parametrize(
    "page", [*(EN / p for p in PAGES), *(ZH / p for p in PAGES), ROOT / "README.md"], ids=str
)
def test_the_snippets_of_a_page_print_what_the_page_shows(page):
    for match in SNIPPET.finditer(page.read_text(encoding="utf-8")):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(match["code"], {})
        shown = match["fence"] or unescape(match["html"] or "")
        assert printed.getvalue().strip() == shown.strip()


PROOF = re.compile(r"^ *```pycon\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("name", [p for p in PAGES if PROOF.search((EN / p).read_text("utf-8"))])
def test_the_proofs_of_a_page_print_what_the_page_shows(name):
    proofs = PROOF.findall((EN / name).read_text("utf-8"))
    assert PROOF.findall((ZH / name).read_text("utf-8")) == proofs
    for proof in map(textwrap.dedent, proofs):
        test = doctest.DocTestParser().get_doctest(proof, {}, name, name, 0)
        told = io.StringIO()
        assert doctest.DocTestRunner().run(test, out=told.write).failed == 0, told.getvalue()


def test_the_errata_have_proofs():
    assert len(PROOF.findall((EN / "errata.md").read_text("utf-8"))) >= 10
