"""Make docs/downloads/verse.npz, the weights of the recorded language model, or check them.

python scripts/make_verse.py            train again (minutes) and compare with docs/downloads/verse.npz
python scripts/make_verse.py --write    replace it

The training is that of the page, with the recorded seed; its loss must be the recorded one within the record's tolerance.
"""

import os
import sys
from collections import deque
from pathlib import Path

# As the lab sets it, before NumPy is imported: the number of threads changes the last bits
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from weights import Weights

from verse_lab import language
from verse_lab.data import build_vocabulary, load_poems, per_character
from verse_lab.transformer import losses_of

ROOT = Path(__file__).resolve().parents[1]
POEMS = ROOT / "docs" / "downloads" / "poems.txt.xz"


def train(seed: int, path: Path) -> None:
    """Train as the page does and save the weights."""
    poems = {name: [poem for _, poem in each] for name, each in load_poems(POEMS).items()}
    vocabulary = build_vocabulary(poems["训练"])
    rng = np.random.default_rng(seed)
    steps = language.train(vocabulary.encode(poems["训练"]), len(vocabulary.signs), language.STEPS, rng)
    _, parameters = deque(steps, maxlen=1).pop()  # each step changes them in place; the last yields them trained
    language.save(parameters, vocabulary, path)


def test_loss(weights: Path) -> float:
    """The loss per character of saved weights on the test set."""
    parameters, vocabulary = language.load(weights)
    ids = vocabulary.encode([poem for _, poem in load_poems(POEMS)["测试"]])
    return per_character(losses_of(parameters, ids), ids[:, 1:], vocabulary.rare)


WEIGHTS = Weights(
    ROOT / "docs" / "downloads" / "verse.npz",
    ROOT / "snippets" / "records" / "language.json",
    "test_nats",
    "a test loss of {:.4f} nats per character",
    train,
    test_loss,
)

if __name__ == "__main__":
    sys.exit(WEIGHTS.main(__doc__))
