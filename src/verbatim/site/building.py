"""The judge of a build: its pages share one."""

from __future__ import annotations

from pathlib import Path

from markdown import Markdown

from verbatim.judging.evidence import Evidence
from verbatim.judging.judge import Judge
from verbatim.project import Project

ATTRIBUTE = "verbatim_judge"


def judge_of(md: Markdown, root: Path) -> Judge:
    """Return the judge of the build that a page is converted in.

    A build shows the files as they were when it began, and its pages share one judge. MkDocs and ProperDocs collect the files of
    the site anew for each build, and hand them to all its pages: the judge lies with them. Elsewhere each page gets its own.
    """
    files = next((processor.files for processor in md.treeprocessors if hasattr(processor, "files")), None)
    return Judge(Evidence(Project.find(root))) if files is None else judge_with(files, root)


def judge_with(files: object, root: Path) -> Judge:
    """Return the judge that lies with the files of a build, made when first asked for."""
    judge = getattr(files, ATTRIBUTE, None)
    if judge is None:
        judge = Judge(Evidence(Project.find(root)))
        setattr(files, ATTRIBUTE, judge)
    return judge
