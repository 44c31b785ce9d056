"""A photo as the input of a fully connected layer, and how many weights that takes."""

from svg import arrow, picture, text

from convdocs import dense_cost, human_bytes

TEXT = {
    "en": {
        "title": "A photo into a fully connected layer",
        "desc": "Photos of a cat and of a dog, each of 36 million numbers, are connected to 100 hidden units by 3.6 billion weights.",
        "cat": "cat",
        "dog": "dog",
        "inputs": "{n} million inputs",
        "units": "{n} hidden units",
        "weights": "{n} billion weights, {size}",
    },
    "zh": {
        "title": "把照片送进全连接层",
        "desc": "猫和狗的照片各有 3600 万个数，与 100 个隐藏单元之间有 36 亿个权重。",
        "cat": "猫",
        "dog": "狗",
        "inputs": "{n} 万个输入",
        "units": "{n} 个隐藏单元",
        "weights": "{n} 亿个权重，{size}",
    },
}


def cat(x: float, y: float) -> str:
    return (
        f'<g transform="translate({x} {y})"><path class="k" d="M12 34 10 8 28 18h18L64 8l-2 26q4 34-25 34T12 34z"/>'
        '<circle class="h" cx="28" cy="36" r="4"/><circle class="h" cx="46" cy="36" r="4"/>'
        '<path class="a" d="m33 47 4 4 4-4M37 51v5M6 44l14 4M5 54l15-1M68 44l-14 4M69 54l-15-1"/></g>'
    )


def dog(x: float, y: float) -> str:
    return (
        f'<g transform="translate({x} {y})"><path class="n" d="M16 16q-14 4-12 28l10 4zM58 16q14 4 12 28l-10 4z"/>'
        '<path class="k" d="M16 18q21-14 42 0 4 24-6 36-6 14-15 14t-15-14Q12 42 16 18z"/>'
        '<circle class="h" cx="28" cy="32" r="4"/><circle class="h" cx="46" cy="32" r="4"/>'
        '<ellipse class="h" cx="37" cy="47" rx="6" ry="4.5"/><path class="a" d="M37 51v6q-6 5-10 0M37 57q6 5 10 0"/></g>'
    )


def draw(words: dict[str, str]) -> str:
    cost = dense_cost(36_000_000, 100, bias=False)
    chinese = "亿" in words["weights"]
    inputs = 36_000_000 // (10_000 if chinese else 1_000_000)
    weights = cost.parameters / (10**8 if chinese else 10**9)
    units = [(300, 30 + 26 * i) for i in range(6)]
    pixels = [(120, 20 + 17 * i) for i in range(10)]
    wires = "".join(f"M{a + 4} {b}L{c - 9} {d}" for a, b in pixels for c, d in units)
    return picture(
        440,
        244,
        words["title"],
        words["desc"],
        '<rect class="o" x="12" y="8" width="84" height="80" rx="6"/>',
        cat(17, 10),
        '<rect class="o" x="12" y="100" width="84" height="80" rx="6"/>',
        dog(17, 104),
        f'<path class="a" stroke-opacity=".35" style="stroke-width:.6" d="{wires}"/>',
        "".join(
            f'<rect class="x" x="{x - 4}" y="{y - 6}" width="9" height="12"/>' for x, y in pixels
        ),
        "".join(f'<circle class="y" cx="{x}" cy="{y}" r="9"/>' for x, y in units),
        text(120, 194, "⋮"),
        text(300, 194, "⋮"),
        text(92, 214, words["inputs"].format(n=inputs), "s"),
        text(310, 214, words["units"].format(n=100), "s"),
        arrow([(318, 74), (360, 74)]),
        arrow([(318, 126), (360, 126)]),
        text(366, 74, words["cat"], "l"),
        text(366, 126, words["dog"], "l"),
        text(
            220, 234, words["weights"].format(n=f"{weights:g}", size=human_bytes(cost.bytes)), "b"
        ),
    )
