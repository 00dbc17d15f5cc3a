"""The judge of a build: its pages share one."""

from __future__ import annotations

import gc
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from markdown import Markdown

from verbatim.faults import LOGGER
from verbatim.judging.evidence import Evidence
from verbatim.judging.files import read_manifest
from verbatim.judging.judge import Judge
from verbatim.project import Project, SettingsError
from verbatim.proof.records import every_lab_of

ATTRIBUTE = "verbatim_judge"
FEW = 3  # so many are told one by one, with page and excerpt


def judge_of(md: Markdown, root: Path) -> Judge:
    """Return the judge of the build that a page is converted in.

    A build shows the files as they were when it began, and its pages share one judge. MkDocs and ProperDocs collect the files of
    the site anew for each build, and hand them to all its pages: the judge lies with them. Elsewhere each page gets its own.
    """
    files = next((processor.files for processor in md.treeprocessors if hasattr(processor, "files")), None)
    return new_judge(root) if files is None else judge_with(files, root)


def new_judge(root: Path) -> Judge:
    """Return a judge of the files as they are now; ends the process, with the reason, where the project cannot be read at all."""
    with told():
        return Judge(Evidence(Project.find(root)))


@contextmanager
def told() -> Iterator[None]:
    """End the process with the reason where the project, or what verbatim wrote in it, cannot be read."""
    try:
        yield
    except (FileNotFoundError, SettingsError) as error:
        raise SystemExit(f"verbatim: {error}") from None


def judge_with(files: object, root: Path) -> Judge:
    """Return the judge that lies with the files of a build, made when first asked for."""
    judge = getattr(files, ATTRIBUTE, None)
    if judge is None:
        with told(), kept():
            judge = new_judge(root)
            judge.told = announce(judge.evidence)
            # Read now, while their faults can be told
            _ = judge.evidence.bibliography.numbers, read_manifest(judge.evidence.project)
        setattr(files, ATTRIBUTE, judge)
    return judge


@contextmanager
def kept() -> Iterator[None]:
    """Spare the sweeping of memory what is read here: all pages of the build go on asking it.

    In the first build of a process alone, as what a build before has left would be spared too.
    """
    first = not gc.get_freeze_count()
    if first:
        gc.disable()
    try:
        yield
    finally:
        if first:
            gc.freeze()
            gc.enable()


def announce(evidence: Evidence) -> frozenset[str]:
    """Tell once of each cause that makes many regions or records stale, and of what depends on it; return those causes."""
    dependent: defaultdict[str, list[str]] = defaultdict(list)
    for region in evidence.catalogue.regions.values():
        for reason in evidence.standing.stale_region(region):
            dependent[reason].append(region.id.split(":")[0])
    for name in every_lab_of(evidence.project):
        for reason in evidence.stale_record(name):
            dependent[reason].append(f"records/{name}.json")
    told = {cause: names for cause, names in dependent.items() if len(names) > FEW}
    for cause, names in sorted(told.items()):
        parts = ", ".join(f"{name} ({count})" if count > 1 else name for name, count in Counter(names).items())
        fix = "run `python -m verbatim verify --write`, then `python -m verbatim record --write`"
        LOGGER.warning("%s: %d regions and records are stale, each marked on its page: %s; %s", cause, len(names), parts, fix)
    return frozenset(told)
