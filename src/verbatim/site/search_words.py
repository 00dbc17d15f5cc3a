"""Words that mean the same, for the search: the glossary's terms with their English names, and the lines of search-words.txt."""

from __future__ import annotations

import re
from pathlib import Path

from verbatim.judging.brought import WORD_LIST
from verbatim.project import Project
from verbatim.site.glossary import PAGE, SEVERAL, rows_of

SEPARATOR = re.compile(r"[、，,]\s*")  # between the words of one meaning, a line of the list
COMMENT = "#"


def word_groups(project: Project) -> list[list[str]]:
    """Return lists of words that mean the same; none where a project has neither glossary nor word list.

    A line of the word list that has a term of the glossary has its English name too.
    """
    glossary = project.docs / PAGE
    pairs = [[*term.split(SEVERAL), *english.split(", ")] for term, english, _ in rows_of(glossary)] if glossary.is_file() else []
    listed = [SEPARATOR.split(line) for line in lines_of(project.root / WORD_LIST)]
    joined = [[*words, *(name for pair in pairs if set(pair) & set(words) for name in pair)] for words in listed]
    return [list(dict.fromkeys(group)) for group in [*pairs, *joined]]


def lines_of(path: Path) -> list[str]:
    """Return the lines of a word list that hold words."""
    if not path.is_file():
        return []
    return [line.strip() for line in path.read_text("utf-8").splitlines() if line.strip() and not line.startswith(COMMENT)]
