"""Signals that end the program, put off until the terminal is as it was."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from types import FrameType
from typing import Any


class Ending:
    """SIGTERM and SIGHUP, which break a command off as Ctrl-C does while they are held.

    Who holds them owes the process its end: `die` brings it about, as the signal would have done.
    """

    def __init__(self) -> None:
        self._before: dict[int, Any] = {}
        self._process = 0
        self._caught = 0  # which of the two came
        self._is_busy = self._is_due = False

    def hold(self) -> None:
        """Hold them from now on, but for those that the process was told to ignore, as by nohup."""
        self._process = os.getpid()
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)  # Windows lacks one
            if number is None or signal.getsignal(number) in (signal.SIG_IGN, None, self._handle):
                continue
            try:
                self._before[number] = signal.signal(number, self._handle)
            except ValueError:  # only the first thread may
                return

    def release(self) -> None:
        """Let them do what they did before, where nobody else has taken them meanwhile."""
        for number, handler in self._before.items():
            if signal.getsignal(number) == self._handle:
                signal.signal(number, handler)
        self._before.clear()

    @contextlib.contextmanager
    def awaited(self) -> Iterator[None]:
        """What must be done whole: what is held, Ctrl-C included, waits for its end."""
        self._is_busy = True
        try:
            yield
        finally:
            self._is_busy = False
        if self._is_due:
            self._is_due = False
            raise KeyboardInterrupt

    def die(self) -> None:
        """End the process by the signal that came, if one of the two did."""
        if self._caught:
            _die_of(self._caught)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if number != signal.SIGINT:
            if os.getpid() != self._process:  # forked from the one that has something to put right
                _die_of(number)
            self._caught = number
        if self._is_busy:
            self._is_due = True
        else:
            raise KeyboardInterrupt


def _die_of(number: int) -> None:
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
