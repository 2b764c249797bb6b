"""Many papers: processes that read them, each for a limited time, and the results in order.

A PDF is read by a library in C.  What makes it crash or run for ever ends one process and costs one paper.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import connection, resource_tracker
from typing import TYPE_CHECKING

from cleanup.batch.local import interrupts_held
from cleanup.config import Settings
from cleanup.errors import CleanupError, FileError, RuleError, UsageError
from cleanup.files import printable, read_bytes
from cleanup.screening.paper import is_pdf, read_paper
from cleanup.screening.screen import Screened, Screener

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

# How many papers may be done before the one whose turn it is.
_AHEAD = 8


@dataclass(frozen=True, slots=True)
class Task:
    """A paper to be screened: its bytes where they are known, else they are read from its path."""

    path: str
    settings: Settings
    data: bytes | None = None


class Worker:
    """Screens papers in this process."""

    def __init__(self) -> None:
        self._screeners: dict[Settings, Screener] = {}

    def screen(self, task: Task) -> Screened:
        """What is to be said of one paper.

        Raises:
            CleanupError: when it cannot be read; one line that names it.

        """
        data = read_bytes(task.path) if task.data is None else task.data
        try:
            paper = read_paper(printable(task.path), data, encoding=task.settings.encoding)
            del data
            if task.settings not in self._screeners:
                self._screeners[task.settings] = Screener(task.settings)
            return self._screeners[task.settings].screen(paper)
        except (FileError, RuleError, UsageError) as error:
            raise type(error)(f"{printable(task.path)}: {error}") from None


def screen_all(
    tasks: Sequence[Task], jobs: int, seconds: float
) -> Iterator[tuple[Task, Screened | CleanupError]]:
    """Each paper with what is to be said of it, or why nothing is; in the order of the tasks.

    ``seconds`` is the longest that a paper may take.
    """
    only = tasks[0] if len(tasks) == 1 else None
    if only is not None and not is_pdf(only.path, only.data or b""):
        yield only, _screened(Worker(), only)
        return
    pool = _Pool(min(jobs, len(tasks)), seconds)
    try:
        yield from pool.run(tasks)
    finally:
        pool.end()


def _screened(worker: Worker, task: Task) -> Screened | CleanupError:
    try:
        return worker.screen(task)
    except CleanupError as error:
        return error
    except MemoryError:
        return FileError(f"{printable(task.path)}: there is not enough memory to read it")


class _Pool:
    """Some processes, each with one paper at a time."""

    def __init__(self, jobs: int, seconds: float) -> None:
        self._jobs = max(jobs, 1)
        self._seconds = seconds
        self._processes: list[_Process] = []

    def run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Screened | CleanupError]]:
        done: dict[int, Screened | CleanupError] = {}
        given = turn = 0
        while turn < len(tasks):
            while given < min(len(tasks), turn + _AHEAD * self._jobs) and (process := self._free()):
                process.give(given, tasks[given], self._seconds)
                given += 1
            done.update(self._wait(tasks))
            while turn in done:
                yield tasks[turn], done.pop(turn)
                turn += 1

    def end(self) -> None:
        """End all processes."""
        with interrupts_held():
            for process in self._processes:
                process.end()
            self._processes.clear()

    def _free(self) -> _Process | None:
        for process in self._processes:
            if process.number is None:
                return process
        if len(self._processes) >= self._jobs:
            return None
        self._processes.append(_Process())
        return self._processes[-1]

    def _wait(self, tasks: Sequence[Task]) -> Iterator[tuple[int, Screened | CleanupError]]:
        """The papers that are done, one at least, or one that took too long or ended its process."""
        busy = {process.pipe: process for process in self._processes if process.number is not None}
        first = min(process.deadline for process in busy.values())
        ready = connection.wait(list(busy), max(first - time.monotonic(), 0.0))
        for pipe in ready:
            process = busy[pipe]  # type: ignore[index]
            number = process.number or 0
            try:
                yield number, process.take()
            except (EOFError, OSError):
                yield (
                    number,
                    self._lost(process, tasks[number], "the program that reads it crashed: damaged file?"),
                )
        if not ready:
            for process in busy.values():
                if process.deadline <= time.monotonic():
                    number = process.number or 0
                    reason = f"not done in {self._seconds:g} s: given up (see --time-limit)"
                    yield number, self._lost(process, tasks[number], reason)

    def _lost(self, process: _Process, task: Task, reason: str) -> FileError:
        process.end()
        self._processes.remove(process)
        return FileError(f"{printable(task.path)}: {reason}")


class _Process:
    """A process with a worker in it, the paper it is at, and until when."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.number: int | None = None
        self.deadline = 0.0
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        # Ctrl-C reaches all processes of a terminal: it is left to this one.
        if os.name == "posix":
            resource_tracker.ensure_running()
        with interrupts_held():
            self._process.start()
        theirs.close()

    def give(self, number: int, task: Task, seconds: float) -> None:
        """Hand over a paper; the time to start the process is not part of its time."""
        extra = 0.0 if self.deadline else 60.0
        self.number, self.deadline = number, time.monotonic() + seconds + extra
        with contextlib.suppress(OSError):  # a process that is gone is found out when its answer is read
            self.pipe.send(task)

    def take(self) -> Screened | CleanupError:
        """What became of the paper.

        Raises:
            EOFError, OSError: when the process ended.

        """
        answer: Screened | CleanupError = self.pipe.recv()
        self.number = None
        return answer

    def end(self) -> None:
        """End the process now."""
        self._process.kill()
        self._process.join()
        self.pipe.close()


def _serve(pipe: Connection) -> None:
    """Screen what comes through the pipe until nobody is at the other end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    worker = Worker()
    with contextlib.suppress(EOFError, OSError):
        while True:
            pipe.send(_screened(worker, pipe.recv()))
