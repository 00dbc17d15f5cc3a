"""Statements: which single lines are whole statements of a program, and which only name code."""

from __future__ import annotations

import time

import pytest

from verbatim.judging.blocks import body_of, parse
from verbatim.judging.listing import attribute_runs, code_on, runs, single_lines
from verbatim.judging.statements import follows_prompt, is_statement, kind_of, unexplained, unlabelled

WHOLE = [
    "import os",
    "from os import path",
    "x = np.zeros(n)",
    "w -= rate * gradient",
    "x: int = f(y)",
    "a, b = b, a",
    "del x[i]",
    "assert loss < limit",
    "raise ValueError('bad')",
    "for i in range(n): w -= rate",
    "while loss > limit:",
    "class Net(nn.Module): pass",
    "[f(x) for x in xs]",
    "model.fit(x, y, epochs=5)",
    "print(model)",
    "ｘ ＝ ｆ（ｙ）",
    "im\u200bport os",
    "import\u00a0os",
    "损失 = 计算(结果)",
    '{"rate": 0.1, "epochs": 5}',
    "pip install numpy",
    "git clone https://example.org/x.git",
    "export LEVEL=high",
    "const x = f();",
    "x <- rnorm(n)",
    "int main(void) { return x; }",
    "SELECT name FROM users",
    "<img src='x.png'>",
    "Traceback (most recent call last):",
]
NAMES = [
    "softmax",
    "np.zeros",
    "softmax(x)",
    "model.fit()",
    "x == y",
    "x is not None",
    "import maps of the city",
    "Return to the index",
    "For more details, see the documentation:",
    "Using Keras with NumPy",
    "Class activation maps",
    "Let us begin",
    "Note: this is important.",
    "Select one from the set",
    "first item;",
    "python 3.12",
    "git 2.43.0",
    "make sure",
    "not only",
    "[1]",
    "import 语句放在文件开头",
    "Keras, TensorFlow, PyTorch",
    "(" * 900,
    "f(1, \x00)",
]


@pytest.mark.parametrize("line", WHOLE)
def test_a_whole_statement_needs_a_block(line: str) -> None:
    assert is_statement(line)
    assert single_lines(f"<p>{line.replace('<', '&lt;')}</p>") or kind_of(line) > 0
    assert attribute_runs([("alt", line)])


@pytest.mark.parametrize("line", NAMES)
def test_a_name_is_no_statement(line: str) -> None:
    assert not is_statement(line)


def test_calls_name_functions_in_tables() -> None:
    cell = "<table><tbody><tr><td>{}</td><td>文字</td></tr></tbody></table>"
    assert single_lines(cell.format("Dense(n, activation='relu')")) == []
    assert single_lines(cell.format("import os")) == ["import os"]
    assert single_lines("<p>Dense(n, activation='relu')</p>")


@pytest.mark.parametrize("head", ["代码", "命令", "Code"])
def test_a_column_that_promises_code_holds_code(head: str) -> None:
    table = "<table><tr><th>作用</th><th>{}</th></tr><tr><td>训练</td><td>model.fit(x)</td></tr></table>"
    assert runs(table.format(head)) == ["model.fit(x)"]
    assert runs(table.format("函数")) == []


@pytest.mark.parametrize(
    "line", ["甲：import os", "第一步，import os", "Step A: import os", "「import os」", "输入 import os", "① import os"]
)
def test_what_leads_to_a_statement_hides_none(line: str) -> None:
    assert is_statement(unlabelled(line))
    assert len(runs(f"<p>{line}<br>{line}</p>")) == 1


def test_what_explains_a_statement_hides_none_where_lines_are_broken() -> None:
    assert unexplained("x = f(y)（计算）") == "x = f(y)"
    assert runs("<p>import os 导入<br>x = f(y) 计算</p>") == ["import os\nx = f(y)"]
    assert runs("<p>import os 导入</p><p>x = f(y) 计算</p>") == []


PROMPTS = [
    "$ pip install numpy",
    "运行 $ ls -la 即可",
    "输入 >>> x 回车",
    "PS> Get-Item x",
    "PS C:\\x> dir",
    "In [1]: x",
    "a@b:~# ls -l",
]


@pytest.mark.parametrize("line", PROMPTS)
def test_a_prompt_shows_what_is_typed(line: str) -> None:
    assert follows_prompt(line)
    assert single_lines(f"<p>{line.replace('>', '&gt;')}</p>") == [line]


@pytest.mark.parametrize(
    "line", ["提示符 $ 不用输入", "提示符 >>> 等待", "价格 $ 5", "a > b", "x >> y", "甲 > 乙", "Chrome > settings"]
)
def test_other_signs_are_no_prompts(line: str) -> None:
    assert not follows_prompt(line)


def test_a_piece_of_code_in_a_sentence_is_one_statement() -> None:
    assert single_lines("<p>写 <code>import os; f(x)</code> 再说</p>") == ["import os; f(x)"]
    assert single_lines("<p>写 <code>cd work; make; ls -la</code> 再说</p>")
    assert single_lines("<p>写 <code>if x: y = z; f(x)</code> 再说</p>")
    assert single_lines("<p>写 <code>import os</code>、<code>x = y</code>、<code>f(x)</code>。</p>") == ["import os\nx = y\nf(x)"]
    assert single_lines("<p>写 <code>import os</code> 再写 <code>x = y</code>、<code>y = x</code>。</p>") == []
    assert single_lines("<p>有 <code>x</code>、<code>y</code>、<code>f(x)</code>。</p>") == []


OPEN = ['<a title="<pre ">x</a>', '<abbr title="<table ">x</abbr>', '<i title="<!--">x</i>']


@pytest.mark.parametrize("piece", OPEN)
def test_what_seems_open_takes_time_in_proportion(piece: str) -> None:
    def seconds(count: int) -> float:
        page = body_of(parse(f"<body>{piece * count}")).inner_html or ""
        start = time.process_time()
        code_on(page)
        return time.process_time() - start

    seconds(100)
    count = 2000
    assert min(seconds(4 * count) for _ in range(3)) < 9 * max(min(seconds(count) for _ in range(3)), 0.002)


@pytest.mark.parametrize("tag", ["pre", "table", "script"])
def test_an_attribute_hides_no_code(tag: str) -> None:
    page = f'<p><abbr title="<{tag}>">x</abbr></p><p>import os</p><{tag}></{tag}>'
    assert single_lines(page) == ["import os"]
