"""The local weight of one change: its rule, its document, its neighbours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cleanup.channel import Match
from cleanup.datatypes import Candidate, Evidence, Finding, Severity, SpinScore
from cleanup.document import Document, folded_tokens
from cleanup.inflection import article_fits
from cleanup.prior import OPEN
from cleanup.source import SourceModel

# Nats on the log-odds of a change.  Set on the development passages, 2026-11-24; the sweep is in the commit.
QUOTED_NATS = 1.5  # the candidate's own words stand in a quotation, the spun ones do not
ARTICLE_NATS = 4.0  # the article in front fits the candidate and not the spun word
FREQUENCY_NATS = 0.25  # for each nat by which the candidate is commoner than the spun form ...
FREQUENCY_CAP = 1.0  # ... but never more than this, either way


@dataclass(frozen=True, slots=True)
class Support:
    """Evidence with its weight in nats."""

    nats: float
    evidence: Evidence


def weigh(match: Match, document: Document, spin: SpinScore, source: SourceModel) -> Finding:
    """A match as a finding: candidates in order, confidence, and what speaks for them."""
    candidates = _candidates(match, document, source)
    supports = _supports(match, document, candidates[0], source) if candidates else []
    confidence = _logistic(_log_odds(match.rule.confidence) + sum(support.nats for support in supports))
    evidence = [support.evidence for support in supports]
    if match.rule.needs_spun_document:
        if spin.score < OPEN:
            confidence *= spin.score
            evidence.append(
                Evidence(
                    "document", f"honest alone, and the document looks unspun (spin score {spin.score:.2f})"
                )
            )
        else:
            evidence.append(Evidence("document", f"the document is spun: score {spin.score:.2f}"))
    text = document.text[match.span.start : match.span.end]
    return Finding(
        match.span,
        text,
        match.rule.id,
        Severity(match.rule.severity),
        match.rule.message or _message(text, candidates),
        tuple(candidates),
        confidence,
        tuple(evidence),
    )


def most_confidence(spin: SpinScore) -> float:
    """What the confidence of a gated finding stays below in a document with this spin score."""
    return 1.0 if spin.score >= OPEN else spin.score


def _message(text: str, candidates: Sequence[Candidate]) -> str:
    phrase = " ".join(text.split())
    return (
        f"“{phrase}” looks spun from “{candidates[0].text}”"
        if candidates
        else f"“{phrase}” is a leftover of the page"
    )


def _candidates(match: Match, document: Document, source: SourceModel) -> list[Candidate]:
    """The originals, likeliest first; the source model is asked only where there is a choice."""
    originals = match.form.originals
    left = right = ""
    if len(originals) > 1:
        sentence = document.sentence(match.span, match.block)
        left = document.text[sentence.start : match.span.start]
        right = document.text[match.span.end : sentence.end]
    rated = []
    for original, log_channel in zip(originals, match.rule.log_channels, strict=True):
        log_source = source.log_probability(original, left, right) if len(originals) > 1 else 0.0
        log_evidence = sum(support.nats for support in _document_supports(match, document, original))
        rated.append(Candidate(original, log_channel, log_source, log_evidence, match.rule.origin))
    return sorted(rated, key=lambda candidate: (-candidate.score, candidate.text))


def _supports(match: Match, document: Document, candidate: Candidate, source: SourceModel) -> list[Support]:
    supports = _document_supports(match, document, candidate.text)
    if match.rule.origin == "lexicon":
        # A lexicon only proposes: spinners put rarer words for common ones, seldom the other way.
        nats = source.log_probability(candidate.text, "", "") - source.log_probability(
            match.form.spun, "", ""
        )
        nats = max(-FREQUENCY_CAP, min(FREQUENCY_CAP, FREQUENCY_NATS * nats))
        comparison = "commoner" if nats > 0 else "rarer"
        supports.append(
            Support(
                nats, Evidence("frequency", f"“{candidate.text}” is {comparison} than “{match.form.spun}”")
            )
        )
    return supports


def _document_supports(match: Match, document: Document, original: str) -> list[Support]:
    supports = []
    spun_words, words = set(folded_tokens(match.form.spun)), set(folded_tokens(original))
    new = {word for word in words - spun_words if len(word) > 3}
    quoted = document.quoted_words
    if new and new <= quoted and not (spun_words - words) & quoted:
        supports.append(
            Support(
                QUOTED_NATS,
                Evidence("quotation", f"a quotation in this document says “{' '.join(sorted(new))}”"),
            )
        )
    article, spun_first, first = match.article, match.tokens[0].text, original.split(" ")[0]
    if article and not article_fits(article.text, spun_first) and article_fits(article.text, first):
        text = f"“{article.text} {spun_first}”: the article was left as it stood and fits “{first}”"
        supports.append(Support(ARTICLE_NATS, Evidence("article", text)))
    return supports


def _log_odds(probability: float) -> float:
    return math.log(probability / (1 - probability))


def _logistic(nats: float) -> float:
    return 1 / (1 + math.exp(-nats))
