"""The ledger: per region, what a green run of the tests proved, and whether that still stands."""

from __future__ import annotations

import ast
import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from verbatim.faults import Fault
from verbatim.project import Project, digest_of
from verbatim.published.imports import closure, imported_files
from verbatim.published.regions import Region, read_regions

COMMAND = "python -m verbatim verify --write"
# Of the machine that wrote the ledger; another machine's proof may differ in it
ENVIRONMENT = "environment"
# Where a fixture lies that is not the project's own
OUTSIDE = "pytest"


@dataclass(frozen=True)
class Ledger:
    """What snippets/ledger.json holds."""

    content: dict

    @classmethod
    def read(cls, project: Project) -> Ledger:
        """Return the committed ledger, an empty one where there is none."""
        if not project.ledger.is_file():
            return cls({"regions": {}, "files": {}, "pins": {}, "data": {}, ENVIRONMENT: {}})
        return cls(json.loads(project.ledger.read_text("utf-8")))

    def entry(self, region: Region) -> dict | None:
        return self.content["regions"].get(region.id)

    def text(self) -> str:
        note = f"Written by `{COMMAND}` from a green run of the tests; never edited by hand."
        return json.dumps({"_": note, **self.content}, ensure_ascii=False, indent=1) + "\n"

    def difference(self, other: Ledger) -> str:
        """Return how `other` differs from this ledger, machine and date aside; "" where it does not."""
        mine, theirs = (
            Ledger({key: value for key, value in ledger.content.items() if key not in (ENVIRONMENT, "_")}).text().splitlines()
            for ledger in (self, other)
        )
        return "\n".join(difflib.unified_diff(mine, theirs, "committed ledger", "this run", lineterm="", n=2))


class Standing:
    """Compares the ledger with the project as it is now; reads each file once."""

    def __init__(self, project: Project, ledger: Ledger | None = None) -> None:
        self.project = project
        self.ledger = ledger or Ledger.read(project)
        self.digests: dict[str, str] = {}
        self.reasons: dict[Region, list[str]] = {}

    def digest(self, path: str) -> str:
        if path not in self.digests:
            self.digests[path] = digest_of(self.project.root / path)
        return self.digests[path]

    @cached_property
    def common_reasons(self) -> list[str]:
        """What makes every entry stale at once: pins and data."""
        pins, data = self.ledger.content["pins"], self.ledger.content["data"]
        now = self.project.pinned()
        reasons = [f"pin of {name}: {pins.get(name)} → {now[name]}" for name in now if pins.get(name) != now[name]]
        return reasons + [f"data: {path} changed" for path, value in data.items() if self.digest(path) != value]

    def stale(self, region: Region) -> list[str]:
        """Return why the proof of `region` no longer stands; nothing where it does."""
        if region not in self.reasons:
            self.reasons[region] = self.find_reasons(region)
        return self.reasons[region]

    def find_reasons(self, region: Region) -> list[str]:
        entry = self.ledger.entry(region)
        if entry is None:
            return ["never proven: it has no entry in the ledger"]
        reasons = ["code: the region changed"] if entry["digest"] != region.digest else []
        files = self.ledger.content["files"]
        for kind in ("modules", "tests"):
            paths = (
                entry[kind] if kind == "modules" else sorted({test.split("::")[0] for test in entry[kind]} | set(entry["fixtures"]))
            )
            for path in paths:
                now = self.digest(path)
                if now != files.get(path):
                    label = "module" if path != region.path else "code"
                    label = "test" if kind == "tests" else label
                    change = "is gone" if now == "missing" else "changed"
                    reasons.append(f"{label}: {path} {change}")
        return reasons + self.common_reasons

    def faults(self, regions: dict[str, Region]) -> list[Fault]:
        """Report every stale region, and every entry whose region is gone."""
        faults = [stale_fault(region, reasons) for region in regions.values() if (reasons := self.stale(region))]
        for name in self.ledger.content["regions"].keys() - regions.keys():
            faults.append(Fault(name, "the ledger proves a region that is gone", f"run `{COMMAND}`"))
        return faults


def stale_fault(region: Region, reasons: list[str]) -> Fault:
    what = f"region {region.id} is stale: {'; '.join(reasons)}"
    return Fault(f"{region.path}:{region.first}", what, f"run the tests anew with `{COMMAND}`")


def build(project: Project, proof: dict, environment: dict) -> tuple[Ledger, list[Fault]]:
    """Make the ledger of a finished test run from what the pytest plugin noted; report every line that no test proves."""
    regions, faults = read_regions(project)
    faults += [
        Fault(test, f"the test {outcome}", "every test must pass, none may be skipped")
        for test, outcome in proof["outcomes"].items()
        if outcome != "passed"
    ]
    faults += [
        Fault(test, "the name of a test holds a path of this machine", "give its parameters `ids`, the same on every machine")
        for test in proof["outcomes"]
        if str(project.root) in test
    ]
    faults += outside_closure(project, proof)
    entries = {name: prove(project, region, proof, faults) for name, region in sorted(regions.items())}
    paths = sorted({path for entry in entries.values() for path in (*entry["modules"], *entry["fixtures"], *test_files(entry))})
    content = {
        "pins": project.pinned(),
        "data": project.data_digests(),
        "files": {path: digest_of(project.root / path) for path in paths},
        "regions": with_mutants(project, entries),
        ENVIRONMENT: environment,
    }
    return Ledger(content), faults


