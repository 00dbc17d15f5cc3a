"""Files by kind: what is listed, generated or drawn passes, everything else is told. Tests `drawings` too."""

from __future__ import annotations

import os

import pytest
from sample_project import Sample

from verbatim.judging import files
from verbatim.judging.evidence import Evidence
from verbatim.judging.files import Files
from verbatim.published.drawings import path_of, records_named, sign, stale_drawing
from verbatim.site.katex_assets import copy_assets

DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" data-record="{}"><path d="M0 0"/></svg>\n'


def faults(sample: Sample) -> list[str]:
    return [str(fault) for fault in Files(Evidence(sample.project)).docs_faults()]


def test_the_sample_has_none(sample: Sample) -> None:
    assert faults(sample) == []


@pytest.mark.parametrize(
    "name", ["evil.html", "evil.HTM", "evil.ipynb", "evil.vtt", "evil.md.zip", "evil.CSS", "downloads/programs/evil.py"]
)
def test_a_file_of_no_kind(sample: Sample, name: str) -> None:
    sample.write(f"docs/{name}", "x")
    assert [fault for fault in faults(sample) if f"docs/{name}: a file of no allowed kind" in fault]


def test_an_asset_is_listed_and_changed(sample: Sample) -> None:
    sample.write("docs/more.css", "p {}")
    assert "docs/more.css: a file that is not listed" in faults(sample)[0]
    assert sample.verbatim("assets").returncode == 1
    assert sample.verbatim("assets", "--write").returncode == 0
    assert faults(sample) == []
    sample.write("docs/more.css", "a {}")
    assert "docs/more.css: changed since it was listed" in faults(sample)[0]
    (sample.root / "docs/more.css").unlink()
    assert "docs/more.css: listed and not there" in faults(sample)[0]


def test_a_drawing_with_text_is_no_asset(sample: Sample) -> None:
    sample.write("docs/sign.svg", "<svg><text>import os</text></svg>")
    sample.verbatim("assets", "--write")
    assert "a drawing that holds text or script" in faults(sample)[0]


def test_links_to_other_places(sample: Sample) -> None:
    os.symlink(sample.root / "src", sample.root / "docs" / "linked")
    assert "docs/linked: a link to another place" in faults(sample)[0]


def test_a_page_in_another_encoding_and_an_unfinished_merge(sample: Sample) -> None:
    (sample.root / "docs/gbk.md").write_bytes("# 页\n\n文字".encode("gbk"))
    sample.write("docs/merge.md", "# 页\n\n<<<<<<< HEAD\n甲\n=======\n乙\n>>>>>>> other\n")
    told = faults(sample)
    assert any("docs/gbk.md:3: not UTF-8" in fault for fault in told)
    assert any("docs/merge.md:3: a mark of a merge" in fault for fault in told)


def signed(sample: Sample, records: list[str]) -> str:
    paths = {name: sample.root / f"snippets/records/{name}.json" for name in records}
    return sign(DRAWING.format(records_named(paths)), sample.root / "src/figures")


def test_a_figure_is_signed(sample: Sample) -> None:
    sample.write("src/figures/draw.py", "x = 1\n")
    sample.write("docs/assets/figures/a.svg", signed(sample, ["lab"]))
    assert faults(sample) == []
    sample.edit("docs/assets/figures/a.svg", "M0 0", "M0 1")
    assert "stale figure: it was edited after it was drawn" in faults(sample)[0]
    sample.write("docs/assets/figures/a.svg", DRAWING)
    assert "stale figure: no code drew it" in faults(sample)[0]


def test_a_figure_of_other_code_or_another_record_is_stale(sample: Sample) -> None:
    sample.write("src/figures/draw.py", "x = 1\n")
    drawing = signed(sample, ["lab"])
    folders = (sample.root / "snippets/records", sample.root / "src/figures")
    assert stale_drawing(drawing, *folders) == []
    sample.write("src/figures/draw.py", "x = 2\n")
    sample.append("snippets/records/lab.json", " ")
    assert stale_drawing(drawing, *folders) == ["the code that draws it has changed", "record lab has changed"]
    (sample.root / "snippets/records/lab.json").unlink()
    assert "record lab is missing" in stale_drawing(drawing, *folders)


def test_a_figure_of_what_was_measured_once_is_stale_when_that_changes(sample: Sample) -> None:
    sample.write("src/figures/draw.py", "x = 1\n")
    sample.write("benchmarks/speed.json", "{}")
    folders = (sample.root / "snippets/records", sample.root / "src/figures")
    path = path_of(folders[0], "bench.speed")
    assert path == sample.root / "benchmarks/speed.json"
    drawing = sign(DRAWING.format(records_named({"bench.speed": path})), folders[1])
    sample.write("docs/assets/figures/a.svg", drawing)
    assert faults(sample) == []
    sample.append("benchmarks/speed.json", " ")
    assert stale_drawing(drawing, *folders) == ["record bench.speed has changed"]
    assert "stale figure: record bench.speed has changed" in faults(sample)[0]


def docs_faults(sample: Sample) -> list[str]:
    return [str(fault) for fault in Files(Evidence(sample.project)).docs_faults()]


def site_faults(built: Sample) -> list[str]:
    evidence = Evidence(built.project)
    return [
        str(fault) for fault in Files(evidence).site_faults(built.root / "site", {page.address for page in evidence.pages.values()})
    ]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("evil.html", "a page that no source in Markdown makes"),
        ("evil.htm", "a file that nothing accounts for"),
        ("evil.XHTML", "a file that nothing accounts for"),
        ("evil.HTML", "a file that nothing accounts for"),
        ("evil.ipynb", "a file that nothing accounts for"),
        ("evil.svg", "a file that nothing accounts for"),
        (".hidden/evil.js", "a file that nothing accounts for"),
        ("data.txt", "not the file of the docs folder"),
    ],
)
def test_what_no_site_may_hold(built: Sample, name: str, told: str) -> None:
    assert site_faults(built) == []
    built.write(f"site/{name}", "x")
    assert any(f"{name}: {told}" in fault for fault in site_faults(built)), site_faults(built)


