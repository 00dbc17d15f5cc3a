"""How long the same network takes to train: the article's listing, the lab on speed step by step, and its peers.

    python benchmarks/faster.py [--seeds 0 1 2] [--write]

Every contestant of contestants.py, in a process of its own, by turns, so that what else the machine does meets all alike; the
peers in an environment that is made in .cache/peers at the first run, from peers.txt. Beside them stands the floor: the
operations of the training at the speed of NumPy's matrix multiplication, measured in the same hour. Results are printed;
`--write` also puts them into benchmarks/faster.json, which the page shows with its date.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contestants import CONTESTANTS, ROOT, THREADS, variables

from mnist_lab.flops import HIDDEN, RUN_IMAGES, flops_per_image
from verbatim.project import write_atomically
from verbatim.proof.machine import environment

RESULTS = Path(__file__).with_name("faster.json")
PEERS = ROOT / ".cache" / "peers"
SCRIPT = Path(__file__).with_name("contestants.py")
# The best of many, since the floor is what the processor can do: 256 images, as in a batch, through the first layer
MULTIPLY = """
import time, numpy as np
x, w = np.ones((256, 784), np.float32), np.ones((784, 128), np.float32)
def once():
    start = time.perf_counter()
    for _ in range(50):
        x @ w
    return 50 * 2 * 256 * 784 * 128 / (time.perf_counter() - start)
print(max(once() for _ in range(30)))
"""
Measured = dict[str, float]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], metavar="N")
    parser.add_argument("--only", nargs="+", default=list(CONTESTANTS), choices=CONTESTANTS, metavar="NAME")
    parser.add_argument("--write", action="store_true", help=f"replace {RESULTS.name}")
    options = parser.parse_args(arguments)
    if options.write and set(options.only) != set(CONTESTANTS):
        parser.error("--write keeps all contestants or none; leave --only out")
    runs = measure(options.only, options.seeds)
    results = {
        "_": "Written by `python benchmarks/faster.py --write` from real runs; never edited by hand.",
        "date": datetime.now(UTC).date().isoformat(),
        "machine": environment(),
        "numbers": {"seeds": len(options.seeds), **floor(), **summary(runs)},
        "runs": runs,
    }
    if options.write:
        write_atomically(RESULTS, json.dumps(results, indent=1) + "\n")
    return 0


def measure(names: list[str], seeds: list[int]) -> dict[str, list[Measured]]:
    """Run every contestant once per seed, by turns; print each as it ends."""
    runs: dict[str, list[Measured]] = {name: [] for name in names}
    if any(CONTESTANTS[name].peer for name in names):
        make_peers()
    for seed in seeds:
        for name in names:
            runs[name].append(one(name, seed))
            told = runs[name][-1]
            times = f"{told['seconds']:6.2f} s on the clock, {told['processor']:6.2f} s of the processor"
            print(f"{name:13} seed {seed}: {times}, {told['accuracy']:.4f}", flush=True)
    return runs


def make_peers() -> None:
    """Install the peers where they are not yet; uv's own variables say from where."""
    listed = Path(__file__).with_name("peers.txt")
    kept = PEERS / "peers.txt"
    if kept.is_file() and kept.read_bytes() == listed.read_bytes():
        return
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(PEERS)], check=True)
    subprocess.run([*uv, "pip", "install", "--quiet", "--python", str(python_of(PEERS)), "-r", str(listed)], check=True)
    write_atomically(kept, listed.read_text("utf-8"))


def python_of(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def one(name: str, seed: int, *more: str) -> Measured:
    """Train one contestant in a process of its own; raises RuntimeError, its output in it, where that fails."""
    python = python_of(PEERS) if CONTESTANTS[name].peer else sys.executable
    inherited = {key: value for key, value in os.environ.items() if key not in THREADS and not key.startswith(("KERAS", "TF_"))}
    line = [str(python), str(SCRIPT), name, str(seed), *more]
    done = subprocess.run(line, env=inherited | variables(name), capture_output=True, encoding="utf-8")
    if done.returncode:
        raise RuntimeError(f"{name}, seed {seed}: exit code {done.returncode}\n{done.stderr[-3000:]}")
    measured: Measured = json.loads(done.stdout.splitlines()[-1])
    return measured


def floor() -> Measured:
    """Return the speed of one thread's matrix multiplication, and how long the training's operations would take at it."""
    line = [sys.executable, "-c", MULTIPLY]
    done = subprocess.run(line, env=os.environ | THREADS, capture_output=True, encoding="utf-8", check=True)
    speed = float(done.stdout)
    return {"gflops": speed / 1e9, "floor_seconds": flops_per_image(HIDDEN) * RUN_IMAGES / speed}


def summary(runs: dict[str, list[Measured]]) -> dict[str, Any]:
    """Return per contestant the median times and the range of accuracies; and how many times as fast as the listing it was.

    The ratio is of the runs of one seed, which follow each other; the least over the seeds is kept too.
    """
    numbers: dict[str, Any] = {}
    for name, measured in runs.items():
        for key in ("seconds", "processor"):
            numbers[f"{name}_{key}"] = statistics.median(run[key] for run in measured)
        accuracies = [run["accuracy"] for run in measured]
        numbers |= {f"{name}_low": min(accuracies), f"{name}_high": max(accuracies)}
        numbers |= {f"{name}_mean": statistics.fmean(accuracies)}
        if "listing" in runs:
            ratios = [theirs["seconds"] / run["seconds"] for theirs, run in zip(runs["listing"], measured, strict=True)]
            numbers |= {f"{name}_ratio": statistics.median(ratios), f"{name}_ratio_low": min(ratios)}
    return numbers


if __name__ == "__main__":
    raise SystemExit(main())
