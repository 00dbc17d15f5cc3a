"""The article's network: what it is, how well it reads, and each of its helpers."""

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from ran import Mnist, Pair, Ran

from mnist_lab import classifier as lab
from mnist_lab.data import flatten, scale


@pytest.fixture(scope="module")
def model(ran: Ran) -> keras.Sequential:
    """The network of seed 0, as `main` saved it."""
    return keras.saving.load_model(ran.folder / "mnist.keras")


@pytest.fixture(scope="module")
def test_set(few: Mnist) -> Pair:
    return scale(flatten(few[1][0])), few[1][1]


# What a reader may have set for Keras in the environment or in keras.json, in a home folder of its own
FOREIGN = {"backend": "jax", "floatx": "float16", "epsilon": 0.01}
SETTINGS_AFTER_IMPORT = """
from mnist_lab import classifier
keras = classifier.keras
weights = classifier.build().layers[0].kernel
print(keras.config.backend(), keras.config.floatx(), keras.config.epsilon(), weights.dtype)
"""


def test_a_readers_own_keras_settings_change_nothing(tmp_path: Path) -> None:
    (tmp_path / ".keras").mkdir()
    (tmp_path / ".keras" / "keras.json").write_text(json.dumps(FOREIGN))
    source = str(Path(lab.__file__).parents[1])
    environment = {**os.environ, "HOME": str(tmp_path), "KERAS_BACKEND": "torch", "PYTHONPATH": source}
    command = [sys.executable, "-c", SETTINGS_AFTER_IMPORT]
    ended = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True)
    assert (ended.stdout, ended.stderr) == ("tensorflow float32 1e-07 float32\n", "")


def test_build_is_the_articles_network() -> None:
    model = lab.build()
    hidden, output = model.layers
    assert model.input_shape == (None, 784)
    assert model.output_shape == (None, 10)
    assert (type(hidden), hidden.units, hidden.activation) == (keras.layers.Dense, 128, keras.activations.relu)
    assert (type(output), output.units, output.activation) == (keras.layers.Dense, 10, keras.activations.softmax)
    assert model.count_params() == 784 * 128 + 128 + 128 * 10 + 10 == 101770
    assert type(model.optimizer) is keras.optimizers.Adam
    assert float(model.optimizer.learning_rate) == pytest.approx(0.001)
    assert model.loss == "sparse_categorical_crossentropy"
    assert (lab.PIXELS, lab.HIDDEN, lab.CLASSES) == (784, 128, 10)
    assert (lab.EPOCHS, lab.BATCH_SIZE) == (5, 32)


def test_train_follows_its_seed(test_set: Pair) -> None:
    x, y = test_set[0][:96], test_set[1][:96]

    def weights(seed: int) -> list[np.ndarray]:
        model, history = lab.train(x, y, seed=seed)
        assert sorted(history) == ["accuracy", "loss"]
        assert len(history["loss"]) == len(history["accuracy"]) == 5
        assert int(model.optimizer.iterations) == 15  # 96 images in batches of 32, five times
        return model.get_weights()

    first, again, other = weights(3), weights(3), weights(4)
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])
    assert lab.train.__kwdefaults__ == {"seed": 0}


def test_save_and_load_keep_every_bit(tmp_path: Path) -> None:
    keras.utils.set_random_seed(0)
    model = lab.build()
    x = np.random.default_rng(0).random((8, 784), dtype=np.float32)
    model.fit(x, np.arange(8), verbose=0)
    lab.save(model, tmp_path / "small.keras")
    loaded = lab.load(tmp_path / "small.keras")
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), loaded.get_weights(), strict=True))
    np.testing.assert_array_equal(model.predict(x, verbose=0), loaded.predict(x, verbose=0))
    assert int(loaded.optimizer.iterations) == 1
    assert loaded.evaluate(x, np.arange(8), verbose=0) == model.evaluate(x, np.arange(8), verbose=0)


def test_confusion_counts_pairs() -> None:
    matrix = lab.confusion(np.array([0, 0, 0, 9, 4]), np.array([0, 0, 6, 9, 9]))
    assert matrix.dtype == int
    expected = np.zeros((10, 10), int)
    expected[0, 0], expected[0, 6], expected[9, 9], expected[4, 9] = 2, 1, 1, 1
    np.testing.assert_array_equal(matrix, expected)


def test_misread_lists_the_first_wrong_ones() -> None:
    probabilities = np.full((5, 10), 0.01)
    for row, digit in enumerate([3, 1, 4, 1, 5]):
        probabilities[row, digit] = 0.5 + row / 10
    found = lab.misread(np.array([3, 7, 4, 2, 9]), probabilities, count=2)
    assert found == {
        "misread_index": [1, 3],
        "misread_label": [7, 2],
        "misread_prediction": [1, 1],
        "misread_probability": [0.6, 0.8],
    }
    assert lab.misread(np.array([3, 1, 4, 1, 5]), probabilities, count=2)["misread_index"] == []


