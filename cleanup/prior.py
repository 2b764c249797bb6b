"""The document gate: whether this text was spun at all, by a count that anyone can check.

Many spun words are honest alone (*stated*, *officers*, *settlement*).  They are repaired only where other,
independent findings show that a spinner was at work: each different strong rule that fires is one point, and
gated words and stranded articles that stand thick may add to that, but never open the gate alone.  A long
text needs more points than a short one.  The score is points / (points + need): the gate opens at 0.5.
"""

from __future__ import annotations

from collections.abc import Sequence

from cleanup.channel import Match
from cleanup.datatypes import Evidence, Severity, SpinScore
from cleanup.document import Document
from cleanup.inflection import article_fits

# Points needed by a short text, and the words that ask for one point more.  Sweep of NEED on the development
# passages, 2026-11-24: repair F0.5 .693 at 1.0 and 1.5, .691 at 2.0, .653 at 3.0, clean damage 0 at each;
# on 60 MB of documentation and speeches no gate opened at 2.0, the safest of the equals.
NEED = 2.0
WORDS_PER_POINT = 2000.0

# Different gated words for each hundred words of text, in points, and the most that they can add.  Spun
# passages show 4 to 10 of them (8 in the middle), clean trap passages 0 to 6 (0.7 in the middle).  Sweep of
# GATED_POINT, as above: F0.5 .615 at 0, .691 at 0.25, .693 at 0.5.
GATED_POINT = 0.25
MOST_GATED_POINTS = 1.5

# An article that does not fit its word ("an space") was left behind by a spinner, or is a slip of the author.
ARTICLE_POINT = 0.5
MOST_ARTICLE_POINTS = 1.0

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
    words = sum(word[-1].isalnum() for block in document.blocks for word in block.words)
    rate = min(covered / max(words, 1), 1.0)
    stranded = _stranded_articles(document)
    density = 100 * len(gated) / max(words, 100)
    points = len(strong) + min(GATED_POINT * density, MOST_GATED_POINTS)
    points += min(ARTICLE_POINT * len(stranded), MOST_ARTICLE_POINTS)
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
        for at, word in enumerate(block.words[:-1]):
            if word in {"a", "an"}:
                right = block.token(document.text, at + 1)
                gap = document.text[block.ends[at] : right.span.start]
                is_plain = len(right.text) > 3 and right.text.isalpha() and right.text.islower()
                if is_plain and gap.isspace() and not article_fits(word, right.text):
                    stranded[f"{word} {right.text}"] = True
    return list(stranded)
