"""Edits of a second pass over the corrected text, put together with those of the first.

A repair can bring about the context in which another rule fires.  The engine therefore reads what it has
written until nothing is left to do, so that fixing twice equals fixing once; here the edits of two passes
become edits of the original text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cleanup.datatypes import Edit, Span


def compose(before: str, first: Sequence[Edit], after: str, second: Sequence[Edit]) -> list[Edit]:
    """Edits of ``before`` that do what ``first`` does, and then ``second`` to its outcome ``after``.

    Both are sorted and disjoint.  Edits that touch the same words become one, which keeps the rule and the
    candidates of the later edit and the evidence of all of them.
    """
    placed = _placed(first)
    edits: list[Edit] = []
    for edit in second:
        touched = [(old, span) for old, span in placed if _meet(span, edit.span)]
        placed = [pair for pair in placed if pair not in touched]
        edits.append(_merged(before, first, after, edit, touched))
    return sorted([*edits, *(old for old, _ in placed)], key=lambda edit: edit.span)


def _placed(edits: Sequence[Edit]) -> list[tuple[Edit, Span]]:
    """Each edit with the span of its replacement in the corrected text."""
    placed = []
    shift = 0
    for edit in edits:
        start = edit.span.start + shift
        placed.append((edit, Span(start, start + len(edit.after))))
        shift += len(edit.after) - len(edit.before)
    return placed


def _meet(one: Span, other: Span) -> bool:
    return one.overlaps(other) or (not len(one) and other.start <= one.start <= other.end)


def _merged(
    before: str, first: Sequence[Edit], after: str, edit: Edit, touched: Sequence[tuple[Edit, Span]]
) -> Edit:
    spans = [edit.span, *(span for _, span in touched)]
    whole = Span(min(span.start for span in spans), max(span.end for span in spans))
    text = after[whole.start : edit.span.start] + edit.after + after[edit.span.end : whole.end]
    start, end = _origin(first, whole.start), _origin(first, whole.end)
    if touched:
        start, end = min(start, touched[0][0].span.start), max(end, touched[-1][0].span.end)
    return replace(
        edit,
        span=Span(start, end),
        before=before[start:end],
        after=text,
        confidence=min([edit.confidence, *(old.confidence for old, _ in touched)]),
        margin=min([edit.margin, *(old.margin for old, _ in touched)]),
        evidence=(*(item for old, _ in touched for item in old.evidence), *edit.evidence),
    )


def _origin(first: Sequence[Edit], offset: int) -> int:
    """Where a place of the corrected text that lies outside all replacements was in the original."""
    shift = 0
    for edit in first:
        if edit.span.start + shift + len(edit.after) <= offset:
            shift += len(edit.after) - len(edit.before)
    return offset - shift
