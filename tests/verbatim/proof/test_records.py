"""Records: what a run gave, in a form that can be the same twice; how far a re-run may lie from it; what a failing lab says.

Tests `run_lab` too.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from sample_project import Sample

from verbatim.project import SettingsError
from verbatim.proof.inputs import State
from verbatim.proof.records import (
    LabFailed,
    Run,
    compare,
    every_lab_of,
    labs_of,
    longer_labs_of,
    read_record,
    readable,
    reasons_of,
    run,
    spread_of,
    stale_record,
    tolerance,
)
from verbatim.proof.run_lab import plain
from verbatim.published.units import Code

BROKEN = {
    "a list": b"[]",
    "nothing": b"",
    "no text": b"\xff\xfe\x00",
    "deep": b"[" * 5000,
    "merged": b"<<<<<<< HEAD\n{}\n",
    "no field of a record": b"{}",
    "fields of other kinds": b'{"numbers": 3, "run": [], "seeds": null, "digest": "x"}',
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=list(BROKEN))
def test_a_record_that_record_did_not_write_is_told(unproven: Sample, content: bytes) -> None:
    path = unproven.root / "snippets/records/lab.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(
        SettingsError, match=r"lab\.json.*; expected what verbatim wrote; .*`python -m verbatim record lab --write`"
    ):
        read_record(unproven.project, "lab")


def test_no_command_fails_on_such_a_record_with_a_traceback(sample: Sample) -> None:
    (sample.root / "snippets/records/lab.json").write_bytes(b"[]")
    for ended in (sample.verbatim("status"), sample.verbatim("record"), sample.verbatim("run"), sample.build("--strict")):
        assert ended.returncode != 0
        assert "lab.json: it has no numbers, run, seeds, digest; expected what verbatim wrote" in ended.stdout + ended.stderr
        assert "Traceback" not in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        ("a\n", "a\n"),
        ("\n\na \n\n", "a\n"),
        ("1/3 [=>..]\r2/3 [==>.]\r3/3 [===]\n", "3/3 [===]\n"),
        ("1/3\b\b\b2/3\b\b\b3/3 done\n", "3/3 done\n"),
        ("3/3 [===]\r\n", "3/3 [===]\n"),
        ("\x1b[1m3/3\x1b[0m \x1b[32m━━\x1b[0m\n", "3/3 ━━\n"),
        ("3/3 ━━ 12s 5ms/step - loss: 0.5\n", "3/3 ━━ –s –ms/step - loss: 0.5\n"),
        ("3/3 ━━ 0s 950us/step\n", "3/3 ━━ –s –us/step\n"),
        ("用时 14.8 秒，3 毫秒\n", "用时 – 秒，– 毫秒\n"),
        ("1:05 left\n", "– left\n"),
        ("准确率 0.9758，3s\n", "准确率 0.9758，–s\n"),
        ("5 samples, 2 steps\n", "5 samples, 2 steps\n"),
    ],
)
def test_output_is_left_as_a_terminal_leaves_it_without_durations(output: str, shown: str) -> None:
    assert readable(output) == shown
    assert readable(shown) == shown


@pytest.mark.parametrize(
    ("values", "allowed"),
    [
        ([0.5, 0.6, 0.7], 2 * 0.2),
        ([0.5, 0.5], 0.0),
        ([[1.0, 5.0], [2.0, 5.0]], 2 * 1.0),
        ([{"a": 1.0}, {"a": 1.5}], 2 * 0.5),
        ([5], 0.0),
        (["text", "text"], 0.0),
        ([True, False], 0.0),
    ],
)
def test_a_tolerance_is_twice_the_spread_and_rounding(values: list[Any], allowed: float) -> None:
    assert tolerance(values) == pytest.approx(allowed, abs=6e-6)


def test_the_spread_keeps_every_seed() -> None:
    spread = spread_of({0: {"a": 1.0, "b": [1, 2]}, 1: {"a": 2.0, "b": [3, 4]}, 2: {"a": 6.0, "b": [5, 6]}})
    assert spread["recorded"] == [0, 1, 2]
    assert spread["a"] == {"values": [1.0, 2.0, 6.0], "min": 1.0, "max": 6.0, "mean": 3.0}
    assert spread["b"] == {"values": [[1, 2], [3, 4], [5, 6]]}


RECORD: dict[str, Any] = {
    "numbers": {"a": 1.0, "b": [1.0, 2.0], "name": "x", "wall_seconds": 3.0},
    "tolerances": {"a": 0.1, "b": 0.0, "name": 0.0, "wall_seconds": 0.0},
}
NUMBERS = RECORD["numbers"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, []),
        ({"a": 1.09}, []),
        ({"a": 1.11}, ["a: 1.0 → 1.11, more than ± 0.1"]),
        ({"a": float("nan")}, ["a: 1.0 → nan, more than ± 0.1"]),
        ({"b": [1.0, 2.5]}, ["b[1]: 2.0 → 2.5, more than ± 0"]),
        ({"b": [1.0]}, ["b: [1.0, 2.0] → [1.0]"]),
        ({"name": "y"}, ["name: 'x' → 'y'"]),
        ({"c": 1}, ["c: None → 1"]),
        ({"wall_seconds": 99.0}, []),
    ],
)
def test_a_run_is_compared_number_by_number(change: dict[str, Any], told: list[str]) -> None:
    assert compare(RECORD, "x\n", Run({**NUMBERS, **change}, "x\n", 1.0, None)) == told


def test_a_missing_number_differs() -> None:
    assert compare(RECORD, "x\n", Run({key: NUMBERS[key] for key in ("a", "b", "name")}, "x\n", 1.0, None)) == []
    assert compare(RECORD, "x\n", Run({"b": [1.0, 2.0], "name": "x"}, "x\n", 1.0, None)) == ["a: 1.0 → None"]


def test_the_words_of_the_output_are_compared_and_its_numbers_are_not() -> None:
    assert compare(RECORD, "准确率 0.97\n", Run(NUMBERS, "准确率 0.96\n", 1.0, None)) == []
    told = compare(RECORD, "准确率 0.97\n", Run(NUMBERS, "损失 0.97\n", 1.0, None))
    assert "-准确率 #" in told
    assert "+损失 #" in told


def test_a_record_says_how_it_was_made(sample: Sample) -> None:
    record = json.loads((sample.root / "snippets/records/lab.json").read_text("utf-8"))
    assert "python -m verbatim record lab --write" in record["_"]
    assert record["run"]["command"] == "python -m sample.lab"
    assert record["run"]["seed"] == 0
    assert record["run"].keys() == {
        "command",
        "seed",
        "seconds",
        "memory_mb",
        "date",
        "cpu",
        "cores",
        "system",
        "python",
        "versions",
    }
    assert record["digests"].keys() == {"code", "files", "distributions", "options", "data", "pins", "python", "output"}
    assert (sample.root / "snippets/outputs/lab.txt").read_text("utf-8") == "总和 12.0，用时 – 秒\n"


def test_the_same_run_gives_the_same_record(sample: Sample) -> None:
    path = sample.root / "snippets/records/lab.json"
    before = json.loads(path.read_text("utf-8"))
    assert sample.verbatim("record", "lab", "--write").returncode == 0
    after = json.loads(path.read_text("utf-8"))
    kept = before.keys() - {"run", "digest"}
    assert {key: before[key] for key in kept} == {key: after[key] for key in kept}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("raise RuntimeError('broken')", "RuntimeError: broken"),
        ("import sys; sys.stderr.write('warning')", "warning"),
        ("open('absent.txt')", "absent.txt"),
    ],
)
def test_a_lab_that_fails_or_complains_is_no_record(sample: Sample, body: str, told: str) -> None:
    sample.edit("src/sample/lab.py", "    result = total", f"    {body}\n    result = total")
    lab = labs_of(sample.project)["lab"]
    with pytest.raises(LabFailed, match=told):
        run(sample.project, lab, 0)
    before = (sample.root / "snippets/records/lab.json").read_bytes()
    ended = sample.verbatim("record", "--write")
    assert ended.returncode == 1
    assert told in ended.stderr
    assert (sample.root / "snippets/records/lab.json").read_bytes() == before


def test_a_changed_result_is_shown_as_a_difference(sample: Sample) -> None:
    sample.edit("src/sample/lab.py", '"share": 0.97580', '"share": 0.97680')
    ended = sample.verbatim("record")
    assert ended.returncode == 1
    assert "share: 0.9758 → 0.9768, more than ±" in ended.stderr


def test_an_unknown_lab_and_a_missing_record_are_said(sample: Sample) -> None:
    ended = sample.verbatim("record", "nobody")
    assert ended.returncode == 2
    assert "no lab nobody; there are: lab" in ended.stderr
    (sample.root / "snippets/records/lab.json").unlink()
    ended = sample.verbatim("record")
    assert ended.returncode == 1
    assert "lab has no record; run `python -m verbatim record lab --write`" in ended.stderr


def test_a_lab_is_a_module_whose_main_takes_a_seed(sample: Sample) -> None:
    assert list(labs_of(sample.project)) == ["lab"]
    sample.write("src/sample/other.py", "def main(seed=0):\n    return {}\n")
    sample.write("src/sample/no_lab.py", "def main():\n    return {}\n")
    assert sorted(labs_of(sample.project)) == ["lab", "other"]


def test_numbers_of_numpy_become_pythons_own() -> None:
    import numpy

    content = plain({"a": numpy.float32(0.5), "b": numpy.arange(2), 3: (numpy.int64(1), True, "x", None)})
    assert content == {"a": 0.5, "b": [0, 1], "3": [1, True, "x", None]}
    assert json.loads(json.dumps(content)) == content


def test_a_record_with_seeds_of_its_own_stands_when_read_again(sample: Sample) -> None:
    sample.append("pyproject.toml", "\n[tool.verbatim.labs.lab]\nseeds = [0, 1]\n")
    assert sample.verbatim("record", "--write").returncode == 0
    assert stale_record(sample.project, json.loads((sample.root / "snippets/records/lab.json").read_text("utf-8"))) == []


def test_the_unit_of_a_duration_is_the_machines() -> None:
    record: dict[str, dict[str, float]] = {"numbers": {}, "tolerances": {}}
    assert compare(record, "1/2 –s –ms/step - loss: 0.1\n", Run({}, "1/2 –s –us/step - loss: 0.2\n", 0, None)) == []
    assert compare(record, "1/2 –ms/step\n", Run({}, "1/2 –ms/epoch\n", 0, None)) != []


def with_longer_run(sample: Sample) -> None:
    """Let the sample's lab take settings, and have a longer run that is recorded apart."""
    sample.edit("src/sample/lab.py", "LIMIT = 12_345\n", "LIMIT = 12_345\nSHORT = 1\nLONG = 100\n")
    sample.edit("src/sample/lab.py", "main(seed: int = 0)", "main(seed: int = 0, settings: int = SHORT)")
    sample.edit("src/sample/lab.py", "total(numbers)", "total(numbers) * settings")
    sample.append("pyproject.toml", '\n[tool.verbatim.labs.lab_long]\nlonger = "lab"\nseeds = [0]\n')


