"""MkDocs hook: a built site carries its Content-Security-Policy; in `serve`, MkDocs adds a script of its own to each."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority

from verbatim.site import policy


def on_startup(command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
    """Note what MkDocs was started for, in a module that lives through all builds of one process."""
    policy.serving = command == "serve"


@event_priority(-200)  # after all that writes pages
def on_post_build(config: MkDocsConfig) -> None:
    if not policy.serving:
        policy.write_policy(Path(config.site_dir))
