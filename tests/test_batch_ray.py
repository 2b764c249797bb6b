"""Which document is blamed when a worker of Ray dies, with a Ray that loses all it can; no cluster is needed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from cleanup.batch import ray_engine
from cleanup.batch.identity import Identity
from cleanup.batch.options import Options
from cleanup.batch.ray_engine import RayEngine
from cleanup.batch.work import FAILED, Done, Item, Outcome, Work, Worker
from cleanup.config import Settings
from cleanup.errors import CleanupError, ConfigError

VERSION = Identity.of((Settings(),), Options()).version


class RayError(Exception):
    pass


class RayTaskError(RayError):
    pass


class Ref:
    """A call, and what came of it."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self.call = call
        self.value: Any = None
        self.is_known = False


class Actor:
    """One process: its calls are made when somebody waits, and with it go the results nobody has fetched."""

    def __init__(self, inner: Any) -> None:
        self.refs: list[Ref] = []
        self.start, self.treat = self._method(inner.start), self._method(inner.treat)

    def _method(self, function: Callable[..., Any]) -> Any:
        def remote(*arguments: Any) -> Ref:
            self.refs.append(Ref(lambda: function(*arguments)))
            return self.refs[-1]

        return SimpleNamespace(remote=remote)

    def work(self) -> None:
        for ref in self.refs:
            if not ref.is_known:
                try:
                    ref.value, ref.is_known = ref.call(), True
                except MemoryError:
                    for lost in self.refs:
                        lost.value, lost.is_known = RayError("The actor died unexpectedly."), True
                    return


class Ray(ModuleType):
    def __init__(self) -> None:
        super().__init__("ray")
        self.__spec__ = ModuleSpec("ray", None)
        self.exceptions = SimpleNamespace(RayError=RayError, RayTaskError=RayTaskError)
        self.actors: list[Actor] = []
        self.started: dict[str, Any] = {}
        self.usage = ""

    def init(self, **choices: Any) -> None:
        self.started, self.usage = choices, os.environ["RAY_USAGE_STATS_ENABLED"]

    def remote(self, **_: Any) -> Callable[[type], Any]:
        def made(kind: type) -> Any:
            def remote() -> Actor:
                self.actors.append(Actor(kind()))
                return self.actors[-1]

            return SimpleNamespace(remote=remote)

        return made

    def wait(self, refs: Sequence[Ref], **_: Any) -> tuple[list[Ref], list[Ref]]:
        for actor in self.actors:
            actor.work()
        return [ref for ref in refs if ref.is_known], [ref for ref in refs if not ref.is_known]

    def get(self, ref: Ref) -> Any:
        if isinstance(ref.value, Exception):
            raise ref.value
        for actor in self.actors:  # what was fetched cannot be lost any more
            if ref in actor.refs:
                actor.refs.remove(ref)
        return ref.value

    def kill(self, actor: Actor) -> None:
        self.actors.remove(actor)

    def shutdown(self) -> None:
        self.started = {}


class Mortal(Worker):
    """A worker that dies of some documents."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def treat_all(self, items: Sequence[Item]) -> Done:
        for item in items:
            if "deadly" in str(item.content):
                raise MemoryError
        return Done([Outcome("clean", words=len(str(item.content))) for item in items], 1.0)


@dataclass(frozen=True, slots=True)
class MortalWork(Work):
    def worker(self) -> Worker:
        return Mortal()


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Ray:
    fake = Ray()
    monkeypatch.setitem(sys.modules, "ray", fake)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "1")
    return fake


@dataclass
class Chunk:
    items: list[Item]


def chunk(*texts: str) -> Chunk:
    return Chunk([Item(text) for text in texts])


def engine(jobs: int, version: str = VERSION) -> RayEngine:
    return RayEngine(MortalWork((Settings(),), Options()), version, jobs, "")


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_the_document_that_kills_is_blamed_and_no_other(ray: Ray, jobs: int) -> None:
    chunks = [chunk(*(f"{at} {place}" for place in range(4))) for at in range(12)]
    for at, place in ((0, 3), (5, 0), (5, 2), (11, 1)):
        chunks[at].items[place] = Item(f"deadly {at}")
    chunks[7:8] = [chunk(), chunk("deadly alone"), chunk("a quiet one")]
    with engine(jobs) as made:
        back = list(made.run(chunks))
    assert [given for given, _ in back] == chunks
    for given, done in back:
        assert [outcome.status == FAILED for outcome in done.outcomes] == [
            "deadly" in str(item.content) for item in given.items
        ]
        assert all(outcome.reason.startswith("3 worker") for outcome in done.outcomes if outcome.reason)


def test_only_a_few_chunks_are_out_at_a_time(ray: Ray) -> None:
    taken = []

    def source() -> Any:
        for at in range(40):
            taken.append(at)
            yield chunk(f"{at}")

    with engine(2) as made:
        for at, _ in enumerate(made.run(source())):
            assert len(taken) <= at + ray_engine._CHUNKS_OUT * 2 + 1


def test_no_usage_reports_and_nothing_is_started_for_nothing(ray: Ray) -> None:
    with engine(2) as made:
        assert len(list(made.run([chunk(), chunk()]))) == 2
        assert ray.usage == ""
        list(made.run([chunk("a")]))
        assert ray.usage == "0"
        assert ray.started["address"] == "local"
        assert ray.started["include_dashboard"] is False
    assert ray.started == {}


def test_a_worker_with_other_rules_is_refused(ray: Ray) -> None:
    with engine(2, "0.0.9+other") as made, pytest.raises(CleanupError, match="install the same version"):
        list(made.run([chunk("a")]))


class Unfit(Worker):
    """A worker that finds out late that it can work on nothing."""

    def __init__(self) -> None:
        pass

    def treat_all(self, items: Sequence[Item]) -> Done:
        raise ConfigError("lm-model: tiny.gguf: is cut short: fetch it again")


def test_what_no_document_is_to_blame_for_ends_the_run_in_one_line(
    ray: Ray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MortalWork, "worker", lambda self: Unfit())
    with (
        engine(2) as made,
        pytest.raises(CleanupError, match="cannot go on: lm-model: tiny"),
    ):
        list(made.run([chunk("a"), chunk("b")]))


def test_workers_that_never_start_end_the_run(ray: Ray, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(*_: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(ray_engine._Actor, "start", start)
    with engine(2) as made, pytest.raises(CleanupError, match="Ray cannot start a worker: The actor died"):
        list(made.run([chunk("a")]))
