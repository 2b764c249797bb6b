"""Two tables read as one: what a field makes likelier, what it leaves alone, and which tables are refused."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from cleanup.collocations import SPECIAL, UNKNOWN, Collocations, encode_logs
from cleanup.document import Document
from cleanup.errors import ConfigError
from cleanup.field import MOST_WEIGHT, FieldTable, Interpolated, field_files, load_field
from cleanup.training import train

COMMON = (
    "a all and are big blue close damp deep dry each every far few for from glows goes here high in is it "
    "known large laps lies light long many near of old on one or other over river sea ship small soft stands "
    "strong that the then there they this to under was wide wind with word world years young"
).split()
# What clauses of the made-up field look like; `zorble` and `quenched` are in no built-in vocabulary.
FIELD = [
    "the quenched zorble laps near the deep river",
    "a quenched zorble stands in the wind",
    "each zorble goes under the wide river",
    "the old ship laps here",
    "every quenched zorble is soft and damp",
    "many years are known to the young world",
    "this light glows over a small sea",
    "they stand all over the dry world",
    "that big wind goes far from the sea",
    "it lies close to a strong light",
    "the deep-sea ship goes here",
]


def builtin_of(words: Sequence[str] = COMMON) -> Collocations:
    """A built-in table whose only pair is *strong wind*, and whose only triple *the high ship*."""
    vocabulary = [*SPECIAL, *words]
    size = len(vocabulary)
    strong, wind, the, high, ship = map(vocabulary.index, ("strong", "wind", "the", "high", "ship"))
    unigrams = np.full(size, 1 / size)
    counts = np.zeros(size, dtype=np.uint16)
    counts[strong] = 1
    backoff = np.zeros(size)
    backoff[strong] = np.log((1 - 0.5) / (1 - 1 / size))
    arrays = {
        "unigrams": np.log(unigrams).astype(np.float32),
        "bigram_counts": counts,
        "bigram_words": np.array([wind], dtype=np.uint16),
        "bigram_logs": encode_logs(np.log(np.array([0.5]))),
        "bigram_backoff": encode_logs(backoff),
        "trigram_contexts": np.array([the << 16 | high], dtype=np.uint32),
        "trigram_counts": np.array([1], dtype=np.uint16),
        "trigram_words": np.array([ship], dtype=np.uint16),
        "trigram_logs": encode_logs(np.log(np.array([0.5]))),
        "trigram_backoff": encode_logs(np.log(np.array([0.5]))),
    }
    return Collocations(vocabulary, arrays)


def corpus(words: int = 4000, seed: int = 1) -> list[Document]:
    """Documents of the made-up field, of ten sentences each."""
    rng = random.Random(seed)
    documents, count = [], 0
    while count < words:
        sentences = [rng.choice(FIELD).capitalize() + "." for _ in range(10)]
        text = " ".join(sentences)
        documents.append(Document(text))
        count += len(text.split())
    return documents


BUILTIN = builtin_of()


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that holds the table of the made-up field."""
    directory = tmp_path_factory.mktemp("field")
    train(corpus(), BUILTIN).write(directory)
    return directory


@pytest.fixture(scope="module")
def field(table: Path) -> FieldTable:
    return load_field(table, BUILTIN)


@pytest.fixture(scope="module")
def both(field: FieldTable) -> Interpolated:
    return Interpolated(BUILTIN, field)


def log_of(table: Collocations | Interpolated, phrase: str) -> float:
    """Log P of the last word of a phrase behind the one or two before it."""
    *before, last, word = (np.array([table.number(word)]) for word in phrase.split())
    return float((table.log_after(before[0], last, word) if before else table.log_after_one(last, word))[0])


# What is likelier, and what is not


@pytest.mark.parametrize("phrase", ["quenched zorble", "the quenched zorble", "old ship", "the old ship"])
def test_the_words_of_a_field_keep_company(both: Interpolated, phrase: str) -> None:
    assert log_of(both, phrase) > log_of(BUILTIN, phrase) + 2


def test_behind_a_word_that_the_field_never_shows_nothing_changes(both: Interpolated) -> None:
    for phrase in ("high ship", "the high ship", "other sea", "word world", "<unknown> sea"):
        assert log_of(both, phrase) == pytest.approx(log_of(BUILTIN, phrase), abs=1e-6)


def test_a_strong_collocation_of_the_built_in_table_keeps_a_say(both: Interpolated) -> None:
    for phrase in ("strong wind", "a strong wind"):
        least = log_of(BUILTIN, phrase) + np.log(1 - MOST_WEIGHT)
        assert least - 1e-6 <= log_of(both, phrase)


def test_two_words_of_context_tell_more_than_one(both: Interpolated) -> None:
    assert log_of(both, "the old ship") > log_of(both, "old ship") - 0.1
    assert (
        log_of(both, "close to a") > log_of(both, "to a") + 0.5
    )  # it goes on with `the` as often, elsewhere


