"""From a fully connected to a convolutional layer: its weight as a matrix, at each step."""

from collections import defaultdict

import numpy as np
from svg import arrow, picture, text

from convdocs import share, to_relative, toeplitz, truncate

TEXT = {
    "en": {
        "title": "From a fully connected layer to a convolution",
        "desc": "The weight of a layer on images of three by three pixels, as a matrix of nine by nine. Fully connected, all entries differ. Shared, entries of the same offset have the same colour, in diagonals. Local, only the diagonals of near offsets remain.",
        "dense": "fully connected",
        "shared": "shared",
        "local": "shared and local",
        "count": "{n} weights",
    },
    "zh": {
        "title": "从全连接层到卷积",
        "desc": "作用于 3×3 图像的层，其权重写成 9×9 的矩阵。全连接时，各元素互不相同。共享之后，偏移相同的元素颜色相同，排成对角线。再加上局部性，只剩下近处偏移的对角线。",
        "dense": "全连接",
        "shared": "共享",
        "local": "共享且局部",
        "count": "{n} 个权重",
    },
}


def colour(number: int, shared: bool) -> str:
    """Weights of one window: a hue for each row offset, a lightness for each column offset."""
    if shared:
        a, b = divmod(number - 1, 5)
        return f"hsl({30 + 68 * a} 60% {30 + 11 * b}%)"
    return f"hsl({number * 137 % 360} 45% {40 + number * 29 % 35}%)"  # the golden angle: no order


def matrix(x: float, y: float, numbers: np.ndarray, shared: bool, cell: int = 13) -> str:
    """A matrix in which equal numbers have the same colour and 0 has none."""
    cells = defaultdict(str)
    for (i, j), number in np.ndenumerate(numbers):
        if number:
            cells[int(number)] += f"M{x + j * cell:g} {y + i * cell:g}h{cell}v{cell}h-{cell}z"
    side = cell * len(numbers)
    shapes = [f'<rect class="o" x="{x:g}" y="{y:g}" width="{side}" height="{side}"/>']
    for number, path in cells.items():
        shapes.append(f'<path fill="{colour(number, shared)}" d="{path}"/>')
    return "".join(shapes)


def draw(words: dict[str, str]) -> str:
    n = 3
    dense = np.arange(1, n**4 + 1)
    window = np.arange(1.0, (2 * n - 1) ** 2 + 1).reshape(2 * n - 1, 2 * n - 1)
    shared = toeplitz(window, (n, n), padding=n - 1)
    assert share(to_relative(shared.reshape(n, n, n, n))).size == window.size
    near = truncate(window, 1)
    local = toeplitz(near, (n, n), padding=1)
    steps = [
        ("dense", dense.reshape(n**2, n**2), dense.size),
        ("shared", shared, window.size),
        ("local", local, near.size),
    ]
    shapes = []
    for step, (name, numbers, count) in enumerate(steps):
        x = 10 + 152 * step
        shapes += [
            text(x + 58, 14, words[name], "s"),
            matrix(x, 30, numbers, shared=step > 0),
            text(x + 58, 166, words["count"].format(n=count), "b"),
        ]
        if step:
            shapes.append(arrow([(x - 31, 88), (x - 4, 88)]))
    return picture(442, 186, words["title"], words["desc"], *shapes)
