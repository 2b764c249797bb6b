"""Learning a field: what is counted, that nothing but the corpus decides the bytes, and the command."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from test_field import BUILTIN, COMMON, builtin_of, corpus

from cleanup import training
from cleanup.cli import train as command
from cleanup.cli.choices import Choices
from cleanup.cli.train import train_paths
from cleanup.collocations import FULL_STOP, NAME, NUMBER, UNKNOWN
from cleanup.document import Document
from cleanup.errors import CleanupError, FileError, UsageError
from cleanup.field import Interpolated, load_field
from cleanup.stream import read_stream
from cleanup.training import FieldCounts, train


def files(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def written(documents: list[Document], directory: Path) -> dict[str, bytes]:
    train(documents, BUILTIN).write(directory)
    return files(directory)


def grams(
    counts: FieldCounts, documents: list[Document], width: int, least: int
) -> dict[tuple[int, ...], int]:
    """The same counts as the table's, made slowly from the streams that the engine will read."""
    numbers = {word: at for at, word in enumerate((*BUILTIN.words, *counts.own))}
    found: Counter[tuple[int, ...]] = Counter()
    for document in documents:
        row = read_stream(document, numbers).numbers.tolist()
        found.update(zip(*(row[at:] for at in range(width)), strict=False))
    return {
        gram: count
        for gram, count in found.items()
        if count >= least and UNKNOWN not in gram[:-1] and not (width == 3 and gram[1] == FULL_STOP)
    }


# Counting


def test_counts_are_those_of_the_streams_that_the_engine_reads() -> None:
    documents = [
        *corpus(2000),
        Document(
            "Zorble and Quux, 17 of them, met Quux-like Zed in 1936. It’s Zed’s ship, x.\n\nIt is.\n" * 3
        ),
    ]
    counts = train(documents, BUILTIN)
    assert {"zorble", "quux", "zed", "met"} <= set(counts.own)
    for width, least, kept in ((2, 2, counts.pairs), (3, 3, counts.triples)):
        unpacked = {
            tuple(int(key) >> 16 * at & 0xFFFF for at in reversed(range(width))): int(count)
            for key, count in zip(kept.keys, kept.counts, strict=True)
        }
        assert unpacked == grams(counts, documents, width, least)
        assert (np.diff(kept.keys.astype(np.int64)) > 0).all()


def test_rare_words_become_unknown_ones_and_rare_names_names() -> None:
    rare = Document("There is qwz in the sea. There is Bertha in the sea. There is 17 in the sea.")
    before, after = train(corpus(2000), BUILTIN), train([*corpus(2000), rare], BUILTIN)
    assert before.own == after.own
    more = after.unigrams - before.unigrams
    assert [int(more[number]) for number in (UNKNOWN, NAME, NUMBER)] == [1, 1, 1]


def test_own_words_are_the_most_frequent_and_at_most_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "MOST_NUMBERS", len(BUILTIN.words) + 2)
    assert train(corpus(), BUILTIN).own == ("zorble", "quenched")


def test_a_new_word_beyond_the_most_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "_MOST_WORDS", len(BUILTIN.words) + 1)
    assert len(train(corpus(), BUILTIN).own) == 1


def test_undecodable_bytes_and_zero_width_signs_make_no_words(tmp_path: Path) -> None:
    strange = Document("The sh\udc80ip and the zor\u200bble and the soft\u00adness lie. " * 5)
    counts = train([*corpus(2000), strange], BUILTIN)
    assert all(word.isascii() for word in counts.own)
    counts.write(tmp_path)
    load_field(tmp_path, BUILTIN)


@pytest.mark.parametrize("bound", ["_CHUNK", "_AT_ONCE"])
def test_bounds_of_memory_do_not_change_the_table(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, bound: str
) -> None:
    plain = written(corpus(), tmp_path)
    for size in (97, 1000):
        monkeypatch.setattr(training, bound, size)
        assert written(corpus(), tmp_path) == plain


def test_a_long_document_is_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    document = Document("\n\n".join(document.text for document in corpus()) + "\n\nThe end")
    whole = train([document], BUILTIN)
    monkeypatch.setattr(training, "_LONG", 500)
    parts = train([document], BUILTIN)
    assert (parts.documents, parts.words) == (1, whole.words)
    assert (parts.unigrams == whole.unigrams).all()
    assert (parts.pairs.keys == whole.pairs.keys).all()


# The table


def test_the_same_corpus_gives_the_same_bytes(tmp_path: Path) -> None:
    assert written(corpus(), tmp_path / "one") == written(corpus(), tmp_path / "two")


def test_the_order_of_the_documents_does_not_matter(tmp_path: Path) -> None:
    documents = [*corpus(), Document("They stand near the quenched zorble.")]  # its rarest word first
    plain = written(documents, tmp_path / "one")
    assert written(documents[::-1], tmp_path / "two") == plain
    random.Random(3).shuffle(documents)
    assert written(documents, tmp_path / "three") == plain


def test_the_description_says_what_was_read(tmp_path: Path) -> None:
    counts = train(corpus(), BUILTIN)
    counts.write(tmp_path)
    meta = json.loads((tmp_path / "meta.json").read_text())
    assert meta["facts"]["documents"] == counts.documents == len(corpus())
    assert (
        meta["facts"]["words"]
        == counts.words
        == sum(len(item.text.replace("-", " ").split()) for item in corpus())
    )
    assert set(meta["files"]) == {path.name for path in tmp_path.iterdir()} - {"meta.json"}
    assert (tmp_path / "words.txt").read_text() == "zorble\nquenched\nstand\n"


