"""What readers take away: the package from its wheel, the snippets."""

import email
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from html.parser import HTMLParser
from importlib.metadata import distribution
from pathlib import Path

import installing
import pytest
from test_browser import browser, reader  # noqa: F401  (a fixture)
from test_site import pages

import convdocs

ROOT = Path(__file__).parents[1]

# Runs each page's pieces as the page does: a doctest piece like the interpreter's prompt, another
# like a notebook's cell, which shows its last value only. Each page is a fork of a process that
# has imported torch, which takes longer than most pages.
RUNNER = """
import ast, contextlib, io, json, multiprocessing, os, sys, traceback
import torch

def run(pieces):
    scope, shown = {"__name__": "__main__"}, []
    for text, prompt in pieces:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            statements = ast.parse(text).body
            for statement in statements:
                last = statement is statements[-1] and not text.rstrip().endswith(";")
                if isinstance(statement, ast.Expr) and (prompt or last):
                    value = eval(ast.unparse(statement), scope)
                    if value is not None:
                        print(repr(value))
                else:
                    exec(ast.unparse(statement), scope)
        shown.append(printed.getvalue())
    return shown

def page(pieces):
    try:
        return run(pieces)
    except Exception:
        return traceback.format_exc()

with open(sys.argv[1], encoding="utf-8") as file:
    pages = json.load(file)
if hasattr(os, "fork"):
    with multiprocessing.get_context("fork").Pool(1, maxtasksperchild=1) as pool:
        results = pool.map(page, pages, chunksize=1)
else:
    results = [page(pieces) for pieces in pages]
print(json.dumps(results))
"""


def command(folder: Path, name: str) -> Path:
    return folder / ("Scripts" if os.name == "nt" else "bin") / name


