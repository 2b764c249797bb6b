"""The reasons for one change, in words, and what they are worth to a rule that stands by itself."""

from __future__ import annotations

from collections.abc import Sequence

from cleanup.analysis import Analysis
from cleanup.channel import Match
from cleanup.datatypes import Candidate, Evidence
from cleanup.document import Document, folded_tokens
from cleanup.inflection import article_fits
from cleanup.odds import log_odds, logistic
from cleanup.readings import MOST_MARGIN

# Nats on the log-odds of a strong rule.  Set on the development passages, 2026-11-24.
QUOTED_NATS = 1.5  # the candidate's own words stand in a quotation, the spun ones do not
ARTICLE_NATS = 4.0  # the article in front fits the candidate and not the spun word

# A candidate whose neighbours speak for it by more than this is said to fit them better.
FITS_NATS = 1.0


def message(text: str, candidates: Sequence[Candidate]) -> str:
    """The sentence that a report shows for a finding."""
    phrase = " ".join(text.split())
    if candidates:
        return f"“{phrase}” looks spun from “{candidates[0].text}”"
    return f"“{phrase}” is a leftover of the page"


def rule_confidence(match: Match, document: Document, original: str) -> tuple[float, list[Evidence]]:
    """How certain a strong rule is of an original here, and what in the document adds to that."""
    odds = log_odds(match.rule.confidence)
    evidence = []
    quoted = _quoted(match, document, original)
    if quoted:
        odds += QUOTED_NATS
        evidence.append(quoted)
    article = _article(match, original)
    if article:
        odds += ARTICLE_NATS
        evidence.append(article)
    return logistic(odds), evidence


def _quoted(match: Match, document: Document, original: str) -> Evidence | None:
    quoted = document.quoted_words
    if not quoted:
        return None
    spun_words, words = set(match.form.tokens), set(folded_tokens(original))
    new = {word for word in words - spun_words if len(word) > 3}
    if new and new <= quoted and not (spun_words - words) & quoted:
        return Evidence("quotation", f"a quotation in this document says “{' '.join(sorted(new))}”")
    return None


def _article(match: Match, original: str) -> Evidence | None:
    article, spun, first = match.article, match.tokens[0].text, original.split(" ")[0]
    if article and not article_fits(article.text, spun) and article_fits(article.text, first):
        text = f"“{article.text} {spun}”: the article was left as it stood and fits “{first}”"
        return Evidence("article", text)
    return None


def nats(margin: float, sign: str = "+") -> str:
    """The margin of a language model in words, which say where it was cut off.

    >>> nats(1.24), nats(12.0), nats(-12.0), nats(3.0, "")
    ('+1.2 nats', '+12 nats or more', '-12 nats or less', '3.0 nats')
    """
    if abs(margin) >= MOST_MARGIN:
        return f"{margin:{sign}.0f} nats or {'more' if margin > 0 else 'less'}"
    return f"{margin:{sign}.1f} nats"


def arc_evidence(
    analysis: Analysis, match: Match, arcs: Sequence[int], candidate: Candidate, wordings: int
) -> list[Evidence]:
    """What speaks for a change that was weighed by the lattice."""
    evidence = []
    sources = analysis.sources(arcs)
    if sources:
        evidence.append(Evidence("channel", f"“{candidate.text}” is proposed by {sources}"))
    if candidate.log_source > FITS_NATS:
        evidence.append(
            Evidence("context", f"fits its neighbours better, by {candidate.log_source:.1f} nats")
        )
    margin = candidate.log_model
    if margin is not None and abs(margin) > FITS_NATS:
        how = "likelier" if margin > 0 else "less likely"
        by = nats(abs(margin), "")
        evidence.append(Evidence("model", f"a language model finds the sentence {how} with it, by {by}"))
    for found in (_quoted(match, analysis.document, candidate.text), _article(match, candidate.text)):
        if found:
            evidence.append(found)
    if wordings > 1:
        others = "1 other wording was" if wordings == 2 else f"{wordings - 1} other wordings were"
        evidence.append(Evidence("rivals", f"{others} weighed against it"))
    return evidence
