"""Records: what a real run of a lab gave, how it was run, and whether a run of today gives it again."""

from __future__ import annotations

import ast
import difflib
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from verbatim.project import LabOptions, Project, SettingsError, digest, digest_of, digest_of_bytes, read_json, write_atomically
from verbatim.proof.inputs import (
    Snapshot,
    State,
    change_of,
    changed_code,
    changed_pins,
    common,
    digest_of_input,
    other_versions,
    that_count,
)
from verbatim.proof.machine import environment, plain_environment
from verbatim.proof.opened import normal
from verbatim.proof.tensors import TensorError, converted
from verbatim.published.constants import flat
from verbatim.published.parsing import parsed
from verbatim.published.units import Code

SEEDS = (0, 1, 2)
# Below the docs folder: what labs wrote for widgets
DATA_FOLDER = "assets/data"
# A tolerance is this many times the spread over the recorded seeds: a run on another processor differs like another seed
SPREADS = 2.0
# Where all seeds agree, sums taken in another order may still differ by rounding, relative to the value
ROUNDING = 1e-6
# What is itself a rounding error, of numbers near one in double precision, says nothing below this
NOISE = 1e-14
TIMES = re.compile(r"(?:^|_)seconds(?:$|\W)")
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
DURATIONS = re.compile(r"\d+(?:\.\d+)?(?=(?:[mµu]s|s)(?:/step|/epoch)?\b)|\d+(?:\.\d+)?(?=\s*(?:毫|微)?秒)|\d+:\d\d(?=\s)")


class LabFailed(RuntimeError):
    """A lab ended with an error; its text is the lab's own."""


@dataclass(frozen=True)
class Lab:
    name: str  # the module's: "gradient_descent"
    module: str  # "mnist_lab.gradient_descent"
    path: Path
    seeds: tuple[int, ...]  # none for a script, which sets its own seed
    longer: bool = False  # it runs with the module's settings LONG

    @property
    def command(self) -> str:
        """What a reader types to run it."""
        return f"python -m {self.module}{' long' if self.longer else ''}"


@dataclass(frozen=True)
class Run:
    numbers: dict[str, Any]
    output: str
    seconds: float
    memory_mb: float | None
    opened: tuple[str, ...] = ()  # files of the project that it read
    distributions: dict[str, str] = field(default_factory=dict)  # that it imported, with their versions
    files: dict[str, bytes] = field(default_factory=dict)  # that widgets read, by their names in `DATA_FOLDER`


def labs_of(project: Project) -> dict[str, Lab]:
    """Return the labs: the modules with a function `main(seed)`, and the scripts that `[tool.verbatim.labs]` names."""
    labs: dict[str, Lab] = {}
    for path in project.modules():
        name = lab_name(project, path)
        options = project.lab_options.get(name, LabOptions())
        if not (options.script or has_main(path)):
            continue
        if name in labs:
            what = f"{project.relative(path)} and {project.relative(labs[name].path)} are both the lab {name}"
            raise SettingsError(f"{what}; expected a name of its own for each, since it names its record; rename one")
        seeds = () if options.script else seeds_of(options)
        labs[name] = Lab(name, ".".join(path.relative_to(project.source).with_suffix("").parts), path, seeds)
    return labs


def longer_labs_of(project: Project) -> dict[str, Lab]:
    """Return the longer runs: the same `main` with larger settings, recorded apart and only when told.

    Raises SettingsError where one names a lab that is not there.
    """
    labs, found = labs_of(project), {}
    for name, options in project.lab_options.items():
        if options.longer and options.longer not in labs:
            what = f"[tool.verbatim.labs.{name}] longer = {options.longer!r}, and there is no such lab"
            raise SettingsError(f"{what}; expected one of {', '.join(labs)}; name one of these")
        if options.longer:
            lab = labs[options.longer]
            found[name] = Lab(name, lab.module, lab.path, seeds_of(options), longer=True)
    return found


def every_lab_of(project: Project) -> dict[str, Lab]:
    """Return all that has a record: labs and longer runs of labs."""
    return labs_of(project) | longer_labs_of(project)


