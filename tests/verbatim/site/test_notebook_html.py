"""Tests `mkdocs_notebook` too."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from mkdocs.config import load_config
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from verbatim.judging.blocks import parse
from verbatim.site.mkdocs_notebook import on_config
from verbatim.site.notebook_html import tidy

CODE = 'def add(a: int, b: int) -> bool:\n    """求和 < 比较"""\n\n    return a + b < 3  # 比较'
# nbconvert warns about its own future; what it gives is what counts, so it runs apart
RENDER = (
    "import sys; from mkdocs_jupyter.convert import nb2html; open(sys.argv[2], 'w', encoding='utf-8').write(nb2html(sys.argv[1]))"
)
IMAGE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="


def render(folder: Path, *cells: nbformat.NotebookNode) -> str:
    """Return what mkdocs-jupyter makes of a notebook."""
    kernel = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    nbformat.write(new_notebook(cells=list(cells), metadata=kernel), folder / "book.ipynb")
    subprocess.run([sys.executable, "-c", RENDER, "book.ipynb", "book.html"], cwd=folder, check=True, capture_output=True)
    return (folder / "book.html").read_text("utf-8")


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> str:
    output = [new_output("stream", name="stdout", text="一\n二\n"), new_output("execute_result", data={"text/plain": "<3>"})]
    image = [new_output("display_data", data={"image/png": IMAGE})]
    return render(
        tmp_path_factory.mktemp("notebook"),
        new_markdown_cell("# 笔记本\n\n学习率 $\\alpha$，见[数据](#数据)与 `$x$`。"),
        new_markdown_cell("## 1. 数据\n\n$$\n\\begin{aligned}\nJ &= \\frac{1}{m} \\\\\nh &< 1\n\\end{aligned}\n$$"),
        new_code_cell(CODE, outputs=output),
        new_markdown_cell("## 2. 数据\n\n```bash\npip install keras\n```"),
        new_code_cell("draw()", outputs=image),
    )


@pytest.fixture
def faults(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Its messages are the faults that a test has reported so far."""
    caplog.set_level(logging.WARNING, "mkdocs.verbatim")
    return caplog


def test_style_scripts_and_frame_of_jupyterlab_are_gone(raw: str, faults: pytest.LogCaptureFixture) -> None:
    body, _ = tidy(raw, "book.ipynb")
    assert len(raw) > 500_000
    assert len(body) < 10_000
    assert [word for word in ("<style", "<script", "jp-", "clipboard-copy", "In [", 'tabindex="0"><pre') if word in body] == []
    assert faults.messages == []


def test_code_and_output_are_blocks_as_on_other_pages(raw: str) -> None:
    body, _ = tidy(raw, "book.ipynb")
    tree = parse(body)
    assert [node.text() for node in tree.css(".highlight.language-python > pre > code")] == [CODE + "\n", "draw()\n"]
    assert [node.text() for node in tree.css(".highlight.language-text > pre > code")] == ["一\n二\n", "<3>\n"]
    assert [node.text() for node in tree.css(".highlight.language-bash > pre > code")] == ["pip install keras\n"]
    assert len(tree.css("pre")) == len(tree.css("pre > code")) == 5
    assert '<span class="k">def</span>' in body


def test_formulas_are_rendered_and_code_is_left_alone(raw: str) -> None:
    body, _ = tidy(raw, "book.ipynb")
    assert body.count('class="katex"') == 2
    assert body.count("katex-display") == 1
    assert "<code>$x$</code>" in body


def test_headings_have_the_anchors_of_the_site(raw: str) -> None:
    body, tokens = tidy(raw, "book.ipynb")
    assert [(token["level"], token["id"], token["name"]) for token in tokens] == [
        (1, "笔记本", "笔记本"),
        (2, "数据", "1. 数据"),
        (2, "数据_1", "2. 数据"),
    ]
    assert '<h2 id="数据">1. 数据<a class="headerlink" href="#数据"' in body


def test_image_becomes_a_figure(raw: str) -> None:
    (image,) = parse(tidy(raw, "book.ipynb")[0]).css("figure > img")
    assert image.attributes["src"] == f"data:image/png;base64,{IMAGE}"


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (
            new_output("error", ename="ValueError", evalue="坏", traceback=["ValueError: 坏"]),
            "a cell failed or wrote to standard error",
        ),
        (new_output("stream", name="stderr", text="警告"), "a cell failed or wrote to standard error"),
        (new_output("display_data", data={"application/javascript": "alert(1)"}), "output of kind"),
    ],
    ids=["error", "stderr", "script"],
)
def test_output_that_must_not_be_published_is_a_fault(
    output: nbformat.NotebookNode, reason: str, tmp_path: Path, faults: pytest.LogCaptureFixture
) -> None:
    body, _ = tidy(render(tmp_path, new_code_cell("x", outputs=[output])), "book.ipynb")
    (message,) = faults.messages
    assert message.startswith("book.ipynb: ")
    assert reason in message
    assert 'class="verbatim-fault"' in body


def test_html_of_another_make_is_a_fault(faults: pytest.LogCaptureFixture) -> None:
    body, tokens = tidy("<p>something else</p>", "book.ipynb")
    assert "verbatim-fault" in body
    assert tokens == []
    assert "no cell found" in faults.messages[0]


def test_bad_formula_is_a_fault(tmp_path: Path, faults: pytest.LogCaptureFixture) -> None:
    tidy(render(tmp_path, new_markdown_cell("$\\frac{$")), "book.ipynb")
    assert faults.messages[0].startswith("book.ipynb: bad formula")


@pytest.mark.parametrize("plugins", ["[mkdocs-jupyter]", "[]"])
def test_half_written_cache_is_dropped(plugins: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text(f"site_name: s\nplugins: {plugins}\n")
    cache = tmp_path / ".cache/mkdocs-jupyter"
    cache.mkdir(parents=True)
    for name, text in {"whole": '{"content": "a"}', "empty": "", "cut": '{"content": "a', "bytes": "\0\0"}.items():
        (cache / f"{name}.json").write_text(text)
    on_config(load_config("mkdocs.yml"))
    left = ["whole"] if plugins != "[]" else ["bytes", "cut", "empty", "whole"]
    assert sorted(file.stem for file in cache.iterdir()) == left
