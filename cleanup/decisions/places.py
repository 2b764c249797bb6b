"""Where a decision belongs: its words between the words that stood around them.

The context is up to `CONTEXT` words on either side, of the same block.  White space, capitals, signs, and
what is no prose (code, addresses, mark-up) do not count, nor does the article right in front, which goes with
the words.  A neighbour that was itself open to repair is written with both of its readings in braces, as in
``{safety settlement|security agreement} to fight``, so that a decision outlives the repair beside it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from cleanup.datatypes import Decision, Span
from cleanup.document import Document, folded_tokens

#: So many words of context on either side.
CONTEXT = 3
# From so many words of context on it does not matter whether the block begins or ends where it did.
_TELLING = CONTEXT + 2
_REACH = 8 * CONTEXT  # words that are looked at for a context whose neighbours have readings of any length

_ARTICLES = frozenset(("a", "an"))
_PIECE = re.compile(r"\{([^{}]*)\}|[^{}]+")
_NEW_PARAGRAPH = re.compile(r"[.!?…:].*[\r\n]", re.DOTALL)

#: The readings that may stand in one place of a context, each a sequence of words; first as it stood.
Slot = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of some `Words`: its tokens from ``first`` up to, but not including, ``end``.

    ``core`` is where it begins without a leading article.
    """

    first: int
    core: int
    end: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A place that a decision speaks of; it is settled where the replacement stands there already."""

    span: Span
    decision: Decision
    is_settled: bool = False
    context: int = 2 * CONTEXT  # how many words around it had to be right


class Words:
    """The tokens of a document that no decision has to keep away from, block by block."""

    def __init__(self, document: Document) -> None:
        opened = document.opened()
        self.text = document.text
        self.tokens: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self._blocks: list[int] = []  # the number of the first token of each block
        for block in opened.blocks:
            if block.words:
                self._blocks.append(len(self.tokens))
                self.tokens += map(unglued, block.words)
                self.starts += block.starts
                self.ends += block.ends
        self._words = [at for at, token in enumerate(self.tokens) if _is_word(token)]

    def span(self, first: int, end: int) -> Span:
        """The code points from one token up to, but not including, another."""
        return Span(self.starts[first], self.ends[end - 1])

    def place(self, span: Span) -> Place | None:
        """The tokens inside a span, if it holds any."""
        first, end = bisect_left(self.starts, span.start), bisect_right(self.ends, span.end)
        if first >= end:
            return None
        return Place(first, first + self.is_article(first, end), end)

    def is_article(self, first: int, end: int) -> bool:
        """Whether a stretch begins with an article, and with more behind it."""
        return end - first > 1 and self.tokens[first] in _ARTICLES

    def before(self, core: int) -> list[int]:
        """The words in front of a token, the nearest first, an article right in front left out."""
        last = bisect_left(self._words, core)
        found = self._words[max(0, last - _REACH) : last][::-1]
        return found[1:] if found and self.tokens[found[0]] in _ARTICLES else found

    def after(self, end: int) -> list[int]:
        """The words from a token on, the nearest first."""
        first = bisect_left(self._words, end)
        return self._words[first : first + _REACH]

    def block_of(self, at: int) -> int:
        """The number of the block in which a token stands."""
        return bisect_right(self._blocks, at)

    def is_apart(self, core: int, word: int) -> bool:
        """Whether a token and a word in front of it, or behind it, stand in different paragraphs."""
        low, high = sorted((core, word))
        if self.block_of(low) != self.block_of(high):
            return True
        return bool(_NEW_PARAGRAPH.search(self.text, self.ends[low], self.starts[high]))


def unglued(token: str) -> str:
    """A folded token without the sign that nothing stands between it and the one before."""
    return token[1:] if token[0] == "+" and len(token) > 1 else token


def tokens_of(text: str) -> tuple[str, ...]:
    """The folded words and signs of a text."""
    return tuple(map(unglued, folded_tokens(text)))


def words_of(text: str) -> tuple[str, ...]:
    """The folded words of a text without its signs.

    >>> words_of("The Bank’s (new) rules,")
    ('the', 'bank', "'s", 'new', 'rules')
    """
    return tuple(filter(_is_word, tokens_of(text)))


def _is_word(token: str) -> bool:
    return len(token) > 1 or token.isalnum()


def read_context(context: str) -> tuple[Slot, ...]:
    """The slots of a context as it is written down.

    >>> read_context("to {fight|combat the} crime")
    ((('to',),), (('fight',), ('combat', 'the')), (('crime',),))
    """
    slots: list[Slot] = []
    for piece in _PIECE.finditer(context):
        if piece[1] is not None:
            slots.append(tuple(words_of(reading) for reading in piece[1].split("|")))
        else:
            slots += [((word,),) for word in words_of(piece[0])]
    return tuple(slots)


def write_context(slots: Sequence[Slot]) -> str:
    """Slots as they are written down."""
    parts = [
        _joined(slot[0]) if len(slot) == 1 else f"{{{'|'.join(_joined(words) for words in slot)}}}"
        for slot in slots
    ]
    return _joined(parts)


def _joined(words: Sequence[str]) -> str:
    return " ".join(words).replace(" 's", "'s")


@dataclass(frozen=True, slots=True)
class Side:
    """The context on one side, from the words outwards."""

    slots: tuple[Slot, ...]
    is_edge: bool

    @property
    def size(self) -> int:
        """How many words it has."""
        return sum(len(slot[0]) for slot in self.slots)

    @classmethod
    def both(cls, decision: Decision) -> tuple[Side, Side]:
        """The two sides of a decision.

        A side with fewer words than usual ends where the block ends, which is asked for only where both
        sides together say little.
        """
        before = tuple(
            tuple(tuple(reversed(words)) for words in slot) for slot in read_context(decision.before)[::-1]
        )
        after = read_context(decision.after)
        sizes = [sum(len(slot[0]) for slot in slots) for slots in (before, after)]
        says_little = sum(sizes) < _TELLING
        return tuple(  # type: ignore[return-value]
            cls(slots, says_little and size < CONTEXT)
            for slots, size in zip((before, after), sizes, strict=True)
        )

    def fits(self, words: Words, token: int, around: Sequence[int]) -> bool:
        """Whether the words on this side of a token, the nearest first, are those of the context."""
        taken = {0}  # how many of the words the slots so far may have used up
        for slot in self.slots:
            taken = {
                used + len(reading)
                for used in taken
                for reading in slot
                if tuple(words.tokens[at] for at in around[used : used + len(reading)]) == reading
            }
        return any(not self.is_edge or self._ends(words, token, around, used) for used in taken)

    def _ends(self, words: Words, token: int, around: Sequence[int], used: int) -> bool:
        """Whether the paragraph ends behind so many of the words."""
        nearest = around[used - 1] if used else token
        return used == len(around) or words.is_apart(nearest, around[used])


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A change beside the one that is decided about, which may be made or not: tokens and readings."""

    first: int
    end: int
    readings: Slot


