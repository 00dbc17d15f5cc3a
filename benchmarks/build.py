"""What verification adds to a strict build, to an edit under `mkdocs serve`, and what `check` takes, as a site grows.

    python benchmarks/build.py [--pages 10 100 1000] [--rounds 3] [--edits 7] [--write]

The peer is the same generated site with the same Markdown extensions but for `verbatim.site.markdown`: blocks are included by
pymdownx.snippets alone, references stay as they were typed. Theme: Material, with search. Both are built by turns, each in a
process of its own. What is compared is processor time, which other work on the machine disturbs least; seconds on the clock
are told beside it: `check` judges the pages on all processors that are free. Results are printed; `--write` also puts them into
benchmarks/results.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from generated import REGIONS, generate

from verbatim.project import write_atomically

RESULTS = Path(__file__).with_name("results.json")
ENVIRONMENT = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
# The share that verification may add to a build
ADDED = 0.10


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, nargs="+", default=[10, 100, 1000], metavar="N")
    parser.add_argument("--rounds", type=int, default=3, help="builds of each kind")
    parser.add_argument("--edits", type=int, default=7, help="edits of each kind; 0 leaves `mkdocs serve` out")
    parser.add_argument("--write", action="store_true", help=f"replace {RESULTS.name}")
    options = parser.parse_args(arguments)
    results = {
        "_": "Written by `python benchmarks/build.py --write` from real builds; never edited by hand.",
        "machine": {
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}",
            "cores": os.cpu_count(),
        },
        "regions_per_page": REGIONS,
        "builds": [measure_builds(pages, options.rounds) for pages in options.pages],
    }
    if options.edits:
        results["serve"] = measure_serve(options.pages[0], options.edits)
    print("\n".join(report(results)))
    if options.write:
        write_atomically(RESULTS, json.dumps(results, ensure_ascii=False, indent=1) + "\n")
    return 0


def measure_builds(pages: int, rounds: int) -> dict[str, Any]:
    """Build a site of this size with and without verification, by turns, and check it.

    Its HTML grows faster than its pages: each of them holds the navigation, which names all others.
    """
    with tempfile.TemporaryDirectory(prefix="verbatim-") as folder:
        root = Path(folder)
        generate(root, pages)
        build = ("mkdocs", "build", "--strict", "--quiet", "--config-file")
        commands = {
            "without": (*build, "without.yml", "--site-dir", "peer"),
            "with": (*build, "with.yml", "--site-dir", "site"),
            "check": ("verbatim", "check", "site"),
        }
        timed: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, command in commands.items():
                timed[name].append(time_of(root, *command))
        size = sum(path.stat().st_size for path in (root / "site").rglob("*.html"))
    return {"pages": pages, "html_megabytes": round(size / 1e6, 2), **{name: middle(times) for name, times in timed.items()}}


def time_of(root: Path, *command: str) -> tuple[float, float]:
    """Return processor seconds and seconds on the clock of a command of Python's; it must succeed."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run([sys.executable, "-m", *command], cwd=root, env=ENVIRONMENT, capture_output=True, encoding="utf-8")
    clock, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit code {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, clock


def middle(times: list[tuple[float, float]]) -> dict[str, float]:
    processor, clock = zip(*times, strict=True)
    return {"processor": round(statistics.median(processor), 3), "clock": round(statistics.median(clock), 3)}


def measure_serve(pages: int, edits: int) -> dict[str, Any]:
    """Save a file in src/ and a page, by turns, and wait each time until the page is served anew; return the medians in seconds."""
    with tempfile.TemporaryDirectory(prefix="verbatim-") as folder:
        root = Path(folder)
        generate(root, pages)
        files = {"source": root / "src/generated/page1.py", "page": root / "docs/pages/page1.md"}
        with serving(root) as address:
            waits: dict[str, list[float]] = {kind: [] for kind in files}
            for number in range(edits):
                for kind, file in files.items():
                    waits[kind].append(wait_for_edit(file, f"edit-{kind}-{number}", f"{address}pages/page1/"))
    return {"pages": pages, "edits": edits, **{kind: round(statistics.median(times), 3) for kind, times in waits.items()}}


@contextmanager
def serving(root: Path) -> Iterator[str]:
    """Serve a generated site on a free port; yields its address once it answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", f"127.0.0.1:{port}"]
    process = subprocess.Popen(
        command, cwd=root, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    )
    assert process.stdout is not None  # a pipe
    try:
        address = next(line.rpartition("Serving on ")[2].strip() for line in process.stdout if "Serving on " in line)
        threading.Thread(target=process.stdout.read, daemon=True).start()  # else the server would stop at a full pipe
        yield address
    finally:
        process.terminate()
        process.wait()


def wait_for_edit(file: Path, mark: str, address: str, limit: float = 120) -> float:
    """Change what `file` shows on the page and return the seconds until the page shows it."""
    text = file.read_text("utf-8")
    changed = text.replace("沿负梯度走一步", f"沿负梯度走一步{mark}", 1) if file.suffix == ".py" else f"{text}\n{mark}\n"
    assert changed != text
    start = time.perf_counter()
    file.write_text(changed, "utf-8")
    while time.perf_counter() - start < limit:
        with urllib.request.urlopen(address) as answer:
            if mark in answer.read().decode("utf-8"):
                return time.perf_counter() - start
        time.sleep(0.01)
    raise TimeoutError(f"{address} does not show an edit of {file.name} after {limit} s")


def report(results: dict[str, Any]) -> Iterator[str]:
    """Yield what was measured, as lines."""
    yield "pages   without        with           added   per page   check         a page, a megabyte of HTML"
    for row in results["builds"]:
        added = row["with"]["processor"] / row["without"]["processor"] - 1
        each = (row["with"]["processor"] - row["without"]["processor"]) / row["pages"] * 1000
        times = "  ".join(f"{row[kind]['processor']:6.2f} ({row[kind]['clock']:.2f})" for kind in ("without", "with"))
        check = f"{row['check']['processor']:.2f} ({row['check']['clock']:.2f})"
        parts = [row["check"]["processor"] / row[size] * 1000 for size in ("pages", "html_megabytes")]
        yield f"{row['pages']:5}  {times}  {added:6.1%}  {each:6.2f} ms   {check}   {parts[0]:.2f} ms, {parts[1]:.0f} ms"
    aim = f"verification adds at most {ADDED:.0%}, per page no more as the site grows"
    yield f"processor seconds (seconds on the clock); aim: {aim}"
    if serve := results.get("serve"):
        seen = f"a file in src/ {serve['source']:.2f} s, a page {serve['page']:.2f} s"
        yield f"mkdocs serve, {serve['pages']} pages, from saving to seeing: {seen}"


if __name__ == "__main__":
    sys.exit(main())
