"""The few shapes that the pictures are made of.

A picture is SVG of real text, 3 to 6 kB. It brings its own colours for both schemes: an
image asks the element that shows it which scheme to use.
"""

import re
from collections.abc import Iterable
from html import escape
from typing import Any

import numpy as np

CELL = 40
PHONE = 343  # pixels that a phone of 375 has for a picture
STYLE = """
svg{--ink:#1f2328;--soft:#59636e;--rule:#8c959f;--paper:#fff;--x:#d7e7f7;--x2:#5a9bd8;
--k:#fbe3b5;--k2:#d28a12;--y:#d5f0e0;--y2:#2a9d6e;--n:#f6d5cd;--n2:#c2492a;
font-family:system-ui,-apple-system,"Segoe UI",Roboto,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif}
@media(prefers-color-scheme:dark){svg{--ink:#e6e8eb;--soft:#a3adb8;--rule:#6b7580;--paper:#1e2129;
--x:#1d3a57;--x2:#5fa3e0;--k:#54401a;--k2:#e0a53c;--y:#1c4634;--y2:#4fc795;--n:#5a2a20;--n2:#ef8a6d}}
text{fill:var(--ink);text-anchor:middle;dominant-baseline:central}
.s{fill:var(--soft)}.w{font-size:24px}.l{text-anchor:start}.b{font-weight:600}
.x{fill:var(--x);stroke:var(--x2)}.k{fill:var(--k);stroke:var(--k2)}.y{fill:var(--y);stroke:var(--y2)}
.n{fill:var(--n);stroke:var(--n2)}.o{fill:var(--paper);stroke:var(--rule)}
.f{fill:none;stroke:var(--k2);stroke-width:4}.a{fill:none;stroke:var(--soft);stroke-width:1.5}
.h{fill:var(--soft)}
"""


def picture(width: int, height: int, title: str, desc: str, *parts: str) -> str:
    """A whole picture: what it shows in a phrase, in a sentence, and in shapes."""
    least = 12.2 * width / PHONE  # what makes twelve pixels on a phone
    sizes = "".join(
        f"{kind}{{font-size:{max(size, least):.3g}px}}"
        for kind, size in (("text", 16), (".s", 14), (".t", 13))
    )
    style = sizes + "".join(STYLE.splitlines())
    language = "zh-Hans" if re.search("[\u4e00-\u9fff]", title) else "en"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" xml:lang="{language}" '
        f'aria-labelledby="title desc">'
        f'<title id="title">{escape(title)}</title><desc id="desc">{escape(desc)}</desc>'
        f"<style>{style}</style>\n" + "\n".join(parts) + "\n</svg>\n"
    )


def text(x: float, y: float, content: str, kind: str = "") -> str:
    attribute = f' class="{kind}"' if kind else ""
    return f'<text x="{x:g}" y="{y:g}"{attribute}>{escape(content)}</text>'


def number(value: Any) -> str:
    """`1.0` → `1`, `-1` → `−1`."""
    return f"{value:g}".replace("-", "−")


def grid(
    x: float, y: float, values: Any, kind: Any = "o", cell: int = CELL, numbers: bool = True
) -> str:
    """A matrix, a square for each entry; `kind` is one class or a function of (i, j)."""
    squares: dict[str, str] = {}
    texts = []
    for (i, j), value in np.ndenumerate(values):
        left, top = x + j * cell, y + i * cell
        chosen = kind(i, j) if callable(kind) else kind
        square = f"M{left:g} {top:g}h{cell}v{cell}h-{cell}z"
        squares[chosen] = squares.get(chosen, "") + square
        if numbers:
            texts.append(text(left + cell / 2, top + cell / 2, number(value)))
    paths = [f'<path class="{chosen}" d="{path}"/>' for chosen, path in sorted(squares.items())]
    return "".join([*sorted(paths, key=lambda path: 'class="o"' not in path), *texts])


def frame(x: float, y: float, columns: int, rows: int, cell: int = CELL) -> str:
    """The window: a thick frame around some cells."""
    return f'<rect class="f" x="{x:g}" y="{y:g}" width="{columns * cell}" height="{rows * cell}"/>'


def arrow(points: Iterable[tuple[float, float]]) -> str:
    """A line through the points with a head at its end."""
    *_, (x0, y0), (x1, y1) = path = list(points)
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    ux, uy = (x1 - x0) / length, (y1 - y0) / length
    line = " ".join(f"{x:g},{y:g}" for x, y in [*path[:-1], (x1 - 8 * ux, y1 - 8 * uy)])
    head = [
        (x1, y1),
        (x1 - 9 * ux - 5 * uy, y1 - 9 * uy + 5 * ux),
        (x1 - 9 * ux + 5 * uy, y1 - 9 * uy - 5 * ux),
    ]
    points_ = " ".join(f"{x:g},{y:g}" for x, y in head)
    return f'<polyline class="a" points="{line}"/><polygon class="h" points="{points_}"/>'
