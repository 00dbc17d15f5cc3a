"""The machine of a run: told beside what the run gave, never compared."""

from __future__ import annotations

import datetime
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


def processor() -> str:
    """Return the processor's name as the system gives it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
