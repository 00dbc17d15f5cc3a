"""Writes the policy of a built site into its pages: what GitHub Pages, which sends no headers of ours, can have of it."""

from __future__ import annotations

import html
import re
from pathlib import Path

from verbatim.judging.blocks import parse
from verbatim.judging.policy import Needs

# Behind the encoding, which browsers look for at the very top, and before anything that a policy is for
CHARSET = re.compile(r"<meta charset=[^>]*>", re.IGNORECASE)
serving = False  # MkDocs's `serve` adds a script of its own to each page, at each build another


def needs_of(site: Path) -> Needs:
    """Return what the pages of a built site need; raises FileNotFoundError where there are none."""
    needs = Needs()
    for path in sorted(site.rglob("*.html")):
        needs.add(path.relative_to(site).as_posix(), parse(path.read_text("utf-8")))
    if not needs.told:
        raise FileNotFoundError(f"{site}: no page in it; expected a built site; run `make site`")
    return needs


def write_policy(site: Path) -> None:
    """Give every page of a built site that has none the policy of the site."""
    needs = needs_of(site)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{html.escape(needs.policy(), quote=False)}">'
    for name in [name for name, told in needs.told.items() if not told]:
        text = (site / name).read_text("utf-8")
        (site / name).write_bytes(CHARSET.sub(lambda found: found[0] + meta, text, count=1).encode())
