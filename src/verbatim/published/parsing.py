"""Python files, each parsed once, and the strings among their statements."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache


@lru_cache(maxsize=1024)
def parsed(text: str) -> ast.Module:
    """Return the syntax tree of a file, which nobody may change; raises SyntaxError."""
    return ast.parse(text)


def strings_of(tree: ast.Module) -> tuple[tuple[int, int], ...]:
    """Return the first and last lines of all strings that are statements by themselves, docstrings among them."""
    found = [
        (node.lineno, node.end_lineno or node.lineno)
        for node in statements(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    ]
    return tuple(found)


def statements(block: ast.AST) -> Iterator[ast.stmt]:
    """Yield the statements of a block and of the blocks in it, in order."""
    for part in ("body", "handlers", "cases", "orelse", "finalbody"):
        for node in getattr(block, part, ()):
            if isinstance(node, ast.stmt):
                yield node
            yield from statements(node)
