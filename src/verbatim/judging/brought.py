"""What a site holds beside pages and files of the docs folder: the theme's files, cards, the search's index, the map for robots.

Each is compared with what brings it, or with the pages that it speaks of; what is none of them is refused.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import importlib.metadata
import json
import posixpath
import re
import zlib
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser

from verbatim.faults import Fault
from verbatim.judging.blocks import body_of, parse
from verbatim.judging.leftovers import FETCHING_LINKS
from verbatim.project import digest_of_bytes

# Generators and themes: what pip notes of each file that it installs says whether a site has it as it was
BRINGING = ("mkdocs", "mkdocs-material", "properdocs", "zensical")
# Made of other files, and judged by sheets.py and fonts.py, which make them again
REMADE = ("assets/stylesheets/joined.", "assets/katex/fonts/")
CARDS = "assets/cards"
SIGNATURE = b"tEXtverbatim\0"  # a chunk of a PNG: its kind, and the key of the text in it
SIGNED, END = 4 + len(SIGNATURE) + 16 + 4, 12  # bytes of that chunk, with length and checksum; of the last, which is empty
INDEXES = ("search/search_index.json", "search/pages.json", "search.json")
SEARCHING = "assets/site/search-box.js", INDEXES[1]  # a script, and the index that it asks for
WORD_LIST = "search-words.txt"  # at the root of the project
TAG = re.compile(r"<[^>]*>")
WORD = re.compile(r"\d[\d.,]*%?|[^\W\d_]+")
MAP, PACKED_MAP = "sitemap.xml", "sitemap.xml.gz"
OF_MAP = re.compile(r"<\?xml [^<>]*\?>|</?urlset(?: xmlns[^<>]*)?>|</?url>|<loc>[^<]*</loc>|<lastmod>[\d-]{10}</lastmod>|\s+")
LOCATION = re.compile(r"<loc>([^<]*)</loc>")
ASKING = "link[href], script[src], img[src], source[src], meta[property='og:image'], meta[name='twitter:image']"
TOLD = 5  # so many words of an index are told one by one


@cache
def notes_of(distribution: str) -> str:
    """Return what pip, or uv, noted of the files of a distribution; nothing where it is not installed."""
    try:
        return importlib.metadata.distribution(distribution).read_text("RECORD") or ""
    except importlib.metadata.PackageNotFoundError:
        return ""


def is_installed(path: Path) -> bool:
    """Say whether a file is, to the byte, one that a generator or a theme brings under this name."""
    found = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).decode().rstrip("=")
    return any(f"/{path.name},sha256={found}," in notes_of(name) for name in BRINGING)


def signed(picture: bytes, name: str) -> bytes:
    """Return a PNG with a digest of itself and of its name, as figures have one; it stands before the end."""
    chunk = SIGNATURE + digest_of_bytes(name.encode() + picture).encode()
    whole = (len(chunk) - 4).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")
    return picture[:-END] + whole + picture[-END:]


def is_signed(path: Path) -> bool:
    """Say whether a picture is as it was drawn, and for the page that it is named after."""
    content = path.read_bytes()
    return signed(content[: -SIGNED - END] + content[-END:], path.name) == content


class Brought:
    """The files of one built site that no file of the docs folder accounts for."""

    def __init__(self, site: Path, root: Path) -> None:
        self.site, self.root = site, root
        self.trees: dict[str, LexborHTMLParser] = {}
        self.texts: dict[str, tuple[str, frozenset[str]]] = {}

    @cached_property
    def pages(self) -> dict[str, str]:
        """The source of every page, by address."""
        paths = sorted(path for path in self.site.rglob("*.html") if path.is_file())
        return {path.relative_to(self.site).as_posix(): path.read_text("utf-8", "replace") for path in paths}

    def tree(self, page: str) -> LexborHTMLParser:
        if page not in self.trees:
            self.trees[page] = parse(self.pages[page])
        return self.trees[page]

    def text(self, page: str) -> tuple[str, frozenset[str]]:
        """Return the text of a page without blanks, and its words: most are found among these at once."""
        if page not in self.texts:
            tree = self.tree(page)
            pieces = body_of(tree).text().split() if tree.body else []
            self.texts[page] = "".join(pieces), frozenset(WORD.findall(" ".join(set(pieces))))
        return self.texts[page]

    def faults(self, name: str) -> Iterator[Fault]:
        """Yield what is wrong with one file of the site."""
        path = self.site / name
        if name.startswith(f"{CARDS}/") and path.suffix == ".png":
            if not is_signed(path):
                yield Fault(name, "not the card that the build drew", "build anew")
        elif name in INDEXES:
            yield from self.index_faults(name)
        elif name in (MAP, PACKED_MAP):
            yield from self.map_faults(name)
        elif not (name.startswith(REMADE) or is_installed(path)):
            expected = f"expected pages, listed assets and, to the byte, what {', '.join(BRINGING)} bring"
            yield Fault(name, "a file that nothing accounts for", f"{expected}; remove it, or list it among the docs")

    def index_faults(self, name: str) -> Iterator[Fault]:
        """Yield the words of a search's index that do not stand on the page that they lead to."""
        try:
            index = json.loads((self.site / name).read_text("utf-8"))
            sections = index.get("docs", index.get("items"))
            said = [(section["location"], f"{section['title']} {section['text']}") for section in sections]
            words = index["config"].get("words", [])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            yield Fault(name, "an index of no known form", "build anew, with the search of MkDocs, Material or Zensical")
            return
        strange = [f"{where}: {word}" for where, text in said for word in self.strange(str(where), str(text))]
        strange += self.unlisted(words)
        for excerpt in strange[:TOLD]:
            yield Fault(name, "words in the search's index that no page has there", "build anew", excerpt)

    def strange(self, where: str, text: str) -> list[str]:
        """Return the words of a section of an index that its page does not have; where there is no such section, its address."""
        address, _, anchor = unquote(where).partition("#")
        page = address if address in self.pages else f"{address}index.html".lstrip("/")
        if page not in self.pages or (anchor and f'id="{html.escape(anchor)}"' not in self.pages[page]):
            return [where]
        there, words = self.text(page)
        return [word for word in {*WORD.findall(html.unescape(TAG.sub(" ", text)))} - words if word not in there]

    def unlisted(self, groups: Any) -> list[str]:
        """Return the words that an index calls alike and that neither a page nor the list of such words has."""
        path = self.root / WORD_LIST
        listed = "".join([path.read_text("utf-8") if path.is_file() else "", *(self.text(page)[0] for page in self.pages)])
        words = {word for group in groups for item in group for word in WORD.findall(str(item))}
        return sorted(word for word in words if word not in listed)

    def map_faults(self, name: str) -> Iterator[Fault]:
        """Yield what a map for robots says beside the addresses of pages; the packed one says the same."""
        content, path = (self.site / name).read_bytes(), self.site / MAP
        if name == PACKED_MAP:
            if not path.is_file() or unpacked(content) != path.read_bytes():
                yield Fault(name, f"not {MAP}, packed", "build anew")
            return
        text = content.decode("utf-8", "replace")
        found = LOCATION.findall(text)
        root = min(found, key=len, default="")
        known = {page.removesuffix("index.html") for page in self.pages}
        if OF_MAP.sub("", text) or any(address[len(root) :] not in known for address in map(unquote, found)):
            yield Fault(name, "a map that leads elsewhere than to pages", "expected the address of each page; build anew")

    def missing(self) -> Iterator[Fault]:
        """Yield the files that pages ask for and that are not there."""
        for page in self.pages:
            for address in sorted(self.asked(page)):
                target = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(address)))
                if not (self.site / target).is_file():
                    yield Fault(page, "asks for a file that is not there", "build anew", address)
        script, needed = SEARCHING
        if (self.site / script).is_file() and not (self.site / needed).is_file():
            yield Fault(script, "asks for a file that is not there", "build anew", needed)

    def asked(self, page: str) -> set[str]:
        """Return the addresses of the files that a page loads from beside it; from a root that is not known, only cards."""
        found = set()
        for node in self.tree(page).css(ASKING):
            attributes = node.attributes
            relations = set((attributes.get("rel") or "").lower().split())
            address = attributes.get("href") or attributes.get("src") or attributes.get("content") or ""
            if node.tag == "meta" and f"/{CARDS}/" in address:
                depth = "../" * page.count("/")
                address = f"{depth}{CARDS}/{address.rpartition('/')[2]}"
            if (node.tag != "link" or relations & set(FETCHING_LINKS)) and not re.match(r"[a-z]+:|/|#|$", address):
                found.add(re.split("[?#]", address)[0])
        return found


def unpacked(content: bytes) -> bytes:
    """Return what was packed by gzip; nothing where it was not."""
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        return b""
