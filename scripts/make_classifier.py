"""Make docs/downloads/classifier.npz, the weights of the recorded network of §5, or check them.

python scripts/make_classifier.py            train again (a minute) and compare with docs/downloads/classifier.npz
python scripts/make_classifier.py --write    replace it

The training is that of the page, with the recorded seed; its errors on the test set must be the recorded ones within the record's
tolerance.
"""

import sys
from pathlib import Path

import numpy as np
from weights import Weights

from mnist_lab.data import flatten, load_mnist, scale
from mnist_lab.network import Layer, forward

ROOT = Path(__file__).resolve().parents[1]
MNIST = ROOT / "docs" / "downloads" / "mnist.npz"
NAMES = ("hidden", "hidden_bias", "output", "output_bias")  # as Keras lists them


def train(seed: int, path: Path) -> None:
    """Train as the page does and save the weights."""
    from mnist_lab import classifier  # only here: it imports TensorFlow

    (images, labels), _ = load_mnist(MNIST)
    model, _ = classifier.train(scale(flatten(images)), labels, seed=seed)
    save(dict(zip(NAMES, model.get_weights(), strict=True)), path)


def save(weights: dict[str, np.ndarray], path: Path) -> None:
    """Write float32 arrays as they are, without compression: it saves a tenth and would depend on zlib."""
    np.savez(path, **weights)  # type: ignore[arg-type]  # NumPy's types take ** for its option allow_pickle


def test_errors(path: Path) -> int:
    """How many of the 10,000 test images saved weights read wrongly."""
    _, (images, labels) = load_mnist(MNIST)
    with np.load(path) as arrays:
        layers: list[Layer] = [(arrays["hidden"], arrays["hidden_bias"]), (arrays["output"], arrays["output_bias"])]
    _, probabilities = forward(layers, scale(flatten(images)))
    return int((probabilities.argmax(axis=1) != labels).sum())


WEIGHTS = Weights(
    ROOT / "docs" / "downloads" / "classifier.npz",
    ROOT / "snippets" / "records" / "classifier.json",
    "test_errors",
    "{:.0f} test images wrong",
    train,
    test_errors,
)

if __name__ == "__main__":
    sys.exit(WEIGHTS.main(__doc__))
