"""The Content-Security-Policy of a site, made of its pages: the site itself, inline scripts by their digests, no more."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from verbatim.faults import Fault

META = "content-security-policy"
# What a <meta> cannot say: browsers heed it in the header alone, and warn
HEADER_ONLY = "frame-ancestors 'none'"
DATA_BLOCKS = ("application/json", "application/ld+json")  # read by scripts, never run


@dataclass
class Needs:
    """What the pages of one site need that a policy must name, and what each page says its policy is."""

    scripts: set[str] = field(default_factory=set)
    styles: set[str] = field(default_factory=set)
    attributes: bool = False  # KaTeX places the parts of a formula by style attributes
    told: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, tree: LexborHTMLParser) -> None:
        """Take what the page `name` holds."""
        scripts = (node for node in tree.css("script:not([src])") if node.attributes.get("type") not in DATA_BLOCKS)
        self.scripts.update(map(source_of, scripts))
        self.styles.update(map(source_of, tree.css("style")))
        self.attributes = self.attributes or tree.css_first("[style]") is not None
        metas = (node.attributes for node in tree.css("meta[http-equiv]"))
        self.told[name] = [meta.get("content") or "" for meta in metas if (meta["http-equiv"] or "").lower() == META]

    def join(self, other: Needs) -> None:
        """Take over what other pages need."""
        self.scripts |= other.scripts
        self.styles |= other.styles
        self.attributes = self.attributes or other.attributes
        self.told |= other.told

    def policy(self, *, header: bool = False) -> str:
        """Return the policy: as a <meta> may tell it, or whole, for a server's header."""
        directives = [
            "default-src 'none'",
            " ".join(["script-src 'self'", *sorted(self.scripts)]),
            " ".join(["style-src 'self'", *sorted(self.styles)]),
            *(["style-src-attr 'unsafe-inline'"] if self.attributes else []),
            "img-src 'self' data:",  # the theme's icons are in its style sheets
            "font-src 'self'",
            "connect-src 'self'",
            "worker-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            *([HEADER_ONLY] if header else []),
        ]
        return "; ".join(directives)

    def faults(self) -> Iterator[Fault]:
        """Yield the pages whose policy is not that of the site; where no page tells one, the server's header has to."""
        expected = self.policy()
        for name, policies in self.told.items():
            if policies != [expected] and any(self.told.values()):
                fix = f"expected the site's, once: {expected}; build anew"
                yield Fault(name, "not the Content-Security-Policy of the site", fix, "; and ".join(policies) or "none")


def source_of(node: LexborNode) -> str:
    """Return what allows one inline script or style and nothing else: the digest of its text."""
    digest = hashlib.sha256(node.text().encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
