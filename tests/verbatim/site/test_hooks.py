"""MkDocs's hooks where they have nothing to do: in `serve`, without the search, beside what was written before.

Tests `cards`, `mkdocs_cards`, `mkdocs_policy`, `mkdocs_programs`, `mkdocs_search` and `mkdocs_theme` too.
"""

from __future__ import annotations

import gc
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from jinja2 import Environment
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from sample_project import Sample

from verbatim.judging.brought import is_signed
from verbatim.site import mkdocs_cards, mkdocs_policy, mkdocs_programs, mkdocs_search, mkdocs_theme, policy
from verbatim.site.building import kept
from verbatim.site.cards import placed

PAGE = '<!doctype html><html><head><meta charset="utf-8"><title>x</title></head><body><p>x</p></body></html>'


@pytest.fixture
def config(tmp_path: Path) -> MkDocsConfig:
    """The settings of a site of one page."""
    (tmp_path / "index.html").write_text(PAGE, "utf-8")
    config = MkDocsConfig()
    config.site_dir = config.docs_dir = str(tmp_path)
    return config


@pytest.mark.parametrize("serving", [True, False])
def test_only_what_is_published_gets_a_policy(serving: bool, config: MkDocsConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "serving", serving)
    mkdocs_policy.on_post_build(config)
    page = Path(config.site_dir, "index.html").read_text("utf-8")
    assert ("Content-Security-Policy" in page, page == PAGE) == (not serving, serving)


def test_nobody_passes_on_what_is_served(config: MkDocsConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "serving", True)
    context: dict[str, object] = {"a": 1}
    assert mkdocs_cards.on_page_context(context, cast("Any", None), config, cast("Any", None)) is context
    assert [path.name for path in Path(config.site_dir).iterdir()] == ["index.html"]


def test_a_drawing_without_a_size_is_not_placed() -> None:
    assert placed('<svg class="fig"><path/></svg>') == ""
    assert placed('<svg class="fig" viewBox="0 0 1 1"><path/></svg>').endswith('viewBox="0 0 1 1"><path/></svg>')


def test_a_site_without_the_search_has_no_words_for_it(config: MkDocsConfig) -> None:
    mkdocs_search.on_post_build(config)
    assert [path.name for path in Path(config.site_dir).iterdir()] == ["index.html"]


def test_what_the_build_makes_takes_the_place_of_what_was_written_before(config: MkDocsConfig) -> None:
    written, made, other = (
        File(name, folder, config.site_dir, use_directory_urls=True)
        for name, folder in (("a.py", "docs"), ("a.py", "made"), ("b.py", "made"))
    )
    files = Files([written])
    for file in (made, other):
        mkdocs_programs.replace(files, file)
    assert [(file.src_uri, file.src_dir) for file in files] == [("a.py", "made"), ("b.py", "made")]


def test_a_card_is_drawn_once_and_again_for_another_title(
    unproven: Sample, config: MkDocsConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.config_file_path = str(unproven.root / "mkdocs.yml")
    drawn: list[str] = []

    def card(title: str, *_: object) -> bytes:
        drawn.append(title)
        return title.encode() + bytes(12)  # where a PNG has its end

    monkeypatch.setattr(policy, "serving", False)
    monkeypatch.setattr(mkdocs_cards, "card", card)
    page = SimpleNamespace(file=SimpleNamespace(src_uri="labs/a.md"), content="", meta={}, title="甲")
    for title in ("甲", "甲", "乙"):
        page.title = title
        mkdocs_cards.on_page_context({}, cast("Any", page), config, cast("Any", None))
        path = Path(config.site_dir, "assets/cards/labs-a.png")
        assert path.read_bytes().startswith(title.encode())
        assert is_signed(path)
    assert drawn == ["甲", "乙"]
    assert page.meta == {"card": "assets/cards/labs-a.png"}


def test_pages_hold_the_script_of_the_palette_without_its_notes(config: MkDocsConfig) -> None:
    script = "/**\n * note\n */\n{\n  // note\n  /** note */\n  /** @type {any} */ (globalThis).a(); // kept\n}\n"
    path = Path(config.docs_dir, mkdocs_theme.PALETTE)
    path.parent.mkdir(parents=True)
    path.write_text(script, "utf-8")
    held = mkdocs_theme.on_env(Environment(autoescape=True), config).globals["palette_script"]
    assert held == "{\n  /** @type {any} */ (globalThis).a(); // kept\n}"


def test_the_theme_does_not_start_its_own_palette() -> None:
    form = '<form class="md-header__option" data-md-component="palette">'
    assert mkdocs_theme.mend(form) == '<form class="md-header__option">'


def test_what_the_first_build_reads_is_swept_no_more() -> None:
    gc.unfreeze()
    try:
        with kept():
            assert not gc.isenabled()
        assert gc.isenabled()
        frozen = gc.get_freeze_count()
        assert frozen > 0
        with kept():
            assert gc.isenabled()
        assert gc.get_freeze_count() <= frozen
    finally:
        gc.unfreeze()
