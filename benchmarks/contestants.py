"""The same network, 784→128→10, trained by the lab on speed, by the listing of the article, and by their peers.

    python benchmarks/contestants.py NAME SEED

prints one line of JSON: seconds on the clock and of the processor that the training took, without reading the data, and the
accuracy on the test images. Neither reading the data nor importing the library is counted.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "docs" / "downloads" / "mnist.npz"
HIDDEN, EPOCHS = 128, 5
# Of the lab, which chose them on validation images; a test holds them to its record
BATCH_SIZE, RATE = 256, 0.01
THREADS = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
Arrays = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]  # training images as float32 from 0 to 1, their labels; the test's
Accuracy = Callable[[], float]


def load(count: int | None = None) -> Arrays:
    """Return the images flattened and scaled, with their labels; only the first `count` of each where told."""
    with np.load(DATA) as file:
        x, y, x_test, y_test = (file[name][:count] for name in ("x_train", "y_train", "x_test", "y_test"))
    return flat(x), y.astype(np.int64), flat(x_test), y_test.astype(np.int64)


def flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1).astype(np.float32) / 255


def listing(arrays: Arrays, seed: int) -> Accuracy:
    """As the article trains it."""
    from mnist_lab import classifier

    x, y, x_test, y_test = arrays
    model, _ = classifier.train(x, y, seed=seed)
    return lambda: classifier.evaluate(model, x_test, y_test)[1]


def chosen(arrays: Arrays, seed: int) -> Accuracy:
    """As the lab trains it in the end."""
    from mnist_lab import faster

    x, y, x_test, y_test = arrays
    faster.keras.utils.set_random_seed(seed)
    model = faster.dense()
    faster.train(model, x, y, faster.Plan(BATCH_SIZE, RATE, True, EPOCHS))
    return lambda: faster.accuracy(model, x_test, y_test)


def with_keras(arrays: Arrays, seed: int, *, falling: bool = True, pipeline: bool = False, **options: Any) -> Accuracy:
    """Keras on whichever backend is set, one setting changed; `options` are those of `compile`."""
    import keras

    x, y, x_test, y_test = arrays
    keras.utils.set_random_seed(seed)
    hidden, output = keras.layers.Dense(HIDDEN, activation="relu"), keras.layers.Dense(10, activation="softmax")
    model = keras.Sequential([keras.Input((784,)), hidden, output])
    rate = keras.optimizers.schedules.CosineDecay(RATE, EPOCHS * -(-len(y) // BATCH_SIZE)) if falling else 0.001
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(rate), loss=loss, metrics=["accuracy"], **options)
    if pipeline:
        model.fit(piped(x, y), epochs=EPOCHS, shuffle=False, verbose=0)  # the pipeline does it
    else:
        model.fit(x, y, batch_size=BATCH_SIZE, epochs=EPOCHS, verbose=0)
    return lambda: float(model.evaluate(x_test, y_test, verbose=0)[1])


def piped(x: np.ndarray, y: np.ndarray) -> Any:
    """The images as a tf.data pipeline that shuffles them one by one."""
    import tensorflow as tf

    images = tf.data.Dataset.from_tensor_slices((x, y)).cache().shuffle(len(y))
    return images.batch(BATCH_SIZE).prefetch(tf.data.AUTOTUNE)


def larger_batch(arrays: Arrays, seed: int) -> Accuracy:
    return with_keras(arrays, seed, falling=False)


def falling_rate(arrays: Arrays, seed: int) -> Accuracy:
    return with_keras(arrays, seed)


def tf_data(arrays: Arrays, seed: int) -> Accuracy:
    return with_keras(arrays, seed, pipeline=True)


def jit(arrays: Arrays, seed: int) -> Accuracy:
    return with_keras(arrays, seed, jit_compile=True)


def numpy(arrays: Arrays, seed: int) -> Accuracy:
    """The language itself: the network of the labs that use NumPy alone."""
    from mnist_lab import network

    x, y, x_test, y_test = arrays
    rng = np.random.default_rng(seed)
    layers = network.initialise((784, HIDDEN, 10), rng)
    averages = network.zero_averages(layers)
    total = EPOCHS * -(-len(y) // BATCH_SIZE)
    for step, batch in enumerate(network.batches(len(y), BATCH_SIZE, EPOCHS, rng), start=1):
        rate = RATE * (1 + np.cos(np.pi * (step - 1) / total)) / 2
        network.adam(layers, network.gradients(layers, x[batch], y[batch]), averages, step=step, rate=rate)
    return lambda: network.accuracy(layers, x_test, y_test)


def torch(arrays: Arrays, seed: int) -> Accuracy:
    import torch

    torch.manual_seed(seed)
    torch.set_num_threads(1)
    x, y, x_test, y_test = (torch.from_numpy(array) for array in arrays)
    model = torch.nn.Sequential(torch.nn.Linear(784, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, 10))
    for layer in (model[0], model[2]):
        torch.nn.init.xavier_uniform_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    adam = torch.optim.Adam(model.parameters(), RATE, fused=True)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(adam, EPOCHS * -(-len(y) // BATCH_SIZE))
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(y)).split(BATCH_SIZE):
            adam.zero_grad()
            torch.nn.functional.cross_entropy(model(x[batch]), y[batch]).backward()
            adam.step()
            falling.step()
    return lambda: float((model(x_test).argmax(1) == y_test).float().mean())


def sklearn(arrays: Arrays, seed: int) -> Accuracy:
    """Its Adam knows no falling rate."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    x, y, x_test, y_test = arrays
    warnings.simplefilter("ignore", ConvergenceWarning)  # five epochs are what is compared
    network = MLPClassifier((HIDDEN,), alpha=0, batch_size=BATCH_SIZE, learning_rate_init=0.003, max_iter=EPOCHS, random_state=seed)
    network.fit(x, y)
    return lambda: float(network.score(x_test, y_test))


