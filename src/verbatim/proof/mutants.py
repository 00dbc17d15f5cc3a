"""`mutants`: change the published code in small ways and see that the tests which the ledger names for it notice."""

from __future__ import annotations

import contextlib
import difflib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verbatim.faults import Fault
from verbatim.project import Project, write_atomically
from verbatim.proof.ledger import COMMAND as VERIFY
from verbatim.proof.ledger import Ledger, Standing, mutants_path, read_mutants, test_digests, with_mutants
from verbatim.proof.mutants_plugin import STRAYED
from verbatim.proof.mutations import Mutant, mutants_of
from verbatim.published.regions import Region, read_regions
from verbatim.published.units import Code

COMMAND = "python -m verbatim mutants --write"
ACCEPTED = "tests/mutants.toml"
# At least this share of all mutants must die
SHARE = 0.95
# A mutant may take this many times as long as the same tests on the unchanged code; beyond, it hangs, which is noticed
PATIENCE = 10
LEAST_SECONDS = 30  # on a busy machine a pause must not pass for a killed mutant
# A mutant is tried by tests of at most this many seconds, their fixtures included: training in full is the records' business
LONGEST_SECONDS = 5.0
# One thread each, so that jobs side by side do not fight, and the result is the same whatever their number
ONE_THREAD = {
    name: "1"
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
}
PYTEST = ("-m", "pytest", "-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "verbatim.proof.mutants_plugin")


class BaselineFailed(RuntimeError):
    """The tests fail, or reach around the copy, before anything is changed."""


@dataclass(frozen=True)
class Target:
    """A region, what can be wrong in it, and the tests that should notice."""

    region: Region
    source: bytes
    mutants: list[Mutant]
    tests: list[str]
    codes: dict[str, str]  # per test, the digest of what it asks


class Laboratory:
    """Runs tests on copies of the published packages; whatever it started ends with it."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.running: set[subprocess.Popen[bytes]] = set()
        self.closed = False

    def __enter__(self) -> Laboratory:
        self.previous = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
        return self

    def __exit__(self, *exception: object) -> None:
        self.closed = True
        for process in list(self.running):
            kill(process)
        signal.signal(signal.SIGTERM, self.previous)

    def run(
        self,
        tests: list[str],
        options: Iterable[str] = (),
        *,
        change: tuple[str, bytes] | None = None,
        seconds: float | None = None,
    ) -> tuple[int | None, str]:
        """Return pytest's exit code, None where it took too long, and its output.

        `change` is a file of the project and its new content.
        """
        with tempfile.TemporaryDirectory(prefix="verbatim-") as folder:
            command = [sys.executable, *PYTEST, f"--basetemp={folder}/tmp", *self.copy(Path(folder), change), *options, *tests]
            path = [folder, str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
            env = {**os.environ, **ONE_THREAD, "PYTHONPATH": os.pathsep.join(path), "PYTHONDONTWRITEBYTECODE": "1"}
            with (Path(folder) / "output").open("w+b") as output:
                process = subprocess.Popen(
                    command,
                    cwd=self.project.root,
                    env=env,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
                code = self.wait(process, seconds)
                output.seek(0)
                return code, output.read().decode("utf-8", "replace")

    def killer(self, tests: list[str], change: tuple[str, bytes], seconds: float, each: float = LEAST_SECONDS) -> str | None:
        """Return the first test that fails with a file changed, "" where none can be named; None where all pass.

        Raises BaselineFailed where a test runs the unchanged file.
        """
        with tempfile.TemporaryDirectory(prefix="verbatim-") as folder:
            failed = Path(folder) / "failed"
            code, output = self.run(tests, [f"--verbatim-failed={failed}", f"--timeout={each}"], change=change, seconds=seconds)
            if code == STRAYED:
                raise BaselineFailed(output)
            if code == 0:
                return None
            return failed.read_text("utf-8") if failed.is_file() else ""

    def copy(self, folder: Path, change: tuple[str, bytes] | None) -> list[str]:
        """Copy the packages into a folder, one file of them changed; return the options that keep the originals from running."""
        for package in self.project.packages:
            shutil.copytree(self.project.source / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
        if change:
            (folder / (self.project.root / change[0]).relative_to(self.project.source)).write_bytes(change[1])
        return [f"--verbatim-original={self.project.source / package}" for package in self.project.packages]

    def wait(self, process: subprocess.Popen[bytes], seconds: float | None) -> int | None:
        self.running.add(process)
        try:
            return process.wait(0 if self.closed else seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            kill(process)
            self.running.discard(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started."""
    with contextlib.suppress(ProcessLookupError):  # all have ended by themselves
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@dataclass(frozen=True)
class Costs:
    """What the tests took on the unchanged code, in seconds."""

    tests: dict[str, tuple[float, list[str]]]
    fixtures: dict[str, float]
    rest: float  # the interpreter's start, imports, collection

    def fastest_first(self, tests: list[str]) -> list[str]:
        """Return the tests that are fast enough, in the order in which they are tried; the fastest one where none is.

        Less than a second makes no order: it differs from run to run, and which test kills a mutant should not.
        """
        ordered = sorted(tests, key=lambda test: (int(self.alone(test)), test))
        return [test for test in ordered if self.alone(test) <= LONGEST_SECONDS] or ordered[:1]

    def alone(self, test: str) -> float:
        seconds, fixtures = self.tests[test]
        return seconds + sum(self.fixtures.get(name, 0.0) for name in fixtures)

    def limit_of_one(self, tests: list[str]) -> float:
        """Return how long a single test may take with a mutant, so that an endless one ends, and is named."""
        return max([PATIENCE * self.alone(test) for test in tests] + [LEAST_SECONDS])

    def limit(self, tests: list[str]) -> float:
        """Return how long a mutant may take."""
        needed = {name for test in tests for name in self.tests[test][1]}
        seconds = sum(self.tests[test][0] for test in tests) + sum(self.fixtures.get(name, 0.0) for name in needed)
        return max(PATIENCE * (self.rest + seconds), LEAST_SECONDS)


def mutate(project: Project, names: list[str], *, write: bool, jobs: int) -> int:
    """Run the mutants of the named regions, or of all; compare with the result in the repository, or replace it.

    Return the exit code.
    """
    regions, faults = read_regions(project)
    chosen = {name: regions[name] for name in names or regions if name in regions}
    faults += [Fault(name, "no such region", "expected one of those that `status` lists") for name in names if name not in regions]
    faults += unproven(project, chosen)
    if faults:
        return tell(faults, 2)
    ledger, known = Ledger.read(project), read_mutants(project)
    targets = [target(project, region, ledger) for region in chosen.values()]
    waiting = [target for target in targets if not (write and current(known.get(target.region.id), target))]
    try:
        results = experiment(project, waiting, write=write, jobs=jobs)
    except BaselineFailed as error:
        print(f"mutants: {error}", file=sys.stderr)
        return 2
    differs = "" if write else difference(known, results)
    if differs:
        print(
            f"{differs}\nmutants: this is not what {project.relative(mutants_path(project))} says; to replace it, run `{COMMAND}`",
            file=sys.stderr,
        )
    faults = faults_of(project, {**known, **results}, chosen, regions)
    killed, total = score({**known, **results}, regions)
    print(f"mutants: {killed} of {total} killed, {len(waiting)} of {len(targets)} regions run")
    return tell(faults, 1 if faults or differs else 0)


def unproven(project: Project, regions: dict[str, Region]) -> list[Fault]:
    """Report regions whose proof is stale: which tests run them is not known."""
    standing = Standing(project)
    reasons = {region: standing.stale_region(region) for region in regions.values()}
    fix = f"run `{VERIFY}` first"
    return [Fault(f"{region.path}:{region.first}", f"{region.id}: {'; '.join(why)}", fix) for region, why in reasons.items() if why]


def tell(faults: list[Fault], code: int) -> int:
    for fault in faults:
        print(f"mutants: {fault}", file=sys.stderr)
    return code


def target(project: Project, region: Region, ledger: Ledger) -> Target:
    entry = ledger.entry(region) or {"tests": []}
    source = (project.root / region.path).read_bytes()
    return Target(region, source, mutants_of(region, source), entry["tests"], test_digests(Code(project), entry["tests"]))


def current(entry: dict[str, Any] | None, target: Target) -> bool:
    """Say whether an earlier run has tried these mutants, and what killed them is still there; what did not, may now."""
    if entry is None or (entry["digest"], entry["total"]) != (target.region.digest, len(target.mutants)):
        return False
    tests: dict[str, Any] = entry["tests"]
    return tests == target.codes if entry["survivors"] else tests.items() <= target.codes.items()


def experiment(project: Project, targets: list[Target], *, write: bool, jobs: int) -> dict[str, dict[str, Any]]:
    """Return the result of each region.

    With `write`, keep each as soon as it is there, so that a run that is cut off loses little.
    """
    results: dict[str, dict[str, Any]] = {}
    with ThreadPoolExecutor(jobs) as pool, Laboratory(project) as laboratory:
        costs = baseline(laboratory, sorted({test for target in targets for test in target.tests}))
        for target in targets:
            start = time.perf_counter()
            results[target.region.id] = entry = result(laboratory, pool, target, costs)
            seconds = time.perf_counter() - start
            print(f"mutants: {target.region.id}: {entry['killed']} of {entry['total']} killed ({seconds:.0f} s)", flush=True)
            for survivor in entry["survivors"]:
                print(f"    survives: {survivor['mutant']}: {survivor['change']}    {survivor['line']}", flush=True)
            if write:
                keep(project, target.region.id, entry)
    return results


def baseline(laboratory: Laboratory, tests: list[str]) -> Costs:
    """Run all tests on an unchanged copy: they must pass, and it must be the copy that they run."""
    if not tests:
        return Costs({}, {}, 0.0)
    with tempfile.TemporaryDirectory(prefix="verbatim-") as folder:
        target = Path(folder) / "costs.json"
        start = time.perf_counter()
        code, output = laboratory.run(tests, [f"--verbatim-costs={target}"])
        seconds = time.perf_counter() - start
        if code != 0:
            raise BaselineFailed(f"the tests fail on the unchanged code (pytest's exit code {code})\n{output}")
        measured = json.loads(target.read_text("utf-8"))
    inside = sum(alone for alone, _ in measured["tests"].values()) + sum(measured["fixtures"].values())
    print(f"mutants: {len(tests)} tests pass on the unchanged code ({seconds:.0f} s)", flush=True)
    return Costs(measured["tests"], measured["fixtures"], seconds - inside)


def result(laboratory: Laboratory, pool: ThreadPoolExecutor, target: Target, costs: Costs) -> dict[str, Any]:
    """Try all mutants of a region."""
    tests = costs.fastest_first(target.tests)
    seconds, each = costs.limit(tests), costs.limit_of_one(tests)

    def killer(mutant: Mutant) -> str | None:
        return laboratory.killer(tests, (target.region.path, mutant.apply(target.source)), seconds, each)

    killers = list(pool.map(killer, target.mutants))
    lines = target.region.text.split("\n")
    survivors = [
        {"mutant": mutant.id, "change": mutant.change, "line": lines[mutant.line - 1].strip()}
        for mutant, killer in zip(target.mutants, killers, strict=True)
        if killer is None
    ]
    names = {killer.split("[")[0] for killer in killers if killer is not None}
    # Whatever survives depends on all tests, and so does what hangs, or breaks pytest itself
    known = names <= target.codes.keys()
    relied = {name: value for name, value in target.codes.items() if name in names or not known}
    return {
        "digest": target.region.digest,
        "tests": target.codes if survivors else relied,
        "total": len(target.mutants),
        "killed": len(target.mutants) - len(survivors),
        "survivors": survivors,
    }


def keep(project: Project, name: str, entry: dict[str, Any]) -> None:
    """Write one region's result, and into the ledger what it takes from there; forget regions that are gone."""
    regions = read_regions(project)[0]
    results = {region: known for region, known in sorted({**read_mutants(project), name: entry}.items()) if region in regions}
    write_atomically(mutants_path(project), text(results))
    content = Ledger.read(project).content
    write_atomically(project.ledger, Ledger({**content, "regions": with_mutants(project, content["regions"])}).text())


def text(results: dict[str, dict[str, Any]]) -> str:
    note = f"Written by `{COMMAND}` from real runs of the tests; never edited by hand."
    return json.dumps({"_": note, "regions": results}, ensure_ascii=False, indent=1) + "\n"


def difference(known: dict[str, dict[str, Any]], results: dict[str, dict[str, Any]]) -> str:
    """Return how this run's results differ; which of several tests was the first to notice may be another each time."""
    kept, now = ({name: {**entry, "tests": {}} for name, entry in found.items() if name in results} for found in (known, results))
    lines = difflib.unified_diff(
        text(kept).splitlines(), text(now).splitlines(), "result in the repository", "this run", lineterm="", n=2
    )
    return "\n".join(lines)


def faults_of(
    project: Project, results: dict[str, dict[str, Any]], chosen: dict[str, Region], regions: dict[str, Region]
) -> list[Fault]:
    """Report what is wrong with the results of the chosen regions.

    Missing ones, survivors that nothing accepts, too many of them.
    """
    accepted, faults = read_accepted(project), []
    for region in chosen.values():
        entry = results.get(region.id)
        if entry is None or entry["digest"] != region.digest:
            what = f"the mutants of {region.id} were never tried as it is now"
            faults.append(Fault(f"{region.path}:{region.first}", what, f"run `{COMMAND}`"))
        else:
            faults += faults_of_region(region, entry["survivors"], accepted)
    faults += [Fault(ACCEPTED, f"{name}: there is no such region", "remove it") for name, _ in accepted if name not in regions]
    unexplained = [key for key in accepted if not accepted[key]["reason"].strip()]
    faults += [Fault(ACCEPTED, f"{key[0]}: {key[1]!r} has no reason", "say why no test can notice") for key in unexplained]
    killed, total = score(results, regions)
    if killed < SHARE * total:
        fix = f"expected {SHARE:.0%} at least; strengthen the tests"
        faults.append(Fault(ACCEPTED, f"{killed} of {total} mutants killed", fix))
    return faults


def faults_of_region(
    region: Region, survivors: list[dict[str, Any]], accepted: dict[tuple[str, str], dict[str, Any]]
) -> Iterator[Fault]:
    """Report the survivors of a region that nothing accepts, and what is accepted and does not survive."""
    for survivor in survivors:
        if accepted.get((region.id, survivor["mutant"]), {}).get("change") != survivor["change"]:
            where = f"{region.path}:{region.first + int(survivor['mutant'].split(':')[0]) - 1}"
            fix = f"strengthen a test, or accept {survivor['mutant']!r} with its reason in {ACCEPTED}"
            yield Fault(where, f"no test of {region.id} notices {survivor['change']!r}", fix, survivor["line"])
    alive = {survivor["mutant"] for survivor in survivors}
    for name, mutant in accepted:
        if name == region.id and mutant not in alive:
            yield Fault(ACCEPTED, f"{name}: {mutant!r} does not survive", "remove it")


def score(results: dict[str, dict[str, Any]], regions: dict[str, Region]) -> tuple[int, int]:
    """Return how many mutants died, and of how many, over all regions that there are."""
    found = [entry for name, entry in results.items() if name in regions]
    return sum(entry["killed"] for entry in found), sum(entry["total"] for entry in found)


def read_accepted(project: Project) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the survivors that tests/mutants.toml lists with a reason, by region and mutant."""
    path = project.root / ACCEPTED
    entries = tomllib.loads(path.read_text("utf-8")).get("survivor", []) if path.is_file() else []
    return {(entry["region"], entry["mutant"]): entry for entry in entries}
