"""Reading with a keyboard, on a phone, on paper, in one's own language."""

import io
import re
import subprocess

import pytest
from bs4 import BeautifulSoup
from PIL import Image
from playwright.sync_api import expect
from test_browser import LANGUAGES, browser, reader  # noqa: F401  (a fixture)
from test_site import expected_pages, pages

HAN = r"[\u4e00-\u9fff]"


def visited(language):
    """The addresses of a language's pages."""
    for name in expected_pages():
        if name.startswith(f"{language}/") and not name.endswith("404.html"):
            yield name.removesuffix("index.html")


# What a finger can press, but for links in a sentence and code blocks' own bars.
PRESSED = """() => [...document.querySelectorAll(
    ".md-header__button, .md-content :is(button, select, summary, .downloads a, input:not([type=range], [type=checkbox]))"
)].filter((e) => e.getClientRects().length && !e.closest(".md-code__nav") && e.getBoundingClientRect().height < 44)
  .map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect().height])"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phone_shows_every_page_whole_and_large_enough_for_a_thumb(browser, address, language):  # noqa: F811
    phone = {"viewport": {"width": 375, "height": 812}, "is_mobile": True, "has_touch": True}
    with reader(browser, address, **phone) as (page, wrong):
        for name in visited(language):
            page.goto(f"{address}/{name}")
            page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
            wide = page.evaluate(
                "[...document.querySelectorAll('.formula')].filter((f) => f.scrollWidth > f.clientWidth + 1)"
                ".map((f) => f.querySelector('annotation').textContent)"
            )
            assert wide == [], f"{name}: break these formulas in two"
            for lab in page.locator(
                "[preset], dense-lab, shift-lab, photo-lab, learning-lab"
            ).all():
                lab.scroll_into_view_if_needed()
                expect(lab.locator("button, select").first).to_be_visible()
            assert page.evaluate(PRESSED) == [], name
            page.set_viewport_size({"width": 320, "height": 700})
            assert page.evaluate("document.documentElement.scrollWidth") == 320, name
            page.set_viewport_size(phone["viewport"])
        assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_term_is_explained_by_keyboard_and_mouse_until_escape(browser, address, language):  # noqa: F811
    with reader(browser, address) as (page, wrong):
        page.goto(f"{address}/{language}/lessons/locality/")
        page.wait_for_load_state("networkidle")
        tip = page.locator(".md-tooltip2--active")
        term = page.locator("abbr").nth(1)
        sentence = term.get_attribute("title")
        for show in (term.focus, term.hover):
            show()
            expect(tip).to_have_text(sentence)
            page.keyboard.press("Escape")
            expect(tip).to_have_count(0)
        assert wrong == []


def test_single_keys_stay_on_the_page_inside_a_lab_and_when_turned_off(browser, address):  # noqa: F811
    with reader(browser, address) as (page, wrong):
        page.goto(f"{address}/en/lessons/cross-correlation/")
        lab = page.locator("correlation-lab")
        lab.scroll_into_view_if_needed()
        lab.locator("button").first.focus()
        for key in "n.":
            page.keyboard.press(key)
        page.wait_for_timeout(300)
        assert page.url.endswith("/cross-correlation/")

        page.goto(f"{address}/en/about/")
        page.locator(".keys-off").click()
        page.goto(f"{address}/en/lessons/cross-correlation/")
        page.keyboard.press("n")
        page.keyboard.press("/")
        page.wait_for_timeout(300)
        assert page.url.endswith("/cross-correlation/")
        assert not page.locator("#__search").is_checked()

        page.goto(f"{address}/en/about/")
        expect(page.locator(".keys-off")).to_have_attribute("aria-pressed", "true")
        page.locator(".keys-off").click()
        page.goto(f"{address}/en/lessons/cross-correlation/")
        page.keyboard.press("n")
        page.wait_for_url("**/lessons/kernels/")
        assert wrong == []


def test_a_formula_is_copied_as_its_tex(browser, address):  # noqa: F811
    with reader(browser, address, permissions=["clipboard-read", "clipboard-write"]) as (page, _):
        page.goto(f"{address}/en/lessons/cross-correlation/")
        for start, end in ((".formula math", ".formula math"), (".formula mo", ".formula mo")):
            page.evaluate(
                """([start, end]) => {
                    const range = document.createRange();
                    range.selectNodeContents(document.querySelector(start));
                    getSelection().removeAllRanges();
                    getSelection().addRange(range);
                    document.execCommand("copy");
                }""",
                [start, end],
            )
            copied = page.evaluate("navigator.clipboard.readText()")
            assert copied.startswith(r"$$Y_{i,j} = \sum_{a=0}^{k_h - 1}")
            assert copied.endswith("$$")
        page.evaluate(
            """() => {
                getSelection().selectAllChildren([...document.querySelectorAll("p")].find((p) => /For an image/.test(p.textContent)));
                document.execCommand("copy");
            }"""
        )
        copied = page.evaluate("navigator.clipboard.readText()")
        assert r"a kernel $K$ of height $k_h$ and width $k_w$, the" in " ".join(copied.split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_formula_and_the_mark_after_it_stay_on_one_line(site, language):
    for name, page in pages(site).items():
        if name.startswith(f"{language}/"):
            assert not re.search(
                r"</math>(?!\s*</)[,.;:，。；：！？、）”》]", _without_spans(page.text)
            ), name


def _without_spans(text):
    return re.sub(r'<span class="together">.*?</span>', "", text, flags=re.DOTALL)


def test_no_chinese_line_starts_with_a_mark(browser, address):  # noqa: F811
    with reader(browser, address) as (page, wrong):
        for name in visited("zh"):
            page.goto(f"{address}/{name}")
            page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
            for width in (360, 375, 412):
                page.set_viewport_size({"width": width, "height": 800})
                apart = page.evaluate(
                    """() => [...document.querySelectorAll(".together")].filter((span) => {
                        const math = span.firstElementChild.getBoundingClientRect();
                        const range = document.createRange();
                        range.selectNode(span.lastChild);
                        const mark = range.getBoundingClientRect();
                        return span.getClientRects().length && (mark.left < math.left || mark.top > math.bottom);
                    }).map((span) => span.parentElement.textContent)"""
                )
                assert apart == [], (name, width)
        assert wrong == []


def test_chinese_pages_say_that_they_are_in_simplified_characters(site):
    for name, page in pages(site).items():
        if name.startswith("zh/"):
            assert '<html lang="zh-Hans"' in page.text, name
    for picture in (site / "zh" / "pic").glob("*.svg"):
        assert 'xml:lang="zh-Hans"' in picture.read_text(encoding="utf-8"), picture.name


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_screen_reader_says_is_in_the_pages_language(site, language):
    """Names of code and of the site are the same in both."""
    for name, page in pages(site).items():
        if name.startswith(f"{language}/"):
            for tag, attributes in page.tags:
                for which in ("aria-label", "title", "placeholder", "alt"):
                    said = attributes.get(which) or ""
                    if said == "convdocs" or (
                        re.fullmatch(r"[A-Z]\w+", said) and tag in ("nav", "span")
                    ):
                        continue
                    if said and (language == "zh" or which != "title"):
                        assert bool(re.search(HAN, said)) == (language == "zh"), (name, tag, said)


def test_no_space_is_left_where_a_chinese_line_was_broken(site):
    for name, page in pages(site).items():
        if name.startswith("zh/"):
            soup = BeautifulSoup(page.text, "html.parser")
            for text in soup.select("article :is(p, li, td, dd)"):
                if not text.find(["pre", "code", "ul", "ol"]):
                    found = re.search(rf".{{0,9}}{HAN}[ \n]+{HAN}.{{0,9}}", text.get_text())
                    assert not found, (name, found[0])


# ---- paper ----


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_on_paper_all_is_dark_on_white_and_nothing_is_there_to_press(
    browser,  # noqa: F811
    address,
    language,
    scheme,
    tmp_path,
):
    with reader(browser, address, color_scheme=scheme) as (page, wrong):
        page.goto(f"{address}/{language}/lessons/cross-correlation/")
        page.wait_for_load_state("networkidle")
        page.evaluate("for (const i of document.images) i.loading = 'eager'")
        page.evaluate("Promise.all([...document.images].map((i) => i.decode().catch(() => 0)))")
        folded = "[...document.querySelectorAll('details')].filter((d) => d.open).length"
        assert page.evaluate(folded) == 0
        file = tmp_path / "page.pdf"
        page.pdf(path=file, format="A4", print_background=True)
        page.wait_for_timeout(200)
        assert page.evaluate(folded) == 0, "answers stay open after printing"

        page.emulate_media(media="print")
        shown = page.evaluate(
            "[...document.querySelectorAll('button, .downloads, .headerlink, .md-code__nav, .instead p')]"
            ".filter((e) => e.checkVisibility()).map((e) => e.outerHTML.slice(0, 80))"
        )
        assert shown == []
        wide = page.evaluate(
            "[...document.querySelectorAll('pre > code, .formula, .output')]"
            ".filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent)"
        )
        assert wide == []
        assert wrong == []

    text = subprocess.run(
        ["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "JavaScript" not in text
    assert ".ipynb" not in text
    answer = {"en": "Only the window at the bottom right", "zh": "只有右下角的窗口包含这个像素"}
    assert answer[language].replace(" ", "") in re.sub(r"\s", "", text), "answers are printed"
    subprocess.run(["pdftoppm", "-r", "40", "-png", file, tmp_path / "sheet"], check=True)
    sheets = sorted(tmp_path.glob("sheet*.png"))
    assert len(sheets) > 3
    for sheet in sheets:
        gray = Image.open(io.BytesIO(sheet.read_bytes())).convert("L")
        light = sum(gray.histogram()[200:]) / (gray.width * gray.height)
        assert light > 0.8, f"{sheet.name} is dark"
        assert gray.getextrema()[0] < 90, f"{sheet.name} has no dark text"
