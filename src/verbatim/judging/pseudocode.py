"""Programs whose names are Chinese: told by what Chinese sentences do without, whatever the words."""

# ruff: noqa: E501
from __future__ import annotations

import re

# Signs of a sentence: no program is written around them
SENTENCE = re.compile(r"[，。？！、“”‘’…]")
# Without one of these a line of Chinese is no program
HINT = re.compile(
    # One set of rare signs, then what stands around them: lines without such signs are passed over
    r"[(←=<>!≤≥≠否i](?:(?<=[\u4e00-\u9fff]\()|(?<=←)|(?<= 否)则 |(?<= i)n [\u4e00-\u9fff]|(?<=[=<>≤≥≠]) ?[\u4e00-\u9fff]"
    r"|(?<=[\u4e00-\u9fff\])][=<>!≤≥≠])|(?<=[\u4e00-\u9fff\])][ +*/%-][=<>!≤≥≠])|(?<=[\u4e00-\u9fff\])] [+*/%-][=<>!≤≥≠]))"
)
# What a program says with words of its own: how a line begins, and what stands between its parts
BEGINS = re.compile(
    r"(?:否则(?:如果|若)?|如果|若|当|对于?|遍历|循环|重复|直到|函数|过程|定义|返回|打印|输出|导入|类)(?=[ \x21-\x7e：（])"
)
BETWEEN_PARTS = re.compile(r" (?:那么|则|否则|时|循环|返回|in|do|then|else) ")
# What it says with signs: blanks between words, which Chinese has none of; a head; calls; operators beside a Chinese name
PARTED = re.compile(r"[\u4e00-\u9fff] [\u4e00-\u9fff]")
HEAD = re.compile(r"[:：](?:\s|$|[\u4e00-\u9fff])")
CALLED = re.compile(r"[\u4e00-\u9fff]\w{0,20}\([^()（）]*\)")
COMPARED = re.compile(r"[\u4e00-\u9fff\])] ?(?:[<>]=?|[=≤≥≠]) ?[\w-]|\w ?(?:[<>]=?|[=≤≥≠]) ?[\u4e00-\u9fff]")
OPERATED = re.compile(
    r"[\u4e00-\u9fff\])] ?(?:[-+*/%]=|==|!=|[<>]=|←) ?[\w-]|\w ?(?:[-+*/%]=|==|!=|←) ?[\u4e00-\u9fff]|[\u4e00-\u9fff]\[[^\[\]]*\] ?="
)
SIGNS = (CALLED, COMPARED, OPERATED)
CERTAIN = re.compile(r"打印\([^()]*\)$|[\u4e00-\u9fff]\w{0,20}(?:\[[^\[\]]*\])? ?(?:←|[-+*/%]=) ?[\w(-]")
WORDS = (BEGINS, BETWEEN_PARTS, PARTED, HEAD)
CHOICE = re.compile(r"(?:如果|若)[^：:;；]*[=<>≤≥≠][^：:;；]* (?:那么|则) [^：:;；]* 否则 ")
LONGEST = 200  # of a line that anybody writes as code with Chinese names
ENOUGH = 3  # marks, one of them a sign, that no sentence has together


def may_be_pseudocode(line: str) -> bool:
    """Say whether a line has what every program with Chinese names has; most lines have not, and are read no further."""
    return HINT.search(line) is not None


def is_pseudocode(line: str) -> bool:
    """Say whether a line with Chinese names is a statement of a program: 打印(结果); 如果 x > 0 那么 y = x 否则 y = -x."""
    if len(line) > LONGEST or SENTENCE.search(line):
        return False
    if CERTAIN.match(line) or CHOICE.match(line):
        return True
    signs = [sign for sign in SIGNS if sign.search(line)]
    words = sum(word.search(line) is not None for word in WORDS[1:]) + (BEGINS.match(line) is not None)
    typed = bool(PARTED.search(line)) or any(sign is not COMPARED for sign in signs)
    return (bool(signs) and typed and len(signs) + words >= ENOUGH) or words == len(WORDS)
