"""MkDocs hook: every page has a card, `assets/cards/NAME.png`, which overrides/main.html names to those who show links."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from verbatim.judging.brought import CARDS, signed
from verbatim.markup import FIGURE_ATTRIBUTE
from verbatim.project import Project, digest
from verbatim.published.drawings import FOLDER
from verbatim.site import cards, policy
from verbatim.site.cards import card
from verbatim.site.search_words import word_groups

CACHE = ".cache/cards"
FIGURE = re.compile(rf'{FIGURE_ATTRIBUTE}="([\w-]+\.svg)"')
CODE = Path(cards.__file__).read_text("utf-8")


@cache
def known_words(root: Path) -> tuple[str, ...]:
    """Return the words that a title is not to be broken in: those of the glossary and of the search."""
    return tuple(sorted({word for group in word_groups(Project.find(root)) for word in group}))


def on_page_context(context: dict[str, object], page: Page, config: MkDocsConfig, nav: Navigation) -> dict[str, object]:
    """Draw the card of a page, or take it from the cache, and tell the template where it is; in `serve` nobody passes it on."""
    if policy.serving:
        return context
    root, name = Path(config.config_file_path).parent, page.file.src_uri.rpartition(".")[0].replace("/", "-")
    figure = FIGURE.search(page.content or "")
    drawing = (Path(config.docs_dir) / FOLDER / figure[1]).read_text("utf-8") if figure else ""
    known = known_words(root)
    title = str(page.meta.get("title") or page.title or config.site_name)
    kept = root / CACHE / f"{digest(repr((title, config.site_name, drawing, known, CODE)))}.png"
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(card(title, config.site_name, drawing, known))
    target = Path(config.site_dir) / CARDS / f"{name}.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(signed(kept.read_bytes(), target.name))
    page.meta["card"] = f"{CARDS}/{name}.png"
    return context
