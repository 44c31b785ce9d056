"""Execution: each lesson once, in a kernel of its own, cached by all that can change it."""

import ast
import asyncio
import hashlib
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import forking
import nbformat
from bilingual import LESSONS, ROOT, Lesson, LessonError
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

CACHE = ROOT / ".cache"
ANSI = re.compile(r"\x1b\[[0-9;]*m")

# Figures become SVG, without the date that would make each build another.
FIGURES = """
c = get_config()
c.IPKernelApp.log_level = 40
c.InlineBackend.figure_formats = {"svg", "retina"}
c.InlineBackend.rc = {}
c.InlineBackend.print_figure_kwargs = {"bbox_inches": "tight", "metadata": {"Date": None}}
"""


def executed(lesson: Lesson) -> Path:
    """Where the results are, in a file named after all that they depend on."""
    parts = [cell.source for _, cell, _ in lesson.cells() if cell.cell_type == "code"]
    parts += [f"{after}:{expression}" for after, expression, _ in sorted(lesson.expressions)]
    parts += [sys.version, environment()]
    key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
    return CACHE / "executed" / f"{lesson.slug}-{key}.ipynb"


def environment() -> str:
    """A digest of the package's source, the pinned versions, and how lessons are run."""
    files = [
        *sorted((ROOT / "convdocs").glob("*.py")),
        *sorted(ROOT.glob("requirements*.txt")),
        ROOT / "docs" / "lessons" / "matplotlibrc",
        Path(__file__),
        Path(forking.__file__),
    ]
    return digest(files)


def digest(files: Iterable[Path], *settings: str) -> str:
    """One for the names and contents of files, and for settings."""
    whole = hashlib.sha256("\0".join(settings).encode())
    for file in files:
        whole.update(
            f"{file.relative_to(ROOT)}\0{file.stat().st_size}\0".encode() + file.read_bytes()
        )
    return whole.hexdigest()


async def execute(lesson: Lesson, target: Path) -> None:
    """Run a lesson twice; write its results if both are the same."""
    both = await asyncio.gather(run(lesson), run(lesson), return_exceptions=True)
    if failures := [result for result in both if isinstance(result, BaseException)]:
        raise failures[0]
    once, again = both
    numbers = [number for number, cell, _ in lesson.cells() if cell.cell_type == "code"]
    for number, one, other in zip(numbers, once.cells, again.cells, strict=True):
        if one.outputs != other.outputs:
            raise lesson.error(number, "its output differs between two runs: seed what is random")
    values = once.metadata["values"]
    for place, expression, number in lesson.expressions:
        if values[f"{place}:{expression}"] != again.metadata["values"][f"{place}:{expression}"]:
            raise lesson.error(number, f"{{{{ {expression} }}}} differs between two runs")
    write(target, nbformat.writes(once))


async def run(lesson: Lesson) -> Any:
    """The results of the code cells and the inline expressions in a fresh kernel."""
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
            coalesce_streams=True,  # how often a cell flushes is chance
            resources={"metadata": {"path": folder}},
        )
        values: dict[str, str] = {}
        async with client.async_setup_kernel(env=_kernel_environment(folder)):
            _let_interrupts_through()
            await _evaluate(lesson, client, 0, values, limit)
            for index, cell in enumerate(notebook.cells):
                number = numbers[index]
                try:
                    await client.async_execute_cell(cell, index)
                except CellExecutionError as error:
                    told = ANSI.sub("", cell.outputs[-1].get("traceback", [""])[-1]).strip()
                    where = "\n".join(ANSI.sub("", line) for line in cell.outputs[-1].traceback)
                    raise lesson.error(number, f"{told or error.ename}\n{where}") from None
                except CellTimeoutError:
                    raise lesson.error(number, f"still running after {limit} s") from None
                except DeadKernelError:
                    raise lesson.error(number, "the kernel died") from None
                for output in cell.outputs:
                    if output.output_type == "stream" and output.name == "stderr":
                        raise lesson.error(number, f"it writes to stderr:\n{output.text}")
                if re.search(r" at 0x[0-9a-f]{6,}", str(cell.outputs)):
                    raise lesson.error(number, "its output holds an address, another each time")
                await _evaluate(lesson, client, index + 1, values, limit)
    notebook.metadata["values"] = values
    return notebook


def _let_interrupts_through() -> None:
    """Undo nbclient's handler, which kills the kernel on Ctrl-C and lets the build go on."""
    with suppress(NotImplementedError):  # Windows has no such handlers
        asyncio.get_running_loop().remove_signal_handler(signal.SIGINT)


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
    """Execute the lessons whose results are not in the cache, as many kernels at once as cores."""
    # What goes wrong is told by gather, below; after Ctrl-C nobody wants to hear more of it.
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    places = asyncio.Semaphore(max(1, (os.cpu_count() or 1) // 2))  # each lesson has two kernels

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

    # Every lesson runs to its end, so that one build tells of all that is wrong.
    new = any(not executed(lesson).exists() for lesson in wanted)
    async with forking.use(_kernel_environment("")) if new else nullcontext():
        ended = await asyncio.gather(*map(one, wanted), return_exceptions=True)
    if problems := [problem for problem in ended if problem is not None]:
        for problem in problems:
            if not isinstance(problem, LessonError):
                raise problem
        raise LessonError("\n".join(map(str, problems)))


def write(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all, and leave it alone if it is already so."""
    new = content.encode() if isinstance(content, str) else content
    if path.exists() and path.read_bytes() == new:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_bytes(new)
    aside.replace(path)
