"""Statements: which single lines are whole statements of a program, and which only name code.

Tests `languages` and `pseudocode` too: the signs by which other languages are told, and programs whose names are Chinese.
"""

from __future__ import annotations

import html
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
    'f"{name}: {value}"',
    "x if y else z",
    "x[:, None] * y[None, :]",
    "model.layers().plot()",
    "=SUM(A1, A2)",
    "i\u0307mport os",
    "ɪᴍᴘᴏʀᴛ os",
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
    "pytest",
    "x ≠ y",
    "numpy>=2.0",
    "docs/index.md",
    "x.y().z",
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


def test_what_explains_pieces_of_code_in_turn_hides_no_program() -> None:
    item = "<li><code>{}</code>：文字</li>"
    assert runs(item.format("import os") + item.format("x = os.listdir()")) == ["import os\nx = os.listdir()"]
    assert runs(item.format("fit(x)") + item.format("evaluate(x)")) == []
    assert runs(item.format("git status") + item.format("git diff")) == []


def test_statements_told_step_by_step_are_a_listing() -> None:
    steps = (
        "<li>先写 <code>import os</code> 导入</li><li>再写 <code>x = os.name</code></li><li>最后 <code>print(x)</code> 打印</li>"
    )
    assert runs(steps) == ["import os\nx = os.name\nprint(x)"]
    assert runs(steps.replace("print(x)", "fit(x)")) == runs(steps.replace("import os", "os")) == []
    assert runs("<p>第一步</p>" + steps.replace("</li>", "</li><p>接着</p>")) == runs(steps)
    assert runs(steps.replace("</li>", "</li><p>这是另一段话</p>")) == []
    assert runs(steps.replace("再写", "这一步还有许多别的话要说，所以它不是一行代码，而是一句说明代码的话：")) == []


def test_signs_between_statements_hide_none() -> None:
    for sign in "~|·•":
        assert runs(f"<p>import os {sign} x = os.name {sign} print(x)</p>") == ["import os\nx = os.name\nprint(x)"]


def test_lines_of_files_are_code_where_they_are_several() -> None:
    for line, other in (("torch>=2.0", "numpy==1.2.3"), ("id,name,score", "a,Tom,x")):
        assert runs(f"<p>{line}<br>{other}</p>") == [f"{line}\n{other}"]
        assert single_lines(f"<p>{line}</p>") == runs(f"<p>{line}</p><p>中间的文字</p><p>{other}</p>") == []


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ("[INFO] epoch done", "[WARN] slow"),
        ("INFO loading", "ERROR no such file"),
        ("User: hi", "Assistant: hello"),
        ("+rate", "-rate"),
        ("a | b", "c | d"),
        ("x^y", "~z"),
        ("GET name", "DEL name"),
        ("sub a, b", "bne c, d"),
        ("loss: low - accuracy: high", "loss: lower - accuracy: higher"),
        ("plot sin(x)", "plot cos(x)"),
    ],
)
def test_lines_with_a_mark_each_are_code_where_they_are_several(line: str, other: str) -> None:
    assert runs(f"<p>{line}<br>{other}</p>") == [f"{line}\n{other}"]
    assert runs(f"<p>{line}</p><p>中间的文字</p><p>{other}</p>") == []


def test_a_formula_behind_a_program_is_its_next_line() -> None:
    items = "<li><code>import os</code>，导入</li><li><code>n = f(x)</code>，计算</li><li><code>print(n)</code>，打印</li>"
    assert runs(items) == ["import os\nn = f(x)\nprint(n)"]
    assert runs("<li><code>y = wx + b</code>，线性</li><li><code>a = f(y)</code>，激活</li>") == []


def test_names_of_commands_in_a_table_are_no_listing() -> None:
    assert runs("<table><tr><td>ruff</td><td>风格</td></tr><tr><td>pytest</td><td>测试</td></tr></table>") == []


def test_the_number_of_a_caption_hides_no_code() -> None:
    assert single_lines('<table><caption><p><span class="caption-prefix">表 1</span> import os</p></caption></table>')


IN_CHINESE = [
    "打印(结果)",
    "如果 x > 0 那么 y = x 否则 y = -x",
    "如果 损失 < 阈值：停止",
    "对于 每个 样本 in 训练集：",
    "当 误差 大于 阈值 时 循环：权重 ← 权重 − 步长 × 梯度",
    "函数 前向(x)：返回 激活(权重 * x + 偏置)",
    "设 总和 = 0；对 i 从 1 到 n：总和 += a[i]；输出 总和",
    "模型.训练(数据, 轮数=n)",
    "结果 = 模型.预测(图像)",
    "返回 最大值(列表)",
    "1. 权重 -= 步长 * 梯度",
    "计数 = 计数 + n",
    "结果 = 甲 if 甲 > 乙 else 乙",
]
SAID_IN_CHINESE = [
    "如果 x > 0，那么 y = x；否则 y = -x。",
    "若 x > 0 则 y = x",
    "当 x > 0 时 f(x) = x",
    "若损失 < 阈值则停止",
    "如果损失 > 上次的损失：步长减半",
    "损失 = 总和 / 张数",
    "新权重 = 旧权重 − 步长 × 梯度",
    "准确率(平均)",
    "损失(训练) 与 损失(测试)",
    "式(3)",
    "函数(自变量) 这种写法来自欧拉。",
    "输入 → 隐藏层 → 输出",
    "定义 样本：",
    "注: 步长 = 常数",
]


