"""The grammar of formulas: which numbers of a TeX formula are its structure, and which are values that somebody must answer for.

Indices, exponents, coefficients, 0, 1, counts under ten and arithmetic that is true are structure; a value that is set equal to a
symbol, or compared with one, is not, but for the settings of a method.
"""

# ruff: noqa: E501
from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Callable
from typing import NamedTuple

from verbatim.judging.numbers.arithmetic import holds, refuted
from verbatim.judging.numbers.signs import BOUND, GIVEN

NUMBER = re.compile(
    r"[0-9]{1,40}(?:\{,\}[0-9]{3}|,[0-9]{3}(?![0-9])){0,9}(?:\.[0-9]{1,40})?(?:[eE][-+−]?[0-9]{1,3}(?![A-Za-z0-9^_]))?|\.[0-9]{1,40}"
)
COMMAND = re.compile(r"\\(?:[A-Za-z]+\*?|.)", re.DOTALL)
# Blanks of TeX that part the groups of one number
THIN = re.compile(r"(?:\\[,;:! ]|\s|~|\{\})*")
TEXT = re.compile(r"\\(?:text(?:bf|it|rm|sf|tt)?|mathrm|mathit|mathsf|operatorname\*?|mbox)\s*\{([^{}]*)\}")
RELATION = re.compile(r"=|<|>|≠|\\(?:approx|le|leq|ge|geq|lt|gt|neq|ne|sim|simeq|equiv|to|rightarrow|in)(?![A-Za-z])|≈|≤|≥|→|∈")
PARTER = re.compile(r"\\\\|\\q?quad|[,;，；、。&]|\\(?:text|mathrm)\{[^{}]*\}")
SETTING = re.compile(
    r"(?:\\(?:eta|alpha|beta|lambda|gamma|tau|rho|mu|momentum)|[ηαβλγτρμ]|\\mathrm\{lr\})(?:_(?:\{\w{1,4}\}|\w)|[₀-₉])?\s*(?:=|\\approx|\\in|<|>|\\leq?|\\geq?|≤|≥)\s*\Z"
)
TINY = re.compile(r"(?:\\(?:var)?epsilon|[εϵ]|\\delta|δ)(?:_(?:\{\w{1,4}\}|\w)|[₀-₉])?\s*(?:=|<|\\leq?|≤)\s*\Z")
APPLIED = re.compile(
    r"(?:\\(?:sigma|phi|psi|varphi|exp|sin|cos|tan|tanh|ln|log|operatorname\{\w+\})|[fgh]|σ)\s*(?:\\left)?\(\s*[-−]?\d*\.?\d*\s*(?:\\right)?\)\s*(?:=|\\approx)\s*\Z"
)
# Functions whose value everybody can work out
FUNCTIONS: dict[str, Callable[[float], float]] = {
    "sigma": lambda x: 1 / (1 + math.exp(-x)), "exp": math.exp, "sin": math.sin, "cos": math.cos, "tan": math.tan, "tanh": math.tanh,
}  # fmt: skip
KNOWN = re.compile(
    r"\\(sigma|exp|sin|cos|tanh|tan)\s*(?:\\left)?\(\s*([-−]?\d{1,2}(?:\.\d{1,6})?)\s*(?:\\right)?\)\s*(?:=|\\approx)\s*[-−]?\Z"
)
ARGUMENT = re.compile(
    r"\\(?:ln|log|exp|sin|cos|tan|tanh)(?:_(?:\{?\w{1,2}\}?))?\s+\Z|(?:\\(?:sigma|phi|psi|varphi|exp|sin|cos|tan|tanh)|[fgh]|σ)\s*(?:\\left)?\(\s*[-−]?\Z"
)
PROBABILITY = re.compile(r"(?:[pP]|\\Pr)(?:_\w)?\s*(?:<|>|\\leq?|\\geq?|≤|≥)\s*\Z")
EXAMPLE = re.compile(r"(?:例如|比如|譬如|设|令|取|若|假设|假如)[^，。；]{0,3}\Z")
VECTOR = re.compile(
    r"\s*[A-Za-z](?:_\w)?\s*=\s*(?:\\left)?[(\[]\s*[-−]?[\d.]{1,6}(?:\s*,\s*[-−]?[\d.]{1,6}){1,9}\s*(?:\\right)?[)\]](?:\^[T\d]|\^\{?\\?\w+\}?)?\s*\Z"
)
PIXELS = re.compile(r"[\[(]\s*0\s*,\s*255\s*[\])]")
UNIT = re.compile(
    r"(?:\\[,;:! ]|\s|~)*(?:\\times\s*\Z|\\?[%‰]|°|\^\{?\\circ|\\circ|\\math[a-z]{2,5}\s*\{\s*\\?[%‰]|(?:\\(?:text[a-z]{0,6}|mathrm|operatorname\*?|[mh]box|(?<=[,;: ~]\\)math[a-z]{2,5}|(?<=[,;: ~]\\)(?:boldsymbol|bm))\s*\{)\s*(?:\\[,;: ])?\s*(?:[x×]\s*\}|\\?[%‰]|秒|毫秒|张|次|步|倍|小时|分钟|天|个|[KMGT]?i?B\b|[mμn]?s\b|min|h\b|[kMG]?Hz|k?Wh?\b|FLOPs?|[pnμµmcdhkMG]?(?:m|g|s|A|K|N|V|W|J|L|F|Pa|eV|mol|bar)(?![A-Za-z])|[元度米克升吨年月周折成]|公[里斤]|美元))"
)
LOSSES = re.compile(
    r"(?:[εϵ]|\\(?:(?:var)?epsilon|ell|mathcal\{L\}|text\{[^{}]*\}|mathrm\{[^{}]*\})|L|J|acc|loss|t|T)(?:_(?:\{\w+\}|\w))?\s*(?:=|\\approx|<|>|\\leq?|\\geq?|≈)\s*\Z"
)
POWER = re.compile(r"10\s*(?:\^\s*(?:\{\s*[-−+]?\d{1,4}\s*\}|\d)|[⁻]?[⁰¹²³⁴-⁹])")
MEASURED = re.compile(r"得到|测得|实测|准确率|损失|误差|错误|正确率|用时|耗时|\b(?:acc|loss|err)", re.IGNORECASE)
# Words that a value is set equal to
NAMED = re.compile(
    r"(?:\\(?:text|math|operatorname)[a-z]{0,6}\{([^{}]{1,20})\}|\b([A-Za-z]{3,12}))(?:_(?:\{\w+\}|\w))?(?:\s|\\[ ,;:]|[~:：=<>≈]|\\(?:approx|leq?|geq?)(?![A-Za-z])){1,8}\Z"
)
SHAPE = re.compile(r"\d{1,5}(?:\s*(?:\\times|×)\s*\d{1,5})+")


