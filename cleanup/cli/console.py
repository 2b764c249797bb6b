"""Standard output and standard error: the only place that prints."""

from __future__ import annotations

import os
import sys


def say(message: str) -> None:
    """One line for people, on standard error; what the terminal could take for a command is made visible."""
    from cleanup.report.visible import make_visible

    _write(sys.stderr.buffer, make_visible(message) + "\n")


def put(text: str) -> None:
    """Text on standard output, in UTF-8 and without any change of its newlines."""
    _write(sys.stdout.buffer, text)


def put_bytes(data: bytes) -> None:
    """Bytes on standard output."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _write(stream: object, text: str) -> None:
    stream.write(text.encode("utf-8", "surrogateescape"))  # type: ignore[attr-defined]
    stream.flush()  # type: ignore[attr-defined]


def has_colour() -> bool:
    """Whether standard output is a terminal whose user wants colour: see no-color.org."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def width() -> int:
    """The columns of the terminal; 0, which means no limit, where there is none."""
    if not sys.stdout.isatty():
        return 0
    import shutil

    return shutil.get_terminal_size().columns
