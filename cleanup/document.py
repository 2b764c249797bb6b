"""One text with its tokens, its protected spans and its suppressions: the only offset arithmetic.

Every offset is in code points of the text as given; nothing here normalises, so what lies outside an edit
comes back as it was.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from operator import attrgetter
from typing import NamedTuple

from cleanup.datatypes import Edit, Kind, Prose, Protected, Reason, Span, Token

# A word is letters and digits with apostrophes inside; the 's of "the bank's" is a token of its own, so that
# a phrase is found in the possessive too.  Combining marks, soft hyphens, joiners and lone surrogates
# (undecodable bytes) continue a word, so that no rule ever sees half of one.
_INSIDE = r"[^\W_]|[\u00ad\u0300-\u036f\u200b-\u200d\u2060\udc80-\udcff]"
_TOKEN = re.compile(rf"[^\W_](?:{_INSIDE}|['’](?!s(?!{_INSIDE}))(?=[^\W_]))*|['’]s(?!{_INSIDE})|\S")

# A sentence ends at a stop that is followed by white space and a new beginning.  Abbreviations and initials
# end none; when in doubt the sentence goes on, which only widens what a rule's context may look at.
_SENTENCE_END = re.compile(r"(?<![^\W_])([^\W_]*+)[.!?…]+[\"'”’)\]]*\s+(?=([\"'“‘(\[]*[^\W_a-z]))")
_ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof sen rep gov gen lt col sgt capt st jr sr vs no inc co corp ltd dept est fig al "
    "etc jan feb mar apr jun jul aug sept sep oct nov dec e g i u s".split()
)


def fold(text: str) -> str:
    """The form that rules are matched in: lower case and straight apostrophes, as long as the text.

    >>> fold("Wouldn’t")
    "wouldn't"
    """
    # İ is the one letter whose lower case is longer than itself.
    folded = text.replace("İ", "i").lower()
    return folded.replace("’", "'").replace("‘", "'").replace("ʼ", "'")


def scan(folded: str, start: int, end: int) -> tuple[list[str], list[int], list[int]]:
    """The tokens of folded text between two offsets: their folded forms, their starts, their ends."""
    words, starts, ends = [], [], []
    previous_end, behind = -1, start
    for word in _TOKEN.findall(folded, start, end):
        at = folded.find(word, behind)  # nothing but white space is passed over
        behind = at + len(word)
        words.append("+" + word if at == previous_end else word)
        previous_end = behind
        starts.append(at)
        ends.append(behind)
    return words, starts, ends


def tokenize(text: str) -> list[Token]:
    """The words and signs of a text, in order.

    >>> [token.folded for token in tokenize("A 17-yr-old won’t see Ann’s")]
    ['a', '17', '+-', '+yr', '+-', '+old', "won't", 'see', 'ann', "+'s"]
    """
    found = zip(*scan(fold(text), 0, len(text)), strict=True)
    return [Token(Span(start, end), text[start:end], word) for word, start, end in found]


@lru_cache(maxsize=20_000)
def folded_tokens(phrase: str) -> tuple[str, ...]:
    """A phrase as the sequence of folded tokens that a text must show to match it.

    >>> folded_tokens("Web 2.zero")
    ('web', '2', '+.', '+zero')
    """
    return tuple(scan(fold(phrase), 0, len(phrase))[0])


class SpanIndex:
    """Disjoint spans in order, asked by overlap in logarithmic time."""

    __slots__ = ("_ends", "_spans", "_starts")

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = spans
        self._starts = [span.start for span in spans]
        self._ends = [span.end for span in spans]

    def first_overlap(self, span: Span) -> int | None:
        """The index of the first span that shares a code point with ``span``, if any."""
        at = bisect_right(self._ends, span.start)
        return at if at < len(self._spans) and self._starts[at] < span.end else None


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, item or cell with the tokens that stand in its unprotected text.

    The tokens are kept as three lists, for most of them are looked at once and never again: folded words,
    and where each begins and ends in the text.
    """

    span: Span
    words: list[str]
    starts: list[int]
    ends: list[int]

    def token(self, text: str, at: int) -> Token:
        """The token with the number ``at``; ``text`` is that of the document."""
        start, end = self.starts[at], self.ends[at]
        return Token(Span(start, end), text[start:end], self.words[at])


class _Stop(NamedTuple):
    """Where a sentence may end: where its last word begins, its stop, the next sentence; how far one looked.

    An abbreviation has a stop of its own.
    """

    start: int
    mark: int
    behind: int
    seen: int
    is_abbreviation: bool


