"""Workers on one machine: they meet or say who is missing, a failure stops all, and no process is left behind."""

import contextlib
import socket
import sys
import threading
import time
from pathlib import Path

import pytest

from mnist_lab import workers as lab

# A worker that does what it is told: ends with a code, having said something, or waits
SCRIPT = """\
import sys, time
what, *rest = sys.argv[1:]
if what == "say":
    print(*rest[1:])
if what == "complain":
    sys.stderr.write("first\\n" + rest[1] + "\\n")
if what == "hang":
    time.sleep(600)
sys.exit(int(rest[0]) if rest else 0)
"""


@pytest.fixture
def script(tmp_path: Path) -> str:
    (tmp_path / "worker.py").write_text(SCRIPT, "utf-8")
    return str(tmp_path / "worker.py")


def test_free_addresses_are_free_and_all_different() -> None:
    addresses = lab.free_addresses(4)
    assert len(set(addresses)) == 4
    for address in addresses:
        assert address.startswith("127.0.0.1:")
        lab.open_door(address).close()


def test_a_taken_port_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(
            lab.Refused, match=rf"^端口不能用；见到 {address}（.+）；应为空着的端口；请停下占着它的程序，或换一个端口$"
        ):
            lab.meet(1, ["127.0.0.1:1", address], 0.1)