def test_words_of_the_field_become_more_frequent(both: Interpolated, field: FieldTable) -> None:
    assert np.exp(field.table.unigrams).sum() == pytest.approx(1, abs=1e-4)
    assert np.isfinite(field.table.unigrams).all()
    assert both.unigrams[both.number("ship")] > both.unigrams[both.number("high")]
    assert np.exp(both.unigrams).sum() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    "last", ["the", "quenched", "strong", "ship", "high", "<comma>", "<stop>", "<unknown>"]
)
def test_probabilities_behind_a_word_sum_to_one(both: Interpolated, last: str) -> None:
    words = np.arange(len(both.words))
    logs = both.log_after_one(np.full(len(words), both.number(last)), words)
    assert np.exp(logs.astype(float)).sum() == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize(
    "before", ["the quenched", "in the", "close to", "the high", "river ship", "<unknown> the"]
)
def test_probabilities_behind_two_words_sum_to_one(both: Interpolated, before: str) -> None:
    words = np.arange(len(both.words))
    first, last = (np.full(len(words), both.number(word)) for word in before.split())
    logs = both.log_after(first, last, words)
    assert np.exp(logs.astype(float)).sum() == pytest.approx(1, abs=0.05)


# The same interface


def test_built_in_numbers_stay_and_the_own_words_follow(both: Interpolated, field: FieldTable) -> None:
    assert both.words[: len(BUILTIN.words)] == BUILTIN.words
    assert both.words[len(BUILTIN.words) :] == field.own == ("zorble", "quenched", "stand")
    assert [both.words[number] for number in both.numbers.values()] == list(both.numbers)
    assert both.number("zorble") == both.numbers["zorble"] == len(BUILTIN.words)
    assert both.number("nowhere") == UNKNOWN
    assert len(both.unigrams) == len(both.words)


def test_lookups_take_arrays_of_any_integers(both: Interpolated) -> None:
    numbers = [both.number(word) for word in "the old ship laps near the quenched zorble".split()]
    rows = {}
    for dtype in (np.int64, np.uint16, np.uint32):
        row = np.array(numbers, dtype=dtype)
        rows[dtype] = both.log_after(row[:-2], row[1:-1], row[2:])
        assert rows[dtype].dtype == np.float32
        assert rows[dtype].shape == (6,)
    assert all((row == rows[np.int64]).all() for row in rows.values())
    assert both.log_after_one(np.zeros(0, dtype=int), np.zeros(0, dtype=int)).shape == (0,)


def test_an_own_word_is_an_unknown_one_to_the_built_in_table(both: Interpolated, field: FieldTable) -> None:
    """Behind a word that only the built-in table knows, it is as likely as general English has it."""
    number = both.number("zorble")
    logs = both.log_after_one(np.array([both.number("high")]), np.array([number]))
    assert logs[0] == pytest.approx(field.general[0], abs=1e-5)


# Tables that are refused


def copy(table: Path, directory: Path) -> Path:
    for path in table.iterdir():
        (directory / path.name).write_bytes(path.read_bytes())
    return directory


def message(directory: Path, builtin: Collocations = BUILTIN) -> str:
    with pytest.raises(ConfigError) as caught:
        load_field(directory, builtin)
    text = str(caught.value)
    assert text.startswith(f"{directory}: ")
    assert text.endswith(f"make it with `cleanup train CORPUS --output {directory}`")
    assert "\n" not in text
    return text


def test_a_missing_table_is_told(tmp_path: Path) -> None:
    assert "no such file" in message(tmp_path / "nowhere")
    assert "meta.json" in message(tmp_path)


@pytest.mark.parametrize("name", ["words.txt", "bigram_logs.npy", "seen.npy", "trigram_contexts.npy"])
@pytest.mark.parametrize("damage", ["missing", "short", "changed", "empty"])
def test_a_damaged_file_is_told(table: Path, tmp_path: Path, name: str, damage: str) -> None:
    path = copy(table, tmp_path) / name
    data = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes({"short": data[:-1], "empty": b"", "changed": data[:-2] + b"zz"}[damage])
    text = message(tmp_path)
    assert "damaged" in text
    assert name in text


@pytest.mark.parametrize("meta", ["", "{", "[]", '{"layout": 1}', "\udc80", "[" * 100_000])
def test_a_damaged_description_is_told(table: Path, tmp_path: Path, meta: str) -> None:
    copy(table, tmp_path).joinpath("meta.json").write_bytes(meta.encode("utf-8", "surrogateescape"))
    assert "meta.json" in message(tmp_path)
    assert field_files(tmp_path) == frozenset()


@pytest.mark.parametrize(
    "change", [{"files": 3}, {"files": {}}, {"facts": {}}, {"facts": None}, {"layout": 0}]
)
def test_a_description_that_fits_no_table_is_told(
    table: Path, tmp_path: Path, change: dict[str, object]
) -> None:
    path = copy(table, tmp_path) / "meta.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    message(tmp_path)


def test_a_table_for_another_vocabulary_is_told(table: Path) -> None:
    assert "another built-in vocabulary" in message(table, builtin_of([*COMMON[:-1], "yet"]))
