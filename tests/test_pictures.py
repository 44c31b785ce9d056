import io
import re
from pathlib import Path
from xml.etree import ElementTree

import draw
import numpy as np
import pytest
from PIL import Image
from scipy import signal

ROOT = Path(__file__).parents[1]
PIC = ROOT / "pic"
EVERYTHING = draw.pictures()
DRAWN = {name: svg for name, svg in EVERYTHING.items() if name.endswith(".svg")}
SVG = "{http://www.w3.org/2000/svg}"


def test_every_picture_is_as_its_code_draws_it():
    kept = {
        path.name: path.read_bytes() for path in PIC.iterdir() if path.suffix in (".svg", ".gif")
    }
    drawn = {name: p.encode() if isinstance(p, str) else p for name, p in EVERYTHING.items()}
    assert kept.keys() == drawn.keys()
    assert [name for name in kept if kept[name] != drawn[name]] == []


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_a_picture_is_small_and_says_what_it_shows(name):
    root = ElementTree.fromstring(DRAWN[name])
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title.text
    assert len(desc.text) > len(title.text)
    limit = 60_000 if "data:image/webp" in DRAWN[name] else 12_000
    assert len(DRAWN[name].encode()) < limit


@pytest.mark.parametrize("name", sorted({n.split(".")[0] for n in DRAWN}))
def test_a_picture_exists_in_both_languages_and_is_used(name):
    assert DRAWN[f"{name}.en.svg"] != DRAWN[f"{name}.zh.svg"]
    lessons = [
        path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "lessons").glob("*.py")
    ]
    listed = (ROOT / "docs" / "en" / "pictures.md").read_text(encoding="utf-8")
    assert re.search(rf"!\[[^\]]+\]\(\.\./pic/{name}\.svg\)", "".join(lessons))
    assert f"](pic/{name}.svg)\n\n[{name}.svg](pic/{name}.svg)" in listed


def test_the_animation_is_a_gif_of_every_place_that_repeats():
    gif = Image.open(io.BytesIO(EVERYTHING["sliding-kernel.gif"]))
    assert (gif.n_frames, gif.info["loop"]) == (4, 0)
    assert len(EVERYTHING["sliding-kernel.gif"]) < 60_000
    assert "sliding-kernel.gif" in (ROOT / "README.md").read_text(encoding="utf-8")


# ---- what a picture says with numbers is true ----

NUMBER = re.compile(r"−?\d+(?:\.\d+)?")


class Array:
    """Equal squares side by side, and the text in the middle of each."""

    def __init__(self, squares, texts):
        left, top, side = (min(s[i] for s in squares) for i in range(3))
        self.left, self.right = left, max(s[0] for s in squares) + side
        self.top, self.bottom = top, max(s[1] for s in squares) + side
        self.kinds, self.cells = {}, {}
        for x, y, _, kind in squares:
            place = round((y - top) / side), round((x - left) / side)
            self.kinds[place] = kind
            inside = [t for u, v, t in texts if x < u < x + side and y < v < y + side]
            self.cells[place] = inside[0] if inside else ""
        self.shape = tuple(1 + max(place[i] for place in self.cells) for i in range(2))
        self.complete = len(self.cells) == self.shape[0] * self.shape[1]

    @property
    def numbers(self):
        values = [self.cells[place] for place in np.ndindex(self.shape)]
        return np.array([float(v.replace("−", "-") or 0) for v in values]).reshape(self.shape)

    def where(self, kind):
        return np.array([self.kinds[p] == kind for p in np.ndindex(self.shape)]).reshape(self.shape)

    def on(self, y):
        return self.top < y < self.bottom


def read(svg):
    """The arrays of a picture and its other texts with their places."""
    root = ElementTree.fromstring(svg)
    texts = [
        (float(t.get("x")), float(t.get("y")), "".join(t.itertext()))
        for t in root.iter(f"{SVG}text")
    ]
    squares = []
    for path in root.iter(f"{SVG}path"):
        for x, y, side in re.findall(r"M([\d.-]+) ([\d.-]+)h([\d.]+)v\3h-\3z", path.get("d")):
            squares.append((float(x), float(y), float(side), path.get("class") or path.get("fill")))
    for rect in root.iter(f"{SVG}rect"):
        if rect.get("width") == rect.get("height") and rect.get("class") != "f":
            box = [float(rect.get(name)) for name in ("x", "y", "width")]
            squares.append((*box, rect.get("class") or rect.get("fill")))
    arrays = []
    while squares:
        group = [squares.pop(0)]
        for x, y, side, _ in group:  # grows while it is walked
            near = [
                s for s in squares if s[2] == side and abs(s[0] - x) + abs(s[1] - y) in (0, side)
            ]
            squares = [s for s in squares if s not in near]
            group += near
        arrays.append(Array(group, texts))
    inside = {
        t for t in texts for a in arrays if a.left < t[0] < a.right and a.top < t[1] < a.bottom
    }
    arrays.sort(key=lambda a: (a.top, a.left))
    return arrays, [t for t in texts if t not in inside]


OPERATIONS = {
    "⋆": lambda a, b: signal.correlate2d(a, b, "valid"),
    "∗": lambda a, b: signal.convolve2d(a, b, "valid"),
    "×": np.multiply,
    "+": np.add,
}


