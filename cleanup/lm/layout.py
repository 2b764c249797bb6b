"""A document without its layout: the words and marks that a language model is to judge, and nothing else."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Set
from itertools import pairwise

from cleanup.datatypes import Kind, Reason, Span
from cleanup.document import Document

Change = tuple[int, int, str]  # what stands between two offsets of the text becomes something else

_GAPS = re.compile(r"\s{2,}|[^\S ]")
# A tag that parts the words around it, as all do but those of letters and phrases.
_PARTING = re.compile(
    r"</?(?!(?:a|abbr|acronym|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|ins|kbd|mark|q|s|samp|small|span"
    r"|strike|strong|sub|sup|time|tt|u|var|wbr)\b)[a-z]",
    re.IGNORECASE,
)
_HIDING = re.compile(r"<(?:script|style|template|noscript)\b", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:\#\d{1,7}|\#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]\w{1,30});")
_EMPHASIS = re.compile(r"(?<![\w*_\\])[*_]{1,3}(?=[^\s*_])|(?<=[^\s*_\\])[*_]{1,3}(?![\w*_])")


def layout(document: Document) -> Iterator[Change]:
    """What is to be left out or written otherwise: white space as single blanks, mark-up, entities.

    Blocks are parted by empty lines.
    """
    text = document.text
    blocks = [block.span for block in document.blocks]
    for before, behind in pairwise(blocks):
        yield before.end, behind.start, "\n\n"
    for block in blocks:
        for found in _GAPS.finditer(text, block.start, block.end):
            yield found.start(), found.end(), " "
    if document.kind is Kind.PLAIN:
        return
    yield from _marks(document)
    targets = {held.span.start for held in document.protected if held.reason is Reason.MARKUP}
    for block in blocks:
        for found in _ENTITY.finditer(text, block.start, block.end):
            yield found.start(), found.end(), " ".join(html.unescape(found.group()).split()) or " "
        if document.kind is Kind.MARKDOWN:
            for found in _EMPHASIS.finditer(text, block.start, block.end):
                yield found.start(), found.end(), ""
            yield from _brackets(text, block, targets)


def _marks(document: Document) -> Iterator[Change]:
    """Tags, targets and the like; where one parts two words, a blank stands for it."""
    text = document.text
    end, was_gap, hides = -1, False, False
    for held in document.protected:
        start = held.span.start
        content = text[start : held.span.end]
        if held.reason is Reason.MARKUP and not content.startswith("&"):
            was_gap = was_gap and start == end
            end = held.span.end
            around = text[start - 1 : start].isspace(), text[end : end + 1].isspace()
            is_gap = _PARTING.match(content) is not None and not was_gap and not any(around)
            yield start, end + all(around), " " if is_gap else ""
            was_gap = was_gap or is_gap
            hides = _HIDING.match(content) is not None
        elif held.reason is Reason.CODE and hides and start == end:
            yield start, held.span.end, ""


def _brackets(text: str, block: Span, targets: Set[int]) -> Iterator[Change]:
    """The brackets before the words of links and pictures, behind which mark-up, their target, begins."""
    opened: list[int] = []
    for at in range(block.start, block.end):
        if text[at] == "[":
            opened.append(at)
        elif text[at] == "]" and opened:
            start = opened.pop()
            if at in targets:
                yield start - (start > block.start and text[start - 1] == "!"), start + 1, ""
