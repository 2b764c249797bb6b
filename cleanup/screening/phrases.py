"""Terms of a field in tortured words: the matches of `cleanup.terms` that are no honest wording."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from cleanup.analysis import Models
from cleanup.channel import Match
from cleanup.datatypes import Span
from cleanup.document import Document
from cleanup.rulebook.location import term_files
from cleanup.screening.features import (
    FEATURES,
    Describer,
    Floats,
    is_anchored,
    is_everyday,
    is_excused,
    words_of,
)
from cleanup.terms import TermFinder, load_terms

# What an abbreviation behind a phrase adds when it abbreviates the term and not what is written.
ABBREVIATION_NATS = 6.0
_ABBREVIATION = re.compile(r"\s*[(\[]\s*([A-Z][A-Za-z-]{1,7}?)s?\s*[)\],;]")


@dataclass(frozen=True, slots=True)
class Weights:
    """What each feature is worth, fitted by ``tools/fit_screening.py``.

    Attributes:
        anchored, whole: weights where a word of the term still stands there, and where none does.
        anchored_bias, whole_bias: what is added in these cases.
        alone: the least score of a phrase that counts by itself.
        company: the least score where others have shown the paper to be full of them.
        prior: the log-odds that a wording with the score 0 is tortured, in a paper with one tortured phrase
            in a thousand words.

    """

    anchored: Floats
    whole: Floats
    anchored_bias: float
    whole_bias: float
    alone: float
    company: float
    prior: float


@cache
def load_weights() -> Weights:
    """The weights that ship."""
    data = json.loads(resources.files("cleanup.screening").joinpath("weights.json").read_text("utf-8"))
    anchored, whole = (
        np.array([data[name][feature] for feature in FEATURES]) for name in ("anchored", "whole")
    )
    numbers = (float(data[name]) for name in ("anchored_bias", "whole_bias", "alone", "company", "prior"))
    return Weights(anchored, whole, *numbers)


@dataclass(frozen=True, slots=True)
class Wording:
    """A stretch that may be a term in tortured words.

    ``score`` is in nats: the higher, the less likely the wording is honest.
    """

    match: Match
    expected: str
    features: Floats
    is_anchored: bool
    is_abbreviated: bool
    score: float = 0.0

    def confidence(self, weights: Weights, density: float) -> float:
        """The chance that it is tortured where so many phrases in a thousand words are."""
        odds = self.score + weights.prior + math.log(density)
        return min(1 / (1 + math.exp(-odds)), 0.99)


class WordingFinder:
    """Finds terms of the fields in other words, and says of each how it speaks for itself."""

    def __init__(self, models: Models, rules: Sequence[str] = (), weights: Weights | None = None) -> None:
        files = term_files(rules)
        self._finder = TermFinder(load_terms(rules), models.thesaurus, models.table.numbers)
        self._describer = Describer(models, files)
        self._everyday = {
            tuple(words_of(line))
            for path, data in files
            if is_everyday(path)
            for line in data.decode("utf-8").splitlines()
        }
        self.weights = weights or load_weights()

    def find(self, document: Document) -> Iterator[Wording]:
        """The wordings in a document, in order; those that may well be honest are left out."""
        for match in self._finder.find(document):
            written = words_of(document.text[match.span.start : match.span.end])
            term = words_of(match.form.originals[0])
            if self._is_everyday(term) or is_excused(written, term) or _is_part(document.text, match.span):
                continue
            features = self._describer.describe(match, written, term)
            anchored = is_anchored(written, term)
            abbreviated = abbreviates(document.text[match.span.end : match.span.end + 16], written, term)
            score = self._score(features, anchored) + ABBREVIATION_NATS * abbreviated
            yield Wording(match, match.form.originals[0], features, anchored, abbreviated, score)

    def _is_everyday(self, term: Sequence[str]) -> bool:
        return tuple(term) in self._everyday or (*term[:-1], term[-1].removesuffix("s")) in self._everyday

    def _score(self, features: Floats, anchored: bool) -> float:
        weights = self.weights
        if anchored:
            return float(features @ weights.anchored) + weights.anchored_bias
        return float(features @ weights.whole) + weights.whole_bias


def _is_part(text: str, span: Span) -> bool:
    """Whether a hyphen joins a stretch to what stands before or behind it, even across a line's end."""
    before, after = text[max(span.start - 3, 0) : span.start].rstrip(), text[span.end : span.end + 1]
    return before.endswith(("-", "‐")) or after in ("-", "‐")


def abbreviates(behind: str, written: Sequence[str], term: Sequence[str]) -> bool:
    """Whether an abbreviation in brackets follows that is the term's and not that of what is written.

    >>> abbreviates(" (SVM) is", ["bolster", "vector", "machine"], ["support", "vector", "machine"])
    True
    """
    found = _ABBREVIATION.match(behind)
    if found is None:
        return False
    letters = found[1].replace("-", "").lower()
    return letters == "".join(word[0] for word in term) != "".join(word[0] for word in written)
