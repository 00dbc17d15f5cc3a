from __future__ import annotations

import pytest
from markdown import Markdown

from verbatim.pages.slugs import slugify, split_number


@pytest.mark.parametrize(
    ("heading", "slug"),
    [
        ("4.2 公式推导过程", "公式推导过程"),
        ("1. 背景介绍", "背景介绍"),
        ("10.11.12 深处", "深处"),
        ("4. 数学模型和公式 & 详细讲解 & 举例说明", "数学模型和公式-详细讲解-举例说明"),
        ("4. 数学模型和公式 &amp; 详细讲解 &amp; 举例说明", "数学模型和公式-详细讲解-举例说明"),
        ("9.1 问题1：大模型训练需要多少时间？", "问题1-大模型训练需要多少时间"),
        ("5.2 <code>model.fit</code> 与 MNIST", "model-fit-与-mnist"),
        ("勘 3", "勘-3"),
        ("10 个类别", "10-个类别"),
        ("3.14 是圆周率", "是圆周率"),
        ("Cafe\u0301", "caf\u00e9"),
    ],
)
def test_slug(heading: str, slug: str) -> None:
    assert slugify(heading, "-") == slug


def test_slug_survives_a_new_number() -> None:
    assert slugify("4.2 公式推导过程", "-") == slugify("5.7 公式推导过程", "-")


def test_slug_uses_the_separator() -> None:
    assert slugify("1.1 大模型 的 现状", "_") == "大模型_的_现状"


@pytest.mark.parametrize(
    ("heading", "parts"),
    [
        ("4.2 公式", ("4.2", "公式")),
        ("1. 背景", ("1", "背景")),
        ("4.2. 公式", ("4.2", "公式")),
        ("勘误", ("", "勘误")),
        ("10 个", ("", "10 个")),
    ],
)
def test_split_number(heading: str, parts: tuple[str, str]) -> None:
    assert split_number(heading) == parts


def test_markdown_uses_it_for_anchors_and_tells_twins_apart() -> None:
    md = Markdown(extensions=["toc"], extension_configs={"toc": {"slugify": slugify}})
    html = md.convert("## 4.2 公式推导过程\n\n## 5.1 公式推导过程\n")
    assert 'id="公式推导过程"' in html
    assert 'id="公式推导过程_1"' in html
