"""MkDocs hook: the programs and notebooks that pages offer are made before each build; other generators run the command."""

from __future__ import annotations

import logging
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig

from verbatim.program import write_files
from verbatim.project import Project


def on_startup(command: str, dirty: bool) -> None:
    """Let jieba, which the search uses, load its dictionary without four lines about it on standard error."""
    import jieba

    jieba.setLogLevel(logging.WARNING)


def on_pre_build(config: MkDocsConfig) -> None:
    """Do what `python -m verbatim programs` does."""
    write_files(Project.find(Path(config.config_file_path).parent))
