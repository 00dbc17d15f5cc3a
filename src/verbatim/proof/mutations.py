"""Mutations: every small wrong change of a region's text, found by the positions of its syntax tree."""

from __future__ import annotations

import ast
import io
import itertools
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

from verbatim.faults import shorten
from verbatim.published.regions import Region

ARITHMETIC = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"), ast.FloorDiv: ("//", "/"),
    ast.Mod: ("%", "*"), ast.Pow: ("**", "*"), ast.MatMult: ("@", "*"), ast.BitAnd: ("&", "|"), ast.BitOr: ("|", "&"),
    ast.BitXor: ("^", "&"), ast.LShift: ("<<", ">>"), ast.RShift: (">>", "<<"), ast.USub: ("-", "+"), ast.Invert: ("~", "+"),
}  # fmt: skip
COMPARISON = {
    ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">"), ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="), ast.Is: ("is", "is not"), ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"), ast.NotIn: ("not in", "in"),
}  # fmt: skip
LARGE = 1e6
Placed = ast.stmt | ast.expr | ast.keyword
BOOLEAN = {ast.And: ("and", "or"), ast.Or: ("or", "and")}
# Annotations are not run; texts are compared with their record, and formats lie inside them
UNREAD_FIELDS = ("annotation", "returns", "type_params")
UNREAD_NODES = (ast.Import, ast.ImportFrom, ast.JoinedStr, ast.Global, ast.Nonlocal)
DROPPED = (
    ast.Expr,
    ast.AugAssign,
    ast.Raise,
    ast.Assert,
    ast.If,
    ast.For,
    ast.While,
    ast.With,
    ast.Try,
    ast.Delete,
    ast.Break,
    ast.Continue,
)
Scope = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda


@dataclass(frozen=True)
class Mutant:
    """One wrong change: the bytes `start` to `end` of the file become `new`."""

    line: int  # in the region, from one, so that it stays when the region moves
    column: int
    kind: str
    old: str
    new: str
    start: int
    end: int

    @property
    def id(self) -> str:
        return f"{self.line}:{self.column} {self.kind}"

    @property
    def change(self) -> str:
        return f"{shorten(self.old, 60)} → {shorten(self.new, 60)}" if self.new else f"without {shorten(self.old, 60)}"

    def apply(self, source: bytes) -> bytes:
        return source[: self.start] + self.new.encode() + source[self.end :]


def mutants_of(region: Region, source: bytes) -> list[Mutant]:
    """Return the mutants of a region, in the order of its text; `source` is its whole file."""
    text = Text(source)
    found = []
    tree = ast.parse(source)
    for node, scope in nodes(tree, tree):
        if region.first <= getattr(node, "lineno", 0) <= region.last:
            for kind, start, end, new in changes(node, scope, text):
                line, column = text.place(start)
                found.append(Mutant(line - region.first + 1, column, kind, source[start:end].decode(), new, start, end))
    compiling = [mutant for mutant in found if compiles(mutant.apply(source))]
    return sorted(compiling, key=lambda mutant: (mutant.start, mutant.kind))


def compiles(source: bytes) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


