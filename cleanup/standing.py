"""Which findings stand where several claim one place, or stand beside one another."""

from __future__ import annotations

from collections.abc import Sequence

from cleanup.analysis import Analysis
from cleanup.channel import Match
from cleanup.datatypes import Finding, Severity, Span
from cleanup.replacement import Weighed

# A finding beside one that is this many times as certain is not told.
SHADOW = 10.0

#: How much less certain a term may be than the words in it and still be shown in their place.
TERM_STANDING = 1000.0
_EVEN = 0.5


def disjoint(found: Sequence[Weighed]) -> list[Weighed]:
    """The findings that stand: repairs before reports, then the more certain, the longer, the first."""
    taken: list[Weighed] = []
    occupied: set[int] = set()
    for match, finding in sorted(found, key=_rank):
        places = {token.span.start for token in match.tokens}
        if not places & occupied:
            occupied |= places
            taken.append((match, finding))
    return sorted(taken, key=lambda pair: pair[1].span)


def unshadowed(analysis: Analysis, found: Sequence[Weighed]) -> list[Weighed]:
    """The findings that stand beside no far likelier one, which explains what is odd there."""
    ends = [analysis.stretch(match) for match, _ in found]
    kept = []
    for at, (match, finding) in enumerate(found):
        beside = [
            found[other][1].confidence
            for other in (at - 1, at + 1)
            if 0 <= other < len(found) and (ends[min(at, other)][1] == ends[max(at, other)][0])
        ]
        is_warning = finding.severity is Severity.WARNING
        if is_warning or finding.confidence * SHADOW > max(beside, default=0.0):
            kept.append((match, finding))
    return kept


def _standing(match: Match, finding: Finding) -> float:
    """The confidence by which a finding goes before others in the same place.

    What nobody would repair is shown as one term before it is shown as several words.
    """
    if match.rule.origin != "term" or finding.confidence >= _EVEN:
        return finding.confidence
    return min(finding.confidence * TERM_STANDING, _EVEN)


def _rank(pair: Weighed) -> tuple[bool, bool, float, int, Span, str]:
    match, finding = pair
    return (
        finding.severity is not Severity.ERROR,
        match.rule.needs_spun_document,
        -_standing(match, finding),
        -len(match.tokens),
        finding.span,
        finding.rule_id,
    )