def test_what_the_docs_folder_has_and_the_site_lacks(built: Sample) -> None:
    (built.root / "site/data.txt").unlink()
    assert ["data.txt: a file of the docs folder that the site lacks" in fault for fault in site_faults(built)] == [True]
    built.edit("pyproject.toml", "[tool.verbatim]", '[tool.verbatim]\nunpublished = ["data.txt"]')
    assert site_faults(built) == []


def test_a_listed_file_is_judged_without_that_of_the_docs_folder(built: Sample) -> None:
    for folder in ("docs", "site"):
        built.write(f"{folder}/more.css", "p {}")
    built.verbatim("assets", "--write")
    (built.root / "docs/more.css").unlink()
    assert site_faults(built) == []
    built.write("site/more.css", "a {}")
    assert ["more.css: not the file of the docs folder" in fault for fault in site_faults(built)] == [True]


BROKEN = {
    "snippets/ledger.json": ["", "{}", "[]", "<<<<<<< HEAD\n{}\n", '{"regions": 1}', "\udcff"],
    "snippets/records/lab.json": ["", "{}", "null", "<<<<<<< HEAD\n{}\n", "\udcff"],
    "docs/references.bib": ["@book{", "@book{a, title = {x}}\n@book{a, title = {y}}", "\udcff"],
    "pyproject.toml": ["[tool.verbatim\n", "<<<<<<< HEAD\n", "\udcff"],
    "snippets/assets.json": ["", "[]", "\udcff"],
    "src/sample/lab.py": ["<<<<<<< HEAD\n", "\udcff", "\x00"],
    "snippets/commands/hello.sh": ["\udcff", "<<<<<<< HEAD\n"],
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in BROKEN.items() for text in texts])
def test_no_traceback(built: Sample, name: str, text: str) -> None:
    built.edit("docs/index.md", "## 1. 背景", "引用 [@goodfellow2016] 与 {{ lab.share | .1% }}\n\n## 1. 背景")
    (built.root / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    ended = built.verbatim("check", "site")
    assert "Traceback" not in ended.stderr
    assert ended.returncode in (1, 2)
    assert any(word in ended.stderr for word in (name, name.rpartition("/")[2], "verify --write"))


def test_odd_pages_are_judged_or_refused(built: Sample) -> None:
    built.write("site/frames.html", "<html><frameset><frame src='x'></frameset></html>")
    built.write("site/deep.html", "<html><body>" + "<div>" * 20_000 + "准确率 97%")
    (built.root / "site/latin.html").write_bytes("<html><body>é".encode("latin-1"))
    (built.root / "site/folder.html").mkdir()
    ended = built.verbatim("check", "site")
    assert "Traceback" not in ended.stderr
    for told in ("frames.html: a page of frames", "deep.html: elements nested too deeply", "latin.html:1: not UTF-8"):
        assert told in ended.stderr, ended.stderr[:3000]
    assert "folder.html: a folder that is called like a page" in ended.stderr


@pytest.mark.parametrize(
    ("style", "told"),
    [
        ("p::after { content: '97%' }", True),
        ('p::after { content: "快三倍" }', True),
        ("p::before { content: '\\39\\37' }", True),
        ("p::before { content: attr(title) ' ½' }", True),
        ("ol { counter-reset: item 96 }", True),
        ("p::after { content: '左右滑动 →' }", False),
        ("p { justify-content: 97 }", False),
        ("p::after { content: '' }", False),
        ("p::after { content: '→ '; margin: 3px }", False),
        ("p::after { content: '\\2192' }", False),
        ("ol { counter-reset: item }", False),
    ],
)
def test_no_style_writes_numbers(sample: Sample, style: str, *, told: bool) -> None:
    sample.write("docs/site.css", style)
    sample.verbatim("assets", "--write")
    assert any("a style that writes numbers" in fault for fault in docs_faults(sample)) is told


def test_katex_is_the_one_that_was_installed(sample: Sample) -> None:
    copy_assets(target=sample.root / "docs/assets/katex")
    assert docs_faults(sample) == []
    sample.append("docs/assets/katex/katex.min.css", ".katex::after { content: '97%' }")
    assert ["not the file that KaTeX brings" in fault for fault in docs_faults(sample)] == [True]


def test_without_katex_none_of_its_files_is_known(unproven: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Files(Evidence(unproven.project)).katex
    monkeypatch.setattr(files, "KATEX", unproven.root)
    assert Files(Evidence(unproven.project)).katex == {}


def test_a_page_of_errors_belongs_to_the_theme(unproven: Sample) -> None:
    unproven.write("docs/404.md", "# 没有此页\n")
    assert any("docs/404.md: a page in the place of the theme's page of errors" in fault for fault in docs_faults(unproven))


def test_a_figure_in_another_encoding_is_stale(unproven: Sample) -> None:
    unproven.write("docs/assets/figures/a.svg", "")
    (unproven.root / "docs/assets/figures/a.svg").write_bytes("样例".encode("gbk"))
    assert any("stale figure: it is not UTF-8" in fault for fault in docs_faults(unproven))


def test_a_link_in_a_site_is_told(unproven: Sample) -> None:
    (unproven.root / "site").mkdir()
    os.symlink(unproven.root / "src", unproven.root / "site" / "linked")
    assert any("linked: a link to another place" in fault for fault in site_faults(unproven))