@pytest.fixture(scope="session")
def packages(site, tmp_path_factory):
    """The wheel, as the site serves it, and the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    source = folder / "source"
    source.mkdir()
    for name in ("convdocs", "pyproject.toml", "README.md", "LICENSE", "LICENSE-docs"):
        place = ROOT / name
        (shutil.copytree if place.is_dir() else shutil.copy)(place, source / name)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder],
        cwd=source,
        check=True,
    )
    (wheel,), (sdist,) = site.glob("*.whl"), folder.glob("*.gz")
    return {path.suffix: path for path in (wheel, sdist)}


@pytest.fixture(scope="session")
def installed(packages, tmp_path_factory):
    """For each package, a Python that has it and its dependencies, and knows of no checkout."""
    pythons = {}
    for suffix, package in packages.items():
        folder = tmp_path_factory.mktemp("installed")
        venv.create(folder)
        # A path here brings the packages below it, but not the checkout, which has a .pth there.
        site_packages = sysconfig.get_path("purelib", "venv", {"base": str(folder)})
        Path(site_packages, "others.pth").write_text(sysconfig.get_path("purelib"))
        subprocess.run(
            [
                *(command(Path(sys.prefix), "uv"), "pip", "install", "-q", "--offline"),
                *("--no-deps", "--no-build-isolation"),
                *("--python", command(folder, "python"), package),
            ],
            check=True,
        )
        pythons[suffix] = command(folder, "python")
    return pythons


def run(python, *arguments, cwd, **options):
    return subprocess.run(
        [python, *arguments],
        cwd=cwd,
        env={k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        | {"MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        **options,
    )


DOCTESTS = """
import doctest, importlib, pkgutil, convdocs
found = [importlib.import_module(f"convdocs.{m.name}") for m in pkgutil.iter_modules(convdocs.__path__)]
results = [doctest.testmod(m, optionflags=doctest.NORMALIZE_WHITESPACE) for m in found]
print(sum(r.failed for r in results), sum(r.attempted for r in results))
"""


def check_doctests(python, folder):
    # A script in a folder puts it first on the path: the package would be found as loose modules.
    told = run(python, "-c", DOCTESTS, cwd=folder, check=True).stdout
    failed, attempted = map(int, told.split()[-2:])
    assert failed == 0, told
    assert attempted > 50


@pytest.mark.parametrize("suffix", [".whl", ".gz"])
def test_an_installed_package_is_the_one_that_is_imported_and_its_doctests_pass(
    installed, suffix, tmp_path
):
    where = run(
        installed[suffix],
        "-c",
        "import convdocs; print(convdocs.__file__)",
        cwd=tmp_path,
        check=True,
    ).stdout
    folder = Path(where.strip()).parent
    assert ROOT not in folder.parents
    check_doctests(installed[suffix], tmp_path)


@pytest.fixture(scope="session")
def with_numpy_only(packages, tmp_path_factory):
    """A Python that has the package and what it depends on, and neither torch nor scikit-image."""
    folder = tmp_path_factory.mktemp("numpy_only")
    venv.create(folder)
    place = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder)}))
    for name in ("numpy", "array-api-compat"):
        for file in distribution(name).files:
            top = file.parts[0]
            if top != ".." and not (place / top).exists():
                (place / top).symlink_to(Path(sysconfig.get_path("purelib"), top))
    subprocess.run(
        [
            *(command(Path(sys.prefix), "uv"), "pip", "install", "-q", "--offline", "--no-deps"),
            *("--python", command(folder, "python"), packages[".whl"]),
        ],
        check=True,
    )
    return command(folder, "python")


def test_a_numpy_only_package_can_be_looked_at(with_numpy_only, tmp_path):
    code = """
        import inspect, pydoc, unittest.mock, convdocs
        assert not hasattr(convdocs, "Conv2D")
        assert hasattr(convdocs, "corr2d")
        names = {}
        exec("from convdocs import *", names)
        assert {*convdocs.__all__} <= {*names}, names
        assert "Conv2D" not in convdocs.__all__
        assert {*convdocs.__all__} <= {name for name, _ in inspect.getmembers(convdocs)}
        unittest.mock.create_autospec(convdocs)
        assert "Cross-correlate an image" in pydoc.plain(pydoc.render_doc(convdocs))
        print(convdocs.__version__)
    """
    ran = run(with_numpy_only, "-W", "error", "-c", inspect.cleandoc(code), cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == convdocs.__version__


@pytest.mark.parametrize(
    ("statement", "error", "said"),
    [
        ("from convdocs import Conv2D", "ModuleNotFoundError", "convdocs.Conv2D needs PyTorch: i"),
        ("import convdocs; convdocs.learn_kernel", "AttributeError", "convdocs.learn_kernel needs"),
        ("import convdocs.layers", "ModuleNotFoundError", "convdocs.layers needs PyTorch: install"),
        (
            "from convdocs.learning import learn_kernel",
            "ModuleNotFoundError",
            "convdocs.learning n",
        ),
        ("from convdocs import cat; cat()", "ModuleNotFoundError", "the photo is part of scikit-i"),
        ("from convdocs import nothing", "ImportError", "cannot import name 'nothing' from 'convd"),
    ],
)
def test_what_is_missing_is_named(with_numpy_only, tmp_path, statement, error, said):
    ran = run(with_numpy_only, "-c", statement, cwd=tmp_path)
    last = ran.stderr.strip().splitlines()[-1]
    assert last.startswith(f"{error}: {said}")
    if error != "ImportError":
        assert re.search(r"install convdocs\[(torch|images)\]", last)


def test_all_examples_of_numpys_functions_run_without_torch(with_numpy_only, tmp_path):
    names = ["arrays", "correlation", "cost", "dense", "kernels", "windows"]
    code = f"""
        import doctest, importlib
        for name in {names}:
            module = importlib.import_module("convdocs." + name)
            print(*doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE))
    """
    ran = run(with_numpy_only, "-c", inspect.cleandoc(code), cwd=tmp_path, check=True)
    results = [tuple(map(int, line.split()[:2])) for line in ran.stdout.splitlines()]
    assert [failed for failed, _ in results] == [0] * len(names), ran.stdout
    assert sum(attempted for _, attempted in results) > 150


def test_the_readmes_example_runs_with_what_its_install_line_brings(with_numpy_only, tmp_path):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert len(examples) == 1
    assert "\npip install . " in readme
    ran = run(with_numpy_only, "-c", examples[0], cwd=tmp_path)
    assert f"```text\n{ran.stdout}```" in readme, ran.stderr


def metadata_of(folder):
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        (name,) = [n for n in opened.namelist() if n.endswith("/METADATA")]
        return email.message_from_string(opened.read(name).decode("utf-8"))


def test_the_wheel_links_to_where_the_site_and_the_source_are_known_to_be(tmp_path, monkeypatch):
    for name in ("SITE_URL", "REPO_URL"):
        monkeypatch.delenv(name, raising=False)
    unknown, known = tmp_path / "unknown", tmp_path / "known"
    installing.build_wheel(unknown)
    about = metadata_of(unknown)
    assert about["Version"] == convdocs.__version__
    assert about.get_all("Project-URL") is None
    assert re.findall(r"\]\((.*?)\)", about.get_payload()) == []  # nothing leads nowhere
    monkeypatch.setenv("SITE_URL", "https://example.org/convdocs/")
    monkeypatch.setenv("REPO_URL", "https://example.org/source")
    installing.build_wheel(known)
    about = metadata_of(known)
    assert about.get_all("Project-URL") == [
        "Documentation, https://example.org/convdocs",
        "Source, https://example.org/source",
    ]
    links = re.findall(r"\]\((.*?)\)", about.get_payload())
    assert "https://example.org/convdocs/en/pic/sliding-kernel.gif" in links
    assert all(link.startswith("https://example.org/") for link in links)


@pytest.mark.slow
@pytest.mark.parametrize("resolution", ["lowest-direct", "highest"])
def test_doctests_pass_with_the_oldest_and_the_newest_packages(packages, tmp_path, resolution):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    folder = tmp_path / "venv"
    venv.create(folder)
    python = command(folder, "python")
    backend = os.environ.get("TORCH_BACKEND")
    subprocess.run(
        [
            *(command(Path(sys.prefix), "uv"), "pip", "install", "-q", "--python", python),
            *("--resolution", resolution, packages[".whl"]),
            *(*project["dependencies"], *extras["torch"], *extras["images"]),
            *([f"--torch-backend={backend}"] if backend else []),
        ],
        check=True,
    )
    if resolution == "lowest-direct":
        asked = dict(one.split(">=") for one in (*project["dependencies"], *extras["torch"]))
        got = run(
            python,
            "-c",
            "import numpy, torch; print(numpy.__version__, torch.__version__)",
            cwd=tmp_path,
            check=True,
        ).stdout.split()
        assert got[0].startswith(asked["numpy"] + "."), got
        assert got[1].startswith(asked["torch"] + "."), got
    check_doctests(python, tmp_path)


class Blocks(HTMLParser):
    """The code of a page in order, each with the output below it, if it is text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.blocks: list[dict[str, str]] = []
        self.inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        classes = (dict(attrs).get("class") or "").split()
        if tag == "div" and classes == ["highlight"]:
            self.blocks.append({"code": "", "output": "", "prompt": ""})
            self.kind = "code"
        elif tag == "div" and classes == ["output"]:
            self.kind = "output"
        if tag in ("pre", "span"):
            self.inside.append(classes[0] if classes else tag)

    def handle_endtag(self, tag):
        if tag in ("pre", "span") and self.inside.pop() == "go":
            self.blocks[-1]["output"] += "\n"

    def handle_data(self, data):
        if "pre" not in self.inside or not self.blocks:
            return
        last = self.blocks[-1]
        if "gp" in self.inside:
            last["prompt"] = "yes"
        elif "go" in self.inside or self.kind == "output":
            last["output"] += data


