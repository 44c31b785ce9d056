"""Lessons: bilingual notebooks kept as text, executed once, written out for each language.

`docs/lessons/*.py` are notebooks in jupytext's percent format. Markdown cells come in pairs,
tagged `en` and `zh`; code cells serve both. The code runs once, in a cache named after all
that can change its results; then each language gets its cells, the outputs, and the values
of its inline expressions.

Run as a script, it executes every lesson. As an MkDocs hook, it hands a build the notebooks
of its language, their figures and their downloads.
"""

import ast
import asyncio
import base64
import copy
import hashlib
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from filelock import FileLock
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

ROOT = Path(__file__).parents[2]
LESSONS = ROOT / "docs" / "lessons"
CACHE = ROOT / ".cache"
LANGUAGES = ("en", "zh")
HIDDEN = {"hide-input", "hide-output", "hide-cell"}
TAGS = {*LANGUAGES, *HIDDEN, "answer"}
ANSI = re.compile(r"\x1b\[[0-9;]*m")
EXPRESSION = re.compile(r"\{\{(.+?)\}\}")
IMAGE_TYPES = {"image/svg+xml": "svg", "image/png": "png"}

# Figures become SVG, without the date that would make each build another.
FIGURES = """
c = get_config()
c.IPKernelApp.log_level = 40
c.InlineBackend.figure_formats = {"svg"}
c.InlineBackend.rc = {}
c.InlineBackend.print_figure_kwargs = {"bbox_inches": "tight", "metadata": {"Date": None}}
"""


class LessonError(Exception):
    """A lesson that can't be published, with the file and line to look at."""


@dataclass
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

    def key(self) -> str:
        """Name all that the results depend on: the code, the package, the versions."""
        parts = [cell.source for _, cell, _ in self.cells() if cell.cell_type == "code"]
        parts += [f"{after}:{expression}" for after, expression, _ in sorted(self.expressions)]
        parts += [sys.version, environment()]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def environment() -> str:
    """A digest of the package's source, the pinned versions, and how lessons are run."""
    files = [
        *sorted((ROOT / "convdocs").glob("*.py")),
        *sorted(ROOT.glob("requirements*.txt")),
        ROOT / "docs" / "lessons" / "matplotlibrc",
        Path(__file__),
    ]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def lessons() -> list[Lesson]:
    return [Lesson(path) for path in sorted(LESSONS.glob("*.py"))]


# --- the two languages -----------------------------------------------------------------------


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
    return [(what, one[what], other[what]) for what in one if one[what] != other[what]]


def _no_words(text: str) -> str:
    return re.sub(r"\\text\{[^}]*\}", r"\\text", text)


# --- execution -------------------------------------------------------------------------------


def executed(lesson: Lesson) -> Path:
    return CACHE / "executed" / f"{lesson.slug}-{lesson.key()}.ipynb"


async def execute(lesson: Lesson, target: Path) -> None:
    """Run the code cells and the inline expressions in a fresh kernel; write the results."""
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(cell.source, id=cell.id)
            for _, cell, _ in lesson.cells()
            if cell.cell_type == "code"
        ]
    )
    numbers = [number for number, cell, _ in lesson.cells() if cell.cell_type == "code"]
    limit = lesson.settings.get("time_limit", 120)
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder, "profile_default", "ipython_kernel_config.py"), FIGURES)
        client = NotebookClient(
            notebook,
            kernel_name="python3",
            timeout=limit,
            record_timing=False,
            shutdown_kernel="immediate",
            resources={"metadata": {"path": folder}},
        )
        values: dict[str, str] = {}
        async with client.async_setup_kernel(env=_kernel_environment(folder)):
            await _evaluate(lesson, client, 0, values, limit)
            for index, cell in enumerate(notebook.cells):
                number = numbers[index]
                try:
                    await client.async_execute_cell(cell, index)
                except CellExecutionError as error:
                    raise lesson.error(number, ANSI.sub("", error.traceback).strip()) from None
                except CellTimeoutError:
                    raise lesson.error(number, f"still running after {limit} s") from None
                except DeadKernelError:
                    raise lesson.error(number, "the kernel died") from None
                for output in cell.outputs:
                    if output.output_type == "stream" and output.name == "stderr":
                        raise lesson.error(number, f"it writes to stderr:\n{output.text}")
                await _evaluate(lesson, client, index + 1, values, limit)
    notebook.metadata["values"] = values
    target.parent.mkdir(parents=True, exist_ok=True)
    write(target, nbformat.writes(notebook))