class Text:
    """A source file as bytes, with its tokens; syntax trees and this class count columns in bytes."""

    def __init__(self, source: bytes) -> None:
        self.source = source
        self.lines = source.splitlines(keepends=True)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))
        self.tokens = [
            (token.string, self.token_offset(token.start), self.token_offset(token.end))
            for token in tokenize.generate_tokens(io.StringIO(source.decode()).readline)
            if token.type in (tokenize.OP, tokenize.NAME, tokenize.NUMBER, tokenize.STRING)
        ]

    def token_offset(self, position: tuple[int, int]) -> int:
        line, column = position
        return (
            self.starts[line - 1] + len(self.lines[line - 1].decode()[:column].encode())
            if line <= len(self.lines)
            else self.starts[-1]
        )

    def start(self, node: Placed) -> int:
        return self.starts[node.lineno - 1] + node.col_offset

    def end(self, node: Placed) -> int:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.starts[node.end_lineno - 1] + node.end_col_offset

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column, in characters, both from one."""
        line = next(number for number, start in enumerate(self.starts[1:], start=1) if offset < start)
        return line, len(self.source[self.starts[line - 1] : offset].decode()) + 1

    def operator(self, symbol: str, start: int, end: int) -> tuple[int, int]:
        """Return where an operator of one or two words stands between two operands, whose parentheses lie there too."""
        words = symbol.split()
        between = [token for token in self.tokens if start <= token[1] and token[2] <= end]
        for place in range(len(between)):
            if [token[0] for token in between[place : place + len(words)]] == words:
                return between[place][1], between[place + len(words) - 1][2]
        raise LookupError(f"no {symbol!r} between the bytes {start} and {end}")

    def comma(self, start: int, end: int) -> tuple[int, int] | None:
        found = [token for token in self.tokens if token[0] == "," and start <= token[1] and token[2] <= end]
        return (found[-1][1], found[-1][2]) if found else None


def nodes(node: ast.AST, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
    """Yield the nodes that have mutants, each with the function, class or module around it."""
    if isinstance(node, UNREAD_NODES) or prints(node) or runs_as_program(node):
        return
    yield node, scope
    inner = node if isinstance(node, Scope) else scope
    for name, value in ast.iter_fields(node):
        if name not in UNREAD_FIELDS:
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from nodes(child, inner)


def prints(node: ast.AST) -> bool:
    """Say whether a statement does nothing but print: what it prints is compared with the record."""
    if isinstance(node, ast.For | ast.If):
        return all(prints(statement) for statement in (*node.body, *node.orelse))
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "print"


def runs_as_program(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'"


def changes(node: ast.AST, scope: Scope, text: Text) -> Iterator[tuple[str, int, int, str]]:
    """Yield (kind, start, end, new text) for every change of this node itself."""
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        old, new = ARITHMETIC[type(node.op)]
        yield "arithmetic", *text.operator(old, text.end(node.left), text.start(node.right)), new
    elif isinstance(node, ast.AugAssign):
        old, new = ARITHMETIC[type(node.op)]
        yield "arithmetic", *text.operator(f"{old}=", text.end(node.target), text.start(node.value)), f"{new}="
    elif isinstance(node, ast.UnaryOp):
        yield from unary(node, text)
    elif isinstance(node, ast.Compare | ast.BoolOp):
        yield from between(node, text)
    elif isinstance(node, ast.Constant):
        yield from constant(node, text)
    elif isinstance(node, ast.Call):
        yield from keywords(node, text)
    if isinstance(node, ast.stmt):
        yield from statement(node, scope, text)


def between(node: ast.Compare | ast.BoolOp, text: Text) -> Iterator[tuple[str, int, int, str]]:
    """Yield the changes of the operators of a comparison, or of `and` and `or`."""
    if isinstance(node, ast.BoolOp):
        old, new = BOOLEAN[type(node.op)]
        for left, right in itertools.pairwise(node.values):
            yield "boolean", *text.operator(old, text.end(left), text.start(right)), new
        return
    for left, operator, right in zip([node.left, *node.comparators[:-1]], node.ops, node.comparators, strict=True):
        old, new = COMPARISON[type(operator)]
        yield "comparison", *text.operator(old, text.end(left), text.start(right)), new


def unary(node: ast.UnaryOp, text: Text) -> Iterator[tuple[str, int, int, str]]:
    start, operand = text.start(node), text.start(node.operand)
    if isinstance(node.op, ast.Not):
        yield "boolean", start, start + len("not "), ""
    elif type(node.op) in ARITHMETIC and start < operand:
        yield "arithmetic", start, start + 1, ARITHMETIC[type(node.op)][1]


def constant(node: ast.Constant, text: Text) -> Iterator[tuple[str, int, int, str]]:
    if isinstance(node.value, bool):
        yield "truth", text.start(node), text.end(node), str(not node.value)
    elif isinstance(node.value, int | float):
        # Where one more is nothing, twice as much
        larger = node.value + 1 if abs(node.value) < LARGE else 2 * node.value
        yield "number", text.start(node), text.end(node), repr(larger)


def keywords(call: ast.Call, text: Text) -> Iterator[tuple[str, int, int, str]]:
    """Yield the changes that leave out one keyword argument, with the comma before it, or else after it."""
    arguments: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
    arguments.sort(key=text.start)
    for place, argument in enumerate(arguments):
        if isinstance(argument, ast.keyword) and argument.arg:
            start, end = text.start(argument), text.end(argument)
            if place:
                before = text.comma(text.end(arguments[place - 1]), start)
                start = before[0] if before else start
            elif comma := text.comma(end, text.start(arguments[1]) if len(arguments) > 1 else text.end(call)):
                end = comma[1]
            yield "keyword", start, end, ""


def statement(node: ast.stmt, scope: Scope, text: Text) -> Iterator[tuple[str, int, int, str]]:
    """Yield the change that drops a statement; one whose names would be missing afterwards would die of that, and is left."""
    value = getattr(node, "value", None)
    if isinstance(node, ast.Return) and value is not None and not (isinstance(value, ast.Constant) and value.value is None):
        yield "statement", text.start(node), text.end(node), "return None"
    elif isinstance(node, ast.Expr) and isinstance(value, ast.Constant):
        return
    elif isinstance(node, DROPPED) or (isinstance(node, ast.Assign) and changes_something(node, scope)):
        yield "statement", text.start(node), text.end(node), "pass"


def changes_something(assignment: ast.Assign, scope: Scope) -> bool:
    """Say whether every name that an assignment gives a value has one before it."""
    given = stored(assignment)
    arguments = {argument.arg for argument in ast.walk(scope) if isinstance(argument, ast.arg)}
    earlier = [
        node for node in ast.walk(scope) if isinstance(node, ast.stmt) and node.lineno < assignment.lineno and node is not scope
    ]
    return given <= arguments.union(*(stored(node) for node in earlier if not contains(node, assignment)))


def stored(node: ast.AST) -> set[str]:
    return {name.id for name in ast.walk(node) if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)}


def contains(node: ast.AST, other: ast.AST) -> bool:
    return any(child is other for child in ast.walk(node))
