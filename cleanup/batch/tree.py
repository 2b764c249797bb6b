"""A tree of texts: each file becomes one of the same name, the bytes outside its edits kept."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cleanup.batch.chunks import Chunk, Look, Seen
from cleanup.batch.plan import TreeFile
from cleanup.batch.state import State
from cleanup.batch.streams import Staged, name_all
from cleanup.batch.work import DROPPED, FAILED, Item, Outcome, edit_objects
from cleanup.errors import FileError
from cleanup.files import printable, read_bytes, sha256

# To wait for the disk for every file takes longer than to read it: so many files wait together, and not for
# longer than this; a run that is killed writes them again.
_MOST_UNNAMED, _SECONDS_BETWEEN_NAMES = 1000, 2.0


class Tree:
    """The files of a tree as a source; ``keys`` and ``digests`` go by their names in the output."""

    def __init__(
        self,
        files: Sequence[TreeFile],
        keys: Mapping[str, str],
        digests: Mapping[str, str],
        state: State,
        *,
        look: Look,
    ) -> None:
        self._files = files
        self._look = look
        self._keys = keys
        self._digests = digests
        self._state = state
        self._directories: set[Path] = set()
        self._staged: list[Staged] = []
        self._complete: list[tuple[str, str, str, dict[str, Any]]] = []
        self._named = 0.0  # when files were last given their names

    def units(self) -> Iterator[str]:
        """Every unit, once all are complete."""
        yield from (file.output for file in self._files)

    def chunks(self) -> Iterator[Chunk]:
        """The files that are not complete."""
        chunk, seen = Chunk(self, look=self._look), Seen()
        for file in self._files:
            chunk.position += os.path.getsize(file.path)
            if not self._state.has(file.output):
                data = read_bytes(file.path)
                if sha256(data) != self._digests[file.output]:
                    path = printable(file.path)
                    raise FileError(f"{path}: another program changed it while it was read: start again")
                item = Item(data, file.kind, file.settings, file.extract)
                slot, is_new = seen.slot(item)
                chunk.add((file, data), item, slot, is_new=is_new, held=len(data))
            if chunk.is_full:
                yield chunk
                chunk = Chunk(self, look=self._look)
        chunk.is_last = True
        yield chunk

    def take(self, chunk: Chunk) -> None:
        """Write the files of a chunk; now and then, and at the end, all that were written get their names."""
        for (file, data), slot in chunk.entries:
            if slot is None or slot.outcome is None:
                raise ValueError(f"{file.name}: nothing came back")
            entry = self._written(file, data, slot.outcome)
            self._complete.append((file.output, file.output, self._keys[file.output], entry))
        is_time = time.monotonic() - self._named >= _SECONDS_BETWEEN_NAMES
        if chunk.is_last or is_time or len(self._complete) >= _MOST_UNNAMED:
            name_all(self._staged)
            self._state.add_all(self._complete)
            self._staged, self._complete, self._named = [], [], time.monotonic()

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
        if path.parent not in self._directories:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._directories.add(path.parent)
        staged = Staged.of(path, outcome.content if isinstance(outcome.content, bytes) else data)
        self._staged.append(staged)
        entry |= {"output": file.output, "sha256": staged.sha256, "bytes": staged.size}
        return {**entry, "document": {**document, "output": file.output, "sha256_after": staged.sha256}}