def lab_name(project: Project, path: Path) -> str:
    """Return a lab's name: that of its module; with the package's in front where an earlier package has a lab of that name."""
    package, *_ = path.relative_to(project.source).parts
    earlier = project.packages[: project.packages.index(package)] if package in project.packages else ()
    taken = any(other.stem == path.stem and has_main(other) for name in earlier for other in (project.source / name).rglob("*.py"))
    return f"{package}_{path.stem}" if taken else path.stem


def seeds_of(options: LabOptions) -> tuple[int, ...]:
    return SEEDS if options.seeds is None else tuple(options.seeds)


def has_main(path: Path) -> bool:
    try:
        body = parsed(path.read_text("utf-8")).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False  # what is wrong with the file, its regions tell
    functions = [node for node in body if isinstance(node, ast.FunctionDef)]
    return any(node.name == "main" and "seed" in [argument.arg for argument in node.args.args] for node in functions)


def record_path(project: Project, name: str) -> Path:
    return project.snippets / "records" / f"{name}.json"


def data_path(project: Project, name: str) -> Path:
    return project.docs / DATA_FOLDER / name


def output_path(project: Project, name: str) -> Path:
    return project.snippets / "outputs" / f"{name}.txt"


def run(project: Project, lab: Lab, seed: int | None) -> Run:
    """Run a lab as a reader would: in an empty folder that holds the downloads, with no setting of ours.

    Raises LabFailed where it ends with an error or writes to standard error.
    """
    if odd := [data for data in project.data if not data.is_file()]:
        raise SettingsError(f"{odd[0]}: no file; expected what `data` of [tool.verbatim] names; take it from the repository")
    with tempfile.TemporaryDirectory(prefix="verbatim-") as folder:
        for data in project.data:
            shutil.copy(data, folder)
        result = Path(folder) / ".result.json"
        command = [sys.executable, "-m", "verbatim.proof.run_lab", lab.module, "script" if seed is None else str(seed)]
        command += [str(result), str(project.root), *(["LONG"] if lab.longer else [])]
        path = os.pathsep.join([str(project.source), str(Path(__file__).parents[2])])
        env = {**plain_environment(), "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"}
        start = time.perf_counter()
        ended = subprocess.run(command, cwd=folder, env=env, capture_output=True)
        seconds = time.perf_counter() - start
        if ended.returncode or ended.stderr.strip():
            raise LabFailed(f"{lab.module}, seed {seed}: exit code {ended.returncode}\n{ended.stderr.decode('utf-8', 'replace')}")
        content = json.loads(result.read_text("utf-8"))
        files = written(Path(folder), lab, project.lab_options.get(lab.name, LabOptions()).files)
    opened = tuple(path for path in content["opened"] if path not in project.data_digests())
    output = readable(ended.stdout.decode("utf-8"))
    return Run(content["numbers"], output, round(seconds, 2), content["memory_mb"], opened, content["distributions"], files)


def written(folder: Path, lab: Lab, names: tuple[str, ...]) -> dict[str, bytes]:
    """Return the files for widgets that a lab's run left in `folder`; raises LabFailed where one is not there or not to be read."""
    found: dict[str, bytes] = {}
    for name in names:
        try:
            found |= converted(name, (folder / name).read_bytes())
        except (OSError, TensorError) as error:
            raise LabFailed(f"{lab.module}: {name} of [tool.verbatim.labs.{lab.name}] files: {error}") from None
    return found


def readable(output: str) -> str:
    """Return output as a terminal would leave it, with every duration replaced by a dash, so that two runs can be the same."""
    lines = []
    for line in ESCAPE.sub("", output).replace("\r\n", "\n").split("\n"):
        # A progress bar is drawn over and over: what follows the last return or the last run of backspaces stays
        last = re.split(r"[\r\b]+", line.rstrip("\r\b"))[-1]
        lines.append(DURATIONS.sub("–", last).rstrip())
    return "\n".join(lines).strip("\n") + "\n"


