"""The weights of one hidden unit, named by the pixel's place and by its offset from the unit."""

import numpy as np
from svg import arrow, frame, picture, text

TEXT = {
    "en": {
        "title": "One hidden unit's weights, re-indexed",
        "desc": "On the left the nine weights of the hidden unit at row 0, column 1, named by the pixel's row and column. On the right the same nine, named by their offset from the unit, inside a window of five by five whose other slots are empty.",
        "W": "W: by pixel k, l",
        "V": "V: by offset a, b",
        "unit": "hidden unit i, j = {i}, {j}",
    },
    "zh": {
        "title": "一个隐藏单元的权重，重新索引",
        "desc": "左边是位于第 0 行第 1 列的隐藏单元的九个权重，以像素的行和列命名。右边是同样的九个权重，以相对于该单元的偏移命名，放在 5×5 的窗口里，其余格子空着。",
        "W": "W：按像素 k, l",
        "V": "V：按偏移 a, b",
        "unit": "隐藏单元 i, j = {i}, {j}",
    },
}


def draw(words: dict[str, str]) -> str:
    n, i, j, cell = 3, 0, 1, 44
    shapes = [text(74, 14, words["W"], "s"), text(322, 14, words["V"], "s")]
    for k, l in np.ndindex(n, n):  # noqa: E741 (the formula's index)
        x, y = 8 + l * cell, 64 + k * cell
        kind = "k" if (k, l) == (i, j) else "x"
        shapes.append(f'<rect class="{kind}" x="{x}" y="{y}" width="{cell}" height="{cell}"/>')
        shapes.append(text(x + cell / 2, y + cell / 2, f"{k},{l}", "t"))
    shapes.append(arrow([(148, 130), (204, 130)]))
    for p, q in np.ndindex(2 * n - 1, 2 * n - 1):
        a, b = p - (n - 1), q - (n - 1)
        x, y = 212 + q * cell, 26 + p * cell
        inside = 0 <= i + a < n and 0 <= j + b < n
        kind = "o" if not inside else "k" if a == b == 0 else "x"
        shapes.append(f'<rect class="{kind}" x="{x}" y="{y}" width="{cell}" height="{cell}"/>')
        if inside:
            shapes.append(text(x + cell / 2, y + cell / 2, f"{a},{b}".replace("-", "−"), "t"))
    shapes.append(frame(212 + (n - 1 - j) * cell, 26 + (n - 1 - i) * cell, n, n, cell=cell))
    shapes.append(text(8, 216, words["unit"].format(i=i, j=j), "s l"))
    return picture(440, 256, words["title"], words["desc"], *shapes)
