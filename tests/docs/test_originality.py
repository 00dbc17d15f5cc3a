"""No sentence of the source article is copied: no run of twenty characters, outside headings, formulas, names and code.

The source's text is not in this repository. What is kept are digests of its runs of twenty characters, white space aside.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUN = 20
DIGESTS = frozenset((Path(__file__).parent / "data/source-runs.txt").read_text("utf-8").split())
PAGES = sorted((ROOT / "docs").rglob("*.md"))
# Works that the source names, in the words of their own titles
NAMES = (
    "Zen and the Art of Computer Programming",
    "Generative Adversarial Nets",
    "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding",
    "Dilated Convolutional Neural Networks for Keyword Spotting",
    "Goodfellow、Bengio、Courville",
)


def runs(text: str) -> Iterator[tuple[str, str]]:
    """Yield each run of twenty characters, white space aside, with its digest."""
    squeezed = re.sub(r"\s+", "", text)
    for place in range(len(squeezed) - RUN + 1):
        run = squeezed[place : place + RUN]
        yield run, hashlib.blake2b(run.encode(), digest_size=6).hexdigest()


def prose(text: str) -> str:
    """Return a page's own sentences: what may be alike is replaced by a sign that the source does not have."""
    for pattern in (r"^#.*$", r"^```.*?^```", r"\$\$.*?\$\$", r"\$[^$\n]+\$", r"^---\n.*?\n---$"):
        text = re.sub(pattern, "\x00", text, flags=re.MULTILINE | re.DOTALL)
    for name in NAMES:
        text = text.replace(name, "\x00")
    return text


def copied(text: str) -> list[str]:
    return [run for run, value in runs(prose(text)) if value in DIGESTS]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT / "docs").as_posix())
def test_page_shares_no_run_with_the_source(page: Path) -> None:
    assert copied(page.read_text("utf-8")) == []


def test_digests_are_of_the_whole_source() -> None:
    assert len(PAGES) >= 5
    assert len(DIGESTS) > 2000


def test_a_copied_run_is_caught() -> None:
    formula = r"\theta_{t+1} &= \theta_{t} - \alpha \frac{\partial}{\partial \theta} J(\theta)"
    assert copied(formula) != []  # as if it were a sentence
    assert copied(f"## {formula}") == []
    assert copied(f"公式：\n\n$$\n{formula}\n$$\n") == []
    assert copied("这一句话是本版自己写的，和原文没有二十个字相同的地方。") == []
