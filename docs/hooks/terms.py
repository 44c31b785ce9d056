"""The glossary at hand: in a lesson, the first use of each term shows its sentence."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, NavigableString

ENTRY = re.compile(r"^\*\*(.+?)\*\* · .+\n:   (.+?) ?\[", re.MULTILINE)
SKIP = {"a", "abbr", "code", "math", "pre", "summary", "h1", "h2", "h3", "h4"}
# Within Latin letters a match would be part of another word; in Chinese, of the words named here.
BORDERS = {"en": (r"\b", r"(?:s|es)?\b"), "zh": ("", "(?!核|层)")}


@cache
def glossary(file: Path, language: str) -> dict[str, tuple[re.Pattern[str], str]]:
    """Each term's pattern and sentence, long terms before the short ones inside them."""
    before, after = BORDERS[language]
    found = {}
    for names, sentence in ENTRY.findall(file.read_text(encoding="utf-8")):
        for term in re.split(r", ", names):
            word = re.sub(r" ?[(（].*?[)）]", "", term)
            pattern = re.compile(before + re.escape(word) + after, re.IGNORECASE)
            found[word] = (pattern, re.sub(r"[*`$]", "", sentence))
    return dict(sorted(found.items(), key=lambda item: -len(item[0])))


def mark(html: str, terms: dict[str, tuple[re.Pattern[str], str]]) -> str:
    """Wrap the first use of each term in the running text in `<abbr>`."""
    soup = BeautifulSoup(html, "html.parser")
    texts = [text for text in soup.find_all(string=True) if _is_running(text)]
    for pattern, sentence in terms.values():
        for i, text in enumerate(texts):
            if not (match := pattern.search(text)):
                continue
            abbreviation = soup.new_tag("abbr", title=sentence)
            abbreviation.string = match[0]
            around = [NavigableString(text[: match.start()]), NavigableString(text[match.end() :])]
            text.replace_with(around[0], abbreviation, around[1])
            texts[i : i + 1] = around
            break
    return str(soup)


def _is_running(text: NavigableString) -> bool:
    """Whether it is prose: in a paragraph, a list or a table, and no code, formula or output."""
    above = list(text.parents)
    names = {tag.name for tag in above}
    classes = {name for tag in above for name in tag.get("class", ())}
    return bool(
        type(text) is NavigableString
        and names & {"p", "li", "td"}
        and not names & SKIP
        and not classes & {"arithmatex", "output"}
    )


def on_config(config: Any) -> Any:
    """Leave Chinese terms on English pages whole, for a search there would not know their parts."""
    if config.theme["language"] == "en":
        from material.plugins.search import plugin

        plugin.jieba = None
    return config


def on_page_content(html: str, page: Any, config: Any, files: Any) -> str:
    if not page.file.src_uri.startswith("lessons/"):
        return html
    language = config.theme["language"]
    return mark(html, glossary(Path(config.docs_dir, "glossary.md"), language))


on_page_content.mkdocs_priority = -50  # type: ignore[attr-defined]  # before the formulas
