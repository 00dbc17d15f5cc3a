"""What each figure shows: every number of its record, at its place.

Tests `charts`, `diagrams`, `digits`, `surface` too.
"""

import re
from typing import Any

import numpy as np
import pytest

from figures import charts, diagrams, digits, surface
from figures.joining import short
from figures.svg import WIDTH, Sheet


def texts(sheet: Sheet) -> list[str]:
    return [re.sub(r"<.*?>", "", element) for element in sheet.elements if element.startswith("<text")]


def circles(sheet: Sheet, cls: str) -> list[tuple[float, float]]:
    found = (re.fullmatch(rf'<circle cx="(\S+)" cy="(\S+)" r="\S+" class="{cls}"/>', each) for each in sheet.elements)
    return [(float(match[1]), float(match[2])) for match in found if match]


def test_model_sizes(numbers: dict[str, Any]) -> None:
    sheet = charts.model_sizes(numbers["flops"], numbers["language"])
    for label in ("认数字的网络 101,770", "写诗的模型 300,000", "BERT-large 3.4 亿", "ViT-Huge 6.32 亿", "GPT-3 1,746 亿"):
        assert label in texts(sheet)
    places = [x for x, _ in circles(sheet, "fill accent") + circles(sheet, "fill plain")]
    assert len(places) == 5
    assert places == sorted(places)
    decade = (WIDTH - 32) / 8
    assert places[4] - places[0] == pytest.approx(decade * np.log10(174.6e9 / 101_770), abs=0.02)
    assert charts.chinese_count(999_999) == "999,999"
    assert charts.chinese_count(632e6) == "6.32 亿"


def test_learning_curve(numbers: dict[str, Any]) -> None:
    sheet = charts.learning_curve(numbers["classifier"])
    assert "测试集 97.65%" in texts(sheet)
    assert "训练集，第 5 个轮次 98.90%" in texts(sheet)
    points = circles(sheet, "fill accent")
    assert len(points) == 5
    assert points == sorted(points)
    assert [y for _, y in points] == sorted((y for _, y in points), reverse=True)
    assert [label for label in texts(sheet) if label.endswith("%")][:2] == ["92%", "94%"]


def test_confusion(numbers: dict[str, Any]) -> None:
    sheet = charts.confusion(numbers["classifier"])
    counts = texts(sheet)[-100:]
    assert counts == [str(count) for row in numbers["classifier"]["confusion"] for count in row]
    opacities = [float(value) for value in re.findall(r'class="fill second" fill-opacity="(\S+)"', "".join(sheet.elements))]
    assert len(opacities) == 90
    assert max(opacities) == 0.6
    assert min(opacities) == 0
    assert texts(sheet).count("标签") == texts(sheet).count("网络的答案") == 1


def test_scalings(numbers: dict[str, Any]) -> None:
    sheet = charts.scalings(numbers["scalings"])
    for label in ("原始 0–255 93.0%", "除以 255 96.0%", "整体标准化 97.0%", "逐像素标准化 96.8%"):
        assert label in texts(sheet)
    lines = [element for element in sheet.elements if element.startswith("<polyline")]
    assert len(lines) == 8  # a sample in the legend and a curve, four times
    dashes = [re.findall(r'stroke-dasharray="(.*?)"', line) for line in lines]
    assert len({str(dash) for dash in dashes}) == 4  # told apart without colour too
    assert dashes[0] == dashes[1]
    assert texts(sheet)[0] == "80%"  # the lowest, 81 %, rounded down


def test_scaling_draws_its_points_and_its_fit(numbers: dict[str, Any]) -> None:
    sheet = charts.scaling(numbers["scaling"])
    for accuracy in numbers["scaling"]["test_accuracy"]:
        assert f"{accuracy:.1%}" in texts(sheet)
    assert "拟合：损失 ∝ 参数个数的 −0.50 次方" in texts(sheet)
    points = circles(sheet, "fill accent")
    assert len(points) == 8
    (line,) = (element for element in sheet.elements if element.startswith("<polyline"))
    (x1, y1), (x2, y2) = (map(float, pair.split(",")) for pair in re.findall(r'points="(.*?)"', line)[0].split(" "))
    assert (x1, x2) == (points[0][0], points[-1][0])
    middle = np.mean(points, axis=0)  # the line passes through the middle of the points
    assert y1 + (middle[0] - x1) / (x2 - x1) * (y2 - y1) == pytest.approx(middle[1], abs=0.05)
    per_decade_x, per_decade_y = (WIDTH - 60) / 3, 226 / np.log10(40)
    assert (y2 - y1) / (x2 - x1) == pytest.approx(0.5 * per_decade_y / per_decade_x, rel=1e-3)


def test_a_contour_of_a_plane_is_a_straight_line() -> None:
    grid = [0.0, 1.0, 2.0]
    pieces = surface.contour(grid, [[x + 2 * y for x in grid] for y in grid], 2.5)
    for a, b in pieces:
        for x, y in (a, b):
            assert x + 2 * y == pytest.approx(2.5)
    (line,) = surface.chain(pieces)
    assert sorted(line)[0] == pytest.approx((0, 1.25))
    assert sorted(line)[-1] == pytest.approx((2, 0.25))
    assert len(line) == len(pieces) + 1
    assert surface.contour(grid, [[0.0] * 3] * 3, 1) == []


