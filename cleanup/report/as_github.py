"""GitHub annotations: one workflow command a finding, the surest first, for GitHub shows ten of a level."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cleanup.datatypes import Result
from cleanup.report.found import Found, Level, found_in, shared_path
from cleanup.report.visible import make_visible

#: What GitHub shows of each level for one step.
MOST_SHOWN = 10
_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


def github_annotations(results: Sequence[Result]) -> str:
    """One command a line; a first notice counts the findings where GitHub would show only some of them."""
    found = [(shared_path(result.path), each) for result in results for each in found_in(result)]
    # The order of the files and of their text decides between findings that are equally sure.
    found.sort(key=lambda pair: -pair[1].finding.confidence)
    levels = Counter(each.level for _, each in found)
    lines = [_command(path, each) for path, each in found]
    if any(count > MOST_SHOWN for count in levels.values()):
        files = len({path for path, _ in found})
        what = f"{len(found)} findings in {files} file{'s' * (files > 1)}"
        lines.insert(
            0, f"::notice title=cleanup::{what}; GitHub shows the {MOST_SHOWN} surest of each level here\n"
        )
    return "".join(lines)


def _command(path: str, found: Found) -> str:
    finding = found.finding
    where = {"file": path, "line": str(found.start[0]), "endLine": str(found.end[0])}
    if found.start[0] == found.end[0]:  # GitHub takes columns only where they are of one line
        where |= {"col": str(found.start[1]), "endColumn": str(found.end[1])}
    where["title"] = make_visible(f"{finding.rule_id} ({finding.confidence:.0%} sure)")
    properties = ",".join(f"{name}={_property(value)}" for name, value in where.items())
    reasons = "".join(f"\n{make_visible(each)}" for each in found.reasons[:2])
    message = _data(f"{make_visible(finding.message)}{reasons}")
    return f"::{_COMMANDS[found.level]} {properties}::{message}\n"


def _data(text: str) -> str:
    r"""The text as a runner reads it back.

    >>> _data("100%\r\n")
    '100%25%0D%0A'
    """
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """The text as a property, which colons and commas would end.

    >>> _property("a,b: c")
    'a%2Cb%3A c'
    """
    return _data(text).replace(":", "%3A").replace(",", "%2C")
