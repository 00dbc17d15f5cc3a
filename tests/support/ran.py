"""What the labs' tests are given: the data, and what a run of a lab left behind."""

import contextlib
import io
import os
import runpy
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

DOWNLOADS = Path(__file__).resolve().parents[2] / "docs" / "downloads"

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


def run_main(lab: ModuleType, folder: Path, *downloads: str, **names: object) -> Ran:
    """Run `main` of a lab in `folder`, which holds these of the readers' downloads, with these names of the lab set anew."""
    for download in downloads:
        (folder / download).symlink_to(DOWNLOADS / download)
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.chdir(folder), contextlib.redirect_stdout(printed):
        for name, value in names.items():
            patch.setattr(lab, name, value)
        numbers = lab.main()
    return Ran(numbers, printed.getvalue(), folder)


def threads(lab: Path, told: str | None, patch: pytest.MonkeyPatch) -> str:
    """Return how many threads OpenBLAS may start once a lab has begun, where the environment told that number, or nothing."""
    if told is None:
        patch.delenv("OPENBLAS_NUM_THREADS")
    else:
        patch.setenv("OPENBLAS_NUM_THREADS", told)
    runpy.run_path(str(lab))
    return os.environ["OPENBLAS_NUM_THREADS"]
