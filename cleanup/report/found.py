"""Findings as other programs want them: one place each, a level, and a name that outlives other edits."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from cleanup.datatypes import Edit, Finding, Result
from cleanup.report.places import Lines

#: From this confidence a finding is shown without being asked for; below it is a note.
SHOWN = 0.5
_CONTEXT = 3  # words on each side that tell two findings of the same words apart
_WINDOW = 200  # code points on each side in which these words are looked for
_WORD = re.compile(r"\w+")


class Level(StrEnum):
    """What a finding weighs: an error is sure enough to repair, a warning is shown, a note was asked for."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Found:
    """A finding in its document; ``edit`` is the repair where one is made or would be.

    ``start`` and ``end`` are lines and columns from 1, the columns in code points, the end exclusive.
    """

    finding: Finding
    edit: Edit | None
    start: tuple[int, int]
    end: tuple[int, int]
    fingerprint: str

    @property
    def reasons(self) -> tuple[str, ...]:
        """What speaks for the finding, less what its candidates say already."""
        return tuple(each.text for each in self.finding.evidence if each.kind != "channel")

    @property
    def level(self) -> Level:
        """What the finding weighs."""
        if self.edit is not None:
            return Level.ERROR
        return Level.WARNING if self.finding.confidence >= SHOWN else Level.NOTE


def found_in(result: Result) -> list[Found]:
    """The edits and the findings of a document, in the order of its text."""
    lines = Lines(result.before)
    both: list[tuple[Finding, Edit | None]] = [(edit.as_finding(), edit) for edit in result.edits]
    both += [(finding, None) for finding in result.unfixed]
    both.sort(key=lambda pair: (pair[0].span, pair[0].rule_id))
    seen: Counter[str] = Counter()
    out = []
    for finding, edit in both:
        name = _content(result.before, finding)
        seen[name] += 1
        place = (lines.place(finding.span.start), lines.place(finding.span.end))
        out.append(Found(finding, edit, *place, _digest(name, str(seen[name]))))
    return out


def shared_path(path: str) -> str:
    """The path as a repository knows it: below the working directory, with slashes and no dot segments.

    What lies elsewhere keeps its absolute path; ``-`` is standard input.

    >>> shared_path("./docs//a.md")
    'docs/a.md'
    """
    if path in {"", "-"}:
        return "-"
    here = os.getcwd()
    whole = os.path.normpath(os.path.join(here, path))
    below = whole.removeprefix(here.rstrip(os.sep) + os.sep)
    return below.replace(os.sep, "/")


def fingerprint_in(path: str, found: Found) -> str:
    """The fingerprint of a finding among those of many files."""
    return _digest(shared_path(path), found.fingerprint)


def _content(text: str, finding: Finding) -> str:
    """What the finding is, wherever it stands: rule, words, and the words around them."""
    start, end = finding.span.start, finding.span.end
    left = _WORD.findall(text[max(0, start - _WINDOW) : start])[-_CONTEXT:]
    right = _WORD.findall(text[end : end + _WINDOW])[:_CONTEXT]
    parts = (finding.rule_id, " ".join(left), " ".join(finding.text.split()), " ".join(right))
    return "\0".join(parts).casefold()


def _digest(*parts: str) -> str:
    data = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()[:32]
