"""The sentence by which a number tells a reader where it comes from."""

from __future__ import annotations

from typing import Any

import pytest

from verbatim.pages.origins import calc_origin, date_told, plain, record_origin

RUN = {"date": "2026-11-24", "cores": 2, "cpu": "AMD EPYC", "seed": 0}
MEASURED = "2026 年 11 月 24 日在 2 核机器上实测"


@pytest.mark.parametrize(
    ("values", "spec", "told"),
    [
        ([0.976, 0.9775, 0.978], ".1%", f"{MEASURED}，3 个种子 97.6%–97.8%"),
        ([0.97601, 0.97602], ".1%", f"{MEASURED}，2 个种子都是这个数"),
        ([101770, 101770], ",", f"{MEASURED}，2 个种子都是这个数"),
        ([12.5], ".1f", MEASURED),  # one seed has no spread
        ([], "", MEASURED),
        (["a", "b"], "", MEASURED),
        ([0.0, 0.001], ".1f", MEASURED),  # the format would show one of them as nothing
    ],
)
def test_a_measurement_tells_when_on_what_and_how_far_its_seeds_lie_apart(values: list[Any], spec: str, told: str) -> None:
    assert record_origin(RUN, values, spec, share=True) == told


def test_a_calculation_tells_its_numbers_in_the_place_of_their_names() -> None:
    values = {"lab.total": 1234, "lab.total_time": 0.1234567, "lab.parts[1]": 2}
    expression = "lab.total/lab.total_time * 2**lab.parts[1] - cited(3.14e23, brown2020)"
    told = calc_origin(expression, values, ["2026-11-24", "2026-11-26"])
    assert told == "构建时算出：1,234 ÷ 0.1235 × 2 ^ 2 − 3.14e23，其中的数 2026 年 11 月 26 日测得"
    assert calc_origin("lab.LIMIT + 1e-3", {"lab.LIMIT": 5}, []) == "构建时算出：5 + 1e-3"


def test_what_is_no_date_and_no_number_stays() -> None:
    assert date_told("yesterday") == "yesterday"
    assert plain("3.11") == "3.11"
    assert plain(0.000123456) == "0.0001235"
