"""The list of all changes below the text, for readers without a script and on paper."""

from __future__ import annotations

from collections.abc import Sequence

from cleanup.report.page.charts import histogram
from cleanup.report.page.summary import reasons
from cleanup.report.page.text import Entry, escaped
from cleanup.report.places import Lines

# Of a document with more changes than this the list names neither candidates nor evidence, so that a page on
# 10,000 words stays below 1 MB; the embedded data has them all.
_MANY_CHANGES = 250
_MOST_LISTED = 4


def change_list(listed: Sequence[Entry], lines: Lines, file_id: str) -> str:
    """The section with one item for each entry."""
    is_brief = len(listed) > _MANY_CHANGES
    items = "".join(_change(entry, lines, file_id, is_brief=is_brief) for entry in listed)
    note = "<p>The candidates and the evidence for each are in the embedded data.</p>\n" if is_brief else ""
    return (
        f'<section class="all" aria-labelledby="l{file_id}">'
        f'<h3 id="l{file_id}">All changes and findings</h3>\n'
        f"{histogram(listed)}{note}<ol>\n{items}</ol></section>\n"
    )


def _change(entry: Entry, lines: Lines, file_id: str, *, is_brief: bool) -> str:
    finding, edit = entry.finding, entry.edit
    words = f"<del>{escaped(finding.text)}</del> <ins>{escaped(entry.after)}</ins>"
    if edit is None:
        words = f"<mark>{escaped(finding.text)}</mark>"
    if entry.is_marked:
        words = f'<a href="#a{file_id}-{entry.number}">{words}</a>'
    line = lines.place(entry.span.start)[0]
    head = f"{words} <code>{escaped(finding.rule_id)}</code>"
    facts = f"{finding.confidence:.0%}, line {line}"
    if edit is None:
        facts = f"left as found, {facts}"
    item = f'<li id="d{file_id}-{entry.number}">'
    return (
        f"{item}{head} {facts}</li>\n" if is_brief else f"{item}<p>{head} {facts}</p>{_details(entry)}</li>\n"
    )


def _details(entry: Entry) -> str:
    """The message, the evidence and the candidates of one entry."""
    finding = entry.finding
    scores = "".join(
        f"<li><b>{escaped(candidate.text) or '(nothing)'}</b> {candidate.score:.1f}</li>"
        for candidate in finding.candidates[:_MOST_LISTED]
    )
    candidates = f'<ol class="scores">{scores}</ol>' if scores else ""
    return f"<p>{escaped(finding.message)}</p>{reasons(finding.evidence)}{candidates}"
