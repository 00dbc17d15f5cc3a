"""MkDocs hook: what the theme's templates write that is no valid HTML, or not for us, mended, where no block can be overridden."""

from __future__ import annotations

import re
from functools import reduce
from pathlib import Path

from jinja2 import Environment
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files

# Runs before anything is drawn: a page holds it, since one that had to wait for it would draw its header alone
PALETTE = "assets/site/palette.js"
SCRIPTS = "assets/javascripts/"  # of the theme
NOTES = re.compile(r"^[ \t]*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*\n", re.MULTILINE | re.DOTALL)  # lines that are nothing else

# What is found, and what stands there instead
MENDED = (
    # A checkbox takes no `autocomplete`; a browser that restores it would open the drawer again: the form's is heeded too
    (re.compile(r'(<input class="md-toggle" [^>]*?) autocomplete="off">'), r'\1 form="__toggles">'),
    (re.compile(r'<label class="md-overlay"'), '<form id="__toggles" autocomplete="off" hidden></form>\n    \\g<0>'),
    # Heads of sections of the navigation are not to be reached by keyboard, which `tabindex=""` means to say
    (re.compile(r'(<label class="md-nav__link"[^>]*?) tabindex="">'), r"\1>"),
    # Where the theme's script, which is not loaded, would find its parts
    (re.compile(r' data-md-component="[\w-]+"'), ""),
)


def mend(page: str) -> str:
    """Return a page of the theme as valid HTML."""
    return reduce(lambda text, change: change[0].sub(change[1], text), MENDED, page)


def on_post_page(output: str, **_: object) -> str:
    """Mend a page of the site."""
    return mend(output)


def on_post_template(output_content: str, template_name: str, **_: object) -> str:
    """Mend the page for unknown addresses, which is no page to MkDocs."""
    return mend(output_content) if template_name.endswith(".html") else output_content


def on_files(files: Files, **_: object) -> Files:
    """Leave out the theme's scripts: docs/assets/site/shell.js does what a page needs of them."""
    for file in [file for file in files if file.src_uri.startswith(SCRIPTS)]:
        files.remove(file)
    return files


def on_env(env: Environment, config: MkDocsConfig, **_: object) -> Environment:
    """Give the script of the palette to its template, without its comments."""
    env.globals["palette_script"] = NOTES.sub("", Path(config.docs_dir, PALETTE).read_text("utf-8")).strip()
    return env
