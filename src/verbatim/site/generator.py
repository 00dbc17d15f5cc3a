"""Which page is being converted: all that an extension must ask of its generator."""

from __future__ import annotations

from markdown import Markdown

UNKNOWN = "page unknown"


def page_of(md: Markdown) -> str:
    """Return the path of the page under conversion, relative to the docs folder, or `UNKNOWN`; never a guess."""
    # MkDocs and ProperDocs register a tree processor that carries the page's File
    for processor in md.treeprocessors:
        name = getattr(getattr(processor, "file", None), "src_uri", None)
        if isinstance(name, str):
            return name
    # Zensical registers a preprocessor that carries the page
    for preprocessor in md.preprocessors:
        path = getattr(getattr(preprocessor, "page", None), "path", None)
        if isinstance(path, str):
            return path
    return UNKNOWN
