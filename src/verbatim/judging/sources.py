"""Shown source read as prose: its comments and docstrings stand on the page, and their numbers are accounted for like others."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from verbatim.faults import Fault
from verbatim.judging.numbers import COUNTING, Typed, source_numbers
from verbatim.judging.numbers.scanner import scan
from verbatim.published.catalogue import Source

if TYPE_CHECKING:
    from verbatim.published.catalogue import Catalogue

FIX = "name it as a constant of the module and write the name, or say it on the page, bound as {{ … }}"
SHELL_COMMENT = re.compile(r"(?:^|\s)#(?!!)(.*)")
# A shape, and the sizes in it: what a comment says of (m, 785) it may say of 785
SHAPE = re.compile(r"\(\w{1,12}(?:, ?\w{1,12}){0,5},?\)")
# Exponents and indices on names and brackets, coefficients of names behind a sign, and the year in an author's brackets
FORMULA = re.compile(
    r"(?<=[A-Za-zα-ωΑ-Ω|)\]])[⁰¹²³⁴-⁹₀-₉ₜ₊₋⁺⁻]+|(?<=[-−+·*] )\d(?=[a-zα-ω]\b)"
    r"|(?<=[A-Za-z\u4e00-\u9fff][,，]) ?(?:19|20)\d\d(?=[)）])"
)
# Counts that claim to be nothing but rough, and what is all around
ROUGH = re.compile(r"十[来几多](?=[个种次张步层条处行])|四周(?=[各都围])")
# What a search was given to choose from
CHOICES = re.compile(r"(?<=从) ?\d[\d.]*(?:、\d[\d.]*)+(?= ?[里中]选)")
GRID = re.compile(r"\w+\.linspace\((-?[\d.]{1,9}), (-?[\d.]{1,9}), ([2-9]|\d{2,6})\)")


class Sources:
    """The comments and docstrings of a catalogue's sources; each source is read once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.project = catalogue.project
        self.read: dict[str, list[Fault]] = {}
        self.packages: dict[str, frozenset[float]] = {}

    def faults(self, source: Source) -> list[Fault]:
        """Return the numbers that were typed into the comments and docstrings of a source."""
        if source.id not in self.read:
            self.read[source.id] = list(self.judged(source))
        return self.read[source.id]

    def judged(self, source: Source) -> Iterator[Fault]:
        if source.region:
            module, code = source.id.partition(":")[0], source.text
            constants = self.constants(module.partition("/")[0])
            path, first = source.region.path, source.region.first
            strings = self.catalogue.modules[module].strings
            prose = prose_of(code, [(start - first + 1, end - first + 1) for start, end in strings])
        elif source.kind == "command":
            constants = frozenset()
            path, first, prose = self.project.relative(self.project.snippets / source.id), 1, shell_comments(source.text)
        else:  # an output is recorded, not written
            return
        for line, text in prose:
            found = source_numbers(text, constants.__contains__)  # nearly always nothing
            for typed in typed_in(text, constants, self.written(source)) if found else ():
                yield Fault(f"{path}:{first + line - 1}", f"typed measurement {typed.shown!r} in shown source", FIX, text)

    def constants(self, package: str) -> frozenset[float]:
        """Return the values of all constants of a package: modules share them by import."""
        if package not in self.packages:
            modules = [module for name, module in self.catalogue.modules.items() if name.partition("/")[0] == package]
            self.packages[package] = frozenset(value for module in modules for value in values_of(module.constants))
        return self.packages[package]

    def written(self, source: Source) -> frozenset[float]:
        """Return the numbers that a source's code is written with, and the sizes in the shapes of its module's regions."""
        if source.region is None:
            return frozenset()
        regions = self.catalogue.modules[source.id.partition(":")[0]].regions
        return numbers_in(source.text) | sizes_in("\n".join(region.text for region in regions))


def typed_in(text: str, constants: frozenset[float], written: frozenset[float] = frozenset()) -> Iterator[Typed]:
    """Yield the numbers of one line of prose that nothing accounts for.

    Free are shapes, ranges of data types and the values of constants; where nothing measured is spoken of, also the numbers that
    the code is `written` with, percentages of either, and what is plainly worked out from them.
    """
    text = CHOICES.sub("", ROUGH.sub("", FORMULA.sub("", text)))
    known = constants | written
    for typed in source_numbers(text, constants.__contains__):
        if typed.measured or typed.value is None or not accounted(typed, typed.value, text, known):
            yield typed


def accounted(typed: Typed, value: float, text: str, known: frozenset[float]) -> bool:
    """Say whether a number is one of the code's, or the quotient or product of numbers beside it."""
    if typed.shown.endswith("%"):
        return round(value / 100, 12) in known
    named = {number.value for number in scan(text) if number.value and number.value != value}
    return value in known or (
        value.is_integer()
        and (
            any(value * other in named & known for other in known if other > 1)
            or any(value == one * other for one in named for other in named)
        )
    )


def prose_of(code: str, strings: Iterable[tuple[int, int]]) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of the comments of some Python, and of its `strings`, given by their first and last lines."""
    lines = code.split("\n")
    if any("#" in line and COUNTING.search(line, line.index("#")) for line in lines):  # else nothing is lost
        for token in tokenize.generate_tokens(io.StringIO(code + "\n").readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string.lstrip("# ")
    for first, last in strings:
        for line in range(first, last + 1):
            if 0 < line <= len(lines):
                yield line, lines[line - 1].strip().strip("\"'")


def values_of(constant: object) -> Iterator[float]:
    """Yield every number of a constant, however deep it lies."""
    if isinstance(constant, int | float) and not isinstance(constant, bool):
        yield float(constant)
    elif isinstance(constant, dict | list | tuple):
        for item in constant.values() if isinstance(constant, dict) else constant:
            yield from values_of(item)


def sizes_in(text: str) -> frozenset[float]:
    return frozenset(float(size) for shape in SHAPE.findall(text) for size in re.findall(r"\b\d{1,9}\b", shape))


def numbers_in(code: str) -> frozenset[float]:
    """Return the numbers that some Python is written with, and the steps of the grids that it lays."""
    nodes = list(ast.walk(ast.parse(code)))
    written = {number for node in nodes if isinstance(node, ast.Constant) for number in values_of(node.value)}
    grids = [GRID.fullmatch(ast.unparse(node)) for node in nodes if isinstance(node, ast.Call)]
    return frozenset(written | {(float(grid[2]) - float(grid[1])) / (int(grid[3]) - 1) for grid in grids if grid})


def shell_comments(script: str) -> Iterator[tuple[int, str]]:
    for line, text in enumerate(script.split("\n"), start=1):
        if match := SHELL_COMMENT.search(text):
            yield line, match[1].strip()
