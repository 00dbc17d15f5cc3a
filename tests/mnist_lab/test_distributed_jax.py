"""Keras on JAX: two devices, or two processes, learn what one learns; and `apart`, which gives JAX to the workers alone.

JAX is not among this environment's packages, and no test imports it: TensorFlow would import it too, everywhere. The workers are
processes of their own, and prove the lines that they run.
"""

import importlib.metadata
import importlib.util
import json
import os
import re
import runpy
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from packaging.requirements import Requirement
from ran import DOWNLOADS, Mnist, Pair, Ran, run_main

from mnist_lab import apart, network
from mnist_lab import distributed_jax as lab
from mnist_lab.data import flatten, scale

ROOT = Path(__file__).resolve().parents[2]
JAX = ROOT / ".cache" / "jax"
IMAGES, SEED = 1000, 0
# Double precision, another order of sums, four updates: rounding only
ROUNDING = 1e-13
# As a reader's file runs itself again, but found by its name, so that it notes what of it has run
AGAIN = "import runpy\nrunpy.run_module('mnist_lab.distributed_jax', run_name='__main__', alter_sys=True)\n"
Trained = list[list[np.ndarray]]


@pytest.fixture(scope="module", autouse=True)
def with_jax() -> Iterator[None]:
    """Let the processes that tests start find this package and JAX, wherever the package lies."""
    places = [str(Path(lab.__file__).parents[1]), str(JAX), os.environ.get("PYTHONPATH", "")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(places))
        yield


@pytest.fixture(scope="module")
def small(few: Mnist) -> Pair:
    """Four batches of real images: (1000, 784) uint8 and their labels."""
    return flatten(few[0][0][:IMAGES]), few[0][1][:IMAGES]


@pytest.fixture(scope="module")
def trained() -> list[Trained]:
    """What `train` has returned for each layout, filled by the run of `main`."""
    return []


@pytest.fixture(scope="module")
def ran(few: Mnist, trained: list[Trained], tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("lab")
    (folder / "again.py").write_text(AGAIN, "utf-8")
    (folder / "temporary").mkdir()
    train = lab.train

    def keeping(*arguments: object) -> Trained:
        trained.append(train(*arguments))  # type: ignore[arg-type]
        return trained[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder / "temporary"))
        return run_main(lab, folder, load_mnist=lambda: few, IMAGES=IMAGES, train=keeping, __file__=str(folder / "again.py"))


@pytest.fixture
def job(tmp_path: Path) -> lab.Job:
    return lab.Job(lab.free_addresses(2), 1, str(tmp_path), 3, 0.2)


def written(job: lab.Job) -> Path:
    path = Path(job.folder) / "job.json"
    path.write_text(json.dumps(asdict(job)), "utf-8")
    return path


def by_hand(small: Pair, start: list[np.ndarray], width: int = lab.BATCH_SIZE) -> list[np.ndarray]:
    """The same training with the network and the Adam that are written out in NumPy, on the first `width` images of each batch."""
    layers = [(start[0].copy(), start[1].copy()), (start[2].copy(), start[3].copy())]
    averages = network.zero_averages(layers)
    for step, batch in enumerate(np.random.default_rng(SEED).permutation(IMAGES).reshape(-1, lab.BATCH_SIZE), 1):
        chosen = batch[:width]
        slopes = network.gradients(layers, scale(small[0][chosen]), small[1][chosen])
        network.adam(layers, slopes, averages, step=step, rate=0.003)
    return [part for pair in layers for part in pair]


