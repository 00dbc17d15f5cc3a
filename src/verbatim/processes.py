"""Work on all processors: forked processes take its pieces by turns, and hand back what each piece came to."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Generic, NoReturn, TypeVar

Result = TypeVar("Result")

THREADS = Path("/proc/self/task")  # of this process, where the system is Linux
FEW = 8  # pieces: to begin a process for less costs more than it saves
TURNS, NUMBER = 1000, 2  # numbers and the bytes of one: what even the smallest pipe takes at once


class WorkerError(RuntimeError):
    """A process did not hand back its part of the work; the text says what happened and how to mend it."""


def done(work: Sequence[Callable[[], Result]]) -> list[Result]:
    """Return what the pieces of some work come to, in their order; raises what a piece raises, and WorkerError.

    What a piece only remembers, but does not return, is lost where another process has done it.
    """
    queue = queue_for(len(work))
    workers: list[Worker[Result]] = []
    try:
        for _ in range(processes_for(len(work)) - 1):
            workers.append(Worker(queue, work))
        found = taken(queue, work)
        for worker in workers:
            found |= worker.found()
    finally:
        list(turns(queue))  # where something was raised, nobody goes on
        os.close(queue)
        for worker in workers:
            worker.wait()
    return [found[number] for number in range(len(work))]


def begun(piece: Callable[[], Result]) -> Callable[[], Result]:
    """Begin a piece of work in another process, where there can be one; return what waits for it, and raises as `done`."""
    if processes_for(2 * FEW) == 1:
        return piece
    queue = queue_for(1)
    worker = Worker(queue, [piece])
    os.close(queue)
    return lambda: worker.found()[0]


def processes_for(pieces: int) -> int:
    """Return how many processes share some work: one where this one cannot be forked, or has threads, which no fork takes along."""
    if not THREADS.is_dir() or len(os.listdir(THREADS)) > 1:
        return 1
    return max(1, min(len(os.sched_getaffinity(0)), pieces // FEW))


def queue_for(pieces: int) -> int:
    """Return the reading end of a pipe that holds the numbers of the turns; whoever reads one has taken it."""
    reading, writing = os.pipe()
    os.write(writing, b"".join(turn.to_bytes(NUMBER, "big") for turn in range(min(pieces, TURNS))))
    os.close(writing)
    return reading


def turns(queue: int) -> Iterator[int]:
    while number := os.read(queue, NUMBER):
        yield int.from_bytes(number, "big")


def taken(queue: int, work: Sequence[Callable[[], Result]]) -> dict[int, Result]:
    """Take turns until none is left; return what their pieces come to, by number."""
    return {number: work[number]() for turn in turns(queue) for number in range(turn, len(work), TURNS)}


class Worker(Generic[Result]):
    """A forked process at work."""

    def __init__(self, queue: int, work: Sequence[Callable[[], Result]]) -> None:
        self.reading, writing = os.pipe()
        self.process = os.fork()
        if not self.process:
            hand_back(writing, queue, work)
        os.close(writing)
        self.status: int | None = None

    def found(self) -> dict[int, Result]:
        """Return what it has found when it ends; raises what a piece raised, and WorkerError."""
        with os.fdopen(self.reading, "rb", closefd=False) as pipe:
            answer = pipe.read()
        code = self.wait()
        if code or not answer:
            how = f"signal {-code}" if code < 0 else f"exit code {code}"
            raise WorkerError(f"a process that did a part of the work ended by {how}; expected its result; run it again")
        found: dict[int, Result] | Exception = pickle.loads(answer)
        if isinstance(found, Exception):
            raise found
        return found

    def wait(self) -> int:
        """Wait until it has ended; return its exit code, or the signal that ended it as a negative number."""
        if self.status is None:
            os.close(self.reading)
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        return self.status


def hand_back(writing: int, queue: int, work: Sequence[Callable[[], object]]) -> NoReturn:
    """Do a part of the work in a forked process, write what it came to and end: all else here is the other process's."""
    code = 1
    try:
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(result_of(queue, work), pipe)
        code = 0
    finally:
        os._exit(code)


def result_of(queue: int, work: Sequence[Callable[[], object]]) -> dict[int, object] | Exception:
    try:
        return taken(queue, work)
    except Exception as error:
        return error
