"""The four scalings of the input: each by hand, and what the comparison returns."""

from typing import Any

import numpy as np
import pytest
from ran import Mnist, Ran

from mnist_lab import scalings as lab
from mnist_lab.data import flatten
from mnist_lab.network import accuracy, adam, gradients, initialise, zero_averages

# Of the settings of `main`
SETTINGS = {"VALIDATION": 500, "FEW_STEPS": (3, 5, 7)}


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


def test_standardised_training_images_have_mean_0_and_deviation_1(mnist: Mnist) -> None:
    fitted = mnist[0][0][:2000].reshape(2000, 784)
    functions = lab.scalings(fitted)
    whole = functions["global"](fitted)
    assert abs(whole.mean(dtype=np.float64)) < 1e-6
    assert whole.std(dtype=np.float64) == pytest.approx(1, abs=1e-6)
    pixels = functions["pixel"](fitted)
    alive = fitted.max(axis=0) > 0
    np.testing.assert_allclose(pixels.mean(axis=0, dtype=np.float64), 0, atol=1e-6)
    np.testing.assert_allclose(pixels.std(axis=0, dtype=np.float64), alive, atol=1e-6)


def test_main_counts_pixels_that_never_change_and_holds_out_the_last_images(monkeypatch: pytest.MonkeyPatch) -> None:
    images = np.random.default_rng(0).integers(0, 256, (10_040, 28, 28), np.uint8)
    images[:, 0, 0], images[:, 0, 1] = 0, 7  # dead, though one of them is lit
    images[:40, 0, 2] = 7  # comes to life in the validation set
    labels = np.arange(10_040) % 10
    monkeypatch.setattr(lab, "load_mnist", lambda: ((images, labels), (images[:5], labels[:5])))
    seen = []
    monkeypatch.setattr(lab, "learning_curve", lambda *groups: seen.append(groups) or ([1] * 8, [0.5] * 8, 0.5))
    numbers = lab.main()
    assert (numbers["dead_pixels"], numbers["dead_pixels_fitted"]) == (2, 3)
    training, validation, test, seed = seen[0]  # raw
    np.testing.assert_array_equal(training[0], images[:40].reshape(40, 784))
    np.testing.assert_array_equal(validation[0], images[40:].reshape(10_000, 784))
    assert [len(group[1]) for group in (training, validation, test)] == [40, 10_000, 5]
    assert seed == 0


@pytest.mark.parametrize("count", [256, 300])
def test_the_learning_curve_is_the_loop_it_says(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "FEW_STEPS", (1, 4))
    rng = np.random.default_rng(1)
    groups = [(rng.normal(size=(size, 784)).astype(np.float32), rng.integers(0, 10, size)) for size in (count, 40, 30)]
    (images, labels), validation, test = groups
    steps, curve, test_accuracy = lab.learning_curve((images, labels), validation, test, seed=4)
    rng = np.random.default_rng(4)
    layers = initialise((784, 128, 10), rng)
    averages, step, expected = zero_averages(layers), 0, {}
    for _ in range(5):
        order = rng.permutation(count)
        for start in range(0, count, 128):
            step += 1
            chosen = order[start : start + 128]
            adam(layers, gradients(layers, images[chosen], labels[chosen]), averages, step=step, rate=0.001)
            if step in (1, 4) or start + 128 >= count:
                expected[step] = accuracy(layers, *validation)
    assert dict(zip(steps, curve, strict=True)) == expected
    assert len(expected) == (6 if count == 256 else 7)  # step 4 ends an epoch of two batches
    assert test_accuracy == accuracy(layers, *test)


def test_settings_are_those_the_page_tells() -> None:
    assert (lab.EPOCHS, lab.BATCH_SIZE, lab.LEARNING_RATE, lab.VALIDATION) == (5, 128, 0.001, 10_000)
    assert lab.FEW_STEPS == (50, 100, 200)


def test_the_data_is_as_the_page_tells(mnist: Mnist) -> None:
    pixels = flatten(mnist[0][0])
    assert int((pixels.max(axis=0) == pixels.min(axis=0)).sum()) == 67
    assert pixels.mean() / 255 == pytest.approx(0.13066, abs=1e-5)


def test_main_compares_the_scalings(ran: Ran, few: Mnist, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SETTINGS.items():
        monkeypatch.setattr(lab, name, value)
    (x, y), (x_test, y_test) = few
    pixels, lines = flatten(x), []
    expected: dict[str, Any] = {}
    for name, rescale in lab.scalings(pixels[:1500]).items():
        groups = (rescale(pixels[:1500]), y[:1500]), (rescale(pixels[1500:]), y[1500:]), (rescale(flatten(x_test)), y_test)
        steps, curve, measured = lab.learning_curve(*groups, seed=0)
        largest = float(np.abs(groups[2][0]).max())
        expected |= {f"{name}_validation": curve, f"{name}_test": measured, f"{name}_largest": largest, "steps": steps}
        lines.append(f"{lab.NAMES[name]}：验证准确率 第 5 步 {curve[1]:.2%}，五个轮次后 {curve[-1]:.2%}；测试准确率 {measured:.2%}")
    assert expected["steps"] == [3, 5, 7, 12, 24, 36, 48, 60]
    assert {key: ran.numbers[key] for key in expected} == expected
    assert ran.lines == lines
    assert ran.numbers["unit_mean"] == pytest.approx(pixels.mean() / 255)
    assert ran.numbers["unit_std"] == pytest.approx(pixels.std() / 255)
    assert ran.numbers["unit_largest"] == 1
    assert lab.main.__defaults__ == (0,)
