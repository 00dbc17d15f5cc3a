"""A small model of the verse labs, away from where a gradient could vanish by symmetry."""

from typing import Any

import numpy as np

from verse_lab.transformer import Parameters, initialise


def noisy(signs: int, width: int, dtype: Any = np.float64) -> Parameters:
    """Return parameters of two layers as they begin, with noise of deviation 0.2 on all of them; each time the same."""
    rng = np.random.default_rng(0)
    started = initialise(signs, width, 2, rng)
    return {name: (value + 0.2 * rng.normal(size=value.shape)).astype(dtype) for name, value in started.items()}
