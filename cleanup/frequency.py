"""How frequent a word is that the tables do not hold: asked of wordfreq (Robyn Speer, 2022)."""

from __future__ import annotations

import json
import math
from functools import cache, lru_cache
from pathlib import Path

#: The frequency given to words that wordfreq does not know either: below its rarest entry, 1e-8.
FLOOR = 1e-9

_RARE_WORDS = Path(__file__).with_name("data") / "rare_words.json"


@lru_cache(maxsize=65536)
def log_frequency(word: str) -> float:
    """Natural logarithm of the share of English words that are this one.

    >>> log_frequency("said") > log_frequency("averred") > log_frequency("qzxv")
    True
    """
    frequency = rare_words().get(word)
    if frequency is None:
        # 0.3 s and 60 MB: only where a word is met that no rule of ours has
        from wordfreq import word_frequency

        frequency = word_frequency(word, "en", minimum=FLOOR)
    return math.log(frequency)


@cache
def rare_words() -> dict[str, float]:
    """What wordfreq says of the words of our own rules that the tables lack."""
    rows = json.loads(_RARE_WORDS.read_text(encoding="utf-8"))
    return {word: float(frequency) for frequency, words in rows.items() for word in words.split(" ")}
