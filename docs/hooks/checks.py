"""What is not published: sources that differ between the languages, pages that would cost too much.

`sources` looks at what was written, before pages are rendered; as an MkDocs hook, this looks at
the pages, before they take the place of the last good ones.
"""

import gzip
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nbformat
from bilingual import LANGUAGES, ROOT, Lesson, LessonError, lessons, same_in_both
from execution import executed
from mkdocs.exceptions import PluginError
from mkdocs.utils import meta

DOCS = ROOT / "docs"
BUDGET = tomllib.loads((DOCS / "budget.toml").read_text(encoding="utf-8"))

# ---- what was written ----

# A glossary's entry: an English term or several, and its Chinese one.
ENTRY = re.compile(r"^\*\*(.+?)\*\* · (.+)$", re.MULTILINE)
# Terms that English also uses in another sense.
EVERYDAY = {"window", "loss", "parameter", "pooling", "convolution", "kernel", "filter"}
# Numbers of many digits that people choose: sizes, years, and the like.
CHOSEN = {"100", "224", "365", "500", "3000", "4000", "1000"}
NUMBER = r"(?<![\w.])\d[\d,]*(?:\.\d+)?"
Paragraphs = list[tuple[str, str, str]]  # where the Chinese stands; English; Chinese


def sources() -> None:
    """Raise a LessonError that names each fault with its file and, where there is one, line."""
    written = lessons()
    problems = [*pages(), *(p for lesson in written for p in typed_numbers(lesson))]
    if not problems:  # paragraphs stand in pairs
        problems = mistranslated([*paragraphs(written)])
    if problems:
        raise LessonError("\n".join(problems))


def pages() -> Iterator[str]:
    """Pages that stand in one language only, or hold other things than their translation."""
    names = {
        language: {
            path.relative_to(DOCS / language).as_posix() for path in (DOCS / language).rglob("*.md")
        }
        for language in LANGUAGES
    }
    for name in sorted(names["en"] ^ names["zh"]):
        here, missing = ("en", "zh") if name in names["en"] else ("zh", "en")
        yield f"docs/{here}/{name}: its translation docs/{missing}/{name} is missing"
    for name in sorted(names["en"] & names["zh"]):
        texts = [(DOCS / language / name).read_text(encoding="utf-8") for language in LANGUAGES]
        en, zh = (meta.get_data(text)[1] for text in texts)
        for language, front in zip(LANGUAGES, (en, zh), strict=True):
            if not front.get("description"):
                yield f"docs/{language}/{name}:1: it has no description"
        if en.keys() != zh.keys():
            yield f"docs/zh/{name}:1: en sets {[*en]}, zh sets {[*zh]}"
        elif en.get("description") == zh.get("description"):
            yield f"docs/zh/{name}:1: its description is not translated"
        for what, one, other in same_in_both(*texts):
            yield f"docs/zh/{name}: {what} differ: en has {one}, zh has {other}"


def typed_numbers(lesson: Lesson) -> Iterator[str]:
    """Numbers of three digits and more that the lesson computes, and its prose repeats by hand."""
    computed = set()
    for cell in nbformat.read(executed(lesson), as_version=4).cells:
        for output in cell.outputs:
            text = output.get("text") or output.get("data", {}).get("text/plain", "")
            computed |= set(re.findall(rf"{NUMBER}(?![\w.]*\d)", text))
    long = {n for n in computed if len(re.sub(r"\D", "", n).lstrip("0")) >= 3} - CHOSEN
    for number, cell, _ in lesson.cells():
        if cell.cell_type == "code":
            continue
        prose = re.sub(r"\{\{.*?\}\}|`[^`]*`|\$[^$]*\$|\]\([^)]*\)|!\[.*?\]", "", cell.source)
        for typed in sorted(set(re.findall(NUMBER, prose)) & long):
            yield str(lesson.error(number, f"{typed} is computed: write {{{{ … }}}} instead"))


def paragraphs(written: list[Lesson]) -> Iterator[tuple[str, str, str]]:
    """Every paragraph and its translation."""
    for lesson in written:
        cells = [(number, cell, tags) for number, cell, tags in lesson.cells()]
        for (_, en, before), (number, zh, after) in pairwise(cells):
            if "en" in before and "zh" in after:
                first = lesson.lines[number - 1] + 1
                yield from _pairs(lesson.name, first, en.source, zh.source)
    for page in sorted((DOCS / "en").rglob("*.md")):
        zh = DOCS / "zh" / page.relative_to(DOCS / "en")
        name = zh.relative_to(ROOT).as_posix()
        yield from _pairs(name, 1, *(p.read_text(encoding="utf-8") for p in (page, zh)))


