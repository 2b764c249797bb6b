"""The first look at a text: whether any strong form stands in it at all.

Most documents of a clean collection hold none.  One pass of an Aho-Corasick automaton over the folded bytes
of the text, white space run together, answers without a single token being made; only the paragraphs that
it lets through are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cleanup.document import fold
from cleanup.rulebook import Rulebook
from cleanup.rulebook.glance import PLAIN

if TYPE_CHECKING:
    from ahocorasick_rs import BytesAhoCorasick

_ASCII = bytes(range(0x80))
_PARAGRAPH = b"\0"  # what stands between two paragraphs while a text is looked at
_BLANKS = bytes.maketrans(b"\t\n\v\f\r\x1c\x1d\x1e\x1f", b" " * 9)  # what `str.split` takes for white space
# Bytes that go on with a word.  Of what stands beyond ASCII nothing is known here: it may end one.
_IN_WORDS = frozenset(b"0123456789abcdefghijklmnopqrstuvwxyz")
_PART = 500_000  # code points
_EMPTY_LINE = re.compile("\n\r?\n")
_RUN = re.compile(b"  +")


class FirstLook:
    """Finds out whether a text can hold a match of a form that is a finding by itself.

    The answer may be a false yes (the context forbids the rule, the form stands in code or in a quotation),
    never a false no.
    """

    def __init__(self, book: Rulebook) -> None:
        patterns, self._demands = book.strong.glance
        self._automaton: BytesAhoCorasick | None = None
        if patterns:
            from ahocorasick_rs import BytesAhoCorasick, Implementation

            # The dense automaton reads half as fast again, and takes a tenth of a second and 90 MB to build.
            kind = Implementation.ContiguousNFA
            self._automaton = BytesAhoCorasick(patterns, implementation=kind)

    def lets_through(self, text: str) -> bool:
        """Whether a strong form may stand in the text, in a spelling that counts."""
        return any(True for part in _parts(text) for _ in self._hits(part))

    def paragraphs(self, text: str) -> Iterator[str]:
        """The paragraphs of a text in which a strong form may stand: what lies between two empty lines."""
        for part in _parts(text):
            numbers = list(dict.fromkeys(self._hits(part)))
            if numbers:
                paragraphs = part.replace("\r\n", "\n").split("\n\n")
                yield from (paragraphs[number] for number in numbers)

    def _hits(self, text: str) -> Iterator[int]:
        """For each strong form that may stand in the text, the number of its paragraph."""
        if self._automaton is None:
            return
        spelled, plain, is_exact = _flattened(text)
        number = at = 0
        for pattern, start, end in self._automaton.find_matches_as_indexes(plain, overlapping=True):
            if self._may_hold(pattern, spelled if is_exact else None, plain, start, end):
                number += plain.count(_PARAGRAPH, at, start)
                at = start
                yield number

    def _may_hold(self, pattern: int, spelled: bytes | None, plain: bytes, start: int, end: int) -> bool:
        """Whether a form of a pattern that was met ends where words do, and is written as a rule wants it."""
        for spelling, lead, tail in self._demands.get(pattern, (PLAIN,)):
            first, last = start + lead, end - tail
            if not _is_whole(plain, first, last):
                continue
            if not spelling or spelled is None or spelled[first:last] == spelling:
                return True
        return False


def _parts(text: str) -> Iterator[str]:
    """A long text in parts that end with an empty line, so that the memory for copies of it is bounded."""
    start = 0
    while len(text) - start > _PART:
        found = _EMPTY_LINE.search(text, start + _PART)
        if found is None:
            break
        yield text[start : found.end()]
        start = found.end()
    yield text[start:]


def _flattened(text: str) -> tuple[bytes, bytes, bool]:
    """A text as bytes with single blanks, as it is spelled and folded, offset by offset the same.

    The third value is false where the first could not be had and is folded as well.
    """
    is_exact = True
    if text.isascii():
        data = text.encode()
    else:
        data = text.encode("utf-8", "surrogatepass")
        beyond = set(data.translate(None, _ASCII).decode("utf-8", "surrogatepass"))
        if any(_needs_its_place(sign) for sign in beyond):
            data, is_exact = fold(text).encode("utf-8", "surrogatepass"), False
        for sign in sorted(beyond):
            simple = " " if sign.isspace() else fold(sign).casefold()
            if simple.isascii():  # white space, apostrophes, and what a pattern takes for an ASCII letter
                data = data.replace(sign.encode(), simple.encode())
    data = data.replace(b"\r\n", b"\n").replace(_PARAGRAPH, b"\1").replace(b"\n\n", _PARAGRAPH)
    spelled = _blanked(data)
    plain = spelled.lower()
    if not text.isascii() and is_exact:
        for sign in sorted(beyond):
            if sign.isupper():
                plain = plain.replace(sign.encode(), fold(sign).encode())
    return spelled, plain, is_exact


def _blanked(data: bytes) -> bytes:
    """The bytes with every run of white space as one blank, the borders of paragraphs as they are."""
    data = data.translate(_BLANKS)
    return _RUN.sub(b" ", data) if b"  " in data else data


def _needs_its_place(sign: str) -> bool:
    """Whether the lower case of a letter depends on its place, or takes another number of bytes."""
    if sign == "Σ":
        return True
    folded = fold(sign)
    return not folded.isascii() and len(folded.encode("utf-8", "surrogatepass")) != len(
        sign.encode("utf-8", "surrogatepass")
    )


def _is_whole(plain: bytes, start: int, end: int) -> bool:
    """Whether a hit begins and ends where words do."""
    begins = not (plain[start] in _IN_WORDS and start and plain[start - 1] in _IN_WORDS)
    return begins and not (plain[end - 1] in _IN_WORDS and end < len(plain) and plain[end] in _IN_WORDS)
