"""One document laid out for judgement: its stream, its arcs, and the lattice they make.

Everything here is the same for a clean and for a spun document; what it amounts to is for `cleanup.prior`
(was a spinner at work?) and `cleanup.decode` (what did it do?).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache, cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cleanup.channel import Match
from cleanup.collocations import FULL_STOP, SPECIAL, UNKNOWN, SourceModel, load_collocations
from cleanup.datatypes import Severity, Span
from cleanup.document import Document, folded_tokens
from cleanup.field import Interpolated, load_field
from cleanup.frequency import log_frequency
from cleanup.inflection import begins_with_vowel_sound, wants_either_article
from cleanup.lattice import Lattice, Paths, join
from cleanup.odds import log_odds
from cleanup.pool import RULE, Gains, Proposal, gather, names
from cleanup.readings import FEATURES, INDEX, Arcs, describe, edge_logs, gains_of
from cleanup.stream import Stream, read_stream
from cleanup.thesaurus import Thesaurus, load_thesaurus
from cleanup.weights import Weights, load_weights

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_TOPICS = Path(__file__).with_name("data") / "topics.npy"


_CHANNEL = [
    at for at, name in enumerate(FEATURES) if at < INDEX["unigram"] or name in ("rarer", "rivals", "phrase")
]
_EVIDENCE = [INDEX[name] for name in ("quoted", "quoted against", "elsewhere", "article", "topic", "theme")]
_SOURCE_NAMES = {
    INDEX["gated rule"]: "the rule book",
    INDEX["lexicon"]: "the lexicon",
    INDEX["term"]: "the fixed terms",
    INDEX["own first"]: "the dictionary of spinners (readily)",
    INDEX["own early"]: "the dictionary of spinners",
    INDEX["own late"]: "the dictionary of spinners (seldom)",
    INDEX["neighbour"]: "the neighbours in meaning",
    INDEX["moby"]: "Moby",
    INDEX["wordnet"]: "WordNet",
}


@cache
def _named_sources(bits: int) -> str:
    return ", ".join(name for at, name in enumerate(_SOURCE_NAMES.values()) if bits >> at & 1)


@dataclass(frozen=True)
class Models:
    """The tables that the engine reads with."""

    table: SourceModel
    thesaurus: Thesaurus
    topics: NDArray[np.int8]
    articles: NDArray[np.int8]
    weights: Weights

    @cached_property
    def arc_weights(self) -> Floats:
        """The weights of arcs in the order of their features."""
        return self.weights.arc_row(FEATURES)

    @cached_property
    def gains(self) -> Gains:
        """What can be said of arcs without their places."""
        return gains_of(self.arc_weights, self.weights.context, self.thesaurus, self.table)


@cache
def load_models(field: str = "") -> Models:
    """The tables that ship, with a field's own table where one is named; read once.

    Raises:
        ConfigError: when the table of the field cannot be used.

    """
    builtin = load_collocations()
    table: SourceModel = builtin
    if field:
        table = Interpolated(builtin, load_field(field, builtin))
    topics = np.asarray(np.load(_TOPICS, mmap_mode="r"))
    if len(topics) < len(table.words):
        own_words = np.zeros((len(table.words) - len(topics), topics.shape[1]), dtype=np.int8)
        topics = np.concatenate([topics, own_words])
    return Models(table, load_thesaurus(table.words), topics, wanted_articles(table.words), load_weights())


def wanted_articles(words: Sequence[str]) -> NDArray[np.int8]:
    """For each word of the vocabulary, whether it wants *a* (1), *an* (2), or either (0)."""
    wanted = np.zeros(len(words), dtype=np.int8)
    for at, word in enumerate(words[len(SPECIAL) :], len(SPECIAL)):
        if not wants_either_article(word):
            wanted[at] = 2 if begins_with_vowel_sound(word) else 1
    return wanted


@dataclass(frozen=True)
class Analysis:
    """A document as arrays.

    Attributes:
        document: the document with its quotations open.
        in_quotation: for each place of the stream, whether it stands in a quotation.
        places: the place of each token, by where it begins in the text.
        matches, match_places: what the rule book found, and the first place of each.
        proposals: what the rules propose; the arcs of kind `RULE` refer to them.
        logs: log probability of each edge's second reading behind its first.
        of_model: the arcs that nothing but a language model has found, by number.

    """

    document: Document
    models: Models
    stream: Stream
    in_quotation: Bools
    places: Mapping[int, int]
    matches: tuple[Match, ...]
    match_places: tuple[int, ...]
    proposals: tuple[Proposal, ...]
    arcs: Arcs
    lattice: Lattice
    paths: Paths
    logs: Floats
    of_model: frozenset[int] = frozenset()

    @cached_property
    def arc_scores(self) -> Floats:
        """What each arc is worth, in nats, before anything is known of the spin rate."""
        return np.asarray(self.arcs.features @ self.models.arc_weights)

    @cached_property
    def edge_scores(self) -> Floats:
        """What each edge is worth, in nats."""
        return self.logs * self.models.weights.context

    def narrowed(self, is_left: Bools) -> Analysis:
        """The same document with some of its arcs alone; those that keep a place must be among them."""
        number = np.cumsum(is_left) - 1
        held = is_left[self.lattice.source] & is_left[self.lattice.target]
        rows = {field.name: getattr(self.arcs, field.name)[is_left] for field in fields(self.arcs)}
        arcs = Arcs(**rows)
        source, target = number[self.lattice.source[held]], number[self.lattice.target[held]]
        lattice = Lattice(arcs.start, arcs.end, source, target)
        of_model = frozenset(int(number[arc]) for arc in self.of_model if is_left[arc])
        paths, logs = Paths(lattice), self.logs[held]
        return replace(self, arcs=arcs, lattice=lattice, paths=paths, logs=logs, of_model=of_model)

    def stretch(self, match: Match) -> tuple[int, int]:
        """The places that a match covers, the end exclusive."""
        return self.places[match.tokens[0].span.start], self.places[match.tokens[-1].span.start] + 1

    def text(self, arc: int) -> str:
        """The original that an arc reads, as it is written in running text."""
        ref = int(self.arcs.ref[arc])
        if self.arcs.kind[arc] == RULE:
            return self.proposals[ref].original
        return self.models.thesaurus.text(ref)

    def match_of(self, arc: int) -> Match:
        """The match of the rule that proposes an arc of kind `RULE`."""
        return self.proposals[int(self.arcs.ref[arc])].match

    def parts(self, arc: int) -> tuple[float, float]:
        """What an arc's channel says for it and what its document says, in nats, neighbours apart."""
        channel, evidence = self._parts
        return float(channel[arc]), float(evidence[arc])

    @cached_property
    def _parts(self) -> tuple[Floats, Floats]:
        values = (self.arcs.features * self.models.arc_weights).T
        channel, evidence = (np.asarray(sum(values[at] for at in part)) for part in (_CHANNEL, _EVIDENCE))
        return channel, evidence

    def margin(self, arcs: Sequence[int]) -> float | None:
        """The margin that a language model gave to a reading, in nats; None where none was asked about it.

        Where a model was heard, all readings that are left were put to it, but for those of strong rules.
        """
        said, strong = INDEX["language model"], INDEX["strong rule"]
        if not self.models.arc_weights[said]:
            return None
        rows = self.arcs.features[list(arcs)]
        return max((float(row[said]) for row in rows if row[said] or not row[strong]), default=None)

    def sources(self, arcs: Sequence[int]) -> str:
        """Who proposes a reading, in words."""
        bits = 0
        for arc in arcs:
            bits |= int(self._source_bits[arc])
        return _named_sources(bits)

    @cached_property
    def _source_bits(self) -> Ints:
        """For each arc a bit for each name of a source."""
        bits = np.zeros(len(self.arcs.kind), dtype=np.int64)
        for at, column in enumerate(_SOURCE_NAMES):
            bits |= (self.arcs.features[:, column] > 0).astype(np.int64) << at
        return bits

    def span(self, arc: int) -> Span:
        """The stretch of the text that an arc reads."""
        first, last = self.arcs.start[arc], self.arcs.end[arc] - 1
        return Span(int(self.stream.start[first]), int(self.stream.end[last]))


