"""Comments and docstrings of shown source are prose: a measurement that was typed into one is a fault of check and build."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from sample_project import Sample

from verbatim.judging.sources import Sources, numbers_in, prose_of, shell_comments, typed_in
from verbatim.project import Project
from verbatim.published.catalogue import Catalogue
from verbatim.published.parsing import strings_of

CONSTANTS = frozenset([250.0, 60000.0])
WRITTEN = frozenset([0.05, 785.0, 2.0])
DOUBLE = "src/sample/helper.py"
HEADER = "def double(number: int) -> int:\n"


def told(text: str) -> list[str]:
    return [typed.shown for typed in typed_in(text, CONSTANTS, WRITTEN)]


@pytest.mark.parametrize(
    "text",
    [
        "准确率 97.6%", "训练 12 秒", "快 3 倍", "通常得到 0.9781", "每批 33 张", "约 240 个", "百分之六", "错了 5%",
        "占内存 1.5 GB", "误差 0.05", "accuracy 97.6 %", "三分之一的图像认错", "|x|² 是 0.31", "从 3 秒里", "十来秒",
        "形状 (m, 784)，准确率 0.976",
    ],
)  # fmt: skip
def test_a_typed_measurement_is_told(text: str) -> None:
    assert told(text)


@pytest.mark.parametrize(
    "text",
    [
        "形状 (m, 784)，uint8 从 0 到 255", "每批 250 张", "60,000 张恰好 240 批", "降到最高的百分之五", "最高的 5%", "785 个参数",
        "范数的平方是 (|x|² + 1) |e|²", "二阶导数：−2h(1 − h)²(1 − 3h)", "Adam（Kingma 与 Ba，2015）", "七言四句：汉字 28",
        "从 0.5、1、2、16 里选", "异常有十来种", "四周各添一圈 0", "每行一个样本", "先加后除",
    ],
)  # fmt: skip
def test_what_comments_say_of_their_code_is_free(text: str) -> None:
    assert told(text) == []


def test_comments_and_strings_that_stand_alone_are_prose_and_others_are_not() -> None:
    code = 'def f():\n    """一\n\n    二 # 三"""\n    print("97.6%")  # 四\n    "五"\n    # 六'
    assert sorted(prose_of(code, strings_of(ast.parse(code)))) == [
        (2, "一"),
        (3, ""),
        (4, "二 # 三"),
        (5, "四"),
        (6, "五"),
        (7, "六"),
    ]
    assert list(shell_comments("#!/bin/sh\necho a#b\necho c # 七\n# 八")) == [(3, "七"), (4, "八")]


def test_the_numbers_of_code_are_read_with_the_steps_of_its_grids() -> None:
    assert numbers_in("x = np.linspace(-6, 6, 49)\ny = 0.5 if True else 'a'") == {6.0, 49.0, 0.25, 0.5}


@pytest.mark.parametrize("prose", ['    """用时 12 秒"""\n', "    # 准确率 97.6%\n"])
def test_check_and_build_tell_file_and_line(sample: Sample, prose: str) -> None:
    sample.edit(DOUBLE, HEADER, HEADER + prose)
    build = sample.build()
    told = [fault for fault in sample.faults(build).get(f"{DOUBLE}:6", ()) if "typed measurement" in fault]
    assert len(told) == 1
    assert prose.strip(' "#\n').partition("；")[0] in told[0]
    assert "name it as a constant" in told[0]
    assert "in shown source" in sample.page()
    check = sample.verbatim("check", "site")
    assert check.returncode == 1
    assert any("typed measurement" in fault for fault in sample.faults(check)[f"{DOUBLE}:6"])


def test_a_constant_of_the_package_is_free_and_a_changed_one_is_told(sample: Sample) -> None:
    sample.edit(DOUBLE, HEADER, f"{HEADER}    # 至多 12,345 次\n")
    assert faults_of(sample.project) == []
    sample.edit("src/sample/lab.py", "12_345", "12_346")
    assert [fault.partition(";")[0] for fault in faults_of(sample.project)] == [
        f"{DOUBLE}:6: typed measurement '12,345' in shown source"
    ]


def test_a_comment_of_a_command_is_read(sample: Sample) -> None:
    sample.write("snippets/commands/hello.sh", "echo hello  # 用时 3 秒\n")
    assert [fault.partition(";")[0] for fault in faults_of(sample.project)] == [
        "snippets/commands/hello.sh:1: typed measurement '3' in shown source"
    ]


def test_the_published_source_says_no_typed_measurement() -> None:
    project = Project.find(Path(__file__).parent)
    assert len(list(Catalogue(project).sources)) > 150
    assert faults_of(project) == []


def faults_of(project: Project) -> list[str]:
    catalogue = Catalogue(project)
    sources = Sources(catalogue)
    return [str(fault) for source in catalogue.sources.values() for fault in sources.faults(source)]
