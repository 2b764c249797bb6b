"""What is remembered, skipped or looked up for speed gives what the plain way gives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from wordfreq import word_frequency

from cleanup import document as document_module
from cleanup import pipeline as pipeline_module
from cleanup.collocations import load_collocations
from cleanup.datatypes import Result, Span
from cleanup.document import Document, fold, scan
from cleanup.frequency import FLOOR, rare_words
from cleanup.inflection import Shape, letter_shape
from cleanup.pipeline import Engine
from cleanup.report.as_json import document_object
from cleanup.rulebook.patterns import compile_condition, may_hold
from cleanup.stream import read_stream
from cleanup.terms import find as find_module
from cleanup.terms import load_terms

SAMPLES = Path(__file__).parent.parent / "samples"

PIECES = st.sampled_from(
    [
        "a",
        "Dr",
        "etc",
        "B",
        "don't",
        "’s",
        "'",
        ".",
        "...",
        "!",
        '."',
        " ",
        "  ",
        "\n",
        "(",
        "É",
        "-",
        "Time",
        "ß",
        "1,2",
        "x" * 9,
    ]
)
TEXTS = st.lists(PIECES, max_size=60).map("".join)

PATTERNS = (
    r"{} (?:days?|week)\b", r"(?:two|three) {}", r"\b(?:class|glass) {}", r"{}-(?:old|class)", "{}.*money",
    r"(?<!no ){}", r"{}(?! cup)", r"{}'s? K", r"{} [a--b]c", r"{} [[:alpha:]]x", r"(?:{} ){e<=1}day", r"^{}$",
    r"{} (?i:INSS)", "kin {}", r"(?:a|b{2}) {}",
)  # fmt: skip
SIDES = st.lists(
    st.sampled_from(
        ["day", "days", "week", "two", "three", "class", "claß", "glaſs", "old", "no", "cup", " ", "-", "K", "k", "'", "’",
         "ac", "x", "inß", "kin", "KIN", "money", "bb", "a", "ﬁn", "."]
    ),
    max_size=6,
).map("".join)  # fmt: skip


@given(st.sampled_from(PATTERNS), SIDES, SIDES)
@example(r"\b(?:class|glass) {}", "claß ", "")
@example(r"{}'s? K", "", "'s \u212a")
@example(r"{} [a--b]c", "", " ac")
@example(r"(?:{} ){e<=1}day", "", "  day")
def test_no_condition_that_holds_is_passed_over(pattern: str, left: str, right: str) -> None:
    phrase = "Some Phrase"
    if compile_condition(pattern).holds(left, phrase, right):
        folded = fold(left + phrase + right)
        assert may_hold(pattern, folded, len(left), len(left) + len(phrase))


def test_most_places_need_no_regular_expression() -> None:
    assert not may_hold(r"{} (?:days?|week)\b", "a phrase of it", 2, 8)
    assert not may_hold(r"(?:two|three) {}", "one phrase", 4, 10)


@given(TEXTS)
def test_tokens_are_those_of_the_pattern(text: str) -> None:
    folded = fold(text)
    words, starts, ends = scan(folded, 0, len(folded))
    found = list(document_module._TOKEN.finditer(folded))
    assert [word.removeprefix("+") or "+" for word in words] == [
        item.group().removeprefix("+") or "+" for item in found
    ]
    assert list(zip(starts, ends, strict=True)) == [item.span() for item in found]


@given(TEXTS, st.integers(0, 80), st.integers(0, 12), st.integers(1, 40))
@example("etc... Bb c", 9, 1, 5)
@example("Aa bb. ((C", 0, 2, 6)
def test_a_sentence_is_what_a_look_around_it_finds(text: str, start: int, length: int, reach: int) -> None:
    document = Document(text)
    start = min(start, len(text))
    span, block = Span(start, min(start + length, len(text))), Span(0, len(text))
    assert document.sentence(span, block, reach) == _looked_around(text, span, block, reach)
    assert document.sentence(span, block, reach) == Document(text).sentence(span, block, reach)


def _looked_around(text: str, span: Span, block: Span, reach: int) -> Span:
    low, high = max(block.start, span.start - reach), min(block.end, span.end + reach)
    start, end = low, high
    for stop in document_module._SENTENCE_END.finditer(text, low, high):
        word = stop.group(1)
        if text[stop.end(1)] == "." and (len(word) == 1 or word.lower() in document_module._ABBREVIATIONS):
            continue
        if stop.end() <= span.start:
            start = stop.end()
        elif stop.end(1) >= span.end:
            end = stop.end()
            break
    return Span(start, end)


@given(TEXTS)
@example("É Time/bank bank- -bank Bank a_b Étude \udce9x")
def test_capitals_and_joints_are_read_off_the_text(text: str) -> None:
    vocabulary = {"a": 10, "bank": 11, "time": 12, "étude": 13}
    stream = read_stream(Document(text), vocabulary)
    for at, (start, end) in enumerate(zip(stream.start.tolist(), stream.end.tolist(), strict=True)):
        is_known = stream.numbers[at] in vocabulary.values()
        assert stream.is_capital[at] == (is_known and text[start].isupper())
        beside = {*text[max(start - 1, 0) : start], *text[end : end + 1]} if is_known else set()
        assert stream.is_word[at] == (is_known and not beside & set("-_/&@#"))


@given(st.lists(st.sampled_from(["the", "The", "UN", "𝐀", "ǅ", "8", "é", "É"]), min_size=1, max_size=4))
def test_small_letters_alone_are_plain(words: list[str]) -> None:
    if all(word == word.lower() and word.isascii() for word in words):
        assert letter_shape(words) is Shape.PLAIN
    if words == [words[0]] and words[0] == "UN":
        assert letter_shape(words) is Shape.UPPER


def test_contexts_once_and_contexts_for_each_word_are_the_same() -> None:
    table, generator = load_collocations(), np.random.default_rng(7)
    before, last, words = (generator.integers(0, 2000, size) for size in (50, 50, 400))
    which = generator.integers(0, 50, 400)
    together = table.log_after(before, last, words, which)
    assert np.array_equal(together, table.log_after(before[which], last[which], words))


def test_frequencies_that_ship_are_those_of_wordfreq() -> None:
    known = rare_words()
    for word in sorted(known)[::40]:
        assert known[word] == word_frequency(word, "en", minimum=FLOOR), word


def test_most_terms_need_no_frequency_from_elsewhere() -> None:
    """A list that grew has words that are asked of wordfreq: `tools/build_rare_words.py` brings them in."""
    numbers, known = load_collocations().numbers, rare_words()
    words = {word for word in load_terms().words if word.isascii() and word.isalpha()} - numbers.keys()
    assert len(words & known.keys()) > 0.9 * len(words)


def _spun() -> Iterator[str]:
    with (SAMPLES / "spun.jsonl").open(encoding="utf-8") as lines:
        for line, _ in zip(lines, range(4), strict=False):
            yield json.loads(line)["spun"]


def test_what_is_remembered_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, texts = Engine(), list(_spun())
    first = [document_object(engine.find(text)) for text in texts]
    assert any(item["edits"] for item in first)
    monkeypatch.setattr(find_module, "_MOST_PAIRS", 0)
    assert [document_object(engine.find(text)) for text in reversed(texts)] == first[::-1]


def test_the_pairs_of_a_long_run_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find_module, "_MOST_PAIRS", 20)
    engine = Engine()
    for text in _spun():
        engine.find(text)
    engine.find("Two words.")
    assert len(engine._terms._pairs) < 20


def test_a_piece_that_needs_no_repair_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clean = (SAMPLES / "article.txt").read_text(encoding="utf-8")
    text = "\n\n".join([*_spun(), clean, "The two of them were there, and it was late.\n\n" * 60])
    monkeypatch.setattr(pipeline_module, "PART_LENGTH", 800)
    engine, read = Engine(), []

    def counted(document: Document, path: str) -> Result:
        read.append(document.text)
        return Engine._find_in(engine, document, path)

    monkeypatch.setattr(engine, "_find_in", counted)
    result = engine.fix(text)
    assert result.edits
    assert len(read) == len(set(read)), "a piece was read twice"
    count = len(read)
    monkeypatch.setattr(
        engine, "_find_in_piece", lambda piece, path, _: engine._find_in(Document(piece), path)
    )
    assert engine.fix(text) == result
    assert len(read) - count > count
