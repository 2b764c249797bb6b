"""The document prior: whether a spinner was at work here, and how many words it touched.

Two numbers say so for any part of a document.  Its *spin rate* is the share of words that were changed,
estimated by expectation maximisation: the cost of believing in a change follows from the rate, the rate
from the changes believed in, until both agree; on clean text it goes to nothing.  Its *spin score* is the
probability that a spinner was there at all: a logistic regression over what the lattice, the rule book and
the articles show.  Words that a spinner would have changed and did not are evidence against it, for they
hold rate and gain down.

A document is read in sections, so that a clean comment under a spun article is left alone and a spun
passage in a long clean document is found; quoted speech is a section of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cleanup.analysis import Analysis
from cleanup.datatypes import Severity
from cleanup.lattice import NEVER, Sums
from cleanup.odds import log_odds
from cleanup.pool import KEEP
from cleanup.readings import INDEX

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FEATURES = (
    "gain",  # nats that the lattice gains over keeping everything, a word, no place more than a few
    "strong rules",  # log of one more than the number of different strong rules that fire
    "articles",  # articles that do not fit the word behind them, for a hundred words
    "language model",  # nats beyond some by which a language model prefers another reading, a word
    "constant",
)

# A section shorter than this is judged as if ordinary words filled it up: a few words prove nothing.
LEAST_WORDS = 80
# Blocks are put together to sections of at least this many words.
SECTION_WORDS = 80

_ROUNDS = 3
_MOST_GAIN = 6.0
_LOWEST_RATE = 0.002

# A language model prefers one reading or another of many honest words, but seldom by more nats than this.
_HONEST_MARGIN = 4.0


@dataclass(frozen=True, slots=True)
class Sections:
    """The parts of a document and what the prior found out about each.

    Attributes:
        number: for each place of the stream the section it belongs to.
        quoted: the number of the section that holds all quoted speech; the others come before it.
        words: how many words each has.
        rates: the share of words that a spinner changed in each.
        rows: the features of each, in the order of `FEATURES`.
        strong, gated: how many different rules fire in each.
        whole: the features of the document without its quoted speech.

    """

    number: Ints
    quoted: int
    words: Ints
    rates: Floats
    rows: Floats
    strong: Ints
    gated: Ints
    whole: Floats

    def log_odds(self, weights: Floats) -> Floats:
        """Log-odds for each section that a spinner was at work there."""
        return np.clip(self.rows @ weights, -30, 30)

    def biases(self, rate: float) -> Floats:
        """What the rate of each section adds to the log-odds of a change that were fitted at ``rate``."""
        return _logits(self.rates) - log_odds(rate)


def _logits(rates: Floats) -> Floats:
    bounded = np.clip(rates, _LOWEST_RATE, 0.9)
    return np.asarray(np.log(bounded / (1 - bounded)))


def divide(analysis: Analysis) -> tuple[Ints, int]:
    """The section of each place, and the number of the section of quoted speech.

    Blocks follow one another into a section until it has enough words; what is left at the end joins the
    last.
    """
    stream = analysis.stream
    outside = stream.is_word & ~analysis.in_quotation
    blocks = np.maximum(stream.block, 0)
    words = np.bincount(blocks, weights=outside, minlength=1)
    section = np.zeros(len(words), dtype=np.int64)
    at = 0
    held = 0.0
    for block, count in enumerate(words.tolist()):
        section[block] = at
        held += count
        if held >= SECTION_WORDS:
            at, held = at + 1, 0.0
    if held < SECTION_WORDS and at > 0:
        section[section == at] = at - 1
        at -= 1
    quoted = at + 1
    return np.where(analysis.in_quotation, quoted, section[blocks]), quoted


def estimate(analysis: Analysis) -> Sections:
    """The sections of a document with their rates and features."""
    number, quoted = divide(analysis)
    arcs, models = analysis.arcs, analysis.models
    words = np.bincount(number, weights=analysis.stream.is_word, minlength=quoted + 1).astype(np.int64)
    filled = np.maximum(words, LEAST_WORDS)
    changed = arcs.kind != KEEP
    covered = (arcs.end - arcs.start) * changed
    home = number[arcs.start]
    base, edges = analysis.arc_scores, analysis.edge_scores
    first = sums = analysis.paths.sums(base, edges)
    plain = _without_terms(analysis, base, edges, first)
    gains = _once_a_word(_gains(analysis, plain.arcs, changed), number, analysis.stream.numbers)
    gain = np.bincount(number, weights=gains, minlength=quoted + 1) / filled
    rates = np.bincount(home, weights=sums.arcs * covered, minlength=quoted + 1) / filled
    for _ in range(_ROUNDS - 1):
        bias = (_logits(rates) - log_odds(models.weights.rate))[home] * changed
        sums = analysis.paths.sums(base + bias, edges)
        rates = np.bincount(home, weights=sums.arcs * covered, minlength=quoted + 1) / filled
    misfits = np.bincount(number, weights=_misfits(analysis), minlength=quoted + 1)
    fired = _fired_rules(analysis, number, quoted)
    strong, gated = (np.array([len(rules) for rules in kind]) for kind in fired)
    preferred = _once_a_word(_preferences(analysis, changed), number, analysis.stream.numbers)
    rows = np.stack(
        [
            gain,
            np.log1p(strong),
            misfits * 100 / np.maximum(filled, 100),
            np.bincount(number, weights=preferred, minlength=quoted + 1) / filled,
            np.ones(quoted + 1),
        ],
        axis=1,
    )
    return Sections(number, quoted, words, rates, rows, strong, gated, _whole(rows, words, fired, quoted))


def _whole(rows: Floats, words: Ints, fired: Sequence[Sequence[set[str]]], quoted: int) -> Floats:
    """The features of all sections but that of quoted speech, taken together."""
    weights = np.maximum(words[:quoted], 1)
    row = weights @ rows[:quoted] / weights.sum()
    row[FEATURES.index("strong rules")] = math.log1p(len(set().union(*fired[0][:quoted])))
    return np.asarray(row)


def _gains(analysis: Analysis, posterior: Floats, changed: NDArray[np.bool_]) -> Floats:
    """For each place, by how many nats the belief in some change there beats keeping the text."""
    belief = np.bincount(
        analysis.arcs.start[changed], weights=posterior[changed], minlength=len(analysis.stream.numbers)
    )
    return np.asarray(-np.log(np.maximum(1 - np.minimum(belief, 1.0), math.exp(-_MOST_GAIN))))


def _preferences(analysis: Analysis, changed: NDArray[np.bool_]) -> Floats:
    """For each place, by how many nats more than an honest word the model prefers some change there.

    Terms are left out, for the reason given in `_without_terms`.
    """
    arcs = analysis.arcs
    best = np.zeros(len(analysis.stream.numbers))
    asked = np.flatnonzero(changed & ~arcs.is_term)
    np.maximum.at(best, arcs.start[asked], arcs.features[asked, INDEX["language model"]])
    return np.maximum(best - _HONEST_MARGIN, 0.0)


def _without_terms(analysis: Analysis, base: Floats, edges: Floats, sums: Sums) -> Sums:
    """The sums over the readings that hold no fixed term.

    A term takes the place of the changes to its words, one for two or three; and honest text holds the terms
    of many fields in other words.  So it is no evidence, for or against.
    """
    is_term = analysis.arcs.is_term
    return analysis.paths.sums(np.where(is_term, NEVER, base), edges) if is_term.any() else sums


def _once_a_word(gains: Floats, section: Ints, numbers: Ints) -> Floats:
    """The gains with each word of a section counted once, where it gains most.

    An honest text says the word that it is about ten times; that is one piece of evidence, not ten.
    """
    order = np.lexsort((-gains, section << 16 | numbers))
    keys = (section << 16 | numbers)[order]
    counted = np.zeros(len(gains))
    best = order[np.concatenate([[True], keys[1:] != keys[:-1]])]
    counted[best] = gains[best]
    return counted


def _misfits(analysis: Analysis) -> Floats:
    """For each place, whether an article stands before it that does not fit it."""
    stream = analysis.stream
    keeps = analysis.arcs.keeps
    misfit = analysis.arcs.features[keeps, INDEX["article"]]
    return np.asarray(misfit * stream.is_word * ~stream.is_capital)


def _fired_rules(analysis: Analysis, number: Ints, quoted: int) -> tuple[list[set[str]], list[set[str]]]:
    """For each section the strong and the gated rules that fire in it."""
    strong: list[set[str]] = [set() for _ in range(quoted + 1)]
    gated: list[set[str]] = [set() for _ in range(quoted + 1)]
    for match, place in zip(analysis.matches, analysis.match_places, strict=True):
        if match.rule.severity == Severity.ERROR.value and match.rule.origin != "term":
            (gated if match.rule.needs_spun_document else strong)[int(number[place])].add(match.rule.id)
    return strong, gated
