"""The pytest plugin of `verify`: it notes which test, or which fixture on a test's behalf, executed which line.

Load it with `-p verbatim.proof.pytest_plugin --verbatim-proof FILE`. It writes FILE, a JSON object, when the session ends:

- "lines": {source file: {line: [contexts]}}, where a context is a test's node id, `fixture:` and a fixture's id, or "" for code
  that ran while modules were imported;
- "statements": {source file: [executable lines]}; "uses": {test: [fixtures it requests, directly or not]};
- "outcomes": {test: "passed" or what else happened}.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

import coverage
import pytest

from verbatim.project import Project
from verbatim.proof.ledger import OUTSIDE

IMPORTING = ""
CONTEXT_VARIABLE = "VERBATIM_CONTEXT"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--verbatim-proof", metavar="FILE", help="write which test executed which line of the published packages")


def pytest_configure(config: pytest.Config) -> None:
    if target := config.getoption("--verbatim-proof"):
        config.pluginmanager.register(Prover(Path(target), Project.find(config.rootpath)), "verbatim-prover")


class Prover:
    """Measures one session. Contexts follow fixtures, so that what a fixture runs is never credited to the test that came first."""

    def __init__(self, target: Path, project: Project) -> None:
        self.target = target
        self.project = project
        self.contexts = [IMPORTING]
        self.uses: dict[str, list[str]] = {}
        self.outcomes: dict[str, str] = {}
        self.folder = tempfile.TemporaryDirectory(prefix="verbatim-")
        rcfile = Path(self.folder.name) / "coveragerc"
        rcfile.write_text(self.settings(), "utf-8")
        os.environ[CONTEXT_VARIABLE] = IMPORTING
        self.coverage = coverage.Coverage(config_file=str(rcfile))
        self.coverage.start()
        # Python processes that tests start measure themselves, in the context of the test that started them
        os.environ["COVERAGE_PROCESS_START"] = str(rcfile)

    def settings(self) -> str:
        sources = "\n    ".join(str(self.project.source / name) for name in self.project.packages)
        return (
            f"[run]\nsource =\n    {sources}\nparallel = true\nsigterm = true\n"
            f"data_file = {self.folder.name}/data\ncontext = ${{{CONTEXT_VARIABLE}}}\n"
            "disable_warnings = no-data-collected, module-not-measured\n"
            # Nothing is exempt: no comment in the source takes a line out of the count
            "[report]\nexclude_lines =\n    (?!)\n"
        )

    def enter(self, context: str) -> None:
        self.contexts.append(context)
        self.switch()

    def leave(self) -> None:
        self.contexts.pop()
        self.switch()

    def switch(self) -> None:
        self.coverage.switch_context(self.contexts[-1])
        os.environ[CONTEXT_VARIABLE] = self.contexts[-1]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item):
        self.enter(item.nodeid)
        try:
            return (yield)
        finally:
            self.leave()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef, request):
        self.enter(self.fixture_id(fixturedef))
        try:
            return (yield)
        finally:
            self.leave()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            definitions = item._fixtureinfo.name2fixturedefs.values()  # pytest offers no public way to the closure
            self.uses[item.nodeid] = sorted({self.fixture_id(definition) for group in definitions for definition in group})

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.outcome != "passed":
            self.outcomes[report.nodeid] = report.outcome

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.outcome != "passed" or report.when == "call":
            if self.outcomes.get(report.nodeid, "passed") == "passed":
                self.outcomes[report.nodeid] = report.outcome

    def pytest_sessionfinish(self) -> None:
        self.coverage.stop()
        self.coverage.save()
        self.coverage.combine()
        proof = {"lines": {}, "statements": {}, "uses": self.uses, "outcomes": self.outcomes}
        data = self.coverage.get_data()
        for path in self.project.modules():
            name = self.project.relative(path)
            lines = data.contexts_by_lineno(str(path))
            proof["lines"][name] = {str(line): sorted(set(contexts)) for line, contexts in sorted(lines.items())}
            proof["statements"][name] = self.coverage.analysis2(str(path))[1]
        os.environ.pop("COVERAGE_PROCESS_START", None)
        self.folder.cleanup()
        self.target.write_text(json.dumps(proof), "utf-8")

    def fixture_id(self, definition) -> str:
        """Name a fixture by the file that defines it: the ledger keeps that file's digest."""
        file = Path(definition.func.__code__.co_filename) if hasattr(definition.func, "__code__") else Path()
        ours = file.is_relative_to(self.project.root) and not file.is_relative_to(sys.prefix)
        path = self.project.relative(file) if ours else OUTSIDE
        return f"fixture:{path}::{definition.argname}"
