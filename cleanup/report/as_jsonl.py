"""JSON Lines: one finding a line, with its place and its file, for `jq`, notebooks and databases."""

from __future__ import annotations

from cleanup.datatypes import Result
from cleanup.document import after_spans
from cleanup.report.as_json import dumps, finding_object
from cleanup.report.found import found_in


def finding_lines(result: Result, *, is_repaired: bool) -> str:
    """The findings of one document, each an object on a line of its own."""
    after = zip(result.edits, after_spans(result.edits), strict=True)
    spans = {id(edit): span for edit, span in after} if is_repaired else {}
    out = []
    for found in found_in(result):
        edit = found.edit
        span = spans.get(id(edit))
        entry = {
            "path": result.path,
            "line": found.start[0],
            "column": found.start[1],
            "end_line": found.end[0],
            "end_column": found.end[1],
            **finding_object(found.finding),
            "level": found.level.value,
            "fingerprint": found.fingerprint,
            "replacement": edit.after if edit else None,
            "margin": edit.margin if edit else None,
            "after_start": span.start if span is not None else None,
            "after_end": span.end if span is not None else None,
            "repaired": is_repaired and edit is not None,
            "spin_score": result.spin.score,
        }
        out.append(f"{dumps(entry)}\n")
    return "".join(out)
