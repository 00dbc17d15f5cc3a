"""`check`: the gate sees what is missing, not only what is wrong, and counts what it saw.

Tests `claims`, `evidence`, `judge`, `leftovers`, `told` too.
"""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable

import pytest
from finding import first
from sample_project import Sample

from verbatim import wording
from verbatim.judging.blocks import body_of, parse
from verbatim.judging.check import Tally, judge_page, judge_site
from verbatim.judging.evidence import Evidence
from verbatim.judging.judge import Judge
from verbatim.judging.text import Paragraph
from verbatim.judging.told import Fold, output_proof
from verbatim.judging.told import tests_by_file as rows_of_tests
from verbatim.pages.page import Page
from verbatim.published.catalogue import Source

BARE_PAGE = "<!DOCTYPE html><html><head><title>样例</title></head><body><h1>样例</h1><p>无代码</p></body></html>"


def judged(sample: Sample) -> tuple[list[str], Tally]:
    tally = Tally()
    return [str(fault) for fault in judge_site(Judge(Evidence(sample.project)), sample.root / "site", tally)], tally


def test_a_site_that_is_as_it_should_be_has_no_fault(built: Sample) -> None:
    faults, tally = judged(built)
    assert faults == []
    assert (tally.pages, tally.blocks) == (3, 6)


def test_the_command_counts_what_it_saw(built: Sample) -> None:
    ended = built.verbatim("check", "site")
    assert ended.returncode == 0
    assert ended.stdout == "check: 3 pages, 6 blocks, 6 verified, 0 skipped, 0 bound numbers: publishable\n"
    assert ended.stderr == ""


def test_a_page_without_the_blocks_of_its_source_fails(built: Sample) -> None:
    built.write("site/index.html", BARE_PAGE)
    faults, tally = judged(built)
    assert tally.blocks == 0
    assert any("index.html: shows 0 blocks where its source has 6 fences" in fault for fault in faults)
    assert any("sample/lab.py:main" in fault and "shown on no page" in fault for fault in faults)
    assert any("site: 0 blocks found, the sources include 6" in fault for fault in faults)


def test_one_missing_block_is_named(built: Sample) -> None:
    html = built.page()
    start = html.index('<div class="highlight">')
    built.write("site/index.html", html[:start] + html[html.index("</pre></div>", start) + len("</pre></div>") :])
    faults, _ = judged(built)
    assert any("shows 5 blocks where its source has 6 fences; missing: sample/helper.py:double" in fault for fault in faults)


def test_a_block_shown_in_place_of_another_is_named(built: Sample) -> None:
    """Six blocks are shown, but one of them twice."""
    html = built.page()
    second = html.index('<div class="highlight">', html.index('<div class="highlight">') + 1)
    first = html.index('<div class="highlight">')
    block = html[first : html.index("</pre></div>", first) + len("</pre></div>")]
    built.write("site/index.html", html[:second] + block + html[html.index("</pre></div>", second) + len("</pre></div>") :])
    faults, tally = judged(built)
    assert tally.blocks == 6
    assert any("missing: sample/lab.py:imports" in fault for fault in faults)


def test_a_missing_page_is_named(built: Sample) -> None:
    (built.root / "site/references/index.html").unlink()
    faults, _ = judged(built)
    assert any("references/index.html: the page is missing; expected it from docs/references.md" in fault for fault in faults)


def test_a_missing_or_empty_site_fails(sample: Sample) -> None:
    assert any("no such folder" in fault for fault in judged(sample)[0])
    (sample.root / "site").mkdir()
    assert any("site: 0 pages for 2 sources" in fault for fault in judged(sample)[0])


def test_a_project_without_pages_or_blocks_fails(built: Sample) -> None:
    for path in (built.root / "docs").glob("*.md"):
        path.unlink()
    assert any("site: 3 pages for 0 sources" in fault for fault in judged(built)[0])
    built.write("docs/index.md", "# 无代码\n")
    assert any("blocks found, the sources include 0" in fault for fault in judged(built)[0])


def test_a_region_that_no_page_shows_is_named(built: Sample) -> None:
    built.append("src/sample/helper.py", "\n\n# --8<-- [start:unseen]\nX = 1\n# --8<-- [end:unseen]\n")
    assert any("src/sample/helper.py:11: region sample/helper.py:unseen is shown on no page" in fault for fault in judged(built)[0])


def test_a_mark_on_any_page_fails(built: Sample) -> None:
    built.write("site/404.html", BARE_PAGE.replace("无代码", '<span class="verbatim-fault">错</span>'))
    assert any("404.html: the page carries a mark of a fault" in fault for fault in judged(built)[0])


