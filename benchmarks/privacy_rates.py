"""Which learning rate suits each noise of the lab on privacy: every pair trained once, measured on the validation images.

    python benchmarks/privacy_rates.py [--write]

It takes some minutes, more than readers wait, so it is shown on the page with its date and not run again by them. Results are
printed; `--write` also puts them into benchmarks/privacy_rates.json.
"""

from __future__ import annotations

import argparse
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the lab sets it for its readers

from mnist_lab import privacy
from mnist_lab.data import flatten, load_mnist, scale
from mnist_lab.network import accuracy
from verbatim.project import write_atomically

RESULTS = Path(__file__).with_name("privacy_rates.json")
DATA = Path(__file__).resolve().parents[1] / "docs" / "downloads" / "mnist.npz"
RATES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
SEED = 0
NAMES = {None: "ordinary", 0.0: "clipped"}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"replace {RESULTS.name}")
    options = parser.parse_args(arguments)
    results = {
        "_": "Written by `python benchmarks/privacy_rates.py --write` from real runs; never edited by hand.",
        "date": datetime.now(UTC).date().isoformat(),
        "numbers": {"rates": list(RATES), "seed": SEED, **sweep(DATA)},
    }
    if options.write:
        write_atomically(RESULTS, json.dumps(results, indent=1) + "\n")
    return 0


def sweep(path: Path) -> dict[str, Any]:
    """Return, per noise, the accuracy on the validation images for each learning rate, and the rate that is best there."""
    (images, labels), _ = load_mnist(path)
    training, validation = privacy.part(scale(flatten(images)), labels, SEED)
    numbers: dict[str, Any] = {}
    for noise in privacy.LEARNING_RATES:
        name = NAMES.get(noise) or f"noise_{noise:.0f}"
        found = []
        for rate in RATES:
            layers = privacy.train(*training, noise, rate, SEED)
            found.append(accuracy(layers, *validation))
            print(f"{name}, rate {rate:g}: {found[-1]:.4f}", flush=True)
        numbers |= {name: found, f"{name}_best": RATES[found.index(max(found))]}
    return numbers


if __name__ == "__main__":
    raise SystemExit(main())