def _pairs(name: str, first: int, en: str, zh: str) -> Iterator[tuple[str, str, str]]:
    for one, other in zip(en.split("\n\n"), zh.split("\n\n"), strict=True):
        yield f"{name}:{first}", " ".join(_words(one).split()), re.sub(r"\s", "", _words(other))
        first += other.count("\n") + 2


def _words(text: str) -> str:
    """Prose without code, formulas, where links lead, and what asks for docstrings."""
    return re.sub(
        r"^:::(?:.|\n)*|\[[\w-]+\.svg\]\([^)]*\)|`[^`]*`|\$[^$]*\$|\]\([^)]*\)|\{[^}]*\}|<[^>]*>",
        " ",
        text,
    )


def mistranslated(texts: Paragraphs) -> list[str]:
    """Paragraphs whose Chinese has another word for a term than the glossary."""
    glossary = (DOCS / "en" / "glossary.md").read_text(encoding="utf-8")
    terms = [
        (one, chinese) for all_, chinese in ENTRY.findall(glossary) for one in all_.split(", ")
    ]
    return [
        f"{where}: {english!r} is {chinese} in the glossary, and here it is not: {zh[:40]}…"
        for english, chinese in terms
        if english not in EVERYDAY and "(" not in english
        for said in [re.compile(rf"\b{re.escape(english)}s?\b", re.IGNORECASE)]
        for where, en, zh in texts
        if chinese not in zh and said.search(en)
    ]


# ---- what was rendered ----

TAG = re.compile(r"<(img|script|link|iframe|source|video|audio|object|embed)\b([^<>]*)>")
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
ID = re.compile(r'<[a-z][^<>]*? id="([^"]+)"')
# Links that a browser follows by itself.
FETCHED = {"stylesheet", "preload", "modulepreload", "prefetch", "preconnect", "icon", "manifest"}
made_of: dict[str, str] = {}


def on_post_page(output: str, page: Any, config: Any) -> str:
    name = Path(page.file.src_uri)
    folder = "lessons" if name.suffix == ".ipynb" else config.extra["language"]
    made_of[page.file.dest_uri] = (
        f"docs/lessons/{name.stem}.py"
        if folder == "lessons"
        else f"docs/{folder}/{name.as_posix()}"
    )
    return output


def on_post_build(config: Any) -> None:
    site = Path(config.site_dir)
    sizes: dict[Path, int] = {}
    problems = [
        f"{made_of.get(file.relative_to(site).as_posix(), file.name)}: {problem}"
        for file in sorted(site.rglob("*.html"))
        for problem in faults(file, sizes)
    ]
    for sheet in sorted(site.rglob("*.css")):
        for url in re.findall(
            r"(?:url\(|@import) *[\"']?((?:https?:)?//[^)\"']+)", sheet.read_text("utf-8")
        ):
            problems.append(f"{sheet.name}: fetches {url} from another host")
    if problems:
        raise PluginError("\n".join(problems))


def faults(file: Path, sizes: dict[Path, int]) -> Iterator[str]:
    """What is wrong with a page; `sizes` remembers those of the files that pages share."""
    text = file.read_text(encoding="utf-8")
    ids = Counter(ID.findall(text))
    for twice in (i for i, n in ids.items() if n > 1 and not i.startswith("__")):
        yield f"the id {twice} stands {ids[twice]} times"
    cost = {"html": compressed(file), "css": 0, "script": 0, "pictures": 0}
    for tag, written in TAG.findall(text):
        attributes = dict(ATTRIBUTE.findall(written))
        url = attributes.get("src") or attributes.get("href") or attributes.get("data")
        rel = attributes.get("rel", "")
        if tag == "img" and not attributes.get("alt"):
            yield f"the image {url} has no alt text"
        if not url or url.startswith("data:") or (tag == "link" and rel not in FETCHED):
            continue
        if urlsplit(url).netloc:
            yield f"fetches {url} from another host"
            continue
        kind = {"link": "css" if rel == "stylesheet" else "", "script": "script"}.get(tag, "")
        if tag == "img" and attributes.get("loading") != "lazy":
            kind = "pictures"
        if kind and not url.startswith("/"):  # 404.html, served at any depth, says them whole
            path = (file.parent / urlsplit(url).path).resolve()
            if not path.is_file():
                yield f"asks for {url}, and there is no such file"
                continue
            if path not in sizes:
                sizes[path] = compressed(path)
            cost[kind] += sizes[path]
    for kind, size in cost.items():
        if size > BUDGET[kind]:
            yield f"{kind}: {size:,} bytes, and docs/budget.toml allows {BUDGET[kind]:,}"


def compressed(file: Path) -> int:
    """A file's bytes as a host sends it."""
    content = file.read_bytes()
    packed = file.suffix in (".woff2", ".webp", ".gif", ".png")
    return len(content if packed else gzip.compress(content, 6))
