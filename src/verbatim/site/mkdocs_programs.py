"""MkDocs hook: the programs and notebooks that pages offer are made in each build; other generators run the command first."""

from __future__ import annotations

import logging
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from verbatim.pages.program import downloads, notebook_pages, write
from verbatim.project import Project
from verbatim.published.catalogue import Catalogue
from verbatim.site.building import judge_with


def on_startup(command: str, dirty: bool) -> None:
    """Let jieba, which the search uses, load its dictionary without four lines about it on standard error."""
    import jieba

    jieba.setLogLevel(logging.WARNING)


def on_pre_build(config: MkDocsConfig) -> None:
    """Write the notebooks that mkdocs-jupyter will read."""
    project = Project.find(Path(config.config_file_path).parent)
    write(project, notebook_pages(Catalogue(project)))


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Add what pages offer for download.

    It is not written below the docs folder: `serve` would see a change there and build once more.
    """
    evidence = judge_with(files, Path(config.config_file_path).parent).evidence
    for name, text in downloads(evidence.catalogue, evidence.pages):
        if written := files.get_file_from_path(name):
            files.remove(written)
        files.append(File.generated(config, name, content=text))
