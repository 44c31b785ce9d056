"""The API pages: docstrings in the page's language, each with the lessons that use it.

Signatures and examples come from the code. Prose comes from the docstring, which is English,
or from `docs/translations/<module>.po`, whose msgids are the docstring's paragraphs.
`docs/templates/` shows the code.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import griffe
from babel.messages.pofile import read_po
from bilingual import Lesson, lessons
from mkdocs.exceptions import PluginError

TRANSLATIONS = Path(__file__).parents[1] / "translations"
USED_IN = {"en": "Used in: {}.", "zh": "用到它的课程：{}。"}
# Private, but shown under the functions whose arithmetic they are.
COMPUTING = {"_by_rows", "_feature_maps", "_in_pieces"}
COMMA = {"en": ", ", "zh": "、"}


class Docstrings(griffe.Extension):
    """Translate docstrings paragraph by paragraph and link the lessons."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        if pkg.name != "convdocs":
            return
        self.lessons = lessons()
        problems = []
        for module in pkg.modules.values():
            if module.name.startswith("_"):
                continue
            documented = list(_documented(module))
            if self.language != "en":
                problems += self._translate(module.name, documented)
            for thing in documented:
                thing.extra["convdocs"]["code"] = code(thing)
                self._link_lessons(thing)
        if problems:
            raise PluginError("\n".join(problems))

    def _translate(self, module: str, documented: list[Any]) -> list[str]:
        file = TRANSLATIONS / f"{module}.po"
        known = translations(file)
        used: set[str] = set()

        def translated(text: str) -> str:
            done = []
            for paragraph in text.split("\n\n"):
                source = " ".join(paragraph.split())
                if needs_translation(source):
                    used.add(source)
                    paragraph = known.get(source, "")
                done.append(paragraph)
            return "\n\n".join(done)

        for thing in documented:
            for section in thing.docstring.parsed:
                _map_prose(section, translated)
        missing = [f"{file.name}: no translation of: {m}" for m in sorted(used - known.keys())]
        stale = [f"{file.name}: no docstring says: {m}" for m in sorted(known.keys() - used)]
        return missing + stale

    def _link_lessons(self, thing: Any) -> None:
        using = [lesson for lesson in self.lessons if thing.name in names_used(lesson)]
        if not using:
            return
        links = COMMA[self.language].join(
            f"[{title(lesson, self.language)}][{lesson.slug}]" for lesson in using
        )
        text = USED_IN[self.language].format(links)
        # The class is for docs/hooks/search.py: these titles are no words of this page.
        thing.docstring.parsed.append(griffe.DocstringSectionText(text + "\n{: .used-in }"))


def _documented(thing: Any) -> Iterator[Any]:
    if thing.docstring:
        yield thing
    for member in thing.members.values():
        if member.is_alias:
            continue
        if thing.is_module:
            public = is_public(member) or member.name in COMPUTING
        else:
            public = not member.name.startswith("_") or member.name == "__init__"
        if public:
            yield from _documented(member)


def code(thing: Any) -> str:
    """The source of a function, or of a class with its methods, without docstrings."""
    if not ((thing.is_function and thing.parent.is_module) or thing.is_class):
        return ""
    lines = dict(enumerate(thing.lines, thing.lineno))
    for part in (thing, *thing.members.values()):
        if part.docstring and part.docstring.endlineno < part.endlineno:  # else it is the body
            for number in range(part.docstring.lineno, part.docstring.endlineno + 1):
                lines.pop(number, None)
    return "\n".join(lines.values())


def is_public(member: Any) -> bool:
    """Whether `from convdocs import …` gives it."""
    return member.name in (member.package.exports or ())


def _map_prose(section: Any, translated: Any) -> None:
    if section.kind is griffe.DocstringSectionKind.text:
        section.value = translated(section.value)
    elif section.kind is griffe.DocstringSectionKind.examples:
        section.value = [
            (kind, translated(text) if kind is griffe.DocstringSectionKind.text else text)
            for kind, text in section.value
        ]
    else:
        for item in section.value:
            item.description = translated(item.description)


def needs_translation(paragraph: str) -> bool:
    """A formula without words reads the same in every language."""
    words = re.sub(r"\$\$((?!\\text).)*?\$\$", "", paragraph)
    return bool(re.search(r"[A-Za-z]", words))


def translations(file: Path) -> dict[str, str]:
    with file.open("rb") as stream:
        return {m.id: m.string for m in read_po(stream) if m.id and m.string and not m.fuzzy}


@cache
def names_used(lesson: Lesson) -> frozenset[str]:
    """The public names that a lesson imports from the package."""
    code = "\n".join(c.source for c in lesson.notebook.cells if c.cell_type == "code")
    return frozenset(
        alias.name
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.ImportFrom) and node.module == "convdocs"
        for alias in node.names
    )


@cache
def title(lesson: Lesson, language: str) -> str:
    """A lesson's title in a language."""
    for _, cell, tags in lesson.cells():
        heading = re.search(r"^# (.+?) *\{", cell.source, re.MULTILINE)
        if language in tags and heading:
            return heading[1]
    raise PluginError(f"{lesson.name}: it has no title in {language}")
