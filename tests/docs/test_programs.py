"""The program of each page defines every name that it uses: seen without running it, before a reader pastes it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from verbatim.pages.running import programs_of
from verbatim.project import Project

PROGRAMS = programs_of(Project.find(Path(__file__)))


def undefined(program: str) -> list[str]:
    """Return what is said of each name that a program uses and nowhere defines, with its line."""
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821", "--output-format", "concise", "-"]
    ended = subprocess.run(command, input=program, capture_output=True, encoding="utf-8")
    assert ended.returncode in (0, 1), ended.stderr
    return [line for line in ended.stdout.splitlines() if "Undefined name" in line]


@pytest.mark.parametrize("page", PROGRAMS)
def test_every_name_is_defined_on_the_page(page: str) -> None:
    assert undefined(PROGRAMS[page].text) == []


@pytest.mark.parametrize("page", ["labs/privacy.md", "labs/distributed.md"])
def test_a_program_without_an_import_is_seen(page: str) -> None:
    lines = PROGRAMS[page].text.splitlines()
    lost = next(line for line in lines if line.startswith("import "))
    name = lost.split()[-1].split(".")[0]
    found = undefined("\n".join(line for line in lines if line != lost))
    assert found
    assert all(f"Undefined name `{name}`" in line for line in found)
