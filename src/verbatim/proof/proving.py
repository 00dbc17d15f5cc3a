"""From what a run of the tests noted to entries of the ledger, and to faults where it proves too little."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from verbatim.faults import Fault
from verbatim.project import Project
from verbatim.proof.inputs import common, digest_of_input, that_count
from verbatim.proof.ledger import ENVIRONMENT, OUTSIDE, Ledger, code_of, file_of, function_of, own_code, with_mutants
from verbatim.proof.probes import Probe, rewrite
from verbatim.published.regions import Region, read_regions
from verbatim.published.units import Closure, Code, merged

STATEMENT = "executes this statement"


class Proof:
    """What the pytest plugin noted in one run, and what may be concluded from it."""

    def __init__(self, project: Project, noted: dict[str, Any]) -> None:
        self.project, self.noted = project, noted
        self.code = Code(project)
        self.faults: list[Fault] = []
        self.probes = cache(lambda path: rewrite((project.root / path).read_bytes(), path)[1])
        self.functions = cache(lambda path: list(functions_of(ast.parse((project.root / path).read_bytes()).body)))

    def hits(self, path: str) -> dict[int, set[str]]:
        """Return, per probe of a file, the contexts in which it was hit."""
        return {int(index): set(contexts) for index, contexts in self.noted["hits"].get(path, {}).items()}

    def entry(self, region: Region) -> dict[str, Any]:
        """Return the ledger entry of one region; report what of it no test proves."""
        shown = {index: probe for index, probe in enumerate(self.probes(region.path)) if region.first <= probe.line <= region.last}
        self.faults += self.unproven(region, shown)
        self.faults += self.replaced(region, shown)
        contexts = self.provers(region, shown)
        fixtures = {context for context in contexts if context.startswith("fixture:")}
        tests = self.tests_of(contexts)
        if not tests:
            self.faults.append(
                Fault(f"{region.path}:{region.first}", f"no test proves region {region.id}", "write one that runs it")
            )
        fixtures = {name for name in fixtures | self.asked(tests) if file_of(name) != OUTSIDE}
        ran = self.ran(tests)
        own = own_code(self.code, region, ran)
        closure = merged(self.code, [own, *(code_of(self.code, name) for name in {function_of(test) for test in tests})])
        return {
            "digest": region.digest,
            "probes": len(shown),
            "tests": sorted(tests),
            "fixtures": sorted({name.removeprefix("fixture:").split("@")[0] for name in fixtures}),
            "files": self.files(closure),
            "ran": ran,
            "code": own.digests(),
        }

    def unproven(self, region: Region, shown: dict[int, Probe]) -> Iterator[Fault]:
        """Yield what is shown and did not happen; of a statement that never ran, only that."""
        hits, runs = self.hits(region.path), True
        for index, probe in shown.items():
            # What runs by importing counts at the top of a module, never inside a function
            happened = bool(hits.get(index, set()) - ({""} if probe.inside else set()))
            if probe.what == STATEMENT:
                runs = happened
            if not happened and (probe.what == STATEMENT or runs):
                fix = f"shown in region {region.id}: write a test that does, or take it away"
                excerpt = region.text.split("\n")[probe.line - region.first]
                yield Fault(f"{region.path}:{probe.line}", f"no test {probe.what}", fix, excerpt)

    def replaced(self, region: Region, shown: dict[int, Probe]) -> Iterator[Fault]:
        """Yield the functions that only tests run which put something else in their place and assert nothing of them."""
        hits = self.hits(region.path)
        for name, first, last in self.functions(region.path):
            inside = (hits.get(index, set()) for index, probe in shown.items() if probe.inside and first <= probe.line <= last)
            tests = self.tests_of(set().union(*inside) - {""})
            if tests and all([region.path, name] in self.noted["replaced"].get(test, ()) for test in tests):
                fix = "assert on the function itself, without a fixture or a patch that stands in for it"
                yield Fault(f"{region.path}:{first}", f"every test that runs {name} asserts while something else replaces it", fix)

    def tests_of(self, contexts: set[str]) -> set[str]:
        """Return the tests among some contexts, and those that ask for the fixtures among them."""
        fixtures = {context for context in contexts if context.startswith("fixture:")}
        return contexts - fixtures | {test for test, asked in self.noted["uses"].items() if fixtures & set(asked)}

    def provers(self, region: Region, shown: dict[int, Probe]) -> set[str]:
        """Return the tests and fixtures that ran what stands in the functions of a region."""
        hits = self.hits(region.path)
        contexts = set().union(*(hits.get(index, set()) for index, probe in shown.items() if probe.inside)) - {""}
        if contexts:
            return contexts
        # Imports and constants count as run by whoever exercises the module's functions, runs it whole, or names them
        inside = [index for index, probe in enumerate(self.probes(region.path)) if probe.inside]
        whole = set().union(*(hits.get(index, set()) for index in inside or hits)) - {""}
        return whole | {test for test in self.noted["uses"] if self.names(test, region)}

    def names(self, test: str, region: Region) -> bool:
        """Say whether a test uses a statement of a region."""
        units = code_of(self.code, test).units.get(self.project.root / region.path, {}).values()
        return any(unit.first <= region.last and region.first <= unit.last for unit in units)

    def asked(self, tests: Iterable[str]) -> set[str]:
        """Return the fixtures that tests ask for, directly or not."""
        return {name for test in tests for name in self.noted["uses"].get(test, ())}

    def files(self, closure: Closure) -> list[str]:
        """Return the files that some code reads, data aside."""
        data = set(self.project.data_digests())
        found = set()
        for place, line, path in self.noted["opened"]:
            if path not in data and closure.holds(self.project.root / place, line):
                found.add(path)
        return sorted(path for path in found if not self.is_code(closure, path))

    def is_code(self, closure: Closure, path: str) -> bool:
        return (self.project.root / path) in closure.units

    def ran(self, tests: Iterable[str]) -> list[str]:
        """Return the published files that tests ran, by themselves or through fixtures, without naming them."""
        found = set()
        for test in tests:
            for context in self.own(test):
                for path in self.ran_in.get(context, ()):
                    if not any(self.project.root / path in code_of(self.code, name).units for name in (test, context)):
                        found.add(path)
        return sorted(found)

    @cached_property
    def ran_in(self) -> dict[str, set[str]]:
        """The files of which something ran, per context."""
        found: dict[str, set[str]] = {}
        for path, known in self.noted["hits"].items():
            for context in set().union(*known.values()) - {""}:
                found.setdefault(context, set()).add(path)
        return found

    def own(self, context: str) -> list[str]:
        return [name for name in (context, *self.asked([context])) if file_of(name) != OUTSIDE]


def functions_of(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, int, int]]:
    """Yield the functions and methods of a module, each with its lines."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + node.name, node.lineno, node.end_lineno or node.lineno
        elif isinstance(node, ast.ClassDef):
            yield from functions_of(node.body, f"{prefix}{node.name}.")


