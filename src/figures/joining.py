"""Joins the shapes of a drawing that look alike into one path: a browser spends its time on elements, not on places.

The drawing stays the same: a shape moves back to those like it only past shapes that it does not touch; words come last.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

Box = tuple[float, float, float, float]  # left, top, right, bottom
Point = tuple[float, float]

EVERYWHERE: Box = (float("-inf"), float("-inf"), float("inf"), float("inf"))
PLACE = ("x", "y", "width", "height", "cx", "cy", "r", "x1", "y1", "x2", "y2", "points", "d")
FINE = 0.1  # of a unit, less than a tenth of a pixel: to this the points of curves are rounded


@dataclass(frozen=True)
class Shape:
    """One element of a drawing, its attributes as they are written."""

    tag: str
    attributes: dict[str, str]
    text: str | None = None
    path: str = ""  # the same as commands of a path; "" for what stays as it is
    box: Box = EVERYWHERE

    @property
    def look(self) -> dict[str, str]:
        """All but the place; a full circle as the round end of a line without length."""
        look = {name: value for name, value in self.attributes.items() if name not in PLACE}
        if self.tag == "circle":
            look |= {"class": look["class"].replace("fill", "dot", 1), "stroke-width": number(2 * float(self.attributes["r"]))}
        return look

    @property
    def invisible(self) -> bool:
        return self.attributes.get("fill-opacity") == "0"


@dataclass
class Group:
    """Shapes of one look."""

    look: dict[str, str]
    members: list[Shape]

    def takes(self, shape: Shape) -> bool:
        return bool(shape.path and self.members[0].path) and shape.look == self.look

    def touches(self, shape: Shape) -> bool:
        return any(overlap(member.box, shape.box) for member in self.members)

    def element(self) -> Shape:
        """Return the one element that draws them."""
        path = "".join(member.path for member in self.members)
        return Shape("path", {"d": path, **self.look}) if path else self.members[0]


def joined(shapes: list[Shape]) -> list[Shape]:
    """Return the same drawing with fewer elements."""
    groups: list[Group] = []
    words = [shape for shape in shapes if shape.text is not None]
    for shape in shapes:
        if shape.text is None and not shape.invisible:
            put(groups, shape)
    return [*(group.element() for group in groups), *words]


def put(groups: list[Group], shape: Shape) -> None:
    """Add a shape to the last group that takes it, or as a group of its own where one between would be hidden or laid bare."""
    for group in reversed(groups):
        if group.takes(shape):
            group.members.append(shape)
            return
        if group.touches(shape):
            break
    groups.append(Group(shape.look, [shape]))


def overlap(first: Box, second: Box) -> bool:
    return first[0] < second[2] and second[0] < first[2] and first[1] < second[3] and second[1] < first[3]


def around(points: list[Point], width: float = 0) -> Box:
    """Return the box of points with so much around them."""
    xs, ys = zip(*points, strict=True)
    return min(xs) - width, min(ys) - width, max(xs) + width, max(ys) + width


def number(value: float) -> str:
    """Write a coordinate with at most two decimals and no trailing zeros."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def short(values: list[float]) -> str:
    """Write coordinates one behind the other, with no sign that a browser can do without."""
    written = [number(value).replace("0.", ".", 1) if abs(value) < 1 else number(value) for value in values]
    return written[0] + "".join(text if text.startswith("-") else f" {text}" for text in written[1:])


def curve(points: list[Point]) -> str:
    """Return a line through points as a path, each told by how far it is from the one before."""
    fine = [(round(x / FINE), round(y / FINE)) for x, y in points]
    steps = [step * FINE for a, b in pairwise(fine) for step in (b[0] - a[0], b[1] - a[1])]
    return f"M{short([place * FINE for place in fine[0]])}" + (f"l{short(steps)}" if steps else "")
