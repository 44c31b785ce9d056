"""What a page sends its reader: one style sheet, and a policy that lets nothing else in."""

import base64
import hashlib
import re
from collections.abc import Iterable
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
# Names, without a link to anywhere, white space, operators and punctuation need no colour and so
# no span of their own; a browser works out the styles of each, and code has hundreds.
PLAIN = re.compile(r'<span (?:title="[^"]*"|class="[nwop]")>([^<]*|<a [^<>]*>[^<]*</a>)</span>')
# What Material's script does while a page starts, each of which has the browser work out all styles
# anew, or all places: it writes addresses in full, the style sheet's too, which reads that again
# and its fonts; it says in a <meta> which colours are on, which our style sheet says already; and
# it turns off the fading of colours while these change.
CHANGES = (
    (
        r'(\("\[href\])(, \[src\]",\w\)\)(?:(?!function).)*?(\w)\[(\w)\]=\3\[\4\])',
        r"\1:not([rel=stylesheet])\2",
    ),
    # All pages of a language have the same sheet: none is put in place of another.
    (r'\(":scope > \*",(\w\.head)\)', r'(":scope > :not([rel=stylesheet])",\1)'),
    (r'\w+\("meta",\{name:"color-scheme"\}\);document\.head\.appendChild\(\w\)', "{}"),
    (r'document\.body\.setAttribute\("data-md-color-switching",""\),', ""),
    # The key that leads on: the next page is told by the link at the end, see NEXT.
    (r"link\[rel=next\]", ".md-footer__link--next"),
)
# Firefox fetches the next page that the head tells of, which the policy forbids.
NEXT = re.compile(r'\s*<link rel="next"[^>]*>')
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
    page = re.sub(r"</code>\s+\)", "</code>)", page)  # where a template broke the line
    page = page.replace('<html lang="zh"', '<html lang="zh-Hans"', 1)  # or Japanese forms may show
    page = NEXT.sub("", page)
    # Material makes a bubble for each title and measures it, though the mark says it all.
    page = re.sub(r'(class="headerlink"[^>]*) title=', r"\1 aria-label=", page)
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
    """Join the style sheets in the order in which the pages asked for them, and mend the script."""
    site = Path(config.site_dir)
    whole = []
    for sheet in sheets:
        text = (site / sheet).read_text(encoding="utf-8")
        if Path(sheet).parent.name != "assets" and re.search(r"url\((?![\"']?(?:data:|#))", text):
            raise PluginError(f"{sheet} refers to a file, which joining would lose")
        whole.append(text)
    joined = without_unused("\n".join(whole), names(site))
    (site / "assets" / "site.css").write_text(joined, encoding="utf-8")
    for script in (site / "assets" / "javascripts").glob("bundle.*.js"):
        mend(script, CHANGES)
    if not served:
        for sheet in sheets:
            (site / sheet).unlink()


def mend(script: Path, changes: Iterable[tuple[str, str]]) -> None:
    """Change a script of Material's, or stop where it is not as it was."""
    text = script.read_text(encoding="utf-8")
    for old, new in changes:
        text, found = re.subn(old, new, text)
        if found != 1:
            raise PluginError(
                f"{script.name} is not as it was: {old} stands {found} times, not once"
            )
    script.write_text(text, encoding="utf-8")


def names(site: Path) -> set[str]:
    """The classes on all pages, and every word in a script, which may make one of it."""
    found: set[str] = set()
    for page in site.rglob("*.html"):
        for classes in re.findall(r'class="([^"]*)"', page.read_text(encoding="utf-8")):
            found.update(classes.split())
    for script in site.rglob("*.js"):
        found.update(re.findall(r"[\w-]+", script.read_text(encoding="utf-8")))
    return found


def without_unused(css: str, known: set[str]) -> str:
    """The style sheet without selectors of classes that no page and no script knows."""
    beginnings = tuple(name for name in known if len(name) > 3 and name.endswith("-"))

    def used(selector: str) -> bool:
        outer = selector
        while outer != (outer := re.sub(r"\([^()]*\)", "", outer)):  # :not(.x) needs no x
            pass
        classes = re.findall(r"\.(-?[A-Za-z_][\w-]*)", outer)
        return all(name in known or name.startswith(beginnings) for name in classes)

    def rule(match: re.Match[str]) -> str:
        selectors = [
            s for s in re.findall(r"(?:[^,(]|\((?:[^()]|\([^()]*\))*\))+", match[1]) if used(s)
        ]
        return f"{','.join(selectors)}{{{match[2]}}}" if selectors else ""

    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"([^{};]+)\{([^{}]*)\}", rule, css)
    return re.sub(r"@(?:media|supports)[^{};]+\{\s*\}", "", css)
