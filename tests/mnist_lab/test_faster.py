"""The lab on speed: what is trained, how the rate falls, that choosing looks at validation images alone."""

import numpy as np
import pytest
from ran import Mnist, Ran

from mnist_lab import classifier
from mnist_lab import faster as lab
from mnist_lab.data import flatten, scale

SETTINGS = {
    "VALIDATION": 400,
    "TRIED": (lab.Plan(64, 0.001, False, 1), lab.Plan(64, 0.01, True, 2), lab.Plan(64, 0.9, True, 1)),
    "CONVOLUTION": lab.Plan(64, 0.006, True, 1),
    "STEPS": 7,
}


@pytest.fixture(scope="module")
def pair(few: Mnist) -> lab.Pair:
    """500 images, flattened, with their labels."""
    return scale(flatten(few[0][0][:500])), few[0][1][:500]


def weights(model: lab.keras.Sequential) -> np.ndarray:
    return np.concatenate([array.ravel() for array in model.get_weights()])


def trained(pair: lab.Pair, plan: lab.Plan) -> lab.keras.Sequential:
    lab.keras.utils.set_random_seed(5)
    model = lab.dense()
    assert lab.train(model, *pair, plan) > 0
    return model


def test_settings_are_those_the_page_tells() -> None:
    assert (lab.VALIDATION, lab.STEPS) == (10000, 50)
    assert [plan.batch_size for plan in lab.TRIED] == [lab.BATCH_SIZE] * 4 == [256] * 4
    assert [plan.epochs for plan in lab.TRIED] == [classifier.EPOCHS] * 4
    assert [(plan.rate, plan.falling) for plan in lab.TRIED] == [(0.001, False), (0.003, True), (0.01, True), (0.03, True)]
    assert lab.Plan(128, 0.006, True, 3) == lab.CONVOLUTION


def test_dense_is_the_articles_network() -> None:
    ours, theirs = lab.dense(), classifier.build()
    assert [layer.get_config() | {"name": ""} for layer in ours.layers] == [
        layer.get_config() | {"name": ""} for layer in theirs.layers
    ]
    assert ours.count_params() == 101_770


def test_train_is_what_keras_does_step_by_step(pair: lab.Pair) -> None:
    plan = lab.Plan(128, 0.01, True, 2)  # four updates an epoch, the last of 116 images
    x, y = pair
    lab.keras.utils.set_random_seed(5)
    twin = lab.dense()
    schedule = lab.keras.optimizers.schedules.CosineDecay(0.01, 8)
    twin.compile(lab.keras.optimizers.Adam(schedule), loss="sparse_categorical_crossentropy")
    twin.fit(x, y, batch_size=128, epochs=2, verbose=0)
    np.testing.assert_allclose(weights(trained(pair, plan)), weights(twin), atol=1e-6)


def test_the_rate_falls_to_zero_or_stays(pair: lab.Pair) -> None:
    falling, staying = (trained(pair, lab.Plan(100, 0.004, falls, 2)) for falls in (True, False))
    assert falling.optimizer.iterations.numpy() == staying.optimizer.iterations.numpy() == 10
    assert float(falling.optimizer.learning_rate) == pytest.approx(0, abs=1e-9)
    assert float(staying.optimizer.learning_rate) == pytest.approx(0.004)
    halfway = falling.optimizer._learning_rate(5)
    assert float(halfway) == pytest.approx(0.002)


def test_a_schedule_that_is_too_short_ends_the_learning_early(pair: lab.Pair) -> None:
    adam = lab.keras.optimizers.Adam(lab.keras.optimizers.schedules.CosineDecay(0.01, 4))
    lab.keras.utils.set_random_seed(5)
    model = lab.dense()
    model.compile(adam, loss="sparse_categorical_crossentropy")
    model.fit(*pair, batch_size=128, epochs=1, verbose=0)  # four updates
    before = weights(model)
    model.fit(*pair, batch_size=128, epochs=1, verbose=0)
    np.testing.assert_array_equal(weights(model), before)


