"""The source model: what a table answers for pairs and triples it lists, and for those it does not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanup.collocations import (
    COMMA,
    FULL_STOP,
    NAME,
    NUMBER,
    POSSESSIVE,
    SPECIAL,
    UNKNOWN,
    Collocations,
    decode_logs,
    encode_logs,
    load_collocations,
    write_table,
)

WORDS = "a the strong big wind light house".split()
PAIRS = {("strong", "wind"): -0.5, ("strong", "light"): -1.0, ("a", "strong"): -2.0, ("the", "wind"): -3.0}
TRIPLES = {("a", "strong", "wind"): -0.25, ("a", "strong", "light"): -4.0, ("the", "big", "house"): -0.75}
BACKOFF = {"strong": -1.5, "a": -0.125, "a strong": -2.5, "the big": -0.5}


def arrays_of(
    words: Sequence[str],
    pairs: Mapping[tuple[str, str], float],
    triples: Mapping[tuple[str, str, str], float] | None = None,
    backoff: Mapping[str, float] | None = None,
    unigrams: Mapping[str, float] | None = None,
) -> tuple[list[str], dict[str, np.ndarray[Any, Any]]]:
    """The vocabulary and the arrays of a table written by hand; what is not given has a log of -9 or 0."""
    triples, backoff, unigrams = triples or {}, backoff or {}, unigrams or {}
    vocabulary = [*SPECIAL, *words]
    number = {word: at for at, word in enumerate(vocabulary)}
    rows = sorted((number[first], number[word], log) for (first, word), log in pairs.items())
    contexts = sorted({(number[first], number[last]) for first, last, _ in triples})
    inner = sorted(
        (contexts.index((number[one], number[two])), number[word], log)
        for (one, two, word), log in triples.items()
    )
    context_backoff = [
        backoff.get(f"{vocabulary[first]} {vocabulary[last]}", 0.0) for first, last in contexts
    ]
    return vocabulary, {
        "unigrams": np.array([unigrams.get(word, -9.0) for word in vocabulary], dtype=np.float32),
        "bigram_counts": np.bincount([row[0] for row in rows], minlength=len(vocabulary)).astype(np.uint16),
        "bigram_words": np.array([row[1] for row in rows], dtype=np.uint16),
        "bigram_logs": encode_logs(np.array([row[2] for row in rows], dtype=float)),
        "bigram_backoff": encode_logs(np.array([backoff.get(word, 0.0) for word in vocabulary])),
        "trigram_contexts": np.array([one << 16 | two for one, two in contexts], dtype=np.uint32),
        "trigram_counts": np.bincount([row[0] for row in inner], minlength=len(contexts)).astype(np.uint16),
        "trigram_words": np.array([row[1] for row in inner], dtype=np.uint16),
        "trigram_logs": encode_logs(np.array([row[2] for row in inner], dtype=float)),
        "trigram_backoff": encode_logs(np.array(context_backoff, dtype=float)),
    }


def table_of(
    words: Sequence[str],
    pairs: Mapping[tuple[str, str], float],
    triples: Mapping[tuple[str, str, str], float] | None = None,
    backoff: Mapping[str, float] | None = None,
    unigrams: Mapping[str, float] | None = None,
) -> Collocations:
    """A table written by hand; other tests use it too."""
    return Collocations(*arrays_of(words, pairs, triples, backoff, unigrams))


def log_of(table: Collocations, phrase: str) -> float:
    """Log P of the last word of a phrase behind the one or two before it."""
    words = [np.array([table.number(word)]) for word in phrase.split()]
    return float((table.log_after(*words) if len(words) == 3 else table.log_after_one(*words))[0])


def log_of_all(table: Collocations, phrase: str) -> float:
    """Log P of a whole phrase: its first word by its frequency, the others behind one or two."""
    words = phrase.split()
    behind = [" ".join(words[max(at - 2, 0) : at + 1]) for at in range(1, len(words))]
    return float(table.unigrams[table.number(words[0])]) + sum(log_of(table, part) for part in behind)


TABLE = table_of(WORDS, PAIRS, TRIPLES, BACKOFF, {"wind": -6.0, "house": -7.0})
SHIPPED = load_collocations()

# A byte for each log


@given(st.lists(st.floats(-15.9375, 0), min_size=1, max_size=30))
def test_a_byte_keeps_a_log_within_half_a_step(logs: list[float]) -> None:
    encoded = encode_logs(np.array(logs))
    assert encoded.dtype == np.uint8
    assert np.abs(decode_logs(encoded) - np.array(logs)).max() <= 1 / 32 + 1e-6


def test_every_byte_comes_back_as_itself() -> None:
    every = np.arange(256, dtype=np.uint8)
    assert (encode_logs(decode_logs(every)) == every).all()
    assert decode_logs(every).dtype == np.float32


def test_what_is_less_likely_than_the_lowest_step_has_the_lowest_step() -> None:
    assert decode_logs(encode_logs(np.array([-40.0, -15.9375, 0.0, 0.5]))).tolist() == [
        -15.9375,
        -15.9375,
        0.0,
        0.0,
    ]


# Pairs and triples


@pytest.mark.parametrize(("phrase", "log"), [(" ".join(pair), log) for pair, log in PAIRS.items()])
def test_a_listed_pair_has_its_own_log(phrase: str, log: float) -> None:
    assert log_of(TABLE, phrase) == log


@pytest.mark.parametrize(
    ("phrase", "log"),
    [
        ("strong house", -7.0 - 1.5),  # the unigram, and what is left behind *strong*
        ("strong big", -9.0 - 1.5),
        ("a wind", -6.0 - 0.125),
        ("light wind", -6.0),  # nothing is listed behind *light*: the unigram alone
        ("house house", -7.0),
    ],
)
def test_another_pair_backs_off_to_the_word_alone(phrase: str, log: float) -> None:
    assert log_of(TABLE, phrase) == pytest.approx(log)


@pytest.mark.parametrize(("phrase", "log"), [(" ".join(triple), log) for triple, log in TRIPLES.items()])
def test_a_listed_triple_has_its_own_log(phrase: str, log: float) -> None:
    assert log_of(TABLE, phrase) == log


@pytest.mark.parametrize(
    ("phrase", "log"),
    [
        ("a strong house", -7.0 - 1.5 - 2.5),  # no triple, no pair
        ("the big wind", -6.0 - 0.5),
        ("the strong wind", -0.5),  # no triple begins *the strong*: the pair as it is
        ("the strong house", -7.0 - 1.5),
        ("strong wind house", -7.0),
    ],
)
def test_another_triple_backs_off_to_its_last_two_words(phrase: str, log: float) -> None:
    assert log_of(TABLE, phrase) == pytest.approx(log)


def test_a_word_that_the_table_lacks_is_the_unknown_one() -> None:
    assert TABLE.number("zorble") == UNKNOWN
    assert TABLE.number("Wind") == UNKNOWN  # words are asked for folded
    assert TABLE.number("wind") == TABLE.numbers["wind"] == len(SPECIAL) + WORDS.index("wind")
    assert log_of(TABLE, "strong zorble") == pytest.approx(-9.0 - 1.5)
    assert log_of(TABLE, "zorble wind") == -6.0
    assert log_of(TABLE, "zorble strong wind") == log_of(TABLE, "strong wind")


def test_a_table_without_triples_answers_with_its_pairs() -> None:
    table = table_of(WORDS, PAIRS)
    assert log_of(table, "a strong wind") == -0.5
    assert log_of(table, "a strong house") == -9.0


def test_special_words_stand_first_and_are_looked_up_like_others() -> None:
    assert TABLE.words[: len(SPECIAL)] == SPECIAL
    numbers = (UNKNOWN, FULL_STOP, COMMA, NUMBER, NAME, POSSESSIVE)
    assert tuple(TABLE.number(word) for word in SPECIAL) == numbers


@given(st.lists(st.tuples(*[st.integers(0, len(TABLE.words) - 1)] * 3), max_size=40))
def test_each_of_many_answers_is_the_one_that_it_has_alone(rows: list[tuple[int, int, int]]) -> None:
    before, last, words = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    together, pairs = TABLE.log_after(before, last, words), TABLE.log_after_one(last, words)
    assert together.shape == pairs.shape == (len(rows),)
    for at in range(len(rows)):
        one = slice(at, at + 1)
        assert together[at] == TABLE.log_after(before[one], last[one], words[one])[0]
        assert pairs[at] == TABLE.log_after_one(last[one], words[one])[0]


def test_a_table_that_was_written_is_read_back(tmp_path: Path) -> None:
    vocabulary, arrays = arrays_of(WORDS, PAIRS, TRIPLES, BACKOFF)
    write_table(tmp_path / "table", vocabulary, arrays)
    table = load_collocations(tmp_path / "table")
    assert table.words == tuple(vocabulary)
    for phrase in ("strong wind", "strong house", "a strong light", "the big light", "a big zorble"):
        assert log_of(table, phrase) == log_of(Collocations(vocabulary, arrays), phrase)


# The table that ships


@pytest.mark.parametrize(
    ("spun", "author"),
    [
        ("arranged crime", "organized crime"),
        ("inventory market", "stock market"),
        ("breast most cancers", "breast cancer"),
        ("bosom cancer", "breast cancer"),
        ("white home", "white house"),
        ("regulation enforcement", "law enforcement"),
        ("legislation enforcement", "law enforcement"),
        ("safety settlement", "security agreement"),
    ],
)
def test_the_author_s_wording_is_likelier_than_the_spinner_s(spun: str, author: str) -> None:
    assert log_of_all(SHIPPED, author) > log_of_all(SHIPPED, spun) + 0.9


@pytest.mark.parametrize(
    ("spun", "author"),
    [
        ("of arranged crime", "of organized crime"),
        ("the inventory market", "the stock market"),
        ("arranged crime", "organized crime"),
        ("regulation enforcement", "law enforcement"),
    ],
)
def test_the_last_word_fits_behind_the_author_s_by_far(spun: str, author: str) -> None:
    assert log_of(SHIPPED, author) > log_of(SHIPPED, spun) + 3


def test_the_words_that_ship_are_folded_different_and_sum_to_one() -> None:
    words = SHIPPED.words[len(SPECIAL) :]
    assert len(set(words)) == len(words)
    assert [word for word in words if word != word.lower() or " " in word or not word] == []
    assert math.isclose(float(np.exp(SHIPPED.unigrams.astype(float)).sum()), 1, abs_tol=1e-3)


def test_behind_one_word_or_two_no_more_than_everything_is_likely() -> None:
    everything = np.arange(len(SHIPPED.words))
    contexts = ["the", "of", "<stop>", "<comma>", "<unknown>", "law", "zebra", "of the", "in a", "law zebra"]
    for context in contexts:
        last = [np.full(len(everything), SHIPPED.number(word)) for word in context.split()]
        ask = SHIPPED.log_after if len(last) == 2 else SHIPPED.log_after_one
        assert 0.5 < np.exp(ask(*last, everything).astype(float)).sum() < 1.05, context
