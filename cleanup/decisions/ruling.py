"""Decisions come to bear on what was found in a document: some changes are made, some are never made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from cleanup.datatypes import (
    Candidate,
    Decided,
    Decision,
    Edit,
    Evidence,
    Finding,
    Reason,
    Result,
    Ruling,
    Span,
)
from cleanup.decisions.places import Hit
from cleanup.document import Document, SpanIndex, after_spans, apply_edits
from cleanup.inflection import Shape, capitalize, letter_shape
from cleanup.odds import log_odds
from cleanup.suppression import Suppression

#: How certain a change is that a person asked for and no rule has found.
ASKED_FOR = 0.999

_LINE_BREAK = re.compile(r"\s*[\r\n]\s*")
_BLANKS = re.compile(r"[^\S\r\n]*")


def rule_on(
    result: Result, document: Document, hits: Sequence[Hit], suppressions: Sequence[Suppression] = ()
) -> Result:
    """The result with every accepted change among its edits, and none that touches what stays as it is."""
    found = {_words_end(finding.text, finding.span): finding for finding in result.unfixed}
    made = {_words_end(edit.before, edit.span): edit for edit in result.edits}
    accepted = [
        accepted_edit(document.text, hit, made.get(hit.span.end) or found.get(hit.span.end))
        for hit in hits
        if _is_asked_for(hit) and _is_open(document, hit, suppressions, result.spin.repairs_quotations)
    ]
    edits = _with_others(accepted, result.edits, SpanIndex([hit.span for hit in hits]))
    held = SpanIndex(sorted([*(hit.span for hit in hits), *(edit.span for edit in edits)]))
    return replace(
        result,
        edits=tuple(edits),
        after=apply_edits(result.before, edits),
        unfixed=tuple(finding for finding in result.unfixed if not _overlaps(held, finding.span)),
        decided=tuple(Decided(hit.span, hit.decision) for hit in hits),
    )


def _is_asked_for(hit: Hit) -> bool:
    return hit.decision.ruling is Ruling.ACCEPT and not hit.is_settled


def _is_open(
    document: Document, hit: Hit, suppressions: Sequence[Suppression], repairs_quotations: bool
) -> bool:
    """Whether the place may be changed: it is neither protected nor silenced by a comment."""
    protected = document.protection(hit.span)
    if protected is not None and not (protected.reason is Reason.QUOTATION and repairs_quotations):
        return False
    if document.opened().protection(hit.span) is not None:
        return False
    return not any(item.silences(hit.span, hit.decision.rule) for item in suppressions)


def _words_end(text: str, span: Span) -> int:
    """Where the words of a span end: white space behind them may go with an edit."""
    return span.end - (len(text) - len(text.rstrip()))


def _with_others(accepted: Sequence[Edit], others: Sequence[Edit], held: SpanIndex) -> list[Edit]:
    """The edits that were asked for and those of the engine that keep out of their way, in order."""
    kept: list[Edit] = []
    for edit in accepted:
        if not kept or kept[-1].span.end <= edit.span.start:
            kept.append(edit)
    taken = SpanIndex([edit.span for edit in kept])
    free = [
        edit for edit in others if not _overlaps(held, edit.span) and taken.first_overlap(edit.span) is None
    ]
    changing = (edit for edit in [*kept, *free] if edit.before != edit.after)
    return sorted(changing, key=lambda edit: edit.span)


def _overlaps(index: SpanIndex, span: Span) -> bool:
    return index.first_overlap(span) is not None


def accepted_edit(text: str, hit: Hit, found: Edit | Finding | None) -> Edit:
    """The edit that a decision asks for, with what the engine says of the place, if it says anything."""
    decision = hit.decision
    span, after = _replaced(text, hit.span, decision.text, decision.replacement)
    if isinstance(found, Edit) and _is_same(found, text[hit.span.start : hit.span.end], decision):
        span, after = found.span, found.after  # it puts line breaks where they do no harm
    before = text[span.start : span.end]
    reason = Evidence("decision", f"accepted: “{_plain(before)}” becomes “{_plain(after)}”")
    if found is None:
        message = f"“{_plain(before)}” was accepted as “{_plain(after)}”"
        candidate = Candidate(decision.replacement, 0.0, 0.0, 0.0, "decision")
        sure = log_odds(ASKED_FOR)
        rule = decision.rule or "decisions/accepted"
        return Edit(span, before, after, rule, message, (candidate,), sure, ASKED_FOR, (reason,))
    margin = (
        found.margin if isinstance(found, Edit) else log_odds(min(max(found.confidence, 1e-9), ASKED_FOR))
    )
    candidates = found.candidates or (Candidate(decision.replacement, 0.0, 0.0, 0.0, "decision"),)
    return Edit(
        span, before, after, found.rule_id, found.message, candidates, margin, found.confidence,
        (*found.evidence, reason),
    )  # fmt: skip


def _is_same(edit: Edit, place: str, decision: Decision) -> bool:
    """Whether the engine makes of a place just what was decided."""
    return _plain(edit.before) == _plain(place) and _plain(edit.after) == _plain(decision.replacement)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _replaced(text: str, span: Span, wanted: str, replacement: str) -> tuple[Span, str]:
    """What is written where: the replacement with the line break and the capitals of the place."""
    place = text[span.start : span.end]
    if not replacement:
        return _deletion(text, span), ""
    after = replacement if _plain(place) == _plain(wanted) else _in_letters_of(place, wanted, replacement)
    broken = _LINE_BREAK.search(place)
    return span, after.replace(" ", broken.group(), 1) if broken and not _LINE_BREAK.search(after) else after


def _in_letters_of(place: str, wanted: str, replacement: str) -> str:
    """The replacement where the words stand in other capitals than those it was given for."""
    if letter_shape(place.split()) is Shape.UPPER:
        return replacement.upper()
    if place[0].isupper():
        return capitalize(replacement)
    return replacement[0].lower() + replacement[1:] if wanted[0].isupper() else replacement


def _deletion(text: str, span: Span) -> Span:
    """Words that go take the blanks behind them along, or else those in front."""
    behind = _BLANKS.match(text, span.end)
    if behind and behind.group() and (not span.start or text[span.start - 1].isspace()):
        return Span(span.start, behind.end())
    start = len(text[: span.start].rstrip(" \t"))
    is_last = span.end == len(text) or text[span.end] in "\r\n.,;:!?…)”"
    return Span(start, span.end) if is_last and start else span


def _carried(span: Span, edits: Sequence[Edit], index: SpanIndex, after: Sequence[Span]) -> Span:
    """Where a span of the text before some edits stands in the text behind them."""
    at = index.first_overlap(span)
    if at is not None:
        return after[at]
    shift = sum(len(edit.after) - len(edit.before) for edit in edits if edit.span.end <= span.start)
    return Span(span.start + shift, span.end + shift)


def held_back(result: Result, held: Sequence[Span]) -> Result:
    """The result without the edits that touch what was settled in an earlier reading of the text.

    What a decision asks for here is made all the same.  ``held`` are sorted and disjoint.
    """
    index = SpanIndex(held)
    asked = SpanIndex([item.span for item in result.decided])
    edits = [
        edit
        for edit in result.edits
        if index.first_overlap(edit.span) is None or asked.first_overlap(edit.span) is not None
    ]
    return replace(result, edits=tuple(edits), after=apply_edits(result.before, edits))


def carried_spans(held: Sequence[Span], edits: Sequence[Edit]) -> list[Span]:
    """Where spans of the text before some edits stand in the text behind them; sorted and disjoint."""
    index, after = SpanIndex([edit.span for edit in edits]), after_spans(edits)
    joined: list[Span] = []
    for span in sorted(_carried(span, edits, index, after) for span in held):
        if joined and span.start < joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined
