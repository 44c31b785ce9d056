"""The labs in Chromium: their mathematics against the package, every control, hostile input."""

import io
import itertools
import re
import subprocess
import sys
from math import isclose
from pathlib import Path

import labs
import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import expect
from skimage import data
from test_browser import LANGUAGES, WATCH_MOVES, browser, reader  # noqa: F401  (a fixture)

from convdocs import (
    box_kernel,
    cat,
    conv2d,
    corr2d,
    dense2d,
    dense_cost,
    human_bytes,
    learn_kernel,
    output_shape,
    sharpen_kernel,
    to_relative,
    truncate,
)

LABS = ("correlation", "dense", "shift", "photo", "learning")
MODULES = Path(__file__).parents[1] / "docs" / "theme" / "assets" / "labs"


@pytest.fixture
def page(browser, address):  # noqa: F811
    with reader(
        browser,
        address,
        viewport={"width": 1200, "height": 900},
        permissions=["clipboard-read", "clipboard-write"],
    ) as (page, wrong):
        yield page
        assert wrong == []


def opened(page, address, lab, language="en", query="", where="labs/"):
    """A lab on its page, ready to be used."""
    page.goto(f"{address}/{language}/{where}{query}")
    element = page.locator(f"{lab}-lab").first
    element.scroll_into_view_if_needed()
    expect(element).to_have_attribute("ready", "")
    return element


def mathematics(page, address, code, argument):
    page.goto(f"{address}/en/labs/")
    module = f"{address}/en/assets/labs/mathematics.js"
    return page.evaluate(
        f"async (argument) => {{ const m = await import('{module}'); return ({code})(m, argument) }}",
        argument,
    )


def numbers(text):
    return [float(n.replace("−", "-")) for n in re.findall(r"[−-]?\d+\.?\d*(?:e[+-]?\d+)?", text)]


def output(lab):
    rows = lab.locator("figure").last.locator("tr")
    return [
        [float(cell.replace("−", "-")) for cell in row.locator("td").all_inner_texts()]
        for row in rows.all()
    ]


# ---- the mathematics module against the package ----


def test_the_module_correlates_and_convolves_as_the_package_does(page, address):
    rng = np.random.default_rng(0)
    cases = []
    for _ in range(300):
        h, w, kh, kw = (int(n) for n in rng.integers(1, 9, 4))
        options = {
            "stride": int(rng.integers(1, 5)),
            "padding": int(rng.integers(0, 4)),
            "dilation": int(rng.integers(1, 4)),
        }
        X, K = rng.normal(size=(h, w)), rng.normal(size=(kh, kw))
        try:
            output_shape((h, w), (kh, kw), **options)
        except ValueError:
            continue
        cases.append((X, K, options))
    assert len(cases) > 80
    results = mathematics(
        page,
        address,
        "(m, cases) => cases.map(([X, K, o]) => [m.correlate(X, K, o), m.correlate(X, m.flip(K), o)])",
        [[X.tolist(), K.tolist(), options] for X, K, options in cases],
    )
    for (X, K, options), (correlated, convolved) in zip(cases, results, strict=True):
        np.testing.assert_allclose(correlated, corr2d(X, K, **options), atol=1e-6)
        np.testing.assert_allclose(convolved, conv2d(X, K, **options), atol=1e-6)


def test_the_module_says_the_size_of_the_output(page, address):
    cases = list(itertools.product((1, 5, 8), (1, 3, 4), (1, 2, 3), (0, 2), (1, 2)))
    lengths = mathematics(
        page,
        address,
        "(m, cases) => cases.map(([n, k, stride, padding, dilation]) =>"
        " m.outputLength(n, k, { stride, padding, dilation }))",
        cases,
    )
    for (n, k, s, p, d), length in zip(cases, lengths, strict=True):
        try:
            wanted = output_shape((n,), (k,), stride=s, padding=p, dilation=d)[0]
        except ValueError:
            wanted = 0
        assert length == wanted


def test_the_module_computes_a_fully_connected_layer_and_rolls_and_pools(page, address):
    rng = np.random.default_rng(1)
    X, W = rng.normal(size=(4, 6)), rng.normal(size=(3, 5, 4, 6))
    dense, rolled, pooled = mathematics(
        page,
        address,
        "(m, [X, W]) => [m.dense(X, W), m.roll(X, 2, -1), m.maxPool(X, 2)]",
        [X.tolist(), W.tolist()],
    )
    np.testing.assert_allclose(dense, dense2d(X, W), atol=1e-6)
    np.testing.assert_array_equal(rolled, np.roll(X, (2, -1), axis=(0, 1)))
    wanted = torch.nn.functional.max_pool2d(torch.from_numpy(X)[None, None], 2)[0, 0]
    np.testing.assert_array_equal(pooled, wanted)


@pytest.mark.parametrize(("n", "delta"), [(4, 0), (4, 1), (6, 2), (5, 4)])
def test_the_ledger_counts_what_the_package_counts(page, address, n, delta):
    steps = mathematics(
        page,
        address,
        "(m, [n, delta]) => [0, 1, 2, 3].map((step) => m.ledger(n, n, delta, step))",
        [n, delta],
    )
    V = to_relative(np.ones((n, n, n, n)))
    assert steps[0]["parameters"] == dense_cost(n * n, n * n, bias=False).parameters
    assert steps[0]["multiplyAdds"] == dense_cost(n * n, n * n, bias=False).multiply_adds
    assert steps[2]["parameters"] == V[0, 0].size
    assert steps[3]["parameters"] == (2 * delta + 1) ** 2
    assert steps[3]["multiplyAdds"] == truncate(V, delta).sum()


def test_bytes_are_written_as_the_package_writes_them(page, address):
    counts = [0, 1, 999, 1000, 1024, 99_950, 999_499, 999_500, 14_400_000_000, 576 * 10**12]
    said = mathematics(page, address, "(m, counts) => counts.map(m.humanBytes)", counts)
    assert said == [human_bytes(count) for count in counts]


@pytest.mark.parametrize("rate", [0.01, 0.03, 0.033, 0.034])
def test_descent_in_the_module_is_the_package_s(page, address, rate):
    X = np.ones((6, 8))
    X[:, 2:6] = 0
    start = [[-0.3967, 0.4442]]
    G, path, predicted, eigen = mathematics(
        page,
        address,
        """(m, [X, start, rate]) => {
            const G = m.gram(X, 1, 2);
            return [G, m.descend(G, start[0], [1, -1], rate, 40),
                    m.predict(G, start[0], [1, -1], rate, 40), m.eigen(G)];
        }""",
        [X.tolist(), start, rate],
    )
    image = torch.from_numpy(X)
    wanted = corr2d(image, torch.tensor([[1.0, -1.0]], dtype=torch.float64))
    result = learn_kernel(
        image, wanted, (1, 2), lr=rate, steps=40, start=torch.tensor(start, dtype=torch.float64)
    )
    np.testing.assert_allclose([p["loss"] for p in path], result.losses, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(predicted, result.losses, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(path[-1]["kernel"], result.kernel[0], rtol=1e-6)
    np.testing.assert_allclose([e["value"] for e in eigen], np.linalg.eigvalsh(G))
    for e in eigen:
        np.testing.assert_allclose(np.array(G) @ e["axis"], e["value"] * np.array(e["axis"]))


def test_photos_are_correlated_as_the_package_does(page, address):
    rng = np.random.default_rng(2)
    gray = rng.random((13, 17)).astype(np.float32)
    for K in (rng.normal(size=(3, 3)), rng.normal(size=(5, 3)), np.array([[0.0]])):
        out = mathematics(
            page,
            address,
            """(m, [gray, K]) => {
                const flat = Float32Array.from(gray.flat()), out = new Float32Array(flat.length);
                m.correlatePhoto(flat, gray[0].length, gray.length, K, out);
                return [...out];
            }""",
            [gray.tolist(), K.tolist()],
        )
        padding = (K.shape[0] // 2, K.shape[1] // 2)
        wanted = corr2d(gray.astype(np.float64), K, padding=padding)
        np.testing.assert_allclose(np.reshape(out, gray.shape), wanted, atol=1e-5)


# ---- the correlation lab ----


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_example_of_the_lesson_comes_out(page, address, language):
    lab = opened(page, address, "correlation", language)
    assert output(lab) == [[19, 25], [37, 43]]
    expect(lab.locator(".sum")).to_have_text("0×0 + 1×1 + 3×2 + 4×3 = 19")
    assert lab.locator("td.lit").count() == 4 + 4 + 1


def test_an_edited_number_changes_the_output_at_once(page, address):
    lab = opened(page, address, "correlation")
    lab.get_by_role("textbox", name="X: row 0, column 1").fill("-2.5")
    expect(lab.locator(".sum")).to_have_text("0×0 + (−2.5)×1 + 3×2 + 4×3 = 15.5")
    X = np.arange(9.0).reshape(3, 3)
    X[0, 1] = -2.5
    np.testing.assert_allclose(output(lab), corr2d(X, np.arange(4.0).reshape(2, 2)))


@pytest.mark.parametrize(
    "text", ["abc", "", " ", "1e999", "0x10", "--1", "12345678", "٣", "<b>1</b>"]
)
def test_what_is_no_number_is_marked_and_explained_and_changes_nothing(page, address, text):
    lab = opened(page, address, "correlation")
    cell = lab.get_by_role("textbox", name="K: row 1, column 0")
    cell.fill(text)
    expect(cell).to_have_attribute("aria-invalid", "true")
    expect(lab.get_by_role("alert")).to_contain_text("K, row 1, column 0")
    assert output(lab) == [[19, 25], [37, 43]]
    cell.fill("2")
    expect(cell).to_have_attribute("aria-invalid", "false")
    expect(lab.get_by_role("alert")).to_have_text("")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_correlation_lab_by_keyboard_alone(page, address, language):
    lab = opened(page, address, "correlation", language)
    cells = lab.locator("figure").first.locator("input")
    cells.first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(cells.nth(4)).to_be_focused()
    page.keyboard.type("100")
    assert output(lab)[0][0] == 0 + 1 + 6 + 300

    outputs = lab.locator("figure").last.locator("button")
    outputs.first.focus()
    page.keyboard.press("ArrowRight")
    expect(outputs.nth(1)).to_be_focused()
    expect(outputs.nth(1)).to_have_attribute("aria-current", "true")
    page.keyboard.press("ArrowDown")
    expect(outputs.nth(3)).to_have_attribute("aria-current", "true")
    page.keyboard.press("Space")  # plays: the next output after the last is the first
    expect(outputs.first).to_have_attribute("aria-current", "true", timeout=3000)
    page.keyboard.press("Space")
    step = lab.get_by_role("button", name="▶").last
    step.press("Enter")
    expect(lab.locator(".sum")).to_have_attribute("aria-live", "polite")
    scrub = lab.get_by_role("slider")
    scrub.focus()
    page.keyboard.press("End")
    expect(outputs.last).to_have_attribute("aria-current", "true")


def test_pointing_at_an_output_shows_it_and_choosing_pins_it(page, address):
    lab = opened(page, address, "correlation")
    outputs = lab.locator("figure").last.locator("button")
    outputs.nth(2).hover()
    expect(lab.locator(".sum")).to_contain_text("= 37")
    lab.locator("figcaption").first.hover()
    expect(lab.locator(".sum")).to_contain_text("= 19")
    outputs.nth(2).click()
    lab.locator("figcaption").first.hover()
    expect(lab.locator(".sum")).to_contain_text("= 37")
    lab.locator(".sum span").first.hover()
    assert lab.locator(".hot").count() == 3  # the term, its pixel and its weight


def test_convolution_shows_the_kernel_flipped(page, address):
    lab = opened(page, address, "correlation")
    lab.get_by_role("button", name="convolution", exact=True).click()
    assert output(lab) == [[5, 11], [23, 29]]
    flipped = lab.get_by_role("table", name="K flipped")
    assert flipped.inner_text().split() == ["3", "2", "1", "0"]
    expect(lab.locator(".sum")).to_have_text("0×3 + 1×2 + 3×1 + 4×0 = 5")


@pytest.mark.parametrize(
    ("example", "shape"),
    [
        ("bar", (6, 7)),
        ("point", (3, 3)),
        ("same", (4, 4)),
        ("stride", (3, 3)),
        ("dilation", (4, 4)),
    ],
)
def test_the_examples_have_the_sizes_that_the_package_says(page, address, example, shape):
    lab = opened(page, address, "correlation")
    lab.get_by_label("example").select_option(example)
    assert np.shape(output(lab)) == shape


def test_sizes_and_options_change_the_output_as_the_package_says(page, address):
    lab = opened(page, address, "correlation")
    lab.get_by_label("input: rows").select_option("5")
    lab.get_by_label("kernel: columns").select_option("3")
    lab.get_by_label("padding", exact=True).select_option("2")
    lab.get_by_label("dilation", exact=True).select_option("2")
    lab.get_by_label("stride", exact=True).select_option("2")
    X = np.zeros((5, 3))
    X[:3] = np.arange(9.0).reshape(3, 3)
    K = np.array([[0.0, 1, 0], [2, 3, 0]])
    wanted = corr2d(X, K, padding=2, dilation=2, stride=2)
    np.testing.assert_allclose(output(lab), wanted)
    lab.get_by_label("padding", exact=True).select_option("0")
    expect(lab.locator(".sum")).to_contain_text("does not fit")
    assert lab.locator("figure").last.locator("td").count() == 0


STATES = [
    "?X=0,1,2;3,4,5;6,7,8&K=0,1;2,3",
    "?X=1,-2.5,3,0;4,5,6,1;7,8,9.25,2;0,1,0,1;3,3,3,3&K=1,2,-1;0,1,0.5&op=conv&stride=2&padding=2&dilation=2",
]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("library", ["PyTorch", "NumPy", "convdocs"])
def test_the_copied_code_prints_what_the_lab_shows(page, address, state, library, tmp_path):
    lab = opened(page, address, "correlation", query=state)
    shown = output(lab)
    lab.get_by_role("button", name=f"Copy as {library}").click()
    expect(lab.get_by_role("status")).to_have_text("Copied.")
    code = page.evaluate("navigator.clipboard.readText()")
    expect(lab.locator("pre.code")).to_have_text(code)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    printed = numbers(run.stdout.replace("dtype=torch.float64", ""))
    np.testing.assert_allclose(printed, np.ravel(shown), rtol=1e-4, atol=1e-4)


def test_the_address_follows_and_leads_back(page, address):
    lab = opened(page, address, "correlation")
    lab.get_by_role("button", name="convolution", exact=True).click()
    lab.get_by_role("textbox", name="X: row 0, column 0").fill("7")
    lab.locator("figure").last.locator("button").last.click()
    page.wait_for_url("**?X=7,1,2;3,4,5;6,7,8&K=0,1;2,3&op=conv&*at=3")
    shown, link = output(lab), page.url
    page.goto("about:blank")
    page.goto(link)
    lab = page.locator("correlation-lab")
    expect(lab).to_have_attribute("ready", "")
    assert output(lab) == shown
    expect(lab.locator("figure").last.locator("button").last).to_have_attribute(
        "aria-current", "true"
    )


@pytest.mark.parametrize(
    "query",
    [
        "?X=<script>document.title='in'</script>&K=<b>",
        "?X=%22%3E%3Cimg%20src=x%20onerror=document.title='in'%3E",
        "?K=1e999",
        "?X=1,2;3",
        "?X=" + ";".join([",".join(["1"] * 9)] * 9),
        "?X=" + "1," * 50_000,
        "?stride=0&padding=-1&dilation=99&op=eval",
        "?X=&K=&at=99999999999",
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_hostile_address_is_explained_and_never_run(browser, address, language, query):  # noqa: F811
    with reader(browser, address) as (page, wrong):
        query = query if len(query) < 8000 else query[:8000]
        lab = opened(page, address, "correlation", language, query)
        assert output(lab) == [[19, 25], [37, 43]]
        expect(lab.get_by_role("alert")).not_to_be_empty()
        assert page.title() != "in"
        assert lab.locator("script, img[src=x]").count() == 0
        assert wrong == []


# ---- the other labs ----


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_dense_lab_by_keyboard(page, address, language):
    lab = opened(page, address, "dense", language)
    steps = lab.get_by_role("group").locator("button")
    weights = lab.get_by_role("application")
    said = lab.locator(".sum")
    free = lab.locator("table.ledger tr:nth-child(2) td").first
    assert numbers(free.inner_text()) == [256]
    steps.nth(2).press("Enter")
    expect(free).to_have_text("49")
    weights.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowRight")
    expect(said).to_contain_text("(1, 2)")
    expect(said).to_contain_text("(2, 2)")
    expect(said).to_contain_text("12")  # offset (1, 0) fits 3 × 4 times into 4×4
    assert lab.locator("rect.used").count() == 12
    steps.nth(3).press("Enter")
    expect(free).to_have_text("9")
    lab.get_by_role("slider").last.focus()
    page.keyboard.press("ArrowLeft")
    expect(free).to_have_text("1")
    lab.get_by_role("slider").first.focus()
    page.keyboard.press("End")
    assert lab.locator("rect[data-at]").count() == 6**4


def test_the_ledger_of_the_photo_is_right(page, address):
    lab = opened(page, address, "dense")
    large = lab.locator("table.ledger tr td:last-child")
    assert large.all_inner_texts() == ["144 trillion", "576 TB", "144 trillion"]
    lab.get_by_role("button", name="local", exact=True).click()
    near = (3 * 3000 - 2) * (3 * 4000 - 2)
    assert large.all_inner_texts() == ["9", "36 B", f"{near:,}"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shift_lab_measures_what_the_lesson_does(page, address, language):
    lab = opened(page, address, "shift", language)

    def errors():
        return [numbers(text)[0] for text in lab.locator("figure .sum").all_inner_texts()[1:]]

    area = lab.get_by_role("application")
    conv, dense = errors()
    assert conv == 0
    assert dense > 0.5
    area.focus()
    for _ in range(5):  # from row 5 to row 10: the cross now hangs over the border
        page.keyboard.press("ArrowDown")
    conv, dense = errors()
    assert conv > 0
    groups = lab.locator(".tabs")
    groups.first.locator("button").last.press("Enter")  # circular padding
    assert errors()[0] == 0
    groups.last.locator("button").last.press("Enter")  # stride 2, and 8 down, 4 right: even
    assert errors()[0] == 0
    page.keyboard.press("Shift+Tab")
    area.focus()
    page.keyboard.press("ArrowRight")  # odd
    assert errors()[0] > 0
    lab.locator("select").select_option("global")
    groups.last.locator("button").first.press("Enter")
    assert errors()[0] == 0


def test_the_cross_can_be_dragged_by_touch(browser, address):  # noqa: F811
    with reader(
        browser, address, has_touch=True, is_mobile=True, viewport={"width": 375, "height": 812}
    ) as (page, wrong):
        lab = opened(page, address, "shift", "zh")
        area = lab.get_by_role("application")
        area.scroll_into_view_if_needed()
        before = area.get_attribute("aria-label")
        box = area.bounding_box()
        client = page.context.new_cdp_session(page)

        def touch(kind, x, y):
            points = [] if kind == "touchEnd" else [{"x": box["x"] + x, "y": box["y"] + y}]
            client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        side = box["width"] / 12
        touch("touchStart", 7 * side, 6 * side)
        for n in range(1, 5):
            touch("touchMove", (7 - n) * side, (6 - n / 2) * side)
        touch("touchEnd", 0, 0)
        assert area.get_attribute("aria-label") != before
        expect(lab.locator("figure .sum").first).to_have_text("下移 1，右移 0")
        assert wrong == []


def test_a_tap_pins_an_output_and_moves_a_start(browser, address):  # noqa: F811
    with reader(
        browser, address, has_touch=True, is_mobile=True, viewport={"width": 375, "height": 812}
    ) as (page, wrong):
        lab = opened(page, address, "correlation")
        lab.locator("figure").last.locator("button").nth(3).tap()
        expect(lab.locator(".sum")).to_contain_text("= 43")
        lab.get_by_role("button", name="convolution", exact=True).tap()
        expect(lab.locator(".sum")).to_contain_text("= 29")
        lab = opened(page, address, "learning")
        lab.get_by_role("application").tap(position={"x": 30, "y": 30})
        assert "−0.3967" not in lab.get_by_role("application").get_attribute("aria-label")
        assert page.evaluate("document.documentElement.scrollWidth") == 375
        assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_learning_lab_shows_the_limit(page, address, language):
    lab = opened(page, address, "learning", language)
    said = lab.locator(".sum")
    expect(said).to_contain_text("(0.986, −0.981)")
    assert "0.004" in said.inner_text()
    expect(lab.locator(".mark")).to_have_text("1/30")
    rate, steps = lab.get_by_role("slider").all()
    steps.focus()
    page.keyboard.press("End")
    rate.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    below = numbers(said.inner_text())
    page.keyboard.press("ArrowRight")
    expect(said).to_contain_text({"en": "above the limit", "zh": "高于界限"}[language])
    X = torch.ones(6, 8, dtype=torch.float64)
    X[:, 2:6] = 0
    Y = corr2d(X, torch.tensor([[1.0, -1.0]], dtype=torch.float64))
    start = torch.tensor([[-0.3967, 0.4442]], dtype=torch.float64)
    for found, lr in ((below, 0.033), (numbers(said.inner_text()), 0.034)):
        losses = learn_kernel(X, Y, (1, 2), lr=lr, steps=60, start=start).losses
        end = found[1] if language == "en" else found[2]
        assert isclose(end, losses[-1].item(), abs_tol=6e-4)
    lab.get_by_role("application").focus()
    page.keyboard.press("ArrowUp")
    assert "0.544" in lab.get_by_role("application").get_attribute("aria-label")
    lab.get_by_role("button").click()
    assert "0.444" in lab.get_by_role("application").get_attribute("aria-label")


def screen(lab):
    """The photo lab's picture, as rows of gray."""
    data = lab.locator("canvas").evaluate(
        """({ width, height }) => {
            const copy = Object.assign(document.createElement("canvas"), { width, height });
            const context = copy.getContext("2d", { willReadFrequently: true });
            context.drawImage(document.querySelector("photo-lab canvas"), 0, 0);
            return { width, height, data: [...context.getImageData(0, 0, width, height).data] };
        }"""
    )
    return np.array(data["data"]).reshape(data["height"], data["width"], 4)


def test_the_labs_photo_can_be_made_anew_and_is_the_cat():
    with Image.open(io.BytesIO(labs.small_cat())) as photo:
        pixels = np.asarray(photo.convert("RGB")).astype(float)
    assert np.abs(pixels - data.chelsea()).mean() < 6  # what the compression leaves out


@pytest.mark.parametrize(("key", "K"), [("sharpen", sharpen_kernel()), ("box", box_kernel(5))])
def test_the_reader_s_picture_is_seen_as_the_package_sees_it(page, address, key, K, tmp_path):
    photo = (np.moveaxis(cat(), 0, -1)[50:130, 100:220] * 255).round().astype(np.uint8)
    file = tmp_path / "mine.png"
    Image.fromarray(photo).save(file)
    lab = opened(page, address, "photo")
    lab.locator("input[type=file]").set_input_files(file)
    expect(lab.locator("canvas")).to_have_attribute("width", "120")
    lab.get_by_label("kernel").select_option(key)
    lab.get_by_role("slider").focus()
    page.keyboard.press("Home")  # nothing of the photo, all of the output
    gray = photo @ np.array([0.2125, 0.7154, 0.0721])
    wanted = corr2d(gray, K.astype(np.float64), padding=K.shape[0] // 2).clip(0, 255)
    assert np.abs(screen(lab)[..., 0] - wanted).max() <= 1.01
    page.keyboard.press("End")
    np.testing.assert_array_equal(screen(lab)[..., :3], photo)


def test_an_own_kernel_can_be_typed(page, address):
    lab = opened(page, address, "photo")
    expect(lab.locator("canvas")).to_have_attribute("width", "451")
    before = screen(lab)
    cell = lab.get_by_role("textbox", name="K: row 1, column 1")
    cell.fill("9")
    assert np.any(screen(lab) != before)
    cell.fill("nine")
    expect(lab.get_by_role("alert")).to_contain_text("nine")


def png_of(width, height):
    small = io.BytesIO()
    Image.new("RGB", (2, 2)).save(small, "PNG")
    data = bytearray(small.getvalue())
    data[16:24] = width.to_bytes(4) + height.to_bytes(4)
    return bytes(data)


def jpeg_of(width, height):
    small = io.BytesIO()
    Image.new("RGB", (2, 2)).save(small, "JPEG")
    data = bytearray(small.getvalue())
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = height.to_bytes(2) + width.to_bytes(2)
    return bytes(data)


@pytest.mark.parametrize(
    ("name", "mime", "content", "told"),
    [
        ("bomb.png", "image/png", png_of(60_000, 60_000), "too many"),
        ("bomb.jpg", "image/jpeg", jpeg_of(60_000, 60_000), "too many"),
        ("empty.png", "image/png", b"", "no picture"),
        ("words.png", "image/png", b"not a picture at all, only words in a file", "no picture"),
        ("cut.png", "image/png", png_of(20, 20)[:40], "no picture"),
        (
            "evil.svg",
            "image/svg+xml",
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>document.title='in'</script></svg>",
            "give a PNG",
        ),
        (
            "evil.png",
            "image/png",
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>document.title='in'</script></svg>",
            "no picture",
        ),
    ],
)
def test_a_hostile_file_is_refused_with_the_reason(page, address, name, mime, content, told):
    lab = opened(page, address, "photo")
    expect(lab.locator("canvas")).to_have_attribute("aria-label", "a cat")
    before = screen(lab)
    lab.locator("input[type=file]").set_input_files(
        [{"name": name, "mimeType": mime, "buffer": content}]
    )
    expect(lab.get_by_role("alert")).to_contain_text(told)
    expect(lab.get_by_role("alert")).to_contain_text(name)
    np.testing.assert_array_equal(screen(lab), before)
    assert page.title() != "in"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_the_size_of_a_picture_is_read_before_it_is_decoded(page, address, kind):
    page.goto(f"{address}/en/labs/")
    for options in ({}, {"lossless": True}) if kind == "WEBP" else ({},):
        file = io.BytesIO()
        Image.new("RGB", (321, 123), "#345").save(file, kind, **options)
        size = page.evaluate(
            f"""async (bytes) => {{
                const m = await import("{address}/en/assets/labs/photo.js");
                return m.claimed(new Uint8Array(bytes).buffer);
            }}""",
            list(file.getvalue()),
        )
        assert size == [321, 123]


# ---- all labs ----


@pytest.mark.parametrize("width", [375, 1200])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_lab_opens_without_moving_the_page(browser, address, language, width):  # noqa: F811
    with reader(browser, address, viewport={"width": width, "height": 812}) as (page, wrong):
        page.add_init_script(WATCH_MOVES)
        page.goto(f"{address}/{language}/labs/")
        for lab in LABS:
            element = page.locator(f"{lab}-lab")
            element.scroll_into_view_if_needed()
            expect(element).to_have_attribute("ready", "")
            page.wait_for_timeout(150)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        moved = page.evaluate("window.moved")
        assert sum(value for value, *_ in moved) < 0.01, moved
        assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_javascript_and_on_paper_a_picture_stands_in(browser, address, language):  # noqa: F811
    with reader(browser, address, java_script_enabled=False) as (page, _):
        page.goto(f"{address}/{language}/labs/")
        assert page.locator(".instead img:visible").count() == len(LABS)
        assert page.locator(".instead", has_text="JavaScript").count() == len(LABS)
    with reader(browser, address) as (page, _):
        opened(page, address, "correlation", language)
        page.emulate_media(media="print")
        expect(page.locator("correlation-lab .lab")).to_be_hidden()
        expect(page.locator("correlation-lab .instead")).to_be_visible()


def test_who_asks_for_less_motion_sees_none(browser, address):  # noqa: F811
    with reader(browser, address, reduced_motion="reduce") as (page, _):
        lab = opened(page, address, "correlation")
        lab.get_by_role("button", name="convolution", exact=True).click()
        dense = opened(page, address, "dense")
        dense.get_by_role("button", name="shared", exact=True).click()
        assert page.evaluate("document.getAnimations().length") == 0


def test_labs_live_through_instant_navigation_and_let_go_of_the_camera(browser, address):  # noqa: F811
    from test_browser import CHROMIUM, FLAGS

    camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    chromium = browser.browser_type.launch(executable_path=CHROMIUM, args=[*FLAGS, *camera])
    with reader(chromium, address) as (page, wrong):
        pages = "".join(f"<url><loc>{address}/en/{p}</loc></url>" for p in ("", "labs/", "api/"))
        page.route(
            "**/sitemap.xml",
            lambda route: route.fulfill(
                content_type="application/xml",
                body=f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{pages}</urlset>',
            ),
        )
        lab = opened(page, address, "photo")
        page.wait_for_load_state("networkidle")
        page.evaluate("window.sameDocument = true")
        lab.get_by_role("button", name="Camera").click()
        expect(lab.locator(".note").first).to_contain_text("frames a second", timeout=5000)
        page.evaluate("window.track = document.querySelector('photo-lab').stream.getTracks()[0]")
        page.locator(".md-nav__link[href$='api/']").first.evaluate("link => link.click()")
        page.wait_for_url("**/en/api/")
        for _ in range(50):
            if page.evaluate("window.track.readyState") == "ended":
                break
            page.wait_for_timeout(100)
        assert page.evaluate("window.track.readyState") == "ended"
        page.go_back()
        page.wait_for_url("**/en/labs/")
        element = page.locator("correlation-lab")
        element.scroll_into_view_if_needed()
        expect(element).to_have_attribute("ready", "")
        assert output(element) == [[19, 25], [37, 43]]
        assert page.evaluate("window.sameDocument"), "the navigation was not instant"
        assert wrong == []
    chromium.close()


def test_the_labs_are_small():
    import gzip

    files = {path.name: gzip.compress(path.read_bytes(), 9) for path in MODULES.iterdir()}
    assert sum(map(len, files.values())) <= 30_000


def test_a_page_without_a_lab_fetches_nothing_of_the_labs(browser, address):  # noqa: F811
    with reader(browser, address) as (page, _):
        fetched = []
        page.on("request", lambda request: fetched.append(request.url))
        page.goto(f"{address}/en/notation/")
        page.wait_for_load_state("networkidle")
        assert not [url for url in fetched if "/labs/" in url]
