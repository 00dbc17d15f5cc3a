"""What all labs' programs have in common: how they start, what they print, how they refuse broken data."""

import ast
import os
import runpy
from pathlib import Path

import pytest
from ran import threads

import mnist_lab
from mnist_lab.data import MnistFileError

SOURCES = sorted(Path(mnist_lab.__file__).parent.glob("*.py"))
THREADS = [path for path in SOURCES if "start:threads" in path.read_text("utf-8")]
WITH_DATA = [path for path in SOURCES if "start:run" in path.read_text("utf-8") and path.stem not in ("flops", "account")]
QUIET = [path for path in SOURCES if path.stem in ("classifier", "gradient_check")]


def named(path: Path) -> str:
    return path.stem


def test_there_are_programs() -> None:
    assert len(THREADS) >= 6
    assert len(WITH_DATA) >= 10
    assert len(QUIET) == 2


@pytest.mark.parametrize("path", THREADS, ids=named)
def test_one_thread_unless_the_environment_says_otherwise(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert threads(path, "3", monkeypatch) == "3"
    assert threads(path, None, monkeypatch) == "1"


@pytest.mark.parametrize("path", QUIET, ids=named)
def test_importing_quietens_tensorflow_unless_the_environment_says_otherwise(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mnist_lab import quiet

    monkeypatch.setattr(quiet, "start_keras", lambda: None)  # it would do the same, but is on no page
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    runpy.run_path(str(path))
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0"
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL")
    runpy.run_path(str(path))
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "2"


@pytest.mark.parametrize("path", WITH_DATA, ids=named)
def test_the_program_tells_a_reader_that_the_data_is_broken(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mnist.npz").write_bytes(b"cut short")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MnistFileError, match=r"mnist\.npz：读不出来"):
        runpy.run_path(str(path), run_name="__main__")
    (tmp_path / "mnist.npz").unlink()
    with pytest.raises(MnistFileError, match=r"没有这个文件.*放进当前文件夹"):
        runpy.run_path(str(path), run_name="__main__")


def strange(source: str) -> list[str]:
    """Return the texts of a module, docstrings aside, that a terminal or file in GBK cannot hold: they might be printed."""
    tree = ast.parse(source)
    documented = [node for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)]
    docstrings = {id(node.body[0].value) for node in documented if isinstance(node.body[0], ast.Expr)}
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docstrings]
    return [text for text in texts if isinstance(text, str) and text.encode("gbk", "replace").decode("gbk") != text]


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_nothing_that_may_be_printed_is_outside_gbk(path: Path) -> None:
    assert strange(path.read_text("utf-8")) == []


@pytest.mark.parametrize("text", ["R² = {x}", "θ = −1"])
def test_what_is_outside_gbk_is_seen(text: str) -> None:
    assert strange(f'"""σ² is fine here"""\nx = 1\nprint(f"{text}")\n') != []
    assert strange('"""σ² is fine here"""\nx = 1\nprint(f"α = {x}，损失 ∝ 0–9")\n') == []
