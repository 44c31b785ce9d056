"""One word for one thing: where an English paragraph uses a term, its pair uses the table's."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from bilingual import lessons
from terms import glossary, mark

ROOT = Path(__file__).parents[1]
# The glossary's terms; `kernel, filter` and the like count as alternatives.
ENTRY = re.compile(r"^\*\*(.+?)\*\* · (.+)$", re.MULTILINE)
# Words that English also uses in another sense.
EVERYDAY = {"window", "loss", "parameter", "pooling", "convolution", "kernel", "filter"}


def terms():
    text = (ROOT / "docs" / "en" / "glossary.md").read_text(encoding="utf-8")
    for english, chinese in ENTRY.findall(text):
        for word in english.split(", "):
            if word not in EVERYDAY and "(" not in word:
                yield word, chinese


def pairs():
    for lesson in lessons():
        cells = [(cell.source, tags) for _, cell, tags in lesson.cells()]
        for (en, en_tags), (zh, zh_tags) in pairwise(cells):
            if "en" in en_tags and "zh" in zh_tags:
                yield from paragraphs(lesson.slug, en, zh)
    for page in (ROOT / "docs" / "en").rglob("*.md"):
        name = page.relative_to(ROOT / "docs" / "en")
        zh = (ROOT / "docs" / "zh" / name).read_text(encoding="utf-8")
        yield from paragraphs(name.as_posix(), page.read_text(encoding="utf-8"), zh)


def paragraphs(name, en, zh):
    for one, other in zip(en.split("\n\n"), zh.split("\n\n"), strict=True):
        yield name, " ".join(words(one).split()), words(other)


def words(text):
    """The prose without code, formulas, and where links lead."""
    return re.sub(
        r"\[[\w-]+\.svg\]\([^)]*\)|`[^`]*`|\$[^$]*\$|\]\([^)]*\)|\{[^}]*\}|<[^>]*>", " ", text
    )


def test_the_glossaries_hold_the_same_terms_in_the_same_order():
    zh = (ROOT / "docs" / "zh" / "glossary.md").read_text(encoding="utf-8")
    en = (ROOT / "docs" / "en" / "glossary.md").read_text(encoding="utf-8")
    assert [(e, z) for z, e in ENTRY.findall(zh)] == ENTRY.findall(en)
    assert len(ENTRY.findall(en)) >= 25


@pytest.mark.parametrize(("english", "chinese"), list(terms()))
def test_a_term_is_translated_as_the_glossary_says(english, chinese):
    said = re.compile(rf"\b{re.escape(english)}s?\b", re.IGNORECASE)
    wrong = [
        (name, one, other)
        for name, one, other in pairs()
        if said.search(one) and chinese not in re.sub(r"\s", "", other)
    ]
    assert wrong == []


# What Chinese typography asks for: full-width marks after Han, a space between Han and Latin.
HAN = r"[\u4e00-\u9fff]"
FAULTS = {
    "a half-width mark after a Chinese character": rf"{HAN}[,;:!?](?!\d)",
    "a half-width mark before a Chinese character": rf"[,;!?]{HAN}",
    "a space beside a full-width mark": r"[，。：；！？（）《》] (?!\|)|(?<!\|) [，。：；！？）》]",
    "no space between Chinese and Latin": rf"{HAN}[A-Za-z0-9]|[A-Za-z0-9]{HAN}",
}


def chinese_texts():
    for lesson in lessons():
        for number, cell, tags in lesson.cells():
            if "zh" in tags:
                yield f"{lesson.slug}, cell {number}", cell.source
    for page in (ROOT / "docs" / "zh").rglob("*.md"):
        yield (
            page.name,
            re.sub(r"^---.*?^---", "", page.read_text(encoding="utf-8"), flags=re.S | re.M),
        )


@pytest.mark.parametrize("fault", FAULTS)
def test_chinese_is_set_as_chinese_books_set_it(fault):
    found = []
    for name, text in chinese_texts():
        prose = re.sub(r"```.*?```|<div.*?</div>|\$\$.*?\$\$", "", text, flags=re.DOTALL)
        prose = re.sub(r" *\{ #.*?\}$|\]\([^)]*\)", "", prose, flags=re.M)
        prose = re.sub(r"`[^`]*`|\$[^$]*\$|\{\{.*?\}\}", "8", prose)
        for line in prose.splitlines():
            found += [(name, m[0], line) for m in [re.search(FAULTS[fault], line)] if m]
    assert found == []


def marked(language, html):
    return mark(html, glossary(ROOT / "docs" / language / "glossary.md", language))


def test_the_first_use_of_a_term_shows_its_sentence():
    html = "<h1>Stride</h1><p>A <code>stride</code>, a stride and strides.</p>"
    tip = "How many pixels the window moves at a time."
    assert marked("en", html) == (
        '<h1>Stride</h1><p>A <code>stride</code>, a <abbr title="'
        + tip
        + '">stride</abbr> and strides.</p>'
    )
    assert '<abbr title="窗口每次移动的像素数。">步幅</abbr>' in marked("zh", "<p>先选步幅。</p>")


def test_a_long_term_is_not_taken_apart():
    assert ">平移等变性</abbr>" in marked("zh", "<p>这是平移等变性。</p>")
    assert marked("en", "<p>gradient descent</p>").count("<abbr") == 1


def test_formulas_and_outputs_are_left_alone():
    html = '<p><span class="arithmatex">\\(\\text{stride}\\)</span></p><div class="output"><p>stride</p></div>'
    assert marked("en", html) == html
