"""A tree of texts: each file becomes one of the same name, the bytes outside its edits kept."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cleanup.batch.chunks import Chunk, Seen
from cleanup.batch.plan import TreeFile
from cleanup.batch.state import State
from cleanup.batch.streams import Target
from cleanup.batch.work import DROPPED, FAILED, Item, Outcome, edit_objects
from cleanup.errors import FileError
from cleanup.files import printable, read_bytes, sha256


class Tree:
    """The files of a tree as a source; ``keys`` and ``digests`` go by their names in the output."""

    def __init__(
        self, files: Sequence[TreeFile], keys: Mapping[str, str], digests: Mapping[str, str], state: State
    ) -> None:
        self._files = files
        self._keys = keys
        self._digests = digests
        self._state = state

    def units(self) -> Iterator[str]:
        """Every unit, once all are complete."""
        yield from (file.output for file in self._files)

    def chunks(self) -> Iterator[Chunk]:
        """The files that are not complete."""
        chunk, seen = Chunk(self), Seen()
        for file in self._files:
            chunk.position += os.path.getsize(file.path)
            if not self._state.has(file.output):
                data = read_bytes(file.path)
                if sha256(data) != self._digests[file.output]:
                    path = printable(file.path)
                    raise FileError(f"{path}: another program changed it while it was read: start again")
                item = Item(data, file.kind, file.settings, file.extract)
                slot, is_new = seen.slot(item)
                chunk.add((file, data), item, slot, is_new=is_new)
            if chunk.is_full:
                yield chunk
                chunk = Chunk(self)
        yield chunk

    def take(self, chunk: Chunk) -> None:
        """Write the files of a chunk."""
        for (file, data), slot in chunk.entries:
            if slot is None or slot.outcome is None:
                raise ValueError(f"{file.name}: nothing came back")
            entry = self._written(file, data, slot.outcome)
            self._state.add(file.output, file.output, self._keys[file.output], entry)

    def _written(self, file: TreeFile, data: bytes, outcome: Outcome) -> dict[str, Any]:
        """Write one file; what is to be written down about it."""
        path = self._state.place(file.output)
        document = {
            "path": file.name,
            "status": outcome.status,
            "score": outcome.score,
            "rate": outcome.rate,
            "edits": edit_objects(outcome.edits),
            "sha256_before": self._digests[file.output],
        }
        entry: dict[str, Any] = {
            "output": None,
            "records": 1,
            "counts": {outcome.status: 1},
            "edits": len(outcome.edits),
            "words": outcome.words,
            "failed": [],
        }
        if outcome.status == FAILED:
            path.unlink(missing_ok=True)  # from a run with other settings that was killed
            return {**entry, "records": 0, "failed": [{"line": None, "reason": outcome.reason}]}
        if outcome.status == DROPPED:
            path.unlink(missing_ok=True)
            return {**entry, "records": 0, "document": {**document, "output": None}}
        target = Target(path)
        try:
            target.stream.write(outcome.content if isinstance(outcome.content, bytes) else data)
            target.commit()
        except BaseException:
            target.discard()
            raise
        entry |= {"output": file.output, "sha256": target.sha256, "bytes": target.size}
        return {**entry, "document": {**document, "output": file.output, "sha256_after": target.sha256}}
