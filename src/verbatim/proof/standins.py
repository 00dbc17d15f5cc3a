"""Stand-ins: what is published and was something else whenever a test asserted; such a test proves nothing of the original."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from typing import Any

Name = tuple[str, str]  # the file of a function or class, and its name there: "Saved.restore" of a method


class StandIns:
    """Knows the functions of published modules as they were loaded, and sees whether a test still finds them when it asserts."""

    def __init__(self) -> None:
        # Per original, where it stands: in its module or class, and by what names in modules of tests
        self.originals: dict[Name, tuple[Mapping[str, Any], str, Any]] = {}
        self.imported: dict[str, list[tuple[Name, str]]] = {}
        self.seen: dict[str, set[Name]] = {}

    def loaded(self, module: types.ModuleType) -> None:
        """Remember what a published module defines, the moment that it is loaded."""
        for name, value in list(vars(module).items()):
            if not callable(value) or getattr(value, "__module__", None) != module.__name__:
                continue
            self.originals[str(module.__file__), name] = (vars(module), name, value)
            for method, code in vars(value).items() if isinstance(value, type) else ():
                if callable(code):
                    self.originals[str(module.__file__), f"{name}.{method}"] = (vars(value), method, code)

    def collected(self, module: types.ModuleType) -> None:
        """Remember by what names a module of tests holds what is published."""
        if module.__name__ not in self.imported:
            names = {id(original): name for name, (_, _, original) in self.originals.items()}
            held = vars(module).items()
            self.imported[module.__name__] = [(names[id(value)], own) for own, value in held if id(value) in names]

    def asserting(self, test: str, module: types.ModuleType) -> None:
        """Note what is replaced while a test asserts; what was in place at one of its assertions is not."""
        if self.seen.get(test, True):  # nothing more to find out once all was in place
            now = set(self.replaced(module))
            self.seen[test] = self.seen.get(test, now) & now

    def replaced(self, module: types.ModuleType) -> Iterator[Name]:
        """Yield the originals that a module of tests does not find under any of its names, or else in their own module."""
        found: dict[Name, bool] = {}
        for name, own in self.imported.get(module.__name__, ()):
            found[name] = found.get(name, False) or vars(module).get(own) is self.originals[name][2]
        for name, (place, own, original) in self.originals.items():
            if not found.get(name, place.get(own) is original):
                yield name
