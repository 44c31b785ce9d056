"""The same image and kernel twice: the kernel as it stands, and the kernel flipped."""

import numpy as np
from svg import grid, picture, text

from convdocs import conv2d, corr2d

TEXT = {
    "en": {
        "title": "Cross-correlation and convolution of the same pair",
        "desc": "Above, the kernel is used as it stands and the output is that of cross-correlation. Below, it is flipped upside down and left to right first, and the output is that of convolution.",
        "corr": "cross-correlation: the kernel as it stands",
        "conv": "convolution: the kernel flipped",
    },
    "zh": {
        "title": "同一对图像和卷积核的互相关与卷积",
        "desc": "上面原样使用卷积核，得到互相关的输出。下面先把卷积核上下、左右翻转，得到卷积的输出。",
        "corr": "互相关：卷积核原样使用",
        "conv": "卷积：卷积核翻转",
    },
}


def draw(words: dict[str, str]) -> str:
    X = np.arange(9).reshape(3, 3)
    K = np.arange(4).reshape(2, 2)
    rows = [("corr", K, corr2d(X, K), "⋆"), ("conv", K[::-1, ::-1], conv2d(X, K), "∗")]
    shapes = []
    for row, (name, kernel, Y, sign) in enumerate(rows):
        y = 150 * row
        shapes += [
            text(10, y + 14, words[name], "s l"),
            grid(10, y + 30, X, "x", cell=34),
            text(141, y + 81, sign, "w"),
            grid(170, y + 41, kernel, "k"),
            text(280, y + 81, "="),
            grid(310, y + 41, Y, "y"),
        ]
    return picture(402, 290, words["title"], words["desc"], *shapes)
