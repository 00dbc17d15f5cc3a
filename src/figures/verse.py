"""Charts of the language model's records."""

from __future__ import annotations

import ast
import math
from pathlib import Path

from figures.axes import Axes, Scale
from figures.charts import Numbers
from figures.svg import WIDTH, Sheet
from verbatim.published.constants import constants_of

LAB = Path(__file__).resolve().parents[1] / "verse_lab" / "language.py"


def learning(language: Numbers, baselines: Numbers) -> Sheet:
    """Validation loss per character against the number of updates, beside the losses of models that only count."""
    steps = constants_of(ast.parse(LAB.read_text("utf-8")))["WATCHED"][1:]  # a logarithm has no 0
    axes = Axes(Scale(steps[0], steps[-1], 40, WIDTH - 18, True), Scale(5.5, 7.5, 246, 36))
    sheet = Sheet(292)
    axes.y_axis(sheet, [5.5, 6, 6.5, 7, 7.5], "{:g}".format, "每个汉字的损失（奈特）")
    axes.x_axis(sheet, [*steps[:4], steps[-1]], "{:,.0f}".format, "更新次数（对数刻度）")
    for name, title in (("unigram", "字频"), ("placed", "体裁与位置的字频"), ("order_3", "三元模型")):
        nats = baselines[f"{name}_nats"]
        sheet.line(axes.x.start, axes.y(nats), axes.x.end, axes.y(nats), "line second thin")
        left = name == "order_3"  # where the curve is far away
        place = axes.x.start + 4 if left else axes.x.end
        sheet.text(place, axes.y(nats) - 5, f"{title} {nats:.2f}", "ink second", anchor="start" if left else "end")
    points = axes.place(steps, language["validation_nats"][1:])
    sheet.polyline(points, "line accent")
    for x, y in points:
        sheet.circle(x, y, 3.5, "fill accent")
    x, y = points[-3]  # left of and below the curve, clear of the axis
    sheet.text(x - 10, y + 12, f"语言模型 {language['validation_nats'][-1]:.2f}", "ink accent", anchor="end")
    return sheet


def places(language: Numbers) -> Sheet:
    """Loss of each of the 28 characters of a poem with seven to a line: four rows of bars, one row a line."""
    losses = language["place_7_nats"]
    row, bar, left, top = 74, 40, 44, 30
    highest = max(losses)
    sheet = Sheet(top + 4 * row + 10)
    sheet.text(4, 14, "每个字的损失（奈特）", anchor="start")
    for place, nats in enumerate(losses):
        line, column = divmod(place, 7)
        x, base = left + column * (bar + 4), top + (line + 1) * row - 18
        height = nats / highest * (row - 34)
        sheet.rect(x, base - height, bar, height, "fill accent", fill_opacity=0.35)
        sheet.text(x + bar / 2, base - height - 4, f"{nats:.1f}")
        if line == 3:
            sheet.text(x + bar / 2, base + 16, f"第{'一二三四五六七'[column]}字", "muted")
    for line in range(4):
        sheet.text(4, top + line * row + 46, f"第{'一二三四'[line]}句", "muted", anchor="start")
    return sheet


def sizes(inference: Numbers) -> Sheet:
    """Bytes of the weights in four formats, as bars; loss and how many greedy poems stay the same beside them."""
    names = ("float32", "float16", "int8", "int4")
    row, top = 46, 10
    widest = inference["float32_bytes"]
    sheet = Sheet(top + row * len(names))
    for place, name in enumerate(names):
        y, count = top + place * row, inference[f"{name}_bytes"]
        sheet.text(4, y + 12, name, "strong", anchor="start")
        same = f"{inference[f'{name}_same_poems']} 首不变"
        sheet.text(WIDTH - 4, y + 12, f"{count:,} 字节，{inference[f'{name}_nats']:.3f} 奈特，{same}", anchor="end")
        sheet.rect(4, y + 20, (WIDTH - 8) * count / widest, 14, "fill accent", fill_opacity=0.5)
    return sheet


def poem(verse: Numbers) -> Sheet:
    """The first recorded poem, a line to a row; under each character how likely the model held it before it was drawn."""
    column, row, left, top = 43, 62, 24, 18
    sheet = Sheet(top + 4 * row)
    line, place = 0, 0
    for sign, log in zip(verse["poems"][0], verse["log_probabilities"][0], strict=False):  # the last one is of the end
        x, base = left + place * column, top + line * row
        if sign in "，。":
            sheet.text(x - column / 2 + 14, base, sign, "strong")
            line, place = line + 1, 0
            continue
        chance = math.exp(log)
        sheet.text(x, base, sign, "strong")
        sheet.rect(x - 15, base + 8, 30, 5, "box")
        sheet.rect(x - 15, base + 8, 30 * chance, 5, "fill accent")
        sheet.text(x, base + 29, f"{chance:.0%}" if chance >= 0.01 else "<1%", "muted")
        place += 1
    return sheet


def finetuning(finetune: Numbers) -> Sheet:
    """What each way of tuning learned of the poet, against what it forgot of the Tang: low and left is best."""
    ways = {
        "before": ("不微调", "plain"),
        "lora_2": ("LoRA，秩 2", "second"),
        "lora_8": ("LoRA，秩 8", "second"),
        "full_low": ("全部，小学习率", "accent"),
        "full_high": ("全部，大学习率", "accent"),
    }
    axes = Axes(Scale(5.66, 5.82, 40, WIDTH - 18), Scale(5.85, 6.2, 246, 36))
    sheet = Sheet(292)
    axes.y_axis(sheet, [5.9, 6, 6.1, 6.2], "{:g}".format, "陆游的诗，每字损失（奈特）")
    axes.x_axis(sheet, [5.66, 5.7, 5.74, 5.78, 5.82], "{:g}".format, "唐人的诗，每字损失（奈特）")
    for name, (title, cls) in ways.items():
        x, y = axes.x(finetune[f"{name}_tang_nats"]), axes.y(finetune[f"{name}_poet_nats"])
        sheet.circle(x, y, 4, f"fill {cls}")
        sheet.text(x + 9, y + 4, title, f"ink {cls}", anchor="start")
    return sheet


def attention(rhyme: Numbers) -> Sheet:
    """Where one head looks, on average: a row per character that is about to be written, a column per character it can see."""
    picture = rhyme["picture"]
    side, left, top = 10, 40, 40
    sheet = Sheet(top + side * len(picture) + 12)
    for line in range(4):
        middle = (1 + 8 * line + 4) * side
        sheet.text(left + middle, 16, f"看第{'一二三四'[line]}句", "muted")
        sheet.text(0, top + middle, f"第{'一二三四'[line]}句", "muted", anchor="start")
    for row, weights in enumerate(picture):
        for column, weight in enumerate(weights[: row + 1]):
            if weight >= 0.02:
                x, y = left + column * side, top + row * side
                sheet.rect(x, y, side - 1, side - 1, "fill accent", fill_opacity=round(min(1.0, weight), 2))
    end = side * len(picture)
    for place in range(9, len(picture), 8):  # where the second, third and fourth lines begin
        sheet.line(left + place * side, top, left + place * side, top + end, "grid")
        sheet.line(left, top + place * side, left + end, top + place * side, "grid")
    return sheet
