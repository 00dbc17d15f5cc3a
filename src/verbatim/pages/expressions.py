"""Expressions of pages: `calc`, which the build works out, and `holds`, which must be true; read as a syntax tree, never run.

Allowed are references, literals, + - * / **, parentheses, comparisons (in `holds` only), `cited(number, key)`, and
sqrt, log, exp, min, max, abs.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Iterator
from typing import Any

from verbatim.pages.formats import UnknownReference

Lookup = Callable[[str], Any]
OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: lambda base, exponent: math.pow(base, exponent),
}
COMPARISONS: dict[type, Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sqrt": math.sqrt, "log": math.log, "exp": math.exp, "min": min, "max": max, "abs": abs,
}  # fmt: skip
LONGEST = 400
# Literals that turn one unit into another, or count; any other number of a calculation must come from somewhere
PLAIN_LITERALS = frozenset((*range(13), 24, 60, 100, 365, 1024, 3600, 0.5))


class Expression:
    """An expression of a page; raises UnknownReference where it holds what is not allowed."""

    def __init__(self, text: str, *, comparing: bool) -> None:
        self.text = text
        if len(text) > LONGEST:
            raise UnknownReference(f"an expression of {len(text)} signs; expected at most {LONGEST}")
        try:
            self.tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise UnknownReference(f"{text!r:.80} cannot be read: {error}") from None
        if isinstance(self.tree, ast.Compare) != comparing:
            raise UnknownReference(
                "expected a comparison, as in `holds a < b`" if comparing else "expected a number, not a comparison"
            )
        self.paths = list(dict.fromkeys(paths_of(self.tree)))
        self.cited = [call for call in ast.walk(self.tree) if is_cited(call)]
        if not self.paths and not self.cited:
            raise UnknownReference(f"{text!r:.80} names no record and no constant; typed numbers alone prove nothing")
        if not comparing:
            self.check_literals()
        if len(self.sides) > len({ast.unparse(side) for side in self.sides}):
            raise UnknownReference(f"{text!r:.80} compares something with itself; say what the records show")

    def check_literals(self) -> None:
        inside = {id(part) for call in self.cited for part in ast.walk(call)}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and id(node) not in inside and not plain_literal(node.value):
                raise UnknownReference(
                    f"{node.value!r} is typed into a calculation; bind it to a constant, or write cited({node.value!r}, key)"
                )

    @property
    def sides(self) -> list[ast.expr]:
        """Return what it compares; of a calculation all."""
        return [self.tree.left, *self.tree.comparators] if isinstance(self.tree, ast.Compare) else [self.tree]

    @property
    def keys(self) -> list[str]:
        """Return the keys of the sources that it cites."""
        return [path_of(call.args[1]) for call in self.cited]  # type: ignore[attr-defined]

    @property
    def literals(self) -> frozenset[float]:
        """Return the values of all its parts that name no reference: 1/3, 2."""
        found, nothing = set(), dict[str, Any]()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant | ast.BinOp | ast.UnaryOp) and not any(paths_of(node)):
                found.add(float(evaluate(node, nothing.__getitem__)))
        # That something bound stays below 2 makes nothing twice as large: it takes two to be a multiple of one another
        return frozenset(found if len(self.paths) > 1 or "ratio" in self.text else (value for value in found if abs(value) <= 1))

    def idle(self, lookup: Lookup) -> str:
        """Return a part that names references and would come to the same whatever they were; "" where there is none."""
        for part in self.sides:
            if any(paths_of(part)) and not any(moves(part, path, lookup) for path in set(paths_of(part))):
                return ast.unparse(part)
        return ""

    def value(self, lookup: Lookup) -> Any:
        """Return what it comes to; raises UnknownReference where arithmetic fails."""
        try:
            return evaluate(self.tree, lookup)
        except (ArithmeticError, ValueError, TypeError) as error:
            if isinstance(error, UnknownReference):
                raise
            raise UnknownReference(f"{self.text!r:.80} cannot be worked out: {error}") from None


def moves(node: ast.expr, path: str, lookup: Lookup) -> bool:
    """Say whether an expression comes to something else where one of its references is larger or smaller."""
    found = set()
    for factor in (1.0, 0.5, 1.5, 1000.0):
        try:
            found.add(float(f"{float(evaluate(node, scaled(lookup, path, factor))):.12g}"))
        except (ArithmeticError, ValueError):
            found.add(math.inf)
    return len(found) > 1


def scaled(lookup: Lookup, path: str, factor: float) -> Lookup:
    """Return a look-up by which one reference is `factor` times as large, and something else also where it is zero."""

    def look_up(name: str) -> Any:
        value = lookup(name)
        return value * factor + factor - 1 if name == path and isinstance(value, int | float) else value

    return look_up


def plain_literal(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return value in PLAIN_LITERALS or (value > 0 and math.isclose(math.log10(value), round(math.log10(value)), abs_tol=1e-12))


def evaluate(node: ast.expr, lookup: Lookup) -> Any:
    """Return the value of a syntax tree of the closed list; raises UnknownReference at any other node."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return node.value
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        return OPERATORS[type(node.op)](evaluate(node.left, lookup), evaluate(node.right, lookup))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -evaluate(node.operand, lookup)
    if isinstance(node, ast.Compare):
        return compare(node, lookup)
    if isinstance(node, ast.Call):
        return call(node, lookup)
    if path := path_of(node):
        return number(lookup(path), path)
    raise UnknownReference(
        f"{ast.unparse(node)!r:.60} is not allowed here; expected references, numbers, + - * / **, {', '.join(FUNCTIONS)}"
    )


def compare(node: ast.Compare, lookup: Lookup) -> bool:
    values = [evaluate(part, lookup) for part in (node.left, *node.comparators)]
    if not all(type(sign) in COMPARISONS for sign in node.ops):
        raise UnknownReference("expected < <= > >= == or !=")
    pairs = zip(node.ops, values, values[1:], strict=False)
    return all(COMPARISONS[type(sign)](left, right) for sign, left, right in pairs)


def call(node: ast.Call, lookup: Lookup) -> Any:
    if is_cited(node):
        return evaluate(node.args[0], lookup)
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name not in FUNCTIONS or node.keywords:
        raise UnknownReference(f"{ast.unparse(node)!r:.60} is not allowed here; expected one of {', '.join(FUNCTIONS)}")
    return FUNCTIONS[name](*(evaluate(argument, lookup) for argument in node.args))


def number(value: Any, path: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnknownReference(f"{path} is no single number; add an index or a field")
    return value


def is_cited(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "cited"
        and len(node.args) == 2
        and isinstance(node.args[0], ast.Constant)
        and path_of(node.args[1]) != ""
    )


def path_of(node: ast.expr) -> str:
    """Return the reference that a node spells, `lab.field[0]`; "" where it spells none."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = path_of(node.value)
        return f"{base}.{node.attr}" if base else ""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int):
        base = path_of(node.value)
        return f"{base}[{node.slice.value}]" if base else ""
    return ""


def paths_of(node: ast.AST) -> Iterator[str]:
    """Yield the references of an expression, outermost only."""
    if is_cited(node):
        return
    if isinstance(node, ast.Call):
        for argument in node.args:
            yield from paths_of(argument)
        return
    if isinstance(node, ast.expr) and (path := path_of(node)):
        yield path
        return
    for child in ast.iter_child_nodes(node):
        yield from paths_of(child)
