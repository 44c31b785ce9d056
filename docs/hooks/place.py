"""What a page knows of its place: its address, its other language, its source."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bilingual import LANGUAGES
from lessons import join_lines

PERMALINK = {"en": "Link to this section", "zh": "本节的固定链接"}


def on_config(config: Any) -> Any:
    """Give each language its part of the site's address, if the address is known."""
    language = config.theme["language"]
    if config.site_url:
        config.site_url = f"{config.site_url.rstrip('/')}/{language}/"
    config.extra["language"] = language
    config.mdx_configs["toc"]["permalink_title"] = PERMALINK[language]
    for alternate in config.extra["alternate"]:
        # Relative, so that the site works wherever it is put.
        alternate["link"] = f"../{alternate['lang']}/"
    return config


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Close the gaps that line breaks would leave in Chinese."""
    if page.file.src_uri.endswith(".md") and config.extra["language"] == "zh":
        return join_lines(markdown)
    return markdown


def on_page_context(context: Any, page: Any, config: Any, nav: Any) -> Any:
    """Point to the same page in both languages, and to the file that a reader may mend."""
    language = config.extra["language"]
    root = config.site_url.removesuffix(f"{language}/") if config.site_url else None
    context["same_page"] = {
        other: f"{root}{other}/{page.url}" if root else None for other in LANGUAGES
    }
    page.edit_url = None
    if config.repo_url:
        name = Path(page.file.src_uri)
        lesson = f"lessons/{name.stem}.py"
        source = lesson if name.suffix == ".ipynb" else f"{language}/{name.as_posix()}"
        page.edit_url = f"{config.repo_url.rstrip('/')}/edit/main/docs/{source}"
    return context


def on_template_context(context: Any, template_name: str, config: Any) -> Any:
    """Tell the error page, which is shown at any depth, where its language's files lie."""
    if template_name == "404.html":
        language = config.extra["language"]
        context["base_url"] = urlsplit(config.site_url).path if config.site_url else f"/{language}/"
    return context


def on_env(env: Any, config: Any, files: Any) -> Any:
    """Keep compiled templates between builds."""
    from jinja2 import FileSystemBytecodeCache

    folder = Path(config.config_file_path).parent / ".cache" / "jinja"
    folder.mkdir(parents=True, exist_ok=True)
    env.bytecode_cache = FileSystemBytecodeCache(os.fspath(folder))
    return env
