"""The glossary at hand: in a lesson, the first use of each term shows its sentence."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, NavigableString

ENTRY = re.compile(
    r"^\*\*(.+?)\*\* · (.+)\n:   (.+?) ?\[[^\]]*\]\(lessons/([\w-]+)\.ipynb\)", re.MULTILINE
)
SKIP = {"a", "abbr", "code", "math", "pre", "summary", "h1", "h2", "h3", "h4"}
# Within Latin letters a match would be part of another word; in Chinese, of the words named here.
BORDERS = {"en": (r"\b", r"(?:s|es)?\b"), "zh": ("", "(?!核|层|神经网络)")}


@dataclass(frozen=True)
class Entry:
    """A term, by all its names in the page's language and in the other."""

    names: tuple[str, ...]
    others: tuple[str, ...]
    sentence: str
    lesson: str

    @property
    def english(self) -> tuple[str, ...]:
        return self.names if self.names[0].isascii() else self.others

    @property
    def id(self) -> str:
        """The same in both languages."""
        return re.sub(r"\W+", "-", self.english[0].lower())


def entries(file: Path) -> list[Entry]:
    """The glossary, as it is written."""
    return [
        Entry(_split(names), _split(others), re.sub(r"[*`$]", "", sentence), lesson)
        for names, others, sentence, lesson in ENTRY.findall(file.read_text(encoding="utf-8"))
    ]


def _split(names: str) -> tuple[str, ...]:
    """Names without what stands in brackets, which is a name by itself in Chinese."""
    first = re.sub(r" ?[(（].*?[)）]", "", names).split(", ")
    return (*first, *re.findall(r"（(.*?)）", names))


@cache
def glossary(file: Path, language: str) -> dict[str, tuple[re.Pattern[str], str]]:
    """Each term's pattern and sentence, long terms before the short ones inside them."""
    before, after = BORDERS[language]
    found = {}
    for entry in entries(file):
        for name in entry.names:
            pattern = re.compile(before + re.escape(name) + after, re.IGNORECASE)
            found[name] = (pattern, entry.sentence)
    return dict(sorted(found.items(), key=lambda item: -len(item[0])))


def mark(html: str, terms: dict[str, tuple[re.Pattern[str], str]]) -> str:
    """Wrap the first use of each term in the running text in `<abbr>`."""
    soup = BeautifulSoup(html, "html.parser")
    texts = [text for text in soup.find_all(string=True) if _is_running(text)]
    for pattern, sentence in terms.values():
        for i, text in enumerate(texts):
            if not (match := pattern.search(text)):
                continue
            abbreviation = soup.new_tag("abbr", title=sentence, tabindex="0")
            abbreviation.string = match[0]
            around = [NavigableString(text[: match.start()]), NavigableString(text[match.end() :])]
            text.replace_with(around[0], abbreviation, around[1])
            texts[i : i + 1] = around
            break
    return str(soup)


def _is_running(text: NavigableString) -> bool:
    """Whether it is prose: in a paragraph, a list or a table, and no code, formula or output.

    Where a word means something else, `<span class="no-term">…</span>` opts it out.
    """
    above = list(text.parents)
    names = {tag.name for tag in above}
    classes = {name for tag in above for name in tag.get("class", ())}
    return bool(
        type(text) is NavigableString
        and names & {"p", "li", "td"}
        and not names & SKIP
        and not classes & {"arithmatex", "output", "no-term"}
    )


def on_page_content(html: str, page: Any, config: Any, files: Any) -> str:
    file = Path(config.docs_dir, "glossary.md")
    if page.file.src_uri == "glossary.md":
        ids = iter(entry.id for entry in entries(file))
        return re.sub("<dt>", lambda _: f'<dt id="{next(ids)}">', html)
    if not page.file.src_uri.startswith("lessons/"):
        return html
    return mark(html, glossary(file, config.theme["language"]))


on_page_content.mkdocs_priority = -50  # type: ignore[attr-defined]  # before the formulas
