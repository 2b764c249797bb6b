"""Edits of two passes become edits of the original text."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from cleanup.compose import compose
from cleanup.datatypes import Edit, Span
from cleanup.document import apply_edits, invert_edits

raw_edits = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 5), st.text("xyz", max_size=4)), max_size=7)


def place(text: str, raw: list[tuple[int, int, str]]) -> list[Edit]:
    edits: list[Edit] = []
    at = 0
    for start, length, after in sorted(raw):
        end = min(start + length, len(text))
        if at <= start < end and after != text[start:end]:
            edits.append(Edit(Span(start, end), text[start:end], after, "r/r", "", (), 0.0, 0.9))
            at = end + 1
    return edits


@settings(max_examples=1500)
@given(st.text("abc ", min_size=1, max_size=30), raw_edits, raw_edits)
def test_composed_edits_do_what_the_two_passes_did(
    text: str, raw_first: list[tuple[int, int, str]], raw_second: list[tuple[int, int, str]]
) -> None:
    first = place(text, raw_first)
    middle = apply_edits(text, first)
    second = place(middle, raw_second)
    both = compose(text, first, middle, second)
    after = apply_edits(middle, second)
    assert apply_edits(text, both) == after  # raises unless sorted, disjoint and fitting
    assert all(one.span.end <= other.span.start for one, other in pairwise(both))
    assert invert_edits(after, both) == text
