"""How far a batch is: a bar on a terminal, a line every ten seconds elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from typing import TYPE_CHECKING

from cleanup.batch.progress import Progress, Silent
from cleanup.cli.console import say
from cleanup.cli.signals import Ending

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

_SECONDS_BETWEEN_LINES = 10.0
_SECONDS_BEFORE_BAR = 2.0


def progress_for(*, quiet: bool) -> Progress:
    """What shows the progress of a batch to whoever started it."""
    if quiet:
        return Silent()
    return Bar() if sys.stderr is not None and sys.stderr.isatty() else Lines()


class Lines:
    """Plain lines: how much of the stage is done, how fast it goes, and how long it will last."""

    def __init__(self, seconds: float = _SECONDS_BETWEEN_LINES) -> None:
        self._between = seconds
        self._what = ""
        self._total = self._done = self._documents = 0
        self._started = self._told = 0.0

    def begin(self, what: str, total: int) -> None:
        """A stage begins."""
        self._what, self._total, self._done, self._documents = what, total, 0, 0
        self._started = self._told = time.monotonic()

    def advance(self, size: int, documents: int) -> None:
        """More is done; say so if the last line is long ago."""
        self._done += size
        self._documents += documents
        now = time.monotonic()
        if now - self._told >= self._between:
            self._told = now
            self._tell(now - self._started)

    def end(self) -> None:
        """The stage is over; the summary says the rest."""

    def _tell(self, seconds: float) -> None:
        seconds = max(seconds, 1e-3)
        share = min(1.0, self._done / self._total) if self._total else 1.0
        left = f", {duration(seconds / share - seconds)} left" if share else ""
        say(
            f"{self._what}: {share:.0%}, {self._documents:,} documents, "
            f"{self._documents / seconds:,.1f} a second, {self._done / seconds / 1e6:.2f} MB/s{left}"
        )


#: Bars that are on the terminal, which hides its cursor meanwhile.
_shown: list[Bar] = []

#: What signals wait for while there are any.
_ending = Ending()


def end_bars() -> None:
    """Take every bar off the terminal, also those of stages that an error or the user has broken off.

    Does not return where a signal has done so.
    """
    try:
        for bar in tuple(_shown):
            bar.end()
    finally:
        _ending.die()


class Bar:
    """A bar for each stage."""

    def __init__(self, things: str = "documents") -> None:
        self._things = things
        self._bars: Bars | None = None
        self._task: TaskID | None = None
        self._documents = 0
        self._started = 0.0

    def begin(self, what: str, total: int) -> None:
        """A stage begins: draw its bar."""
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        self._documents, self._started = 0, time.monotonic()
        self._bars = Progress(
            TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(),
            TextColumn("{task.fields[rate]}"), TimeRemainingColumn(),
            console=Console(stderr=True), transient=True,
        )  # fmt: skip
        self._task = self._bars.add_task(what, total=max(total, 1), rate="")
        _ending.hold()
        with _ending.awaited():
            _shown.append(self)
            self._bars.start()

    def advance(self, size: int, documents: int) -> None:
        """More is done."""
        self._documents += documents
        seconds = max(time.monotonic() - self._started, 1e-3)
        if self._bars is not None and self._task is not None:
            rate = f"{self._documents:,} {self._things}, {self._documents / seconds:,.1f} a second"
            self._bars.update(self._task, advance=size, rate=rate)

    def end(self) -> None:
        """The stage is over: the bar goes."""
        with _ending.awaited():
            if self._bars is not None:
                with contextlib.suppress(OSError):  # the terminal is gone
                    self._bars.stop()
                self._bars = None
            if self in _shown:
                _shown.remove(self)
                if not _shown:
                    _ending.release()


class Questions:
    """A bar for the questions put to a language model, once they have taken two seconds, on a terminal."""

    def __init__(self) -> None:
        self._bar: Bar | None = None
        self._done = 0
        self._started: float | None = None

    def __call__(self, done: int, total: int) -> None:
        """So many questions of a document are answered, of so many."""
        now = time.monotonic()
        if self._started is None:
            self._started, self._done = now, 0
        if self._bar is None and now - self._started >= _SECONDS_BEFORE_BAR and done < total:
            self._bar = Bar("questions")
            self._bar.begin("language model", total)
        if self._bar is not None:
            self._bar.advance(done - self._done, done - self._done)
            self._done = done
        if done >= total:
            self._started = None
            if self._bar is not None:
                self._bar.end()
                self._bar = None


def questions_for(*, quiet: bool) -> Questions | None:
    """What shows the progress of a language model; nothing off a terminal."""
    is_seen = not quiet and sys.stderr is not None and sys.stderr.isatty()
    return Questions() if is_seen else None


def duration(seconds: float) -> str:
    """A time for people.

    >>> duration(7), duration(130), duration(9000)
    ('7 s', '2 min', '2 h 30 min')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
