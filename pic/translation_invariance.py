"""The same detector everywhere: shift what it looks for, and its answer shifts as well."""

import numpy as np
from svg import arrow, grid, picture, text

from convdocs import corr2d

TEXT = {
    "en": {
        "title": "The response shifts with the input",
        "desc": "Above, a small cross in an image and the response of a detector of crosses, strongest at the cross. Below, the cross moved two pixels down and three to the right; the response has moved by as much.",
        "X": "input X",
        "Y": "response Y",
        "shift": "2 down, 3 right",
    },
    "zh": {
        "title": "响应随输入一起平移",
        "desc": "上面是图像中的一个小十字，以及十字检测器的响应，十字处最强。下面把十字向下移两个像素、向右移三个像素，响应也移动了同样多。",
        "X": "输入 X",
        "Y": "响应 Y",
        "shift": "下移 2，右移 3",
    },
}


def draw(words: dict[str, str]) -> str:
    cross = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]])
    shapes = [text(102, 12, words["X"], "s"), text(350, 12, words["Y"], "s")]
    for row, (i, j) in enumerate([(1, 1), (3, 4)]):
        X = np.zeros((7, 8), dtype=int)
        X[i : i + 3, j : j + 3] = cross
        Y = corr2d(X, cross, padding=1)
        y = 24 + 206 * row
        seen = [(a, b) for a, b in np.ndindex(Y.shape) if Y[a, b]]
        shapes += [
            grid(6, y, X, lambda a, b, X=X: "x" if X[a, b] else "o", cell=24, numbers=False),
            arrow([(204, y + 84), (248, y + 84)]),
            grid(254, y, Y, lambda a, b, Y=Y: "y" if Y[a, b] == 5 else "o", cell=24, numbers=False),
            *(text(266 + 24 * b, y + 12 + 24 * a, str(Y[a, b]), "t") for a, b in seen),
        ]
    shapes += [
        arrow([(102, 196), (102, 226)]),
        arrow([(350, 196), (350, 226)]),
        text(226, 212, words["shift"], "s"),
    ]
    return picture(452, 402, words["title"], words["desc"], *shapes)
