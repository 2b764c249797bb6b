"""Which spans of a text are quoted: other people's words, to be left as they stand.

Taken for granted: a quotation that is protected needlessly costs a missed repair, one that is altered costs
the reader's trust.  So each doubt is settled for the wider span: a mark never closed protects to the end of
its block, one never opened protects back to the quotation before it.

Three passes over each block: double marks (curly, straight, TeX, mixed), guillemets and corner brackets, then
single marks, which have to be told from apostrophes, outside the double ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cleanup.datatypes import Protected, Reason, Span

# A mark may also come as an entity, as a byte of Windows-1252 taken for Latin-1 or not decoded at all, or as
# UTF-8 read as Windows-1252, where `â€“` and its like are dashes and have to be stepped over as a whole.
_SIGN_OF: dict[str, str] = {
    **dict.fromkeys(["“", "‟", "〝", "``", "\x93", "\udc93", "â€œ"], "“"),
    **dict.fromkeys(["”", "〞", "\x94", "\udc94", "â€\x9d", "â€\ufffd", "â€"], "”"),
    **dict.fromkeys(["&ldquo;", "&#8220;", "&#x201c;", "&#147;"], "“"),
    **dict.fromkeys(["&rdquo;", "&#8221;", "&#x201d;", "&#148;"], "”"),
    **dict.fromkeys(["„", "&bdquo;", "&#8222;", "&#x201e;", "\x84", "\udc84"], "„"),
    **dict.fromkeys(['"', "＂", "''", "&quot;", "&#34;", "&#x22;", "&#034;"], '"'),
    **dict.fromkeys(["‘", "‚", "\x91", "\udc91", "â€˜", "&lsquo;", "&#8216;", "&#x2018;", "&#145;"], "‘"),
    **dict.fromkeys(["’", "‛", "\x92", "\udc92", "â€™", "&rsquo;", "&#8217;", "&#x2019;", "&#146;"], "’"),
    **dict.fromkeys(["'", "＇", "&apos;", "&#39;", "&#x27;", "&#039;"], "'"),
    "`": "`",
    **dict.fromkeys(["«", "&laquo;", "&#171;", "&#xab;"], "«"),
    **dict.fromkeys(["»", "&raquo;", "&#187;", "&#xbb;"], "»"),
    **dict.fromkeys(["‹", "&lsaquo;"], "‹"),
    **dict.fromkeys(["›", "&rsaquo;"], "›"),
    **dict.fromkeys(["「", "『", "｢"], "「"),
    **dict.fromkeys(["」", "』", "｣"], "」"),
}
_MARK = re.compile(
    "[\"“”„‟«»‹›「」『』｢｣‘‚‛〝〞＂＇\x84\x91-\x94\udc84\udc91-\udc94]|''|``?"
    "|(?<![^\\W_])['’]|['’](?![^\\W_])"  # within a word it is an apostrophe
    "|â€[“”¦¢¡š\u0153˜™\x9d\ufffd]?"
    "|&(?:[lr]dquo|bdquo|quot|[lr]squo|apos|[lr]a?quo|[lr]saquo|#0?\\d{2,4}|#[xX][0-9A-Fa-f]{2,4});"
)

_OPENS_AFTER = frozenset("([{<—–-/=*_~>|:“‘«„\"'`¿¡")
_CLOSES_BEFORE = frozenset(".,;:!?)]}—–-…/*_~<|’”»\"'")
_INCHES_BEFORE = frozenset("½¼¾′")
_NO_WORD_BEHIND = frozenset(".,;:!?)]}…")
_FURTHEST_CLOSE = 4  # blocks: how far behind an unclosed quotation a stray closing mark may still end it

# Words that begin with an apostrophe, and decades: '90s.
_ELISION = re.compile(
    r"(?:t(?:is|was|were|will|il|ill)|e[mr]|n|cause|cos|coz|cuz|bout|round|neath|gainst|tween|mongst|im|ere"
    r"|ello|appen|fraid|nuff|kay|cept|spose|stead|\d\ds?)(?!\w)",
    re.IGNORECASE,
)
# Behind s’ these end a quotation: a possessive is followed by what is possessed.
_NOT_POSSESSED = re.compile(
    r"\s+(?:a|an|the|of|and|or|but|nor|in|on|at|by|to|from|for|with|as|than|that|which|who|when|while|if"
    r"|because|is|are|was|were|be|been|has|have|had|will|would|can|could|may|might|must|should|do|does|did"
    r"|he|she|it|they|we|you|said|says|say|told|wrote|writes|into|after|before|about|not)(?!\w)"
)
_CLIPPED = re.compile(r"(?<!\w)(?:\w+in|[oO]|an|th|wi|ol|[yY]|mo|po|ha|fo|wan)\Z")  # goin’ home, cup o’ tea


class _Mark(NamedTuple):
    """A quote mark of one of the signs above, with the signs on its two sides, empty at a block's border."""

    start: int
    end: int
    sign: str
    before: str
    after: str

    @property
    def may_open(self) -> bool:
        """Whether it stands where opening marks stand: behind a space, before a word."""
        left = not self.before or self.before.isspace() or self.before in _OPENS_AFTER
        return left and bool(self.after) and not self.after.isspace() and self.after not in _NO_WORD_BEHIND

    @property
    def may_close(self) -> bool:
        """Whether it stands where closing marks stand: behind a word, before a space or a stop."""
        right = not self.after or self.after.isspace() or self.after in _CLOSES_BEFORE
        return right and bool(self.before) and not self.before.isspace() and self.before not in "([{"


