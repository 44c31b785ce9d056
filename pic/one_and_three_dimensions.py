"""The sliding window along one axis, and along three."""

import numpy as np
from svg import frame, grid, picture, text

from convdocs import corr1d

TEXT = {
    "en": {
        "title": "One axis and three",
        "desc": "On the left a signal of seven numbers, a kernel of two and the six outputs. On the right a volume of layers, with a small box of weights inside it that can move along all three axes.",
        "X": "signal X",
        "K": "kernel K",
        "Y": "output Y",
        "volume": "volume, and a kernel in it",
    },
    "zh": {
        "title": "一个轴与三个轴",
        "desc": "左边是七个数的信号、两个数的卷积核和六个输出。右边是一层层叠起来的三维图像，里面有一个小小的权重长方体，可以沿三个轴移动。",
        "X": "信号 X",
        "K": "卷积核 K",
        "Y": "输出 Y",
        "volume": "三维图像和其中的卷积核",
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
    for layer in reversed(range(4)):
        x, y = 272 + 16 * layer, 84 - 14 * layer
        shapes.append(grid(x, y, np.zeros((5, 5)), "o", cell=22, numbers=False))
        if layer < 2:
            shapes.append(grid(x, y + 66, np.zeros((2, 2)), "k", cell=22, numbers=False))
    shapes.append(text(350, 222, words["volume"], "s"))
    return picture(450, 238, words["title"], words["desc"], *shapes)
