"""The kernel on its way: an animation that shows each window and its output in turn."""

import numpy as np
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
        # Who asks for less motion sees the first window, at rest.
        "@media(prefers-reduced-motion:reduce){.m,.p{animation:none}.p0{opacity:1}}</style>"
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
    return picture(340, 204, words["title"], words["desc"], *shapes)
