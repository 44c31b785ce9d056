"""What a build reads of the lessons: each language's pages, figures and downloads.

Run as a script, it prepares them; as an MkDocs hook, it hands them to a build.
"""

import ast
import asyncio
import base64
import copy
import html
import io
import json
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import installing
import jupytext
import nbformat
from bilingual import EXPRESSION, LANGUAGES, ROOT, Lesson, LessonError, check, lessons
from execution import CACHE, execute_all, executed, write
from filelock import FileLock
from mkdocs.exceptions import PluginError
from nbformat.v4 import new_code_cell, new_markdown_cell
from PIL import Image

FOLDED = {
    "en": {"hint": "Hint", "answer": "Answer"},
    "zh": {"hint": "提示", "answer": "参考答案"},
}
BELOW = {
    "en": {"hint": "**Hint below**", "answer": "**Answer below**"},
    "zh": {"hint": "**以下是提示**", "answer": "**以下是参考答案**"},
}
IMAGE_TYPES = {"image/svg+xml": "svg", "image/png": "png"}
VALUE = re.compile(EXPRESSION.pattern + "( ?)")
# Chinese counts in ten thousands, and writes no space between the unit and what it counts.
UNITS = {
    "en": {10**12: " trillion", 10**9: " billion", 10**6: " million"},
    "zh": {10**12: " 万亿", 10**8: " 亿", 10**4: " 万"},
}


@contextmanager
def lock() -> Iterator[None]:
    """Let one build at a time use the cache; another waits."""
    CACHE.mkdir(exist_ok=True)
    build = FileLock(CACHE / "build.lock")
    if not _try(build):
        print("another build is running; waiting for it", flush=True)
        build.acquire()
    try:
        yield
    finally:
        build.release()


def _try(build: FileLock) -> bool:
    try:
        build.acquire(blocking=False)
    except TimeoutError:
        return False
    return True


def prepare() -> None:
    """Check and execute every lesson, and write both languages' notebooks."""
    wanted = lessons()
    for lesson in wanted:
        check(lesson)
    asyncio.run(execute_all(wanted))
    written = [file for language in LANGUAGES for file in publish(wanted, language)]
    for kind in ("lessons", "downloads", "figures"):
        for old in set((CACHE / kind).rglob("*.*")) - set(written):
            old.unlink()
    keep = {executed(lesson) for lesson in wanted}
    for old in set((CACHE / "executed").glob("*.ipynb")) - keep:
        if time.time() - old.stat().st_mtime > 7 * 24 * 3600:
            old.unlink()


def publish(wanted: list[Lesson], language: str) -> Iterator[Path]:
    """Write each lesson's downloads, page and figures, and say which files these are."""
    downloads = CACHE / "downloads" / language
    figures = CACHE / "figures"
    for lesson in wanted:
        notebook = in_language(lesson, language)
        download, script = as_notebook(lesson, notebook), as_script(lesson, notebook)
        page = for_page(lesson, notebook, language, figures)
        files = {
            downloads / f"{lesson.slug}.ipynb": nbformat.writes(download),
            downloads / f"{lesson.slug}.py": jupytext.writes(script, "py:percent"),
            CACHE / "lessons" / language / f"{lesson.slug}.ipynb": nbformat.writes(page),
        }
        for path, content in files.items():
            write(path, content)
            yield path
        for output in (output for cell in page.cells for output in cell.get("outputs", [])):
            if "figure" in output.get("metadata", {}):
                yield figures / output.metadata["figure"]


