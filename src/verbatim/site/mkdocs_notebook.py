"""MkDocs's side of `notebook_html`, a hook: the table of contents and the links of a notebook's page, and a cache that is whole."""

from __future__ import annotations

import json
import posixpath
import re
from pathlib import Path
from urllib.parse import unquote

from markdown.extensions.toc import nest_toc_tokens
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import get_toc

from verbatim.faults import Fault, report
from verbatim.site.notebook_html import tidy

LINK = re.compile(r'(?<=href=")(?![a-z]+:|#|/)([^"#]+)(?=["#])')


def on_config(config: MkDocsConfig) -> None:
    """Drop what an interrupted build or a full disk left half written in the cache of mkdocs-jupyter, which stops at it."""
    plugin = config.plugins.get("mkdocs-jupyter")
    for cached in Path(plugin.config["cache_dir"]).glob("*.json") if plugin else ():
        try:
            json.loads(cached.read_bytes())
        except ValueError:
            cached.unlink()


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Rewrite the page of a notebook, leave all others."""
    if not page.file.src_uri.endswith(".ipynb"):
        return html
    body, tokens = tidy(html, page.file.src_uri)
    page.toc = get_toc(nest_toc_tokens(tokens))
    return LINK.sub(lambda link: address(unquote(link[1]), page, files), body)


def address(link: str, page: Page, files: Files) -> str:
    """Return where `link`, relative to the notebook's source, leads from the built page; report a broken one."""
    target = posixpath.normpath(posixpath.join(posixpath.dirname(page.file.src_uri), link))
    file = files.get_file_from_path(target)
    if file is None:
        report(Fault(page.file.src_uri, "broken link", "expected a file of the docs folder", link))
        return link
    return file.url_relative_to(page.file)
