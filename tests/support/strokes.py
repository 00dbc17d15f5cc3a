"""Reads a figure's path along runs of pixels back into pixels."""

import re

import numpy as np

PIECE = re.compile(r"([Mm])(-?[\d.]+) ?(-?[\d.]+)h(\d+)")


def pixels_of(path: str, left: float = 0, top: float = 0) -> np.ndarray:
    """Return which of the 28 × 28 pixels a path draws whose image has its upper left corner at (left, top), in pixels."""
    drawn, x, y = np.zeros((28, 28), bool), 0.0, 0.0
    pieces = PIECE.findall(path)
    assert "".join(f"{move}{a}{'' if b.startswith('-') else ' '}{b}h{length}" for move, a, b, length in pieces) == path
    for move, a, b, length in pieces:
        x, y = (float(a) - left, float(b) - top - 0.5) if move == "M" else (x + float(a), y + float(b))
        assert max(abs(x - round(x)), abs(y - round(y))) < 0.01, "along the middle of a row of pixels"
        x, y = round(x), round(y)
        assert not drawn[int(y), int(x) : int(x) + int(length)].any(), "each once"
        drawn[int(y), int(x) : int(x) + int(length)] = True
        x += float(length)
    return drawn
