"""Deployment: exports that agree with their source, what the service refuses and how, centring, and a service that really runs."""

import asyncio
import os
import re
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from pictures import blob, encoded
from PIL import Image
from ran import Mnist, Ran

from mnist_lab import deployment as lab
from mnist_lab.images import centre, decode

SETTINGS = {"REPEATS": 5, "REQUESTS": 20, "EPOCHS": 6}
PNG = {"content-type": "image/png"}
Running = tuple[int, subprocess.Popen[bytes]]
SOURCE = Path(lab.__file__).parents[1]


def png(image: np.ndarray, kind: str = "PNG") -> bytes:
    return encoded(Image.fromarray(image), kind)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Client:
    """Asks a service within this process."""

    def __init__(self, model: Path) -> None:
        self.transport = httpx.ASGITransport(lab.create_service(model))

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=self.transport, base_url="http://service") as client:
                return await client.request(method, path, **options)

        return asyncio.run(ask())

    def get(self, path: str) -> httpx.Response:
        return self.request("GET", path)

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.request("POST", path, **options)


@pytest.fixture(scope="module")
def client(ran: Ran) -> Client:
    return Client(ran.folder / lab.MODEL)


@pytest.fixture(scope="module")
def digit(few: Mnist) -> np.ndarray:
    return few[1][0][0]


def test_main_compares_all_formats_and_asks_a_real_service(ran: Ran, few: Mnist) -> None:
    numbers = ran.numbers
    assert {key for key in numbers if key.endswith("_kb")} == {"saved_kb", "onnx_kb", "litert_kb", "int8_kb"}
    assert numbers["litert_kb"] == round((ran.folder / "mnist.tflite").stat().st_size / 1000)
    assert numbers["int8_kb"] < numbers["litert_kb"] / 3
    assert [numbers[f"{name}_differ"] for name in ("keras", "saved", "onnx", "litert")] == [0, 0, 0, 0]
    assert numbers["int8_differ"] <= 10
    assert numbers["litert_accuracy"] == numbers["keras_accuracy"] > 0.8
    assert numbers["shrunk_accuracy"] < 0.5 < numbers["half_accuracy"] <= 1
    assert abs(numbers["centred_accuracy"] - numbers["same_accuracy"]) <= 0.1
    assert abs(numbers["service_accuracy"] - numbers["centred_accuracy"]) <= 0.1
    assert 0 < numbers["median_seconds"] <= numbers["p99_seconds"] <= numbers["all_seconds"]
    assert ran.lines[0].startswith("saved ")
    assert [line.split()[0] for line in ran.lines[1:6]] == ["keras", "saved", "onnx", "litert", "int8"]
    told = re.search(r"每秒答 (\d+) 个请求，内存 (\d+) MB，每百万次约 ([\d.]+) 元", ran.lines[7])
    assert told
    rate, memory, cost = told.groups()
    assert float(rate) == pytest.approx(80 / numbers["all_seconds"], abs=0.51)
    assert float(cost) == pytest.approx(1e6 * numbers["all_seconds"] / 80 / 3600 * lab.PRICE, abs=0.006)
    assert 30 < int(memory) < 200  # without TensorFlow, which alone takes more


def test_litert_takes_any_number_of_images(ran: Ran, few: Mnist) -> None:
    predict, images = lab.open_litert(ran.folder / lab.MODEL), few[1][0]
    whole = predict(images[:7])
    assert whole.shape == (7, 10)
    np.testing.assert_allclose(whole.sum(axis=1), 1, rtol=1e-5)
    for place in range(3):
        np.testing.assert_allclose(predict(images[place : place + 1])[0], whole[place], atol=1e-6)


def test_size_of_a_folder_is_that_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "within").mkdir()
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "within" / "b").write_bytes(b"123")
    assert (lab.size(tmp_path), lab.size(tmp_path / "a")) == (8, 5)


def test_photograph_is_white_paper_with_the_digit_somewhere(digit: np.ndarray) -> None:
    image = decode(lab.photograph(digit, np.random.default_rng(0)))
    assert image.shape == (140, 140)
    assert (255 - image.astype(int)).sum() == 9 * digit.astype(int).sum()
    assert lab.shrink(image).shape == (28, 28)


def test_service_is_alive_and_answers(client: Client, digit: np.ndarray, ran: Ran) -> None:
    assert client.get("/health").json()["alive"] is True
    for kind in ("PNG", "JPEG"):
        answer = client.post("/predict", content=png(digit, kind), headers={"content-type": f"image/{kind.lower()}"})
        assert answer.status_code == 200
        p = lab.open_litert(ran.folder / lab.MODEL)(centre(decode(png(digit, kind)))[np.newaxis])[0]
        assert answer.json() == {"digit": int(p.argmax()), "probability": pytest.approx(float(p.max()))}


@pytest.mark.parametrize(
    ("body", "kind", "status", "phrase"),
    [
        (b"{}", "application/json", 415, "类型不对；见到 'application/json'；应为 image/png 或 image/jpeg"),
        (b"not a picture", "image/png", 422, "读不出图像；内容应为完好的 PNG 或 JPEG"),
        (b"", "image/png", 422, "读不出图像"),
        (png(blob(5, 5))[:60], "image/png", 422, "读不出图像"),
        (b"0" * 1_000_001, "image/png", 413, "内容太大；应不超过 1000000 字节"),
        (png(np.zeros((1, 2001), np.uint8)), "image/png", 413, "图像太大；见到 (2001, 1)；每边应不超过 2000 像素"),
        (png(np.zeros((28, 28), np.uint8)), "image/png", 422, "图像里没有笔迹"),
        (png(np.full((28, 28), 255, np.uint8)), "image/png", 422, "图像里没有笔迹"),
    ],
)
def test_service_says_what_is_wrong(client: Client, body: bytes, kind: str, status: int, phrase: str) -> None:
    answer = client.post("/predict", content=body, headers={"content-type": kind})
    assert answer.status_code == status
    assert phrase in answer.json()["error"]


