"""What each stretch of a document may have been: the arcs of its lattice, and what speaks for each.

One arc keeps each place of the stream as it stands; the others come from `cleanup.pool`.  What is known of
an arc is a row of numbers, its *features*; `cleanup.weights` says what each is worth, and `cleanup.lattice`
adds up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cleanup.collocations import POSSESSIVE, SourceModel
from cleanup.pool import KEEP, RULE, Gains, Pool, Proposal
from cleanup.stream import Stream
from cleanup.thesaurus import LONGEST, Thesaurus

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FEATURES = (
    "change",  # the arc changes something: the cost of believing in a change
    "own first", "own early", "own late", "own reverse", "own phrase", "neighbour", "moby", "wordnet",
    "strong rule", "gated rule", "lexicon", "rule place", "rule confidence",
    "term", "term cost", "term length",  # a fixed term, what its words cost in nats, its words beyond two
    "unigram",  # log frequency of the words of the reading
    "length",  # number of words
    "capital", "upper", "article", "quoted", "quoted against", "rarer", "rivals", "phrase", "elsewhere",
    "topic", "theme",  # likeness of the reading to the words around it, and to the whole document
    "language model",  # how much likelier a model finds the sentence with it, in nats; see `cleanup.lm`
)  # fmt: skip
INDEX = {name: at for at, name in enumerate(FEATURES)}

#: The feature "language model" is cut off here, in nats, above and below.
MOST_MARGIN = 12.0


@dataclass(frozen=True, slots=True)
class Arcs:
    """All arcs of a document.

    Attributes:
        start, end: places of the stream.
        kind: `KEEP`, `THESAURUS` or `RULE`.
        ref: the number of the reading in the thesaurus, or of the proposal.
        words: word numbers of the reading, ``(n, LONGEST)``; of a longer one its first and last two.
        length: words of the reading, at most `LONGEST`.
        features: ``(n, len(FEATURES))``.

    """

    start: Ints
    end: Ints
    kind: Ints
    ref: Ints
    words: Ints
    length: Ints
    features: Floats

    @property
    def keeps(self) -> Ints:
        """The arcs that keep a place, in the order of the places."""
        return np.flatnonzero(self.kind == KEEP)

    @property
    def is_term(self) -> NDArray[np.bool_]:
        """Which arcs read a fixed term."""
        return np.asarray(self.features[:, INDEX["term"]] > 0)


def gains_of(weights: Floats, context: float, thesaurus: Thesaurus, table: SourceModel) -> Gains:
    """What can be said of arcs without their places, from the weights of their features."""
    sources = np.array([[byte >> bit & 1 for bit in range(8)] for byte in range(256)], dtype=np.float64)
    worth = sources @ weights[INDEX["own first"] : INDEX["own first"] + 8] + weights[INDEX["change"]]
    logs = np.where(thesaurus.readings > 0, table.unigrams[thesaurus.readings], 0.0).sum(1)
    readings = weights[INDEX["unigram"]] * logs + weights[INDEX["length"]] * thesaurus.lengths
    words = weights[INDEX["unigram"]] * table.unigrams + weights[INDEX["length"]]
    return Gains(worth, readings, words, float(weights[INDEX["rarer"]]), logs, context)


def describe(
    pool: Pool,
    stream: Stream,
    table: SourceModel,
    proposals: Sequence[Proposal],
    quoted: NDArray[np.bool_],
    articles: NDArray[np.int8],
    topics: NDArray[np.int8],
) -> Arcs:
    """The arcs of a pool with their features.

    ``quoted`` says of each word number whether it stands in the document's quotations; ``articles`` whether a
    word wants *a* (1), *an* (2) or either (0).
    """
    numbers, count = stream.numbers, len(stream.numbers)
    starts, stops, words = pool.start, pool.end, pool.words
    changed = pool.kind != KEEP
    features = np.zeros((len(starts), len(FEATURES)))

    def put(name: str, values: NDArray[np.generic]) -> None:
        features[:, INDEX[name]] = values

    put("change", changed)
    for bit, name in enumerate(FEATURES[1:9]):
        put(name, pool.sources >> bit & 1)
    unigrams = np.where(words > 0, table.unigrams[words], 0.0).sum(1)
    for arc, item in zip(np.flatnonzero(pool.kind == RULE), proposals, strict=True):
        features[arc, INDEX[item.strength]] = 1.0
        features[arc, INDEX["term cost" if item.strength == "term" else "rule place"]] = item.place
        if item.strength == "term":
            features[arc, INDEX["term length"]] = len(item.words) - 2
        features[arc, INDEX["rule confidence"]] = item.confidence
        unigrams[arc] += item.unigram
    put("unigram", unigrams)
    put("length", pool.length)
    put("rarer", changed * np.clip(_spans_sum(table.unigrams[numbers], starts, stops) - unigrams, -6, 6))
    mid_capital = (stream.is_capital & ~stream.is_initial).astype(np.float64)
    put("capital", changed & (_spans_sum(mid_capital, starts, stops) > 0))
    put("upper", changed & stream.is_upper[starts])
    put("phrase", changed & (stops - starts > 1))
    put("article", _article_misfits(stream, starts, words, articles, table))
    new = words * (words != numbers[starts][:, None])
    some = (new > 0).any(1)
    put("quoted", changed & some & np.where(new > 0, quoted[new], True).all(1))
    put("quoted against", changed & quoted[numbers[starts]] & (stops - starts == 1))
    rivals = np.bincount(starts[changed], minlength=count + 1)
    put("rivals", changed * np.log1p(rivals[starts]))
    present = np.zeros(len(table.words), dtype=bool)
    present[numbers[stream.is_word]] = True
    put("elsewhere", changed & some & np.where(new > 0, present[new], True).all(1))
    near, whole = _topics(stream, starts, stops, words, topics, table)
    put("topic", near)
    put("theme", whole)
    return Arcs(starts, stops, pool.kind, pool.ref, words, pool.length, features)


# The least log probability of each further word of a fixed term.
TERM_LOG = -4.0

WINDOW = 12  # places to either side that tell the topic of a place


def _topics(
    stream: Stream, starts: Ints, stops: Ints, words: Ints, topics: NDArray[np.int8], table: SourceModel
) -> tuple[Floats, Floats]:
    """Cosines of each reading's words with the words around it, and with all words of the document."""
    count = len(stream.numbers)
    weight = _topic_weights(stream.numbers, table)
    vectors = topics[stream.numbers].astype(np.float32) / 127 * weight[:, None].astype(np.float32)
    total = np.concatenate([np.zeros((1, vectors.shape[1]), dtype=np.float32), np.cumsum(vectors, axis=0)])
    weights = _topic_weights(words, table).astype(np.float32)
    reading = np.zeros((len(words), topics.shape[1]), dtype=np.float32)
    for at in range(LONGEST):
        some = np.flatnonzero(weights[:, at])
        reading[some] += topics[words[some, at]] * weights[some, at, None]
    reading /= np.maximum(np.linalg.norm(reading, axis=1, keepdims=True), 1e-6)
    # Arcs over one stretch share what stands around them; the arcs that keep come first, one for each place.
    longer = np.flatnonzero(stops - starts != 1)
    stretch = starts.copy()
    stretch[longer] = np.arange(count, count + len(longer))
    low = np.concatenate([np.arange(count), starts[longer]])
    high = np.concatenate([np.arange(count) + 1, stops[longer]])
    own = total[high] - total[low]
    near = total[np.minimum(high + WINDOW, count)] - total[np.maximum(low - WINDOW, 0)] - own
    whole = total[-1] - own
    result = []
    for context in (near, whole):
        length = np.maximum(np.linalg.norm(context, axis=1), 1e-6)
        cosine = (reading * context[stretch]).sum(1) / length[stretch]
        result.append(np.asarray(cosine, dtype=np.float64))
    return result[0], result[1]


