"""Text set for a terminal: styled, and broken into lines that fit, whatever signs it is made of."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from cleanup.report.terminal import shared_ends, styled

#: A piece of text and its style; empty for none.
Piece = tuple[str, str]

_PARTS = re.compile(r"\s+|\S+")
_NO_COLUMN = frozenset(("Mn", "Me", "Cf", "Cc"))


def columns(text: str) -> int:
    """How many columns a text takes.

    >>> columns("né"), columns("ne\u0301"), columns("日本")
    (2, 2, 4)
    """
    return sum(map(_columns_of, text)) if not text.isascii() else len(text)


def _columns_of(sign: str) -> int:
    if unicodedata.category(sign) in _NO_COLUMN:
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def wrapped(pieces: Iterable[Piece], width: int, *, colour: bool, indent: str = "  ") -> str:
    r"""Pieces of text as lines of at most ``width`` columns, broken at white space.

    >>> wrapped([("They fight ", ""), ("organized", "added"), (" crime.", "")], 16, colour=False)
    '  They fight\n  organized\n  crime.\n'
    """
    room = max(width - columns(indent), 8)
    lines: list[list[Piece]] = [[]]
    used = 0
    for word in _words(pieces):
        for part in _cut(word, room):
            size = sum(columns(text) for text, _ in part)
            gap = 1 if lines[-1] else 0
            if used + gap + size > room:
                lines.append([])
                used = gap = 0
            if gap:
                lines[-1].append((" ", part[0][1] if part[0][1] == lines[-1][-1][1] else ""))
            lines[-1] += part
            used += gap + size
    return "".join(f"{indent}{_in_style(line, colour=colour)}\n" for line in lines)


def _in_style(line: Sequence[Piece], *, colour: bool) -> str:
    """A line with each of its styles begun and ended once."""
    runs = groupby(line, key=lambda piece: piece[1])
    return "".join(styled("".join(text for text, _ in run), style, colour=colour) for style, run in runs)


def _words(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """The words of some pieces; a word may run through several of them."""
    word: list[Piece] = []
    for text, style in pieces:
        for part in _PARTS.findall(text):
            if not part.isspace():
                word.append((part, style))
            elif word:
                yield word
                word = []
    if word:
        yield word


def _cut(word: list[Piece], room: int) -> Iterator[list[Piece]]:
    """A word, in several parts where it does not fit a line."""
    part: list[Piece] = []
    used = 0
    for text, style in word:
        start = 0
        for at, sign in enumerate(text):
            size = _columns_of(sign)
            if used + size > room:
                part.append((text[start:at], style))
                yield part
                part, used, start = [], 0, at
            used += size
        part.append((text[start:], style))
    if part:
        yield part


def marked(before: str, after: str | None, *, colour: bool) -> Sequence[Piece]:
    """A change with the words that differ marked: by colour, or else by signs around them.

    >>> [text for text, _ in marked("arranged crime", "organized crime", colour=False)]
    ['[-arranged-]', '{+organized+}', ' crime']
    """
    old, new = before.split(), (after or "").split()
    head, tail = shared_ends(old, new)
    removed, added = " ".join(old[head : len(old) - tail]), " ".join(new[head : len(new) - tail])
    pieces = [(" ".join(old[:head]) + " ", "")] if head else []
    if removed:
        pieces.append((removed if colour else f"[-{removed}-]", "removed"))
    if removed and added and colour:
        pieces.append((" ", ""))
    if added:
        pieces.append((added if colour else f"{{+{added}+}}", "added"))
    return [*pieces, (" " + " ".join(old[len(old) - tail :]), "")] if tail else pieces
