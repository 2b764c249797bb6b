"""The first look at a text: whether any strong form stands in it at all.

Most documents of a clean collection hold none.  One pass of an Aho-Corasick automaton over the folded text,
white space run together, answers without a single token being made; only what it lets through is read.
"""

from __future__ import annotations

from cleanup.document import fold
from cleanup.rulebook import Rulebook


class FirstLook:
    """Finds out whether a text can hold a match of a form that is a finding by itself.

    The answer may be a false yes (the context forbids the rule, the form stands in code or in a quotation),
    never a false no.
    """

    def __init__(self, book: Rulebook) -> None:
        from ahocorasick_rs import AhoCorasick

        patterns, self._demands = book.strong.glance
        self._automaton = AhoCorasick(patterns) if patterns else None

    def lets_through(self, text: str) -> bool:
        """Whether a strong form may stand in the text, in a spelling that counts."""
        if self._automaton is None:
            return False
        spelled = " ".join(text.split())
        plain = fold(spelled)  # offset by offset the same
        for number, start, end in self._automaton.find_matches_as_indexes(plain, overlapping=True):
            if _is_whole(plain, start, end):
                demands = self._demands.get(number)
                written = spelled[start : end + 1]
                if demands is None or any(demand.is_met(written) for demand in demands):
                    return True
        return False


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether a hit begins and ends where words do."""
    begins = not (text[start].isalnum() and text[start - 1 : start].isalnum())
    return begins and not (text[end - 1].isalnum() and text[end : end + 1].isalnum())
