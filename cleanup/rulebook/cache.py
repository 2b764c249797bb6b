"""What was compiled from rule files, kept in the user's cache under the digest of the files."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from cleanup import __version__
from cleanup.rulebook.location import SourceFile

#: The most compiled files of each kind that are kept; of more those go that were not read for longest.
MOST_KEPT = 16

# A file is marked as read once in so many seconds: a day.
_MARKED = 86_400


def digest_of(files: Sequence[SourceFile], layout: int) -> str:
    """SHA-256 over files and the layout of what is compiled from them, as hexadecimal digits."""
    # The version of the interpreter is in the key because marshal's format goes with it.
    whole = hashlib.sha256(f"{__version__} {layout} {sys.version_info[:2]}".encode())
    for path, data in files:
        whole.update(f"{path}\0{len(data)}\0".encode("utf-8", "surrogateescape"))
        whole.update(data)
    return whole.hexdigest()


def read_cache(kind: str, digest: str) -> bytes | None:
    """What `write_cache` kept, or nothing where it kept nothing or the file was damaged."""
    path = _cache_file(kind, digest)
    try:
        data = path.read_bytes() if path else b""
    except OSError:
        return None
    checksum, payload = data[:32], data[32:]
    with contextlib.suppress(OSError):
        if path and time.time() - path.stat().st_mtime > _MARKED:
            os.utime(path)
    return payload if payload and hashlib.sha256(payload).digest() == checksum else None


def write_cache(kind: str, digest: str, payload: bytes) -> None:
    """Keep what was compiled; a cache that cannot be written is only a slower start."""
    path = _cache_file(kind, digest)
    if path is None:
        return
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(hashlib.sha256(payload).digest() + payload)
        part.replace(path)
        _let_go(path.parent, kind)
    except OSError:
        with contextlib.suppress(OSError):  # what a full disk has taken of it
            part.unlink()


def _let_go(directory: Path, kind: str) -> None:
    """Remove what was read longest ago; who reads it at this moment has it open, or compiles anew."""
    kept = sorted(directory.glob(f"{kind}-*.bin"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in kept[MOST_KEPT:]:
        path.unlink(missing_ok=True)


def _cache_file(kind: str, digest: str) -> Path | None:
    directory = cache_directory()
    return directory / f"{kind}-{digest[:32]}.bin" if directory else None


def cache_directory() -> Path | None:
    """Where what can be made or fetched again is kept for this user; nowhere without a home directory."""
    explicit = os.environ.get("CLEANUP_CACHE_DIR")
    if explicit:
        return Path(explicit)
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "cleanup"
    except RuntimeError:
        return None