class Value(NamedTuple):
    """A number of a formula that is no structure."""

    start: int
    end: int
    text: str


def values(tex: str, before: str = "") -> list[Value]:
    """Return the numbers of a formula that are no structure; `before` is the text in front of it."""
    formula = Formula(shown(tex), before)
    return [value for value in formula.numbers if not formula.free(value)]


def shown(tex: str) -> str:
    """Return a formula without what parts digits and cannot be seen: fonts, accents, sizes, groups of digits, marks of alignment."""
    if not any(sign in tex for sign in "{\\&"):
        return tex
    tex = ALIGNED.sub("", UNSEEN.sub("", tex))
    tex = DECIMAL_POINT.sub(".", tex)
    for _ in range(3):
        tex = ENDING.sub(r"\1}\2", GROUPED.sub(r"\1", DRESSED.sub(r"\1", tex)))
    return tex


DECIMAL_POINT = re.compile(r"\s*\\(?:ldotp|cdotp|textperiodcentered)(?![A-Za-z])\s*")
FONTS = r"(?:math(?:bf|rm|it|sf|tt|bb|cal|frak|scr|normal|ord|inner|llap|rlap|clap|rel|bin|op|open|close|punct)|angl|d{0,4}dot|mathring|(?:wide|u)?(?:hat|tilde|check)|bar|vec|breve|acute|grave|(?:over|under)set\{[^{}]{0,20}\}|stackrel\{[^{}]{0,20}\}|html[A-Z][a-z]{1,5}\{[^{}]{0,40}\}|text(?:bf|it|rm|sf|tt|up|md|normal)?|boldsymbol|bm|pmb|mbox|hbox|underline|overline|boxed|fbox|operatorname\*?)"
DRESSED = re.compile(rf"\\{FONTS}\s*(?:\{{\s*([0-9.,]{{1,40}})\s*\}}|(?<=[a-z])\s*(?=[0-9]))")
GROUPED = re.compile(r"(?<![A-Za-z}\]^_*\s])\{\s*([0-9.]{1,40})\s*\}")
UNSEEN = re.compile(
    r"\\(?:!|neg(?:thin|med|thick)space(?![A-Za-z]))|\\(?:(?:display|text|script|scriptscript)style|relax|tiny|scriptsize|footnotesize|small|normalsize|large|Large|LARGE|huge|Huge|bf|rm|it|sf|tt|m?athstrut|strut|null|allowbreak|nobreak|nonumber|notag)(?![A-Za-z])\s*"
)
# Words that end with the first digits of a number, which goes on behind them: \text{准确率 9}7
ENDING = re.compile(rf"(\\{FONTS}\s*\{{[^{{}}]{{0,200}}?)([0-9.]{{1,40}})\}}(?=\s*[0-9.])")
ALIGNED = re.compile(r"&(?=\s*(?:[=<>≈≤≥≠]|\\(?:approx|leq?|geq?|neq?|lt|gt)(?![A-Za-z])))")


