"""The site as a reader meets it in Firefox and in WebKit, whose kin are Safari and all of iOS."""

import os
import time
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import pytest
import serve
import torch
from engines import FIREFOX, WATCH, WEBKIT, XVFB, firefox, until, webkit
from test_site import expected_pages

from convdocs import corr2d

MISSING = [
    package
    for package, program in (
        ("firefox-esr", FIREFOX),
        ("webkit2gtk-driver", WEBKIT),
        ("xvfb", XVFB),
    )
    if not program
]
if MISSING and os.environ.get("CI") != "true":
    pytest.skip(
        f"to open the site in Firefox and WebKit: apt-get install {' '.join(MISSING)}",
        allow_module_level=True,
    )

ENGINES = {"firefox": firefox, "webkit": webkit}
LANGUAGES = ("en", "zh")
WIDE = (1280, 900)
LABS = "correlation-lab, dense-lab, shift-lab, photo-lab, learning-lab"
CHARSET = b'<meta charset="utf-8">'
# A cell of the first picture, and the letters of a figure, in both schemes: see pic/svg.py.
CELL = {"light": (215, 231, 247), "dark": (29, 58, 87)}
INK = {"light": (31, 35, 40), "dark": (230, 232, 235)}


class Handler(serve.Handler):
    """Each page with a script that keeps what goes wrong; and what was asked for in vain."""

    missing: ClassVar[list[str]] = []

    def do_GET(self):  # noqa: N802
        path = Path(self.translate_path(self.path))
        page = path / "index.html" if path.is_dir() else path
        if self.path == "/watch.js":
            self.answer(WATCH.encode(), "text/javascript")
        elif page.suffix == ".html" and page.is_file() and self.path.endswith(("/", ".html")):
            watched = CHARSET + b'<script src="/watch.js"></script>'
            self.answer(page.read_bytes().replace(CHARSET, watched, 1), "text/html; charset=utf-8")
        else:
            super().do_GET()

    def answer(self, body, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def send_error(self, code, message=None, explain=None):
        self.missing.append(f"{code}: {self.path}")
        super().send_error(code, message, explain)


@pytest.fixture(scope="module")
def address(site):
    with serve.served(site, Handler) as where:
        yield where


@contextmanager
def visit(engine, address):
    """The browser as on a first visit; at the end, nothing has gone wrong."""
    engine.go(f"{address}/en/about/")
    engine.value("localStorage.clear(); sessionStorage.clear()")
    engine.resize(*WIDE)
    yield engine
    assert engine.wrong == []
    assert Handler.missing == []


@pytest.fixture(scope="module")
def browser(request, tmp_path_factory):
    assert not MISSING, f"CI needs {MISSING}, which are not installed"
    with ENGINES[request.param](tmp_path_factory.mktemp(request.param), dark=False) as engine:
        yield engine


@pytest.fixture
def reader(browser, address):
    with visit(browser, address):
        yield browser


GROUPED = [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in ENGINES]
in_each_engine = pytest.mark.parametrize("browser", GROUPED, indirect=True)
in_a_fresh_engine = pytest.mark.parametrize("engine", GROUPED)


@in_each_engine
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_opens_whole_and_without_error_in_a_narrow_and_a_wide_window(
    reader, address, language
):
    for name in expected_pages():
        if not name.startswith(f"{language}/"):
            continue
        reader.go(f"{address}/{name.removesuffix('index.html')}")
        for width in (reader.narrowest, WIDE[0]):
            reader.resize(width, WIDE[1])
            reader.until("return innerWidth === arguments[0]", width)
            wide = reader.value("return document.documentElement.scrollWidth")
            assert wide <= width, f"{name} is {wide} pixels wide in a window of {width}"
        is_whole(reader, name)


def is_whole(reader, name):
    """Whether a page's labs, pictures and formulas are all there."""
    for n in range(reader.value(f"return document.querySelectorAll({LABS!r}).length")):
        reader.until(
            f"""const lab = document.querySelectorAll({LABS!r})[arguments[0]];
            lab.scrollIntoView({{ behavior: "instant" }});
            return lab.hasAttribute("ready");""",
            n,
        )
    reader.until(
        """const images = [...document.images];
        for (const image of images) image.loading = "eager";
        return images.every((image) => image.complete);"""
    )
    broken = reader.value(
        """return [...document.images].filter((image) => !image.naturalWidth)
            .map((image) => image.src)"""
    )
    assert broken == [], name
    flat = reader.value(
        """return [...document.querySelectorAll("math")].filter((math) => {
            const { width, height } = math.getBoundingClientRect();
            return math.checkVisibility() && !(width && height);
        }).map((math) => math.textContent)"""
    )
    assert flat == [], name


@in_each_engine
@pytest.mark.parametrize(
    ("language", "query", "slug"),
    [
        ("en", "learning rate", "lessons/learning-a-kernel/"),
        ("zh", "平移不变性", "lessons/translation-invariance/"),
    ],
)
def test_the_search_finds_a_page_and_opens_it(reader, address, language, query, slug):
    reader.go(f"{address}/{language}/")
    reader.point("[data-md-component=search-query]")
    reader.press(*query)
    reader.point(f".md-search-result__link[href*='{slug}']")
    reader.until("return location.pathname === arguments[0]", f"/{language}/{slug}")


@in_each_engine
def test_the_language_switch_stays_on_the_page(reader, address):
    reader.go(f"{address}/en/lessons/channels/#inputs")
    for language, title in (("zh", "通道"), ("en", "Channels")):
        reader.point(".md-header .md-select", press=False)
        reader.point(f".md-select__link[hreflang={language}]")
        reader.until(
            """return location.pathname + location.hash === arguments[0]
                && document.querySelector("h1").textContent.includes(arguments[1])""",
            f"/{language}/lessons/channels/#inputs",
            title,
        )


@in_each_engine
def test_a_key_leads_to_the_next_page(reader, address):
    reader.go(f"{address}/zh/lessons/channels/")
    reader.point("h1")
    reader.press("n")
    reader.until("return location.pathname === '/zh/lessons/conv2d-layer/'")


@in_each_engine
def test_chinese_punctuation_is_as_wide_as_a_character(reader, address):
    reader.go(f"{address}/zh/")
    wide, size = reader.value(
        """const probe = document.createElement("span");
        probe.textContent = "中，中。";
        document.querySelector("article p").prepend(probe);
        return [probe.getBoundingClientRect().width, parseFloat(getComputedStyle(probe).fontSize)];"""
    )
    assert wide == pytest.approx(4 * size, rel=0.01)


@in_each_engine
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_copy_button_copies_the_code(reader, address, language):
    reader.go(f"{address}/{language}/lessons/cross-correlation/")
    code = reader.value("return document.querySelector('pre > code').innerText")
    reader.point(".highlight", press=False)
    reader.point(".md-code__button[data-md-type=copy]")
    assert pasted(reader).strip() == code.strip()
    assert code.startswith("import torch\n")


def pasted(reader):
    """What a reader pastes."""
    reader.value(
        """const field = document.createElement("textarea");
        document.querySelector("article").prepend(field);
        field.focus();"""
    )
    reader.press("v", holding=["Control"])
    return reader.until("return document.querySelector('article > textarea').value")


@in_each_engine
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_correlation_lab_answers_to_the_pointer_and_to_typing(reader, address, language):
    X, K = torch.arange(9.0).reshape(3, 3), torch.arange(4.0).reshape(2, 2)
    open_lab(reader, f"{address}/{language}/lessons/cross-correlation/", "correlation-lab")
    assert outputs(reader) == corr2d(X, K).flatten().tolist()
    reader.point("correlation-lab input[aria-label^=K]")
    reader.press("a", holding=["Control"])
    reader.press("8")
    K[0, 0] = 8
    until(
        "the output for the new kernel", lambda: outputs(reader) == corr2d(X, K).flatten().tolist()
    )
    reader.point("correlation-lab button", {"en": "Step", "zh": "下一步"}[language])
    reader.until(
        """const sum = document.querySelector("correlation-lab .sum").textContent;
        return Number(sum.split("=").at(-1)) === arguments[0];""",
        corr2d(X, K)[0, 1].item(),
    )


def open_lab(reader, url, lab):
    reader.go(url)
    reader.until(
        """const lab = document.querySelector(arguments[0]);
        lab.scrollIntoView({ block: "center", behavior: "instant" });
        return lab.hasAttribute("ready");""",
        lab,
    )


def outputs(reader):
    return reader.value(
        """const figure = [...document.querySelectorAll("correlation-lab figure")].at(-1);
        return [...figure.querySelectorAll("td")].map((cell) => Number(cell.textContent))"""
    )


@in_each_engine
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shift_lab_answers_to_the_keyboard(reader, address, language):
    open_lab(reader, f"{address}/{language}/lessons/translation-invariance/", "shift-lab")
    reader.value("document.querySelector('shift-lab select').focus()")
    reader.press("Tab")
    reader.until("return document.activeElement.matches('shift-lab svg')")
    moved = (
        "return [...document.querySelectorAll('shift-lab figure .sum')].map((e) => e.textContent)"
    )
    before = reader.value(moved)
    reader.press("ArrowDown", "ArrowRight", "ArrowRight")
    after = reader.until(moved)
    place = {"en": "moved {} down, {} right", "zh": "下移 {}，右移 {}"}[language]
    assert before[0] == place.format(3, 4)
    assert after[0] == place.format(4, 6)
    assert after[1].endswith(" 0.000")  # the shared kernel's response moves along
    assert not after[2].endswith(" 0.000")  # the random weights' does not


@pytest.mark.parametrize("system", ["light", "dark"])
@in_a_fresh_engine
def test_pictures_stand_in_the_scheme_of_the_page(tmp_path, site, address, engine, system):
    assert not MISSING, f"CI needs {MISSING}, which are not installed"
    with (
        ENGINES[engine](tmp_path, dark=system == "dark") as started,
        visit(started, address) as reader,
    ):
        for language in LANGUAGES:
            for choice in (system, "light", "dark", system):
                reader.go(f"{address}/{language}/")
                shows(reader, "img.picture", CELL, choice)
                reader.go(f"{address}/{language}/lessons/learning-a-kernel/")
                shows(reader, "img.figure", INK, choice)
                reader.point("label[for^=__palette]")  # the system's, light, dark, and again


def shows(reader, picture, colours, scheme):
    """Wait until a picture has the colour of this scheme, and not that of the other."""
    (other,) = colours.keys() - {scheme}

    def right():
        shown = seen(reader, picture)
        count = {colour: n for n, colour in shown.getcolors(shown.width * shown.height)}
        # Where an edge is smoothed, a pixel or two may have any colour.
        return count.get(colours[scheme], 0) > 10 * count.get(colours[other], 0)

    until(f"{picture} is {scheme}", right)


def seen(reader, picture):
    """The part of the screen on which a picture stands."""
    box = reader.until(
        """const picture = document.querySelector(arguments[0]);
        picture?.scrollIntoView({ block: "center", behavior: "instant" });
        const { left, top, right, bottom } = picture?.getBoundingClientRect() ?? {};
        return picture?.complete && [left, top, right, bottom];""",
        picture,
    )
    return reader.screenshot().crop([round(side) for side in box])


@in_a_fresh_engine
def test_a_moving_picture_stands_still_in_the_dark(tmp_path, address, engine):
    picture = ".picture:has(+ .motion)"
    with ENGINES[engine](tmp_path, dark=True) as started, visit(started, address) as reader:
        reader.go(f"{address}/zh/lessons/cross-correlation/")
        shows(reader, picture, CELL, "dark")
        reader.point(".motion")
        shows(reader, picture, CELL, "dark")
        time.sleep(0.5)
        still = seen(reader, picture)
        time.sleep(2.5)  # a place takes two
        assert seen(reader, picture) == still