def in_language(lesson: Lesson, language: str) -> Any:
    """The notebook with this language's cells, its values filled in, and the outputs."""
    results = nbformat.read(executed(lesson), as_version=4)
    outputs = iter(results.cells)
    values = results.metadata["values"]
    notebook = nbformat.v4.new_notebook(
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python", "file_extension": ".py"},
        }
    )
    after = 0
    for _, cell, tags in lesson.cells():
        metadata = {"tags": sorted(tags - set(LANGUAGES))} if tags - set(LANGUAGES) else {}
        if cell.cell_type == "code":
            after += 1
            result = next(outputs)
            result.id = cell.id  # prose may have moved it since it ran
            if alt := cell.metadata.get("alt"):
                metadata["alt"] = alt[language]
            result.metadata.update(metadata)
            notebook.cells.append(result)
        elif language in tags:
            source = join_lines(cell.source)
            source = VALUE.sub(
                lambda m: in_words(values[f"{after}:{m[1].strip()}"], language, m[2]),  # noqa: B023
                source,
            )
            notebook.cells.append(new_markdown_cell(source, id=cell.id, metadata=metadata))
    notebook.metadata["language"] = language
    return notebook


def in_words(value: str, language: str, space: str = "") -> str:
    """A large round number as people write it: `3,600,000,000` → `3.6 billion`, `36 亿`."""
    if not re.fullmatch(r"[\d,]+", value):
        return value + space
    number = int(value.replace(",", ""))
    for unit, word in UNITS[language].items():
        if number >= unit:
            if number * 100 % unit == 0:
                return f"{number / unit:g}{word}" + (space if language == "en" else "")
            break
    return value + space


def join_lines(text: str) -> str:
    """Join lines that break inside Chinese, where a browser would show the break as a space."""
    mark = r"\uff00-\uffef\u3000-\u303f”’…—"
    wide = rf"{mark}\u2e80-\u9fff“‘"
    item = r"(?!\d+\. |[-*+] )"  # a list's next line stays a line
    before = r"(?:\[|\*\*?)?"  # what may stand before a word: a link, stress
    gap = re.compile(
        rf"(?<=[{wide}])\n *(?={before}[{wide}])|(?<=[{mark}])\n(?=[A-Za-z0-9$`*\[(]){item}"
    )
    parts = re.split(r"(^ *```.*?^ *```)", text, flags=re.DOTALL | re.MULTILINE)
    for i in range(0, len(parts), 2):
        parts[i] = gap.sub("", parts[i])
    return "".join(parts)


def as_notebook(lesson: Lesson, notebook: Any) -> Any:
    """A notebook for any Jupyter: it installs what it needs, and folds hints and answers."""
    notebook = for_download(notebook)
    language = notebook.metadata.language
    cells = [
        new_markdown_cell(installing.note(lesson, language, "cell"), id="before"),
        new_code_cell(f"%pip install {installing.packages(lesson)}", id="install"),
    ]
    for before, cell in pairwise([None, *notebook.cells]):
        kind = folded(cell)
        if kind and cell.cell_type == "markdown":
            title = FOLDED[language][kind]
            cell.source = f"<details>\n<summary>{title}</summary>\n\n{cell.source}\n\n</details>"
        elif kind:
            if folded(before) != kind:
                cells.append(new_markdown_cell(BELOW[language][kind], id=f"above-{cell.id}"))
            cell.metadata["jupyter"] = {"source_hidden": True, "outputs_hidden": True}
        for output in cell.get("outputs", []):  # JupyterLab hides SVG until a reader trusts it
            output.get("data", {}).pop("image/svg+xml", None)
        cells.append(cell)
    notebook.cells = cells
    return notebook


def as_script(lesson: Lesson, notebook: Any) -> Any:
    """A script that says what a notebook shows by itself: last values and figures."""
    notebook = for_download(notebook)
    language = notebook.metadata.language
    cells = [new_markdown_cell(installing.note(lesson, language, "command"), id="before")]
    for before, cell in pairwise([None, *notebook.cells]):
        kind = folded(cell)
        if kind and folded(before) != kind:
            cells.append(new_markdown_cell(BELOW[language][kind], id=f"above-{cell.id}"))
        cells.append(cell)
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"!\[([^\]]*)\]\(attachment:[^)]*\)", r"[\1]", cell.source)
            continue
        last = ast.parse(cell.source).body[-1:]
        if any(o.output_type == "execute_result" for o in cell.outputs):
            lines = cell.source.splitlines()
            value = "\n".join(lines[last[0].lineno - 1 :]).rstrip("; \n")
            cell.source = "\n".join([*lines[: last[0].lineno - 1], f"print({value})"])
        if any("image/svg+xml" in o.get("data", {}) for o in cell.outputs):
            cell.source += "\nplt.show()"
    notebook.cells = cells
    notebook.metadata["jupytext"] = {"notebook_metadata_filter": "-all"}  # or it opens with that
    return notebook


