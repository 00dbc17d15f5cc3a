"""The words of a page, paragraph by paragraph: what is read, and what stands for bound and cited text."""

from __future__ import annotations

from html import escape

import pytest

from verbatim.judging.blocks import body_of, parse
from verbatim.judging.numbers import BOUND, BREAK, CITED, CODE, CODE_END, FORMULA, FORMULA_END
from verbatim.judging.text import Known, paragraphs
from verbatim.pages.references import Number


def read(html: str, *, genuine: bool = True, bound: tuple[str, ...] = ()) -> list[str]:
    number = Number("97%", "lab.share", ".0%", "record", "")
    known = Known(
        lambda node: genuine, lambda node: number if genuine else None, dict.fromkeys(bound, number), "published(1)".__eq__
    )
    found = paragraphs(body_of(parse(f"<body>{html}")), known)
    return [f"{paragraph.attribute}={paragraph.text}" if paragraph.attribute else paragraph.text for paragraph in found]


def katex(tex: str, drawn: str | None = None) -> str:
    shown = tex if drawn is None else drawn
    mathml = f'<math class="katex-mathml"><mn>{shown}</mn></math>'
    return f'<span class="katex" data-tex="{escape(tex)}">{mathml}<span class="katex-html">{shown}</span></span>'


@pytest.mark.parametrize(
    ("html", "texts"),
    [
        ("<p>一</p><p>二</p>", ["一", "二"]),
        ("<p>9<b>7</b>.6%</p>", ["97.6%"]),
        ("<p>9\n7</p>", ["9 7"]),
        ("<p>99<!-- x -->%</p>", ["99%"]),
        ("<div>一<p>二</p>三</div>", ["一", "二", "三"]),
        ("<table><tr><td>一</td><td>二</td></tr></table>", [f"一{BREAK}{BREAK}二{BREAK}{BREAK}"]),
        ("<p><img alt='甲' title='乙'></p>", ["alt=甲", "title=乙"]),
        ("<input value='甲' placeholder='乙' aria-label='丙'>", ["placeholder=乙", "value=甲", "aria-label=丙"]),
        ("<pre>代码</pre><script>x</script><style>y</style>", []),
        ("<noscript>甲</noscript>", ["甲"]),
        ("<math><mn>5</mn></math>", ["5"]),
        ("<a class='headerlink'>甲</a>", ["甲"]),
        ("<div class='verbatim-fault'>97.6%</div>", []),
        ("<p>甲<br>乙</p>", [f"甲{BREAK} 乙"]),
        ("<p><code>x = 97</code></p>", [f"{CODE}x = 97{CODE_END}"]),
        ("<p>见 <code>published(1)</code></p>", ["见"]),
        ("<p>97<span hidden>甲</span>%</p>", ["甲", "97%"]),
        ("<p>97<span style='display:none'>甲</span>%</p>", ["甲", "97%"]),
        ("<p>10<sup>-7</sup></p>", ["10⁻⁷"]),
        ("<p>9\ue0107</p>", ["9\ufffd7"]),
        ("<ol start='234'><li>甲</li></ol>", ["start=234", "甲"]),
        ("<table summary='甲'><tr><th abbr='乙'>丙</th></tr></table>", ["summary=甲", "abbr=乙", f"丙{BREAK}{BREAK}"]),
        ("<p aria-description='甲' aria-valuetext='乙'>丙</p>", ["aria-description=甲", "aria-valuetext=乙", "丙"]),
        ("<select><option>甲</option></select>", ["甲"]),
    ],
)
def test_what_is_read(html: str, texts: list[str]) -> None:
    assert read(html) == texts


@pytest.mark.parametrize(
    ("html", "stands", "forged"),
    [
        ("<p>是 <span class='verbatim-number'>97%</span></p>", [f"是 {BOUND}"], ["是 97%"]),
        ("<p>是 97%<sup class='verbatim-citation'><a>[1]</a></sup></p>", [f"是 97%{CITED}"], ["是 97%[1]"]),
        ("<details class='verbatim-proof'><summary>3 张</summary></details>", [], ["3 张"]),
        ("<div class='verbatim-report'>3 张</div>", [], ["3 张"]),
        ("<svg data-verbatim-figure='x.svg'><text>3 张</text></svg>", [], ["3 张"]),
    ],
)
def test_what_claims_to_be_proven_is_read_unless_it_is(html: str, stands: list[str], forged: list[str]) -> None:
    assert read(html) == stands
    assert read(html, genuine=False) == forged


def test_formulas_are_read_as_their_tex() -> None:
    assert read(f"<p>是 {katex('p = 97.6')}。</p>") == [f"是 {FORMULA}p = 97.6{FORMULA_END}。"]


def test_a_formula_that_draws_other_digits_than_its_tex_is_read_as_it_is_drawn() -> None:
    assert "99.9" in "".join(read(f"<p>{katex('x', drawn='99.9')}</p>"))
    assert "99.9" in "".join(read('<p><span class="katex" data-tex="x">99.9</span></p>'))


def test_numbers_in_formulas_are_bound_where_the_page_binds_them() -> None:
    formula = katex(r"p = \htmlClass{verbatim-number}{97.58\%}")
    assert read(f"<p>{formula}</p>", bound=(r"97.58\%",)) == [f"{FORMULA}p = {BOUND}{FORMULA_END}"]
    assert "97.58" in read(f"<p>{formula}</p>")[0]
