"""What the labs' tests are given: the data, and what one run of a lab's `main` left behind."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Pair = tuple[np.ndarray, np.ndarray]  # images or inputs, and their labels
Mnist = tuple[Pair, Pair]  # for training, for the test


@dataclass(frozen=True)
class Ran:
    """What a lab's `main` returned and printed, and the folder that it ran in."""

    numbers: dict[str, Any]
    printed: str
    folder: Path

    @property
    def lines(self) -> list[str]:
        return self.printed.splitlines()
