"""Compressed files as streams, and files that appear whole under their names or not at all."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import os
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self, cast

from cleanup.batch.places import TEMPORARY, opened_bare, shown
from cleanup.errors import FileError, UsageError
from cleanup.files import describe, sync_directory

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

COMPRESSIONS = (".gz", ".zst")

#: What reading a damaged stream raises.
DAMAGES = (EOFError, OSError, zlib.error)

_BLOCK = 1 << 20
_COMPRESSED_BLOCK = 1 << 14  # a block of zeros grows a thousandfold
_GZIP_LEVEL, _ZSTD_LEVEL = 6, 3
_ZSTD_WINDOW = 1 << 31


def require_compression(compression: str, path: str) -> None:
    """Refuse a compression whose library is missing.

    Raises:
        UsageError: with the command that installs it.

    """
    if compression == ".zst" and find_spec("zstandard") is None:
        raise UsageError(f"{shown(path)}: reading .zst needs zstandard: pip install zstandard")


@contextlib.contextmanager
def opened(path: str, compression: str) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """A file as a stream of what is in it, and the bare file, whose position says how far it was read."""
    with opened_bare(path) as bare:
        if compression == ".gz":
            yield cast("IO[bytes]", gzip.GzipFile(fileobj=bare)), bare
        elif compression == ".zst":
            yield io.BufferedReader(_ZstdReader(bare), _BLOCK), bare
        else:
            yield bare, bare


class _ZstdReader(io.RawIOBase):
    """The content of all frames of a file; unlike the library's own reader it tells when the last is torn."""

    def __init__(self, file: IO[bytes]) -> None:
        import zstandard

        self._file = file
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        self._error = zstandard.ZstdError
        self._frame = self._decompressor.decompressobj()
        self._is_inside = False
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill a buffer with what comes next."""
        with memoryview(buffer).cast("B") as view:
            while not self._rest and self._advance():
                pass
            count = min(len(view), len(self._rest))
            view[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def _advance(self) -> bool:
        """Read on in the file; whether there was more."""
        block = self._frame.unused_data if self._frame.eof else b""
        if self._frame.eof:
            self._frame, self._is_inside = self._decompressor.decompressobj(), False
        block = block or self._file.read(_COMPRESSED_BLOCK)
        if not block:
            if self._is_inside:
                raise EOFError("the compressed stream ends in the middle")
            return False
        try:
            self._rest, self._is_inside = self._frame.decompress(block), True
        except self._error as error:
            raise OSError(str(error)) from None
        return True


class Target:
    """A file under a temporary name, until it is complete.

    Write to ``stream``; then `commit` gives the file its name, `discard` removes it.
    """

    def __init__(self, path: Path, compression: str = "") -> None:
        self.path = path
        self.sha256 = ""
        self.size = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._temporary = path.with_name(f"{TEMPORARY[0]}{os.urandom(8).hex()}{TEMPORARY[1]}")
        self._raw = _RawTarget(self._temporary)
        self._bare = io.BufferedWriter(self._raw, _BLOCK)
        self.stream: IO[bytes] = self._bare
        if compression == ".gz":
            self.stream = cast("IO[bytes]", gzip.GzipFile("", "wb", _GZIP_LEVEL, self._bare, mtime=0))
        elif compression == ".zst":
            import zstandard

            self.stream = zstandard.ZstdCompressor(_ZSTD_LEVEL).stream_writer(self._bare, closefd=False)

    def commit(self) -> None:
        """Give the file, which is complete, its name, for good."""
        if self.stream is not self._bare:
            self.stream.close()
        self._bare.flush()
        os.fsync(self._raw.descriptor)
        self.sha256, self.size = self._raw.digest.hexdigest(), self._raw.size
        self._raw.close()
        os.replace(self._temporary, self.path)
        sync_directory(self.path.parent)

    def discard(self) -> None:
        """Remove what was written."""
        self._raw.close()
        with contextlib.suppress(OSError):
            self._temporary.unlink()


@dataclass(frozen=True, slots=True)
class Staged:
    """A small file under a temporary name that is complete but for its name."""

    path: Path
    temporary: str
    sha256: str
    size: int

    @classmethod
    def of(cls, path: Path, data: bytes) -> Self:
        """A new file with these bytes, in a directory that exists."""
        temporary = path.with_name(f"{TEMPORARY[0]}{os.urandom(8).hex()}{TEMPORARY[1]}")
        raw = _RawTarget(temporary)
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[raw.write(rest) :]
        finally:
            raw.close()
        return cls(path, str(temporary), raw.digest.hexdigest(), len(data))


def name_all(files: Sequence[Staged]) -> None:
    """Give many files their names for good, with one wait for the disk where the system can do that."""
    if not files:
        return
    _sync_all(files)
    for file in files:
        os.replace(file.temporary, file.path)
    for directory in dict.fromkeys(file.path.parent for file in files):
        sync_directory(directory)


def _sync_all(files: Sequence[Staged]) -> None:
    if sys.platform == "linux" and len(files) > 1:
        import ctypes

        syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
        descriptor = os.open(files[0].path.parent, os.O_RDONLY)
        try:
            # All directories are below the output: another file system mounted there goes file by file.
            device = os.fstat(descriptor).st_dev
            parents = dict.fromkeys(file.path.parent for file in files)
            if syncfs and all(os.stat(parent).st_dev == device for parent in parents):
                if syncfs(descriptor):
                    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(files[0].path))
                return
        finally:
            os.close(descriptor)
    for file in files:
        descriptor = os.open(file.temporary, os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class _RawTarget(io.RawIOBase):
    """A new file that keeps the digest of what is written to it."""

    def __init__(self, path: Path) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        self.descriptor = os.open(path, flags, 0o666)
        self.digest = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer) -> int:
        """Write some of the data; how much."""
        if self.closed:
            raise ValueError("the file is closed")
        with memoryview(data).cast("B") as view:
            count = os.write(self.descriptor, view)
            self.digest.update(view[:count])
        self.size += count
        return count

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            os.close(self.descriptor)
        super().close()


def sha256_of(path: str) -> tuple[str, int]:
    """The SHA-256 and the size of a file, which is not read into memory.

    Raises:
        FileError: when it cannot be read.

    """
    digest, size = hashlib.sha256(), 0
    try:
        with opened_bare(path) as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                size += len(block)
    except OSError as error:
        raise FileError(f"{shown(path)}: {describe(error)}") from None
    return digest.hexdigest(), size


def remove_temporaries(directory: Path) -> None:
    """Remove what was left half-written below a directory by a run that was killed."""
    for below, _, names in os.walk(directory):
        for name in names:
            if name.startswith(TEMPORARY[0]) and name.endswith(TEMPORARY[1]):
                with contextlib.suppress(OSError):
                    os.unlink(os.path.join(below, name))
