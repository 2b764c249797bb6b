"""The JSON report: one object a document, with all it takes to undo the edits."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from cleanup import __version__
from cleanup.datatypes import Candidate, Edit, Evidence, Finding, Result, Span
from cleanup.document import after_spans
from cleanup.errors import FileError

DIGITS = 4  # a ten-thousandth of a nat decides nothing, and seventeen digits hide the figure
_SURROGATE = re.compile("[\ud800-\udfff]")


def document_object(result: Result, digests: Mapping[str, str] | None = None) -> dict[str, object]:
    """What happened to one document: its edits, and as ``findings`` what was reported and left alone.

    ``digests`` (``sha256_before``, ``sha256_after``, ``encoding``) are added at the top, together with
    the tool that made the report.
    """
    given: dict[str, object] = {}
    if digests is not None:
        given = {**digests, "tool": {"name": "cleanup", "version": __version__}}
    spans = after_spans(result.edits)
    return {
        **given,
        "path": result.path,
        "spin_score": result.spin.score,
        "spin_rate": result.spin.rate,
        "spin_evidence": _evidence(result.spin.evidence),
        "findings": [finding_object(finding) for finding in result.unfixed],
        "edits": [_edit(edit, span) for edit, span in zip(result.edits, spans, strict=True)],
        "notes": list(result.notes),
    }


def check_object(result: Result) -> dict[str, object]:
    """What was found in one document, where nothing was changed: every finding, and no edits."""
    return document_object(unapplied(result))


def unapplied(result: Result) -> Result:
    """The same result with its edits not made: all of them stand among the findings."""
    return replace(result, after=result.before, edits=(), unfixed=result.findings)


def dumps(obj: object) -> str:
    r"""One line of JSON: keys sorted, floats rounded, text as it is.

    What is not finite becomes ``null``, for JSON has no infinity, and lone surrogates are escaped, for
    UTF-8 has none.

    >>> dumps({"b": 0.123456, "a": "é\udc80"})
    '{"a":"é\\udc80","b":0.1235}'
    """
    line = json.dumps(_rounded(obj), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", line)


def undo(after: str, obj: Mapping[str, object]) -> str:
    """The original text, from the corrected one and the object that reports its edits.

    Only the edited stretches can be compared here; whoever reads the file compares its digest.

    Raises: `FileError` when the text, or the object, does not fit.
    """
    path = str(obj.get("path", "report"))
    edits = obj.get("edits")
    if not isinstance(edits, list):
        raise FileError(f"{path}: the report has no edits; undo needs the report that `cleanup fix` wrote")
    pieces: list[str] = []
    done = shift = 0  # code points of `after` that are behind us; how much longer `after` is up to there
    for number, entry in enumerate(edits, 1):
        before, replacement, span, after_span = _edit_fields(path, number, entry)
        fits = span.start + shift == after_span.start >= done and len(before) == len(span)
        if not fits or len(replacement) != len(after_span) or after_span.end > len(after):
            raise FileError(
                f"{path}: edit {number} at {after_span.start}-{after_span.end} does not fit; "
                "the report is damaged or belongs to another text"
            )
        found = after[after_span.start : after_span.end]
        if found != replacement:
            raise FileError(
                f"{path}: edit {number} wrote {replacement!r} at {after_span.start}, not {found!r}; "
                "the text was changed since, or the report belongs to another text"
            )
        pieces += (after[done : after_span.start], before)
        done = after_span.end
        shift += len(replacement) - len(before)
    return "".join([*pieces, after[done:]])


def _edit_fields(path: str, number: int, entry: object) -> tuple[str, str, Span, Span]:
    """The fields of an edit that an undo needs, each of its type: anyone may have written the file."""
    fields = entry if isinstance(entry, dict) else {}
    texts = [value for name in ("text", "replacement") if isinstance(value := fields.get(name), str)]
    names = ("start", "end", "after_start", "after_end")
    offsets = [value for name in names if isinstance(value := fields.get(name), int) and value >= 0]
    if len(texts) != 2 or len(offsets) != 4:
        wanted = ", ".join(("text", "replacement", *names))
        raise FileError(
            f"{path}: edit {number} of the report lacks one of {wanted}, or it is of the wrong type"
        )
    return texts[0], texts[1], Span(offsets[0], offsets[1]), Span(offsets[2], offsets[3])


def finding_object(finding: Finding) -> dict[str, object]:
    """What every report in JSON says of a finding."""
    return {
        "start": finding.span.start,
        "end": finding.span.end,
        "text": finding.text,
        "rule": finding.rule_id,
        "severity": finding.severity.value,
        "message": finding.message,
        "confidence": finding.confidence,
        "candidates": _candidates(finding.candidates),
        "evidence": _evidence(finding.evidence),
    }


def _edit(edit: Edit, after_span: Span) -> dict[str, object]:
    return {
        **finding_object(edit.as_finding()),
        "replacement": edit.after,
        "margin": edit.margin,
        "after_start": after_span.start,
        "after_end": after_span.end,
    }


def _candidates(candidates: Sequence[Candidate]) -> list[dict[str, object]]:
    return [{"text": candidate.text, "score": candidate.score} for candidate in candidates]


def _evidence(evidence: Sequence[Evidence]) -> list[dict[str, object]]:
    return [{"kind": reason.kind, "text": reason.text} for reason in evidence]


def _rounded(value: object) -> object:
    """The value with every float in it rounded, ``-0.0`` and what is not finite made plain."""
    if isinstance(value, float):
        return round(value, DIGITS) + 0.0 if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return value
