"""The one style sheet of a site: what it is joined of, and that one of other parts is seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from verbatim.judging.sheets import file_of, joined, sheet_faults

NAMES = ("assets/stylesheets/theme.css", "assets/katex/katex.css", "assets/css/own.css")
PARTS = (
    '@charset "UTF-8";a{background:url("data:image/svg+xml,<svg/>")}\n/*# sourceMappingURL=theme.css.map */',
    "@font-face{src:url(other/Main.woff2)}",
    "/* Not at\n all */\n\nb {\n  background: url('../figures/b.svg');\n  mask: url(#c)\n}\n",
)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for name, text in zip(NAMES, PARTS, strict=True):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    text = joined(tmp_path, NAMES)
    (tmp_path / file_of(text)).write_text(text, "utf-8")
    return tmp_path


def test_parts_are_joined_in_order_and_lead_where_they_led(site: Path) -> None:
    head, told, *rest = joined(site, NAMES).split("\n")
    assert (head, told) == ('@charset "UTF-8";', f"/* Joined by the build: {' '.join(NAMES)} */")
    assert rest == [
        'a{background:url("data:image/svg+xml,<svg/>")}',
        "@font-face{src:url(../katex/other/Main.woff2)}",
        *("b {", "background: url('../figures/b.svg');", "mask: url(#c)", "}"),
    ]
    assert list(sheet_faults(site)) == []


def test_a_sheet_that_says_more_than_its_parts_is_a_fault(site: Path) -> None:
    path = site / file_of(joined(site, NAMES))
    path.write_text(f"{path.read_text('utf-8')}b::after{{content:'97%'}}", "utf-8")
    assert [fault.what for fault in sheet_faults(site)] == ["not what its parts make"]


def test_a_sheet_whose_part_has_changed_since_is_a_fault(site: Path) -> None:
    (site / NAMES[2]).write_text("b{color:red}", "utf-8")
    assert [fault.what for fault in sheet_faults(site)] == ["not what its parts make"]


@pytest.mark.parametrize("said", ["b{}", '@charset "UTF-8";\n/* Joined by the build: assets/css/none.css */\nb{}'])
def test_a_sheet_of_parts_that_are_not_there_is_a_fault(said: str, site: Path) -> None:
    (site / file_of(said)).write_text(said, "utf-8")
    assert [fault.what for fault in sheet_faults(site)] == ["a sheet of unknown parts"]
