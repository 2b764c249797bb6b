"""Tokens, sentences, lines, and the arithmetic of edits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanup.datatypes import Edit, Span
from cleanup.document import Document, apply_edits, folded_tokens, invert_edits, tokenize

texts = st.text(st.sampled_from("ab CD9%.,'’-\n\r\t“”\"é\u0301\u00ad\udce9ß"), max_size=60)


@given(texts)
def test_tokens_are_in_order_and_cover_all_but_white_space(text: str) -> None:
    at = 0
    for token in tokenize(text):
        assert not text[at : token.span.start].strip()
        assert text[token.span.start : token.span.end] == token.text
        assert token.folded.startswith("+") == (token.span.start == at > 0) or token.text == "+"
        at = token.span.end
    assert not text[at:].strip()


@given(
    texts, st.lists(st.tuples(st.integers(0, 60), st.integers(0, 6), st.text("xy ", max_size=4)), max_size=5)
)
def test_inverting_edits_undoes_them(text: str, raw: list[tuple[int, int, str]]) -> None:
    edits: list[Edit] = []
    at = 0
    for start, length, after in sorted(raw):
        if at <= start <= len(text):
            end = min(start + length, len(text))
            edits.append(Edit(Span(start, end), text[start:end], after, "r/r", "", (), 0.0, 1.0))
            at = max(end, start + 1)
    assert invert_edits(apply_edits(text, edits), edits) == text


def test_edits_that_do_not_fit_are_refused() -> None:
    edit = Edit(Span(0, 3), "abc", "x", "r/r", "", (), 0.0, 1.0)
    with pytest.raises(ValueError, match="does not fit"):
        apply_edits("abd", [edit])
    with pytest.raises(ValueError, match="does not fit"):
        invert_edits("y", [edit])


def test_words_beside_undecodable_bytes_and_marks_stay_whole() -> None:
    assert [token.text for token in tokenize("caf\udce9 na\u0308ive co\u00adoperate")] == [
        "caf\udce9",
        "na\u0308ive",
        "co\u00adoperate",
    ]


def test_number_damage_is_visible_in_the_tokens() -> None:
    assert folded_tokens("eight%") == ("eight", "+%")
    assert folded_tokens("two.2 million") == ("two", "+.", "+2", "million")
    assert folded_tokens("the bank’s") == ("the", "bank", "+'s")


@pytest.mark.parametrize(
    ("text", "phrase", "sentence"),
    [
        ("One. Two three. Four.", "three", "Two three. "),
        ("He met Dr. Two and left. Then he ate.", "Two", "He met Dr. Two and left. "),
        ("The U.S. Army came. It won.", "Army", "The U.S. Army came. "),
        ("“Go!” she said. He went.", "said", "“Go!” she said. "),
        ("no stop at all", "stop", "no stop at all"),
    ],
)
def test_a_sentence_is_found_around_a_phrase(text: str, phrase: str, sentence: str) -> None:
    start = text.index(phrase)
    found = Document(text).sentence(Span(start, start + len(phrase)), Span(0, len(text)))
    assert text[found.start : found.end] == sentence


def test_lines_and_columns_count_from_one_for_every_line_end() -> None:
    document = Document("a\r\nbc\rd\ne")
    assert [document.line_and_column(at) for at in (0, 3, 4, 6, 8)] == [
        (1, 1),
        (2, 1),
        (2, 2),
        (3, 1),
        (4, 1),
    ]
    assert document.line_span(2) == Span(3, 6)
    assert document.line_count == 4


def test_quoted_words_are_the_authors_vocabulary() -> None:
    assert "security" in Document("He spoke of “security cooperation” and safety.").quoted_words
    assert "safety" not in Document("He spoke of “security cooperation” and safety.").quoted_words
