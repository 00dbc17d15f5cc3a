"""Make docs/downloads/verse.npz, the weights of the recorded language model, or check them.

python scripts/make_verse.py            train again (minutes) and compare with docs/downloads/verse.npz
python scripts/make_verse.py --write    replace it

The training is that of the page, with the recorded seed; its loss must be the recorded one within the record's tolerance.
"""

import argparse
import json
import os
import sys
from collections import deque
from pathlib import Path

# As the lab sets it, before NumPy is imported: the number of threads changes the last bits
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

from verse_lab import language
from verse_lab.data import build_vocabulary, load_poems, per_character
from verse_lab.transformer import losses_of

ROOT = Path(__file__).resolve().parents[1]
RECORD = ROOT / "snippets" / "records" / "language.json"
TARGET = ROOT / "docs" / "downloads" / "verse.npz"
POEMS = ROOT / "docs" / "downloads" / "poems.txt.xz"


class MakeError(Exception):
    """What went wrong, what was expected, how to mend it."""


def train_again(seed: int, draft: Path) -> float:
    """Train as the page does, save the weights to `draft`, return their loss on the test set."""
    poems = {name: [poem for _, poem in each] for name, each in load_poems(POEMS).items()}
    vocabulary = build_vocabulary(poems["训练"])
    rng = np.random.default_rng(seed)
    steps = language.train(vocabulary.encode(poems["训练"]), len(vocabulary.signs), language.STEPS, rng)
    _, parameters = deque(steps, maxlen=1).pop()  # each step changes them in place; the last yields them trained
    language.save(parameters, vocabulary, draft)
    return test_loss(draft)


def test_loss(weights: Path) -> float:
    """The loss per character of saved weights on the test set."""
    parameters, vocabulary = language.load(weights)
    ids = vocabulary.encode([poem for _, poem in load_poems(POEMS)["测试"]])
    return per_character(losses_of(parameters, ids), ids[:, 1:], vocabulary.rare)


def compare(loss: float, weights: object) -> None:
    """Raise where a loss is not the recorded one."""
    record = json.loads(RECORD.read_text("utf-8"))
    expected, allowed = record["numbers"]["test_nats"], record["tolerances"]["test_nats"]
    if not abs(loss - expected) <= allowed:
        raise MakeError(f"{weights}: a test loss of {loss:.4f}; expected {expected:.4f} ± {allowed:.4f}; run with --write")


def main(arguments: list[str] | None = None, target: Path = TARGET) -> int:
    """Compare, or with --write replace; 0 if the weights in `target` are right afterwards."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="replace the file instead of comparing it")
    options = parser.parse_args(arguments)
    draft = target.with_name("verse.part.npz")
    try:
        compare(train_again(json.loads(RECORD.read_text("utf-8"))["run"]["seed"], draft), "trained again")
        if options.write:
            os.replace(draft, target)
        elif not target.is_file():
            raise MakeError(f"{target}: no such file; expected the weights; run with --write")
        compare(test_loss(target), target)
    except MakeError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        draft.unlink(missing_ok=True)
    print(f"{target}: a test loss of {test_loss(target):.4f} nats per character")
    return 0


if __name__ == "__main__":
    sys.exit(main())
