"""The pictures of `pic/`, each in the language of the site that shows it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from bilingual import LessonError
from execution import digest, write
from mkdocs.exceptions import PluginError

PICTURES = Path(__file__).parents[2] / "pic"
sys.path.append(str(PICTURES))
import bitmap  # noqa: E402

STOP = {"en": "Stop the animation", "zh": "停止动画"}
IMAGE = re.compile(r'<img (?P<attributes>[^>]*src="[^"]*pic/(?P<name>[\w-]+)\.svg"[^>]*)>')


def on_config(config: Any) -> Any:
    """Draw them, unless `docs/build.py` has."""
    if not os.environ.get("CONVDOCS_PREPARED"):
        try:
            draw()
        except LessonError as error:
            raise PluginError(str(error)) from None
    return config


on_config.mkdocs_priority = 110  # type: ignore[attr-defined]  # before the lessons embed them


def draw() -> None:
    """Have all pictures as their sources say, or stop."""
    draw_svgs()
    if old := bitmap.outdated():
        raise LessonError(
            "\n".join(f"pic/{svg.stem}.png: it is missing, or not of pic/{svg.name}" for svg in old)
            + "\n`make pictures` draws it, with Chromium"
        )


def draw_svgs() -> None:
    """Draw all pictures, unless they are as they were drawn last from the same sources."""
    root = PICTURES.parent
    mark = root / ".cache" / "pictures.json"
    sources = digest(
        sorted([*PICTURES.glob("*.py"), *(root / "convdocs").glob("*.py"), *root.glob("req*.txt")])
    )
    last = json.loads(mark.read_text()) if mark.exists() else {}
    if last.get("sources") == sources:
        there = drawn()
        if there == last["pictures"]:
            return
        for name in there.keys() & last["pictures"].keys():
            if there[name] != last["pictures"][name]:
                module = name.partition(".")[0].replace("-", "_")
                raise LessonError(
                    f"pic/{name}: somebody edited it, and the next drawing would undo that: "
                    f"change pic/{module}.py, then `make pictures`"
                )
    subprocess.run([sys.executable, PICTURES / "draw.py"], check=True)
    write(mark, json.dumps({"sources": sources, "pictures": drawn()}))


def drawn() -> dict[str, str]:
    """The digest of each picture that is there."""
    return {
        picture.name: digest([picture])
        for kind in ("svg", "gif")
        for picture in sorted(PICTURES.glob(f"*.{kind}"))
    }


def on_files(files: Any, config: Any) -> Any:
    """Put `pic/name.zh.svg` where the Chinese pages look for `pic/name.svg`, and the PNG beside it."""
    from mkdocs.structure.files import File

    language = config.theme["language"]
    for picture in sorted(PICTURES.glob(f"*.{language}.*g")):
        name = picture.name.replace(f".{language}.", ".")
        files.append(File.generated(config, f"pic/{name}", abs_src_path=str(picture)))
    for picture in sorted(PICTURES.glob("*.gif")):
        files.append(File.generated(config, f"pic/{picture.name}", abs_src_path=str(picture)))
    return files


def on_page_content(html: str, page: Any, config: Any, files: Any) -> str:
    """Give each picture its size, so that nothing moves while it loads; stop what moves on demand."""
    language = config.theme["language"]

    def sized(match: re.Match[str]) -> str:
        picture = PICTURES / f"{match['name']}.{language}.svg"
        if not picture.exists():  # MkDocs warns of the link
            return match[0]
        svg = picture.read_text(encoding="utf-8")
        width, height = size(svg)
        image = f'<img class="picture" width="{width}" height="{height}" {match["attributes"]}>'
        if "@keyframes" not in svg:
            return image
        return f'{image}<button class="motion" aria-pressed="false">{STOP[language]}</button>'

    return IMAGE.sub(sized, html)


def size(svg: str) -> tuple[int, int]:
    """Width and height of a picture in pixels, from its `viewBox`."""
    match = re.search(r'viewBox="0 0 (\d+) (\d+)"', svg)
    if match is None:
        raise ValueError("the picture has no viewBox that starts at 0 0")
    return int(match[1]), int(match[2])
