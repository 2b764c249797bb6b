"""The source model: how likely a candidate is as English, before any damage was done.

One interface, so that better models can take the place of plain word frequencies: see `SourceModel`.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Protocol


class SourceModel(Protocol):
    """Says how likely a phrase is between its neighbours."""

    def log_probability(self, phrase: str, left: str, right: str) -> float:
        """Natural log of P(phrase | neighbours).

        ``left`` and ``right`` are the text of the sentence before and after the phrase; a model that reads
        no context may ignore them.  Values are comparable between phrases in the same place only.
        """
        ...


class WordFrequency:
    """Word frequencies of general English, from wordfreq (Robyn Speer, 2022); neighbours are not read.

    A phrase of several words is rated as wordfreq rates it: by the harmonic combination of its words, so
    that its rarest word decides.  Unknown words count as one in a thousand million.
    """

    #: The frequency given to words that wordfreq does not know: below its rarest entry, 1e-8.
    FLOOR = 1e-9

    def log_probability(self, phrase: str, left: str = "", right: str = "") -> float:
        """Natural log of the frequency of ``phrase``.

        >>> WordFrequency().log_probability("said") > WordFrequency().log_probability("averred")
        True
        """
        del left, right
        return _log_frequency(phrase)


@lru_cache(maxsize=65536)
def _log_frequency(phrase: str) -> float:
    from wordfreq import word_frequency  # 0.3 s to import: only where a choice is open

    return math.log(word_frequency(phrase, "en", minimum=WordFrequency.FLOOR))
