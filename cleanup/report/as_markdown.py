"""The Markdown report: a comment on a pull request, with the changes of each file folded away.

All that comes from a document stands in code spans, where nothing of Markdown, no mention and no link is
read; what is said beside them is escaped sign by sign.
"""

from __future__ import annotations

import html
import re
import string
from collections.abc import Sequence

from cleanup.datatypes import Result
from cleanup.report.found import Found, Level, found_in, shared_path
from cleanup.report.visible import make_visible

#: What GitHub takes as one comment, in characters; counted in bytes of UTF-8 here, which are never fewer.
MOST = 65_536
_NOTE_ROOM = 400  # bytes kept for the closing mark-up and the note on what is left out
_SUMMARY_ROOM = MOST // 2  # bytes for the table of the files
_LONGEST = 160  # code points shown of a stretch of text
_SPECIAL = {ord(sign): f"&#{ord(sign)};" for sign in string.punctuation if sign not in "(),.;'-%?"}
# GitHub looks for mentions, issues, emoji and formulas in the finished text: a joiner stops that.
_SPECIAL |= {ord(sign): f"&#{ord(sign)};\u2060" for sign in "@#:$"}
_BARE = re.compile(r"(www)\.", re.IGNORECASE)
_QUOTED = re.compile("“([^”]*)”")
_ROW_HEAD = "| line | spun | original | sure | rule | why |\n| ---: | --- | --- | ---: | --- | --- |\n"


def markdown_report(results: Sequence[Result], *, is_repaired: bool) -> str:
    """One comment on all documents: a table of the files, then a folded table of changes for each."""
    found = [(result, several) for result in results if (several := found_in(result))]
    count = sum(len(several) for _, several in found)
    head = _head(len(results), len(found), count, is_repaired=is_repaired)
    if not found:
        return head
    parts = [head, _summary(found), "\n"]
    room = MOST - _NOTE_ROOM - sum(map(_size, parts))
    shown = files = 0
    for result, several in found:
        section, rows = _section(result, several, room)
        if not rows:
            break
        parts.append(section)
        room -= _size(section)
        shown += rows
        files += rows == len(several)
        if rows < len(several):
            break
    if shown < count:
        parts.append(_left_out(count - shown, len(found) - files))
    return "".join(parts)


def _head(read: int, files: int, count: int, *, is_repaired: bool) -> str:
    if not count:
        return f"### cleanup: nothing looks spun\n\n{_count(read, 'file')} read.\n"
    what = "What stands without “perhaps” was repaired." if is_repaired else "Nothing was changed."
    return f"### cleanup: {_count(count, 'finding')} in {files} of {_count(read, 'file')}\n\n{what}\n\n"


def _summary(found: Sequence[tuple[Result, Sequence[Found]]]) -> str:
    """The table of the files, in the order in which they were read."""
    rows = ["| file | to repair | doubtful | spin score |\n| --- | ---: | ---: | ---: |\n"]
    room = _SUMMARY_ROOM
    for result, several in found:
        sure = sum(each.level is Level.ERROR for each in several)
        cells = (_code(shared_path(result.path), _LONGEST), sure, len(several) - sure)
        row = f"| {' | '.join(map(str, cells))} | {result.spin.score:.2f} |\n"
        room -= _size(row)
        if room < 0:
            rows.append(f"| and {_count(len(found) + 1 - len(rows), 'file')} more | | | |\n")
            break
        rows.append(row)
    return "".join(rows)


def _section(result: Result, several: Sequence[Found], room: int) -> tuple[str, int]:
    """The folded table of one document in at most ``room`` bytes, and how many rows it got."""
    path = html.escape(_cut(make_visible(shared_path(result.path)), _LONGEST))
    summary = f"<summary><code>{path}</code>: {_count(len(several), 'finding')}</summary>"
    head = f"<details>\n{summary}\n\n{_ROW_HEAD}"
    tail = "\n</details>\n\n"
    room -= _size(head) + _size(tail)
    rows: list[str] = []
    for each in several:
        row = _row(each)
        room -= _size(row)
        if room < 0:
            break
        rows.append(row)
    return (f"{head}{''.join(rows)}{tail}", len(rows)) if rows else ("", 0)


def _row(found: Found) -> str:
    finding, edit = found.finding, found.edit
    if edit is not None:
        original = _code(edit.after, _LONGEST) if edit.after else "*(nothing)*"
    elif finding.candidates and finding.candidates[0].text:
        original = f"perhaps {_code(finding.candidates[0].text, _LONGEST)}"
    else:
        original = "*(open)*"
    why = found.reasons[0] if found.reasons else ""
    cells = (
        str(found.start[0]),
        _code(finding.text, _LONGEST),
        original,
        f"{finding.confidence:.0%}",
        _code(finding.rule_id, _LONGEST),
        _prose(why),
    )
    return f"| {' | '.join(cells)} |\n"


def _left_out(findings: int, files: int) -> str:
    return (
        f"{_count(findings, 'finding')} in {_count(files, 'file')} left out, for a comment holds "
        f"{MOST:,} characters. The SARIF or HTML report has them all.\n"
    )


def _prose(text: str) -> str:
    """A sentence of ours with what it quotes from the document in code spans, and all else escaped."""
    parts = _QUOTED.split(_cut(make_visible(text), 2 * _LONGEST))
    return "".join(_code(part, _LONGEST) if at % 2 else _escaped(part) for at, part in enumerate(parts))


def _escaped(text: str) -> str:
    """The text with nothing in it that Markdown or GitHub would read, not even a bare address."""
    return _BARE.sub("\\1\u2060.", text.translate(_SPECIAL))


def _code(text: str, most: int) -> str:
    """The text as code that holds it whatever it is, in a cell of a table.

    A pipe would end the cell even in a code span, and programs differ on a backslash before it, so what has
    one is written as HTML, sign by sign.

    >>> _code("b `c`", 20), _code("a|b", 20)
    ('`` b `c` ``', '<code>a&#124;b</code>')
    """
    shown = _cut(make_visible(text), most)
    if not shown.strip(" "):  # a code span of blanks only is none
        return f"*({_count(len(shown), 'blank')})*" if shown else "*(nothing)*"
    if "|" in shown:
        return f"<code>{shown.translate(_SPECIAL)}</code>"
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    blank = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{blank}{shown}{blank}{fence}"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _size(text: str) -> int:
    return len(text.encode("utf-8"))