def test_a_corpus_without_words_in_company_or_of_its_own_makes_a_table(tmp_path: Path) -> None:
    """A thousand words, no pair of them twice: every lookup backs off."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = [f"{a}{b}" for a in letters for b in letters] + [f"{a}{b}q" for a in letters for b in letters]
    builtin = builtin_of(list(dict.fromkeys([*COMMON, *words])))
    documents = [Document(" ".join(words))]
    train(documents, builtin).write(tmp_path)
    both = Interpolated(builtin, load_field(tmp_path, builtin))
    assert both.words == builtin.words
    row = np.arange(len(both.words))
    logs = both.log_after(row, np.roll(row, 1), np.roll(row, 2))
    assert np.isfinite(logs).all()
    assert np.allclose(
        np.exp(both.log_after_one(np.full(len(row), 40), row).astype(float)).sum(), 1, atol=0.03
    )


@pytest.mark.parametrize("documents", [[], [Document("")], [Document("12 % -- 34")]])
def test_an_empty_corpus_is_refused(documents: list[Document]) -> None:
    with pytest.raises(UsageError, match=r"holds no words.*1,000 words at least"):
        train(documents, BUILTIN)


def test_a_small_corpus_is_refused() -> None:
    with pytest.raises(UsageError, match=r"holds only 9.. words.*1,000 words at least"):
        train(corpus(900), BUILTIN)


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    with pytest.raises(FileError, match=r"temporary file: not written: no such file.*TMPDIR"):
        train(corpus(), BUILTIN)


# The command


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """An empty directory with a corpus in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "load_collocations", lambda: BUILTIN)
    Path("corpus").mkdir()
    for at, document in enumerate(corpus(1500)):
        Path("corpus", f"{at}.txt").write_text(document.text)
    yield tmp_path
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".cleanup")]


def run(output: str = "field", *, paths: tuple[str, ...] = ("corpus",), force: bool = False) -> int:
    return train_paths(paths, Choices(), output, force)


def test_train_writes_a_table_and_one_line(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("deep/field") == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith("deep/field: ")
    assert out.count("\n") == 1
    for figure in (" documents, 1,5", " words, 3 new words, ", " pairs, ", " triples, ", " seconds"):
        assert figure in out
    assert load_field("deep/field", BUILTIN).own == ("zorble", "quenched", "stand")
    assert Path("deep/field").stat().st_mode & 0o777 == Path("corpus").stat().st_mode & 0o777


def test_only_english_is_learned_and_what_is_skipped_is_noted(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("one")
    Path("corpus/de.txt").write_text("Die Beamten sagten, dass sie nicht vor Mittag dort sein würden. " * 9)
    Path("corpus/empty.txt").write_text("\n")
    capsys.readouterr()
    assert run("two") == 0
    assert capsys.readouterr().err == "corpus/de.txt: skipped: the text is not English\n"
    assert files(Path("one")) == files(Path("two"))


def test_quoted_speech_is_learned_too(place: Path) -> None:
    Path("corpus/quoted.txt").write_text("They said, “The old zorble glows grimly in the sea.”\n\n" * 5)
    run()
    assert "grimly" in load_field("field", BUILTIN).own


def test_a_second_run_replaces_the_table_and_does_not_read_it(place: Path) -> None:
    assert run("corpus/field") == 0
    before = files(Path("corpus/field"))
    assert run("corpus/field") == 0
    assert files(Path("corpus/field")) == before
    Path("corpus/more.txt").write_text(corpus(500, seed=5)[0].text)
    assert run("corpus/field") == 0
    assert files(Path("corpus/field")) != before


def test_an_empty_directory_is_written_into(place: Path) -> None:
    Path("field").mkdir()
    assert run() == 0
    assert load_field("field", BUILTIN)


def test_a_directory_of_others_is_left_alone(place: Path) -> None:
    Path("field").mkdir()
    Path("field/mine.txt").write_text("mine")
    with pytest.raises(
        UsageError, match=r"--output field: holds mine\.txt, which cleanup train did not write"
    ):
        run()
    assert files(Path("field")) == {"mine.txt": b"mine"}
    run("other")
    Path("other/mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="--force"):
        run("other")


def test_force_adds_the_table_and_removes_nothing(place: Path) -> None:
    Path("field/below").mkdir(parents=True)
    Path("field/words.txt").write_text("mine")
    Path("field/mine.txt").write_text("mine")
    assert run(force=True) == 0
    assert Path("field/mine.txt").read_text() == "mine"
    assert Path("field/below").is_dir()
    assert load_field("field", BUILTIN)


def test_a_file_is_no_place_for_a_table(place: Path) -> None:
    Path("field").write_text("mine")
    for force in (False, True):
        with pytest.raises(UsageError, match="is not a directory"):
            run(force=force)
    with pytest.raises(UsageError, match="name a directory"):
        run("")
    with pytest.raises(FileError, match="field/below: not written: "):
        run("field/below")


def test_an_older_table_outlives_a_failure(place: Path) -> None:
    run()
    before = files(Path("field"))
    Path("little.txt").write_text("The ship lies here.")
    with pytest.raises(CleanupError, match="only 4 words"):
        run(paths=("little.txt",))
    assert files(Path("field")) == before


def test_a_file_that_cannot_be_read_is_told_and_the_rest_learned(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(paths=("corpus", "nowhere.txt")) == 2
    assert "nowhere.txt: no such file" in capsys.readouterr().err
    assert load_field("field", BUILTIN)
