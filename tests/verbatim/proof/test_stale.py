"""One thing changed makes a proof or a record stale: fatal in a strict build, shown with its reason, cleared by a new run.

Tests `ledger`, `status` too.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sample_project import Sample

from verbatim.judging.evidence import Evidence
from verbatim.proof.records import self_digest, stale_record, too_wide
from verbatim.status import status

# What is changed: (file, old, new, ids of the regions that become stale, reason)
EVERYTHING = ["sample/helper.py:double", "sample/lab.py:imports", "sample/lab.py:main", "sample/lab.py:run", "sample/lab.py:total"]
LAB = EVERYTHING[1:]
CHANGES = {
    "a character of the region": (
        "src/sample/lab.py",
        "numbers)\n# -",
        "numbers) \n# -",
        ["sample/lab.py:total"],
        "code: the region changed",
    ),
    "a helper that it calls": (
        "src/sample/helper.py",
        "2 * number",
        "number + number",
        LAB,
        "module: src/sample/helper.py changed",
    ),
    "code outside its region": (
        "src/sample/lab.py",
        "import double\n",
        "import double as double\n",
        ["sample/lab.py:main", "sample/lab.py:total"],
        "src/sample/lab.py changed",
    ),
    "a test that proved it": (
        "tests/test_helper.py",
        "== 8",
        "== 4 + 4",
        ["sample/helper.py:double"],
        "test: tests/test_helper.py changed",
    ),
    "a fixture": (
        "tests/conftest.py",
        "[1, 2]",
        "[2, 1]",
        ["sample/helper.py:double", "sample/lab.py:total"],
        "test: tests/conftest.py changed",
    ),
    "a pin": ("requirements.txt", "pytest==", "pytest==1", EVERYTHING, "pin of pytest: "),
    "the data": ("docs/data.txt", "1 2 3", "1 2 4", EVERYTHING, "data: docs/data.txt changed"),
}


def stale_regions(sample: Sample) -> dict[str, str]:
    evidence = Evidence(sample.project)
    regions = evidence.catalogue.regions
    return {name: "; ".join(reasons) for name, region in regions.items() if (reasons := evidence.standing.stale_region(region))}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_stale_and_says_why(sample: Sample, change: str) -> None:
    name, old, new, regions, reason = CHANGES[change]
    assert stale_regions(sample) == {}
    sample.edit(name, old, new)
    found = stale_regions(sample)
    assert set(regions) <= found.keys()
    assert all(reason in found[region] for region in regions), found


def test_status_says_what_is_current_and_what_is_stale(sample: Sample, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(sample.project) == 0
    assert "status: 5 regions, 1 records, 1 programs, 0 not current" in capsys.readouterr().out
    sample.edit("tests/test_helper.py", "== 8", "== 4 + 4")
    assert status(sample.project) == 1
    told = capsys.readouterr().out
    assert "stale   sample/helper.py:double: test: tests/test_helper.py changed" in told
    assert "current sample/lab.py:main" in told
    assert "current snippets/records/lab.json" in told


def test_a_deleted_test_is_stale(sample: Sample) -> None:
    (sample.root / "tests/test_helper.py").unlink()
    assert "test: tests/test_helper.py is gone" in stale_regions(sample)["sample/helper.py:double"]


def test_a_region_without_an_entry_was_never_proven(sample: Sample) -> None:
    sample.append("src/sample/helper.py", "\n\n# --8<-- [start:new]\nNEW = 1\n# --8<-- [end:new]\n")
    assert "never proven" in stale_regions(sample)["sample/helper.py:new"]


def test_an_entry_whose_region_is_gone_is_a_fault(sample: Sample) -> None:
    sample.edit("src/sample/lab.py", "[start:run]", "[start:walk]")
    sample.edit("src/sample/lab.py", "[end:run]", "[end:walk]")
    sample.edit("docs/index.md", "lab.py:run", "lab.py:walk")
    sample.build()
    assert "sample/lab.py:run: the ledger proves a region that is gone" in sample.verbatim("check", "site").stderr


def test_strict_fails_plain_shows_and_a_new_run_clears(sample: Sample) -> None:
    sample.edit("src/sample/helper.py", "2 * number", "2 *  number")
    strict = sample.build("--strict")
    assert strict.returncode == 1
    told = "\n".join(sample.faults(strict)["index"])
    assert "sample/helper.py:double is stale: code: the region changed" in told

    plain = sample.build()
    assert plain.returncode == 0
    assert 'class="verbatim-fault"' in sample.page()
    assert "sample/helper.py:double is stale" in sample.page()
    check = sample.verbatim("check", "site")
    assert check.returncode == 1
    assert "src/sample/helper.py:5: region sample/helper.py:double is stale" in check.stderr

    assert sample.verbatim("verify", "--write").returncode == 0
    assert sample.verbatim("record", "--write").returncode == 0
    assert sample.verbatim("run", "--write").returncode == 0
    assert sample.build("--strict").returncode == 0
    assert "verbatim-fault" not in sample.page()
    assert sample.verbatim("check", "site").returncode == 0


def test_a_site_built_before_the_change_fails_the_check(sample: Sample) -> None:
    assert sample.build("--strict").returncode == 0
    assert sample.verbatim("check", "site").returncode == 0
    sample.edit("tests/test_helper.py", "== 8", "== 4 + 4")
    ended = sample.verbatim("check", "site")
    assert ended.returncode == 1
    assert "test: tests/test_helper.py changed" in ended.stderr


def edit_record(sample: Sample, change: Callable[[dict[str, Any]], None]) -> None:
    path = sample.root / "snippets/records/lab.json"
    record = json.loads(path.read_text("utf-8"))
    change(record)
    path.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", "utf-8")


RECORD_CHANGES = {
    "code": ("src/sample/lab.py", "/ 1000", "/ 999", "code: src/sample/lab.py changed"),
    "an imported module": ("src/sample/helper.py", "2 * number", "number * 2", "module: src/sample/helper.py changed"),
    "pins": ("requirements.txt", "pytest==", "pytest==1", "pin of pytest: "),
    "data": ("docs/data.txt", "1 2 3", "1  2 3", "data: docs/data.txt changed"),
    "output": ("snippets/outputs/lab.txt", "总和 12", "总和 13", "output: snippets/outputs/lab.txt is not what the run printed"),
    "one digit": ("snippets/records/lab.json", "0.9758", "0.9858", "edited by hand"),
}


@pytest.mark.parametrize("change", RECORD_CHANGES)
def test_a_record_becomes_stale(sample: Sample, change: str) -> None:
    name, old, new, reason = RECORD_CHANGES[change]
    record = json.loads((sample.root / "snippets/records/lab.json").read_text("utf-8"))
    assert stale_record(sample.project, record) == []
    sample.edit(name, old, new)
    record = json.loads((sample.root / "snippets/records/lab.json").read_text("utf-8"))
    assert any(found.startswith(reason) for found in stale_record(sample.project, record))


def test_numbers_of_a_stale_record_are_marked_wherever_they_stand(sample: Sample) -> None:
    name, old, new, reason = RECORD_CHANGES["one digit"]
    sample.append(
        "docs/index.md",
        "\n准确率 {{ lab.share | .1% }}，公式 $p = {{ lab.share | .2% }}$\n\n![准确率 {{ lab.share | .3% }}](data.txt)\n",
    )
    assert sample.build("--strict").returncode == 0
    assert sample.verbatim("check", "site").returncode == 0
    sample.edit(name, old, new)
    check = sample.verbatim("check", "site")
    assert check.returncode == 1
    assert f"number of a stale record: {reason}" in check.stderr
    ended = sample.verbatim("record")
    assert ended.returncode == 1
    assert reason in ended.stderr
    strict = sample.build("--strict")
    assert strict.returncode == 1
    told = [fault for fault in sample.faults(strict)["index"] if f"number of a stale record: {reason}" in fault]
    assert len(told) == 3, told  # in the text, in the formula, in the alt text
    assert sample.build().returncode == 0
    assert sample.page().count("number of a stale record") == 3


def test_one_digit_edited_by_hand_differs_from_the_run_as_well(sample: Sample) -> None:
    """Even where the record's own digest is forged to fit, running the lab again shows it."""
    edit_record(sample, lambda record: record["numbers"].update(share=0.9759))
    edit_record(sample, lambda record: record.update(digest=self_digest(record)))
    ended = sample.verbatim("record")
    assert ended.returncode == 1
    assert "share: 0.9759 → 0.9758, more than ±" in ended.stderr
    assert "edited by hand" not in ended.stderr


