"""A Ray cluster as an engine: actors that load the tables once, fed with chunks by this process.

Ray's own retries would ask the same again and again: here a chunk whose worker died is taken apart, so that
the document that kills is found and set aside, and the others are not lost.  Needs the extra ``ray``.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from typing import Any, Self

from cleanup.batch.engine import ChunkT, HasItems
from cleanup.batch.local import cores, interrupts_held
from cleanup.batch.work import FAILED, Done, Item, Outcome, Work
from cleanup.config import Settings
from cleanup.errors import CleanupError, UsageError

# Two chunks are with each actor, one worked on and one on its way; as many again wait for their turn, or to
# be written behind one that takes long.
_CHUNKS_AN_ACTOR = 2
_CHUNKS_OUT = 2 * _CHUNKS_AN_ACTOR
# A document is set aside when so many workers have died of it, and a run ends when so many in a row would not
# even start.
_MOST_DEATHS = _MOST_FALSE_STARTS = 3
_LONGEST_START = 900.0  # seconds until the first worker: a cluster may have to bring up machines
_STORE_BYTES = 200_000_000  # of shared memory for chunks on their way, where the cluster is our own
_LONGEST_FOLDER = 40  # the paths of sockets may have a hundred characters, and Ray needs sixty


def require_ray() -> None:
    """Refuse to start where the library is missing.

    Raises:
        UsageError: with the command that installs it.

    """
    if find_spec("ray") is None:
        raise UsageError("--engine ray needs Ray: pip install ray pyarrow")


class _Actor:
    """A worker as Ray runs it, somewhere."""

    def start(self, work: Work) -> tuple[str, str]:
        """Load rules and tables; the version of what is installed here, or else what is wrong."""
        from cleanup.batch.identity import Identity

        try:
            self._worker = work.worker()
            return Identity.of(work.settings, work.options).version, ""
        except CleanupError as error:
            return "", str(error)

    def treat(self, items: Sequence[Item]) -> Done | str:
        """What becomes of some documents, or what is wrong that none of them is to blame for."""
        try:
            return self._worker.treat_all(items)
        except CleanupError as error:
            return str(error)


class _Task:
    """A chunk that is out, and what became of its documents so far."""

    def __init__(self, chunk: HasItems) -> None:
        self.chunk = chunk
        self.seconds = 0.0
        self._outcomes: list[Outcome | None] = [None] * len(chunk.items)
        self._missing = len(chunk.items)

    @property
    def is_done(self) -> bool:
        """Whether every document came back."""
        return not self._missing

    def put(self, places: Sequence[int], outcomes: Sequence[Outcome]) -> None:
        """What became of the documents at some places."""
        for at, outcome in zip(places, outcomes, strict=True):
            self._outcomes[at] = outcome
        self._missing -= len(places)

    def done(self) -> Done:
        """What became of all of them."""
        return Done([outcome for outcome in self._outcomes if outcome is not None], self.seconds)


@dataclass(slots=True)
class _Piece:
    """What one call works on: a whole chunk, or one document of a chunk whose worker died."""

    task: _Task
    places: Sequence[int]
    deaths: int = 0


@dataclass(slots=True)
class _Member:
    """An actor, the calls that it was given, oldest first, and its start, until it is ready."""

    actor: Any
    starting: Any
    calls: deque[tuple[Any, _Piece]] = field(default_factory=deque)

    def takes(self, piece: _Piece, most: int) -> bool:
        """Whether it can be given a piece, so that it has no more than so many.

        What a worker has died of is worked on alone: with a process go results that were not fetched yet, and
        what had come to its end before would be blamed.
        """
        if self.starting is not None or len(self.calls) >= most:
            return False
        return not self.calls or not (piece.deaths or any(other.deaths for _, other in self.calls))

    @property
    def refs(self) -> list[Any]:
        """All that is awaited from it."""
        return [self.starting] if self.starting is not None else [ref for ref, _ in self.calls]


class RayEngine:
    """Actors of a Ray cluster that work on chunks.

    It is our own cluster, which ends with the context, unless an address is given, or ``RAY_ADDRESS`` is set.
    Nothing is started before there is something to do.
    """

    def __init__(self, work: Work, version: str, jobs: int, address: str) -> None:
        require_ray()
        self._work = replace(work, settings=tuple(map(_absolute, work.settings)))
        self._version = version
        self._jobs = jobs
        self._address = address or os.environ.get("RAY_ADDRESS", "")
        self._folder = ""
        self._members: list[_Member] = []
        self._pieces: deque[_Piece] = deque()
        self._false_starts = 0
        self._began = 0.0
        self._ray: Any = None

    @property
    def jobs(self) -> int:
        """How many actors there are."""
        return self._jobs

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._ray is not None:
            with interrupts_held():
                self._ray.shutdown()
                if self._folder:
                    shutil.rmtree(self._folder, ignore_errors=True)

    def run(self, chunks: Iterable[ChunkT]) -> Iterator[tuple[ChunkT, Done]]:
        """Each chunk with what became of its documents, in order; only a few chunks are out at a time.

        Raises:
            CleanupError: when there is no cluster at the address, or no worker can be started.

        """
        waiting: deque[tuple[ChunkT, _Task]] = deque()
        for chunk in chunks:
            task = _Task(chunk)
            waiting.append((chunk, task))
            if chunk.items:
                self._begin()
                self._pieces.append(_Piece(task, range(len(chunk.items))))
                self._turn(0)
            while waiting and (waiting[0][1].is_done or len(waiting) >= _CHUNKS_OUT * max(self._jobs, 1)):
                yield self._finished(waiting)
        while waiting:
            yield self._finished(waiting)

    def _finished(self, waiting: deque[tuple[ChunkT, _Task]]) -> tuple[ChunkT, Done]:
        """The oldest chunk, when it is done."""
        chunk, task = waiting.popleft()
        while not task.is_done:
            self._turn(1.0)
        return chunk, task.done()

    def _begin(self) -> None:
        """Connect to a cluster, or start one, and ask it for the actors."""
        if self._ray is not None:
            return
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # Ray reads it when it is imported
        with interrupts_held():
            import ray

            self._ray = ray
            try:
                with _silenced():
                    ray.init(**self._where(), log_to_driver=False, logging_level="ERROR")
            except (ConnectionError, OSError, RuntimeError, ValueError) as error:
                reason = _last_line(error)
                raise CleanupError(f"no Ray at {self._address or 'this machine'}: {reason}") from None
        if not self._jobs:
            self._jobs = max(1, int(ray.cluster_resources().get("CPU", 1)) - 1)
        self._began = time.monotonic()
        for _ in range(self._jobs):
            self._hire()

    def _where(self) -> dict[str, Any]:
        """How Ray is to be started, or found."""
        if self._address:
            return {"address": self._address}
        self._jobs = self._jobs or max(1, cores() - 1)
        own: dict[str, Any] = {}
        if len(tempfile.gettempdir()) <= _LONGEST_FOLDER:
            self._folder = own["_temp_dir"] = tempfile.mkdtemp(prefix="cleanup-")
        own |= {"include_dashboard": False, "object_store_memory": _STORE_BYTES}
        return {"address": "local", "num_cpus": self._jobs, **own}

    def _hire(self) -> None:
        """Ask for one more actor."""
        # Whether a call is made again is decided here, and an actor that died is not to come back by itself.
        remote = self._ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0)(_Actor)
        actor = remote.remote()
        self._members.append(_Member(actor, actor.start.remote(self._work)))

    def _turn(self, seconds: float) -> None:
        """Hand out what waits, take what came back, and wait so long for something to come back."""
        self._hand_out()
        refs = {ref: member for member in self._members for ref in member.refs}
        back, _ = self._ray.wait(list(refs), num_returns=len(refs), timeout=0)
        if not back and seconds:
            back, _ = self._ray.wait(list(refs), num_returns=1, timeout=seconds)
        for member in {id(refs[ref]): refs[ref] for ref in back}.values():
            self._take(member, set(back))
        if back:
            self._hand_out()
        elif self._began and time.monotonic() - self._began > _LONGEST_START:
            raise CleanupError(
                f"Ray has started no worker for {_LONGEST_START:.0f} seconds: `ray status` says what it lacks"
            )

    def _hand_out(self) -> None:
        """Give the actors that are ready what they can take, each a first piece before any has a second."""
        for most in range(1, _CHUNKS_AN_ACTOR + 1):
            for member in self._members:
                if self._pieces and member.takes(self._pieces[0], most):
                    piece = self._pieces.popleft()
                    items = [piece.task.chunk.items[at] for at in piece.places]
                    member.calls.append((member.actor.treat.remote(items), piece))

    def _take(self, member: _Member, back: set[Any]) -> None:
        """Take what came back from one actor; if that is its death, do without it."""
        try:
            if member.starting is not None:
                self._greet(*self._ray.get(member.starting))
                member.starting = None
                return
            while member.calls and member.calls[0][0] in back:
                done = self._ray.get(member.calls[0][0])
                if isinstance(done, str):
                    raise CleanupError(f"a worker cannot go on: {done}")
                _, piece = member.calls.popleft()
                piece.task.put(piece.places, done.outcomes)
                piece.task.seconds += done.seconds
        except self._ray.exceptions.RayTaskError as error:
            raise CleanupError(f"internal error in a worker, please report it: {_last_line(error)}") from None
        except self._ray.exceptions.RayError as error:
            self._replace(member, error)

    def _greet(self, version: str, wrong: str) -> None:
        """A worker is ready: go on only if it would do what this process would do."""
        if wrong:
            raise CleanupError(f"a worker cannot start: {wrong}")
        if version != self._version:
            raise CleanupError(
                f"a worker has {version}, and here is {self._version}: install the same version of cleanup, "
                "with the same rules and fields, on every machine"
            )
        self._false_starts, self._began = 0, 0.0

    def _replace(self, member: _Member, error: Exception) -> None:
        """Another actor for one that died; what it was at is taken apart, what it had not begun goes on."""
        self._members.remove(member)
        with contextlib.suppress(Exception):
            self._ray.kill(member.actor)  # it may only be out of reach
        if member.starting is not None:
            self._false_starts += 1
            if self._false_starts >= _MOST_FALSE_STARTS:
                raise CleanupError(f"Ray cannot start a worker: {_last_line(error)}")
        pieces = [piece for _, piece in member.calls]
        again = _after_death(pieces[0]) if pieces else []
        self._pieces.extendleft(reversed([*again, *pieces[1:]]))
        self._hire()


def _after_death(piece: _Piece) -> list[_Piece]:
    """What is to be done again of a piece that a worker died of, or beside."""
    deaths = piece.deaths + 1
    if len(piece.places) > 1:
        return [_Piece(piece.task, [at], deaths) for at in piece.places]
    if deaths < _MOST_DEATHS:
        return [_Piece(piece.task, piece.places, deaths)]
    reason = f"{deaths} worker processes that read it died: the memory was full, or a library crashed on it"
    piece.task.put(piece.places, [Outcome(FAILED, reason=reason)])
    return []


def _absolute(settings: Settings) -> Settings:
    """Settings that mean the same files in whatever directory a worker is started."""
    rules = tuple(map(os.path.abspath, settings.rules))
    model = os.path.abspath(settings.lm_model) if os.path.exists(settings.lm_model) else settings.lm_model
    field = settings.field and os.path.abspath(settings.field)
    return replace(settings, rules=rules, field=field, lm_model=model)


@contextlib.contextmanager
def _silenced() -> Iterator[None]:
    """What the library says to standard error past Python goes nowhere: its errors say it again."""
    if sys.stderr is None:
        yield
        return
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _last_line(error: Exception) -> str:
    """The end of an error, which is where Ray says what it was."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
