"""Search finds what readers ask for: the site's own worker, on the built index, in Chromium."""

import gzip
import json
import re
import tomllib

import pytest
from checks import BUDGET
from delivery import mend
from labs import INSTEAD
from mkdocs.exceptions import PluginError
from pictures import STOP
from playwright.sync_api import expect
from search import lead, text_of
from terms import entries
from test_browser import LANGUAGES, browser, reader  # noqa: F401  (a fixture)
from test_site import ROOT

import convdocs

# As Material's script does it: the worker, its setup message, and then the queries one by one.
ASK = """async ([queries, worker]) => {
    const index = await (await fetch("search/search_index.json")).json();
    const searching = new Worker(worker);
    const ask = (message) => new Promise((resolve, reject) => {
        setTimeout(reject, 20_000, `no answer to ${JSON.stringify(message.data).slice(0, 99)}`);
        searching.addEventListener("message", ({ data }) => resolve(data.data), { once: true });
        searching.postMessage(message);
    });
    await ask({ type: 0, data: { ...index, options: { suggest: false } } });
    const found = {};
    for (const query of queries) found[query] = (await ask({ type: 2, data: query })).items;
    return found;
}"""

# What readers type, and the page that they mean: the first one, of both sites.
FIRST = {
    # words, in other forms
    "cross correlation": "lessons/cross-correlation/",
    "Cross-Correlation": "lessons/cross-correlation/",
    "edge detector": "lessons/edge-detection/",
    "detecting edges": "lessons/edge-detection/",
    "channels": "lessons/channels/",
    "locality": "lessons/locality/",
    "local connectivity": "lessons/locality/",
    "translation invariant": "lessons/translation-invariance/",
    "fully connected": "lessons/cats-and-dogs/",
    "separable": "lessons/kernels/",
    "1d": "lessons/one-and-three-dimensions/",
    "from scratch": "lessons/corr2d/",
    "Gram": "lessons/learning-a-kernel/",
    "fourier": "performance/",
    # without the sign that no keyboard has
    "1x1": "lessons/channels/",
    "1×1": "lessons/channels/",
    "1x1 convolution": "lessons/channels/",
    # Chinese
    "互相关": "lessons/cross-correlation/",
    "交叉相关": "lessons/cross-correlation/",
    "卷积": "lessons/correlation-vs-convolution/",
    "卷积层": "lessons/conv2d-layer/",
    "卷积神经网络": "lessons/conv2d-layer/",
    "局部性": "lessons/locality/",
    "平移不变性": "lessons/translation-invariance/",
    "参数共享": "lessons/translation-invariance/",
    "权重共享": "lessons/translation-invariance/",
    "全连接层": "lessons/cats-and-dogs/",
    "稠密层": "lessons/cats-and-dogs/",
    "感受野": "lessons/locality/",
    "边缘检测": "lessons/edge-detection/",
    "通道": "lessons/channels/",
    "托普利茨": "lessons/dense-to-conv/",
    "学习率": "lessons/learning-a-kernel/",
    "梯度下降": "lessons/learning-a-kernel/",
    "1x1 卷积": "lessons/channels/",
    "一维": "lessons/one-and-three-dimensions/",
}
# The same, among the first three.
AMONG = {
    "kernels": "lessons/cross-correlation/",
    "convolutions": "lessons/correlation-vs-convolution/",
    "learning a kernel": "lessons/learning-a-kernel/",
    "flipping": "lessons/correlation-vs-convolution/",
    "flip the kernel": "lessons/correlation-vs-convolution/",
    "blurring": "lessons/kernels/",
    "sharpening": "lessons/kernels/",
    "strides": "lessons/cross-correlation/",
    "padded": "lessons/cross-correlation/",
    "receptive fields": "lessons/locality/",
    "learning rates": "lessons/learning-a-kernel/",
    "CNN": "lessons/conv2d-layer/",
    "equivariant": "lessons/translation-invariance/",
    "max pooling": "lessons/translation-invariance/",
    "Toeplitz": "lessons/dense-to-conv/",
    "Sobel": "lessons/edge-detection/",
    "3x3": "lessons/cross-correlation/",
    "output size": "lessons/cross-correlation/",
    "Hadamard": "lessons/cross-correlation/",
    "cats": "lessons/cats-and-dogs/",
    "unfold": "lessons/corr2d/",
    "im2col": "lessons/corr2d/",
    "nn.Conv2d": "api/layers/",
    "F.conv2d": "api/correlation/",
    "numel": "lessons/cats-and-dogs/",
    "weight.numel": "lessons/cats-and-dogs/",
    "learning_rate": "api/learning/",
    "padding": "lessons/cross-correlation/",
    "卷积核": "lessons/cross-correlation/",
    "滤波器": "lessons/cross-correlation/",
    "步幅": "lessons/cross-correlation/",
    "步长": "lessons/cross-correlation/",
    "池化": "lessons/translation-invariance/",
    "膨胀": "lessons/cross-correlation/",
    "空洞卷积": "lessons/cross-correlation/",
    "偏置": "lessons/conv2d-layer/",
    "偏移": "lessons/conv2d-layer/",
    "特征映射": "lessons/channels/",
    "特征图": "lessons/channels/",
    "神经元": "lessons/cats-and-dogs/",
    "等变性": "lessons/translation-invariance/",
    "托普利茨矩阵": "lessons/dense-to-conv/",
    "锐化": "lessons/kernels/",
    "损失函数": "lessons/learning-a-kernel/",
    "假设空间": "lessons/translation-invariance/",
}
# And of what only one of the sites says.
ONLY = {
    "en": {
        "why not dense": "lessons/cats-and-dogs/",
        "what is a stride": "lessons/cross-correlation/",
    },
    "zh": {
        "什么是感受野": "lessons/locality/",
        "卷积核翻转": "lessons/correlation-vs-convolution/",
        "最小二乘": "lessons/learning-a-kernel/",
        "从零实现": "lessons/corr2d/",
        "猫狗": "lessons/cats-and-dogs/",
    },
}
NAMES = tomllib.loads((ROOT / "docs" / "names.toml").read_text(encoding="utf-8"))
TERMS = entries(ROOT / "docs" / "en" / "glossary.md")
WORDS = ("numel", "conv2d", "numpy", "learning_rate", "padding", "equivariance", "unfold")


