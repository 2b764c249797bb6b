"""Whether a text is English: only English is ever repaired."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

from cleanup.datatypes import Kind
from cleanup.document import Document

#: What is said of a document in another language, which nothing else is said of.
NOT_ENGLISH = "skipped: the text is not English"

_LETTERS = re.compile(r"[^\W\d_]+")

# How many words are looked at, taken evenly from the whole text: enough to be certain, and a fixed cost.
_SAMPLE = 150
_PLACES = 5

# The least share of a longer text's words that are English function words.  English prose in many registers
# lies between 0.20 and 0.45; tables, name lists and other languages lie under 0.06.
_LEAST_SHARE = 0.08
_SHORT = 20
_SHORT_TEXT = 50_000  # code points; of a longer one a sample is cheaper than the whole


@cache
def _languages_by_word() -> dict[str, tuple[str, ...]]:
    """The languages that a function word speaks for."""
    data = Path(__file__).with_name("data").joinpath("function_words.json").read_text(encoding="utf-8")
    table: dict[str, tuple[str, ...]] = {}
    for language, words in json.loads(data).items():
        for word in words:
            table[word] = (*table.get(word, ()), language)
    return table


def is_english(text: str) -> bool:
    """Whether most of a text is English; short texts get the benefit of the doubt.

    >>> is_english("The officers said that they would not be there before noon.")
    True
    >>> is_english("Die Beamten sagten, dass sie nicht vor Mittag dort sein würden, weil es regnet.")
    False
    """
    if _is_plainly_english(text):
        return True
    words = _sample(text)
    if not words:
        return False
    latin = sum(word[0] < "\u0250" for word in words)
    if latin * 2 < len(words):
        return False
    table = _languages_by_word()
    votes = Counter(language for word in words if word in table for language in table[word])
    english = votes.pop("en", 0)
    rival = max(votes.values(), default=0)
    if len(words) < _SHORT:
        return rival < 2 or english >= rival
    return english > rival and english >= _LEAST_SHARE * len(words)


def speaks_english(document: Document) -> bool:
    """Whether most of a document is English: of mark-up, full of words of its own, by its prose alone."""
    return is_english(document.text if document.kind is Kind.PLAIN else document.words)


def _is_plainly_english(text: str) -> bool:
    """Whether so many words are *the*, *of* and *and* that no other language comes into question.

    English prose has 8 to 12 of them in a hundred words; no other language that we know of has *the*.
    """
    if len(text) > _SHORT_TEXT:
        return False
    words = text.count(" ") + text.count("\n")
    articles = text.count(" the ")
    both = articles + text.count(" of ") + text.count(" and ")
    return words >= _SAMPLE // 2 and articles * 50 >= words and both * 20 >= words


def _sample(text: str) -> list[str]:
    """About `_SAMPLE` words in lower case, from a few places spread over a long text."""
    part = _SAMPLE // _PLACES * 7  # code points that hold so many words
    if len(text) <= part * _PLACES:
        return _LETTERS.findall(text.lower())
    places = (len(text) * place // _PLACES for place in range(_PLACES))
    return [word for start in places for word in _LETTERS.findall(text[start : start + part].lower())]
