"""A sheet of SVG: text stays text, colours follow the page, the same numbers give the same bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from figures.joining import EVERYWHERE, Box, Point, Shape, around, curve, joined, number, short

# At 390 px a page leaves about 354 px for a figure, so one unit is about one pixel there
WIDTH = 360
MAX_WIDTH = 480  # px; larger, and the labels would outgrow the text around them

# The same in every figure, so that several of them on one page cannot disturb each other. Drawn into a page, a figure
# takes the page's font and text colour, and its own colours follow the attribute by which Material switches to dark
STYLE = """\
.fig{display:block;width:100%;max-width:480px;height:auto;margin:0 auto;color:inherit;font-family:inherit;text-anchor:middle}
.fig text{font-size:12.5px;fill:currentColor;stroke:none}
.fig .strong{font-size:13px;font-weight:700}
.fig .muted{fill-opacity:.72}
.fig .accent{--fig-colour:var(--fig-accent,#1a5fd0)}
.fig .second{--fig-colour:var(--fig-second,#c2410c)}
.fig .third{--fig-colour:var(--fig-third,#237a36)}
[data-md-color-scheme=slate] .fig .accent{--fig-colour:var(--fig-accent,#7fb2ff)}
[data-md-color-scheme=slate] .fig .second{--fig-colour:var(--fig-second,#ff9b6a)}
[data-md-color-scheme=slate] .fig .third{--fig-colour:var(--fig-third,#7bd88f)}
.fig .plain{--fig-colour:currentColor}
.fig .line{fill:none;stroke:var(--fig-colour,currentColor);stroke-width:2;stroke-linejoin:round}
.fig .thin{stroke-width:1}
.fig .fill{fill:var(--fig-colour,currentColor);stroke:none}
.fig .dot{fill:none;stroke:var(--fig-colour,currentColor);stroke-linecap:round}
.fig .ink{fill:var(--fig-colour,currentColor)}
.fig .axis{fill:none;stroke:currentColor;stroke-opacity:.6}
.fig .grid{fill:none;stroke:currentColor;stroke-opacity:.16}
.fig .box{fill:currentColor;fill-opacity:.05;stroke:currentColor;stroke-opacity:.45}
.fig .screen{fill:#111;stroke:currentColor;stroke-opacity:.35}
.fig .glow{fill:none;stroke:#fff}
.fig .for{fill:none;stroke:#ff9b6a}
.fig .against{fill:none;stroke:#7fb2ff}"""


@dataclass
class Sheet:
    """A drawing `WIDTH` units wide and `height` units high, filled from back to front."""

    height: float
    shapes: list[Shape] = field(default_factory=list)

    @property
    def elements(self) -> list[str]:
        """The shapes as they were drawn, before those that look alike are joined."""
        return [element(shape) for shape in self.shapes]

    def draw(
        self, tag: str, attributes: dict[str, str | float], text: str | None = None, *, path: str = "", box: Box = EVERYWHERE
    ) -> None:
        """Append one element; `cls` names its classes, other names have `_` for `-`."""
        written = {
            "class" if name == "cls" else name.replace("_", "-"): value if isinstance(value, str) else number(value)
            for name, value in attributes.items()
        }
        self.shapes.append(Shape(tag, written, text, path, box))

    def text(self, x: float, y: float, text: str, cls: str = "", *, anchor: str = "middle", **attributes: str) -> None:
        """Write `text` with its baseline at `y`; `anchor` is start, middle or end."""
        named: dict[str, str | float] = {"cls": cls} if cls else {}
        aligned: dict[str, str | float] = {} if anchor == "middle" else {"text_anchor": anchor}
        self.draw("text", {"x": x, "y": y, **aligned, **named, **attributes}, text)

    def line(self, x1: float, y1: float, x2: float, y2: float, cls: str) -> None:
        """Draw a straight line."""
        way = f"V{number(y2)}" if x1 == x2 else f"H{number(x2)}" if y1 == y2 else f"L{short([x2, y2])}"
        box = around([(x1, y1), (x2, y2)], 1)
        self.draw("line", {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "cls": cls}, path=f"M{short([x1, y1])}{way}", box=box)

    def polyline(self, points: list[Point], cls: str, **attributes: str) -> None:
        """Draw a line through `points`."""
        told = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        self.draw("polyline", {"points": told, "cls": cls, **attributes}, path=curve(points), box=around(points, 1))

    def circle(self, x: float, y: float, r: float, cls: str) -> None:
        """Draw a circle."""
        path = f"M{short([x, y])}h0" if cls.startswith("fill") else ""
        self.draw("circle", {"cx": x, "cy": y, "r": r, "cls": cls}, path=path, box=around([(x, y)], r + 1))

    def rect(self, x: float, y: float, width: float, height: float, cls: str, **attributes: str | float) -> None:
        """Draw a rectangle."""
        path = "" if "rx" in attributes else f"M{short([x, y])}h{number(width)}v{number(height)}h{number(-width)}z"
        box = around([(x, y), (x + width, y + height)], 0 if cls.startswith("fill") else 1)
        self.draw("rect", {"x": x, "y": y, "width": width, "height": height, "cls": cls, **attributes}, path=path, box=box)

    def path(self, d: str, cls: str, box: Box = EVERYWHERE, **attributes: str | float) -> None:
        """Draw a path that lies in a box."""
        self.draw("path", {"d": d, "cls": cls, **attributes}, path=d, box=box)

    def render(self, source: str) -> str:
        """Return the file: who wrote it, from which records (`source`), and the drawing."""
        head = "<!-- Generated by python -m figures (option: write); do not edit -->"  # XML allows no two dashes in here
        size = f'viewBox="0 0 {WIDTH} {number(self.height)}" width="{MAX_WIDTH}"'
        root = f'<svg xmlns="http://www.w3.org/2000/svg" class="fig" {size} data-record={quoteattr(source)}>'
        return "\n".join([head, root, f"<style>\n{STYLE}\n</style>", *map(element, joined(self.shapes)), "</svg>", ""])


def style_sheet() -> str:
    """Return the style of all figures as a file: a page that shows them has it once, in place of once in each."""
    return f"/* Generated by python -m figures --write; do not edit */\n{STYLE}\n"


def element(shape: Shape) -> str:
    """Return a shape as it stands in the file."""
    attributes = "".join(f" {name}={quoteattr(value)}" for name, value in shape.attributes.items())
    return f"<{shape.tag}{attributes}" + ("/>" if shape.text is None else f">{escape(shape.text)}</{shape.tag}>")
