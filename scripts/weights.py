"""What the scripts that make trained weights share: they compare or replace a file, and leave no wrong one."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


class MakeError(Exception):
    """What went wrong, what was expected, how to mend it."""


@dataclass(frozen=True)
class Weights:
    """A file of trained weights, and the number of a record that it must give again within the record's tolerance."""

    target: Path
    record: Path
    number: str
    told: str  # what the number says, for messages: "{:.0f} test images wrong"
    train: Callable[[int, Path], None]  # trains with a seed, as the page does, and saves to a path
    measure: Callable[[Path], float]

    def compare(self, value: float, where: object) -> None:
        """Raise MakeError where a number is not the recorded one."""
        record = json.loads(self.record.read_text("utf-8"))
        expected, allowed = record["numbers"][self.number], record["tolerances"][self.number]
        if not abs(value - expected) <= allowed:
            raise MakeError(
                f"{where}: {self.told.format(value)}; expected {self.told.format(expected)}, ± {allowed:.3g}; run with --write"
            )

    def main(self, description: str | None, arguments: list[str] | None = None) -> int:
        """Compare, or with --write replace; 0 if the weights in the target are right afterwards."""
        parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("--write", action="store_true", help="replace the file instead of comparing it")
        options = parser.parse_args(arguments)
        draft = self.target.with_suffix(f".part{self.target.suffix}")
        try:
            self.train(json.loads(self.record.read_text("utf-8"))["run"]["seed"], draft)
            self.compare(self.measure(draft), "trained again")
            if options.write:
                os.replace(draft, self.target)
            elif not self.target.is_file():
                raise MakeError(f"{self.target}: no such file; expected the weights; run with --write")
            value = self.measure(self.target)
            self.compare(value, self.target)
        except MakeError as error:
            print(error, file=sys.stderr)
            return 1
        finally:
            draft.unlink(missing_ok=True)
        print(f"{self.target}: {self.told.format(value)}")
        return 0
