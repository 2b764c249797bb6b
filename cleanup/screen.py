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

    The answer may be a false yes (the context forbids the rule, the form stands in code or in a quotation),
    never a false no.
    """

    def __init__(self, book: Rulebook) -> None:
        from ahocorasick_rs import AhoCorasick

        # For each pattern the spellings in which it counts; None where letter case does not matter.
        spellings: dict[str, set[str] | None] = {}
        for form in book.strong.forms():
            pattern = _pattern(form)
            if book.rule(form.rule).match_case:
                known = spellings.setdefault(pattern, set())
                if known is not None:
                    known.add(" ".join(form.spun.split()))
            else:
                spellings[pattern] = None
        self._spellings = [spellings[pattern] for pattern in sorted(spellings)]
        self._automaton = AhoCorasick(sorted(spellings)) if spellings else None

    def lets_through(self, text: str) -> bool:
        """Whether a strong form may stand in the text, in a spelling that counts."""
        if self._automaton is None:
            return False
        plain = " ".join(fold(text).split())
        for number, start, end in self._automaton.find_matches_as_indexes(plain, overlapping=True):
            if _is_whole(plain, start, end):
                spellings = self._spellings[number]
                # Folding keeps every offset, so the same place in the text as written shows its letters.
                if spellings is None or " ".join(text.split())[start:end] in spellings:
                    return True
        return False


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether a hit begins and ends where words do."""
    begins = not (text[start].isalnum() and text[start - 1 : start].isalnum())
    return begins and not (text[end - 1].isalnum() and text[end : end + 1].isalnum())


def _pattern(form: Form) -> str:
    """The form as it stands in folded text with single blanks between words that are not glued."""
    return _join(form.tokens)


def _join(tokens: Sequence[str]) -> str:
    first, *rest = tokens
    return first + "".join(token[1:] if token[0] == "+" and len(token) > 1 else " " + token for token in rest)
