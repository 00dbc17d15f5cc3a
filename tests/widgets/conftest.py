"""A page that holds a widget and little else, with the site's own scripts beside it and data as `record` would write them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from server import serve
from visiting import Visit, open_page

from verbatim.judging.pieces import widget_html

ROOT = Path(__file__).resolve().parents[2]
PAGE = """<!doctype html><html lang="zh"><meta charset="utf-8"><title>{name}</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="assets/css/widgets.css"><script type="module" src="assets/js/widgets.js"></script>
<body class="md-typeset"><p style="height: {above}px"></p>{shell}</body></html>"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder to be served, with the scripts, the styles and the data of the site."""
    for name in ("js", "css", "data"):
        if (ROOT / "docs/assets" / name).is_dir():
            shutil.copytree(ROOT / "docs/assets" / name, tmp_path / "assets" / name)
    return tmp_path


@pytest.fixture
def served(browser: Browser, folder: Path) -> Iterator[Callable[..., Visit]]:
    """Opens a page with a widget, `above` pixels below the top; at the end, nothing may be left on the console."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    with serve(folder) as address:

        def go(name: str, *, above: int = 0, query: str = "") -> Visit:
            (folder / "index.html").write_text(PAGE.format(name=name, above=above, shell=widget_html(name)), "utf-8")
            return open_page(context.new_page(), address + query)

        yield go
    context.close()


@pytest.fixture
def page(served: Callable[..., Visit]) -> Page:
    """A page without a widget, whose scripts a test imports for itself."""
    return served("none").page