def analyse(
    document: Document,
    matches: Sequence[Match],
    models: Models,
    without: Collection[str] = (),
    *,
    is_wide: bool = False,
) -> Analysis:
    """Lay out a document whose quotations are open.

    ``matches`` are those of the rule book.  ``without`` names the parts of the engine that are switched off
    (`cleanup.config.PARTS`).  With ``is_wide`` the thesaurus proposes more, for a language model to choose.
    """
    stream = read_stream(document, models.table.numbers)
    quoted_places = _inside(stream, document.quotations)
    place = {start: at for at, start in enumerate(stream.start.tolist()) if start >= 0}
    matches = tuple(match for match in matches if match.tokens[0].span.start in place)
    proposals = tuple(_proposals(place, matches, models.table, names(stream)))
    quoted = np.zeros(len(models.table.words), dtype=bool)
    quoted[stream.numbers[quoted_places & stream.is_word]] = True
    open_places = stream.is_word & ("thesaurus" not in without)
    if "collocations" in without:
        models = replace(models, weights=replace(models.weights, context=0.0))
    pool = gather(
        stream, models.thesaurus, models.table, models.gains, proposals, open_places, is_wide=is_wide
    )
    arcs = describe(pool, stream, models.table, proposals, quoted, models.articles, models.topics)
    if "evidence" in without:
        arcs.features[:, _EVIDENCE] = 0.0
    lattice = join(arcs.start, arcs.end)
    before = np.concatenate([[FULL_STOP], stream.numbers[:-1]])
    logs = edge_logs(arcs, lattice.source, lattice.target, models.table, before)
    return Analysis(
        document,
        models,
        stream,
        quoted_places,
        place,
        matches,
        tuple(place[match.tokens[0].span.start] for match in matches),
        proposals,
        arcs,
        lattice,
        Paths(lattice),
        logs,
    )


