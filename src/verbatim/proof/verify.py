"""`verify`: run the tests of the published packages, build the ledger of that run and compare it with the committed one."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from verbatim.faults import Fault
from verbatim.project import Project, write_atomically
from verbatim.proof.inputs import Snapshot, reference_python
from verbatim.proof.ledger import COMMAND, Ledger, Standing, code_of, file_of
from verbatim.proof.machine import environment, plain_environment
from verbatim.proof.proving import Selection, build, definition_faults, outcome_faults, tests_now
from verbatim.published.regions import Region, read_regions
from verbatim.published.units import Closure

NO_TESTS = 5  # pytest's exit code where it collects none


def verify(project: Project, *, write: bool, pytest_options: list[str], stale: bool = False, everything: bool = False) -> int:
    """Return the exit code: 0 where the tests pass, everything shown ran and the ledger says so.

    Alone it runs all tests and compares; `stale` runs those of stale entries alone, and so does `write` without `everything`.
    """
    reference = reference_python(project)
    current = f"{sys.version_info.major}.{sys.version_info.minor}"
    if write and current != reference:
        what = f"this is Python {current}; the ledger is written by Python {reference}"
        print(f"verify: {what}; run it with that one", file=sys.stderr)
        return 2
    selection = None
    if stale or (write and not everything):
        selection = select(project)
        if selection and not selection.tests:
            return nothing_stale(project, selection, write=write)
    snapshot = Snapshot(project)
    code, noted = noted_by(project, pytest_options, selection.tests if selection else None)
    if noted is None or code != 0:
        tell_failure(project, code, noted, selection)
        return code or 1
    ledger, faults = build(project, noted, environment(), selection)
    faults += wrong_versions(project) + snapshot.faults(path for _, _, path in noted["opened"])
    tell(faults)
    if faults:
        return 1
    if current != reference:
        print(f"verify: tests passed; Python {reference} alone writes and compares the ledger, this is {current}")
        return 0
    return settle(project, ledger, write=write, partly=selection is not None)


def tell_failure(project: Project, code: int, noted: dict[str, Any] | None, selection: Selection | None) -> None:
    """Say that the tests failed, and of those that did run, what is wrong with each."""
    print(f"verify: the tests failed (pytest's exit code {code}); the ledger stays as it is", file=sys.stderr)
    collected = (noted or {}).get("uses")
    hidden = definition_faults(project, collected or (), selected=selection.tests if selection else None)
    tell([] if noted is None else [*outcome_faults(project, noted), *(hidden if collected or code == NO_TESTS else ())])


def select(project: Project) -> Selection | None:
    """Return what is stale and the tests to run for it; None where it is everything."""
    standing = Standing(project)
    regions, _ = read_regions(project)
    stale = {name for name, region in regions.items() if standing.stale_region(region)}
    if standing.common_reasons or not standing.ledger.content["regions"]:
        return None
    now = tests_now(standing.code)
    # A test that is new or changed may prove what no entry says that it proves
    changed = {name for name, value in now.items() if standing.ledger.content["tests"].get(name) != value}
    stale |= {
        name for name, region in regions.items() for test in changed if touches(project, code_of(standing.code, test), region)
    }
    chosen = {name for name in now for region in stale if touches(project, code_of(standing.code, name), regions[region])}
    known = {test for name in stale if (entry := standing.ledger.entry(regions[name])) for test in entry["tests"]}
    chosen |= changed | {name for name in now if any(test.startswith(name) for test in known)}
    return Selection(standing.ledger, stale, sorted(name.removesuffix("::") for name in chosen)) if chosen or not stale else None


def touches(project: Project, closure: Closure, region: Region) -> bool:
    """Say whether a test may prove a region: it uses a statement of it, or anything of a module of which it is the head."""
    units = closure.units.get(project.root / region.path, {}).values()
    head = "def " not in region.text
    return any(unit.position >= 0 and (head or (unit.first <= region.last and region.first <= unit.last)) for unit in units)


def nothing_stale(project: Project, selection: Selection, *, write: bool) -> int:
    """Say that there is nothing to run; forget entries whose regions are gone."""
    regions, faults = read_regions(project)
    tell(faults)
    kept = {name: entry for name, entry in selection.old.content["regions"].items() if name in regions}
    if not faults and write and kept != selection.old.content["regions"]:
        write_atomically(project.ledger, Ledger({**selection.old.content, "regions": kept}).text())
    print(f"verify: nothing is stale; {len(regions)} regions stay proven; `--all` runs every test")
    return 1 if faults else 0


def noted_by(project: Project, options: list[str], tests: list[str] | None) -> tuple[int, dict[str, Any] | None]:
    """Run the tests, all or some; return pytest's exit code and what the plugin noted, None where it came to nothing."""
    with tempfile.TemporaryDirectory(prefix="verbatim-") as folder:
        target = Path(folder) / "proof.json"
        command = [sys.executable, "-m", "pytest", "-p", "verbatim.proof.pytest_plugin", f"--verbatim-proof={target}"]
        if tests is not None:
            only = Path(folder) / "only"
            only.write_text("\n".join(tests), "utf-8")
            command.append(f"--verbatim-only={only}")
        what = [*map(project.relative, project.tests)] if tests is None else sorted({file_of(test) for test in tests})
        code = subprocess.run([*command, *options, *what], cwd=project.root, env=plain_environment()).returncode
        return code, json.loads(target.read_text("utf-8")) if target.is_file() else None


def tell(faults: list[Fault]) -> None:
    for fault in faults:
        print(f"verify: {fault}", file=sys.stderr)


def settle(project: Project, ledger: Ledger, *, write: bool, partly: bool) -> int:
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
    fix = f"look at the difference, then run `{COMMAND}`" + ("" if partly else ", with `--all` where that finds nothing stale")
    print(f"verify: the ledger is not what this run proves; {fix}", file=sys.stderr)
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
