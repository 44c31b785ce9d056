"""The kernel on its way: an animation that shows each window and its output in turn."""

import io

import numpy as np
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont
from svg import CELL, frame, grid, picture, text

from convdocs import corr2d

TEXT = {
    "en": {
        "title": "The kernel slides over the input",
        "desc": "A 2×2 window visits the four places of a 3×3 input, and the four outputs appear one after the other, each with the sum of its products.",
        "X": "input X",
        "Y": "output Y",
    },
    "zh": {
        "title": "卷积核在输入上滑动",
        "desc": "2×2 的窗口依次走过 3×3 输入的四个位置，四个输出及各自的乘积之和依次出现。",
        "X": "输入 X",
        "Y": "输出 Y",
    },
}
SECONDS = 8


def draw(words: dict[str, str]) -> str:
    X = np.arange(9).reshape(3, 3)
    K = np.arange(4).reshape(2, 2)
    Y = corr2d(X, K)
    places = list(np.ndindex(Y.shape))
    share = 100 / len(places)
    moves, shapes = "", []
    for n, (i, j) in enumerate(places):
        start, end = share * n, share * (n + 1) - 4
        moves += f"{start:g}%,{end:g}%{{transform:translate({j * CELL}px,{i * CELL}px)}}"
    style = (
        f"<style>.m{{animation:m {SECONDS}s infinite}}@keyframes m{{{moves}}}"
        f".p{{opacity:0;animation:p {SECONDS}s infinite}}"
        f"@keyframes p{{0%,{share - 1:g}%{{opacity:1}}{share:g}%,100%{{opacity:0}}}}"
        # Who asks for less motion, or for `sliding-kernel.svg#still`, sees the first window, at rest.
        "@media(prefers-reduced-motion:reduce){.m,.p{animation:none}.p0{opacity:1}}"
        "#still:target .m,#still:target .p{animation:none}#still:target .p0{opacity:1}</style>"
        '<g id="still">'
    )
    shapes += [
        style,
        text(70, 16, words["X"], "s"),
        text(270, 16, words["Y"], "s"),
        grid(10, 32, X, "x"),
        grid(230, 52, Y, "o"),
        f'<g class="m">{frame(10, 32, 2, 2)}</g>',
    ]
    for n, (i, j) in enumerate(places):
        window = X[i : i + 2, j : j + 2]
        terms = " + ".join(f"{x}×{k}" for x, k in zip(window.flat, K.flat, strict=True))
        delay = f'style="animation-delay:{SECONDS / len(places) * n:g}s"'
        x, y = 230 + CELL * j, 52 + CELL * i
        shapes.append(
            f'<g class="p p{n}" {delay}>'
            + grid(x, y, Y[i : i + 1, j : j + 1], "y")
            + text(170, 180, f"{terms} = {Y[i, j]}", "b")
            + "</g>"
        )
    return picture(340, 204, words["title"], words["desc"], *shapes, "</g>")


def animate() -> bytes:
    """The same as a GIF, in both languages' letters: X, K, Y and numbers."""
    X = np.arange(9).reshape(3, 3)
    K = np.arange(4).reshape(2, 2)
    Y = corr2d(X, K)
    frames = [_frame(X, K, Y, n) for n in range(Y.size)]
    file = io.BytesIO()
    frames[0].save(
        file, "GIF", save_all=True, append_images=frames[1:], duration=2000, loop=0, optimize=True
    )
    return file.getvalue()


def _frame(X: np.ndarray, K: np.ndarray, Y: np.ndarray, n: int) -> Image.Image:
    """One place of the window, drawn at four times the size and made smooth."""
    scale, cell = 4, 52
    canvas = Image.new("RGB", (520 * scale, 250 * scale), "#ffffff")
    brush = ImageDraw.Draw(canvas)
    path = font_manager.findfont("DejaVu Sans")

    def write(x: float, y: float, words: str, size: int = 20) -> None:
        font = ImageFont.truetype(path, size * scale)
        brush.text((x * scale, y * scale), words, fill="#1f2328", font=font, anchor="mm")

    def box(x: float, y: float, w: float, h: float, fill: str | None, edge: str, line: int) -> None:
        corners = [x * scale, y * scale, (x + w) * scale, (y + h) * scale]
        brush.rectangle(corners, fill=fill, outline=edge, width=line * scale)

    def cells(x: float, y: float, values: np.ndarray, fill: str, edge: str, upto: int = 99) -> None:
        for k, ((i, j), value) in enumerate(np.ndenumerate(values)):
            left, top, known = x + j * cell, y + i * cell, k <= upto
            box(left, top, cell, cell, fill if known else None, edge if known else "#8c959f", 1)
            if known:
                write(left + cell / 2, top + cell / 2, str(value))

    i, j = divmod(n, Y.shape[1])
    cells(16, 40, X, "#d7e7f7", "#5a9bd8")
    cells(222, 66, K, "#fbe3b5", "#d28a12")
    cells(394, 66, Y, "#d5f0e0", "#2a9d6e", upto=n)
    box(16 + j * cell, 40 + i * cell, 2 * cell, 2 * cell, None, "#d28a12", 4)
    for x, words in ((94, "X"), (197, "⋆"), (274, "K"), (360, "="), (446, "Y")):
        write(x, 20 if words in "XKY" else 118, words, 18)
    window = X[i : i + 2, j : j + 2]
    terms = " + ".join(f"{x}×{k}" for x, k in zip(window.flat, K.flat, strict=True))
    write(260, 224, f"{terms} = {Y[i, j]}")
    small = canvas.resize((520, 250), Image.Resampling.LANCZOS)
    return small.quantize(32, dither=Image.Dither.NONE)
