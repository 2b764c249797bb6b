"""Where corpora lie: files of this machine, or whatever pyarrow's file systems open by a URI."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, cast

from cleanup.errors import FileError, UsageError
from cleanup.files import describe, printable

_URI = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://([^/?]*)")
_SECRET = re.compile(r"//[^/@]*@")
# These have no directories: to make one would leave an empty object of its name.
_OBJECT_STORES = ("s3", "gcs", "abfs")
_BLOCK = 1 << 20
#: How the names of files begin and end that are not complete.
TEMPORARY = (".cleanup-", ".tmp")


def is_uri(path: str) -> bool:
    """Whether a path names a file system, as ``s3://bucket/key`` does."""
    return _URI.match(path) is not None


def shown(path: str) -> str:
    """A path as it may be printed: without the password that a URI may hold."""
    return printable(_SECRET.sub("//", path) if is_uri(path) else path)


def local_path(path: str) -> str:
    """The path that a ``file://`` URI means; any other as it is.

    Raises:
        UsageError: for a URI that names no file system, or where pyarrow is missing.

    """
    if not is_uri(path):
        return path
    system, inside = _resolved(path)
    return inside if system.type_name == "local" else path


@contextlib.contextmanager
def opened_bare(path: str) -> Iterator[IO[bytes]]:
    """The bytes of a file, wherever it is; it can be read anywhere, as Parquet is."""
    if not is_uri(path):
        with open(path, "rb") as file:
            yield file
        return
    system, inside = _resolved(path)
    with io.BufferedReader(cast("io.RawIOBase", system.open_input_file(inside)), _BLOCK) as stream:
        yield stream


def arrow_source(path: str) -> Any:
    """A file as pyarrow takes it."""
    if not is_uri(path):
        return path
    system, inside = _resolved(path)
    return system.open_input_file(inside)


def status(path: str) -> tuple[int, int]:
    """The size of a file in bytes, and when it was changed, in nanoseconds.

    Raises:
        OSError: when there is no such file.

    """
    if not is_uri(path):
        found = os.stat(path)
        return found.st_size, found.st_mtime_ns
    system, inside = _resolved(path)
    info = system.get_file_info(inside)
    if info.size is None:
        raise FileNotFoundError(2, "No such file", shown(path))
    return info.size, info.mtime_ns or 0


def files_below(uri: str) -> dict[str, str]:
    """The names below a URI, or that of the file that it is, each with its own URI.

    Raises:
        UsageError: when there is nothing.

    """
    system, inside = _resolved(uri)
    try:
        info = system.get_file_info(inside)
        if info.is_file:
            return {os.path.basename(inside): uri}
        base, question, query = uri.partition("?")
        found = _listed(system, inside)
    except OSError as error:
        raise FileError(f"{shown(uri)}: {_reason(error)}") from None
    if not found:
        raise UsageError(f"{shown(uri)}: no such file or directory: check the path")
    return {name: f"{base.rstrip('/')}/{name}{question}{query}" for name in sorted(found)}


class Store:
    """The output as it lies in a remote file system; names are relative to it.

    A file is sent under a temporary name and moved, so it is there whole or not at all.
    """

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._system, inside = _resolved(uri)
        self._base = inside.rstrip("/")

    def sizes(self) -> dict[str, int]:
        """Every name below, and how many bytes it has; what was left half-sent is removed."""
        found = _listed(self._system, self._base)
        for name in list(found):
            last = name.rpartition("/")[2]
            if last.startswith(TEMPORARY[0]) and last.endswith(TEMPORARY[1]):
                self.remove(name)
                del found[name]
        return found

    def read(self, name: str) -> bytes:
        """All of a file."""
        with self._system.open_input_stream(f"{self._base}/{name}") as stream:
            return bytes(stream.read())

    def send(self, path: Path, name: str) -> None:
        """Put a file there, in place of what has its name."""
        target = f"{self._base}/{name}"
        folder = target.rpartition("/")[0]
        temporary = f"{folder}/{TEMPORARY[0]}{os.urandom(8).hex()}{TEMPORARY[1]}"
        if self._system.type_name not in _OBJECT_STORES:
            self._system.create_dir(folder, recursive=True)
        with path.open("rb") as source, self._system.open_output_stream(temporary) as sink:
            shutil.copyfileobj(source, sink, _BLOCK)
        try:
            self._system.move(temporary, target)
        except OSError:  # some do not replace what is there
            self.remove(name)
            self._system.move(temporary, target)

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        with contextlib.suppress(FileNotFoundError):
            self._system.delete_file(f"{self._base}/{name}")


def _listed(system: Any, inside: str) -> dict[str, int]:
    from pyarrow import fs

    base = inside.rstrip("/")
    selector = fs.FileSelector(base, recursive=True, allow_not_found=True)
    infos = [info for info in system.get_file_info(selector) if info.is_file]
    return {info.path[len(base) :].lstrip("/"): info.size for info in infos}


_SYSTEMS: dict[tuple[str, str], Any] = {}


@lru_cache(maxsize=4096)
def _resolved(uri: str) -> tuple[Any, str]:
    """The file system of a URI, which is one for all of the same host or bucket, and the path in it.

    Raises:
        UsageError: when it names none, or pyarrow is missing.

    """
    if find_spec("pyarrow") is None:
        raise UsageError(f"{shown(uri)}: reading URIs needs pyarrow: pip install pyarrow")
    import pyarrow as pa
    from pyarrow import fs

    try:
        system, path = fs.FileSystem.from_uri(uri)
    except (pa.ArrowException, ImportError, OSError, ValueError) as error:
        reason = _SECRET.sub("//", _reason(error))
        raise UsageError(f"{shown(uri)}: no file system is opened by this: {reason}") from None
    found = _URI.match(uri)
    where = found.group() if found else ""
    return _SYSTEMS.setdefault((where, uri.partition("?")[2]), system), path


def _reason(error: Exception) -> str:
    text = describe(error) if isinstance(error, OSError) else str(error)
    return text.split("\n")[0]
