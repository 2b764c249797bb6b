"""The terminal view: what changed, word by word, and what was found, line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cleanup.datatypes import Edit, Evidence, Result, Span
from cleanup.report.places import Lines
from cleanup.report.terminal import shared_ends, styled
from cleanup.report.visible import make_visible

_MARKS = {"removed": ("[-", "-]"), "added": ("{+", "+}")}
_CONTEXT = 6  # words on each side of a change, where the line is too long to be shown whole
_REACH = 400  # code points on each side in which these words are looked for: a line may be a whole book
_WHOLE_LINE = 100  # code points: longer lines are paragraphs, when no width is given

_WORDS = re.compile(r"\s+|\S+")
_WORD = re.compile(r"\S+")


def render_fix(result: Result, *, colour: bool, width: int) -> str:
    """Every edit of a document: the line it stands in with the words marked, and a line of reasons.

    ``width`` is that of the terminal in columns; 0 means no limit, and reasons are not cut.
    """
    lines = Lines(result.before)
    out: list[str] = []
    for cluster in _clusters(result, lines):
        out.append(f"  {_excerpt(result.before, cluster, lines, colour=colour, width=width)}\n")
        for edit in cluster:
            place = _place(result.path, lines, edit.span.start)
            reason = f"{edit.confidence:.2f} {_reason(edit.message, edit.evidence)}"
            room = width - len(place) - len(edit.rule_id) - 2 if width else 0
            tail = _cut(make_visible(reason), room) if width else make_visible(reason)
            rule = styled(make_visible(edit.rule_id), "rule", colour=colour)
            out.append(f"{styled(place, 'strong', colour=colour)} {rule} {tail}\n")
        out.append("\n")
    return "".join(out)


def render_check(results: Result | Sequence[Result], *, colour: bool) -> str:
    """Every finding as ``path:line:col rule message``, one a line, the column in code points from 1."""
    out: list[str] = []
    for result in [results] if isinstance(results, Result) else results:
        lines = Lines(result.before)
        for finding in result.findings:
            place = styled(_place(result.path, lines, finding.span.start), "strong", colour=colour)
            rule = styled(make_visible(finding.rule_id), "rule", colour=colour)
            out.append(f"{place} {rule} {make_visible(finding.message)}\n")
    return "".join(out)


def summary_line(result: Result) -> str:
    """What happened to a document in one line, such as ``a.txt: 52 changes, 3 left, spin score 0.98``."""
    changes = "1 change" if len(result.edits) == 1 else f"{len(result.edits)} changes"
    left = len(result.unfixed)
    return f"{make_visible(result.path)}: {changes}, {left} left, spin score {result.spin.score:.2f}"


def _place(path: str, lines: Lines, offset: int) -> str:
    line, column = lines.place(offset)
    return f"{make_visible(path)}:{line}:{column}"


def _reason(message: str, evidence: Sequence[Evidence]) -> str:
    return f"{message} ({evidence[0].text})" if evidence else message


def _clusters(result: Result, lines: Lines) -> Iterator[list[Edit]]:
    """Edits whose contexts touch, together: one excerpt shows them all."""
    cluster: list[Edit] = []
    for edit in result.edits:
        if cluster:
            last = cluster[-1].span
            gap = result.before[last.end : edit.span.start]
            same_line = lines.around(last).overlaps(lines.around(edit.span))
            if not same_line or len(gap.split()) > 2 * _CONTEXT:
                yield cluster
                cluster = []
        cluster.append(edit)
    if cluster:
        yield cluster


def _excerpt(text: str, cluster: list[Edit], lines: Lines, *, colour: bool, width: int) -> str:
    """The line with its changes marked, or the words around them where the line is long."""
    span = Span(cluster[0].span.start, cluster[-1].span.end)
    line = lines.around(span)
    if len(line) > (width or _WHOLE_LINE):
        left, right = _last_words(text, line.start, span.start), _first_words(text, span.end, line.end)
    else:
        left, right = text[line.start : span.start].lstrip(), text[span.end : line.end].rstrip()
    parts = [styled(make_visible(left), "quiet", colour=colour)]
    done = span.start
    for edit in cluster:
        parts.append(styled(make_visible(text[done : edit.span.start]), "quiet", colour=colour))
        parts.append(_marked(edit.before, edit.after, colour=colour))
        done = edit.span.end
    parts.append(styled(make_visible(right), "quiet", colour=colour))
    return "".join(parts)


def _last_words(text: str, start: int, end: int) -> str:
    reach = text[max(start, end - _REACH) : end].lstrip()
    starts = [match.start() for match in _WORD.finditer(reach)]
    if len(starts) > _CONTEXT:
        return f"… {reach[starts[-_CONTEXT] :]}"
    return f"…{reach}" if end - _REACH > start else reach


def _first_words(text: str, start: int, end: int) -> str:
    reach = text[start : min(end, start + _REACH)].rstrip()
    ends = [match.end() for match in _WORD.finditer(reach)]
    if len(ends) > _CONTEXT:
        return f"{reach[: ends[_CONTEXT - 1]]} …"
    return f"{reach}…" if start + _REACH < end else reach


def _marked(before: str, after: str, *, colour: bool) -> str:
    """The two sides of an edit with only the words that differ marked."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    head, tail = shared_ends(old, new)
    kept_left, kept_right = "".join(old[:head]), "".join(old[len(old) - tail :])
    removed, added = "".join(old[head : len(old) - tail]), "".join(new[head : len(new) - tail])
    marks = (_mark(removed, "removed", colour=colour), _mark(added, "added", colour=colour))
    return f"{make_visible(kept_left)}{marks[0]}{marks[1]}{make_visible(kept_right)}"


def _mark(text: str, style: str, *, colour: bool) -> str:
    if not text:
        return ""
    left, right = ("", "") if colour else _MARKS[style]
    return styled(f"{left}{make_visible(text)}{right}", style, colour=colour)


def _cut(text: str, room: int) -> str:
    """The text, cut between words where it has more than ``room`` code points."""
    room = max(room, 20)  # a reason of less than that is none
    if len(text) <= room:
        return text
    return f"{text[: room - 1].rsplit(' ', 1)[0]}…"
