"""The site as a reader meets it, in Chromium."""

import os
import re
import shutil
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect, sync_playwright
from test_site import expected_pages

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
if not CHROMIUM and os.environ.get("CI") != "true":
    pytest.skip(
        "install Chromium to run the browser tests: apt-get install chromium",
        allow_module_level=True,
    )

# Without these, Chromium calls its maker's hosts by itself; as root it needs the first.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LANGUAGES = ("en", "zh")
# Keeps in window.moved what moves on a page, how far, and from where to where.
WATCH_MOVES = """window.moved = [];
new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries()) {
        const what = sources.map((s) => [
            s.node?.outerHTML?.slice(0, 90), s.previousRect.toJSON(), s.currentRect.toJSON(),
        ]);
        window.moved.push([value, ...what]);
    }
}).observe({ type: "layout-shift", buffered: true });"""


@pytest.fixture(scope="module")
def browser():
    assert CHROMIUM, "CI needs Chromium, and it is not installed"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@contextmanager
def reader(browser, address, **options):
    """A page of a fresh browser profile, and a list of all that went wrong on it."""
    context = browser.new_context(**options)
    page = context.new_page()
    wrong = []
    page.on("console", lambda m: wrong.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "requestfailed",
        lambda r: (
            wrong.append(f"failed: {r.url}") if "ERR_ABORTED" not in (r.failure or "") else None
        ),
    )
    page.on(
        "request",
        lambda r: (
            wrong.append(f"foreign: {r.url}")
            if not r.url.startswith((address, "data:", "blob:"))
            else None
        ),
    )
    yield page, wrong
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_opens_without_error_and_fits_a_phone(browser, address, language):
    phone = {"width": 375, "height": 812}
    with reader(browser, address, viewport=phone) as (page, wrong):
        for name in expected_pages():
            if name.startswith(f"{language}/") and not name.endswith("404.html"):
                page.goto(f"{address}/{name.removesuffix('index.html')}")
                page.wait_for_load_state("load")
                width = page.evaluate("document.documentElement.scrollWidth")
                assert width <= 375, f"{name} is {width} pixels wide"
                page.set_viewport_size({"width": 1280, "height": 800})
                hidden = page.evaluate(
                    "[...document.querySelectorAll('pre > code')].filter("
                    "(code) => code.scrollWidth > code.clientWidth).map((code) => code.innerText)"
                )
                assert hidden == [], f"{name} has code that a wide window does not show whole"
                page.set_viewport_size(phone)
                assert page.locator("math").count() == 0 or page.evaluate(
                    "document.fonts.ready.then(() => document.fonts.check('16px \"STIX Two Math\"'))"
                )
        assert wrong == []


@pytest.mark.parametrize(
    ("language", "query", "slug"),
    [
        ("zh", "平移不变性", "lessons/translation-invariance/"),
        ("zh", "互相关", "lessons/cross-correlation/"),
        ("zh", "学习率", "lessons/learning-a-kernel/"),
        ("en", "learning rate", "lessons/learning-a-kernel/"),
        ("en", "cross-correlation", "lessons/cross-correlation/"),
        ("en", "卷积核", "glossary/"),
    ],
)
@pytest.mark.parametrize("how", ["typed", "input method"])
def test_the_first_query_right_after_opening_finds_its_page(
    browser, address, language, query, slug, how
):
    with reader(browser, address) as (page, wrong):
        page.goto(f"{address}/{language}/")
        page.keyboard.press("/")
        if how == "typed":
            page.keyboard.type(query)
        else:  # text that arrives without any key, as from an input method or the clipboard
            page.locator("[data-md-component=search-query]").focus()
            page.keyboard.insert_text(query)
        links = page.locator(".md-search-result__link")
        expect(links.first).to_be_visible(timeout=15_000)
        found = links.evaluate_all("links => links.map(link => link.href)")
        assert any(slug in link for link in found), found
        assert wrong == []


def open_other_language(page, language):
    page.locator(".md-header .md-select").hover()
    page.locator(f".md-select__link[hreflang={language}]").click()


def test_the_language_switch_stays_on_the_page(browser, address):
    with reader(browser, address) as (page, wrong):
        page.goto(f"{address}/en/lessons/channels/#inputs")
        open_other_language(page, "zh")
        page.wait_for_url("**/zh/lessons/channels/#inputs")
        expect(page.locator("h1")).to_contain_text("通道")
        open_other_language(page, "en")
        page.wait_for_url("**/en/lessons/channels/#inputs")
        assert wrong == []


