"""What a figure's colours say is what was computed: its bitmaps, decoded as a browser does."""

import base64
import json
import re
import subprocess
import sys

import kernel_effects
import numpy as np
import pytest
from bilingual import lessons
from execution import LESSONS, _kernel_environment
from scipy import signal
from test_browser import browser, reader  # noqa: F401  (a fixture)
from test_pictures import PIC

import convdocs

BITMAP = re.compile(r'<image[^>]*?href="(data:image/[^"]+)"[^>]*>')
# Runs a lesson, and prints the size and the colours of each array that its figures show.
DRAWN = """
import base64, json, sys
import matplotlib
matplotlib.use("agg")
from matplotlib import pyplot as plt

scope = {}
for cell in json.load(sys.stdin):
    exec(cell, scope)
shown = [
    image.to_rgba(image.get_array(), bytes=True)
    for number in plt.get_fignums()
    for ax in plt.figure(number).axes
    for image in ax.images
]
print(json.dumps([(pixels.shape, base64.b64encode(pixels.tobytes()).decode()) for pixels in shown]))
"""
DECODE = """async (url) => {
    const bitmap = await createImageBitmap(await (await fetch(url)).blob(), { premultiplyAlpha: "none", colorSpaceConversion: "none" });
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const bytes = context.getImageData(0, 0, bitmap.width, bitmap.height).data;
    let text = "";
    for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
    return [bitmap.height, bitmap.width, btoa(text)];
}"""


def pixels(height, width, encoded):
    return np.frombuffer(base64.b64decode(encoded), np.uint8).reshape(height, width, 4)[..., :3]


@pytest.fixture(scope="module")
def decoded(browser):  # noqa: F811
    """A function that decodes the bitmaps of an SVG in Chromium."""
    with reader(browser, "about:") as (page, _):
        yield lambda svg: [
            (found[0], pixels(*page.evaluate(DECODE, found[1])))
            for found in BITMAP.finditer(svg.replace("\n", ""))
        ]


def alike(shown, drawn):
    """To the last bit; of a gray photo, about."""
    assert shown.shape == drawn.shape
    if (drawn[..., 0] == drawn[..., 1]).all() and (drawn[..., 1] == drawn[..., 2]).all():
        wrong = np.abs(shown.astype(int) - drawn)
        return wrong.mean() < 3 and wrong.max() < 50
    return bool((shown == drawn).all())


WITH_FIGURES = [one for one in lessons() if "imshow" in one.text]


@pytest.mark.parametrize("lesson", WITH_FIGURES, ids=lambda one: one.slug)
def test_the_colours_of_a_figure_are_those_of_the_array_that_was_drawn(site, decoded, lesson):
    cells = [cell.source for _, cell, _ in lesson.cells() if cell.cell_type == "code"]
    ran = subprocess.run(
        [sys.executable, "-c", DRAWN],
        input=json.dumps(cells),
        env=_kernel_environment("") | {"MATPLOTLIBRC": str(LESSONS / "matplotlibrc")},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    drawn = [
        pixels(shape[0], shape[1], encoded)
        for shape, encoded in json.loads(ran.stdout.splitlines()[-1])
    ]
    figures = sorted((site / "en" / "lessons" / "figures").glob(f"{lesson.slug}-*.svg"))
    shown = [
        bitmap
        for figure in figures
        for tag, bitmap in decoded(figure.read_text(encoding="utf-8"))
        if "pixelated" in tag  # the others are colour bars
    ]
    assert len(shown) == len(drawn) > 0
    for number, (one, other) in enumerate(zip(shown, drawn, strict=True)):
        assert alike(one, other), f"bitmap {number} is not what was drawn"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_colour_bar_holds_the_colours_of_its_map(site, decoded, language):
    bars = 0
    for figure in sorted((site / language / "lessons" / "figures").glob("*.svg")):
        for tag, bitmap in decoded(figure.read_text(encoding="utf-8")):
            if "pixelated" not in tag:
                bars += 1
                steps = np.abs(np.diff(bitmap[:, 0].astype(int), axis=0)).max()
                assert steps < 16, f"{figure.name}: its colour bar jumps by {steps}"
    assert bars >= 4


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_photos_of_the_kernels_are_what_the_kernels_make_of_the_photo(decoded, language):
    photo = convdocs.cat(gray=True).astype(float)

    def correlated(K):
        side = len(K) // 2
        return signal.correlate2d(np.pad(photo, side), K, "valid")[kernel_effects.EYE]

    def red_or_blue(Y, limit):
        colours = np.array([[33, 102, 172], [247, 247, 247], [178, 24, 43]])
        channels = [np.interp(Y / limit, [-1, 0, 1], colours[:, i]) for i in range(3)]
        return np.stack(channels, axis=-1).clip(0, 255)

    gaussian = signal.windows.gaussian(9, 2)
    gaussian = np.outer(gaussian, gaussian) / gaussian.sum() ** 2
    laplacian = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]])
    sobel = np.outer([1, 2, 1], [-1, 0, 1])
    identity = np.pad([[1]], 1)
    expected = [
        *(255 * correlated(K).clip(0, 1) for K in (identity, gaussian, identity - laplacian)),
        red_or_blue(correlated(laplacian), 0.4),
        red_or_blue(correlated(sobel), 1.0),
    ]
    svg = (PIC / f"kernel-effects.{language}.svg").read_text(encoding="utf-8")
    shown = [bitmap for _, bitmap in decoded(svg)]
    assert len(shown) == len(expected)
    for number, (one, other) in enumerate(zip(shown, expected, strict=True)):
        colour = other.ndim == 3
        wrong = np.abs(one.astype(float) - (other if colour else other[..., None]))
        assert wrong.max() <= (1 if colour else 50), f"photo {number}"
        assert wrong.mean() < 3, f"photo {number}"


def test_the_labels_of_figures_can_be_read_on_a_phone(site):
    """Raised and lowered numbers are smaller, as in print."""
    for figure in sorted((site / "en" / "lessons" / "figures").glob("*.svg")):
        svg = figure.read_text(encoding="utf-8")
        width = float(re.search(r'<svg[^>]* width="(\d+)"', svg)[1])
        unit = width / float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1])
        for text in re.findall(r"<text.*?</text>|<g id=\"text.*?</g>", svg, re.DOTALL):
            size = max(
                float(s) for s in re.findall(r"(?:font-size: |font: [^;]*?)([\d.]+)px", text)
            )
            assert size * unit * min(1, 343 / width) >= 12, figure.name
