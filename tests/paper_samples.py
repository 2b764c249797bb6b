"""Papers made in the tests: PDFs with columns, ligatures, broken words, running heads, references."""

from __future__ import annotations

import io
from collections.abc import Sequence

from reportlab.pdfgen.canvas import Canvas

from cleanup.screening.screen import Phrase, Standing

CLEAN = (
    "We report what forty ringed storks did in two winters. The birds were weighed in autumn and again in spring, "
    "and each carried a small tag that sent its place once an hour. We then asked whether those that stayed near "
    "the rubbish dumps came back heavier, which the townspeople had long believed. They did not. The heavier birds "
    "were those that had crossed the strait, and they were also the older ones."
)


def odd_phrases(count: int) -> tuple[Phrase, ...]:
    """So many different phrases, all on page or line 3."""
    rule, why = "terms/even-word", "so"
    return tuple(
        Phrase(f"odd {letter}word", "even word", rule, 0.9, Standing.ALONE, why, 3, "An ", " stood here.")
        for letter in "abcdefghijklmnopqrstuvwxyz"[:count]
    )


def pdf(
    pages: Sequence[Sequence[tuple[float, float, str]]],
    *,
    size: float = 10,
    title: str = "",
    **options: object,
) -> bytes:
    """A PDF with text at places: for each page, points from the left and from the bottom, and the text."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(600, 800), invariant=1, **options)
    if title:
        canvas.setTitle(title)
    for page in pages:
        for left, bottom, text in page:
            canvas.setFont("Times-Roman", size)
            canvas.drawString(left, bottom, text)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def wrapped(text: str, width: int) -> list[str]:
    """Text in lines of so many signs; the words stay whole."""
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line]


def column(
    lines: Sequence[str], left: float, top: float, leading: float = 12
) -> list[tuple[float, float, str]]:
    """Lines one below another."""
    return [(left, top - leading * at, line) for at, line in enumerate(lines)]


def two_columns(
    left: Sequence[str], right: Sequence[str], *, head: str = "", foot: str = ""
) -> list[tuple[float, float, str]]:
    """A page with two columns, drawn line by line across both, which is the worst order."""
    both = [*column(left, 50, 700), *column(right, 320, 700)]
    page = sorted(both, key=lambda place: (-place[1], place[0]))
    if head:
        page.insert(0, (200, 770, head))
    if foot:
        page.append((290, 30, foot))
    return page
