"""在这台机器上启动几个工作进程，等它们做完；有一个死了，说清楚是哪一个"""

# --8<-- [start:imports]
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

# --8<-- [end:imports]


# --8<-- [start:ports]
class Refused(ValueError):
    """不能开始；消息说见到什么、应为什么、怎么办"""


def free_addresses(count: int) -> list[str]:
    """向系统要 count 个空着的端口，返回它们的地址，形如 127.0.0.1:45678"""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    addresses = [f"127.0.0.1:{probe.getsockname()[1]}" for probe in probes]
    for probe in probes:
        probe.close()
    return addresses


def open_door(address: str) -> socket.socket:
    """在自己的地址上等别人来；异常：Refused"""
    host, _, port = address.rpartition(":")
    try:
        return socket.create_server((host, int(port)))
    except OSError as error:
        found = f"端口不能用；见到 {address}（{error.strerror}）"
        raise Refused(f"{found}；应为空着的端口；请停下占着它的程序，或换一个端口") from error


# --8<-- [end:ports]


# --8<-- [start:meet]
GO = b"\xff"  # 放行；比任何编号都大


def meet(rank: int, addresses: list[str], patience: float) -> None:
    """等大家到齐，最多 patience 秒：其余的向第一个报到，都到了再一起往下走；异常：Refused"""
    end = time.monotonic() + patience
    with open_door(addresses[rank]) as door:
        if rank == 0:
            receive(door, addresses, end)
    if rank > 0:
        report(rank, addresses[0], end)


def left(end: float) -> float:
    """还能等多少秒"""
    return max(end - time.monotonic(), 0.01)


def receive(door: socket.socket, addresses: list[str], end: float) -> None:
    """第一个：收齐其余各个的编号，再放行；异常：Refused"""
    came: dict[int, socket.socket] = {}
    try:
        while len(came) < len(addresses) - 1:
            door.settimeout(left(end))
            caller, _ = door.accept()
            caller.settimeout(left(end))
            said = caller.recv(1)
            if said and 0 < said[0] < len(addresses):
                came[said[0]] = caller
            else:  # 不是工作进程，例如扫描端口的
                caller.close()
        for caller in came.values():
            caller.sendall(GO)
    except TimeoutError as error:
        missing = [address for rank, address in enumerate(addresses) if rank and rank not in came]
        found = f"没有等到工作进程 {'、'.join(missing)}；应为 {len(addresses)} 个都到齐"
        raise Refused(f"{found}；请启动缺的那些，再全部重来") from error
    finally:
        for caller in came.values():
            caller.close()


def report(rank: int, first: str, end: float) -> None:
    """其余的：向第一个报上编号，等它放行；异常：Refused"""
    host, _, port = first.rpartition(":")
    while True:
        try:
            with socket.create_connection((host, int(port)), timeout=left(end)) as line:
                line.sendall(bytes([rank]))
                line.settimeout(left(end))
                if line.recv(1) == GO:
                    return
        except OSError:  # 第一个还没有开门
            time.sleep(0.05)
        if time.monotonic() > end:
            found = f"第一个工作进程没有应答；见到 {first} 没有动静；应为它在等"
            raise Refused(f"{found}；请先启动它，再全部重来")


# --8<-- [end:meet]

# --8<-- [start:supervise]
GRACE = 30  # 有一个失败之后，等其余的自己停下，最多多少秒
LIMIT = 300  # 全部做完，最多等多少秒
Started = list[subprocess.Popen[bytes]]


class WorkerFailed(RuntimeError):
    """有工作进程没做完就退出；消息说退出码各是多少、失败的最后说了什么、怎么办"""


def start_workers(script: str, arguments: list[list[str]], folder: Path) -> Started:
    """启动几个工作进程，每个运行 script，参数是 arguments 的一项；打印的内容写进 folder"""
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    started: Started = []
    for rank, words in enumerate(arguments):
        with (folder / f"{rank}.out").open("wb") as out, (folder / f"{rank}.err").open("wb") as err:
            command = [sys.executable, script, *words]
            started.append(subprocess.Popen(command, stdout=out, stderr=err, env=environment))
    return started


def supervise(started: Started, folder: Path) -> None:
    """等到都做完；有一个失败，其余的也停下；不论怎样，返回时一个进程也不留；异常：WorkerFailed"""
    end, told = time.monotonic() + LIMIT, False
    try:
        while None in [process.poll() for process in started] and time.monotonic() < end:
            if not told and any(process.returncode for process in started):
                end, told = min(end, time.monotonic() + GRACE), True
            time.sleep(0.05)
    finally:
        for process in started:
            process.kill()  # 已经结束的，不受影响
            process.wait()
    codes = [process.returncode for process in started]
    if any(codes):
        raise WorkerFailed(explain(codes, folder))


def explain(codes: list[int], folder: Path) -> str:
    """给人看的说明：退出码各是多少，失败的进程最后说的一行"""
    parts = []
    for rank, code in enumerate(codes):
        parts.append(f"工作进程 {rank} 的退出码是 {code}")
        if code and (said := last_line(folder, rank)):
            parts[-1] += f"（{said}）"
    return f"{'，'.join(parts)}；应为都是 0；请看 {folder} 里各进程的 .out 与 .err，再重新启动"


def last_line(folder: Path, rank: int) -> str:
    """一个工作进程自己打印的最后一行；没有打印过，就取它标准错误的最后一行"""
    for kind in ("out", "err"):
        text = (folder / f"{rank}.{kind}").read_text("utf-8", errors="replace").strip()
        if text:
            return text.splitlines()[-1]
    return ""


# --8<-- [end:supervise]
