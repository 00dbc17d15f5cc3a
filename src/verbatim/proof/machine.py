"""The machine of a run: told beside what the run gave, never compared."""

from __future__ import annotations

import datetime
import os
import platform
from pathlib import Path
from typing import Any


def environment() -> dict[str, Any]:
    """Return on what this run was made; never compared."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
        "date": datetime.date.today().isoformat(),
    }


# What Python may be told by a variable without being another Python
HARMLESS = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONIOENCODING", "PYTHONUTF8", "PYTHONHASHSEED")


def plain_environment() -> dict[str, str]:
    """Return the environment without the variables by which Python and pytest run otherwise than they are told here."""
    return {name: value for name, value in os.environ.items() if name in HARMLESS or not name.startswith(("PYTHON", "PYTEST_"))}


def processor() -> str:
    """Return the processor's name as the system gives it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
