"""MkDocs hook: the index of the search tells the words that mean the same, and is not loaded before it is asked, by search.js."""

from __future__ import annotations

import json
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from verbatim.project import Project
from verbatim.site.search_words import word_groups

NOTEBOOK, REPEATS = "-notebook/", 0.4  # the page of a notebook says again what its page says
INDEX, PAGES = "search/search_index.json", "pages.json"  # as the theme calls it, and as docs/assets/site/search.js asks for it
CODE = re.compile(r"<pre\b.*?</pre>", re.DOTALL)
COLOURS = re.compile(r'<(?:span|a)(?: [^<>"]*(?:"[^"]*"[^<>"]*)*)?>|</(?:span|a)>')
WHOLE = "verbatim_whole"  # the page, while the search reads what is left of it


def uncoloured(page: str) -> str:
    """Return a page whose code is text alone: the search finds the same in it, in a third of the time."""
    return CODE.sub(lambda code: COLOURS.sub("", code[0]), page)


@event_priority(50)
def before_search(context: dict[str, object], page: Page, config: MkDocsConfig, nav: Navigation) -> dict[str, object]:
    """Hand the search less to read: of seven elements of the pages five colour code."""
    context[WHOLE] = page.content
    page.content = uncoloured(page.content or "")
    return context


@event_priority(-50)
def after_search(context: dict[str, object], page: Page, config: MkDocsConfig, nav: Navigation) -> dict[str, object]:
    """Take the whole page again."""
    page.content = str(context.pop(WHOLE))
    return context


on_page_context = CombinedEvent(before_search, after_search)


@event_priority(-100)  # after the search has written its index
def on_post_build(config: MkDocsConfig) -> None:
    """Add the words to the index; a site without the search has none."""
    path = Path(config.site_dir) / INDEX
    if not path.is_file():
        return
    index = json.loads(path.read_text("utf-8"))
    for section in index["docs"]:
        section |= {"boost": REPEATS} if NOTEBOOK in section["location"] else {}
    index["config"]["words"] = word_groups(Project.find(Path(config.config_file_path).parent))
    path.write_bytes(json.dumps(index, ensure_ascii=False, separators=(",", ":")).encode())
    path.replace(path.with_name(PAGES))
