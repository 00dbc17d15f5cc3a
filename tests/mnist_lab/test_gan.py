"""GAN: the two losses by hand, one update against gradients taken apart, what the judge measures, the film."""

import numpy as np
import pytest
from ran import Mnist, Ran

from mnist_lab import gan as lab

SETTINGS = {"FRAMES": (0, 2), "JUDGED": 100, "GREEDY_STEPS": 2, "JUDGE_EPOCHS": 1}


@pytest.fixture(scope="module")
def real(few: Mnist) -> np.ndarray:
    return lab.scale(few[0][0][:64, :, :, np.newaxis])


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((64, lab.NOISE), dtype=np.float32)


def new(rate: float = lab.RATE) -> lab.Gan:
    lab.keras.utils.set_random_seed(0)
    return lab.new_gan(rate)


def weights(gan: lab.Gan) -> list[np.ndarray]:
    return [*gan.generator.get_weights(), *gan.discriminator.get_weights()]


def test_networks_have_the_shapes_they_tell(noise: np.ndarray, real: np.ndarray) -> None:
    gan = new()
    images = lab.generate(gan, noise)
    assert images.shape == (64, 28, 28, 1)
    assert 0 <= images.min() <= images.max() <= 1
    assert gan.discriminator(real).shape == (64, 1)
    assert gan.generator.layers[5].output.shape == (None, 14, 14, 8)
    assert [layer.output.shape for layer in gan.discriminator.layers[::2]][:2] == [(None, 14, 14, 16), (None, 7, 7, 32)]


@pytest.mark.parametrize(("target", "score"), [(1.0, 2.0), (0.0, 2.0), (0.9, -1.0)])
def test_against_is_the_cross_entropy(target: float, score: float) -> None:
    p = 1 / (1 + np.exp(-score))
    expected = -(target * np.log(p) + (1 - target) * np.log(1 - p))
    assert float(lab.against(target, lab.tf.constant([[score], [score]]))) == pytest.approx(expected, rel=1e-5)


def test_update_moves_each_network_along_its_own_gradient(real: np.ndarray, noise: np.ndarray) -> None:
    gan, before = new(), weights(new())
    count = len(gan.generator.get_weights())
    lab.update(gan, lab.tf.constant(real), lab.tf.constant(noise))
    after = weights(gan)
    moved = [float(np.abs(a - b).max()) for a, b in zip(before, after, strict=True)]
    # Adam's first step is the learning rate, whatever the gradient
    assert moved[0] == pytest.approx(lab.RATE, rel=0.01)
    assert moved[count] == pytest.approx(lab.RATE, rel=0.01)
    twin = new()
    with lab.tf.GradientTape() as tape:
        said = twin.discriminator(real), twin.discriminator(twin.generator(noise, training=True))
        caught = lab.against(lab.REAL, said[0]) + lab.against(0.0, said[1])
    slope = tape.gradient(caught, twin.discriminator.trainable_variables[0]).numpy()
    large = np.abs(slope) > 1e-4
    np.testing.assert_array_equal(np.sign(before[count] - after[count])[large], np.sign(slope)[large])


def test_compiled_update_equals_the_eager_one(real: np.ndarray, noise: np.ndarray) -> None:
    eager, compiled = new(), new()
    arguments = lab.tf.constant(real), lab.tf.constant(noise)
    ours, theirs = lab.update(eager, *arguments), lab.tf.function(lab.update)(compiled, *arguments)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)
    for a, b in zip(weights(eager), weights(compiled), strict=True):
        np.testing.assert_allclose(a, b, atol=2.5 * lab.RATE if a.ndim == 1 else 1e-5)


def test_film_shows_the_same_noise_again_and_the_first_frame_is_untrained(real: np.ndarray) -> None:
    gan = new()
    fixed = np.random.default_rng(3).standard_normal((lab.SHOWN, lab.NOISE), dtype=np.float32)
    untrained = lab.generate(gan, fixed)
    first, second = lab.train(gan, real, (0, 3), seed=3)
    np.testing.assert_array_equal(first, untrained)
    assert first.shape == second.shape == (lab.SHOWN, 28, 28, 1)
    assert np.abs(first - second).max() > 0
    # As many updates as the last frame says, and that frame is of the network that is kept
    assert [int(adam.iterations) for adam in (gan.generator_adam, gan.discriminator_adam)] == [3, 3]
    np.testing.assert_array_equal(lab.generate(gan, fixed), second)


class Judge:
    """Answers with given probabilities."""

    def __init__(self, p: np.ndarray) -> None:
        self.p = p

    def __call__(self, images: np.ndarray, *, training: bool) -> np.ndarray:
        assert not training
        return self.p


def test_measure_of_perfect_and_of_collapsed_images() -> None:
    images = np.zeros((20, 28, 28, 1), np.float32)
    images[::2] = 0.5
    perfect = lab.measure(Judge(np.eye(10)[np.arange(20) % 10]), images)
    assert perfect == pytest.approx({"confidence": 1, "sure": 1, "evenness": 1, "rarest": 0.1, "distance": 0.5}, abs=1e-6)
    collapsed = lab.measure(Judge(np.full((20, 10), 0.08) + 0.2 * np.eye(10)[np.full(20, 3)]), images * 0)
    assert (collapsed["rarest"], collapsed["sure"], collapsed["distance"]) == (0, 0, 0)
    assert collapsed["confidence"] == pytest.approx(0.28)
    assert collapsed["evenness"] == pytest.approx(-(9 * 0.08 * np.log(0.08) + 0.28 * np.log(0.28)) / np.log(10))


def test_pack_keeps_ten_shades_of_every_pixel(real: np.ndarray) -> None:
    packed = lab.pack(real[:3])
    assert [len(image) for image in packed] == [98] * 3
    digits = np.array([[int(sign) for sign in f"{number:08d}"] for number in packed[1]]).reshape(28, 28)
    np.testing.assert_array_equal(digits, np.rint(real[1, :, :, 0] * 9))


def test_main_judges_real_images_snow_and_both_generators(ran: Ran) -> None:
    numbers = ran.numbers
    measures = ("confidence", "sure", "evenness", "rarest", "distance")
    names = ("real", "snow", "fake", "collapsed")
    others = {"judge_accuracy", "film", "stuck", "parameters"}
    assert numbers.keys() == {f"{name}_{measure}" for name in names for measure in measures} | others
    assert [line.split()[0] for line in ran.lines[1:]] == list(names)
    assert len(numbers["film"]) == 2
    assert len(numbers["film"][0]) == len(numbers["stuck"]) == lab.SHOWN
    assert numbers["parameters"][1] == 272 + 8224 + 1569
    assert numbers["snow_distance"] > numbers["real_distance"]
