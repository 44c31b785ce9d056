"""A lesson: a bilingual notebook kept as text, `docs/lessons/*.py` in percent format.

Markdown cells come in pairs, tagged `en` and `zh`; code cells serve both languages.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jupytext

ROOT = Path(__file__).parents[2]
LESSONS = ROOT / "docs" / "lessons"
LANGUAGES = ("en", "zh")
TAGS = {*LANGUAGES, "hint", "answer", "hide-input", "hide-output", "hide-cell"}
EXPRESSION = re.compile(r"\{\{(.+?)\}\}")


class LessonError(Exception):
    """A lesson that can't be published, with the file and line to look at."""


@dataclass(eq=False)  # each reads its file once
class Lesson:
    """A bilingual notebook and where its cells start in the file."""

    path: Path

    @property
    def slug(self) -> str:
        return self.path.stem

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def notebook(self) -> Any:
        notebook = jupytext.reads(self.text, fmt="py:percent")
        for number, cell in enumerate(notebook.cells, start=1):
            cell.id = f"cell-{number}"  # jupytext's are random, which would change every build
        return notebook

    @cached_property
    def lines(self) -> list[int]:
        """The line on which each cell starts."""
        return [n for n, line in enumerate(self.text.splitlines(), 1) if line.startswith("# %%")]

    @property
    def settings(self) -> dict[str, Any]:
        settings = self.notebook.metadata.get("convdocs")
        if not isinstance(settings, dict) or set(settings) - {"description", "time_limit"}:
            raise LessonError(f"{self.name}:1: give convdocs: description, time_limit")
        return settings

    @property
    def name(self) -> str:
        return f"docs/lessons/{self.path.name}"

    def error(self, number: int, message: str) -> LessonError:
        return LessonError(f"{self.name}:{self.lines[number - 1]}: cell {number}: {message}")

    def cells(self) -> Iterable[tuple[int, Any, set[str]]]:
        for number, cell in enumerate(self.notebook.cells, start=1):
            yield number, cell, set(cell.metadata.get("tags", []))

    @cached_property
    def expressions(self) -> list[tuple[int, str, int]]:
        """Each distinct inline expression, as: code cells before it, expression, cell."""
        found: dict[tuple[int, str], int] = {}
        code_cells = 0
        for number, cell, _ in self.cells():
            if cell.cell_type == "code":
                code_cells += 1
            for expression in EXPRESSION.findall(cell.source) if cell.cell_type != "code" else ():
                found.setdefault((code_cells, expression.strip()), number)
        return [(after, expression, number) for (after, expression), number in found.items()]


def lessons() -> list[Lesson]:
    return [Lesson(path) for path in sorted(LESSONS.glob("*.py"))]


def check(lesson: Lesson) -> None:
    """Stop unless every paragraph stands in both languages, with the same things in it."""
    description = lesson.settings.get("description")
    if not isinstance(description, dict) or set(description) != set(LANGUAGES):
        raise LessonError(f"{lesson.name}:1: give convdocs: description: en, zh")
    if len(lesson.lines) != len(lesson.notebook.cells):
        raise LessonError(f"{lesson.name}:1: every cell starts with '# %%'")
    waiting: tuple[int, Any, set[str]] | None = None
    for number, cell, tags in lesson.cells():
        if unknown := tags - TAGS:
            raise lesson.error(number, f"unknown tag {', '.join(sorted(unknown))}")
        language = tags & set(LANGUAGES)
        if cell.cell_type == "code":
            if language:
                raise lesson.error(number, "a code cell serves both languages: remove its tag")
            if waiting:
                break
            alt = cell.metadata.get("alt")
            if alt is not None and (not isinstance(alt, dict) or set(alt) != set(LANGUAGES)):
                raise lesson.error(number, "alt text needs both languages: alt={en: …, zh: …}")
            continue
        if cell.cell_type != "markdown":
            raise lesson.error(number, f"a {cell.cell_type} cell: use markdown or code")
        if language == {"en"} and waiting is None:
            waiting = (number, cell, tags)
        elif language == {"zh"} and waiting is not None:
            _check_pair(lesson, waiting, (number, cell, tags))
            waiting = None
        else:
            raise lesson.error(number, "Markdown cells come in pairs, en and then zh")
    if waiting:
        raise lesson.error(waiting[0], "its Chinese pair is missing")


def _check_pair(
    lesson: Lesson, en: tuple[int, Any, set[str]], zh: tuple[int, Any, set[str]]
) -> None:
    if en[2] - {"en"} != zh[2] - {"zh"}:
        raise lesson.error(zh[0], "its tags differ from those of its English pair")
    for what, one, other in same_in_both(en[1].source, zh[1].source):
        raise lesson.error(zh[0], f"{what} differ: en has {one}, zh has {other}")


def same_in_both(en: str, zh: str) -> list[tuple[str, list[str], list[str]]]:
    """What two translations of a text must have in common and have not."""

    def parts(text: str) -> dict[str, list[str]]:
        prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
        return {
            "numbers of paragraphs": [str(len(text.strip().split("\n\n")))],
            "headings": [
                f"{level} {id_}"
                for level, id_ in re.findall(r"^(#+) .*?(\{[^{}]*#[^{}]*\})?$", prose, re.M)
            ],
            "fences": re.findall(r"^ *(```.*?)$", text, re.M),
            "blocks": re.findall(r"^ *((?:!!!|\?\?\?\+?|///) *\w*)", text, re.M),
            "links": sorted(re.findall(r"\]([(\[][^)\]]*[)\]])", prose)),
            "formulas": sorted(
                set(re.findall(r"\$\$.+?\$\$|\$[^$]+\$", _no_words(prose), re.DOTALL))
            ),
            "inline values": sorted({e.strip() for e in EXPRESSION.findall(prose)}),
            "inline code": sorted(set(re.findall(r"`[^`\n]+`", prose))),
        }

    one, other = parts(en), parts(zh)
    return [
        (what, _only(one[what], other[what]), _only(other[what], one[what]))
        for what in one
        if one[what] != other[what]
    ]


def _only(these: list[str], those: list[str]) -> list[str]:
    """What these have more than those; all of them if nothing but the order differs."""
    return list((Counter(these) - Counter(those)).elements()) or (
        these if sorted(these) == sorted(those) else []
    )


def _no_words(text: str) -> str:
    return re.sub(r"\\text\{[^}]*\}", r"\\text", text)
