"""`status`: what is current, what is stale and why; runs nothing."""

from __future__ import annotations

from verbatim.judging.evidence import Evidence
from verbatim.project import Project
from verbatim.proof.records import labs_of, record_path


def status(project: Project) -> int:
    """Print the state of every region and record; return 1 where anything is wrong."""
    evidence = Evidence(project)
    catalogue, wrong = evidence.catalogue, 0
    for region in catalogue.regions.values():
        reasons = evidence.standing.stale(region)
        wrong += bool(reasons)
        print(f"{'stale  ' if reasons else 'current'} {region.id}{': ' + '; '.join(reasons) if reasons else ''}")
    for name in labs_of(project):
        reasons = evidence.stale_record(name)
        wrong += bool(reasons)
        print(
            f"{'stale  ' if reasons else 'current'} {project.relative(record_path(project, name))}{': ' + '; '.join(reasons) if reasons else ''}"
        )
    for fault in catalogue.faults:
        wrong += 1
        print(fault)
    print(f"status: {len(catalogue.regions)} regions, {len(labs_of(project))} records, {wrong} not current")
    return 1 if wrong else 0
