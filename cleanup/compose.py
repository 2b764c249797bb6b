"""Edits of a second pass over the corrected text, put together with those of the first.

A repair can bring about the context in which another rule fires.  The engine therefore reads what it has
written until nothing is left to do, so that fixing twice equals fixing once; here the edits of two passes
become edits of the original text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from cleanup.datatypes import Edit, Span
from cleanup.document import after_spans


@dataclass(slots=True)
class _Cluster:
    """Edits of both passes that touch the same words; ``span`` is in the text between the passes."""

    span: Span
    first: list[Edit] = field(default_factory=list)
    second: list[Edit] = field(default_factory=list)


def compose(before: str, first: Sequence[Edit], middle: str, second: Sequence[Edit]) -> list[Edit]:
    """Edits of ``before`` that do what ``first`` does, which gives ``middle``, and then ``second``.

    Both are sorted and disjoint, and so is the outcome.  Edits that touch the same words become one, which
    has the rule and the candidates of its last later edit and the evidence of all.
    """
    edits = []
    shift = 0  # how much longer the text between the passes is up to here
    for cluster in _clusters(first, second):
        start = cluster.span.start - shift
        shift += sum(len(edit.after) - len(edit.before) for edit in cluster.first)
        span = Span(start, cluster.span.end - shift)
        if cluster.second:
            edits.append(_merged(before[span.start : span.end], span, middle, cluster))
        else:
            edits += cluster.first
    return edits


def _clusters(first: Sequence[Edit], second: Sequence[Edit]) -> Iterator[_Cluster]:
    placed = [(span, 0, edit) for edit, span in zip(first, after_spans(first), strict=True)]
    cluster: _Cluster | None = None
    for span, number, edit in sorted([*placed, *((edit.span, 1, edit) for edit in second)], key=_place):
        if cluster is None or not _meet(cluster.span, span):
            if cluster:
                yield cluster
            cluster = _Cluster(span)
        cluster.span = Span(cluster.span.start, max(cluster.span.end, span.end))
        (cluster.first, cluster.second)[number].append(edit)
    if cluster:
        yield cluster


def _place(item: tuple[Span, int, Edit]) -> tuple[Span, int]:
    return item[0], item[1]


def _meet(one: Span, other: Span) -> bool:
    """Whether two spans share a code point; one that is empty meets what it touches."""
    if len(one) and len(other):
        return one.overlaps(other)
    return one.start <= other.end and other.start <= one.end


def _merged(before: str, span: Span, middle: str, cluster: _Cluster) -> Edit:
    pieces = []
    at = cluster.span.start
    for edit in cluster.second:
        pieces += [middle[at : edit.span.start], edit.after]
        at = edit.span.end
    both = [*cluster.first, *cluster.second]
    return replace(
        cluster.second[-1],
        span=span,
        before=before,
        after="".join([*pieces, middle[at : cluster.span.end]]),
        confidence=min(edit.confidence for edit in both),
        margin=min(edit.margin for edit in both),
        evidence=tuple(item for edit in both for item in edit.evidence),
    )
