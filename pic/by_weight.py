"""The same sum in another order: one shifted piece of the input for each weight."""

import numpy as np
from svg import grid, picture, text

from convdocs import corr2d

TEXT = {
    "en": {
        "title": "Cross-correlation, one weight at a time",
        "desc": "Each of the four weights multiplies one 2×2 piece of the input, shifted by the weight's own offset; the four products add up to the output.",
        "weight": "weight",
        "piece": "piece of X",
        "Y": "sum Y",
    },
    "zh": {
        "title": "逐个权重地计算互相关",
        "desc": "四个权重各乘以输入中一个 2×2 的小块，小块的偏移就是权重自己的位置；四个乘积相加即得输出。",
        "weight": "权重",
        "piece": "X 的一块",
        "Y": "相加得 Y",
    },
}


def draw(words: dict[str, str]) -> str:
    X = np.arange(9).reshape(3, 3)
    K = np.arange(4).reshape(2, 2)
    shapes = [text(0, 14, words["weight"], "s l"), text(112, 14, words["piece"], "s")]
    for n, (a, b) in enumerate(np.ndindex(2, 2)):
        x, y = 10 + 160 * (n % 2), 30 + 90 * (n // 2)
        shapes += [
            grid(x, y + 19, K[a : a + 1, b : b + 1], "k", cell=34),
            text(x + 46, y + 36, "×"),
            grid(x + 58, y, X[a : a + 2, b : b + 2], "x", cell=36),
            text(x + 146, y + 36, "+") if n < 3 else "",
        ]
    shapes += [
        '<path class="a" d="M322 30h10v162h-10"/>',
        text(352, 112, "="),
        text(412, 54, words["Y"], "s"),
        grid(370, 68, corr2d(X, K), "y", cell=42),
    ]
    return picture(464, 208, words["title"], words["desc"], *shapes)