@pytest.mark.parametrize("line", IN_CHINESE)
def test_a_program_with_chinese_names_is_code(line: str) -> None:
    assert single_lines(f"<p>{html.escape(line, quote=False)}</p>") == [line]


@pytest.mark.parametrize("line", SAID_IN_CHINESE)
def test_a_rule_or_a_formula_said_in_chinese_is_none(line: str) -> None:
    assert code_on(f"<p>{html.escape(line, quote=False)}</p>") == ([], [])


OTHER_LANGUAGES = [
    "p { color: red; margin: auto }",
    "while (x) { f(x) }",
    "class X extends Y {}",
    "#include <stdio.h>",
    "#define N x",
    "std::cout << x",
    "<?php echo $x; ?>",
    "my $x = shift;",
    "x.each do |y|",
    "for f in *; do echo $f; done",
    "if [ -f x ]; then make; fi",
    "if x then y else z",
    "(define (f x) (* x x))",
    "import x from 'y'",
    "impl X for Y",
    "f :: Int -> Int",
    "df %>% filter(a > b)",
    "async () => { await f() }",
    "<Component x={y} />",
    "<note><to>x</to></note>",
    "\\begin{itemize} \\item x",
    "ALTER TABLE t ADD c",
    "MATCH (n) RETURN n",
    "GET /x HTTP/1.1",
    "%timeit f(x)",
    "!pip install x",
    "./configure && make",
    "vim x.py",
    "tool -f log",
    "Get-ChildItem | Sort-Object",
    "git push",
    "s/x/y/g",
    "+import os",
    "try: f(x)",
    "w ← w − r·g",
    "global total",
    "nonlocal count",
    "return total",
    "library(dplyr)",
    'query { user(id: "x") { name } }',
    ":%s/x/y/g",
    "0 3 * * * /usr/bin/tool /opt/x",
    "A --> B",
    "graph LR",
    "?- parent(X, bob).",
    "-module(x).",
    "@article{x, title = {Y}}",
    'v-for="x in xs" :key="x.id"',
    "print *, 'x'",
    "end program x",
    "$env:X += ';y'",
    "<tf.Tensor: shape=(), dtype=float32>",
    "def f(x), do: x",
    # What no list of languages names: two kinds of marks that sentences do without
    "<|im_start|> #{role}",
    "proc f*(x: int): int = x^2",
    "{$MODE OBJFPC} @x^.y",
    "~[a b] => %c",
    "jq '.[] | .x' a.json",
    "(module (func (param i32)))",
    "ldr x3, [x4]",
    "add r1, r2, r3",
    "PROCEDURE DIVISION.",
    "RewriteCond ^/old",
    "[ERROR] no such file",
    "select a, max(b) from t where c",
    "alice ->> bob: hello",
    "@hourly /opt/tool/run",
    "(Pdb) n",
    "mysql> show tables",
    "del /s /q work",
    "next state = case state of Open -> state + 1",
    "(->> xs (map inc) (reduce +))",
    "f(X) -> X",
    "for each image x do compute the loss",
    "drwxr-xr-x root train",
]
NO_CODE = [
    "global minimum",
    "return value",
    "input -> hidden -> output",
    "#transformer",
    "US$ and CA$",
    "C++ and C#",
    "src/train.py",
    "see train.py",
    "state-of-the-art",
    "Start-Up",
    "{a, b, c}",
    "https://example.org/x?a=b",
    "train/test split",
    "if in doubt, then ask",
    "for a while",
    "{{1, 2}, {3}}",
    "input --> ",
    "the end of the program",
    "/etc/hosts and others",
    "A* search",
    "R^2 and more",
    "#ffffff",
    "Deep Learning[M]. MIT Press",
    "arXiv:1706.03762, doi:10.1038/323533a0",
    "E-mail: someone@example.org",
    "R&D at AT&T",
    "GPU: none",
    "Adam (Kingma & Ba)",
    "\\(n = m\\)",
    "see /etc/hosts",
    "(base) and more",
]


@pytest.mark.parametrize("line", OTHER_LANGUAGES)
def test_code_is_code_in_any_language(line: str) -> None:
    assert single_lines(f"<p>{html.escape(line, quote=False)}</p>") == [line]


