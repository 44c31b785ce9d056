"""Build the whole site, aside, and swap it in when all of it is right: `build.py [SITE]`.

Pictures are drawn and lessons executed once; then both languages build side by side, each
only if something of it has changed. A failure leaves the last good `site/` as it was.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs" / "hooks"))
import checks  # noqa: E402
import execution  # noqa: E402
import installing  # noqa: E402
import lessons  # noqa: E402
import pictures  # noqa: E402

MARK = ".made-of"  # beside the pages of each language
CONFIGS = {"en": "mkdocs.yml", "zh": "mkdocs.zh.yml"}


def build(site: Path) -> None:
    start = time.monotonic()
    pictures.draw()
    lessons.prepare()
    aside = site.with_name(f".{site.name}-new")  # beside it: a rename then suffices
    shutil.rmtree(aside, ignore_errors=True)
    try:
        render(aside, site)
        swap(aside, site)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    print(f"{site.name}/ built in {time.monotonic() - start:.1f} s")


def render(aside: Path, last: Path) -> None:
    aside.mkdir(parents=True)
    marks = {language: mark(language) for language in CONFIGS}
    changed = [language for language in CONFIGS if made_of(last / language) != marks[language]]
    if changed:
        checks.sources()
    runs = {language: start_mkdocs(language, aside / language) for language in changed}
    for language in set(CONFIGS) - set(changed):
        shutil.copytree(last / language, aside / language)
    failed = False
    for language, run in runs.items():
        said, _ = run.communicate()
        # Not `mkdocs -q`: it silences warnings, and then strict does not count them.
        told = re.split(
            r"^(?=WARNING|ERROR|Traceback|Aborted)", said, maxsplit=1, flags=re.MULTILINE
        )
        if run.returncode:
            failed = True
            print(f"{CONFIGS[language]}: {told[-1]}", file=sys.stderr)
    if failed:
        sys.exit("the site was not built; the last good one stays")
    for language in runs:
        (aside / language / MARK).write_text(marks[language])
    write_root(aside)


def made_of(pages: Path) -> str:
    """The digest beside a language's last good pages, if there are any."""
    mark = pages / MARK
    return mark.read_text() if mark.is_file() else ""


def mark(language: str) -> str:
    """A digest of everything that a language's pages are made of."""
    cache = lessons.CACHE
    places = [
        *(
            ROOT / name
            for name in (
                *("convdocs", "pyproject.toml", "docs/budget.toml", "docs/names.toml"),
                *("mkdocs.yml", CONFIGS[language]),
            )
        ),
        *(
            ROOT / "docs" / name
            for name in ("hooks", "templates", "theme", "notebook.md.j2", language)
        ),
        *(cache / name / language for name in ("lessons", "downloads")),
        cache / "figures",
        *sorted((ROOT / "pic").glob(f"*.{language}.*g")),
        *sorted((ROOT / "pic").glob("*.gif")),
        *sorted(ROOT.glob("requirements*.txt")),
        *([ROOT / "docs" / "translations"] if language == "zh" else []),
    ]
    files = [
        file
        for place in places
        for file in (sorted(place.rglob("*")) if place.is_dir() else [place])
        if file.is_file() and "__pycache__" not in file.parts
    ]
    settings = [sys.version, os.environ.get("SITE_URL", ""), os.environ.get("REPO_URL", "")]
    return execution.digest(files, *settings)


def start_mkdocs(language: str, target: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [
            sys.executable,
            "-W",
            "ignore",
            "-m",
            "mkdocs",
            "build",
            "-f",
            CONFIGS[language],
            "-d",
            target,
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "CONVDOCS_PREPARED": "1",
            "NO_MKDOCS_2_WARNING": "1",
            # Or nbconvert makes one of every exporter there is, to name them in its help.
            "NBCONVERT_DISABLE_CONFIG_EXPORTERS": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )


def write_root(site: Path) -> None:
    """What lies above the languages: a page to choose one, a page for lost readers, the wheel."""
    installing.build_wheel(site)
    address = os.environ.get("SITE_URL", "").rstrip("/")
    base = f"{urlsplit(address).path}/"
    for file in sorted((ROOT / "docs" / "root").iterdir()):
        text = file.read_text(encoding="utf-8")
        (site / file.name).write_text(text.replace("{base}", base), encoding="utf-8")
    (site / ".nojekyll").touch()  # or GitHub Pages drops what starts with an underscore
    if address:
        maps = "".join(
            f"<sitemap><loc>{address}/{language}/sitemap.xml</loc></sitemap>"
            for language in CONFIGS
        )
        (site / "sitemap.xml").write_text(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{maps}</sitemapindex>\n',
            encoding="utf-8",
        )


def swap(new: Path, site: Path) -> None:
    """Put the new site in the old one's place; the old one stays until then."""
    old = site.with_name(f".{site.name}-old")
    shutil.rmtree(old, ignore_errors=True)
    if site.exists():
        site.rename(old)
    new.rename(site)
    shutil.rmtree(old, ignore_errors=True)


if __name__ == "__main__":
    try:
        with lessons.lock():
            build(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "site")
    except lessons.LessonError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("stopped; site/ is as it was")
