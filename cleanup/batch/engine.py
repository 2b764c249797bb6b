"""What every engine has in common: chunks in, what became of them out, in the same order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self, TypeVar

from cleanup.batch.work import Done, Item, Work

LOCAL, RAY = "local", "ray"
#: The engines by their names.
ENGINES = (LOCAL, RAY)


class HasItems(Protocol):
    """Whatever carries documents to work on."""

    @property
    def items(self) -> Sequence[Item]:
        """The documents."""


ChunkT = TypeVar("ChunkT", bound=HasItems)


class Engine(Protocol):
    """Processes, wherever they are, that work on chunks; leaving the context ends them."""

    @property
    def jobs(self) -> int:
        """How many processes there are, or will be."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def run(self, chunks: Iterable[ChunkT]) -> Iterator[tuple[ChunkT, Done]]:
        """Each chunk with what became of its documents, in order; only a few chunks are out at a time."""


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """Which engine a batch runs on; nothing here counts for the bytes that come out.

    Attributes:
        name: one of `ENGINES`.
        jobs: how many processes; 0 is one a core, for ``ray`` less the one that reads.
        address: of a Ray cluster that runs already; empty starts one on this machine.

    """

    name: str = LOCAL
    jobs: int = 0
    address: str = ""

    def engine(self, work: Work, version: str) -> Engine:
        """The engine, which has started nothing yet; ``version`` is that of program, rules and data."""
        if self.name == RAY:
            from cleanup.batch.ray_engine import RayEngine

            return RayEngine(work, version, self.jobs, self.address)
        from cleanup.batch.local import LocalEngine, cores

        return LocalEngine(work, self.jobs or cores(), may_fork=True)
