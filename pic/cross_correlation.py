"""One output of a cross-correlation: window, kernel, and the sum of their products."""

import numpy as np
from svg import frame, grid, number, picture, text

from convdocs import corr2d

TEXT = {
    "en": {
        "title": "Cross-correlation of a 3×3 input with a 2×2 kernel",
        "desc": "The window at the top left of the input meets the kernel; the four products add up to the first of the four outputs.",
        "X": "input X",
        "K": "kernel K",
        "Y": "output Y",
    },
    "zh": {
        "title": "3×3 输入与 2×2 卷积核的互相关",
        "desc": "输入左上角的窗口与卷积核按元素相乘，四个乘积之和就是四个输出中的第一个。",
        "X": "输入 X",
        "K": "卷积核 K",
        "Y": "输出 Y",
    },
}


def draw(words: dict[str, str]) -> str:
    X = np.arange(9).reshape(3, 3)
    K = np.arange(4).reshape(2, 2)
    Y = corr2d(X, K)
    window = X[:2, :2]
    products = " + ".join(f"{x}×{k}" for x, k in zip(window.flat, K.flat, strict=True))
    return picture(
        400,
        210,
        words["title"],
        words["desc"],
        text(70, 16, words["X"], "s"),
        text(220, 16, words["K"], "s"),
        text(350, 16, words["Y"], "s"),
        grid(10, 32, X, lambda i, j: "x" if i < 2 and j < 2 else "o"),
        frame(10, 32, 2, 2),
        text(155, 92, "⋆", "w"),
        grid(180, 52, K, "k"),
        text(285, 92, "="),
        grid(310, 52, Y, lambda i, j: "y" if i == j == 0 else "o"),
        text(200, 186, f"{products} = {number(Y[0, 0])}", "b"),
    )
