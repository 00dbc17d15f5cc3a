"""The project's own description, and digests that do not depend on the checkout.

Tests `verbatim.__main__` too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sample_project import Sample

from verbatim.__main__ import main
from verbatim.judging.evidence import Evidence
from verbatim.judging.files import read_manifest
from verbatim.project import Project, SettingsError, digest, digest_of, write_atomically
from verbatim.proof.inputs import common
from verbatim.proof.ledger import Ledger, read_mutants
from verbatim.proof.records import has_main, labs_of, run
from verbatim.site.building import told


def test_it_is_found_from_any_folder_below(unproven: Sample) -> None:
    project = Project.find(unproven.root / "src" / "sample")
    assert project.root == unproven.root.resolve()
    assert project.packages == ("sample",)
    assert [project.relative(path) for path in project.modules()] == [
        "src/sample/__init__.py",
        "src/sample/helper.py",
        "src/sample/lab.py",
    ]


def test_outside_any_project_is_an_error_with_its_cure(tmp_path: Path) -> None:
    with pytest.raises(
        FileNotFoundError, match=r"no pyproject.toml with a \[tool.verbatim\] table here or above; expected .* run the command"
    ):
        Project.find(tmp_path)


def test_the_command_says_so_in_one_line(unproven: Sample, tmp_path_factory: pytest.TempPathFactory) -> None:
    unproven.root = tmp_path_factory.mktemp("elsewhere")
    ended = unproven.verbatim("status")
    assert ended.returncode == 2
    assert ended.stderr.startswith("verbatim: ")
    assert len(ended.stderr.splitlines()) == 1


WRONG_SETTINGS = {
    "a key is missing": ('docs = "docs"\n', "", "missing required field `docs`"),
    "a key is unknown": ('docs = "docs"\n', 'docs = "docs"\npin = ["x"]\n', "contains unknown field `pin`"),
    "a value of another type": ('packages = ["sample"]', 'packages = "sample"', "Expected `array`, got `str` - at `$.packages`"),
    "a lab's key is unknown": ("[tool.verbatim]", "[tool.verbatim.labs.lab]\nseed = 1\n[tool.verbatim]", "unknown field `seed`"),
    "a lab's seed is text": (
        "[tool.verbatim]",
        "[tool.verbatim.labs.lab]\nseeds = ['1']\n[tool.verbatim]",
        "Expected `int`, got `str`",
    ),
    "no TOML": ("[tool.verbatim]", "[tool.verbatim", "expected TOML in UTF-8; mend the file"),
}


@pytest.mark.parametrize("change", WRONG_SETTINGS)
def test_wrong_settings_are_told_in_one_line(unproven: Sample, change: str) -> None:
    old, new, told = WRONG_SETTINGS[change]
    unproven.edit("pyproject.toml", old, new)
    ended = unproven.verbatim("status")
    assert ended.returncode == 2
    assert f"{unproven.root / 'pyproject.toml'}: " in ended.stderr
    assert told in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_pyproject_without_the_table_is_passed_over(unproven: Sample) -> None:
    unproven.write("src/pyproject.toml", "[project]\nname = 'inner'\n")
    assert Project.find(unproven.root / "src" / "sample").root == unproven.root.resolve()


def test_pins_are_read_from_the_requirements(unproven: Sample) -> None:
    unproven.write("requirements.txt", "# note\npytest==9.2.0 ; python_version > '3'\ncoverage==7.17.3\nother==1\n")
    assert unproven.project.pinned() == {"pytest": "9.2.0", "coverage": "7.17.3"}
    (unproven.root / "requirements.txt").unlink()
    assert unproven.project.pinned() == {"pytest": "not pinned", "coverage": "not pinned"}


@pytest.mark.parametrize("name", ["a.py", "a.sh", "a.txt", "a.json", "a.md"])
def test_the_digest_of_a_text_does_not_depend_on_line_ends(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"a\nb\n")
    before = digest_of(path)
    path.write_bytes(b"a\r\nb\r\n")
    assert digest_of(path) == before
    path.write_bytes(b"a\nc\n")
    assert digest_of(path) != before


def test_the_digest_of_other_files_is_of_their_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    assert digest_of(path) == "missing"
    path.write_bytes(b"a\n")
    before = digest_of(path)
    path.write_bytes(b"a\r\n")
    assert digest_of(path) != before


def test_a_digest_is_sixteen_digits() -> None:
    assert len(digest("x")) == 16
    assert digest("x") != digest("y")


def test_the_tests_may_lie_in_several_folders(unproven: Sample) -> None:
    assert [folder.name for folder in Project.find(unproven.root).tests] == ["tests"]
    unproven.edit("pyproject.toml", 'tests = "tests"', 'tests = ["tests", "more"]')
    project = Project.find(unproven.root)
    assert [project.relative(path) for path in project.tests] == ["tests", "more"]


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    write_atomically(tmp_path / "new/a.txt", "一")
    assert (tmp_path / "new/a.txt").read_text("utf-8") == "一"
    (tmp_path / "folder/inside").mkdir(parents=True)
    with pytest.raises(OSError, match="folder"):
        write_atomically(tmp_path / "folder", b"x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "new"]  # no draft is left
    assert (tmp_path / "folder/inside").is_dir()


def test_the_command_can_be_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["status"]) == 2
    assert re.match(r"verbatim: .*no pyproject.toml with a \[tool.verbatim\] table here or above", capsys.readouterr().err)


# What holds a file that verbatim reads, broken, and who reads it
UNREADABLE: dict[str, tuple[str, bytes | None, Callable[[Project], object]]] = {
    "requirements in another encoding": ("requirements.txt", b"\xff\xfe", Project.pinned),
    "a version of Python in another encoding": (".python-version", b"\xff\xfe", common),
    "a bibliography in another encoding": ("docs/references.bib", b"\xff\xfe", lambda project: Evidence(project).bibliography.data),
    "a list of assets that is none": ("snippets/assets.json", b"[3]", read_manifest),
    "mutants that are none": ("snippets/mutants.json", b"[3]", read_mutants),
    "versions of npm that are none": ("package.json", b"[3]", lambda project: Evidence(project).references.pins),
    "data that is a folder": ("docs/data.txt", None, lambda project: run(project, labs_of(project)["lab"], 0)),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_file_that_nobody_can_read_is_told_with_its_cure(unproven: Sample, case: str) -> None:
    name, content, read = UNREADABLE[case]
    path = unproven.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.mkdir() if content is None else path.write_bytes(content)
    with pytest.raises(SettingsError, match=rf"{path.name}.*; expected .*; \w+") as error:
        read(unproven.project)
    with pytest.raises(SystemExit) as ended, told():
        raise error.value
    assert str(ended.value) == f"verbatim: {error.value}"


def test_a_table_of_tools_that_is_none_is_told(unproven: Sample) -> None:
    unproven.write("pyproject.toml", "tool = 3\n")
    with pytest.raises(SettingsError, match=r"\[tool\] is no table; expected one; mend the file"):
        Project.find(unproven.root)


@pytest.mark.parametrize("content", [b"x = 1\x00\n", b"\xff\xfe", b"def (:\n", b"x = " + b"(" * 3000])
def test_a_module_that_is_no_python_is_told_as_a_fault_alone(unproven: Sample, content: bytes) -> None:
    path = unproven.root / "src/sample/lab.py"
    path.write_bytes(content)
    assert not has_main(path)
    assert [fault for fault in Evidence(unproven.project).catalogue.faults if "src/sample/lab.py" in fault.where]


def test_folders_called_like_files_are_passed_by(unproven: Sample) -> None:
    for name in ("src/sample/x.py", "snippets/commands/x.sh"):
        (unproven.root / name).mkdir()
    catalogue = Evidence(unproven.project).catalogue
    assert catalogue.faults == []
    assert not [name for name in catalogue.sources if "x." in name]


@pytest.mark.parametrize("content", [b"[]", b"", b"\xff", b"[" * 5000, b'{"regions": 3}'])
def test_a_ledger_that_nobody_can_read_proves_nothing(unproven: Sample, content: bytes) -> None:
    unproven.project.ledger.write_bytes(content)
    assert Ledger.read(unproven.project).content["regions"] == {}
