"""The command line: what it prints, what it refuses, and how quiet it is.

Tests `mnist_lab.__main__` too.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image
from ran import Mnist

import mnist_lab
from mnist_lab import __main__ as command_line
from mnist_lab import classifier
from mnist_lab.data import flatten, scale
from mnist_lab.images import centre

NPZ = Path(__file__).resolve().parents[2] / "docs" / "downloads" / "mnist.npz"


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run `python -m mnist_lab` in a process of its own."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TF_")}
    environment["PYTHONPATH"] = str(Path(mnist_lab.__file__).parents[1])
    command = [sys.executable, "-m", "mnist_lab", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def trained(few: Mnist, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that has learned little, saved."""
    path = tmp_path_factory.mktemp("trained") / "mnist.keras"
    model, _ = classifier.train(scale(flatten(few[0][0])), few[0][1], seed=0)
    classifier.save(model, path)
    return path


def answer(folder: Path, image: np.ndarray) -> str:
    """What the network of the folder reads, as the command says it."""
    digit, probabilities = classifier.predict(classifier.load(folder / "mnist.keras"), image)
    return f"认作 {digit}，概率 {probabilities[digit]:.4f}\n"


@pytest.fixture
def folder(tmp_path: Path, trained: Path, mnist: Mnist, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with the trained network and the first test image, a 7, as PNG; no data."""
    (tmp_path / "mnist.keras").symlink_to(trained)
    Image.fromarray(mnist[1][0][0]).save(tmp_path / "seven.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_predict_in_a_process_of_its_own_is_quiet(folder: Path, mnist: Mnist) -> None:
    done = run("predict", "seven.png", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"seven.png：{answer(folder, centre(mnist[1][0][0]))}"


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["evaluate", "--help"], ["predict", "--help"]])
def test_help_needs_no_tensorflow(arguments: list[str], folder: Path) -> None:
    (folder / "tensorflow.py").write_text("raise SystemExit('imported')")
    (folder / "keras.py").write_text("raise SystemExit('imported')")
    done = run(*arguments, folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: python -m mnist_lab")


def test_evaluate_reports_all_test_images(folder: Path, mnist: Mnist, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["evaluate", "--data", str(NPZ)]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    loss, accuracy = classifier.evaluate(classifier.load(folder / "mnist.keras"), scale(flatten(mnist[1][0])), mnist[1][1])
    assert printed.out == f"测试集 10000 张：损失 {loss:.4f}，准确率 {accuracy:.2%}\n"


def test_train_saves_the_network(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    calls = []

    def train(x: np.ndarray, y: np.ndarray, *, seed: int) -> tuple[keras.Sequential, dict[str, list[float]]]:
        calls.append((x.shape, x.dtype.name, float(x.max()), y.shape, seed))
        model = classifier.build()
        return model, model.fit(x[:32], y[:32], verbose=0).history

    monkeypatch.setattr(classifier, "train", train)
    (folder / "mnist.npz").symlink_to(NPZ)
    assert command_line.main(["train", "--out", "new.keras", "--seed", "5"]) == 0
    assert calls == [((60000, 784), "float32", 1.0, (60000,), 5)]
    assert capsys.readouterr().out == "已存到 new.keras\n"
    assert classifier.load("new.keras").count_params() == 101770


def test_white_paper_and_another_place_make_no_difference(folder: Path, mnist: Mnist, capsys: pytest.CaptureFixture[str]) -> None:
    paper = np.full((90, 120), 255, np.uint8)
    paper[3:31, 70:98] = 255 - mnist[1][0][0]
    Image.fromarray(paper).save(folder / "ink.png")
    assert command_line.main(["predict", "ink.png"]) == 0
    assert capsys.readouterr().out == f"ink.png：{answer(folder, centre(mnist[1][0][0]))}"


def not_a_model(folder: Path) -> None:
    (folder / "text.keras").write_text("not a model")


def cut_model(folder: Path) -> None:
    (folder / "cut.keras").write_bytes((folder / "mnist.keras").read_bytes()[:100_000])


def another_model(folder: Path) -> None:
    keras.Sequential([keras.Input(shape=(3,)), keras.layers.Dense(2)]).save(folder / "other.keras")


def not_an_image(folder: Path) -> None:
    (folder / "text.png").write_text("not an image")


def cut_image(folder: Path) -> None:
    (folder / "cut.png").write_bytes((folder / "seven.png").read_bytes()[:150])


def blank_image(folder: Path) -> None:
    Image.new("L", (28, 28), 255).save(folder / "blank.png")


def cut_data(folder: Path) -> None:
    (folder / "cut.npz").write_bytes(NPZ.read_bytes()[:1000])


def nothing(folder: Path) -> None:
    pass


REFUSED = [
    (nothing, "evaluate --data absent.npz", ["absent.npz：没有这个文件", "downloads/mnist.npz"]),
    (nothing, "evaluate", ["mnist.npz：没有这个文件", "downloads/mnist.npz"]),
    (cut_data, "evaluate --data cut.npz", ["cut.npz：读不出来", "放进当前文件夹"]),
    (cut_data, "train --data cut.npz", ["cut.npz：读不出来"]),
    (nothing, "train --out absent/model.keras", ["absent/model.keras：不能存到这里", ".keras 文件"]),
    (nothing, "train --out model.h5", ["model.h5：不能存到这里"]),
    (nothing, "predict absent.png", ["absent.png：读不了文件；见到 ", "；应为一张图像；请检查路径"]),
    (not_an_image, "predict text.png", ["text.png：读不出图像；内容应为完好的 PNG 或 JPEG"]),
    (cut_image, "predict cut.png", ["cut.png：读不出图像"]),
    (blank_image, "predict blank.png", ["blank.png：图像里没有笔迹"]),
    (nothing, "predict .", [".：读不了文件；见到 "]),
    (nothing, "predict seven.png --model absent.keras", ["absent.keras：没有这个文件", "train --out absent.keras"]),
    (not_a_model, "predict seven.png --model text.keras", ["text.keras：读不出网络；见到 ", "train 存下的 .keras 文件"]),
    (cut_model, "predict seven.png --model cut.keras", ["cut.keras：读不出网络；见到 "]),
    (another_model, "predict seven.png --model other.keras", ["other.keras：网络的输入、输出不对", "(None, 3)", "(None, 784)"]),
]


@pytest.mark.parametrize(("prepare", "command", "phrases"), REFUSED, ids=[case[1] for case in REFUSED])
def test_bad_input_is_refused_in_chinese(
    prepare: Callable[[Path], None], command: str, phrases: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(folder)
    assert command_line.main(command.split()) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("错误：")
    assert printed.err.count("\n") == 1
    for phrase in phrases:
        assert phrase in printed.err


@pytest.mark.parametrize("arguments", [[], ["fly"], ["predict"], ["train", "--seed", "one"], ["evaluate", "--fast"]])
def test_bad_arguments_exit_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        command_line.main(arguments)
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith("错误：参数不对（")
