"""Which format a corpus file has, by its name."""

from __future__ import annotations

import os
from dataclasses import dataclass

from cleanup.batch.columnar import Columnar, require_parquet
from cleanup.batch.jsonl import JsonLines
from cleanup.batch.options import Options
from cleanup.batch.places import is_uri
from cleanup.batch.records import Format
from cleanup.batch.streams import COMPRESSIONS, require_compression
from cleanup.batch.table import Table

_PARQUET = ".parquet"
_LINES = (".jsonl", ".ndjson")
_SEPARATORS = {".csv": ",", ".tsv": "\t"}
#: What the names of corpora end with.
SUFFIXES = (
    *(f"{suffix}{more}" for suffix in (*_LINES, *_SEPARATORS) for more in ("", *COMPRESSIONS)),
    _PARQUET,
)


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a corpus file, taken apart: ``stem + suffix + compression``."""

    stem: str
    suffix: str
    compression: str

    @property
    def ending(self) -> str:
        """Format and compression, as the files of the output end."""
        return self.suffix + self.compression


def parse_name(path: str) -> Name | None:
    """The parts of the name of a corpus file; None for any other.

    >>> parse_name("2024/news.jsonl.gz")
    Name(stem='2024/news', suffix='.jsonl', compression='.gz')
    """
    lower = path.lower()
    ending = max((suffix for suffix in SUFFIXES if lower.endswith(suffix)), key=len, default="")
    if not ending or len(ending) == len(os.path.basename(path)):
        return None
    compression = next((suffix for suffix in COMPRESSIONS if ending.endswith(suffix)), "")
    return Name(path[: -len(ending)], ending.removesuffix(compression), compression)


def open_corpus(path: str, options: Options) -> Format:
    """A corpus file, ready to be read.

    Raises:
        UsageError: when the library for its format or its compression is missing.

    """
    name = parse_name(path.partition("?")[0] if is_uri(path) else path)
    if name is None:
        raise ValueError(path)
    if name.suffix == _PARQUET:
        require_parquet(path)
        return Columnar(path, options)
    require_compression(name.compression, path)
    if name.suffix in _LINES:
        return JsonLines(path, name.compression, options)
    return Table(path, name.compression, options, _SEPARATORS[name.suffix])