def for_download(notebook: Any) -> Any:
    """Say in plain Jupyter what the site says with its own syntax."""
    notebook = copy.deepcopy(notebook)
    language = notebook.metadata.language
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        source = re.sub(r" *\{ *#[\w-]+ *\}", "", cell.source)  # heading ids
        source = re.sub(
            r"^(?:(?:.+\n)*.*[:：]\n\n)?<(\w+-lab)[^>]*></\1>\n\n", "", source, flags=re.M
        )
        source = re.sub(r"\[([^\]]+)\]\[[^\]]+\]", r"\1", source)  # links into the API
        source = re.sub(r"(?<!!)\[([^\]]+)\]\((?!https?:)[^)]+\)", r"\1", source)  # other pages
        source = re.sub(r"^(\?\?\?|!!!)\+? \w+(?: \"(.*)\")?$", r"**\2**", source, flags=re.M)
        for name in re.findall(r"!\[[^\]]*\]\(\.\./pic/([\w-]+)\.svg\)", source):
            png = ROOT / "pic" / f"{name}.{language}.png"  # JupyterLab shows no attached SVG
            data = base64.b64encode(png.read_bytes()).decode()
            cell.setdefault("attachments", {})[f"{name}.png"] = {"image/png": data}
            source = source.replace(f"(../pic/{name}.svg)", f"(attachment:{name}.png)")
        cell.source = re.sub(r"(!\[[^\]]*\]\([^)]*\))\{[^}]*\}", r"\1", source)
    return notebook


def folded(cell: Any) -> str:
    """What a cell's tag says that it is, if it is folded: a hint or an answer."""
    tags = cell.metadata.get("tags", []) if cell else []
    return next((kind for kind in ("hint", "answer") if kind in tags), "")


def for_page(lesson: Lesson, notebook: Any, language: str, figures: Path) -> Any:
    """Move images into files, check their alt text, and mark where a hint or an answer is folded."""
    description = lesson.settings["description"][language]
    first = next(cell for cell in notebook.cells if cell.cell_type == "markdown")
    first.source = f"---\ndescription: {json.dumps(description)}\n---\n\n{first.source}"
    count = 0
    for cell in notebook.cells:
        number = int(cell.id.removeprefix("cell-"))
        kinds = [
            set(IMAGE_TYPES) & set(output.get("data", {})) for output in cell.get("outputs", [])
        ]
        if cell.metadata.get("alt") and not any(kinds):
            raise lesson.error(number, "it has an alt text but shows no figure")
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            kind = next((kind for kind in IMAGE_TYPES if kind in data), None)
            if kind is None:
                continue
            if not cell.metadata.get("alt"):
                raise lesson.error(number, "its figure has no alt text: alt={en: …, zh: …}")
            count += 1
            file = figures / f"{lesson.slug}-{count}.{IMAGE_TYPES[kind]}"
            if kind == "image/svg+xml":
                svg, width, height = tidy_svg(data[kind])
                write(file, svg)
            else:
                png = base64.b64decode(data[kind])
                width, height = int.from_bytes(png[16:20]), int.from_bytes(png[20:24])
                write(file, png)
            output["data"] = {"text/plain": ""}
            output["metadata"] = {"figure": file.name, "width": width, "height": height}
    for before, cell, after in zip(
        [None, *notebook.cells], notebook.cells, [*notebook.cells[1:], None], strict=False
    ):
        if kind := folded(cell):
            cell.metadata["folded"] = [kind, FOLDED[language][kind]]
            cell.metadata["opens"] = folded(before) != kind
            cell.metadata["closes"] = folded(after) != kind
    return notebook


