"""Widgets end to end, a fixed shell whose script is there, everything else refused; and broken files, told by `check`."""

from __future__ import annotations

import pytest
from sample_project import Sample

SCRIPT = "docs/assets/js/dice.js"


def with_widget(sample: Sample, text: str) -> Sample:
    sample.write(SCRIPT, "export const sides = 6;\n")
    sample.append("docs/index.md", f"\n{text}\n")
    listed = sample.verbatim("assets", "--write")
    assert listed.returncode == 0, listed.stdout + listed.stderr
    return sample


def test_a_widget_is_built_and_published(sample: Sample) -> None:
    build = with_widget(sample, "{{ widget.dice }}").build("--strict")
    assert build.returncode == 0, build.stderr
    assert 'data-widget="dice"' in sample.page()
    check = sample.verbatim("check", "site")
    assert check.returncode == 0, check.stderr
    page = sample.page()
    shell = page[page.index('<div class="verbatim-widget"') :]
    shell = shell[: shell.index("</div>")]
    for forged in (f"{shell}97", shell.replace(" data-search", ' tabindex="0" data-search'), shell.replace("dice", "cards")):
        sample.write("site/index.html", page.replace(shell, forged))
        check = sample.verbatim("check", "site")
        assert check.returncode == 1, forged
        assert "widget" in check.stderr


@pytest.mark.parametrize(
    "text", ["{{ widget.cards }}", '<div class="verbatim-widget" data-widget="dice" data-search-exclude>准确率</div>']
)
def test_an_unknown_or_forged_widget_fails_the_build(sample: Sample, text: str) -> None:
    build = with_widget(sample, text).build()
    assert any("widget" in fault for fault in sample.faults(build)["index"])


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("docs/index.md", "# 样例\n\n<<<<<<< HEAD\n甲\n=======\n乙\n>>>>>>> b\n".encode(), "merge"),
        ("pyproject.toml", b"[tool.verbatim\n", "pyproject.toml"),
    ],
)
def test_check_tells_what_is_broken_without_a_traceback(sample: Sample, name: str, content: bytes, told: str) -> None:
    (sample.root / name).write_bytes(content)
    ended = sample.command("mkdocs", "build", "--site-dir", "site", "--strict")
    check = sample.verbatim("check", "site")
    output = ended.stdout + ended.stderr + check.stdout + check.stderr
    assert ended.returncode or check.returncode
    assert told in output
    assert "Traceback" not in check.stderr