def equations(svg):
    """Each line of arrays with an equals sign in it: what its left side gives, and its right side."""
    arrays, texts = read(svg)
    for x, y, sign in texts:
        if sign != "=":
            continue
        tokens = [((a.left + a.right) / 2, a.numbers) for a in arrays if a.on(y)]
        tokens += [(u, t) for u, v, t in texts if v == y and t in OPERATIONS]
        before = [token for u, token in sorted(tokens, key=lambda t: t[0]) if u < x]
        after = [token for u, token in sorted(tokens, key=lambda t: t[0]) if u > x]
        value = before.pop(0)
        while before:
            value = OPERATIONS[before.pop(0)](value, before.pop(0))
        yield value, after[0]


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("channels", 3),
        ("convolutional-layer", 1),
        ("correlation-vs-convolution", 3),
        ("cross-correlation", 1),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_equations_of_a_picture_hold(name, count, language):
    found = list(equations(DRAWN[f"{name}.{language}.svg"]))
    assert len(found) == count
    for left, right in found:
        np.testing.assert_array_equal(left, right)


def test_a_false_equation_is_seen():
    svg = DRAWN["correlation-vs-convolution.en.svg"].replace(">∗<", ">⋆<")
    assert not all(np.array_equal(left, right) for left, right in equations(svg))


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_the_sums_that_a_picture_writes_out_are_right(name):
    """Such as 0×0 + 1×1 + 3×2 + 4×3 = 19; words between the numbers may say what they are."""
    _, texts = read(DRAWN[name])
    sums = [t for *_, t in texts if re.search(r"\d.*=.*\d", t) and "i, j" not in t]
    expected = {
        "convolutional-layer": 1,
        "cross-correlation": 1,
        "feature-maps": 1,
        "output-size": 1,
        "sliding-kernel": 4,
        "locality": 1,
    }
    wanted = expected.get(name.split(".")[0], 0)
    sums = [t for t in sums if "σ" not in t and not t.startswith(("n ", "k "))]
    assert len(sums) == wanted, sums
    for text in sums:
        text = text.replace("2Δ", "2×1")  # the picture draws Δ = 1
        left, right = (re.sub(r"[^\d+−×·]", "", side) for side in re.split("=", text))
        computed = eval(left.replace("×", "*").replace("·", "*").replace("−", "-"))
        assert computed == int(NUMBER.search(right)[0]), text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_other_numbers_of_the_pictures_are_right(language):
    def arrays(name):
        return read(DRAWN[f"{name}.{language}.svg"])[0]

    # One weight at a time: the sum of the weights, each times its piece.
    found = arrays("by-weight")
    weights = [a for a in found if a.shape == (1, 1)]
    pieces = [a for a in found if set(a.kinds.values()) == {"x"}]
    (output,) = [a for a in found if set(a.kinds.values()) == {"y"}]
    total = sum(
        min(
            (p for p in pieces if p.on((w.top + w.bottom) / 2) and p.left > w.right),
            key=lambda p: p.left,
        ).numbers
        * w.numbers
        for w in weights
    )
    assert len(weights) == len(pieces) == 4
    np.testing.assert_array_equal(total, output.numbers)

    # Three channels: their sum.
    found = arrays("channels")
    parts = [a.numbers for a in found if set(a.kinds.values()) == {"o"}]
    (output,) = [a for a in found if set(a.kinds.values()) == {"y"}]
    np.testing.assert_array_equal(sum(parts), output.numbers)

    # Signal, kernel, output.
    X, K, Y = (a.numbers for a in arrays("one-and-three-dimensions") if a.shape[0] == 1)
    np.testing.assert_array_equal(signal.correlate2d(X, K, "valid"), Y)
    X, K, Y = (a.numbers for a in arrays("edge-detection"))
    np.testing.assert_array_equal(signal.correlate2d(X, K, "valid"), Y)

    # The cross and its response, before and after.
    found = [a for a in arrays("translation-invariance")]
    images = [a for a in found if a.shape == (7, 8) and "x" in a.kinds.values()]
    kernels = [a for a in found if a.shape == (3, 3)]
    responses = [a for a in found if a.shape == (7, 8) and "y" in a.kinds.values()]
    assert len(images) == len(kernels) == len(responses) == 2
    for image, kernel, response in zip(images, kernels, responses, strict=True):
        padded = np.pad(image.where("x"), 1).astype(int)
        np.testing.assert_array_equal(
            signal.correlate2d(padded, kernel.numbers, "valid"), response.numbers
        )
    before, after = (np.argwhere(a.where("y")) for a in responses)
    np.testing.assert_array_equal(after - before, [[2, 3]])

    # Places and offsets of the same nine weights.
    V, W = arrays("dense-reindexed")
    pixels = [tuple(map(int, W.cells[place].split(","))) for place in np.ndindex(3, 3)]
    assert pixels == list(np.ndindex(3, 3))
    offsets = {tuple(map(int, t.replace("−", "-").split(","))) for t in V.cells.values() if t}
    assert offsets == {(k - 0, m - 1) for k, m in pixels}

    # As many colours as there are weights.
    texts = [t for *_, t in read(DRAWN[f"dense-to-conv.{language}.svg"])[1]]
    counts = [int(NUMBER.search(t)[0]) for t in texts if NUMBER.search(t)]
    assert counts == [3**4, (2 * 3 - 1) ** 2, 3 * 3]
    colours = [set(a.kinds.values()) - {"o"} for a in arrays("dense-to-conv") if len(a.kinds) > 9]
    assert [len(c) for c in colours[1:]] == counts[1:]

    # 36 million inputs, 100 units, 3.6 billion weights of four bytes.
    texts = " ".join(t for *_, t in read(DRAWN[f"cats-and-dogs.{language}.svg"])[1])
    inputs, units, weights, size = (float(n) for n in re.findall(r"\d+(?:\.\d+)?", texts))
    million, billion = (10**6, 10**9) if language == "en" else (10**4, 10**8)
    assert inputs * million * units == weights * billion
    assert weights * billion * 4 == size * 10**9
