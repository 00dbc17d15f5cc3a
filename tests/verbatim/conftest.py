"""The small project of `tests/support/sample_project.py`: without proof, proven, and built."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sample_project import Sample, files_of, fresh, unpacked


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="leave out tests that need a proven sample, ten seconds in the making")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what `--quick` leaves out."""
    slow = [item for item in items if config.getoption("quick") and "proven_files" in getattr(item, "fixturenames", ())]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]


@pytest.fixture(scope="session")
def proven_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a sample whose ledger a real run of its tests has written, once for all tests."""
    sample = fresh(tmp_path_factory.mktemp("proven"))
    ended = sample.verbatim("verify", "--write")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    ended = sample.verbatim("record", "--write")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    ended = sample.verbatim("run", "--write")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return files_of(sample)


@pytest.fixture(scope="session")
def built_files(tmp_path_factory: pytest.TempPathFactory, proven_files: dict[str, bytes]) -> dict[str, bytes]:
    """The files of such a sample with its site, built strictly."""
    sample = unpacked(tmp_path_factory.mktemp("built"), proven_files)
    ended = sample.build("--strict")
    assert ended.returncode == 0, ended.stderr
    return files_of(sample)


@pytest.fixture
def unproven(tmp_path: Path) -> Sample:
    """A sample without a ledger."""
    return fresh(tmp_path)


@pytest.fixture
def sample(tmp_path: Path, proven_files: dict[str, bytes]) -> Sample:
    """A sample with a current ledger and current records."""
    return unpacked(tmp_path, proven_files)


@pytest.fixture
def built(tmp_path: Path, built_files: dict[str, bytes]) -> Sample:
    """A sample with a current ledger, current records and a site that is as it should be."""
    return unpacked(tmp_path, built_files)


@pytest.fixture(scope="session")
def new_sample(tmp_path_factory: pytest.TempPathFactory, proven_files: dict[str, bytes]) -> Callable[[str], Sample]:
    """Makes such a sample for tests that share it."""
    return lambda name: unpacked(tmp_path_factory.mktemp(name), proven_files)
