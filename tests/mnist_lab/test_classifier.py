"""The article's network: what it is, how well it reads, and each of its helpers."""

import os
import re
import runpy
from pathlib import Path

import keras
import numpy as np
import pytest

from mnist_lab import classifier, quiet
from mnist_lab.data import flatten, scale

NPZ = Path(__file__).resolve().parents[2] / "docs" / "downloads" / "mnist.npz"


@pytest.fixture(scope="module")
def model(article_run: tuple) -> keras.Sequential:
    """The network of seed 0, as the program saved it."""
    return keras.saving.load_model(article_run[0] / "mnist.keras")


@pytest.fixture(scope="module")
def test_set(mnist: tuple) -> tuple[np.ndarray, np.ndarray]:
    return scale(flatten(mnist[1][0])), mnist[1][1]


def test_build_is_the_articles_network() -> None:
    model = classifier.build()
    hidden, output = model.layers
    assert model.input_shape == (None, 784)
    assert model.output_shape == (None, 10)
    assert (type(hidden), hidden.units, hidden.activation) == (keras.layers.Dense, 128, keras.activations.relu)
    assert (type(output), output.units, output.activation) == (keras.layers.Dense, 10, keras.activations.softmax)
    assert model.count_params() == 784 * 128 + 128 + 128 * 10 + 10 == 101770
    assert type(model.optimizer) is keras.optimizers.Adam
    assert float(model.optimizer.learning_rate) == pytest.approx(0.001)
    assert model.loss == "sparse_categorical_crossentropy"
    assert (classifier.PIXELS, classifier.HIDDEN, classifier.CLASSES) == (784, 128, 10)
    assert (classifier.EPOCHS, classifier.BATCH_SIZE) == (5, 32)


def test_importing_quietens_tensorflow_unless_the_environment_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quiet, "start_keras", lambda: None)  # it would do the same, but is on no page
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    runpy.run_path(classifier.__file__)
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0"
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL")
    runpy.run_path(classifier.__file__)
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "2"


def test_train_follows_its_seed(test_set: tuple) -> None:
    x, y = test_set[0][:96], test_set[1][:96]

    def weights(seed: int) -> list[np.ndarray]:
        model, history = classifier.train(x, y, seed=seed)
        assert sorted(history) == ["accuracy", "loss"]
        assert len(history["loss"]) == len(history["accuracy"]) == 5
        assert int(model.optimizer.iterations) == 15  # 96 images in batches of 32, five times
        return model.get_weights()

    first, again, other = weights(3), weights(3), weights(4)
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])
    assert classifier.train.__kwdefaults__ == {"seed": 0}


def test_the_program_shows_keras_progress_bar(article_run: tuple) -> None:
    printed = article_run[1]
    assert [f"Epoch {epoch}/5" in printed for epoch in range(1, 7)] == [True] * 5 + [False]
    assert "1875/1875" in printed
    assert "ms/step - accuracy: " in printed


def test_accuracy_after_five_epochs(model: keras.Sequential, test_set: tuple) -> None:
    loss, accuracy = classifier.evaluate(model, *test_set)
    assert accuracy >= 0.975
    assert 0.05 < loss < 0.1


def test_evaluate_is_the_mean_over_all_images(model: keras.Sequential, test_set: tuple) -> None:
    x, y = test_set
    probabilities = model.predict(x, verbose=0)
    loss, accuracy = classifier.evaluate(model, x, y)
    assert accuracy == pytest.approx(np.mean(probabilities.argmax(axis=1) == y), abs=1e-6)
    assert loss == pytest.approx(-np.log(probabilities[np.arange(len(y)), y].astype(np.float64)).mean(), rel=1e-4)


def test_the_program_prints_its_result(article_run: tuple, model: keras.Sequential, test_set: tuple) -> None:
    loss, accuracy = classifier.evaluate(model, *test_set)
    errors = round(10000 * (1 - accuracy))
    assert f"测试集：损失 {loss:.4f}，准确率 {accuracy:.2%}，认错 {errors} 张\n" in article_run[1]
    assert re.search(r"^第一张测试图像：标签 7，认作 7，概率 0\.99\d\d$", article_run[1], re.MULTILINE)


