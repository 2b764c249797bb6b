"""Whether a text is English: only English is ever repaired."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

from cleanup.document import fold

_LETTERS = re.compile(r"[^\W\d_]+")

# How many words are looked at, taken evenly from the whole text: enough to be certain, and a fixed cost.
_SAMPLE = 250
_PLACES = 5

# The least share of a longer text's words that are English function words.  English prose in many registers
# lies between 0.20 and 0.45; tables, name lists and other languages lie under 0.06.
_LEAST_SHARE = 0.08
_SHORT = 20


@cache
def _languages() -> dict[str, frozenset[str]]:
    data = Path(__file__).with_name("data").joinpath("function_words.json").read_text(encoding="utf-8")
    return {language: frozenset(words) for language, words in json.loads(data).items()}


@cache
def _languages_of_word(word: str) -> tuple[str, ...]:
    return tuple(language for language, words in _languages().items() if word in words)


def is_english(text: str) -> bool:
    """Whether most of a text is English; short texts get the benefit of the doubt.

    >>> is_english("The officers said that they would not be there before noon.")
    True
    >>> is_english("Die Beamten sagten, dass sie nicht vor Mittag dort sein würden, weil es regnet.")
    False
    """
    words = _sample(text)
    if not words:
        return False
    latin = sum(word[0] < "\u0250" for word in words)
    if latin * 2 < len(words):
        return False
    votes = Counter(language for word in words for language in _languages_of_word(fold(word)))
    english = votes.pop("en", 0)
    rival = max(votes.values(), default=0)
    if len(words) < _SHORT:
        return rival < 2 or english >= rival
    return english > rival and english >= _LEAST_SHARE * len(words)


def _sample(text: str) -> list[str]:
    """About `_SAMPLE` words, from a few places spread over a long text."""
    part = _SAMPLE // _PLACES
    if len(text) <= _SAMPLE * 8:
        return _LETTERS.findall(text)
    places = (len(text) * place // _PLACES for place in range(_PLACES))
    return [word for start in places for word in _LETTERS.findall(text[start : start + part * 8])]