@pytest.mark.parametrize("line", NO_CODE)
def test_names_and_english_terms_are_no_code(line: str) -> None:
    assert single_lines(f"<p>{html.escape(line, quote=False)}</p>") == []


IN_WORDS = [
    "首先 import os，然后 y = f(x)，最后 print(y)。",
    "写下 import numpy as np",
    "文件开头有 from os import path 一行",
    "这里 x = np.zeros(n) 得到数组",
    "先 pip install numpy，再 python train.py",
    "First import os, then y = f(x), finally print(y).",
    "先写 <code>import os</code>，再写 <code>x = f(y)</code>，再写 <code>for i in x: g(i)</code>。",
    "<kbd>import os</kbd><kbd>Enter</kbd><kbd>x = f(y)</kbd>",
    "<sub>import os</sub><sup>x = f(y)</sup><sub>g(x)</sub>",
    "先 cd lab，再 ls -la，再 cat data.txt。",
    "First <code>pip install x</code>, then run <code>python x.py</code>, and finally run <code>python y.py</code>.",
    "在终端执行 cd lab &amp;&amp; rm -rf x。",
    "在终端执行 rm -rf x 然后 make all。",
    "<code>make test</code>",
    "甲 <sup>import os</sup> <sup>print(os.name)</sup>",
    "然后 ｉｍｐｏｒｔ ｏｓ。",
    "然后 import&nbsp;os。",
    "im<wbr>port os",
    "im<!-- -->port os",
    "<small>import os</small><b>x = f(y)</b><i>g(x)</i>",
    "先调用 model.compile(loss=f)，再调用 model.fit(x, y)，最后 model.save(z)。",
    "可以写 <code>cat x.log | grep error | sort</code>。",
    "可以写 <code>for f in *; do mv $f x; done</code>。",
    "可以写 <code>main() { f(); g(); }</code>。",
    "可以写 <code>outer { inner { f(x) } }</code>。",
    "可以写 <code>&lt;ul&gt;&lt;li&gt;x&lt;/li&gt;&lt;/ul&gt;</code>。",
]
NAMED_IN_WORDS = [
    "import 语句放在文件开头，def 语句在后",
    "设 y = wx + b，则 z = f(y)",
    "先调用 model.fit(x, y)，再调用 model.evaluate(x, y)",
    "用 pip install numpy 安装",
    "表达式 <code>x = f(y)</code> 与 <code>y = g(x)</code> 互逆",
    "<code>import numpy as np</code> 之后 <code>np.zeros(n)</code> 与 <code>np.ones(n)</code> 都能用",
    "在 <code>for x in y:</code> 里写 <code>return x.y</code> 会提前结束",
    "设 <code>epochs=n</code>，<code>rate=r</code>",
    "x<sub>i = j</sub> 与 x<sup>k = l</sup>",
    "raise ValueError 表示输入不对",
    "<code>make test</code> 跑测试",
    "<code>x = f(y)</code> <code>z = g(x)</code> 互逆",
    "类型写作 <code>int | None</code>",
    "元素 <code>&lt;li&gt;</code> 与 <code>&lt;/li&gt;</code>",
    "集合 <code>{a, b}</code>",
    "先调用 model.compile()，再调用 model.fit()，最后 model.save()。",
    "<code>import os</code>、<code>import sys</code> 都行",
    "<code>git</code>",
    "<code>python 3.12</code>",
    "先 git clone 到本地，最后提 pull request",
    "<code>git</code> is older, then came <code>docker</code>, and finally <code>make</code> again",
]


@pytest.mark.parametrize("line", IN_WORDS)
def test_words_between_hide_no_code(line: str) -> None:
    assert single_lines(f"<p>{line}</p>")


@pytest.mark.parametrize("line", NAMED_IN_WORDS)
def test_a_sentence_names_code_and_formulas(line: str) -> None:
    assert single_lines(f"<p>{line}</p>") == []


@pytest.mark.parametrize(
    "piece",
    [
        "{a",
        "=>",
        "a: ",
        "x::",
        "x {",
        " -->",
        "a,b",
        "if = then ",
        "</b",
        "$x ",
        "import x, ",
        "  ",
        "def f(",
        "\x02a\x03",
        "如果 甲",
        "甲(",
        "甲 ← ",
    ],
)
def test_lines_of_signs_take_time_in_proportion(piece: str) -> None:
    def seconds(count: int) -> float:
        line = html.escape(piece * count, quote=False)
        start = time.process_time()
        code_on(f"<p>x{line}</p><p>甲{line}</p>")
        return time.process_time() - start

    seconds(100)
    assert min(seconds(8000) for _ in range(2)) < 9 * max(min(seconds(2000) for _ in range(2)), 0.002)
    start = time.process_time()
    is_statement(piece * (990 // len(piece)))
    assert time.process_time() - start < 0.5


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