def quotation_spans(text: str, blocks: Sequence[Span], protected: Sequence[Protected]) -> list[Span]:
    """Find the quotations in the blocks, quote marks included, as sorted and disjoint spans.

    Marks inside protected spans (code, tags) are no marks; entities and bytes that stand for one are.  A
    span may run from one block into the next where a quotation has several paragraphs.

    >>> [(span.start, span.end) for span in quotation_spans('He said "no" twice.', [Span(0, 19)], [])]
    [(8, 12)]
    """
    found: list[Span] = []
    unclosed: tuple[int, int] | None = None  # where it began, and in which block
    at = 0
    for number, block in enumerate(blocks):
        while at < len(protected) and protected[at].span.end <= block.start:
            at += 1
        marks = list(_marks(text, block, protected, at))
        if not marks:
            continue
        spans, stray, left_open = _double(marks, block)
        if stray is not None and unclosed is not None and number - unclosed[1] <= _FURTHEST_CLOSE:
            spans.append(Span(unclosed[0], stray))
        if left_open is not None:
            unclosed = left_open, number
        elif spans:
            unclosed = None
        signs = {mark.sign for mark in marks}
        for left, right in ("«»", "‹›", "「」"):
            if left in signs:
                spans += _pointed(marks, block, left, right)
        spans = _merged(spans)
        found += spans
        if not signs.isdisjoint("‘’'`"):
            found += _single(text, _outside(marks, spans), block)
    return _merged(found)


def _marks(text: str, block: Span, protected: Sequence[Protected], at: int) -> Iterator[_Mark]:
    """Yield the quote marks of a block; ``protected[at]`` is the first span that reaches into it."""
    for match in _MARK.finditer(text, block.start, block.end):
        sign = _SIGN_OF.get(match.group()) or _SIGN_OF.get(match.group().lower())
        if sign is None:
            continue
        start, end = match.span()
        while at < len(protected) and protected[at].span.end <= start:
            at += 1
        behind = at
        if at < len(protected) and protected[at].span.start < end:
            if not _stands_for_mark(match, protected[at]):
                continue
            behind += 1
        left, right = start, end
        if text[start - 1 : start] == ">":
            left = _over_markup(text, start, protected, at - 1, -1)
        if text[end : end + 1] == "<":
            right = _over_markup(text, end, protected, behind, 1)
        before = text[left - 1] if left > block.start else ""
        after = text[right] if right < block.end else ""
        yield _Mark(start, end, sign, before, after)


