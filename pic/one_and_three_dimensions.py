"""The sliding window along one axis, and along three."""

import numpy as np
from svg import frame, grid, picture, text

from convdocs import corr1d

TEXT = {
    "en": {
        "title": "One axis and three",
        "desc": "On the left a signal of seven numbers, a kernel of two and the six outputs. On the right a box of 5 × 5 × 4 numbers, and at one corner of it a box of 2 × 2 × 2 weights, which can move along all three axes.",
        "X": "signal X",
        "K": "kernel K",
        "Y": "output Y",
        "volume": "volume and kernel",
    },
    "zh": {
        "title": "一个轴与三个轴",
        "desc": "左边是七个数的信号、两个数的卷积核和六个输出。右边是 5 × 5 × 4 个数组成的体数据，它的一角有一个 2 × 2 × 2 的权重长方体，可以沿三个轴移动。",
        "X": "信号 X",
        "K": "卷积核 K",
        "Y": "输出 Y",
        "volume": "体数据和卷积核",
    },
}


def draw(words: dict[str, str]) -> str:
    X = np.arange(7)
    K = np.array([1, 2])
    cell = 32
    shapes = [
        text(8, 20, words["X"], "s l"),
        grid(8, 34, X[None], lambda i, j: "x" if j < 2 else "o", cell=cell),
        frame(8, 34, 2, 1, cell=cell),
        text(8, 94, words["K"], "s l"),
        grid(8, 108, K[None], "k", cell=cell),
        text(8, 168, words["Y"], "s l"),
        grid(8, 182, corr1d(X, K)[None], lambda i, j: "o" if j else "y", cell=cell),
    ]
    shapes += [
        box(270, 96, (5, 5, 4), "o"),
        box(270 + 3 * 22, 96, (2, 2, 2), "k"),
        text(350, 228, words["volume"], "s"),
    ]
    return picture(450, 244, words["title"], words["desc"], *shapes)


def box(x: float, y: float, size: tuple[int, int, int], kind: str) -> str:
    """A box of cubes whose front face starts at x, y: its front, its top and its right side."""
    across, down, deep = size
    side, right, up = 22, 11, 9
    paths = [
        f"M{x + side * j} {y + side * i}h{side}v{side}h-{side}z"
        for i in range(down)
        for j in range(across)
    ]
    for d in range(deep):
        left, top = x + right * d, y - up * d
        paths += [f"M{left + side * j} {top}h{side}l{right} -{up}h-{side}z" for j in range(across)]
        edge = left + side * across
        paths += [f"M{edge} {top + side * i}v{side}l{right} -{up}v-{side}z" for i in range(down)]
    return f'<path class="{kind}" d="{"".join(paths)}"/>'
