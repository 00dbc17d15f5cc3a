"""Constants: the upper-case names of a module, read without running it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any


def constants_of(module: ast.Module) -> dict[str, Any]:
    """Return the literal upper-case constants of a module; simple arithmetic on them is followed."""
    values: dict[str, Any] = {}
    for node in module.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if isinstance(target, ast.Name) and target.id.isupper():
            try:
                values[target.id] = evaluate(node.value, values)
            except ValueError:
                continue  # not a literal: no page can bind to it, and `constant` says so
    return values


def evaluate(node: ast.expr, names: dict[str, Any]) -> Any:
    """Return the value of a literal, of a name defined above, or of + - * / // ** between such."""
    if isinstance(node, ast.Name) and node.id in names:
        return names[node.id]
    if isinstance(node, ast.BinOp):
        left, right = evaluate(node.left, names), evaluate(node.right, names)
        operators: dict[type[ast.operator], Callable[[], Any]] = {
            ast.Add: lambda: left + right, ast.Sub: lambda: left - right, ast.Mult: lambda: left * right,
            ast.Div: lambda: left / right, ast.FloorDiv: lambda: left // right, ast.Pow: lambda: left**right,
        }  # fmt: skip
        if type(node.op) in operators:
            return operators[type(node.op)]()
    value = ast.literal_eval(node)
    return list(value) if isinstance(value, tuple) else value


def flat(value: Any, prefix: str = "") -> Iterator[tuple[str, int | float]]:
    """Yield (path, number) for every number in nested dicts and lists."""
    if isinstance(value, bool):
        return
    if isinstance(value, int | float):
        yield prefix, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from flat(item, f"{prefix}.{key}" if prefix else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from flat(item, f"{prefix}[{index}]")
