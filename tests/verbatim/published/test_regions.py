"""Regions: what is read from source files, and every fault of their markers, by path and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from sample_project import Sample

from verbatim.faults import Fault
from verbatim.published.regions import Region, read_module, read_regions


def scanned(tmp_path: Path, text: str) -> tuple[list[Region], list[Fault]]:
    file = tmp_path / "module.py"
    file.write_bytes(text.encode())
    module = read_module(file, "src/sample/module.py", "sample/module.py")
    return module.regions, module.faults


def test_a_region_is_its_lines_without_blank_ones_at_the_ends(tmp_path: Path) -> None:
    regions, faults = scanned(tmp_path, "# --8<-- [start:a]\n\nx = 1\n\ny = 2\n\n# --8<-- [end:a]\n")
    assert faults == []
    assert regions == [Region("sample/module.py:a", "src/sample/module.py", 3, 5, "x = 1\n\ny = 2")]


def test_line_ends_of_a_checkout_do_not_matter(tmp_path: Path) -> None:
    text = "# --8<-- [start:a]\nx = 1\ny = 2\n# --8<-- [end:a]\n"
    unix, windows = (scanned(tmp_path, version)[0][0] for version in (text, text.replace("\n", "\r\n")))
    assert unix == windows
    assert unix.digest == windows.digest


@pytest.mark.parametrize("scissors", ["--8<--", "-8<-", "---8<---"])
def test_all_scissors_that_snippets_knows_are_seen(tmp_path: Path, scissors: str) -> None:
    regions, faults = scanned(tmp_path, f"# {scissors} [start:a]\nx = 1\n# {scissors} [ end : a ]\n")
    assert [region.text for region in regions] == ["x = 1"]
    assert faults == []


FAULTS = {
    "unclosed": ("# --8<-- [start:a]\nx = 1\n", 1, "region 'a' is unclosed", "add `# --8<-- [end:a]`"),
    "unclosed before another": (
        "# --8<-- [start:a]\nx = 1\n# --8<-- [start:b]\ny = 1\n# --8<-- [end:b]\n",
        3,
        "region 'a' is unclosed",
        "close region 'a' (line 1)",
    ),
    "duplicate": (
        "# --8<-- [start:a]\nx = 1\n# --8<-- [end:a]\n# --8<-- [start:a]\nx = 2\n# --8<-- [end:a]\n",
        4,
        "duplicate region 'a', first at line 1",
        "a name of its own",
    ),
    "empty": ("# --8<-- [start:a]\n\n# --8<-- [end:a]\n", 3, "empty region 'a'", "put code between its markers"),
    "comment alone": ("# --8<-- [start:a]\n# x\n# --8<-- [end:a]\n", 2, "holds no statement", "put code in it"),
    "end without start": ("x = 1\n# --8<-- [end:a]\n", 2, "end of region 'a', which is not open", "add its start"),
    "crossed": ("# --8<-- [start:a]\nx = 1\n# --8<-- [end:b]\n", 3, "end of region 'b', which is not open", "add its start"),
    "in a string": (
        '"""\n# --8<-- [start:a]\nx\n# --8<-- [end:a]\n"""\n',
        2,
        "marker inside a string literal",
        "outside the string",
    ),
    "in an f-string": (
        'x = f"""\n# --8<-- [start:a]\n{1}\n# --8<-- [end:a]\n"""\n',
        2,
        "marker inside a string literal",
        "outside the string",
    ),
    "in a string beside a comment": (
        'x = "# --8<-- [start:a]"  # note\n# --8<-- [end:a]\n',
        1,
        "marker inside a string literal",
        "outside the string",
    ),
    "indented": (
        "def f():\n    # --8<-- [start:a]\n    x = 1\n    # --8<-- [end:a]\n",
        2,
        "indented or trailing marker",
        "a line of its own",
    ),
    "trailing": ("x = 1  # --8<-- [start:a]\ny = 2\n# --8<-- [end:a]\n", 1, "indented or trailing marker", "a line of its own"),
    "Chinese name": ("# --8<-- [start:训练]\nx = 1\n# --8<-- [end:训练]\n", 1, "region name '训练'", "use ASCII letters"),
    "name of digits": ("# --8<-- [start:3:5]\nx = 1\n# --8<-- [end:3:5]\n", 1, "region name '3:5'", "a letter first"),
    "no name": ("# --8<-- [start:]\nx = 1\n# --8<-- [end:]\n", 1, "region name ''", "use ASCII letters"),
    "half a function": (
        "def f():\n    x = 1\n# --8<-- [start:a]\n    return x\n# --8<-- [end:a]\n",
        4,
        "shows half a statement",
        "take in lines 1 to 4 whole",
    ),
    "function without its decorator": (
        "import functools\n@functools.cache\n# --8<-- [start:a]\ndef f():\n    pass\n# --8<-- [end:a]\n",
        4,
        "shows half a statement",
        "take in lines 2 to 5 whole",
    ),
    "not Python": ("# --8<-- [start:a]\ndef f(:\n# --8<-- [end:a]\n", 2, "not Python", "expected a file that compiles"),
    "unclosed string": ('x = """\n# --8<-- [start:a]\n', 1, "not Python", "expected a file that compiles"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_markers_names_line_and_cure(tmp_path: Path, name: str) -> None:
    text, line, what, fix = FAULTS[name]
    _, faults = scanned(tmp_path, text)
    assert any(fault.where == f"src/sample/module.py:{line}" and what in fault.what and fix in fault.fix for fault in faults), (
        faults
    )


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    text = "# --8<-- [end:z]\n# --8<-- [start:a]\n# --8<-- [end:a]\n# --8<-- [start:b]\nx = 1\n"
    _, faults = scanned(tmp_path, text)
    assert [fault.where.rpartition(":")[2] for fault in faults] == ["1", "3", "4"]


def test_a_file_with_a_fault_shows_no_region_and_spoils_no_other(sample: Sample) -> None:
    sample.append("src/sample/lab.py", "# --8<-- [start:open]\n")
    regions, faults = read_regions(sample.project)
    assert list(regions) == ["sample/helper.py:double"]
    assert [fault.where for fault in faults] == ["src/sample/lab.py:33"]


def test_regions_are_named_by_their_path_below_the_source_folder(sample: Sample) -> None:
    regions, faults = read_regions(sample.project)
    assert faults == []
    assert sorted(regions) == [
        "sample/helper.py:double", "sample/lab.py:imports", "sample/lab.py:main", "sample/lab.py:run", "sample/lab.py:total",
    ]  # fmt: skip
