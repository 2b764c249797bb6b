"""Where a change stands: lines and columns, and offsets in the corrected text."""

from __future__ import annotations

from bisect import bisect_right

from cleanup.datatypes import Span


class Lines:
    r"""The lines of a text, split on ``\n`` only, so that every program counts them alike.

    >>> Lines("one\ntwo\n").place(5)
    (2, 2)
    """

    def __init__(self, text: str) -> None:
        self._length = len(text)
        self._starts = [0]
        while (feed := text.find("\n", self._starts[-1])) >= 0:
            self._starts.append(feed + 1)

    def place(self, offset: int) -> tuple[int, int]:
        """The line and the column of ``offset``, both from 1, the column in code points."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def around(self, span: Span) -> Span:
        """The whole lines that ``span`` touches, the last line feed included."""
        first = bisect_right(self._starts, span.start) - 1
        after = bisect_right(self._starts, span.end)
        return Span(self._starts[first], self._starts[after] if after < len(self._starts) else self._length)
