"""One file of records: read as a stream, written in shards of the same format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cleanup.batch.chunks import Chunk, Look, Seen, Slot
from cleanup.batch.formats import open_corpus
from cleanup.batch.options import Options
from cleanup.batch.places import shown, status
from cleanup.batch.plan import CorpusFile
from cleanup.batch.records import Failure, Format, Record, Row, RowWriter
from cleanup.batch.state import State
from cleanup.batch.streams import Target
from cleanup.batch.work import DROPPED, DUPLICATE, FAILED, NO_TEXT, Item, Outcome
from cleanup.errors import FileError

_NO_TEXT = Outcome(NO_TEXT)


class Corpus:
    """A corpus as a source; ``key`` and ``version`` name what its output is made from and with."""

    def __init__(
        self, file: CorpusFile, key: str, version: str, options: Options, state: State, *, look: Look
    ) -> None:
        self.file = file
        self.key = key
        self.version = version
        self.options = options
        self.look = look
        self.state = state
        self.reader: Format = open_corpus(file.path, options)
        self._status = status(file.path)
        self._parts = 0
        self._position = 0

    def unit(self, part: int) -> str:
        """What a shard is called below the output."""
        return f"{self.file.output}/part-{part:05}{self.file.ending}"

    @property
    def _end(self) -> str:
        return f"{self.file.output}/"

    def units(self) -> Iterator[str]:
        """Every unit, once all are complete."""
        yield from (self.unit(part) for part in range(self.state.entry(self._end)["shards"]))
        yield self._end

    def chunks(self) -> Iterator[Chunk]:
        """The records of the shards that are not complete."""
        if self.state.has(self._end) and all(map(self.state.has, self.units())):
            yield Chunk(self, position=self._status[0])
            return
        shard, chunk, seen = _Shard(self, -1), Chunk(self), Seen()
        for record in self.reader.records(self._is_wanted):
            part = self._part(record.number)
            if part != shard.part:
                if self.state.has(self.unit(part)):  # what is set aside comes unasked
                    continue
                yield self._sent(chunk, is_last=True)
                shard, seen = _Shard(self, part), Seen()
                chunk = Chunk(shard, look=self.look)
            self._add(chunk, record, seen)
            if chunk.is_full:
                yield self._sent(chunk)
                chunk = Chunk(shard, look=self.look)
        yield self._sent(chunk, is_last=True)
        self._parts = shard.part + 1
        while self.state.has(self.unit(self._parts)):
            self._parts += 1
        if status(self.file.path) != self._status:
            path = shown(self.file.path)
            raise FileError(f"{path}: another program changed it while it was read: start again")
        yield Chunk(self, position=self._status[0] - self._position, is_last=True)

    def take(self, chunk: Chunk) -> None:
        """Write down that the corpus is at its end."""
        if chunk.is_last and not self.state.has(self._end):
            self.state.add(self._end, self.file.output, self.key, {"shards": self._parts})

    def _add(self, chunk: Chunk, record: Record | Failure, seen: Seen) -> None:
        if isinstance(record, Failure):
            chunk.entries.append((record, None))
        elif record.text is None:
            chunk.entries.append((record, Slot(record.number, record.label, _NO_TEXT)))
            chunk.held += record.size
        else:
            item = Item(record.text, settings=self.file.settings)
            slot, is_new = seen.slot(item, record.number, record.label)
            chunk.add(record, item, slot, is_new=is_new, held=record.size)

    def _sent(self, chunk: Chunk, *, is_last: bool = False) -> Chunk:
        chunk.is_last = is_last and chunk.sink is not self
        chunk.position = max(0, self.reader.position - self._position)
        self._position += chunk.position
        return chunk

    def _part(self, number: int) -> int:
        return number // self.options.sample // self.options.shard_size

    def _is_wanted(self, number: int) -> bool:
        return number % self.options.sample == 0 and not self.state.has(self.unit(self._part(number)))


class _Shard:
    """One file of the output, which is there when its last record is written."""

    def __init__(self, corpus: Corpus, part: int) -> None:
        self.part = part
        self._corpus = corpus
        self._target: Target | None = None
        self._writer: RowWriter | None = None
        self._counts: Counter[str] = Counter()
        self._failed: list[dict[str, Any]] = []
        self._records = self._edits = self._words = 0

    def take(self, chunk: Chunk) -> None:
        """Write the records of a chunk; with the last one the shard is complete."""
        for record, slot in chunk.entries:
            if isinstance(record, Failure):
                self._set_aside(record.line, record.reason)
            elif slot is None or slot.outcome is None:
                raise ValueError(f"{record.label}: nothing came back")
            else:
                self._take_record(record, slot, slot.outcome)
        if chunk.is_last:
            self._finish()

    def _set_aside(self, line: int, reason: str) -> None:
        self._counts[FAILED] += 1
        self._failed.append({"line": line, "reason": reason})

    def _take_record(self, record: Record, slot: Slot, outcome: Outcome) -> None:
        if outcome.reason:
            self._set_aside(record.line, outcome.reason)
            return
        status = kind = outcome.status
        if slot.number != record.number and outcome.score is not None and status != DROPPED:
            status, kind = f"{DUPLICATE} of {slot.label}", DUPLICATE
        self._counts[kind] += 1
        self._words += outcome.words
        if status == DROPPED:
            return
        self._edits += len(outcome.edits)
        self._records += 1
        self._open().write(Row(record, outcome, status, self._corpus.version))

    def _open(self) -> RowWriter:
        corpus = self._corpus
        if self._target is None or self._writer is None:
            _, dot, more = corpus.file.ending[1:].partition(".")
            path = Path(corpus.state.out, corpus.unit(self.part))
            self._target = Target(path, dot + more)
            self._writer = corpus.reader.writer(self._target.stream)
        return self._writer

    def _finish(self) -> None:
        output = digest = None
        size = 0
        if self._target is not None and self._writer is not None:
            self._writer.finish()
            self._target.commit()
            output, digest, size = self._corpus.unit(self.part), self._target.sha256, self._target.size
        self._corpus.state.add(
            self._corpus.unit(self.part),
            self._corpus.file.output,
            self._corpus.key,
            {
                "output": output,
                "sha256": digest,
                "bytes": size,
                "records": self._records,
                "counts": dict(sorted(self._counts.items())),
                "edits": self._edits,
                "words": self._words,
                "failed": self._failed,
            },
        )
