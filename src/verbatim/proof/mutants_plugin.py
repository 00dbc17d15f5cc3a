"""The pytest plugin of `mutants`: what each test costs, which one fails first, and whether the unchanged package took part.

Load it with `-p verbatim.proof.mutants_plugin --verbatim-original FOLDER… [--verbatim-costs FILE] [--verbatim-failed FILE]`.
The first FILE becomes a JSON object, "tests": {node id: [seconds, [fixtures it needs]]}, "fixtures": {fixture: seconds}; the
second names the first test that failed, or the file that could not be collected. A run that executes a file of the original
package ends with `STRAYED`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

STRAYED = 86  # pytest's own exit codes end at 5


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--verbatim-original", action="append", default=[], metavar="FOLDER", help="code from here must not run")
    parser.addoption("--verbatim-costs", metavar="FILE", help="write how long each test and fixture took")
    parser.addoption("--verbatim-failed", metavar="FILE", help="write which test failed first")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Guard(config.getoption("--verbatim-original")), "verbatim-guard")
    if target := config.getoption("--verbatim-costs"):
        config.pluginmanager.register(Clock(Path(target)), "verbatim-clock")
    if target := config.getoption("--verbatim-failed"):
        config.pluginmanager.register(Witness(Path(target)), "verbatim-witness")


class Guard:
    """Notes every file below some folders whose code this process executes."""

    def __init__(self, folders: list[str]) -> None:
        self.folders = tuple(f"{folder}/" for folder in folders)
        self.strayed: set[str] = set()
        sys.addaudithook(self.watch)

    def watch(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "exec" and str(getattr(arguments[0], "co_filename", "")).startswith(self.folders):
            self.strayed.add(arguments[0].co_filename)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.strayed:
            session.exitstatus = STRAYED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for path in sorted(self.strayed):
            terminalreporter.write_line(f"{path}: a test runs this file by its path; expected the module's own __file__")


class Witness:
    """Notes who failed first."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.failed and not self.target.exists():
            self.target.write_text(report.nodeid, "utf-8")

    pytest_runtest_logreport = pytest_collectreport = note


class Clock:
    def __init__(self, target: Path) -> None:
        self.target = target
        self.fixtures: dict[str, float] = {}
        self.tests: dict[str, tuple[float, list[str]]] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
        start = time.perf_counter()
        try:
            return (yield)
        finally:
            name = fixture_name(fixturedef)
            self.fixtures[name] = max(time.perf_counter() - start, self.fixtures.get(name, 0.0))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        start = time.perf_counter()
        try:
            return (yield)
        finally:
            # pytest offers no public way to the closure
            groups = item._fixtureinfo.name2fixturedefs.values()  # type: ignore[attr-defined]
            needs = sorted({fixture_name(definition) for group in groups for definition in group})
            self.tests[item.nodeid] = (time.perf_counter() - start, needs)

    def pytest_sessionfinish(self) -> None:
        self.target.write_text(json.dumps({"tests": self.tests, "fixtures": self.fixtures}), "utf-8")


def fixture_name(definition: pytest.FixtureDef[Any]) -> str:
    return f"{definition.baseid}::{definition.argname}"
