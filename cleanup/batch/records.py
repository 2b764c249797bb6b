"""The nouns of a corpus: records on their way through, and the columns that are added to them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, Protocol

from cleanup.batch.options import Options
from cleanup.batch.places import shown
from cleanup.batch.work import Outcome, edit_objects
from cleanup.errors import UsageError

TEXT, SCORE, RATE = "cleanup_text", "cleanup_score", "cleanup_rate"
EDITS, VERSION, STATUS = "cleanup_edits", "cleanup_version", "cleanup_status"
#: Every column that is ever added; those of an earlier run are replaced.
COLUMNS = (TEXT, SCORE, RATE, EDITS, VERSION, STATUS)

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a corpus.

    Attributes:
        number: how many records stand before it in the file.
        line: its line, or row, from 1.
        label: what it is called: its id, or its line or row.
        text: its text, None where the corpus has none.
        raw: what the writer of its format needs to write it again.
        size: about how many bytes it takes in memory, with all its columns.

    """

    number: int
    line: int
    label: str
    text: str | None
    raw: Any
    size: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """A record, or the rest of a file, that was set aside: where and why."""

    number: int
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """A record as it is to be written."""

    record: Record
    outcome: Outcome
    status: str
    version: str

    @property
    def text(self) -> str | None:
        """The corrected text."""
        return self.outcome.content if isinstance(self.outcome.content, str) else self.record.text

    def values(self, options: Options) -> dict[str, Any]:
        """The added columns by name, the edits as objects."""
        outcome = self.outcome
        values = {
            TEXT: self.text,
            SCORE: outcome.score,
            RATE: outcome.rate,
            EDITS: edit_objects(outcome.edits),
            VERSION: self.version,
            STATUS: self.status,
        }
        return {name: values[name] for name in added_columns(options)}


def added_columns(options: Options) -> tuple[str, ...]:
    """The columns that a run adds: without repairs there is neither a corrected text nor an edit."""
    missing = {TEXT, EDITS} if options.only_score else {TEXT} if options.in_column else set()
    return tuple(name for name in COLUMNS if name not in missing)


def require_once(path: str, columns: Sequence[str], options: Options) -> None:
    """Refuse a corpus in which the column of the text, or of the ids, is there more than once.

    Raises:
        UsageError: with the column.

    """
    for name in (options.text_column, options.id_column):
        if name and columns.count(name) > 1:
            raise UsageError(
                f"{shown(path)}: {columns.count(name)} columns are called {name!r}: rename all but one"
            )


class Wanted(Protocol):
    """Which records are to be read, by their number in the file."""

    def __call__(self, number: int, /) -> bool:
        """Whether the record is to be read."""


class RowWriter(Protocol):
    """What writes the records of one file of the output."""

    def write(self, row: Row) -> None:
        """Write one record."""

    def finish(self) -> None:
        """Write what is still held back."""


class Format(Protocol):
    """How the records of one corpus file are read and written."""

    #: How much of the file was read, in its own bytes.
    position: int

    def columns(self) -> Sequence[str]:
        """The names of the columns; empty for a file without records."""

    def records(self, wanted: Wanted) -> Iterator[Record | Failure]:
        """The wanted records in order, and what had to be set aside."""

    def writer(self, stream: IO[bytes]) -> RowWriter:
        """What writes records into a file of the same format."""


def as_json(value: object, *, indent: int | None = None) -> str:
    r"""JSON as it is written everywhere here: text as it is, lone surrogates, which UTF-8 lacks, escaped.

    >>> as_json({"a": "é\udc80"})
    '{"a": "é\\udc80"}'
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