def _stands_for_mark(match: re.Match[str], protected: Protected) -> bool:
    """Whether a protected mark counts: an entity that is the whole span, or an undecodable byte."""
    if protected.reason is Reason.UNDECODABLE:
        return True
    whole = (protected.span.start, protected.span.end) == match.span()
    return whole and match.group()[0] == "&" and protected.reason is Reason.MARKUP


def _over_markup(text: str, offset: int, protected: Sequence[Protected], at: int, step: int) -> int:
    """Step over the tags that touch an offset: in ``<b>"No</b>"`` the first mark follows a border."""
    for _ in range(8):  # more tags than this at one place are not worth the time
        if not 0 <= at < len(protected) or protected[at].reason is not Reason.MARKUP:
            break
        span = protected[at].span
        if (span.end if step < 0 else span.start) != offset or text[span.start] != "<":
            break
        offset = span.start if step < 0 else span.end
        at += step
    return offset


def _double(marks: Sequence[_Mark], block: Span) -> tuple[list[Span], int | None, int | None]:
    """Pair the double marks of a block.

    Returns the spans, the end of a closing mark that came before any opening one, and the start of a
    quotation that was left open.
    """
    spans: list[Span] = []
    stray: int | None = None
    depth, start = 0, block.start
    for mark in marks:
        role = _role(mark, depth > 0)
        if role > 0:
            if depth == 0:
                start = mark.start
            depth += 1
        elif role < 0 and depth > 0:
            depth -= 1
            if depth == 0:
                spans.append(Span(start, mark.end))
        elif role < 0:
            # Its opening mark was lost: what stands before it may all be quoted.
            if spans:
                spans[-1] = Span(spans[-1].start, mark.end)
            else:
                spans.append(Span(block.start, mark.end))
                stray = mark.end
    if depth > 0:
        spans.append(Span(start, block.end))
        return spans, stray, start
    return spans, stray, None


def _role(mark: _Mark, is_open: bool) -> int:
    """What a double mark does: 1 opens a quotation, -1 closes one, 0 neither."""
    sign = mark.sign
    if sign == "„" or (sign == "“" and not is_open):
        return 1
    if sign == "”" and is_open:
        return -1
    if sign not in '“”"':
        return 0
    if not is_open and (mark.before.isdigit() or mark.before in _INCHES_BEFORE):
        return 0  # inches, seconds of arc, or nothing but the mark
    opens, closes = mark.may_open, mark.may_close
    if sign == "“":
        return -1 if closes and not opens else 1  # „German“, and typing errors
    if is_open:
        return 1 if opens and not closes else -1
    if sign == "”":
        return 1 if opens and not closes else -1  # ”Swedish”
    return -1 if closes and not opens else 1


def _pointed(marks: Sequence[_Mark], block: Span, left: str, right: str) -> list[Span]:
    """Pair marks that point: «so», and »so« where the first one points outward."""
    spans: list[Span] = []
    opening: _Mark | None = None
    depth = 0
    for mark in marks:
        if mark.sign not in (left, right):
            continue
        if opening is None:
            if mark.sign == left or (mark.may_open and not mark.may_close):
                opening, depth = mark, 1
        elif mark.sign == opening.sign:
            depth += opening.sign == left  # »News »World is a trail of links, not a quotation in another
        else:
            depth -= 1
            if depth == 0:
                spans.append(Span(opening.start, mark.end))
                opening = None
    if opening is not None and opening.sign == left:
        spans.append(Span(opening.start, block.end))
    return spans


