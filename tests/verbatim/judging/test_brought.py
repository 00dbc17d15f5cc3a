"""What a site holds beside pages and listed files: as it came, it passes; altered, foreign or missing, it is told."""

from __future__ import annotations

import gzip
import json
from importlib.metadata import distribution
from pathlib import Path

import pytest

from verbatim.judging import fonts, sheets
from verbatim.judging.brought import REMADE, Brought, signed

PAGE = (
    '<html><head><link rel="stylesheet" href="{up}css/base.css"><meta property="og:image" content="https://a.org/b/assets/cards/a.png">'
    '</head><body><h1 id="一">一</h1><p>准确率 97.58%，<b>勘 7</b>与 ReLU</p></body></html>'
)
SECTIONS = [
    {"location": "", "title": "一", "text": "<p>准确率 97.58%</p>"},
    {"location": "a/#%E4%B8%80", "title": "一", "text": "勘 7 &amp; ReLU"},
]
MAP = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    "<url><loc>https://a.org/b/</loc><lastmod>2026-11-26</lastmod></url>\n<url><loc>https://a.org/b/a/</loc></url></urlset>"
)
THEME = Path(str(distribution("mkdocs").locate_file("mkdocs/themes/mkdocs")))
CARD = "assets/cards/a.png"


def index(words: list[list[str]], sections: list[dict[str, str]]) -> bytes:
    return json.dumps({"config": {"words": words}, "docs": sections}, ensure_ascii=False).encode()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site whose every file is accounted for."""
    files = {
        "index.html": PAGE.format(up="").encode(),
        "a/index.html": PAGE.format(up="../").encode(),
        "css/base.css": (THEME / "css/base.css").read_bytes(),
        CARD: signed(b"drawn" + bytes(12), "a.png"),
        "search/pages.json": index([["准确率", "accuracy"]], SECTIONS),
        "sitemap.xml": MAP.encode(),
        "sitemap.xml.gz": gzip.compress(MAP.encode()),
    }
    for name, content in files.items():
        (tmp_path / "site" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "site" / name).write_bytes(content)
    (tmp_path / "search-words.txt").write_text("准确率、accuracy\n", "utf-8")
    return tmp_path / "site"


def told(site: Path) -> list[str]:
    brought = Brought(site, site.parent)
    names = sorted(path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file() and path.suffix != ".html")
    return [str(fault) for name in names for fault in brought.faults(name)] + list(map(str, brought.missing()))


def test_what_is_made_again_is_called_so_where_it_is_judged() -> None:
    assert (f"{sheets.FOLDER}/{sheets.NAME}.", f"{fonts.FOLDER}/") == REMADE


def test_what_was_brought_and_made_passes(site: Path) -> None:
    assert told(site) == []


@pytest.mark.parametrize(
    "name",
    ["evil.js", "evil.svg", "evil.json", "css/evil.css", "evil.woff2", "LICENSE", ".evil.js", "css/other.css", "evil.xml.gz"],
)
def test_what_nothing_accounts_for_is_told(site: Path, name: str) -> None:
    (site / name).write_bytes((site / "css/base.css").read_bytes() if name == "css/other.css" else b"x")
    assert [fault for fault in told(site) if fault.startswith(f"{name}: a file that nothing accounts for")]


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("css/base.css", "a file that nothing accounts for"),
        (CARD, "not the card that the build drew"),
        ("assets/cards/b.png", "not the card that the build drew"),
        ("sitemap.xml", "a map that leads elsewhere"),
        ("sitemap.xml.gz", "not sitemap.xml, packed"),
        ("search/pages.json", "an index of no known form"),
    ],
)
def test_what_is_not_as_it_was_made_is_told(site: Path, name: str, what: str) -> None:
    path = site / name
    path.write_bytes((path.read_bytes() + b"\n}") if path.exists() else (site / CARD).read_bytes())
    assert [fault for fault in told(site) if fault.startswith(f"{name}: {what}")], told(site)


@pytest.mark.parametrize("name", ["css/base.css", CARD, "search/pages.json"])
def test_what_is_asked_for_and_gone_is_told(site: Path, name: str) -> None:
    (site / "assets/site").mkdir()
    (site / "assets/site/search-box.js").touch()
    (site / name).unlink()
    assert any("not there" in fault for fault in told(site))


@pytest.mark.parametrize(
    ("section", "excerpt"),
    [
        ({"location": "", "title": "一", "text": "准确率 97.59%"}, ": 97.59%"),
        ({"location": "", "title": "二", "text": ""}, ": 二"),
        ({"location": "a/#二", "title": "一", "text": ""}, "a/#二"),
        ({"location": "gone/", "title": "一", "text": ""}, "gone/"),
        ({"location": "", "title": "一", "text": "&lt;b&gt;三倍"}, ": 三倍"),
    ],
)
def test_a_word_of_the_index_that_its_page_lacks_is_told(site: Path, section: dict[str, str], excerpt: str) -> None:
    (site / "search/pages.json").write_bytes(index([], [*SECTIONS, section]))
    faults = told(site)
    assert any("words in the search's index that no page has there" in fault and excerpt in fault for fault in faults), faults


def test_words_called_alike_are_listed_somewhere(site: Path) -> None:
    (site / "search/pages.json").write_bytes(index([["准确率", "三倍"]], SECTIONS))
    assert ["三倍" in fault for fault in told(site)] == [True]


@pytest.mark.parametrize(
    "text", ["", "[]", "null", '{"docs": 1, "config": {}}', '{"docs": [{}], "config": {}}', "\udcff", "[" * 99_999]
)
def test_an_index_that_is_none_is_told(site: Path, text: str) -> None:
    (site / "search/pages.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert ["an index of no known form" in fault for fault in told(site)] == [True]


@pytest.mark.parametrize("address", ["https://b.org/", "https://a.org/b/gone/", "https://a.org/b/a/?x"])
def test_a_map_leads_to_pages_alone(site: Path, address: str) -> None:
    text = MAP.replace("https://a.org/b/a/", address)
    (site / "sitemap.xml").write_text(text)
    (site / "sitemap.xml.gz").write_bytes(gzip.compress(text.encode()))
    assert ["a map that leads elsewhere" in fault for fault in told(site)] == [True]