def test_a_tolerance_widened_by_hand_is_refused(sample: Sample) -> None:
    edit_record(sample, lambda record: record["tolerances"].update(total=1.0))
    edit_record(sample, lambda record: record.update(digest=self_digest(record)))
    ended = sample.verbatim("record")
    assert ended.returncode == 1
    assert "tolerance: total ± 1 is wider than the spread over the seeds allows" in ended.stderr


@pytest.mark.parametrize("allowed", [1.0, 4e-6, float("nan"), float("inf")])
@pytest.mark.parametrize("key", ["parts", "share"])
def test_a_tolerance_of_a_list_or_a_constant_is_bounded_too(sample: Sample, key: str, allowed: float) -> None:
    record = json.loads((sample.root / "snippets/records/lab.json").read_text("utf-8"))
    assert too_wide(record, {}) == []
    record["tolerances"][key] = allowed
    assert too_wide(record, {}) == [found for found in too_wide(record, {}) if found.startswith(f"tolerance: {key} ± ")] != []


def test_a_shown_output_whose_record_is_stale_is_marked(sample: Sample) -> None:
    sample.append("docs/index.md", '\n```text\n--8<-- "outputs/lab.txt"\n```\n')
    assert sample.build("--strict").returncode == 0
    sample.edit("src/sample/lab.py", "/ 1000", "/ 999")
    assert sample.build("--strict").returncode == 1
    sample.build()
    told = "\n".join(sample.faults(sample.verbatim("check", "site"))["index"])
    assert "outputs/lab.txt is stale: code: src/sample/lab.py changed; run `python -m verbatim record --write`" in told


def test_an_output_without_a_record_never_stands(sample: Sample) -> None:
    sample.write("snippets/outputs/typed.txt", "准确率很高\n")
    sample.append("docs/index.md", '\n```text\n--8<-- "outputs/typed.txt"\n```\n')
    told = "\n".join(sample.faults(sample.build("--strict"))["index"])
    assert "outputs/typed.txt is stale: it has no record" in told


def test_status_tells_faults_of_what_is_published(unproven: Sample, capsys: pytest.CaptureFixture[str]) -> None:
    unproven.write("snippets/commands/gbk.sh", "")
    (unproven.root / "snippets/commands/gbk.sh").write_bytes("样例".encode("gbk"))
    assert status(unproven.project) == 1
    assert "snippets/commands/gbk.sh:1: not UTF-8" in capsys.readouterr().out
