"""The fonts of formulas with no signs but those that the pages of a site show in them: a third of the bytes, each as it was."""

from __future__ import annotations

import hashlib
import io
import logging
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import tinycss2
from selectolax.lexbor import LexborHTMLParser, LexborNode
from tinycss2.ast import QualifiedRule

from verbatim.faults import Fault
from verbatim.pages.katex import KATEX, style_sheet

FOLDER = "assets/katex/fonts"
ORIGINALS = KATEX / "dist" / "fonts"
FAMILY = re.compile(r"KaTeX_\w+")
FACE = re.compile(r"@font-face\s*\{[^{}]*?fonts/(KaTeX_\w+)(-\w+\.woff2)[^{}]*\}")
NAMED = re.compile(r"katex/fonts/([\w.-]+)")
FORMULA = 'class="katex'
NUMBERS = ("KaTeX_Main", "()0123456789")  # by which KaTeX's sheet itself numbers equations
# Of what a font says of itself: whose it is and its licence. Its name is reserved for the whole font
KEPT, NAMES = [0, 13, 14], (1, 4, 6)
Rules = tuple[tuple[str, str], ...]


@lru_cache(maxsize=2)
def rules_of(sheet: str) -> Rules:
    """Return the selectors of KaTeX's style sheet that choose a font, each with the family that it chooses."""
    nodes = tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)
    rules = [
        (tinycss2.serialize(node.prelude), tinycss2.serialize(node.content)) for node in nodes if isinstance(node, QualifiedRule)
    ]
    return tuple((selector, found[0]) for selector, style in rules if (found := FAMILY.search(style)))


@lru_cache(maxsize=128)  # while an author writes, all pages but one are the same
def signs_on(page: str, rules: Rules) -> frozenset[tuple[str, str]]:
    """Return the signs of a page's formulas, each with the family that draws it."""
    if FORMULA not in page:
        return frozenset()
    tree = LexborHTMLParser(page)
    chosen: dict[int, set[str]] = defaultdict(set)
    for selector, family in rules:
        for node in tree.css(selector):
            chosen[node.mem_id].add(family)
    texts = (node for formula in tree.css(".katex") for node in formula.traverse(include_text=True) if node.tag == "-text")
    return frozenset((family, sign) for node in texts for family in drawn_in(node, chosen) for sign in node.text_content or "")


def drawn_in(node: LexborNode | None, chosen: Mapping[int, set[str]]) -> set[str]:
    """Return the families of the nearest element that has any; none in MathML, which browsers draw in a font of their own."""
    while node is not None and node.tag != "math":
        if node.mem_id in chosen:
            return chosen[node.mem_id]
        node = node.parent
    return set()


def signs_of(site: Path) -> dict[str, str]:
    """Return by family the signs that all pages of a built site show, in order."""
    rules = rules_of(style_sheet())
    found: dict[str, set[str]] = defaultdict(set)
    for path in filter(Path.is_file, site.rglob("*.html")):
        for family, sign in signs_on(path.read_text("utf-8", "replace"), rules):
            found[family].add(sign)
    if NUMBERS[0] in found:
        found[NUMBERS[0]].update(NUMBERS[1])
    return {family: "".join(sorted(signs)) for family, signs in found.items()}


@lru_cache(maxsize=64)
def cut(font: Path, signs: str) -> bytes:
    """Return a font of KaTeX with these signs alone, as woff2: the same bytes on every machine, each with its outline and width."""
    from fontTools import subset  # only who builds or checks a site with formulas needs it

    options = subset.Options(
        flavor="woff2", name_IDs=[*KEPT, *NAMES], layout_features=["*"], notdef_outline=True, recalc_timestamp=False
    )
    unpacked = font.with_suffix(".ttf")  # the same font, read twice as fast; it has no date, which is as well
    logging.getLogger("fontTools.ttLib.tables._h_e_a_d").setLevel(logging.ERROR)
    opened = subset.load_font(io.BytesIO(unpacked.read_bytes()), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=signs)
    subsetter.subset(opened)
    for record in opened["name"].names:
        if record.nameID in NAMES:
            record.string = str(record).replace("KaTeX", "Formulas")
    written = io.BytesIO()
    subset.save_font(opened, written, options)
    return written.getvalue()


def file_of(family: str, style: str, font: bytes) -> str:
    """Return how a cut font is called; with its digest in the name it may be kept for ever, and none stands for another."""
    stem, _, suffix = style.rpartition(".")
    return f"{family.removeprefix('KaTeX_')}{stem}.{hashlib.sha256(font).hexdigest()[:8]}.min.{suffix}"


def fonts_of(site: Path) -> dict[str, tuple[str, bytes]]:
    """Return the fonts that the formulas of a built site need, by the names of KaTeX's: how each is called there, and its bytes.

    Empty where no formula is shown, or there is no KaTeX, without which none is rendered.
    """
    if not ORIGINALS.is_dir():
        return {}
    signs = signs_of(site)
    faces = [(family, style) for family, style in FACE.findall(style_sheet()) if family in signs]
    made = {(family, style): cut(ORIGINALS / f"{family}{style}", signs[family]) for family, style in faces}
    return {f"{family}{style}": (file_of(family, style, font), font) for (family, style), font in made.items()}


def with_cut(sheet: str, site: Path) -> str:
    """Return a style sheet that names the cut fonts in place of KaTeX's own, and none that no page needs."""
    if not (FACE.search(sheet) and ORIGINALS.is_dir()):
        return sheet
    fonts = fonts_of(site)

    def face(found: re.Match[str]) -> str:
        name = found[1] + found[2]
        return found[0].replace(name, fonts[name][0]) if name in fonts else ""

    return FACE.sub(face, sheet)


def font_faults(site: Path, sheets: str) -> Iterator[Fault]:
    """Yield the fonts of a built site that are not KaTeX's with the signs of its pages, and those that its sheets name in vain."""
    there = {path.name: path for path in (site / FOLDER).glob("*") if not (ORIGINALS / path.name).is_file()}
    named = {name for name in NAMED.findall(sheets) if not (site / FOLDER / name).is_file()}
    made = dict(fonts_of(site).values()) if there else {}
    for name in sorted(there.keys() | named):
        if name not in there:
            yield Fault(f"{FOLDER}/{name}", "a font that is named and not there", "build anew")
        elif name not in made or there[name].read_bytes() != made[name]:
            yield Fault(f"{FOLDER}/{name}", "not KaTeX's font with the signs of the pages", "build anew")
