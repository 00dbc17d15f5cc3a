"""Numbers in text: every one is found, and what neither proof nor grammar accounts for is told.

A page's text reaches this room with private signs (`signs`) in place of what was recomputed: bound, cited, given or held.
"""

# ruff: noqa: E501
from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from verbatim.judging.numbers import maths
from verbatim.judging.numbers.arithmetic import holds, refuted
from verbatim.judging.numbers.chinese import NUMERALS, value_of
from verbatim.judging.numbers.grammar import CELLS, JUDGED_AFTER, MEASURED, MEASURED_BEFORE, UNITS, Prose
from verbatim.judging.numbers.names import MEASURED_WORD
from verbatim.judging.numbers.scanner import Number, scan
from verbatim.judging.numbers.signs import (
    BOUND,
    BREAK,
    CITED,
    CODE,
    CODE_END,
    FORMULA,
    FORMULA_END,
    GIVEN,
    HELD,
    LOWERED,
    RAISED,
    cleaned,
    plain,
)

__all__ = [
    "BOUND",
    "BREAK",
    "CITED",
    "CODE",
    "CODE_END",
    "COUNTING",
    "FORMULA",
    "FORMULA_END",
    "GIVEN",
    "HELD",
    "Typed",
    "cleaned",
    "numbers_of",
    "source_numbers",
]

