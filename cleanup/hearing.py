"""How a language model is heard: what it is asked about, twice, and what is believed then."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cleanup.analysis import Analysis
from cleanup.decode import sums_of
from cleanup.verdict import ASKED_RATE, Quotes, Verdict, judge

if TYPE_CHECKING:  # it loads what is rarely needed
    from cleanup.lm.judge import Judge

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def hear(
    model: Judge, analysis: Analysis, verdict: Verdict, quotes: Quotes, without: Collection[str] = ()
) -> tuple[Analysis, Verdict]:
    """A document with what a language model says of its open readings, and the verdict that follows.

    It is heard twice.  At first each reading stands among neighbours as the tables read them, in spun text
    many of them wrong; then what is still open stands among neighbours as the model has left them.

    Args:
        model: the language model.
        analysis: the document, laid out with readings to spare.
        verdict: what was believed of it without the model; it is asked about the sections worth it.
        quotes: what is done about quoted speech.
        without: parts of the engine that are switched off.

    """
    worth = verdict.is_worth_asking()
    first = model.heard(analysis, posterior(analysis, verdict, worth))
    between = judge(first, quotes, without)
    worth &= between.is_worth_asking()
    if not worth.any():
        return first, between
    second = model.heard_again(first, posterior(first, between, worth))
    return second, judge(second, quotes, without)


def posterior(analysis: Analysis, verdict: Verdict, worth: Bools) -> Floats:
    """The probability of each arc if a spinner was at work; 0 at places that are not worth asking about."""
    bold = verdict.bolder(ASKED_RATE, analysis.models.weights.rate)
    return sums_of(analysis, bold).arcs * worth[analysis.arcs.start]
