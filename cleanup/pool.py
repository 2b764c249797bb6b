"""The first selection of what each stretch may have been: wide, cheap, and without a look at its document.

The thesaurus knows eleven originals for the average word and a hundred for a common one.  Most have no
prospect: first by what their sources are worth and how common they are, then by their nearest neighbours as
these stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cleanup.collocations import FULL_STOP, NAME, SourceModel
from cleanup.stream import Stream
from cleanup.thesaurus import LONGEST, Thesaurus

if TYPE_CHECKING:
    from cleanup.channel import Match

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

KEEP, THESAURUS, RULE = range(3)

# Arcs kept for one place, and how far, in nats, an arc may lie behind keeping the text when its neighbours
# are read as they stand; before a look at the neighbours it may lie further behind.  Sweep in the commit of
# 2026-11-24.
MOST_ARCS = 8
FURTHEST_BEHIND = 5.0
FURTHEST_UNSEEN = 9.0
# The most originals of one spun word that are looked at; the table has the best sources first.
MOST_ORIGINALS = 24
# The same three where a language model will choose: it is to see what the tables think little of.
WIDE = 2
WIDE_BEHIND = 3.0  # nats further
# Neighbours speak for or against an arc by no more than this, in nats, as long as they may themselves be
# wrong.
LEAST_GAIN, MOST_GAIN = -4.0, 10.0
# What the neighbours must say, in nats, for a change to a name that makes no other name of it.
NAME_GAIN = 8.0


@dataclass(frozen=True, slots=True)
class Gains:
    """What can be said of arcs without their places, in nats: see `cleanup.readings` for the weights.

    Attributes:
        sources: for each byte of sources what it is worth, the cost of a change included.
        readings: for each reading of the thesaurus what its commonness and length are worth.
        words: the same for each word kept as it stands.
        rarer: the weight of each nat by which the spun words are commoner.
        reading_logs: log frequency of the words of each reading.
        context: the weight of the log probability of a word behind its neighbours.

    """

    sources: Floats
    readings: Floats
    words: Floats
    rarer: float
    reading_logs: Floats
    context: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """An original that a rule proposes for a stretch of the stream; ``words`` are its word numbers."""

    start: int
    end: int
    words: tuple[int, ...]
    strength: str  # "strong rule", "gated rule", "lexicon" or "term"
    place: float  # log channel of this original among those of its rule
    confidence: float  # log-odds that the rule is right where it fires; 0 for a strong one
    unigram: float  # log frequency of the words that the vocabulary does not hold
    match: Match
    original: str


@dataclass(frozen=True, slots=True)
class Pool:
    """Arcs with their words, before anything is known of their document.

    Attributes:
        start, end: places of the stream.
        kind: `KEEP`, `THESAURUS` or `RULE`; the arcs that keep come first, in the order of the places.
        ref: the number of the reading in the thesaurus, or of the proposal.
        sources: the byte of sources of a pair of the thesaurus.
        words: word numbers of the reading, ``(n, LONGEST)``; of a longer one its first and last two.
        length: words of the reading, at most `LONGEST`.

    """

    start: Ints
    end: Ints
    kind: Ints
    ref: Ints
    sources: Ints
    words: Ints
    length: Ints


def gather(
    stream: Stream,
    thesaurus: Thesaurus,
    table: SourceModel,
    gains: Gains,
    proposals: Sequence[Proposal],
    open_places: Bools,
    *,
    is_wide: bool = False,
) -> Pool:
    """The arcs that are worth a closer look: the thesaurus proposes in ``open_places`` alone.

    What looks like a name is read as something else only where that is another name, or, for a single word,
    where its neighbours speak for it loudly: *Summit Road* does not become *Top Road*.
    """
    numbers = stream.numbers
    kept = _before(gains.words[numbers])
    logs = _before(table.unigrams[numbers])
    most, further = (WIDE, WIDE_BEHIND) if is_wide else (1, 0.0)
    single = _singles(numbers, thesaurus, open_places, MOST_ORIGINALS * most)
    several = _phrases(numbers, thesaurus, open_places)
    start, end, ref, sources = (np.concatenate(pair) for pair in zip(single, several, strict=True))
    gain = gains.sources[sources] + gains.readings[ref] - (kept[end] - kept[start])
    gain += gains.rarer * np.clip(logs[end] - logs[start] - gains.reading_logs[ref], -6, 6)
    named = _before(names(stream).astype(np.float64))
    is_plain = (named[end] == named[start]) | (np.asarray(thesaurus.capitals)[ref] != 0)
    chosen = np.flatnonzero(gain > -FURTHEST_UNSEEN - further)
    is_plain = is_plain[chosen]
    start, end, ref, sources, gain = start[chosen], end[chosen], ref[chosen], sources[chosen], gain[chosen]
    company = _neighbours(numbers, start, end, thesaurus.first_words[ref], thesaurus.last_words[ref], table)
    gain += gains.context * company
    gain[~is_plain & ((company < NAME_GAIN) | (end - start > 1))] = -np.inf
    near = np.flatnonzero(gain > -FURTHEST_BEHIND - further)
    start, gain = start[near], gain[near]
    order = np.lexsort((-gain, start))
    first = start[order]
    rank = np.arange(len(order)) - np.searchsorted(first, first)
    order = order[rank < MOST_ARCS * most]
    best = near[order]
    words = thesaurus.readings[ref[best]]
    return _joined(numbers, proposals, start[order], end[best], ref[best], sources[best], words)


def _before(values: NDArray[np.floating]) -> Floats:
    """The sum of the values before each place."""
    return np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])


def names(stream: Stream) -> Bools:
    """Which places look like parts of a name: capitals inside a sentence, or beside one of these."""
    capital = stream.is_capital | (stream.numbers == NAME)
    inside = capital & ~stream.is_initial
    beside = np.concatenate([inside[1:], [False]])
    return np.asarray(inside | (capital & stream.is_initial & beside))


def _neighbours(
    numbers: Ints,
    start: Ints,
    end: Ints,
    first: NDArray[np.integer],
    last: NDArray[np.integer],
    table: SourceModel,
) -> Floats:
    """How much better readings go with the words on both sides than what stands there."""
    before = np.concatenate([[FULL_STOP], numbers[:-1]])
    behind = np.concatenate([numbers, [FULL_STOP]])
    kept = _before(table.log_after_one(before, numbers))
    kept_right = table.log_after_one(numbers, behind[1:])
    left = table.log_after_one(before[start], first) - (kept[end] - kept[start])
    right = table.log_after_one(last, behind[end]) - kept_right[end - 1]
    return np.asarray(np.clip(left, LEAST_GAIN, MOST_GAIN) + np.clip(right, LEAST_GAIN, MOST_GAIN))


def _ranges(lows: Ints, counts: Ints) -> Ints:
    """The numbers from each low, so many of each count, in one row."""
    ends = np.cumsum(counts)
    return np.repeat(lows - ends + counts, counts) + np.arange(int(ends[-1]) if len(ends) else 0)


def _singles(
    numbers: Ints, thesaurus: Thesaurus, open_places: Bools, most: int
) -> tuple[Ints, Ints, Ints, Ints]:
    places = np.flatnonzero(open_places)
    lows = thesaurus.single_starts[numbers[places]]
    counts = np.minimum(thesaurus.single_starts[numbers[places] + 1] - lows, most)
    rows = _ranges(lows, counts)
    start = np.repeat(places, counts)
    return start, start + 1, *_pairs(thesaurus.single_readings[rows], thesaurus.single_sources[rows])


def _phrases(numbers: Ints, thesaurus: Thesaurus, open_places: Bools) -> tuple[Ints, Ints, Ints, Ints]:
    """The spun phrases of the thesaurus that stand in open places."""
    pair = numbers[:-1] << 16 | numbers[1:]
    places = np.flatnonzero(open_places[:-1] & open_places[1:])
    low = np.searchsorted(thesaurus.phrase_heads, pair[places])
    high = np.searchsorted(thesaurus.phrase_heads, pair[places], side="right")
    which = _ranges(low, high - low)
    at = np.repeat(places, high - low)
    stops = at + thesaurus.phrase_lengths[which]
    padded = np.concatenate([np.where(open_places, numbers, -1), np.full(LONGEST, -1)])
    there = stops <= len(numbers)
    for word in range(2, LONGEST):
        wanted = thesaurus.phrases[which, word]
        there &= (wanted == 0) | (padded[at + word] == wanted)
    at, stops, which = at[there], stops[there], which[there]
    lows = thesaurus.phrase_starts[which]
    counts = thesaurus.phrase_starts[which + 1] - lows
    rows = _ranges(lows, counts)
    start, end = np.repeat(at, counts), np.repeat(stops, counts)
    return start, end, *_pairs(thesaurus.phrase_readings[rows], thesaurus.phrase_sources[rows])


def _pairs(readings: NDArray[np.uint32], sources: NDArray[np.uint8]) -> tuple[Ints, Ints]:
    return readings.astype(np.int64), sources.astype(np.int64)


def _joined(
    numbers: Ints,
    proposals: Sequence[Proposal],
    start: Ints,
    end: Ints,
    ref: Ints,
    sources: Ints,
    words: NDArray[np.uint16],
) -> Pool:
    """Keeping arcs, those of the thesaurus, and those of the rules, in this order."""
    count, wide, ruled = len(numbers), len(start), len(proposals)
    places = np.arange(count)
    table = np.zeros((count + wide + ruled, LONGEST), dtype=np.int64)
    table[:count, 0] = numbers
    table[count : count + wide] = words
    length = np.count_nonzero(table, axis=1)
    length[:count] = 1
    for at, item in enumerate(proposals, count + wide):
        used = item.words if len(item.words) <= LONGEST else (*item.words[:2], *item.words[-2:])
        table[at, : len(used)] = used
        length[at] = len(used)
    return Pool(
        np.concatenate([places, start, np.array([item.start for item in proposals], dtype=np.int64)]),
        np.concatenate([places + 1, end, np.array([item.end for item in proposals], dtype=np.int64)]),
        np.repeat([KEEP, THESAURUS, RULE], [count, wide, ruled]),
        np.concatenate([np.full(count, -1), ref, np.arange(ruled)]),
        np.concatenate([np.zeros(count, dtype=np.int64), sources, np.zeros(ruled, dtype=np.int64)]),
        table,
        length,
    )
