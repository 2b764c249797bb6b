"""The wide channel: what may have been spun into what, as tables."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanup.collocations import SPECIAL, load_collocations
from cleanup.pool import MOST_ORIGINALS
from cleanup.thesaurus import (
    LONGEST,
    MOBY,
    NEIGHBOUR,
    OWN_EARLY,
    OWN_FIRST,
    OWN_LATE,
    OWN_PHRASE,
    OWN_REVERSE,
    WORDNET,
    Thesaurus,
    load_thesaurus,
    write_thesaurus,
)

WORDS = (*SPECIAL, *"the white home house domestic big large great of size strong wind a".split())
OWN = OWN_FIRST | OWN_EARLY | OWN_LATE | OWN_REVERSE | OWN_PHRASE


def thesaurus_of(words: Sequence[str], pairs: Mapping[tuple[str, str], int]) -> Thesaurus:
    """A thesaurus written by hand; other tests use it too."""
    with tempfile.TemporaryDirectory() as directory:
        return Thesaurus(words, write_thesaurus(Path(directory), words, pairs))


def originals(thesaurus: Thesaurus, words: Sequence[str], spun: str) -> list[tuple[str, int]]:
    """The originals of a spun word or phrase in the order of the table, with their sources."""
    numbers = [words.index(word) for word in spun.split(" ")]
    if len(numbers) == 1:
        rows = slice(*thesaurus.single_starts[numbers[0] : numbers[0] + 2])
        refs, sources = thesaurus.single_readings[rows], thesaurus.single_sources[rows]
    else:
        wanted = numbers + [0] * (LONGEST - len(numbers))
        found = [at for at, phrase in enumerate(thesaurus.phrases.tolist()) if phrase == wanted]
        assert len(found) <= 1
        if not found:
            return []
        rows = slice(*thesaurus.phrase_starts[found[0] : found[0] + 2])
        refs, sources = thesaurus.phrase_readings[rows], thesaurus.phrase_sources[rows]
    return [(thesaurus.text(int(ref)), int(bits)) for ref, bits in zip(refs, sources, strict=True)]


PAIRS = {
    ("home", "house"): MOBY,
    ("home", "domestic"): OWN_FIRST,
    ("white home", "White House"): OWN_FIRST | WORDNET,
    ("great size", "large"): MOBY,
    ("big", "of great size"): OWN_EARLY,
}

# What is written

words_of = st.lists(st.sampled_from(WORDS[len(SPECIAL) :]), min_size=1, max_size=LONGEST).map(" ".join)
pairs_of = st.dictionaries(st.tuples(words_of, words_of), st.integers(1, 255), max_size=25)


@given(pairs_of)
def test_every_pair_is_read_back_and_no_other(pairs: dict[tuple[str, str], int]) -> None:
    thesaurus = thesaurus_of(WORDS, pairs)
    spun = {spun for spun, _ in pairs} | {"wind", "the white"}
    back = {(one, text): bits for one in spun for text, bits in originals(thesaurus, WORDS, one)}
    assert back == pairs
    assert len(thesaurus.single_readings) + len(thesaurus.phrase_readings) == len(pairs)


@given(pairs_of)
def test_spun_phrases_stand_in_order(pairs: dict[tuple[str, str], int]) -> None:
    thesaurus = thesaurus_of(WORDS, pairs)
    rows = [tuple(row) for row in thesaurus.phrases.tolist()]
    assert rows == sorted(set(rows))
    assert (np.diff(thesaurus.phrase_heads) >= 0).all()
    assert [list(np.array(row)[:2]) for row in rows] == [
        [head >> 16, head & 0xFFFF] for head in thesaurus.phrase_heads.tolist()
    ]


@given(pairs_of)
def test_lengths_count_words(pairs: dict[tuple[str, str], int]) -> None:
    thesaurus = thesaurus_of(WORDS, pairs)
    texts = [thesaurus.text(at) for at in range(len(thesaurus.readings))]
    assert thesaurus.lengths.tolist() == [len(text.split()) for text in texts]
    assert thesaurus.phrase_lengths.tolist() == [
        len([number for number in row if number]) for row in thesaurus.phrases.tolist()
    ]


def test_names_keep_their_capitals_and_nothing_else_has_any() -> None:
    thesaurus = thesaurus_of(WORDS, PAIRS)
    assert originals(thesaurus, WORDS, "white home") == [("White House", OWN_FIRST | WORDNET)]
    assert originals(thesaurus, WORDS, "big") == [("of great size", OWN_EARLY)]
    pairs = {("white home", "white House of the"): 1, ("big", "Large"): 1}
    texts = {
        text
        for spun in ("white home", "big")
        for text, _ in originals(thesaurus_of(WORDS, pairs), WORDS, spun)
    }
    assert texts == {"white House of the", "Large"}


def test_a_word_without_originals_has_none() -> None:
    thesaurus = thesaurus_of(WORDS, PAIRS)
    assert originals(thesaurus, WORDS, "wind") == []
    assert originals(thesaurus, WORDS, "white") == []
    assert originals(thesaurus, WORDS, "the white") == []


def test_the_best_sources_come_first() -> None:
    sources = [OWN_FIRST, OWN_EARLY, OWN_REVERSE, OWN_LATE, WORDNET, NEIGHBOUR]
    names = "the of strong wind great large".split()
    pairs = {("home", name): bits for name, bits in zip(names, reversed(sources), strict=True)}
    thesaurus = thesaurus_of(WORDS, {**pairs, ("home", "a"): OWN_FIRST | WORDNET})
    order = [bits for _, bits in originals(thesaurus, WORDS, "home")]
    assert order == [OWN_FIRST | WORDNET, *sources]


def test_equal_sources_are_in_the_order_of_the_alphabet() -> None:
    pairs = {("home", name): WORDNET for name in ("wind", "domestic", "large", "house")}
    order = [text for text, _ in originals(thesaurus_of(WORDS, pairs), WORDS, "home")]
    assert order == ["domestic", "house", "large", "wind"]


def test_words_of_a_field_have_no_originals() -> None:
    """A vocabulary may have words behind those that the tables number."""
    with tempfile.TemporaryDirectory() as directory:
        arrays = write_thesaurus(Path(directory), WORDS, PAIRS)
        longer = Thesaurus((*WORDS, "zorble"), arrays)
        read = load_thesaurus((*WORDS, "zorble"), Path(directory))
    for thesaurus in (longer, read):
        assert originals(thesaurus, (*WORDS, "zorble"), "zorble") == []
        assert originals(thesaurus, WORDS, "home") == [("domestic", OWN_FIRST), ("house", MOBY)]


# The table that ships

VOCABULARY = load_collocations().words
SHIPPED = load_thesaurus(VOCABULARY)


def _owners() -> np.ndarray:
    """The spun word of each single pair."""
    return np.repeat(np.arange(len(VOCABULARY)), np.diff(SHIPPED.single_starts))


def test_every_reading_is_made_of_known_words() -> None:
    for table in (SHIPPED.readings, SHIPPED.phrases):
        assert int(table.max()) < len(VOCABULARY)
        used = table[table > 0]
        assert int(used.min()) >= len(SPECIAL)
        filled = table > 0
        assert filled[:, 0].all()
        assert not (filled[:, 1:] & ~filled[:, :-1]).any(), "no hole between two words"


def test_no_word_and_no_phrase_is_its_own_original() -> None:
    single = SHIPPED.readings[SHIPPED.single_readings]
    alone = SHIPPED.lengths[SHIPPED.single_readings] == 1
    assert not (alone & (single[:, 0] == _owners())).any()
    phrases = SHIPPED.phrases[np.repeat(np.arange(len(SHIPPED.phrases)), np.diff(SHIPPED.phrase_starts))]
    assert not (SHIPPED.readings[SHIPPED.phrase_readings] == phrases).all(1).any()


def test_the_spun_phrases_that_ship_are_sorted_different_and_of_two_words_or_more() -> None:
    rows = SHIPPED.phrases.tolist()
    assert all(one < other for one, other in pairwise(rows))
    assert int(SHIPPED.phrase_lengths.min()) == 2
    assert (np.diff(SHIPPED.phrase_starts) > 0).all()


def test_every_pair_that_ships_has_a_source_and_stands_once() -> None:
    assert (SHIPPED.single_sources > 0).all()
    assert (SHIPPED.phrase_sources > 0).all()
    assert len(set(zip(_owners().tolist(), SHIPPED.single_readings.tolist(), strict=True))) == len(_owners())


def test_what_our_dictionary_has_at_the_head_comes_before_what_it_does_not_have() -> None:
    owners, sources = _owners(), SHIPPED.single_sources
    first, foreign = (sources & OWN_FIRST) > 0, (sources & OWN) == 0
    place = np.arange(len(owners)) - SHIPPED.single_starts[owners]
    last_first = np.full(len(VOCABULARY), -1)
    np.maximum.at(last_first, owners[first], place[first])
    earliest = np.full(len(VOCABULARY), 10**6)
    np.minimum.at(earliest, owners[foreign], place[foreign])
    assert (last_first < earliest).all()


def test_words_with_more_originals_than_are_looked_at_begin_with_our_dictionary() -> None:
    """So the cut at the most originals falls on what the dictionaries of others add."""
    counts = np.diff(SHIPPED.single_starts)
    heads = SHIPPED.single_starts[:-1][counts > MOST_ORIGINALS]
    assert len(heads) > 1000
    assert ((SHIPPED.single_sources[heads] & OWN) > 0).mean() > 0.99


@pytest.mark.parametrize(
    ("spun", "original"),
    [
        ("white home", "White House"),
        ("settlement", "agreement"),
        ("safety", "security"),
        ("arranged", "organized"),
        ("assist", "help"),
        ("coronary heart", "heart"),
        ("most cancers", "cancer"),
        ("the place", "where"),
    ],
)
def test_what_the_design_repairs_is_in_the_table(spun: str, original: str) -> None:
    rows = dict(originals(SHIPPED, VOCABULARY, spun))
    assert rows[original] & OWN


def test_ordinary_originals_are_written_small() -> None:
    texts = [SHIPPED.text(ref) for ref, _ in enumerate(SHIPPED.capitals) if not SHIPPED.capitals[ref]]
    assert [text for text in texts if text != text.lower()] == []
    named = [SHIPPED.text(int(ref)) for ref in np.flatnonzero(SHIPPED.capitals)]
    assert {"White House", "New York"} <= set(named)
    assert [text for text in named if text == text.lower()] == []
