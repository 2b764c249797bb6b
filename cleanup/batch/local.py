"""The processes of this machine as an engine: chunks in, what became of them out, in the same order."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing import connection, resource_tracker
from typing import TYPE_CHECKING, Any, Self

from cleanup.batch.engine import ChunkT
from cleanup.batch.work import Done, Item, Work, Worker
from cleanup.errors import CleanupError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

# How many chunks are out for each process: one is worked on, one on its way, one waits to be written.
_CHUNKS_A_PROCESS = 3


class LocalEngine:
    """Some processes that work on chunks; with one job the work is done in this process.

    Leaving the context ends the processes, whatever they are at.  They also end by themselves when this
    process is killed.  Where it may fork, because nothing else runs in this process, they start at once, with
    the rules that were read here; else each imports the program anew.
    """

    def __init__(self, work: Work, jobs: int, *, may_fork: bool = False) -> None:
        self._work = work
        self._jobs = jobs
        self._forks = may_fork and sys.platform == "linux"
        self._processes: list[_Process] = []
        self._idle: queue.SimpleQueue[_Process] = queue.SimpleQueue()
        self._threads = ThreadPoolExecutor(jobs)  # each waits for the process that it gave a chunk to

    @property
    def jobs(self) -> int:
        """How many processes there are at most."""
        return self._jobs

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with interrupts_held():
            self._threads.shutdown(wait=False, cancel_futures=True)
            for process in self._processes:
                process.end()
            self._threads.shutdown()

    def run(self, chunks: Iterable[ChunkT]) -> Iterator[tuple[ChunkT, Done]]:
        """Each chunk with what became of its documents, in order; only a few chunks are out at a time.

        Raises:
            CleanupError: when a process was killed, or something is wrong that no document is to blame for.

        """
        if self._jobs == 1:
            worker = self._work.worker()
            for chunk in chunks:
                yield chunk, worker.treat_all(chunk.items)
            return
        waiting: deque[tuple[ChunkT, Future[Done]]] = deque()
        for chunk in chunks:
            waiting.append((chunk, self._submit(chunk.items)))
            while waiting and (waiting[0][1].done() or len(waiting) >= _CHUNKS_A_PROCESS * self._jobs):
                chunk_done, future = waiting.popleft()
                yield chunk_done, future.result()
        for chunk_done, future in waiting:
            yield chunk_done, future.result()

    def _submit(self, items: Sequence[Item]) -> Future[Done]:
        if not items:
            nothing: Future[Done] = Future()
            nothing.set_result(Done((), 0.0))
            return nothing
        if len(self._processes) < self._jobs:
            self._start()
        return self._threads.submit(self._call, items)

    def _start(self) -> None:
        """Start one process more, or all of them where they are forked: later there are threads."""
        worker = self._work.worker() if self._forks else None
        for _ in range(self._jobs if self._forks else 1):
            self._processes.append(_Process(self._work, worker))
            self._idle.put(self._processes[-1])

    def _call(self, items: Sequence[Item]) -> Done:
        process = self._idle.get()
        try:
            return process.call(items)
        finally:
            self._idle.put(process)


class _Process:
    """One process with a worker in it, and our end of the pipe to it."""

    def __init__(self, work: Work, worker: Worker | None) -> None:
        context: Any = multiprocessing.get_context("fork" if worker else "spawn")
        self._advice = work.advice
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, work, worker), daemon=True)
        # Ctrl-C reaches all processes of a terminal: the workers leave it to us, from their first moment on.
        if os.name == "posix" and not worker:
            resource_tracker.ensure_running()  # it would let interrupts through when it is started
        with interrupts_held():
            self._process.start()
        theirs.close()

    def call(self, items: Sequence[Item]) -> Done:
        """What becomes of the documents.

        Raises:
            CleanupError: when the process was killed, or its engine cannot be made any more.

        """
        try:
            self._pipe.send(items)
            done = self._pipe.recv()
        except (EOFError, OSError):
            self._process.join(1)
            status = self._process.exitcode
            raise CleanupError(f"a worker process ended with status {status}: {self._advice}") from None
        if isinstance(done, Done):
            return done
        raise CleanupError(str(done))

    def end(self) -> None:
        """End the process now."""
        self._process.terminate()
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._pipe.close()


def _serve(pipe: Connection, work: Work, worker: Worker | None) -> None:
    """Work on what comes through the pipe until nobody is at the other end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    is_forked = worker is not None
    if is_forked:
        _let_go_of_files(pipe)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    with contextlib.suppress(EOFError, OSError):
        try:
            worker = worker or work.worker()
            while True:
                pipe.send(worker.treat_all(pipe.recv()))
        except CleanupError as error:  # somebody has changed the rules meanwhile, or a model cannot be read
            pipe.send(str(error))
    if is_forked:
        os._exit(0)  # nothing of what was begun in the process that we were split from is ours to end


def _let_go_of_files(pipe: Connection) -> None:
    """Close what a forked process has from its parent: the lock of the output, the pipes of the others."""
    parent = multiprocessing.parent_process()
    kept = {0, 1, 2, pipe.fileno(), *([parent.sentinel] if parent else [])}
    for number in {int(name) for name in os.listdir("/proc/self/fd")} - kept:
        with contextlib.suppress(OSError):  # the one that the list was read through
            os.close(number)


def _leave_with_parent() -> None:
    """End this process when its parent was killed, even in the middle of a long document."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


@contextlib.contextmanager
def interrupts_held() -> Iterator[None]:
    """Ctrl-C waits until the block is done; processes started in it never hear of it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
