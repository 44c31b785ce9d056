"""The same image and kernel twice: the kernel as it stands, and the kernel turned by 180°."""

import numpy as np
from svg import arrow, grid, picture, text

from convdocs import conv2d, corr2d

TEXT = {
    "en": {
        "title": "Cross-correlation and convolution of the same pair",
        "desc": "Above, the cross-correlation of image and kernel. Below, their convolution; turning the kernel by 180°, upside down and left to right, makes it a cross-correlation with the same output.",
        "corr": "cross-correlation",
        "conv": "convolution",
        "same": "the same, with ⋆",
        "turn": "turned by 180°",
    },
    "zh": {
        "title": "同一对图像和卷积核的互相关与卷积",
        "desc": "上面是图像与卷积核的互相关。下面是两者的卷积：把卷积核旋转 180°，即上下、左右都翻转，它就成了互相关，输出不变。",
        "corr": "互相关",
        "conv": "卷积",
        "same": "用 ⋆ 也一样",
        "turn": "旋转 180°",
    },
}


def draw(words: dict[str, str]) -> str:
    X = np.arange(9).reshape(3, 3)
    K = np.arange(4).reshape(2, 2)
    turned = K[::-1, ::-1]
    rows = [
        ("corr", K, "⋆", corr2d(X, K)),
        ("conv", K, "∗", conv2d(X, K)),
        ("same", turned, "⋆", corr2d(X, turned)),
    ]
    shapes = []
    for row, (name, kernel, sign, Y) in enumerate(rows):
        y = 150 * row
        shapes += [
            text(8, y + 14, words[name], "s l"),
            grid(8, y + 30, X, "x", cell=34),
            text(128, y + 81, sign, "w"),
            grid(146, y + 41, kernel, "k"),
            text(245, y + 81, "="),
            grid(262, y + 41, Y, "y"),
        ]
    shapes += [arrow([(186, 276), (186, 336)]), text(196, 303, words["turn"], "s l")]
    return picture(350, 440, words["title"], words["desc"], *shapes)
