"""The wide channel: for each word or short phrase, what else could have been spun into it.

The tables (`cleanup/data/README.md` says how they were made) give every spun word and phrase its possible
originals, each with a byte that says which sources know the pair.  What a source is worth is not decided
here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DIRECTORY = Path(__file__).with_name("data") / "thesaurus"

#: Who knows a pair: our dictionary of what spinners write (at the head of an entry, among the first, further
#: down, the other way about, as a fixed phrase), the vectors of the words, Moby in both directions, WordNet.
OWN_FIRST, OWN_EARLY, OWN_LATE, OWN_REVERSE, OWN_PHRASE, NEIGHBOUR, MOBY, WORDNET = (
    1 << at for at in range(8)
)

#: The most words of a phrase on either side.
LONGEST = 4

# A capital at the beginning of the word with this place in a reading: names keep theirs.
_CAPITAL_BITS = tuple(1 << at for at in range(LONGEST))


class Thesaurus:
    """Originals by spun word, and by spun phrase.

    Attributes:
        readings: word numbers of every original, ``(n, LONGEST)``, zero behind its last word.
        capitals: for each original a bit for each word that is written with a capital.
        single_starts: for each word number, where its originals begin in ``single_readings``.
        single_readings: places in ``readings``, those with the best sources first.
        single_sources: the bits of each pair.
        phrases: the word numbers of every spun phrase, ``(n, LONGEST)``, zero behind its last word, sorted.
        phrase_starts, phrase_readings, phrase_sources: the same for phrases.

    """

    def __init__(self, words: Sequence[str], arrays: Mapping[str, NDArray[np.generic]]) -> None:
        self._words = words
        self._texts: dict[int, str] = {}
        self.readings = np.asarray(arrays["readings"])
        self.capitals: NDArray[np.uint8] = np.asarray(arrays["capitals"])
        counts = np.asarray(arrays["single_counts"])
        self.single_starts = _starts(np.pad(counts, (0, len(words) - len(counts))))  # a field has more words
        self.single_readings: NDArray[np.uint32] = np.asarray(arrays["single_readings"])
        self.single_sources: NDArray[np.uint8] = np.asarray(arrays["single_sources"])
        self.phrases = np.asarray(arrays["phrases"])
        self.phrase_starts = _starts(arrays["phrase_counts"])
        self.phrase_readings: NDArray[np.uint32] = np.asarray(arrays["phrase_readings"])
        self.phrase_sources: NDArray[np.uint8] = np.asarray(arrays["phrase_sources"])

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """How many words each reading has."""
        return np.asarray(np.count_nonzero(self.readings, axis=1))

    @cached_property
    def first_words(self) -> NDArray[np.uint16]:
        """The first word of each reading."""
        return np.ascontiguousarray(self.readings[:, 0], dtype=np.uint16)

    @cached_property
    def last_words(self) -> NDArray[np.uint16]:
        """The last word of each reading; 0 of an empty one."""
        return self.readings[np.arange(len(self.readings)), np.maximum(self.lengths - 1, 0)]

    @cached_property
    def phrase_lengths(self) -> NDArray[np.int64]:
        """How many words each spun phrase has."""
        return np.asarray(np.count_nonzero(self.phrases, axis=1))

    @cached_property
    def phrase_heads(self) -> NDArray[np.int64]:
        """The first two words of every phrase as one number, in order."""
        return self.phrases[:, 0].astype(np.int64) << 16 | self.phrases[:, 1]

    def text(self, reading: int) -> str:
        """An original as it is written in running text."""
        text = self._texts.get(reading)
        if text is None:
            text = self._texts[reading] = self._written(reading)
        return text

    def _written(self, reading: int) -> str:
        capitals = int(self.capitals[reading])
        words = [self._words[number] for number in self.readings[reading] if number]
        pairs = zip(words, _CAPITAL_BITS, strict=False)
        return " ".join(word[:1].upper() + word[1:] if capitals & bit else word for word, bit in pairs)


def _starts(counts: NDArray[np.generic]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])


_ARRAYS = (
    "readings", "capitals", "single_counts", "single_readings", "single_sources", "phrases", "phrase_counts",
    "phrase_readings", "phrase_sources",
)  # fmt: skip


@cache
def load_thesaurus(words: tuple[str, ...], directory: Path = DIRECTORY) -> Thesaurus:
    """The thesaurus whose word numbers are places in ``words``."""
    arrays = {name: np.asarray(np.load(directory / f"{name}.npy", mmap_mode="r")) for name in _ARRAYS}
    return Thesaurus(words, arrays)


def write_thesaurus(
    directory: Path, words: Sequence[str], pairs: Mapping[tuple[str, str], int]
) -> dict[str, NDArray[np.generic]]:
    """Write the tables for pairs of spun form and original, all of whose words are in ``words``."""
    number = {word: at for at, word in enumerate(words)}
    originals = sorted({original for _, original in pairs})
    place = {original: at for at, original in enumerate(originals)}
    single: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    phrases: defaultdict[tuple[int, ...], list[tuple[int, int]]] = defaultdict(list)
    for (spun, original), bits in sorted(pairs.items(), key=lambda item: (-_readiness(item[1]), item[0])):
        key = tuple(number[word] for word in spun.split(" "))
        row = (place[original], bits)
        if len(key) == 1:
            single[key[0]].append(row)
        else:
            phrases[key].append(row)
    ordered = sorted(phrases)
    arrays: dict[str, NDArray[np.generic]] = {
        "readings": _padded([tuple(number[word] for word in text.lower().split(" ")) for text in originals]),
        "capitals": np.array([_capitals(text) for text in originals], dtype=np.uint8),
        "single_counts": np.array([len(single.get(at, ())) for at in range(len(words))], dtype=np.uint16),
        "single_readings": np.array(
            [row[0] for at in range(len(words)) for row in single.get(at, ())], dtype=np.uint32
        ),
        "single_sources": np.array(
            [row[1] for at in range(len(words)) for row in single.get(at, ())], dtype=np.uint8
        ),
        "phrases": _padded(ordered),
        "phrase_counts": np.array([len(phrases[key]) for key in ordered], dtype=np.uint16),
        "phrase_readings": np.array([row[0] for key in ordered for row in phrases[key]], dtype=np.uint32),
        "phrase_sources": np.array([row[1] for key in ordered for row in phrases[key]], dtype=np.uint8),
    }
    directory.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        np.save(directory / f"{name}.npy", array)
    return arrays


def _readiness(bits: int) -> int:
    """A rough order of pairs by their sources, for tables that are looked at from the top."""
    places = ((OWN_FIRST, 16), (OWN_EARLY, 9), (OWN_REVERSE, 6), (OWN_LATE, 5), (WORDNET, 2), (MOBY, 1))
    return sum(worth for bit, worth in places if bits & bit)


def _padded(rows: Sequence[tuple[int, ...]]) -> NDArray[np.uint16]:
    table = np.zeros((len(rows), LONGEST), dtype=np.uint16)
    for at, row in enumerate(rows):
        table[at, : len(row)] = row
    return table


def _capitals(text: str) -> int:
    words = text.split(" ")
    return sum(bit for word, bit in zip(words, _CAPITAL_BITS, strict=False) if word != word.lower())
