"""Time this project's build of made-up lessons, and the stock build of the same: for benchmark.py.

The stock configuration is what the plugins' own documentation shows: Material for MkDocs and
mkdocs-jupyter, which executes and caches, one site for each language.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
import yaml

ROOT = Path(__file__).parents[1]
LANGUAGES = ("en", "zh")
PLAIN = ("index", "one", "two", "glossary")
SENTENCE = {
    "en": "A kernel slides over the image, and the sum of products is written down.",
    "zh": "卷积核在图像上滑动，把各处的乘积之和记下来。",
}
# A lesson's usual cells: an import, an operation, a figure, a few steps of gradient descent.
CELLS = (
    "import matplotlib.pyplot as plt\nimport torch\nfrom torch.nn import functional as F",
    "X = torch.arange({n}.0 + 16).reshape(1, 1, 4, -1)\nX.shape",
    "K = torch.tensor([[[[1.0, -1.0]]]])\nF.conv2d(X, K)",
    "figure, ax = plt.subplots(figsize=(3, 2))\nax.plot(F.conv2d(X, K)[0, 0, 0]);",
    "W = torch.zeros_like(K, requires_grad=True)\n"
    "optimizer = torch.optim.SGD([W], lr=1e-4)\n"
    "for step in range(10):\n"
    "    loss = ((F.conv2d(X, W) - F.conv2d(X, K)) ** 2).mean()\n"
    "    optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()\n"
    "print(loss.item() >= 0)",
    "W.shape",
)


def text(language: str, i: int, part: int, word: str = "") -> str:
    heading = f"# {i} {{ #lesson-{i} }}" if part == 0 else f"## {part} {{ #part-{part} }}"
    paragraph = " ".join([SENTENCE[language]] * 6) + word
    return f"{heading}\n\n{paragraph}\n\n$$Y_{{i,j}} = \\sum_{{a,b}} K_{{a,b}} X_{{i+a,\\,j+b}}$$"


def code(i: int, part: int) -> str:
    return CELLS[part].replace("{n}", str(4 * i))


ENTRY = {
    "en": "**kernel** · 卷积核\n:   The weights that slide. [Where]",
    "zh": "**卷积核** · kernel\n:   滑动的权重。[见]",
}


def plain(folder: Path, language: str) -> None:
    folder.mkdir(parents=True)
    for page in PLAIN:
        body = "\n\n".join([SENTENCE[language] * 4] * 8)
        if page == "glossary":
            body += f"\n\n{ENTRY[language]}(one.md)"
        (folder / f"{page}.md").write_text(
            f"---\ndescription: {page}, {language}\n---\n\n# {page} {{ #{page} }}\n\n{body}\n",
            encoding="utf-8",
        )


class Ours:
    """A copy of the project with made-up lessons in the place of its own."""

    def __init__(self, folder: Path, lessons: int) -> None:
        self.folder = folder
        for name in ("hooks", "templates", "theme", "root", "translations"):
            shutil.copytree(ROOT / "docs" / name, folder / "docs" / name)
        for name in ("convdocs", "pic"):
            shutil.copytree(ROOT / name, folder / name)
        for file in (
            "docs/build.py",
            "docs/notebook.md.j2",
            "docs/budget.toml",
            "mkdocs.yml",
            "mkdocs.zh.yml",
            *("pyproject.toml", "README.md", "LICENSE", "LICENSE-docs"),  # for the wheel
        ):
            shutil.copy(ROOT / file, folder / file)
        (folder / "docs" / "names.toml").write_text("[terms]\n[places]\n", encoding="utf-8")
        for name in ("pictures.json", "cat.webp"):  # the stock build draws nothing either
            (folder / ".cache").mkdir(exist_ok=True)
            shutil.copy(ROOT / ".cache" / name, folder / ".cache" / name)
        for file in ROOT.glob("requirements*.txt"):
            shutil.copy(file, folder / file.name)
        (folder / "docs" / "lessons").mkdir()
        shutil.copy(ROOT / "docs" / "lessons" / "matplotlibrc", folder / "docs" / "lessons")
        for i in range(lessons):
            self.write(i)
        for language in LANGUAGES:
            plain(folder / "docs" / language, language)
            glossary = folder / "docs" / language / "glossary.md"
            text = glossary.read_text(encoding="utf-8")  # terms lead to a lesson
            glossary.write_text(text.replace("one.md", "lessons/lesson-0.ipynb"), encoding="utf-8")
            config = folder / ("mkdocs.yml" if language == "en" else "mkdocs.zh.yml")
            settings, _ = config.read_text(encoding="utf-8").split("\nnav:\n")
            names = [*(f"{page}.md" for page in PLAIN)]
            names += [f"lessons/lesson-{i}.ipynb" for i in range(lessons)]
            nav = "".join(f"  - {name}\n" for name in names)
            config.write_text(f"{settings}\nnav:\n{nav}", encoding="utf-8")

    def write(self, i: int, word: str = "") -> None:
        parts = [
            "# ---\n# jupyter:\n#   convdocs:\n"
            "#     description: {en: A lesson., zh: 一课。}\n# ---\n"
        ]
        for part in range(len(CELLS)):
            for language in LANGUAGES:
                touched = word if language == "en" else ""
                prose = text(language, i, part, touched).replace("\n", "\n# ")
                parts.append(f'# %% [markdown] tags=["{language}"]\n# {prose}\n')
            alt = ' alt={"en": "A line.", "zh": "一条线。"}' if "subplots" in CELLS[part] else ""
            parts.append(f"# %%{alt}\n{code(i, part)}\n")
        path = self.folder / "docs" / "lessons" / f"lesson-{i}.py"
        path.write_text("\n".join(parts), encoding="utf-8")

    def build(self) -> list[list[str]]:
        return [[sys.executable, "docs/build.py"]]


class Stock:
    """The same lessons and pages as Jupyter notebooks and Markdown."""

    def __init__(self, folder: Path, lessons: int) -> None:
        self.folder = folder
        for language in LANGUAGES:
            plain(folder / language, language)
            settings = {
                "site_name": "stock",
                "docs_dir": language,
                "site_dir": f"site/{language}",
                "theme": {"name": "material", "language": language},
                "markdown_extensions": ["attr_list", {"pymdownx.arithmatex": {"generic": True}}],
                # With one cache for both, each language's build would empty the other's.
                "plugins": [
                    "search",
                    {"mkdocs-jupyter": {"execute": True, "cache_dir": f".cache/{language}"}},
                ],
            }
            config = yaml.safe_dump(settings, allow_unicode=True)
            (folder / f"mkdocs.{language}.yml").write_text(config, encoding="utf-8")
        for i in range(lessons):
            self.write(i)

    def write(self, i: int, word: str = "") -> None:
        for language in LANGUAGES:
            cells: list[dict[str, Any]] = []
            for part in range(len(CELLS)):
                touched = word if language == "en" else ""
                source = text(language, i, part, touched)
                shared = {"metadata": {}, "id": f"cell-{part}"}
                cells.append(
                    {**shared, "cell_type": "markdown", "source": source, "id": f"text-{part}"}
                )
                cells.append(
                    {
                        **shared,
                        "cell_type": "code",
                        "source": code(i, part),
                        "outputs": [],
                        "execution_count": None,
                    }
                )
            notebook = {
                "cells": cells,
                "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
                "nbformat": 4,
                "nbformat_minor": 5,
            }
            path = self.folder / language / f"lesson-{i}.ipynb"
            path.write_text(json.dumps(notebook), encoding="utf-8")

    def build(self) -> list[list[str]]:
        return [
            [sys.executable, "-m", "mkdocs", "build", "-q", "-f", f"mkdocs.{language}.yml"]
            for language in LANGUAGES
        ]


def timed(project: Ours | Stock) -> tuple[float, float]:
    """Seconds of a build, and the most memory, in MB, that it and all its children held."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    seconds = peak = 0.0
    for command in project.build():
        start = time.perf_counter()
        with tempfile.TemporaryFile("w+") as said:
            run = subprocess.Popen(
                command, cwd=project.folder, stdout=said, stderr=said, env=environment
            )
            while run.poll() is None:
                peak = max(peak, memory(run.pid))
                time.sleep(0.1)
            seconds += time.perf_counter() - start
            if run.returncode:
                said.seek(0)
                sys.exit(f"the build failed:\n{said.read()[-3000:]}")
    return seconds, peak


