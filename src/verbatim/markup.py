"""The classes and attributes by which the elements of a page say what they are; who judges recomputes what they claim."""

from __future__ import annotations

NUMBER_CLASS = "verbatim-number"
GIVEN_CLASS = "verbatim-given"  # beside NUMBER_CLASS, on what the author states
HOLDS_CLASS = "verbatim-holds"  # beside NUMBER_CLASS, on an assertion, which shows nothing
CITATION_CLASS = "verbatim-citation"
PROOF_CLASS = "verbatim-proof"
BADGE_CLASS = "verbatim-badge"
REPORT_CLASS = "verbatim-report"
LIST_CLASS = "verbatim-bibliography"
KATEX_CLASS = "katex"
FIGURE_ATTRIBUTE = "data-verbatim-figure"
BOUND_ATTRIBUTE = "data-verbatim-bound"
SEPARATOR = "␟"  # between what an attribute declares as bound
