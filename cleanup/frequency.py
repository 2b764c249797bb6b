"""How frequent a word is that the tables do not hold: asked of wordfreq (Robyn Speer, 2022)."""

from __future__ import annotations

import math
from functools import lru_cache

#: The frequency given to words that wordfreq does not know either: below its rarest entry, 1e-8.
FLOOR = 1e-9


@lru_cache(maxsize=65536)
def log_frequency(word: str) -> float:
    """Natural logarithm of the share of English words that are this one.

    >>> log_frequency("said") > log_frequency("averred") > log_frequency("qzxv")
    True
    """
    from wordfreq import word_frequency  # 0.3 s to import: only where a word outside the tables is met

    return math.log(word_frequency(word, "en", minimum=FLOOR))