_behind = attrgetter("behind")


class Document:
    """A text, what kind of mark-up it has, and where its prose and its protected spans are.

    >>> document = Document("He “stated” it.")
    >>> [(text.span.start, text.reason.value) for text in document.protected]
    [(3, 'quotation')]
    """

    def __init__(self, text: str, *, kind: Kind = Kind.PLAIN, keeps_quotations: bool = True) -> None:
        self.text = text
        self.kind = kind
        self.keeps_quotations = keeps_quotations

    @cached_property
    def _read(self) -> tuple[Prose, tuple[Span, ...]]:
        """The prose with what is protected in it apart from quotations, and the quotations."""
        from cleanup.markup import read_prose
        from cleanup.quotations import quotation_spans

        prose = read_prose(self.text, self.kind)
        return prose, tuple(quotation_spans(self.text, prose.blocks, prose.protected))

    @cached_property
    def _protected_spans(self) -> Sequence[Span]:
        return [item.span for item in self._read[0].protected]

    @property
    def quotations(self) -> tuple[Span, ...]:
        """Where quoted speech stands, quote marks included; sorted and disjoint."""
        return self._read[1]

    def opened(self) -> Document:
        """The same document with its quotations open to be read and changed."""
        if not self.keeps_quotations or not self.quotations:
            return self
        document = Document(self.text, kind=self.kind, keeps_quotations=False)
        document.__dict__["_read"] = self._read
        document.__dict__["folded"] = self.folded
        return document

    def part(self, first: int, last: int) -> Document:
        """The same document with some of its blocks alone, by number: ``last`` is not one of them."""
        prose, quotations = self._read
        blocks = prose.blocks[first:last]
        if len(blocks) == len(prose.blocks):
            return self
        whole = Span(blocks[0].start, blocks[-1].end) if blocks else Span(0, 0)
        protected = prose.protected[_overlapping(self._protected_spans, whole)]
        document = Document(self.text, kind=self.kind, keeps_quotations=self.keeps_quotations)
        inside = quotations[_overlapping(quotations, whole)]
        document.__dict__["_read"] = Prose(blocks, protected), inside
        document.__dict__["folded"] = self.folded
        document.__dict__["_line_starts"] = self._line_starts
        return document

    @cached_property
    def prose(self) -> Prose:
        """The blocks of prose and every protected span, quotations included where they are kept."""
        prose, quotes = self._read
        if not quotes or not self.keeps_quotations:
            return prose
        protected = [*prose.protected, *(Protected(span, Reason.QUOTATION) for span in quotes)]
        return Prose(prose.blocks, tuple(_disjoint(protected)))

    @property
    def protected(self) -> tuple[Protected, ...]:
        """Spans that no edit may touch, sorted and disjoint."""
        return self.prose.protected

    @cached_property
    def _protected_index(self) -> SpanIndex:
        return SpanIndex([item.span for item in self.protected])

    def protection(self, span: Span) -> Protected | None:
        """The first protected span that ``span`` runs into, if any."""
        at = self._protected_index.first_overlap(span)
        return None if at is None else self.protected[at]

    @cached_property
    def folded(self) -> str:
        """The text in lower case with straight apostrophes, offset by offset the same."""
        return fold(self.text)

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks with their tokens; tokens that touch protected text are left out."""
        return tuple(self.block(span) for span in self.prose.blocks)

    def block(self, span: Span) -> Block:
        """One block with its tokens."""
        words: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        for free in self._free_spans(span):
            more = scan(self.folded, free.start, free.end)
            words += more[0]
            starts += more[1]
            ends += more[2]
        return Block(span, words, starts, ends)

    def _free_spans(self, block: Span) -> Iterable[Span]:
        """What lies between the protected spans of a block, less the words that run into one."""
        at = self._protected_index.first_overlap(block)
        start = block.start
        while at is not None and at < len(self.protected) and self.protected[at].span.start < block.end:
            held = self.protected[at].span
            yield self._whole_words(start, held.start, block)
            start = max(start, held.end)
            at += 1
        yield self._whole_words(start, block.end, block)

    def _whole_words(self, start: int, end: int, block: Span) -> Span:
        text = self.text
        while block.start < start < end and text[start - 1].isalnum() and text[start].isalnum():
            start += 1
        while start < end < block.end and text[end - 1].isalnum() and text[end].isalnum():
            end -= 1
        return Span(start, max(start, end))

    @property
    def words(self) -> str:
        """The folded words of the unprotected prose, with blanks between them."""
        return " ".join(word.lstrip("+") for block in self.blocks for word in block.words)

    @cached_property
    def quoted_words(self) -> frozenset[str]:
        """The folded words that stand in quotations: the author's own vocabulary."""
        return frozenset(
            word.lstrip("+")
            for span in self.quotations
            for word in scan(self.folded, span.start, span.end)[0]
        )

    def sentence(self, span: Span, block: Span, reach: int = 600) -> Span:
        """The sentence around ``span``: inside ``block``, at most ``reach`` code points to either side."""
        low, high = max(block.start, span.start - reach), min(block.end, span.end + reach)
        stops = self._stops.get(block)
        if stops is None:
            stops = self._stops[block] = list(self._find_stops(block.start, block.end))
        first = bisect_right(stops, low, key=_behind)
        if first < len(stops) and stops[first].start < low:  # what is cut there may be read another way
            stops, first = list(self._find_stops(low, high)), 0
        start, end = low, high
        for stop in islice(stops, first, None):
            if stop.seen > high:
                break
            if stop.is_abbreviation:
                continue
            if stop.behind <= span.start:
                start = stop.behind
            elif stop.mark >= span.end:
                end = stop.behind
                break
        return Span(start, end)

    @cached_property
    def _stops(self) -> dict[Span, list[_Stop]]:
        return {}

    def _find_stops(self, start: int, end: int) -> Iterator[_Stop]:
        for stop in _SENTENCE_END.finditer(self.text, start, end):
            word, mark = stop.group(1), stop.end(1)
            is_short = self.text[mark] == "." and (len(word) == 1 or word.lower() in _ABBREVIATIONS)
            yield _Stop(stop.start(), mark, stop.end(), stop.end(2), is_short)

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer(r"\r\n|\n|\r", self.text))]

    def line_and_column(self, offset: int) -> tuple[int, int]:
        """Line and column of a code point, both counted from one."""
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def line_span(self, line: int) -> Span:
        """The span of a line counted from one, its line end included."""
        starts = self._line_starts
        return Span(starts[line - 1], starts[line] if line < len(starts) else len(self.text))

    @property
    def line_count(self) -> int:
        """How many lines the text has; an empty text has one."""
        return len(self._line_starts)


