"""Standard output and standard error: the only place that prints."""

from __future__ import annotations

import contextlib
import os
import sys

from cleanup.errors import FileError


def say(message: str) -> None:
    """One line for people, on standard error; what the terminal could take for a command is made visible.

    There is nobody to tell when standard error itself fails.
    """
    from cleanup.report.visible import make_visible

    with contextlib.suppress(OSError, AttributeError):
        sys.stderr.buffer.write((make_visible(message) + "\n").encode("utf-8", "surrogateescape"))
        sys.stderr.flush()


def put(text: str) -> None:
    """Text on standard output, in UTF-8 and without any change of its newlines."""
    put_bytes(text.encode("utf-8", "surrogateescape"))


def put_bytes(data: bytes) -> None:
    """Bytes on standard output.

    Raises:
        FileError: when standard output is closed or its disk is full; a broken pipe stays what it is.

    """
    if sys.stdout is None:
        raise FileError("standard output is closed: nothing can be printed")
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        silence_output()
        raise FileError(f"standard output cannot be written: {error.strerror}") from None


def silence_output() -> None:
    """Point standard output elsewhere, so that what is left in its buffer makes no second complaint."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def read_input() -> bytes:
    """All of standard input.

    Raises:
        FileError: when it is closed.

    """
    if sys.stdin is None:
        raise FileError("standard input is closed: there is nothing to read")
    return sys.stdin.buffer.read()


def has_colour() -> bool:
    """Whether standard output is a terminal whose user wants colour: see no-color.org."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def width() -> int:
    """The columns of the terminal; 0, which means no limit, where there is none."""
    if sys.stdout is None or not sys.stdout.isatty():
        return 0
    import shutil

    return shutil.get_terminal_size().columns
