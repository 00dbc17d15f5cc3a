"""The pieces that pages are made of: elements, attributes, classes and addresses of the content; all others are faults.

Judged are the start tags of a page as a browser serialises it. A tag that was judged once is known: pages are alike, so this costs
one search per page.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from selectolax.lexbor import LexborNode

# Comments, and the inside of every start tag; a tag that does not end is found too, its second group empty
START_TAG = re.compile(r'<(?:!--.*?-->|([a-zA-Z][^"<>]*(?:"[^"]*"[^"<>]*)*)(>?))', re.DOTALL)
# An attribute that holds what begins a tag: browsers write it as it is
OPEN_IN_VALUE = re.compile(r'="[^"<]*<')
ATTRIBUTE = re.compile(r'\s([^\s="]+)(?:="([^"]*)")?')

PLAIN = frozenset(
    [
        "b", "bdi", "bdo", "blockquote", "br", "caption", "cite", "code", "dd", "del", "details", "dfn", "div", "dl", "dt",
        "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins", "kbd", "li", "mark", "ol", "p",
        "pre", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strong", "sub", "summary", "sup", "table", "tbody",
        "td", "tfoot", "th", "thead", "tr", "ul", "var", "wbr", "abbr", "a", "img"
    ]
)  # fmt: skip
SIDES = frozenset(f"text-align: {side};" for side in ("left", "center", "right"))
COUNT = re.compile(r"\d{1,4}\Z", re.ASCII)
NAME = re.compile(r"[^\s<>\"'`\x00-\x1f]+\Z")
ANYWHERE = {"id": NAME, "title": None, "lang": re.compile(r"[A-Za-z-]{2,12}\Z"), "data-search-exclude": re.compile(r"\Z")}
EMPTY = re.compile(r"\Z")
ATTRIBUTES: dict[str, dict[str, re.Pattern[str] | frozenset[str] | None]] = {
    "a": {"href": None, "tabindex": frozenset(["-1"]), "download": EMPTY, "rel": frozenset(["license", "noopener", "noreferrer"])},
    "img": {"src": None, "alt": None, "width": COUNT, "height": COUNT, "loading": frozenset(["lazy", "eager"])},
    "ol": {"start": COUNT, "type": frozenset("1aAiI")},
    "li": {"value": COUNT},
    "td": {"style": SIDES, "colspan": COUNT, "rowspan": COUNT},
    "th": {"style": SIDES, "colspan": COUNT, "rowspan": COUNT, "scope": frozenset(["row", "col"])},
    "details": {"open": re.compile(r"(?:open)?\Z"), "data-source": None},
    "span": {"data-ref": None, "data-format": None, "role": frozenset(["alert"])},
    "div": {
        "role": frozenset(["group", "alert"]), "aria-label": None,
        "data-tabs": re.compile(r"\d+:\d+\Z"), "data-widget": re.compile(r"[a-z][a-z0-9-]*\Z"),
    },
}  # fmt: skip
# What an image or a link declares about the numbers in its attributes; each declaration is recomputed
DECLARED = "data-verbatim-bound"

ADMONITIONS = "note abstract info tip success question warning failure danger bug example quote seealso hint important caution"
TOKENS = (
    "bp c c1 ch cm cp cpf cs dl err esc fm g gd ge ges gh gi go gp gr gs gt gu hll il k kc kd kn kp kr kt l ld m mb mf mh mi mo n"
    " na nb nc nd ne nf ni nl nn no nt nv nx o ow p pm py s s1 s2 sa sb sc sd se sh si sr ss sx vc vg vi vm w x"
)
# What the machinery writes: each class with the elements that may carry it
CLASSES: dict[str, str] = {
    **dict.fromkeys(TOKENS.split(), "span"),
    **dict.fromkeys(ADMONITIONS.split(), "div details"),
    **dict.fromkeys(("admonition", "highlight", "footnote", "verbatim-report", "verbatim-widget"), "div"),
    **dict.fromkeys(("arithmatex", "verbatim-fault"), "div span"),
    **dict.fromkeys(("language-python", "language-bash", "language-text"), "div"),
    **dict.fromkeys(("tabbed-set", "tabbed-alternate", "tabbed-labels", "tabbed-content", "tabbed-block"), "div"),
    **dict.fromkeys(("verbatim-number", "verbatim-given", "verbatim-holds", "verbatim-stay"), "span"),
    **dict.fromkeys(("caption-prefix", "reference-number", "bibtex-protected", "katex-display"), "span"),
    "admonition-title": "p", "headerlink": "a", "footnote-ref": "a", "footnote-backref": "a", "verbatim-citation": "sup",
    "verbatim-proof": "details", "verbatim-badge": "details", "verbatim-bibliography": "ol", "program": "p",
}  # fmt: skip

SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
# What no address holds: it is the title of a link, or code, that a wrong quotation mark put there
OUTSIDE = re.compile(r"[\s\"<>]")
LINKS = ("https://", "http://", "mailto:")
# Control signs and those that turn or hide text; a soft hyphen and a zero-width space hide nothing from the judge
HIDDEN = re.compile("[\x00-\x08\x0b-\x1e\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb]")


class Vocabulary:
    """Says what is not allowed in some HTML; `classes` are those that the project's own style knows."""

    def __init__(self, classes: tuple[str, ...] = ()) -> None:
        self.classes = frozenset(classes)
        self.good: set[tuple[str, str]] = {("", "")}

    def strange(self, tags: set[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Yield (start tag without its bracket, what is wrong with it)."""
        for tag, end in tags - self.good:
            wrong = "a tag that does not end" if not end else wrong_with(tag, self.classes)
            if wrong:
                yield tag, wrong
            else:
                self.good.add((tag, end))


def name_of(tag: str) -> str:
    """Return the name that a start tag begins with."""
    return re.split(r"[\s/]", tag, maxsplit=1)[0]


def wrong_with(tag: str, classes: frozenset[str]) -> str:
    """Return what is not allowed of a start tag; "" where all is."""
    name = name_of(tag)
    if name not in PLAIN:
        return f"<{name}> is no piece of a page"
    for attribute, value in attributes_of(tag):
        if wrong := wrong_attribute(name, attribute, value, classes):
            return wrong
    return ""


def attributes_of(tag: str) -> list[tuple[str, str]]:
    return [(name, html.unescape(value)) for name, value in ATTRIBUTE.findall(tag.rstrip("/"))]


def wrong_attribute(element: str, name: str, value: str, classes: frozenset[str]) -> str:
    if name == "class":
        strange = [word for word in value.split() if word not in classes and element not in CLASSES.get(word, "").split()]
        return f"class {strange[0]!r} on <{element}>" if strange else ""
    if name == DECLARED and element in ("a", "img", "abbr", "details", "summary", "td", "th", "span"):
        return ""
    allowed = ATTRIBUTES.get(element, {})
    if name not in allowed and name not in ANYWHERE:
        return f"attribute {name} on <{element}>"
    rule = allowed[name] if name in allowed else ANYWHERE[name]
    if rule is not None and not (value in rule if isinstance(rule, frozenset) else rule.match(value)):
        return f"{name}={value!r} on <{element}>"
    return wrong_address(element, value) if name in ("href", "src") else ""


def wrong_address(element: str, address: str) -> str:
    """Say what is wrong with where a link or an image leads, whatever there is at that place."""
    plain = re.sub(r"[\x00-\x20\x7f-\x9f]", "", address)
    if "\\" in plain or plain.startswith("//") or OUTSIDE.search(address):
        return f"address {address!r}"
    if SCHEME.match(plain) and not (element == "a" and plain.lower().startswith(LINKS)):
        return f"address {address!r}"
    return ""


def start_tags(page: str) -> set[tuple[str, str]]:
    """Return the start tags of some HTML without their brackets, each once, with the bracket that ends it."""
    return set(START_TAG.findall(page))


def with_quiet_values(page: str) -> str:
    """Return some HTML in which no attribute holds the beginning of a tag: patterns find only tags that are there."""
    if not OPEN_IN_VALUE.search(page):
        return page
    return START_TAG.sub(lambda tag: f"<{tag[0][1:].replace('<', '‹')}", page)


def addresses(tags: set[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """Yield (start tag, attribute, address) of every link and image that leads into the site itself."""
    for tag, _ in tags:
        if tag.startswith(("a ", "img ")):
            for name, value in attributes_of(tag):
                if name in ("href", "src") and not SCHEME.match(value) and not value.startswith("#"):
                    yield tag, name, value


def hidden_signs(page: str) -> list[str]:
    """Return the signs of a page that a reader does not see and that change what they see."""
    return sorted(set(HIDDEN.findall(page)))


def is_tab_group(group: LexborNode) -> bool:
    """Say whether a group of tabs is just what pymdownx.tabbed writes: buttons, their labels, their blocks."""
    inputs = [node for node in group.iter() if node.tag == "input"]
    others = [node for node in group.iter() if node.tag != "input"]
    if [node.attributes.get("class") for node in others] != ["tabbed-labels", "tabbed-content"]:
        return False
    labels, blocks = list(others[0].iter()), list(others[1].iter())
    names = [node.attributes.get("id") for node in inputs]
    return (
        len(labels) == len(blocks) == len(inputs) > 0
        and all(BUTTON.fullmatch(node.html or "") for node in inputs)
        and [node.attributes.get("for") for node in labels] == names
        and all(node.tag == "label" and set(node.attributes) <= {"for"} for node in labels)
        and all(node.attributes == {"class": "tabbed-block"} for node in blocks)
    )


BUTTON = re.compile(r'<input(?: checked="checked")? id="[^"<>\s]+" name="__tabbed_\d+" type="radio">')
