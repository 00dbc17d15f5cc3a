"""Integrated gradients: the gradient by finite differences, the integral in closed form, completeness, deletion."""

from typing import Any

import numpy as np
import pytest
from ran import Mnist, Ran

from mnist_lab import attribution as lab
from mnist_lab.data import flatten, scale
from mnist_lab.network import Layer, accuracy, forward, initialise

# Of the settings of `main`
SETTINGS = {"IMAGES": 50}


@pytest.fixture(scope="module")
def images(mnist: Mnist) -> np.ndarray:
    """(30, 784) real images in float64."""
    return scale(flatten(mnist[1][0][:30])).astype(np.float64)


def network(*sizes: int, seed: int = 0) -> list[Layer]:
    """Random layers in float64 whose biases are not zero, so that units switch on the way from black."""
    rng = np.random.default_rng(seed)
    layers = initialise(sizes, rng, np.float64)
    for _, bias in layers:
        bias += rng.normal(0, 0.3, bias.shape)
    return layers


def exact(layers: list[Layer], images: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Integrated gradients from black in closed form, for one hidden layer: how much of the way each unit is on."""
    (weights, bias), (last, _) = layers
    slope = images @ weights  # a unit's input at the share s of the way is s * slope + bias
    with np.errstate(divide="ignore"):
        crossing = np.clip(-bias / slope, 0, 1)
    on = np.where(bias > 0, np.where(bias + slope > 0, 1, crossing), np.where(bias + slope > 0, 1 - crossing, 0))
    return images * ((on * last.T[classes]) @ weights.T)


def test_settings_are_those_the_page_tells() -> None:
    assert (lab.IMAGES, lab.STEPS, lab.REMOVED, lab.SIZES) == (1000, (8, 32, 128, 512), 20, (784, 128, 10))
    assert list(lab.NAMES) == ["integrated", "gradient_times_input", "gradient", "random_ink"]


def test_score_is_what_softmax_is_taken_of(images: np.ndarray) -> None:
    layers = network(784, 20, 10)
    _, probabilities = forward(layers, images)
    scores = np.stack([lab.score(layers, images, np.full(30, digit)) for digit in range(10)], axis=1)
    np.testing.assert_allclose(scores - scores[:, :1], np.log(probabilities / probabilities[:, :1]), atol=1e-12)
    mixed = np.arange(30) % 10
    np.testing.assert_array_equal(lab.score(layers, images, mixed), scores[np.arange(30), mixed])
    assert lab.score(layers, np.zeros((1, 784)), np.array([4]))[0] == pytest.approx(
        np.maximum(layers[0][1], 0) @ layers[1][0][:, 4] + layers[1][1][4], abs=1e-14
    )


@pytest.mark.parametrize("sizes", [(12, 10), (12, 9, 10), (12, 9, 8, 10), (12, 9, 8, 7, 10)])
def test_input_gradient_equals_finite_differences(sizes: tuple[int, ...]) -> None:
    layers = network(*sizes)
    inputs, classes = np.random.default_rng(1).random((6, 12)), np.arange(6)
    gradient = lab.input_gradient(layers, inputs, classes)
    assert gradient.shape == (6, 12)
    assert np.abs(gradient).max() > 0.01
    for pixel in range(12):
        step = np.zeros(12)
        step[pixel] = 1e-6
        rise = lab.score(layers, inputs + step, classes) - lab.score(layers, inputs - step, classes)
        np.testing.assert_allclose(gradient[:, pixel], rise / 2e-6, atol=1e-8)


def test_integrated_gradients_are_the_mean_at_the_midpoints_times_the_image(images: np.ndarray) -> None:
    layers, classes = network(784, 20, 10), np.arange(30) % 10
    halves = [lab.input_gradient(layers, images * share, classes) for share in (0.25, 0.75)]
    np.testing.assert_allclose(
        lab.integrated_gradients(layers, images, classes, 2), images * (halves[0] + halves[1]) / 2, atol=1e-15
    )
    one = lab.integrated_gradients(layers, images, classes, 1)
    np.testing.assert_allclose(one, images * lab.input_gradient(layers, images / 2, classes), atol=1e-15)
    single = lab.integrated_gradients(layers, images.astype(np.float32), classes, 2)
    assert single.dtype == np.float32


def test_integrated_gradients_approach_the_closed_form_as_steps_grow(images: np.ndarray) -> None:
    layers, classes = network(784, 20, 10), np.arange(30) % 10
    truth = exact(layers, images, classes)
    change = lab.score(layers, images, classes) - lab.score(layers, np.zeros_like(images), classes)
    np.testing.assert_allclose(truth.sum(axis=1), change, atol=1e-12)  # the closed form is complete
    errors = [np.abs(lab.integrated_gradients(layers, images, classes, steps) - truth).max() for steps in (10, 100, 1000)]
    assert errors[0] > 5 * errors[1] > 25 * errors[2]
    assert errors[2] < 1e-3


def test_without_a_hidden_layer_one_step_is_exact(images: np.ndarray) -> None:
    layers, classes = network(784, 10), np.arange(30) % 10
    found = lab.integrated_gradients(layers, images, classes, 1)
    np.testing.assert_allclose(found, images * layers[0][0].T[classes], atol=1e-15)
    assert lab.completeness_error(layers, images, classes, found).max() < 1e-12


def test_completeness_error_is_relative_to_the_change_of_the_score(images: np.ndarray) -> None:
    layers, classes = network(784, 20, 10), np.arange(30) % 10
    complete = exact(layers, images, classes)
    for factor, error in ((1, 0), (0, 1), (2, 1), (0.75, 0.25), (-1, 2)):
        found = lab.completeness_error(layers, images, classes, factor * complete)
        np.testing.assert_allclose(found, np.full(30, error), atol=1e-10)


def test_remove_blackens_the_first_twenty_of_the_ranking() -> None:
    images = np.ones((2, 784), np.float32)
    ranking = np.stack([np.arange(784.0), -np.arange(784.0)])
    removed = lab.remove(images, ranking)
    assert np.flatnonzero(removed[0] == 0).tolist() == list(range(764, 784))
    assert np.flatnonzero(removed[1] == 0).tolist() == list(range(20))
    assert removed.sum() == 2 * 764
    assert images.sum() == 2 * 784
    ties = lab.remove(images[:1], np.zeros((1, 784)))
    assert np.flatnonzero(ties[0] == 0).tolist() == list(range(20))


def test_rankings_are_the_four_that_the_page_names(images: np.ndarray) -> None:
    layers, classes = network(784, 20, 10), np.arange(30) % 10
    ranked = lab.rankings(layers, images, classes, seed=8)
    slope = lab.input_gradient(layers, images, classes)
    assert list(ranked) == list(lab.NAMES)
    np.testing.assert_array_equal(ranked["integrated"], lab.integrated_gradients(layers, images, classes, 512))
    np.testing.assert_array_equal(ranked["gradient_times_input"], slope * images)
    np.testing.assert_array_equal(ranked["gradient"], np.abs(slope))
    np.testing.assert_array_equal(ranked["random_ink"], np.random.default_rng(8).random((30, 784)) * (images > 0))
    assert (lab.remove(images, ranked["random_ink"])[images == 0] == 0).all()
    assert ((lab.remove(images, ranked["random_ink"]) != images).sum(axis=1) == 20).all()  # all of them ink


def test_draw_by_hand() -> None:
    image, attribution = np.zeros(784), np.zeros(784)
    image[[0, 1, 3, 30, 31, 32]] = 0.5
    attribution[[0, 1, 3, 30, 31]] = [-2.0, 2.0, 0.5, -0.9, 0.1]  # 0, 9, 5.625, 2.475, 4.725
    assert lab.draw(image, attribution) == "09 6\n  254"  # 4.5 is rounded to the even digit
    assert lab.draw(image, -attribution).startswith("90 3\n")


def test_measure_by_hand(images: np.ndarray) -> None:
    layers, classes = network(784, 20, 10), np.arange(30) % 10
    ranked = {
        "gradient_times_input": lab.input_gradient(layers, images, classes) * images,
        "gradient": (np.arange(784) == 400) + 0.5 * np.ones((30, 784)),
    }
    numbers: dict[str, Any] = lab.measure(layers, images, classes, ranked)
    shares = ["ink_gradient_times_input", "kept_gradient_times_input", "ink_gradient", "kept_gradient"]
    assert list(numbers) == ["steps", "median_error", "gradient_times_input_error", *shares]
    assert numbers["steps"] == [8, 32, 128, 512]
    for steps, error in zip((8, 32), numbers["median_error"], strict=False):
        attribution = lab.integrated_gradients(layers, images, classes, steps)
        assert error == np.median(lab.completeness_error(layers, images, classes, attribution))
    assert len(numbers["median_error"]) == 4
    assert type(numbers["median_error"][0]) is float
    errors = lab.completeness_error(layers, images, classes, ranked["gradient_times_input"])
    assert numbers["gradient_times_input_error"] == np.median(errors)
    # the ranking puts pixel 400 first and then the first nineteen, which no digit reaches
    assert numbers["ink_gradient"] == pytest.approx((images[:, 400] > 0).mean() / 20)
    assert type(numbers["ink_gradient"]) is float
    assert numbers["kept_gradient"] == accuracy(layers, lab.remove(images, ranked["gradient"]), classes)


Twin = tuple[list[Layer], np.ndarray, np.ndarray, dict[str, np.ndarray]]


@pytest.fixture(scope="module")
def twin(few: Mnist) -> Twin:
    """What `main` works with: the trained layers, the images, the classes that the network gives them, their rankings."""
    rng = np.random.default_rng(0)
    layers = initialise(lab.SIZES, rng)
    lab.learn(layers, scale(flatten(few[0][0])), few[0][1], rng)
    images = scale(flatten(few[1][0]))[: SETTINGS["IMAGES"]]
    classes = forward(layers, images)[1].argmax(axis=1)
    return layers, images, classes, lab.rankings(layers, images, classes, 0)


def test_main_measures_the_network_that_it_trained(ran: Ran, twin: Twin, few: Mnist) -> None:
    layers, images, classes, ranked = twin
    assert ran.numbers["test_accuracy"] == accuracy(layers, scale(flatten(few[1][0])), few[1][1]) > 0.5
    measured = {key: ran.numbers[key] for key in ran.numbers if key not in ("test_accuracy", "shown")}
    assert measured == lab.measure(layers, images, classes, ranked)


def test_main_prints_what_it_measured(ran: Ran) -> None:
    numbers = ran.numbers
    expected = [
        f"积分梯度分 {steps} 段：完备性误差的中位数 {error:.3%}"
        for steps, error in zip(lab.STEPS, numbers["median_error"], strict=True)
    ]
    expected.append(f"导数乘像素：完备性误差的中位数 {numbers['gradient_times_input_error']:.1%}")
    for name, label in lab.NAMES.items():
        ink, kept = numbers[f"ink_{name}"], numbers[f"kept_{name}"]
        expected.append(f"按{label}涂黑 20 个像素：其中笔迹占 {ink:.1%}，判断不变的占 {kept:.1%}")
    assert ran.lines[: len(expected)] == expected


def test_main_draws_the_first_test_image(ran: Ran, twin: Twin) -> None:
    _, images, classes, ranked = twin
    drawn = lab.draw(images[0], ranked["integrated"][0]).splitlines()
    assert ran.lines[9:] == [f"第一张测试图像，网络认作 {classes[0]}：", *drawn]


def test_main_returns_what_the_first_image_is_given_the_largest_share_one(ran: Ran, twin: Twin) -> None:
    ranked = twin[3]
    shares = ranked["integrated"][0] / np.abs(ranked["integrated"][0]).max()
    assert ran.numbers["shown"] == pytest.approx(shares.tolist(), abs=0.0006)
    assert max(map(abs, ran.numbers["shown"])) == 1
    assert len(ran.numbers["shown"]) == 784


def test_more_steps_and_real_ink_matter_in_a_trained_network(ran: Ran) -> None:
    errors = ran.numbers["median_error"]
    assert errors[0] > errors[1] > errors[2] > errors[3]
    assert ran.numbers["ink_random_ink"] == 1 > ran.numbers["ink_gradient"]
    assert ran.numbers["kept_integrated"] < ran.numbers["kept_random_ink"]