def shown(text: str) -> str:
    """A page without the code of the package itself, which has no copy button."""
    return re.sub(r'<details class="mkdocstrings.*?</details>', "", text, flags=re.DOTALL)


@pytest.mark.parametrize("part", range(4))
def test_what_every_copy_button_copies_runs_elsewhere_and_prints_what_the_page_shows(
    browser,  # noqa: F811
    address,
    site,
    installed,
    tmp_path,
    part,
):
    found = {name: Blocks(shown(page.text)).blocks for name, page in pages(site).items()}
    found = {name: blocks for name, blocks in sorted(found.items())[part::4] if blocks}
    copied = []
    permissions = ["clipboard-read", "clipboard-write"]
    with reader(browser, address, permissions=permissions) as (page, wrong):
        for name, blocks in found.items():
            page.goto(f"{address}/{name.removesuffix('index.html')}")
            page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
            places = page.locator(".md-typeset .highlight:not(.no-copy, .no-copy *)")
            assert places.count() == len(blocks), name
            pieces = []
            for place, block in zip(places.all(), blocks, strict=True):
                place.scroll_into_view_if_needed()
                page.evaluate("navigator.clipboard.writeText('')")
                place.locator("button").first.click()
                for _ in range(500):
                    if text := page.evaluate("navigator.clipboard.readText()"):
                        break
                    page.wait_for_timeout(10)
                pieces.append((text, bool(block["prompt"])))
            if pieces[0][0].startswith("@"):  # a reference in BibTeX
                pieces[0] = ("", False)
            copied.append(pieces)
        assert wrong == []
    file = tmp_path / "pieces.json"
    file.write_text(json.dumps(copied), encoding="utf-8")
    ran = run(installed[".whl"], "-c", RUNNER, file, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert sum(bool(block["output"]) for blocks in found.values() for block in blocks) > 20
    problems = []
    for (name, blocks), pieces, printed in zip(
        found.items(), copied, json.loads(ran.stdout.splitlines()[-1]), strict=True
    ):
        if isinstance(printed, str):
            problems.append((name, printed))
            continue
        for (text, _), block, said in zip(pieces, blocks, printed, strict=True):
            if block["output"] and said.split() != block["output"].split():
                problems.append((name, text, said, block["output"]))
    assert problems == []