PAGES = {
    "<script src='https://cdn.example/x.js'></script>": "a request to another host",
    "<img src='//cdn.example/x.png'>": "a request to another host",
    "<img srcset='a.png 1x, https://cdn.example/x.png 2x'>": "a request to another host",
    "<video poster='https://cdn.example/x.png'></video>": "a request to another host",
    "<link rel='stylesheet' href='https://cdn.example/x.css'>": "a request to another host",
    "<link rel='alternate stylesheet' href='HTTPS://cdn.example/x.css'>": "a request to another host",
    "<link rel='preconnect' href='https://cdn.example'>": "a request to another host",
    "<svg><use href='https://cdn.example/x.svg#a'></use></svg>": "a request to another host",
    "<svg><image xlink:href='https://cdn.example/x.png'></image></svg>": "a request to another host",
    "<style>@import 'https://cdn.example/x.css';</style>": "a request to another host",
    "<p style='background: url(https://cdn.example/x.png)'>x</p>": "a request to another host",
    "<p>\\(x^2\\)</p>": "a formula that was not rendered",
    "<p>$$x^2$$</p>": "a formula that was not rendered",
    "<p>{{ lab.share | .1% }}</p>": "a reference that was not expanded",
    "<p>文献 [@goodfellow2016]</p>": "a reference that was not expanded",
    "<p>[[verification-report]]</p>": "a reference that was not expanded",
    "<nav><pre>typed = 1</pre></nav>": "a block that nothing proves",
    "<footer>准确率 97.6%</footer>": "typed measurement '97.6%'",
    "<article>x</article><p>准确率 97.6%</p>": "typed measurement '97.6%'",
}
CLEAN = [
    "<a href='https://example.org'>链接</a>",
    "<link rel='canonical' href='https://example.org/'>",
    "<script src='js/base.js'></script>",
    "<p>用 <code>\\(x\\)</code> 与 <code>$$x$$</code></p>",
    "<script>var x = 97.6 + '%' + '{{ x }}'</script>",
]


@pytest.mark.parametrize("html", PAGES)
def test_what_no_page_may_hold(built: Sample, html: str) -> None:
    built.write("site/404.html", BARE_PAGE.replace("无代码", html))
    faults, _ = judged(built)
    assert any(fault.startswith("404.html") and PAGES[html] in fault for fault in faults), faults


@pytest.mark.parametrize("html", CLEAN)
def test_what_a_page_may_hold(built: Sample, html: str) -> None:
    built.write("site/404.html", BARE_PAGE.replace("无代码", html))
    assert [fault for fault in judged(built)[0] if fault.startswith("404.html")] == []


@pytest.mark.parametrize(
    "head",
    [
        "<title>准确率 97.6%</title>",
        '<meta name="description" content="准确率 97.6%">',
        '<meta name="author" content="准确率 97.6%">',
        '<meta name="keywords" content="准确率 97.6%">',
        '<meta property="og:title" content="准确率 97.6%">',
    ],
)
def test_a_typed_measurement_in_the_head_is_refused(built: Sample, head: str) -> None:
    built.write("site/404.html", BARE_PAGE.replace("<title>样例</title>", head))
    assert any("404.html: typed measurement '97.6%'" in fault for fault in judged(built)[0])


def test_a_style_sheet_that_asks_another_host_is_named(built: Sample) -> None:
    built.write("site/css/more.css", "@font-face { src: url('https://fonts.example/x.woff2') }")
    assert any("css/more.css: a request to another host" in fault for fault in judged(built)[0])


def test_a_title_typed_in_front_matter_is_seen(sample: Sample) -> None:
    """No Markdown extension sees front matter; the check does."""
    sample.write("docs/page.md", "---\ntitle: 准确率 97.6%\ndescription: import os; print(os.name)\n---\n\n正文\n")
    sample.build()
    told = "\n".join(sample.faults(sample.verbatim("check", "site"))["page"])
    assert "typed measurement '97.6%'" in told
    assert "code that nothing proves, in what is told of the page" in told


@pytest.mark.parametrize(
    ("source", "page"),
    [
        ("index.md", "index.html"),
        ("errata.md", "errata/index.html"),
        ("labs/a-b.md", "labs/a-b/index.html"),
        ("labs/index.md", "labs/index.html"),
    ],
)
def test_where_a_page_is_built(source: str, page: str) -> None:
    assert Page.read(source, "").address == page


def test_the_report_counts_what_the_pages_show(new_sample: Callable[[str], Sample]) -> None:
    sample = new_sample("report")
    sample.append("docs/index.md", "\n{{ lab.share | .1% }}、{{ lab.LIMIT }}、{{ pin.pytest }}，文献 [@goodfellow2016]\n")
    sample.write("docs/verification.md", "# 验证报告\n\n[[verification-report]]\n")
    assert sample.build("--strict").returncode == 0
    assert sample.verbatim("check", "site").returncode == 0
    html = sample.page("verification/index.html")
    assert "6 个代码块，6 个已验证，0 个跳过。" in html
    assert "绑定到实测记录的数字 1 处，绑定到单独测量的 0 处，绑定到代码常量 1 处，绑定到固定版本 1 处，" in html
    assert "构建时由它们算出 0 处，文献引用 1 处" in html
    assert '<details id="sample/lab.py:total"><summary><code>total</code> ✓</summary>' in html
    assert 'href="verification/#sample/lab.py:total"' in sample.page()
    sample.edit("tests/test_helper.py", "== 8", "== 4 + 4")
    assert sample.build().returncode == 0
    html = sample.page("verification/index.html")
    assert "6 个代码块，5 个已验证" in html
    assert re.search(r'<details open=""><summary><code>sample/helper.py</code> · \d 个 ✗ 有的已失效</summary>', html)


def test_the_quiet_line_names_file_lines_tests_versions_and_date(built: Sample) -> None:
    from selectolax.lexbor import LexborHTMLParser

    line = first(LexborHTMLParser(built.page()), '.verbatim-proof[data-source="sample/lab.py:total"]')
    assert first(line, "summary").text() == "✓ src/sample/lab.py 第 13–16 行 · 3 个测试"
    rows = [row.text() for row in line.css("li")]
    assert rows[0] == "tests/test_lab.py：test_main，test_nothing_is_an_error，test_total"
    assert rows[-1].startswith("pytest ")
    assert built.ledger()["environment"]["date"] in rows[-1]


@pytest.mark.parametrize(("old", "new"), [("3 个测试", "4 个测试"), ("第 13–16 行", "第 13–17 行")])
def test_a_quiet_line_that_says_something_else_fails(built: Sample, old: str, new: str) -> None:
    built.edit("site/index.html", old, new)
    assert any("a proof that verbatim did not write" in fault for fault in judged(built)[0])


@pytest.fixture
def badged(sample: Sample) -> Sample:
    """The sample with two pages that show numbers, built."""
    sample.append("docs/index.md", "\n{{ lab.share | .1% }}、{{ lab.LIMIT }}\n")
    sample.write("docs/other.md", "# 另一页\n\n{{ lab.share | .1% }}\n")
    assert sample.build("--strict").returncode == 0
    return sample


def test_the_badge_counts_what_a_page_shows(badged: Sample) -> None:
    assert judged(badged)[0] == []
    assert "✓ 已核对</summary><p>本页 6 个代码块都由测试运行过，2 个数字都有来历。" in badged.page()
    assert "✓ 已核对</summary><p>本页 1 个数字都有来历。" in badged.page("other/index.html")


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("6 个代码块都由", "7 个代码块都由", "that verbatim did not write"),
        ('verbatim-badge" data-source="index.md"', 'verbatim-badge" data-source="nowhere.md"', "that verbatim did not write"),
        ("核机器上实测", "核机器上又实测", "not what it is bound to"),
    ],
)
def test_a_badge_or_an_origin_that_says_something_else_fails(badged: Sample, old: str, new: str, what: str) -> None:
    badged.edit("site/index.html", old, new)
    assert any(what in fault for fault in judged(badged)[0])


def test_the_badge_of_another_page_fails(badged: Sample) -> None:
    badge = re.search(r'<details class="verbatim-badge".*?</details>', badged.page(), re.DOTALL)
    assert badge
    badged.edit("site/other/index.html", "</h1>", f"</h1>{badge[0]}")
    assert any("the badge of another page" in fault for fault in judged(badged)[0])


def test_regions_with_the_same_text_are_each_shown(sample: Sample) -> None:
    """Two regions of one page may read alike; each include counts for its own."""
    sample.append("src/sample/helper.py", "\n\n# --8<-- [start:same]\nSAME = 1\n# --8<-- [end:same]\n")
    sample.edit(
        "src/sample/lab.py",
        "# --8<-- [start:total]",
        "# --8<-- [start:same]\nSAME = 1\n# --8<-- [end:same]\n\n\n# --8<-- [start:total]",
    )
    sample.append(
        "docs/index.md", '\n```python\n--8<-- "sample/helper.py:same"\n```\n\n```python\n--8<-- "sample/lab.py:same"\n```\n'
    )
    ended = sample.verbatim("verify", "--write")
    assert ended.returncode == 0, ended.stderr
    assert sample.verbatim("record", "--write").returncode == 0
    assert sample.verbatim("run", "--write").returncode == 0
    assert sample.build("--strict").returncode == 0
    ended = sample.verbatim("check", "site")
    assert ended.returncode == 0, ended.stderr
    assert 'data-source="sample/helper.py:same"' in sample.page()
    assert 'data-source="sample/lab.py:same"' in sample.page()


