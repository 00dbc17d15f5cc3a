"""Whether the records stand on other kinds of processors, as far as this machine can play them.

    python benchmarks/processors.py [LAB …] [--kinds KIND …] [--tests] [--write]

A kind is a set of variables that makes TensorFlow, NumPy or OpenBLAS compute as on another processor, or with other threads. Each
lab is run with its first seed and compared with its record, as `record` does; it fails where a number leaves its tolerance. Told is
how many numbers differ at all, and the share of its tolerance that the furthest one takes up. `--tests` runs the labs' own tests
under each kind instead. `--write` puts the results into benchmarks/processors.json, beside those of other machines.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from verbatim.project import Project, write_atomically
from verbatim.proof.machine import environment
from verbatim.proof.records import TIMES, Lab, LabFailed, Run, compare, labs_of, output_path, record_path, run
from verbatim.published.constants import flat

RESULTS = Path(__file__).with_name("processors.json")
NOTE = "Written by `python benchmarks/processors.py --write` from real runs; never edited by hand."
AS_IT_IS = "as it is"
Variables = dict[str, str]


def kinds(features: list[str]) -> dict[str, Variables]:
    """Return the kinds that a processor with these features, as NumPy names them, can play: name to variables."""
    found: dict[str, Variables] = {AS_IT_IS: {}}
    for threads in ("1", "2", "4"):
        names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
        found[f"threads: {threads}"] = dict.fromkeys(names, threads)
    found["oneDNN: off"] = {"TF_ENABLE_ONEDNN_OPTS": "0"}
    levels = {"SSE41": "X86_V2", "AVX2": "X86_V3", "AVX512_CORE": "X86_V4"}
    cores = {"Nehalem": "X86_V2", "Haswell": "X86_V3", "Zen": "X86_V3", "SkylakeX": "X86_V4"}
    able = ["X86_V2", *features]  # the least that NumPy's wheels run on
    found |= {f"oneDNN: {level}": {"ONEDNN_MAX_CPU_ISA": level} for level, needed in levels.items() if needed in able}
    found |= {f"OpenBLAS: {core}": {"OPENBLAS_CORETYPE": core} for core, needed in cores.items() if needed in able}
    if features:
        found["NumPy: least"] = {"NPY_DISABLE_CPU_FEATURES": " ".join(features)}
    return found


def touches(kind: str, lab: Lab) -> bool:
    """Say whether a kind can change a lab's numbers: oneDNN is TensorFlow's."""
    text = lab.path.read_text("utf-8")
    return not kind.startswith("oneDNN") or "import keras" in text or "import tensorflow" in text


@contextmanager
def variables(added: Variables) -> Iterator[None]:
    """Run what follows with these variables set, for the processes that it starts."""
    before = dict(os.environ)
    os.environ.update(added)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def difference(record: dict[str, Any], ran: Run) -> dict[str, Any]:
    """Return how many of a run's numbers differ from the record's, times aside, and which goes furthest in its tolerance."""
    changed, count, furthest, share = 0, 0, "", 0.0
    for key, before in record["numbers"].items():
        if TIMES.search(key):
            continue
        old, new = dict(flat(before)), dict(flat(ran.numbers.get(key)))
        count += len(old)
        for name in old.keys() & new.keys():
            distance = abs(old[name] - new[name])
            changed += distance > 0
            used = distance / record["tolerances"][key] if distance else 0.0
            if used > share:
                furthest, share = f"{key}{name}", used
    return {"numbers": count, "changed": changed, "furthest": furthest, "share_of_tolerance": round(share, 4)}


def measure(project: Project, lab: Lab, added: Variables) -> dict[str, Any]:
    """Run a lab under a kind; return the difference from its record, and what `record` would say of it."""
    record = json.loads(record_path(project, lab.name).read_text("utf-8"))
    output = output_path(project, lab.name).read_text("utf-8")
    try:
        with variables(added):
            ran = run(project, lab, lab.seeds[0] if lab.seeds else None)
    except LabFailed as error:
        return {"faults": str(error).splitlines()}
    return difference(record, ran) | {"faults": compare(record, output, ran)}


def run_tests(project: Project, added: Variables) -> dict[str, Any]:
    """Run the labs' own tests under a kind; return the last line that pytest says."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(project.tests)]
    ended = subprocess.run(command, cwd=project.root, env={**os.environ, **added}, capture_output=True, encoding="utf-8")
    lines = ended.stdout.strip().splitlines()
    failed = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
    return {"said": lines[-1] if lines else "", "faults": failed or ([] if ended.returncode == 0 else lines[-20:])}


