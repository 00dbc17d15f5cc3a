"""Files that labs write for widgets: arrays to the byte, what is none refused; recorded with the run, and judged as files."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from sample_project import Sample

from verbatim.judging.evidence import Evidence
from verbatim.judging.files import Files
from verbatim.proof.tensors import DTYPES, TensorError, converted

DATA = "docs/assets/data/dice.bin"


def saved(**arrays: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]  # NumPy's types take ** for its option allow_pickle
    return file.getvalue()


def archive(content: bytes) -> bytes:
    """Return an archive of one array, whose file is `content`."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as whole:
        whole.writestr("a.npy", content)
    return file.getvalue()


def array_file(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


@pytest.mark.parametrize("compressed", [False, True])
def test_arrays_are_laid_out_as_their_shapes_tell(compressed: bool) -> None:
    arrays = {name: (np.arange(12).reshape(3, 2, 2) % 7).astype(name) for name in DTYPES.values()}
    arrays["single"] = np.array(5, np.int32)
    file = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(file, **arrays)  # type: ignore[arg-type]
    files = converted("dice.npz", file.getvalue())
    assert set(files) == {"dice.bin", "dice.shapes.json"}
    data, shapes = files["dice.bin"], json.loads(files["dice.shapes.json"])
    assert base64.b64decode(shapes["digest"]) == hashlib.sha256(data).digest()
    assert shapes["bytes"] == len(data) == sum(array.nbytes for array in arrays.values())
    assert set(shapes["arrays"]) == set(arrays)
    for name, place in shapes["arrays"].items():
        count = int(np.prod(place["shape"]))
        found = np.frombuffer(data, place["dtype"], count, place["start"]).reshape(place["shape"])
        assert found.dtype == arrays[name].dtype
        assert np.array_equal(found, arrays[name])


def test_json_stays_as_it_is() -> None:
    assert converted("dice.json", b"{}") == {"dice.json": b"{}"}


WRONG = {
    "dice.pkl": b"",
    "later.npz": archive(b"\x93NUMPY\x03\x00"),
    "short.npz": archive(array_file(np.arange(9, dtype=np.int32))[:-4]),
    "text.npz": b"no archive",
    "half.npz": saved(a=np.arange(9))[:-40],
    "long.npz": saved(a=np.arange(9, dtype=np.int64)),
    "complex.npz": saved(a=np.arange(9, dtype=np.complex64)),
    "fortran.npz": saved(a=np.asfortranarray(np.ones((2, 3), np.float32))),
    "words.npz": saved(a=np.array(["a", "b"])),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_widgets_cannot_read_is_refused(name: str) -> None:
    with pytest.raises(TensorError, match=f"^{name}: .*; expected .*; save"):
        converted(name, WRONG[name])


def with_files(sample: Sample) -> Sample:
    """Let the sample's lab write arrays for a widget, and record it."""
    write = '    print(f"总和'
    code = '    import numpy\n    numpy.savez("dice.npz", sides=numpy.arange(6, dtype=numpy.int8))\n'
    sample.edit("src/sample/lab.py", write, code + write)
    sample.append("pyproject.toml", '\n[tool.verbatim.labs.lab]\nfiles = ["dice.npz"]\n')
    ended = sample.verbatim("record", "lab", "--write")
    assert ended.returncode == 0, ended.stderr
    return sample


def faults(sample: Sample) -> list[str]:
    return [str(fault) for fault in Files(Evidence(sample.project)).docs_faults() if "assets/data" in str(fault)]


def test_a_recorded_run_writes_them_and_vouches_for_them(sample: Sample) -> None:
    with_files(sample)
    assert (sample.root / DATA).read_bytes() == bytes(range(6))
    assert faults(sample) == []
    assert Files(Evidence(sample.project)).known("assets/data/dice.bin")
    assert sample.verbatim("record", "lab").returncode == 0
    assert sample.verbatim("assets", "--write").returncode == 0
    assert "dice" not in (sample.root / "snippets/assets.json").read_text("utf-8")


def test_other_bytes_or_files_are_faults(sample: Sample) -> None:
    with_files(sample)
    (sample.root / DATA).write_bytes(b"other!")
    assert "a file of a stale record: file: docs/assets/data/dice.bin is not what the run wrote" in faults(sample)[0]
    assert "is not what the run wrote" in sample.verbatim("record", "lab").stderr
    (sample.root / DATA).unlink()
    assert any("dice.bin: written by a lab for widgets and not there" in fault for fault in faults(sample))
    sample.write("docs/assets/data/cards.json", "{}")
    assert any("cards.json: a file for widgets that no record names" in fault for fault in faults(sample))


def test_a_lab_that_does_not_write_what_it_should_fails(sample: Sample) -> None:
    sample.append("pyproject.toml", '\n[tool.verbatim.labs.lab]\nfiles = ["dice.npz"]\n')
    ended = sample.verbatim("record", "lab", "--write")
    assert ended.returncode == 1
    assert "dice.npz of [tool.verbatim.labs.lab] files" in ended.stderr
    assert not Path(sample.root / DATA).exists()
