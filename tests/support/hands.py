"""Digits as hands draw them: several ways of writing each, as strokes of many points, unevenly fast and a little unsteady.

A way of writing is a few points that each stroke passes, x to the right and y down, in hundredths of the box; `|` lifts the pen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Strokes = list[np.ndarray]  # each (n, 2), x and y

# As people write them: in one go or lifting the pen, with and without serifs, open and closed, round and angular
WAYS: dict[int, tuple[str, ...]] = {
    0: (
        "50,2 20,15 8,50 20,86 50,98 80,86 92,50 80,15 50,2",
        "55,5 30,20 22,50 30,82 50,96 70,82 78,50 70,18 48,3",
        "80,20 55,3 25,20 15,55 30,90 60,95 85,65 85,30 62,8",
    ),
    1: (
        "50,0 50,33 50,66 50,100",
        "60,0 54,33 47,66 40,100",
        "35,20 45,10 53,0 53,50 53,100",
    ),
    2: (
        "15,25 30,6 60,3 82,22 75,45 45,72 12,97 50,96 90,95",
        "20,20 45,3 75,15 75,40 50,70 20,93 25,82 50,88 88,97",
        "18,22 40,4 70,8 80,30 62,58 36,82 20,98 | 20,98 55,98 88,97",
    ),
    3: (
        "18,14 45,2 75,12 75,33 45,47 78,58 85,80 55,97 15,88",
        "22,10 55,4 78,20 68,40 40,48 | 40,48 72,55 82,77 60,95 20,93",
        "20,5 50,5 80,6 62,25 45,42 75,52 82,75 60,95 20,90",
    ),
    4: (
        "30,2 22,30 15,55 50,55 88,53 | 70,15 68,55 65,100",
        "20,5 18,30 20,50 50,52 75,48 | 75,5 74,50 72,100",
        "60,0 35,32 10,65 50,66 92,65 | 65,30 64,65 63,100",
    ),
    5: (
        "25,5 22,25 20,45 50,40 80,55 78,82 50,97 15,90 | 25,5 55,4 82,3",
        "80,4 50,5 28,6 24,28 24,44 55,42 78,62 68,88 40,98 15,90",
        "30,5 27,25 25,42 55,45 70,65 62,88 35,97 12,90 | 30,5 60,5 88,2",
    ),
    6: (
        "65,2 40,22 22,55 25,85 50,98 75,85 75,62 50,52 27,68",
        "55,0 35,30 25,65 35,92 60,95 75,75 60,58 35,65 27,80",
        "75,8 50,12 30,35 20,65 35,93 65,93 78,72 60,56 35,60 22,75",
    ),
    7: (
        "12,6 50,5 88,5 68,40 52,70 42,100",
        "15,20 15,7 50,6 85,6 65,50 50,100",
        "12,8 50,7 86,4 66,45 46,100 | 35,50 60,49 82,47",
    ),
    8: (
        "75,20 50,2 25,18 40,42 68,60 75,82 50,98 25,82 35,60 62,42 76,22",
        "50,48 28,30 35,8 60,4 72,25 50,48 24,70 35,94 65,95 76,72 50,48",
        "70,12 45,3 28,20 50,45 72,70 60,95 36,92 28,72 50,45 72,25 68,10",
    ),
    9: (
        "75,20 50,3 25,20 30,45 55,50 75,30 76,20 74,60 66,100",
        "72,15 45,5 25,25 40,47 70,35 75,12 70,55 55,85 35,98",
        "70,10 42,6 28,28 45,46 68,32 72,10 71,50 70,100",
    ),
}


@dataclass(frozen=True)
class Hand:
    """How somebody writes in a field from 0 to 1: how large, where, how slanted, how wide, how unsteady, how many points."""

    size: float = 0.6
    middle: tuple[float, float] = (0.5, 0.5)
    slant: float = 0.0  # how far the top leans to the right, in heights
    width: float = 0.75  # of the box, in heights
    tremor: float = 0.006
    points: int = 90  # a stroke


HANDS = {
    "calm": Hand(),
    "small": Hand(size=0.22, tremor=0.003),
    "large": Hand(size=0.9),
    "slanted": Hand(slant=0.25),
    "back": Hand(slant=-0.12),
    "corner": Hand(size=0.3, middle=(0.2, 0.78), tremor=0.003),
    "wide": Hand(width=1.0),
    "narrow": Hand(width=0.5),
    "hasty": Hand(tremor=0.012, points=25),
}


def write(digit: int, way: int, hand: Hand, rng: np.random.Generator) -> Strokes:
    """Return a digit as a hand draws it: strokes of (n, 2) points in a field from 0 to 1."""
    strokes = [np.array([point.split(",") for point in stroke.split()], float) / 100 for stroke in WAYS[digit][way].split("|")]
    return [placed(along(stroke, hand, rng), hand) for stroke in strokes]


def along(points: np.ndarray, hand: Hand, rng: np.random.Generator) -> np.ndarray:
    """Return many points on a smooth curve through a few (Catmull and Rom, 1974), slow at the ends and unevenly fast between."""
    steps = np.cumsum(rng.uniform(0.3, 1.7, hand.points))
    time = (steps - steps[0]) / (steps[-1] - steps[0])
    time = time + 0.08 * np.sin(2 * np.pi * time) / 2  # hands begin and end slowly
    place = np.clip(time, 0, 1) * (len(points) - 1)
    index = np.minimum(place.astype(int), len(points) - 2)
    padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    before, start, end, after = (padded[index + offset] for offset in range(4))
    t = (place - index)[:, np.newaxis]
    curve = start + t * (end - before) / 2 + t**2 * (before - 2.5 * start + 2 * end - after / 2)
    curve += t**3 * (1.5 * (start - end) + (after - before) / 2)
    wobble = rng.normal(size=(hand.points, 2))
    smooth = np.stack([np.convolve(column, np.ones(5) / 5, "same") for column in wobble.T], axis=1)
    return np.asarray(curve + hand.tremor / hand.size * smooth)


def placed(points: np.ndarray, hand: Hand) -> np.ndarray:
    """Return points of the unit box where and how a hand puts them."""
    x, y = points[:, 0] - 0.5, points[:, 1] - 0.5
    x = x * hand.width - y * hand.slant
    placed_points: np.ndarray = np.clip(np.stack([x, y], axis=1) * hand.size + np.array(hand.middle), 0, 1)
    return placed_points
