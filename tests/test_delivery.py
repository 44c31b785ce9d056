"""What a page costs its reader, and what it lets in."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import serve
from audit import Zipped
from checks import BUDGET
from playwright.sync_api import expect
from test_browser import LANGUAGES, WATCH_MOVES, browser, reader  # noqa: F401  (a fixture)
from test_install import command
from test_site import ROOT, Page, expected_pages, pages


def test_one_style_sheet_blocks_the_first_paint_and_nothing_else(site):
    for name, page in pages(site).items():
        if "/" not in name:  # the page that chooses a language needs its script first
            continue
        head = Page(page.text[: page.text.index("</head>")])
        assert [a["rel"] for t, a in head.tags if t == "link"].count("stylesheet") == 1, name
        assert [a for t, a in head.tags if t == "script" and "src" in a] == [], name


@pytest.fixture(scope="module")
def zipped(site):
    """The site as a host would serve it."""
    with serve.served(site, Zipped) as where:
        yield where


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_first_load_and_a_second_page_are_light(browser, zipped, language):  # noqa: F811
    with reader(browser, zipped, viewport={"width": 412, "height": 823}) as (page, wrong):
        client = page.context.new_cdp_session(page)
        client.send("Network.enable")
        received, urls = [], []
        client.on("Network.loadingFinished", lambda e: received.append(e["encodedDataLength"]))
        page.on("request", lambda request: urls.append(request.url))
        page.goto(f"{zipped}/{language}/lessons/learning-a-kernel/")
        page.wait_for_load_state("networkidle")
        assert 0 < sum(received) <= BUDGET["first_load"]
        assert not [url for url in urls if "search_index" in url or "workers" in url]
        first = sum(received)
        page.goto(f"{zipped}/{language}/lessons/edge-detection/")
        page.wait_for_load_state("networkidle")
        assert 0 < sum(received) - first <= BUDGET["second_page"]
        assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_search_index_comes_when_search_opens_and_not_before(browser, address, language):  # noqa: F811
    with reader(browser, address) as (page, wrong):
        asked = []
        page.on("request", lambda r: asked.append(r.url))
        page.goto(f"{address}/{language}/lessons/locality/")
        page.wait_for_load_state("networkidle")
        assert not [u for u in asked if "/search" in u]
        page.keyboard.press("/")
        page.keyboard.type({"en": "kernel", "zh": "卷积核"}[language])
        expect(page.locator(".md-search-result__link").first).to_be_visible(timeout=15_000)
        assert len([u for u in asked if u.endswith("search_index.json")]) == 1
        assert len([u for u in asked if "/workers/search" in u]) == 1
        assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_to_a_search_still_finds(browser, address, language):  # noqa: F811
    with reader(browser, address) as (page, wrong):
        query = {"en": "stride", "zh": "步幅"}[language]
        page.goto(f"{address}/{language}/?q={query}")
        expect(page.locator(".md-search-result__link").first).to_be_visible(timeout=15_000)
        assert wrong == []


@pytest.mark.parametrize(
    "name",
    ["en/", "zh/lessons/learning-a-kernel/", "en/labs/", "zh/api/correlation/", "en/pictures/"],
)
@pytest.mark.parametrize("width", [412, 1300])
@pytest.mark.parametrize("seconds", [0, 1])
def test_nothing_moves_while_a_page_loads(browser, address, name, width, seconds):  # noqa: F811
    def font(route):
        time.sleep(seconds)
        route.continue_()

    with reader(browser, address, viewport={"width": width, "height": 823}) as (page, wrong):
        page.add_init_script(WATCH_MOVES)
        page.route("**/*.woff2", font)
        page.goto(f"{address}/{name}")
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(500)
        moved = page.evaluate("window.moved")
        assert sum(value for value, *_ in moved) < 0.001, moved
        assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phone_shows_a_search_without_moving_or_widening(browser, address, language):  # noqa: F811
    phone = {"viewport": {"width": 412, "height": 823}, "is_mobile": True, "has_touch": True}
    with reader(browser, address, **phone) as (page, wrong):
        page.add_init_script(WATCH_MOVES)
        page.add_init_script(
            "window.widest = 0; (function look() {"
            "if (document.body) widest = Math.max(widest, innerWidth); requestAnimationFrame(look) })()"
        )
        page.goto(f"{address}/{language}/?q={ {'en': 'kernel', 'zh': '卷积核'}[language] }")
        expect(page.locator(".md-search-result__link").first).to_be_visible(timeout=15_000)
        page.wait_for_timeout(500)
        assert page.evaluate("widest") == 412
        moved = page.evaluate("window.moved")
        assert sum(value for value, *_ in moved) < 0.001, moved
        assert wrong == []


# ---- the policy ----


def test_every_page_brings_a_strict_policy(site):
    for name in expected_pages():
        text = (site / name).read_text(encoding="utf-8")
        policy = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)">', text)
        assert policy, name
        assert "<script" not in text[: text.index(policy[0])], name
        for word in ("unsafe", "http:", "https:", "*", "blob:"):
            assert word not in policy[1], name
        assert policy[1].startswith("default-src 'none'; script-src 'self'")
        assert not re.search(r"<[^>]+ on[a-z]+=", text), name
        assert not re.search(r'<[a-z][^>]* style="', text), name
    headers = (site / "_headers").read_text(encoding="utf-8")
    assert "frame-ancestors 'none'" in headers
    assert "X-Content-Type-Options: nosniff" in headers


@pytest.mark.parametrize("name", ["en/", "zh/lessons/dense-to-conv/", "en/labs/"])
def test_the_policy_stops_what_is_not_ours(browser, address, name):  # noqa: F811
    with reader(browser, address) as (page, _):
        page.goto(f"{address}/{name}")
        page.wait_for_load_state("networkidle")
        stopped = page.evaluate(
            """async () => {
                const stopped = [];
                addEventListener("securitypolicyviolation", (e) => stopped.push(e.blockedURI === "eval" ? "eval" : e.effectiveDirective));
                const add = (name, attributes) =>
                    document.body.append(Object.assign(document.createElement(name), attributes));
                add("script", { textContent: "window.inline = 1" });
                add("script", { src: "https://example.com/x.js" });
                add("img", { src: "https://example.com/x.png" });
                add("iframe", { src: "https://example.com/" });
                document.body.insertAdjacentHTML("beforeend", "<i onclick='window.handled = 1' style='color: red'>x</i>");
                document.body.lastElementChild.click();
                setTimeout("window.evaluated = 1");
                try { await fetch("https://example.com/"); } catch { stopped.push("fetch"); }
                await new Promise((done) => setTimeout(done, 300));
                return [stopped, window.inline, window.handled, window.evaluated];
            }"""
        )
        kinds, *ran = stopped
        assert ran == [None, None, None]
        for kind in (
            "script-src-elem",
            "img-src",
            "frame-src",
            "script-src-attr",
            "style-src-attr",
            "eval",
            "fetch",
        ):
            assert kind in kinds


def test_the_workflows_give_nothing_away():
    zizmor = command(Path(sys.prefix), "zizmor")
    told = subprocess.run(
        [zizmor, "--offline", "--no-progress", ".github"], cwd=ROOT, capture_output=True, text=True
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert "No findings" in told.stdout + told.stderr
