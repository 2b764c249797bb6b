"""Compiled rows that are unpacked one by one: a check of one page asks for few of thousands of rules."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, overload

from cleanup.rulebook.glance import Glance

# Rules and forms as plain tuples.
Row = tuple[Any, ...]

# The second folded token (empty for a form of one token) to the forms that begin with it and a first one.
Bucket = dict[str, list[Row]]


class PackedRows(Sequence[Row]):
    """Rows, each unpacked when it is first asked for."""

    def __init__(self, packed: Sequence[bytes]) -> None:
        self._packed = packed
        self._rows: dict[int, Row] = {}

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> list[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | list[Row]:
        if isinstance(at, slice):
            return [self[number] for number in range(*at.indices(len(self)))]
        row = self._rows.get(at)
        if row is None:
            row = self._rows[at] = marshal.loads(self._packed[at])  # noqa: S302 - see `cache`
        return row

    def __len__(self) -> int:
        return len(self._packed)


class PackedIndex(Mapping[str, Bucket]):
    """Forms by first token, those of one token unpacked when it is first met."""

    def __init__(self, packed: Mapping[str, bytes]) -> None:
        self._packed = packed
        self._buckets: dict[str, Bucket] = {}

    def __getitem__(self, first: str) -> Bucket:
        bucket = self._buckets.get(first)
        if bucket is None:
            bucket = self._buckets[first] = marshal.loads(self._packed[first])  # noqa: S302 - see `cache`
        return bucket

    def get(self, first: str, default: Any = None) -> Any:
        """The bucket of a token; most tokens of a text have none."""
        return self[first] if first in self._packed else default

    def __iter__(self) -> Iterator[str]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)


class Compiled(NamedTuple):
    """A rule book as it is made.

    Attributes:
        rules: every rule.
        forms: every form, by its first token and its second.
        strong_forms: the same for the forms of rules that are findings by themselves.
        glance: what a first look for those forms looks for.

    """

    rules: Sequence[Row]
    forms: Mapping[str, Bucket]
    strong_forms: Mapping[str, Bucket]
    glance: Glance


class PackedBook:
    """A rule book as it is kept: see `Compiled`.  A text that a glance passes over needs no more of it."""

    def __init__(self, glance: bytes, load_rows: Callable[[], bytes]) -> None:
        self.glance = Glance(*marshal.loads(glance))  # noqa: S302 - ours, whole, and marshal runs no code
        self._load_rows = load_rows

    @cached_property
    def _unpacked(self) -> tuple[list[bytes], dict[str, bytes], dict[str, bytes]]:
        return marshal.loads(self._load_rows())  # type: ignore[no-any-return]  # noqa: S302

    @cached_property
    def rules(self) -> Sequence[Row]:
        """Every rule."""
        return PackedRows(self._unpacked[0])

    @cached_property
    def forms(self) -> Mapping[str, Bucket]:
        """Every form."""
        return PackedIndex(self._unpacked[1])

    @cached_property
    def strong_forms(self) -> Mapping[str, Bucket]:
        """The forms of strong rules."""
        return PackedIndex(self._unpacked[2])


def pack_glance(book: Compiled) -> bytes:
    """What a clean text needs of a book, for the cache."""
    return marshal.dumps(tuple(book.glance))


def pack_rows(book: Compiled) -> bytes:
    """The rest of a book, for the cache."""
    rows = [marshal.dumps(row) for row in book.rules]
    indexes = [
        {first: marshal.dumps(bucket) for first, bucket in index.items()}
        for index in (book.forms, book.strong_forms)
    ]
    return marshal.dumps((rows, *indexes))
