"""JSON Lines: each line is an object, and comes back as it was but for what we add."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import IO, NamedTuple

from cleanup.batch.options import Options
from cleanup.batch.records import COLUMNS, Failure, Record, Row, Wanted, added_columns, as_json
from cleanup.batch.streams import DAMAGES, opened

_BLANK = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()
_MARK = b"\xef\xbb\xbf"
_HEAD_LINES = 100  # how many are asked for their names


class _Member(NamedTuple):
    """A name and its value, and where they stand in the line."""

    name: str
    value: object
    start: int
    value_start: int
    end: int


class JsonLines:
    """A file of JSON Lines."""

    def __init__(self, path: str, compression: str, options: Options) -> None:
        self._path = path
        self._compression = compression
        self._options = options
        self.position = 0

    def columns(self) -> Sequence[str]:
        """The names in the first lines: a record may lack some."""
        names: dict[str, None] = {}
        with opened(self._path, self._compression) as (stream, _), contextlib.suppress(*DAMAGES):
            for _, data in islice(_lines(stream), _HEAD_LINES):
                with contextlib.suppress(ValueError, RecursionError):
                    names |= {member.name: None for member in _members(data.decode())}
        return list(names)

    def records(self, wanted: Wanted) -> Iterator[Record | Failure]:
        """The wanted lines in order; blank ones do not count."""
        number = line = -1
        try:
            with opened(self._path, self._compression) as (stream, bare):
                for number, (line, data) in enumerate(_lines(stream)):
                    if wanted(number):
                        self.position = bare.tell()
                        yield self._record(number, line, data)
        except DAMAGES as error:
            yield Failure(number + 1, max(line, 0) + 1, f"damaged from here on: {error}")

    def _record(self, number: int, line: int, data: bytes) -> Record | Failure:
        options = self._options
        try:
            text = data.decode()
            members = _members(text)
        except UnicodeDecodeError as error:
            return Failure(number, line, f"byte {error.start} is not UTF-8")
        except (ValueError, RecursionError) as error:
            return Failure(number, line, f"no JSON object: {error}")
        values = {member.name: member.value for member in members}
        for name in filter(None, (options.text_column, options.id_column)):
            if name not in values:
                return Failure(number, line, f"there is no {name!r}")
        content = values[options.text_column]
        if content is not None and not isinstance(content, str):
            return Failure(number, line, f"{options.text_column!r} is no text")
        label = str(values[options.id_column]) if options.id_column else f"line {line}"
        return Record(number, line, label, content, (text, members), 2 * len(data))

    def writer(self, stream: IO[bytes]) -> _Writer:
        """What writes lines."""
        return _Writer(stream, self._options)


class _Writer:
    def __init__(self, stream: IO[bytes], options: Options) -> None:
        self._stream = stream
        self._options = options
        self._added = added_columns(options)

    def write(self, row: Row) -> None:
        """Write the line of a record, with what we add at its end."""
        line: str
        line, members = row.record.raw
        kept = [member for member in members if member.name not in COLUMNS]
        text = next(member for member in reversed(kept) if member.name == self._options.text_column)
        written = as_json(row.text) if self._options.in_column else line[text.value_start : text.end]
        if len(kept) == len(members):
            head = line[: text.value_start] + written + line[text.end : members[-1].end]
        else:  # the columns of an earlier run go
            whole = (line[member.start : member.end] for member in kept if member is not text)
            head = "{" + "".join(f"{member}, " for member in whole) + f"{as_json(text.name)}: {written}"
        added = row.values(self._options)
        parts = [head, *(f"{as_json(name)}: {as_json(added[name])}" for name in self._added)]
        end = "\r\n" if line.endswith("\r\n") else "\n"
        self._stream.write(f"{', '.join(parts)}}}{end}".encode())

    def finish(self) -> None:
        """Nothing is held back."""


def _lines(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers from 1."""
    for number, line in enumerate(stream, 1):
        data = line.removeprefix(_MARK) if number == 1 else line
        if data.strip():
            yield number, data


def _members(line: str) -> list[_Member]:
    """The members of the object in a line.

    >>> [(name, value) for name, value, *_ in _members('{"a": 1.50, "b" : [2]}')]
    [('a', 1.5), ('b', [2])]

    Raises:
        ValueError: when it holds no object, or something behind it.

    """
    members: list[_Member] = []
    at = _after_blank(line, 0)
    if line[at : at + 1] != "{":
        raise ValueError(f"no {{ at column {at + 1}")
    at = _after_blank(line, at + 1)
    while line[at : at + 1] != "}" or members:
        start = at
        name, at = _DECODER.raw_decode(line, at)
        at = _after_blank(line, at)
        if not isinstance(name, str) or line[at : at + 1] != ":":
            raise ValueError(f"no name and colon at column {start + 1}")
        value_start = _after_blank(line, at + 1)
        value, at = _DECODER.raw_decode(line, value_start)
        members.append(_Member(name, value, start, value_start, at))
        at = _after_blank(line, at)
        if line[at : at + 1] == "}":
            break
        if line[at : at + 1] != ",":
            raise ValueError(f"no comma at column {at + 1}")
        at = _after_blank(line, at + 1)
    if _after_blank(line, at + 1) != len(line):
        raise ValueError(f"more behind the object, at column {at + 2}")
    return members


def _after_blank(line: str, at: int) -> int:
    found = _BLANK.match(line, at)
    return found.end() if found else at
