"""The pytest plugin of `verify`: it notes which test, or which fixture on a test's behalf, ran which probe of the published code.

Load it with `-p verbatim.proof.pytest_plugin --verbatim-proof FILE [--verbatim-only LIST]`. When the session ends it writes FILE,
a JSON object:

- "hits": {source file: {probe: [contexts]}}, where a context is a test's node id, `fixture:` and a fixture's id, or "" for code
  that ran while modules were imported;
- "uses": {test: [fixtures it requests, directly or not]}; "outcomes": {test: "passed" or what else happened};
- "replaced": {test: [[source file, name] of what the test put something else in the place of, and ran by no assertion]};
- "early": [modules of the project that were imported before the run was measured];
- "opened": [[file of code, line, file that it read]]; "distributions": {name: version}.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from verbatim.project import Project
from verbatim.proof import assertions, opened, probes
from verbatim.proof.ledger import OUTSIDE, file_of
from verbatim.proof.standins import StandIns

IMPORTING = probes.IMPORTING
DESELECTED = "was collected and then deselected"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--verbatim-proof", metavar="FILE", help="write which test ran which part of the published packages")
    parser.addoption("--verbatim-only", metavar="FILE", help="of what is collected, run the test functions that FILE lists alone")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Begin before the first conftest.py is read: it may import what is published."""
    options = early_config.known_args_namespace
    if target := options.verbatim_proof:
        only = Path(options.verbatim_only).read_text("utf-8").splitlines() if options.verbatim_only else None
        prover = Prover(Path(target), Project.find(early_config.rootpath), only)
        early_config.pluginmanager.register(prover, "verbatim-prover")