def mutants_path(project: Project) -> Path:
    return project.snippets / "mutants.json"


def read_mutants(project: Project) -> dict[str, dict]:
    """Return, per region, what the last run of its mutants gave."""
    path = mutants_path(project)
    return json.loads(path.read_text("utf-8"))["regions"] if path.is_file() else {}


def with_mutants(project: Project, entries: dict[str, dict]) -> dict[str, dict]:
    """Return the entries, each with how many mutants its tests killed: tried on the text that it proves, by tests as they are now."""
    results = read_mutants(project)
    merged = {}
    for name, entry in entries.items():
        merged[name] = {key: value for key, value in entry.items() if key != "mutants"}
        found = results.get(name)
        if found and found["total"] and found["digest"] == entry["digest"] and unchanged(project, found["tests"]):
            merged[name]["mutants"] = {"total": found["total"], "killed": found["killed"]}
    return merged


def unchanged(project: Project, files: dict[str, str]) -> bool:
    return all((project.root / path).is_file() and digest_of(project.root / path) == digest for path, digest in files.items())


def outside_closure(project: Project, proof: dict) -> list[Fault]:
    """Report a test that ran a module which neither it nor a fixture of its imports: no digest would cover that module."""
    ran: dict[str, set[Path]] = {}
    for path, lines in proof["lines"].items():
        for context in {context for contexts in lines.values() for context in contexts if context}:
            ran.setdefault(context, set()).add(project.root / path)
    reachable = {file: set(closure(project, project.root / file)) for file in {file_of(name) for name in (*ran, *used(proof, ran))}}
    faults = set()
    for context, modules in ran.items():
        covered = set().union(*(reachable[file_of(name)] for name in (context, *used(proof, [context]))))
        for module in modules - covered:
            what = f"runs {project.relative(module)} without importing it"
            faults.add(
                Fault(file_of(context), what, "import it there by a plain statement, so that the digests of its proof cover it")
            )
    return sorted(faults)


def file_of(context: str) -> str:
    """Return the file of a test, or of a fixture."""
    return context.removeprefix("fixture:").split("::")[0]


def used(proof: dict, tests: Iterable[str]) -> set[str]:
    """Return the fixtures of our own that tests ask for, directly or not."""
    names = {name for test in tests for name in proof["uses"].get(test, ())}
    return {name for name in names if file_of(name) != OUTSIDE}


def test_files(entry: dict) -> set[str]:
    return {test.split("::")[0] for test in entry["tests"]}


def prove(project: Project, region: Region, proof: dict, faults: list[Fault]) -> dict:
    """Return the ledger entry of one region."""
    source = project.root / region.path
    tree = ast.parse(source.read_text("utf-8"))
    body = body_lines(tree)
    lines = {int(line): set(contexts) for line, contexts in proof["lines"][region.path].items()}
    shown = [line for line in proof["statements"][region.path] if region.first <= line <= region.last]
    # What runs by importing counts for the lines at the top of a module, never for those inside a function
    faults += [unproven(region, line) for line in shown if not lines.get(line, set()) - ({""} if line in body else set())]
    contexts = {context for line in shown if line in body for context in lines.get(line, ())}
    if not contexts - {""}:
        # Imports and constants count as run by whoever exercises the module's functions, or runs it whole
        whole = body or lines.keys()
        contexts = {context for line in whole for context in lines.get(line, ())}
        contexts |= beside(project, source, proof, contexts)
    fixtures = {context for context in contexts if context.startswith("fixture:")}
    tests = {context for context in contexts if context and context not in fixtures}
    tests |= {test for test, asked in proof["uses"].items() if fixtures & set(asked)}
    if not tests:
        faults.append(Fault(f"{region.path}:{region.first}", f"no test proves region {region.id}", "write one that runs it"))
    fixtures |= used(proof, tests)
    provers = {project.root / file_of(name) for name in tests | fixtures}
    modules = {path for start in (source, *provers) for path in closure(project, start)} - provers
    return {
        "digest": region.digest,
        "lines": len(shown),
        "tests": sorted(tests),
        "fixtures": sorted({file_of(fixture) for fixture in fixtures}),
        "modules": sorted(project.relative(path) for path in modules),
    }


def beside(project: Project, source: Path, proof: dict, contexts: set[str]) -> set[str]:
    """Return all tests of the files that exercise a module and import it themselves: to read a constant executes no line of it."""
    files = {file_of(context) for context in contexts if context}
    files = {file for file in files if source in imported_files(project, project.root / file)}
    return {test for test in proof["uses"] if file_of(test) in files}


def unproven(region: Region, line: int) -> Fault:
    fix = f"shown in region {region.id}: write a test that runs it"
    return Fault(f"{region.path}:{line}", "no test executes this line", fix, region.text.split("\n")[line - region.first])


def body_lines(tree: ast.Module) -> set[int]:
    """Return the lines inside functions: those that do not run by importing the module."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            body = node.body if isinstance(node.body, list) else []
            lines.update(line for statement in body for line in range(statement.lineno, statement.end_lineno + 1))
    return lines
