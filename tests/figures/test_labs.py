"""The figures of the labs that go beyond training show their records."""

from typing import Any

from figures import labs


def test_selection_marks_where_validation_is_lowest(numbers: dict[str, Any]) -> None:
    text = labs.selection(numbers["selection"]).render("none")
    assert "验证损失最低：第 3 个轮次" in text
    assert "训练 0.050" in text
    assert "验证 0.170" in text
    assert text.count("<polyline") == 2
    assert text.count("<circle") == 8
