"""Charts of the language model's growth: loss against compute, parameters and data; rhyme against updates."""

from __future__ import annotations

from figures.axes import Axes, Scale, plain, power
from figures.charts import Numbers
from figures.svg import WIDTH, Sheet

NATS = [5.5, 6, 6.5, 7, 7.5]
SHADES = ("0.3", "0.45", "0.6", "0.8", "1")  # of the lines, the larger the model the stronger


def compute(long: Numbers) -> Sheet:
    """Loss against operations, a line per size of model; the plateau, and the power law of the points on the front."""
    axes = Axes(Scale(5e9, 1e13, 40, WIDTH - 18, True), Scale(5.5, 7.8, 276, 40, True))
    sheet = Sheet(322)
    axes.y_axis(sheet, NATS, "{:g}".format, "每个汉字的损失（奈特，对数刻度）")
    axes.x_axis(sheet, [1e10, 1e11, 1e12, 1e13], power, "训练的运算次数（对数刻度）")
    level = axes.y(long["plateau"])
    sheet.line(axes.x.start, level, axes.x.end, level, "line third thin")
    sheet.text(axes.x.end, level - 6, f"只会字频 {long['plateau']:.2f}", "ink third", anchor="end")
    for spent, nats, shade in zip(long["flops"], long["test_nats"], SHADES, strict=True):
        points = axes.place(spent, nats)
        sheet.polyline(points, "line accent", stroke_opacity=shade)
        for x, y in points:
            sheet.circle(x, y, 2.5, "fill accent")
    ends = [long["compute_amounts"][0], long["compute_amounts"][-1]]
    law = [long["compute_constant"] * amount ** long["compute_exponent"] for amount in ends]
    sheet.polyline(axes.place(ends, law), "line second", stroke_dasharray="6 4")
    for x, y in axes.place(long["compute_amounts"], long["compute_nats"]):
        sheet.circle(x, y, 4, "fill second")
    sheet.text(axes.x.start + 6, 250, "橙点：花得最省的", "ink second", anchor="start")
    sheet.text(axes.x.start + 6, 268, f"虚线：运算的 {plain(long['compute_exponent'], '.3f')} 次方", "ink second", anchor="start")
    return sheet


def rhyme(long: Numbers) -> Sheet:
    """Chance of a rhyming character against updates, the smallest and the largest model; dashed, of another poem's rhyme."""
    steps, masses = long["steps"], [value for row in long["mass"] for value in row]
    high = 0.05 * (int(max(masses) / 0.05) + 1)
    axes = Axes(Scale(steps[0], steps[-1], 40, WIDTH - 18, True), Scale(0, high, 246, 40))
    sheet = Sheet(292)
    ticks = [0.05 * place for place in range(round(high / 0.05) + 1)]
    axes.y_axis(sheet, ticks, "{:.0%}".format, "押韵的字的概率")
    axes.x_axis(sheet, steps, "{:,.0f}".format, "更新次数（对数刻度）")
    for mass, other, shade in zip(long["mass"], long["other"], SHADES, strict=True):
        sheet.polyline(axes.place(steps, other), "line second thin", stroke_dasharray="5 4", stroke_opacity=shade)
        points = axes.place(steps, mass)
        sheet.polyline(points, "line accent", stroke_opacity=shade)
        for x, y in points:
            sheet.circle(x, y, 2.5, "fill accent")
    sheet.text(axes.x.start + 8, 60, "实线：这首诗的韵", "ink accent", anchor="start")
    sheet.text(axes.x.start + 8, 78, "虚线：另一首诗的韵", "ink second", anchor="start")
    sheet.text(axes.x.start + 8, 96, "线越浓，模型越大", "", anchor="start")
    return sheet
