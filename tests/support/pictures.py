"""Pictures as readers might send them."""

import io

import numpy as np
from PIL import Image


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """Return a picture as a file holds it."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def blob(height: int, width: int, *, shape: tuple[int, int] = (100, 100), top: int = 10, left: int = 50) -> np.ndarray:
    """Return a white rectangle on black, (rows, columns) in uint8."""
    image = np.zeros(shape, np.uint8)
    image[top : top + height, left : left + width] = 255
    return image
