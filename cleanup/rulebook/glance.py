"""What a glance at a text looks for: the folded spellings of forms, and what their rules ask beyond them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from cleanup.rulebook.beside import beside


class Demand(NamedTuple):
    """A form in a pattern: its spelling, empty where letter case does not matter, and what stands around it.

    ``lead`` and ``tail`` are how many bytes of the pattern stand before and behind the form.
    """

    spelling: str = ""
    lead: int = 0
    tail: int = 0


class Glance(NamedTuple):
    """Every spelling of some forms, sorted, with what the context has to begin with where a rule says so.

    ``demands`` are for patterns that are more than a form whose letter case does not matter.
    """

    patterns: list[str]
    demands: dict[int, list[Demand]]


def glance_at(forms: Iterable[tuple[Sequence[str], str, bool, str]]) -> Glance:
    """The glance for forms, each as its tokens, as written, whether its case matters, and its `when`."""
    found: dict[str, set[Demand]] = {}
    for tokens, spun, match_case, when in forms:
        spelling = " ".join(spun.split()) if match_case else ""
        form = _join(tokens)
        for before, after in beside(when):
            demand = Demand(spelling, len(before.encode()), len(after.encode()))
            found.setdefault(before + form + after, set()).add(demand)
    patterns = sorted(found)
    demands = {
        at: sorted(found[pattern]) for at, pattern in enumerate(patterns) if Demand() not in found[pattern]
    }
    return Glance(patterns, demands)


def unpacked(packed: tuple[list[str], Mapping[int, Sequence[tuple[str, int, int]]]]) -> Glance:
    """A glance from what the cache kept of it."""
    patterns, demands = packed
    return Glance(patterns, {at: [Demand(*one) for one in some] for at, some in demands.items()})


def _join(tokens: Sequence[str]) -> str:
    """A form as it stands in folded text, with single blanks between words that are not glued."""
    first, *rest = tokens
    return first + "".join(token[1:] if token[0] == "+" and len(token) > 1 else " " + token for token in rest)
