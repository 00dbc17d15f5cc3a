"""The benchmark measures what it says: two builds that differ in one extension, of a site that is whole."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from loading import module_of

from verbatim.judging.evidence import Evidence
from verbatim.project import Project

ROOT = Path(__file__).parents[1]
BENCHMARKS = ROOT / "benchmarks"


@pytest.fixture(scope="module")
def build() -> ModuleType:
    """benchmarks/build.py as a module; as a script it has its own folder on the path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        return module_of(BENCHMARKS / "build.py")


@pytest.fixture(scope="module")
def generated(build: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated site of three pages."""
    root = tmp_path_factory.mktemp("generated")
    build.generate(root, 3)
    return root


def test_the_peer_lacks_one_extension_and_nothing_else(generated: Path) -> None:
    ours, peer = ((generated / name).read_text("utf-8").splitlines() for name in ("with.yml", "without.yml"))
    assert [line for line in ours if line not in peer] == ["  - verbatim.site.markdown"]
    assert [line for line in peer if line not in ours] == []
    site = (ROOT / "mkdocs.yml").read_text("utf-8")
    assert all(f"\n{line}\n" in site for line in ours if line.startswith("  - "))


def test_the_site_is_whole_and_the_peer_includes_the_same_code(build: ModuleType, generated: Path) -> None:
    for name in ("with", "without"):
        build.time_of(generated, "mkdocs", "build", "--strict", "--quiet", "--config-file", f"{name}.yml", "--site-dir", name)
    line = [sys.executable, "-m", "verbatim", "check", "with"]
    done = subprocess.run(line, cwd=generated, capture_output=True, encoding="utf-8")
    assert done.stdout == "check: 7 pages, 21 blocks, 21 verified, 0 skipped, 42 bound numbers: publishable\n", done.stderr
    ours, peer = ((generated / name / "pages/page1/index.html").read_text("utf-8") for name in ("with", "without"))
    assert ours.count("<pre") == peer.count("<pre") == build.REGIONS
    assert ours.count("verbatim-proof") == build.REGIONS
    assert "verbatim-proof" not in peer
    assert "verbatim-number" not in peer


def test_a_build_looks_at_the_files_of_the_project_once(generated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    from verbatim.site import building

    looks: list[Project] = []

    class Counted(Evidence):
        def __init__(self, project: Project) -> None:
            looks.append(project)
            super().__init__(project)

    monkeypatch.setattr(building, "Evidence", Counted)
    monkeypatch.chdir(generated)
    for expected in (1, 2):
        build(load_config("with.yml", site_dir=str(generated / "counted")))
        assert len(looks) == expected


def test_a_failed_command_is_not_timed(build: ModuleType, generated: Path) -> None:
    with pytest.raises(RuntimeError, match=r"no such region|No such|no_such|Config"):
        build.time_of(generated, "mkdocs", "build", "--strict", "--config-file", "no_such.yml")


def test_the_report_tells_ratio_and_growth(build: ModuleType) -> None:
    row = {
        "pages": 10,
        "html_megabytes": 2.0,
        "without": {"processor": 2.0, "clock": 4.0},
        "with": {"processor": 2.2, "clock": 4.5},
        "check": {"processor": 1.0, "clock": 2.0},
    }
    lines = list(build.report({"builds": [row], "serve": {"pages": 10, "edits": 5, "source": 1.5, "page": 1.25}}))
    told = ["10", "2.00 (4.00)", "2.20 (4.50)", "10.0%", "20.00 ms", "1.00 (2.00)", "100.00 ms, 500 ms"]
    assert re.split(r"\s{2,}", lines[1].strip()) == told
    assert lines[-1].endswith("a file in src/ 1.50 s, a page 1.25 s")


def test_results_are_written_only_when_told(tmp_path: Path) -> None:
    results = BENCHMARKS / "results.json"
    before = results.read_bytes() if results.is_file() else None
    line = [sys.executable, str(BENCHMARKS / "build.py"), "--pages", "1", "--rounds", "1", "--edits", "1"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert "from saving to seeing" in done.stdout
    assert (results.read_bytes() if results.is_file() else None) == before


def test_the_recorded_results_are_of_three_sizes() -> None:
    results = json.loads((BENCHMARKS / "results.json").read_text("utf-8"))
    assert [row["pages"] for row in results["builds"]] == [10, 100, 1000]
    assert all(set(row) == {"pages", "html_megabytes", "without", "with", "check"} for row in results["builds"])
    assert set(results["serve"]) == {"pages", "edits", "source", "page"}
