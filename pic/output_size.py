"""Why the output is smaller than the input: the places where the kernel fits, counted."""

import numpy as np
from svg import frame, grid, picture, text

from convdocs import output_shape

TEXT = {
    "en": {
        "title": "A kernel of 3 has 4 places in a row of 6",
        "desc": "The kernel is drawn under a row of six pixels at each of the four places where it fits, starting at pixels 0 to 3.",
        "input": "n = 6 pixels",
        "kernel": "k = 3 weights",
        "count": "{n} − {k} + 1 = {o} places",
    },
    "zh": {
        "title": "宽为 3 的卷积核在 6 个像素的一行里有 4 个位置",
        "desc": "一行六个像素下方，依次画出卷积核能放下的四个位置，起点为像素 0 到 3。",
        "input": "n = 6 个像素",
        "kernel": "k = 3 个权重",
        "count": "{n} − {k} + 1 = {o} 个位置",
    },
}


def draw(words: dict[str, str]) -> str:
    (places,) = output_shape((6,), (3,))
    row = np.arange(6).reshape(1, 6)
    shapes = [
        text(260, 32, words["input"], "s l"),
        grid(10, 12, row, "x"),
        text(260, 82, words["kernel"], "s l"),
    ]
    for i in range(places):
        y = 62 + 46 * i
        shapes.append(grid(10 + 40 * i, y, np.zeros((1, 3)), "k", numbers=False))
        shapes.append(text(30 + 40 * i, y + 20, str(i)))
    shapes.append(frame(10, 12, 3, 1))
    shapes.append(text(264, 220, words["count"].format(n=row.size, k=3, o=places), "b l"))
    return picture(480, 252, words["title"], words["desc"], *shapes)
