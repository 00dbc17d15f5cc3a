"""Charts of recorded numbers; each function takes the records it names and returns a sheet."""

from __future__ import annotations

import math
from typing import Any

from figures.axes import Axes, Scale, percent, plain, power
from figures.svg import WIDTH, Sheet

Numbers = dict[str, Any]

# Parameters of models that are cited, not measured
BERT_LARGE = 340e6  # Devlin et al. (2019), section 3
VIT_HUGE = 632e6  # Dosovitskiy et al. (2021), table 1

DASHES = {"raw": "2 4", "unit": "7 3", "global": "", "pixel": "10 3 2 3"}
SCALINGS = {
    "raw": ("原始 0–255", "plain"),
    "unit": ("除以 255", "second"),
    "global": ("整体标准化", "accent"),
    "pixel": ("逐像素标准化", "third"),
}


def chinese_count(value: float) -> str:
    """Write a large count as Chinese does: 101,770, 3.4 亿, 1,746 亿."""
    if value < 1e6:
        return f"{value:,.0f}"
    return f"{value / 1e8:,.4g} 亿" if value < 1e11 else f"{value / 1e8:,.0f} 亿"


def model_sizes(flops: Numbers, language: Numbers) -> Sheet:
    """Five models as dots on a logarithmic axis of parameters, one row each."""
    ours = {"认数字的网络": flops["parameters"], "写诗的模型": language["parameters"]}
    models = {
        **ours,
        "BERT-large": BERT_LARGE,
        "ViT-Huge": VIT_HUGE,
        "GPT-3": flops["gpt3_parameters"],
    }
    row = 42
    axes = Axes(Scale(1e4, 1e12, 16, WIDTH - 16, True), Scale(0, 1, 24 + row * len(models), 16))
    sheet = Sheet(axes.y.start + 46)
    for value in (1e4, 1e6, 1e8, 1e10, 1e12):
        sheet.line(axes.x(value), axes.y.end, axes.x(value), axes.y.start, "grid")
    for place, (name, parameters) in enumerate(models.items()):
        x, y = axes.x(parameters), 44 + row * place
        sheet.line(axes.x.start, y, x, y, "grid")
        sheet.circle(x, y, 6, "fill accent" if name in ours else "fill plain")
        right = x > WIDTH / 2
        label = f"{name} {chinese_count(parameters)}"
        sheet.text(x + (8 if right else -8), y - 12, label, "strong" if name in ours else "", anchor="end" if right else "start")
    axes.x_axis(sheet, [1e4, 1e6, 1e8, 1e10, 1e12], power, "参数个数（对数刻度）")
    return sheet


def learning_curve(classifier: Numbers) -> Sheet:
    """Training accuracy after each epoch, and the one test accuracy as a level line."""
    accuracy, test = classifier["epoch_accuracy"], classifier["test_accuracy"]
    low = math.floor(min(*accuracy, test) * 50) / 50  # the next lower multiple of two per cent
    axes = Axes(Scale(1, len(accuracy), 52, WIDTH - 24), Scale(low, 1, 226, 36))
    sheet = Sheet(272)
    axes.y_axis(sheet, [low + 0.02 * step for step in range(round((1 - low) / 0.02) + 1)], percent, "准确率")
    axes.x_axis(sheet, list(range(1, len(accuracy) + 1)), "{:.0f}".format, "轮次")
    sheet.line(axes.x.start, axes.y(test), axes.x.end, axes.y(test), "line second thin")
    sheet.text(axes.x.start + 4, axes.y(test) - 6, f"测试集 {test:.2%}", "ink second", anchor="start")
    points = axes.place(list(range(1, len(accuracy) + 1)), accuracy)
    sheet.polyline(points, "line accent")
    for x, y in points:
        sheet.circle(x, y, 3.5, "fill accent")
    last = f"训练集，第 {len(accuracy)} 个轮次 {accuracy[-1]:.2%}"
    sheet.text(points[0][0] + 16, points[0][1] + 5, last, "ink accent", anchor="start")
    return sheet


