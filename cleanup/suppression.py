"""Comments by which an author tells the program to leave a place alone.

``cleanup: off`` and ``cleanup: on`` fence a region, ``cleanup: ignore`` speaks of its own line and
``cleanup: ignore-next`` of the next line that is not blank; ``[rule-id, pack]`` after either narrows it.  The
comment may be written as in HTML and Markdown (``<!-- cleanup: off -->``), as in code (``# cleanup: off``,
``// cleanup: off``), or in brackets in plain text (``[cleanup: off]``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cleanup.datatypes import Span

_NAMES = r"(?:\[(?P<names>[\w/,\s-]+)\])?"
_COMMENT = re.compile(
    rf"(?:<!--|/\*|\[|\#|//|%)[ \t]*cleanup:[ \t]*(?P<verb>off|on|ignore-next|ignore)\b[ \t]*+{_NAMES}"
    r"[ \t]*+(?:-->|\*/|\]|(?=[\r\n]|\Z))"
)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")


@dataclass(frozen=True, slots=True)
class Suppression:
    """A region where findings are silenced: those of ``names`` (rules or packs), or all when empty."""

    comment: Span
    span: Span
    names: frozenset[str]

    def silences(self, span: Span, rule_id: str) -> bool:
        """Whether a finding of the rule at the span is meant."""
        named = not self.names or rule_id in self.names or rule_id.split("/")[0] in self.names
        return named and self.span.overlaps(span)


def find_suppressions(text: str) -> list[Suppression]:
    r"""The suppressions of a text, in order; an ``off`` without ``on`` reaches to the end.

    >>> [found.span for found in find_suppressions("one [cleanup: ignore]\ntwo")]
    [Span(start=0, end=22)]
    """
    if "cleanup:" not in text:
        return []
    found: list[Suppression] = []
    opened: tuple[Span, frozenset[str]] | None = None
    for comment in _COMMENT.finditer(text):
        span, verb = Span(*comment.span()), comment["verb"]
        names = frozenset(re.findall(r"[\w/-]+", comment["names"] or ""))
        if verb == "off":
            opened = opened or (span, names)
        elif verb == "on":
            if opened:
                found.append(Suppression(opened[0], Span(opened[0].start, span.end), opened[1]))
            opened = None
        elif verb == "ignore":
            found.append(Suppression(span, _line_around(text, span.start), names))
        else:
            found.append(Suppression(span, _next_line(text, span.end), names))
    if opened:
        found.append(Suppression(opened[0], Span(opened[0].start, len(text)), opened[1]))
    return sorted(found, key=lambda item: item.comment)


def _line_around(text: str, at: int) -> Span:
    start = max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1
    line = _LINE.match(text, start)
    return Span(start, line.end() if line else len(text))


def _next_line(text: str, at: int) -> Span:
    """The first line behind the comment's own that is not blank."""
    start = _line_around(text, at).end
    while start < len(text):
        line = _LINE.match(text, start)
        end = line.end() if line else len(text)
        if text[start:end].strip():
            return Span(start, end)
        start = end
    return Span(len(text), len(text))
