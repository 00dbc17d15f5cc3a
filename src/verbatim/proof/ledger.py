"""The ledger: per region, what a green run of the tests proved, and whether that still stands."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from verbatim.faults import Fault
from verbatim.project import Project, digest, read_json
from verbatim.proof.inputs import State, change_of, changed_code, changed_pins, other_versions
from verbatim.proof.opened import normal
from verbatim.published.regions import Region, read_modules, regions_of
from verbatim.published.units import Closure, Code, merged

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = "python -m verbatim verify --write"
# Of the machine that wrote the ledger; another machine's proof may differ in it
ENVIRONMENT = "environment"
# Where a fixture lies that is not the project's own
OUTSIDE = "pytest"
EMPTY = {
    "pins": {},
    "python": "",
    "settings": "",
    "data": {},
    "distributions": {},
    "files": {},
    "tests": {},
    "regions": {},
    ENVIRONMENT: {},
}


@dataclass(frozen=True)
class Ledger:
    """What snippets/ledger.json holds."""

    content: dict[str, Any]

    @classmethod
    def read(cls, project: Project) -> Ledger:
        """Return the committed ledger, an empty one where there is none, or one that nobody can read: it proves nothing."""
        try:
            content = json.loads(project.ledger.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            content = {}
        content = content if isinstance(content, dict) else {}
        return cls({key: content[key] if isinstance(content.get(key), type(value)) else value for key, value in EMPTY.items()})

    def entry(self, region: Region) -> dict[str, Any] | None:
        entry = self.content["regions"].get(region.id)
        # One without `ran` is of an earlier form, which noted less than counts today
        return entry if entry and "ran" in entry else None

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
    """Compares the ledger with the project as it is now."""

    def __init__(self, project: Project, ledger: Ledger | None = None) -> None:
        self.project = project
        self.ledger = ledger or Ledger.read(project)
        self.state = State(project)
        self.code = Code(project)
        self.test_digests: dict[str, dict[str, str]] = {}
        self.reasons: dict[Region, list[str]] = {}

    @cached_property
    def common_reasons(self) -> list[str]:
        """What makes every entry stale at once: Python, versions, pytest's settings, data."""
        then, now = self.ledger.content, self.state.common
        reasons = changed_pins(then["pins"], now["pins"])
        pinned = {normal(name) for name in now["pins"]}
        reasons += other_versions(
            self.project, {name: value for name, value in then["distributions"].items() if name not in pinned}
        )
        if then["python"] != now["python"]:
            reasons.append(f"Python: .python-version says {now['python']}, the ledger was written by {then['python'] or 'none'}")
        if then["settings"] != now["settings"]:
            reasons.append("settings: what pyproject.toml or an ini file tells pytest changed")
        names = sorted(then["data"].keys() | now["data"].keys())
        return reasons + [f"data: {path} changed" for path in names if then["data"].get(path) != now["data"].get(path)]

    def stale_region(self, region: Region) -> list[str]:
        """Return why the proof of `region` no longer stands; nothing where it does."""
        if region not in self.reasons:
            self.reasons[region] = self.find_reasons(region)
        return self.reasons[region]

    def find_reasons(self, region: Region) -> list[str]:
        entry = self.ledger.entry(region)
        if entry is None:
            return ["never proven: it has no entry in the ledger"]
        reasons = ["code: the region changed"] if entry["digest"] != region.digest else []
        then, now = dict(entry["code"]), own_code(self.code, region, entry["ran"]).digests()
        for name in {function_of(test): None for test in entry["tests"]}:
            for path, value in self.test_code(name).items():
                now[f"{name} {path}"], then[f"{name} {path}"] = value, self.ledger.content["tests"].get(name, {}).get(path)
            for path in self.ledger.content["tests"].get(name, {}).keys() - self.test_code(name).keys():
                then[f"{name} {path}"] = "no longer used"
        reasons += changed_code(self.project, then, now, region.path)
        for path in entry["files"]:
            before = self.ledger.content["files"].get(path)
            if (digest_now := self.state.digest(path)) != before:
                reasons.append(change_of(path, before, digest_now))
        return reasons + self.common_reasons

    def test_code(self, name: str) -> dict[str, str]:
        if name not in self.test_digests:
            self.test_digests[name] = code_of(self.code, name).digests()
        return self.test_digests[name]

    def faults(self, regions: dict[str, Region]) -> list[Fault]:
        """Report every stale region, and every entry whose region is gone."""
        faults = [stale_fault(region, reasons) for region in regions.values() if (reasons := self.stale_region(region))]
        for name in self.ledger.content["regions"].keys() - regions.keys():
            faults.append(Fault(name, "the ledger proves a region that is gone", f"run `{COMMAND}`"))
        return faults


def stale_regions(project: Project) -> dict[Region, list[str]]:
    """Return for every region of a project why its proof no longer stands."""
    standing = Standing(project)
    regions, _ = regions_of(read_modules(project))
    return {region: standing.stale_region(region) for region in regions.values()}


def stale_fault(region: Region, reasons: list[str]) -> Fault:
    what = f"region {region.id} is stale: {'; '.join(reasons)}"
    return Fault(f"{region.path}:{region.first}", what, f"run the tests anew with `{COMMAND}`")


def file_of(context: str) -> str:
    """Return the file of a test, or of a fixture."""
    return context.removeprefix("fixture:").split("::")[0]


def code_of(code: Code, context: str) -> Closure:
    """Return all that a test, or a fixture of the project's own, uses."""
    name = context.split("::")[1].split("[")[0].split("@")[0]
    return code.uses(code.project.root / file_of(context), (name,))


def function_of(test: str) -> str:
    """Return the function, or the class, that a test is of, with its file: the ledger keeps digests by these."""
    return "::".join(test.split("[")[0].split("::")[:2])


def own_code(code: Code, region: Region, ran: Iterable[str]) -> Closure:
    """Return all that a region uses, and files that its tests ran whole, without naming them."""
    root = code.project.root
    own = code.uses(root / region.path, lines=(region.first, region.last))
    return merged(code, [own, *(code.uses(root / path) for path in ran)])


def mutants_path(project: Project) -> Path:
    return project.snippets / "mutants.json"


def read_mutants(project: Project) -> dict[str, dict[str, Any]]:
    """Return, per region, what the last run of its mutants gave."""
    path = mutants_path(project)
    fix = "take it from the repository, or run `python -m verbatim mutants --write`"
    regions: dict[str, dict[str, Any]] = read_json(path, ("regions",), fix)["regions"] if path.is_file() else {}
    return regions


def with_mutants(project: Project, entries: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the entries, each with how many mutants its tests killed: of the text that it proves, by tests as they are now."""
    results, code = read_mutants(project), Code(project)
    result = {}
    for name, entry in entries.items():
        result[name] = {key: value for key, value in entry.items() if key != "mutants"}
        found = results.get(name)
        if found and found["digest"] == entry["digest"] and unchanged(code, found["tests"]):
            result[name]["mutants"] = {"total": found["total"], "killed": found["killed"]}
    return result


def test_digests(code: Code, tests: Iterable[str]) -> dict[str, str]:
    """Return, per test, the digest of the code outside the published packages that it uses: what it asks, and of whom."""
    found = {}
    for test in tests:
        name = test.split("[")[0]
        digests = code_of(code, name).digests()
        inner = {
            path: value for path, value in digests.items() if not (code.project.root / path).is_relative_to(code.project.source)
        }
        found[name] = digest(json.dumps(inner))
    return found


def unchanged(code: Code, tests: dict[str, str]) -> bool:
    return all("::" in name for name in tests) and test_digests(code, tests) == tests
