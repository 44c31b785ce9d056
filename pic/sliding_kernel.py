"""The kernel on its way: an animation that shows each window and its output in turn."""

import io

import numpy as np
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont
from svg import frame, grid, picture, text

from convdocs import corr2d

TEXT = {
    "en": {
        "title": "The kernel slides over the input",
        "desc": "A 2×2 kernel lies over each of the four places of a 3×3 input in turn, each weight in a corner of the pixel that it multiplies; at each place the sum of the products is written below, and the output appears.",
        "X": "input X, kernel on it",
        "Y": "output Y",
    },
    "zh": {
        "title": "卷积核在输入上滑动",
        "desc": "2×2 的卷积核依次盖在 3×3 输入的四个位置上，每个权重写在它所乘的像素的角上；每到一处，下方写出乘积之和，相应的输出随之出现。",
        "X": "输入 X，上面是卷积核",
        "Y": "输出 Y",
    },
}
SECONDS = 8


def draw(words: dict[str, str]) -> str:
    X = np.arange(9).reshape(3, 3)
    K = np.arange(4).reshape(2, 2)
    Y = corr2d(X, K)
    cell, places = 48, list(np.ndindex(Y.shape))
    share = 100 / len(places)
    moves = "".join(
        f"{share * n:g}%,{share * (n + 1) - 4:g}%{{transform:translate({j * cell}px,{i * cell}px)}}"
        for n, (i, j) in enumerate(places)
    )
    appear = "".join(
        f"@keyframes y{n}{{{'0%{opacity:0}' if n else ''}{share * n:g}%{{opacity:1}}}}"
        f"@keyframes p{n}{{{'0%{opacity:0}' if n else ''}{share * n:g}%{{opacity:1}}"
        f"{share * (n + 1):g}%{{opacity:0}}}}"
        f".y{n}{{animation-name:y{n}}}.p{n}{{animation-name:p{n}}}"
        for n in range(len(places))
    )
    shapes = [
        f"<style>.m{{animation:m {SECONDS}s infinite}}@keyframes m{{{moves}}}"
        f".p{{opacity:0;animation:{SECONDS}s step-end infinite}}{appear}"
        # Who asks for less motion, or for `sliding-kernel.svg#still`, sees the first place, at rest.
        "@media(prefers-reduced-motion:reduce){.m,.p{animation:none}.y0,.p0{opacity:1}}"
        "#still:target :is(.m,.p){animation:none}#still:target :is(.y0,.p0){opacity:1}</style>"
        '<g id="still">',
        text(82, 16, words["X"], "s"),
        text(282, 16, words["Y"], "s"),
        grid(10, 32, X, "x", cell=cell, numbers=False),
        f'<g class="m">{grid(10, 32, K, "k", cell=cell, numbers=False)}</g>',
        *(
            text(10 + cell * (j + 0.5), 32 + cell * (i + 0.45), str(X[i, j]))
            for i, j in np.ndindex(X.shape)
        ),
        grid(234, 56, np.zeros((2, 2)), "o", cell=cell, numbers=False),
        '<g class="m">',
        *(
            text(10 + cell * (b + 0.74), 32 + cell * (a + 0.8), f"×{K[a, b]}", "t")
            for a, b in np.ndindex(K.shape)
        ),
        frame(10, 32, 2, 2, cell=cell),
        "</g>",
    ]
    for n, (i, j) in enumerate(places):
        window = X[i : i + 2, j : j + 2]
        terms = " + ".join(f"{x}×{k}" for x, k in zip(window.flat, K.flat, strict=True))
        output = grid(234 + cell * j, 56 + cell * i, Y[i : i + 1, j : j + 1], "y", cell=cell)
        shapes += [
            f'<g class="p y{n}">{output}</g>',
            f'<g class="p p{n}">{text(170, 204, f"{terms} = {Y[i, j]}", "b")}</g>',
        ]
    return picture(340, 224, words["title"], words["desc"], *shapes, "</g>")


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
