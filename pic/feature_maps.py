"""A convolutional layer as a whole: every kernel reads all channels and writes one map."""

import numpy as np
from svg import arrow, grid, picture, text

from convdocs import conv2d_cost

TEXT = {
    "en": {
        "title": "A convolutional layer: many channels in, many maps out",
        "desc": "A colour image of three channels, four kernels of three slices each, and four feature maps, one for each kernel.",
        "X": "{n} channels in",
        "K": "{n} kernels",
        "Y": "{n} feature maps",
        "count": "{c_o} · {c_i} · {k} · {k} weights + {c_o} biases = {n} parameters",
    },
    "zh": {
        "title": "卷积层：多个通道输入，多幅特征图输出",
        "desc": "一幅三通道的彩色图像，四个卷积核，每个有三个切片，以及四幅特征图，每个卷积核一幅。",
        "X": "{n} 个输入通道",
        "K": "{n} 个卷积核",
        "Y": "{n} 幅特征图",
        "count": "{c_o} · {c_i} · {k} · {k} 个权重 + {c_o} 个偏置 = {n} 个参数",
    },
}


def draw(words: dict[str, str]) -> str:
    c_i, c_o, k, n = 3, 4, 2, 5
    cost = conv2d_cost((n, n), c_i, c_o, k)
    shapes = [
        text(72, 14, words["X"].format(n=c_i), "s"),
        text(222, 14, words["K"].format(n=c_o), "s"),
        text(368, 14, words["Y"].format(n=c_o), "s"),
    ]
    for c in reversed(range(c_i)):
        shapes.append(
            grid(14 + 16 * c, 104 - 16 * c, np.zeros((n, n)), "x", cell=18, numbers=False)
        )
    for o in range(c_o):
        y = 32 + 56 * o
        for c in reversed(range(c_i)):
            shapes.append(
                grid(198 + 8 * c, y + 14 - 7 * c, np.zeros((k, k)), "k", cell=14, numbers=False)
            )
        shapes.append(grid(348, y, np.zeros((n - k + 1,) * 2), "y", cell=11, numbers=False))
        shapes += [arrow([(146, 134), (192, y + 24)]), arrow([(250, y + 24), (340, y + 24)])]
    count = words["count"].format(c_i=c_i, c_o=c_o, k=k, n=cost.parameters)
    shapes.append(text(220, 274, count, "s"))
    return picture(440, 292, words["title"], words["desc"], *shapes)
