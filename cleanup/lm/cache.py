"""Scores that were computed once, kept in the user's cache."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

#: The most windows that are kept; of more the oldest go when the file is next opened.  One takes about 1 kB.
MOST_KEPT = 50_000

#: The most that are held in memory where there is no file: enough for the passes over one long document.
MOST_HELD = 500

# Seconds to wait for another process: they write for milliseconds, and only one that is stuck takes longer.
_PATIENCE = 1.0

_TABLE = "CREATE TABLE IF NOT EXISTS scores (key TEXT PRIMARY KEY, at INTEGER, logs BLOB) WITHOUT ROWID"
# In a power cut the last scores may be lost, and to wait for the disk would take longer than they are worth.
_OPENING = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL", _TABLE)
_OLDEST = "DELETE FROM scores WHERE key IN (SELECT key FROM scores ORDER BY at DESC, key LIMIT -1 OFFSET ?)"


class ScoreCache:
    """Scores by key, in a file that several processes may share; where there is none, the latest in memory.

    A cache that cannot be read or written is only a slower run: after the first failure it is left alone.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._held: OrderedDict[str, NDArray[np.float64]] = OrderedDict()
        self._file = _opened(path) if path else None
        self._is_written = self._file is not None

    def get(self, key: str, count: int) -> Sequence[float] | None:
        """The scores under a key, when there are as many as expected, and all are numbers."""
        scores = self._held.get(key)
        if scores is not None:
            self._held.move_to_end(key)
        elif self._file is not None:
            scores = self._row(self._file, key)
        if scores is None or len(scores) != count or not np.isfinite(scores).all():
            return None
        return scores.tolist()  # type: ignore[no-any-return]

    def put(self, key: str, scores: Sequence[float]) -> None:
        """Keep scores."""
        row = np.asarray(scores, dtype="<f8")
        if self._file is not None and self._is_written:
            try:
                self._file.execute(
                    "INSERT OR REPLACE INTO scores VALUES (?, ?, ?)", (key, int(time.time()), row.tobytes())
                )
            except sqlite3.Error:
                self._is_written = False
            else:
                return
        self._held[key] = row
        if len(self._held) > MOST_HELD:
            self._held.popitem(last=False)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            with contextlib.suppress(sqlite3.Error):
                self._file.close()
            self._file = None

    def _row(self, file: sqlite3.Connection, key: str) -> NDArray[np.float64] | None:
        try:
            found = file.execute("SELECT logs FROM scores WHERE key = ?", (key,)).fetchone()
        except sqlite3.Error:
            self.close()
            return None
        if not found or not isinstance(found[0], bytes) or len(found[0]) % 8:
            return None
        return np.frombuffer(found[0], dtype="<f8")


def _opened(path: Path) -> sqlite3.Connection | None:
    """The file, made where it is missing; None where it cannot be used."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
    except (OSError, sqlite3.Error):
        return None
    try:
        for statement in _OPENING:
            _insist(file, statement)
    except sqlite3.Error:
        file.close()
        return None
    with contextlib.suppress(sqlite3.Error):  # another process will do it
        file.execute(_OLDEST, (MOST_KEPT,))
    return file


def _insist(file: sqlite3.Connection, statement: str) -> None:
    """Run a statement, for which SQLite itself does not always wait until another process lets go."""
    start = time.monotonic()
    while True:
        try:
            file.execute(statement)
        except sqlite3.OperationalError as error:
            is_busy = error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
            if not is_busy or time.monotonic() - start > _PATIENCE:
                raise
            time.sleep(0.01)
        else:
            return
