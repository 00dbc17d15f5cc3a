"""Which figures there are, from which records each is drawn, and whether the files agree with them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from figures import charts, checks, convexity, diagrams, digits, findings, growth, labs, surface, verse
from figures.svg import Sheet, style_sheet
from verbatim.published.drawings import BENCH, path_of, records_named, sign

REPOSITORY = Path(__file__).resolve().parents[2]
CODE = Path(__file__).resolve().parent

# Figure: how it is drawn, and the labs whose records it takes, in the order of the arguments; bench.NAME is benchmarks/NAME.json
FIGURES: dict[str, tuple[Callable[..., Sheet], tuple[str, ...]]] = {
    "model-sizes": (charts.model_sizes, ("flops", "language")),
    "network": (diagrams.network, ("flops",)),
    "startups": (diagrams.startups, ()),
    "scaling": (charts.scaling, ("scaling",)),
    "loss-surface": (surface.loss_surface, ("loss_surface",)),
    "scalings": (charts.scalings, ("scalings",)),
    "learning-curve": (charts.learning_curve, ("classifier",)),
    "selection": (labs.selection, ("selection",)),
    "deployment": (labs.deployment, ("deployment",)),
    "distributed": (labs.distributed, ("distributed",)),
    "distributed-jax": (diagrams.layouts, ("distributed_jax",)),
    "gan": (labs.gan, ("gan",)),
    "confusion": (charts.confusion, ("classifier",)),
    "faster": (labs.faster, ("bench.faster",)),
    "flops": (checks.flops, ("flops",)),
    "gradient-check": (checks.gradient_check, ("gradient_check",)),
    "privacy": (checks.privacy, ("privacy",)),
    "attribution": (checks.attribution, ("attribution",)),
    "drawn": (digits.drawn, ("draw",)),
    "wrong-digits": (digits.wrong_digits, ("classifier",)),
    "shifted": (findings.shifted, ("robustness",)),
    "forgetting": (findings.forgetting, ("incremental",)),
    "counterexamples": (convexity.counterexamples, ()),
    "verse-skills": (findings.skills, ("language",)),
    "verse-learning": (verse.learning, ("language", "baselines")),
    "verse-places": (verse.places, ("language",)),
    "verse-bytes": (verse.sizes, ("inference",)),
    "verse-poem": (verse.poem, ("verse",)),
    "verse-attention": (verse.attention, ("rhyme",)),
    "verse-growth": (growth.compute, ("growth_long",)),
    "verse-rhyme": (growth.rhyme, ("growth_long",)),
    "verse-finetune": (verse.finetuning, ("finetune",)),
}


WITH_IMAGES = (digits.wrong_digits, findings.shifted, checks.attribution)  # these take the test images too


def draw(name: str, repository: Path) -> str:
    """Return the text of one figure; KeyError, OSError or ValueError where a record does not serve."""
    function, sources = FIGURES[name]
    paths = [path_of(repository / "snippets" / "records", source) for source in sources]
    arguments = [json.loads(path.read_text(encoding="utf-8"))["numbers"] for path in paths]
    if function in WITH_IMAGES:
        with np.load(repository / "docs" / "downloads" / "mnist.npz") as arrays:
            arguments.append(arrays["x_test"])
    return sign(function(*arguments).render(records_named(dict(zip(sources, paths, strict=True)))), CODE)


def how_to_make(sources: tuple[str, ...]) -> str:
    """Return the commands that write what a figure is drawn from."""
    benches = [f"python benchmarks/{name.removeprefix(BENCH)}.py --write" for name in sources if name.startswith(BENCH)]
    records = [name for name in sources if not name.startswith(BENCH)]
    return "; ".join([*([f"python -m verbatim record {' '.join(records)} --write"] if records else []), *benches])


def replace(path: Path, text: str) -> None:
    """Write `text` to `path` so that a reader finds the old file or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8", newline="\n")
    temporary.replace(path)


def up_to_date(path: Path, text: str, source: str, write: bool) -> list[str]:
    """Compare a file with what it should be, or write it where it differs; return what is wrong."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return []
    if write:
        replace(path, text)
        return []
    state = f"differs from {source}" if path.is_file() else "is missing"
    return [f"{path}: {state}; run: python -m figures --write"]


def bring_up_to_date(repository: Path, *, write: bool) -> list[str]:
    """Compare every figure with its file, or write those that differ; return what is wrong, one line each."""
    assets = repository / "docs" / "assets"
    problems, folder = up_to_date(assets / "css" / "figures.css", style_sheet(), "the style of the code", write), assets / "figures"
    for name in FIGURES:
        path = folder / f"{name}.svg"
        try:
            text = draw(name, repository)
        except (OSError, KeyError, ValueError) as error:
            problems.append(f"{path}: cannot be drawn: {error!r}; run: {how_to_make(FIGURES[name][1])}")
            continue
        problems += up_to_date(path, text, "its record", write)
    strangers = {path.name for path in folder.glob("*.svg")} - {f"{name}.svg" for name in FIGURES}
    problems += [f"{folder / name}: no code draws this figure; delete it or add it to catalogue.py" for name in sorted(strangers)]
    return problems
