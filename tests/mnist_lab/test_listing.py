"""The listing of section 5.2: it is the network of `classifier`, and the source's own listing fails as the errata say."""

import contextlib
import io
import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest
from ran import Mnist

import mnist_lab
from mnist_lab.data import flatten, scale

if TYPE_CHECKING:  # importing it would train; named here, it is part of what these tests prove
    import mnist_lab.listing

LISTING = Path(mnist_lab.__file__).with_name("listing.py")


@pytest.fixture(scope="module")
def listing(few: Mnist, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    """The listing run as a reader runs it, on a small file: the names that it leaves behind, what it printed."""
    folder = tmp_path_factory.mktemp("listing")
    (x_train, y_train), (x_test, y_test) = few
    np.savez(folder / "mnist.npz", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    printed = io.StringIO()
    keras.config.set_floatx("float16")  # as the reader's own settings may have it
    keras.config.set_epsilon(1e-3)
    with contextlib.chdir(folder), contextlib.redirect_stdout(printed):
        names = runpy.run_path(str(LISTING), run_name="__main__")
    return names, printed.getvalue()


def test_listing_trains_the_network_of_classifier_bit_for_bit(listing: tuple[dict[str, Any], str], few: Mnist) -> None:
    from mnist_lab import classifier

    (images, labels), _ = few
    expected, _ = classifier.train(scale(flatten(images)), labels, seed=0)
    found = listing[0]["model"]
    assert [layer.get_config() | {"name": ""} for layer in found.layers] == [
        layer.get_config() | {"name": ""} for layer in expected.layers
    ]
    assert {array.dtype for array in found.get_weights()} == {np.dtype(np.float32)}
    assert keras.config.epsilon() == 1e-7
    for one, two in zip(found.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_listing_evaluates_on_all_test_images(listing: tuple[dict[str, Any], str], few: Mnist) -> None:
    names, printed = listing
    _, (images, labels) = few
    assert names["x_train"].shape == (2000, 784)
    assert names["x_test"].dtype == np.float32
    np.testing.assert_array_equal(names["x_test"], scale(flatten(images)))
    probabilities = names["model"].predict(scale(flatten(images)), verbose=0)
    assert names["accuracy"] == pytest.approx(np.mean(probabilities.argmax(axis=1) == labels), abs=1e-6)
    assert names["loss"] == pytest.approx(-np.log(probabilities[np.arange(500), labels].astype(float)).mean(), rel=1e-4)
    assert "Epoch 5/5" in printed
    assert "Epoch 6" not in printed
    assert "16/16" in printed


def test_without_the_data_the_error_is_the_one_that_the_page_explains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"mnist\.npz"):
        runpy.run_path(str(LISTING), run_name="__main__")


def test_listing_fits_on_a_screen() -> None:
    lines = LISTING.read_text(encoding="utf-8").splitlines()
    first = lines.index("# --8<-- [start:listing]")
    last = lines.index("# --8<-- [end:listing]")
    assert last - first - 1 <= 40
    assert max(map(len, lines)) <= 100


def own_model() -> keras.Sequential:
    """As the source's: it wants vectors of 784 numbers, and integer labels."""
    model = keras.Sequential([keras.Input(shape=(784,)), keras.layers.Dense(10, activation="softmax")])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return model


def test_the_sources_listing_fails_because_images_are_not_flattened(mnist: Mnist) -> None:
    images, labels = mnist[0][0][:64], mnist[0][1][:64]
    with pytest.raises(ValueError, match=r"Invalid input shape.*784.*28, 28"):
        own_model().fit(images / 255.0, labels, verbose=0)
    own_model().fit(images.reshape(-1, 784) / 255.0, labels, verbose=0)


def test_one_hot_labels_fail_in_the_sparse_loss(mnist: Mnist) -> None:
    images, labels = mnist[0][0][:64].reshape(-1, 784) / 255.0, mnist[0][1][:64]
    with pytest.raises(ValueError, match="shape"):
        own_model().fit(images, keras.utils.to_categorical(labels), verbose=0)


def test_the_old_input_shape_argument_warns() -> None:
    with pytest.warns(UserWarning, match="Do not pass an `input_shape`"):
        keras.layers.Dense(128, activation="relu", input_shape=(784,))
