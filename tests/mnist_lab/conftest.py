"""What the labs' tests share: the data, little of it, and one run of the lab's `main` on that."""

import os

# As the NumPy labs set it for their readers, before NumPy is imported: two threads would only wait for each other
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pytest
from ran import DOWNLOADS, Mnist, Ran, run_main


def pytest_configure(config: pytest.Config) -> None:
    """Warnings are errors, but for one that Keras 3.15 and TensorFlow 2.21 cause themselves in `model.save` under NumPy 2."""
    config.addinivalue_line("filterwarnings", "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")


@pytest.fixture(scope="session")
def mnist() -> Mnist:
    """(x_train, y_train), (x_test, y_test), as the file that readers download holds them."""
    with np.load(DOWNLOADS / "mnist.npz") as file:
        return (file["x_train"], file["y_train"]), (file["x_test"], file["y_test"])


@pytest.fixture(scope="session")
def few(mnist: Mnist) -> Mnist:
    """The first 2,000 training and 500 test images.

    Whole programs run once, as pasted, in tests/paste, where their numbers are compared with the records. What is asserted here
    must hold on any processor: equal to a twin computed beside it, to rounding where the order of sums may differ.
    """
    (x_train, y_train), (x_test, y_test) = mnist
    return (x_train[:2000], y_train[:2000]), (x_test[:500], y_test[:500])


@pytest.fixture(scope="module")
def ran(request: pytest.FixtureRequest, few: Mnist, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """One run of `main` of the lab that the test module calls `lab`, on little data, with the module's SETTINGS in place."""
    settings = getattr(request.module, "SETTINGS", {})
    return run_main(request.module.lab, tmp_path_factory.mktemp("lab"), load_mnist=lambda: few, **settings)
