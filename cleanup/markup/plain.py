"""The blocks of plain text: paragraphs, list items, the lines of a quoted e-mail, fenced code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cleanup.datatypes import Kind, Prose, Protected, Reason, Span
from cleanup.markup.inline import protected_inline, undecodable
from cleanup.markup.spans import merge_protected

# A line longer than this was not broken by hand: it is a paragraph, whatever stands above and below it.
_LONGEST_WRAPPED_LINE = 120

_LIST_ITEM = re.compile(r"\s*(?:[-*+•‣◦▪–—]|\(?\d{1,3}[.)]|\(?[a-z]\)|\(?[ivx]{1,5}\))\s+\S")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s")
_RULE = re.compile(r"\s*(?:-[-\s]{2,}|=[=\s]{2,}|_[_\s]{2,}|\*[*\s]{2,}|~[~\s]{2,}|#[#\s]{2,})$")
_FENCE = re.compile(r"\s*(`{3,}(?=[^`]*$)|~{3,})")
_MAIL_QUOTE = re.compile(r"\s{0,3}>")
_ENDS_SENTENCE = re.compile(r"[.!?…:][\"”’')\]]*\s*$")


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    text: str  # with its line break

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def read_plain(text: str) -> Prose:
    """Find the paragraphs of a plain text, and what is code, quoted or an address in them."""
    blocks: list[Span] = []
    protected: list[Protected] = list(undecodable(text))
    paragraph: list[_Line] = []

    def close() -> None:
        if paragraph:
            blocks.extend(_trimmed(text, paragraph[0].start, paragraph[-1].end))
            paragraph.clear()

    lines = list(_lines(text))
    fences = _closing_fences(lines)
    at = 0
    while at < len(lines):
        line = lines[at]
        if at in fences:
            close()
            at = fences[at]
            protected.append(Protected(Span(line.start, lines[at].end), Reason.CODE))
        elif not line.text.strip() or _RULE.match(line.text):
            close()
        else:
            if paragraph and _begins_block(paragraph[-1].text, line.text):
                close()
            paragraph.append(line)
            if _MAIL_QUOTE.match(line.text):
                protected.append(Protected(Span(line.start, line.end), Reason.QUOTATION))
        at += 1
    close()
    for block in blocks:
        protected.extend(protected_inline(text, block.start, block.end, Kind.PLAIN))
    return Prose(tuple(blocks), merge_protected(protected))


def _lines(text: str) -> Iterator[_Line]:
    start = 0
    for line in text.splitlines(keepends=True):
        yield _Line(start, line)
        start += len(line)


def _closing_fences(lines: list[_Line]) -> dict[int, int]:
    """Map the number of each line that opens a code fence to that of the line which closes it.

    A fence of backticks that is never closed runs to the end, as in Markdown; one of tildes is taken for an
    ornament.
    """
    fences: dict[int, int] = {}
    opened: tuple[int, str] | None = None
    for number, line in enumerate(lines):
        if "```" not in line.text and "~~~" not in line.text:
            continue
        match = _FENCE.match(line.text)
        if match is None:
            continue
        if opened is None:
            opened = number, match[1]
        elif match[1].startswith(opened[1]) and not line.text[match.end() :].strip():
            fences[opened[0]] = number
            opened = None
    if opened is not None and opened[1][0] == "`":
        fences[opened[0]] = len(lines) - 1
    return fences


def _begins_block(above: str, line: str) -> bool:
    """Whether a line begins a block of its own although no blank line stands above it."""
    if len(line) > _LONGEST_WRAPPED_LINE or len(above) > _LONGEST_WRAPPED_LINE:
        return True
    if bool(_MAIL_QUOTE.match(line)) != bool(_MAIL_QUOTE.match(above)):
        return True
    if _LIST_ITEM.match(line) or _HEADING.match(line) or _HEADING.match(above):
        return True
    # The first line of a paragraph is indented in books and typescripts.
    return line[0].isspace() and not above[0].isspace() and bool(_ENDS_SENTENCE.search(above[-12:]))


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the stretch without the white space around it, or nothing where there is nothing else."""
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end -= len(piece) - len(piece.rstrip())
    if start < end:
        yield Span(start, end)
