"""Runs one lab in a process of its own, for `record`: `python -m verbatim.proof.run_lab MODULE SEED RESULT ROOT [SETTINGS]`.

The lab's printed output stays on standard output; RESULT, a JSON file, gets the numbers, the peak memory, the files below ROOT
that it read or asked about and the distributions that it imported.
"""

from __future__ import annotations

import importlib
import json
import runpy
import sys
import tempfile
from pathlib import Path
from typing import Any

from verbatim.proof import opened


def run_lab(module: str, seed: int | None, settings: str = "") -> dict[str, Any]:
    """Return what `main(seed=seed)` of `module` returns; where `seed` is None, the numbers that the script leaves behind.

    `settings`: a constant of the module, which its `main` takes under that name for a longer run
    """
    if seed is not None:
        lab = importlib.import_module(module)
        returned: dict[str, Any] = plain(lab.main(seed=seed, **({"settings": getattr(lab, settings)} if settings else {})))
        return returned
    names = runpy.run_module(module, run_name="__main__")
    return {name: plain(value) for name, value in names.items() if not name.startswith("_") and isinstance(value, int | float)}


def plain(value: Any) -> Any:
    """Return `value` with NumPy's numbers and arrays as Python's own."""
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def peak_memory_mb() -> float | None:
    """Return the most memory that this process held, in MB (10⁶ bytes); None on a system that does not tell."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak * (1 if sys.platform == "darwin" else 1024) / 1e6)


def main() -> None:
    module, seed, result, root, *settings = sys.argv[1:]
    read: set[str] = set()
    watch = opened.Watch(root, lambda _place, _line, path: read.add(path))
    read.update(opened.past_caches(watch))
    opened.hear_asking(watch)
    with tempfile.TemporaryDirectory(prefix="verbatim-") as folder:
        opened.follow_forks(watch, Path(folder))
        numbers = run_lab(module, None if seed == "script" else int(seed), *settings)
        memory = peak_memory_mb()
        watch.active = False
        read.update(path for _, _, path in opened.kept_in(Path(folder)))
    found = {"numbers": numbers, "memory_mb": memory, "opened": sorted(read), "distributions": opened.distributions()}
    Path(result).write_text(json.dumps(found), "utf-8")


if __name__ == "__main__":
    main()