def last(tex: str) -> str:
    """Return the number with which a formula ends, on which a unit behind it bears; no index and no power of a symbol."""
    formula = Formula(shown(tex), "")
    if not formula.numbers or formula.tex[formula.numbers[-1].end :].strip(" })]"):
        return ""
    number = formula.numbers[-1]
    scripted = number.start in formula.scripts
    return number.text if not scripted or re.search(r"[0-9e]\s*\^\s*\{?[-−]?\Z", formula.tex[: number.start]) else ""


class Formula:
    """A formula, read once from left to right."""

    def __init__(self, tex: str, before: str) -> None:
        self.tex, self.before = tex, before[-12:]
        self.numbers: list[Value] = []
        self.scripts: set[int] = set()  # where the numbers begin that are indices or exponents
        self.read()
        self.starts = [number.start for number in self.numbers]
        self.false: set[int] = set()  # where the numbers begin that arithmetic refutes
        self.true = self.true_spans()
        self.is_shape = bool(SHAPE.fullmatch(tex.strip())) and not MEASURED.search(self.before)
        self.is_tuple = bool(re.search(r"形状[是为]?\s{0,2}\Z", self.before) and TUPLE.fullmatch(tex))
        self.example = bool(EXAMPLE.search(self.before) and VECTOR.match(tex)) and not MEASURED.search(self.before)

    def read(self) -> None:
        place, depth = 0, 0
        script: list[int] = []  # the depths at which a script begins
        while place < len(self.tex):
            sign = self.tex[place]
            if NUMBER.match(self.tex, place):
                place = self.number(place, bool(script))
                continue
            if sign == "\\":
                place = COMMAND.match(self.tex, place).end()  # type: ignore[union-attr]
                continue
            if sign == "{":
                depth += 1
                if self.opens_script(place):
                    script.append(depth)
            elif sign == "}":
                if script and script[-1] == depth:
                    script.pop()
                depth -= 1
            place += 1

    def number(self, place: int, script: bool) -> int:
        """Take in the number at `place`, with the groups of digits behind thin blanks; return where it ends."""
        match = NUMBER.match(self.tex, place)
        assert match is not None
        end = match.end()
        single = self.tex[place - 1 : place] in ("^", "_") and self.has_base(place - 1)
        if single:  # x_12 is x with the index 1, then 2
            end = place + 1
        while not single and (gap := THIN.match(self.tex, end)) and gap.end() > end and (more := NUMBER.match(self.tex, gap.end())):
            end = more.end()
        if script or single:
            self.scripts.add(place)
        self.numbers.append(Value(place, end, self.tex[place:end]))
        return end

    def opens_script(self, place: int) -> bool:
        before = self.tex[max(place - 4, 0) : place].rstrip()
        return before.endswith(("^", "_")) and self.has_base(place - 1)

    def has_base(self, place: int) -> bool:
        """Say whether something stands before the sign ^ or _ at `place`: an index of nothing is a number in disguise."""
        before = self.tex[max(place - 12, 0) : place].rstrip(" ^_")
        if WORDS_END.search(before) or BRACED.search(self.tex[max(place - 200, 0) : place + 1]):  # these have a label, no index
            return False
        return (
            before != ""
            and not before.endswith(("{}", "{", "&", "\\,", "="))
            and (before[-1].isalnum() or before[-1] in ")]}'|!" + BOUND)
        )

    def true_spans(self) -> list[tuple[int, int]]:
        """Return the pieces of the formula that are arithmetic and true."""
        spans, start = [], 0
        if not self.numbers or not RELATION.search(self.tex) or MEASURED.search(self.before):
            return []
        for parter in [*PARTER.finditer(self.tex), None]:
            end = parter.start() if parter else len(self.tex)
            spans += self.true_in(start, end)
            start = parter.end() if parter else end
        return spans

    def true_in(self, start: int, end: int) -> list[tuple[int, int]]:
        relations = list(RELATION.finditer(self.tex, start, end))
        starts = [start, *(relation.end() for relation in relations)]
        ends = [*(relation.start() for relation in relations), end]
        sides = list(zip(starts, ends, strict=True))
        for left, relation, right in zip(sides, relations, sides[1:], strict=False):
            if refuted(self.tex[slice(*left)], relation[0], self.tex[slice(*right)], bare=True):
                self.false.add(self.starts[min(bisect_left(self.starts, right[0]), len(self.starts) - 1)])
        return [
            (left[0], right[1])
            for left, relation, right in zip(sides, relations, sides[1:], strict=False)
            if holds(self.tex[slice(*left)], relation[0], self.tex[slice(*right)])
        ]

    def free(self, number: Value) -> bool:
        after = self.tex[number.end : number.end + 24]
        if UNIT.match(after) or "\\," in number.text or number.start in self.false:
            return False
        if number.start in self.scripts and number.text.isdigit():
            return True
        if self.example or any(start <= number.start and number.end <= end for start, end in self.true):
            return True
        return any(rule(self, number, self.tex[max(number.start - 40, 0) : number.start], after) for rule in RULES)


