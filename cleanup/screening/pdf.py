"""The lines of a PDF, page by page, read with PDFium, the library that Chromium reads PDFs with."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from cleanup.errors import FileError, UsageError
from cleanup.screening.layout import Line

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

#: A longer PDF is read to this page; a page with more signs is a drawing and is read to this sign.
MOST_PAGES = 2_000
MOST_SIGNS = 100_000

# A gap in a line wider than this many times the size of its type is a gutter or parts cells of a table.
_WIDEST_GAP = 1.4

# How PDFium marks the hyphen at which it joined a word, and what stands for no sign at all.
_HYPHEN_MARKS = "\x02\ufffe\u00ad"


class _Sign(NamedTuple):
    """One sign of a page and its box."""

    text: str
    left: float
    right: float
    bottom: float
    top: float


def read_pages(data: bytes) -> tuple[list[list[Line]], str]:
    """The lines of each page, in the order in which they were drawn, and the title that the file states.

    Raises:
        FileError: when the file is encrypted, damaged, or holds no text; one line, without the path.
        UsageError: when the extra `pdf` is not installed.

    """
    document = _opened(data)
    try:
        read = list(_pages(document))
        title = str(document.get_metadata_dict().get("Title") or "")
    finally:
        document.close()
    if all(page is None for page in read):
        raise FileError("damaged PDF: none of its pages can be read; repair it or get another copy")
    pages = [page or [] for page in read]
    if sum(len(line.text.split()) for page in pages for line in page) < _LEAST_WORDS:
        raise FileError("no text in it: scanned pages? Add a text layer first, with an OCR program")
    return pages, title


_LEAST_WORDS = 5


def _opened(data: bytes) -> PdfDocument:
    try:
        import pypdfium2
    except ImportError:
        raise UsageError("reading a PDF needs the extra `pdf`: pip install 'despin[pdf]'") from None
    if not data:
        raise FileError("the file is empty")
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            reason = "encrypted PDF: save it without a password first"
        elif "security" in str(error).lower():
            reason = "encrypted PDF: its kind of protection cannot be read"
        elif b"%PDF-" in data[:1024]:
            reason = "damaged PDF: it cannot be opened; repair it or get another copy"
        else:
            reason = "no PDF, though it is named like one"
        raise FileError(reason) from None


def _pages(document: PdfDocument) -> Iterator[list[Line] | None]:
    """The lines of each page; None for one that cannot be read.  A PDF may claim pages that are not there."""
    import pypdfium2

    for number in range(min(len(document), MOST_PAGES)):
        try:
            page = document[number]
        except pypdfium2.PdfiumError:
            yield None
            continue
        try:
            text = page.get_textpage()
            try:
                yield list(_lines(_signs(text.raw)))
            finally:
                text.close()
        except pypdfium2.PdfiumError:
            yield None
        finally:
            page.close()


def _signs(page: Any) -> Iterator[_Sign]:
    """The signs of a page that run from left to right; what PDFium adds, such as blanks, has no box."""
    import pypdfium2.raw as pdfium

    box = pdfium.FS_RECTF()
    reference = ctypes.byref(box)
    for at in range(min(pdfium.FPDFText_CountChars(page), MOST_SIGNS)):
        code = pdfium.FPDFText_GetUnicode(page, at)
        if not 0 < code < 0x110000 or 0xD800 <= code < 0xE000:
            continue
        text = chr(code)
        if pdfium.FPDFText_IsGenerated(page, at) == 1:
            yield _Sign(" " if text in "\r\n" else text, 0.0, 0.0, 0.0, 0.0)
        elif pdfium.FPDFText_GetLooseCharBox(page, at, reference) and _is_upright(page, at):
            yield _Sign("-" if text in _HYPHEN_MARKS else text, box.left, box.right, box.bottom, box.top)


def _is_upright(page: Any, at: int) -> bool:
    import pypdfium2.raw as pdfium

    angle = abs(pdfium.FPDFText_GetCharAngle(page, at)) % _FULL_TURN
    return bool(min(angle, _FULL_TURN - angle) < _MOST_SLANT)


_FULL_TURN, _MOST_SLANT = 2 * math.pi, 0.2


def _lines(signs: Iterator[_Sign]) -> Iterator[Line]:
    """Signs that follow each other on one line, together."""
    held: list[_Sign] = []
    last: _Sign | None = None  # the last of them that has a box and is no blank
    for sign in signs:
        is_blank = sign.text.isspace() or not sign.top
        if last is not None and not is_blank and _breaks(last, sign):
            yield from _line(held)
            held, last = [], None
        if held or not is_blank:
            held.append(sign)
            last = last if is_blank else sign
    yield from _line(held)


def _breaks(last: _Sign, sign: _Sign) -> bool:
    """Whether a sign stands elsewhere than right behind another."""
    heights = last.top - last.bottom, sign.top - sign.bottom
    shared = min(last.top, sign.top) - max(last.bottom, sign.bottom)
    if shared < 0.3 * min(heights):
        return True
    size = max(*heights, 1.0)
    return not -0.8 * size < sign.left - last.right < _WIDEST_GAP * size


def _line(held: Sequence[_Sign]) -> Iterator[Line]:
    text = " ".join("".join(sign.text for sign in held).split())
    boxes = [sign for sign in held if sign.top]
    if not text or not boxes:
        return
    tallest = max(boxes, key=lambda sign: sign.top - sign.bottom)
    left, right = min(sign.left for sign in boxes), max(sign.right for sign in boxes)
    yield Line(text, left, right, tallest.bottom, tallest.top)
