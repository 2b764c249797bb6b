"""What a batch would come to, from a sample spread evenly over the inputs; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from cleanup.batch.chunks import Chunk, Slot
from cleanup.batch.formats import open_corpus
from cleanup.batch.local import LocalEngine
from cleanup.batch.options import Options
from cleanup.batch.places import status
from cleanup.batch.plan import Plan, TreeFile
from cleanup.batch.progress import Progress
from cleanup.batch.records import Record
from cleanup.batch.work import FAILED, Item, Outcome, Work
from cleanup.errors import FileError
from cleanup.files import read_bytes

# Half a minute on one core; with 200 documents a share of one in ten is known to four points or so.
_MOST_DOCUMENTS, _MOST_SIZE = 200, 1_000_000
_SPUN = 0.5  # where the gate of a document opens


@dataclass(frozen=True, slots=True)
class Estimate:
    """What was counted, and what follows for the whole.

    Attributes:
        documents: how many there are.
        sampled: how many were read closely.
        failed: how many could not be read, of all that were looked at.
        reason: why the first of them could not be.
        readable: whether anything could be read.
        words: how many words there are, about.
        edits: how many edits would be made, about.
        spun: the share of spun documents.
        harm: how many of the edits would be wrong, about: the sum of one minus confidence.
        seconds: how long one core would take, about.

    """

    documents: int
    sampled: int
    failed: int
    reason: str
    readable: bool
    words: float
    edits: float
    spun: float
    harm: float
    seconds: float

    def in_ten_thousand(self, count: float) -> float:
        """A figure for 10,000 words."""
        return 10_000 * count / self.words if self.words else 0.0


def estimate(plan: Plan, options: Options, progress: Progress, *, jobs: int) -> Estimate:
    """Count all documents and read a sample of them closely."""
    sample = _sample(plan, options, progress)
    chosen = []
    reasons = [f"{name}: {reason}" for name, reason in (*plan.unreadable, *sample.failures)]
    for _, thing, weight in sample.chosen:
        try:
            chosen.append((_item(thing), weight))
        except FileError as error:
            reasons.append(str(error))
    weight = sum(weight for _, weight in chosen)
    progress.begin("reading the sample", weight)
    outcomes: list[Outcome] = []
    seconds = 0.0
    work = Work(plan.settings, replace(options, only_score=False, in_column=False), is_timed=True)
    with LocalEngine(work, jobs) as engine:
        for chunk, done in engine.run(_chunks(chosen)):
            outcomes += done.outcomes
            seconds += done.seconds
            progress.advance(chunk.size, len(chunk.items))
    progress.end()
    failed = [outcome.reason for outcome in outcomes if outcome.status == FAILED]
    reasons += failed
    scale = sample.weight / weight if weight else 0.0
    edits = [edit for outcome in outcomes for edit in outcome.edits]
    spun = sum((outcome.score or 0) >= _SPUN for outcome in outcomes)
    return Estimate(
        documents=sample.count,
        sampled=len(outcomes),
        failed=len(reasons),
        reason=next(iter(reasons), ""),
        readable=sample.textless > 0 or len(failed) < len(outcomes),
        words=scale * sum(outcome.words for outcome in outcomes),
        edits=scale * len(edits),
        spun=spun / len(outcomes) if outcomes else 0.0,
        harm=scale * sum(1 - edit.confidence for edit in edits),
        seconds=scale * seconds,
    )


@dataclass(slots=True)
class _Sample:
    """Every so-manyth document, twice as rarely each time that there are too many of them."""

    chosen: list[tuple[int, Item | TreeFile, int]] = field(default_factory=list)
    count: int = 0
    weight: int = 0
    textless: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)
    _step: int = 1

    def offer(self, thing: Item | TreeFile, weight: int) -> None:
        """Take a document, or leave it."""
        if self.count % self._step == 0:
            self.chosen.append((self.count, thing, weight))
        self.count += 1
        self.weight += weight
        while len(self.chosen) > 1 and self._is_too_much():
            self._step *= 2
            self.chosen = [entry for entry in self.chosen if entry[0] % self._step == 0]

    def _is_too_much(self) -> bool:
        return len(self.chosen) > _MOST_DOCUMENTS or sum(entry[2] for entry in self.chosen) > _MOST_SIZE


def _sample(plan: Plan, options: Options, progress: Progress) -> _Sample:
    sample = _Sample()
    sizes = {file.path: _size(file.path) for file in plan.every}
    progress.begin("counting", sum(sizes.values()))
    for text in plan.files:
        sample.offer(text, sizes[text.path])
        progress.advance(sizes[text.path], 1)
    for corpus in plan.corpora:
        reader = open_corpus(corpus.path, options)
        position = 0
        for record in reader.records(lambda number: number % options.sample == 0):
            if not isinstance(record, Record):
                sample.failures.append((corpus.name, record.reason))
            elif record.text is None:
                sample.textless += 1
            else:
                sample.offer(Item(record.text, settings=corpus.settings), len(record.text))
            progress.advance(reader.position - position, 1)
            position = reader.position
    progress.end()
    return sample


def _size(path: str) -> int:
    try:
        return status(path)[0]
    except OSError:
        return 0


def _item(thing: Item | TreeFile) -> Item:
    if isinstance(thing, Item):
        return thing
    return Item(read_bytes(thing.path), thing.kind, thing.settings, thing.extract)


class _Nowhere:
    """Where the documents of a sample are written."""

    def take(self, chunk: Chunk) -> None:
        """Write nothing."""


def _chunks(chosen: Sequence[tuple[Item, int]]) -> Iterator[Chunk]:
    """The sample in chunks small enough for every process to get some."""
    chunk = Chunk(_Nowhere())
    for item, _ in chosen:
        chunk.add(None, item, Slot(), is_new=True)
        if len(chunk.items) >= 8:
            yield chunk
            chunk = Chunk(_Nowhere())
    yield chunk
