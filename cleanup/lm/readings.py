"""The open questions of a document as texts that a language model can read.

A document is read in *windows* of whole blocks, each as the engine reads it at the moment: the likeliest
reading at every place.  A *question* is one reading more of one stretch: its window with that reading put in,
and the same with the stretch as it stands.  White space is made even and mark-up left out, for the model is
to judge words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cleanup.analysis import Analysis
from cleanup.datatypes import Reason, Span
from cleanup.document import Document
from cleanup.inflection import capitalize, letter_shape, transfer_case
from cleanup.pool import KEEP

Floats = NDArray[np.float64]

# Windows have about so many code points, 200 words: the model gains little from more, and what it remembers
# of a text grows with its square.
WINDOW_LENGTH = 1200

# A reading stands in its window from this probability on.
_LIKELY = 0.5

_LINES = re.compile(r"[^\S\n]*\n\s*")
_CUTS = re.compile(r"(?<=[.!?…])\s+|(?<=[.!?…][\"”’)])\s+")

Change = tuple[int, int, str]  # what stands between two offsets of the text becomes something else


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
    """A part of a document, as the engine reads it, with the questions that arise in it."""

    text: str
    questions: tuple[Question, ...]


def windows_of(analysis: Analysis, posterior: Floats, asked: Sequence[tuple[int, ...]]) -> Iterator[Window]:
    """The windows of a document in which something is asked.

    Args:
        analysis: the document.
        posterior: the probability of each arc, for the readings that the questions stand between.
        asked: one arc, or two that touch, for each question.

    """
    arcs = analysis.arcs
    likely = np.flatnonzero((arcs.kind != KEEP) & (posterior > _LIKELY)).tolist()
    changes = {arc: change_of(analysis, arc) for arc in {*likely, *(arc for group in asked for arc in group)}}
    layout = list(_layout(analysis.document))
    by_start = sorted(asked, key=lambda group: (changes[group[0]][0], group))
    at = 0
    for span in _spans(analysis.document):
        inside = []
        while at < len(by_start) and changes[by_start[at][0]][0] < span.end:
            if changes[by_start[at][-1]][1] <= span.end:
                inside.append(by_start[at])
            at += 1
        if inside:
            likely_here = [
                arc for arc in likely if span.start <= changes[arc][0] and changes[arc][1] <= span.end
            ]
            even = [change for change in layout if span.start <= change[0] and change[1] <= span.end]
            yield _window(analysis.document.text, span, changes, likely_here, even, inside)


def _window(
    text: str,
    span: Span,
    changes: dict[int, Change],
    likely: Sequence[int],
    layout: Sequence[Change],
    asked: Sequence[tuple[int, ...]],
) -> Window:
    def written(chosen: Sequence[Change]) -> str:
        return _applied(text, span, [*chosen, *layout])

    questions = []
    for group in asked:
        low, high = changes[group[0]][0], changes[group[-1]][1]
        around = [changes[arc] for arc in likely if changes[arc][1] <= low or changes[arc][0] >= high]
        put_in = [changes[arc] for arc in group]
        questions.append(Question(group, written([*around, *put_in]), written(around)))
    return Window(written([changes[arc] for arc in likely]), tuple(questions))


def change_of(analysis: Analysis, arc: int) -> Change:
    """What an arc does to the text, in the letters of what stands there."""
    text, stream = analysis.document.text, analysis.stream
    span = analysis.span(arc)
    places = range(int(analysis.arcs.start[arc]), int(analysis.arcs.end[arc]))
    words = [text[stream.start[at] : stream.end[at]] for at in places if stream.start[at] >= 0]
    original = transfer_case(letter_shape(words), analysis.text(arc))
    first = original.split(" ", 1)[0]
    if words[0][:1].isupper() and first == first.lower():
        original = capitalize(original)
    start = span.start
    if not original and start and text[start - 1].isspace():  # a word that goes takes one gap with it
        start -= 1
    return start, span.end, original


def _layout(document: Document) -> Iterator[Change]:
    """Line breaks inside a block as blanks, those between blocks as empty lines, mark-up as nothing."""
    text = document.text
    blocks = [block.span for block in document.blocks]
    for held in document.protected:
        if held.reason is Reason.MARKUP:
            yield held.span.start, held.span.end, ""
    for before, behind in pairwise(blocks):
        yield before.end, behind.start, "\n\n"
    for block in blocks:
        for found in _LINES.finditer(text, block.start, block.end):
            yield found.start(), found.end(), " "


def _applied(text: str, span: Span, changes: Sequence[Change]) -> str:
    """A stretch of the text with changes made; of two that overlap the first to begin."""
    pieces, at = [], span.start
    for start, end, after in sorted(changes, key=lambda change: (change[0], -change[1])):
        if start >= at:
            pieces += [text[at:start], after]
            at = end
    return "".join([*pieces, text[at : span.end]])


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
