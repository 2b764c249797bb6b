"""The document gate: whether this text was spun at all, by a count that anyone can check.

Many spun words are honest alone (*stated*, *officers*, *settlement*).  They are repaired only where other,
independent findings show that a spinner was at work: each different strong rule that fires is one point,
each different gated rule a small part of one, and a long text needs more points than a short one.  The score
is points / (points + need): the gate opens at 0.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from cleanup.channel import Match
from cleanup.datatypes import Evidence, Severity, SpinScore
from cleanup.document import Document
from cleanup.inflection import article_fits

# Points needed by a short text, and the words that ask for one point more.  Sweep on the development
# passages and on 60 MB of documentation and speeches, 2026-11-24: see the commit that set them.
NEED = 2.0
WORDS_PER_POINT = 2000.0

# What one different gated rule is worth beside a strong one.
GATED_POINT = 0.1

# An article that does not fit its word ("an space") was left behind by a spinner, or is a slip of the author.
ARTICLE_POINT = 0.5

OPEN = 0.5


def estimate_spin(document: Document, matches: Sequence[Match]) -> SpinScore:
    """The spin score of a document from the matches outside protected text.

    Without a single strong match score and rate are 0: gated words alone prove nothing.
    """
    strong: dict[str, Match] = {}
    gated: set[str] = set()
    covered = 0
    end = 0
    for match in matches:
        if match.rule.severity != Severity.ERROR.value:
            continue
        if match.span.start >= end:
            covered += len(match.tokens)
            end = match.span.end
        if match.rule.needs_spun_document:
            gated.add(match.rule.id)
        else:
            strong.setdefault(match.rule.id, match)
    if not strong:
        return SpinScore(0.0, 0.0)
    words = sum(token.text[0].isalnum() for block in document.blocks for token in block.tokens)
    rate = min(covered / max(words, 1), 1.0)
    stranded = _stranded_articles(document)
    points = len(strong) + GATED_POINT * len(gated) + ARTICLE_POINT * len(stranded)
    need = NEED + words / WORDS_PER_POINT
    evidence = [
        Evidence("strong", f"“{_text(document, match)}” ({rule_id})") for rule_id, match in strong.items()
    ]
    evidence += [
        Evidence("article", f"“{text}”: the article was left over from another word") for text in stranded
    ]
    if gated:
        evidence.append(Evidence("gated", f"{len(gated)} different words that are honest alone"))
    return SpinScore(points / (points + need), rate, tuple(evidence))


def _text(document: Document, match: Match) -> str:
    return " ".join(document.text[match.span.start : match.span.end].split())


def _stranded_articles(document: Document) -> list[str]:
    """Different places where *a* or *an* does not fit the plain lower-case word behind it."""
    stranded = {}
    for block in document.blocks:
        for left, right in pairwise(block.tokens):
            if (
                left.folded in {"a", "an"}
                and len(right.text) > 3
                and right.text.isalpha()
                and right.text.islower()
            ):
                gap = document.text[left.span.end : right.span.start]
                if gap.isspace() and not article_fits(left.text, right.text):
                    stranded[f"{left.folded} {right.folded}"] = True
    return list(stranded)
