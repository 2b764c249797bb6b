"""The first look at a text: whether any strong form stands in it at all.

Most documents of a clean collection hold none.  One pass of an Aho-Corasick automaton over the folded text,
white space run together, answers without a single token being made; only what it lets through is read.
"""

from __future__ import annotations

from collections.abc import Sequence

from cleanup.document import fold
from cleanup.rulebook import Form, Rulebook


class Screen:
    """Finds out whether a text can hold a match of a form that is a finding by itself.

    The answer may be a false yes (a form inside a longer word, in code, in a quotation), never a false no.
    """

    def __init__(self, book: Rulebook) -> None:
        from ahocorasick_rs import AhoCorasick

        patterns = sorted({_pattern(form) for form in book.strong_forms()})
        self._automaton = AhoCorasick(patterns) if patterns else None

    def lets_through(self, text: str) -> bool:
        """Whether the text has to be read.

        A suppression comment lets a text through as well: whether it does anything has to be found out.
        """
        if "cleanup:" in text:
            return True
        if self._automaton is None:
            return False
        return bool(self._automaton.find_matches_as_indexes(" ".join(fold(text).split())))


def _pattern(form: Form) -> str:
    """The form as it stands in folded text with single blanks between words that are not glued."""
    return _join(form.tokens)


def _join(tokens: Sequence[str]) -> str:
    first, *rest = tokens
    return first + "".join(token[1:] if token[0] == "+" and len(token) > 1 else " " + token for token in rest)
