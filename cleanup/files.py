"""Reading and writing one file: never a half-written one, never one that waits for ever."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator

from cleanup.decoding import Decoded, Skip, decode
from cleanup.errors import FileError

__all__ = [
    "Decoded",
    "Skip",
    "decode",
    "describe",
    "is_same_file",
    "printable",
    "read_bytes",
    "require_regular",
    "sha256",
    "write_atomic",
]


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """All bytes of a regular file.

    Raises FileError, one line, when there is no such file, it is a directory, pipe, socket or device, or
    cannot be read.  A pipe is told by its kind and not opened, so nothing waits for a writer.
    """
    name = os.fspath(path)
    try:
        require_regular(name, os.stat(name))
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with open(os.open(name, flags), "rb") as file:
            require_regular(name, os.fstat(file.fileno()))  # it may have been swapped since
            return file.read()
    except (OSError, ValueError) as error:
        raise FileError(f"{printable(name)}: {describe(error)}") from error


def write_atomic(path: str | os.PathLike[str], data: bytes, *, expected: bytes | None = None) -> None:
    """Write a file whole or not at all, keeping its mode, its owner where permitted, and symbolic links.

    The bytes go to a temporary file in the same directory, which then takes the place of the old one (of
    the link's target, where ``path`` is a link); other hard links keep the old bytes.  With ``expected``,
    a file that no longer holds these bytes was changed by another program meanwhile and is left alone.
    Raises FileError, one line, and then the old file is untouched and no temporary file remains.
    """
    name = os.fspath(path)
    try:
        target = os.path.realpath(name)
        before = _status_before(name, target)
        temporary = os.path.join(os.path.dirname(target), f".cleanup-{os.urandom(8).hex()}.tmp")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        # A new file gets what the umask allows; for an old one nobody may look in before its mode is set.
        descriptor = os.open(temporary, flags, 0o666 if before is None else 0o600)
        with _removed_on_failure(temporary):
            try:
                _write_all(descriptor, data)
                if before is not None:
                    _copy_attributes(target, before, descriptor)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            if expected is not None and read_bytes(target) != expected:
                raise FileError(
                    f"{printable(name)}: not written: another program changed it meanwhile; run again"
                )
            os.replace(temporary, target)
    except (OSError, ValueError) as error:
        raise FileError(f"{printable(name)}: not written: {describe(error)}") from error
    sync_directory(os.path.dirname(target))


def is_same_file(one: str, other: str) -> bool:
    """Whether two paths lead to one file, or would."""
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):  # not there, or no name that a file can have
        return os.path.abspath(one) == os.path.abspath(other)


def sha256(data: bytes) -> str:
    """The SHA-256 of the bytes, in hexadecimal."""
    import hashlib

    return hashlib.sha256(data).hexdigest()


def printable(path: str) -> str:
    """The path as it can be printed on one line, whatever bytes its name is made of."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def describe(error: OSError | ValueError) -> str:
    """What went wrong with a file, and what to do, for the end of a line."""
    if not isinstance(error, OSError):
        return "no file can have this name"  # a NUL character
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR:
            return "no such file or directory: check the path"
        case errno.EACCES | errno.EPERM:
            return "permission denied"
        case errno.EROFS:
            return "the file system is read-only"
        case errno.ENOSPC | errno.EDQUOT:
            return "the disk is full"
        case errno.ELOOP:
            return "its symbolic links lead in a circle"
        case errno.ENAMETOOLONG:
            return "the name is too long"
        case _:
            return (error.strerror or str(error) or type(error).__name__).lower()


def require_regular(path: str, status: os.stat_result) -> None:
    """Raise FileError, naming what it is, unless the status is that of a regular file."""
    kind = _kind(status)
    if kind:
        advice = ": pass its text on stdin, with `-` as the path" if stat.S_ISFIFO(status.st_mode) else ""
        raise FileError(f"{printable(path)}: is {kind}, not a file{advice}")


def is_file(path: str) -> bool:
    """Whether there is a file of that name, other than a text.

    Raises:
        FileError: when there is something else, or nobody may look.

    """
    try:
        kind = _kind(os.stat(path))
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        raise FileError(f"{printable(path)}: {describe(error)}") from None
    if kind:
        raise FileError(f"{printable(path)}: is {kind}, not a file")
    return True


def _kind(status: os.stat_result) -> str:
    """What has this status; empty for a regular file."""
    for is_kind, kind in (
        (stat.S_ISREG, ""),
        (stat.S_ISDIR, "a directory"),
        (stat.S_ISFIFO, "a named pipe"),
        (stat.S_ISSOCK, "a socket"),
    ):
        if is_kind(status.st_mode):
            return kind
    return "a device"


def _status_before(name: str, target: str) -> os.stat_result | None:
    """The status of the file that will be replaced, or None if there is none yet."""
    try:
        status = os.stat(target)
    except FileNotFoundError:
        return None
    require_regular(name, status)
    # Replacing asks only for a writable directory, but who made a file read-only meant it.
    if not os.access(target, os.W_OK):
        raise FileError(
            f"{printable(name)}: not written: the file is read-only: allow writing with chmod u+w"
        )
    return status


@contextlib.contextmanager
def _removed_on_failure(temporary: str) -> Iterator[None]:
    try:
        yield
    except BaseException:  # Ctrl-C leaves no temporary file either
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _copy_attributes(target: str, before: os.stat_result, descriptor: int) -> None:
    """Give the new file the owner, access list and mode of the old one.

    What only root may give is left out silently; the bits that act for the owner (setuid, setgid) are
    then left out too.
    """
    mode = stat.S_IMODE(before.st_mode)
    after = os.fstat(descriptor)
    if (before.st_uid, before.st_gid) != (after.st_uid, after.st_gid):
        try:
            os.fchown(descriptor, before.st_uid, before.st_gid)
        except PermissionError:
            mode &= 0o777
            with contextlib.suppress(PermissionError):
                os.fchown(descriptor, -1, before.st_gid)
    if hasattr(os, "listxattr"):
        with contextlib.suppress(OSError):  # not every file system has them
            for attribute in os.listxattr(target):
                os.setxattr(descriptor, attribute, os.getxattr(target, attribute))
    os.fchmod(descriptor, mode)


def sync_directory(directory: str | os.PathLike[str]) -> None:
    """Make new names in a directory outlive a power cut, where the file system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
