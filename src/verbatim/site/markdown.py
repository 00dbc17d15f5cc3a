"""The Python-Markdown extension: it expands references, lets only proven text stand as code, and marks everything else.

It works under any generator that uses Python-Markdown. Put it after `pymdownx.snippets` and `pymdownx.arithmatex`.
"""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from selectolax.lexbor import LexborNode

from verbatim import wording
from verbatim.faults import Fault, report
from verbatim.judging.blocks import body_of, parse
from verbatim.judging.pieces import widget_html
from verbatim.markup import BOUND_ATTRIBUTE, CITATION_CLASS, FIGURE_ATTRIBUTE, GIVEN_CLASS, HOLDS_CLASS, NUMBER_CLASS, SEPARATOR
from verbatim.pages.bibliography import CITATION, LIST, PAGE, UnknownKey
from verbatim.pages.formats import FROM_SUPERSCRIPT, SUPERSCRIPTS, UnknownReference
from verbatim.pages.page import (
    CROSS_REFERENCES,
    FOLDER,
    INCLUDE,
    INLINE,
    REFERENCE,
    REPORT,
    SCISSORS,
    chunks,
    is_python,
    is_widget,
    page_name,
)
from verbatim.pages.references import Number
from verbatim.published.drawings import drawing_of
from verbatim.site.building import judge_of
from verbatim.site.generator import UNKNOWN, page_of
from verbatim.site.proof_line import badge_html, proof_html
from verbatim.site.report import report_html

# The source parts Chinese from braces by a blank; what stands there in the end, 图 1 or 表 1, begins with Chinese
BLANK_BEFORE_LABEL = re.compile(r"(?<=[\u4e00-\u9fff]) (?=\{\{\s*(?:fig|tab)\.)")
# Private characters that stand for a piece of HTML while Markdown does its work
OPEN, CLOSE = "\ue000", "\ue001"
STANDIN = re.compile(f"{OPEN}(\\d+){CLOSE}")
ALONE = re.compile(f"<p>{OPEN}(\\d+){CLOSE}</p>")
TAG_WITH_STANDIN = re.compile(f"<[^<>]*{OPEN}[^<>]*>")
# Tokens that code.css gives the colour of all code: a fourth of a lab's elements
CODE = re.compile(r"<pre\b.*?</pre>", re.DOTALL)
COLOURLESS = re.compile(r'<span class="(?:n|nv|w|kc)">([^<]*)</span>')
FIGURE = re.compile(r'<img\b[^>]*?\bsrc="(?:[^"]*/)?assets/figures/([\w-]+\.svg)"[^>]*>')
ALT = re.compile(r'\balt="([^"]*)"')
DECLARED = re.compile(rf'\b{BOUND_ATTRIBUTE}="([^"]*)"')
NOT_FOR_PAGES = re.compile(r"verbatim-(?:number|given|holds|citation|proof|badge|report)|data-verbatim")
ROWS = ("tr", "td", "th", "tbody", "thead", "tfoot", "colgroup")


class Conversion:
    """One page on its way from Markdown to HTML."""

    def __init__(self, md: Markdown, root: Path) -> None:
        self.md = md
        self.name = page_of(md)
        self.judge = judge_of(md, root)
        self.evidence = self.judge.evidence
        self.includes: list[str] = []
        self.fences = 0
        self.bound_tex: dict[str, Number] = {}
        self.standins: list[Number | str] = []
        self.marks: list[str] = []  # of faults in formulas and attributes, which can hold no HTML
        self.whole = False  # whether what postprocessors see is the page, no longer one of its headings

    def stand_in(self, item: Number | str) -> str:
        """Return the characters that stand for a number, or for a piece of HTML, until the page is whole."""
        self.standins.append(item)
        return f"{OPEN}{len(self.standins) - 1}{CLOSE}"

    def fault(self, what: str, fix: str, excerpt: str = "") -> str:
        """Report a fault of the source and return what marks its place."""
        return self.stand_in(report(Fault(self.name, what, fix, excerpt), inline=True))


class SourcePreprocessor(Preprocessor):
    """Runs before snippets are included: what it expands was written by the page's author."""

    def __init__(self, md: Markdown, extension: VerbatimExtension) -> None:
        super().__init__(md)
        self.extension = extension

    def run(self, lines: list[str]) -> list[str]:
        page = self.extension.page = Conversion(self.md, self.extension.root)
        expanded: list[str] = []
        for chunk in chunks(lines):
            part = [include(page, line) for line in chunk.lines]
            page.fences += chunk.fenced
            expanded += part if chunk.fenced else expand(page, "\n".join(part)).split("\n")
        return expanded + offer(page)


