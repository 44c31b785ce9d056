"""The pictures of `pic/`, each in the language of the site that shows it."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from execution import digest, write

PICTURES = Path(__file__).parents[2] / "pic"
STOP = {"en": "Stop the animation", "zh": "停止动画"}
IMAGE = re.compile(r'<img (?P<attributes>[^>]*src="[^"]*pic/(?P<name>[\w-]+)\.svg"[^>]*)>')


def on_config(config: Any) -> Any:
    """Draw them, unless `docs/build.py` has."""
    if not os.environ.get("CONVDOCS_PREPARED"):
        draw()
    return config


on_config.mkdocs_priority = 110  # type: ignore[attr-defined]  # before the lessons embed them


def draw() -> None:
    """Draw all pictures, unless they are as they were drawn last from the same sources."""
    root = PICTURES.parent
    mark = root / ".cache" / "pictures"
    sources = [*PICTURES.glob("*.py"), *(root / "convdocs").glob("*.py"), *root.glob("req*.txt")]

    def drawn() -> str:
        return digest(sorted([*sources, *PICTURES.glob("*.svg"), *PICTURES.glob("*.gif")]))

    if mark.exists() and mark.read_text() == drawn():
        return
    subprocess.run([sys.executable, PICTURES / "draw.py"], check=True)
    write(mark, drawn())


def on_files(files: Any, config: Any) -> Any:
    """Put `pic/name.zh.svg` where the Chinese pages look for `pic/name.svg`."""
    from mkdocs.structure.files import File

    language = config.theme["language"]
    for picture in sorted(PICTURES.glob(f"*.{language}.svg")):
        name = picture.name.replace(f".{language}.svg", ".svg")
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
