"""A script as a module of its own, so that a test may call its parts and change them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


def module_of(script: Path) -> ModuleType:
    """Return a script as a fresh module; no other module, nor another test, can import it."""
    spec = importlib.util.spec_from_file_location(f"{script.stem}_under_test", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, module.__name__, module)  # its dataclasses ask for it
        spec.loader.exec_module(module)
    return module
