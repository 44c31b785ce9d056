"""The lessons that readers take away: what they install, what they fold, and that they run."""

import ast
import base64
import inspect
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from importlib.metadata import packages_distributions
from pathlib import Path

import bitmap
import installing
import nbformat
import pictures
import pytest
import serve
from bilingual import LANGUAGES, LessonError, lessons
from PIL import Image
from playwright.sync_api import expect
from test_browser import browser, reader  # noqa: F401  (a fixture)
from test_install import ROOT, command, run
from test_lessons import lesson

import convdocs

SLUGS = [one.slug for one in lessons()]
in_each = pytest.mark.parametrize(
    ("language", "slug"), [(language, slug) for language in LANGUAGES for slug in SLUGS]
)


def downloaded(site, language, slug):
    """A lesson's notebook and its script."""
    folder = site / language / "lessons" / slug
    notebook = nbformat.read(folder / f"{slug}.ipynb", as_version=4)
    return notebook, (folder / f"{slug}.py").read_text(encoding="utf-8")


def asked(notebook):
    """What a notebook's first cell of code asks pip for."""
    first = next(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert first.startswith("%pip install "), first
    return first.removeprefix("%pip install ")


def top_level(source):
    """The names of the modules that some code imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module.partition(".")[0]


# ---- how to install ----


@in_each
def test_a_download_begins_with_how_to_install_what_it_needs(site, language, slug):
    notebook, script = downloaded(site, language, slug)
    words, install = notebook.cells[:2]
    opening = script.partition("\n# %%")[0] if script.startswith("#") else ""
    start = {"en": "**Before you start**", "zh": "**开始之前**"}[language]
    (wheel,) = site.glob("*.whl")
    for text in (words.source, opening):
        assert start in text
        assert wheel.name in text
        assert "Python 3.12" in text
        assert ("CUDA" in text) == ("torch" in asked(notebook))
        assert "://" not in text  # each reader's own index applies, and this site has no address
    assert install.cell_type == "code"
    assert len(install.source.splitlines()) == 1
    assert f"\n# python -m pip install {asked(notebook)}\n" in opening
    assert f"`python {slug}.py`" in opening
    assert nbformat.validate(notebook) is None


@in_each
def test_a_download_installs_what_it_imports_and_nothing_else(site, language, slug):
    notebook, script = downloaded(site, language, slug)
    known = packages_distributions()
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"][1:]
    wheel, *others = shlex.split(asked(notebook))
    extras = set(re.findall(r"\w+", wheel.partition("[")[2]))
    for source in ("\n".join(code), script):
        modules = set(top_level(source)) - sys.stdlib_module_names - {"convdocs"}
        behind = {
            module
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.ImportFrom) and node.module == "convdocs"
            for alias in node.names
            for module in top_level(inspect.getsource(defined_in(alias.name)))
        }
        direct = modules - {"torch", "skimage"}
        assert {other.lower() for other in others} == {known[m][0].lower() for m in direct}
        wanted = {"torch": "torch", "skimage": "images"}
        assert extras == {extra for m, extra in wanted.items() if m in modules | behind}


def defined_in(name):
    """The module of the package that has a public name."""
    return sys.modules[getattr(convdocs, name).__module__]


def test_an_import_that_nobody_knows_stops_the_build_with_file_and_cell(tmp_path):
    one = lesson(tmp_path, "\n# %%\nimport json\n\n# %%\nimport torch, secrets_of_arrays.inner\n")
    with pytest.raises(LessonError, match=r"test\.py:\d+: cell 2: it imports secrets_of_arrays,"):
        installing.packages(one)


def test_where_the_sites_address_is_known_the_wheel_is_fetched_from_there(tmp_path, monkeypatch):
    one = lesson(tmp_path, "\n# %%\nimport torch\nfrom convdocs import cat\n")
    monkeypatch.setenv("SITE_URL", "https://example.org/convdocs/")
    assert installing.packages(one) == (
        f'"convdocs[images,torch] @ https://example.org/convdocs/{installing.WHEEL}"'
    )
    for language in LANGUAGES:
        assert ".whl`" not in installing.note(one, language, "cell")


def test_the_wheel_is_the_same_to_the_last_byte_each_time(site, tmp_path):
    (wheel,) = site.glob("*.whl")
    installing.build_wheel(tmp_path)
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_wheel_can_be_had_from_home_the_package_and_each_lesson(browser, address, language):  # noqa: F811
    with reader(browser, address, accept_downloads=True) as (page, wrong):
        for name in ("", "api/", "lessons/corr2d/"):
            page.goto(f"{address}/{language}/{name}")
            with page.expect_download() as download:
                page.locator("a[href$='.whl']").click()
            assert download.value.suggested_filename == installing.WHEEL
        assert wrong == []


# ---- pictures, hints and answers ----


@in_each
def test_a_downloads_pictures_are_bitmaps_that_come_with_it(site, language, slug):
    notebook, _ = downloaded(site, language, slug)
    shown = 0
    for cell in notebook.cells:
        names = re.findall(r"!\[[^\]]+\]\(attachment:([^)]+)\)", cell.source)
        assert set(names) == set(cell.get("attachments", {}))
        assert "](pic/" not in cell.source
        assert cell.cell_type == "code" or ".svg" not in cell.source
        for name in names:
            ((kind, data),) = cell.attachments[name].items()
            assert kind == "image/png"
            with Image.open(io.BytesIO(base64.b64decode(data))) as image:
                assert image.format == "PNG"
            shown += 1
    (one,) = (one for one in lessons() if one.slug == slug)
    assert shown * len(LANGUAGES) == len(re.findall(r"\]\(\.\./pic/", one.text))


@in_each
def test_a_downloads_figures_are_bitmaps_that_jupyterlab_shows_before_it_trusts(
    site, language, slug
):
    notebook, _ = downloaded(site, language, slug)
    shown = 0
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            assert "image/svg+xml" not in data
            shown += "image/png" in data
    page = (site / language / "lessons" / slug / "index.html").read_text(encoding="utf-8")
    assert shown == len(set(re.findall(rf"figures/{slug}-\d+\.svg", page)))


def test_every_picture_is_there_as_a_bitmap_of_twice_its_size():
    kept = sorted(bitmap.HERE.glob("*.png"))
    assert [png.stem for png in kept] == [svg.stem for svg in sorted(bitmap.HERE.glob("*.svg"))]
    for png in kept:
        width, height = pictures.size(png.with_suffix(".svg").read_text("utf-8"))
        with Image.open(png) as image:
            assert image.size == (2 * width, 2 * height)
    assert sum(png.stat().st_size for png in kept) < 1_500_000


@pytest.mark.parametrize("fault", ["missing", "stale"])
def test_a_bitmap_that_is_not_of_its_picture_stops_the_build(tmp_path, monkeypatch, fault):
    for file in bitmap.HERE.glob("locality.*.*g"):
        shutil.copy(file, tmp_path)
    monkeypatch.setattr(bitmap, "HERE", tmp_path)
    monkeypatch.setattr(pictures, "draw_svgs", lambda: None)
    pictures.draw()
    if fault == "missing":
        (tmp_path / "locality.zh.png").unlink()
    else:
        with (tmp_path / "locality.zh.svg").open("a", encoding="utf-8") as svg:
            svg.write("\n")
    with pytest.raises(LessonError, match=r"(?s)^pic/locality\.zh\.png: .*make pictures"):
        pictures.draw()


@in_each
def test_a_download_folds_hints_and_answers(site, language, slug):
    notebook, script = downloaded(site, language, slug)
    summary = {
        "en": {"hint": "Hint", "answer": "Answer"},
        "zh": {"hint": "提示", "answer": "参考答案"},
    }[language]
    folded = {"markdown": 0, "code": 0}
    for cell in notebook.cells:
        (kind,) = {"hint", "answer"} & set(cell.metadata.get("tags", [])) or [""]
        if cell.cell_type == "markdown":
            opening = f"<details>\n<summary>{summary[kind]}</summary>\n\n" if kind else ""
            assert cell.source.startswith(opening)
            assert cell.source.endswith("\n\n</details>") == bool(kind)
        else:
            hidden = {"source_hidden": True, "outputs_hidden": True} if kind else {}
            assert cell.metadata.get("jupyter", {}) == hidden
        folded[cell.cell_type] += bool(kind)
    assert folded["markdown"] >= 3
    assert folded["code"] >= 3
    below = {
        "en": {"hint": "**Hint below**", "answer": "**Answer below**"},
        "zh": {"hint": "**以下是提示**", "answer": "**以下是参考答案**"},
    }[language]
    before = ""
    for cell in re.split(r"^# %%", script, flags=re.MULTILINE)[1:]:
        tag = re.match(r'.*tags=\["(hint|answer)"', cell)
        if tag and not re.match(rf'.*tags=\["{tag[1]}"', before):
            assert before == f" [markdown]\n# {below[tag[1]]}\n\n"
        before = cell


# ---- running them ----


@pytest.mark.parametrize("slug", SLUGS)
def test_a_downloaded_notebook_runs_to_its_end(site, tmp_path, slug):
    codes = []
    for language in LANGUAGES:
        notebook, _ = downloaded(site, language, slug)
        # What is installed here stays; `make slow` runs the cell that installs as well.
        del notebook.cells[:2]
        codes.append([cell.source for cell in notebook.cells if cell.cell_type == "code"])
    assert codes[0] == codes[1]
    check_run(Path(sys.executable), notebook, tmp_path)


def check_run(python, notebook, folder):
    """Run a notebook with the Jupyter of a Python, to its last cell."""
    nbformat.write(notebook, folder / "lesson.ipynb")
    ran = run(
        python,
        *("-m", "jupyter", "nbconvert", "--to", "notebook", "--execute", "--inplace"),
        "lesson.ipynb",
        cwd=folder,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    done = nbformat.read(folder / "lesson.ipynb", as_version=4)
    counts = [cell.execution_count for cell in done.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1))
    return done


@pytest.fixture(scope="module")
def hosted(tmp_path_factory):
    """The site at an address that it knows."""
    folder = tmp_path_factory.mktemp("hosted") / "site"
    folder.mkdir()
    with serve.served(folder) as where:
        subprocess.run(
            [sys.executable, ROOT / "docs" / "build.py", folder],
            env={**os.environ, "SITE_URL": f"{where}/"},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        yield folder


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """A reader's Python for each set of packages: JupyterLab is there, and nothing of ours.

    Of what a first cell asks for, torch alone comes before it, for uv has gigabytes at hand that
    pip would unpack anew.
    """
    ready = {}

    def prepare(wanted):
        if wanted not in ready:
            folder = tmp_path_factory.mktemp("machine")
            uv = command(Path(sys.prefix), "uv")
            python = command(folder, "python")
            torch, backend = "torch" in wanted, os.environ.get("TORCH_BACKEND")
            subprocess.run([uv, "venv", "-q", "--seed", "-p", sys.executable, folder], check=True)
            subprocess.run(
                [
                    *(uv, "pip", "install", "-q", "--python", python, "jupyterlab"),
                    *(["torch"] if torch else []),
                    *([f"--torch-backend={backend}"] if torch and backend else []),
                ],
                check=True,
            )
            ready[wanted] = python
        return ready[wanted]

    return prepare


@pytest.mark.slow
@pytest.mark.xdist_group("downloads")
@in_each
def test_a_download_runs_where_nothing_is_installed_but_what_it_says(
    hosted, machine, tmp_path, language, slug
):
    notebook, script = downloaded(hosted, language, slug)
    python = machine(asked(notebook))
    done = check_run(python, notebook, tmp_path)
    assert "convdocs" in "".join(output.text for output in done.cells[1].outputs)

    (tmp_path / f"{slug}.py").write_text(script, encoding="utf-8")
    install = re.search(r"^# python (-m pip install .*)$", script, re.MULTILINE)
    run(python, *shlex.split(install[1]), cwd=tmp_path, check=True)
    ran = run(python, f"{slug}.py", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert ran.stdout


@contextmanager
def jupyterlab(python, folder, port):
    """A JupyterLab that knows no one's settings and asks nobody for updates."""
    own = {
        name: str(folder / ".own" / name)
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    server = subprocess.Popen(
        [
            *(python, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}"),
            "--IdentityProvider.token=",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ],
        cwd=folder,
        env={**os.environ, **own},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{address}/api").close()
                break
            except OSError:
                assert server.poll() is None, "JupyterLab stopped"
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait()


@pytest.mark.slow
@pytest.mark.xdist_group("downloads")
@pytest.mark.parametrize("language", LANGUAGES)
def test_jupyterlab_shows_pictures_and_keeps_answers_folded(
    browser,  # noqa: F811
    hosted,
    machine,
    port,
    tmp_path,
    language,
):
    notebook, _ = downloaded(hosted, language, "dense-to-conv")
    nbformat.write(notebook, tmp_path / "dense-to-conv.ipynb")
    with jupyterlab(machine(asked(notebook)), tmp_path, port) as address:
        page = browser.new_page(viewport={"width": 1200, "height": 1400})
        page.goto(f"{address}/lab/tree/dense-to-conv.ipynb")
        picture = page.locator(".jp-MarkdownOutput img").first
        expect(picture).to_be_visible(timeout=60_000)
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
        of_kind = {
            kind: sum(
                cell.cell_type == kind
                and bool({"hint", "answer"} & set(cell.metadata.get("tags", ())))
                for cell in notebook.cells
            )
            for kind in ("markdown", "code")
        }
        folded = page.locator(".jp-MarkdownOutput details")
        expect(folded).to_have_count(of_kind["markdown"])
        assert not any(folded.evaluate_all("all => all.map((one) => one.open)"))
        expect(page.locator(".jp-CodeCell:has(.jp-Placeholder)")).to_have_count(of_kind["code"])
        for shown in (".jp-CodeMirrorEditor", ".jp-OutputArea"):
            expect(
                page.locator(f".jp-CodeCell:has(.jp-Placeholder) {shown}").filter(visible=True)
            ).to_have_count(0)
        folded.first.locator("summary").click()
        assert folded.first.evaluate("one => one.open")
        with_figure = page.locator(".jp-RenderedImage img")
        for _ in range(40):  # cells are drawn when they come into view
            if with_figure.count():
                break
            page.locator(".jp-WindowedPanel-outer").hover()
            page.mouse.wheel(0, 600)
            page.wait_for_timeout(200)
        assert with_figure.first.evaluate("image => image.decode().then(() => image.naturalWidth)")
        page.close()
