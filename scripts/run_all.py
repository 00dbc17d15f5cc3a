"""Run every step to its end, whatever fails before; say where the time went, what failed, and how many tests passed.

Usage: run_all.py NAME=COMMAND … [-- NAME=COMMAND …], where `make` says which. What `--` parts are lanes: as many at once as there
are processors, in their order, the next one when one has ended; the steps of a lane follow each other. Output comes in the order
of the arguments, each step's whole. At the end no file that git does not ignore may have changed. The last line counts the tests
of all steps.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUMMARY = re.compile(r"^=*\s*(?:\d+ \w+, )*\d+ (?:passed|failed|error)[^\n]* in [\d.]+s", re.MULTILINE)


@dataclass
class Step:
    """One command with what became of it."""

    name: str
    command: str
    code: int = 0
    seconds: float = 0.0
    output: Path = field(default_factory=lambda: Path(tempfile.mkstemp(prefix="run_all.")[1]))
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self, root: Path) -> None:
        """Run it, its output going to its file."""
        start = time.monotonic()
        with self.output.open("wb") as output:
            self.code = subprocess.run(
                self.command, shell=True, cwd=root, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            ).returncode
        self.seconds = time.monotonic() - start
        self.ended.set()

    def show(self) -> str:
        """Print the output under a headline as it comes, and return it whole."""
        print(f"\n=== {self.name}: {self.command}", flush=True)
        with self.output.open(encoding="utf-8", errors="replace") as output:
            text = ""
            while not self.ended.wait(0.1) or output.tell() < self.output.stat().st_size:
                text += (part := output.read())
                print(part, end="", flush=True)
        self.output.unlink()
        if self.code:
            print(f"=== {self.name}: exit code {self.code}", flush=True)
        return text


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Run the lanes in `root` and return the exit code: 0 if all passed and the files are as they were."""
    before, start, counted = files(root), time.monotonic(), {"passed": 0, "failed": 0, "error": 0}
    if before is None:
        print("run_all: no git checkout here: not checked whether files change", flush=True)
    lanes = lanes_of(arguments)
    steps = [step for lane in lanes for step in lane]
    with ThreadPoolExecutor(os.cpu_count() or 1) as processors:
        for lane in lanes:
            processors.submit(run_lane, lane, root)
        for step in steps:
            count(step.show(), counted)
    changed = sorted({name for name, _ in set(files(root) or ()) ^ set(before or ())})
    report(steps, changed, time.monotonic() - start)
    print(f"{counted['passed']} passed, {counted['failed'] + counted['error']} failed", flush=True)
    return 1 if changed or any(step.code for step in steps) else 0


def lanes_of(arguments: list[str]) -> list[list[Step]]:
    """Return the steps of each lane."""
    lanes: list[list[Step]] = [[]]
    for argument in arguments:
        if argument == "--":
            lanes.append([])
        else:
            name, _, command = argument.partition("=")
            lanes[-1].append(Step(name, command))
    return lanes


def run_lane(steps: list[Step], root: Path) -> None:
    """Run the steps of one lane."""
    for step in steps:
        step.run(root)


def count(output: str, counted: dict[str, int]) -> None:
    """Add what pytest's last closing line says of its tests, if the step is one of pytest's."""
    for line in SUMMARY.findall(output)[-1:]:
        for number, what in re.findall(r"(\d+) (passed|failed|error)", line):
            counted[what] += int(number)


def report(steps: list[Step], changed: list[str], seconds: float) -> None:
    """Say where the time went, and what went wrong."""
    print(f"\n=== {seconds:.0f} s")
    for step in steps:
        print(f"{step.seconds:7.1f} s  {step.name}{'  failed, see above' if step.code else ''}")
    for name in changed:
        print(f"run_all: {name}: changed while the tests ran; tests and builds write to ignored folders only")


def files(root: Path) -> list[tuple[str, str]] | None:
    """Return name and digest of every file that git does not ignore, those about to be added too; None without git."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True, text=True, encoding="utf-8").stdout
    except (FileNotFoundError, subprocess.CalledProcessError):
        return None
    names = sorted(set(filter(None, listed.split("\0"))))
    return [(name, digest(root / name)) for name in names]


def digest(path: Path) -> str:
    """Return the digest of a file's content, or say that there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "deleted"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
