"""The NumPy network that several labs share, against hand, finite differences and Keras."""

import functools
import itertools
import math
import operator

import numpy as np
import pytest

from mnist_lab import network as lab
from mnist_lab.network import Layer


@pytest.fixture
def small() -> tuple[list[Layer], np.ndarray, np.ndarray]:
    """A 5→4→4→10 network in float64 and seven inputs: two hidden layers, so every branch of the backward pass runs."""
    rng = np.random.default_rng(3)
    layers = lab.initialise((5, 4, 4, 10), rng, np.float64)
    layers = [(weights, bias + rng.normal(0, 0.1, bias.shape)) for weights, bias in layers]
    return layers, rng.normal(size=(7, 5)), np.array([0, 9, 3, 3, 1, 5, 7], np.uint8)


def test_initialise_draws_glorot_uniform_weights() -> None:
    (first, first_bias), (second, second_bias) = lab.initialise((784, 128, 10), np.random.default_rng(0))
    assert first.shape == (784, 128)
    assert second.shape == (128, 10)
    assert first_bias.tolist() == [0] * 128
    assert second_bias.tolist() == [0] * 10
    assert {array.dtype for array in (first, first_bias, second, second_bias)} == {np.dtype(np.float32)}
    rng = np.random.default_rng(0)
    for weights, limit in ((first, math.sqrt(6 / 912)), (second, math.sqrt(6 / 138))):
        np.testing.assert_array_equal(weights, rng.uniform(-limit, limit, weights.shape).astype(np.float32))
        assert 0.99 * limit < np.abs(weights).max() <= limit * (1 + 1e-6)
    assert lab.initialise((3, 2), np.random.default_rng(0), np.float64)[0][0].dtype == np.float64


def test_the_parameters_of_the_network_and_of_logistic_regression() -> None:
    rng = np.random.default_rng(0)
    assert lab.count_parameters(lab.initialise((784, 128, 10), rng)) == 101_770
    assert lab.count_parameters(lab.initialise((784, 10), rng)) == 7_850


def test_softmax_by_hand_and_without_overflow() -> None:
    logits = np.array([[0, math.log(2), math.log(3)], [-1000, 1000, 1000], [5, 5, 5]])
    expected = [[1 / 6, 2 / 6, 3 / 6], [0, 0.5, 0.5], [1 / 3, 1 / 3, 1 / 3]]
    np.testing.assert_allclose(lab.softmax(logits), expected, rtol=1e-15)


def test_forward_by_hand() -> None:
    layers = [
        (np.array([[1.0, -1.0], [2.0, 0.5]]), np.array([0.5, 0.0])),
        (np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0.0, math.log(3)])),
    ]
    inputs = np.array([[1.0, 1.0], [-1.0, 0.0]])
    received, probabilities = lab.forward(layers, inputs)
    assert received[0] is inputs
    assert len(received) == 2
    np.testing.assert_array_equal(received[1], [[3.5, 0.0], [0.0, 1.0]])  # ReLU cuts −0.5 in both rows
    first, second = 3 / (3 + math.exp(3.5)), 3 * math.e / (1 + 3 * math.e)
    np.testing.assert_allclose(probabilities, [[1 - first, first], [1 - second, second]], rtol=1e-14)


def test_forward_without_a_hidden_layer_is_logistic_regression() -> None:
    weights, bias, inputs = np.array([[1.0, 2.0]]), np.array([0.5, 0.0]), np.array([[2.0]])
    received, probabilities = lab.forward([(weights, bias)], inputs)
    assert len(received) == 1
    np.testing.assert_allclose(probabilities, [[1 / (1 + math.exp(1.5)), 1 / (1 + math.exp(-1.5))]], rtol=1e-14)


def test_cross_entropy_by_hand_and_finite() -> None:
    probabilities = np.array([[0.5, 0.5], [0.75, 0.25]])
    assert lab.cross_entropy(probabilities, np.array([0, 1])) == pytest.approx(-math.log(0.5 * 0.25) / 2, rel=1e-15)
    assert type(lab.cross_entropy(probabilities, np.array([0, 1], np.uint8))) is float
    worst = lab.cross_entropy(np.array([[1, 0]], np.float32), np.array([1]))
    assert worst == pytest.approx(-math.log(np.finfo(np.float32).tiny), rel=1e-6)


def test_gradients_of_one_layer_by_hand() -> None:
    layers = [(np.zeros((2, 2)), np.array([0.0, math.log(3)]))]  # p = (1/4, 3/4) whatever the input
    ((weights, bias),) = lab.gradients(layers, np.array([[2.0, 0.0], [0.0, 4.0]]), np.array([1, 0]))
    # p − y: (1/4, −1/4) for the first image, (−3/4, 3/4) for the second, both halved by the mean
    np.testing.assert_allclose(weights, [[0.25, -0.25], [-1.5, 1.5]], rtol=1e-14)
    np.testing.assert_allclose(bias, [-0.25, 0.25], rtol=1e-14)


def test_gradients_are_the_finite_differences(small: tuple[list[Layer], np.ndarray, np.ndarray]) -> None:
    layers, inputs, labels = small
    by_hand = lab.gradients(layers, inputs, labels)
    assert len(by_hand) == 3
    for layer, gradient in zip(layers, by_hand, strict=True):
        for array, slopes in zip(layer, gradient, strict=True):
            assert slopes.shape == array.shape
            for index in np.ndindex(array.shape):
                value, losses = array[index], []
                for moved in (value + 1e-6, value - 1e-6):
                    array[index] = moved
                    losses.append(lab.cross_entropy(lab.forward(layers, inputs)[1], labels))
                array[index] = value
                assert (losses[0] - losses[1]) / 2e-6 == pytest.approx(slopes[index], abs=1e-8)
    assert min(np.abs(weights).max() for weights, _ in by_hand) > 1e-2  # far above the tolerance


