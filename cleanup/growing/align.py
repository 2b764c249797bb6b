"""A spun text laid beside its original: sentences first, then the words inside them.

Sentences are aligned by dynamic programming over beads of one or two on either side (Gale and Church, 1993),
scored by the words they share.  Words are aligned in order, with phrases of up to `LONGEST_PHRASE` words
against one, by the costs of a `Channel` that learns from its own alignments (Viterbi training of a monotone
phrase model).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import pairwise

LONGEST_PHRASE = 3

Phrase = tuple[str, ...]

# Costs in nats before anything was learned.  A phrase for a word is rarer than a word for a word, and
# dropping a word is rarer than either.
_WORD_NATS, _PHRASE_NATS, _EXTRA_NATS, _DROPPED_NATS = 3.5, 5.0, 1.0, 4.5
_KNOWN_DISCOUNT = 2.0

# How many made-up observations the starting costs are worth.
_PRIOR_COUNT = 2.0

# Words of fewer letters say nothing of which sentence is which.
_TELLING_LENGTH = 4

# A bead that shares nothing costs this; each further sentence in a bead costs a little.
_ALIEN_COST, _MERGE_COST, _LONE_COST = 1.0, 0.15, 0.6

# How far from the diagonal sentences may stray: as a number of sentences, as a share of the document, and
# at most, so that a book does not take the square of its length.
_BAND, _BAND_SHARE, _WIDEST_BAND = 12, 0.2, 60

_BEADS = ((1, 1), (1, 2), (2, 1), (1, 0), (0, 1))

# How far from the diagonal words may stray, and the largest stretch, in words times words, that `align_texts`
# aligns: what is longer was written anew.
_WORD_BAND = 30
_LARGEST_STRETCH = 200 * 200

# From this many words on, the commonest ones no longer begin a stretch that is the same on both sides.
_LONG_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of the spun words and the stretch of the original that it stands for; either may be empty."""

    spun_start: int
    spun_end: int
    original_start: int
    original_end: int


@dataclass(slots=True)
class Channel:
    """What a spun phrase costs as a rendering of an original one, in nats.

    ``known`` holds pairs of spun and original word that a thesaurus lists: cheaper to begin with.
    """

    known: Mapping[str, frozenset[str]] = field(default_factory=dict)
    pairs: Counter[tuple[Phrase, Phrase]] = field(default_factory=Counter)
    originals: Counter[Phrase] = field(default_factory=Counter)

    def cost(self, spun: Phrase, original: Phrase) -> float:
        """Minus log P(spun | original); nothing for what stays as it is."""
        if spun == original:
            return 0.0
        start = self._start(spun, original)
        seen = self.originals[original]
        if not seen:
            return start
        share = (self.pairs[spun, original] + _PRIOR_COUNT * math.exp(-start)) / (seen + _PRIOR_COUNT)
        return -math.log(share)

    def _start(self, spun: Phrase, original: Phrase) -> float:
        if not spun or not original:
            return _DROPPED_NATS * (len(spun) + len(original))
        longer = max(len(spun), len(original)) - 1
        cost = _PHRASE_NATS + _EXTRA_NATS * (longer - 1) if longer else _WORD_NATS
        stem = 4
        if " ".join(original) in self.known.get(" ".join(spun), ()):
            cost -= _KNOWN_DISCOUNT
        elif len(spun) == len(original) == 1 and spun[0][:stem] == original[0][:stem]:
            cost -= _KNOWN_DISCOUNT / 2
        return cost

    def learn(self, spun: Sequence[str], original: Sequence[str], steps: Sequence[Step]) -> None:
        """Count what an alignment says."""
        for step in steps:
            there = tuple(original[step.original_start : step.original_end])
            self.pairs[tuple(spun[step.spun_start : step.spun_end]), there] += 1
            self.originals[there] += 1


def align_words(spun: Sequence[str], original: Sequence[str], channel: Channel) -> list[Step]:
    """The cheapest way to read a spun sentence as an original one, in order, from begin to end."""
    moves = [(1, 1), (0, 1), (1, 0)]
    moves += [(size, 1) for size in range(2, LONGEST_PHRASE + 1)] + [
        (1, size) for size in range(2, LONGEST_PHRASE + 1)
    ]
    rows, columns = len(spun) + 1, len(original) + 1
    band = max(_WORD_BAND, abs(rows - columns))
    best = [[math.inf] * columns for _ in range(rows)]
    came: list[list[tuple[int, int]]] = [[(0, 0)] * columns for _ in range(rows)]
    best[0][0] = 0.0
    for row in range(rows):
        middle = row * len(original) // max(len(spun), 1)
        for column in range(max(0, middle - band), min(columns, middle + band + 1)):
            here = best[row][column]
            if here == math.inf:
                continue
            if row < len(spun) and column < len(original) and spun[row] == original[column]:
                options = [(1, 1), (0, 1), (1, 0)]
            else:
                options = moves
            for down, right in options:
                below, beyond = row + down, column + right
                if below < rows and beyond < columns:
                    cost = here + channel.cost(tuple(spun[row:below]), tuple(original[column:beyond]))
                    if cost < best[below][beyond] - 1e-9:
                        best[below][beyond] = cost
                        came[below][beyond] = down, right
    steps = []
    row, column = rows - 1, columns - 1
    while row or column:
        down, right = came[row][column]
        steps.append(Step(row - down, row, column - right, column))
        row, column = row - down, column - right
    return steps[::-1]


