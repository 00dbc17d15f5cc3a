"""Blocks pasted one by one into the plain prompt of Python, where a blank line ends a function: no page has one, or it says so."""

from __future__ import annotations

import codeop
import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from reader import base_python

from verbatim.pages.page import read_pages
from verbatim.pages.program import blocks_of_page
from verbatim.project import Project
from verbatim.published.catalogue import Catalogue

PROJECT = Project.find(Path(__file__))
CATALOGUE = Catalogue(PROJECT)
BLOCKS = {
    name: [block.text for block in blocks_of_page(CATALOGUE, page)]
    for name, page in read_pages(PROJECT.docs).items()
    if page.shows_python
}
# What a page tells its readers where its blocks cannot be pasted so
WARNED = "不能逐块粘贴到 Python 3.11 的交互式命令行"
BROKEN = "def double(number):\n    twice = 2 * number\n\n    return twice"
TROUBLE = re.compile(r"^\s*(?:\w*Error|Traceback)\b.*", re.MULTILINE)


def errors(block: str) -> list[str]:
    """Return what the interactive loop would refuse of a block: it compiles as soon as a statement is complete."""
    held: list[str] = []
    found = []
    for line in [*block.splitlines(), ""]:
        held.append(line)
        try:
            complete = codeop.compile_command("\n".join(held), symbol="single") is not None
        except SyntaxError as error:
            found.append(f"{line!r}: {error}")
            complete = True
        if complete:
            held.clear()
    return found if not held else [*found, f"{held[-1]!r}: not finished"]


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_of_the_page_can_be_pasted_one_by_one_or_the_page_says_not(name: str) -> None:
    """A class with several methods cannot be pasted there: its methods are parted by blank lines."""
    assert len(BLOCKS[name]) >= 1
    refused = [error for block in BLOCKS[name] for error in errors(block)]
    if WARNED in (PROJECT.docs / name).read_text("utf-8"):
        assert refused != []
    else:
        assert refused == []


def test_most_pages_can_be_pasted() -> None:
    warned = [name for name in BLOCKS if WARNED in (PROJECT.docs / name).read_text("utf-8")]
    assert len(warned) < len(BLOCKS) / 3


@pytest.mark.parametrize(
    "block", [BROKEN, "for number in (1, 2):\n    print(number)\nprint(3)", "class Pair:\n    x = 1\n\n    y = 2", "print("]
)
def test_block_that_the_prompt_refuses_is_seen(block: str) -> None:
    assert errors(block) != []


class Prompt:
    """The plain prompt of Python, in a pseudo-terminal as in a window."""

    def __init__(self, terminal: int) -> None:
        self.terminal = terminal
        self.transcript = ""

    def wait(self, limit: float = 120) -> None:
        """Read until Python asks for the next line."""
        end = time.monotonic() + limit
        heard = ""
        while not heard.endswith((">>> ", "... ")):
            ready, _, _ = select.select([self.terminal], [], [], max(0, end - time.monotonic()))
            assert ready, f"no prompt within {limit} s:\n{self.transcript[-2000:]}{heard}"
            heard += os.read(self.terminal, 65536).decode("utf-8", "replace")
        self.transcript += heard

    def paste(self, block: str) -> None:
        """Paste a block and press Return until the prompt is free."""
        for line in [*block.splitlines(), ""]:
            os.write(self.terminal, f"{line}\n".encode())
            self.wait()

    @property
    def trouble(self) -> list[str]:
        return TROUBLE.findall(self.transcript.replace("\r", ""))


@contextmanager
def prompt(python: str, folder: Path) -> Iterator[Prompt]:
    """Start Python's own prompt, the one without an editor also where the version has another, and end it afterwards."""
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "KERAS", "TF_"))}
    environment |= {"PYTHON_BASIC_REPL": "1", "TERM": "dumb", "LC_ALL": "C.UTF-8"}
    process = subprocess.Popen(
        [python, "-q"], cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    try:
        started = Prompt(ours)
        started.wait()
        yield started
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def test_program_without_packages_runs_at_the_prompt(tmp_path: Path) -> None:
    with prompt(str(base_python()), tmp_path) as terminal:
        for block in BLOCKS["labs/flops.md"]:
            terminal.paste(block)
        terminal.paste('print("found:", results["per_image"])')
    assert terminal.trouble == []
    assert "found: 409088" in terminal.transcript


def test_functions_of_a_page_are_there_after_pasting(tmp_path: Path) -> None:
    """All blocks but the last, which runs the whole program: that is done once, in test_paste."""
    *blocks, _ = BLOCKS["labs/gradient-check.md"]
    with prompt(sys.executable, tmp_path) as terminal:
        for block in blocks:
            terminal.paste(block)
        terminal.paste('print("found:", compare(np.array([1.0, -4.0]), unit_tape(np.zeros(2), np.eye(2), np.ones(2))))')
    assert terminal.trouble == []
    assert "found: (" in terminal.transcript


def test_blank_line_in_a_function_breaks_it_at_the_prompt(tmp_path: Path) -> None:
    with prompt(str(base_python()), tmp_path) as terminal:
        terminal.paste(BROKEN)
    assert any("IndentationError" in line for line in terminal.trouble)
