"""Terms explain themselves once, in the middle of Chinese text too; a glossary that cannot be read is refused."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from markdown import Markdown

from verbatim.site.glossary import GlossaryError, read_terms

GLOSSARY = """\
# 术语表

| 中文 | 英文 | 含义 |
| --- | :-- | --- |
| 梯度 | gradient | 导数排成的向量 |
| 梯度下降 | gradient descent | 沿梯度的反方向走 |
| MNIST | MNIST | 手写数字 |
| GPU、TPU | processor | 处理器 |
"""
GRADIENT = '<abbr title="gradient：导数排成的向量">梯度</abbr>'
MNIST = '<abbr title="手写数字">MNIST</abbr>'


@pytest.fixture
def convert(tmp_path: Path) -> Callable[[str], str]:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.verbatim]\nsource = "src"\npackages = ["p"]\ndocs = "docs"\nsnippets = "s"\ntests = "t"\n', "utf-8"
    )
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "glossary.md").write_text(GLOSSARY, "utf-8")
    names = ["tables", "pymdownx.superfences", "pymdownx.arithmatex", "toc", "verbatim.site.glossary"]
    options: dict[str, dict[str, object]] = {
        "pymdownx.arithmatex": {"generic": True},
        "verbatim.site.glossary": {"root": str(tmp_path)},
    }
    return lambda text: Markdown(extensions=names, extension_configs=options).convert(text)


def test_first_use_alone_is_explained(convert: Callable[[str], str]) -> None:
    html = convert("求**一下梯度**，再说梯度后，第三次*梯度*。\n\n用 MNIST 与MNIST")
    assert html == f"<p>求<strong>一下{GRADIENT}</strong>，再说梯度后，第三次<em>梯度</em>。</p>\n<p>用 {MNIST} 与MNIST</p>"


def test_a_page_that_sets_a_term_in_bold_explains_it_itself(convert: Callable[[str], str]) -> None:
    html = convert("先提一次梯度。\n\n**梯度**是导数排成的向量，**梯度下降**用它，MNIST 不用。")
    assert html.count("<abbr") == 1
    assert MNIST in html


def test_the_longest_term_wins(convert: Callable[[str], str]) -> None:
    html = convert("用梯度下降，求梯度，再用梯度下降")
    assert html == f'<p>用<abbr title="gradient descent：沿梯度的反方向走">梯度下降</abbr>，求{GRADIENT}，再用梯度下降</p>'


def test_a_latin_term_is_a_whole_word(convert: Callable[[str], str]) -> None:
    assert (
        convert("Fashion-MNIST、EMNIST、MNIST_x、MNIST-C 与MNIST。")
        == f"<p>Fashion-MNIST、EMNIST、MNIST_x、MNIST-C 与{MNIST}。</p>"
    )


def test_terms_may_share_a_definition(convert: Callable[[str], str]) -> None:
    assert convert("GPU 和 TPU").count('title="processor：处理器"') == 2


def test_labels_code_and_formulas_are_no_use(convert: Callable[[str], str]) -> None:
    table = "| MNIST | b |\n| --- | --- |\n| MNIST | 2 |"
    html = convert(f"# MNIST\n\n{table}\n\n[MNIST](x.md) `MNIST` $\\text{{MNIST}}$\n\n```\nMNIST\n```\n\n之后 MNIST")
    assert html.count("<abbr") == 1
    assert html.endswith(f"<p>之后 {MNIST}</p>")


def test_no_text_is_lost(convert: Callable[[str], str]) -> None:
    html = convert("前梯度中 MNIST 后*里 GPU 尾*末梯度下降")
    for term in ("gradient：导数排成的向量", "手写数字", "processor：处理器", "gradient descent：沿梯度的反方向走"):
        html = html.replace(f'<abbr title="{term}">', "", 1)
    assert html.replace("</abbr>", "") == "<p>前梯度中 MNIST 后<em>里 GPU 尾</em>末梯度下降</p>"


def test_a_changed_glossary_is_read_again(convert: Callable[[str], str], tmp_path: Path) -> None:
    assert "手写数字" in convert("MNIST")
    page = tmp_path / "docs" / "glossary.md"
    page.write_text(GLOSSARY.replace("手写数字", "数字图像"), "utf-8")
    os.utime(page, (1, 1))
    assert "数字图像" in convert("MNIST")


@pytest.mark.parametrize(
    ("text", "said"),
    [(None, "no such file"), ("# 术语表\n", "no term"), (GLOSSARY + "| TPU | x | y |\n", "TPU is explained twice")],
)
def test_a_glossary_that_cannot_be_read_is_refused(text: str | None, said: str, tmp_path: Path) -> None:
    path = tmp_path / "glossary.md"
    if text is not None:
        path.write_text(text, "utf-8")
    with pytest.raises(GlossaryError, match=said):
        read_terms(path)
