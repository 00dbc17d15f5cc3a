"""What a theme's style sheet says of things that no page has is left out, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from verbatim.judging.unused import Said, asked_for, said_by, used, without_idle

SAID = Said(frozenset({"a", "b", "late", "--asked"}), frozenset({("dir", "ltr"), ("data-md-color-scheme", "slate")}))


@pytest.mark.parametrize(
    "sheet",
    [
        "p{color:red}",
        ".a>.b:hover,#late{color:red}",
        ".a:not(.none){color:red}",
        ":is(.a,.none){color:red}",
        "[dir=ltr] .a{color:red}",
        '[data-md-color-scheme="slate"]{--x:1;color:var(--x)}',
        "[data-other=none]{color:red}",
        "@media screen{[data-md-color-scheme=slate]{color:red}.a{top:0}}",
        "@font-face{font-family:x;src:url(x.woff2)}",
        "@keyframes none{0%{top:0}to{top:1px}}",
        ".a{--asked:1;background:url(data:image/svg+xml;charset=utf-8,<svg/>)}",
        ".none{color:red}}",  # in doubt, all of it
    ],
)
def test_what_may_be_used_stays_to_the_sign(sheet: str) -> None:
    assert used(sheet, SAID) == sheet


@pytest.mark.parametrize(
    ("sheet", "left"),
    [
        (".none{color:red}", ""),
        (".a table:not([class]) td>:first-child,.a table:not([class]) td{top:0}", ".a table:not([class]) td{top:0}"),
        (".a table:not([class]) th > :last-child{top:0}", ""),
        (".a .none,.b{color:red}", ".b{color:red}"),
        ("#none,.a>.none{color:red}p{top:0}", "p{top:0}"),
        ("[dir=rtl] .a{color:red}", ""),
        ("[data-md-color-scheme=youtube]{color:red}", ""),
        ("@media print{.none{top:0}}", ""),
        ("@supports (top:0){@media print{.none{top:0}.a{top:0}}}", "@supports (top:0){@media print{.a{top:0}}}"),
    ],
)
def test_what_nothing_can_use_is_left_out(sheet: str, left: str) -> None:
    assert used(sheet, SAID) == left


@pytest.mark.parametrize(
    ("sheet", "left"),
    [
        (".a{--idle:url('data:x;y}');--other:2;top:0}", ".a{--other:2;top:0}"),
        (".a{top:0;--idle:url(data:image/svg+xml;x,<svg/>)}", ".a{top:0;}"),
        (".a{--asked:1;--asked-too:2}", ".a{--asked:1;}"),
        (".a{top:var(--idle)}", ".a{top:var(--idle)}"),
    ],
)
def test_a_variable_stays_where_any_sheet_or_script_asks_for_it(sheet: str, left: str) -> None:
    asked = asked_for([".a{top:var( --other,0)}", "p{top:0}"], SAID)
    assert without_idle(sheet, asked) == left


def test_a_site_says_what_its_pages_have_and_its_scripts_may_make(tmp_path: Path) -> None:
    page = '<html dir="ltr"><p class="one two" id="three">four</p><script>add("five")</script><input data-md-color-scheme="slate">'
    (tmp_path / "a").mkdir()
    (tmp_path / "a/index.html").write_text(page, "utf-8")
    (tmp_path / "six.js").write_text("node.className = `seven__eight`; set('--nine')", "utf-8")
    said = said_by(tmp_path)
    assert {"one", "two", "three", "five", "seven__eight", "--nine"} <= said.words
    assert "four" not in said.words
    assert said.attributes == {("dir", "ltr"), ("data-md-color-scheme", "slate")}