def align_texts(spun: Sequence[str], original: Sequence[str], channel: Channel) -> list[Step]:
    """Like `align_words` for texts of any length: what is the same on both sides is laid together first.

    A long stretch that shares nothing stays one step.
    """
    steps = []
    matcher = SequenceMatcher(None, spun, original, autojunk=len(original) >= _LONG_TEXT)
    for kind, begin, end, first, last in matcher.get_opcodes():
        if kind == "equal":
            steps += [
                Step(begin + at, begin + at + 1, first + at, first + at + 1) for at in range(end - begin)
            ]
        elif (end - begin) * (last - first) > _LARGEST_STRETCH:
            steps.append(Step(begin, end, first, last))
        else:
            for step in align_words(spun[begin:end], original[first:last], channel):
                steps.append(
                    Step(
                        begin + step.spun_start, begin + step.spun_end,
                        first + step.original_start, first + step.original_end,
                    )
                )  # fmt: skip
    return steps


def align_sentences(
    spun: Sequence[Sequence[str]], original: Sequence[Sequence[str]]
) -> Iterator[tuple[range, range]]:
    """The sentences that belong together, as ranges; those that have no partner are left out.

    Sentences that stand once on either side and were not changed are laid together first.
    """
    here, there = _Side(spun), _Side(original)
    row = column = 0
    for anchor_row, anchor_column in [*_anchors(spun, original), (len(spun), len(original))]:
        yield from _beads(here, there, range(row, anchor_row), range(column, anchor_column))
        if anchor_row < len(spun):
            yield range(anchor_row, anchor_row + 1), range(anchor_column, anchor_column + 1)
        row, column = anchor_row + 1, anchor_column + 1


def _anchors(spun: Sequence[Sequence[str]], original: Sequence[Sequence[str]]) -> list[tuple[int, int]]:
    """The longest run, in order on both sides, of sentences that stand once on each."""
    here, there = ([tuple(sentence) for sentence in side] for side in (spun, original))
    counts, others = Counter(here), Counter(there)
    places = {sentence: at for at, sentence in enumerate(there) if others[sentence] == 1}
    pairs = [(at, places[line]) for at, line in enumerate(here) if counts[line] == 1 and line in places]
    # Patience sorting: the least last column of a run of each length, and what stood before each pair.
    lasts: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for number, (_, column) in enumerate(pairs):
        length = bisect_left(lasts, column)
        lasts[length : length + 1] = [column]
        ends[length : length + 1] = [number]
        before.append(ends[length - 1] if length else -1)
    run: list[tuple[int, int]] = []
    at = ends[-1] if ends else -1
    while at >= 0:
        run.append(pairs[at])
        at = before[at]
    return run[::-1]


def _beads(here: _Side, there: _Side, spun: range, original: range) -> Iterator[tuple[range, range]]:
    """The cheapest beads of one or two sentences between two places that are sure."""
    rows, columns = len(spun), len(original)
    if not rows or not columns:
        return
    band = max(_BAND, int(_BAND_SHARE * max(rows, columns))) + abs(rows - columns)
    band = min(band, max(_WIDEST_BAND, columns // rows + 1))
    best: list[dict[int, float]] = [{} for _ in range(rows + 1)]
    came: list[dict[int, tuple[int, int]]] = [{} for _ in range(rows + 1)]
    best[0][0] = 0.0
    for row in range(rows + 1):
        middle = row * columns // rows
        for column in range(max(0, middle - band), min(columns, middle + band) + 1):
            cost = best[row].get(column)
            if cost is None:
                continue
            for bead in _BEADS:
                below, beyond = row + bead[0], column + bead[1]
                if below > rows or beyond > columns:
                    continue
                total = cost + _bead_cost(here, there, spun.start + row, original.start + column, bead)
                if total < best[below].get(beyond, math.inf) - 1e-9:
                    best[below][beyond] = total
                    came[below][beyond] = bead
        best[row] = {}
    found = []
    row, column = rows, columns
    while row or column:
        down, right = came[row][column]
        row, column = row - down, column - right
        if down and right:
            first, second = spun.start + row, original.start + column
            found.append((range(first, first + down), range(second, second + right)))
    yield from reversed(found)


class _Side:
    """The telling words of every sentence of a text, and of every two that follow one another."""

    def __init__(self, sentences: Sequence[Sequence[str]]) -> None:
        single = [Counter(word for word in line if len(word) >= _TELLING_LENGTH) for line in sentences]
        lengths = [len(line) for line in sentences]
        double = [one + other for one, other in pairwise(single)]
        self.words: tuple[list[Counter[str]], ...] = ([], single, double)
        totals = [line.total() for line in single]
        self.totals: tuple[list[int], ...] = ([], totals, [line.total() for line in double])
        self.lengths: tuple[list[int], ...] = ([], lengths, [one + other for one, other in pairwise(lengths)])


def _bead_cost(here: _Side, there: _Side, row: int, column: int, bead: tuple[int, int]) -> float:
    down, right = bead
    if not down or not right:
        return _LONE_COST * (down + right)
    fewer, more = here.words[down][row], there.words[right][column]
    if len(more) < len(fewer):
        fewer, more = more, fewer
    shared = sum(min(count, more[word]) for word, count in fewer.items() if word in more)
    total = here.totals[down][row] + there.totals[right][column]
    likeness = 2 * shared / max(total, 1)
    misfit = abs(math.log((here.lengths[down][row] + 1) / (there.lengths[right][column] + 1)))
    return _ALIEN_COST * (1 - likeness) + 0.5 * misfit + _MERGE_COST * (down + right - 2)