def test_a_longer_run_is_the_same_main_with_larger_settings_recorded_apart(sample: Sample) -> None:
    with_longer_run(sample)
    assert sample.verbatim("record", "--write").returncode == 0
    assert not (sample.root / "snippets/records/lab_long.json").exists(), "only when told"
    ended = sample.verbatim("record", "--long")
    assert ended.returncode == 1
    assert "run `python -m verbatim record lab_long --write`" in ended.stderr
    assert sample.verbatim("record", "--long", "--write").returncode == 0
    short, long = (json.loads((sample.root / f"snippets/records/{name}.json").read_text("utf-8")) for name in ("lab", "lab_long"))
    assert long["numbers"]["total"] == 100 * short["numbers"]["total"] == 1200
    assert long["run"]["command"] == "python -m sample.lab long"
    assert long["seeds"]["recorded"] == [0]
    assert (sample.root / "snippets/outputs/lab_long.txt").read_text("utf-8") == "总和 1200.0，用时 – 秒\n"
    assert stale_record(sample.project, long) == []
    assert list(labs_of(sample.project)) == ["lab"]
    assert list(every_lab_of(sample.project)) == ["lab", "lab_long"]


def test_only_the_longer_run_hangs_on_its_settings(sample: Sample) -> None:
    with_longer_run(sample)
    assert sample.verbatim("record", "--write").returncode == 0
    assert sample.verbatim("record", "lab_long", "--write").returncode == 0
    sample.edit("src/sample/lab.py", "LONG = 100", "LONG = 200")
    records = {name: json.loads((sample.root / f"snippets/records/{name}.json").read_text("utf-8")) for name in ("lab", "lab_long")}
    assert stale_record(sample.project, records["lab"]) == []
    assert any("src/sample/lab.py" in reason for reason in stale_record(sample.project, records["lab_long"]))
    told = sample.verbatim("status").stdout
    assert "current snippets/records/lab.json" in told
    assert "stale   snippets/records/lab_long.json" in told


def test_a_longer_run_of_no_lab_is_refused(sample: Sample) -> None:
    sample.append("pyproject.toml", '\n[tool.verbatim.labs.other_long]\nlonger = "other"\n')
    with pytest.raises(SettingsError, match=r"longer = 'other', and there is no such lab; expected one of lab"):
        longer_labs_of(sample.project)
    ended = sample.verbatim("record", "--long")
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr


def test_a_record_of_an_earlier_form_or_none_that_can_be_read_is_made_anew(unproven: Sample) -> None:
    assert stale_record(unproven.project, {"digests": {}}) == ["it has an earlier form, which noted less than counts today"]
    code, state = Code(unproven.project), State(unproven.project)
    assert reasons_of(unproven.project, "lab", code, state) == ["it has no record"]
    unproven.write("snippets/records/lab.json", "{")
    assert reasons_of(unproven.project, "lab", code, state) == ["its record cannot be read"]
