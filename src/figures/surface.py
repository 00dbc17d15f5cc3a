"""The loss over two parameters as contour lines, with the paths of descent on it."""

from __future__ import annotations

from typing import Any

from figures.axes import Axes, Scale, plain
from figures.joining import around, curve
from figures.svg import WIDTH, Sheet

LEVELS = [0.05, 0.06, 0.1, 0.2, 0.3, 0.4, 0.46, 0.5, 0.6, 0.7, 0.8]
LABELLED = {0.06: -1.5, 0.2: -2.0, 0.4: -3.5, 0.6: -1.5, 0.8: 1.5}  # level: the θ₀ near which its label stands

Point = tuple[float, float]


def crossing(level: float, first: tuple[Point, float], second: tuple[Point, float]) -> Point | None:
    """Where a straight slope between two corners of a cell passes `level`, if it does."""
    (a, low), (b, high) = first, second
    if (low < level) == (high < level):
        return None
    share = (level - low) / (high - low)
    # rounded, so that the cells on both sides of an edge or round a corner find the very same point
    return round(a[0] + share * (b[0] - a[0]), 9), round(a[1] + share * (b[1] - a[1]), 9)


def contour(grid: list[float], surface: list[list[float]], level: float) -> list[tuple[Point, Point]]:
    """The pieces of one contour line, cell by cell (marching squares)."""
    pieces = []
    for i in range(len(grid) - 1):
        for j in range(len(grid) - 1):
            around = ((i, j), (i, j + 1), (i + 1, j + 1), (i + 1, j))
            corners = [((grid[column], grid[row]), surface[row][column]) for row, column in around]
            edges = zip(corners, corners[1:] + corners[:1], strict=True)
            found = [point for point in (crossing(level, *edge) for edge in edges) if point is not None]
            pieces += [(start, end) for start, end in zip(found[::2], found[1::2], strict=True) if start != end]
    return pieces


def chain(pieces: list[tuple[Point, Point]]) -> list[list[Point]]:
    """Join pieces that share an end into lines, so that the file stays small and the strokes have no gaps."""
    lines: list[list[Point]] = []
    rest = dict.fromkeys(tuple(sorted(piece)) for piece in pieces)
    while rest:
        line = list(rest.popitem()[0])
        for _ in range(2):  # grow one end, then the other
            while piece := next((each for each in rest if line[-1] in each), None):
                del rest[piece]
                line.append(piece[0] if line[-1] == piece[1] else piece[1])
            line.reverse()
        lines.append(line)
    return lines


def loss_surface(loss_surface: dict[str, Any]) -> Sheet:
    """Contours of J(θ₀, θ₁), the path from the slope and the path from the plateau."""
    grid = loss_surface["grid"]
    axes = Axes(Scale(grid[0], grid[-1], 36, WIDTH - 10), Scale(grid[0], grid[-1], 348, 34))
    sheet = Sheet(394)
    sheet.rect(axes.x.start, axes.y.end, axes.x.end - axes.x.start, axes.y.start - axes.y.end, "grid")
    for level in LEVELS:
        lines = [axes.place(*map(list, zip(*line, strict=True))) for line in chain(contour(grid, loss_surface["surface"], level))]
        for line in lines:
            sheet.path(curve(line), "line plain thin", around(line, 1), stroke_opacity=0.4)
        if level in LABELLED:
            wanted = axes.x(LABELLED[level])
            x, y = min((point for line in lines for point in line), key=lambda point: abs(point[0] - wanted))
            sheet.text(x, y - 4, plain(level), "muted")
    axes.x_axis(sheet, [-6, -3, 0, 3, 6], plain, "θ₀（偏置）")
    for value in (-6, -3, 0, 3, 6):
        sheet.text(axes.x.start - 5, axes.y(value) + 4, plain(value), "muted", anchor="end")
    sheet.text(4, 16, "θ₁（笔迹多少的系数）", anchor="start")
    for name, title, colour, below in (("plateau", "从平地出发", "second", -12), ("slope", "从坡上出发", "accent", 28)):
        points = axes.place(*map(list, zip(*loss_surface[f"{name}_path"], strict=True)))
        sheet.polyline(points, f"line {colour}")
        for x, y in points:
            sheet.circle(x, y, 2, f"fill {colour}")
        (x, y), (last_x, last_y) = points[0], points[-1]
        sheet.circle(x, y, 5, f"fill {colour}")
        sheet.text(x - 12, y + below, title, f"ink strong {colour}", anchor="start")
        sheet.circle(last_x, last_y, 5, f"line {colour}")
    return sheet