def test_the_language_switch_stays_on_the_page_after_instant_navigation(browser, address):
    def sitemap(route):
        """What a site that knows its address serves, for instant navigation reads it."""
        urls = "".join(
            f"<url><loc>{address}/{name.removesuffix('index.html')}</loc></url>"
            for name in expected_pages()
            if name.startswith(route.request.url.removeprefix(f"{address}/")[:3])
        )
        route.fulfill(
            content_type="application/xml",
            body=f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>',
        )

    with reader(browser, address) as (page, wrong):
        page.route("**/sitemap.xml", sitemap)
        page.goto(f"{address}/en/lessons/cross-correlation/")
        page.wait_for_load_state("networkidle")
        page.evaluate("window.sameDocument = true")
        page.locator(".md-footer__link--next").click()
        page.wait_for_url("**/en/lessons/kernels/")
        expect(page.locator("h1")).to_contain_text("What a kernel does to a photo")
        assert page.evaluate("window.sameDocument"), "the navigation was not instant"
        open_other_language(page, "zh")
        page.wait_for_url("**/zh/lessons/kernels/")
        expect(page.locator("h1")).to_contain_text("卷积核对照片做了什么")
        assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_copy_button_copies_the_code_and_nothing_else(browser, address, language):
    with reader(browser, address, permissions=["clipboard-read", "clipboard-write"]) as (
        page,
        wrong,
    ):
        page.goto(f"{address}/{language}/lessons/cross-correlation/")
        block = page.locator(".highlight", has_text="import torch").first
        block.hover()
        block.locator("button").first.click()
        page.wait_for_timeout(200)
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.startswith("import torch\nfrom torch.nn import functional as F\n")
        assert copied.rstrip().endswith("window * K, (window * K).sum()")
        assert page.locator(".output button").count() == 0

        page.goto(f"{address}/{language}/api/correlation/")
        block = page.locator(".highlight", has_text="corr2d(X, K)").first
        block.hover()
        block.locator("button").first.click()
        page.wait_for_timeout(200)
        copied = page.evaluate("navigator.clipboard.readText()")
        assert ">>>" not in copied
        assert "tensor(" not in copied
        scope = {}
        exec(copied, scope)
        assert scope["X"].shape == (3, 3)
        assert wrong == []


@pytest.mark.parametrize("width", [375, 1280])
def test_a_link_into_a_long_page_leads_to_its_place(browser, address, width):
    with reader(browser, address, viewport={"width": width, "height": 800}) as (page, wrong):
        page.goto(f"{address}/en/api/correlation/")
        page.wait_for_load_state("networkidle")
        for name in ("conv3d", "corr2d", "conv2d"):
            page.evaluate("name => { location.hash = `convdocs.correlation.${name}` }", name)
            page.wait_for_timeout(500)
            heading = page.locator(f"[id='convdocs.correlation.{name}']")
            assert 0 <= heading.bounding_box()["y"] <= 160
        assert wrong == []


def test_dark_follows_the_system_and_then_the_reader(browser, address):
    def scheme(page):
        return page.evaluate("document.body.dataset.mdColorScheme")

    for system, other in (("dark", "default"), ("light", "slate")):
        with reader(browser, address, color_scheme=system) as (page, wrong):
            page.goto(f"{address}/en/")
            assert scheme(page) == {"dark": "slate", "light": "default"}[system]
            seen = set()
            for _ in range(3):
                page.locator("label[for^=__palette]:visible").click()
                page.wait_for_timeout(100)
                seen.add(scheme(page))
            assert other in seen
            assert wrong == []


def test_a_picture_follows_the_page_rather_than_the_system(browser, address):
    def brightness(page):
        """The picture's own cell colour, read from a canvas."""
        return page.evaluate(
            """async () => {
                const image = document.querySelector("img.picture");
                image.loading = "eager"; await image.decode();
                return getComputedStyle(image).colorScheme;
            }"""
        )

    with reader(browser, address, color_scheme="light") as (page, _):
        page.goto(f"{address}/en/")
        assert "light" in brightness(page)
        page.evaluate("document.body.dataset.mdColorScheme = 'slate'")
        assert "dark" in brightness(page)


