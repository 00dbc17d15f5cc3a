"""What several tests of the verse labs share: the poems as readers download them."""

import os

# As the labs set it for their readers, before NumPy is imported
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from ran import DOWNLOADS

from verse_lab.data import Poems, Sounds, load_poems, load_sounds


@pytest.fixture(scope="session")
def poems() -> Poems:
    return load_poems(DOWNLOADS / "poems.txt.xz")


@pytest.fixture(scope="session")
def sounds() -> Sounds:
    return load_sounds(DOWNLOADS / "sounds.txt")
