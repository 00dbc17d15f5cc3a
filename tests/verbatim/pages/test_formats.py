"""Formats: none may show a number as another one."""

from __future__ import annotations

import pytest

from verbatim.pages.formats import UnknownReference, shown


def test_a_duration_just_below_one_second_may_be_rounded_to_one_a_share_may_not() -> None:
    assert shown(0.9992, ".1f", percentage=False) == "1.0"
    with pytest.raises(UnknownReference, match="show more digits"):
        shown(0.9992, ".1f", percentage=True)