@cache  # both languages show the same figures, and photos take long to encode
def tidy_svg(svg: str) -> tuple[str, int, int]:
    """Let a matplotlib figure follow the page's scheme, and say its size in pixels."""
    size = re.search(r'<svg[^>]* width="([\d.]+)pt" height="([\d.]+)pt"', svg, re.DOTALL)
    if size is None:
        raise ValueError("the figure is no SVG of matplotlib's")
    width, height = (round(float(number) * 96 / 72) for number in size.groups())
    svg = re.sub(
        r"<\?xml.*?\?>|<!DOCTYPE.*?>|<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.DOTALL
    )
    svg = re.sub(
        r'width="[\d.]+pt" height="[\d.]+pt"', f'width="{width}" height="{height}"', svg, count=1
    )
    svg = re.sub(r"data:image/png;base64,\s*([\w+/=\s]+)", lambda m: _webp(m[1]), svg)
    svg = svg.replace("#1f2328", "var(--ink)").replace("#d0d7de", "var(--rule)")
    style = (
        "<style>svg{--ink:#1f2328;--rule:#d0d7de}"
        "@media(prefers-color-scheme:dark){svg{--ink:#e6e8eb;--rule:#4b535d}}</style>"
    )
    svg = re.sub(r"(<svg[^>]*>)", rf"\1{style}", svg, count=1)
    return re.sub(r"\n\s*", "\n", svg).strip() + "\n", width, height


def _webp(png: str) -> str:
    """A figure's bitmap at a fraction of the bytes: to the last bit, unless it is a photo."""
    bitmap = Image.open(io.BytesIO(base64.b64decode(png)))
    file = io.BytesIO()
    if is_photo(bitmap):
        bitmap.save(file, "WEBP", quality=90, method=6)
    else:  # lossy, WebP halves the resolution of colours, and red beside blue becomes purple
        bitmap.save(file, "WEBP", lossless=True, quality=100, method=6)
    return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode()


def is_photo(bitmap: Image.Image) -> bool:
    """Whether it is large, and gray or of more colours than the 256 of a colour map."""
    large = bitmap.width * bitmap.height > 10_000
    red, green, blue = bitmap.convert("RGB").split()
    gray = red.tobytes() == green.tobytes() == blue.tobytes()
    return large and (gray or bitmap.convert("RGB").getcolors(256) is None)


def on_config(config: Any) -> Any:
    """Have the notebooks ready before mkdocs-jupyter asks for their folder.

    `docs/build.py` has prepared them already and says so; `mkdocs serve` comes here first.
    """
    if not os.environ.get("CONVDOCS_PREPARED"):
        try:
            with lock():
                prepare()
        except LessonError as error:
            raise PluginError(str(error)) from None
    return config


on_config.mkdocs_priority = 100  # type: ignore[attr-defined]


def on_files(files: Any, config: Any) -> Any:
    """Add the figures and the downloads beside the pages."""
    from mkdocs.structure.files import File

    language = config.theme["language"]
    for figure in sorted((CACHE / "figures").glob("*.*")):
        files.append(
            File.generated(config, f"lessons/figures/{figure.name}", abs_src_path=str(figure))
        )
    for file in sorted((CACHE / "downloads" / language).glob("*.*")):
        target = f"lessons/{file.stem}/{file.name}"
        files.append(File.generated(config, target, abs_src_path=str(file)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Undo what nbconvert does to a notebook's Markdown: a style sheet at its end, and escapes."""
    if not page.file.src_uri.endswith(".ipynb"):
        return markdown
    return html.unescape(markdown[: markdown.rindex("<style>")])


if __name__ == "__main__":
    try:
        with lock():
            prepare()
    except LessonError as error:
        sys.exit(str(error))