def test_the_network_learned_in_every_epoch(article_run: tuple) -> None:
    results = article_run[2]
    assert results["epoch_loss"] == sorted(results["epoch_loss"], reverse=True)
    assert len(results["epoch_loss"]) == 5
    assert results["epoch_accuracy"] == sorted(results["epoch_accuracy"])
    assert len(results["epoch_accuracy"]) == 5
    assert 0.91 < results["epoch_accuracy"][0] < 0.95
    assert 0.985 < results["epoch_accuracy"][4] < 0.995


def test_main_returns_what_it_saved(article_run: tuple, test_set: tuple) -> None:
    folder, printed, results = article_run
    model = classifier.load(folder / "mnist.keras")
    probabilities = model.predict(test_set[0], verbose=0)
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != test_set[1])
    assert (results["parameters"], results["updates_per_epoch"]) == (101770, 1875)
    assert int(model.optimizer.iterations) == 5 * 1875
    assert (results["test_loss"], results["test_accuracy"]) == classifier.evaluate(model, *test_set)
    assert results["test_errors"] == len(wrong)
    assert f"认错 {len(wrong)} 张" in printed
    assert results["confusion"] == classifier.confusion(test_set[1], probabilities.argmax(axis=1)).tolist()
    assert results["misread_index"] == wrong[:12].tolist()


def test_save_and_load_keep_every_bit(tmp_path: Path) -> None:
    keras.utils.set_random_seed(0)
    model = classifier.build()
    x = np.random.default_rng(0).random((8, 784), dtype=np.float32)
    model.fit(x, np.arange(8), verbose=0)
    classifier.save(model, tmp_path / "small.keras")
    loaded = classifier.load(tmp_path / "small.keras")
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), loaded.get_weights(), strict=True))
    np.testing.assert_array_equal(model.predict(x, verbose=0), loaded.predict(x, verbose=0))
    assert int(loaded.optimizer.iterations) == 1
    assert loaded.evaluate(x, np.arange(8), verbose=0) == model.evaluate(x, np.arange(8), verbose=0)


def test_predict_reads_one_image(model: keras.Sequential, mnist: tuple) -> None:
    images, labels = mnist[1]
    for place in range(3):
        digit, probabilities = classifier.predict(model, images[place])
        assert type(digit) is int
        assert digit == labels[place] == probabilities.argmax()
        assert probabilities.shape == (10,)
        assert probabilities.sum() == pytest.approx(1, abs=1e-5)
        expected = model.predict(images[place].reshape(1, 784) / np.float32(255), verbose=0)[0]
        np.testing.assert_array_equal(probabilities, expected)


def test_main_passes_its_seed_on_and_goes_on_with_the_network_that_it_read_back(
    test_set: tuple, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mnist.npz").symlink_to(NPZ)
    monkeypatch.chdir(tmp_path)
    trained, read_back, seeds = classifier.build(), classifier.build(), []
    monkeypatch.setattr(classifier, "train", lambda x, y, *, seed: seeds.append(seed) or (trained, {"loss": [], "accuracy": []}))
    monkeypatch.setattr(classifier, "load", lambda path: read_back)
    results = classifier.main(seed=7)
    assert seeds == [7]
    assert len(capsys.readouterr().out.splitlines()) == 2  # nothing but its own two lines: no progress bar of predict
    assert (results["test_loss"], results["test_accuracy"]) == classifier.evaluate(read_back, *test_set)
    assert classifier.evaluate(trained, *test_set) != classifier.evaluate(read_back, *test_set)


def test_confusion_counts_pairs() -> None:
    matrix = classifier.confusion(np.array([0, 0, 0, 9, 4]), np.array([0, 0, 6, 9, 9]))
    assert matrix.dtype == int
    expected = np.zeros((10, 10), int)
    expected[0, 0], expected[0, 6], expected[9, 9], expected[4, 9] = 2, 1, 1, 1
    np.testing.assert_array_equal(matrix, expected)


def test_misread_lists_the_first_wrong_ones() -> None:
    probabilities = np.full((5, 10), 0.01)
    for row, digit in enumerate([3, 1, 4, 1, 5]):
        probabilities[row, digit] = 0.5 + row / 10
    found = classifier.misread(np.array([3, 7, 4, 2, 9]), probabilities, count=2)
    assert found == {
        "misread_index": [1, 3],
        "misread_label": [7, 2],
        "misread_prediction": [1, 1],
        "misread_probability": [0.6, 0.8],
    }
    assert classifier.misread(np.array([3, 1, 4, 1, 5]), probabilities, count=2)["misread_index"] == []
