"""One paper as text: from plain text, Markdown, HTML or PDF, with its pages and its title."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from cleanup.datatypes import Kind
from cleanup.decoding import Skip, decode
from cleanup.errors import FileError
from cleanup.markup import kind_of
from cleanup.report.places import Lines
from cleanup.screening.layout import (
    Line,
    begins_paragraph,
    in_reading_order,
    is_below,
    without_furniture,
    without_line_numbers,
)
from cleanup.screening.mending import mended, without_gaps, without_ligatures

_PDF_MARK = b"%PDF-"
_LONGEST_TITLE = 250


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper made ready to be read.

    Attributes:
        path: its path as shown.
        text: its text; in a PDF the words as they were before they were broken at the ends of lines.
        kind: how the text marks up its prose.
        title: its title as far as it is easily had, or empty.
        page_starts: where in the text each page of a PDF begins; empty for anything else.

    """

    path: str
    text: str
    kind: Kind
    title: str
    page_starts: tuple[int, ...] = ()

    def places(self, offsets: Sequence[int]) -> list[int]:
        """The page of each offset in a PDF, its line in any other text; both count from one."""
        if self.page_starts:
            return [max(bisect_right(self.page_starts, offset), 1) for offset in offsets]
        lines = Lines(self.text)
        return [lines.place(offset)[0] for offset in offsets]


def is_pdf(path: str, data: bytes) -> bool:
    """Whether bytes are to be read as a PDF, by their first bytes or by the name they came under.

    >>> is_pdf("paper.PDF", b""), is_pdf("paper.txt", b"%PDF-1.7"), is_pdf("paper.txt", b"See %PDF-1.7")
    (True, True, False)
    """
    return path.lower().endswith(".pdf") or data.startswith(_PDF_MARK)


def read_paper(path: str, data: bytes, *, encoding: str = "") -> Paper:
    """The paper in a file's bytes.

    Raises:
        FileError: when it cannot be read: the message is one line and does not name the path.
        UsageError: when it is a PDF and the extra `pdf` is not installed.

    """
    if is_pdf(path, data):
        return _from_pdf(path, data)
    decoded = decode(data, encoding=encoding or None)
    if isinstance(decoded, Skip):
        raise FileError(f"skipped: {decoded.reason}")
    kind = kind_of(path)
    text = without_ligatures(decoded.text)
    if kind is Kind.PLAIN:
        text = _mended_text(text)
    return Paper(path, text, kind, _title(text, kind))


def _mended_text(text: str) -> str:
    """The text with broken words made whole, line by line as before."""
    lines = text.split("\n")
    return "\n".join(mended(lines))


def _from_pdf(path: str, data: bytes) -> Paper:
    from cleanup.screening.pdf import read_pages

    pages, title = read_pages(data)
    pages = [without_line_numbers(page) for page in pages]
    ordered = [in_reading_order(page) for page in without_furniture(pages)]
    flat = [(number, line) for number, page in enumerate(ordered) for line in page]
    texts = mended([without_gaps(without_ligatures(line.text)) for _, line in flat])
    pieces: list[str] = []
    starts = [0] * len(pages)
    length, last_page, above = 0, -1, None
    for (number, line), text in zip(flat, texts, strict=True):
        gap = _gap(above, line, number == last_page)
        pieces += [gap, text]
        length += len(gap)
        for page in range(last_page + 1, number + 1):
            starts[page] = length
        length += len(text)
        last_page, above = number, line
    for page in range(last_page + 1, len(pages)):
        starts[page] = length
    return Paper(path, "".join(pieces) + "\n", Kind.PLAIN, _pdf_title(title, ordered), tuple(starts))


def _gap(above: Line | None, line: Line, is_same_page: bool) -> str:
    """What parts a line from the one before it: nothing before the first, a blank line between paragraphs."""
    if above is None:
        return ""
    is_same_column = is_same_page and is_below(above, line)
    return "\n\n" if begins_paragraph(above, line, is_same_column=is_same_column) else "\n"


_NO_TITLE = re.compile(
    r"untitled|microsoft word|\.(?:docx?|tex|dvi|pdf|indd|rtf|qxd)\b|^\W*$|^\S+$", re.IGNORECASE
)


def _pdf_title(stated: str, pages: Sequence[Sequence[Line]]) -> str:
    """The title that the file states, else the lines in the largest type on its first page."""
    stated = " ".join(without_ligatures(stated).split())
    if stated and not _NO_TITLE.search(stated):
        return stated[:_LONGEST_TITLE]
    first = next((page for page in pages if page), [])
    worded = [line for line in first if sum(sign.isalpha() for sign in line.text) >= 3]
    largest = max((line.size for line in worded), default=0.0)
    chosen = [line for line in worded if line.size > 0.93 * largest]
    if not chosen or len(chosen) > 5:
        return ""
    return without_ligatures(" ".join(line.text for line in chosen))[:_LONGEST_TITLE]


_HTML_TITLE = re.compile(r"<(h1|title)\b[^<>]*>(.{1,600}?)</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")


def _title(text: str, kind: Kind) -> str:
    """The title of a text: what its mark-up says is one, else a short first line."""
    if kind is Kind.HTML:
        found = {match[1].lower(): match[2] for match in reversed(list(_HTML_TITLE.finditer(text[:100_000])))}
        title = html.unescape(_TAG.sub("", found.get("h1") or found.get("title", "")))
        return " ".join(title.split())[:_LONGEST_TITLE]
    first = next((line.strip() for line in text[:10_000].splitlines() if line.strip().strip("-=#")), "")
    if kind is Kind.MARKDOWN:
        heading = re.search(r"^#\s+(.+?)\s*#*\s*$", text[:100_000], re.MULTILINE)
        first = heading[1] if heading else first
    is_title = 2 <= len(first.split()) <= 30 and not first.endswith((".", ",", ";"))
    return first[:_LONGEST_TITLE] if is_title else ""