def names(term):
    """All that anybody calls it."""
    others = [name for english in term.english for name in NAMES["terms"].get(english, [])]
    return [*term.names, *term.others, *others]


@pytest.fixture(scope="module")
def found(browser, address, site):  # noqa: F811
    """For each language and query, the results: lists of sections, one for each page."""
    queries = [
        *FIRST,
        *AMONG,
        *WORDS,
        *convdocs.__all__,
        *(name for term in TERMS for name in names(term)),
        *(name for known in NAMES["places"].values() for name in known),
    ]
    results = {}
    for language in LANGUAGES:
        (worker,) = (site / language / "assets" / "javascripts" / "workers").glob("search.*.js")
        with reader(browser, address) as (page, wrong):
            page.goto(f"{address}/{language}/")
            page.keyboard.press("/")  # until then, no worker starts
            script = f"assets/javascripts/workers/{worker.name}"
            results[language] = page.evaluate(ASK, [[*queries, *ONLY[language]], script])
            assert wrong == []
    return results


@pytest.fixture(scope="module")
def indexes(site):
    return {
        language: json.loads((site / language / "search" / "search_index.json").read_text("utf-8"))
        for language in LANGUAGES
    }


def pages(results):
    return [page[0]["location"].partition("#")[0] for page in results]


@pytest.mark.parametrize("language", LANGUAGES)
def test_readers_find_the_page_they_mean(found, language):
    wanted = {query: (1, page) for query, page in FIRST.items()}
    wanted |= {query: (3, page) for query, page in (AMONG | ONLY[language]).items()}
    assert len(wanted) >= 80
    missed = {
        query: (page, pages(found[language][query])[:4])
        for query, (within, page) in wanted.items()
        if page not in pages(found[language][query])[:within]
    }
    assert missed == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_of_a_term_leads_to_its_lesson_and_to_the_glossary(found, language):
    missed = {}
    for term in TERMS:
        for name in names(term):
            first = pages(found[language][name])[:4]
            lesson = f"lessons/{term.lesson}/" in first[:3]
            if not lesson or "glossary/" not in first or first[0].startswith("api/"):
                missed[name] = (term.lesson, first)
    assert missed == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_other_name_leads_to_its_place(found, language):
    missed = {
        name: (place, pages(found[language][name])[:3])
        for place, known in NAMES["places"].items()
        for name in known
        if pages(found[language][name])[:1] != [place.partition("#")[0]]
    }
    assert missed == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_public_name_leads_to_its_documentation(found, language):
    missed = {}
    for name in convdocs.__all__:
        # Who searches does not care for capitals: conv2d and Conv2D share the first two places.
        same = [other for other in convdocs.__all__ if other.lower() == name.lower()]
        first = [page[0]["location"] for page in found[language][name][: len(same)]]
        if not any(re.fullmatch(rf"api/\w+/#convdocs\.\w+\.{name}", place) for place in first):
            missed[name] = first
    assert missed == {}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("word", WORDS)
