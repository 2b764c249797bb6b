"""Scores that were computed once, kept in the user's cache."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

#: The most windows that are kept; of more the oldest go when the file is next opened.  One takes about 1 kB.
MOST_KEPT = 50_000

# The most that are held in memory as well.
_MOST_HELD = 4_000

_TABLE = "CREATE TABLE IF NOT EXISTS scores (key TEXT PRIMARY KEY, at INTEGER, logs BLOB) WITHOUT ROWID"
# In a power cut the last scores may be lost, and to wait for the disk would take longer than they are worth.
_OPENING = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL", _TABLE)
_OLDEST = "DELETE FROM scores WHERE key IN (SELECT key FROM scores ORDER BY at DESC, key LIMIT -1 OFFSET ?)"


class ScoreCache:
    """Scores by key, in a file that several processes may share; where there is none, the latest in memory.

    A cache that cannot be read or written is only a slower run.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._held: dict[str, NDArray[np.float64]] = {}
        self._file: sqlite3.Connection | None = None
        if path is not None:
            with contextlib.suppress(OSError, sqlite3.Error):
                path.parent.mkdir(parents=True, exist_ok=True)
                self._file = sqlite3.connect(path, timeout=5, isolation_level=None)
                for statement in _OPENING:
                    with contextlib.suppress(sqlite3.OperationalError):  # another process is at it
                        self._file.execute(statement)
                self._file.execute(_OLDEST, (MOST_KEPT,))

    def get(self, key: str, count: int) -> Sequence[float] | None:
        """The scores under a key, when there are as many as expected."""
        if key in self._held:
            return self._held[key].tolist()  # type: ignore[no-any-return]
        if self._file is None:
            return None
        with contextlib.suppress(sqlite3.Error):
            row = self._file.execute("SELECT logs FROM scores WHERE key = ?", (key,)).fetchone()
            if row and isinstance(row[0], bytes) and len(row[0]) == 8 * count:
                return np.frombuffer(row[0], dtype="<f8").tolist()  # type: ignore[no-any-return]
        return None

    def put(self, key: str, scores: Sequence[float]) -> None:
        """Keep scores."""
        self._held[key] = np.asarray(scores, dtype="<f8")
        if len(self._held) > _MOST_HELD:
            del self._held[next(iter(self._held))]
        if self._file is not None:
            with contextlib.suppress(sqlite3.Error):
                blob = self._held[key].tobytes()
                self._file.execute(
                    "INSERT OR REPLACE INTO scores VALUES (?, ?, ?)", (key, int(time.time()), blob)
                )

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            with contextlib.suppress(sqlite3.Error):
                self._file.close()
            self._file = None
