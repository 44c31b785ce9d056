"""The glossary, its terms in the lessons, and how Chinese is set."""

import re
from pathlib import Path

import pytest
from bilingual import lessons
from checks import ENTRY
from terms import glossary, mark

ROOT = Path(__file__).parents[1]


def test_the_glossaries_hold_the_same_terms_in_the_same_order():
    zh = (ROOT / "docs" / "zh" / "glossary.md").read_text(encoding="utf-8")
    en = (ROOT / "docs" / "en" / "glossary.md").read_text(encoding="utf-8")
    assert [(e, z) for z, e in ENTRY.findall(zh)] == ENTRY.findall(en)
    assert len(ENTRY.findall(en)) >= 25


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
        f'<h1>Stride</h1><p>A <code>stride</code>, a <abbr tabindex="0" title="{tip}">stride</abbr>'
        " and strides.</p>"
    )
    assert 'title="窗口每次移动的像素数；也称步长。">步幅</abbr>' in marked(
        "zh", "<p>先选步幅。</p>"
    )


def test_a_word_that_is_part_of_another_or_means_something_else_is_no_term():
    assert "<abbr" not in marked("zh", "<p>卷积神经网络</p>")
    assert "<abbr" not in marked("en", "<p>a midstride</p>")
    other = '<p>并不<span class="no-term">损失</span>什么</p>'
    assert marked("zh", other) == other


def test_a_long_term_is_not_taken_apart():
    assert ">平移等变性</abbr>" in marked("zh", "<p>这是平移等变性。</p>")
    assert marked("en", "<p>gradient descent</p>").count("<abbr") == 1


def test_formulas_and_outputs_are_left_alone():
    html = '<p><span class="arithmatex">\\(\\text{stride}\\)</span></p><div class="output"><p>stride</p></div>'
    assert marked("en", html) == html
