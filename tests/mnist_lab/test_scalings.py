"""The four scalings of the input: each by hand, and what the comparison returns."""

import contextlib
import inspect
import io
import os
import runpy
from pathlib import Path

import numpy as np
import pytest

from mnist_lab import scalings as lab
from mnist_lab.data import MnistFileError
from mnist_lab.network import Adam, accuracy, gradients, initialise

NPZ = Path(__file__).resolve().parents[2] / "docs" / "downloads" / "mnist.npz"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, str]:
    """What main returns and prints under the reader's settings."""
    folder = tmp_path_factory.mktemp("scalings")
    (folder / "mnist.npz").symlink_to(NPZ)
    printed = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(printed):
        return lab.main(), printed.getvalue()


def test_one_thread_unless_the_environment_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    runpy.run_path(lab.__file__)
    assert os.environ["OPENBLAS_NUM_THREADS"] == "3"
    monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    runpy.run_path(lab.__file__)
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"


def test_a_dead_pixel_stays_zero() -> None:
    images = np.array([[0, 10, 7], [0, 30, 7]], np.uint8)
    mean, std = lab.pixel_statistics(images)
    assert mean.tolist() == [0, 20, 7]
    assert std.tolist() == [0, 10, 0]
    scaled = lab.standardise_pixels(images, mean, std)
    assert scaled.tolist() == [[0, -1, 0], [0, 1, 0]]
    assert scaled.dtype == np.float32
    # one that lights up later is finite: its distance from the mean, not divided
    assert lab.standardise_pixels(np.array([[200, 20, 7]], np.uint8), mean, std).tolist() == [[200, 0, 0]]


def test_the_four_scalings_by_hand() -> None:
    fitted = np.array([[0, 100], [0, 200], [0, 60]], np.uint8)  # mean 60
    functions = lab.scalings(fitted)
    assert list(functions) == ["raw", "unit", "global", "pixel"] == list(lab.NAMES)
    other = np.array([[0, 60], [51, 255]], np.uint8)
    scaled = {name: rescale(other) for name, rescale in functions.items()}
    assert {array.dtype for array in scaled.values()} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(scaled["raw"], [[0, 60], [51, 255]])
    np.testing.assert_allclose(scaled["unit"], [[0, 60 / 255], [0.2, 1]], rtol=1e-6)
    std = np.sqrt((3 * 60**2 + 40**2 + 140**2) / 6)
    np.testing.assert_allclose(scaled["global"], np.array([[-60, 0], [-9, 195]]) / std, rtol=1e-6)
    pixel_std = np.sqrt((20**2 + 80**2 + 60**2) / 3)  # around 120
    np.testing.assert_allclose(scaled["pixel"], [[0, -60 / pixel_std], [51, 135 / pixel_std]], rtol=1e-6)


def test_standardised_training_images_have_mean_0_and_deviation_1(mnist: tuple) -> None:
    fitted = mnist[0][0][:2000].reshape(2000, 784)
    functions = lab.scalings(fitted)
    whole = functions["global"](fitted)
    assert abs(whole.mean(dtype=np.float64)) < 1e-6
    assert whole.std(dtype=np.float64) == pytest.approx(1, abs=1e-6)
    pixels = functions["pixel"](fitted)
    alive = fitted.max(axis=0) > 0
    np.testing.assert_allclose(pixels.mean(axis=0, dtype=np.float64), 0, atol=1e-6)
    np.testing.assert_allclose(pixels.std(axis=0, dtype=np.float64), alive, atol=1e-6)


def test_the_learning_curve_is_the_loop_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    updates = []
    monkeypatch.setattr(lab, "gradients", lambda *arguments: updates.append(1) or gradients(*arguments))
    rng = np.random.default_rng(1)
    groups = [(rng.normal(size=(count, 784)).astype(np.float32), rng.integers(0, 10, count)) for count in (60, 40, 30)]
    curve, test_accuracy = lab.learning_curve(*groups, seed=4)
    (images, labels), validation, test = groups
    rng = np.random.default_rng(4)
    layers = initialise((784, 128, 10), rng)
    optimizer = Adam(layers, 0.001)
    expected = []
    for step in range(1, 1956):
        order = rng.permutation(60)  # a batch of 128 holds all 60 images
        optimizer.update(gradients(layers, images[order], labels[order]))
        if step in (50, 100, 200, 391, 782, 1173, 1564, 1955):
            expected.append(accuracy(layers, *validation))
    assert curve == expected
    assert len(updates) == 1955
    assert test_accuracy == accuracy(layers, *test)


