"""A user's own collocations beside the built-in ones, and the two tables read as one.

`cleanup train` writes such a table (see `cleanup.training`) into a directory: ``words.txt``, the words of the
field that the built-in vocabulary lacks; the arrays of a `Collocations` table over both vocabularies; and
``meta.json``, with the digest of every file, so that a damaged table is told from a sound one.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cleanup import __version__
from cleanup.collocations import UNKNOWN, Collocations, load_collocations, write_table
from cleanup.errors import ConfigError, FileError
from cleanup.files import printable, read_bytes, sha256

META, WORDS = "meta.json", "words.txt"

# Raised whenever the layout of a table changes: an older one is then refused and made again.
_LAYOUT = 1

#: The most that the field's table counts: the built-in one always keeps a say.  Of the words that our own
#: dictionary spun in 60 passages of a held-out manual (git) 30 % are restored with 0.7, 27 % with 0.4, and
#: 13 % without a field, with 46, 44 and 65 wrong repairs; PostgreSQL and the addresses below go the same way.
MOST_WEIGHT = 0.7

#: A word that the field shows this often has half of `MOST_WEIGHT` as a context.  Swept from 1 to 500 over
#: the manuals of git, PostgreSQL, zsh and Debian and the State of the Union addresses (3,000 to 1.6 million
#: words, a fifth of the documents held out), 2026-11-24.  In its own field 1 to 10 differ by less than 0.04
#: nats a word; on text of another field more is better (manual of git, on the addresses: 0.14 nats are lost
#: with 1, 0.11 with 10).  Of 23 synonyms the table of git (280,000 words) finds the author's in 76 % of
#: places, the built-in one alone in 54 %; in the addresses it is 57 % and 58 %.
HALF_SEEN = 10

#: A field of so many words has half of `MOST_WEIGHT` where a word is rated without any context.  In the same
#: sweep a field of 3,000 to 14,000 words lost with more than this, and larger ones did not care.
HALF_READ = 5_000


@dataclass(frozen=True, slots=True)
class FieldTable:
    """What was learned from a user's own text.

    Attributes:
        own: the words that the built-in vocabulary lacks; their numbers follow behind its numbers.
        general: log frequency of each of them in general English.
        seen: how often each word of both vocabularies was seen in front of another; 0 for `UNKNOWN`.
        read: how many places of the text were read, stops and commas included.
        table: P(word | context) in the field, over both vocabularies.

    """

    own: tuple[str, ...]
    general: NDArray[np.float32]
    seen: NDArray[np.integer]
    read: int
    table: Collocations


class Interpolated:
    """The built-in table and that of a field as one: it can stand wherever a `Collocations` can.

    P(word | context) is the weighted mean of the two (Jelinek and Mercer 1980).  The field's weight is
    ``MOST_WEIGHT * c / (c + HALF_SEEN)``, where it shows the last word of the context ``c`` times: behind a
    word that it never shows the built-in table decides alone.  To the built-in table the field's own words
    are unknown ones: each gets the share of these that its frequency in general English gives it.
    """

    def __init__(self, builtin: Collocations, field: FieldTable) -> None:
        self._builtin = builtin
        self._field = field.table
        size = len(builtin.words)
        everything = np.arange(len(field.table.words))
        self._known = np.where(everything < size, everything, UNKNOWN)
        self._share = np.zeros(len(everything), dtype=np.float32)
        self._share[size:] = field.general - builtin.unigrams[UNKNOWN]
        self._field_weight, self._builtin_weight = _log_weights(field.seen, HALF_SEEN)
        without_context = builtin.unigrams[self._known] + self._share
        of_field, of_builtin = _log_weights(np.array(field.read), HALF_READ)
        self.unigrams: NDArray[np.float32] = np.logaddexp(
            of_field + field.table.unigrams, of_builtin + without_context
        )

    @property
    def words(self) -> tuple[str, ...]:
        """The built-in vocabulary and behind it the field's own words."""
        return self._field.words

    @property
    def numbers(self) -> Mapping[str, int]:
        """The number of every word."""
        return self._field.numbers

    def number(self, word: str) -> int:
        """The number of a folded word, or `UNKNOWN`."""
        return self._field.number(word)

    def log_after(
        self,
        before: NDArray[np.integer],
        last: NDArray[np.integer],
        words: NDArray[np.integer],
        which: NDArray[np.integer] | None = None,
    ) -> NDArray[np.float32]:
        """Log P(word | two words before it); see `Collocations.log_after`."""
        known = self._known
        builtin = self._builtin.log_after(known[before], known[last], known[words], which)
        field = self._field.log_after(before, last, words, which)
        return self._mean(last if which is None else last[which], words, builtin, field)

    def log_after_one(self, last: NDArray[np.integer], words: NDArray[np.integer]) -> NDArray[np.float32]:
        """Log P(word | the word before it)."""
        builtin = self._builtin.log_after_one(self._known[last], self._known[words])
        return self._mean(last, words, builtin, self._field.log_after_one(last, words))

    def _mean(
        self,
        last: NDArray[np.integer],
        words: NDArray[np.integer],
        builtin: NDArray[np.float32],
        field: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        ours, theirs = self._field_weight[last] + field, self._builtin_weight[last] + self._share[words]
        return np.asarray(np.logaddexp(ours, theirs + builtin), dtype=np.float32)


def _log_weights(seen: NDArray[np.integer], half: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Logarithms of the weights of the field's and of the built-in table."""
    weight = MOST_WEIGHT * seen / (seen + half)
    with np.errstate(divide="ignore"):  # what was never seen has no weight at all
        return np.log(weight).astype(np.float32), np.log1p(-weight).astype(np.float32)


def write_field(
    directory: Path,
    builtin: Collocations,
    own: Sequence[str],
    arrays: Mapping[str, NDArray[np.generic]],
    facts: Mapping[str, int],
) -> None:
    """Write a table: the same arguments give the same bytes.

    Args:
        directory: where; made when it is not there.
        builtin: the table that this one goes with.
        own: the words that it lacks.
        arrays: those of a `Collocations` over both vocabularies, and ``general`` and ``seen``.
        facts: figures about the corpus, for people and for ``read``.

    """
    write_table(directory, own, arrays)
    names = [WORDS, *(f"{name}.npy" for name in arrays)]
    meta = {
        "cleanup": __version__,
        "layout": _LAYOUT,
        "builtin": _digest_of_words(builtin.words),
        "facts": facts,
        "files": {name: sha256((directory / name).read_bytes()) for name in names},
    }
    text = json.dumps(meta, indent=2, sort_keys=True) + "\n"
    (directory / META).write_text(text, encoding="utf-8")


def field_files(directory: Path) -> frozenset[str]:
    """The names of the files of a table that `write_field` wrote here; none when it did not."""
    try:
        meta = _read_meta(directory)
        return frozenset([META, *meta["files"]])
    except (ConfigError, FileError, TypeError):
        return frozenset()


def load_field(directory: str | Path, builtin: Collocations | None = None) -> FieldTable:
    """The table in a directory, for use with ``builtin``: the table that ships when left out.

    Raises:
        ConfigError: when it is missing, damaged, or was made for another built-in vocabulary; the message
            names path, reason and remedy.

    """
    builtin = builtin or load_collocations()
    directory = Path(directory)
    try:
        meta = _read_meta(directory)
    except FileError as error:
        raise _refusal(directory, f"no table of a field: {error}") from None
    if meta["layout"] != _LAYOUT or meta["builtin"] != _digest_of_words(builtin.words):
        raise _refusal(directory, f"made for another built-in vocabulary, by cleanup {meta['cleanup']}")
    try:
        data = {name: read_bytes(directory / name) for name in meta["files"]}
    except (FileError, TypeError) as error:
        raise _refusal(directory, f"damaged: {error}") from None
    for name, content in data.items():
        if sha256(content) != meta["files"][name]:
            raise _refusal(directory, f"damaged: {name} is not as it was written")
    try:
        own = tuple(data.pop(WORDS).decode().split())
        arrays = {name.removesuffix(".npy"): np.load(io.BytesIO(content)) for name, content in data.items()}
        table = Collocations((*builtin.words, *own), arrays)
        return FieldTable(own, arrays["general"], arrays["seen"], meta["facts"]["read"], table)
    except (EOFError, KeyError, TypeError, ValueError) as error:
        raise _refusal(directory, f"damaged: {error}") from None


def _read_meta(directory: Path) -> dict[str, Any]:
    """What ``meta.json`` says; FileError where there is none, ConfigError where it is none of ours."""
    data = read_bytes(directory / META)
    try:
        meta = json.loads(data)
    except (ValueError, RecursionError):
        meta = None
    if not isinstance(meta, dict) or not meta.keys() >= {"cleanup", "layout", "builtin", "facts", "files"}:
        raise _refusal(directory, f"damaged: {META} is not as it was written")
    return meta


def _refusal(directory: Path, reason: str) -> ConfigError:
    path = printable(str(directory))
    return ConfigError(f"{path}: {reason}: make it with `cleanup train CORPUS --output {path}`")


def _digest_of_words(words: Sequence[str]) -> str:
    """The SHA-256 of the ``words.txt`` that holds these words."""
    return sha256(("\n".join(words) + "\n").encode())
