"""Stand-ins: what is published and was something else while a test ran; such a test proves nothing of the original.

A test may put something in the place of a function: of a helper that is slow, or to see it called. Of that function it then proves
something only by an assertion that runs it, in its place; what ran aside, or what the stand-in was asked, is no proof.
"""

from __future__ import annotations

import inspect
import sys
import types
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Name = tuple[str, str]  # the file of a function or class, and its name there: "Saved.restore" of a method


class StandIns:
    """Knows the functions of published modules as they were loaded, and sees whether a test finds them in their places."""

    def __init__(self) -> None:
        # Per original, where it stands: in its module or class, and by what names in modules of tests
        self.originals: dict[Name, tuple[Mapping[str, Any], str, Any]] = {}
        self.names: dict[int, Name] = {}
        self.codes: dict[Name, types.CodeType | None] = {}
        self.imported: dict[str, list[tuple[Name, str]]] = {}
        self.context = ""  # the test or the fixture that runs
        self.asserted: set[str] = set()  # contexts that have come to an assertion
        self.changed: defaultdict[str, set[Name]] = defaultdict(set)  # per context, what it replaced before it asserted anything
        self.entered: defaultdict[str, set[Name]] = defaultdict(set)  # per test, what an assertion ran while it was in its place

    def loaded(self, module: types.ModuleType) -> None:
        """Remember what a published module defines, the moment that it is loaded, and hear of what is put in its place."""
        for name, value in list(vars(module).items()):
            if not callable(value) or getattr(value, "__module__", None) != module.__name__:
                continue
            self.remember((str(module.__file__), name), vars(module), name, value)
            for method, function in vars(value).items() if isinstance(value, type) else ():
                if callable(function):
                    self.remember((str(module.__file__), f"{name}.{method}"), vars(value), method, function)
        set_whole = type(module).__setattr__

        def setting(self_: types.ModuleType, name: str, value: Any) -> None:
            self.setting(vars(self_).get(name), value)
            set_whole(self_, name, value)

        module.__class__ = type("Watched", (type(module),), {"__setattr__": setting})

    def remember(self, key: Name, place: Mapping[str, Any], name: str, value: Any) -> None:
        self.originals[key] = (place, name, value)
        self.names[id(value)] = key
        self.codes[key] = code_of(value)

    def setting(self, old: object, new: object) -> None:
        """Note that a published module is given something else in the place of an original, its own or another's."""
        key = self.names.get(id(old))
        if key and new is not old and self.context not in self.asserted:
            self.changed[self.context].add(key)

    def collected(self, module: types.ModuleType) -> None:
        """Remember by what names a module of tests holds what is published."""
        if module.__name__ not in self.imported:
            held = vars(module).items()
            self.imported[module.__name__] = [(self.names[id(value)], own) for own, value in held if id(value) in self.names]

    def asserting(self, test: str, module: types.ModuleType, fixtures: Iterable[str]) -> None:
        """Look, before an assertion is evaluated, for what is replaced; where anything was, note what the assertion runs."""
        if test not in self.asserted:
            self.changed[test].update(self.replaced(module), *(self.changed[name] for name in fixtures))
            self.asserted.add(test)
        if self.changed[test]:
            gone = set(self.replaced(module))
            codes = {code: key for key in self.changed_by(test) - gone if (code := self.codes[key])}

            def entering(frame: types.FrameType, event: str, _: object) -> None:
                if event == "call" and frame.f_code in codes:
                    self.entered[test].add(codes[frame.f_code])

            sys.setprofile(entering)

    def ended(self, test: str) -> None:
        """Note no longer what runs: the assertion has been evaluated, or the test has ended."""
        if self.changed.get(test):
            sys.setprofile(None)

    def changed_by(self, test: str) -> set[Name]:
        """Return what a test replaced, the methods of classes included."""
        changed = self.changed[test]
        return {key for key in self.originals if key in changed or (key[0], key[1].partition(".")[0]) in changed}

    def unproven(self, test: str) -> set[Name]:
        """Return what a test replaced and no assertion of it ran."""
        return self.changed_by(test) - self.entered[test] if self.changed.get(test) else set()

    def replaced(self, module: types.ModuleType) -> Iterator[Name]:
        """Yield the originals that are not in their own module, or are no longer what they were; or that a module of tests lost."""
        held: dict[Name, bool] = {}
        for key, own in self.imported.get(module.__name__, ()):
            held[key] = held.get(key, False) or vars(module).get(own) is self.originals[key][2]
        for key, (place, own, original) in self.originals.items():
            if place.get(own) is not original or code_of(original) is not self.codes[key] or not held.get(key, True):
                yield key


def code_of(value: object) -> types.CodeType | None:
    """Return the code that runs where something is called; None where that cannot be told."""
    code = getattr(inspect.unwrap(value), "__code__", None) if callable(value) else None
    return code if isinstance(code, types.CodeType) else None
