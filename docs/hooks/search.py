"""Search: what its index reads of a page, which words lead where, and how words are compared.

Material's plugin makes the index from what `readable` leaves of a page. What the index cannot
know from the text comes from the glossary, from `docs/names.toml` and from the package: fields
of their own, which no result shows. `docs/hooks/search.js` compares words, inside Material's
worker.
"""

import json
import re
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

from bilingual import ROOT
from bs4 import BeautifulSoup, Tag
from delivery import mend
from mkdocs.exceptions import PluginError
from mkdocs.plugins import CombinedEvent, event_priority
from terms import Entry, entries

NAMES = ROOT / "docs" / "names.toml"
COMPARING = Path(__file__).with_suffix(".js")
# How much a page counts, by the folder or page that it belongs to: where a concept is explained
# comes before where it is only used.
WEIGHTS = {"lessons": 1.0, "glossary": 0.8, "labs": 0.5, "": 0.5}
ELSEWHERE = 0.3
# What a worker of Material's is changed to do.
WORKER = (
    # A query's words are cut and chosen by ours: its own never looks at the last character of a
    # Chinese word, and loses all that follows one that it does not know.
    (
        r'if\((\w)=\1\.replace\(new RegExp\("\\\\p\{sc=Han\}\+","gu"\),.*?\.join\("\* "\)\),\1=(\w+)\(\1\),!\1\)',
        r"if(\1=\2(search.ask(\1,this.index.invertedIndex)),!\1)",
    ),
    # A word of the query finds other forms of it, parts of names, and the inside of Chinese words;
    # lunr's own pipeline has a stemmer, but not for words with a wildcard, which all of them have.
    (
        r"(\w\.TokenSet\.fromClause\((\w)\)),(\w)=this\.tokenSet\.intersect\((\w)\)\.toArray\(\)",
        r"\1,\3=search.alike(\2.term,this.invertedIndex,this.tokenSet.intersect(\4).toArray())",
    ),
    # The closer a word is to what was typed, the more it counts; lunr has them all count the same.
    (
        r"(for\(var \w=0;\w<\w\.length;\w\+\+\)for\(var (\w)=\w\[\w\],(?:(?!upsert).)*?\.upsert\(\w,(\w)\.boost),",
        r"\1*(search.likeness(\3.term,\2)||1),",
    ),
    # A word counts as found in any of its forms, and these are marked on the page.
    (
        r"(function \w+\((\w),(\w)\)\{)var \w;let \w=new Set\(\2\),\w=\{\};.*?return \w\}",
        r"\1return search.terms(\2,\3)}",
    ),
    # What has all that was asked for comes before what has a part of it in a better place.
    (r"(score:\w\*\(1\+\w\(\w,2\)\))(,terms:(\w))", r"\1*search.completeness(\3)\2"),
    # Results do not hold what only the index needs.
    (r"(items:)\[\.\.\.(\w)\.values\(\)\]", r"\1search.shown([...\2.values()])"),
)
# What Material's script is changed to do.
SCRIPT = (
    # On the page that a result leads to, words are marked where they begin; Material's expression
    # marks "rate" in "separate" too, and takes a dot in the separator for one in the query.
    (
        r'function (\w+)\(\w\)\{let \w=\w\.separator\.split\("\|"\).*?=>\(0,(\w+)\.default\)\(\w\)\.replace\(\w,\w\)',
        r"""function \1(){return words=>{let mark=new RegExp(`(^|[^a-z\\d]|(?=[^\\x00-\\x7f]))(${words"""
        r""".trim().split(/\\s+/).map(word=>word.replace(/[&<>]/g,"").replace(/[^\\w\\s]/g,"\\\\$&"))"""
        r""".sort((one,other)=>other.length-one.length).join("|")})`,"gi");"""
        r"""return text=>(0,\2.default)(text).replace(mark,"$1<mark data-md-highlight>$2</mark>")""",
    ),
    # Nor does that need the index, which waits until somebody opens the search.
    (r'("search\.highlight"\)\?\w+\(\w,\{index\$:)\w+', r"\1[{}]"),
)


def on_config(config: Any) -> Any:
    """Have jieba keep the names of things whole; in English, where few are Chinese, all words."""
    from material.plugins.search import plugin

    if config.theme["language"] == "en":
        plugin.jieba = None
        return config
    names = [name for names in _names(config).values() for name in names]
    for entry in _glossary(config):
        names += [*entry.names, *entry.others]
    for name in names:
        for word in re.findall(r"[\u4e00-\u9fff]{2,}", name):
            plugin.jieba.add_word(word)
    return config


def _glossary(config: Any) -> list[Entry]:
    return entries(Path(config.docs_dir, "glossary.md"))


def _names(config: Any) -> dict[str, list[str]]:
    """Other names, by the id of the glossary's entry or by the place where a thing is explained."""
    known = tomllib.loads(NAMES.read_text(encoding="utf-8"))
    ids = {name: entry.id for entry in _glossary(config) for name in entry.english}
    if unknown := known["terms"].keys() - ids.keys():
        raise PluginError(f"docs/names.toml: no terms of the glossary: {sorted(unknown)}")
    return {ids[term]: names for term, names in known["terms"].items()} | known["places"]


# ---- what the index reads of a page ----

whole: dict[str, str] = {}


@event_priority(100)
def _before(context: Any, page: Any, config: Any, nav: Any) -> Any:
    whole[page.file.src_uri] = page.content
    page.content = readable(page.content)
    return context