def offer(page: Conversion) -> list[str]:
    """Return the lines, in Markdown, by which a page offers its program as files; where it is not proven, mark the page."""
    if page.name == UNKNOWN or not any(is_python(name) for name in page.includes):
        return []
    if fault := page.evidence.program_fault(page.name, page.name):
        page.marks.append(report(fault, inline=True))
    base = f"{relative(page, FOLDER)}/{page_name(page.name)}"
    links = [f"[{wording.PYTHON_LINK}]({base}.py){{ download }}"]
    if page.name not in page.evidence.project.no_notebook:
        links.append(f"[{wording.NOTEBOOK_LINK}]({base}.ipynb){{ download }}")
    return ["", wording.PROGRAM_OFFER.format(links=wording.LINK_SEPARATOR.join(links)), "{ .program }"]


def include(page: Conversion, line: str) -> str:
    """Check a line that includes a file; whatever is not the one allowed form becomes a fault."""
    if not SCISSORS.search(line):
        return line
    match = INCLUDE.match(line)
    if not match:
        return page.fault("an include in an unknown form", 'expected --8<-- "module.py:region" alone on its line', line)
    name = match[1]
    if name.startswith("includes/"):
        return line
    page.includes.append(name)
    if name in page.evidence.catalogue.sources:
        return line
    wrong = [fault for fault in page.evidence.catalogue.faults if name.split(":")[0] in fault.where]
    if wrong:
        return page.fault(f"{name} cannot be shown: {wrong[0].what}", f"{wrong[0].fix} ({wrong[0].where})")
    fix = "expected the id of a region, commands/….sh or outputs/….txt; no line ranges"
    return page.fault(f"there is no {name}", fix, line)


def expand(page: Conversion, text: str) -> str:
    """Expand references and citations outside fences."""
    if found := NOT_FOR_PAGES.search(text):
        return page.fault("a class or attribute that only verbatim may write", "remove it", found[0])
    text = text.replace(LIST, "\n" + page.evidence.bibliography.html + "\n")
    text = text.replace(REPORT, "\n" + report_html(page.evidence) + "\n") if REPORT in text else text
    return INLINE.sub(lambda match: inline(page, match), BLANK_BEFORE_LABEL.sub("", text))


def inline(page: Conversion, match: re.Match[str]) -> str:
    if match["maths"]:
        return REFERENCE.sub(lambda part: reference(page, part, maths=True), match[0])
    if match["code"]:
        return REFERENCE.sub(lambda part: reference(page, part, maths=False), match[0])
    if match["citation"]:
        return citation(page, match[0])
    part = REFERENCE.fullmatch(match[0])
    if not part:
        return page.fault("a reference in an unknown form", "expected {{ lab.field | format }}", match[0])
    return reference(page, part, maths=False)


def reference(page: Conversion, match: re.Match[str], *, maths: bool) -> str:
    """Return what `{{ … }}` becomes: a stand-in for a number, TeX in a formula, or a link."""
    name, spec = match[1].strip(), (match[2] or "").strip()
    if is_widget(name) and not maths:
        return page.stand_in(widget_html(name.partition(".")[2]))
    try:
        if name.split(".")[0] in CROSS_REFERENCES:
            return link(page, name)
        number = page.evidence.references.number(name, spec)
    except UnknownReference as error:
        return misplaced(page, Fault(page.name, str(error), "write an existing reference", match[0]), maths=maths)
    if not maths:
        return page.stand_in(number)
    if fault := page.evidence.stale_number_fault(name, spec, page.name, match[0]):
        return misplaced(page, fault, maths=True)
    if number.kind == "holds":
        return ""
    page.bound_tex[number.tex] = number
    return rf"\htmlClass{{{NUMBER_CLASS}}}{{{number.tex}}}"


def misplaced(page: Conversion, fault: Fault, *, maths: bool) -> str:
    """Report a reference that gives no number; in a formula a sign stands for it, and the mark goes to the end of the page."""
    piece = report(fault, inline=True, told=page.judge.told)
    if not maths:
        return page.stand_in(piece)
    page.marks.append(piece)
    return r"\boxed{?}"


