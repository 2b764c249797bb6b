"""What the document prior comes to: where a spinner was at work, and whether it spun the quotations too."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from cleanup.analysis import Analysis
from cleanup.datatypes import Evidence, Severity, SpinScore
from cleanup.odds import log_odds
from cleanup.prior import FEATURES, Sections, estimate

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: From this spin score on a document counts as spun.
OPEN = 0.5

#: The least spin score of a section for which a language model is asked.  It is low: where few words were
#: swapped the model shows a spinner whom nothing else shows.  Two of five clean passages reach it.
WORTH_ASKING = 1e-7

#: The share of changed words that is then taken for granted at least, so that the model is asked enough.
ASKED_RATE = 0.08

# What quoted speech must show before it is repaired: this probability and as many different rules.
SPUN_QUOTATIONS = 0.99
RULES_IN_QUOTATIONS = 2

# How much of the whole document's log-odds each of several sections inherits, and the most of it, in nats.
INHERITED = 0.5
MOST_INHERITED = 4.0


class Quotes(StrEnum):
    """What is done about quoted speech."""

    AUTO = "auto"  # repaired where it was spun as well
    KEEP = "keep"
    REPAIR = "repair"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is believed of each section.

    Attributes:
        scores: for each section the probability that a spinner was at work there.
        biases: what its spin rate adds to the log-odds of every change.
        spin: the same for the whole document, for people.
        repairs_quotations: whether quoted speech is open to repair.

    """

    sections: Sections
    scores: Floats
    biases: Floats
    spin: SpinScore
    repairs_quotations: bool

    def bolder(self, rate: float, fitted_rate: float) -> Verdict:
        """The same, as if a spinner had changed at least this share of the words of every section."""
        least = log_odds(rate) - log_odds(fitted_rate)
        return replace(self, biases=np.maximum(self.biases, least))

    def is_kept(self, analysis: Analysis) -> Bools:
        """Which places stay as they are, whatever is believed of them."""
        if self.repairs_quotations:
            return np.zeros(len(analysis.stream.numbers), dtype=bool)
        return analysis.in_quotation

    def believed(self, analysis: Analysis, posterior: Floats) -> Floats:
        """The probability of each arc, the chance that nobody spun the text taken into account."""
        return np.asarray(posterior * self.scores[self.sections.number[analysis.arcs.start]])

    def is_worth_asking(self) -> Bools:
        """For each place, whether a spinner may have been at work there: it is worth a closer look."""
        return np.asarray(self.scores >= WORTH_ASKING)[self.sections.number]


def judge(analysis: Analysis, quotes: Quotes, without: Collection[str] = ()) -> Verdict:
    """Weigh what the prior found in each section and in the document as a whole.

    Without the ``prior``, every text is taken for as spun as the development passages.
    """
    sections = estimate(analysis)
    if "prior" in without:
        sections = replace(sections, rates=np.full(len(sections.rates), analysis.models.weights.rate))
        sure = np.ones(len(sections.rates))
        repairs = quotes is Quotes.REPAIR
        spin = SpinScore(1.0, float(sections.rates[0]), repairs_quotations=repairs)
        return Verdict(sections, sure, 0.0 * sure, spin, repairs)
    weights = analysis.models.weights.spin_row(FEATURES)
    own = sections.log_odds(weights)
    whole = float(np.clip(sections.whole @ weights, -30, 30))
    plain = slice(0, sections.quoted)
    if sections.quoted > 1:
        inherited = float(np.clip(INHERITED * whole, -MOST_INHERITED, MOST_INHERITED))
        together = own + inherited
        best = float(together[plain].max()) - math.log(sections.quoted)
        document = max(whole, best)
    else:
        together = own.copy()
        document = whole
    scores = _logistic(together)
    quoted_score = float(_logistic(own)[sections.quoted])
    hits = int(sections.strong[sections.quoted] + sections.gated[sections.quoted])
    # Honest text quotes tortured phrases to speak of them: what stands around them must be spun as well.
    is_certain = document > 0 and quoted_score > SPUN_QUOTATIONS and hits >= RULES_IN_QUOTATIONS
    repairs = quotes is Quotes.REPAIR or (quotes is Quotes.AUTO and is_certain)
    score = float(_logistic(np.array([document]))[0])
    if repairs:
        scores[sections.quoted] = max(quoted_score, score)
    counted = sections.words[plain].sum()
    rate = float(sections.rates[plain] @ sections.words[plain]) / max(int(counted), 1)
    spin = SpinScore(score, rate, tuple(_evidence(analysis, sections, repairs)), repairs)
    return Verdict(sections, scores, sections.biases(analysis.models.weights.rate), spin, repairs)


def _logistic(log_odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -30, 30))))


def _evidence(analysis: Analysis, sections: Sections, repairs: bool) -> list[Evidence]:
    """What speaks for the score, in words."""
    found = []
    seen: set[str] = set()
    for match, place in zip(analysis.matches, analysis.match_places, strict=True):
        rule = match.rule
        plain = repairs or not analysis.in_quotation[place]
        if (
            plain
            and rule.severity == Severity.ERROR.value
            and not rule.needs_spun_document
            and rule.id not in seen
        ):
            seen.add(rule.id)
            text = " ".join(analysis.document.text[match.span.start : match.span.end].split())
            found.append(Evidence("strong", f"“{text}” ({rule.id})"))
    rate = float(sections.rates[: sections.quoted].max())
    found.append(
        Evidence("rate", f"by estimate {rate:.0%} of the words of its most suspect section were changed")
    )
    gated = int(sections.gated[: sections.quoted].sum())
    if gated:
        found.append(Evidence("gated", f"{gated} different phrases that are honest alone"))
    if sections.whole[FEATURES.index("articles")] > 0:
        found.append(Evidence("article", "an article was left over from another word"))
    if len(sections.words) > 1 and sections.words[sections.quoted]:
        how = "were spun too, and are repaired" if repairs else "are kept as they stand"
        found.append(Evidence("quotations", f"the quotations {how}"))
    return found
