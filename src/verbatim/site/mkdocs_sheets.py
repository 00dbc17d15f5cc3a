"""MkDocs hook: the pages of a built site name one style sheet, joined of all those that the theme and mkdocs.yml name.

The fonts of its formulas have no signs but those that the pages show.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority

from verbatim.judging.fonts import FOLDER, ORIGINALS, fonts_of
from verbatim.judging.sheets import file_of, joined

# The way to the root of the site, and the sheet
LINK = re.compile(r'[ \t]*<link rel="stylesheet" href="([^":]*?)(assets/[^":]+\.css)">\n?')

MARK = "\ue000"  # for the place of the first


@event_priority(-100)  # behind what writes pages, before the policy
def on_post_build(config: MkDocsConfig) -> None:
    """Join the sheets that the head of each page names, in their order; put the fonts that they name in the place of whole ones."""
    site = Path(config.site_dir)

    @cache
    def sheet(names: tuple[str, ...]) -> str:
        text = joined(site, names)
        path = site / file_of(text)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return file_of(text)

    for path in sorted(site.rglob("*.html")):
        head, end, body = path.read_text("utf-8").partition("</head>")
        if links := LINK.findall(head):
            one = f'<link rel="stylesheet" href="{links[0][0]}{sheet(tuple(name for _, name in links))}">\n'
            head = LINK.sub("", LINK.sub(MARK, head, count=1)).replace(MARK, one, 1)
            path.write_bytes(f"{head}{end}{body}".encode())
    for name, font in fonts_of(site).values():
        (site / FOLDER / name).write_bytes(font)
    for path in ORIGINALS.glob("*"):
        (site / FOLDER / path.name).unlink(missing_ok=True)
