"""The first look at a text: whether any strong form stands in it at all.

Most documents of a clean collection hold none.  One pass of an Aho-Corasick automaton over the folded text,
white space run together, answers without a single token being made; only what it lets through is read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cleanup.document import fold
from cleanup.rulebook import CompiledRule, Form, Rulebook


class Screen:
    """Finds out whether a text can hold a match of a form that is a finding by itself.

    The answer may be a false yes (the context forbids the rule, the form stands in code or in a quotation),
    never a false no.
    """

    def __init__(self, book: Rulebook) -> None:
        from ahocorasick_rs import AhoCorasick

        patterns: dict[str, list[Demand]] = {}
        for form in book.strong.forms():
            patterns.setdefault(_pattern(form), []).append(_demand(form, book.rule(form.rule)))
        self._demands = [patterns[pattern] for pattern in sorted(patterns)]
        self._automaton = AhoCorasick(sorted(patterns)) if patterns else None

    def lets_through(self, text: str) -> bool:
        """Whether a strong form may stand in the text, in a spelling that counts."""
        if self._automaton is None:
            return False
        spelled = " ".join(text.split())
        plain = fold(spelled)  # offset by offset the same
        for number, start, end in self._automaton.find_matches_as_indexes(plain, overlapping=True):
            if _is_whole(plain, start, end):
                written = spelled[start : end + 1]
                if any(demand.is_met(written) for demand in self._demands[number]):
                    return True
        return False


@dataclass(frozen=True, slots=True)
class Demand:
    """What a rule asks of a place beyond the folded form, as far as a glance can tell."""

    spelling: str = ""  # empty where letter case does not matter
    digit_follows: bool = False

    def is_met(self, written: str) -> bool:
        """Whether the phrase as written, with the one sign behind it, can satisfy the rule."""
        if self.spelling and not written.startswith(self.spelling):
            return False
        return not self.digit_follows or written[-1:].isdigit()


# A `when` that begins so can hold only where a digit stands right behind the phrase ("one." of "one.5").
_DIGIT_FOLLOWS = re.compile(r"(?:\(\?<!\[[^]]*\]\))?\{\}\[0-9\](?![*?]|\{0)[^|]*\Z")


def _demand(form: Form, rule: CompiledRule) -> Demand:
    spelling = " ".join(form.spun.split()) if rule.match_case else ""
    return Demand(spelling, _DIGIT_FOLLOWS.match(rule.when) is not None)


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