def make(project: Project, lab: Lab) -> tuple[dict[str, Any], Run]:
    """Run a lab for every seed; return its record, and the run of the first seed, which it shows."""
    runs = {seed: run(project, lab, seed) for seed in lab.seeds or (None,)}
    first = next(iter(runs.values()))
    seeds = spread_of({seed: run.numbers for seed, run in runs.items()})
    record = {
        "_": f"Written by `python -m verbatim record {lab.name} --write` from a real run; never edited by hand.",
        "lab": lab.name,
        "numbers": first.numbers,
        "seeds": seeds,
        "tolerances": {key: tolerance([run.numbers[key] for run in runs.values()]) for key in first.numbers}
        | borrowed(project, lab.name),
        "run": how(project, lab, first),
        "digests": {
            **inputs(project, lab.name, lab.path, runs.values()),
            "output": digest(first.output),
            **({"widgets": {name: digest_of_bytes(content) for name, content in first.files.items()}} if first.files else {}),
        },
    }
    return record | {"digest": self_digest(record)}, first


def inputs(project: Project, name: str, path: Path, runs: Iterable[Run]) -> dict[str, Any]:
    """Return all that a record depends on, with digests."""
    code = code_of_lab(Code(project), path, longer=is_longer(project, name))
    opened = {file for run in runs for file in run.opened if file not in code}
    shared = common(project)
    return {
        "code": code,
        "files": {file: digest_of_input(project, file) for file in sorted(opened)},
        "distributions": that_count(project, {name: version for run in runs for name, version in run.distributions.items()}),
        "options": options_of(project, name),
        **{key: shared[key] for key in ("data", "pins", "python")},
    }


def is_longer(project: Project, name: str) -> bool:
    return bool(project.lab_options.get(name, LabOptions()).longer)


def code_of_lab(code: Code, path: Path, *, longer: bool = False) -> dict[str, str]:
    """Return, per file, the digest of what running a lab uses: its `main`, with LONG for a longer run, or all of a script."""
    return code.uses(path, ("main", "LONG") if longer else ("main",)).digests()


def options_of(project: Project, name: str) -> dict[str, Any]:
    """Return a lab's own settings, as they are written."""
    options: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(project.lab_options.get(name, LabOptions())))
    return {key: value for key, value in options.items() if key not in ("files", "longer") or value}


def how(project: Project, lab: Lab, run: Run) -> dict[str, Any]:
    machine = environment()
    return {
        "command": lab.command,
        "seed": lab.seeds[0] if lab.seeds else 0,
        "seconds": run.seconds,
        "memory_mb": run.memory_mb,
        "date": machine["date"],
        "cpu": machine["processor"],
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": machine["system"],
        "python": machine["python"],
        "versions": project.pinned(),
    }


def spread_of(numbers: dict[int | None, dict[str, Any]]) -> dict[str, Any]:
    """Return, per key, its values over the seeds; of a single number also the least, the greatest and the mean."""
    spread: dict[str, Any] = {"recorded": [seed for seed in numbers if seed is not None]}
    for key, value in next(iter(numbers.values())).items():
        values = [run[key] for run in numbers.values()]
        spread[key] = {"values": values}
        if isinstance(value, int | float) and not isinstance(value, bool):
            spread[key] |= {"min": min(values), "max": max(values), "mean": math.fsum(values) / len(values)}
    return spread


def tolerance(values: list[Any]) -> float:
    """Return how far a re-run may lie from the record, given a key's values over the seeds.

    That is `SPREADS` times their spread, or rounding.
    """
    numbers = [dict(flat(value)) for value in values]
    shared = set.intersection(*(set(found) for found in numbers))
    spread = max((max(found[name] for found in numbers) - min(found[name] for found in numbers) for name in shared), default=0.0)
    largest = max((abs(number) for number in numbers[0].values()), default=0.0)
    return SPREADS * spread + ROUNDING * largest + NOISE


def borrowed(project: Project, lab: str) -> dict[str, float]:
    """Return the tolerances that a script, which has one seed, takes from a lab that measures the same thing over several."""
    found = {}
    for key, reference in project.lab_options.get(lab, LabOptions()).tolerances.items():
        other, _, name = reference.partition(".")
        found[key] = read_record(project, other)["tolerances"][name]
    return found


def read_record(project: Project, lab: str) -> dict[str, Any]:
    """Return what `record` wrote of a lab; raises SettingsError where the file holds something else."""
    path, fix = record_path(project, lab), f"take it from the repository, or run `python -m verbatim record {lab} --write`"
    record = read_json(path, ("numbers", "run", "seeds", "digest"), fix)
    if record["digest"] != self_digest(record):
        raise SettingsError(f"{path}: edited by hand; expected what verbatim wrote; {fix}")
    return record


