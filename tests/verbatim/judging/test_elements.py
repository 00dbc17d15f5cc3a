"""Allowed pieces: what is listed passes, what is recomputed is compared, the rest is told.

Tests `chrome`, `pieces`, `listing` too.
"""

from __future__ import annotations

import time

import pytest
from finding import first

from verbatim.judging.blocks import body_of, parse
from verbatim.judging.chrome import Chrome, Theme, around_content, content_of, inner_of
from verbatim.judging.elements import Vocabulary, addresses, hidden_signs, start_tags
from verbatim.judging.listing import runs
from verbatim.judging.pieces import Formulas, false_widgets, tags_of_tabs, widget_html, without, words_of
from verbatim.judging.statements import kind_of
from verbatim.pages.katex import KATEX_PROCESS

WRONG = {
    "<script>x</script>": "<script> is no piece",
    "<p onclick='x'>y</p>": "attribute onclick on <p>",
    "<p style='color:red'>y</p>": "attribute style on <p>",
    "<table><tr><td style='white-space:pre'>y</td></tr></table>": "style='white-space:pre' on <td>",
    "<p class='highlight'>y</p>": "class 'highlight' on <p>",
    "<a href='JavaScript:x'>y</a>": "address 'JavaScript:x'",
    "<a href='java\tscript:x'>y</a>": "address 'java\\tscript:x'",
    "<img src='data:image/png,x'>": "address 'data:image/png,x'",
    "<a href='https://example.org x'>y</a>": "address 'https://example.org x'",
    "<p is='x'>y</p>": "attribute is on <p>",
    "<x-y>z</x-y>": "<x-y> is no piece",
}


def strange(html: str) -> list[str]:
    return [wrong for _, wrong in Vocabulary(("own",)).strange(start_tags(body_of(parse(f"<body>{html}")).inner_html or ""))]


@pytest.mark.parametrize("html", WRONG)
def test_what_is_not_listed_is_told(html: str) -> None:
    assert any(WRONG[html] in wrong for wrong in strange(html)), strange(html)


def test_an_attribute_with_a_quotation_mark_in_its_name_is_no_way_out() -> None:
    assert strange('<p a"b="c">y</p><script>x</script>')


def test_what_is_listed_passes_and_is_known_from_then_on() -> None:
    vocabulary = Vocabulary(("own",))
    page = '<p class="own" id="a">x<a href="https://example.org" title="t">y</a></p><td style="text-align: left;">'
    assert list(vocabulary.strange(start_tags(page))) == []
    assert ('p class="own" id="a"', ">") in vocabulary.good


def test_addresses_are_those_of_the_site() -> None:
    page = '<a href="x.md"></a><a href="#y"></a><a href="https://example.org"></a><img src="z.png">'
    assert sorted(address for _, _, address in addresses(start_tags(page))) == ["x.md", "z.png"]


def test_hidden_signs() -> None:
    assert hidden_signs("a\u202eb\x85c\n\td") == ["\x85", "\u202e"]


FORMULAS = Formulas(KATEX_PROCESS)


def test_a_formula_is_compared_with_katex_own() -> None:
    html = KATEX_PROCESS.render("x^2")
    node = first(body_of(parse(html)), ".katex")
    assert FORMULAS.genuine(node) == "x^2"
    forged = body_of(parse(html.replace('aria-hidden="true">', 'aria-hidden="true">import os')))
    assert FORMULAS.genuine(first(forged, ".katex")) is None
    unreadable = body_of(parse('<span class="katex" data-tex="\\frac{"></span>'))
    assert FORMULAS.genuine(first(unreadable, ".katex")) is None


def test_formulas_that_write_programs() -> None:
    assert words_of(r"\text{import os}\\ \text{x = 1}").split("\n")[1].strip() == "import os"
    assert words_of(r"\texttt{np.f\_g(x=y)}") == "np.f_g(x=y)"
    assert "pip install x" in words_of(r"\substack{\texttt{pip install x}\\\texttt{y}}")
    assert "import os" in words_of(r"x = y \tag{import os}")
    assert "import os" not in words_of(r"a &= b \\ c &= d") == words_of("x")