class _Single:
    """A single quotation being read: where it began, and what may have ended it so far."""

    def __init__(self, mark: _Mark, certainty: int) -> None:
        self.start = mark.start
        self.inside = mark.end
        self.certainty = certainty  # 2: ‘ ; 1: ' or ` where marks open; 0: more likely an elision
        self.depth = 1
        self.candidate: int | None = None  # the end of the last mark that closes it or is a possessive

    def is_closed_by(self, text: str, mark: _Mark, block: Span) -> bool:
        """Whether the mark certainly ends the quotation; a doubtful one is kept in mind."""
        if mark.sign not in "’'" or not mark.before or mark.before.isspace() or mark.after.isalnum():
            return False
        if _is_doubtful(text, mark, block):
            if not self.is_one_word(text):
                self.candidate = mark.end
            return False
        self.depth -= 1
        return self.depth == 0

    def is_one_word(self, text: str) -> bool:
        """Whether a doubtful mark ended the first word of the quotation: ‘gains’ in scare quotes."""
        if self.candidate is None or self.candidate - self.inside > 40:
            return False
        return not any(sign.isspace() for sign in text[self.inside : self.candidate])

    def unclosed(self, text: str, block: Span) -> list[Span]:
        """What it covers when its block ends and no mark has certainly closed it."""
        if self.certainty == 2:
            one_word = self.depth == 1 and self.is_one_word(text)
            return [Span(self.start, self.candidate if one_word and self.candidate else block.end)]
        if self.certainty == 1 and self.candidate is not None:
            return [Span(self.start, self.candidate)]
        return []


def _single(text: str, marks: Iterator[_Mark], block: Span) -> list[Span]:
    """Pair the single marks of a block, telling closing marks from apostrophes.

    A closing mark is certain behind punctuation and before it, and behind most words; ``officials’`` and
    ``goin’`` are in doubt, and the quotation then goes on to the next certain one.
    """
    spans: list[Span] = []
    current: _Single | None = None
    for mark in marks:
        if mark.sign not in "‘’'`":
            continue
        certainty = _opening_certainty(text, mark)
        if current is None:
            if certainty >= 0:
                current = _Single(mark, certainty)
        elif certainty == 2 or (certainty == 1 and current.candidate is not None):
            if current.is_one_word(text):
                spans.append(Span(current.start, current.candidate or mark.start))
                current = _Single(mark, certainty)
            elif current.certainty == 2:
                current.depth += certainty == 2
            elif current.certainty == 0 or current.candidate is None:
                current = _Single(mark, certainty)
        elif current.is_closed_by(text, mark, block):
            spans.append(Span(current.start, mark.end))
            current = None
    if current is not None:
        spans += current.unclosed(text, block)
    return spans


def _opening_certainty(text: str, mark: _Mark) -> int:
    """How certainly a single mark opens a quotation: 2 by its shape, 1 by its place, 0 hardly, -1 not."""
    if not mark.after or mark.after.isspace() or mark.before.isalnum():
        return -1  # an apostrophe: don‘t, Hawai‘i
    is_elision = _ELISION.match(text, mark.end) is not None
    if mark.sign == "‘":
        return 0 if is_elision else 2
    if not mark.may_open:
        return -1
    return 0 if is_elision or mark.sign == "’" else 1


def _is_doubtful(text: str, mark: _Mark, block: Span) -> bool:
    """Whether a mark behind a word may be its apostrophe: a plural possessive, or a clipped word."""
    if not mark.before.isalpha() or not mark.after or not (mark.after.isspace() or mark.after == "-"):
        return False
    word = text[max(block.start, mark.start - 12) : mark.start].split()[-1]
    if mark.before in "sSxXzZ":
        return _NOT_POSSESSED.match(text, mark.end) is None
    return _CLIPPED.search(word) is not None


def _outside(marks: Sequence[_Mark], spans: Sequence[Span]) -> Iterator[_Mark]:
    """Yield the marks outside the spans, which are sorted and disjoint."""
    at = 0
    for mark in marks:
        while at < len(spans) and spans[at].end <= mark.start:
            at += 1
        if at == len(spans) or mark.start < spans[at].start:
            yield mark


def _merged(spans: Sequence[Span]) -> list[Span]:
    """Sort the spans and join those that overlap or touch."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            if span.end > merged[-1].end:
                merged[-1] = Span(merged[-1].start, span.end)
        else:
            merged.append(span)
    return merged
