"""The command that plays other processors: which kinds there are, what it measures, and that it sees what leaves its tolerance."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from loading import module_of

from verbatim.project import Project
from verbatim.proof.records import LabFailed, Run, labs_of, output_path, record_path

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "benchmarks/processors.py"
PROJECT = Project.find(ROOT)
FOUND = "import numpy; print(numpy.show_config(mode='dicts')['SIMD Extensions'].get('found', []))"


@pytest.fixture(scope="module")
def processors() -> ModuleType:
    return module_of(SCRIPT)


def recorded() -> tuple[dict[str, Any], str]:
    return json.loads(record_path(PROJECT, "flops").read_text("utf-8")), output_path(PROJECT, "flops").read_text("utf-8")


def test_a_processor_plays_only_what_it_can(processors: ModuleType) -> None:
    old, new = processors.kinds([]), processors.kinds(["X86_V3", "X86_V4"])
    assert next(iter(old)) == processors.AS_IT_IS
    assert old[processors.AS_IT_IS] == {}
    assert {"oneDNN: SSE41", "OpenBLAS: Nehalem", "threads: 1", "threads: 4", "oneDNN: off"} < old.keys()
    assert new.keys() - old.keys() == {
        "oneDNN: AVX2", "oneDNN: AVX512_CORE", "OpenBLAS: Haswell", "OpenBLAS: Zen", "OpenBLAS: SkylakeX", "NumPy: least"
    }  # fmt: skip
    assert new["threads: 2"]["OPENBLAS_NUM_THREADS"] == new["threads: 2"]["TF_NUM_INTRAOP_THREADS"] == "2"
    assert new["NumPy: least"] == {"NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4"}


def test_the_variables_reach_the_processes_and_go_again(processors: ModuleType) -> None:
    least = processors.kinds(processors.np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])).get("NumPy: least", {})
    before = dict(os.environ)
    with processors.variables(least):
        ended = subprocess.run([sys.executable, "-W", "error", "-c", FOUND], capture_output=True, text=True)
    assert (ended.stdout, ended.stderr) == ("[]\n", "")
    assert dict(os.environ) == before


def test_onednn_is_tensorflows(processors: ModuleType) -> None:
    labs = labs_of(PROJECT)
    reached = {name for name, lab in labs.items() if processors.touches("oneDNN: off", lab)}
    assert {"listing", "classifier", "gradient_check"} <= reached
    assert "scaling" not in reached
    assert all(processors.touches("threads: 1", lab) for lab in labs.values())


def test_difference_by_hand(processors: ModuleType) -> None:
    numbers = {"a": 1.0, "b": [2.0, 3.0], "seconds": 5.0}
    record = {"numbers": numbers, "tolerances": {"a": 0.5, "b": 1.0, "seconds": 0.0}}
    ran = Run({"a": 1.1, "b": [2.0, 3.25], "seconds": 9.0}, "", 0.0, None)
    assert processors.difference(record, ran) == {"numbers": 3, "changed": 2, "furthest": "b[1]", "share_of_tolerance": 0.25}
    same = Run(numbers, "", 0.0, None)
    assert processors.difference(record, same) == {"numbers": 3, "changed": 0, "furthest": "", "share_of_tolerance": 0.0}


def test_what_leaves_its_tolerance_fails(
    processors: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    record, output = recorded()
    arguments = ["flops", "--kinds", "as it is", "threads: 1"]
    monkeypatch.setattr(processors, "run", lambda *_: Run(record["numbers"], output, 0.0, None))
    assert processors.main(arguments) == 0
    assert "processors: flops, threads: 1: 0 of 9 numbers differ\n" in capsys.readouterr().out
    wrong = record["numbers"] | {"parameters": 101_771}
    monkeypatch.setattr(processors, "run", lambda *_: Run(wrong, output, 0.0, None))
    assert processors.main(arguments) == 1
    printed = capsys.readouterr()
    assert "1 of 9 numbers differ, parameters takes up " in printed.out
    assert "processors: flops, as it is: parameters: 101770 → 101771, more than ± " in printed.err


def test_a_lab_that_ends_with_an_error_fails(
    processors: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> Run:
        raise LabFailed("mnist_lab.flops: exit code 1\nno such instruction")

    monkeypatch.setattr(processors, "run", fail)
    assert processors.main(["flops", "--kinds", "as it is"]) == 1
    printed = capsys.readouterr()
    assert "flops, as it is: it failed" in printed.out
    assert "no such instruction" in printed.err


def test_a_real_run(processors: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processors, "RESULTS", tmp_path / "processors.json")
    processors.main(["flops", "--kinds", "as it is", "--write"])
    (machine,) = json.loads((tmp_path / "processors.json").read_text("utf-8"))["machines"].values()
    assert machine["run"].keys() == {"python", "system", "processor", "date"}
    assert machine["results"]["flops"]["as it is"]["changed"] == 0


def test_the_summary_counts_runs_and_names_the_furthest(processors: ModuleType) -> None:
    quiet = {"numbers": 4, "changed": 0, "furthest": "", "share_of_tolerance": 0.0, "faults": []}
    loud = {"numbers": 4, "changed": 3, "furthest": "a", "share_of_tolerance": 1.5, "faults": ["a leaves its tolerance"]}
    machines = {
        "One": {
            "results": {"lab": {"as it is": quiet, "threads: 1": loud}, "tests": {"as it is": {"said": "1 passed", "faults": []}}}
        },
        "Two": {"results": {"lab": {"as it is": loud, "broken": {"faults": ["it failed"]}}}},
    }
    assert processors.summary(machines) == {
        "machines": 2,
        "kinds": 1,
        "runs": 3,
        "compared": 12,
        "changed": 6,
        "beyond": 3,
        "tolerance_share": 1.5,
    }


def test_results_of_other_machines_and_kinds_stay(processors: ModuleType) -> None:
    def result(count: int) -> dict[str, Any]:
        return {"numbers": count, "changed": 0, "share_of_tolerance": 0.0, "faults": []}

    first, second, third = result(1), result(2), result(3)
    results = {"a": {"x": first, "y": first}}
    machines = {"One": {"run": {"date": "2026-11-24"}, "results": results}, "Two": {"run": {"date": "2026-11-25"}, "results": {}}}
    machine = {"processor": "One", "date": "2026-11-23"}
    now = processors.merged({"machines": machines}, machine, {"a": {"y": second}, "b": {"x": third}})
    assert now["machines"]["One"] == {"run": machine, "results": {"a": {"x": first, "y": second}, "b": {"x": third}}}
    assert list(now["machines"]) == ["One", "Two"]
    assert (now["date"], now["numbers"]["compared"]) == ("2026-11-25", 6)


def test_an_unknown_lab_is_named(processors: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        processors.main(["absent"])
    assert caught.value.code == 2
    assert "no lab absent; there are: " in capsys.readouterr().err


def test_the_labs_tests_are_run_and_their_failures_told(
    processors: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "test_it.py").write_text("import os\n\ndef test_it():\n    assert os.environ.get('KIND') != 'bad'\n")
    project = type("Project", (), {"tests": tmp_path, "root": tmp_path})()
    assert processors.run_tests(project, {})["faults"] == []
    result = processors.run_tests(project, {"KIND": "bad"})
    assert "1 failed" in result["said"]
    assert result["faults"][0].startswith("FAILED test_it.py::test_it")
