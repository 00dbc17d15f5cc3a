"""Run every step to its end, whatever fails before, then name the failures; hold that no tracked file changed meanwhile.

Usage: run_all.py NAME=COMMAND …, where `make test` says which. Nothing is printed after the last step when all went well, so
that its own closing lines are the last ones.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(steps: list[str], root: Path = ROOT) -> int:
    """Run `steps` in `root` and return the exit code: 0 if all passed and the tracked files are as they were."""
    before = tracked_files(root)
    if before is None:
        print("run_all: no git checkout here: not checked whether files change", flush=True)
    failed = [step.partition("=")[0] for step in steps if not passes(step, root)]
    changed = sorted(name for name, _ in set(tracked_files(root) or ()) ^ set(before or ()))
    for name in failed:
        print(f"run_all: {name} failed, see above")
    for name in dict.fromkeys(changed):
        print(f"run_all: {name}: changed while the tests ran; tests and builds write to ignored folders only")
    return 1 if failed or changed else 0


def passes(step: str, root: Path) -> bool:
    """Run one step under a headline."""
    name, _, command = step.partition("=")
    print(f"\n=== {name}: {command}", flush=True)
    start = time.monotonic()
    code = subprocess.run(command, shell=True, cwd=root, stdin=subprocess.DEVNULL).returncode
    if code:
        print(f"=== {name}: exit code {code} after {time.monotonic() - start:.0f} s", flush=True)
    return code == 0


def tracked_files(root: Path) -> list[tuple[str, str]] | None:
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
