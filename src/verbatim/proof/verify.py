"""`verify`: run the tests of the published packages, build the ledger of that run and compare it with the committed one."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from verbatim.faults import Fault
from verbatim.project import Project, write_atomically
from verbatim.proof.ledger import COMMAND, Ledger, build
from verbatim.proof.machine import environment


def verify(project: Project, *, write: bool, pytest_options: list[str]) -> int:
    """Return the exit code: 0 where the tests pass, every shown line ran and the ledger says so."""
    reference = (project.root / ".python-version").read_text("utf-8").strip()
    current = f"{sys.version_info.major}.{sys.version_info.minor}"
    if write and current != reference:
        print(
            f"verify: this is Python {current}; the ledger is written by Python {reference}; run it with that one", file=sys.stderr
        )
        return 2
    with tempfile.TemporaryDirectory(prefix="verbatim-") as folder:
        target = Path(folder) / "proof.json"
        code = run_tests(project, target, pytest_options)
        if code != 0 or not target.is_file():
            print(f"verify: the tests failed (pytest's exit code {code}); the ledger stays as it is", file=sys.stderr)
            return code or 1
        ledger, faults = build(project, json.loads(target.read_text("utf-8")), environment())
    faults += wrong_versions(project)
    for fault in faults:
        print(f"verify: {fault}", file=sys.stderr)
    if faults:
        return 1
    if current != reference:
        print(f"verify: tests passed; Python {reference} alone writes and compares the ledger, this is {current}")
        return 0
    return settle(project, ledger, write=write)


def run_tests(project: Project, target: Path, options: list[str]) -> int:
    command = [sys.executable, "-m", "pytest", "-p", "verbatim.proof.pytest_plugin", f"--verbatim-proof={target}"]
    return subprocess.run([*command, *options, *map(project.relative, project.tests)], cwd=project.root).returncode


def settle(project: Project, ledger: Ledger, *, write: bool) -> int:
    """Show how the committed ledger differs from this run's; replace it where told to."""
    difference = Ledger.read(project).difference(ledger)
    if not difference:
        print(f"verify: {len(ledger.content['regions'])} regions proven; the ledger is current")
        return 0
    print(difference)
    if write:
        write_atomically(project.ledger, ledger.text())
        print(f"verify: wrote {project.relative(project.ledger)}")
        return 0
    print(f"verify: the ledger is not what this run proves; look at the difference, then run `{COMMAND}`", file=sys.stderr)
    return 1


def wrong_versions(project: Project) -> list[Fault]:
    """Report packages whose installed version is not the pinned one: the proof would speak of another version."""
    faults = []
    for name, pin in project.pinned().items():
        try:
            installed = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            installed = "not installed"
        if installed != pin:
            faults.append(Fault("requirements.txt", f"{name} {installed} is here, {pin} is pinned", "install requirements.txt"))
    return faults
