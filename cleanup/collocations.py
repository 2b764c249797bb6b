"""The source model: how likely a word is between its neighbours, from tables of words that keep company.

The tables (`cleanup/data/README.md` says how they were made) hold log P(word | one or two words before it)
where that differs from the shorter context; everything else backs off to the shorter context, as in Katz
(1987).  All logarithms are natural.  Lookups take and give arrays, for a document asks for hundreds of
thousands of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

#: Word numbers that stand for more than one word.
UNKNOWN, FULL_STOP, COMMA, NUMBER, NAME, POSSESSIVE = range(6)
SPECIAL = ("<unknown>", "<stop>", "<comma>", "<number>", "<name>", "<'s>")

_STEP = 16.0  # a byte holds a log probability in sixteenths of a nat, from 0 down to -15.9375


def encode_logs(logs: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Log probabilities rounded to a byte each."""
    return np.asarray(np.clip(np.rint(-logs * _STEP), 0, 255), dtype=np.uint8)


def decode_logs(encoded: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What `encode_logs` rounded."""
    return encoded.astype(np.float32) / -_STEP


def write_table(directory: Path, words: Sequence[str], arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Write the vocabulary and the arrays of a table, one file each."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "words.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    for name, array in arrays.items():
        np.save(directory / f"{name}.npy", array)


DIRECTORY = Path(__file__).with_name("data") / "collocations"

_ARRAYS = (
    "unigrams", "bigram_counts", "bigram_words", "bigram_logs", "bigram_backoff", "trigram_contexts",
    "trigram_counts", "trigram_words", "trigram_logs", "trigram_backoff",
)  # fmt: skip


def _find(
    table: NDArray[np.generic], keys: NDArray[np.generic]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where keys stand in a sorted table, and whether they do; asked in order, which is faster."""
    if not len(table):
        return np.zeros(len(keys), dtype=np.int64), np.zeros(len(keys), dtype=bool)
    order = np.argsort(keys)
    at = np.empty(len(keys), dtype=np.int64)
    at[order] = np.searchsorted(table, keys[order])
    np.minimum(at, len(table) - 1, out=at)
    return at, table[at] == keys


def _find_in_rows(
    table: NDArray[np.generic],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    keys: NDArray[np.integer],
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where each key stands in its own row of a table, which is sorted, and whether it does."""
    low, high = starts, ends
    for _ in range(int((ends - starts).max()).bit_length()):
        middle = (low + high) >> 1
        is_behind = table[np.minimum(middle, len(table) - 1)] < keys
        is_open = low < high
        low, high = np.where(is_open & is_behind, middle + 1, low), np.where(is_behind, high, middle)
    at = np.minimum(low, len(table) - 1)
    return at, (low < ends) & (table[at] == keys)


class SourceModel(Protocol):
    """What says how likely words are behind others: the built-in table, or one that knows a field as well."""

    def __hash__(self) -> int:
        """A table is itself and no other."""
        ...

    @property
    def words(self) -> tuple[str, ...]:
        """The vocabulary, by number."""
        ...

    @property
    def unigrams(self) -> NDArray[np.float32]:
        """Log frequency of every word."""
        ...

    @property
    def numbers(self) -> Mapping[str, int]:
        """The number of every word."""
        ...

    def number(self, word: str) -> int:
        """The number of a folded word, or `UNKNOWN`."""
        ...

    def log_after(
        self,
        before: NDArray[np.integer],
        last: NDArray[np.integer],
        words: NDArray[np.integer],
        which: NDArray[np.integer] | None = None,
    ) -> NDArray[np.float32]:
        """Log P(word | the word before the last, the last word); see `Collocations.log_after`."""
        ...

    def log_after_one(self, last: NDArray[np.integer], words: NDArray[np.integer]) -> NDArray[np.float32]:
        """Log P(word | the word before it)."""
        ...


class Collocations:
    """Log probabilities of words behind one or two others.

    >>> table = load_collocations()
    >>> organized, arranged, crime = map(table.number, ("organized", "arranged", "crime"))
    >>> log = table.log_after(np.array([0, 0]), np.array([organized, arranged]), np.array([crime, crime]))
    >>> bool(log[0] > log[1] + 3)
    True
    """

    def __init__(self, words: Sequence[str], arrays: Mapping[str, NDArray[Any]]) -> None:
        self.words = tuple(words)
        self._numbers = {word: at for at, word in enumerate(self.words)}
        self.unigrams: NDArray[np.float32] = np.asarray(arrays["unigrams"], dtype=np.float32)
        self._bigrams = np.repeat(np.arange(len(words), dtype=np.uint32) << 16, arrays["bigram_counts"])
        self._bigrams |= np.asarray(arrays["bigram_words"])
        self._bigram_logs = arrays["bigram_logs"]
        self._bigram_backoff = decode_logs(np.asarray(arrays["bigram_backoff"]))
        self._contexts = np.asarray(arrays["trigram_contexts"])
        self._trigram_ends = np.cumsum(arrays["trigram_counts"], dtype=np.int64)
        self._trigram_words = arrays["trigram_words"]
        self._trigram_logs = arrays["trigram_logs"]
        self._trigram_backoff = decode_logs(np.asarray(arrays["trigram_backoff"]))

    def number(self, word: str) -> int:
        """The number of a folded word, or `UNKNOWN`."""
        return self._numbers.get(word, UNKNOWN)

    @property
    def numbers(self) -> Mapping[str, int]:
        """The number of every word."""
        return self._numbers

    def log_after(
        self,
        before: NDArray[np.integer],
        last: NDArray[np.integer],
        words: NDArray[np.integer],
        which: NDArray[np.integer] | None = None,
    ) -> NDArray[np.float32]:
        """Log P(word | the word before the last, the last word), arrays of one shape.

        A ``before`` of 0 is unknown.  Many words behind few contexts are faster with ``which``: the number of
        its context, among those given, for each word.
        """
        context = before.astype(np.uint32) << np.uint32(16) | last.astype(np.uint32)
        place, is_known = _find(self._contexts, context)
        if which is not None:
            last, place, is_known = last[which], place[which], is_known[which]
        logs = self.log_after_one(last, words)
        known = np.flatnonzero(is_known)
        if len(known):
            place = place[known]
            ends = self._trigram_ends[place]
            starts = np.where(place > 0, self._trigram_ends[place - 1], 0)
            at, found = _find_in_rows(self._trigram_words, starts, ends, words[known])
            logs[known] = np.where(
                found, decode_logs(self._trigram_logs[at]), logs[known] + self._trigram_backoff[place]
            )
        return logs

    def log_after_one(self, last: NDArray[np.integer], words: NDArray[np.integer]) -> NDArray[np.float32]:
        """Log P(word | the word before it)."""
        key = last.astype(np.uint32) << np.uint32(16) | words.astype(np.uint32)
        at, found = _find(self._bigrams, key)
        return np.where(
            found, decode_logs(self._bigram_logs[at]), self.unigrams[words] + self._bigram_backoff[last]
        )


@cache
def load_collocations(directory: Path = DIRECTORY) -> Collocations:
    """The table in a directory, the built-in one when none is named."""
    words = (directory / "words.txt").read_text(encoding="utf-8").split("\n")[:-1]
    # Mapped, so that several processes share what is not worked into something else.
    arrays = {name: np.asarray(np.load(directory / f"{name}.npy", mmap_mode="r")) for name in _ARRAYS}
    return Collocations(words, arrays)
