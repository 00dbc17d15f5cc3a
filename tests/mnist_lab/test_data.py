"""Reading and preparing MNIST: the good file, every bad one, and the arithmetic."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ran import Mnist

import mnist_lab
from mnist_lab import data
from mnist_lab.data import MnistFileError, flatten, load_mnist, scale, standardise

NPZ = Path(__file__).resolve().parents[2] / "docs" / "downloads" / "mnist.npz"


def blank() -> dict[str, np.ndarray]:
    """Arrays of the right names, shapes and types, all zero."""
    return {name: np.zeros(shape, np.uint8) for name, shape in data.SHAPES.items()}


def without(name: str) -> dict[str, np.ndarray]:
    return {key: array for key, array in blank().items() if key != name}


def label(name: str, value: int) -> dict[str, np.ndarray]:
    arrays = blank()
    arrays[name][7] = value
    return arrays


@pytest.mark.parametrize("given", [NPZ, str(NPZ), None], ids=["path", "text", "nothing"])
def test_load_gives_all_of_mnist(given: Path | str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mnist.npz").symlink_to(NPZ)
    (x_train, y_train), (x_test, y_test) = load_mnist() if given is None else load_mnist(given)
    assert [array.shape for array in (x_train, y_train)] == [(60000, 28, 28), (60000,)]
    assert [array.shape for array in (x_test, y_test)] == [(10000, 28, 28), (10000,)]
    assert {array.dtype.name for array in (x_train, y_train, x_test, y_test)} == {"uint8"}
    assert (x_train.min(), x_train.max(), x_test.min(), x_test.max()) == (0, 255, 0, 255)
    assert y_train[:5].tolist() == [5, 0, 4, 1, 9]
    assert y_test[:5].tolist() == [7, 2, 1, 0, 4]
    assert np.bincount(y_train).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]


BAD_ARRAYS = {
    "no y_test": (without("y_test"), ["缺少数组 y_test", "['x_test', 'x_train', 'y_train']", "'y_test'"]),
    "no x_train": (without("x_train"), ["缺少数组 x_train"]),
    "short": (blank() | {"x_test": np.zeros((9999, 28, 28), np.uint8)}, ["x_test 的形状", "(9999, 28, 28)", "(10000, 28, 28)"]),
    "flat": (blank() | {"x_test": np.zeros((10000, 784), np.uint8)}, ["x_test 的形状", "(10000, 784)"]),
    "one-hot": (blank() | {"y_test": np.zeros((10000, 10), np.uint8)}, ["y_test 的形状", "(10000, 10)", "(10000,)"]),
    "float": (blank() | {"y_test": np.zeros(10000, np.float32)}, ["y_test 的类型", "float32", "uint8"]),
    "signed": (blank() | {"x_test": np.zeros((10000, 28, 28), np.int8)}, ["x_test 的类型", "int8", "uint8"]),
    "label 10": (label("y_train", 10), ["y_train 里有不是数字的标签", "见到 10", "0–9"]),
    "label 255": (label("y_test", 255), ["y_test 里有不是数字的标签", "见到 255"]),
    "objects": (blank() | {"y_test": np.array([None])}, ["读不出来", "allow_pickle=False"]),
}


@pytest.mark.parametrize("case", BAD_ARRAYS)
def test_bad_arrays_are_refused(case: str, tmp_path: Path) -> None:
    arrays, phrases = BAD_ARRAYS[case]
    file = tmp_path / "bad.npz"
    np.savez_compressed(file, allow_pickle=True, **arrays)
    with pytest.raises(MnistFileError) as caught:
        load_mnist(file)
    for phrase in [str(file), "见到", "应为", "downloads/mnist.npz", *phrases]:
        assert phrase in str(caught.value)


def test_labels_of_nine_are_fine(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "nine.npz", allow_pickle=False, **label("y_test", 9))
    (_, y_train), (_, y_test) = load_mnist(tmp_path / "nine.npz")
    assert y_test[7] == 9
    assert y_train.max() == 0


def damaged() -> bytes:
    """The real file with some bytes inside an array turned over; its directory is whole."""
    content = bytearray(NPZ.read_bytes())
    for place in range(5_000_000, 5_000_200):
        content[place] ^= 0xFF
    return bytes(content)


BAD_BYTES: dict[str, tuple[Callable[[], bytes], list[str]]] = {
    "truncated": (lambda: NPZ.read_bytes()[:5_000_000], ["读不出来", "BadZipFile"]),
    "empty": (lambda: b"", ["读不出来", "EOFError"]),
    "another format": (lambda: b"<!doctype html><title>404</title>", ["读不出来", "ValueError"]),
    "damaged": (damaged, ["读不出来", "完好的 mnist.npz"]),
}


@pytest.mark.parametrize("case", BAD_BYTES)
def test_bad_bytes_are_refused(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    content, phrases = BAD_BYTES[case]
    Path("mnist.npz").write_bytes(content())
    with pytest.raises(MnistFileError) as caught:
        load_mnist()
    for phrase in ["mnist.npz：", "见到", "应为", "downloads/mnist.npz", *phrases]:
        assert phrase in str(caught.value)


def test_a_given_path_must_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mnist.npz").symlink_to(NPZ)
    with pytest.raises(MnistFileError, match=r"elsewhere\.npz：没有这个文件；应为.*downloads/mnist\.npz"):
        load_mnist("elsewhere.npz")
    with pytest.raises(MnistFileError, match="读不出来；见到 IsADirectoryError"):
        load_mnist(tmp_path)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[Path, list[np.ndarray]]:
    """A file as MNIST's, but for a few images only, and the arrays that it holds."""
    shapes = {"x_train": (3, 28, 28), "y_train": (3,), "x_test": (2, 28, 28), "y_test": (2,)}
    monkeypatch.setattr(data, "SHAPES", shapes)
    rng = np.random.default_rng(0)
    arrays = {name: rng.integers(0, 10, shape, np.uint8) for name, shape in shapes.items()}
    np.savez_compressed(tmp_path / "small.npz", allow_pickle=False, **arrays)
    return tmp_path / "small.npz", list(arrays.values())


