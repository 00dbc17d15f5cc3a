"""The commands that pages show install the versions that everything here was tested with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMANDS = sorted((ROOT / "snippets/commands").glob("*.sh"))
PIN = re.compile(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.]+)")


def pins(text: str) -> dict[str, str]:
    return dict(PIN.findall(text))


PINNED = pins((ROOT / "requirements-jax.txt").read_text("utf-8")) | pins((ROOT / "requirements.txt").read_text("utf-8"))


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.name)
def test_installed_versions_are_the_pinned_ones(path: Path) -> None:
    text = path.read_text("utf-8")
    installs = [line for line in text.splitlines() if "pip install" in line]
    assert installs, "a page's commands install what its program needs"
    for line in installs:
        packages = [word for word in line.partition("install")[2].split() if not word.startswith("-") and "://" not in word]
        assert packages
        assert [word for word in packages if "==" not in word] == [], "each package names its version"
        assert pins(line).items() <= PINNED.items()


def test_there_are_commands() -> None:
    assert len(COMMANDS) >= 2
