"""What several labs' tests share: the data, and the article's own run."""

import contextlib
import io
import os
import runpy
from pathlib import Path

# As the NumPy labs set it for their readers, before NumPy is imported: two threads would only wait for each other
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
NPZ = REPOSITORY / "docs" / "downloads" / "mnist.npz"

Pair = tuple[np.ndarray, np.ndarray]


def pytest_configure(config: pytest.Config) -> None:
    """Warnings are errors, but for one that Keras 3.15 and TensorFlow 2.21 cause themselves in `model.save` under NumPy 2."""
    config.addinivalue_line("filterwarnings", "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")


@pytest.fixture(scope="session")
def mnist() -> tuple[Pair, Pair]:
    """(x_train, y_train), (x_test, y_test), as the file that readers download holds them."""
    with np.load(NPZ) as file:
        return (file["x_train"], file["y_train"]), (file["x_test"], file["y_test"])


@pytest.fixture(scope="session")
def article_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, dict]:
    """Run classifier.py once as a reader does: the folder with its mnist.keras, what it printed, its results."""
    from mnist_lab import classifier  # here, so that labs without TensorFlow are tested without it

    folder = tmp_path_factory.mktemp("classifier")
    (folder / "mnist.npz").symlink_to(NPZ)
    printed = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(printed):
        names = runpy.run_path(classifier.__file__, run_name="__main__")
    return folder, printed.getvalue(), names["results"]
