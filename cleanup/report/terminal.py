"""What the views for a terminal share: styles, and which words of a change differ."""

from __future__ import annotations

from collections.abc import Sequence

#: What a style is on a terminal: see `styled`.
CODES = {
    "removed": "31;9", "added": "32", "strong": "1", "rule": "36", "quiet": "2", "red": "31", "yellow": "33",
}  # fmt: skip


def styled(text: str, style: str, *, colour: bool) -> str:
    """The text with its style, where the terminal may show any."""
    return f"\x1b[{CODES[style]}m{text}\x1b[0m" if colour and style and text else text


def shared_ends(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many words two wordings begin with in common, and how many they end with behind these.

    >>> shared_ends("they fight arranged crime".split(), "they fight organized crime".split())
    (2, 1)
    """
    most = min(len(old), len(new))
    head = next((n for n in range(most) if old[n] != new[n]), most)
    tail = next((n for n in range(most - head) if old[-1 - n] != new[-1 - n]), most - head)
    return head, tail