@pytest.mark.parametrize("damage", [lambda byte: byte ^ 0xFF, lambda byte: byte ^ 1, lambda byte: (byte + 1) % 256])
@pytest.mark.filterwarnings("ignore::UserWarning")  # NumPy warns of some files before it refuses them
def test_any_byte_may_be_damaged(small: tuple[Path, list[np.ndarray]], damage: Callable[[int], int]) -> None:
    """Every position in turn: the loader's own error in one line, or, where the byte does not matter, the same arrays."""
    file, arrays = small
    content = file.read_bytes()
    refused = []
    for place in range(len(content)):
        file.write_bytes(content[:place] + bytes([damage(content[place])]) + content[place + 1 :])
        try:
            (x_train, y_train), (x_test, y_test) = load_mnist(file)
        except MnistFileError as error:
            refused.append(str(error))
        else:
            for found, expected in zip((x_train, y_train, x_test, y_test), arrays, strict=True):
                np.testing.assert_array_equal(found, expected)
    assert len(content) > 1000
    assert len(refused) > 0.8 * len(content)
    assert not [message for message in refused if "\n" in message]


def test_any_cut_is_refused(small: tuple[Path, list[np.ndarray]]) -> None:
    file, _ = small
    content = file.read_bytes()
    for length in range(0, len(content), 7):
        file.write_bytes(content[:length])
        with pytest.raises(MnistFileError, match="读不出来"):
            load_mnist(file)


def test_flatten_keeps_order_and_type() -> None:
    images = np.arange(2 * 28 * 28, dtype=np.uint16).reshape(2, 28, 28)
    rows = flatten(images)
    assert rows.shape == (2, 784)
    assert rows.dtype == np.uint16
    assert rows.tolist() == [list(range(784)), list(range(784, 1568))]


def test_scale_is_exact_for_every_byte() -> None:
    scaled = scale(np.arange(256, dtype=np.uint8))
    assert scaled.dtype == np.float32
    assert scaled.tolist() == [float(np.float32(value) / np.float32(255)) for value in range(256)]
    assert (scaled[0], scaled[255]) == (0, 1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, bool])
def test_scale_refuses_what_was_divided_already(dtype: type) -> None:
    with pytest.raises(ValueError, match=f"^像素的类型不对；见到 {np.dtype(dtype)}；应为 uint8；请给没有除以 255 的图像$"):
        scale(np.zeros((2, 784), dtype))


def test_standardise_gives_mean_zero_and_deviation_one(mnist: Mnist) -> None:
    images = mnist[0][0]
    standard = standardise(images)
    assert standard.dtype == np.float32
    assert standard.shape == images.shape
    assert abs(standard.mean(dtype=np.float64)) < 1e-6
    assert abs(standard.std(dtype=np.float64) - 1) < 1e-6
    mean, std = images.mean(dtype=np.float64), images.std(dtype=np.float64)
    assert abs(mean / 255 - 0.13066) < 1e-5
    assert abs(std / 255 - 0.30811) < 1e-5
    # in float64 throughout, rounded once at the end: in float32 many of these pixels would differ in their last digit
    np.testing.assert_array_equal(standard[:99], ((images[:99].astype(np.float32) - mean) / std).astype(np.float32))


def test_standardise_takes_the_numbers_of_the_training_set() -> None:
    images = np.array([[10, 20], [30, 60]], dtype=np.uint8)
    assert standardise(images, 20, 10).tolist() == [[-1, 0], [1, 4]]
    assert standardise(images, mean=0, std=2).tolist() == [[5, 10], [15, 30]]
    np.testing.assert_allclose(standardise(images, mean=30), (images - 30.0) / images.std(), rtol=1e-6)
    np.testing.assert_allclose(standardise(images, std=10), (images - 30.0) / 10, rtol=1e-6)


def test_some_pixels_never_change_so_standardising_each_would_divide_by_zero(mnist: Mnist) -> None:
    pixels = flatten(mnist[0][0])
    assert int((pixels.min(axis=0) == pixels.max(axis=0)).sum()) == 67


@pytest.mark.parametrize("module", ["mnist_lab", "mnist_lab.data", "mnist_lab.gradient_descent", "mnist_lab.__main__"])
def test_import_needs_no_tensorflow(module: str) -> None:
    code = f"import sys, {module}; print(sorted({{'tensorflow', 'keras', 'PIL'}} & set(sys.modules)))"
    source = str(Path(mnist_lab.__file__).parents[1])
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], env={"PYTHONPATH": source}, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n", "")