def self_digest(record: dict[str, Any]) -> str:
    content = {key: value for key, value in record.items() if key not in ("_", "digest")}
    return digest(json.dumps(content, sort_keys=True, ensure_ascii=False))


def stale_record(project: Project, record: dict[str, Any], code: Code | None = None, state: State | None = None) -> list[str]:
    """Return why a record no longer stands: edited by hand, or what it depends on has changed since."""
    then = record.get("digests")
    if (
        not isinstance(then, dict)
        or not {"code", "files", "distributions", "options", "python", "data", "pins", "output"} <= then.keys()
    ):
        return ["it has an earlier form, which noted less than counts today"]
    if record.get("digest") != self_digest(record):
        return ["edited by hand: it is not what `record` wrote"]
    path = project.source.joinpath(*record["run"]["command"].split()[2].split(".")).with_suffix(".py")
    now = code_of_lab(code or Code(project), path, longer=is_longer(project, record["lab"]))
    reasons = changed_code(project, then["code"], now, project.relative(path))
    reasons += changed_settings(state or State(project), record["lab"], then, record["seeds"]["recorded"])
    output = output_path(project, record["lab"])
    text = output.read_text("utf-8").replace("\r\n", "\n") if output.is_file() else ""
    if digest(text) != then["output"]:
        reasons.append(f"output: {project.relative(output)} is not what the run printed")
    for name, value in then.get("widgets", {}).items():
        path = data_path(project, name)
        if digest_of(path) != value:
            reasons.append(f"file: {project.relative(path)} is not what the run wrote")
    return reasons + too_wide(record, borrowed(project, record["lab"]))


def changed_settings(state: State, name: str, then: dict[str, Any], seeds: list[int]) -> list[str]:
    """Return what beside code and output has changed since a record was made."""
    project, now = state.project, state.common
    options = project.lab_options.get(name, LabOptions())
    reasons = []
    for group, kind in (("data", "data"), ("files", "file")):
        for path, value in then[group].items():
            if (digest_now := state.digest(path)) != value:
                reasons.append(change_of(path, value, digest_now, kind))
    reasons += changed_pins(then["pins"], now["pins"])
    pinned = {normal(pin) for pin in now["pins"]}
    reasons += other_versions(project, {key: value for key, value in then["distributions"].items() if key not in pinned})
    if then["python"] != now["python"]:
        reasons.append(f"Python: .python-version says {now['python']}, it was recorded with {then['python']}")
    if then["options"] != options_of(project, name) or (not options.script and list(seeds_of(options)) != seeds):
        reasons.append(f"settings: [tool.verbatim.labs.{name}] changed, or its seeds {seeds} are not those it names")
    return reasons


def too_wide(record: dict[str, Any], elsewhere: dict[str, float]) -> list[str]:
    """Report tolerances that the recorded spread does not justify; for the keys `elsewhere`, the record they are borrowed from."""
    wrong = []
    for key, allowed in record["tolerances"].items():
        limit = elsewhere[key] if key in elsewhere else tolerance(record["seeds"].get(key, {}).get("values") or [0])
        if not allowed <= limit * (1 + 1e-9):
            wrong.append(f"tolerance: {key} ± {allowed:g} is wider than the spread over the seeds allows (± {limit:g})")
    return wrong


def compare(record: dict[str, Any], output: str, run: Run) -> list[str]:
    """Return where a re-run of the first seed leaves the record's tolerance; nothing where it does not."""
    differences = []
    for key in sorted(record["numbers"].keys() | run.numbers.keys()):
        before, after = record["numbers"].get(key), run.numbers.get(key)
        if TIMES.search(key):
            continue
        allowed = record["tolerances"].get(key, 0.0)
        old, new = dict(flat(before)), dict(flat(after))
        if old.keys() != new.keys() or (not old and before != after):
            differences.append(f"{key}: {before!r} → {after!r}")
        for name in old.keys() & new.keys():
            if not abs(old[name] - new[name]) <= allowed:
                differences.append(f"{key}{name}: {old[name]!r} → {new[name]!r}, more than ± {allowed:g}")
    shape, shape_now = (shape_of(text) for text in (output, run.output))
    differences += difflib.unified_diff(shape, shape_now, "recorded output, numbers aside", "this run", lineterm="", n=1)
    return differences


