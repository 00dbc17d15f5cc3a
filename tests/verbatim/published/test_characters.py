"""Signs of published source: each kind that misleads is named with its line, Chinese and mathematics pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from verbatim.published.characters import text_of_file, wrong_signs

WRONG = {
    "x = 1  # \u202eabc": "U+202E RIGHT-TO-LEFT OVERRIDE",
    "x = 1\ry = 2": "U+000D",
    "p\u0430ss = 1": "U+0430 CYRILLIC SMALL LETTER A",
    "ｘ = 1": "U+FF58",
    "l\u03bfss = 1": "U+03BF GREEK SMALL LETTER OMICRON",
    "x\u200b = 1": "U+200B",
    "x = '\x85'": "U+0085",
    "<<<<<<< HEAD": "a mark of a merge",
}


@pytest.mark.parametrize("line", WRONG)
def test_a_sign_that_misleads_is_named(line: str) -> None:
    assert any(number == 2 and WRONG[line] in what for number, what, *_ in wrong_signs(f"a = 1\n{line}\n"))


@pytest.mark.parametrize(
    "text", ["x = 1\n", "# 中文，标点：全角（）\n", "# Δx → ε₀ μs × 10⁻³ π\n", "a\r\n".replace("\r\n", "\n"), "======="]
)
def test_what_readers_see_passes(text: str) -> None:
    assert wrong_signs(text) == []


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_bytes(b"a = 1\nb = '\xff'\n")
    text, faults = text_of_file(path)
    assert text == ""
    assert faults[0][:2] == (2, "not UTF-8")
    path.write_bytes(b"a\r\nb\r\n")
    assert text_of_file(path) == ("a\nb\n", [])
