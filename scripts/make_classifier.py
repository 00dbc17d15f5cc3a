"""Make docs/downloads/classifier.npz, the weights of the recorded network of §5, or check them.

python scripts/make_classifier.py            train again (a minute) and compare with docs/downloads/classifier.npz
python scripts/make_classifier.py --write    replace it

The training is that of the page, with the recorded seed; its errors on the test set must be the recorded ones within the record's
tolerance.
"""

import argparse
import json
import os
import sys
from pathlib import Path

import numpy as np

from mnist_lab.data import flatten, load_mnist, scale
from mnist_lab.network import Layer, forward

ROOT = Path(__file__).resolve().parents[1]
RECORD = ROOT / "snippets" / "records" / "classifier.json"
TARGET = ROOT / "docs" / "downloads" / "classifier.npz"
MNIST = ROOT / "docs" / "downloads" / "mnist.npz"
NAMES = ("hidden", "hidden_bias", "output", "output_bias")  # as Keras lists them


class MakeError(Exception):
    """What went wrong, what was expected, how to mend it."""


def train_again(seed: int, draft: Path) -> int:
    """Train as the page does, save the weights to `draft`, return their errors on the test set."""
    from mnist_lab.classifier import train  # only here: it imports TensorFlow

    (images, labels), _ = load_mnist(MNIST)
    model, _ = train(scale(flatten(images)), labels, seed=seed)
    save(dict(zip(NAMES, model.get_weights(), strict=True)), draft)
    return test_errors(draft)


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


def compare(errors: int, weights: object) -> None:
    """Raise where a number of errors is not the recorded one."""
    record = json.loads(RECORD.read_text("utf-8"))
    expected, allowed = record["numbers"]["test_errors"], record["tolerances"]["test_errors"]
    if not abs(errors - expected) <= allowed:
        raise MakeError(f"{weights}: {errors} test images wrong; expected {expected} ± {allowed:.0f}; run with --write")


def main(arguments: list[str] | None = None, target: Path = TARGET) -> int:
    """Compare, or with --write replace; 0 if the weights in `target` are right afterwards."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="replace the file instead of comparing it")
    options = parser.parse_args(arguments)
    draft = target.with_name("classifier.part.npz")
    try:
        compare(train_again(json.loads(RECORD.read_text("utf-8"))["run"]["seed"], draft), "trained again")
        if options.write:
            os.replace(draft, target)
        elif not target.is_file():
            raise MakeError(f"{target}: no such file; expected the weights; run with --write")
        compare(test_errors(target), target)
    except MakeError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        draft.unlink(missing_ok=True)
    print(f"{target}: {test_errors(target)} of the test images wrong")
    return 0


if __name__ == "__main__":
    sys.exit(main())