def outcome_faults(project: Project, noted: dict[str, Any]) -> Iterator[Fault]:
    """Yield tests that prove nothing, whatever they run, and modules that no measure has seen."""
    for path in noted["early"]:
        fix = "neither Python nor pytest may import what is the project's by themselves: no sitecustomize.py, no .pth does"
        yield Fault(path, "imported before the run was measured", fix)
    for test, outcome in noted["outcomes"].items():
        if outcome != "passed":
            yield Fault(test, f"the test {outcome}", "every test must assert something and pass; none may be skipped")
        if str(project.root) in test:
            fix = "give its parameters `ids`, the same on every machine"
            yield Fault(test, "the name of a test holds a path of this machine", fix)


def test_functions(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, int]]:
    """Yield the tests that a file defines as pytest names them, and their lines."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            if any(ast.unparse(item).split("(")[0].split(".")[-1] == "fixture" for item in node.decorator_list):
                continue
            yield f"{prefix}::{node.name}", node.lineno
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield from test_functions(node.body, f"{prefix}::{node.name}")


def test_files(project: Project) -> list[Path]:
    return sorted({path for folder in project.tests for name in ("test_*.py", "*_test.py") for path in folder.rglob(name)})


def defined_tests(project: Project) -> Iterator[tuple[str, int]]:
    for path in test_files(project):
        try:
            body = ast.parse(path.read_bytes()).body
        except (SyntaxError, ValueError):
            body = []  # pytest says what is wrong with it
        # A file without a test stands for itself: pytest must read it to say why it has none
        yield from list(test_functions(body, project.relative(path))) or [(f"{project.relative(path)}::", 1)]


def tests_now(code: Code) -> dict[str, dict[str, str]]:
    """Return, per test function or class, the digests of all that it uses, by file."""
    names = dict.fromkeys("::".join(name.split("::")[:2]) for name, _ in defined_tests(code.project))
    return {name: code_of(code, name).digests() for name in sorted(names)}


def definition_faults(project: Project, collected: Iterable[str], *, selected: Iterable[str] | None = None) -> Iterator[Fault]:
    """Yield tests that another of their name hides, and tests that no run collects; of a selection, only what is in it."""
    names = {test.split("[")[0] for test in collected}
    lines: dict[str, int] = {}
    for name, line in defined_tests(project):
        where = f"{file_of(name)}:{line}"
        if name in lines:
            yield Fault(
                where,
                f"a second test of the name {name.split('::')[-1]}, first at line {lines[name]}",
                "rename one: only the last runs",
            )
        lines[name] = line
        chosen = selected is None or "::".join(name.split("::")[:2]).removesuffix("::") in selected
        if name not in names and chosen:
            reason = "a class with `__init__`, an option, a conftest.py or the environment leaves it out"
            yield Fault(
                where, f"the test {name.split('::')[-1] or 'file'} is never run", f"expected pytest to collect it; {reason}"
            )


@dataclass(frozen=True)
class Selection:
    """The stale regions, the tests that can prove them, and the ledger that keeps what it says of the others."""

    old: Ledger
    regions: set[str]
    tests: list[str]


def build(
    project: Project, noted: dict[str, Any], environment: dict[str, Any], selection: Selection | None = None
) -> tuple[Ledger, list[Fault]]:
    """Make the ledger of a finished run from what the plugin noted; what was not selected is taken over."""
    regions, faults = read_regions(project)
    proof = Proof(project, noted)
    chosen = {name: region for name, region in sorted(regions.items()) if selection is None or name in selection.regions}
    entries = {name: proof.entry(region) for name, region in chosen.items()}
    hidden = definition_faults(project, noted["uses"], selected=selection.tests if selection else None)
    faults += [*outcome_faults(project, noted), *hidden, *proof.faults]
    distributions = that_count(project, noted["distributions"])
    if selection:
        entries = merged_entries(project, selection.old, entries, regions)
        distributions = dict(sorted({**selection.old.content["distributions"], **distributions}.items()))
    files = sorted({path for entry in entries.values() for path in entry["files"]})
    content = {
        **common(project),
        "distributions": distributions,
        "files": {path: digest_of_input(project, path) for path in files},
        "tests": tests_now(proof.code),
        "regions": with_mutants(project, entries),
        ENVIRONMENT: environment,
    }
    return Ledger(content), faults


def merged_entries(
    project: Project, ledger: Ledger, new: dict[str, dict[str, Any]], regions: dict[str, Region]
) -> dict[str, dict[str, Any]]:
    """Return the old entries with the new ones in their place; what other tests opened, or found absent, is still an input."""
    old = ledger.content["regions"]
    absent = {path for path, value in ledger.content["files"].items() if value == "missing"}
    for name, entry in new.items():
        before = old.get(name, {}).get("files", [])
        entry["files"] = sorted({*entry["files"], *(path for path in before if path in absent or (project.root / path).exists())})
    return {name: entry for name, entry in sorted({**old, **new}.items()) if name in regions}
