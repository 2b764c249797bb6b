"""Reports: everything people and programs get to see, made from `Result` alone.

Each format is a module of its own and is imported when its writer is first called, so that a hook
which prints one line never pays for the HTML page.  A writer takes results and what is known of their
files, and returns text that ends with a line feed or is empty; it is to be written without newline
translation.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from cleanup.datatypes import Result
from cleanup.errors import UsageError

Digests: TypeAlias = Mapping[str, Mapping[str, str]]
"""What is known of each file, by its path: ``sha256_before``, ``sha256_after``, ``encoding``."""

Writer: TypeAlias = Callable[[Sequence[Result], Digests], str]


def _fix_text(results: Sequence[Result], _digests: Digests) -> str:
    from cleanup.report.as_text import render_fix, summary_line

    views = ((render_fix(result, colour=False, width=0), summary_line(result)) for result in results)
    return "".join(f"{changes}{summary}\n" for changes, summary in views)


def _fix_diff(results: Sequence[Result], _digests: Digests) -> str:
    from cleanup.report.as_diff import unified_diff

    diffs = (unified_diff(result, before_name=result.path, after_name=result.path) for result in results)
    return "".join(diffs)


def _fix_json(results: Sequence[Result], digests: Digests) -> str:
    from cleanup.report.as_json import document_object, dumps

    return "".join(f"{dumps(document_object(result, digests.get(result.path)))}\n" for result in results)


def _fix_html(results: Sequence[Result], digests: Digests) -> str:
    from cleanup.report.as_html import html_report

    return html_report(results, digests)


def _check_text(results: Sequence[Result], _digests: Digests) -> str:
    from cleanup.report.as_text import render_check

    return render_check(results, colour=False)


def _check_json(results: Sequence[Result], _digests: Digests) -> str:
    from cleanup.report.as_json import check_object, dumps

    return "".join(f"{dumps(check_object(result))}\n" for result in results)


def _check_html(results: Sequence[Result], digests: Digests) -> str:
    from cleanup.report.as_html import html_report
    from cleanup.report.as_json import unapplied

    return html_report([unapplied(result) for result in results], digests)


def _fix_sarif(results: Sequence[Result], digests: Digests) -> str:
    from cleanup.report.as_sarif import sarif_log

    return sarif_log(results, digests, is_repaired=True)


def _check_sarif(results: Sequence[Result], digests: Digests) -> str:
    from cleanup.report.as_sarif import sarif_log

    return sarif_log(results, digests, is_repaired=False)


def _github(results: Sequence[Result], _digests: Digests) -> str:
    from cleanup.report.as_github import github_annotations

    return github_annotations(results)


def _gitlab(results: Sequence[Result], _digests: Digests) -> str:
    from cleanup.report.as_gitlab import gitlab_report

    return gitlab_report(results)


def _fix_jsonl(results: Sequence[Result], _digests: Digests) -> str:
    from cleanup.report.as_jsonl import finding_lines

    return "".join(finding_lines(result, is_repaired=True) for result in results)


def _check_jsonl(results: Sequence[Result], _digests: Digests) -> str:
    from cleanup.report.as_jsonl import finding_lines

    return "".join(finding_lines(result, is_repaired=False) for result in results)


def _fix_markdown(results: Sequence[Result], _digests: Digests) -> str:
    from cleanup.report.as_markdown import markdown_report

    return markdown_report(results, is_repaired=True)


def _check_markdown(results: Sequence[Result], _digests: Digests) -> str:
    from cleanup.report.as_markdown import markdown_report

    return markdown_report(results, is_repaired=False)


WRITERS: Mapping[str, Writer] = MappingProxyType(
    {
        "text": _fix_text,
        "diff": _fix_diff,
        "json": _fix_json,
        "jsonl": _fix_jsonl,
        "html": _fix_html,
        "sarif": _fix_sarif,
        "github": _github,
        "gitlab": _gitlab,
        "markdown": _fix_markdown,
    }
)
"""Reports on edits, by the name of the format; JSON is one line a document, JSON Lines one a finding."""

CHECKERS: Mapping[str, Writer] = MappingProxyType(
    {
        "text": _check_text,
        "diff": _fix_diff,
        "json": _check_json,
        "jsonl": _check_jsonl,
        "html": _check_html,
        "sarif": _check_sarif,
        "github": _github,
        "gitlab": _gitlab,
        "markdown": _check_markdown,
    }
)
"""Reports on findings where nothing was changed; the diff is what a repair would do."""

WHOLE = frozenset({"html", "sarif", "github", "gitlab", "markdown"})
"""Formats that are one document on all results; the others are written result by result."""

SCHEMAS = ("json", "jsonl")
"""Formats of our own that have a JSON Schema, in ``schemas``."""

ENDINGS: Mapping[str, str] = MappingProxyType(
    {
        ".html": "html",
        ".json": "json",
        ".jsonl": "jsonl",
        ".diff": "diff",
        ".md": "markdown",
        ".sarif": "sarif",
        ".txt": "text",
    }
)
"""The format of a report by the ending of its file."""


def format_of(path: str) -> str:
    """The format that the ending of a report's name stands for.

    Raises:
        UsageError: when it stands for none.

    """
    suffix = os.path.splitext(path)[1]
    if suffix not in ENDINGS:
        raise UsageError(f"--report {path}: end the name with one of {', '.join(ENDINGS)}")
    return ENDINGS[suffix]


def to_bytes(name: str, report: str) -> bytes:
    """A report in UTF-8; bytes of a document that are no text come back as they were where that is safe."""
    return report.encode("utf-8", "replace" if name == "html" else "surrogateescape")
