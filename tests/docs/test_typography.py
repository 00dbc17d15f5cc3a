"""Chinese typography of the pages: AutoCorrect's rules, and two that it does not have."""

from __future__ import annotations

import re
from pathlib import Path

import autocorrect_py
import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
CHINESE = "\u4e00-\u9fff，。；：！？、（）《》“”"
# What stands for a number, and what is no prose, must not be judged as text
NOT_PROSE = (
    (re.compile(r"\A---\n.*?\n---\n", re.DOTALL), ""),
    (re.compile(r"\{\{ holds [^{}]*\}\}"), ""),  # shows nothing
    (re.compile(r"\{\{[^{}]*\}\}"), "1"),
    (re.compile(r"\{[ :#.][^{}]*\}"), ""),
    (re.compile(r"\]\([^()\s]*\)"), "](x)"),
    (re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$", re.DOTALL), "x"),
)


def prose(text: str) -> str:
    for pattern, replacement in NOT_PROSE:
        text = pattern.sub(replacement, text)
    return text


def faults(text: str) -> list[str]:
    """Return what is wrong with the typography of a page, a line each."""
    text = prose(text)
    result = autocorrect_py.lint_for(text, "markdown")
    found = [f"{line.line}: {line.old.strip()} → {line.new.strip()}" for line in result.lines]
    lines = text.split("\n")
    fenced = False
    for number, (line, following) in enumerate(zip(lines, [*lines[1:], ""], strict=True), start=1):
        fenced ^= line.lstrip().startswith("```")
        if fenced:
            continue
        if (
            re.search(rf"[{CHINESE}]$", line)
            and re.match(rf"(?!\d+\. )[{CHINESE}\w“]", following)
            and not line.startswith(("#", "|", "/"))
        ):
            found.append(f"{number}: hard-wrapped sentence, it would gain a space: {line[-20:]} / {following[:20]}")
        if re.search(rf'[{CHINESE}]"|"[{CHINESE}]', line) and not line.lstrip().startswith(("===", "!!!", "???", "<")):
            found.append(f"{number}: straight quotes beside Chinese, use “ ”: {line.strip()[:40]}")
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT / "docs").as_posix())
def test_page(page: Path) -> None:
    assert faults(page.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "text",
    [
        "用TensorFlow训练",
        "训练用了10个轮次",
        "第一句,第二句。",
        "这一句在这里被折断，\n读出来多一个空格。",
        '他说"好"。',
    ],
)
def test_a_fault_is_caught(text: str) -> None:
    assert faults(text) != []


def test_what_is_right_is_left_alone() -> None:
    assert faults("用 TensorFlow 训练了 {{ classifier.EPOCHS }} 个轮次，得到“好”结果。\n\n下一段。") == []
