import asyncio
import json
from pathlib import Path
from types import SimpleNamespace

import execution
import lessons as publishing
import nbformat
import pytest
from bilingual import Lesson, LessonError, check, lessons, same_in_both
from execution import execute, executed, for_people
from lessons import join_lines
from mkdocs_jupyter import convert

HEADER = """# ---
# jupyter:
#   convdocs:
#     description: {en: A test., zh: 测试。}
#     time_limit: 5
# ---
"""
PAIR = """
# %% [markdown] tags=["en"]
# # Title { #title }
#
# Two is {{ 1 + 1 }}.

# %% [markdown] tags=["zh"]
# # 标题 { #title }
#
# 二是 {{ 1 + 1 }}。
"""


def lesson(folder: Path, cells: str, header: str = HEADER) -> Lesson:
    path = folder / "test.py"
    path.write_text(header + cells, encoding="utf-8")
    return Lesson(path)


def run(one: Lesson) -> nbformat.NotebookNode:
    target = one.path.with_suffix(".ipynb")
    asyncio.run(execute(one, target))
    return nbformat.read(target, as_version=4)


@pytest.mark.parametrize("one", lessons(), ids=lambda one: one.slug)
def test_every_lesson_stands_in_both_languages(one):
    check(one)


@pytest.mark.parametrize("one", lessons(), ids=lambda one: one.slug)
def test_every_lesson_has_exercises_with_answers_that_run(one):
    answers = [c for _, c, tags in one.cells() if "answer" in tags and c.cell_type == "code"]
    questions = [c for _, c, tags in one.cells() if "en" in tags and "**1.**" in c.source]
    hints = [c for _, c, tags in one.cells() if {"en", "hint"} <= tags]
    assert questions
    assert 3 <= len(answers) <= 5
    assert len(hints) >= 3


def test_a_pair_passes(tmp_path):
    check(lesson(tmp_path, PAIR + "\n# %%\n1 + 1\n"))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('# %% [markdown] tags=["zh"]', '# %% [markdown] tags=["en"]', "en and then zh"),
        ("# # 标题 { #title }", "# # 标题 { #other }", "headings differ"),
        ("二是 {{ 1 + 1 }}", "二是 {{ 2 + 2 }}", "inline values differ"),
        ("\n#\n# 二是", "\n# 二是", "numbers of paragraphs differ"),
        ("二是", "二是 $x$", "formulas differ"),
        ("二是", "二是 [这里](index.md)", "links differ"),
        ("二是", "二是 `x`", "inline code differ"),
        ('tags=["zh"]', 'tags=["zh", "answer"]', "tags differ"),
        ('tags=["zh"]', 'tags=["zh", "hidden"]', "unknown tag hidden"),
        ("{en: A test., zh: 测试。}", "{en: A test.}", "description: en, zh"),
    ],
)
def test_a_broken_pair_is_named_with_file_and_line(tmp_path, old, new, message):
    broken = (HEADER + PAIR).replace(old, new)
    with pytest.raises(LessonError, match=rf"docs/lessons/test\.py:\d+: .*{message}"):
        check(lesson(tmp_path, broken, header=""))


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (PAIR.split('\n# %% [markdown] tags=["zh"]')[0], "its Chinese pair is missing"),
        ("\n# %% [markdown]\n# Nobody's language.\n", "en and then zh"),
        ('\n# %% tags=["en"]\n1\n', "serves both languages"),
        ('\n# %% alt={"en": "A plot."}\n1\n', "alt text needs both languages"),
        ("\n# %% [raw]\n# raw\n", "a raw cell"),
    ],
)
def test_a_cell_of_the_wrong_kind_is_named(tmp_path, cells, message):
    with pytest.raises(LessonError, match=message):
        check(lesson(tmp_path, cells))


def test_pages_may_differ_in_words_only():
    assert same_in_both("A [link](a.md) to $x$.", "一个[链接](a.md)，指向 $x$。") == []
    ((what, en, zh),) = same_in_both("A [link](a.md).", "一个[链接](b.md)。")
    assert (what, en, zh) == ("links", ["(a.md)"], ["(b.md)"])


def test_words_inside_a_formula_may_be_translated():
    assert same_in_both(r"$a \text{ where } b$", r"$a \text{ 其中 } b$") == []


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("3600000000", "3,600,000,000"),
        ("'14.4 GB'", "14.4 GB"),
        ("0.16777216", "0.1678"),
        ("-3", "−3"),
        ("12345.678", "1.235e+04"),
        ("0.0", "0"),
    ],
)
def test_inline_values_are_formatted_for_people(value, shown):
    assert for_people(value) == shown