def test_a_closed_contour_is_one_line() -> None:
    grid = np.linspace(-1, 1, 9).tolist()
    pieces = surface.contour(grid, [[x**2 + y**2 for x in grid] for y in grid], 0.5)
    (line,) = surface.chain(pieces)
    assert line[0] == line[-1]
    assert len(line) == len(pieces) + 1
    assert all(0.65 < np.hypot(x, y) < 0.75 for x, y in line)


def test_a_saddle_gives_two_pieces() -> None:
    assert len(surface.contour([0.0, 1.0], [[0.0, 1.0], [1.0, 0.0]], 0.5)) == 2


def test_loss_surface(numbers: dict[str, Any]) -> None:
    sheet = surface.loss_surface(numbers["loss_surface"])
    assert {"从坡上出发", "从平地出发", "θ₀（偏置）", "0.06", "0.8"} <= set(texts(sheet))
    assert len(circles(sheet, "fill accent")) == len(circles(sheet, "fill second")) == 9  # eight steps and the start
    start = circles(sheet, "fill accent")[0]
    assert start == pytest.approx((36 + 10 / 12 * (WIDTH - 46), 348 - 6 / 12 * 314), abs=0.01)


def test_runs_by_hand() -> None:
    mask = np.array([[1, 1, 0, 1], [0, 0, 0, 0], [0, 1, 1, 1]], bool)
    assert digits.runs(mask) == [(0, 0, 2), (0, 3, 1), (2, 1, 3)]
    assert digits.shades(np.array([[0, 255, 128, 20]], np.uint8)).tolist() == [[0, 6, 3, 0]]


def test_wrong_digits_show_the_very_pixels(numbers: dict[str, Any]) -> None:
    images = np.zeros((5, 28, 28), np.uint8)
    images[2, 3, 4:7], images[2, 9, 0] = 255, 128
    sheet = digits.wrong_digits(numbers["classifier"], images)
    assert texts(sheet) == ["4 认作 9", "5 认作 8", "6 认作 0", "7 认作 1", "8 认作 3"]
    paths = [element for element in sheet.elements if element.startswith("<path")]
    assert len(paths) == 2
    left, top = (2 * WIDTH / 4 + 10) / digits.PIXEL, 6 / digits.PIXEL + 0.5
    assert f'd="M{short([left, top + 9])}h1"' in paths[0]
    assert 'stroke-opacity="0.5"' in paths[0]
    assert f'd="M{short([left + 4, top + 3])}h3"' in paths[1]
    assert 'stroke-opacity="1"' in paths[1]
    assert "".join(sheet.elements).count('class="screen"') == 5


def test_network(numbers: dict[str, Any]) -> None:
    sheet = diagrams.network(numbers["flops"])
    for label in ("输入层 784", "隐藏层 128", "输出层 10", "W₁ 128×784", "b₁ 128", "W₂ 10×128", "b₂ 10", "共 101,770 个参数"):
        assert label in texts(sheet)
    assert len(circles(sheet, "fill accent")) == 8 + 8 + 10
    assert "".join(sheet.elements).count("<line") == 8 * 8 + 8 * 10


def test_layouts_share_the_batch_among_the_devices(numbers: dict[str, Any]) -> None:
    sheet = diagrams.layouts(numbers["distributed_jax"])
    assert [text for text in texts(sheet) if text.startswith("参数")] == [
        "参数与第一种最多差 5 × 10⁻¹⁶",
        "参数与第一种最多差 7 × 10⁻¹⁶",
    ]
    assert texts(sheet).count("设备") == 5
    rects = re.findall(r'<rect x="(\S+)" y="(\S+)" width="(\S+)" height="\S+" class="([^"]+)"', "".join(sheet.elements))
    shares = [float(width) for _, _, width, cls in rects if cls.startswith("fill")]
    assert shares == [110, 55, 55, 55, 55]
    processes = [float(width) for _, _, width, cls in rects if cls == "axis"]
    assert processes == [68, 148, 68, 68], "two devices of one process stand in one frame"


def test_startups() -> None:
    shown = texts(diagrams.startups())
    assert {"要解决的任务", "调用 API", "微调公开模型", "从头训练"} <= set(shown)
    assert shown.count("参数") == shown.count("要准备") == 3


def test_drawn(numbers: dict[str, Any]) -> None:
    draw = {
        "seen": np.eye(28, dtype=int) * 255,
        "plain": np.zeros((28, 28), int),
        "probabilities": [0.0] * 3 + [0.9375] + [0.0] * 6,
        "plain_probabilities": [0.0] * 7 + [0.5] + [0.0] * 2,
    }
    sheet = digits.drawn(draw)
    assert texts(sheet) == ["居中", "认作 3", "概率 93.7%", "不居中", "认作 7", "概率 50%"]
    assert [element.count("h1") for element in sheet.elements if element.startswith("<path")] == [28]
    assert digits.drawn(numbers["draw"]).height == sheet.height