def test_largest_content_and_side_are_still_taken(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    body = png(blob(900, 900, shape=(2000, 2000)))
    monkeypatch.setattr(lab, "LARGEST", len(body))
    assert client.post("/predict", content=body, headers=PNG).status_code == 200
    monkeypatch.setattr(lab, "LARGEST", len(body) - 1)
    assert client.post("/predict", content=body, headers=PNG).status_code == 413


@pytest.fixture
def running(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.chdir(ran.folder)
    port = free_port()
    process = lab.start(port)
    yield port, process
    process.kill()
    process.wait()


def test_service_runs_without_tensorflow_and_finishes_what_it_has_begun(running: Running, digit: np.ndarray) -> None:
    port, process = running
    assert httpx.get(f"http://127.0.0.1:{port}/health").json() == {"alive": True, "tensorflow": False}
    body = png(digit)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        head = f"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body[:50])
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        connection.sendall(body[50:])
        connection.settimeout(20)
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
    assert process.wait(timeout=20) in (0, -signal.SIGTERM)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/health")


def test_predict_reads_a_file_without_tensorflow(ran: Ran, digit: np.ndarray, tmp_path: Path) -> None:
    Image.fromarray(255 - digit).save(tmp_path / "ink.png")
    program = f"import sys; sys.argv = ['deployment.py', 'predict']; sys.path.insert(0, {str(SOURCE)!r})\n"
    program += f"from mnist_lab import deployment as lab\nended = lab.predict(lab.Path({str(tmp_path / 'ink.png')!r}))\n"
    program += "sys.exit(ended or 10 * ('tensorflow' in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ran.folder, capture_output=True, text=True)
    p = lab.open_litert(ran.folder / lab.MODEL)(centre(digit)[np.newaxis])[0]
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{tmp_path / 'ink.png'}：认作 {p.argmax()}，概率 {p.max():.4f}\n"


def test_predict_says_what_it_reads_and_what_it_cannot(
    ran: Ran, digit: np.ndarray, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ran.folder)
    Image.fromarray(digit).save("seven.png")
    assert lab.predict(Path("seven.png")) == 0
    p = lab.open_litert(Path(lab.MODEL))(centre(digit)[np.newaxis])[0]
    assert capsys.readouterr().out == f"seven.png：认作 {p.argmax()}，概率 {p.max():.4f}\n"
    Path("text.png").write_text("not an image")
    assert lab.predict(Path("text.png")) == 2
    assert capsys.readouterr().err == "text.png：读不出图像；内容应为完好的 PNG 或 JPEG；请检查文件\n"


def test_serve_answers_until_it_is_told_to_stop(ran: Ran, digit: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ran.folder)
    port = free_port()
    told, answers = [], []

    def ask_and_stop() -> None:
        with httpx.Client(transport=httpx.HTTPTransport(retries=5)) as client:
            answers.append(client.post(f"http://127.0.0.1:{port}/predict", content=png(digit), headers=PNG).status_code)
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, lambda *_: told.append(True))  # uvicorn raises it again once it has stopped
    try:
        thread = threading.Thread(target=ask_and_stop)
        thread.start()
        assert lab.serve(port) == 0
        thread.join()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert (answers, told) == ([200], [True])


def test_taken_port_is_said(ran: Ran, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ran.folder)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert lab.serve(port) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"端口 {port} 不能用（")
    assert said.endswith(f"；请换一个，例如 {port + 1}\n")


@pytest.mark.parametrize("arguments", [("serve", "8000"), ("predict", "a.png"), ("predict",)])
def test_missing_network_is_said(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert lab.command(*arguments) == 2
    assert capsys.readouterr().err == "mnist.tflite：没有这个文件；应为导出的网络；请先不带参数运行一次\n"


@pytest.mark.parametrize("port", ["", "x", "-1", "65536"])
def test_wrong_port_is_said(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert lab.command("serve", port) == 2
    assert capsys.readouterr().err == f"端口不对；见到 {port!r}；应为小于 65536 的整数，例如 8000\n"


def test_command_calls_what_it_is_told(ran: Ran, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ran.folder)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert lab.command("serve", str(taken.getsockname()[1])) == 2
    assert lab.command("predict", "absent.png") == 2
    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith("端口 ")
    assert told[1].startswith("absent.png：读不了文件")


def test_start_says_that_the_service_has_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # there is no model here
    port = free_port()
    with pytest.raises(RuntimeError, match="服务没有开起来，退出码 2"):
        lab.start(port)


def test_start_gives_up_on_a_service_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def deaf(command: list[str]) -> subprocess.Popen[bytes]:
        started.append(popen([sys.executable, "-c", "import time; time.sleep(600)"]))
        return started[0]

    def refuse(address: str) -> None:
        asked.append(address)
        raise httpx.ConnectError("nobody listens")

    monkeypatch.setattr(lab.subprocess, "Popen", deaf)
    monkeypatch.setattr(lab.httpx, "get", refuse)
    monkeypatch.setattr(lab.time, "sleep", lambda seconds: None)
    with pytest.raises(RuntimeError, match="等了半分钟，服务没有答应"):
        lab.start(8000)
    assert set(asked) == {"http://127.0.0.1:8000/health"}
    assert started[0].wait() == -signal.SIGKILL


def test_script_ends_with_the_code_of_its_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["deployment.py", "serve", "eight"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(lab.__file__, run_name="__main__")
    assert ended.value.code == 2
    assert "端口不对；见到 'eight'" in capsys.readouterr().err
