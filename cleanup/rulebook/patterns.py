"""The `when` and `unless` of a rule: users' regular expressions, run so that none can hang the program."""

from __future__ import annotations

import re
from collections.abc import Set
from functools import cache
from typing import NamedTuple

from cleanup.errors import RuleError
from cleanup.rulebook.beside import beside

# Stands for the matched phrase while a pattern looks at the sentence: a letter, so that `{}\\b` works,
# and one that a single known manuscript uses.
_PHRASE = "\ua66e"

# A sane pattern needs microseconds for a sentence; one that needs a second is an exponential one.  It raises
# an error and does not silently fail to match, so the outcome never depends on how busy the machine is.
TIME_LIMIT_SECONDS = 2.0


# A nested count of this size makes the compiler fill the memory before any text is seen.
_COUNT = re.compile(r"\{[\d,]*\d{4}")


# What the `regex` package has and the standard library's parser takes for something else: sets of sets, fuzzy
# matching.
_OTHER_SYNTAX = re.compile(r"--|&&|\|\||~~|\[\[|\{(?!\}|\d*,?\d*\})")


def _short(pattern: str) -> str:
    return repr(pattern if len(pattern) <= 60 else pattern[:57] + "...")


class Condition:
    """A compiled pattern in which ``{}`` stands for the matched phrase."""

    __slots__ = ("_asks_for_phrase", "_compiled", "pattern")

    def __init__(self, pattern: str) -> None:
        import regex

        if _COUNT.search(pattern):
            raise RuleError(f"the pattern {_short(pattern)} repeats something a thousand times or more")
        self.pattern = pattern
        self._asks_for_phrase = "{}" in pattern
        try:
            self._compiled = regex.compile(pattern.replace("{}", _PHRASE), regex.IGNORECASE | regex.VERSION1)
        except (regex.error, ValueError, RecursionError) as error:
            raise RuleError(f"the pattern {_short(pattern)} is no regular expression: {error}") from None

    def holds(self, left: str, phrase: str, right: str) -> bool:
        """Whether the sentence ``left + phrase + right`` satisfies the pattern.

        Raises:
            RuleError: when the pattern takes longer than the time limit.

        """
        if self._asks_for_phrase:
            sentence = f"{left.replace(_PHRASE, ' ')}{_PHRASE}{right.replace(_PHRASE, ' ')}"
        else:
            sentence = left + phrase + right
        try:
            return self._compiled.search(sentence, timeout=TIME_LIMIT_SECONDS) is not None
        except TimeoutError:
            raise RuleError(
                f"the pattern {_short(self.pattern)} took over {TIME_LIMIT_SECONDS:.0f} s on one sentence: "
                "rewrite it without nested repetition"
            ) from None


class _Letters(NamedTuple):
    """Runs of letters of which one has to stand on a side of the phrase, by their length."""

    runs: tuple[tuple[int, frozenset[str]], ...]
    longest: int


@cache
def _letters_beside(pattern: str) -> tuple[_Letters, _Letters] | None:
    """What has to stand before or behind the phrase for a pattern to hold; None where that is not known."""
    found = beside(pattern)
    is_told = all((side.before or side.after) and (side.before + side.after).isascii() for side in found)
    if _OTHER_SYNTAX.search(pattern) or not is_told:
        return None
    before, after = ({run for run in runs if run} for runs in zip(*found, strict=True))
    return _by_length(before), _by_length(after)


def _by_length(runs: Set[str]) -> _Letters:
    lengths = sorted({len(run) for run in runs})
    by_length = ((length, frozenset(run for run in runs if len(run) == length)) for length in lengths)
    return _Letters(tuple(by_length), max(lengths, default=0))


def may_hold(pattern: str, folded: str, start: int, end: int) -> bool:
    """Whether a pattern can hold for the phrase from ``start`` to ``end`` of a folded text.

    A false yes is possible, a false no is not: most places are told by the letters right beside the phrase,
    which takes no regular expression.
    """
    wanted = _letters_beside(pattern)
    if wanted is None:
        return True
    before, after = wanted
    left, right = folded[max(start - before.longest, 0) : start], folded[end : end + after.longest]
    if not (left.isascii() and right.isascii()):  # one such sign can be the same as several letters
        return True
    return any(left[-length:] in runs for length, runs in before.runs) or any(
        right[:length] in runs for length, runs in after.runs
    )


@cache
def compile_condition(pattern: str) -> Condition:
    """The pattern of a `when` or `unless`, compiled once.

    >>> compile_condition("(?:press|news) {}").holds("a press ", "convention", " in Paris")
    True

    Raises:
        RuleError: when it is no regular expression.

    """
    return Condition(pattern)