BOUNDARY = re.compile(rf"[，。；;！？!?\n{BREAK}]|[：:](?!\d)|(?<!\d)[:：]|(?<!\d),|,(?!\d)|\.(?=\s|$)")
PIECE = re.compile(f"{FORMULA}([^{FORMULA}{FORMULA_END}]*){FORMULA_END}|{CODE}([^{CODE}{CODE_END}]*){CODE_END}")
# No number is without one of these
COUNTING = re.compile(
    r"[0-9①-⓿❶-➓㈠-㉉㉈-㊿Ⅰ-ↈ¼-¾⅐-⅞⑴-⒛⁰-₉²³¹一二两三四五六七八九十百千万亿半零〇壹贰叁肆伍陆柒捌玖拾佰仟萬億兩廿卅卌皕俩仨翻加双倍减过折对腰"
    r"\u0180-\u036f\u0400-\u200f\u2028\u2029\u2060-\u218f\u2300-\u3000\u3021-\u4dff\ua000-\ue00f\ue020-\uff00\uff5f-\U0010ffff"  # scripts that are met seldom
    + BOUND
    + GIVEN
    + r"]|[IVXLCDM]{2}|(?i:个把|twice|half|fold|doubl|trebl|tripl|quadrupl|halv|third|quarter|fifth|sixth|seventh|eighth|ninth|tenth|hundredth|out of|thrice|tripl|(?<![A-Za-z])(?:zero|one|two|three|four|five|six|seven|eight|nine|ten)(?![A-Za-z])|\d in \d|(?:teen|ty|hundred|thousand|million|billion|eleven|twelve|dozen|couple|magnitude|times|percent|points))"
)
TOUCH_BEFORE = re.compile(
    r"(?:\d ?[/÷×*^] ?|0[xX]|√ ?|[0-9.·%‰±十百千万亿¥$￥€£"
    + RAISED
    + LOWERED
    + r"]|(?<![0-9A-Za-z"
    + BOUND
    + r"])[-−+] ?|[百千万]?分之 ?|[二三四五六七八九两]|(?<![0-9A-Za-z"
    + BOUND
    + r"])[－﹣–—‒‐‑][ ]?|负 ?|零下 ?|(?<![A-Za-z])(?:minus|negative) )\Z"
)
TOUCH_AFTER = re.compile(
    r"(?: ?[%‰十千亿]| ?[kKwW](?![A-Za-z])|M(?![A-Za-z])| ?成(?![为功本就员立])| ?倍半| ?[/÷×*^] ?\d|!(?!=)| ?百(?!分点)| ?万(?![一分])|[0-9"
    + RAISED
    + LOWERED
    + r"]|[.·:]\d| ?点[零一二三四五六七八九]| ?分之|[，,]0| \d{3}(?!\d)|[eE]\d| ?[×x] ?10|[eE.·,]?"
    + BOUND
    + ")"
)
FORMULA_TOUCH_BEFORE = re.compile(rf"(?:[0-9.]|(?:[=(,<>≈{FORMULA}]|approx|le|ge|lt|gt)\s?[-−+]\s?)\Z")
FORMULA_TOUCH_AFTER = re.compile(rf"[0-9^!]|\.\d|\s?\\?%|\\,?\s?\d|{FORMULA_END} ?[0-9%‰]|{FORMULA_END}[.·]\d")
UNMARKED = {ord(sign): None for sign in (FORMULA, FORMULA_END, CODE, CODE_END)}
# One number of which a part stands in a formula or a piece of code, another beside it
SIDE_BY_SIDE = re.compile(rf"\d(?:}}{{0,4}}[{FORMULA_END}{CODE_END}][{FORMULA}{CODE}]?|[{FORMULA}{CODE}])[.,]?\d")
# A shape of two dimensions or more, in a piece of code
SHAPE = re.compile(r"\((?:\d{1,6}|[A-Za-z_]\w{0,20}|-1)(?:, ?(?:\d{1,6}|[A-Za-z_]\w{0,20})){1,4},?\)")
# One within a call: reshape(-1, 784), zeros((784, 10)), shape=(28, 28)
SHAPE_OF_CALL = re.compile(r"(?<=[(=])\((?:\d{1,6}|[A-Za-z_]\w{0,20})(?:, ?\d{1,6}){1,4}\)|\(-1(?:, ?\d{1,6}){1,4}\)")
# A call that names the function by what it is given, Dense(10), and returns nothing here
CALL = re.compile(r"[A-Za-z_][\w.]{0,60}\((?:-?\d{1,5}|[A-Za-z_]\w{0,20})(?:, ?(?:-?\d{1,5}|[A-Za-z_]\w{0,20})){0,4}\)")
# The name of a file, in a piece of code
FILE = re.compile(r"[\w./-]{0,200}[A-Za-z][\w./-]{0,200}\.[A-Za-z]{1,6}")
# What is said behind a formula of the value in it: $a = 0.976$ 就是准确率
SAID_AFTER = re.compile(r"[，, ]{0,2}(?:这|也|即|便|正)?[就便正]?[是为] ?(?:\w{0,4}的)?(准确率|正确率|错误率|损失|误差|用时|耗时)")
SHOWN_BEFORE = re.compile(r"(?:打印|输出|返回|得到|显示|看到|结果|屏幕上)[出了的是为：: ]{0,3}\Z")
MEASURED_NAME = re.compile(
    r"(?:\w*[._])?(?:acc\w*|loss\w*|err\w*|time|seconds|mem\w*|score|auc|f1|bleu|ppl|rate|eps\w*|print)\(", re.IGNORECASE
)
# An index from the end, x[-1]; an axis, -1
SIGNED = re.compile(r"[\[(,=] ?-\Z")
OPTION = re.compile(r" -\d(?: |$)")
EQUATION = re.compile(r"[0-9][0-9 .+*/×·÷()^!√π−-]{0,60}(?:(?:[≈<>≤≥≠]|==?) ?[0-9][0-9 .+*/×·÷()^!√−-]{0,60}){1,4}")
SPOKEN = re.compile(
    r"([0-9一二两三四五六七八九十]) ?(加上?|减去?|乘以?|除以) ?([0-9一二两三四五六七八九十]) ?(?:等于|[得是=]) ?([0-9]{1,3}(?![0-9.])|[一二三四五六七八九十]{1,3})"
)
POWER = re.compile(r"(\d{1,2}) ?的 ?(\d{1,2}) ?次[方幂] ?(?:等于|就是|是|为|得|=) ?(\d{1,9})(?![\d.])")
FRACTION = re.compile(r"\\[td]?frac\s*(?:\{\s*\d{1,9}\s*\}|\d)\s*(?:\{\s*\d{1,9}\s*\}|\d)|\d{1,9}\s*/\s*\d{1,9}")
SHARED = re.compile(r"\s?的?(?:图|样本|数据|参数|时间|测试|训练|人|张|步|个|读者|错|内存|像素|错误)")
# Without it, $= 9$ is the value of the words before it
LEADING_RELATION = re.compile(r"(?:=|≈|<|>|≤|≥|\\(?:approx|leq?|geq?|lt|gt)(?![A-Za-z]))\s*")
# A product is a shape where nothing is counted behind it; that of an image of the data counts its pixels
PRODUCT, SQUARE = re.compile(r"\d{1,9}(?:\s*(?:\\times|\\cdot|[×·*])\s*\d{1,9})+"), re.compile(r"28\s*(?:\\times|×)\s*28")
NUMERIC_POWER = re.compile(r"\d\s*\^")
DATA = re.compile(r"\s?(?:[张幅]|个?\s?(?:参数|图像|样本|数据|错误|神经元|权重))")
IN_WORDS = ("chinese", "vague", "measure", "spelt")
LETTERS_BEHIND = re.compile(r"[A-Za-z]{1,6}(?![A-Za-z0-9])")
OPERATORS = {"加": "+", "减": "-", "乘": "*", "除": "/"}
SYMBOL = re.compile(r"(?<![A-Za-z])(?:[A-Za-zα-ωΑ-Ωϵ][₀-₉]?|[fghσ]\([-−]?\d{0,3}\.?\d{0,3}\)|[fghσ]) ?(?:=|<|>|≤|≥|≈|∈) ?[-−]?\Z")