def test_gradients_change_nothing_and_keep_the_type(small: tuple[list[Layer], np.ndarray, np.ndarray]) -> None:
    layers, inputs, labels = small
    layers = [(weights.astype(np.float32), bias.astype(np.float32)) for weights, bias in layers]
    inputs = inputs.astype(np.float32)
    before = [array.copy() for layer in layers for array in layer] + [inputs.copy(), labels.copy()]
    result = lab.gradients(layers, inputs, labels)
    for array, copy in zip([array for layer in layers for array in layer] + [inputs, labels], before, strict=True):
        np.testing.assert_array_equal(array, copy)
    assert {array.dtype for layer in result for array in layer} == {np.dtype(np.float32)}


def test_adam_by_hand() -> None:
    """Algorithm 1 of Kingma and Ba, written out in plain Python; its ε stands where Keras has it."""
    layers = [(np.array([[1.0, -2.0]]), np.array([0.5]))]
    averages = lab.zero_averages(layers)
    values, means, squares = [1.0, -2.0, 0.5], [0.0] * 3, [0.0] * 3
    for step, slopes in enumerate(([0.3, -4.0, 0.0], [0.1, 2.0, 1e-3], [-0.2, 0.0, 5.0]), start=1):
        lab.adam(layers, [(np.array([slopes[:2]]), np.array(slopes[2:]))], averages, step=step, rate=0.01)
        for k, slope in enumerate(slopes):
            means[k] = 0.9 * means[k] + 0.1 * slope
            squares[k] = 0.999 * squares[k] + 0.001 * slope**2
            rate = 0.01 * math.sqrt(1 - 0.999**step) / (1 - 0.9**step)
            values[k] -= rate * means[k] / (math.sqrt(squares[k]) + 1e-7)
        np.testing.assert_allclose([*layers[0][0][0], *layers[0][1]], values, rtol=1e-12)
    np.testing.assert_allclose([*averages[0][0][0], *averages[1][0]], means, rtol=1e-12)
    np.testing.assert_allclose([*averages[0][1][0], *averages[1][1]], squares, rtol=1e-12)


def test_the_first_step_of_adam_has_the_length_of_the_learning_rate() -> None:
    layers = [(np.zeros((1, 2)), np.zeros(1))]
    lab.adam(layers, [(np.array([[7.0, -0.5]]), np.array([0.0]))], lab.zero_averages(layers), step=1, rate=0.25)
    np.testing.assert_allclose(layers[0][0], [[-0.25, 0.25]], rtol=1e-4)
    assert layers[0][1].tolist() == [0]


def test_adam_is_the_adam_of_keras(small: tuple[list[Layer], np.ndarray, np.ndarray]) -> None:
    import keras

    layers = [(weights.astype(np.float32), bias.astype(np.float32)) for weights, bias in small[0]]
    arrays = [array for layer in layers for array in layer]
    variables = [keras.Variable(array) for array in arrays]
    averages, theirs = lab.zero_averages(layers), keras.optimizers.Adam(0.001)
    for step in range(1, 21):
        gradient = lab.gradients(layers, small[1].astype(np.float32), small[2])
        theirs.apply([array for layer in gradient for array in layer], variables)
        lab.adam(layers, gradient, averages, step=step, rate=0.001)
    for array, variable in zip(arrays, variables, strict=True):
        np.testing.assert_allclose(array, keras.ops.convert_to_numpy(variable), rtol=1e-4, atol=1e-6)
    moved = [np.abs(array - start).max() for array, start in zip(arrays, itertools.chain(*small[0]), strict=True)]
    assert min(moved) > 1e-3  # far above the tolerance


def test_batches_show_every_image_once_an_epoch_in_a_new_order() -> None:
    drawn = [batch.tolist() for batch in lab.batches(10, 4, 3, np.random.default_rng(0))]
    epochs = [drawn[:3], drawn[3:6], drawn[6:]]
    for epoch in epochs:
        assert [len(batch) for batch in epoch] == [4, 4, 2]
        assert sorted(functools.reduce(operator.iadd, epoch, [])) == list(range(10))
    assert epochs[0] != epochs[1] != epochs[2]
    assert functools.reduce(operator.iadd, epochs[0], []) == np.random.default_rng(0).permutation(10).tolist()


def test_accuracy_counts_the_largest_probability() -> None:
    layers = [(np.eye(3), np.zeros(3))]
    inputs = np.array([[2.0, 1.0, 0.0], [0.0, 1.0, 2.0], [0.0, 3.0, 1.0], [1.0, 0.0, 0.5]])
    assert lab.accuracy(layers, inputs, np.array([0, 2, 1, 0])) == 1
    assert lab.accuracy(layers, inputs, np.array([0, 2, 1, 1])) == 0.75
    assert type(lab.accuracy(layers, inputs, np.array([1, 1, 0, 1], np.uint8))) is float


def test_a_few_epochs_learn_by_heart(small: tuple[list[Layer], np.ndarray, np.ndarray]) -> None:
    layers, inputs, labels = small
    averages = lab.zero_averages(layers)
    before = lab.cross_entropy(lab.forward(layers, inputs)[1], labels)
    for step, chosen in enumerate(lab.batches(7, 3, 200, np.random.default_rng(0)), start=1):
        lab.adam(layers, lab.gradients(layers, inputs[chosen], labels[chosen]), averages, step=step, rate=0.05)
    after = lab.cross_entropy(lab.forward(layers, inputs)[1], labels)
    assert after < before / 4
