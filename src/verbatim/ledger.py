"""The ledger: per region, what a green run of the tests proved, and whether that still stands."""

from __future__ import annotations

import ast
import difflib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from verbatim.closure import closure
from verbatim.faults import Fault
from verbatim.project import Project, digest_of
from verbatim.regions import Region, read_regions

COMMAND = "python -m verbatim verify --write"
# Of the machine that wrote the ledger; another machine's proof may differ in it
ENVIRONMENT = "environment"


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
        entry = self.ledger.entry(region)
        if entry is None:
            return ["never proven: it has no entry in the ledger"]
        reasons = ["code: the region changed"] if entry["digest"] != region.digest else []
        files = self.ledger.content["files"]
        for kind in ("modules", "tests"):
            paths = entry[kind] if kind == "modules" else sorted({test.split("::")[0] for test in entry[kind]} | set(entry["fixtures"]))
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
    faults += outside_closure(project, proof)
    entries = {name: prove(project, region, proof, faults) for name, region in sorted(regions.items())}
    paths = sorted({path for entry in entries.values() for path in (*entry["modules"], *entry["fixtures"], *test_files(entry))})
    content = {
        "pins": project.pinned(),
        "data": project.data_digests(),
        "files": {path: digest_of(project.root / path) for path in paths},
        "regions": entries,
        ENVIRONMENT: environment,
    }
    return Ledger(content), faults


def outside_closure(project: Project, proof: dict) -> list[Fault]:
    """Report a test that ran a module which neither it nor a fixture of its imports: no digest would cover that module."""
    ran: dict[str, set[Path]] = {}
    for path, lines in proof["lines"].items():
        for context in {context for contexts in lines.values() for context in contexts if context}:
            ran.setdefault(context.removeprefix("fixture:").split("::")[0], set()).add(project.root / path)
    faults = []
    for file, modules in sorted(ran.items()):
        for module in sorted(modules - set(closure(project, project.root / file))):
            what = f"runs {project.relative(module)} without importing it"
            faults.append(Fault(file, what, "import it there by a plain statement, so that the digests of its proof cover it"))
    return faults


def test_files(entry: dict) -> set[str]:
    return {test.split("::")[0] for test in entry["tests"]}


def prove(project: Project, region: Region, proof: dict, faults: list[Fault]) -> dict:
    """Return the ledger entry of one region."""
    source = project.root / region.path
    tree = ast.parse(source.read_text("utf-8"))
    lines = {int(line): set(contexts) for line, contexts in proof["lines"][region.path].items()}
    shown = [line for line in proof["statements"][region.path] if region.first <= line <= region.last]
    for line in shown:
        if not lines.get(line):
            text = source.read_text("utf-8").splitlines()[line - 1]
            fix = f"shown in region {region.id}: write a test that runs it"
            faults.append(Fault(f"{region.path}:{line}", "no test executes this line", fix, text))
    body = body_lines(tree)
    contexts = {context for line in shown if line in body for context in lines.get(line, ())}
    if not contexts - {""}:
        # Imports and constants count as run by whoever exercises the module's functions, or runs it whole
        whole = body or lines.keys()
        contexts = {context for line in whole for context in lines.get(line, ())}
    fixtures = {context for context in contexts if context.startswith("fixture:")}
    tests = {context for context in contexts if context and context not in fixtures}
    tests |= {test for test, used in proof["uses"].items() if fixtures & set(used)}
    if not tests:
        faults.append(Fault(f"{region.path}:{region.first}", f"no test proves region {region.id}", "write one that runs it"))
    provers = {project.root / name.removeprefix("fixture:").split("::")[0] for name in tests | fixtures}
    modules = {path for start in (source, *provers) for path in closure(project, start)} - provers
    return {
        "digest": region.digest,
        "lines": len(shown),
        "tests": sorted(tests),
        "fixtures": sorted({fixture.removeprefix("fixture:").split("::")[0] for fixture in fixtures}),
        "modules": sorted(project.relative(path) for path in modules),
    }


def body_lines(tree: ast.Module) -> set[int]:
    """Return the lines inside functions: those that do not run by importing the module."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            body = node.body if isinstance(node.body, list) else []
            lines.update(line for statement in body for line in range(statement.lineno, statement.end_lineno + 1))
    return lines
