"""What speaks for and against a stretch of text being a term in tortured words.

A tortured phrase puts words together that keep no company in English, where the term it stands for is
common; its words are no words of the field; and each of them is something that spinners readily write.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cleanup.analysis import Models
from cleanup.channel import Match
from cleanup.document import folded_tokens
from cleanup.frequency import log_frequency
from cleanup.rulebook.location import SourceFile
from cleanup.screening.honest import is_honest_swap
from cleanup.terms.reader import HYPHENS

Floats = NDArray[np.float64]

#: In the order of the weights in ``weights.json``.
FEATURES = (
    "cost",  # of the changed words by `cleanup.terms`, in nats
    "cost a word",
    "changed",  # content words that the term does not have
    "unknown",  # one of them is in no table: spinners write words that people know
    "in terms",  # in how many other terms the least usual of them stands, as a logarithm
    "coherence", "coherence of the term",  # how alike the topics of the words are
    "likeness",  # of each changed word to a word of the term
    "company", "mean company", "keeps company",  # how much oftener than by chance its words stand together
    "company of the term", "the term keeps company",
    "rarer",  # log frequency of its words less that of the term's
    "rarest",  # log frequency of the rarest changed word
    "two words", "longer",
)  # fmt: skip

_COMMON = frozenset(
    "a about above after all also an and any are as at be been before below between both but by can could "
    "did do does down each few for from had has have he her his how i if in into is it its just less like "
    "many may me might more most much must my no nor not of off on only onto or other our out over own "
    "per she should so some such than that the their them then there these they this those through to too "
    "toward under until up upon very via was we were what when where which while who whom whose why will "
    "with within without would you your 's".split()
)

_SEEN, _TERM_SEEN = 0.5, 1.0  # nats above chance from which words count as keeping company
_UNKNOWN_LIKENESS = 0.3
_LEAST_STEM, _STEM = 4, 5
_CONTENT_WORDS = 2


def words_of(text: str) -> list[str]:
    """The words of a phrase in lower case, hyphens left out.

    >>> words_of("X-ray Diffraction")
    ['x', 'ray', 'diffraction']
    """
    bare = (token[1:] if token[0] == "+" and len(token) > 1 else token for token in folded_tokens(text))
    return [token for token in bare if token not in HYPHENS]


def content_words(words: Sequence[str]) -> list[str]:
    """Those that are not among the commonest words of any text."""
    return [word for word in words if word not in _COMMON]


def is_excused(written: Sequence[str], term: Sequence[str]) -> bool:
    """Whether a wording may well be honest: a swap of experts, a number, the same word in another form."""
    if _bare(written) == _bare(term) or any(word in _COMMON for word in term):
        return True
    changed = [word for word in written if word not in term and word not in _COMMON]
    missing = [word for word in term if word not in written]
    if not changed or any(word.isdecimal() for word in changed):
        return True
    if any(_same_stem(one, other) for one in changed for other in missing):
        return True
    return all(any(is_honest_swap(one, other) for other in missing) for one in changed)


def _bare(words: Sequence[str]) -> str:
    return "".join(word.removesuffix("s") for word in words)


def _same_stem(one: str, other: str) -> bool:
    if min(len(one), len(other)) < _LEAST_STEM:
        return False
    return one[:_STEM] == other[:_STEM] or one.endswith(other) or other.endswith(one)


def is_anchored(written: Sequence[str], term: Sequence[str]) -> bool:
    """Whether a word of the term still stands there."""
    return any(word in term and word not in _COMMON for word in written)


class Describer:
    """Computes the features of phrases from the tables of the engine and the lists of terms."""

    def __init__(self, models: Models, files: Sequence[SourceFile]) -> None:
        self._table = models.table
        self._topics = models.topics
        self._files = files

    @cached_property
    def _terms_with(self) -> Counter[str]:
        """In how many terms of the fields a word stands."""
        counts: Counter[str] = Counter()
        for path, data in self._files:
            if path.endswith(".txt") and not is_everyday(path):
                for line in data.decode("utf-8").splitlines():
                    if line.strip() and not line.startswith("#"):
                        counts.update({word.removesuffix("s") for word in words_of(line)})
        return counts

    def describe(self, match: Match, written: Sequence[str], term: Sequence[str]) -> Floats:
        """The features of one match of a term, in the order of `FEATURES`."""
        changed = [word for word in written if word not in term and word not in _COMMON]
        missing = [word for word in term if word not in written] or list(term)
        cost = -match.rule.log_channels[0]
        company, own = self._company(written), self._company(term)
        values = (
            cost,
            cost / len(changed),
            len(changed),
            any(not self._table.number(word) for word in changed),
            np.log1p(min(self._terms_with[word.removesuffix("s")] for word in changed)),
            self._coherence(written),
            self._coherence(term),
            np.mean([max(self._likeness(one, other) for other in missing) for one in changed]),
            max(company),
            np.mean(company),
            max(company) > _SEEN,
            max(own),
            max(own) > _TERM_SEEN,
            sum(map(self._frequency, written)) - sum(map(self._frequency, term)),
            min(map(self._frequency, changed)),
            len(written) == _CONTENT_WORDS,
            len(written) - len(term),
        )
        return np.array(values, dtype=np.float64)

    def _frequency(self, word: str) -> float:
        number = self._table.number(word)
        return float(self._table.unigrams[number]) if number else log_frequency(word)

    def _company(self, words: Sequence[str]) -> list[float]:
        """For each two neighbours how much likelier, in nats, the one makes the other; 0 where unknown."""
        numbers = np.array([self._table.number(word) for word in words])
        first, second = numbers[:-1], numbers[1:]
        if not len(first):
            return [0.0]
        logs = self._table.log_after_one(first, second) - self._table.unigrams[second]
        return [float(value) for value in np.where((first > 0) & (second > 0), logs, 0.0)]

    def _coherence(self, words: Sequence[str]) -> float:
        content = content_words(words)
        likeness = [self._likeness(one, other) for at, one in enumerate(content) for other in content[:at]]
        return float(np.mean(likeness)) if likeness else _UNKNOWN_LIKENESS

    def _likeness(self, one: str, other: str) -> float:
        """The cosine of the topics of two words."""
        numbers = [self._table.number(word) for word in (one, other)]
        if not all(numbers):
            return _UNKNOWN_LIKENESS
        first, second = (self._topics[number].astype(np.float64) for number in numbers)
        return float(first @ second / (np.linalg.norm(first) * np.linalg.norm(second) + 1e-9))


def is_everyday(path: str) -> bool:
    """Whether a list holds terms of everyday life, which papers say in other words honestly."""
    return bool(re.search(r"society\.txt$", path))
