"""The judge of a build: its pages share one."""

from __future__ import annotations

from pathlib import Path

from markdown import Markdown

from verbatim.judging.evidence import Evidence
from verbatim.judging.judge import Judge
from verbatim.project import Project, SettingsError

ATTRIBUTE = "verbatim_judge"


def judge_of(md: Markdown, root: Path) -> Judge:
    """Return the judge of the build that a page is converted in.

    A build shows the files as they were when it began, and its pages share one judge. MkDocs and ProperDocs collect the files of
    the site anew for each build, and hand them to all its pages: the judge lies with them. Elsewhere each page gets its own.
    """
    files = next((processor.files for processor in md.treeprocessors if hasattr(processor, "files")), None)
    return new_judge(root) if files is None else judge_with(files, root)


def new_judge(root: Path) -> Judge:
    """Return a judge of the files as they are now; ends the process, with the reason, where the project cannot be read at all."""
    try:
        return Judge(Evidence(Project.find(root)))
    except (FileNotFoundError, SettingsError) as error:
        raise SystemExit(f"verbatim: {error}") from None


def judge_with(files: object, root: Path) -> Judge:
    """Return the judge that lies with the files of a build, made when first asked for."""
    judge = getattr(files, ATTRIBUTE, None)
    if judge is None:
        judge = new_judge(root)
        setattr(files, ATTRIBUTE, judge)
    return judge
