"""A hidden unit looks at the pixels near its own place, and at no others."""

import numpy as np
from svg import frame, grid, picture, text

from convdocs import truncate

TEXT = {
    "en": {
        "title": "Locality: only near pixels count",
        "desc": "A hidden unit and, in the image, the window of three by three pixels around its place. All weights further away than Δ are zero.",
        "X": "image X",
        "H": "hidden layer H",
        "side": "2Δ + 1 = {n}",
    },
    "zh": {
        "title": "局部性：只看附近的像素",
        "desc": "一个隐藏单元，以及图像中以它的位置为中心的 3×3 窗口。比 Δ 更远的权重都是零。",
        "X": "图像 X",
        "H": "隐藏层 H",
        "side": "2Δ + 1 = {n}",
    },
}


def draw(words: dict[str, str]) -> str:
    delta, i, j, cell = 1, 2, 3, 26
    side = truncate(np.zeros((5, 5)), delta).shape[0]
    X = np.zeros((7, 7))
    left, top, right = 20, 40, 240
    corner = left + cell * (j - delta), top + cell * (i - delta)
    far = corner[0] + side * cell, corner[1] + side * cell
    x, y = right + j * cell, top + i * cell

    def near(k: int, m: int) -> str:
        return "x" if max(abs(k - i), abs(m - j)) <= delta else "o"

    return picture(
        440,
        250,
        words["title"],
        words["desc"],
        text(left + 91, 14, words["X"], "s"),
        text(right + 91, 14, words["H"], "s"),
        grid(left, top, X, near, cell=cell, numbers=False),
        grid(
            right, top, X, lambda k, m: "y" if (k, m) == (i, j) else "o", cell=cell, numbers=False
        ),
        f'<path class="a" d="M{far[0]} {corner[1]}L{x} {y}M{far[0]} {far[1]}L{x} {y + cell}"/>',
        frame(*corner, side, side, cell=cell),
        text(left + 91, 236, words["side"].format(n=side), "s"),
        text(x + 13, y + 13, "i,j", "t"),
    )
