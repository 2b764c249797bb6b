"""An output in another file system: each file is made here, sent, and forgotten.

No such system adds a line to a file, so the journal is kept here and sent now and then as a whole.  A run
that is killed meanwhile does again what was completed since, to the same bytes.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cleanup.batch.places import Store, is_uri, shown
from cleanup.batch.state import DIRECTORY, JOURNAL, RUN, State
from cleanup.errors import FileError

_SECONDS_BETWEEN_JOURNALS = 30.0


class RemoteState(State):
    """The journal of one output in a remote file system; ``out`` is a directory of ours on the way there."""

    def __init__(self, uri: str) -> None:
        if not is_uri(uri):
            raise ValueError(uri)
        self._store = Store(uri)
        super().__init__(Path(tempfile.mkdtemp(prefix="cleanup-")))
        self.shown = shown(uri)
        self._sizes: dict[str, int] = {}
        self._sent = 0.0

    def __exit__(self, kind: object, *more: object) -> None:
        try:
            if self._journal >= 0:
                with contextlib.suppress(*((OSError,) if kind is not None else ())):
                    self._send_journal()
        finally:
            super().__exit__(kind, *more)
            shutil.rmtree(self.out, ignore_errors=True)

    def open(self, run: Mapping[str, Any], keys: Mapping[str, str], *, force: bool) -> None:
        """Take the output for a run, as `State.open` does."""
        try:
            self._sizes = self._store.sizes()
            for name in (f"{DIRECTORY}/{RUN}", f"{DIRECTORY}/{JOURNAL}"):
                if name in self._sizes:
                    path = self.out / name
                    path.parent.mkdir(exist_ok=True)
                    path.write_bytes(self._store.read(name))
        except OSError as error:
            raise FileError(f"{self.shown}: cannot be read: {str(error).splitlines()[0]}") from None
        super().open(run, keys, force=force)
        self.publish(f"{DIRECTORY}/{RUN}")
        self._send_journal()

    def publish(self, name: str) -> None:
        """Send a file."""
        self._store.send(self.out / name, name)

    def remove(self, name: str) -> None:
        """Remove a file of the output, if it is there."""
        self._store.remove(name)

    def add(self, unit: str, source: str, key: str, entry: Mapping[str, Any]) -> None:
        """Send the file of a unit, then write down that it is complete."""
        output = entry.get("output")
        if output:
            self.publish(output)
            (self.out / output).unlink()
        super().add(unit, source, key, entry)
        if time.monotonic() - self._sent >= _SECONDS_BETWEEN_JOURNALS:
            self._send_journal()

    def _send_journal(self) -> None:
        self.publish(f"{DIRECTORY}/{JOURNAL}")
        self._sent = time.monotonic()

    def _is_sound(self, entry: Mapping[str, Any]) -> bool:
        """Whether the file of a unit has its size: to fetch it only to compare it would take too long."""
        return bool(self._sizes.get(entry["output"]) == entry["bytes"])

    def _names(self) -> set[str]:
        return {name.partition("/")[0] for name in self._sizes}
