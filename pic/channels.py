"""Several input channels: each meets its own slice of the kernel, and the results add up."""

import numpy as np
from svg import arrow, grid, picture, text

from convdocs import corr2d, corr2d_multi_in

TEXT = {
    "en": {
        "title": "Three input channels, one output channel",
        "desc": "Each of three 3×3 channels is cross-correlated with its own 2×2 slice of the kernel; the three 2×2 results are added.",
        "X": "input X",
        "K": "kernel K",
        "part": "each channel",
        "Y": "their sum Y",
    },
    "zh": {
        "title": "三个输入通道，一个输出通道",
        "desc": "三个 3×3 通道各自与卷积核中对应的 2×2 切片作互相关，再把三个 2×2 结果相加。",
        "X": "输入 X",
        "K": "卷积核 K",
        "part": "各通道",
        "Y": "相加得 Y",
    },
}


def draw(words: dict[str, str]) -> str:
    X = np.arange(27).reshape(3, 3, 3)
    K = np.arange(12).reshape(3, 2, 2)
    shapes = [
        text(53, 14, words["X"], "s"),
        text(166, 14, words["K"], "s"),
        text(276, 14, words["part"], "s"),
        text(410, 14, words["Y"], "s"),
    ]
    for c in range(3):
        y = 28 + 106 * c
        shapes += [
            grid(8, y, X[c], "x", cell=30),
            text(116, y + 45, "⋆", "w"),
            grid(134, y + 14, K[c], "k", cell=32),
            text(217, y + 45, "="),
            grid(234, y + 4, corr2d(X[c], K[c]), "o", cell=42),
            arrow([(322, y + 45), (362, 178 + (c - 1) * 24)]),
        ]
    shapes.append(grid(366, 130, corr2d_multi_in(X, K), "y", cell=48))
    return picture(470, 344, words["title"], words["desc"], *shapes)