@dataclass(frozen=True)
class Typed:
    """A number that nothing accounts for, or a bound one that something on the page bends."""

    text: str
    what: str  # "typed", "touched", "given beside"
    measured: bool  # whether the clause speaks of a measured quantity
    clause: str
    value: float | None = None
    after: str = ""  # what stands right behind it, a percent sign among others

    @property
    def shown(self) -> str:
        return f"{self.text}%" if self.after.lstrip()[:1] == "%" else self.text

    @property
    def whole(self) -> str:
        """The number with the letters that touch it: 16px."""
        return self.text + self.after if self.after.isascii() and self.after.isalpha() else self.text


def numbers_of(text: str, held: Sequence[frozenset[float]] = ()) -> list[Typed]:
    """Return what is wrong with the numbers of `text`, one paragraph, cell, attribute or title; nothing where all is well.

    `held` gives, for each sign HELD of the text, the values that its assertion names.
    """
    signs = plain(text)
    return Judged(signs, held).found if COUNTING.search(signs) else []


class Judged:
    """One text, split into clauses, with the numbers of its prose, its formulas and its code judged."""

    def __init__(self, text: str, held: Sequence[frozenset[float]]) -> None:
        self.text, self.held = text, held
        self.pieces = list(PIECE.finditer(text))
        self.piece_starts = [piece.start() for piece in self.pieces]
        # What stands in a formula or a piece of code ends no clause of the sentence around it
        self.prose = PIECE.sub(lambda match: " " + "\u2003" * (len(match[0]) - 2) + " ", text)
        self.starts = [0, *(match.end() for match in BOUNDARY.finditer(self.prose))]
        self.told: list[tuple[int, Typed]] = []
        self.clauses: dict[int, tuple[bool, bool]] = {}  # by their start: whether cited, whether they speak of a measured quantity
        self.read_prose()
        self.read_false()
        for piece in self.pieces:
            self.read_piece(piece)
        self.read_bound()
        for match in SIDE_BY_SIDE.finditer(self.text):
            self.tell(match.start(), match[0].translate(UNMARKED), "typed")
        self.found = [typed for _, typed in sorted(self.told, key=lambda told: told[0])]

    def clause(self, place: int) -> tuple[int, int]:
        index = bisect_right(self.starts, place)
        return self.starts[index - 1], self.starts[index] if index < len(self.starts) else len(self.text)

    def told_of(self, place: int) -> tuple[bool, bool]:
        """Return of the clause around `place` whether it is cited, and whether it speaks of a measured quantity."""
        start, end = self.clause(place)
        if start not in self.clauses:
            clause = self.text[start:end]
            self.clauses[start] = (CITED in clause and "实测" not in clause, MEASURED.search(clause) is not None)
        return self.clauses[start]

    def accounted(self, place: int, value: float | None) -> bool:
        """Say whether the clause around `place` carries a citation, or an assertion that names the value."""
        if self.told_of(place)[0]:
            return True
        if not self.held:
            return False
        start, end = self.clause(place)
        clause = self.text[start:end]
        if HELD in clause and value is not None:
            first = self.text.count(HELD, 0, start)
            named = frozenset().union(*self.held[first : first + clause.count(HELD)])
            return any(abs(value - other) <= 1e-9 * max(abs(value), 1e-9) for other in named)
        return False

    def tell(self, place: int, text: str, what: str, value: float | None = None) -> None:
        if what == "typed" and self.accounted(place, value):
            return
        start, end = self.clause(place)
        found = self.text.find(text, max(place - 2, start), place + 80 + len(text))
        behind = found + len(text)
        letters = LETTERS_BEHIND.match(self.text, behind) if text[-1:].isdigit() else None
        after = letters[0] if letters else self.text[behind : behind + 2] if found >= 0 else ""
        clause = self.text[max(start, place - 60) : min(end, place + 60)]
        self.told.append((place, Typed(text, what, self.told_of(place)[1], clause, value, after)))

    def read_prose(self) -> None:
        prose = Prose(self.prose, self.text)
        true_until = 0
        for number in scan(self.prose):
            if number.start < true_until:
                continue
            true_until = max(true_until, self.equation(number))
            if number.start < true_until or self.symbol(number, prose) or prose.free(number):
                continue
            self.tell(number.start, number.text, "typed", number.value)

    def equation(self, number: Number) -> int:
        """Return where arithmetic that begins with `number` and is true ends; 0 where there is none."""
        power = POWER.match(self.prose, number.start)
        if power and float(power[1]) ** float(power[2]) == float(power[3]) and not UNITS.match(self.prose, power.end()):
            return power.end()
        match = (
            EQUATION.match(self.prose, number.start)
            if number.start == 0 or self.prose[number.start - 1] not in "-−+*/×·^("
            else None
        )
        if match is None or MEASURED_BEFORE.search(self.prose[max(number.start - 24, 0) : number.start]):
            return 0
        if not all(holds(*part) for part in parts(match[0])):
            return 0
        if Prose(self.prose, self.text).counted_after(match.end()) or JUDGED_AFTER.match(self.prose, match.end()):
            self.tell(number.start, match[0].strip(), "typed")  # what is worked out of nothing is measured by nobody
        return match.end()

    def read_false(self) -> None:
        """Tell of arithmetic that is false, in prose, in code and in words, of however small numbers."""
        for match in EQUATION.finditer(self.text):
            before = self.text[max(match.start() - 4, 0) : match.start()].rstrip()[-1:]
            after = self.text[match.end() : match.end() + 1]
            part_of_more = before in OPEN or (before.isascii() and before.isalpha()) or (after.isascii() and after.isalpha())
            if part_of_more or after in OPEN or match[0].rstrip()[-1] in "+*/×·÷(^√−-" or self.inside_formula(match.start()):
                continue
            if false := next((part for part in parts(match[0]) if refuted(*part)), None):
                self.tell(match.start(), false[2].strip(" ."), "typed")
        for match in SPOKEN.finditer(self.prose):
            first, second, last = (value_of(text) if text[0] in NUMERALS else float(text) for text in match.group(1, 3, 4))
            if refuted(f"{first:.0f}{OPERATORS[match[2][0]]}{second:.0f}", "=", f"{last:.0f}"):
                self.tell(match.start(), match[4], "typed", last)

    def symbol(self, number: Number, prose: Prose) -> bool:
        """Say whether a number is set equal to a symbol of prose, β₁ = 0.9, as a formula may."""
        before = self.prose[max(number.start - 16, 0) : number.start]
        match = SYMBOL.search(before)
        if match is None or number.kind not in ("integer", "decimal", "power") or prose.counted_after(number.end):
            return False
        lead = self.prose[max(number.start - 28, 0) : number.start - len(match[0])]
        return not maths.values(match[0] + number.text, lead)

    def read_piece(self, piece: re.Match[str]) -> None:
        before = self.prose[max(piece.start() - 12, 0) : piece.start()]
        if piece[1] is not None:
            after = self.prose[piece.end() : piece.end() + 12]
            said = SAID_AFTER.match(after)
            for value in maths.values(piece[1], said[1] if said else before.rstrip()):
                self.tell(piece.start(), value.text, "typed", as_number(value.text))
            if piece[1].strip()[-1:].isdigit() or piece[1].strip().endswith(("}", ")", "]")):
                self.formula_with_unit(piece, before, after)
            self.read_words(piece)
        elif any(sign.isdigit() for sign in piece[2]) or (not piece[2].isascii() and COUNTING.search(piece[2])):
            self.read_code(piece)

    def read_words(self, piece: re.Match[str]) -> None:
        """Tell of the numbers that a formula's words hold: `$\\text{九成七}$`; its digits are judged with the formula."""
        for words in maths.TEXT.findall(piece[1]):
            prose = Prose(words)
            sentence = any(sign > "\u2e80" for sign in words)
            for number in scan(words) if COUNTING.search(words) else ():
                if (sentence or number.kind in IN_WORDS) and not prose.free(number):
                    self.tell(piece.start(), number.text, "typed", number.value)

    def read_code(self, piece: re.Match[str]) -> None:
        before = MEASURED_BEFORE.search(self.prose[max(piece.start() - 24, 0) : piece.start()])
        if FILE.fullmatch(piece[2]) and not before and not MEASURED_WORD.search(piece[2]):
            return
        shown = before or SHOWN_BEFORE.search(self.prose[max(piece.start() - 12, 0) : piece.start()])
        if not shown and CALL.fullmatch(piece[2]) and not MEASURED_NAME.match(piece[2]):
            return
        end = len(piece[2].rstrip()) if Prose(self.prose, self.text).counted_after(piece.end()) else -1
        shapes = {place for match in SHAPE_OF_CALL.finditer(piece[2]) for place in range(*match.span())}
        for number in scan(piece[2]):
            free = not before and (number.start in shapes or (number.end != end and Prose(piece[2]).free(number)))
            if not free and (before or not in_code(piece[2], number)):
                self.tell(piece.start(), number.text, "typed", number.value)

    def formula_with_unit(self, piece: re.Match[str], before: str, after: str) -> None:
        """Judge a formula that is one number as the prose around it would: `$10^4$ 秒`, `$97$%`, `$\\frac15$ 的图像`."""
        whole = piece[1].strip()
        lead = LEADING_RELATION.match(whole)
        tex = whole[lead.end() :] if lead else whole
        if FRACTION.fullmatch(tex) and SHARED.match(after):
            self.tell(piece.start(), "".join(re.findall(r"\d", tex)), "typed")
        if not re.fullmatch(r"[-−]?[\d.,{}]+|[-−]?(?:[\d.]+\s*\\times\s*)?10\^\{?[-−]?\d+\}?", tex):
            last = maths.last(tex)
            prose = Prose(self.prose, self.text)
            product = "10^" in tex or (PRODUCT.fullmatch(tex) and not (SQUARE.fullmatch(tex) and CELLS.match(after)))
            counted = (product and prose.counted_after(piece.end())) or (NUMERIC_POWER.search(tex) and DATA.match(after))
            if last and (counted or self.unit_behind(piece)):
                self.tell(piece.start(), last, "typed", as_number(last))
            return
        prose = Prose(before + "9" + after)
        digit = Number(len(before), len(before) + 1, "9", 9.0, "integer")
        if self.unit_behind(piece) or (prose.counted_after(len(before) + 1) if tex not in "0123456789" else not prose.free(digit)):
            self.tell(piece.start(), tex, "typed")

    def unit_behind(self, piece: re.Match[str]) -> bool:
        return Prose(self.prose, self.text).unit_after(piece.end())

    def read_bound(self) -> None:
        """Tell of what touches a bound number, and of given numbers beside a measured quantity."""
        text = self.text
        for match in re.finditer(f"[{BOUND}{GIVEN}]", text):
            place = match.start()
            before, after = text[max(place - 6, 0) : place], text[place + 1 : place + 8]
            if match[0] == BOUND and self.touched(place, before, after):
                self.tell(place, f"{before[-2:]}{BOUND}{after[:2]}", "touched")
            elif match[0] == GIVEN and (re.search(r"[\d.]\Z", before) or re.match(r"[\d⁰-⁹]|\.\d", after)):
                self.tell(place, f"{before[-2:]}{GIVEN}{after[:2]}", "touched")
            if match[0] == GIVEN and self.told_of(place)[1]:
                self.tell(place, "", "given beside")

    def touched(self, place: int, before: str, after: str) -> bool:
        if self.inside_formula(place):
            return bool(FORMULA_TOUCH_BEFORE.search(before) or FORMULA_TOUCH_AFTER.match(after))
        if before.endswith("$") and after.startswith("$"):  # how code writes a formula
            return False
        return bool(TOUCH_BEFORE.search(before.translate(UNMARKED)) or TOUCH_AFTER.match(after.translate(UNMARKED)))

    def inside_formula(self, place: int) -> bool:
        index = bisect_right(self.piece_starts, place) - 1
        return index >= 0 and self.pieces[index].end() > place and self.pieces[index][1] is not None


