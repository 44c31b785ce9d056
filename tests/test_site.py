import json
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import nbformat
import place
import pytest
from api import COMPUTING
from bilingual import lessons
from fontTools.ttLib import TTFont
from mathematics import to_mathml
from mkdocs.exceptions import PluginError

import convdocs

ROOT = Path(__file__).parents[1]
LANGUAGES = ("en", "zh")
# What a page fetches by itself; a link that a reader follows may lead anywhere.
FETCHED = {
    ("img", "src"),
    ("script", "src"),
    ("link", "href"),
    ("iframe", "src"),
    ("source", "src"),
}


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.text, self.ids, self.links, self.tags = text, [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if "id" in attributes:
            self.ids.append(attributes["id"])
        for name in ("href", "src"):
            if attributes.get(name):
                self.links.append((tag, name, attributes[name]))


@cache
def pages(site):
    return {
        path.relative_to(site).as_posix(): Page(path.read_text(encoding="utf-8"))
        for path in sorted(site.rglob("*.html"))
    }


def expected_pages():
    plain = [
        p.relative_to(ROOT / "docs" / "en").with_suffix("")
        for p in (ROOT / "docs" / "en").rglob("*.md")
    ]
    names = [*plain, *(Path("lessons", lesson.slug) for lesson in lessons())]
    for language in LANGUAGES:
        yield f"{language}/404.html"
        for name in names:
            folder = name.parent if name.name == "index" else name
            yield Path(language, folder, "index.html").as_posix()
    yield "index.html"
    yield "404.html"


def test_every_page_is_built_and_none_else(site):
    assert sorted(pages(site)) == sorted(expected_pages())


def test_every_link_leads_to_a_file_and_an_anchor_that_exist(site):
    broken = []
    for name, page in pages(site).items():
        for tag, _, link in page.links:
            url = urlsplit(urljoin(f"http://site/{name}", link))
            if url.netloc != "site" or url.scheme != "http":
                continue
            target = unquote(url.path).lstrip("/")
            path = site / target
            if path.is_dir():
                target = f"{target.rstrip('/')}/index.html".lstrip("/")
            if not (site / target).is_file():
                broken.append((name, link))
            elif url.fragment and tag == "a":
                ids = pages(site)[target].ids
                broken += [(name, link)] if unquote(url.fragment) not in ids else []
    assert broken == []


def test_no_page_fetches_anything_from_another_host(site):
    foreign = [
        (name, link)
        for name, page in pages(site).items()
        for tag, attribute, link in page.links
        if (tag, attribute) in FETCHED and urlsplit(link).netloc
    ]
    foreign += [
        (path.name, url)
        for path in site.rglob("*.css")
        for url in re.findall(
            r"url\(\s*[\"']?((?:https?:)?//[^)\"']+)", path.read_text(encoding="utf-8")
        )
    ]
    assert foreign == []


def test_both_languages_have_the_same_headings(site):
    for name, page in pages(site).items():
        if name.startswith("en/"):
            other = pages(site)[name.replace("en/", "zh/", 1)]
            ids = [[i for i in p.ids if not i.startswith("__")] for p in (page, other)]
            assert ids[0] == ids[1], name
            assert len(ids[0]) == len(set(ids[0])), name


def test_every_page_names_its_other_language_and_says_what_it_is_about(site):
    descriptions = set()
    for name, page in pages(site).items():
        meta = [
            a.get("content") for t, a in page.tags if t == "meta" and a.get("name") == "description"
        ]
        if name.endswith("404.html") or name == "index.html":
            continue
        assert len(meta) == 1, name
        descriptions.add(meta[0])
        alternates = {
            a["hreflang"]: urldefrag(urljoin(f"http://site/{name}", a["href"])).url
            for t, a in page.tags
            if t == "link" and "alternate" in (a.get("rel") or "").split()
        }
        here = name.removesuffix("index.html")
        en, zh = (f"http://site/{language}/{here.split('/', 1)[1]}" for language in LANGUAGES)
        assert alternates == {"en": en, "zh": zh, "x-default": en}
    assert len(descriptions) == len(pages(site)) - 4


def test_every_image_has_a_text_and_a_size(site):
    for name, page in pages(site).items():
        for tag, attributes in page.tags:
            if tag == "img":
                assert attributes.get("alt"), (name, attributes)
                assert attributes.get("width"), (name, attributes)
                assert attributes.get("height"), (name, attributes)


def test_no_address_is_invented(site):
    for name, page in pages(site).items():
        assert not [a for t, a in page.tags if t == "link" and a.get("rel") == "canonical"], name
        assert not [a for t, a in page.tags if t == "a" and a.get("rel") == "edit"], name


def test_known_addresses_appear_in_canonical_and_edit_links():
    class Anything(dict):
        __getattr__ = dict.__getitem__
        __setattr__ = dict.__setitem__

    config = Anything(
        site_url="https://example.org/convdocs",
        repo_url="https://example.org/code/",
        theme={"language": "zh"},
        extra={"alternate": [{"lang": "en"}, {"lang": "zh"}]},
        mdx_configs={"toc": {}},
    )
    place.on_config(config)
    assert config.site_url == "https://example.org/convdocs/zh/"
    assert config.mdx_configs["toc"]["permalink_title"] == "本节的固定链接"
    page = Anything(url="lessons/corr2d/", file=Anything(src_uri="lessons/corr2d.ipynb"))
    context = place.on_page_context({}, page, config, None)
    assert context["same_page"]["en"] == "https://example.org/convdocs/en/lessons/corr2d/"
    assert page.edit_url == "https://example.org/code/edit/main/docs/lessons/corr2d.py"
    page.file.src_uri = "api/index.md"
    place.on_page_context({}, page, config, None)
    assert page.edit_url == "https://example.org/code/edit/main/docs/zh/api/index.md"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_api_pages_document_the_public_names_and_no_others(site, language):
    documented = set()
    for name, page in pages(site).items():
        if name.startswith(f"{language}/api/"):
            ids = [re.fullmatch(r"convdocs\.\w+\.(\w+)(\.\w+)?", i) for i in page.ids]
            documented |= {i[1] for i in ids if i}
    assert documented == {*convdocs.__all__} | COMPUTING


@pytest.mark.parametrize("language", LANGUAGES)
def test_methods_that_say_something_of_their_own_are_documented(site, language):
    ids = {i for name, page in pages(site).items() if name.startswith(language) for i in page.ids}
    for layer in ("Conv2D", "Dense2D", "LocallyConnected2D"):
        assert f"convdocs.layers.{layer}.forward" in ids
    assert "convdocs.cost.Cost.bytes" in ids


def test_the_api_names_the_lessons_that_use_a_function_and_lessons_link_back(site):
    for language, words in (("en", "Used in: "), ("zh", "用到它的课程：")):
        api = pages(site)[f"{language}/api/correlation/index.html"].text
        assert re.search(words + r'.*?href="\.\./\.\./lessons/corr2d/#corr2d"', api)
        lesson = pages(site)[f"{language}/lessons/corr2d/index.html"]
        assert any(
            "api/correlation/#convdocs.correlation.corr2d" in link for *_, link in lesson.links
        )


def test_chinese_api_pages_are_chinese(site):
    text = pages(site)["zh/api/correlation/index.html"].text
    assert "沿着每个轴，卷积核有多少个位置。" in text
    assert "How many places" not in re.sub(r"<details.*?</details>", "", text, flags=re.DOTALL)
    assert "Parameters" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_numbers_of_the_notes_come_out(site, language):
    def output(slug):
        return pages(site)[f"{language}/lessons/{slug}/index.html"].text

    assert "tensor([[19., 25.],\n        [37., 43.]])" in output("cross-correlation")
    assert "tensor([[1035., 1101.],\n        [1233., 1299.]])" in output("channels")
    assert "[ 0.,  1.,  0.,  0.,  0., -1.,  0.]" in output("edge-detection")
    learning = output("learning-a-kernel")
    for loss in ("9.939", "1.673", "0.283", "0.048", "0.008"):
        assert f": loss {loss}" in learning
    assert "tensor([[ 0.9862, -0.9811]])" in learning


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", [lesson.slug for lesson in lessons()])
def test_a_lesson_can_be_downloaded_in_its_language(site, language, slug):
    folder = site / language / "lessons" / slug
    notebook = nbformat.read(folder / f"{slug}.ipynb", as_version=4)
    nbformat.validate(notebook)
    prose = "".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    words = re.sub(r"\$.*?\$|`.*?`", "", prose, flags=re.DOTALL)
    assert bool(re.search(r"[\u4e00-\u9fff]", words)) == (language == "zh")
    assert "{{" not in prose
    assert "](../" not in prose
    assert "-lab" not in prose
    assert any(c.get("outputs") for c in notebook.cells)
    script = (folder / f"{slug}.py").read_text(encoding="utf-8")
    compile(script, slug, "exec")
    assert "# %%" in script


class Code(HTMLParser):
    """The code blocks of a page, as a reader sees and copies them."""

    def __init__(self, text):
        super().__init__()
        self.blocks, self.inside = [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag == "code" and self.get_starttag_text() == "<code>":
            self.inside = self.blocks.append("") is None

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "code"

    def handle_data(self, data):
        if self.inside:
            self.blocks[-1] += data


@pytest.mark.parametrize("lesson", lessons(), ids=lambda lesson: lesson.slug)
def test_a_page_shows_the_code_that_was_run(site, lesson):
    cells = [
        cell.source.strip()
        for _, cell, tags in lesson.cells()
        if cell.cell_type == "code" and not tags & {"hide-cell", "hide-input"}
    ]
    for language in LANGUAGES:
        blocks = Code(pages(site)[f"{language}/lessons/{lesson.slug}/index.html"].text).blocks
        shown = [block.strip() for block in blocks]
        assert [cell for cell in cells if cell not in shown] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_lessons_explain_their_terms_where_they_first_use_them(site, language):
    for lesson in lessons():
        page = pages(site)[f"{language}/lessons/{lesson.slug}/index.html"]
        tips = [attributes["title"] for tag, attributes in page.tags if tag == "abbr"]
        assert len(tips) >= 2, lesson.slug
        assert len(tips) == len(set(tips)) or language == "en"


def test_every_formula_is_mathml_in_a_font_that_has_its_characters(site):
    font = TTFont(ROOT / "docs" / "theme" / "assets" / "fonts" / "stix-two-math.woff2")
    known = set(font.getBestCmap())
    missing = {}
    formulas = 0
    for name, page in pages(site).items():
        assert "arithmatex" not in page.text, name
        for formula in re.findall(r"<math.*?</math>", page.text, re.DOTALL):
            formulas += 1
            # Words inside a formula are in the page's own font.
            symbols = re.sub(
                r"<mtext.*?</mtext>|<annotation[^>]*>[^<]*</annotation>|<[^>]+>|&\w+;|\s",
                "",
                formula,
            )
            missing.update({c: name for c in symbols if ord(c) not in known})
    assert formulas > 100
    assert missing == {}, "subset the font again, see CONTRIBUTING.md"


def test_a_formula_that_is_wrong_stops_the_build_and_is_named():
    with pytest.raises(PluginError, match=r"page\.md: .*foo"):
        to_mathml(r'<span class="arithmatex">\(\foo\)</span>', "page.md")


def test_chinese_search_keeps_its_words_whole(site):
    index = json.loads((site / "zh" / "search" / "search_index.json").read_text(encoding="utf-8"))
    assert "\\u200b" in json.dumps(index["config"]["separator"])
    text = "".join(doc["text"] for doc in index["docs"])
    for term in ("互相关", "卷积核", "学习率"):
        assert f"\u200b{term}\u200b" in text


def test_the_root_offers_both_languages_without_javascript(site):
    page = pages(site)["index.html"]
    assert {link for tag, _, link in page.links if tag == "a"} == {"en/", "zh/"}