def test_an_epoch_is_every_training_image_once() -> None:
    assert lab.STEPS_PER_EPOCH == -(-(60_000 - lab.VALIDATION) // lab.BATCH_SIZE) == 391
    assert 50_000 - 390 * lab.BATCH_SIZE == 80


def test_main_describes_the_data(result: tuple) -> None:
    numbers, _ = result
    assert numbers["steps"] == [50, 100, 200, 391, 782, 1173, 1564, 1955]
    assert numbers["unit_mean"] == pytest.approx(0.13066, abs=1e-5)
    assert numbers["unit_std"] == pytest.approx(0.30811, abs=1e-5)
    assert numbers["dead_pixels"] == 67
    assert 67 <= numbers["dead_pixels_fitted"] < 90
    assert numbers["raw_largest"] == 255
    assert numbers["unit_largest"] == 1
    assert numbers["global_largest"] == pytest.approx((1 - 0.1307) / 0.3081, abs=0.02)
    assert numbers["pixel_largest"] > 100  # a rare pixel, divided by a tiny deviation


def test_main_counts_pixels_that_never_change_and_holds_out_the_last_images(monkeypatch: pytest.MonkeyPatch) -> None:
    images = np.random.default_rng(0).integers(0, 256, (10_040, 28, 28), np.uint8)
    images[:, 0, 0], images[:, 0, 1] = 0, 7  # dead, though one of them is lit
    images[:40, 0, 2] = 7  # comes to life in the validation set
    labels = np.arange(10_040) % 10
    monkeypatch.setattr(lab, "load_mnist", lambda: ((images, labels), (images[:5], labels[:5])))
    seen = []
    monkeypatch.setattr(lab, "learning_curve", lambda *groups: seen.append(groups) or ([0.5] * 8, 0.5))
    numbers = lab.main()
    assert (numbers["dead_pixels"], numbers["dead_pixels_fitted"]) == (2, 3)
    training, validation, test, seed = seen[0]  # raw
    np.testing.assert_array_equal(training[0], images[:40].reshape(40, 784))
    np.testing.assert_array_equal(validation[0], images[40:].reshape(10_000, 784))
    assert [len(group[1]) for group in (training, validation, test)] == [40, 10_000, 5]
    assert seed == 0


def test_main_compares_the_scalings(result: tuple) -> None:
    numbers, printed = result
    curves = {name: numbers[f"{name}_validation"] for name in lab.NAMES}
    final = {name: numbers[f"{name}_test"] for name in lab.NAMES}
    assert {len(curve) for curve in curves.values()} == {8}
    few = {name: curve[1] for name, curve in curves.items()}
    assert few["raw"] < few["unit"] < min(few["global"], few["pixel"])
    assert final["raw"] < 0.955
    assert min(final["unit"], final["global"], final["pixel"]) > 0.963
    for name, title in lab.NAMES.items():
        few_text = f"第 100 步 {curves[name][1]:.2%}，五个轮次后 {curves[name][-1]:.2%}"
        assert f"{title}：验证准确率 {few_text}；测试准确率 {final[name]:.2%}\n" in printed
    assert len(printed.splitlines()) == 4


def test_validation_and_test_are_never_trained_on(result: tuple) -> None:
    numbers, _ = result
    for name in ("unit", "global", "pixel"):
        # accuracy on training images would pass 98.5 % by now
        assert abs(numbers[f"{name}_validation"][-1] - numbers[f"{name}_test"]) < 0.01
        assert numbers[f"{name}_validation"][-1] < 0.985


def test_the_program_tells_a_reader_that_the_data_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mnist.npz").write_bytes(b"cut short")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MnistFileError, match=r"mnist\.npz"):
        runpy.run_path(lab.__file__, run_name="__main__")


@pytest.mark.usefixtures("result")  # so that it counts as a test of main
def test_a_reader_gets_the_first_seed() -> None:
    assert inspect.signature(lab.main).parameters["seed"].default == 0