def shape_of(output: str) -> list[str]:
    """Return the lines of an output, numbers aside, and the units of durations: one machine's 1 ms a step is another's 900 µs."""
    text = re.sub(r"–(?:m|u|µ|μ)?s(?=/(?:step|epoch))", "–", output)
    return re.sub(r"[-−+]?\d[\d.,]*(?:e[-+]?\d+)?", "#", text).splitlines()


def record_all(
    project: Project,
    names: list[str],
    *,
    write: bool,
    only_stale: bool = False,
    everything: bool = False,
    longer: bool = False,
) -> int:
    """Re-run labs; compare with the records, or replace them. Return the exit code.

    Without names: all labs, or with `longer` all longer runs, which else run only when named;
    with `only_stale`, or `write` and not `everything`, those whose record does not stand.
    """
    labs = every_lab_of(project) if names else longer_labs_of(project) if longer else labs_of(project)
    unknown = [name for name in names if name not in labs]
    if unknown:
        print(f"record: no lab {', '.join(unknown)}; there are: {', '.join(labs)}", file=sys.stderr)
        return 2
    if not names and (only_stale or (write and not everything)):
        code, state = Code(project), State(project)
        names = [name for name in labs if reasons_of(project, name, code, state)]
        if not names:
            print(f"record: nothing is stale; {len(labs)} records stand; `--all` runs every lab")
            return 0
    failed = sum(record_or_tell(project, labs[name], write=write) for name in names or labs)
    print(f"record: {len(names or labs)} labs run, {failed} failed")
    return 1 if failed else 0


def record_or_tell(project: Project, lab: Lab, *, write: bool) -> bool:
    """Return whether the lab's record fails to stand, or the lab itself fails."""
    try:
        return record_one(project, lab, write=write)
    except (LabFailed, SettingsError) as error:
        print(f"record: {error}", file=sys.stderr)
        return True


def reasons_of(project: Project, name: str, code: Code, state: State) -> list[str]:
    """Return why a lab has to be recorded; nothing where its record stands."""
    path = record_path(project, name)
    if not path.is_file():
        return ["it has no record"]
    try:
        return stale_record(project, json.loads(path.read_text("utf-8")), code, state)
    except (ValueError, KeyError, TypeError, AttributeError):
        return ["its record cannot be read"]


def record_one(project: Project, lab: Lab, *, write: bool) -> bool:
    """Return whether the lab's record fails to stand."""
    path = record_path(project, lab.name)
    if not write and not path.is_file():
        print(f"record: {lab.name} has no record; run `python -m verbatim record {lab.name} --write`", file=sys.stderr)
        return True
    snapshot = Snapshot(project)
    if write:
        record, shown = make(project, lab)
        if saved := snapshot.faults(record["digests"]["files"]):
            return told(lab, saved)
        # What it names first: killed in between, the old record says that these files are not its own
        write_atomically(output_path(project, lab.name), shown.output)
        for name, content in shown.files.items():
            write_atomically(data_path(project, name), content)
        write_atomically(path, json.dumps(record, ensure_ascii=False, indent=1) + "\n")
        print(f"record: wrote {project.relative(path)} ({record['run']['seconds']} s)")
        return False
    record = read_record(project, lab.name)
    again = run(project, lab, lab.seeds[0] if lab.seeds else None)
    if saved := snapshot.faults(again.opened):
        return told(lab, saved)
    differences = stale_record(project, record) + compare(record, output_path(project, lab.name).read_text("utf-8"), again)
    told(lab, differences)
    print(f"record: {lab.name} {'differs' if differences else 'stands'} ({again.seconds} s)")
    return bool(differences)


def told(lab: Lab, problems: Iterable[object]) -> bool:
    """Print what is wrong with a lab's run; return True."""
    for problem in problems:
        print(f"record: {lab.name}: {problem}", file=sys.stderr)
    return True