def started_from() -> list[np.ndarray]:
    """The weights that Keras starts from with this seed, whatever its backend, computed by a process that has JAX."""
    code = "import sys; sys.modules['tensorflow'] = None; import keras, numpy; keras.config.set_floatx('float64')\n"
    code += f"keras.utils.set_random_seed({SEED}); layers = [keras.layers.Dense(128), keras.layers.Dense(10)]\n"
    code += "numpy.savez(sys.argv[1], *keras.Sequential([keras.Input((784,)), *layers]).get_weights())"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "start.npz"
        environment = {**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu", "JAX_ENABLE_X64": "1"}
        subprocess.run([sys.executable, "-c", code, str(path)], env=environment, check=True, capture_output=True)
        with np.load(path) as file:
            return [file[name] for name in file.files]


def test_the_settings_are_those_the_page_tells() -> None:
    assert (lab.IMAGES, lab.BATCH_SIZE, lab.RATE, lab.LAYOUTS) == (5000, 250, 0.003, ((1, 1), (1, 2), (2, 1)))
    assert lab.PATIENCE >= 60


def test_jax_lies_apart_in_the_version_that_the_page_installs() -> None:
    assert importlib.util.find_spec("jax") is None, "JAX among these packages slows every start of TensorFlow"
    versions = {found.name.replace("_", "-"): found.version for found in importlib.metadata.distributions(path=[str(JAX)])}
    listed = [Requirement(line) for line in (ROOT / "requirements-jax.txt").read_text("utf-8").splitlines() if line[0] != "#"]
    pinned = {one.name: str(one.specifier)[2:] for one in listed if one.marker is None or one.marker.evaluate()}
    assert {"jax", "jaxlib", "numpy"} <= pinned.keys()
    assert versions == pinned, "not as listed; `make test` installs it"
    assert apart.FOLDER.parts[-2:] == (".cache", "jax")
    assert apart.FOLDER.parents[1] == Path(apart.__file__).resolve().parents[2]


def test_use_jax_adds_jax_and_takes_tensorflow_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", ["first"])
    monkeypatch.setitem(sys.modules, "tensorflow", lab)
    apart.use_jax()
    assert sys.path == ["first", str(apart.FOLDER)]
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("tensorflow")


def test_two_devices_and_two_processes_learn_what_one_learns(ran: Ran, trained: list[Trained]) -> None:
    (alone,), (devices,), (first, second) = trained
    for found in (devices, first, second):
        assert len(found) == len(alone) == 5
        for ours, theirs in zip(found[:4], alone[:4], strict=True):
            assert ours.dtype == theirs.dtype == np.float64
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=ROUNDING)
    for ours, theirs in zip(first, second, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert ran.numbers["places"] == [1, 2, 2]
    assert ran.numbers["processes"] == [1, 1, 2]
    assert ran.numbers["steps"] == 4
    assert list((ran.folder / "temporary").iterdir()) == [], "what worked leaves nothing behind"


def test_one_learns_what_numpy_learns_and_half_of_each_batch_is_not_enough(small: Pair, ran: Ran, trained: list[Trained]) -> None:
    start, alone = started_from(), trained[0][0]
    assert lab.largest_difference(by_hand(small, start), alone) < 2e-6  # Keras takes the powers of Adam in single precision
    assert lab.largest_difference(by_hand(small, start, width=125), alone) > 1e-3  # as if the second process had not been heard
    assert lab.largest_difference(start, alone) > 0.005


def test_main_compares_with_the_first_layout(ran: Ran, few: Mnist, trained: list[Trained]) -> None:
    alone, test = trained[0][0], (scale(flatten(few[1][0])), few[1][1])
    layers = [(alone[0], alone[1]), (alone[2], alone[3])]
    assert ran.numbers["accuracy"][0] == network.accuracy(layers, *test) > 0.5
    one_image = 1 / 500  # may lie on the border
    assert ran.numbers["accuracy"] == pytest.approx([ran.numbers["accuracy"][0]] * 3, abs=one_image)
    assert ran.numbers["difference_from_alone"] == [lab.largest_difference(alone, found[0]) for found in trained]
    assert ran.numbers["difference_between_processes"] == [0, 0, 0]
    assert ran.lines[0].startswith(f"1 个进程，各 1 台设备：准确率 {ran.numbers['accuracy'][0]:.2%}，与")
    assert "的最多差 0e+00，彼此最多差 0e+00" in ran.lines[0]
    assert [line.partition("：")[0] for line in ran.lines] == [
        "1 个进程，各 1 台设备",
        "1 个进程，各 2 台设备",
        "2 个进程，各 1 台设备",
    ]


def test_compare_by_hand(small: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(1)
    one, two, three = ([rng.normal(size=shape) for shape in ((784, 128), 128, (128, 10), 10)] + [np.array(7)] for _ in range(3))
    test = scale(small[0]), small[1]
    assert lab.compare((4, 5), one, [two, one, three], test) == {
        "accuracy": network.accuracy([(two[0], two[1]), (two[2], two[3])], *test),
        "places": 7,
        "difference_from_alone": lab.largest_difference(one, two),
        "difference_between_processes": lab.largest_difference(two, three),
    }
    assert capsys.readouterr().out.startswith("4 个进程，各 5 台设备：准确率 ")


def test_largest_difference_looks_at_every_parameter_and_nothing_else() -> None:
    first = [np.zeros((2, 2)), np.zeros(2), np.zeros((2, 1)), np.zeros(1), np.array(1)]
    for place, where in ((0, (1, 0)), (1, (1,)), (2, (0, 0)), (3, (0,))):
        second = [array.copy() for array in first]
        second[place][where] = -0.25
        assert lab.largest_difference(first, second) == lab.largest_difference(second, first) == 0.25
    assert lab.largest_difference(first, [*first[:4], np.array(2)]) == 0


def test_each_process_is_dealt_its_half_of_each_batch(small: Pair, job: lab.Job) -> None:
    order = np.random.default_rng(3).permutation(IMAGES).reshape(4, 250)
    lab.deal(job, *small)
    for rank, mine in enumerate((order[:, :125], order[:, 125:])):
        with np.load(Path(job.folder) / f"share-{rank}.npz") as file:
            np.testing.assert_array_equal(file["images"], scale(small[0][mine.reshape(-1)]))
            np.testing.assert_array_equal(file["labels"], small[1][mine.reshape(-1)])


def test_a_job_is_read_as_it_was_written(job: lab.Job) -> None:
    assert lab.read_job(str(written(job))) == job


@pytest.mark.parametrize("text", [None, "{", '{"addresses": []}', "[]"])
def test_a_job_that_cannot_be_read_is_told(tmp_path: Path, text: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "job.json"
    if text is not None:
        path.write_text(text, "utf-8")
    assert lab.run_worker("0", str(path)) == 2
    assert capsys.readouterr().out.startswith(f"{path}：读不出来；见到 ")


@pytest.mark.parametrize("rank", ["2", "one", "-1"])
def test_a_rank_that_is_none_is_told(job: lab.Job, rank: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(job)
    assert lab.run_worker(rank, str(path)) == 2
    assert capsys.readouterr().out == f"进程的编号不对；见到 {rank!r}；应为小于 2 的整数；请对照 {path}\n"


def test_a_taken_port_and_a_missing_process_are_told(job: lab.Job, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        jobs = {f"端口不能用；见到 {address}（": replace(job, addresses=[address, *job.addresses], folder=str(other))}
        jobs[f"没有等到工作进程 {job.addresses[1]}；应为 2 个都到齐；请启动缺的那些，再全部重来"] = job
        command = [sys.executable, "-m", "mnist_lab.distributed_jax", "worker", "0"]
        environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
        told = {
            said: subprocess.Popen([*command, str(written(one))], stdout=subprocess.PIPE, encoding="utf-8", env=environment)
            for said, one in jobs.items()
        }
        for said, process in told.items():
            assert process.communicate()[0].startswith(said)
            assert process.returncode == 2


def test_a_machine_whose_own_name_has_no_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab.socket, "gethostname", lambda: "localhost")
    lab.find_own_name()
    monkeypatch.setattr(lab.socket, "gethostname", lambda: "no-such-machine.invalid")
    told = "见到 no-such-machine.invalid（.*）；应为查得到；请在 /etc/hosts 里加一行 127.0.0.1 no-such-machine.invalid"
    with pytest.raises(lab.Refused, match=told):
        lab.find_own_name()


def test_a_process_without_jax_says_so(job: lab.Job, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("KERAS_BACKEND", "JAX_PLATFORMS", "NPROC"):
        monkeypatch.setenv(name, os.environ.get(name, ""))  # what it sets goes again
    monkeypatch.setitem(sys.modules, "jax", None)
    assert lab.run_worker("0", str(written(job))) == 2
    assert capsys.readouterr().out == "没有装 jax；请在这个环境里运行 python -m pip install jax\n"


def test_a_reader_without_jax_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mnist.npz").symlink_to(DOWNLOADS / "mnist.npz")
    (tmp_path / "empty").mkdir()
    # Found before any other, it fails as the import of what is not installed does
    (tmp_path / "empty" / "jax.py").write_text("raise ModuleNotFoundError(\"No module named 'jax'\", name='jax')\n", "utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "empty"), os.environ["PYTHONPATH"]]))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["distributed_jax.py"])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(lab.__file__, run_name="__main__")
    told = str(ended.value.code)
    assert told.startswith("工作进程 0 的退出码是 2（没有装 jax；请在这个环境里运行 python -m pip install jax）；应为都是 0；")
    assert "\n" not in told
    (left,) = re.findall(r"请看 (\S+) 里各进程的", told)
    assert (Path(left) / "0.out").is_file()
