"""Parquet: columns keep their types, nulls and nesting; needs the extra ``corpus``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import IO, TYPE_CHECKING, Any

from cleanup.batch.options import Options
from cleanup.batch.places import arrow_source, shown, status
from cleanup.batch.records import (
    COLUMNS,
    EDITS,
    RATE,
    SCORE,
    Failure,
    Record,
    Row,
    Wanted,
    added_columns,
    as_json,
    require_once,
)
from cleanup.errors import FileError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

_TEXTS = ("string", "large_string", "string_view")
_READ_ROWS = 512
_GROUP_ROWS, _GROUP_BYTES = 10_000, 16_000_000  # what is held back to be written as one row group


def require_parquet(path: str) -> None:
    """Refuse a Parquet file where the library for it is missing.

    Raises:
        UsageError: with the command that installs it.

    """
    if find_spec("pyarrow") is None:
        raise UsageError(f"{shown(path)}: reading .parquet needs pyarrow: pip install pyarrow")


class Columnar:
    """A Parquet file."""

    def __init__(self, path: str, options: Options) -> None:
        self._path = path
        self._options = options
        self.position = 0

    def columns(self) -> Sequence[str]:
        """The names of the columns.

        Raises:
            FileError: when the file is damaged.
            UsageError: when the text column holds something else, or is there twice, as the ids may be.

        """
        import pyarrow as pa

        schema = self._opened().schema_arrow
        name = self._options.text_column
        for field in schema:
            kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
            if field.name == name and str(kind) not in _TEXTS:
                raise UsageError(f"{shown(self._path)}: the column {name!r} holds {field.type}, not text")
        names = list(schema.names)
        require_once(self._path, names, self._options)
        return names

    def records(self, wanted: Wanted) -> Iterator[Record | Failure]:
        """The wanted rows in order."""
        import pyarrow as pa

        number = 0
        try:
            file = self._opened()
            size, total = status(self._path)[0], max(1, file.metadata.num_rows)
            for batch in file.iter_batches(_READ_ROWS):
                self.position = size * number // total
                rows = [at for at in range(batch.num_rows) if wanted(number + at)]
                # Of the whole batch, for groups to end at the same rows whichever are wanted.
                share = batch.nbytes // max(1, batch.num_rows)
                picked = _picked(batch, rows)
                for place, at in enumerate(rows):
                    yield self._record(number + at, picked, place, share)
                number += batch.num_rows
        except (pa.ArrowException, KeyError, OSError, FileError) as error:
            yield Failure(number, number + 1, f"damaged from here on: {error}".replace("\n", " "))

    def _opened(self) -> Any:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return pq.ParquetFile(arrow_source(self._path))
        except (pa.ArrowException, OSError) as error:
            reason = str(error).split("\n")[0]
            raise FileError(f"{shown(self._path)}: no Parquet file: {reason}") from None

    def _record(self, number: int, batch: pa.RecordBatch, at: int, size: int) -> Record | Failure:
        options = self._options
        try:
            text = batch.column(options.text_column)[at].as_py()
            label = f"row {number + 1}"
            if options.id_column:
                label = str(batch.column(options.id_column)[at].as_py())
        except UnicodeDecodeError:
            return Failure(number, number + 1, "not UTF-8")
        return Record(number, number + 1, label, text, (batch, at, size), size + len(text or ""))

    def writer(self, stream: IO[bytes]) -> _Writer:
        """What writes rows, with the compression of the file that they come from."""
        metadata = self._opened().metadata
        groups = metadata.num_row_groups and metadata.num_columns
        codec = metadata.row_group(0).column(0).compression if groups else "SNAPPY"
        return _Writer(stream, self._path, self._options, "NONE" if codec == "UNCOMPRESSED" else codec)


class _Writer:
    def __init__(self, stream: IO[bytes], path: str, options: Options, codec: str) -> None:
        self._stream = stream
        self._path = path
        self._options = options
        self._codec = codec
        self._file: Any = None
        self._rows: list[Row] = []
        self._bytes = 0

    def write(self, row: Row) -> None:
        """Take one row; rows are written in groups."""
        self._rows.append(row)
        self._bytes += 2 * len(row.text or "") + row.record.raw[2]
        if len(self._rows) >= _GROUP_ROWS or self._bytes >= _GROUP_BYTES:
            self._write_group()

    def finish(self) -> None:
        """Write the last rows and the foot of the file."""
        if self._rows:
            self._write_group()
        if self._file is not None:
            self._file.close()

    def _write_group(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            table = self._table()
            if self._file is None:
                self._file = pq.ParquetWriter(self._stream, table.schema, compression=self._codec)
            self._file.write_table(table, row_group_size=len(self._rows))
        except (pa.ArrowException, KeyError) as error:
            reason = str(error).split("\n")[0]
            raise FileError(f"{shown(self._path)}: cannot be written again: {reason}") from None
        self._rows, self._bytes = [], 0

    def _table(self) -> pa.Table:
        """The rows that are held back, with what we add."""
        import pyarrow as pa

        options = self._options
        table = pa.Table.from_batches(self._taken()).combine_chunks()
        if options.in_column:
            at = table.schema.get_field_index(options.text_column)
            field = table.schema.field(at)
            texts = pa.array([row.text for row in self._rows], pa.string())
            texts = texts.dictionary_encode() if pa.types.is_dictionary(field.type) else texts
            table = table.set_column(at, field, texts.cast(field.type))
        table = table.select([at for at, name in enumerate(table.column_names) if name not in COLUMNS])
        values = [row.values(options) for row in self._rows]
        for name in added_columns(options):
            column = [value[name] for value in values]
            if name == EDITS:
                column = [as_json(edits) for edits in column]
            kind = pa.float64() if name in (SCORE, RATE) else pa.string()
            table = table.append_column(pa.field(name, kind), pa.array(column, kind))
        return table

    def _taken(self) -> list[pa.RecordBatch]:
        """The rows of each batch that they were read in, which is let go of with them."""
        taken: list[tuple[pa.RecordBatch, list[int]]] = []
        for row in self._rows:
            batch, at, _ = row.record.raw
            if not taken or taken[-1][0] is not batch:
                taken.append((batch, []))
            taken[-1][1].append(at)
        return [_picked(batch, rows) for batch, rows in taken]


def _picked(batch: pa.RecordBatch, rows: Sequence[int]) -> pa.RecordBatch:
    """Some rows of a batch, in their order; pyarrow's ``take`` knows no views, such as ``string_view``."""
    import pyarrow as pa

    if len(rows) == batch.num_rows:
        return batch
    starts = [at for at, row in enumerate(rows) if at == 0 or rows[at - 1] != row - 1]
    ends = [*starts[1:], len(rows)]
    parts = [batch.slice(rows[start], end - start) for start, end in zip(starts, ends, strict=True)]
    return pa.concat_batches(parts or [batch.slice(0, 0)])
