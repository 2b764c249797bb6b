"""The Code Quality report of GitLab: one JSON array for all files."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cleanup.datatypes import Result
from cleanup.report.as_json import dumps
from cleanup.report.found import Found, Level, fingerprint_in, found_in, shared_path
from cleanup.report.visible import make_visible

_SEVERITIES = {Level.ERROR: "major", Level.WARNING: "minor", Level.NOTE: "info"}
_SURROGATE = re.compile("[\ud800-\udfff]")


def gitlab_report(results: Sequence[Result]) -> str:
    """The array, one finding a line."""
    found = [(result.path, each) for result in results for each in found_in(result)]
    entries = ",\n".join(dumps(_entry(path, each)) for path, each in found)
    return f"[{entries}]\n"


def _entry(path: str, found: Found) -> dict[str, object]:
    finding = found.finding
    return {
        "description": make_visible(f"{finding.message} ({finding.confidence:.0%} sure)"),
        "check_name": make_visible(finding.rule_id),
        "fingerprint": fingerprint_in(path, found),
        "severity": _SEVERITIES[found.level],
        "location": {
            "path": _SURROGATE.sub("\ufffd", shared_path(path)),
            "lines": {"begin": found.start[0], "end": found.end[0]},
        },
    }
