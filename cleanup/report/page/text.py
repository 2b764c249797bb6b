"""The text of the page: before and after next to each other, line by line, with marks on the words."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cleanup.datatypes import Edit, Finding, Result, Span
from cleanup.report.visible import UNSEEN, code_point

_WORDS = re.compile(r"\s+|\S+")


@dataclass(frozen=True, slots=True)
class Entry:
    """A change or an unfixed finding under the ``number`` that its marks and its details share.

    ``is_marked`` is false for a finding that overlaps an edit or an earlier finding: it is listed, and
    has no mark of its own in the text.
    """

    number: int
    finding: Finding
    edit: Edit | None
    is_marked: bool

    @property
    def span(self) -> Span:
        """Where it stands in the original text."""
        return self.finding.span

    @property
    def after(self) -> str:
        """What stands there in the corrected text."""
        return self.finding.text if self.edit is None else self.edit.after


def entries(result: Result) -> list[Entry]:
    """Edits and unfixed findings in the order of the text, numbered from 1."""
    edits = [(edit.as_finding(), edit) for edit in result.edits]
    both = [*edits, *((finding, None) for finding in result.unfixed)]
    both.sort(key=lambda pair: (pair[0].span, pair[1] is None))
    taken = [edit.span for edit in result.edits]
    numbered: list[Entry] = []
    next_edit = done = 0
    for number, (finding, edit) in enumerate(both, 1):
        while next_edit < len(taken) and taken[next_edit].end <= finding.span.start:
            next_edit += 1
        is_free = next_edit == len(taken) or finding.span.end <= taken[next_edit].start
        is_marked = edit is not None or (is_free and finding.span.start >= done)
        done = max(done, finding.span.end) if is_marked else done
        numbered.append(Entry(number, finding, edit, is_marked))
    return numbered


def escaped(text: str) -> str:
    """The text as HTML, with the characters that would act unseen shown as signs."""
    return UNSEEN.sub(_sign, html.escape(text, quote=True))


def _sign(match: re.Match[str]) -> str:
    # Fonts that draw ␛ are rarer than those that draw the digits of its number.
    return match[0] if match[0] in "\n\t" else f'<b class="k">{code_point(match[0])}</b>'


def text_table(result: Result, listed: Sequence[Entry], file_id: str) -> str:
    """The table of lines: line number, before, after; without edits there is one column of text."""
    marked = [entry for entry in listed if entry.is_marked]
    has_edits = bool(result.edits)
    columns = ("Before", "After") if has_edits else ("Text",)
    heads = "".join(f'<th scope="col">{name}</th>' for name in columns)
    kind = "text" if has_edits else "text solo"
    rows = "".join(_rows(result.before, marked, file_id, has_edits=has_edits))
    return (
        f'<table class="{kind}"><thead><tr><th scope="col" class="n">Line</th>{heads}</tr></thead>'
        f"<tbody>\n{rows}</tbody></table>\n"
    )


def _rows(text: str, marked: Sequence[Entry], file_id: str, *, has_edits: bool) -> Iterator[str]:
    """A row for each line that holds anything; a gap above it stands for blank lines."""
    is_after_gap = False
    line = 1
    for span, held in _row_spans(text, marked):
        source = text[span.start : span.end]
        number = line
        line += source.count("\n")
        if not source.strip() and not held:
            is_after_gap = True
            continue
        before, after = _cells(text, span, held, file_id)
        kinds = [name for name, is_so in (("g", is_after_gap), ("s", not held)) if is_so]
        opening = f'<tr class="{" ".join(kinds)}">' if kinds else "<tr>"
        first = f'<td dir="auto">{before}</td>' if has_edits else ""
        yield f'{opening}<th scope="row" class="n">{number}</th>{first}<td dir="auto">{after}</td></tr>\n'
        is_after_gap = False


def _row_spans(text: str, marked: Sequence[Entry]) -> Iterator[tuple[Span, list[Entry]]]:
    """The lines of the text with the marks in them; a mark across line ends holds its lines together."""
    waiting = list(reversed(marked))
    start = 0
    for end in [*_row_ends(text, marked), len(text)]:
        held: list[Entry] = []
        while waiting and (waiting[-1].span.start < end or end == len(text)):
            held.append(waiting.pop())
        yield Span(start, end), held
        start = end


def _row_ends(text: str, marked: Sequence[Entry]) -> Iterator[int]:
    """The offset behind every line feed that no mark covers."""
    position = next_mark = 0
    while (feed := text.find("\n", position)) >= 0:
        while next_mark < len(marked) and marked[next_mark].span.end <= feed:
            next_mark += 1
        if next_mark < len(marked) and marked[next_mark].span.start <= feed:
            position = marked[next_mark].span.end
        else:
            position = feed + 1
            yield position


def _cells(text: str, row: Span, held: Sequence[Entry], file_id: str) -> tuple[str, str]:
    """Both sides of a row, its line end left off."""
    before: list[str] = []
    after: list[str] = []
    done = row.start
    for entry in held:
        between = escaped(text[done : entry.span.start])
        before += (between, _mark(entry, file_id, "b"))
        after += (between, _mark(entry, file_id, "a"))
        done = entry.span.end
    rest = escaped(text[done : row.end].removesuffix("\n").removesuffix("\r"))
    return "".join([*before, rest]), "".join([*after, rest])


def _mark(entry: Entry, file_id: str, side: str) -> str:
    """A link from the marked words to their details: it takes the focus, and works without a script.

    The words that both readings share stay unmarked.  The side of the outcome holds the old words as well:
    they are shown where the two readings stand in one column.
    """
    name = f"{file_id}-{entry.number}"
    opening = f'<a href="#d{name}" id="{side}{name}">'
    if entry.edit is None:
        return f"{opening}<mark>{escaped(entry.finding.text)}</mark></a>"
    lead, old, new, tail = word_parts(entry.edit.before, entry.edit.after)
    is_whole = not (lead or tail)
    old = f"<del>{escaped(old)}</del>" if old or is_whole else ""
    new = f"<ins>{escaped(new)}</ins>" if side == "a" and (new or is_whole) else ""
    return f"{opening}{escaped(lead)}{old}{new}{escaped(tail)}</a>"


def word_parts(before: str, after: str) -> tuple[str, str, str, str]:
    """The words that both begin with, those of ``before``, those of ``after``, those that both end with.

    >>> word_parts("has stated it", "has said it")
    ('has ', 'stated', 'said', ' it')
    """
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    most = min(len(old), len(new))
    head = next((at for at in range(most) if old[at] != new[at]), most)
    most -= head
    tail = next((at for at in range(most) if old[-1 - at] != new[-1 - at]), most)
    old_end, new_end = len(old) - tail, len(new) - tail
    parts = old[:head], old[head:old_end], new[head:new_end], old[old_end:]
    return "".join(parts[0]), "".join(parts[1]), "".join(parts[2]), "".join(parts[3])