@pytest.mark.parametrize(
    ("value", "en", "zh"),
    [
        ("36,000,000", "36 million", "3600 万"),
        ("3,600,000,000", "3.6 billion", "36 亿"),
        ("1,000,000,000,000", "1 trillion", "1 万亿"),
        ("144,000", "144,000", "14.4 万"),
        ("20,736", "20,736", "20,736"),
        ("2,800", "2,800", "2,800"),
        ("0.168", "0.168", "0.168"),
        ("14.4 GB", "14.4 GB", "14.4 GB"),
    ],
)
def test_large_round_numbers_are_written_as_each_language_counts(value, en, zh):
    assert publishing.in_words(value, "en", " ") == f"{en} "
    assert publishing.in_words(value, "zh", " ") == zh + ("" if zh[-1] in "万亿" else " ")


@pytest.mark.parametrize("value", ["tensor(1.)", "np.float64(1.0)", "True", "[1, 2]", "None"])
def test_an_inline_value_that_is_no_number_or_text_is_refused(value):
    with pytest.raises(ValueError, match="make it an int, a float or a str"):
        for_people(value)


def test_a_lesson_runs_and_its_inline_values_are_taken_where_they_stand(tmp_path):
    one = lesson(
        tmp_path,
        "\n# %%\nx = 1\nx\n"
        + PAIR.replace("1 + 1", "x")
        + "\n# %%\nx = 1_000_000\n"
        + PAIR.replace("1 + 1", "x"),
    )
    results = run(one)
    assert results.cells[0].outputs[0].data["text/plain"] == "1"
    assert results.metadata["values"] == {"1:x": "1", "2:x": "1,000,000"}


def test_results_do_not_differ_between_two_runs(tmp_path):
    one = lesson(tmp_path, "\n# %%\nprint({'a', 'b', 'c', 'd', 'e'})\n")
    assert nbformat.writes(run(one)) == nbformat.writes(run(one))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("raise ValueError('on purpose')", r"test\.py:11: cell 2: ValueError: on purpose\n"),
        ("import time; time.sleep(60)", "cell 2: still running after 5 s"),
        ("import os; os._exit(1)", "cell 2: the kernel died"),
        ("object()", "cell 2: its output holds an address"),
        ("import sys; print('oh', file=sys.stderr)", "cell 2: it writes to stderr:\noh"),
    ],
)
def test_a_cell_that_goes_wrong_is_named_with_its_own_error(tmp_path, code, message):
    one = lesson(tmp_path, f"\n# %%\nx = 1\n\n# %%\n{code}\n")
    with pytest.raises(LessonError, match=message):
        run(one)
    assert not one.path.with_suffix(".ipynb").exists()


def test_an_inline_value_that_fails_is_named(tmp_path):
    with pytest.raises(LessonError, match=r"cell 1: \{\{ nothing \}\}: NameError"):
        run(lesson(tmp_path, PAIR.replace("1 + 1", "nothing")))


def test_prose_changes_execute_nothing_and_code_changes_do(tmp_path, monkeypatch):
    monkeypatch.setattr(execution, "CACHE", tmp_path)
    cells = PAIR + "\n# %%\n1 + 1\n"
    before = executed(lesson(tmp_path, cells))
    assert executed(lesson(tmp_path, cells.replace("Two is", "Two equals"))) == before
    assert executed(lesson(tmp_path, cells.replace("\n1 + 1\n", "\n1 + 2\n"))) != before
    assert executed(lesson(tmp_path, cells.replace("{{ 1 + 1 }}", "{{ 2 }}"))) != before
    monkeypatch.setattr(execution, "environment", lambda: "another version of the package")
    assert executed(lesson(tmp_path, cells)) != before


def published(tmp_path, monkeypatch, cells, language):
    """A lesson's page and download as a build would get them."""
    monkeypatch.setattr(execution, "CACHE", tmp_path)
    one = lesson(tmp_path, cells)
    asyncio.run(execute(one, executed(one)))
    notebook = publishing.in_language(one, language)
    download = publishing.as_notebook(one, notebook)
    return publishing.for_page(one, notebook, language, tmp_path / "figures"), download


def test_a_page_holds_its_own_language_and_the_values(tmp_path, monkeypatch):
    page, download = published(tmp_path, monkeypatch, PAIR + "\n# %%\n1 + 1\n", "zh")
    sources = [cell.source for cell in page.cells]
    assert len(sources) == 2
    assert "二是 2。" in sources[0]
    assert "description: " + json.dumps("测试。") in sources[0]
    _, _, prose, code = download.cells  # after how to install
    assert "二是 2。" in prose.source
    assert "#title" not in prose.source
    assert code.outputs[0].data["text/plain"] == "2"