def small(formula: Formula, number: Value, before: str, after: str) -> bool:
    """Free 0, 1 and whole numbers under ten, unless they are the value of a loss or a time."""
    if not number.text.isdigit() or int(number.text) >= 10:
        return False
    if TIMES_ALONE.fullmatch(formula.tex, 0, number.start) or RATIO_AFTER.match(after):
        return False
    named = NAMED.search(before)
    return not (named and MEASURED.search(named[1] or named[2])) and (number.text in ("0", "1") or not LOSSES.search(before))


def coefficient(formula: Formula, number: Value, before: str, after: str) -> bool:
    """Free a whole number up to twenty that stands right before a symbol."""
    symbol = re.match(r"\s*(?:[A-Za-z(]|\\(?!approx|le|ge|ne|times|cdot|%|text|mathrm|,|;|\\|quad|to|right)[A-Za-z])", after)
    return symbol is not None and number.text.isdigit() and int(number.text) <= 20 and not RELATION.search(before[-3:])


def power(formula: Formula, number: Value, before: str, after: str) -> bool:
    """Free a bare power of ten, as an order of magnitude, but where it is the value of something measured."""
    match = POWER.match(formula.tex, number.start)
    lead = re.search(r"(?:\\times|\\cdot|[×·*])\s*\Z", before)
    if match is None or UNIT.match(formula.tex, match.end()) or MEASURED.search(formula.before):
        return False
    if lead and before[: lead.start()].rstrip().endswith((BOUND, GIVEN)):
        return True
    symbol = re.search(r"[A-Za-zα-ωΑ-Ω}]\s*(?:=|\\approx|≈)\s*\Z", before)
    return not lead and (symbol is None or TINY.search(before) is not None)


def setting(formula: Formula, number: Value, before: str, after: str) -> bool:
    """Free what a method's own symbols are set to: learning rates, decay rates and weights between 0 and 1."""
    digits = re.split("[eE]", number.text)[0].replace(".", "").lstrip("0")
    if MEASURED.search(formula.before) or len(digits) > 3:
        return False
    return bool(SETTING.search(before)) and float(number.text.replace(",", "").replace("−", "-")) < 1


def applied(formula: Formula, number: Value, before: str, after: str) -> bool:
    """Free a function's value at a number, f(0.5) = 0.25, and its argument."""
    plain = len(number.text.replace(".", "").lstrip("0")) <= 3
    if known := KNOWN.search(before):
        worth = FUNCTIONS[known[1]](float(known[2].replace("−", "-")))
        return abs(abs(worth) - float(number.text)) <= 0.5001 * 10.0 ** -len(number.text.partition(".")[2])
    return plain and not MEASURED.search(formula.before) and bool(APPLIED.search(before) or ARGUMENT.search(before))


def threshold(formula: Formula, number: Value, before: str, after: str) -> bool:
    return number.text in ("0.5", "0.05", "0.01", "0.001") and bool(PROBABILITY.search(before))


def pixels(formula: Formula, number: Value, before: str, after: str) -> bool:
    return number.text == "255" and bool(re.search(r"[\[(]\s*0\s*,\s*\Z|/\s*\Z", before))


def shape(formula: Formula, number: Value, before: str, after: str) -> bool:
    """Free a shape that stands by itself, 28×28: all of the formula, or behind R^{…}."""
    return formula.is_shape and number.text.isdigit() and len(number.text) <= 5


def shape_tuple(formula: Formula, number: Value, before: str, after: str) -> bool:
    """Free the parts of a tuple that the text calls a shape, (m, 28, 28), or that can be nothing else, (784,)."""
    lone = re.search(r"\(\s*\Z", before) and re.match(r"\s*,\s*\)", after)
    return bool(lone) or formula.is_tuple


# $\\times 3$ and $9:1$ say how one thing stands to another
TIMES_ALONE, RATIO_AFTER = re.compile(r"\s*\\times\s*"), re.compile(r"\s*[:∶]\s*\d")
TUPLE = re.compile(r"\s*\((?:\s*\w{1,5}\s*,?){1,6}\s*\)\s*")
BRACED = re.compile(r"\\(?:over|under)brac(?:e|ket)\s*\{[^{}]{0,200}\}\s*[\^_]?\Z")
WORDS_END = re.compile(r"[\u4e00-\u9fff]\s*\}?\Z")
RULES = (small, coefficient, power, setting, applied, threshold, pixels, shape, shape_tuple)