def _inside(stream: Stream, spans: Sequence[Span]) -> Bools:
    """Which places of a stream stand in one of the spans, which are sorted and disjoint."""
    if not spans:
        return np.zeros(len(stream.numbers), dtype=bool)
    starts, ends = (np.array(side) for side in zip(*((item.start, item.end) for item in spans), strict=True))
    next_one = np.searchsorted(ends, stream.start, side="right")
    starts = np.append(starts, np.iinfo(np.int64).max)
    return np.asarray((stream.start >= 0) & (starts[next_one] < stream.end))


def _proposals(
    place: Mapping[int, int], matches: Sequence[Match], table: SourceModel, named: Bools
) -> list[Proposal]:
    found = []
    names_before = np.concatenate([[0], np.cumsum(named)]).tolist()
    for match in matches:
        rule = match.rule
        if rule.severity != Severity.ERROR.value:
            continue
        first, last = place.get(match.tokens[0].span.start), place.get(match.tokens[-1].span.start)
        if first is None or last is None:
            continue
        strength = rule.origin
        if strength == "rule":
            strength = "gated rule" if rule.needs_spun_document else "strong rule"
        is_name = strength in ("lexicon", "term") and names_before[last + 1] > names_before[first]
        odds = log_odds(rule.confidence) if strength in ("gated rule", "lexicon") else 0.0
        for original, log_channel in zip(match.form.originals, rule.log_channels, strict=True):
            if is_name and original == original.lower():
                continue  # a lexicon only proposes: it makes no other word of a name
            words, unigram = _spelled(original, table)
            found.append(
                Proposal(first, last + 1, words, strength, log_channel, odds, unigram, match, original)
            )
    return found


@lru_cache(maxsize=20_000)
def _spelled(original: str, table: SourceModel) -> tuple[tuple[int, ...], float]:
    """The word numbers of an original, and the log frequency of the words that the vocabulary lacks."""
    words = tuple(_number(token, table) for token in _tokens(original, table))
    return words, sum(map(log_frequency, lacking(original, table)))


def lacking(original: str, table: SourceModel) -> list[str]:
    """The tokens of an original that the vocabulary of a table does not hold."""
    return [token for token in _tokens(original, table) if _number(token, table) == UNKNOWN]


def _tokens(original: str, table: SourceModel) -> list[str]:
    """The tokens of an original; a hyphened word that is also written as one is taken for that one."""
    tokens: list[str] = []
    for word in original.split():
        joined = word.replace("-", "").lower()
        tokens += [joined] if joined != word.lower() and joined in table.numbers else folded_tokens(word)
    return tokens


def _number(token: str, table: SourceModel) -> int:
    return table.number(token) or table.number(token.lstrip("+"))
