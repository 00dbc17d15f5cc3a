"""The bibliography: docs/references.bib, read by pybtex; citations `[@key]` and the list that they lead to."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from verbatim.markup import LIST_CLASS
from verbatim.project import Project, SettingsError

if TYPE_CHECKING:
    from pybtex.database import BibliographyData

CITATION = re.compile(r"\[(@[\w:.-]+(?:\s*;\s*@[\w:.-]+)*)\]")
LIST = "[[bibliography]]"
PAGE = "references.md"


class UnknownKey(ValueError):
    """A citation of a key that the bibliography does not have."""


class Bibliography:
    """The entries of docs/references.bib, numbered in the order of the file."""

    def __init__(self, project: Project) -> None:
        self.file = project.docs / "references.bib"

    @cached_property
    def data(self) -> BibliographyData:
        from pybtex.database import BibliographyData  # needed by the first citation
        from pybtex.database.input.bibtex import Parser  # asked for by its name, pybtex would look through all distributions
        from pybtex.exceptions import PybtexError

        if not self.file.is_file():
            return BibliographyData()
        try:
            return Parser().parse_string(self.file.read_bytes().decode("utf-8"))
        except PybtexError as error:
            line = getattr(error, "lineno", None) or 1
            raise SettingsError(f"{self.file}:{line}: {error}; expected BibTeX, each key once; mend the entry") from None
        except UnicodeDecodeError as error:
            raise SettingsError(f"{self.file}: {error}; expected BibTeX in UTF-8; save it so") from None

    @cached_property
    def numbers(self) -> dict[str, int]:
        return {key: number for number, key in enumerate(self.data.entries, start=1)}

    def number(self, key: str) -> int:
        """Return the number of an entry; raises UnknownKey where there is none."""
        if key not in self.numbers:
            raise UnknownKey(f"no entry {key!r} in {self.file.name}")
        return self.numbers[key]

    @cached_property
    def html(self) -> str:
        """Return the whole list, each entry under the anchor `ref-key`."""
        from pybtex.backends.html import Backend
        from pybtex.style.formatting.unsrt import Style
        from pybtex.style.labels.number import LabelStyle
        from pybtex.style.names.plain import NameStyle
        from pybtex.style.sorting.none import SortingStyle

        backend = Backend(encoding="utf-8")
        formatted = Style(LabelStyle, NameStyle, SortingStyle).format_bibliography(self.data)
        items = [
            f'<li id="ref-{entry.key}"><span class="reference-number">[{self.numbers[entry.key]}]</span> '
            f"{entry.text.render(backend)}</li>"
            for entry in formatted
        ]
        return f'<ol class="{LIST_CLASS}">{"".join(items)}</ol>'