@event_priority(-100)
def _after(context: Any, page: Any, config: Any, nav: Any) -> Any:
    page.content = whole.pop(page.file.src_uri)
    return context


on_page_context = CombinedEvent(_before, _after)


# Stand-ins for labs, buttons, the names of pictures' files, the source below a docstring; titles of
# other pages: of the lessons that use a function, and of the one that explains a term.
UNREAD = (
    ".instead, button, summary, .mkdocstrings-source, .used-in, .doc-labels, a[href$='.svg'], "
    "dt[id] + dd a:last-child"
)


def readable(page: str) -> str:
    """A page as a search should read it and show it.

    Without what only stands in for something or is there to be pressed; every item, row and
    entry by itself, for a result shows a block of text whole.
    """
    soup = BeautifulSoup(page, "html.parser")
    for unread in soup.select(UNREAD):
        unread.decompose()
    for formula in soup.find_all("math"):
        formula.replace_with(BeautifulSoup(text_of(formula), "html.parser"))
    for term in soup.select("dt[id]"):
        term.name = "h2"
    for item in soup.select("dd, tr"):
        item.name = "p"
    for item in soup.find_all("li"):
        if item.find(["p", "pre"], recursive=False) is item.find(True):
            item.unwrap()
        else:
            for inside in item.find_all(["p", "ul", "ol"]):
                inside.unwrap()
            item.name = "p"
    for around in soup.find_all(["ul", "ol"]):
        around.unwrap()
    for text in soup.find_all(string=re.compile(r"\s{2,}")):
        if not text.find_parent("pre"):
            text.replace_with(re.sub(r"\s+", " ", text))
    return str(soup)


# Formulas in a line of text are no more than letters with indices; to these, HTML does justice.
SIMPLE = {"mrow": "", "mi": "", "mn": "", "mo": "", "mtext": "", "mspace": "", "mstyle": ""}
SCRIPTS = {"msub": ("sub",), "msup": ("sup",), "msubsup": ("sub", "sup")}
RELATIONS = set("=<>≤≥≈∈≠→⇒⋆∗⊙+−×·")


def text_of(formula: Tag) -> str:
    """A formula for a line of text; nothing of one that stands by itself or is too rich."""
    rich = {tag.name for tag in formula.find_all(True)} - SIMPLE.keys() - SCRIPTS.keys()
    return " " if rich or formula.get("display") == "block" else _text_of(formula)


def _text_of(part: Tag) -> str:
    children = part.find_all(True, recursive=False)
    if part.name in SCRIPTS:
        base, *scripts = (_text_of(child) for child in children)
        return base + "".join(
            f"<{tag}>{text}</{tag}>" for tag, text in zip(SCRIPTS[part.name], scripts, strict=True)
        )
    if children:
        return "".join(_text_of(child) for child in children)
    text = part.get_text()
    if part.name == "mo" and text in RELATIONS:
        text = f" {text} "
    elif part.name == "mo" and text == ",":
        text = ", "
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# ---- which words lead where ----


def on_post_build(config: Any) -> None:
    """Add to the index what no text says, and to the scripts what they do not do."""
    site = Path(config.site_dir)
    file = site / "search" / "search_index.json"
    index = json.loads(file.read_text(encoding="utf-8"))
    lead(index["docs"], _glossary(config), _names(config))
    file.write_text(json.dumps(index, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    (worker,) = (site / "assets" / "javascripts" / "workers").glob("search.*.js")
    mend(worker, WORKER)
    comparing = COMPARING.read_text(encoding="utf-8")
    worker.write_text(comparing + worker.read_text(encoding="utf-8"), encoding="utf-8")
    (script,) = (site / "assets" / "javascripts").glob("bundle.*.js")
    mend(script, SCRIPT)


def lead(
    sections: list[dict[str, Any]], glossary: list[Entry], names: dict[str, list[str]]
) -> None:
    """Give each section its weight, and the words and names that lead to it."""
    import convdocs

    words = defaultdict(list)
    places = {section["location"] for section in sections}
    for place, there in names.items():
        if place in places:
            words[place] += there
    for entry in glossary:
        known = [*entry.names, *entry.others, *names.get(entry.id, [])]
        words[f"glossary/#{entry.id}"] += known
        words[explained(entry, sections)] += known
    entered = {f"glossary/#{entry.id}" for entry in glossary}
    if lost := (words.keys() | names.keys()) - places - {entry.id for entry in glossary}:
        raise PluginError(f"search: no page has the places {sorted(lost)}; see docs/names.toml")
    assert entered <= places
    for section in sections:
        place = section["location"]
        folder = place.partition("#")[0].partition("/")[0]
        section["boost"] = WEIGHTS.get(folder, ELSEWHERE)
        if words[place]:
            section["words"] = " / ".join(words[place])
        name = re.fullmatch(r"api/\w+/#convdocs\.\w+\.(\w+)", place)
        if name and name[1] in convdocs.__all__:
            section["names"] = f"convdocs·{name[1]}"


def explained(entry: Entry, sections: list[dict[str, Any]]) -> str:
    """The first section of the entry's lesson that names the term; else the lesson."""
    lesson = f"lessons/{entry.lesson}/"
    said = re.compile("|".join(rf"(?<![a-z]){re.escape(n)}" for n in entry.names), re.IGNORECASE)
    for section in sections:
        text = f"{section['title']} {section['text']}".replace("\u200b", "")
        if section["location"].startswith(lesson) and said.search(re.sub(r"<[^>]+>", "", text)):
            return str(section["location"])
    return lesson
