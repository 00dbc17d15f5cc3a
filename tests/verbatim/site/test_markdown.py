"""What the extension makes of a page's source where something is missing: outside a generator, without a figure, in a formula."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import pytest
from markdown import Markdown
from sample_project import Sample

from verbatim.site.markdown import without_colourless

COLOURS = Path(__file__).parents[3] / "docs/assets/css/code.css"


@pytest.fixture
def faults(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Its messages are the faults that a test has reported so far."""
    caplog.set_level(logging.WARNING, "mkdocs.verbatim")
    return caplog


def convert(sample: Sample, text: str) -> str:
    """Return a page as HTML, converted by no generator: nothing says which page it is."""
    settings: dict[str, dict[str, Any]] = {
        "pymdownx.arithmatex": {"generic": True},
        "verbatim.site.markdown": {"root": str(sample.root)},
    }
    return Markdown(extensions=list(settings), extension_configs=settings).convert(text)


def test_an_assertion_in_a_formula_shows_nothing(sample: Sample, faults: pytest.LogCaptureFixture) -> None:
    html = convert(sample, "$n{{ holds lab.total > lab.parts[1] }} = m$")
    assert r"\(n = m\)" in html
    assert faults.messages == []


def test_a_link_is_not_written_from_a_page_that_nobody_names(unproven: Sample, faults: pytest.LogCaptureFixture) -> None:
    assert "verbatim-fault" in convert(unproven, "见 {{ sec.背景 }}")
    assert "the generator does not say which page this is, so that no link can be written" in faults.messages[0]


def test_a_figure_that_nobody_drew_is_told(unproven: Sample, faults: pytest.LogCaptureFixture) -> None:
    assert "verbatim-fault" in convert(unproven, "![图](assets/figures/none.svg)")
    assert "there is no figure none.svg; draw it with `python -m figures --write`" in faults.messages[0]


def test_tokens_without_a_colour_of_their_own_are_no_elements() -> None:
    page = '<p><span class="n">字</span></p><pre><span></span><code>{}a{}<span class="o">=</span>{} {}{}None{}</code></pre>'
    name, white, constant, end = (*(f'<span class="{kind}">' for kind in ("n", "w", "kc")), "</span>")
    assert without_colourless(page.format(name, end, white, end, constant, end)) == page.format(*[""] * 6)


@pytest.mark.parametrize("kind", ["name", "variable"])
def test_names_have_the_colour_of_all_code(kind: str) -> None:
    style = COLOURS.read_text("utf-8")
    own, all_code = (re.findall(rf"--md-code-{name}-color: (#\w+);", style) for name in (f"hl-{kind}", "fg"))
    assert len(own) > 1
    assert own == all_code
