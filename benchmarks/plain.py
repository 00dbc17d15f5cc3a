"""The article as plain Markdown, for generators that know nothing of this project: python benchmarks/plain.py > article.md

References stand as their numbers, includes as the code, the output or the command that they name, captions as paragraphs, folded
parts as `<details>`. Formulas stay `$…$` and `$$…$$`. What only this site has is left out: widgets, marks of the errata, classes,
and links to its other pages, whose text stays.
"""

from __future__ import annotations

import re
import sys
import textwrap
from itertools import takewhile
from pathlib import Path

from verbatim.pages.page import CROSS_REFERENCES, FRONT, INCLUDE, INLINE, REFERENCE, Chunk, chunks, is_widget
from verbatim.pages.references import References
from verbatim.project import Project
from verbatim.published.catalogue import Catalogue

ROOT = Path(__file__).resolve().parents[1]
ARTICLE = "index.md"
ERRATUM = re.compile(r"\[[^\]]*\]\([^)]*\)\{ \.erratum \}")
CLASSES = re.compile(r"\{ \.[\w-]+ \}")
INNER_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:)[^()\s]*\)")
CAPTION = re.compile(r"^( *)///+ (figure|table)-caption \| #(?:fig|tab)-([\w-]+)\n(.*?)\n *///+$", re.MULTILINE | re.DOTALL)
FOLDED = re.compile(r'\?\?\?\+? \w+ "(.*)"')
BLANKS = re.compile(r"\n{3,}")


class Plain:
    """Writes pages of a project as plain Markdown."""

    def __init__(self, project: Project) -> None:
        self.references, self.sources = References(project), Catalogue(project).sources

    def page(self, text: str) -> str:
        """Return a whole page; raises UnknownReference, UnknownKey or KeyError where it names what is not there."""
        parts = chunks(FRONT.sub("", text, count=1).splitlines())
        written = (self.fence(part) if part.fenced else self.prose("\n".join(part.lines)) for part in parts)
        return BLANKS.sub("\n\n", unfolded("\n".join(written))).strip() + "\n"

    def fence(self, part: Chunk) -> str:
        """Return a fence with the text that it includes, indented as the fence is."""
        lines = (self.included(line, match[1]) if (match := INCLUDE.match(line)) else line for line in part.lines)
        return "\n".join(lines)

    def included(self, line: str, name: str) -> str:
        return textwrap.indent(self.sources[name].text, line[: len(line) - len(line.lstrip())])

    def prose(self, text: str) -> str:
        text = CAPTION.sub(self.caption, ERRATUM.sub("", text))
        return INNER_LINK.sub(r"\1", CLASSES.sub("", INLINE.sub(self.inline, text)))

    def caption(self, match: re.Match[str]) -> str:
        """Return a caption as a paragraph that begins with its number."""
        indent, kind, anchor, text = match.groups()
        label = self.references.target(f"{kind[:3]}.{anchor}").label
        return f"{indent}{label}：{text.strip()}"

    def inline(self, match: re.Match[str]) -> str:
        if match["citation"]:
            keys = [key.strip().removeprefix("@") for key in match[0][1:-1].split(";")]
            return "".join(f"[{self.references.bibliography.number(key)}]" for key in keys)
        maths = bool(match["maths"])
        return REFERENCE.sub(lambda part: self.reference(part[1].strip(), (part[2] or "").strip(), maths=maths), match[0])

    def reference(self, name: str, spec: str, *, maths: bool) -> str:
        if is_widget(name):
            return ""
        if name.split(".")[0] in CROSS_REFERENCES:
            return self.references.target(name).label
        number = self.references.number(name, spec)
        return number.tex if maths else number.text


def unfolded(text: str) -> str:
    """Return Markdown with its folded admonitions as `<details>`, their content no longer indented."""
    lines, written = text.split("\n"), []
    while lines:
        line = lines.pop(0)
        if not (match := FOLDED.fullmatch(line)):
            written.append(line)
            continue
        inner = list(takewhile(lambda inside: not inside.strip() or inside.startswith("    "), lines))
        del lines[: len(inner)]
        content = textwrap.dedent("\n".join(inner)).strip()
        written.append(f'<details markdown="1">\n<summary>{match[1]}</summary>\n\n{content}\n\n</details>\n')
    return "\n".join(written)


def article(root: Path = ROOT) -> str:
    """Return the article as plain Markdown."""
    project = Project.find(root)
    return Plain(project).page((project.docs / ARTICLE).read_text("utf-8"))


if __name__ == "__main__":
    sys.stdout.write(article())
