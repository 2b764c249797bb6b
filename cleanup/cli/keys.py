"""What a user types: single keys on a terminal, lines where standard input is none."""

from __future__ import annotations

import codecs
import os
import select
import signal
import sys
from types import FrameType
from typing import Any, Protocol, Self

from cleanup.cli.console import put
from cleanup.errors import FileError

#: The end of what is typed: Ctrl-D, or standard input has no more.
END = ""

_CTRL_D, _ESCAPE = "\x04", "\x1b"
_SECONDS_IN_A_KEY = 0.05  # the signs that an arrow key sends come at once


class Keys(Protocol):
    """Something that a user types on."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...

    def key(self) -> str:
        """The next key, or the first sign of the next line; `END` at the end."""

    def line(self, prompt: str) -> str | None:
        """Ask for a line and return it without its end; None at the end."""


def keys() -> Keys:
    """The terminal, or standard input as it comes.

    Raises:
        FileError: when standard input is closed.

    """
    if sys.stdin is None:
        raise FileError("standard input is closed: there is nobody to ask")
    if not sys.stdin.isatty():
        return Lines()
    return WindowsTerminal() if os.name == "nt" else Terminal()


class Lines:
    """Standard input that is no terminal: each line is a key, or an answer."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def key(self) -> str:
        """The first sign of the next line that is not empty."""
        while (line := self.line("")) is not None:
            if line.strip():
                return line.strip()[0]
        return END

    def line(self, prompt: str) -> str | None:
        """The next line."""
        put(prompt)
        data = sys.stdin.buffer.readline()
        if not data:
            return None
        return data.decode("utf-8", "replace").rstrip("\r\n")


class Terminal:
    """A terminal that gives each key as it is typed and does not show it; Ctrl-C works as ever.

    Leaving the context brings the terminal back as it was, whatever happened; so does a signal that ends the
    program.
    """

    def __init__(self) -> None:
        import termios

        self._termios = termios
        self._file = sys.stdin.fileno()
        self._before: list[Any] = termios.tcgetattr(self._file)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._handlers: dict[int, Any] = {}
        self._signals, self._signalled = os.pipe()
        self._wakeup_before = -1

    def __enter__(self) -> Self:
        # Libraries have threads, and a signal that one of them gets wakes nobody who waits for a key.
        os.set_blocking(self._signalled, False)
        self._wakeup_before = signal.set_wakeup_fd(self._signalled, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGHUP):
            self._handlers[number] = signal.signal(number, self._end)
        self._handlers[signal.SIGCONT] = signal.signal(signal.SIGCONT, self._go_on)
        self._listen()
        return self

    def __exit__(self, *error: object) -> None:
        self._restore()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup_before)
        os.close(self._signals)
        os.close(self._signalled)

    def key(self) -> str:
        """The next key; keys that send several signs, such as arrows, count as none."""
        while True:
            sign = self._sign()
            if sign == _ESCAPE:
                self._skip_sequence()
                continue
            return END if sign == _CTRL_D else sign

    def line(self, prompt: str) -> str | None:
        """A line as the terminal edits it: shown while it is typed."""
        self._restore()  # before anybody is asked: what is typed earlier would be taken for single keys
        try:
            put(prompt)
            data = b""
            while not data.endswith(b"\n"):
                more = self._read(4096)
                if not more:
                    break
                data += more
        finally:
            self._listen()
        return data.decode("utf-8", "replace").rstrip("\r\n") if data else None

    def _read(self, size: int) -> bytes:
        """Bytes from the terminal, once there are any; none at the end of what is typed."""
        while True:
            ready = select.select([self._file, self._signals], [], [])[0]
            if self._signals in ready:
                os.read(self._signals, 4096)  # the handlers of what came in have run by now
            if self._file in ready:
                try:
                    return os.read(self._file, size)
                except OSError:  # the window was closed
                    return b""

    def _sign(self) -> str:
        """One sign, which may be several bytes; `END` where the terminal is gone."""
        while True:
            data = self._read(1)
            if not data:
                return END
            text: str = self._decode(data)
            if text:
                return text

    def _skip_sequence(self) -> None:
        """Leave out what follows an escape at once: up to its final letter."""
        first = True
        while select.select([self._file], [], [], _SECONDS_IN_A_KEY)[0]:
            sign = self._sign()
            if sign == END or (not (first and sign in "[O") and "@" <= sign <= "~"):
                return
            first = False

    def _listen(self) -> None:
        """No lines and no echo: each key comes as it is typed."""
        termios, mode = self._termios, list(self._before)
        mode[3] &= ~(termios.ICANON | termios.ECHO)
        mode[6] = list(mode[6])
        mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
        termios.tcsetattr(self._file, termios.TCSADRAIN, mode)

    def _restore(self) -> None:
        self._termios.tcsetattr(self._file, self._termios.TCSADRAIN, self._before)

    def _go_on(self, _number: int, _frame: FrameType | None) -> None:
        self._listen()

    def _end(self, number: int, _frame: FrameType | None) -> None:
        self._restore()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)


class WindowsTerminal:
    """The console of Windows, which gives single keys by itself."""

    def __init__(self) -> None:
        import msvcrt

        self._read: Any = msvcrt.getwch  # type: ignore[attr-defined,unused-ignore]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def key(self) -> str:
        """The next key; those that send several signs count as none."""
        while True:
            sign = str(self._read())
            if sign == "\x03":
                raise KeyboardInterrupt
            if sign in "\x00\xe0":
                self._read()
            elif sign in (_CTRL_D, "\x1a"):
                return END
            else:
                return sign

    def line(self, prompt: str) -> str | None:
        """A line as the console edits it."""
        put(prompt)
        return sys.stdin.readline().rstrip("\r\n") or None