def test_no_page_that_holds_a_word_is_missing(found, indexes, language, word):
    holding = {
        section["location"].partition("#")[0]
        for section in indexes[language]["docs"]
        if re.search(rf"(?<![a-z]){word}", section["title"] + section["text"], re.IGNORECASE)
    }
    assert holding
    assert holding <= {*pages(found[language][word])}


@pytest.mark.parametrize("language", LANGUAGES)
def test_results_hold_only_words_that_somebody_wrote_for_them(found, indexes, language):
    stand_ins = [does[language] for _, _, does in INSTEAD.values()]
    unwritten = [*stand_ins, STOP[language], {"en": "Used in:", "zh": "用到它的课程"}[language]]
    for section in indexes[language]["docs"]:
        text = section["text"].replace("\u200b", "")
        assert not [words for words in unwritten if words in text], section["location"]
        if section["location"].startswith("pictures/"):
            assert ".svg" not in text, section["location"]
    for query, results in found[language].items():
        for section in (section for page in results for section in page):
            assert "\u200b" not in section["title"] + section["text"], query


@pytest.mark.parametrize(
    ("language", "query", "marked"),
    [
        ("zh", "步幅", "步幅"),
        ("zh", "卷积核", "卷积核"),
        ("zh", "1x1 卷积", "1×1"),
        ("en", "flipping", "flip"),
        ("en", "strides", "stride"),
        ("en", "1x1", "1×1"),
        ("en", "learning_rate", "learning_rate"),
    ],
)
def test_what_was_found_is_marked_in_the_results_and_on_the_page(
    browser,  # noqa: F811
    address,
    language,
    query,
    marked,
):
    with reader(browser, address) as (page, wrong):
        page.goto(f"{address}/{language}/?q={query}")
        result = page.locator(".md-search-result__link:has(mark)").first
        expect(result).to_be_visible(timeout=15_000)
        assert any(marked in m.lower() for m in result.locator("mark").all_inner_texts())
        assert "\u200b" not in result.inner_text()
        page.goto(result.evaluate("link => link.href"))
        expect(page.locator("article mark").first).to_be_attached(timeout=15_000)
        marks = page.locator("article mark").all_text_contents()  # in folded answers too
        assert marked in {m.lower() for m in marks}
        assert not [m for m in marks if m.strip() == ""]
        assert wrong == []


def test_the_index_and_its_script_are_light(site):
    for language in LANGUAGES:
        (worker,) = (site / language / "assets" / "javascripts" / "workers").glob("search.*.js")
        files = [worker, site / language / "search" / "search_index.json"]
        assert sum(len(gzip.compress(file.read_bytes())) for file in files) <= BUDGET["search"]


def test_formulas_read_as_text():
    from bs4 import BeautifulSoup

    def read(mathml):
        return text_of(BeautifulSoup(f"<math>{mathml}</math>", "html.parser").math)

    assert read("<mi>Y</mi><mo>=</mo><mi>X</mi><mo>⋆</mo><mi>K</mi>") == "Y = X ⋆ K"
    assert read("<msub><mi>k</mi><mi>h</mi></msub><mo>,</mo><mi>n</mi>") == "k<sub>h</sub>, n"
    assert read("<mfrac><mn>1</mn><mn>9</mn></mfrac>").strip() == ""


def test_names_of_a_place_that_no_page_has_stop_the_build():
    with pytest.raises(PluginError, match="lessons/nowhere/"):
        lead([], [], {"lessons/nowhere/": ["somewhere"]})


def test_a_script_that_is_not_as_it_was_stops_the_build(tmp_path):
    script = tmp_path / "search.js"
    script.write_text("once(); twice(); twice()", encoding="utf-8")
    mend(script, [(r"once\(\)", "done()")])
    assert script.read_text(encoding="utf-8") == "done(); twice(); twice()"
    for old in (r"once\(\)", r"twice\(\)"):
        with pytest.raises(PluginError, match=r"search\.js is not as it was"):
            mend(script, [(old, "")])