@dataclass(frozen=True)
class Contestant:
    train: Callable[[Arrays, int], Accuracy]
    library: str  # imported before the clock starts
    backend: str = "tensorflow"  # of Keras
    threads: bool = True  # whether it is told to use one thread
    peer: bool = False  # whether it runs in the environment of the peers


CONTESTANTS = {
    "listing": Contestant(listing, "mnist_lab.classifier", threads=False),
    "one_thread": Contestant(listing, "mnist_lab.classifier"),
    "larger_batch": Contestant(larger_batch, "keras"),
    "falling_rate": Contestant(falling_rate, "keras"),
    "chosen": Contestant(chosen, "mnist_lab.faster"),
    "tf_data": Contestant(tf_data, "keras"),
    "jit": Contestant(jit, "keras"),
    "numpy": Contestant(numpy, "mnist_lab.network"),
    "torch": Contestant(torch, "torch._dynamo", peer=True),  # what its optimizers import at their first step
    "jax": Contestant(falling_rate, "keras", backend="jax", peer=True),
    "sklearn": Contestant(sklearn, "sklearn.neural_network", peer=True),
}


def variables(name: str) -> dict[str, str]:
    """Return what a contestant is told by its environment; the listing runs as it stands, with all threads."""
    told = {"KERAS_BACKEND": CONTESTANTS[name].backend, "TF_CPP_MIN_LOG_LEVEL": "2"}
    return told | (THREADS if CONTESTANTS[name].threads else {})


def run(name: str, seed: int, count: int | None = None) -> dict[str, float]:
    """Train one contestant and measure it."""
    arrays = load(count)
    importlib.import_module(CONTESTANTS[name].library)
    clock, processor = time.perf_counter(), time.process_time()
    accuracy = CONTESTANTS[name].train(arrays, seed)
    measured = {"seconds": time.perf_counter() - clock, "processor": time.process_time() - processor}
    return measured | {"accuracy": accuracy()}


if __name__ == "__main__":
    os.environ |= variables(sys.argv[1])
    sys.path.insert(0, str(ROOT / "src"))
    print(json.dumps(run(sys.argv[1], int(sys.argv[2]), *map(int, sys.argv[3:]))))
