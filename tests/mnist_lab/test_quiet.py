"""TensorFlow's start-up chatter stays off standard error, and nothing else does."""

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import mnist_lab
from mnist_lab.quiet import quiet_start

if TYPE_CHECKING:  # imported below by processes of their own
    import mnist_lab.classifier

CHATTER = [
    b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n",
    b"I0000 00:00:1795521104.716482   17551 cudart_stub.cc:31] Could not find cuda drivers on your machine\n",
    b"E0000 00:00:1795521111.329113   17551 cuda_platform.cc:52] failed call to cuInit: INTERNAL: CUDA error\n",
]


def test_only_the_chatter_is_dropped(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet_start():
        for line in CHATTER:
            os.write(2, line)
        os.write(2, b"E0000 00:00:1795521104.716482   17551 something.cc:52] failed\n")
        os.write(2, b"W0000 00:00:1795521104.716482   17551 something.cc:52] slow\n")
        print("a warning of Python", file=sys.__stderr__, flush=True)
    found = capfd.readouterr().err.splitlines()
    assert [line.split("] ")[-1] for line in found] == ["failed", "slow", "a warning of Python"]


def test_errors_pass_and_standard_error_works_again(capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        with quiet_start():
            os.write(2, b"the reason\n")
            raise ImportError("no wheel")

    with pytest.raises(ImportError, match="no wheel"):
        fail()
    os.write(2, CHATTER[0])
    assert capfd.readouterr().err == "the reason\n" + CHATTER[0].decode()


def test_the_labs_modules_are_quiet() -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TF_")}
    environment["PYTHONPATH"] = str(Path(mnist_lab.__file__).parents[1])
    code = "from mnist_lab import classifier; print(classifier.build().count_params())"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "101770\n", "")