FIGURE = """
# %%
import matplotlib.pyplot as plt

figure, ax = plt.subplots()
ax.plot([1, 2], [2, 1]);
"""


def test_a_figure_becomes_a_file_that_follows_the_scheme(tmp_path, monkeypatch):
    cells = PAIR + FIGURE.replace("# %%", '# %% alt={"en": "A line.", "zh": "一条线。"}')
    page, _ = published(tmp_path, monkeypatch, cells, "zh")
    output = page.cells[1].outputs[0]
    svg = (tmp_path / "figures" / output.metadata["figure"]).read_text()
    assert page.cells[1].metadata["alt"] == "一条线。"
    assert "prefers-color-scheme:dark" in svg
    assert "#1f2328" not in svg.split("</style>", 1)[1]
    assert f'width="{output.metadata["width"]}"' in svg


def test_a_figure_without_alt_text_is_refused(tmp_path, monkeypatch):
    with pytest.raises(LessonError, match="cell 3: its figure has no alt text"):
        published(tmp_path, monkeypatch, PAIR + FIGURE, "en")


def test_lines_are_joined_inside_chinese_only():
    assert (
        join_lines("一句话\n分两行，\n`code` 与 word\n下一行")
        == "一句话分两行，`code` 与 word\n下一行"
    )
    assert join_lines("two\nlines") == "two\nlines"
    assert join_lines("前\n\n后") == "前\n\n后"
    assert join_lines("```\n一\n二\n```") == "```\n一\n二\n```"
    for items in ("- 一。\n- 二。", "1. 一。\n2. 二。", "* 一。\n* 二。"):
        assert join_lines(items) == items
    assert join_lines("一，\n**二**") == "一，**二**"
    assert join_lines("叫作\n**二**") == "叫作**二**"
    assert join_lines("- 一\n  二") == "- 一二"


CELLS = """
# %% tags=["hide-input"]
print("only the output shows")

# %% tags=["hide-output"]
print("only" + " the code shows")

# %% tags=["hide-cell"]
print("nothing" + " shows")

# %%
from IPython.display import HTML, Image, display

HTML("<table><tr><td>a < b</td></tr></table>")

# %%
1 < 2 and "<b>&amp;" > ""

# %% alt={"en": "One \\"black\\" pixel.", "zh": "一个黑色像素。"}
Image(
    b"\\x89PNG\\r\\n\\x1a\\n\\x00\\x00\\x00\\rIHDR\\x00\\x00\\x00\\x01\\x00\\x00\\x00\\x02\\x08\\x06\\x00\\x00\\x00"
)
"""


def test_tags_hide_parts_of_a_cell_and_outputs_keep_their_form(tmp_path, monkeypatch):
    page, _ = published(tmp_path, monkeypatch, PAIR + CELLS, "en")
    path = tmp_path / "page.ipynb"
    nbformat.write(page, path)
    converted = convert.nb2html(
        str(path),
        custom_template=str(execution.ROOT / "docs" / "notebook.md.j2"),
        markdown_cell_processor="mkdocs",
    )
    file = SimpleNamespace(file=SimpleNamespace(src_uri="lessons/page.ipynb"))
    text = publishing.on_page_markdown(converted, file, None, None)
    assert 'aria-label="Output" tabindex="0"><pre>only the output shows' in text
    assert 'print("only the output shows")' not in text
    assert 'print("only" + " the code shows")' in text
    assert "only the code shows" not in text
    assert "shows" in text
    assert "nothing" not in text
    assert "<table><tr><td>a < b</td></tr></table>" in text
    assert '`````python\n1 < 2 and "<b>&amp;" > ""\n`````' in text
    assert "<pre>True</pre>" in text
    assert 'pixel.](figures/test-1.png){ .figure width="1" height="2"' in text
    assert "<style>" not in text


@pytest.mark.slow
def test_every_lesson_gives_the_same_outputs_again(site, tmp_path):
    async def again():
        places = asyncio.Semaphore(2)

        async def one(lesson):
            async with places:
                await execute(lesson, tmp_path / f"{lesson.slug}.ipynb")

        await asyncio.gather(*map(one, lessons()))

    asyncio.run(again())  # in plain kernels, while the build's were forked
    for lesson in lessons():
        first = nbformat.read(executed(lesson), as_version=4)
        second = nbformat.read(tmp_path / f"{lesson.slug}.ipynb", as_version=4)
        for a, b in zip(first.cells, second.cells, strict=True):
            assert a.outputs == b.outputs, f"{lesson.slug}: {a.source[:80]}"
        assert first.metadata["values"] == second.metadata["values"]
