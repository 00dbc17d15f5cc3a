"""Faults: one form in the log, on the page and in `check`; and which page is being converted.

Tests `generator` too.
"""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest
from markdown import Markdown
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor

from verbatim.faults import Fault, mark, report, shorten
from verbatim.site.generator import UNKNOWN, page_of

FAULT = Fault("index.md", "a <block>", "mend it", "x\n  y\n\n")


def test_a_fault_is_told_with_place_cause_cure_and_excerpt() -> None:
    assert str(FAULT) == "index.md: a <block>; mend it\n    x ⏎ y"
    assert str(Fault("index.md", "a", "b")) == "index.md: a; b"


def test_a_mark_shows_the_same_words_and_lets_no_html_through() -> None:
    assert mark(FAULT) == '<div class="verbatim-fault" role="alert">⚠ a &lt;block&gt;; mend it <q>x ⏎ y</q></div>'
    assert mark(FAULT, inline=True).startswith("<span ")


def test_a_report_is_a_warning_that_mkdocs_counts(caplog: pytest.LogCaptureFixture) -> None:
    assert report(FAULT) == mark(FAULT)
    record = caplog.records[0]
    assert record.levelno == logging.WARNING
    assert record.name.startswith("mkdocs.")
    assert record.getMessage() == str(FAULT)


@pytest.mark.parametrize(("text", "line"), [("a\nb", "a ⏎ b"), ("x" * 130, "x" * 119 + "…"), ("", "")])
def test_an_excerpt_is_one_line(text: str, line: str) -> None:
    assert shorten(text) == line


def test_the_page_is_never_guessed() -> None:
    assert page_of(Markdown()) == UNKNOWN


def test_the_page_is_what_the_generator_says() -> None:
    md = Markdown()
    of_mkdocs = Treeprocessor()
    vars(of_mkdocs)["file"] = SimpleNamespace(src_uri="labs/a.md")
    md.treeprocessors.register(of_mkdocs, "relpath", 0)
    assert page_of(md) == "labs/a.md"
    md = Markdown()
    of_zensical = Preprocessor()
    vars(of_zensical)["page"] = SimpleNamespace(path="labs/b.md")
    md.preprocessors.register(of_zensical, "links", 0)
    assert page_of(md) == "labs/b.md"
