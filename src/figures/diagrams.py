"""Diagrams: the network with its shapes, the three ways open to a small team, a batch shared among devices and processes."""

from __future__ import annotations

from typing import Any

from figures.axes import rounded_power
from figures.svg import WIDTH, Sheet


def column(count: int, top: float, bottom: float, gap: bool) -> list[float]:
    """Heights of `count` circles between `top` and `bottom`, with room in the middle for ⋮ where some are left out."""
    places = count + (1 if gap else 0)
    heights = [top + (bottom - top) * place / (places - 1) for place in range(places)]
    return [height for place, height in enumerate(heights) if not (gap and place == places // 2)]


def network(flops: dict[str, Any]) -> Sheet:
    """Three layers from left to right, fully connected, each with its number of units; weights with their shapes."""
    top, bottom = 62, 232
    layers = [  # x, heights, number of units, title, what the layer does
        (52, column(8, top, bottom, True), 784, "输入层", "28×28 个像素"),
        (186, column(8, top, bottom, True), 128, "隐藏层", "ReLU"),
        (312, column(10, top, bottom, False), 10, "输出层", "softmax"),
    ]
    sheet = Sheet(324)
    for (x1, left, inputs, *_), (x2, right, outputs, *_), name in zip(layers[:-1], layers[1:], "₁₂", strict=True):
        for y1 in left:
            for y2 in right:
                sheet.line(x1, y1, x2, y2, "grid")
        sheet.text((x1 + x2) / 2, 20, f"W{name} {outputs}×{inputs}")
        sheet.text((x1 + x2) / 2, 38, f"b{name} {outputs}", "muted")
    for x, heights, units, title, does in layers:
        for y in heights:
            sheet.circle(x, y, 6, "fill accent")
        if units > 10:
            sheet.text(x, (top + bottom) / 2 + 5, "⋮", "strong")
        sheet.text(x, bottom + 28, f"{title} {units}", "strong")
        sheet.text(x, bottom + 46, does, "muted")
    sheet.text(WIDTH / 2, 314, f"共 {flops['parameters']:,} 个参数")
    return sheet


WAYS = {
    "调用 API": (["由服务商", "掌握"], ["接口与费用", "评测题"]),
    "微调公开模型": (["起点来自别人", "结果自己掌握"], ["标注数据", "能训练的机器", "评测题"]),
    "从头训练": (["从头到尾", "自己掌握"], ["大量数据", "大量算力", "评测题"]),
}


def startups() -> Sheet:
    """From the task down to three ways; under each, who holds the parameters and what has to be ready."""
    sheet = Sheet(282)
    width, gap = 112, 9
    sheet.rect(WIDTH / 2 - 70, 8, 140, 32, "box", rx=6)
    sheet.text(WIDTH / 2, 29, "要解决的任务", "strong")
    for place, (way, (holder, needs)) in enumerate(WAYS.items()):
        x = 3 + place * (width + gap)
        middle = x + width / 2
        sheet.polyline([(WIDTH / 2, 40), (WIDTH / 2, 56), (middle, 56), (middle, 70)], "axis")
        sheet.polyline([(middle - 4, 66), (middle, 73), (middle + 4, 66)], "axis")
        sheet.rect(x, 74, width, 34, "line accent", rx=6)
        sheet.text(middle, 96, way, "strong")
        sheet.text(middle, 132, "参数", "muted")
        for row, words in enumerate(holder):
            sheet.text(middle, 150 + 18 * row, words)
        sheet.line(x + 14, 180, x + width - 14, 180, "grid")
        sheet.text(middle, 200, "要准备", "muted")
        for row, words in enumerate(needs):
            sheet.text(middle, 218 + 18 * row, words)
    return sheet


def layouts(distributed_jax: dict[str, Any]) -> Sheet:
    """One batch, given to one device, to two of one process, to two processes; under each, how far the parameters are apart."""
    titles = ("一个进程，一台设备", "一个进程，两台设备", "两个进程，各一台设备")
    sheet = Sheet(246)
    sheet.text(75, 16, "一批图像", "muted")
    sheet.text(240, 16, "进程与设备", "muted")
    for row, title in enumerate(titles):
        y, processes = 28 + 74 * row, distributed_jax["processes"][row]
        places = distributed_jax["places"][row]
        for place in range(places):
            colour = ("accent", "second")[place]
            sheet.rect(20 + 110 / places * place, y, 110 / places, 24, f"fill {colour}")
            x = 240 + 80 * (place - (places - 1) / 2)
            sheet.rect(x - 26, y, 52, 24, f"line {colour}", rx=4)
            sheet.text(x, y + 16, "设备", f"ink {colour}")
        for process in range(processes):
            width = 68 + 80 * (places / processes - 1)
            x = 240 + 80 * (process - (processes - 1) / 2)
            sheet.rect(x - width / 2, y - 6, width, 36, "axis", rx=6)
        sheet.polyline([(138, y + 12), (156, y + 12)], "axis")
        sheet.polyline([(152, y + 8), (158, y + 12), (152, y + 16)], "axis")
        sheet.text(20, y + 48, title, "strong", anchor="start")
        if row:
            apart = distributed_jax["difference_from_alone"][row]
            sheet.text(340, y + 48, f"参数与第一种最多差 {rounded_power(apart)}", anchor="end")
    return sheet
