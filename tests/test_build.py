"""What the two commands promise when something is wrong."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest
from benchmark_build import Ours

ROOT = Path(__file__).parents[1]
COPIED = (
    *("convdocs", "docs", "pic", ".cache", "Makefile", "mkdocs.yml", "mkdocs.zh.yml"),
    *("pyproject.toml", "README.md", "LICENSE", "LICENSE-docs"),  # for the wheel
)


@pytest.fixture
def project(site: Path, tmp_path: Path) -> Path:
    """A copy of the project with a site in it; the fixture `site` has filled the cache."""
    for name in (*COPIED, *(path.name for path in ROOT.glob("requirements*.txt"))):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("npm"))
        else:
            shutil.copy(source, tmp_path / name)
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("the last good site")
    return tmp_path


def build(project: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, project / "docs" / "build.py"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def change(path: Path, old: str, new: str, times: int = 1) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, times), encoding="utf-8")


ABOUT = ["docs/en/about.md", "docs/zh/about.md"]


@pytest.mark.parametrize(  # in one file, once; in a list of files, everywhere
    ("file", "old", "new", "said"),
    [
        (
            "docs/lessons/corr2d.py",
            "steps = {",
            "raise RuntimeError('planted')\nsteps = {",
            ["docs/lessons/corr2d.py:", "cell", "RuntimeError: planted"],
        ),
        (
            "docs/lessons/channels.py",
            "(corr2d.ipynb)",
            "(corr3d.ipynb)",
            ["docs/lessons/channels.py:", "links differ"],
        ),
        (ABOUT, "(https://d2l.ai/)", "(missing.md)", ["about.md", "missing.md"]),
        (
            ["docs/en/index.md", "docs/zh/index.md"],
            "(api/index.md)",
            "(api/index.md#nowhere)",
            ["index.md", "#nowhere"],
        ),
        (
            ["docs/en/index.md", "docs/zh/index.md"],
            "pic/cross-correlation.svg",
            "pic/none.svg",
            ["index.md", "pic/none.svg"],
        ),
        (ABOUT, "{ #sources }", "{ #sources }\n\n" + r"$\foo$", ["about.md", r"\foo"]),
        (
            ABOUT,
            "{ #sources }",
            "{ #sources }\n\n[x][convdocs.nothing]",
            ["about.md", "convdocs.nothing"],
        ),
        ("docs/en/about.md", "(https://d2l.ai/)", "", ["docs/zh/about.md: links differ"]),
        (
            "docs/zh/about.md",
            "description: ",
            "text: ",
            ["docs/zh/about.md:1: it has no description"],
        ),
        (
            "docs/zh/about.md",
            "description: 课程从哪里来，可以怎样使用，网站怎样做成。",
            "description: Where the lessons come from, what they may be used for, and how the site is made.",
            ["docs/zh/about.md:1: its description is not translated"],
        ),
        (
            "docs/zh/about.md",
            "description: ",
            "hide: [toc]\ndescription: ",
            ["docs/zh/about.md:1: en sets ['description'], zh sets ['hide', 'description']"],
        ),
        (
            ABOUT,
            "{ #licences }",
            "{ #sources }",
            ["docs/en/about.md: the id sources stands 2 times", "docs/zh/about.md: the id sources"],
        ),
        (
            ABOUT,
            "{ #sources }",
            '{ #sources }\n\n<img src="https://example.com/x.png" alt="x">',
            ["docs/en/about.md: fetches https://example.com/x.png from another host"],
        ),
        (
            ABOUT,
            "{ #sources }",
            '{ #sources }\n\n<img src="../assets/favicon.svg">',
            ["docs/en/about.md: the image ../assets/favicon.svg has no alt text"],
        ),
        (
            "docs/budget.toml",
            "html = 20_000",
            "html = 2_000",
            ["docs/lessons/corr2d.py: html: ", " bytes, and docs/budget.toml allows 2,000"],
        ),
        (
            ["docs/lessons/locality.py"],
            "感受野",
            "接收域",
            ["docs/lessons/locality.py:", "'receptive field' is 感受野 in the glossary"],
        ),
        (
            "docs/lessons/translation-invariance.py",
            "# 卷积",
            "# 40.610 卷积",
            ["docs/lessons/translation-invariance.py:", "40.610 is computed: write {{ … }}"],
        ),
        (
            "docs/translations/kernels.po",
            "The mean of a square: it blurs.",
            "The mean of a square: it smooths.",
            [
                "kernels.po: no translation of: The mean of a square: it blurs.",
                "kernels.po: no docstring says: The mean of a square: it smooths.",
            ],
        ),
        (
            "docs/lessons/corr2d.py",
            "# ---\n\n",
            "#     time_limit: 3\n# ---\n\n# %%\nwhile True:\n    pass\n\n",
            ["docs/lessons/corr2d.py:", "cell 1: still running after 3 s"],
        ),
        (
            "docs/lessons/corr2d.py",
            "steps = {",
            "import os\nos.kill(os.getpid(), 9)\nsteps = {",
            ["docs/lessons/corr2d.py:", "the kernel died"],
        ),
        (
            "docs/lessons/corr2d.py",
            "steps = {",
            "print(object())\nsteps = {",
            ["docs/lessons/corr2d.py:", "an address, another each time"],
        ),
        (
            "docs/lessons/locality.py",
            "import torch\n",
            "import torch\nprint(torch.rand(2))\n",
            ["docs/lessons/locality.py:", "cell", "its output differs between two runs"],
        ),
        (
            "docs/lessons/corr2d.py",
            "steps = {",
            "import numpy\nprint(numpy.random.rand())\nsteps = {",
            ["docs/lessons/corr2d.py:", "cell", "its output differs between two runs"],
        ),
        (
            "docs/lessons/corr2d.py",
            "{{ trials }}",
            "{{ trails }}",
            ["docs/lessons/corr2d.py:", "inline values differ"],
        ),
        (
            ["docs/lessons/corr2d.py"],
            "{{ trials }}",
            "{{ trails }}",
            ["docs/lessons/corr2d.py:", "{{ trails }}: NameError: name 'trails' is not defined"],
        ),
        (
            "docs/lessons/locality.py",
            "\n# %%\nimport torch",
            '\n# %% tags=["zh"]\nimport torch',
            ["docs/lessons/locality.py:", "a code cell serves both languages"],
        ),
        (
            "docs/lessons/edge-detection.py",
            "# %% alt={",
            "# %% other={",
            ["docs/lessons/edge-detection.py:", "its figure has no alt text"],
        ),
        (
            "docs/lessons/edge-detection.py",
            "\n# %%\nK = ",
            '\n# %% alt={"en": "none", "zh": "无"}\nK = ',
            ["docs/lessons/edge-detection.py:", "shows no figure"],
        ),
        ("mkdocs.yml", "  - labs.md\n", "  - labs.md\n  - nowhere.md\n", ["nowhere.md"]),
    ],
    ids=[
        "cell",
        "pair",
        "link",
        "anchor",
        "image",
        "formula",
        "reference",
        "paragraph",
        "description",
        "same-description",
        "front-matter",
        "id",
        "host",
        "no-alt",
        "budget",
        "term",
        "number",
        "docstring",
        "hanging",
        "killed",
        "address",
        "random",
        "numpys-random",
        "value",
        "failing-value",
        "tag",
        "alt",
        "figure",
        "page",
    ],
)
def test_a_fault_stops_the_build_is_named_and_leaves_the_last_good_site(
    project, file, old, new, said
):
    for one in [file] if isinstance(file, str) else file:
        change(project / one, old, new, 1 if isinstance(file, str) else -1)
    assert_nothing_is_built(project, said)


def test_a_page_without_translation_stops_the_build(project):
    (project / "docs" / "zh" / "errata.md").unlink()
    said = "docs/en/errata.md: its translation docs/zh/errata.md is missing"
    assert_nothing_is_built(project, [said])


def assert_nothing_is_built(project: Path, said: list[str]) -> None:
    run = build(project)
    assert run.returncode != 0
    told = run.stdout + run.stderr
    assert [words for words in said if words not in told] == [], told
    assert "Traceback (most recent call last):\n  File" not in told
    assert [p.name for p in (project / "site").iterdir()] == ["index.html"]


def test_prose_changes_execute_nothing_and_show_in_their_language(project):
    change(project / "docs/lessons/corr2d.py", "The formula can be read", "The formula may be read")
    run = build(project)
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count("cached") == len(list((project / "docs" / "lessons").glob("*.py")))
    page = (project / "site/en/lessons/corr2d/index.html").read_text(encoding="utf-8")
    assert "The formula may be read" in page


def test_what_has_not_changed_is_not_built_again(project):
    def made():
        return {
            language: (project / "site" / language / "index.html").stat().st_mtime_ns
            for language in ("en", "zh")
        }

    assert build(project).returncode == 0
    first = made()
    assert build(project).returncode == 0
    assert made() == first
    change(project / "docs/zh/about.md", "本站各课", "改动。这些课程")
    assert build(project).returncode == 0
    assert made()["en"] == first["en"]
    assert made()["zh"] > first["zh"]
    assert "改动。" in (project / "site/zh/about/index.html").read_text(encoding="utf-8")
    change(project / "docs/theme/assets/convdocs.css", "/*", "/* changed */ /*")
    assert build(project).returncode == 0
    assert made()["en"] > first["en"]


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX limits")
def test_a_full_disk_stops_the_build_and_leaves_the_last_good_site(project):
    import resource

    run = subprocess.run(
        [sys.executable, project / "docs" / "build.py"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (90_000, 90_000)),
    )
    assert run.returncode != 0
    assert "File too large" in run.stdout + run.stderr
    assert [p.name for p in (project / "site").iterdir()] == ["index.html"]


def test_a_picture_edited_by_hand_stops_the_build(project):
    picture = project / "pic" / "learning.zh.svg"
    good = picture.read_text(encoding="utf-8")
    change(picture, "输入 X", "输入 Z")
    said = "pic/learning.zh.svg: somebody edited it, and the next drawing would undo that: "
    assert_nothing_is_built(project, [said, "change pic/learning.py"])
    picture.unlink()
    assert build(project).returncode == 0
    assert picture.read_text(encoding="utf-8") == good


def test_the_benchmarks_made_up_site_passes_all_checks(site, tmp_path):
    ours = Ours(tmp_path, lessons=1)
    (command,) = ours.build()
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8")
    assert run.returncode == 0, run.stdout + run.stderr
    assert (tmp_path / "site/zh/lessons/lesson-0/index.html").is_file()


def test_two_builds_at_once_are_both_right(project):
    runs = [
        subprocess.Popen(
            [sys.executable, project / "docs" / "build.py"],
            cwd=project,
            env={**os.environ, "PYTHONPATH": str(project)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for _ in range(2)
    ]
    said = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    assert any("waiting" in words for words in said)
    assert (project / "site/zh/index.html").is_file()


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_ctrl_c_while_a_lesson_runs_leaves_the_last_good_site(project):
    change(project / "docs/lessons/corr2d.py", "steps = {", "while True:\n    pass\nsteps = {")
    run = subprocess.Popen(
        [sys.executable, "-u", project / "docs" / "build.py"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    for line in run.stdout:
        if "cached" in line:  # the others are done; corr2d's kernel is starting
            break
    time.sleep(4)
    os.killpg(run.pid, signal.SIGINT)
    _, said = run.communicate(timeout=30)
    assert run.returncode == 1
    assert "stopped; site/ is as it was\n" in said
    assert [p.name for p in (project / "site").iterdir()] == ["index.html"]


def test_serve_says_in_one_line_that_a_port_is_taken():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = subprocess.run(
            [sys.executable, ROOT / "docs" / "serve.py", str(port)], capture_output=True, text=True
        )
    assert run.returncode == 1
    assert run.stderr.startswith(f"port {port} cannot be used")
    assert run.stderr.count("\n") == 1


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
def test_the_readmes_first_command_serves_the_site(site, port):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    command = next(line for line in readme.splitlines() if line.startswith("make serve"))
    run = subprocess.Popen(
        [*command.partition("#")[0].split(), f"PORT={port}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        lines = []
        for line in run.stdout:
            lines.append(line)
            if f"http://127.0.0.1:{port}/" in line:
                break
        with urlopen(f"http://127.0.0.1:{port}/en/lessons/cross-correlation/") as page:
            assert "cross-correlation" in page.read().decode()
        assert sum("cached" in line or "run" in line for line in lines) >= 6
    finally:
        os.killpg(run.pid, 15)
        run.wait(timeout=20)
        run.stdout.close()


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
def test_every_make_target_says_what_it_does():
    help_ = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = makefile.split(".PHONY:")[1].splitlines()[0].split()
    assert [line.split()[0] for line in help_.stdout.splitlines()] == phony
