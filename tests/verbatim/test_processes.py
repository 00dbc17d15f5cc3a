"""Work on several processors: the same answers in the same order, and no process fails unheard.

Each test forks in a Python of its own, as `check` does: this one may have threads.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest
from sample_project import Sample

from verbatim import processes
from verbatim.processes import done, processes_for

TWO = """
import os, signal, sys, time, warnings
warnings.simplefilter("error")
os.sched_getaffinity = lambda process: {0, 1}
from verbatim import processes
processes.FEW = 1
HERE = os.getpid()
"""
PAGE = "<!DOCTYPE html><html><head><title>第 {n} 页</title></head><body><p>准确率 {n}7.6%</p><pre>typed = {n}</pre></body></html>"


def python(text: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", text, *arguments], cwd=folder, capture_output=True, encoding="utf-8")


def test_two_processes_share_the_work_and_what_it_comes_to_keeps_its_order(tmp_path: Path) -> None:
    ended = python(
        TWO
        + """
def piece(number):
    time.sleep(0.02)
    return number, os.getpid()
found = processes.done([lambda number=number: piece(number) for number in range(20)])
assert [number for number, _ in found] == list(range(20))
print(len({process for _, process in found}), HERE in {process for _, process in found})
""",
        tmp_path,
    )
    assert (ended.stdout, ended.stderr, ended.returncode) == ("2 True\n", "", 0)


ENDED = "a process that did a part of the work ended"
# What happens in the second process, and what the first one makes of it
FAILURES = {
    "raise ValueError('piece 7')": "ValueError: piece 7",
    "os.kill(os.getpid(), signal.SIGKILL)": f"WorkerError: {ENDED} by signal 9; expected its result; run it again",
    "os._exit(0)": f"WorkerError: {ENDED} by exit code 0; expected its result; run it again",
    "sys.exit(3)": f"WorkerError: {ENDED} by exit code 1; expected its result; run it again",
    "return lambda: 0  # cannot be handed back": f"WorkerError: {ENDED} by exit code 1; expected its result; run it again",
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_process_that_fails_is_told(tmp_path: Path, failure: str) -> None:
    ended = python(
        f"""{TWO}
def piece():
    time.sleep(0.02)
    if os.getpid() != HERE:
        {failure}
try:
    print(processes.done([piece] * 20))
except Exception as error:
    print(f"{{type(error).__name__}}: {{error}}")
print(os.listdir("/proc/self/fd"), end="")
try:
    os.waitpid(-1, 0)
except ChildProcessError:
    print(" no process left")
""",
        tmp_path,
    )
    assert ended.stdout.startswith(FAILURES[failure])
    assert ended.stdout.endswith("['0', '1', '2', '3'] no process left\n")
    assert (ended.stderr, ended.returncode) == ("", 0)


@pytest.mark.parametrize("processors", ["{0}", "{0, 1}"])
def test_a_piece_of_work_is_begun_beside_where_there_is_another_processor(tmp_path: Path, processors: str) -> None:
    begun = "result = processes.begun(lambda: (7, os.getpid() != HERE))\nprint(*result())"
    ended = python(TWO.replace("{0, 1}", processors) + begun, tmp_path)
    assert (ended.stdout, ended.stderr, ended.returncode) == (f"7 {processors != '{0}'}\n", "", 0)


def test_a_piece_that_was_begun_and_died_is_told(tmp_path: Path) -> None:
    begun = """
result = processes.begun(lambda: os.kill(os.getpid(), signal.SIGKILL))
try:
    result()
except processes.WorkerError as error:
    print(error)
"""
    assert python(TWO + begun, tmp_path).stdout == f"{ENDED} by signal 9; expected its result; run it again\n"


def test_nobody_goes_on_where_a_piece_fails(tmp_path: Path) -> None:
    ended = python(
        TWO
        + """
def piece():
    if os.getpid() == HERE:
        raise ValueError("here")
    print("one", flush=True)
    time.sleep(0.3)
try:
    processes.done([piece] * 1000)
except ValueError as error:
    print(error)
""",
        tmp_path,
    )
    assert ended.stdout.endswith("here\n")
    assert ended.stdout.count("one") <= 2


def test_no_process_is_begun_beside_threads_elsewhere_than_on_linux_or_for_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda process: range(4), raising=False)
    monkeypatch.setattr("os.listdir", lambda folder: ["1"])
    assert [processes_for(pieces) for pieces in (0, 8, 15, 16, 100)] == [1, 1, 1, 2, 4]
    monkeypatch.setattr(processes, "THREADS", Path("/nowhere"))
    assert processes_for(100) == 1
    monkeypatch.undo()
    going = threading.Event()
    thread = threading.Thread(target=going.wait)
    thread.start()
    assert processes_for(100) == 1
    going.set()
    thread.join()


def test_every_piece_is_done_however_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "processes_for", lambda pieces: 1)
    for count in (0, 1, processes.TURNS, 2 * processes.TURNS + 1):
        assert done([partial(int, number) for number in range(count)]) == list(range(count))


@pytest.fixture
def pages(unproven: Sample) -> Sample:
    """A site of twenty pages, each with faults of its own."""
    for number in range(20):
        unproven.write(f"site/p{number}/index.html", PAGE.format(n=number))
    return unproven


CHECK = "\nfrom verbatim.__main__ import main\nsys.exit(main(['check', 'site']))"


def test_one_process_and_two_tell_the_same_of_a_site(pages: Sample) -> None:
    one, two = (python(text + CHECK, pages.root) for text in (TWO.replace("{0, 1}", "{0}"), TWO))
    assert one.returncode == two.returncode == 1
    assert one.stderr.count("a block that nothing proves") == one.stderr.count("typed measurement '") == 20
    assert one.stderr.count("is stale: never proven") == 5
    assert (one.stdout, one.stderr) == (two.stdout, two.stderr)
    assert one.stdout.startswith("check: 20 pages, 0 blocks, not all verified")


def test_a_check_of_which_a_process_died_fails(pages: Sample) -> None:
    dying = """
from verbatim.judging import check
whole = check.judge_page
def judge_page(*given):
    time.sleep(0.02)
    if os.getpid() != HERE:
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(*given)
check.judge_page = judge_page
"""
    ended = python(TWO + dying + CHECK, pages.root)
    expected = f"verbatim: {ENDED} by signal 9; expected its result; run it again\n"
    assert (ended.stdout, ended.stderr, ended.returncode) == ("", expected, 2)