def link(page: Conversion, name: str) -> str:
    target = page.evidence.references.target(name)
    return f"[{target.label}]({relative(page, target.page)}#{target.anchor})"


def relative(page: Conversion, other: str) -> str:
    """Return the path of another page as links on this page write it; "" for this page."""
    if page.name == UNKNOWN:
        raise UnknownReference("the generator does not say which page this is, so that no link can be written")
    return "" if page.name == other else posixpath.relpath(other, posixpath.dirname(page.name) or ".")


def citation(page: Conversion, text: str) -> str:
    match = CITATION.fullmatch(text)
    keys = [key.strip().removeprefix("@") for key in match[1].split(";")] if match else []
    try:
        target = relative(page, PAGE)
        links = [f"[[{page.evidence.bibliography.number(key)}]]({target}#ref-{key})" for key in keys]
    except (UnknownKey, UnknownReference) as error:
        return page.fault(str(error), "add it to the bibliography or correct the key", text)
    if not links:
        return page.fault("a citation in an unknown form", "expected [@key] or [@key; @key]", text)
    return f'<sup class="{CITATION_CLASS}">{"".join(links)}</sup>'


class LastTreeprocessor(Treeprocessor):
    """Runs after all others, which hand headings to the postprocessors: from here on they see the page."""

    def __init__(self, md: Markdown, extension: VerbatimExtension) -> None:
        super().__init__(md)
        self.extension = extension

    def run(self, root: Element) -> None:
        self.extension.conversion.whole = True


class PagePostprocessor(Postprocessor):
    """Runs last: it judges the finished HTML of the page."""

    def __init__(self, md: Markdown, extension: VerbatimExtension) -> None:
        super().__init__(md)
        self.extension = extension

    def run(self, text: str) -> str:
        page = self.extension.conversion
        if not page.whole:  # a heading on its way into the table of contents
            return STANDIN.sub("", text)
        text = without_colourless(text)
        text = TAG_WITH_STANDIN.sub(lambda match: attributes(page, match[0]), text)
        text = ALONE.sub(lambda match: unwrapped(page, match), text)
        text = STANDIN.sub(lambda match: number_html(page.standins[int(match[1])]), text)
        text = FIGURE.sub(lambda match: figure(page, match), text)
        return finish(page, text)


def without_colourless(text: str) -> str:
    """Return HTML whose code holds no element for a token that looks like all code."""
    return CODE.sub(lambda match: COLOURLESS.sub(r"\1", match[0]), text)


def attributes(page: Conversion, tag: str) -> str:
    """Put bound numbers into the attributes of a tag, and declare there what they are bound to."""
    declared: list[str] = []

    def plain(match: re.Match[str]) -> str:
        item = page.standins[int(match[1])]
        if isinstance(item, str):  # the mark of a fault: no attribute can hold it, the end of the page can
            page.marks.append(item)
            return "?"
        declared.append(f"{item.reference}|{item.spec}")
        return html.escape(item.text)

    tag = STANDIN.sub(plain, tag)
    end = "/>" if tag.endswith("/>") else ">"
    return f'{tag.removesuffix(end).rstrip()} {BOUND_ATTRIBUTE}="{html.escape(SEPARATOR.join(declared))}"{end}'


def unwrapped(page: Conversion, match: re.Match[str]) -> str:
    """Return a block that stands alone in a paragraph without the paragraph."""
    item = page.standins[int(match[1])]
    return item if isinstance(item, str) and item.startswith("<div") else match[0]


def number_html(item: Number | str) -> str:
    if isinstance(item, str):
        return item
    name, spec, origin = (html.escape(part) for part in (item.reference, item.spec, item.origin))
    bound = f'data-ref="{name}" data-format="{spec}"'
    if item.kind == "holds":
        return f'<span class="{NUMBER_CLASS} {HOLDS_CLASS}" {bound}></span>'
    classes = f"{NUMBER_CLASS} {GIVEN_CLASS}" if item.kind == "given" else NUMBER_CLASS
    return f'<span class="{classes}" {bound} title="{origin}">{raised_html(item.text)}</span>'


def raised_html(text: str) -> str:
    """Return a number as HTML, its exponent above the line."""
    return SUPERSCRIPTS.sub(lambda match: f"<sup>{match[0].translate(FROM_SUPERSCRIPT).replace('-', '−')}</sup>", html.escape(text))