def _overlapping(spans: Sequence[Span], whole: Span) -> slice:
    """Which of some sorted, disjoint spans share a code point with another one."""
    first = bisect_right(spans, whole.start, key=lambda span: span.end)
    return slice(first, max(first, bisect_left(spans, whole.end, key=lambda span: span.start)))


def _disjoint(items: list[Protected]) -> list[Protected]:
    """Sort protected spans and cut overlaps away: the span that begins first keeps its reason."""
    cut: list[Protected] = []
    for item in sorted(items, key=lambda item: (item.span.start, -item.span.end)):
        start = max(item.span.start, cut[-1].span.end if cut else 0)
        if start < item.span.end:
            cut.append(Protected(Span(start, item.span.end), item.reason))
    return cut


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """The text with sorted, disjoint edits made.

    Raises ``ValueError`` when an edit does not fit the text: that is a bug of the caller.
    """
    pieces = []
    at = 0
    for edit in edits:
        if edit.span.start < at or text[edit.span.start : edit.span.end] != edit.before:
            raise ValueError(f"edit at {edit.span} does not fit the text")
        pieces += [text[at : edit.span.start], edit.after]
        at = edit.span.end
    return "".join([*pieces, text[at:]])


def after_spans(edits: Sequence[Edit]) -> list[Span]:
    """Where the replacement of each edit stands in the corrected text."""
    spans: list[Span] = []
    shift = 0
    for edit in edits:
        start = edit.span.start + shift
        spans.append(Span(start, start + len(edit.after)))
        shift += len(edit.after) - len(edit.span)
    return spans


def invert_edits(after: str, edits: Sequence[Edit]) -> str:
    """The text before the edits, from the text after them.

    Raises ``ValueError`` when the text is not what the edits produced.
    """
    pieces = []
    at = shift = 0
    for edit in edits:
        start = edit.span.start + shift
        if after[start : start + len(edit.after)] != edit.after or start < at:
            raise ValueError(f"edit at {edit.span} does not fit the text")
        pieces += [after[at:start], edit.before]
        at = start + len(edit.after)
        shift += len(edit.after) - len(edit.before)
    return "".join([*pieces, after[at:]])
