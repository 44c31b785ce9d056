"""How readers get the package and what else a lesson needs: a wheel, a command, and words."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bilingual import ROOT, Lesson, LessonError

import convdocs

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WHEEL = f"convdocs-{convdocs.__version__}-py3-none-any.whl"
PYTHON = PROJECT["requires-python"].removeprefix(">=")

# What brings a module that lessons import, or a name of the package's: one of the package's
# extras, or a package, by the name that pip knows. The package's other names need neither.
EXTRAS = {
    "torch": "torch",
    "dask": "dask",
    "convdocs.Conv2D": "torch",
    "convdocs.Dense2D": "torch",
    "convdocs.LocallyConnected2D": "torch",
    "convdocs.LearntKernel": "torch",
    "convdocs.learn_kernel": "torch",
    "convdocs.max_learning_rate": "torch",
    "convdocs.cat": "images",
}
PACKAGES = {
    "IPython": "ipython",
    "matplotlib": "matplotlib",
    "numpy": "numpy",
    "pywt": "PyWavelets",
    "scipy": "scipy",
}

WORDS = {
    "en": {
        "title": "**Before you start**",
        "package": "The lesson computes with `convdocs`, a small package that comes from the same site.",
        "save": " Save its wheel, `{wheel}`, in the folder of this file first: the `.whl` button at the top "
        "of the lesson's page downloads it.",
        "cell": "The next cell installs what the lesson needs, on Python {python} or newer; "
        "what you have already stays as it is.",
        "command": "This installs what the lesson needs, on Python {python} or newer; what you have already "
        "stays as it is.\n\n```sh\n{command}\n```\n\nThen run `python {script}`.",
        "torch": "On Linux, pip installs torch with CUDA, several gigabytes. Without a GPU, or on a slow line, "
        "install PyTorch's CPU build first, which is all that the lesson needs; PyTorch's own site has the "
        "command.",
    },
    "zh": {
        "title": "**开始之前**",
        "package": "本课的计算用到一个小软件包 `convdocs`，它与本课出自同一个网站。",
        "save": "请先点击本课网页顶部的 `.whl` 按钮，把 `{wheel}` 下载到本文件所在的文件夹。",
        "cell": "运行下一个单元格，就能装好本课所需的软件包，已经装好的不会重装。需要 Python {python} 或更新版本。",
        "command": "下面的命令会装好本课所需的软件包，已经装好的不会重装。需要 Python {python} 或更新版本。"
        "\n\n```sh\n{command}\n```\n\n然后运行 `python {script}`。",
        "torch": "在 Linux 上，pip 默认安装带 CUDA 的 torch，有好几个 GB。没有 GPU，或者网速较慢，可以先装 "
        "PyTorch 的 CPU 版，本课用它就够了；安装命令见 PyTorch 官网。",
    },
}


def build_wheel(folder: Path) -> None:
    """Build the package's wheel, the same bytes each time."""
    with tempfile.TemporaryDirectory() as place:
        source = Path(place)
        shutil.copytree(
            ROOT / "convdocs", source / "convdocs", ignore=shutil.ignore_patterns("__pycache__")
        )
        for name in PROJECT["license-files"]:
            shutil.copy(ROOT / name, source)
        readme = (ROOT / "README.md").read_text(encoding="utf-8")
        (source / "README.md").write_text(read_elsewhere(readme), encoding="utf-8")
        project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        links = {"Documentation": site_address(), "Source": repo_address()}
        known = "".join(f'{name} = "{link}"\n' for name, link in links.items() if link)
        (source / "pyproject.toml").write_text(
            project.replace("[dependency-groups]", f"[project.urls]\n{known}\n[dependency-groups]"),
            encoding="utf-8",
        )
        built = subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder.absolute()],
            cwd=source,
            env={**os.environ, "SOURCE_DATE_EPOCH": "1577836800"},
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
    if not (folder / WHEEL).is_file():
        raise LessonError(f"pyproject.toml: {WHEEL} was not built:\n{built.stdout}{built.stderr}")


def read_elsewhere(readme: str) -> str:
    """The README without what leads nowhere from outside: absolute links and pictures, or none."""

    def whole(match: re.Match[str]) -> str:
        picture, text, place = match.groups()
        if picture:
            return f"![{text}]({site_address()}/en/{place})" if site_address() else ""
        return f"[{text}]({repo_address()}/blob/main/{place})" if repo_address() else text

    return re.sub(r"(!?)\[([^\]]*)\]\((?!https?:)([^)]+)\)", whole, readme)


def site_address() -> str:
    """Where the site will stand, if that is known."""
    return os.environ.get("SITE_URL", "").rstrip("/")


def repo_address() -> str:
    """Where the source stands, if that is known."""
    return os.environ.get("REPO_URL", "").rstrip("/")


def packages(lesson: Lesson) -> str:
    """What pip is to install for a lesson: the package from this site, and whatever it imports."""
    extras, others = set(), set()
    for number, name in imported(lesson):
        if name in EXTRAS:
            extras.add(EXTRAS[name])
        elif name in PACKAGES:
            others.add(PACKAGES[name])
        elif not name.startswith("convdocs."):
            raise lesson.error(
                number,
                f"it imports {name}, and docs/hooks/installing.py does not say what brings it",
            )
    wanted = f"[{','.join(sorted(extras))}]" if extras else ""
    wheel = (
        f'"convdocs{wanted} @ {site_address()}/{WHEEL}"'
        if site_address()
        else f'"./{WHEEL}{wanted}"'
    )
    return " ".join([wheel, *sorted(others, key=str.lower)])


def imported(lesson: Lesson) -> Iterator[tuple[int, str]]:
    """The modules that a lesson imports, and the names from the package, each with its cell."""
    for number, cell, _ in lesson.cells():
        for node in ast.walk(ast.parse(cell.source)) if cell.cell_type == "code" else ():
            if isinstance(node, ast.ImportFrom) and node.module == "convdocs":
                names = [f"convdocs.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                continue
            for name in names:
                top = name.partition(".")[0]
                if top not in sys.stdlib_module_names:
                    yield number, name if top == "convdocs" else top


def note(lesson: Lesson, language: str, how: str) -> str:
    """What a reader does before the first line of code: run the next `cell`, or a `command`."""
    words, wanted = WORDS[language], packages(lesson)
    save = "" if site_address() else words["save"]
    torch = [words["torch"]] if "torch" in wanted else []
    parts = [words["title"], words["package"] + save, words[how], *torch]
    return "\n\n".join(parts).format(
        wheel=WHEEL,
        python=PYTHON,
        command=f"python -m pip install {wanted}",
        script=f"{lesson.slug}.py",
    )


def on_config(config: Any) -> Any:
    config.extra["wheel"] = WHEEL
    return config


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Let `convdocs.whl` be the wheel, which lies above both languages."""
    up = "../" * (page.url.count("/") + 1)
    link = rf'<a href="{up}{WHEEL}" download>\1</a>'
    markdown = re.sub(r"\[([^\]]+)\]\(convdocs\.whl\)", link, markdown)
    return markdown.replace("./convdocs.whl", f"./{WHEEL}")
