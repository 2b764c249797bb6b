"""What a glance at a text looks for: the folded spellings of forms, and what their rules ask beyond them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

Demand: TypeAlias = tuple[bytes, int, int]
"""A form in a pattern: its spelling, empty where letter case does not matter, and how many bytes of the
pattern stand before it and behind it."""

PLAIN: Demand = (b"", 0, 0)
"""A form by itself, in whatever letters."""


class Glance(NamedTuple):
    """Every spelling of some forms, sorted, with what the context has to begin with where a rule says so.

    ``patterns`` are UTF-8; ``demands`` are for those that are more than a form in whatever letter case.
    """

    patterns: list[bytes]
    demands: dict[int, list[Demand]]


def glance_at(forms: Iterable[tuple[Sequence[str], str, bool, str]]) -> Glance:
    """The glance for forms, each as its tokens, as written, whether its case matters, and its `when`."""
    from cleanup.rulebook.beside import beside  # not needed where the cache has the book

    found: dict[bytes, set[Demand]] = {}
    for tokens, spun, match_case, when in forms:
        spelling = " ".join(spun.split()).encode() if match_case else b""
        form = _join(tokens).encode()
        for before, after in ((one.encode(), other.encode()) for one, other in beside(when)):
            demand = (spelling, len(before), len(after))
            found.setdefault(before + form + after, set()).add(demand)
    patterns = sorted(found)
    demands = {
        at: sorted(found[pattern]) for at, pattern in enumerate(patterns) if PLAIN not in found[pattern]
    }
    return Glance(patterns, demands)


def _join(tokens: Sequence[str]) -> str:
    """A form as it stands in folded text, with single blanks between words that are not glued."""
    first, *rest = tokens
    return first + "".join(token[1:] if token[0] == "+" and len(token) > 1 else " " + token for token in rest)
