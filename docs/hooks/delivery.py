"""What a page sends its reader: one style sheet, and a policy that lets nothing else in."""

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError

SHEET = re.compile(r'<link rel="stylesheet" href="([^"]*?)(assets/[^"]+\.css)">')
SCRIPT = re.compile(r"<script(?P<kind>[^>]*)>(?P<code>.*?)</script>", re.DOTALL)
# Scripts and styles of our own, and the few lines that Material writes into the page, by hash.
POLICY = (
    "default-src 'none'; script-src 'self'{hashes}; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'"
)
# Names, without a link to anywhere, and white space look the same without a span of their own;
# a browser works out the styles of each, and code has hundreds.
PLAIN = re.compile(r'<span (?:title="[^"]*"|class="[nw]")>([^<]*|<a [^<>]*>[^<]*</a>)</span>')
# While Material's script starts it sets this, and the browser works all styles of a page out
# anew; what it gains is that a change of colours does not fade.
SWITCHING = re.compile(r"(?<=\})[^{}\n]*\[data-md-color-switching\][^{}]*\{[^{}]*\}")
served = False
sheets: list[str] = []


def on_startup(command: str, dirty: bool) -> None:
    """`mkdocs serve` adds a script of its own to each page; the policy would stop it."""
    global served
    served = command == "serve"


def on_post_page(output: str, page: Any, config: Any) -> str:
    return delivered(output)


def on_post_template(output: str, template_name: str, config: Any) -> str:
    return delivered(output) if template_name.endswith(".html") else output


def delivered(page: str) -> str:
    """A page with one style sheet and its policy."""
    found = SHEET.findall(page)
    sheets.extend(sheet for _, sheet in found if sheet not in sheets)
    first, *_ = found
    page = PLAIN.sub(r"\1", PLAIN.sub(r"\1", SHEET.sub("\0", page)))  # one may hold another
    links = f'<link rel="stylesheet" href="{first[0]}assets/site.css">'
    if "<math" in page:  # before the style sheet asks for it, so that the first look has it
        font = f"{first[0]}assets/fonts/stix-two-math.woff2"
        links += f'<link rel="preload" href="{font}" as="font" type="font/woff2" crossorigin>'
    page = page.replace("\0", links, 1)
    page = page.replace("\0", "")
    page = page.replace('"doc-signature ', '"doc-signature no-copy ')  # nothing that would run
    return page if served else with_policy(page)


def with_policy(page: str) -> str:
    hashes = "".join(
        f" 'sha256-{base64.b64encode(hashlib.sha256(script['code'].encode()).digest()).decode()}'"
        for script in SCRIPT.finditer(page)
        if "src=" not in script["kind"] and "json" not in script["kind"]
    )
    policy = POLICY.format(hashes=hashes)
    charset = '<meta charset="utf-8">'
    if charset not in page:
        raise PluginError("the page has no <meta charset>, after which its policy belongs")
    return page.replace(
        charset, f'{charset}<meta http-equiv="Content-Security-Policy" content="{policy}">', 1
    )


def on_post_build(config: Any) -> None:
    """Join the style sheets in the order in which the pages asked for them."""
    site = Path(config.site_dir)
    whole = []
    for sheet in sheets:
        text = (site / sheet).read_text(encoding="utf-8")
        if Path(sheet).parent.name != "assets" and re.search(r"url\((?![\"']?(?:data:|#))", text):
            raise PluginError(f"{sheet} refers to a file, which joining would lose")
        whole.append(re.sub(r"/\*# sourceMappingURL.*?\*/", "", text))
    joined, found = SWITCHING.subn("", "\n".join(whole))
    if found != 1:
        raise PluginError("Material's style for the moment of changing colours is not where it was")
    (site / "assets" / "site.css").write_text(joined, encoding="utf-8")
    if not served:
        for sheet in sheets:
            (site / sheet).unlink()
