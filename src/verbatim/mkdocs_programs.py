"""MkDocs hook: the programs and notebooks that pages offer are made before each build; other generators run the command."""

from __future__ import annotations

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig

from verbatim.program import write_files
from verbatim.project import Project


def on_pre_build(config: MkDocsConfig) -> None:
    """Do what `python -m verbatim programs` does."""
    write_files(Project.find(Path(config.config_file_path).parent))
