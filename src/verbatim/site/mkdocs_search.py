"""MkDocs hook: the index of the search tells the words that mean the same, and is not loaded before it is asked, by search.js."""

from __future__ import annotations

import json
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority

from verbatim.project import Project, write_atomically
from verbatim.site.search_words import word_groups

NOTEBOOK, REPEATS = "-notebook/", 0.4  # the page of a notebook says again what its page says
INDEX = "search/search_index.json"  # the theme loads it with each page
PAGES = "pages.json"  # beside it: the index itself, which docs/assets/site/search.js loads with the first query


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
    write_atomically(path.with_name(PAGES), json.dumps(index, ensure_ascii=False, separators=(",", ":")))
    write_atomically(path, json.dumps({"config": {"pages": PAGES}, "docs": []}))
