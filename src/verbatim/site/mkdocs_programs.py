"""MkDocs hook: the programs and notebooks that pages offer are made in each build; other generators run the command first."""

from __future__ import annotations

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import BuildError
from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.structure.files import File, Files

from verbatim.faults import Fault
from verbatim.pages.program import downloads, notebook_pages, write
from verbatim.project import Project
from verbatim.published.catalogue import Catalogue
from verbatim.site.building import judge_with, told

CACHE = ".cache"  # of the project: nothing that is watched, nothing that others write


@event_priority(100)
def refuse_unreadable(files: Files, config: MkDocsConfig) -> None:
    """Say which pages are not in UTF-8, all at once: MkDocs itself would stop at the first, with a traceback."""
    faults = []
    for file in files.documentation_pages():
        try:
            Path(file.abs_src_path or "").read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            faults.append(Fault(file.src_uri, f"not UTF-8 at byte {error.start}", "expected UTF-8; save the page in it"))
    if faults:
        raise BuildError("\n".join(map(str, faults)))


@event_priority(50)
def add_notebooks(files: Files, config: MkDocsConfig) -> None:
    """Add the notebooks that are pages, before mkdocs-jupyter looks for them; not from the docs folder, see `add_downloads`."""
    with told():
        project = Project.find(Path(config.config_file_path).parent)
        folder, notebooks = project.root / CACHE / "notebooks", dict(notebook_pages(Catalogue(project)))
    write(folder, notebooks.items())
    for name in notebooks:
        replace(files, File(name, str(folder), config.site_dir, config.use_directory_urls))


def add_downloads(files: Files, config: MkDocsConfig) -> None:
    """Add what pages offer for download; written below the docs folder, `serve` would see a change there and build once more."""
    evidence = judge_with(files, Path(config.config_file_path).parent).evidence
    for name, text in downloads(evidence.catalogue, evidence.pages):
        replace(files, File.generated(config, name, content=text))


def replace(files: Files, file: File) -> None:
    """Add a file in the place of one that `python -m verbatim programs` may have written."""
    if written := files.get_file_from_path(file.src_uri):
        files.remove(written)
    files.append(file)


on_files = CombinedEvent(refuse_unreadable, add_notebooks, add_downloads)
