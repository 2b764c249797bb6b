"""Probabilities and their log-odds, in nats."""

from __future__ import annotations

import math


def log_odds(probability: float) -> float:
    """The natural logarithm of the odds of a probability between 0 and 1.

    >>> round(log_odds(0.75), 3)
    1.099
    """
    return math.log(probability / (1 - probability))


def logistic(odds: float) -> float:
    """The probability of natural log-odds.

    >>> round(logistic(log_odds(0.75)), 3)
    0.75
    """
    return 1 / (1 + math.exp(-odds))
