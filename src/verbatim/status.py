"""`status`: what is current, what is stale and why; runs nothing."""

from __future__ import annotations

from verbatim.judging.evidence import Evidence
from verbatim.project import Project
from verbatim.proof.records import every_lab_of, record_path


def status(project: Project) -> int:
    """Print the state of every region, record and program; return 1 where anything is wrong."""
    evidence = Evidence(project)
    catalogue, wrong = evidence.catalogue, 0
    for region in catalogue.regions.values():
        wrong += tell(region.id, evidence.standing.stale_region(region))
    labs = every_lab_of(project)
    for name in labs:
        wrong += tell(project.relative(record_path(project, name)), evidence.stale_record(name))
    for page, reasons in evidence.stale_programs.items():
        wrong += tell(f"the program of {project.relative(project.docs / page)}", reasons)
    for fault in catalogue.faults:
        wrong += 1
        print(fault)
    counted = f"{len(catalogue.regions)} regions, {len(labs)} records, {len(evidence.stale_programs)} programs"
    print(f"status: {counted}, {wrong} not current")
    return 1 if wrong else 0


def tell(name: str, reasons: list[str]) -> bool:
    """Print the state of one thing; return whether anything is wrong with it."""
    print(f"stale   {name}: {'; '.join(reasons)}" if reasons else f"current {name}")
    return bool(reasons)
