"""What is complete in the output of a batch, so that the same command goes on where it was stopped.

``.cleanup-batch/run.json`` says what the output was made from and how, ``.cleanup-batch/journal.jsonl`` has
one line for each file of it that is complete.  A line is added when the file has its name; where a run was
killed in between, the file is written again, to the same bytes.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Self

from cleanup.batch.records import as_json
from cleanup.batch.streams import Target, remove_temporaries, sha256_of
from cleanup.errors import FileError, UsageError
from cleanup.files import describe, printable, read_bytes, write_atomic

_fcntl: ModuleType | None
try:
    import fcntl as _fcntl
except ImportError:  # no such locks here
    _fcntl = None

DIRECTORY = ".cleanup-batch"
#: Names at the top of the output that are ours.
MANIFEST, FAILED, DOCUMENTS = "manifest.json", "failed.jsonl", "documents.jsonl"
RESERVED = frozenset((DIRECTORY, MANIFEST, FAILED, DOCUMENTS))

RUN, JOURNAL, _LOCK = "run.json", "journal.jsonl", "lock"
# Raised whenever the output is written in another way: what an older program wrote is then made anew.
LAYOUT = 2


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the line of a unit stands in the journal, and the source and key that it was made from."""

    source: str
    key: str
    start: int
    end: int


