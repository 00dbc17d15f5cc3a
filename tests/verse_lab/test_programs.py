"""What the verse labs' programs have in common: how they start, and what they say where a file is missing."""

import runpy
from pathlib import Path

import pytest
from ran import threads

import verse_lab
from verse_lab.data import PoemsFileError
from verse_lab.inference import WeightsFileError

SOURCES = sorted(Path(verse_lab.__file__).parent.glob("*.py"))
THREADS = [path for path in SOURCES if "start:threads" in path.read_text("utf-8")]
PROGRAMS = [path for path in SOURCES if "start:run" in path.read_text("utf-8")]
# What each reads first, where it is not the weights; run as a program, `inference` has an error of its own
FIRST: dict[str, tuple[type[ValueError], str]] = {
    "baselines": (PoemsFileError, r"poems\.txt\.xz"),
    "language": (PoemsFileError, r"poems\.txt\.xz"),
    "growth": (PoemsFileError, r"poems\.txt\.xz"),
    "inference": (ValueError, r"verse\.npz"),
}


def named(path: Path) -> str:
    return path.stem


def test_there_are_programs() -> None:
    assert len(THREADS) >= 5
    assert len(PROGRAMS) >= 6


@pytest.mark.parametrize("path", THREADS, ids=named)
def test_one_thread_unless_the_environment_says_otherwise(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert threads(path, "3", monkeypatch) == "3"
    assert threads(path, None, monkeypatch) == "1"


@pytest.mark.parametrize("path", PROGRAMS, ids=named)
def test_the_program_tells_a_reader_what_is_missing(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error, name = FIRST.get(path.stem, (WeightsFileError, r"verse\.npz"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=f"{name}：没有这个文件"):
        runpy.run_path(str(path), run_name="__main__")