def test_what_surrounds_the_content_is_told_on_each_page_that_has_it(built: Sample) -> None:
    """What was judged on one page and found wrong is not known on the next."""
    item, clean = "<ul><li>准确率 97.6%</li></ul>", "<ul><li>准确率</li></ul>"
    for name, piece in (("index.html", clean), ("references/index.html", item), ("404.html", item)):
        page = built.page(name)
        assert page.count("</body>") == 1
        built.write(f"site/{name}", page.replace("</body>", f"{piece}</body>"))
    told = [fault.partition(":")[0] for fault in judged(built)[0] if "97.6" in fault]
    assert set(told) == {"404.html", "references/index.html"}


def test_a_fence_in_another_language_is_told_though_no_highlighter_writes_it(built: Sample) -> None:
    assert not [fault for fault in judged(built)[0] if "in a fence of" in fault]
    built.edit("docs/index.md", "```python", "```js")
    told = [fault for fault in judged(built)[0] if "in a fence of" in fault]
    assert "sample/helper.py:double in a fence of js; expected python" in told[0]


GROWING = {
    "prose": "<p>第 {place} 段有 <b>3 种</b>说法，见 <a href='../index.html'>那里</a></p>",
    "code": "<p><code>x = f({place})</code></p>",
    "typed": "<p>错了 {place} 张</p>",
    "links": "<p><a href='x{place}.txt'>甲</a></p>",
    "rows": "<table><tr><td>甲</td><td>{place}</td></tr></table>",
    "tags": "<p data-x='{place}'>甲</p>",
    "tags that do not end": "<img ",
    "citations that do not end": "[@a",
    "descriptions of no term": "<dd>错 {place}</dd>",
    "notes": "<a class='footnote-ref' href='#fn:{place}'>{place}</a>",
}


@pytest.mark.parametrize("kind", GROWING)
def test_time_grows_with_the_length_of_a_page_and_no_faster(sample: Sample, kind: str) -> None:
    def seconds(count: int) -> float:
        body = "".join(GROWING[kind].replace("{place}", str(place)) for place in range(count))
        sample.write("site/long.html", f"<html><body><article class='md-content__inner'>{body}</article></body></html>")
        best = float("inf")
        for _ in range(2):
            judge = Judge(Evidence(sample.project))
            start = time.process_time()
            faults = list(judge_page(judge, sample.root / "site/long.html", "long.html", None, Tally()))
            best = min(best, time.process_time() - start)
            assert faults
        return best

    assert seconds(2000) < 3.2 * seconds(1000) + 0.05


def test_the_name_of_a_test_begins_no_reference() -> None:
    assert rows_of_tests(["tests/test_a.py::test_b[{{ lab.x }}]", "tests/test_a.py::test_c"]) == (
        "`tests/test_a.py`：test_b[{ { lab.x }}]，test_c",
    )


def test_a_region_shown_as_another_language_is_told(unproven: Sample) -> None:
    text = Evidence(unproven.project).catalogue.sources["sample/helper.py:double"].text
    page = parse(f'<div class="language-text"><pre>{html.escape(text)}</pre></div>')
    told = [str(finding.fault) for finding in Judge(Evidence(unproven.project)).judge_blocks(page, "页", []).findings]
    assert any("sample/helper.py:double shown as text; expected python" in fault for fault in told), told


def test_an_attribute_that_declares_what_there_is_not_is_read_as_typed(unproven: Sample) -> None:
    node = first(body_of(parse('<img alt="率 97%" data-verbatim-bound="nobody.share|.0%">')), "img")
    paragraph, judge = Paragraph("率 97%", node, "alt"), Judge(Evidence(unproven.project))
    assert judge.unbound(paragraph).text == "率 97%"
    assert list(judge.stale_declared(paragraph, "页")) == []


def test_an_output_without_a_record_says_so(unproven: Sample) -> None:
    told = output_proof(Source("outputs/typed.txt", "甲"), Evidence(unproven.project))
    assert told == Fold(wording.UNRECORDED_OUTPUT.format(name="outputs/typed.txt"), ())