def test_pieces_are_taken_out_in_order() -> None:
    assert without("a<b>c<b>d", [("<b>", "1"), ("<b>", "2")]) == "a1c2d"
    assert without("a<b>c", [("", "1"), ("<i>", "2"), ("<b>", "3")]) == "a3c"


TABS = (
    '<div class="tabbed-set tabbed-alternate" data-tabs="1:1"><input checked="checked" id="t" name="__tabbed_1" type="radio">'
    '<div class="tabbed-labels"><label for="t">A</label></div>'
    '<div class="tabbed-content"><div class="tabbed-block">x</div></div></div>'
)


def test_tabs_have_one_shape() -> None:
    assert len(tags_of_tabs(body_of(parse(TABS)))) == 2
    assert tags_of_tabs(body_of(parse(TABS + '<label for="t">B</label>'))) == set()
    assert tags_of_tabs(body_of(parse(TABS.replace('type="radio"', 'type="radio" value="x"')))) == set()
    assert tags_of_tabs(body_of(parse(TABS.replace('for="t"', 'for="u"')))) == set()
    assert tags_of_tabs(body_of(parse(TABS.replace('<div class="tabbed-labels">', '<p>x</p><div class="tabbed-labels">')))) == set()


def test_a_widget_is_its_shell_and_has_a_script() -> None:
    def wrong(html: str, exists: bool) -> list[str]:
        return [reason for _, reason in false_widgets(body_of(parse(html)), lambda name: exists)]

    assert wrong(widget_html("digit"), True) == []
    assert wrong(widget_html("digit"), False) == ["widget 'digit' has no assets/js/digit.js"]
    assert wrong(widget_html("digit").replace("></div>", ">x</div>"), True) == ["a widget that is not its shell"]


PAGE = (
    "<html><head><script src='{0}js/theme.js'></script></head><body><nav class='md-nav'>x</nav>"
    "<article class='md-content__inner'>y</article></body></html>"
)


def surroundings(page: str) -> list[str]:
    chrome = Chrome(Theme.of(parse(PAGE.format("/"))))
    around = around_content(parse(page).html or "", inner_of(content_of(parse(page))))
    return [tag for tag, _ in [*chrome.strange_scripts(around), *chrome.strange_tags("\n".join(chrome.unknown(around)[1]))]]


def test_surroundings_are_the_themes() -> None:
    page = PAGE.format("../")
    assert surroundings(page) == []
    assert surroundings(page.replace("y</article>", "y</article><p>z</p>")) == ["p"]
    assert "x" in surroundings(page.replace("</body>", "<script>x</script></body>"))
    assert surroundings(page.replace("</body>", "<script src='other.js'></script></body>")) == ['script src="other.js"']
    assert surroundings(page.replace("</body>", "<article class='md-content__inner'>z</article></body>")) == []
    assert surroundings(page.replace("</nav>", "<a class='md-nav__link' href='javascript:x'>z</a></nav>"))


def test_kinds_of_lines() -> None:
    assert [kind_of(line) for line in ("import os", "ｐｒｉｎｔ（ｘ）", "make sure", "—", "第一行", "x = 'y'  # 说明")] == [
        3,
        2,
        1,
        0,
        -1,
        3,
    ]
    assert kind_of('"y"  # x') == 0  # nothing but a quotation and a remark
    assert kind_of("x = 1; " * 200) == -1  # longer than anybody writes a line of code


def test_time_grows_with_the_page() -> None:
    """A page ten times as long takes at most some twenty times as long."""
    piece = (
        "<p><code>import os</code> 说明</p><table><tr><td>f(x)</td><td>"
        + "九千" * 400
        + "</td></tr></table><ul><li>x = "
        + "a." * 200
    )

    def seconds(count: int) -> float:
        page = piece * count
        start = time.process_time()
        runs(page)
        list(Vocabulary().strange(start_tags(page)))
        return time.process_time() - start

    seconds(20)
    assert seconds(1000) < 25 * max(seconds(100), 0.002)
