"""Laying protected spans over each other until they are sorted and disjoint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cleanup.datatypes import Protected, Reason, Span


def merge_protected(protected: Iterable[Protected]) -> tuple[Protected, ...]:
    """Sort the spans and join those that overlap; the reason of the one that starts first wins.

    A quotation gives way to every other reason instead of swallowing it: quotations may be opened again
    where the spinner worked inside them too, and an address within one has to stay shut even then.
    """
    wanted = [one for one in protected if one.span.start < one.span.end]
    fixed = _joined(one for one in wanted if one.reason is not Reason.QUOTATION)
    quoted = _joined(one for one in wanted if one.reason is Reason.QUOTATION)
    if not quoted:
        return tuple(fixed)
    return tuple(sorted([*fixed, *_without(quoted, fixed)], key=lambda one: one.span))


def _joined(protected: Iterable[Protected]) -> list[Protected]:
    joined: list[Protected] = []
    for one in sorted(protected, key=lambda each: (each.span.start, -each.span.end)):
        if joined and one.span.start < joined[-1].span.end:
            last = joined[-1]
            if one.span.end > last.span.end:
                joined[-1] = Protected(Span(last.span.start, one.span.end), last.reason)
        else:
            joined.append(one)
    return joined


def _without(quoted: Sequence[Protected], fixed: Sequence[Protected]) -> list[Protected]:
    """What is left of the quotations once the other protected spans are cut out of them."""
    left: list[Protected] = []
    at = 0
    for one in quoted:
        start = one.span.start
        while at < len(fixed) and fixed[at].span.end <= start:
            at += 1
        inside = at
        while inside < len(fixed) and fixed[inside].span.start < one.span.end:
            hole = fixed[inside].span
            if start < hole.start:
                left.append(Protected(Span(start, hole.start), Reason.QUOTATION))
            start = max(start, hole.end)
            inside += 1
        if start < one.span.end:
            left.append(Protected(Span(start, one.span.end), Reason.QUOTATION))
    return left
