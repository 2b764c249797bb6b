"""The stream: the prose of a document as one row of word numbers, and where each place stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanup.collocations import COMMA, FULL_STOP, NAME, NUMBER, POSSESSIVE, SPECIAL, UNKNOWN
from cleanup.datatypes import Kind
from cleanup.document import Document, fold
from cleanup.stream import Stream, read_stream

WORDS = (
    "the a crime arranged crimes gangs men said officers left us police it isn't x then go at and he".split()
)
VOCABULARY = {word: at for at, word in enumerate((*SPECIAL, *WORDS))}
NAMES = {at: word for word, at in VOCABULARY.items()}

_PIECES = [
    *WORDS,
    *map(str.title, WORDS),
    "US",
    "zzqx",
    "Zzyzx",
    "3rd",
    "$5",
    ",",
    ".",
    "?",
    "“go”",
    "-",
    "*",
]
texts = st.lists(
    st.tuples(st.sampled_from(_PIECES), st.sampled_from([" ", " ", "", "\n\n", "\n", "-", " `x` ", "’s "])),
    max_size=25,
).map(lambda parts: "".join(piece + gap for piece, gap in parts))
kinds = st.sampled_from(list(Kind))


def streamed(text: str, kind: Kind = Kind.PLAIN) -> tuple[Document, Stream]:
    document = Document(text, kind=kind)
    return document, read_stream(document, VOCABULARY)


def words_of(text: str, kind: Kind = Kind.PLAIN) -> list[str]:
    """The stream in words, its stops at both ends left out."""
    _, stream = streamed(text, kind)
    assert stream.numbers[0] == stream.numbers[-1] == FULL_STOP
    return [NAMES[number] for number in stream.numbers.tolist()[1:-1]]


def places(text: str, flag: str, kind: Kind = Kind.PLAIN) -> list[str]:
    """The tokens that a flag of the stream holds for."""
    _, stream = streamed(text, kind)
    chosen = getattr(stream, flag) & (stream.start >= 0)
    return [text[stream.start[at] : stream.end[at]] for at in range(len(chosen)) if chosen[at]]


# Laws


@given(texts, kinds)
def test_offsets_point_at_the_tokens_in_their_order(text: str, kind: Kind) -> None:
    document, stream = streamed(text, kind)
    seen = []
    behind = 0
    for number, start, end, block, token in zip(
        stream.numbers, stream.start, stream.end, stream.block, stream.token, strict=True
    ):
        if token < 0:
            assert (start, end) == (-1, -1)
            assert number in (FULL_STOP, COMMA)
            continue
        assert behind <= start < end
        behind = end
        held = document.blocks[block].token(text, int(token))
        assert (held.span.start, held.span.end) == (start, end)
        if number > POSSESSIVE:
            assert NAMES[int(number)] in (held.folded, held.folded[1:])
            assert fold(text[start:end]) == NAMES[int(number)]
        seen.append((int(block), int(token)))
    everything = [
        (at, token) for at, block in enumerate(document.blocks) for token in range(len(block.words))
    ]
    assert seen == everything


@given(texts, kinds)
def test_a_stop_stands_at_both_ends_and_between_two_blocks(text: str, kind: Kind) -> None:
    _, stream = streamed(text, kind)
    assert (stream.numbers[0], stream.start[0]) == (FULL_STOP, -1)
    assert (stream.numbers[-1], stream.start[-1]) == (FULL_STOP, -1)
    last = None
    for at in range(len(stream.numbers)):
        if stream.token[at] >= 0:
            if last is not None and stream.block[at] != stream.block[last]:
                assert (FULL_STOP, -1) in {(stream.numbers[k], stream.start[k]) for k in range(last + 1, at)}
            last = at


@given(texts, kinds)
def test_only_words_of_the_vocabulary_may_have_been_another(text: str, kind: Kind) -> None:
    _, stream = streamed(text, kind)
    assert not (stream.is_word & (stream.numbers <= POSSESSIVE)).any()
    assert not (stream.is_upper & ~stream.is_capital).any()
    for at in range(len(stream.numbers)):
        written = text[stream.start[at] : stream.end[at]] if stream.start[at] >= 0 else ""
        if stream.numbers[at] > POSSESSIVE:
            assert stream.is_capital[at] == written[0].isupper()
            assert stream.is_upper[at] == (len(written) > 1 and written.isupper())


def test_a_text_without_words_is_one_stop() -> None:
    for text in ("", "\n\n", "   "):
        _, stream = streamed(text)
        assert stream.numbers.tolist() == [FULL_STOP]
        assert not stream.is_word.any()


# What stands for what


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("it", ["it"]),
        ("It said", ["it", "said"]),
        ("it isn’t", ["it", "isn't"]),
        ("men.", ["men", "<stop>"]),
        ("men! go? it…", ["men", "<stop>", "go", "<stop>", "it", "<stop>"]),
        ("men, go; it: (the) – a", ["men", "<comma>", "go", "<comma>", "it", "<comma>", "<comma>", "the", "<comma>", "<comma>", "a"]),
        ("3 men", ["<number>", "men"]),
        ("the 3rd", ["the", "<number>"]),
        ("$5 at 6%", ["<number>", "<number>", "at", "<number>", "<number>"]),
        ("Zzyzx said", ["<name>", "said"]),
        ("zzqx said", ["<unknown>", "said"]),
        ("the police's men", ["the", "police", "<'s>", "men"]),
        ("the police’s men", ["the", "police", "<'s>", "men"]),
        ("go\n\nit", ["go", "<stop>", "it"]),
        ("go\nit", ["go", "it"]),
    ],
)  # fmt: skip
def test_signs_figures_and_names_have_a_number_each(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("go at `x` then", Kind.MARKDOWN, ["go", "at", "<comma>", "then"]),
        ("go at `x` `x` then", Kind.MARKDOWN, ["go", "at", "<comma>", "then"]),
        ("He said “go left” at it", Kind.PLAIN, ["he", "said", "<comma>", "at", "it"]),
        ("`x` then go", Kind.MARKDOWN, ["then", "go"]),
        ("go at https://example.org/x then", Kind.PLAIN, ["go", "at", "<comma>", "then"]),
        ("go at then", Kind.PLAIN, ["go", "at", "then"]),
        ("go  at\nthen", Kind.PLAIN, ["go", "at", "then"]),
    ],
)
def test_a_protected_stretch_between_words_is_a_comma(text: str, kind: Kind, words: list[str]) -> None:
    assert words_of(text, kind) == words


def test_open_quotations_are_read() -> None:
    document = Document("He said “go left” at it").opened()
    stream = read_stream(document, VOCABULARY)
    words = [NAMES[number] for number in stream.numbers.tolist()[1:-1]]
    assert words == ["he", "said", "<comma>", "go", "left", "<comma>", "at", "it"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("the arranged-crime gangs", ["the", "gangs"]),
        ("the arranged‑crime gangs", ["the", "gangs"]),
        ("the arranged/crime gangs", ["the", "gangs"]),
        ("the arranged_crime gangs", ["the", "gangs"]),
        ("the gangs-then", ["the"]),
        ("arranged-crime gangs", ["gangs"]),
        ("gangs go-", ["gangs"]),
        ("the arranged - crime gangs", ["the", "arranged", "crime", "gangs"]),
        ("the arranged—crime gangs", ["the", "arranged", "crime", "gangs"]),
        ("the arranged, crime", ["the", "arranged", "crime"]),
        ("the police's crime", ["the", "police", "crime"]),
        ("the 3 Zzyzx zzqx", ["the"]),
    ],
)
def test_a_word_glued_to_its_neighbour_is_part_of_something_larger(text: str, words: list[str]) -> None:
    assert places(text, "is_word") == words


def test_a_glued_word_is_still_read_as_itself() -> None:
    """Its neighbours see what stands there; it is only not open to change."""
    assert words_of("the arranged-crime gangs") == ["the", "arranged", "<unknown>", "crime", "gangs"]


@pytest.mark.parametrize(
    ("text", "initial"),
    [
        ("The men left. Officers said it", ["The", "Officers"]),
        ("The men left.\n\nOfficers said it", ["The", "Officers"]),
        ("The men\n\n`x` then Officers", ["The", "then"]),
        ("The men, Officers and Police", ["The"]),
    ],
)
def test_a_word_behind_a_stop_begins_a_sentence(text: str, initial: list[str]) -> None:
    kind = Kind.MARKDOWN if "`" in text else Kind.PLAIN
    assert places(text, "is_initial", kind) == initial


def test_capitals_are_told_of_words_alone() -> None:
    text = "The Police said US Officers left Zzyzx, and A Gangs"
    assert places(text, "is_capital") == ["The", "Police", "US", "Officers", "A", "Gangs"]
    assert places(text, "is_upper") == ["US"]


def test_unknown_and_special_numbers_are_as_the_table_has_them() -> None:
    _, stream = streamed("zzqx Zzyzx 3 it's")
    assert stream.numbers.tolist()[1:-1] == [UNKNOWN, NAME, NUMBER, VOCABULARY["it"], POSSESSIVE]