def confusion(classifier: Numbers) -> Sheet:
    """Ten rows of labels, ten columns of answers; the darker a cell, the more images."""
    matrix = classifier["confusion"]
    cell, left, top = 31, 44, 44
    sheet = Sheet(top + 10 * cell + 8)
    diagonal = max(matrix[digit][digit] for digit in range(10))
    mistakes = max(matrix[row][column] for row in range(10) for column in range(10) if row != column)
    sheet.text(left + 5 * cell, 14, "网络的答案")
    sheet.text(14, top + 5 * cell, "标签", transform=f"rotate(-90 14 {top + 5 * cell})")
    for digit in range(10):
        sheet.text(left + (digit + 0.5) * cell, top - 8, str(digit), "strong")
        sheet.text(left - 10, top + (digit + 0.5) * cell + 4, str(digit), "strong")
    for row in range(10):
        for column in range(10):
            count, x, y = matrix[row][column], left + column * cell, top + row * cell
            right = row == column
            share = 0.45 * count / diagonal if right else 0.6 * count / mistakes
            colour = "fill accent" if right else "fill second"
            sheet.rect(x + 0.5, y + 0.5, cell - 1, cell - 1, colour, fill_opacity=share)
            sheet.text(x + cell / 2, y + cell / 2 + 4, str(count), "" if count else "muted")
    return sheet


def scalings(scalings: Numbers) -> Sheet:
    """Validation accuracy against the number of updates, for the four scalings of the input."""
    steps = scalings["steps"]
    lowest = min(min(scalings[f"{name}_validation"]) for name in SCALINGS)
    low = math.floor(lowest * 20) / 20  # the next lower multiple of five per cent
    axes = Axes(Scale(steps[0], steps[-1], 46, WIDTH - 18, True), Scale(low, 1, 290, 92))
    sheet = Sheet(336)
    axes.y_axis(sheet, [low + 0.05 * step for step in range(round((1 - low) / 0.05) + 1)], percent, "验证准确率")
    axes.x_axis(sheet, [steps[place] for place in (0, 1, 2, 3, 5, 7)], "{:,.0f}".format, "更新次数（对数刻度）")
    for place, (name, (title, colour)) in enumerate(SCALINGS.items()):
        x, y = 10 + 176 * (place % 2), 18 + 24 * (place // 2)
        dash = {"stroke_dasharray": DASHES[name]} if DASHES[name] else {}
        sheet.polyline([(x, y), (x + 34, y)], f"line {colour}", **dash)
        final = scalings[f"{name}_validation"][-1]
        sheet.text(x + 40, y + 4, f"{title} {final:.1%}", f"ink {colour}", anchor="start")
        points = axes.place(steps, scalings[f"{name}_validation"])
        sheet.polyline(points, f"line {colour}", **dash)
        for point in points:
            sheet.circle(*point, 2.5, f"fill {colour}")
    return sheet


def scaling(scaling: Numbers) -> Sheet:
    """Test loss against the number of parameters, both logarithmic, with the fitted line; accuracy at each point."""
    sizes, losses = scaling["parameters"], scaling["test_loss"]
    axes = Axes(Scale(1e3, 1e6, 48, WIDTH - 12, True), Scale(0.05, 2, 266, 40, True))
    sheet = Sheet(312)
    axes.y_axis(sheet, [0.05, 0.1, 0.2, 0.5, 1, 2], "{:g}".format, "测试损失（对数刻度）")
    axes.x_axis(sheet, [1e3, 1e4, 1e5, 1e6], power, "参数个数（对数刻度）")
    middle = [sum(map(math.log, values)) / len(values) for values in (sizes, losses)]  # least squares passes through it

    def fit(size: float) -> float:
        return math.exp(middle[1] + scaling["exponent"] * (math.log(size) - middle[0]))

    ends = [sizes[0], sizes[-1]]
    sheet.polyline(axes.place(ends, [fit(size) for size in ends]), "line second thin", stroke_dasharray="6 4")
    slope = f"拟合：损失 ∝ 参数个数的 {plain(scaling['exponent'], '.2f')} 次方"
    sheet.text(WIDTH - 12, 56, slope, "ink second", anchor="end")
    sheet.text(WIDTH - 12, 76, "点旁是测试准确率", "ink accent", anchor="end")
    for size, value, accuracy in zip(sizes, losses, scaling["test_accuracy"], strict=True):
        (x, y), above = axes.place([size], [value])[0], value > 0.98 * fit(size)
        sheet.circle(x, y, 4, "fill accent")
        place = (x + 8, y - 2) if above else (x - 5, y + 17)  # on the side where the line is not
        sheet.text(*place, f"{accuracy:.1%}", "ink accent", anchor="start" if above else "end")
    return sheet
