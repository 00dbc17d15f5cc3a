"""MkDocs's pages name one style sheet, joined of all that they named."""

from __future__ import annotations

from pathlib import Path

import pytest
from mkdocs.config.defaults import MkDocsConfig

from verbatim.judging.sheets import file_of, joined
from verbatim.site.mkdocs_sheets import on_post_build

NAMES = ("assets/theme.css", "assets/own.css")


@pytest.mark.parametrize("way", ["", "../../", "/below/"])
def test_a_page_names_one_sheet_where_it_named_the_first(way: str, tmp_path: Path) -> None:
    for name in NAMES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"{name[7]}{{}}", "utf-8")
    links = [f'<link rel="stylesheet" href="{way}{name}">\n' for name in NAMES]
    (tmp_path / "a.html").write_text(f"<title>a</title>\n    {links[0]}    <meta>\n  {links[1]}<script></script>", "utf-8")
    (tmp_path / "b.html").write_text("<title>b</title>", "utf-8")
    config = MkDocsConfig()
    config.site_dir = str(tmp_path)
    on_post_build(config)
    sheet = file_of(joined(tmp_path, NAMES))
    page = f'<title>a</title>\n<link rel="stylesheet" href="{way}{sheet}">\n    <meta>\n<script></script>'
    assert (tmp_path / "a.html").read_text("utf-8") == page
    assert (tmp_path / "b.html").read_text("utf-8") == "<title>b</title>"
    assert (tmp_path / sheet).read_text("utf-8").endswith("*/\nt{}\no{}")
