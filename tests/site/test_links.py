"""Links within the site, and builds that a broken one stops."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser
from server import Site

ROOT = Path(__file__).resolve().parents[2]
HOST = "http://site.invalid/"
# The second page has the name of one of the project, whose pages the judge knows
CONFIGURATION = f"""\
INHERIT: {ROOT}/mkdocs.yml
docs_dir: docs
watch: []
nav: [index.md, errata.md]
theme: {{custom_dir: {ROOT}/overrides}}
hooks: [{ROOT}/src/verbatim/site/mkdocs_notebook.py]
"""
BROKEN = {
    "link": ("[去](nowhere.md)", "nowhere.md"),
    "anchor": ("[去](errata.md#没有)", "没有"),
    "anchor-here": ("[去](#没有)", "没有"),
    "image": ("![图](nothing.png)", "nothing.png"),
    "formula": (r"$\frac{$", r"\frac{"),
}


def pages(folder: Path) -> dict[str, LexborHTMLParser]:
    """Return each built page by its address."""
    files = {HOST + path.relative_to(folder).as_posix(): path for path in folder.rglob("*.html")}
    return {url.removesuffix("index.html"): LexborHTMLParser(path.read_text("utf-8")) for url, path in files.items()}


def test_every_link_within_the_site_leads_somewhere(site: Site) -> None:
    built = pages(site.folder)
    anchors = {url: {node.attributes["id"] for node in tree.css("[id]")} for url, tree in built.items()}
    checked, broken = 0, []
    for url, tree in built.items():
        for link in (node.attributes.get("href") or "" for node in tree.css("a[href]")):
            target, anchor = urldefrag(urljoin(url, link))
            if not target.startswith(HOST):
                continue
            checked += 1
            known = target in anchors or (site.folder / unquote(urlsplit(target).path).lstrip("/")).is_file()
            if not known or (anchor and unquote(anchor) not in anchors.get(target, {unquote(anchor)})):
                broken.append(f"{url}: {link}")
    assert broken == []
    assert checked >= 300


def test_addresses_of_sections_are_readable_and_without_numbers(site: Site) -> None:
    article = pages(site.folder)[HOST]
    ids = [node.attributes["id"] or "" for node in article.css("article :is(h2, h3)[id]")]
    assert [name for name in ids if name[0].isdigit() or name.startswith("_")] == []
    assert {"背景介绍", "公式推导过程", "源代码详细实现"} <= set(ids)


@pytest.fixture
def small_site(tmp_path: Path) -> Path:
    """A site of two pages with the real configuration."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text(CONFIGURATION, "utf-8")
    (tmp_path / "docs" / "errata.md").write_text("# 另一页\n\n## 有\n", "utf-8")
    return tmp_path


def test_sound_page_builds(small_site: Path, build: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    page = "# 一页\n\n[去](errata.md#有)，公式 $\\frac{1}{2}$。\n"
    (small_site / "docs" / "index.md").write_text(page, "utf-8")
    built = build(small_site / "site", small_site / "mkdocs.yml")
    assert built.returncode == 0, built.stderr


@pytest.mark.parametrize("fault", BROKEN)
def test_broken_page_fails_the_strict_build_and_is_named(
    fault: str, small_site: Path, build: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    text, excerpt = BROKEN[fault]
    (small_site / "docs" / "index.md").write_text(f"# 一页\n\n{text}\n", "utf-8")
    built = build(small_site / "site", small_site / "mkdocs.yml")
    assert built.returncode == 1
    # An image that is not there is told by the generator, and by the judge: it is none of the listed files
    assert built.stderr.count("WARNING -  ") == (2 if fault == "image" else 1)
    assert "index.md" in built.stderr
    assert excerpt in built.stderr


def test_all_faults_of_a_page_are_told_at_once(small_site: Path, build: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    text = "\n\n".join(text for text, _ in BROKEN.values())
    (small_site / "docs" / "index.md").write_text(f"# 一页\n\n{text}\n", "utf-8")
    built = build(small_site / "site", small_site / "mkdocs.yml")
    assert built.returncode == 1
    assert [excerpt for _, excerpt in BROKEN.values() if excerpt not in built.stderr] == []


def notebook(text: str) -> str:
    """Return a notebook of one cell of Markdown."""
    cell = {"cell_type": "markdown", "id": "one", "metadata": {}, "source": text}
    kernel = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    return json.dumps({"cells": [cell], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def notebook_site(small_site: Path) -> Path:
    """The same with a notebook."""
    (small_site / "docs" / "index.md").write_text("# 一页\n", "utf-8")
    (small_site / "docs" / "labs").mkdir()
    configuration = CONFIGURATION.replace("errata.md]", "errata.md, labs/book.ipynb]")
    (small_site / "mkdocs.yml").write_text(configuration, "utf-8")
    return small_site


def test_page_of_a_notebook_is_one_of_the_site(notebook_site: Path, build: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    text = "# 笔记本\n\n[去](../errata.md#有)，$x$\n\n## 1. 公式\n"
    (notebook_site / "docs" / "labs" / "book.ipynb").write_text(notebook(text), "utf-8")
    built = build(notebook_site / "site", notebook_site / "mkdocs.yml")
    assert built.returncode == 0, built.stderr
    page = (notebook_site / "site" / "labs" / "book" / "index.html").read_text("utf-8")
    assert '<a href="../../errata/#有">' in unquote(page)
    assert '<a href="#公式" class="md-nav__link">' in page
    assert page.count('class="katex"') == 1
    assert len(page) < 40_000


@pytest.mark.parametrize(("text", "reason"), [("[去](nowhere.md)", "broken link"), ("$\\frac{$", "bad formula")])
def test_broken_notebook_fails_the_strict_build_and_is_named(
    text: str, reason: str, notebook_site: Path, build: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    (notebook_site / "docs" / "labs" / "book.ipynb").write_text(notebook(f"# 笔记本\n\n{text}"), "utf-8")
    built = build(notebook_site / "site", notebook_site / "mkdocs.yml")
    assert built.returncode == 1
    assert f"labs/book.ipynb: {reason}" in built.stderr
