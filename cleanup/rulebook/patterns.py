"""The `when` and `unless` of a rule: users' regular expressions, run so that none can hang the program."""

from __future__ import annotations

import re
from functools import cache

from cleanup.errors import RuleError

# Stands for the matched phrase while a pattern looks at the sentence: a letter, so that `{}\\b` works,
# and one that a single known manuscript uses.
_PHRASE = "\ua66e"

# A sane pattern needs microseconds for a sentence; one that needs a second is an exponential one.  It raises
# an error and does not silently fail to match, so the outcome never depends on how busy the machine is.
TIME_LIMIT_SECONDS = 2.0


# A nested count of this size makes the compiler fill the memory before any text is seen.
_COUNT = re.compile(r"\{[\d,]*\d{4}")


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


@cache
def compile_condition(pattern: str) -> Condition:
    """The pattern of a `when` or `unless`, compiled once.

    >>> compile_condition("(?:press|news) {}").holds("a press ", "convention", " in Paris")
    True

    Raises:
        RuleError: when it is no regular expression.

    """
    return Condition(pattern)
