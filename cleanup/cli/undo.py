"""``cleanup undo``: the original bytes back, from the corrected file and the report of its repair."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cleanup.cli.console import put_bytes, say
from cleanup.cli.fix import text_beside
from cleanup.cli.inputs import STDIN
from cleanup.decoding import readings
from cleanup.errors import CleanupError, FileError, UsageError
from cleanup.files import is_same_file, printable, read_bytes, sha256, write_atomic
from cleanup.report.as_json import undo

_ADVICE = "give the .json or .html report that `cleanup fix` wrote"


@dataclass(frozen=True, slots=True)
class Way:
    """Where the originals go."""

    output: str = ""
    force: bool = False
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Repair:
    """What a report says of one document."""

    path: str
    before: str  # SHA-256 of the original bytes
    after: str  # and of the corrected ones
    encoding: str
    report: Mapping[str, object]


def undo_report(report: str, files: Sequence[str], way: Way) -> int:
    """Undo the repairs of a report, all of them or those of the files named."""
    repairs = _repairs(report)
    if way.output and len(files or repairs) != 1:
        raise UsageError(
            f"--output takes one document, and there are {len(files or repairs)}: name the one that you mean"
        )
    if way.output and any(is_same_file(way.output, path) for path in (report, *files)):
        raise UsageError(f"--output {printable(way.output)} is what is read: choose another name")
    failed = False
    for repair, path in _chosen(repairs, files, report):
        try:
            done = _undo_one(repair, path, report, way)
        except CleanupError as error:
            say(f"cleanup: error: {error}")
            failed = True
            continue
        if not way.quiet:
            say(done)
    return 2 if failed else 0


def _repairs(report: str) -> list[Repair]:
    """The documents of a report.

    Raises:
        FileError: when it is none.

    """
    shown = printable(report)
    try:
        text = read_bytes(report).decode()
    except UnicodeDecodeError:
        raise FileError(f"{shown}: is no report of cleanup: {_ADVICE}") from None
    objects = list(_objects(text, shown))
    if not objects:
        raise FileError(f"{shown}: speaks of no document: {_ADVICE}")
    return [_repair(found, shown) for found in objects]


def _objects(text: str, shown: str) -> Iterator[Mapping[str, object]]:
    import json

    if not text.lstrip().startswith("{"):
        from cleanup.report.as_html import embedded_objects

        try:
            yield from embedded_objects(text)
        except FileError:
            raise FileError(f"{shown}: is no report of cleanup: {_ADVICE}") from None
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                found = json.loads(line)
            except (ValueError, RecursionError):
                raise FileError(f"{shown}:{number}: is no line of JSON: {_ADVICE}") from None
            if not isinstance(found, dict):
                raise FileError(f"{shown}:{number}: is no report of a document: {_ADVICE}")
            yield found


def _repair(found: Mapping[str, object], shown: str) -> Repair:
    names = ("path", "sha256_before", "sha256_after", "encoding")
    values = [value for name in names if isinstance(value := found.get(name), str)]
    if len(values) != len(names):
        missing = next(name for name in names if not isinstance(found.get(name), str))
        raise FileError(f"{shown}: has no {missing}: a report of `cleanup check` undoes nothing: {_ADVICE}")
    path, before, after, encoding = values
    if not _can_be_a_file(path):
        raise FileError(f"{shown}: path: {path!r} can be no file: the report is damaged")
    return Repair(path, before, after, encoding, found)


def _can_be_a_file(path: str) -> bool:
    try:
        return b"\0" not in os.fsencode(path) and Path(path).name not in ("", "..")
    except UnicodeEncodeError:
        return False


def _chosen(repairs: Sequence[Repair], files: Sequence[str], report: str) -> Iterator[tuple[Repair, str]]:
    """The repairs to undo, each with the file that a user named for it, if any.

    Raises:
        UsageError: when a file is in no repair of the report.

    """
    if not files:
        yield from ((repair, "") for repair in repairs)
        return
    chosen = []
    for file in files:
        digest = sha256(read_bytes(file)) if os.path.exists(file) else ""
        named = [repair for repair in repairs if _is_named(repair, file, report)]
        meant = [repair for repair in named or repairs if repair.after == digest] or named
        if not meant and len(repairs) == 1:
            meant = list(repairs)
        if not meant:
            known = ", ".join(printable(repair.path) for repair in repairs)
            raise UsageError(f"{printable(file)}: the report is not about it; it is about {known}")
        chosen.append((meant[0], file))
    yield from chosen


def _is_named(repair: Repair, file: str, report: str) -> bool:
    return any(is_same_file(file, place) for place in _places(repair, report))


def _places(repair: Repair, report: str) -> list[str]:
    """Where the corrected text may be: in the file itself or beside it, from here or from the report on."""
    if repair.path == STDIN:
        return []
    found = []
    for path in (
        Path(repair.path),
        Path(report).parent / repair.path,
        Path(report).with_name(Path(repair.path).name),
    ):
        found += [str(path), str(text_beside(path))]
    return list(dict.fromkeys(found))


def _undo_one(repair: Repair, file: str, report: str, way: Way) -> str:
    """Bring one original back; what was done, for people.

    Raises:
        CleanupError: when it cannot be done; nothing was changed then.

    """
    corrected, data = _corrected(repair, file, report)
    if _is_beside(repair, corrected) and not way.output:
        # What was repaired is a copy: the original stands beside it, as long as nobody has touched it.
        source = str(Path(corrected).with_name(Path(repair.path).name))
        if not os.path.lexists(source):
            write_atomic(source, original_bytes(repair, data, corrected))
            return f"{printable(source)}: holds the original bytes again"
        corrected, data = source, read_bytes(source)
    if sha256(data) == repair.before:
        if not way.output:
            return f"{printable(corrected)}: holds the original bytes already: nothing to undo"
        return _write(repair, corrected, data, data, way)
    return _write(repair, corrected, data, original_bytes(repair, data, corrected), way)


def _is_beside(repair: Repair, path: str) -> bool:
    """Whether a path is that of a corrected copy, which is called FILE.fixed.EXT."""
    return repair.path != STDIN and Path(path).name == text_beside(Path(repair.path)).name


def _corrected(repair: Repair, file: str, report: str) -> tuple[str, bytes]:
    """The corrected file and its bytes: the one that was named, or that which has the right digest."""
    places = [file] if file else [place for place in _places(repair, report) if os.path.exists(place)]
    if not places:
        shown = printable(repair.path)
        where = (
            "came from standard input" if repair.path == STDIN else "is gone, and so is its corrected text"
        )
        raise FileError(f"{shown}: {where}: name the corrected file: cleanup undo {printable(report)} FILE")
    read = [(place, read_bytes(place)) for place in places]
    digests = [sha256(data) for _, data in read]
    # A file that was repaired in place goes before a copy of the same, and both before the untouched input.
    for wanted in (repair.after, repair.before):
        if wanted in digests:
            return read[digests.index(wanted)]
    return read[0]


def original_bytes(repair: Repair, data: bytes, shown: str) -> bytes:
    """The bytes before a repair, from those after it.

    Raises:
        FileError: when they are not those that the repair wrote; the message says what no longer fits.

    """
    shown = printable(shown)
    is_as_written = sha256(data) == repair.after
    for decoded in readings(data, repair.encoding):
        try:
            original = decoded.encode(undo(decoded.text, {**repair.report, "path": shown}))
        except FileError:
            if is_as_written:
                continue
            raise
        if sha256(original) == repair.before:
            return original
        if not is_as_written:
            raise FileError(
                f"{shown}: was changed outside the edits since: all of them fit, but the text around them is"
                " not what was read; nothing was written"
            )
    if is_as_written:
        raise FileError(f"{shown}: the report does not lead back to the original: it is damaged")
    raise FileError(f"{shown}: is no longer in {repair.encoding}: it was changed since")


def _write(repair: Repair, corrected: str, data: bytes, original: bytes, way: Way) -> str:
    """Put the original where the user wants it, or in the place of what was repaired in place."""
    shown = printable(corrected)
    if way.output == STDIN:
        put_bytes(original)
        return f"{shown}: the original went to standard output"
    if way.output:
        if os.path.lexists(way.output) and not way.force:
            raise UsageError(f"{printable(way.output)} is there already: choose another name, or --force")
        write_atomic(way.output, original)
    else:
        write_atomic(corrected, original, expected=data)
    target = way.output or corrected
    if sha256(read_bytes(target)) != repair.before:
        raise FileError(f"{printable(target)}: was written, and another program has changed it already")
    return f"{printable(target)}: holds the original bytes again"
