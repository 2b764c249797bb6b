"""The diff report: a unified diff that GNU patch applies, byte for byte."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cleanup.datatypes import Result, Span
from cleanup.document import after_spans
from cleanup.report.places import Lines

_CONTEXT = 3  # lines around a change; `patch` finds its place again by them
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_ESCAPES = {"\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r", '"': '"', "\\": "\\"}


@dataclass(frozen=True, slots=True)
class _Change:
    """Lines ``start`` up to ``end`` (from 0) of the original become ``after``."""

    start: int
    end: int
    after: tuple[str, ...]


def unified_diff(result: Result, *, before_name: str, after_name: str) -> str:
    r"""The edits of a document as a unified diff, empty when nothing changed.

    Lines end at ``\n`` and nowhere else: a form feed, U+2028 or ``\r`` is a character of its line.  The
    hunks are made from the edits and not searched for, so the time is linear in the text.
    """
    before = _lines(result.before)
    changes = list(_changes(result))
    if not changes:
        return ""
    parts = [f"--- {_file_name(before_name)}\n+++ {_file_name(after_name)}\n"]
    shift = 0
    for hunk in _hunks(changes):
        parts.append(_hunk_text(before, hunk, shift))
        shift += sum(len(change.after) - (change.end - change.start) for change in hunk)
    return "".join(parts)


def _lines(text: str) -> list[str]:
    """The lines of a text with their line feeds; the last one may lack it."""
    return _LINE.findall(text)


def _changes(result: Result) -> Iterator[_Change]:
    """The changed runs of whole lines, in order, without the equal lines at either end."""
    lines = Lines(result.before)
    regions: list[tuple[Span, int, int]] = []  # lines, and their stretch of `after`
    for edit, after_span in zip(result.edits, after_spans(result.edits), strict=True):
        region = lines.around(edit.span)
        start = after_span.start - (edit.span.start - region.start)
        end = after_span.end + (region.end - edit.span.end)
        # An empty region is the end of the text: what is put there may continue the line before it.
        if regions and region.start < regions[-1][0].end + (not len(region)):
            last, start, _ = regions.pop()
            region = Span(last.start, max(last.end, region.end))
        regions.append((region, start, end))
    for region, start, end in regions:
        first = lines.place(region.start)[0] - 1
        before = _lines(result.before[region.start : region.end])
        if change := _trimmed(first, before, _lines(result.after[start:end])):
            yield change


def _trimmed(first: int, before: list[str], after: list[str]) -> _Change | None:
    """The change from ``before`` to ``after``, less the lines that both begin or end with."""
    if before == after:
        return None
    most = min(len(before), len(after))
    head = next((n for n in range(most) if before[n] != after[n]), most)
    tail = next((n for n in range(most - head) if before[-1 - n] != after[-1 - n]), most - head)
    return _Change(first + head, first + len(before) - tail, tuple(after[head : len(after) - tail]))


def _hunks(changes: list[_Change]) -> Iterator[list[_Change]]:
    """The changes that share context lines, together."""
    hunk: list[_Change] = []
    for change in changes:
        if hunk and change.start - hunk[-1].end > 2 * _CONTEXT:
            yield hunk
            hunk = []
        hunk.append(change)
    yield hunk


def _hunk_text(before: list[str], hunk: list[_Change], shift: int) -> str:
    """One hunk; ``shift`` is how many lines longer the corrected text is before it."""
    start = max(0, hunk[0].start - _CONTEXT)
    end = min(len(before), hunk[-1].end + _CONTEXT)
    body: list[str] = []
    done, added = start, 0
    for change in hunk:
        body += [_signed(" ", line) for line in before[done : change.start]]
        body += [_signed("-", line) for line in before[change.start : change.end]]
        body += [_signed("+", line) for line in change.after]
        added += len(change.after) - (change.end - change.start)
        done = change.end
    body += [_signed(" ", line) for line in before[done:end]]
    sides = f"-{_range(start, end - start)} +{_range(start + shift, end - start + added)}"
    return f"@@ {sides} @@\n{''.join(body)}"


def _range(start: int, length: int) -> str:
    """The lines of one side; an empty side names the line before it, as POSIX asks."""
    return f"{start + 1 if length else start},{length}"


def _signed(sign: str, line: str) -> str:
    return f"{sign}{line}" if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"


def _file_name(name: str) -> str:
    r"""A file name as git writes it: quoted when it holds signs that would end it, a tab after spaces.

    Letters outside ASCII stay, as with ``core.quotePath=false``.

    >>> _file_name('a "b".txt')
    '"a \\"b\\".txt"'
    """
    if not any(sign in _ESCAPES or not (sign.isprintable() or sign == "\xa0") for sign in name):
        return f"{name}\t" if " " in name else name
    return f'"{"".join(_escaped(sign) for sign in name)}"'


def _escaped(sign: str) -> str:
    if sign in _ESCAPES:
        return f"\\{_ESCAPES[sign]}"
    if sign.isprintable():
        return sign
    return "".join(f"\\{byte:03o}" for byte in sign.encode("utf-8", "surrogateescape"))
