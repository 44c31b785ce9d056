"""One row of the black bar and the response of the kernel (1, −1) to it."""

import numpy as np
from svg import frame, grid, picture, text

from convdocs import corr2d, edge_kernel

TEXT = {
    "en": {
        "title": "Where brightness changes, the kernel (1, −1) answers",
        "desc": "A row of eight pixels, white, black, white. The response is 1 where white turns black, −1 where black turns white, and 0 elsewhere.",
        "X": "one row of X",
        "K": "kernel K",
        "Y": "the same row of Y",
    },
    "zh": {
        "title": "哪里的明暗变了，卷积核 (1, −1) 就在哪里有响应",
        "desc": "一行八个像素，白、黑、白。由白变黑处响应为 1，由黑变白处为 −1，其余为 0。",
        "X": "X 的一行",
        "K": "卷积核 K",
        "Y": "Y 的同一行",
    },
}


def draw(words: dict[str, str]) -> str:
    X = np.ones((1, 8), dtype=np.float32)
    X[:, 2:6] = 0
    K = edge_kernel()
    Y = corr2d(X, K)
    pixels = "".join(
        f'<rect x="{10 + 44 * j}" y="28" width="44" height="44" fill="{"#fff" if v else "#16181d"}" '
        f'stroke="#8c959f"/><text x="{32 + 44 * j}" y="50" style="fill:{"#1f2328" if v else "#fff"}">{v:g}</text>'
        for j, v in enumerate(X[0])
    )
    return picture(
        372,
        232,
        words["title"],
        words["desc"],
        text(10, 14, words["X"], "s l"),
        pixels,
        frame(54, 28, 2, 1, cell=44),
        grid(54, 88, K, "k", cell=44),
        text(156, 110, words["K"], "s l"),
        text(10, 166, words["Y"], "s l"),
        grid(32, 180, Y, lambda i, j: {1: "y", -1: "n"}.get(int(Y[i, j]), "o"), cell=44),
    )