def test_steps_per_execution_changes_nothing(pair: lab.Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = lab.Plan(64, 0.003, True, 2)
    found = []
    for steps in (1, 3):
        monkeypatch.setattr(lab, "STEPS", steps)
        model = trained(pair, plan)
        assert model.steps_per_execution == steps
        found.append(weights(model))
    np.testing.assert_allclose(found[1], found[0], atol=1e-6)


def test_accuracy_compares_with_the_labels() -> None:
    identity = lab.keras.Sequential([lab.keras.Input((10,)), lab.keras.layers.Activation("linear")])
    shown = np.eye(10, dtype=np.float32)[[3, 4, 5, 6]]
    assert lab.accuracy(identity, shown, np.array([3, 4, 5, 0])) == 0.75


def test_choose_takes_what_is_best_on_validation(
    pair: lab.Pair, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lab, "TRIED", SETTINGS["TRIED"])
    training, held = (pair[0][:400], pair[1][:400]), (pair[0][400:], pair[1][400:])
    plan, reached = lab.choose(training, held, seed=1)
    assert plan == lab.TRIED[int(np.argmax(reached))] == lab.TRIED[1]
    lab.keras.utils.set_random_seed(1)
    twin = lab.dense()
    lab.train(twin, *training, lab.TRIED[1])
    assert reached[1] == lab.accuracy(twin, *held)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("：")[0] for line in lines] == [
        "批 64，学习率 0.001 不变", "批 64，学习率 0.01 降到 0", "批 64，学习率 0.9 降到 0"
    ]  # fmt: skip
    assert lines[1].endswith(f" 秒，验证准确率 {reached[1]:.2%}")


def test_convolutional_by_hand() -> None:
    model = lab.convolutional()
    filters = [(25 * 1, 16), (9 * 16, 32), (9 * 32, 64)]
    expected = sum(inputs * outputs + 4 * outputs for inputs, outputs in filters) + 4 * 4 * 64 * 10 + 10
    assert model.count_params() == expected
    shapes = [layer.output.shape[1:] for layer in model.layers if isinstance(layer, lab.keras.layers.Conv2D)]
    assert shapes == [(14, 14, 16), (7, 7, 32), (4, 4, 64)]
    assert [type(layer).__name__ for layer in model.layers][:4] == ["Reshape", "Conv2D", "BatchNormalization", "ReLU"]
    assert model.layers[1].kernel.shape == (5, 5, 1, 16)
    assert model.input_shape == (None, 784)
    np.testing.assert_allclose(np.asarray(model(np.ones((2, 784), np.float32))).sum(axis=1), [1, 1], atol=1e-6)


def test_main_uses_the_test_set_after_choosing(
    ran: Ran, few: Mnist, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in SETTINGS.items():
        monkeypatch.setattr(lab, name, value)
    (images, labels), (test_images, test_labels) = few
    x = scale(flatten(images))
    plan, reached = lab.choose(*lab.split(x, labels, 400, np.random.default_rng(0)), 0)
    numbers = ran.numbers
    assert numbers["validation"] == reached
    assert numbers["rates"] == [0.001, 0.01, 0.9]
    assert (numbers["chosen_rate"], numbers["best_validation"]) == (plan.rate, max(reached))
    assert numbers["updates"] == plan.epochs * 32  # 2,000 images, 64 in a batch
    for name, build, how in (("dense", lab.dense, plan), ("convolutional", lab.convolutional, lab.CONVOLUTION)):
        lab.keras.utils.set_random_seed(0)
        twin = build()
        lab.train(twin, x, labels, how)
        assert numbers[f"{name}_accuracy"] == lab.accuracy(twin, scale(flatten(test_images)), test_labels)
        assert numbers[f"{name}_parameters"] == twin.count_params()
        assert numbers[f"{name}_seconds"] > 0
    assert len(ran.lines) == 5
    assert ran.lines[3].startswith("同一个网络，101,770 个参数：")
    assert ran.lines[4].startswith("小卷积网络，34,138 个参数：")
    assert ran.lines[4].endswith(f" 秒，测试准确率 {numbers['convolutional_accuracy']:.2%}")