def parts(equation: str) -> list[tuple[str, str, str]]:
    """Return the relations of an equation, each with its two sides."""
    sides = re.split(r"(==?|[≈<>≤≥≠])", equation.rstrip(" +*/×·÷(^√−-."))
    return list(zip(sides[::2], sides[1::2], sides[2::2], strict=False))


# What stands beside arithmetic that is only a piece of something larger
OPEN = frozenset("-−+*/×·÷^(_.[%" + BOUND + GIVEN + FORMULA + FORMULA_END)


def as_number(text: str) -> float | None:
    try:
        return float(text.replace("{,}", "").replace("\\,", "").replace(",", ""))
    except ValueError:
        return None


def in_code(code: str, number: Number) -> bool:
    """Say whether a number is part of how code is written: of a name, x_train2; an option, -3; a shape, (784,); an exponent, ^10."""
    before, after = code[max(number.start - 2, 0) : number.start], code[number.end : number.end + 2]
    if SHAPE.fullmatch(code):
        return True
    if number.text in "123456789" and SIGNED.search(code, max(number.start - 3, 0), number.start):
        return True
    if OPTION.match(code, max(number.start - 2, 0)) or (before.endswith("(") and after.startswith(",)")):
        return True
    if before.endswith(("^", "**")) and len(number.text) <= 2:
        return True
    return number.kind == "word" and not MEASURED_WORD.match(number.text)


def source_numbers(text: str, constants: Callable[[float], bool]) -> list[Typed]:
    """Return what is wrong with the numbers of a comment or docstring of shown source.

    Shapes, ranges of data types and values equal to a constant of the module, for which `constants` says yes, are free.
    """
    return [typed for typed in numbers_of(SOURCE_FREE.sub(" ", text)) if typed.value is None or not constants(typed.value)]


SOURCE_FREE = re.compile(
    r"[(（\[]\s{0,3}[-−]?[\w.]{0,20}(?:\s{0,3}[,，]\s{0,3}[-−]?[\w.]{0,20}){0,6}\s{0,3}[)）\]]|\b(?:255|256|127|128|65535|32767|784)\b|\d{1,5}(?:\s?[×x*]\s?\d{1,5}){1,3}"
)
