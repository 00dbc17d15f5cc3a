"""What an import statement names: files of the project, found without running anything."""

from __future__ import annotations

import ast
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from verbatim.project import Project


def closure(project: Project, start: Path) -> list[Path]:
    """Return `start` and every file of the project that it imports, directly or not, sorted."""
    found: set[Path] = set()
    waiting = [start.resolve()]
    while waiting:
        file = waiting.pop()
        if file not in found and file.is_file():
            found.add(file)
            waiting += imported_files(project, file)
    return sorted(found)


def imported_files(project: Project, file: Path) -> list[Path]:
    """Return the project's files that `file` names in its import statements, packages' `__init__.py` included."""
    files: list[Path] = []
    for node in ast.walk(ast.parse(file.read_bytes())):
        for name in names_of(project, file, node):
            files += module_files(roots(project, file), name)
    return files


def names_of(project: Project, file: Path, node: ast.AST) -> list[str]:
    """Return the absolute names of the modules that a statement may import."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = absolute(project, file, node)
        return [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return []


def absolute(project: Project, file: Path, node: ast.ImportFrom) -> str:
    """Return the absolute name that a `from … import` statement refers to."""
    if not node.level:
        return node.module or ""
    package = file.relative_to(project.source).parent.parts if file.is_relative_to(project.source) else ()
    parts = package[: len(package) - node.level + 1]
    return ".".join((*parts, node.module) if node.module else parts)


def roots(project: Project, file: Path) -> tuple[Path, ...]:
    """Return the folders that `file` may import from: the sources; of a test its own folder and pytest's `pythonpath` as well."""
    if file.is_relative_to(project.source):
        return (project.source,)
    folders = pythonpath((project.root / "pyproject.toml").read_text("utf-8"))
    return (project.source, file.parent, *(project.root / folder for folder in folders), project.root)


@lru_cache(maxsize=8)
def pythonpath(settings: str) -> tuple[str, ...]:
    """Return what a pyproject.toml says of pytest's `pythonpath`."""
    extra = tomllib.loads(settings).get("tool", {}).get("pytest", {}).get("ini_options", {}).get("pythonpath", [])
    return tuple(extra.split() if isinstance(extra, str) else extra)


def module_files(folders: tuple[Path, ...], name: str) -> list[Path]:
    """Return the files that importing `name` runs, as far as they lie in one of the folders."""
    parts = name.split(".")
    for folder in folders:
        files = [folder.joinpath(*parts[:depth], "__init__.py") for depth in range(1, len(parts) + 1)]
        files.append(folder.joinpath(*parts[:-1], f"{parts[-1]}.py"))
        if found := [file.resolve() for file in files if file.is_file()]:
            return found
    return []
