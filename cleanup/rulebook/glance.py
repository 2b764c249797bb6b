"""What a glance at a text looks for: the folded spellings of forms, and what their rules ask beyond them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple


class Demand(NamedTuple):
    """What a rule asks of a place beyond the folded form, as far as a glance can tell."""

    spelling: str = ""  # empty where letter case does not matter
    digit_follows: bool = False

    def is_met(self, written: str) -> bool:
        """Whether the phrase as written, with the one sign behind it, can satisfy the rule."""
        if self.spelling and not written.startswith(self.spelling):
            return False
        return not self.digit_follows or written[-1:].isdigit()


class Glance(NamedTuple):
    """Every spelling of some forms, sorted, and the demands of those of which any is made.

    A spelling that is not in ``demands`` satisfies some rule wherever it stands.
    """

    patterns: list[str]
    demands: dict[int, list[Demand]]


# A `when` that begins so can hold only where a digit stands right behind the phrase ("one." of "one.5").
_DIGIT_FOLLOWS = re.compile(r"(?:\(\?<!\[[^]]*\]\))?\{\}\[0-9\](?![*?]|\{0)[^|]*\Z")


def glance_at(forms: Iterable[tuple[Sequence[str], str, bool, str]]) -> Glance:
    """The glance for forms, each as its tokens, as written, whether its case matters, and its `when`."""
    found: dict[str, list[Demand]] = {}
    for tokens, spun, match_case, when in forms:
        spelling = " ".join(spun.split()) if match_case else ""
        demand = Demand(spelling, bool(when) and _DIGIT_FOLLOWS.match(when) is not None)
        found.setdefault(_join(tokens), []).append(demand)
    patterns = sorted(found)
    demands = {at: found[pattern] for at, pattern in enumerate(patterns) if Demand() not in found[pattern]}
    return Glance(patterns, demands)


def unpacked(packed: tuple[list[str], Mapping[int, Sequence[tuple[str, bool]]]]) -> Glance:
    """A glance from what the cache kept of it."""
    patterns, demands = packed
    return Glance(patterns, {at: [Demand(*one) for one in some] for at, some in demands.items()})


def _join(tokens: Sequence[str]) -> str:
    """A form as it stands in folded text, with single blanks between words that are not glued."""
    first, *rest = tokens
    return first + "".join(token[1:] if token[0] == "+" and len(token) > 1 else " " + token for token in rest)
