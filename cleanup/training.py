"""Learning a field: a table of collocations from a user's own clean text.

Words are counted as numbers.  Every document is read once, onto a tape: a temporary file of four bytes a
word.  Then the tape is read as often as it takes to count one share of the pairs or triples at a time.  So
the counts are exact and independent of the order of the documents, and memory stays bounded however long
the corpus is.  What is seen too seldom is left to the shorter context, by absolute discounting (Ney, Essen
and Kneser 1994).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from cleanup.collocations import FULL_STOP, NAME, POSSESSIVE, UNKNOWN, Collocations, encode_logs
from cleanup.datatypes import Kind
from cleanup.document import Document
from cleanup.errors import FileError, UsageError
from cleanup.field import write_field
from cleanup.files import describe
from cleanup.stream import read_stream

LEAST_WORDS = 1000  # of a corpus: fewer say nothing about a field
LEAST_OWN = 3  # a new word seen less often may be a misprint
LEAST_PAIR, LEAST_TRIPLE = 2, 3
MOST_NUMBERS = 65_000  # word numbers must fit 16 bits

# The bounds of memory: different words that are told apart, places counted at a time, places read at a time,
# code points of one document read at a time.
_MOST_WORDS = 2_000_000
_AT_ONCE = 10_000_000
_CHUNK = 2_000_000
_LONG = 2_000_000

# General English has no word rarer than this, as wordfreq counts: its rarest entry is ten times as frequent.
_LEAST_FREQUENCY = 1e-9

_CAPITAL = np.uint32(1 << 31)
_BITS, _LAST, _LAST_TWO = np.uint64(16), np.uint64(0xFFFF), np.uint64(0xFFFFFFFF)

Keys = NDArray[np.uint64]
Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


class TooFewWordsError(UsageError):
    """A corpus is too small for a table."""


@dataclass(frozen=True, slots=True)
class Grams:
    """Words that stood in a row, packed into one number each, in order, and how often.

    ``discount`` is what is taken off each count for what was never seen.
    """

    keys: Keys
    counts: Counts
    discount: float

    def __len__(self) -> int:
        return len(self.keys)


@dataclass(frozen=True, slots=True)
class FieldCounts:
    """What was counted in a corpus.

    Attributes:
        builtin: the table whose vocabulary comes first.
        own: the corpus's own words, the most frequent first; their numbers follow.
        documents, words: how many were read.
        unigrams: how often each word of both vocabularies was seen.
        pairs, triples: those seen often enough.

    """

    builtin: Collocations
    own: tuple[str, ...]
    documents: int
    words: int
    unigrams: Counts
    pairs: Grams
    triples: Grams

    def write(self, directory: Path) -> None:
        """Write the table into a directory; the same counts give the same bytes."""
        general = _general_logs(self.own)
        arrays: dict[str, NDArray[np.generic]] = {"general": general, **self._estimate(general)}
        seen = self.unigrams.copy()
        seen[UNKNOWN] = 0
        arrays["seen"] = seen.astype(np.uint32)
        facts = {
            "documents": self.documents,
            "words": self.words,
            "read": int(self.unigrams.sum()),
            "own": len(self.own),
            "pairs": len(self.pairs),
            "triples": len(self.triples),
        }
        write_field(directory, self.builtin, self.own, arrays, facts)

    def _estimate(self, general: NDArray[np.float32]) -> dict[str, NDArray[np.generic]]:
        """The arrays of a `Collocations`: log probabilities, and the weight of each shorter context."""
        size, total = len(self.unigrams), self.unigrams.sum()
        base = np.exp(np.concatenate([self.builtin.unigrams, general]).astype(np.float64))
        discount = _discount(*(int(np.count_nonzero(self.unigrams == times)) for times in (1, 2)))
        unigrams = np.maximum(self.unigrams - discount, 0) / total
        unigrams += (1 - unigrams.sum()) * base / base.sum()

        first = (self.pairs.keys >> _BITS).astype(np.int64)
        second = (self.pairs.keys & _LAST).astype(np.int64)
        pairs = (self.pairs.counts - self.pairs.discount) / self.unigrams[first]

        contexts, place = np.unique(self.triples.keys >> _BITS, return_inverse=True)
        third = (self.triples.keys & _LAST).astype(np.int64)
        # Whatever triple is kept, both its pairs were seen at least as often, and are kept too.
        whole = self.pairs.counts[np.searchsorted(self.pairs.keys, contexts)]
        triples = (self.triples.counts - self.triples.discount) / whole[place]
        shorter = pairs[np.searchsorted(self.pairs.keys, self.triples.keys & _LAST_TWO)]
        arrays = {
            "unigrams": np.log(unigrams).astype(np.float32),
            "bigram_counts": np.bincount(first, minlength=size).astype(np.uint16),
            "bigram_words": second.astype(np.uint16),
            "bigram_logs": encode_logs(np.log(pairs)),
            "bigram_backoff": _backoff(first, pairs, unigrams[second], size),
            "trigram_contexts": contexts.astype(np.uint32),
            "trigram_counts": np.bincount(place, minlength=len(contexts)).astype(np.uint16),
            "trigram_words": third.astype(np.uint16),
            "trigram_logs": encode_logs(np.log(triples)),
            "trigram_backoff": _backoff(place, triples, shorter, len(contexts)),
        }
        return _never_empty(arrays)


def train(documents: Iterable[Document], builtin: Collocations) -> FieldCounts:
    """Count a corpus, for a table beside the built-in one.

    The order of the documents does not matter, unless they hold more than two million different words: from
    there on a new one counts as unknown.  The temporary file lies where ``TMPDIR`` says.

    Args:
        documents: clean text of the field; gone through once.  Quotations are left out unless a document has
            them open.
        builtin: the table that this one will go with.

    Raises:
        TooFewWordsError: when there are no documents, or fewer than `LEAST_WORDS` words in them.
        FileError: when the temporary file cannot be written.

    """
    with closing(_Tape(builtin)) as tape:
        for document in documents:
            tape.add(document)
        tape.require_enough()
        return tape.count()


class _Vocabulary(dict[str, int]):
    """The built-in words and their numbers; another word gets the next number when it is first asked for."""

    def get(self, word: str, default: Any = None, /) -> Any:
        number = super().get(word)
        if number is None and len(self) < _MOST_WORDS and _may_be_own(word):
            number = self[word] = len(self)
        return default if number is None else number


def _may_be_own(word: str) -> bool:
    """Whether a folded token may become a word of its own: no sign, figure or single letter.

    >>> [word for word in ("zorble", "h2o", "can't", "x", "2nd", "+yr") if _may_be_own(word)]
    ['zorble', 'h2o', "can't"]
    """
    return len(word) > 1 and word[0].isalpha() and word.replace("'", "").isalnum()


class _Tape:
    """The corpus in a temporary file: the numbers that `_Vocabulary` gave, and which had a capital."""

    def __init__(self, builtin: Collocations) -> None:
        self._builtin = builtin
        self._vocabulary = _Vocabulary(builtin.numbers)
        self._documents = self._words = self._places = 0
        try:
            self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
        except OSError as error:
            raise _disk_error(error) from error
        self._write(np.array([FULL_STOP], dtype=np.uint32))

    def _write(self, numbers: NDArray[np.uint32]) -> None:
        try:
            self._file.write(numbers.tobytes())
            self._file.flush()
        except OSError as error:
            raise _disk_error(error) from error
        self._places += len(numbers)

    def close(self) -> None:
        """Remove the tape."""
        self._file.close()

    def add(self, document: Document) -> None:
        """Read a document."""
        self._documents += 1
        for part in _parts(document):
            stream = read_stream(part, self._vocabulary)
            # The stop at the end of each stream is that at the beginning of the next one.
            numbers = stream.numbers[1:].astype(np.uint32)
            self._write(numbers | np.where(stream.is_capital[1:], _CAPITAL, np.uint32(0)))
            self._words += int(np.count_nonzero(numbers > POSSESSIVE))

    def require_enough(self) -> None:
        """Raise TooFewWordsError when too little was read."""
        if self._words < LEAST_WORDS:
            found = f"only {self._words:,} words" if self._words else "no words"
            raise TooFewWordsError(
                f"the corpus holds {found} of English: name more text of the field, "
                f"{LEAST_WORDS:,} words at least"
            )

    def count(self) -> FieldCounts:
        """Count what was read."""
        own, numbers = self._number_anew()
        unigrams = np.zeros(len(self._builtin.words) + len(own), dtype=np.int64)
        for row in self._rows(numbers, 1):
            unigrams += np.bincount(row.astype(np.int64), minlength=len(unigrams))
        pairs, triples = self._grams(numbers, 2, LEAST_PAIR), self._grams(numbers, 3, LEAST_TRIPLE)
        return FieldCounts(self._builtin, own, self._documents, self._words, unigrams, pairs, triples)

    def _number_anew(self) -> tuple[tuple[str, ...], NDArray[np.uint64]]:
        """The corpus's own words, if frequent enough, and what each number on the tape finally is."""
        size = len(self._builtin.words)
        counts = np.zeros(len(self._vocabulary), dtype=np.int64)
        for row in self._rows(np.arange(len(counts), dtype=np.uint64), 1):
            counts += np.bincount(row.astype(np.int64), minlength=len(counts))
        found = [
            (-int(counts[at]), word)
            for word, at in self._vocabulary.items()
            if at >= size and counts[at] >= LEAST_OWN
        ]
        own = [word for _, word in sorted(found)][: max(MOST_NUMBERS - size, 0)]
        numbers = np.full(len(counts), UNKNOWN, dtype=np.uint64)
        numbers[:size] = np.arange(size)
        numbers[[self._vocabulary[word] for word in own]] = np.arange(size, size + len(own))
        return tuple(own), numbers

    def _rows(self, numbers: NDArray[np.uint64], width: int) -> Iterator[NDArray[np.uint64]]:
        """The tape in final numbers, piece by piece; each begins with the last of the one before."""
        self._file.seek(0)
        kept = np.zeros(0, dtype=np.uint64)
        while data := self._file.read(_CHUNK * 4):
            raw = np.frombuffer(data, dtype=np.uint32)
            row = numbers[raw & ~_CAPITAL]
            row[(row == UNKNOWN) & (raw >= _CAPITAL)] = NAME
            row = np.concatenate([kept, row])
            yield row
            kept = row[len(row) - width + 1 :]

    def _grams(self, numbers: NDArray[np.uint64], width: int, least: int) -> Grams:
        """Pairs or triples seen at least so often; none behind an unknown word, no triple across a stop."""
        shares = -(-self._places // _AT_ONCE)
        keys, counts = [], []
        once = twice = 0
        for share in range(shares):
            pieces = []
            for row in self._rows(numbers, width):
                packed = _packed(row, width)
                pieces.append(packed[packed % shares == share] if shares > 1 else packed)
            found, times = np.unique(np.concatenate(pieces), return_counts=True)
            once += int(np.count_nonzero(times == 1))
            twice += int(np.count_nonzero(times == 2))
            keys.append(found[times >= least])
            counts.append(times[times >= least])
        every = np.concatenate(keys)
        order = np.argsort(every)
        return Grams(every[order], np.concatenate(counts)[order], _discount(once, twice))


def _disk_error(error: OSError) -> FileError:
    return FileError(f"temporary file: not written: {describe(error)}: set TMPDIR to a place with room")


def _parts(document: Document) -> Iterator[Document]:
    """A document; a very long one of plain text in several, cut at ends of lines."""
    if document.kind is not Kind.PLAIN or len(document.text) <= _LONG:
        yield document
        return
    text, start = document.text, 0
    while start < len(text):
        end = text.find("\n", start + _LONG) + 1 or len(text)
        yield Document(text[start:end], keeps_quotations=document.keeps_quotations)
        start = end


def _packed(row: NDArray[np.uint64], width: int) -> Keys:
    """Every so many numbers in a row as one, those with a context that tells something."""
    last = row[width - 1 :]
    if width == 2:
        context = row[:-1]
        tells = context != UNKNOWN
    else:
        context = row[:-2] << _BITS | row[1:-1]
        tells = (row[:-2] != UNKNOWN) & (row[1:-1] != UNKNOWN) & (row[1:-1] != FULL_STOP)
    packed: Keys = (context << _BITS | last)[tells]
    return packed


def _discount(once: int, twice: int) -> float:
    """What to take off each count, by how many were seen once and twice (Ney, Essen and Kneser 1994)."""
    return once / (once + 2 * twice) if once and twice else 0.75


def _backoff(contexts: NDArray[np.int64], longer: Floats, shorter: Floats, size: int) -> NDArray[np.uint8]:
    """What the shorter context counts behind each of ``size`` contexts for words that are not kept there.

    ``longer`` and ``shorter`` are the probabilities of the words that are kept.
    """
    left = 1 - np.bincount(contexts, longer, minlength=size)
    left_shorter = 1 - np.bincount(contexts, shorter, minlength=size)
    return encode_logs(np.log(np.maximum(left, 1e-7) / np.maximum(left_shorter, 1e-7)))


def _never_empty(arrays: dict[str, NDArray[Any]]) -> dict[str, NDArray[np.generic]]:
    """The arrays with a pair and a triple of numbers that no word has, where there was none.

    `Collocations` looks things up in arrays that hold something.
    """
    nobody = np.array([0xFFFF], dtype=np.uint16)
    if not len(arrays["bigram_words"]):
        arrays["bigram_counts"][UNKNOWN] = 1
        arrays |= {"bigram_words": nobody, "bigram_logs": np.zeros(1, dtype=np.uint8)}
    if not len(arrays["trigram_words"]):
        arrays |= {
            "trigram_contexts": np.array([0xFFFFFFFF], dtype=np.uint32),
            "trigram_counts": np.ones(1, dtype=np.uint16),
            "trigram_words": nobody,
            "trigram_logs": np.zeros(1, dtype=np.uint8),
            "trigram_backoff": np.zeros(1, dtype=np.uint8),
        }
    return dict(arrays)


def _general_logs(words: tuple[str, ...]) -> NDArray[np.float32]:
    """Log frequencies of words in general English."""
    from wordfreq import word_frequency  # 0.3 s to import

    frequencies = [word_frequency(word, "en", minimum=_LEAST_FREQUENCY) for word in words]
    return np.log(np.array(frequencies, dtype=np.float64)).astype(np.float32)
