"""Scores that were computed once, kept in the user's cache."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

#: The most windows that are kept; of more the oldest go when the file is next opened.  One takes about 1 kB.
MOST_KEPT = 50_000

_TABLE = "CREATE TABLE IF NOT EXISTS scores (key TEXT PRIMARY KEY, at INTEGER, logs BLOB) WITHOUT ROWID"
_OLDEST = "DELETE FROM scores WHERE key IN (SELECT key FROM scores ORDER BY at DESC, key LIMIT -1 OFFSET ?)"


class ScoreCache:
    """Scores by key, in a file or, where there is none, for as long as the object lives.

    A cache that cannot be read or written is only a slower run.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._held: dict[str, Sequence[float]] = {}
        self._file: sqlite3.Connection | None = None
        if path is not None:
            with contextlib.suppress(OSError, sqlite3.Error):
                path.parent.mkdir(parents=True, exist_ok=True)
                self._file = sqlite3.connect(path, timeout=5, isolation_level=None)
                self._file.execute("PRAGMA journal_mode = WAL")
                self._file.execute(_TABLE)
                self._file.execute(_OLDEST, (MOST_KEPT,))

    def get(self, key: str, count: int) -> Sequence[float] | None:
        """The scores under a key, when there are as many as expected."""
        if key in self._held:
            return self._held[key]
        if self._file is None:
            return None
        with contextlib.suppress(sqlite3.Error):
            row = self._file.execute("SELECT logs FROM scores WHERE key = ?", (key,)).fetchone()
            if row and isinstance(row[0], bytes) and len(row[0]) == 8 * count:
                return np.frombuffer(row[0], dtype="<f8").tolist()  # type: ignore[no-any-return]
        return None

    def put(self, key: str, scores: Sequence[float]) -> None:
        """Keep scores."""
        self._held[key] = scores
        if self._file is not None:
            with contextlib.suppress(sqlite3.Error):
                blob = np.asarray(scores, dtype="<f8").tobytes()
                self._file.execute(
                    "INSERT OR REPLACE INTO scores VALUES (?, ?, ?)", (key, int(time.time()), blob)
                )

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            with contextlib.suppress(sqlite3.Error):
                self._file.close()
            self._file = None
