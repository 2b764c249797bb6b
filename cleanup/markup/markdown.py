"""The blocks of Markdown: markdown-it finds their lines, and the lines are looked up in the source.

Only the block rules of markdown-it run.  Its inline tokens carry no offsets, so what stands inside a block is
found by ``inline`` on the source itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from cleanup.datatypes import Kind, Prose, Protected, Reason, Span
from cleanup.markup.inline import protected_inline, undecodable
from cleanup.markup.spans import merge_protected

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_LINE = re.compile(r"[^\r\n]*+(?:\r\n?|\n|\Z)")
_UNSPEAKABLE = re.compile("[\0\ud800-\udfff]")  # what markdown-it replaces, or cannot percent-encode
_FRONT_MATTER = re.compile(
    r"(?:---[ \t]*(?:\r\n?|\n)(?=\S)(?:[^\r\n]*+(?:\r\n?|\n))*?(?:---|\.\.\.)"
    r"|\+\+\+[ \t]*(?:\r\n?|\n)(?:[^\r\n]*+(?:\r\n?|\n))*?\+\+\+)[ \t]*(?=[\r\n]|\Z)"
)
_PIPE = re.compile(r"\\.|\|")
_REASON_OF_TOKEN = {
    "fence": Reason.CODE,
    "code_block": Reason.CODE,
    "html_block": Reason.MARKUP,
    "definition": Reason.MARKUP,
    "blockquote_open": Reason.QUOTATION,
}


class _Lines:
    """The lines of the source, counted as markdown-it counts them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.spans = [Span(*match.span()) for match in _LINE.finditer(text) if match.group()]

    def span(self, first: int, behind: int) -> Span:
        """The stretch from line ``first`` up to, but not including, line ``behind``."""
        if first >= len(self.spans) or first >= behind:
            return Span(len(self.text), len(self.text))
        return Span(self.spans[first].start, self.spans[min(behind, len(self.spans)) - 1].end)


def read_markdown(text: str) -> Prose:
    """Find the paragraphs, headings, list items and table cells of a Markdown document."""
    lines = _Lines(text)
    protected: list[Protected] = list(undecodable(text))
    offset = 1 if text.startswith("\ufeff") else 0
    front = _FRONT_MATTER.match(text, offset)
    source = _UNSPEAKABLE.sub("\ufffd", text[offset:])
    if front is not None:
        protected.append(Protected(Span(*front.span()), Reason.FRONT_MATTER))
        # Its lines are emptied, not dropped: the numbers of the lines below stay as they are.
        source = re.sub(r"[^\r\n]", "", front.group()) + source[front.end() - offset :]

    environment: dict[str, dict[str, object]] = {}
    tokens = _block_parser().parse(source, environment)
    blocks: list[Span] = []
    for found in _read_tokens(tokens, lines):
        if isinstance(found, Protected):
            protected.append(found)
        elif not blocks or found.start >= blocks[-1].end:
            blocks.append(found)
    labels = {" ".join(label.split()).casefold() for label in environment.get("references", {})}
    for block in blocks:
        protected.extend(protected_inline(text, block.start, block.end, Kind.MARKDOWN, labels))
    return Prose(tuple(blocks), merge_protected(protected))


def _block_parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # 40 ms, and most documents are plain text

    parser = MarkdownIt("commonmark", {"inline_definitions": True}).enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


def _read_tokens(tokens: Sequence[Token], lines: _Lines) -> Iterator[Span | Protected]:
    in_table = False
    for token in tokens:
        if token.type == "table_open" and token.map:
            in_table = True
            yield from _table(lines, *token.map)
        elif token.type == "table_close":
            in_table = False
        elif token.type in _REASON_OF_TOKEN and token.map:
            yield Protected(lines.span(*token.map), _REASON_OF_TOKEN[token.type])
        elif token.type == "inline" and token.map and not in_table:
            yield from _leaf(token, lines)


def _leaf(token: Token, lines: _Lines) -> Iterator[Span]:
    """Yield the block of a paragraph or heading, without the list marker or number signs before it."""
    content = token.content.strip()
    if token.map is None or not content:
        return
    whole = lines.span(*token.map)
    text = lines.text[whole.start : whole.end]
    first = content.partition("\n")[0].rstrip()
    skipped = max(0, _UNSPEAKABLE.sub("\ufffd", text[: len(first) + 200]).find(first))
    length = len(text.rstrip())
    if token.map[1] - token.map[0] == 1:
        length = min(length, skipped + len(content))  # the closing number signs of a heading
    yield Span(whole.start + skipped, whole.start + length)


def _table(lines: _Lines, first: int, behind: int) -> Iterator[Span | Protected]:
    """Yield the cells of a table, row by row, and its delimiter row as protected."""
    for number in range(first, min(behind, len(lines.spans))):
        row = lines.spans[number]
        if number == first + 1:
            yield Protected(row, Reason.MARKUP)
            continue
        start = row.start
        for match in _PIPE.finditer(lines.text, row.start, row.end):
            if match.group() == "|":
                yield from _cell(lines.text, start, match.start())
                start = match.end()
        yield from _cell(lines.text, start, row.end)


def _cell(text: str, start: int, end: int) -> Iterator[Span]:
    piece = text[start:end]
    if piece.strip():
        left = len(piece) - len(piece.lstrip())
        yield Span(start + left, start + len(piece.rstrip()))