class Prover:
    """Measures one session. Contexts follow fixtures, so that what a fixture runs is never credited to the test that came first."""

    def __init__(self, target: Path, project: Project, only: list[str] | None = None) -> None:
        self.target = target
        self.only = only
        self.project = project
        self.contexts = [IMPORTING]
        self.hits: dict[str, dict[int, set[str]]] = {}
        self.uses: dict[str, list[str]] = {}
        self.outcomes: dict[str, str] = {}
        self.finished: dict[str, bool] = {}
        self.opened: set[tuple[str, int, str]] = set()
        self.stand_ins = StandIns()
        self.item: pytest.Item | None = None  # the test that runs
        self.folder = tempfile.TemporaryDirectory(prefix="verbatim-")
        self.begin()

    def begin(self) -> None:
        packages = [str(self.project.source / name) for name in self.project.packages]
        probes.STATE.enter, probes.STATE.leave = self.enter, self.leave
        self.watch = opened.Watch(str(self.project.root), lambda *place: self.opened.add(place), packages)
        self.early = opened.past_caches(self.watch)
        opened.hear_asking(self.watch)
        opened.follow_forks(self.watch, Path(self.folder.name))
        self.count = assertions.install([str(folder) for folder in self.project.tests])
        self.count.watcher, self.count.ended = self.asserting, self.stand_ins.ended
        probes.STATE.loaded = self.stand_ins.loaded
        probes.install(packages, probes)
        # Python processes that tests start measure themselves, in the context of the test that started them
        os.environ.update(probes.prepare_children(Path(self.folder.name), str(self.project.root), packages))

    def asserting(self, test: str) -> None:
        if isinstance(self.item, pytest.Function) and self.item.nodeid == test:
            self.stand_ins.asserting(test, self.item.module, self.uses.get(test, ()))

    def enter(self, context: str) -> None:
        self.credit()
        self.contexts.append(context)
        os.environ[probes.CONTEXT_VARIABLE] = self.count.test = self.stand_ins.context = context

    def leave(self) -> None:
        self.credit()
        self.stand_ins.ended(self.contexts.pop())
        os.environ[probes.CONTEXT_VARIABLE] = self.count.test = self.stand_ins.context = self.contexts[-1]

    def credit(self) -> None:
        """Give what has run since last time to the context that it ran in."""
        for path, found in probes.collect():
            self.note(self.contexts[-1], path, found)

    def note(self, context: str, path: str, found: bytes) -> None:
        known = self.hits.setdefault(self.project.relative(Path(path)), {})
        for index, hit in enumerate(found):
            if hit:
                known.setdefault(index, set()).add(context)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        self.enter(item.nodeid)
        self.item = item
        if type(item) is pytest.Function:
            item.obj = self.watched(item)
        try:
            return (yield)
        finally:
            self.leave()

    def watched(self, item: pytest.Function) -> Callable[..., Any]:
        """Return the test's function, which also notes whether it was run to its end: a hook can hide that it was not."""
        function = item.obj

        @functools.wraps(function)
        def run(*arguments: Any, **named: Any) -> Any:
            self.finished[item.nodeid] = False
            result = function(*arguments, **named)
            self.finished[item.nodeid] = True
            return result

        self.finished[item.nodeid] = False
        return run

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> Generator[None, Any, Any]:
        self.enter(self.fixture_id(fixturedef, request.node.nodeid))
        try:
            return (yield)
        finally:
            self.leave()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None, Any, Any]:
        before = {item.nodeid for item in items}
        result = yield
        self.outcomes |= {name: DESELECTED for name in before - {item.nodeid for item in items}}
        if self.only is not None:
            items[:] = [item for item in items if "::".join(item.nodeid.split("[")[0].split("::")[:2]) in self.only]
        return result

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        self.outcomes |= {item.nodeid: DESELECTED for item in items}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            if isinstance(item, pytest.Function):
                self.stand_ins.collected(item.module)
            # pytest offers no public way to the closure
            definitions = item._fixtureinfo.name2fixturedefs.values()  # type: ignore[attr-defined]
            self.uses[item.nodeid] = sorted(
                {self.fixture_id(definition, item.nodeid) for group in definitions for definition in group}
            )

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.outcome != "passed":
            self.outcomes[report.nodeid] = report.outcome

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        outcome = "passed although it was expected to fail" if hasattr(report, "wasxfail") and report.passed else report.outcome
        if (outcome != "passed" or report.when == "call") and self.outcomes.get(report.nodeid, "passed") == "passed":
            self.outcomes[report.nodeid] = outcome

    def judge(self) -> None:
        """Say of tests that passed why they prove nothing; one may end the whole run, and others with it."""
        self.outcomes |= {test: "was not run to its end" for test in self.uses if test not in self.outcomes}
        for test in [test for test, outcome in self.outcomes.items() if outcome == "passed"]:
            begun, held = self.count.begun[test], self.count.held[test]
            if not self.finished.get(test, True):
                self.outcomes[test] = "failed, and a hook calls it passed"
            elif begun > held:
                self.outcomes[test] = "swallows an assertion that failed"
            elif not held:
                self.outcomes[test] = "evaluates no assertion"

    def pytest_sessionfinish(self) -> None:
        self.credit()
        self.watch.active = False
        folder = Path(self.folder.name)
        for context, path, found in probes.left_behind(folder):
            self.note(context, path, found)
        probes.uninstall()
        os.environ.pop(probes.VARIABLE, None)
        self.judge()
        hits = {path: {index: sorted(found) for index, found in sorted(known.items())} for path, known in sorted(self.hits.items())}
        proof = {
            "hits": hits,
            "uses": self.uses,
            "outcomes": self.outcomes,
            "replaced": {
                test: sorted([self.project.relative(Path(path)), name] for path, name in names)
                for test in sorted(self.uses)
                if (names := self.stand_ins.unproven(test))
            },
            "early": self.early,
            "opened": sorted(self.opened | opened.kept_in(folder)),
            "distributions": opened.distributions(),
        }
        self.folder.cleanup()
        self.target.write_text(json.dumps(proof), "utf-8")

    def fixture_id(self, definition: pytest.FixtureDef[Any], user: str) -> str:
        """Name a fixture by the file that defines it, and by that of its user where each has its own."""
        file = Path(definition.func.__code__.co_filename) if hasattr(definition.func, "__code__") else Path()
        ours = file.is_relative_to(self.project.root) and not file.is_relative_to(sys.prefix)
        path = self.project.relative(file) if ours else OUTSIDE
        own = "" if definition.scope in ("session", "package") else f"@{file_of(user)}"
        return f"fixture:{path}::{definition.argname}{own}"
