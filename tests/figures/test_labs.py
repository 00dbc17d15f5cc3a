"""The figures of the labs that go beyond training show their records."""

import re
from typing import Any

import numpy as np
import pytest

from figures import labs
from figures.svg import Sheet
from mnist_lab import gan


def drawn(sheet: Sheet) -> str:
    return "".join(sheet.elements)


def test_selection_marks_where_validation_is_lowest(numbers: dict[str, Any]) -> None:
    text = drawn(labs.selection(numbers["selection"]))
    assert "验证损失最低：第 3 个轮次" in text
    assert "训练 0.050" in text
    assert "验证 0.170" in text
    assert text.count("<polyline") == 2
    assert text.count("<circle") == 8


def test_deployment_draws_a_bar_per_format_as_long_as_its_size(numbers: dict[str, Any]) -> None:
    text = drawn(labs.deployment(numbers["deployment"]))
    widths = [float(width) for width in re.findall(r'<rect [^>]*width="([\d.]+)"', text)]
    assert widths == pytest.approx([344 * size / 852 for size in (852, 409, 410, 107)], abs=0.01)
    assert "LiteRT int8：107 kB，准确率 97.00%" in text


def test_distributed_draws_what_was_saved_lost_and_resumed(numbers: dict[str, Any]) -> None:
    text = drawn(labs.distributed(numbers["distributed"]))
    at = {step: f"{20 + 320 * step / 60:.2f}".rstrip("0").rstrip(".") for step in (0, 20, 40, 50, 60)}
    assert re.findall(r'<circle cx="([\d.]+)"', text) == [at[20], at[40]]
    lines = re.findall(r'<line x1="([\d.]+)" y1="[\d.]+" x2="([\d.]+)" y2="[\d.]+" class="line (\w+)"', text)
    assert lines == [(at[0], at[50], "second")] * 2 + [(at[40], at[60], "accent")] * 2
    assert "从第 40 步接着来" in text
    assert "与没有断过的逐位相同" in text
    off = drawn(labs.distributed(numbers["distributed"] | {"resumed_difference": 2e-9}))
    assert "与没有断过的最多差 2 × 10⁻⁹" in off
    assert "逐位相同" not in off


def test_unpack_undoes_what_the_lab_packs() -> None:
    image = np.random.default_rng(0).random((1, 28, 28, 1))
    np.testing.assert_array_equal(labs.unpack(gan.pack(image)[0]), np.rint(np.rint(image[0, :, :, 0] * 9) * 255 / 9))


def test_gan_draws_a_row_per_frame_and_the_collapse(numbers: dict[str, Any]) -> None:
    assert labs.STEPS == gan.FRAMES
    text = drawn(labs.gan(numbers["gan"]))
    assert text.count("<rect") == 36
    assert [title in text for title in (">开始<", ">100 次<", ">4,000 次<", ">坍缩<")] == [True] * 4
    assert text.count('h1m6 0h1"') == 30, "the last eight pixels: white, black six times, white"


def test_faster_draws_a_bar_per_contestant_as_long_as_it_took(times: dict[str, float]) -> None:
    text = drawn(labs.faster(times))
    bars = [(float(width), name) for width, name in re.findall(r'width="(\S+)" height="15" class="fill (\w+)"', text)]
    titles = re.findall(r'text-anchor="end">([^<]+)<', text)
    assert titles == [*labs.STAGES.values(), *labs.PEERS.values(), "乘法的下限"]
    seconds = [times[f"{name}_seconds"] for name in [*labs.STAGES, *labs.PEERS]] + [times["floor_seconds"]]
    assert [width / bars[0][0] for width, _ in bars] == pytest.approx([each / 20 for each in seconds], abs=1e-3)
    assert [name for _, name in bars] == ["plain", *["accent"] * 4, *["third"] * 4, "second"]
    assert ">20.0，99.0%<" in text
    assert ">1.2<" in text
