"""What a reader's browser meets on each page of the site, collected once per page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize
from server import Site
from visiting import Visit, open_page

from verbatim.project import Project

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PHONE: ViewportSize = {"width": 390, "height": 844}


def address(source: Path) -> str:
    """Return where a page of the docs folder is on the site: "" for the article, "labs/classifier/"."""
    path = source.relative_to(DOCS).with_suffix("").as_posix()
    return "" if path == "index" else f"{path}/"


NOTEBOOKS = [DOCS / name.replace(".md", "-notebook.ipynb") for name in Project.find(ROOT).notebook_pages]
SOURCES = [path for pattern in ("*.md", "labs/*.md") for path in DOCS.glob(pattern)]
PAGES = sorted(address(path) for path in [*SOURCES, *NOTEBOOKS])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for `path` on every page."""
    if "path" in metafunc.fixturenames:
        metafunc.parametrize("path", PAGES, ids=[path or "article" for path in PAGES])


@pytest.fixture(scope="session")
def paths() -> list[str]:
    return PAGES


@pytest.fixture(scope="session")
def visit(browser: Browser, site: Site) -> Iterator[Callable[[str], Visit]]:
    """Opens a page of the site, the same one only once."""
    visits: dict[str, Visit] = {}
    context = browser.new_context(viewport=PHONE)

    def go(path: str) -> Visit:
        if path not in visits:
            visits[path] = open_page(context.new_page(), site.address + path)
        return visits[path]

    yield go
    context.close()