async def _evaluate(
    lesson: Lesson, client: Any, after: int, values: dict[str, str], limit: int
) -> None:
    here = [(e, number) for place, e, number in lesson.expressions if place == after]
    if not here:
        return
    reply = await client.kc.execute(
        "", silent=True, user_expressions={e: e for e, _ in here}, reply=True, timeout=limit
    )
    results = reply["content"]["user_expressions"]
    for expression, number in here:
        result = results[expression]
        if result["status"] != "ok":
            raise lesson.error(
                number, f"{{{{ {expression} }}}}: {result['ename']}: {result['evalue']}"
            )
        try:
            values[f"{after}:{expression}"] = for_people(result["data"]["text/plain"])
        except ValueError as error:
            raise lesson.error(number, f"{{{{ {expression} }}}}: {error}") from None


def for_people(text: str) -> str:
    """Format an inline value: `3600000000` → `3,600,000,000`, `'14.4 GB'` → `14.4 GB`."""
    try:
        value = ast.literal_eval(text)
    except (SyntaxError, ValueError):
        raise ValueError(f"gives {text}: make it an int, a float or a str") from None
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"gives {text}: make it an int, a float or a str")
    number = f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"
    return number.replace("-", "−")  # a minus sign, not a hyphen


def _kernel_environment(folder: str) -> dict[str, str]:
    return {
        **os.environ,
        "IPYTHONDIR": folder,  # the user's own start-up files must not change a lesson
        "MATPLOTLIBRC": str(LESSONS / "matplotlibrc"),
        "OMP_NUM_THREADS": "1",  # lessons already run side by side
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONHASHSEED": "0",
    }


async def execute_all(wanted: list[Lesson]) -> None:
    """Execute the lessons whose results are not in the cache, as many at once as cores."""
    places = asyncio.Semaphore(os.cpu_count() or 1)

    async def one(lesson: Lesson) -> None:
        target = executed(lesson)
        start = time.monotonic()
        how = "cached" if target.exists() else "run"
        if how == "run":
            async with places:
                start = time.monotonic()
                await execute(lesson, target)
        seconds = time.monotonic() - start
        cells = sum(cell.cell_type == "code" for cell in lesson.notebook.cells)
        print(f"{lesson.slug:28}{cells:3} cells {seconds:6.1f} s  {how}", flush=True)

    async with asyncio.TaskGroup() as group:
        for lesson in wanted:
            group.create_task(one(lesson))


@contextmanager
def lock() -> Any:
    """Let one build at a time use the cache; another waits."""
    CACHE.mkdir(exist_ok=True)
    build = FileLock(CACHE / "build.lock")
    if build.is_locked or not _try(build):
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
    # In a thread of its own, for MkDocs' live server and Jupyter may already run a loop in this.
    with ThreadPoolExecutor(1) as thread:
        try:
            thread.submit(asyncio.run, execute_all(wanted)).result()
        except* LessonError as errors:
            raise LessonError("\n".join(str(e) for e in errors.exceptions)) from None
    for language in LANGUAGES:
        publish(wanted, language)
    keep = {executed(lesson) for lesson in wanted}
    for old in set((CACHE / "executed").glob("*.ipynb")) - keep:
        if time.time() - old.stat().st_mtime > 7 * 24 * 3600:
            old.unlink()


# --- what a build reads ----------------------------------------------------------------------


def publish(wanted: list[Lesson], language: str) -> None:
    """Write each lesson's page, figures and downloads, and remove those of lessons gone."""
    folder = CACHE / "lessons" / language
    downloads = CACHE / "downloads" / language
    figures = CACHE / "figures"
    expected = set()
    for lesson in wanted:
        notebook = in_language(lesson, language)
        expected |= {folder / f"{lesson.slug}.ipynb"}
        write(downloads / f"{lesson.slug}.ipynb", nbformat.writes(for_download(notebook)))
        write(downloads / f"{lesson.slug}.py", jupytext.writes(for_download(notebook), "py:percent"))
        page = for_page(lesson, notebook, language, figures)
        write(folder / f"{lesson.slug}.ipynb", nbformat.writes(page))
    for old in set(folder.glob("*.ipynb")) - expected:
        old.unlink()


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
            if alt := cell.metadata.get("alt"):
                metadata["alt"] = alt[language]
            result.metadata.update(metadata)
            notebook.cells.append(result)
        elif language in tags:
            source = join_lines(cell.source)
            source = EXPRESSION.sub(lambda m: values[f"{after}:{m[1].strip()}"], source)  # noqa: B023
            notebook.cells.append(
                nbformat.v4.new_markdown_cell(source, id=cell.id, metadata=metadata)
            )
    notebook.metadata["language"] = language
    return notebook


def join_lines(text: str) -> str:
    """Join lines that break inside Chinese, where a browser would show the break as a space."""
    wide = r"[\u2e80-\u9fff\uff00-\uffef\u3000-\u303f“”‘’…—]"
    mark = r"[\uff00-\uffef\u3000-\u303f”’…—]"
    parts = re.split(r"(^ *```.*?^ *```)", text, flags=re.DOTALL | re.MULTILINE)
    for i in range(0, len(parts), 2):
        parts[i] = re.sub(rf"(?<={wide})\n(?={wide})|(?<={mark})\n(?=[\w$`*\[(])", "", parts[i])
    return "".join(parts)