def test_main_trains_saves_reads_back_and_measures(ran: Ran, model: keras.Sequential, few: Mnist, test_set: Pair) -> None:
    x, labels = test_set
    trained, history = lab.train(scale(flatten(few[0][0])), few[0][1], seed=0)
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), trained.get_weights(), strict=True))
    probabilities = model.predict(x, verbose=0)
    loss, accuracy = lab.evaluate(model, x, labels)
    wrong = int((probabilities.argmax(axis=1) != labels).sum())
    assert 0 < wrong < 250  # of 500: it has learned something, and not everything
    assert int(model.optimizer.iterations) == 5 * 63
    assert ran.numbers == {
        "parameters": 101770,
        "updates_per_epoch": 63,
        "epoch_loss": history["loss"],
        "epoch_accuracy": history["accuracy"],
        "test_loss": loss,
        "test_accuracy": accuracy,
        "test_errors": wrong,
        "confusion": lab.confusion(labels, probabilities.argmax(axis=1)).tolist(),
        **lab.misread(labels, probabilities, count=12),
    }
    assert history["loss"] == sorted(history["loss"], reverse=True)


def test_main_prints_the_progress_and_its_result(ran: Ran, model: keras.Sequential, few: Mnist) -> None:
    assert [f"Epoch {epoch}/5" in ran.printed for epoch in range(1, 7)] == [True] * 5 + [False]
    assert "63/63" in ran.printed
    assert "ms/step - accuracy: " in ran.printed
    digit, probabilities = lab.predict(model, few[1][0][0])
    loss, accuracy, errors = (ran.numbers[f"test_{name}"] for name in ("loss", "accuracy", "errors"))
    # nothing but its own two lines after the training: no progress bar of evaluate or predict
    assert ran.lines[-2:] == [
        f"测试集：损失 {loss:.4f}，准确率 {accuracy:.2%}，认错 {errors} 张",
        f"第一张测试图像：标签 7，认作 {digit}，概率 {probabilities[digit]:.4f}",
    ]
    assert "ms/step" in ran.lines[-3]


def test_evaluate_is_the_mean_over_all_images(model: keras.Sequential, test_set: Pair) -> None:
    x, y = test_set
    probabilities = model.predict(x, verbose=0)
    loss, accuracy = lab.evaluate(model, x, y)
    assert accuracy == pytest.approx(np.mean(probabilities.argmax(axis=1) == y), abs=1e-6)
    assert loss == pytest.approx(-np.log(probabilities[np.arange(len(y)), y].astype(np.float64)).mean(), rel=1e-4)


def test_predict_reads_one_image(model: keras.Sequential, few: Mnist) -> None:
    for image in few[1][0][:3]:
        digit, probabilities = lab.predict(model, image)
        assert type(digit) is int
        assert digit == probabilities.argmax()
        assert probabilities.shape == (10,)
        assert probabilities.sum() == pytest.approx(1, abs=1e-5)
        expected = model.predict(image.reshape(1, 784) / np.float32(255), verbose=0)[0]
        np.testing.assert_array_equal(probabilities, expected)


NOT_IMAGES: dict[str, tuple[np.ndarray, str]] = {
    "divided": (np.zeros((28, 28), np.float32), "像素的类型不对；见到 float32；应为 uint8；请给没有除以 255 的图像"),
    "signed": (np.zeros((28, 28), np.int64), "像素的类型不对；见到 int64；应为 uint8；"),
    "colour": (np.zeros((28, 28, 3), np.uint8), r"图像的形状不对；见到 \(28, 28, 3\)；应为 \(28, 28\)；请给一张灰度图像"),
    "many": (np.zeros((5, 28, 28), np.uint8), r"图像的形状不对；见到 \(5, 28, 28\)；"),
    "flat": (np.zeros(784, np.uint8), r"图像的形状不对；见到 \(784,\)；"),
}


@pytest.mark.parametrize("case", NOT_IMAGES)
def test_predict_refuses_what_is_no_image_of_the_data(case: str) -> None:
    image, message = NOT_IMAGES[case]
    with pytest.raises(ValueError, match=f"^{message}") as caught:
        lab.predict(lab.build(), image)
    assert "\n" not in str(caught.value)


def test_main_passes_its_seed_on_and_goes_on_with_the_network_that_it_read_back(
    few: Mnist, test_set: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    trained, read_back, seeds = lab.build(), lab.build(), []
    monkeypatch.setattr(lab, "load_mnist", lambda: few)
    monkeypatch.setattr(lab, "train", lambda x, y, *, seed: seeds.append(seed) or (trained, {"loss": [], "accuracy": []}))
    monkeypatch.setattr(lab, "load", lambda path: read_back)
    results = lab.main(seed=7)
    assert seeds == [7]
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert (results["test_loss"], results["test_accuracy"]) == lab.evaluate(read_back, *test_set)
    assert lab.evaluate(trained, *test_set) != lab.evaluate(read_back, *test_set)
