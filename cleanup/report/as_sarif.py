"""The SARIF 2.1.0 log: all files in one run, with the repairs as fixes, for code scanning and editors."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from cleanup import __version__
from cleanup.datatypes import Result, Severity, Span
from cleanup.report.as_json import DIGITS
from cleanup.report.found import Found, found_in, shared_path
from cleanup.report.places import Lines
from cleanup.report.visible import make_visible

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_SURROGATE = re.compile("[\ud800-\udfff]")
#: What GitHub calls the precision of a rule, by the confidence from which it is deserved.
_PRECISIONS = ((0.95, "very-high"), (0.85, "high"), (0.6, "medium"), (0.0, "low"))
_PROPOSED = {
    "thesaurus": "No rule lists these words: the thesaurus of spinners proposes the original, and it fits.",
    "terms": "A fixed term of a field of knowledge, of which a spinner replaced a word.",
}


def sarif_log(
    results: Sequence[Result], digests: Mapping[str, Mapping[str, str]], *, is_repaired: bool
) -> str:
    """One log for all documents; regions speak of the text as it was read, before any repair."""
    found = [(result, found_in(result)) for result in results]
    rules = _rules([each for _, several in found for each in several])
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "cleanup",
                "version": __version__,
                "semanticVersion": __version__,
                "shortDescription": {"text": "Finds synonym-spun phrasing and puts the author's words back."},
                "rules": rules,
            }
        },
        "language": "en",
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The directory in which cleanup was run."}}},
        "artifacts": [_artifact(result, digests.get(result.path, {})) for result in results],
        "results": [
            entry
            for number, (result, several) in enumerate(found)
            for entry in _results(number, result, several, index, is_repaired=is_repaired)
        ],
    }
    log = {"version": "2.1.0", "$schema": _SCHEMA, "runs": [run]}
    line = json.dumps(log, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # A lone surrogate is a byte that is no text; strict readers refuse it even when it is escaped.
    return _SURROGATE.sub("\ufffd", line) + "\n"


def _results(
    number: int, result: Result, found: Sequence[Found], index: Mapping[str, int], *, is_repaired: bool
) -> list[dict[str, Any]]:
    """The results of one document; ``number`` is its place among the artifacts."""
    lines = Lines(result.before)
    location = {**_location(result.path), "index": number}
    return [
        {
            "ruleId": each.finding.rule_id,
            "ruleIndex": index[each.finding.rule_id],
            "level": each.level.value,
            "message": {"text": _plain(each.finding.message)},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": location,
                        "region": {
                            **_region(result.before, each.finding.span, lines),
                            "snippet": {"text": each.finding.text},
                        },
                    }
                }
            ],
            **_fixes(result, each, location, lines),
            "partialFingerprints": {"cleanupWords/v1": each.fingerprint},
            "rank": round(100 * each.finding.confidence, 2),
            "properties": _properties(result, each, is_repaired=is_repaired),
        }
        for each in found
    ]


def _region(text: str, span: Span, lines: Lines) -> dict[str, int]:
    """The span in lines and columns, and in offsets.

    At the end of a text the standard counts on behind the last line feed and knows no empty last line.
    """
    start, end = (_place(text, offset, lines) for offset in (span.start, span.end))
    return {
        "startLine": start[0],
        "startColumn": start[1],
        "endLine": end[0],
        "endColumn": end[1],
        "charOffset": span.start,
        "charLength": len(span),
    }


def _place(text: str, offset: int, lines: Lines) -> tuple[int, int]:
    if offset == len(text) and text.endswith("\n"):
        line, column = lines.place(offset - 1)
        return line, column + 1
    return lines.place(offset)


def _fixes(result: Result, found: Found, location: Mapping[str, Any], lines: Lines) -> dict[str, Any]:
    edit = found.edit
    if edit is None:
        return {}
    replacement = {
        "deletedRegion": _region(result.before, edit.span, lines),
        "insertedContent": {"text": edit.after},
    }
    change = {"artifactLocation": dict(location), "replacements": [replacement]}
    what = f"Write “{edit.after}” for “{edit.before}”." if edit.after else f"Remove “{edit.before}”."
    return {"fixes": [{"description": {"text": _plain(what)}, "artifactChanges": [change]}]}


def _properties(result: Result, found: Found, *, is_repaired: bool) -> dict[str, Any]:
    finding, edit = found.finding, found.edit
    repaired = {} if edit is None else {"replacement": edit.after, "margin": _number(edit.margin)}
    return {
        "confidence": _number(finding.confidence),
        "severity": finding.severity.value,
        "candidates": [{"text": each.text, "score": _number(each.score)} for each in finding.candidates],
        "evidence": [{"kind": each.kind, "text": each.text} for each in finding.evidence],
        "spinScore": _number(result.spin.score),
        "repaired": is_repaired and edit is not None,
        **repaired,
    }


def _artifact(result: Result, known: Mapping[str, str]) -> dict[str, Any]:
    digest, encoding = known.get("sha256_before"), known.get("encoding")
    return {
        "location": _location(result.path),
        "roles": ["analysisTarget"],
        **({"hashes": {"sha-256": digest}} if digest else {}),
        **({"encoding": _registered(encoding)} if encoding else {}),
        "properties": {
            "spinScore": _number(result.spin.score),
            "spinRate": _number(result.spin.rate),
            "spinEvidence": [{"kind": each.kind, "text": each.text} for each in result.spin.evidence],
            "notes": list(result.notes),
        },
    }


def _location(path: str) -> dict[str, Any]:
    """Where a document lies: relative to the root of the sources, or by its whole URI."""
    shared = shared_path(path)
    if os.path.isabs(shared):
        return {"uri": PurePath(shared).as_uri()}
    known = {"description": {"text": "Standard input."}} if shared == "-" else {}
    return {"uri": quote(os.fsencode(shared)), "uriBaseId": _ROOT, **known}


def _rules(found: Sequence[Found]) -> list[dict[str, Any]]:
    """The rules that found something, by name."""
    severities: dict[str, Severity] = {}
    for each in found:
        finding = each.finding
        if severities.get(finding.rule_id) is not Severity.ERROR:
            severities[finding.rule_id] = finding.severity
    confidences = _confidences() if severities else {}
    return [_rule(name, severities[name], confidences.get(name)) for name in sorted(severities)]


def _confidences() -> dict[str, float]:
    """How sure a rule of ours is; rules of users are not asked."""
    from cleanup.rulebook import load_rulebook

    return {rule.id: rule.confidence for rule in load_rulebook().rules}


def _rule(name: str, severity: Severity, confidence: float | None) -> dict[str, Any]:
    pack, _, own = name.partition("/")
    made = _PROPOSED.get(pack)
    what = made or f"A rule of the pack {pack}: words that spinners write for others."
    show = "" if made else f" `cleanup rules show {name}` prints its forms, conditions and examples."
    leave = f" If the wording is meant, write `cleanup: ignore[{name}]` in a comment on its line."
    precision = next(word for least, word in _PRECISIONS if (confidence or 0) >= least)
    known = {} if confidence is None else {"confidence": _number(confidence), "precision": precision}
    return {
        "id": name,
        "shortDescription": {"text": f"Spun phrasing: {own.replace('-', ' ') or name}"},
        "fullDescription": {"text": what},
        "help": {
            "text": f"{what}{show}{leave}".replace("`", ""),
            "markdown": f"{what}{show}{leave}",
        },
        "defaultConfiguration": {"level": severity.value},
        "properties": {"tags": [pack], **known},
    }


def _plain(text: str) -> str:
    """The text as a plain message: no placeholder, no embedded link, nothing unseen; never empty."""
    shown = make_visible(text).replace("{", "{{").replace("}", "}}")
    return shown.replace("](", "]\u2060(") or "Looks spun."


def _number(value: float) -> float | None:
    return round(value, DIGITS) + 0.0 if math.isfinite(value) else None


def _registered(encoding: str) -> str:
    """The name of an encoding as IANA registers it, for those that texts come in.

    >>> _registered("cp1252"), _registered("utf-8"), _registered("iso8859-15")
    ('windows-1252', 'UTF-8', 'ISO-8859-15')
    """
    import codecs

    name = codecs.lookup(encoding).name.removesuffix("-sig")
    odd = {"ascii": "US-ASCII", "mac-roman": "macintosh", "big5": "Big5", "shift_jis": "Shift_JIS"}
    if name in odd:
        return odd[name]
    if name.startswith("cp125"):
        return name.replace("cp", "windows-")
    if name.startswith("iso8859"):
        return name.replace("iso8859", "ISO-8859")
    return re.sub(r"^(UTF-\d+)-([BL]E)$", r"\1\2", name.upper())
