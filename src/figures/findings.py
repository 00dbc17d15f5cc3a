"""What surprises in the article, at a glance: shifted digits, forgotten digits, what the language model picked up by itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from figures.axes import Scale
from figures.charts import Numbers
from figures.digits import PIXEL, draw_digit
from figures.svg import WIDTH, Sheet

SHOWN = 0  # the first test image
BACKGROUND, INK = 0, 255  # of an image of MNIST


def moved(image: np.ndarray, pixels: int) -> np.ndarray:
    """Return an image moved to the right, background where it came from."""
    return np.pad(image, ((0, 0), (pixels, 0)), constant_values=BACKGROUND)[:, : image.shape[1]]


def shifted(robustness: Numbers, images: np.ndarray) -> Sheet:
    """One test image as it is, moved and inverted; under each, the accuracy on all test images treated so."""
    image = images[SHOWN]
    shown = (
        ("原样", image, "accuracy"),
        ("挪 2 像素", moved(image, 2), "shifted_2_accuracy"),
        ("挪 4 像素", moved(image, 4), "shifted_4_accuracy"),
        ("黑白反转", INK - image, "inverted_accuracy"),
    )
    step = WIDTH / len(shown)
    sheet = Sheet(28 * PIXEL + 58)
    for place, (title, picture, key) in enumerate(shown):
        x = place * step + (step - 28 * PIXEL) / 2
        draw_digit(sheet, picture, x, 6)
        sheet.text(x + 14 * PIXEL, 28 * PIXEL + 25, title)
        sheet.text(x + 14 * PIXEL, 28 * PIXEL + 46, f"{robustness[key]:.1%}", "strong ink accent")
    return sheet


def bar(sheet: Sheet, scale: Scale, y: float, title: str, value: float, colour: str) -> None:
    """Draw a bar with its title to the left; `y` is the baseline of the title."""
    sheet.text(scale.start - 8, y, title, anchor="end")
    sheet.rect(scale.start, y - 12, max(scale(value) - scale.start, 1), 15, f"fill {colour}", fill_opacity=0.6)


def bars(sheet: Sheet, top: float, rows: Sequence[tuple[str, float, str]]) -> None:
    """Draw labelled shares as bars below each other from `top` on, 24 units each: (label, share from 0 to 1, colour)."""
    scale = Scale(0, 1, 128, WIDTH - 58)
    for place, (label, share, colour) in enumerate(rows):
        y = top + 24 * place + 12
        bar(sheet, scale, y, label, share, colour)
        sheet.text(scale(share) + 6, y, f"{share:.1%}" if share > 0.001 else f"{share:.2%}", anchor="start")


def forgetting(incremental: Numbers) -> Sheet:
    """Accuracy on the digits 0 to 4: before and after 5 to 9 were learned, with more and more old images replayed."""
    old, replayed = incremental["old"], incremental["replayed"]
    rows = [("只学过 0–4", incremental["before_old"], "plain")]
    rows += [(f"回放 {count:,} 张" if count else "再学 5–9", share, "accent") for count, share in zip(replayed, old, strict=True)]
    sheet = Sheet(32 + 24 * len(rows))
    sheet.text(4, 16, "认旧数字 0–4 的准确率", anchor="start")
    bars(sheet, 30, rows)
    return sheet


def skills(language: Numbers) -> Sheet:
    """Tones and rhyme: in real poems, in the model's, in real ones shuffled."""
    sheet = Sheet(214)
    for top, key, title in ((0, "tones", "平仄相间的句子"), (108, "rhyme", "押韵的诗")):
        sheet.text(4, top + 16, title, "strong", anchor="start")
        names = (("真诗", "real", "plain"), ("模型写的", "t08", "accent"), ("打乱的真诗", "shuffled", "second"))
        bars(sheet, top + 28, [(name, language[f"{who}_{key}"], colour) for name, who, colour in names])
    return sheet
