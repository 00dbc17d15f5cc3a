from __future__ import annotations

from markdown import Markdown

TERMS = "\n\n*[梯度]: 导数排成的向量\n*[MNIST]: 手写数字\n"


def convert(text: str) -> str:
    return Markdown(extensions=["abbr", "tables", "verbatim.first_use"]).convert(text + TERMS)


def test_first_use_alone_is_explained() -> None:
    html = convert("**梯度**，再说 **梯度** 后，第三次 **梯度**。\n\nMNIST 与 MNIST")
    assert html.count("<abbr") == 2
    assert '<strong><abbr title="导数排成的向量">梯度</abbr></strong>，再说 <strong>梯度</strong> 后，第三次 <strong>梯度</strong>。' in html
    assert '<abbr title="手写数字">MNIST</abbr> 与 MNIST</p>' in html


def test_labels_are_no_use() -> None:
    html = convert("# MNIST\n\n| MNIST | b |\n| --- | --- |\n| MNIST | 2 |\n\n[MNIST](x.md) 之后 MNIST")
    assert html.count("<abbr") == 1
    assert "<h1>MNIST</h1>" in html
    assert "<th>MNIST</th>" in html
    assert '<a href="x.md">MNIST</a> 之后 <abbr title="手写数字">MNIST</abbr>' in html


def test_no_text_is_lost() -> None:
    assert "前 MNIST 中 MNIST 后<em>里 MNIST 尾</em>末" in convert("MNIST\n\n前 MNIST 中 MNIST 后*里 MNIST 尾*末").replace("<p>", "")
