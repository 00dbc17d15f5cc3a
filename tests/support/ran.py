"""What one run of a lab's `main` left behind."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Ran:
    """What a lab's `main` returned and printed, and the folder that it ran in."""

    numbers: dict[str, Any]
    printed: str
    folder: Path

    @property
    def lines(self) -> list[str]:
        return self.printed.splitlines()