class State:
    """The journal of one output directory, which belongs to one process at a time.

    A unit is a file of the output, or another thing that is done once; it has a source, which is a document
    or a corpus.  The key of a source changes with its content and with all that decides what comes out.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self.shown = printable(str(out))
        self._directory = out / DIRECTORY
        self._sound_parents: set[str] = set()  # looked at once: it takes long for each of many files
        self._places: dict[str, _Place] = {}
        self._journal = -1
        self._lock = -1
        self._end = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self._journal >= 0:
            os.close(self._journal)
            self._journal = -1
            if kind is not None:
                remove_temporaries(self.out)
        if self._lock >= 0:
            os.close(self._lock)

    def open(self, run: Mapping[str, Any], keys: Mapping[str, str], *, force: bool) -> None:
        """Take the output directory for a run, and drop what is in it that has another key now.

        Args:
            run: what the output is made from and how.
            keys: the key of each source.
            force: whether it may hold something else, or have been made from or with something else.

        Raises:
            UsageError: when it does and may not.
            FileError: when it cannot be written.

        """
        self._require_ours(run, force)
        run_path = self.place(f"{DIRECTORY}/{RUN}")
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            self._take_lock()
            remove_temporaries(self.out)
            replace_file(run_path, f"{as_json(run, indent=1)}\n".encode())
            self._open_journal()
            self._scan()
            self._rewrite([unit for unit in self._places if self._is_kept(unit, keys)])
        except OSError as error:
            raise FileError(f"{self.shown}: {describe(error)}") from None

    def publish(self, name: str) -> None:
        """Have a file that was written last where the user wants it: it is there."""

    def remove(self, name: str) -> None:
        """Remove a file of the output, if it is there."""
        self.place(name).unlink(missing_ok=True)

    def place(self, output: str) -> Path:
        """The path of a file of the output.

        Raises:
            FileError: when a symbolic link below the output leads to another place, such as an input.

        """
        path = self.out / output
        parent = os.path.dirname(output)
        if parent in self._sound_parents:
            return path
        here = os.path.realpath(self.out)
        expected = os.path.join(here, parent) if parent else here
        if os.path.normcase(os.path.realpath(path.parent)) != os.path.normcase(expected):
            raise FileError(
                f"{printable(str(path.parent))}: leads out of {self.shown}: "
                "remove the symbolic link, or choose another directory"
            )
        self._sound_parents.add(parent)
        return path

    def has(self, unit: str) -> bool:
        """Whether a unit is complete."""
        return unit in self._places

    def entry(self, unit: str) -> dict[str, Any]:
        """What was written down about a unit."""
        place = self._places[unit]
        entry: dict[str, Any] = json.loads(os.pread(self._journal, place.end - place.start, place.start))
        return entry

    def add(self, unit: str, source: str, key: str, entry: Mapping[str, Any]) -> None:
        """Write down that a unit is complete; ``output`` of the entry names its file, if it has one."""
        self.add_all([(unit, source, key, entry)])

    def add_all(self, units: Iterable[tuple[str, str, str, Mapping[str, Any]]]) -> None:
        """Write down that some units are complete, each as `add` does, with one wait for the disk."""
        places, lines, end = {}, [], self._end
        for unit, source, key, entry in units:
            line = f"{as_json({'unit': unit, 'source': source, 'key': key, **entry})}\n".encode()
            places[unit] = _Place(source, key, end, end + len(line))
            lines.append(line)
            end += len(line)
        rest = memoryview(b"".join(lines))
        while rest:
            rest = rest[os.write(self._journal, rest) :]
        os.fsync(self._journal)
        self._places |= places
        self._end = end

    def put_in_order(self, units: Iterable[str]) -> None:
        """Give the journal the order that it has when nothing ever stopped the run."""
        order = [unit for unit in units if unit in self._places]
        if order != list(self._places):
            self._rewrite(order)

    def _is_kept(self, unit: str, keys: Mapping[str, str]) -> bool:
        """Whether a unit holds for this run and is as it was written; if it does not hold, its file goes."""
        place, entry = self._places[unit], self.entry(unit)
        output = entry.get("output")
        if keys.get(place.source) != place.key:
            if output:
                self.remove(output)
            return False
        return not output or self._is_sound(entry)

    def _is_sound(self, entry: Mapping[str, Any]) -> bool:
        """Whether the file of a unit is as it was written."""
        try:
            return sha256_of(str(self.place(entry["output"]))) == (entry["sha256"], entry["bytes"])
        except FileError:
            return False

    def _open_journal(self) -> None:
        if self._journal >= 0:
            os.close(self._journal)
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._journal = os.open(self._directory / JOURNAL, flags, 0o666)

    def _scan(self) -> None:
        """Find the lines of the journal; the last one is torn where the run was killed meanwhile."""
        self._places, self._end = {}, 0
        with open(self._directory / JOURNAL, "rb") as file:
            for line in file:
                start, self._end = self._end, self._end + len(line)
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    entry = json.loads(line)
                    place = _Place(entry["source"], entry["key"], start, self._end)
                    if line.endswith(b"\n"):
                        self._places[entry["unit"]] = place

    def _rewrite(self, units: Iterable[str]) -> None:
        """Write the journal anew, with these lines of it in this order."""
        target = Target(self._directory / JOURNAL)
        places, end = {}, 0
        try:
            for unit in units:
                place = self._places[unit]
                line = os.pread(self._journal, place.end - place.start, place.start)
                target.stream.write(line)
                places[unit] = _Place(place.source, place.key, end, end + len(line))
                end += len(line)
            target.commit()
        except BaseException:
            target.discard()
            raise
        self._places, self._end = places, end
        self._open_journal()

    def _take_lock(self) -> None:
        if _fcntl is None:
            return
        self._lock = os.open(self._directory / _LOCK, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _fcntl.flock(self._lock, _fcntl.LOCK_EX | _fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"{self.shown}: another cleanup batch is writing there: wait for it") from None

    def _require_ours(self, run: Mapping[str, Any], force: bool) -> None:
        shown = self.shown
        if not os.path.lexists(self.out):
            return
        if not self.out.is_dir():
            raise UsageError(f"{shown} is not a directory: choose another name for the output")
        before = self._run_before()
        if force:
            return
        if before is None:
            strangers = sorted(self._names() - {DIRECTORY})
            if strangers:
                raise UsageError(
                    f"{shown}: holds {printable(strangers[0])}, which cleanup batch did not write: "
                    "choose another directory, or use --force to write beside what is there"
                )
        elif changes := _changes(before, run):
            raise UsageError(
                f"{shown} was made with other {', '.join(changes)}: choose another directory, "
                "or use --force to make anew what that touches"
            )

    def _names(self) -> set[str]:
        """What is at the top of the output."""
        return set(os.listdir(self.out))

    def _run_before(self) -> dict[str, Any] | None:
        """What the output was made from and how, if it is ours."""
        try:
            run = json.loads(read_bytes(self._directory / RUN))
        except (FileError, ValueError, RecursionError):
            return None
        return run if isinstance(run, dict) else None


def replace_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; a symbolic link gives way to it, and what it led to is kept."""
    if path.is_symlink():
        path.unlink()
    write_atomic(path, data)


def _changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What differs between two runs, in words."""
    old, new = before.get("options", {}), now["options"]
    flags = {name: f"--{name.replace('_', '-')}" for name in new} | {"quick": "--look"}
    changes = [flags[name] for name in new if old.get(name) != new[name]]
    named = {"layout": "output format", "version": "version of cleanup", "rules": "rules", "data": "data"}
    named["settings"] = "settings"
    changes += [words for key, words in named.items() if before.get(key) != now[key]]
    old, new = before.get("inputs", {}), now["inputs"]
    changed = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        changes.append(f"inputs ({printable(changed[0])}{more})")
    return changes
