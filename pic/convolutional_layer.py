"""A convolutional layer: cross-correlate with the weight, add the bias."""

import numpy as np
from svg import grid, picture, text

from convdocs import corr2d

TEXT = {
    "en": {
        "title": "A convolutional layer with a 2×2 kernel and a bias",
        "desc": "The input is cross-correlated with the weight and the bias is added to every output. Weight and bias are learnt.",
        "X": "input X",
        "W": "weight W",
        "b": "bias b",
        "Y": "output Y",
        "learnt": "learnt: {h} × {w} + 1 = {n} parameters",
    },
    "zh": {
        "title": "带 2×2 卷积核和偏置的卷积层",
        "desc": "输入与权重作互相关，再给每个输出加上偏置。权重和偏置都由学习得到。",
        "X": "输入 X",
        "W": "权重 W",
        "b": "偏置 b",
        "Y": "输出 Y",
        "learnt": "由学习得到：{h} × {w} + 1 = {n} 个参数",
    },
}


def draw(words: dict[str, str]) -> str:
    X = np.arange(9).reshape(3, 3)
    W = np.arange(4).reshape(2, 2)
    b = 10
    return picture(
        420,
        212,
        words["title"],
        words["desc"],
        text(62, 14, words["X"], "s"),
        text(185, 14, words["W"], "s"),
        text(269, 14, words["b"], "s"),
        text(368, 14, words["Y"], "s"),
        grid(8, 30, X, "x", cell=36),
        text(132, 84, "⋆", "w"),
        grid(149, 48, W, "k", cell=36),
        text(236, 84, "+"),
        grid(251, 66, np.array([[b]]), "k", cell=36),
        text(303, 84, "="),
        grid(326, 42, corr2d(X, W) + b, "y", cell=42),
        '<path class="a" d="M149 134v10h138v-10M218 144v14"/>',
        text(218, 176, words["learnt"].format(h=W.shape[0], w=W.shape[1], n=W.size + 1), "s"),
    )