def neighbour(words: Words, span: Span, after: str | None) -> Neighbour | None:
    """A change as a neighbour of others, unless it changes no word."""
    place = words.place(span)
    if place is None or after is None:
        return None
    now = tuple(token for token in words.tokens[place.first : place.end] if _is_word(token))
    then = words_of(after)
    return None if now == then or not now else Neighbour(place.first, place.end, (now, then))


def anchored(words: Words, place: Place, neighbours: Sequence[Neighbour] = ()) -> tuple[str, str]:
    """The context of a place, in front and behind, as it is written down.

    ``neighbours`` are the changes that may be made around it, in their order.
    """
    before = _collected(words, place.core, words.before(place.core), neighbours)
    after = _collected(words, place.end - 1, words.after(place.end), neighbours)
    return write_context(before[::-1]), write_context(after)


def _collected(
    words: Words, token: int, around: Sequence[int], neighbours: Sequence[Neighbour]
) -> list[Slot]:
    """The slots of one side, the nearest first, each reading in the order of the text."""
    block, size = words.block_of(token), 0
    slots: list[Slot] = []
    ends = [item.end for item in neighbours]
    done: Neighbour | None = None
    for at in around:
        if size >= CONTEXT or words.block_of(at) != block:
            break
        number = bisect_right(ends, at)
        found = neighbours[number] if number < len(neighbours) else None
        if found is None or at < found.first:
            slots.append(((words.tokens[at],),))
            size += 1
        elif found is not done:
            done = found
            slots.append(found.readings)
            size += len(found.readings[0])
    return slots


def core_of(text: str) -> tuple[str, ...]:
    """The tokens of a text without a leading article."""
    tokens = tokens_of(text)
    return tokens[1:] if len(tokens) > 1 and tokens[0] in _ARTICLES else tokens
