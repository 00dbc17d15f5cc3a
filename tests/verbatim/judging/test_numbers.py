"""Every number of a text is found, and only what the grammar frees is free: lists of texts, and what stands for proof around them.

Tests `scanner`, `grammar`, `maths`, `names`, `chinese`, `arithmetic` and `signs`.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from verbatim.judging.blocks import body_of, parse
from verbatim.judging.numbers import (
    BOUND,
    BREAK,
    CITED,
    CODE,
    CODE_END,
    FORMULA,
    FORMULA_END,
    GIVEN,
    HELD,
    as_number,
    maths,
    numbers_of,
    source_numbers,
)
from verbatim.judging.numbers.arithmetic import holds, refuted
from verbatim.judging.numbers.chinese import value_of

FOLDER = Path(__file__).with_name("cases")
TYPED, FREE = ((FOLDER / f"{name}.txt").read_text("utf-8").splitlines() for name in ("typed", "free"))


def signs(text: str) -> str:
    """Return a line of Markdown as the walker hands it on: formulas and code between their signs, the rest without markup."""
    for mark, first, last in (("$$", FORMULA, FORMULA_END), ("$", FORMULA, FORMULA_END), ("`", CODE, CODE_END)):
        parts = text.split(mark)
        text = (
            "".join(part if place % 2 == 0 else first + part + last for place, part in enumerate(parts)) if len(parts) > 2 else text
        )
    return body_of(parse(text)).text().replace("|", BREAK).replace("**", "")


def told(text: str) -> list[str]:
    return [typed.text for typed in numbers_of(text)]


@pytest.mark.parametrize(("text", "found"), [("见 §2²", []), ("图 2² 所示", []), ("准确率 2²", ["2²"])])
def test_a_raised_digit_is_judged_as_a_power(text: str, found: list[str]) -> None:
    assert told(text) == found


def test_the_lists_are_long_and_hold_nothing_twice() -> None:
    assert len(set(TYPED)) == len(TYPED) >= 1080
    assert len(set(FREE)) == len(FREE) >= 650


def test_a_typed_number_is_found() -> None:
    assert [text for text in TYPED if not told(signs(text))] == []


def test_a_number_that_measures_nothing_is_free() -> None:
    assert {text: found for text in FREE if (found := told(signs(text)))} == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"准确率 {BOUND}", []),
        (f"准确率 {BOUND}，用时 3 秒", ["3"]),
        (f"准确率 97.6% {CITED}。", []),
        (f"准确率 97.6%，网络照 {CITED}。", ["97.6"]),
        (f"准确率 97.6%；{CITED}", ["97.6"]),
        (f"准确率 97.6%: {CITED}", ["97.6"]),
        (f"97.6%{BREAK}{CITED}", ["97.6"]),
        (f"本站实测 97.6% {CITED}", ["97.6"]),
        (f"90%、95%、97% {CITED}，步数不同", []),
        (f"文献如此 {CITED}。准确率 97.6%。", ["97.6"]),
        ("９７．６％", ["97.6"]),
        ("9\u200b7%", ["97"]),
        ("用 14.8 秒错 234 张", ["14.8", "234"]),
        (f"参数 {FORMULA}n = 234{FORMULA_END} {CITED}", []),
        (f"参数 {FORMULA}n = 234{FORMULA_END}，见 {CITED}", ["234"]),
        ("Nov 26 发布", []),
        ("约 26 发布", ["26"]),
        ("", []),
    ],
)
def test_what_is_found_in_a_text(text: str, found: list[str]) -> None:
    assert told(text) == found


@pytest.mark.parametrize(
    "text",
    [
        f"−{BOUND}",
        f"- {BOUND}",
        f"1{BOUND}",
        f"0.{BOUND}",
        f"{BOUND}0",
        f"{BOUND}.5",
        f"{BOUND}%",
        f"{BOUND} %",
        f"{BOUND}²",
        f"{BOUND} 万个",
        f"百分之{BOUND}",
        f"负{BOUND}",
        f"±{BOUND}",
        f"{BOUND}e5",
        f"{BOUND} ×10⁵",
        f"{BOUND} 点五",
        f"{BOUND} 分之一",
        f"{BOUND}:1",
        f"{BOUND}，000 轮",
        f"{BOUND} 000 轮",
        f"九{BOUND}",
        f"十{BOUND}",
        f"{FORMULA}-{BOUND}{FORMULA_END}",
        f"{FORMULA}p = {BOUND}0{FORMULA_END}",
        f"{FORMULA}p = {BOUND}\\%{FORMULA_END}",
        f"{FORMULA}{BOUND}{FORMULA_END}%",
        f"{GIVEN}0 张图",
    ],
)
def test_nothing_touches_a_bound_number(text: str) -> None:
    assert [typed.what for typed in numbers_of(text) if typed.what == "touched"] == ["touched"]


@pytest.mark.parametrize(
    "text",
    [
        f"准确率 {BOUND}。",
        f"{BOUND}–{BOUND}",
        f"从 {BOUND} 到 {BOUND} 倍",
        f"涨 {BOUND} 个百分点",
        f"（{BOUND}）",
        f"用时 {BOUND} 秒",
        f"{FORMULA}1 - {BOUND}{FORMULA_END}",
        f"共 {BOUND}.",
    ],
)
def test_what_may_stand_beside_a_bound_number(text: str) -> None:
    assert numbers_of(text) == []


@pytest.mark.parametrize(
    "text",
    [
        f"准确率 {GIVEN}",
        f"用时 {GIVEN}",
        f"{GIVEN} 秒",
        f"损失为 {GIVEN}",
        f"内存 {GIVEN}",
        f"ε = {GIVEN}",
        f"误判 {GIVEN} 张",
        f"错误总数为 {GIVEN}",
        f"F1 为 {GIVEN}",
        f"方差是 {GIVEN}",
        f"快 {GIVEN} 倍",
        f"用了 {GIVEN} 分钟",
    ],
)
def test_nobody_gives_what_is_measured(text: str) -> None:
    assert [typed.what for typed in numbers_of(text)] == ["given beside"]


def test_a_given_number_stands_in_another_clause_than_what_is_measured() -> None:
    assert numbers_of(f"设有 {GIVEN} 张图像，准确率见下") == []


def test_an_assertion_accounts_for_the_number_in_words_that_it_names() -> None:
    assert numbers_of(f"缩到三分之一{HELD}", [frozenset((1 / 3,))]) == []
    assert told(f"缩到三分之一{HELD}") == ["三分之一"]
    assert [typed.text for typed in numbers_of(f"缩到四分之一{HELD}", [frozenset((1 / 3,))])] == ["四分之一"]
    assert [typed.text for typed in numbers_of(f"甲{HELD}，缩到三分之一", [frozenset((1 / 3,))])] == ["三分之一"]


@pytest.mark.parametrize(
    ("left", "relation", "right", "true"),
    [
        ("1 + 1", "=", "2", True),
        ("1 + 1", "=", "3", False),
        (r"\ln 2", r"\approx", "0.693", True),
        (r"\ln 2", r"\approx", "0.694", False),
        (r"\pi", r"\approx", "3.1416", True),
        ("2^{10}", "=", "1024", True),
        (r"\frac{3}{4}", "=", "0.75", True),
        ("0.976", "=", "0.976", False),
        ("a + 1", "=", "2", False),
        ("9766/10000", "=", "0.9766", False),
        ("2^(2^(2^(2^(2^9))))", "=", "1", False),
        ("5!", "=", "120", True),
        ("2³", "=", "8", True),
        ("(1 + 1)", "=", "2", True),
        ("(1 + 1}", "=", "2", False),
        ("1 + " * 20 + "1", "=", "21", True),
        ("1 + " * 40 + "1", "=", "41", False),  # longer than anybody works out
        ("(" * 100, "=", "1", False),
    ],
)
def test_arithmetic_is_worked_out(left: str, relation: str, right: str, true: bool) -> None:
    assert holds(left, relation, right) is true


@pytest.mark.parametrize(
    ("left", "relation", "right", "false"),
    [
        ("1 + 1", "=", "3", True),
        ("1 + 1", "=", "2", False),
        ("1 + 1", r"\neq", "2", True),
        ("1 + 1", r"\leq", "2", False),
        ("2 + 3", "<", "4", True),
        (r"10 / 3", r"\approx", "3", False),
        (r"\log 8", "=", "3", False),
        ("3", "=", "5", False),
        ("a + 1", "=", "3", False),
    ],
)
def test_arithmetic_is_refuted(left: str, relation: str, right: str, false: bool) -> None:
    assert refuted(left, relation, right) is false


@pytest.mark.parametrize("formula", [r"e = \pi", r"\ln e = \pi", "e = e"])
def test_a_formula_without_numbers_has_none_to_tell_of(formula: str) -> None:
    assert told(f"见第 3 节 {FORMULA}{formula}{FORMULA_END}") == []


def test_a_unit_bears_on_a_number_through_formulas_and_code() -> None:
    assert told(f"3 {CODE}ms{CODE_END}") == ["3"]
    assert told(f"{CODE}n = 3{CODE_END} 秒") == ["3"]
    assert told(f"{FORMULA}\\Delta = 3{FORMULA_END} 个百分点") == ["3"]
    assert told(f"{FORMULA}n^2{FORMULA_END} 倍") == told(f"3 {CODE}name{CODE_END}") == []


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("二百三十四", 234),
        ("十", 10),
        ("一万零五", 10005),
        ("九七", 97),
        ("两千亿", 2e11),
        ("贰佰叁拾肆", 234),
        ("三亿五千万", 3.5e8),
    ],
)
def test_chinese_numerals_have_their_value(numeral: str, value: float) -> None:
    assert value_of(numeral) == value


def test_comments_of_source_may_name_shapes_and_constants() -> None:
    assert source_numbers("形状 (m, 784)，uint8 从 0 到 255，每批 32 张", {32.0}.__contains__) == []
    assert [typed.text for typed in source_numbers("准确率 97.6%，每批 33 张", {32.0}.__contains__)] == ["97.6", "33"]


PATHOLOGICAL = (
    "九千",
    "9",
    "9,",
    "9.",
    "1e",
    "-9",
    "九点",
    "分之",
    "第 9",
    "Keras 3、",
    "GPT-",
    "97 → ",
    "3 × ",
    "2^",
    "翻了",
    "半",
    "a1",
    "{",
    "\\frac",
    f"{FORMULA}9",
    "9%，",
    f"{BOUND}9",
    "1 + 1 = ",
    "1 + 1 = 3 ",
    f"{FORMULA}1 + 1 = ",
    f"{CODE}3{CODE_END} ",
    "{9}",
    "十个中",
    "((",
    "9 ",
    "https://",
    "×2 ",
    "12:34",
    "错误数为",
    "十的二次",
    "大半",
    "one ",
    "5 in 5 ",
    "错误数大概",
    "几十年",
    "3 年",
    "端口 8000",
    "Llama 3.1 8B",
    "形状 (1, 2",
    "十次里有",
    "三比三",
    "1/3",
    f"{CODE}errors{CODE_END}",
    f"{FORMULA}= 9{FORMULA_END}",
)
# Repeated within one piece of code
WITHIN_CODE = ("(-1, 2, ", "f((1, 2) ")


@pytest.mark.parametrize("piece", [*PATHOLOGICAL, *WITHIN_CODE])
def test_time_grows_with_the_length_of_the_text_and_no_faster(piece: str) -> None:
    def seconds(count: int) -> float:
        text = CODE + piece * count + CODE_END if piece in WITHIN_CODE else piece * count
        start = time.process_time()
        numbers_of(text)
        return time.process_time() - start

    # A busy machine may disturb one look at the clock; what grows faster fails every time
    assert any(seconds(1200) < 5 * seconds(400) + 0.02 for _ in range(3))


@pytest.mark.parametrize(("text", "value"), [("12{,}345", 12345.0), (r"12\,345", 12345.0), ("1e3", 1000.0), ("1e−3", None)])
def test_a_number_of_a_formula_has_its_value(text: str, value: float | None) -> None:
    assert as_number(text) == value


@pytest.mark.parametrize(
    ("tex", "found"),
    [(r"n = 12\,345", [r"12\,345"]), (rf"{BOUND} \times 10^5", []), (r"3.5 \times 10^5", ["3.5", "10"])],
)
def test_the_numbers_of_a_formula(tex: str, found: list[str]) -> None:
    assert [value.text for value in maths.values(tex)] == found


@pytest.mark.parametrize("text", ["快了三倍有余", "快 12 倍", "慢几十倍", "快了 1.5 倍"])
def test_how_many_times_faster_something_is_nobody_gives(text: str) -> None:
    assert [typed.measured for typed in numbers_of(text)] == [True]