def memory(pid: int) -> float:
    """What a process and its children hold, in MB; what they share counts once, where known."""
    total = 0
    try:
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            try:
                held = process.memory_full_info()
                total += getattr(held, "pss", held.rss)
            except psutil.Error:  # it has ended
                continue
    except psutil.Error:
        return 0
    return total / 1e6


def three_times(project: Ours | Stock, turns: int) -> tuple[float, float, float]:
    """Seconds for a cold build, for one with a word of prose changed, for one with nothing."""
    cold = timed(project)[0]
    touched, nothing = [], []
    for turn in range(turns):
        project.write(0, f" Word{turn}.")
        touched.append(timed(project)[0])
        nothing.append(timed(project)[0])
    return cold, statistics.median(touched), statistics.median(nothing)


def against_stock() -> list[tuple[Any, ...]]:
    """Three lessons and four plain pages, in two languages."""
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        ours = three_times(Ours(Path(first), 3), 3)
        stock = three_times(Stock(Path(second), 3), 3)
    names = ("cold", "touched", "nothing")
    return [(n, a, b, a / b) for n, a, b in zip(names, ours, stock, strict=True)]


def growth() -> list[tuple[Any, ...]]:
    """A cold build of more and more lessons: seconds, and memory at its most."""
    rows: list[tuple[Any, ...]] = []
    for lessons in (1, 10, 50):
        with tempfile.TemporaryDirectory() as folder:
            seconds, peak = timed(Ours(Path(folder), lessons))
        rows.append((lessons, seconds, peak))
    return rows