def for_download(notebook: Any) -> Any:
    """Say in plain Jupyter what the site says with its own syntax."""
    notebook = copy.deepcopy(notebook)
    language = notebook.metadata.language
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        source = re.sub(r" *\{ *#[\w-]+ *\}", "", cell.source)  # heading ids
        source = re.sub(r"\[([^\]]+)\]\[[^\]]+\]", r"\1", source)  # links into the API
        source = re.sub(r"(?<!!)\[([^\]]+)\]\((?!https?:)[^)]+\)", r"\1", source)  # other pages
        source = re.sub(r"^(\?\?\?|!!!)\+? \w+(?: \"(.*)\")?$", r"**\2**", source, flags=re.M)
        for name in re.findall(r"!\[[^\]]*\]\(\.\./pic/([\w-]+\.svg)\)", source):
            picture = ROOT / "pic" / name.replace(".svg", f".{language}.svg")
            data = base64.b64encode(picture.read_bytes()).decode()
            cell.setdefault("attachments", {})[name] = {"image/svg+xml": data}
            source = source.replace(f"(../pic/{name})", f"(attachment:{name})")
        cell.source = re.sub(r"(!\[[^\]]*\]\([^)]*\))\{[^}]*\}", r"\1", source)
    return notebook


def for_page(lesson: Lesson, notebook: Any, language: str, figures: Path) -> Any:
    """Move images into files, check their alt text, and mark where an answer is folded."""
    description = lesson.settings["description"][language]
    first = next(cell for cell in notebook.cells if cell.cell_type == "markdown")
    first.source = f"---\ndescription: {json.dumps(description)}\n---\n\n{first.source}"
    count = 0
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            kind = next((kind for kind in IMAGE_TYPES if kind in data), None)
            if kind is None:
                continue
            number = int(cell.id.removeprefix("cell-"))
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
    answers = [
        "answer" in cell.metadata.get("tags", []) for cell in notebook.cells
    ]
    for index, cell in enumerate(notebook.cells):
        if answers[index]:
            cell.metadata["opens"] = not answers[index - 1]
            cell.metadata["closes"] = not any(answers[index + 1 : index + 2])
    return notebook


def tidy_svg(svg: str) -> tuple[str, int, int]:
    """Let a matplotlib figure follow the page's scheme, and say its size in pixels."""
    size = re.search(r'<svg[^>]* width="([\d.]+)pt" height="([\d.]+)pt"', svg, re.DOTALL)
    if size is None:
        raise ValueError("the figure is no SVG of matplotlib's")
    width, height = (round(float(number) * 96 / 72) for number in size.groups())
    svg = re.sub(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r'width="[\d.]+pt" height="[\d.]+pt"', f'width="{width}" height="{height}"', svg, count=1)
    svg = svg.replace("#1f2328", "var(--ink)").replace("#d0d7de", "var(--rule)")
    style = (
        "<style>svg{--ink:#1f2328;--rule:#d0d7de}"
        "@media(prefers-color-scheme:dark){svg{--ink:#e6e8eb;--rule:#4b535d}}</style>"
    )
    svg = re.sub(r"(<svg[^>]*>)", rf"\1{style}", svg, count=1)
    return re.sub(r"\n\s*", "\n", svg).strip() + "\n", width, height


def write(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all, and leave it alone if it is already so."""
    new = content.encode() if isinstance(content, str) else content
    if path.exists() and path.read_bytes() == new:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_bytes(new)
    aside.replace(path)


# --- the MkDocs hook -------------------------------------------------------------------------


def on_config(config: Any) -> Any:
    """Have the notebooks ready before mkdocs-jupyter asks for their folder.

    `docs/build.py` has prepared them already and says so; `mkdocs serve` comes here first.
    """
    if not os.environ.get("CONVDOCS_PREPARED"):
        with lock():
            prepare()
    return config


on_config.mkdocs_priority = 100  # type: ignore[attr-defined]


def on_files(files: Any, config: Any) -> Any:
    """Add the figures and the downloads beside the pages."""
    from mkdocs.structure.files import File

    language = config.theme["language"]
    for figure in sorted((CACHE / "figures").glob("*.*")):
        files.append(File.generated(config, f"lessons/figures/{figure.name}", abs_src_path=str(figure)))
    for file in sorted((CACHE / "downloads" / language).glob("*.*")):
        target = f"lessons/{file.stem}/{file.name}"
        files.append(File.generated(config, target, abs_src_path=str(file)))
    return files


if __name__ == "__main__":
    try:
        with lock():
            prepare()
    except LessonError as error:
        sys.exit(str(error))