@pytest.mark.parametrize(
    ("locale", "language"), [("zh-CN", "zh"), ("en-GB", "en"), ("fr-FR", "en")]
)
def test_the_root_sends_readers_to_their_language(browser, address, locale, language):
    with reader(browser, address, locale=locale) as (page, wrong):
        page.goto(f"{address}/")
        page.wait_for_url(f"**/{language}/")
        assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_missing_page_is_answered_in_the_language_asked_for(browser, address, language):
    with reader(browser, address) as (page, wrong):
        response = page.goto(f"{address}/{language}/no/such/page/")
        assert response.status == 404
        text = {"en": "There is no such page", "zh": "没有这个页面"}[language]
        expect(page.locator("h1")).to_have_text(text)
        page.locator("article a").click()
        page.wait_for_url(f"**/{language}/")
        assert [w for w in wrong if "404" not in w] == []


def test_without_javascript_everything_is_there_to_read(browser, address):
    with reader(browser, address, java_script_enabled=False) as (page, _):
        page.goto(f"{address}/")
        page.get_by_text("阅读中文版").click()
        page.wait_for_url("**/zh/")
        page.goto(f"{address}/zh/lessons/learning-a-kernel/")
        assert page.locator("math").count() > 10
        page.locator("details.answer summary").first.click()
        expect(page.locator("details.answer .output").first).to_be_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_moving_picture_can_be_stopped_and_started_by_keyboard(browser, address, language):
    with reader(browser, address) as (page, wrong):
        page.goto(f"{address}/{language}/lessons/cross-correlation/")
        picture = page.locator("img[src*=sliding-kernel]")
        stop = page.locator(".motion")
        picture.scroll_into_view_if_needed()
        moving = picture.screenshot()
        page.wait_for_timeout(2500)
        assert picture.screenshot() != moving
        stop.focus()
        page.keyboard.press("Enter")
        assert stop.get_attribute("aria-pressed") == "true"
        page.wait_for_timeout(300)
        still = picture.screenshot()
        page.wait_for_timeout(2500)
        assert picture.screenshot() == still
        page.keyboard.press("Enter")
        assert stop.get_attribute("aria-pressed") == "false"
        assert wrong == []

    with reader(browser, address, reduced_motion="reduce") as (page, wrong):
        page.goto(f"{address}/{language}/lessons/cross-correlation/")
        expect(page.locator(".motion")).to_be_hidden()


def test_the_texts_of_the_pictures_stay_inside_and_apart_and_can_be_read_on_a_phone(
    browser, address
):
    from test_pictures import PIC

    with reader(browser, address) as (page, _):
        for path in sorted(PIC.glob("*.svg")):
            page.set_content(path.read_text(encoding="utf-8"))
            outside, together, small = page.evaluate(
                """() => {
                    const svg = document.querySelector("svg");
                    const box = svg.getBoundingClientRect();
                    const shrunk = Math.min(1, 343 / svg.viewBox.baseVal.width); // in a window of 375
                    const texts = [...document.querySelectorAll("text")].filter((text) => !text.closest(".p"));
                    const places = texts.map((text) => text.getBoundingClientRect());
                    const said = (found) => found.map((text) => text.textContent);
                    return [
                        said(texts.filter((_, i) => places[i].left < box.left || places[i].right > box.right
                            || places[i].top < box.top || places[i].bottom > box.bottom)),
                        said(texts.filter((_, i) => places.some((other, j) => i !== j
                            && other.left < places[i].right && places[i].left < other.right
                            && other.top + 4 < places[i].bottom && places[i].top + 4 < other.bottom))),
                        said(texts.filter((text) => parseFloat(getComputedStyle(text).fontSize) * shrunk < 12)),
                    ];
                }"""
            )
            assert outside == [], path.name
            assert together == [], path.name
            assert small == [], path.name


def test_the_reader_can_tell_output_from_code_without_seeing_colours(browser, address):
    with reader(browser, address) as (page, _):
        page.goto(f"{address}/zh/lessons/corr2d/")
        outputs = page.get_by_role("group", name="输出")
        assert outputs.count() >= 5
        label = outputs.first.evaluate("e => getComputedStyle(e, '::before').content")
        assert re.fullmatch(r'"输出"|attr\(aria-label\)', label)
