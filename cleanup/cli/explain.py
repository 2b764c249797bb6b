"""``cleanup explain``: everything that was considered for a line, and why it was decided so."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace

from cleanup.cli.choices import Choices
from cleanup.cli.console import put
from cleanup.cli.inputs import Input, Inputs
from cleanup.datatypes import Edit, Finding, Result, Severity, Span
from cleanup.document import Document
from cleanup.errors import UsageError
from cleanup.evidence import nats
from cleanup.report.visible import make_visible
from cleanup.verdict import OPEN


def explain_place(place: str, choices: Choices) -> int:
    """Explain ``FILE`` or ``FILE:LINE``."""
    found = re.fullmatch(r"(.+?):(\d{1,9})(?::\d+)?", place)
    path, line = (found[1], int(found[2])) if found else (place, 0)
    if found and not line:
        raise UsageError(f"{place}: lines are counted from 1")
    if os.path.isdir(path):
        raise UsageError(f"{path}: is a directory: explain takes one file")
    inputs = Inputs([path], replace(choices, min_confidence=0.0))
    for document, result in inputs.results():
        put(
            "".join(
                f"{text}\n"
                for text in _lines(document, result, line, document.engine.settings.edit_threshold)
            )
        )
    return 2 if inputs.failed else 0


def _lines(source: Input, result: Result, line: int, edit_threshold: float) -> Iterator[str]:
    document = Document(result.before, kind=source.kind)
    if line > document.line_count:
        raise UsageError(f"{result.path} has {document.line_count} lines: there is no line {line}")
    span = document.line_span(line) if line else Span(0, len(result.before))
    spin = result.spin
    state = "open" if spin.score >= OPEN else "shut"
    head = f"{make_visible(result.path)}: spin score {spin.score:.2f}"
    yield f"{head} (the document gate is {state}), spin rate {spin.rate:.2f}"
    for item in spin.evidence:
        yield f"  {item.kind}: {make_visible(item.text)}"
    edits = {edit.span.end: edit for edit in result.edits}
    shown = 0
    for finding in result.findings:
        if finding.span.overlaps(span):
            shown += 1
            yield ""
            yield from _explain(document, finding, edits.get(finding.span.end), edit_threshold)
    for place in result.decided:
        if place.span.overlaps(span):
            yield ""
            yield f"decided: {place.decision.ruling.value} “{make_visible(place.decision.text)}”"
    if line:
        for held in document.protected:
            if held.span.overlaps(span):
                text = make_visible(document.text[held.span.start : held.span.end])
                yield ""
                yield f"protected as {held.reason.value}: {text if len(text) < 70 else text[:67] + '...'}"
    if not shown:
        yield ""
        yield f"nothing was suspected in line {line}" if line else "nothing was suspected"


def _explain(document: Document, finding: Finding, edit: Edit | None, edit_threshold: float) -> Iterator[str]:
    line, column = document.line_and_column(finding.span.start)
    yield f"{line}:{column} {finding.rule_id}: {make_visible(finding.message)}"
    if edit:
        after = make_visible(edit.after)
        ahead = f"{edit.margin:.1f} nats ahead of the next best reading"
        yield f"  repaired as “{after}”: confidence {finding.confidence:.2f}, {ahead}"
    else:
        why = (
            "the rule only reports"
            if finding.severity is Severity.WARNING
            else f"an edit needs {edit_threshold:.2f}"
        )
        yield f"  left alone: confidence {finding.confidence:.2f}, {why}"
    for candidate in finding.candidates:
        parts = f"channel {candidate.log_channel:.1f} + source {candidate.log_source:.1f}"
        parts += f" + document {candidate.log_evidence:.1f}"
        origin = candidate.origin
        if candidate.log_model is not None:
            origin += f"; the model: {nats(candidate.log_model)}"
        yield f"  candidate “{candidate.text}”: score {candidate.score:.1f} = {parts}  [{origin}]"
    for item in finding.evidence:
        yield f"  evidence, {item.kind}: {make_visible(item.text)}"
