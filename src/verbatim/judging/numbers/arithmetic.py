"""Arithmetic that is written out, as TeX or as plain text, worked out: what is true of whole numbers needs no source."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from verbatim.judging.numbers.signs import FROM_RAISED, RAISED

PIECE = re.compile(
    rf"(?P<number>\d{{1,15}}(?:\.\d{{1,15}})?|\.\d{{1,15}})|\\(?P<name>[A-Za-z]+)|(?P<word>ln|log|sqrt|exp|e(?![A-Za-z])|π)|(?P<raised>[⁻]?[{RAISED}]{{1,4}})|(?P<sign>[-−+*/^×·÷(){{}}!√]|\s)"
)
SIGNS = {"−": "-", "×": "*", "·": "*", "÷": "/", "times": "*", "cdot": "*", "div": "/"}
CONSTANTS = {"pi": math.pi, "π": math.pi, "e": math.e}
FUNCTIONS = {"ln": math.log, "log": math.log10, "exp": math.exp, "sqrt": math.sqrt, "√": math.sqrt}
SKIPPED = frozenset(("left", "right", "bigl", "bigr", "big", "Bigl", "Bigr", "displaystyle", "quad", ",", ";"))
NAMED = {
    "\\le": "≤", "\\leq": "≤", "\\ge": "≥", "\\geq": "≥", "\\ne": "≠", "\\neq": "≠", "\\lt": "<", "\\gt": ">", "==": "=",
}  # fmt: skip
RELATIONS = frozenset("=<>≤≥≠")  # what is false of whole numbers where it does not hold
LARGEST = 1000  # the greatest whole number that takes part in arithmetic of a text
LONGEST = 120  # signs of one side


class NoArithmetic(ValueError):
    """A piece of text that is no arithmetic of whole numbers."""


class Side:
    """One side of an equation, read by descent; `plain` says whether it is one number and nothing else."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise NoArithmetic
        self.pieces = list(pieces(text))
        self.place = 0
        self.plain = len(self.pieces) == 1 and isinstance(self.pieces[0], float)
        self.decimal = any(isinstance(piece, float) and piece != int(piece) for piece in self.pieces)
        self.value = self.sum()
        if self.place != len(self.pieces):
            raise NoArithmetic

    def peek(self) -> object:
        return self.pieces[self.place] if self.place < len(self.pieces) else None

    def take(self) -> object:
        self.place += 1
        return self.pieces[self.place - 1] if self.place <= len(self.pieces) else None

    def sum(self) -> float:
        value = -self.product() if self.peek() == "-" and self.take() else self.product()
        while self.peek() in ("+", "-"):
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self) -> float:
        value = self.power()
        while self.peek() in ("*", "/"):
            value = value * self.power() if self.take() == "*" else value / self.power()
        return value

    def power(self) -> float:
        value = self.atom()
        while self.peek() in ("^", "!"):
            if self.take() == "!":
                value = float(math.factorial(int(value))) if value == int(value) and 0 <= value <= 20 else math.nan
            else:
                value = value ** (-self.atom() if self.peek() == "-" and self.take() else self.atom())
        return value

    def atom(self) -> float:
        piece = self.take()
        if isinstance(piece, float):
            return piece
        if piece in CONSTANTS:
            return CONSTANTS[piece]
        if piece in FUNCTIONS:
            return FUNCTIONS[piece](self.atom())
        if piece == "frac":
            return self.atom() / self.atom()
        if piece not in ("(", "{"):
            raise NoArithmetic
        value = self.sum()
        if self.take() != {"(": ")", "{": "}"}[piece]:
            raise NoArithmetic
        return value


def pieces(text: str) -> Iterator[str | float]:
    """Yield the numbers, as floats, and the signs and names of a side; raises NoArithmetic at anything else."""
    place = 0
    while place < len(text):
        match = PIECE.match(text, place)
        if match is None:
            raise NoArithmetic
        place = match.end()
        if match["number"]:
            yield float(match["number"])
        elif match["raised"]:
            yield "^"
            yield float(match["raised"].translate(FROM_RAISED))
        elif (name := match["name"] or match["word"] or match["sign"].strip()) and name not in SKIPPED:
            yield SIGNS.get(name, name)


def holds(left: str, relation: str, right: str) -> bool:
    """Say whether both sides are arithmetic of whole numbers and what the relation says of them is true."""
    try:
        sides = [Side(left), Side(right)]
    except (NoArithmetic, ArithmeticError, ValueError, TypeError):
        return False
    worked = [side for side in sides if not side.plain]
    if not worked or any(side.decimal or not small(side) for side in worked):
        return False
    first, second = (side.value for side in sides)
    return compared(first, relation, second, len(right.strip().partition(".")[2]))


def compared(first: float, relation: str, second: float, digits: int) -> bool:
    """Say whether a relation holds; `digits` are those of the decimals to which ≈ rounds."""
    same = math.isclose(first, second, rel_tol=1e-12)
    relation = NAMED.get(relation, relation)
    if relation in ("<", ">", "≤", "≥"):
        return (same and relation in "≤≥") or (not same and (first < second) is (relation in "<≤"))
    if relation == "≠":
        return not same
    return same or (relation != "=" and round(first, digits) == second and digits > 0)


def refuted(left: str, relation: str, right: str, *, bare: bool = False) -> bool:
    """Say whether both sides are arithmetic of whole numbers and what the relation says of them is false.

    Two numbers alone, 3 = 5, are arithmetic only where `bare` says so: in a formula. A logarithm's base is anyone's guess.
    """
    if NAMED.get(relation, relation) not in RELATIONS or "log" in left + right:
        return False
    try:
        sides = [Side(left), Side(right)]
    except (NoArithmetic, ArithmeticError, ValueError, TypeError):
        return False
    if any(side.decimal or not small(side) for side in sides) or (not bare and all(side.plain for side in sides)):
        return False
    return not compared(sides[0].value, relation, sides[1].value, 0)


def small(side: Side) -> bool:
    return all(abs(piece) <= LARGEST for piece in side.pieces if isinstance(piece, float))