def _topic_weights(numbers: Ints, table: SourceModel) -> Floats:
    """How much each word tells of the topic: the commonest nothing, and a word the more the rarer it is."""
    told = np.clip(-table.unigrams[numbers] - 7.0, 0.0, 6.0)
    return np.asarray(np.where(numbers > POSSESSIVE, told, 0.0))


def _spans_sum(values: NDArray[np.floating], starts: Ints, stops: Ints) -> Floats:
    total = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    return np.asarray(total[stops] - total[starts])


def _article_misfits(
    stream: Stream, starts: Ints, words: Ints, articles: NDArray[np.int8], table: SourceModel
) -> Floats:
    """Whether *a* or *an* stands before an arc and does not fit its first word."""
    a, an = table.number("a"), table.number("an")
    before = np.where(starts > 0, stream.numbers[starts - 1], 0)
    wanted = articles[words[:, 0]]
    return np.asarray(((before == a) & (wanted == 2)) | ((before == an) & (wanted == 1)), dtype=np.float64)


def _inner(arcs: Arcs, before: Ints, table: SourceModel) -> Floats:
    """Log probability of the second and further words of each reading."""
    logs = np.zeros(len(arcs.start))
    several = np.flatnonzero(arcs.length > 1)
    if len(several):
        words = arcs.words[several]
        logs[several] += table.log_after(before[arcs.start[several]], words[:, 0], words[:, 1])
    for at in range(2, LONGEST):
        longer = np.flatnonzero(arcs.length > at)
        if len(longer):
            words = arcs.words[longer]
            logs[longer] += table.log_after(words[:, at - 2], words[:, at - 1], words[:, at])
    # The words of a term belong together, whether the table has met them or not.
    least = np.where(arcs.is_term, TERM_LOG * (arcs.length - 1), -np.inf)
    return np.maximum(logs, least)


def edge_logs(arcs: Arcs, source: Ints, target: Ints, table: SourceModel, before: Ints) -> Floats:
    """Log probability of each edge's second reading behind its first, words inside it included.

    ``before`` holds the word number that stands before each place of the stream: the third word back, where
    the first reading has but one word.
    """
    last, last_but_one = _ends(arcs, before)
    logs = table.log_after(last_but_one, last, arcs.words[target, 0], source).astype(np.float64)
    logs[arcs.length[target] == 0] = 0.0
    return logs + _inner(arcs, before, table)[target]


def _ends(arcs: Arcs, before: Ints) -> tuple[Ints, Ints]:
    """The last word of each arc and the one before it; of a deletion those that stand before the arc."""
    at = np.maximum(arcs.length - 1, 0)
    rows = np.arange(len(arcs.start))
    last = np.where(arcs.length > 0, arcs.words[rows, at], before[arcs.start])
    last_but_one = np.where(arcs.length > 1, arcs.words[rows, np.maximum(at - 1, 0)], before[arcs.start])
    return last, last_but_one