def measure_all(project: Project, labs: list[Lab], chosen: dict[str, Variables], *, tests: bool) -> dict[str, dict[str, Any]]:
    """Return the results by lab, or by "tests", and kind; each is told as soon as it is there."""
    results: dict[str, dict[str, Any]] = {}
    for kind, added in chosen.items():
        jobs = {"tests": None} if tests else {lab.name: lab for lab in labs if touches(kind, lab)}
        for name, lab in jobs.items():
            result = run_tests(project, added) if lab is None else measure(project, lab, added)
            results.setdefault(name, {})[kind] = result
            print(f"processors: {name}, {kind}: {told(result)}", flush=True)
            for fault in result["faults"]:
                print(f"processors: {name}, {kind}: {fault}", file=sys.stderr, flush=True)
    return results


def told(result: dict[str, Any]) -> str:
    if "said" in result:
        return str(result["said"])
    if "numbers" not in result:
        return "it failed"
    furthest = f", {result['furthest']} takes up {result['share_of_tolerance']:.0%} of its tolerance" if result["changed"] else ""
    return f"{result['changed']} of {result['numbers']} numbers differ{furthest}"


def merged(content: dict[str, Any], machine: dict[str, Any], results: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the file's content with this machine's results in it; those of other machines, labs and kinds stay."""
    machines = content.get("machines", {})
    mine = machines.get(machine["processor"], {}).get("results", {})
    for name, by_kind in results.items():
        mine[name] = mine.get(name, {}) | by_kind
    entry = {"run": machine, "results": dict(sorted(mine.items()))}
    everywhere = dict(sorted((machines | {machine["processor"]: entry}).items()))
    date = max(found["run"]["date"] for found in everywhere.values())
    return {"_": NOTE, "date": date, "numbers": summary(everywhere), "machines": everywhere}


def summary(machines: dict[str, Any]) -> dict[str, int | float]:
    """Return what pages show of all results: how many runs and numbers were compared, how many differ, and how far at most."""
    labs = [
        (kind, result) for found in machines.values() for by_kind in found["results"].values() for kind, result in by_kind.items()
    ]
    ran = [(kind, result) for kind, result in labs if "numbers" in result]
    return {
        "machines": len(machines),
        "kinds": len({kind for kind, _ in ran} - {AS_IT_IS}),
        "runs": len(ran),
        "compared": sum(result["numbers"] for _, result in ran),
        "changed": sum(result["changed"] for _, result in ran),
        "beyond": sum(bool(result["faults"]) for _, result in labs),
        "tolerance_share": max((result["share_of_tolerance"] for _, result in ran), default=0.0),
    }


def main(arguments: list[str] | None = None) -> int:
    possible = kinds(np.show_config(mode="dicts")["SIMD Extensions"].get("found", []))
    project = Project.find(Path(__file__))
    labs = labs_of(project)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labs", nargs="*", metavar="LAB", help="all labs where none is named")
    parser.add_argument(
        "--kinds", nargs="+", choices=list(possible), default=list(possible), metavar="KIND", help=", ".join(possible)
    )
    parser.add_argument("--tests", action="store_true", help="run the labs' tests instead of the labs")
    parser.add_argument("--write", action="store_true", help=f"put the results into {RESULTS.name}")
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.labs if name not in labs]:
        parser.error(f"no lab {', '.join(unknown)}; there are: {', '.join(labs)}")
    chosen = {kind: possible[kind] for kind in options.kinds}
    results = measure_all(project, [labs[name] for name in options.labs or labs], chosen, tests=options.tests)
    if options.write:
        content = json.loads(RESULTS.read_text("utf-8")) if RESULTS.is_file() else {}
        write_atomically(RESULTS, json.dumps(merged(content, environment(), results), ensure_ascii=False, indent=1) + "\n")
    return int(any(result["faults"] for by_kind in results.values() for result in by_kind.values()))


if __name__ == "__main__":
    sys.exit(main())
