"""Comma- and tab-separated values: a head line that names the columns, and fields that may hold newlines."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from cleanup.batch.options import Options
from cleanup.batch.places import shown
from cleanup.batch.records import COLUMNS, Failure, Record, Row, Wanted, added_columns, as_json, require_once
from cleanup.batch.streams import DAMAGES, opened
from cleanup.errors import FileError

# A quotation mark that is never closed would make one field of all that follows.
_LONGEST_FIELD = 1 << 26


class Table:
    """A file of comma- or tab-separated values."""

    def __init__(self, path: str, compression: str, options: Options, separator: str) -> None:
        self._path = path
        self._compression = compression
        self._options = options
        self._separator = separator
        self._head: list[str] = []
        self.position = 0

    def columns(self) -> Sequence[str]:
        """The fields of the first line.

        Raises:
            FileError: when there is no such line.
            UsageError: when it names the column of the text or of the ids more than once.

        """
        with opened(self._path, self._compression) as (stream, _):
            try:
                self._head = next(self._reader(stream), [])
            except csv.Error as error:
                raise FileError(f"{shown(self._path)}: no head line: {error}") from None
        require_once(self._path, self._head, self._options)
        return self._head

    def records(self, wanted: Wanted) -> Iterator[Record | Failure]:
        """The wanted records in order, and those that do not fit the head."""
        number, line = 0, 0
        try:
            with opened(self._path, self._compression) as (stream, bare):
                reader = self._reader(stream)
                self._head = next(reader, [])
                while True:
                    line = reader.line + 1
                    try:
                        fields = next(reader, None)
                    except csv.Error as error:
                        yield Failure(number, line, f"no record: {error}")
                        number += 1
                        continue
                    if fields is None:
                        return
                    if fields:
                        self.position = bare.tell()
                        if wanted(number):
                            yield self._record(number, line, fields)
                        number += 1
        except DAMAGES as error:
            yield Failure(number, line, f"damaged from here on: {error}")

    def _reader(self, stream: IO[bytes]) -> _Reader:
        csv.field_size_limit(_LONGEST_FIELD)
        # Bytes that are no UTF-8 show in the record that holds them.
        text = io.TextIOWrapper(stream, "utf-8-sig", "surrogateescape", newline="")
        return _Reader(text, self._separator)

    def _record(self, number: int, line: int, fields: list[str]) -> Record | Failure:
        options, head = self._options, self._head
        if len(fields) != len(head):
            return Failure(number, line, f"{len(fields)} fields, and the head line names {len(head)}")
        try:
            "".join(fields).encode()
        except UnicodeEncodeError:
            return Failure(number, line, "not UTF-8")
        label = fields[head.index(options.id_column)] if options.id_column else f"line {line}"
        text = fields[head.index(options.text_column)]
        return Record(number, line, label, text, fields, sum(map(len, fields)))

    def writer(self, stream: IO[bytes]) -> _Writer:
        """What writes records behind a head line of their own."""
        return _Writer(stream, self._options, self._head, self._separator)


class _Reader:
    """The records of some lines; of all odd quoting, only a mark that is never closed is an error."""

    def __init__(self, lines: Iterable[str], separator: str) -> None:
        self._is_at_end = False
        self._csv = csv.reader(self._watched(lines), delimiter=separator)

    @property
    def line(self) -> int:
        """How many lines were read."""
        return self._csv.line_num

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        fields = next(self._csv)
        if self._is_at_end:  # a whole record does not ask for the line behind it
            raise csv.Error("a quotation mark is never closed")
        return fields

    def _watched(self, lines: Iterable[str]) -> Iterator[str]:
        yield from lines
        self._is_at_end = True


class _Writer:
    def __init__(self, stream: IO[bytes], options: Options, head: Sequence[str], separator: str) -> None:
        # Before Python 3.13 only the characters of the line end are quoted, and a bare \r must be.
        self._csv = csv.writer(_Encoded(stream), delimiter=separator, lineterminator="\r\n")
        self._options = options
        self._kept = [at for at, name in enumerate(head) if name not in COLUMNS]
        self._text_at = head.index(options.text_column)
        added = added_columns(options)
        self._csv.writerow([*(head[at] for at in self._kept), *added])

    def write(self, row: Row) -> None:
        """Write one record; the edits are a field of JSON."""
        fields: list[str] = list(row.record.raw)
        if self._options.in_column:
            fields[self._text_at] = row.text or ""
        added = (
            as_json(value) if isinstance(value, list) else value
            for value in row.values(self._options).values()
        )
        self._csv.writerow([*(fields[at] for at in self._kept), *added])

    def finish(self) -> None:
        """Nothing is held back."""


class _Encoded:
    """A stream of bytes that takes rows of text."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write a row in UTF-8, with a line end of one character."""
        self._stream.write((text.removesuffix("\r\n") + "\n").encode())
