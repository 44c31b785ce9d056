"""Draw every picture as a PNG as well, for places that show no SVG: `python pic/bitmap.py`.

Chromium draws them, in the light scheme and at twice their size, but the site is built without
it: each PNG lies beside its SVG, and holds the digest of the SVG that it was drawn from.
"""

import hashlib
import io
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

HERE = Path(__file__).parent
SCALE = 2
DIGEST = "svg-sha256"  # the name of the text chunk
# As root, Chromium needs the first; without the others it calls its maker's hosts by itself.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
)


def digest(svg: Path) -> str:
    return hashlib.sha256(svg.read_bytes()).hexdigest()


def outdated() -> list[Path]:
    """The SVGs whose PNG is missing or shows what they were once."""
    return [
        svg for svg in sorted(HERE.glob("*.svg")) if shows(svg.with_suffix(".png")) != digest(svg)
    ]


def shows(png: Path) -> str:
    """The digest of the SVG that a PNG was drawn from, if it says one."""
    try:
        with Image.open(png) as image:
            return image.info.get(DIGEST, "")
    except (FileNotFoundError, UnidentifiedImageError):
        return ""


def draw(svgs: list[Path]) -> Iterator[tuple[Path, bytes]]:
    """The PNG of each SVG."""
    from playwright.sync_api import sync_playwright  # not where a build asks what is outdated

    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=next(filter(None, found), None), args=FLAGS
        )
        page = browser.new_page(
            color_scheme="light", reduced_motion="reduce", device_scale_factor=SCALE
        )
        for svg in svgs:
            width, height = re.findall(r'viewBox="0 0 (\d+) (\d+)"', svg.read_text("utf-8"))[0]
            page.set_viewport_size({"width": int(width), "height": int(height)})
            page.goto(svg.as_uri())
            yield svg.with_suffix(".png"), packed(page.screenshot(), digest(svg))
        browser.close()


def packed(screenshot: bytes, svg: str) -> bytes:
    """A PNG of the 256 colours that come nearest to the screenshot's, at half the bytes."""
    image = Image.open(io.BytesIO(screenshot)).convert("RGB")
    chunk = PngInfo()
    chunk.add_text(DIGEST, svg)
    file = io.BytesIO()
    image.quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=1).save(
        file, "PNG", optimize=True, pnginfo=chunk
    )
    return file.getvalue()


if __name__ == "__main__":
    for png in HERE.glob("*.png"):
        if not png.with_suffix(".svg").exists():
            png.unlink()
    for png, content in draw(outdated()):
        png.write_bytes(content)
        print(png.name, f"{len(content):,}", file=sys.stderr)
