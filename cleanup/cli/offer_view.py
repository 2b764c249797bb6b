"""How a change is shown to the one who decides about it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cleanup.cli.layout import Piece, marked, wrapped
from cleanup.cli.session import Offer, Session
from cleanup.datatypes import Ruling
from cleanup.report.places import Lines
from cleanup.report.visible import make_visible

_KEYS = {
    "y": "accept this change",
    "n": "reject it: the text stays as it is, and is not reported again",
    "e": "write another replacement",
    "a": "accept this change and all later ones in the file",
    "d": "reject this change and all later ones in the file",
    "u": "undo the last decision",
    "s": "skip this change for now",
    "q": "quit: keep what was decided, and write the text and the report",
    "?": "show this help",
}

_WORDS_AROUND = 20
_REACH = 400  # code points that are looked at for them
_SHOWN = 5  # candidates, and pieces of evidence
_PARAGRAPH = re.compile(r"(?:\r\n|\n|\r)[^\S\r\n]*(?:\r\n|\n|\r)")
_NAMES = {
    Ruling.ACCEPT: "accepted before",
    Ruling.REJECT: "rejected before",
    Ruling.BASELINE: "known from the baseline",
}


def show_help(*, width: int) -> str:
    """What each key does."""
    lines = (
        f"  {key}  {wrapped([(meaning, '')], width, colour=False, indent=' ' * 5).lstrip()}"
        for key, meaning in _KEYS.items()
    )
    return "".join(lines)


def show_offer(session: Session, offer: Offer, progress: str, *, width: int, colour: bool) -> str:
    """A change in its context, with what speaks for it."""
    line, column = Lines(session.result.before).place(offer.span.start)
    place = f"{make_visible(session.source.path)}:{line}:{column}"
    lines = [
        "\n",
        wrapped([(place, "strong"), (f" {progress}", "quiet")], width, colour=colour, indent=""),
        "\n",
        wrapped(_context(session.result.before, offer, colour=colour), width, colour=colour),
        "\n",
    ]
    lines += [wrapped(pieces, width, colour=colour) for pieces in _reasons(session, offer)]
    return "".join(lines)


def _context(text: str, offer: Offer, *, colour: bool) -> list[Piece]:
    """The words around a change, with the change marked."""
    start, end = offer.span.start, offer.span.end
    left, right = text[max(0, start - _REACH) : start], text[end : end + _REACH]
    has_left, has_right = start > _REACH, len(text) > end + _REACH
    paragraphs = _PARAGRAPH.split(left)
    left, has_left = paragraphs[-1], has_left and len(paragraphs) == 1
    paragraphs = _PARAGRAPH.split(right)
    right, has_right = paragraphs[0], has_right and len(paragraphs) == 1
    before, after = left.split(), right.split()
    if len(before) > _WORDS_AROUND or has_left:
        before = ["…", *before[-_WORDS_AROUND:]]
    if len(after) > _WORDS_AROUND or has_right:
        after = [*after[:_WORDS_AROUND], "…"]
    gap_left = " " if left[-1:].isspace() else ""
    gap_right = " " if right[:1].isspace() else ""
    proposed = None if offer.after is None else _plain(offer.after)
    return [
        (make_visible(" ".join(before)) + gap_left, ""),
        *marked(_plain(offer.before), proposed, colour=colour),
        (gap_right + make_visible(" ".join(after)), ""),
    ]


def _plain(text: str) -> str:
    return make_visible(" ".join(text.split()))


def _reasons(session: Session, offer: Offer) -> Iterator[list[Piece]]:
    yield [
        (make_visible(offer.rule_id), "rule"),
        (f" confidence {offer.confidence:.2f}: {make_visible(offer.message)}", ""),
    ]
    before = session.earlier(offer)
    if before is not None:
        yield [(_NAMES[before.ruling], "strong")]
    if offer.after is None:
        yield [("nothing is proposed: the rule only reports", "quiet")]
    if len(offer.candidates) > 1:
        listed = ", ".join(f"“{item.text}” {item.score:.1f}" for item in offer.candidates[:_SHOWN])
        yield [("candidates: ", "quiet"), (make_visible(listed), "")]
    for item in offer.evidence[:_SHOWN]:
        yield [(f"{item.kind}: ", "quiet"), (make_visible(item.text), "")]