def figure(page: Conversion, match: re.Match[str]) -> str:
    """Replace an image of a recorded figure by the drawing itself, so that it follows the page's colours and fonts."""
    path = page.judge.claims.figures / match[1]
    if not path.is_file():
        return number_html(
            report(Fault(page.name, f"there is no figure {match[1]}", "draw it with `python -m figures --write`"), inline=True)
        )
    alt, declared = ALT.search(match[0]), DECLARED.search(match[0])
    drawing = drawing_of(path.read_text("utf-8"))
    bound = f' {BOUND_ATTRIBUTE}="{declared[1]}"' if declared else ""
    label = f' role="img" aria-label="{alt[1] if alt else ""}"{bound} {FIGURE_ATTRIBUTE}="{match[1]}"'
    return drawing.replace("<svg", f"<svg{label}", 1)


def finish(page: Conversion, text: str) -> str:
    """Judge the page and put marks and quiet lines where they belong."""
    body = body_of(parse("<body>" + text))
    address = page.evidence.pages[page.name].address if page.name in page.evidence.pages else page.name
    verdict = page.judge.judge(body, page.name, page.includes, page.bound_tex, content=body, address=address)
    pieces: list[str] = []
    condemned: set[int] = set()
    for finding in verdict.findings:
        condemned.add(finding.node.mem_id)
        place_after(finding.node, report(finding.fault, told=page.judge.told), pieces)
    for block, source in verdict.shown:
        if block.node.mem_id not in condemned:
            place_after(block.node, proof_html(source, page.evidence, page.name), pieces)
    if (title := body.css_first("h1")) is not None and page.name in page.evidence.pages:
        place_after(title, badge_html(page.name, page.evidence), pieces)
    expected = max(len(page.includes), page.fences)
    if expected > len(verdict.shown) and not verdict.findings:
        what = f"shows {len(verdict.shown)} blocks where its source has {expected}"
        fault = Fault(page.name, what, "close each fence; show each included block in one of its own")
        pieces.append(report(fault))
        body.insert_child(f"{OPEN}{len(pieces) - 1}{CLOSE}")
    return STANDIN.sub(lambda match: pieces[int(match[1])], body.inner_html or "") + "".join(page.marks)


def place_after(node: LexborNode, piece: str, pieces: list[str]) -> None:
    """Put a piece of HTML after the whole block or table that `node` is part of."""
    while (
        node.parent is not None
        and node.parent.tag not in ("body", "html")
        and (
            node.tag in ROWS
            or node.tag == "code"
            or "highlight" in (node.parent.attributes.get("class") or "").split()
            or node.parent.tag in ROWS
        )
    ):
        node = node.parent
    pieces.append(piece)
    node.insert_after(f"{OPEN}{len(pieces) - 1}{CLOSE}")


class VerbatimExtension(Extension):
    """Options: `root`, a folder inside the project, the working folder by default."""

    def __init__(self, **options: object) -> None:
        self.config = {"root": [".", "a folder inside the project"]}
        super().__init__(**options)
        self.page: Conversion | None = None

    @property
    def root(self) -> Path:
        return Path(self.getConfig("root")).resolve()

    @property
    def conversion(self) -> Conversion:
        """The conversion under way; the preprocessor begins one before anything else runs."""
        assert self.page is not None
        return self.page

    def extendMarkdown(self, md: Markdown) -> None:
        # Above pymdownx.snippets (32), so that includes are judged before they are expanded
        md.preprocessors.register(SourcePreprocessor(md, self), "verbatim-source", 34)
        md.treeprocessors.register(LastTreeprocessor(md, self), "verbatim-last", -1000)
        md.postprocessors.register(PagePostprocessor(md, self), "verbatim-page", -10)
        md.convert = self.guarded(md.convert)  # type: ignore[assignment,method-assign]

    def guarded(self, convert: Callable[[str], str]) -> Callable[[str], str]:
        """Return a conversion that tells of a page which is nested too deeply for Python-Markdown, where that one dies of it."""

        def converted(source: str) -> str:
            try:
                return convert(source)
            except RecursionError:
                fix = "expected at most some hundreds inside each other; close what the page opens"
                return report(Fault(self.page.name if self.page else UNKNOWN, "elements nested too deeply", fix))

        return converted


def makeExtension(**options: object) -> VerbatimExtension:
    """Return the extension, as Python-Markdown asks for it."""
    return VerbatimExtension(**options)
