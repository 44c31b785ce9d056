"""The same detector everywhere: shift what it looks for, and its answer shifts as well."""

import numpy as np
from svg import grid, picture, text

from convdocs import corr2d

TEXT = {
    "en": {
        "title": "The response shifts with the input",
        "desc": "Above, a small cross in an image, a kernel that is a cross as well, and its response, strongest at the cross. Below, the cross moved two pixels down and three to the right; the response has moved by as much. Blue pixels are 1, all others 0; outputs of 0 are left blank.",
        "X": "input X",
        "K": "kernel K",
        "Y": "response Y",
        "shift": "the cross, 2 down and 3 to the right:",
    },
    "zh": {
        "title": "响应随输入一起平移",
        "desc": "上面是图像中的一个小十字、同样是十字的卷积核，以及它的响应，十字处最强。下面把十字向下移两个像素、向右移三个像素，响应也移动了同样多。蓝色像素为 1，其余为 0；为 0 的输出留空。",
        "X": "输入 X",
        "K": "卷积核 K",
        "Y": "响应 Y",
        "shift": "十字下移 2，右移 3：",
    },
}


def draw(words: dict[str, str]) -> str:
    cross = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]])
    shapes = [
        text(94, 12, words["X"], "s"),
        text(234, 12, words["K"], "s"),
        text(376, 12, words["Y"], "s"),
        text(8, 202, words["shift"], "s l"),
    ]
    for row, (i, j) in enumerate([(1, 1), (3, 4)]):
        X = np.zeros((7, 8), dtype=int)
        X[i : i + 3, j : j + 3] = cross
        Y = corr2d(X, cross, padding=1)
        y = 28 + 188 * row
        seen = [(a, b) for a, b in np.ndindex(Y.shape) if Y[a, b]]
        shapes += [
            grid(6, y, X, lambda a, b, X=X: "x" if X[a, b] else "o", cell=22, numbers=False),
            text(193, y + 77, "⋆", "w"),
            grid(204, y + 47, cross, "k", cell=20),
            text(276, y + 77, "="),
            grid(288, y, Y, lambda a, b, Y=Y: "y" if Y[a, b] == 5 else "o", cell=22, numbers=False),
            *(text(299 + 22 * b, y + 11 + 22 * a, str(Y[a, b]), "t") for a, b in seen),
        ]
    return picture(470, 376, words["title"], words["desc"], *shapes)