def meet_all(addresses: list[str], ranks: tuple[int, ...], patience: float) -> dict[int, str]:
    """Let these ranks meet in threads; return what each was told, nothing where it went on."""
    told = {}

    def one(rank: int) -> None:
        try:
            lab.meet(rank, addresses, patience)
            told[rank] = ""
        except lab.Refused as error:
            told[rank] = str(error)

    threads = [threading.Thread(target=one, args=(rank,)) for rank in ranks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def test_three_workers_meet_and_go_on_together() -> None:
    assert meet_all(lab.free_addresses(3), (2, 1, 0), 60) == {0: "", 1: "", 2: ""}


def test_a_stranger_at_the_door_is_sent_away() -> None:
    addresses = lab.free_addresses(2)
    told: dict[int, str] = {}
    first = threading.Thread(target=lambda: told.update(meet_all(addresses, (0,), 60)))
    first.start()
    for word in (b"", b"GET /", bytes([0]), bytes([2])):
        with contextlib.closing(connect(addresses[0])) as stranger:
            with contextlib.suppress(OSError):  # it may be gone before all is said
                stranger.sendall(word)
                stranger.shutdown(socket.SHUT_WR)
            assert heard(stranger) == b""
    assert meet_all(addresses, (1,), 60) == {1: ""}
    first.join()
    assert told == {0: ""}


def heard(stranger: socket.socket) -> bytes:
    """Return the answer; none where the door was shut."""
    try:
        return stranger.recv(1)
    except ConnectionResetError:
        return b""


def connect(address: str) -> socket.socket:
    """Connect to a door that is about to open."""
    host, _, port = address.rpartition(":")
    while True:
        with contextlib.suppress(ConnectionRefusedError):
            return socket.create_connection((host, int(port)), timeout=60)


def test_one_worker_meets_itself() -> None:
    assert meet_all(lab.free_addresses(1), (0,), 0.1) == {0: ""}


def test_the_first_names_who_has_not_come_and_lets_nobody_go_on() -> None:
    addresses = lab.free_addresses(3)
    told = meet_all(addresses, (0, 1), 2)
    assert told[0] == f"没有等到工作进程 {addresses[2]}；应为 3 个都到齐；请启动缺的那些，再全部重来"
    assert told[1].startswith(f"第一个工作进程没有应答；见到 {addresses[0]} 没有动静；应为它在等；")


def test_the_others_say_that_the_first_is_missing() -> None:
    addresses = lab.free_addresses(2)
    with pytest.raises(
        lab.Refused, match=rf"^第一个工作进程没有应答；见到 {addresses[0]} 没有动静；应为它在等；请先启动它，再全部重来$"
    ):
        lab.meet(1, addresses, 0.2)


def test_who_is_not_told_to_go_on_asks_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        address = f"127.0.0.1:{door.getsockname()[1]}"
        waiting = threading.Thread(target=lambda: lab.report(1, address, time.monotonic() + 60))
        waiting.start()
        for word in (b"?", b"", lab.GO):
            caller, _ = door.accept()
            with caller:
                assert caller.recv(1) == bytes([1])
                caller.sendall(word)
        waiting.join()


def test_left_counts_down_to_a_little() -> None:
    assert lab.left(time.monotonic() - 5) == 0.01
    assert 50 < lab.left(time.monotonic() + 60) <= 60


def run(script: str, folder: Path, *arguments: list[str]) -> lab.Started:
    """Supervise these workers; return their processes, all of which have ended."""
    started = lab.start_workers(script, list(arguments), folder)
    assert [process.args[0] for process in started] == [sys.executable] * len(arguments)  # type: ignore[index]
    try:
        lab.supervise(started, folder)
    finally:
        assert None not in [process.returncode for process in started]
    return started


def test_workers_that_do_their_work_are_waited_for(script: str, tmp_path: Path) -> None:
    started = run(script, tmp_path, ["say", "0", "数字"], ["say", "0", "two"])
    assert [process.returncode for process in started] == [0, 0]
    assert (tmp_path / "0.out").read_text("utf-8").strip() == "数字"
    assert lab.last_line(tmp_path, 1) == "two"


def test_a_failure_stops_the_others_and_says_what_was_said(script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "GRACE", 0.2)
    before = time.monotonic()
    with pytest.raises(lab.WorkerFailed) as caught:
        run(script, tmp_path, ["hang"], ["complain", "7", "the reason"])
    assert time.monotonic() - before < lab.LIMIT
    told = str(caught.value)
    assert told.startswith("工作进程 0 的退出码是 ")
    assert "，工作进程 1 的退出码是 7（the reason）；应为都是 0；" in told
    assert told.endswith(f"请看 {tmp_path} 里各进程的 .out 与 .err，再重新启动")


def test_who_has_done_its_work_is_not_quoted(script: str, tmp_path: Path) -> None:
    with pytest.raises(lab.WorkerFailed, match=r"^工作进程 0 的退出码是 0，工作进程 1 的退出码是 7（the reason）；"):
        run(script, tmp_path, ["say", "0", "done"], ["complain", "7", "the reason"])


def test_the_others_are_given_time_to_say_why(script: str, tmp_path: Path) -> None:
    slow = "import sys, time; time.sleep(0.5); print('求和中断'); sys.exit(3)"
    (tmp_path / "slow.py").write_text(slow, "utf-8")
    started = lab.start_workers(str(tmp_path / "slow.py"), [[]], tmp_path)
    (tmp_path / "more").mkdir()
    started += lab.start_workers(script, [["say", "9"]], tmp_path / "more")
    (tmp_path / "1.out").write_text("", "utf-8")
    (tmp_path / "1.err").write_text("", "utf-8")
    with pytest.raises(lab.WorkerFailed, match=r"^工作进程 0 的退出码是 3（求和中断），工作进程 1 的退出码是 9；"):
        lab.supervise(started, tmp_path)


def test_what_takes_too_long_is_stopped(script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "LIMIT", 0.3)
    with pytest.raises(lab.WorkerFailed, match=r"^工作进程 0 的退出码是 -?\d+；"):
        run(script, tmp_path, ["hang"])


def test_an_interrupted_supervisor_leaves_no_process(script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = lab.start_workers(script, [["hang"], ["hang"]], tmp_path)

    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(lab.time, "sleep", interrupt)
    with contextlib.suppress(KeyboardInterrupt):
        lab.supervise(started, tmp_path)
    assert all(process.returncode for process in started)
