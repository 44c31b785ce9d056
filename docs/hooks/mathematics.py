"""TeX becomes MathML when the site is built, so that a page needs no script to show it."""

import html
import re
from typing import Any

from math_core import LatexError, LatexToMathML
from mkdocs.exceptions import PluginError

FORMULA = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)
# A formula and the mark after it, which a browser would put at the start of the next line.
MARKED = re.compile(r"(<math(?:(?!</math>).)*</math>)([,.;:!?)，。；：！？、）”》]+)", re.DOTALL)
# A column's style, which the policy would stop: the style sheet says it.
ALIGNED = re.compile(r'style="text-align: (left|right);[^"]*"')
converter = LatexToMathML(fancy_error=False, annotation=True)  # so that its TeX can be copied


def to_mathml(page_html: str, name: str) -> str:
    """Replace arithmatex's TeX by MathML; a formula that is wrong stops the build."""

    def replace(match: re.Match[str]) -> str:
        tex = html.unescape(match[3]).strip()
        try:
            mathml = converter.convert_with_local_state(tex, displaystyle=match[2] == "[")
        except LatexError as error:
            raise PluginError(f"{name}: {error} in the formula {tex}") from None
        mathml = ALIGNED.sub(r'class="\1"', mathml)
        if match[2] == "[":  # a wide formula scrolls by itself; a keyboard must reach it
            return f'<div class="formula" tabindex="0">{mathml}</div>'
        return mathml

    return MARKED.sub(r'<span class="together">\1\2</span>', FORMULA.sub(replace, page_html))


def on_page_content(html: str, page: Any, config: Any, files: Any) -> str:
    return to_mathml(html, page.file.src_uri)


on_page_content.mkdocs_priority = -100  # type: ignore[attr-defined]  # after the notebooks
