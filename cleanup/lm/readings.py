"""The open questions of a document as texts that a language model can read.

A document is read in *windows* of whole blocks, each as the engine reads it at the moment: the likeliest
reading at every place.  A *question* is one reading more of one stretch: its window with that reading put in,
and the same with the stretch as it stands.  White space is made even and mark-up left out, for the model is
to judge words.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cleanup.analysis import Analysis
from cleanup.datatypes import Span
from cleanup.document import Document
from cleanup.inflection import begin_like, letter_shape, transfer_case
from cleanup.lm.layout import Change, layout
from cleanup.pool import KEEP

Floats = NDArray[np.float64]

# Windows have about so many code points, 200 words: the model gains little from more, and what it remembers
# of a text grows with its square.
WINDOW_LENGTH = 1200

# A reading stands in its window from this probability on.
_LIKELY = 0.5

_CUTS = re.compile(r"(?<=[.!?…])\s+|(?<=[.!?…][\"”’)])\s+")


@dataclass(frozen=True, slots=True)
class Question:
    """Readings that are to be compared, by the numbers of their arcs, as whole texts of one window.

    ``arcs`` is one arc, or two that touch; ``with_them`` is the window with these readings, ``as_it_stands``
    the window with the same stretch as it stands.
    """

    arcs: tuple[int, ...]
    with_them: str
    as_it_stands: str


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a document, as the engine reads it, with the questions that arise in it.

    ``words`` are the words that stand in it as they stand in the document: the place of the stream, and where
    the word begins and ends in ``text``.
    """

    text: str
    questions: tuple[Question, ...]
    words: tuple[tuple[int, int, int], ...] = ()


class Reader:
    """A document as the engine reads it, and the questions about it as texts.

    Args:
        analysis: the document.
        posterior: the probability of each arc, for the readings that the questions stand between.

    """

    def __init__(self, analysis: Analysis, posterior: Floats) -> None:
        self._analysis = analysis
        likely = np.flatnonzero((analysis.arcs.kind != KEEP) & (posterior > _LIKELY)).tolist()
        self._likely = {arc: change_of(analysis, arc) for arc in likely}
        self._layout = list(layout(analysis.document))
        self._spans = list(_spans(analysis.document))

    def windows(self, asked: Sequence[tuple[int, ...]]) -> Iterator[Window]:
        """The windows in which something is asked: about one arc, or two that touch, in each question."""
        changes = {arc: change_of(self._analysis, arc) for group in asked for arc in group}
        by_start = sorted(asked, key=lambda group: (changes[group[0]][0], group))
        at = 0
        for number, span in enumerate(self._spans):
            inside: list[tuple[int, ...]] = []
            across: list[tuple[int, ...]] = []
            while at < len(by_start) and changes[by_start[at][0]][0] < span.end:
                is_inside = changes[by_start[at][-1]][1] <= span.end
                (inside if is_inside else across).append(by_start[at])
                at += 1
            if inside:
                yield self._window(span, inside, changes)
            if across:  # the border runs through what is asked about: both sides are read together
                yield self._window(Span(span.start, self._spans[number + 1].end), across, changes)

    def _window(self, span: Span, asked: Sequence[tuple[int, ...]], changes: dict[int, Change]) -> Window:
        likely = [change for change in self._likely.values() if _is_inside(change, span)]
        layout = [change for change in self._layout if _is_inside(change, span)]
        text = self._analysis.document.text

        def written(chosen: Sequence[Change]) -> str:
            return _applied(text, span, [*chosen, *layout])[0]

        questions = []
        for group in asked:
            low, high = changes[group[0]][0], changes[group[-1]][1]
            around = [change for change in likely if change[1] <= low or change[0] >= high]
            put_in = [changes[arc] for arc in group]
            questions.append(Question(group, written([*around, *put_in]), written(around)))
        stream = self._analysis.stream
        places = np.flatnonzero(stream.is_word & (stream.start >= span.start) & (stream.end <= span.end))
        whole, moved = _applied(text, span, [*likely, *layout])
        words = [
            (place, begin, begin + int(stream.end[place] - stream.start[place]))
            for place in places.tolist()
            if (begin := moved(int(stream.start[place]))) >= 0
        ]
        return Window(whole, tuple(questions), tuple(words))


def _is_inside(change: Change, span: Span) -> bool:
    return span.start <= change[0] and change[1] <= span.end


def change_of(analysis: Analysis, arc: int) -> Change:
    """What an arc does to the text, in the letters of what stands there."""
    text, stream = analysis.document.text, analysis.stream
    span = analysis.span(arc)
    places = range(int(analysis.arcs.start[arc]), int(analysis.arcs.end[arc]))
    words = [text[stream.start[at] : stream.end[at]] for at in places if stream.start[at] >= 0]
    original = begin_like(words[0], transfer_case(letter_shape(words), analysis.text(arc)))
    return span.start, span.end, original


def _applied(text: str, span: Span, changes: Sequence[Change]) -> tuple[str, Callable[[int], int]]:
    """A stretch of the text with changes made, of two that overlap the first to begin.

    Also what says where an offset of the text stands in it, -1 where it was changed.
    """
    pieces, at, length = [], span.start, 0
    starts, ends, shifts = [], [], []
    for start, end, after in sorted(changes, key=lambda change: (change[0], -change[1])):
        if start >= at:
            pieces += [text[at:start], after]
            starts.append(at)
            ends.append(start)
            shifts.append(length - at)
            length += start - at + len(after)
            at = end
    pieces.append(text[at : span.end])
    starts.append(at)
    ends.append(span.end)
    shifts.append(length - at)

    def moved(offset: int) -> int:
        which = bisect_right(starts, offset) - 1
        return offset + shifts[which] if which >= 0 and offset < ends[which] else -1

    return "".join(pieces), moved


def _spans(document: Document) -> Iterator[Span]:
    """The prose cut into windows: at blocks, and inside long blocks at the ends of sentences."""
    start = end = -1
    for block in document.blocks:
        for part in _parts(document.text, block.span):
            if start >= 0 and part.end - start > WINDOW_LENGTH:
                yield Span(start, end)
                start = -1
            start, end = (part.start if start < 0 else start), part.end
    if start >= 0:
        yield Span(start, end)


def _parts(text: str, span: Span) -> Iterator[Span]:
    start = span.start
    while span.end - start > WINDOW_LENGTH:
        limit = start + WINDOW_LENGTH
        cuts = [found.end() for found in _CUTS.finditer(text, start + 1, limit)]
        cut = cuts[-1] if cuts else text.rfind(" ", start + 1, limit) + 1 or limit
        yield Span(start, cut)
        start = cut
    yield Span(start, span.end)
