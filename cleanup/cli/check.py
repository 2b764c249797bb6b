"""``cleanup check``: report, and write nothing but the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os.path import splitext

from cleanup.cli.choices import Choices
from cleanup.cli.console import has_colour, put, put_bytes, say
from cleanup.cli.inputs import STDIN, Input, Inputs
from cleanup.datatypes import Result
from cleanup.report import CHECKERS, ENDINGS, WHOLE, Digests, format_of, to_bytes
from cleanup.report.as_text import render_check


@dataclass(frozen=True, slots=True)
class Sheet:
    """A report that is being made: its format, and the file it goes to, empty for standard output."""

    format: str
    path: str = ""


def sheets_of(output_format: str, output: str, reports: Sequence[str]) -> list[Sheet]:
    """What is asked for, first what would be printed.

    Raises: `UsageError` for an ending that names no format.
    """
    written = [Sheet(format_of(path), path) for path in reports]
    name = output_format or ENDINGS.get(splitext(output)[1], "text")
    return [Sheet(name, "" if output == "-" else output), *written]


def check_paths(paths: Sequence[str], choices: Choices, sheets: Sequence[Sheet], fail_on: str) -> int:
    """Report the findings of every document; the exit status says whether any of them counts."""
    inputs = Inputs(paths, choices)
    keeps = any(sheet.path or sheet.format in WHOLE for sheet in sheets)
    _refuse_rivals([path for path in paths if path != STDIN], sheets)  # also what is skipped was named
    kept: list[Result] = []
    digests: dict[str, Mapping[str, str]] = {}
    read = findings = files = 0
    fails = False
    for document, result in inputs.results():
        read += 1
        if keeps:
            _refuse_rivals([] if document.is_stdin else [document.path], sheets)
            kept.append(result)
            digests[result.path] = _known(document)
        for sheet in sheets:
            if not sheet.path and sheet.format not in WHOLE:
                _print(sheet.format, result)
        findings += len(result.findings)
        files += bool(result.findings)
        fails = fails or bool(result.edits if fail_on == "error" else result.findings)
    for sheet in sheets:
        _finish(sheet, kept, digests)
    if findings and sheets[0].format == "text" and not choices.quiet:
        say(f"{findings} finding{'s' * (findings > 1)} in {files} of {read} file{'s' * (read > 1)}")
    if inputs.failed:
        return 2
    return int(fails and fail_on != "never")


def _print(name: str, result: Result) -> None:
    """The findings of one document, in a format that is written document by document."""
    if name == "text":
        if result.findings:
            put(render_check(result, colour=has_colour()))
    else:
        put(CHECKERS[name]([result], {}))


def _finish(sheet: Sheet, results: Sequence[Result], digests: Digests) -> None:
    """Write a report on all documents; the page is left out where there was nothing to read."""
    if not sheet.path and (sheet.format not in WHOLE or (sheet.format == "html" and not results)):
        return
    # What is printed document by document has no digests either, and is the same in a file.
    known = digests if sheet.format in WHOLE else {}
    data = to_bytes(sheet.format, CHECKERS[sheet.format](results, known))
    if sheet.path:
        from cleanup.files import write_atomic

        write_atomic(sheet.path, data)
    else:
        put_bytes(data)


def _known(document: Input) -> Mapping[str, str]:
    from cleanup.files import sha256

    return {"sha256_before": sha256(document.data), "encoding": document.decoded.encoding}


def _refuse_rivals(paths: Sequence[str], sheets: Sequence[Sheet]) -> None:
    """Stop before a report would take the place of a text."""
    targets = [sheet.path for sheet in sheets if sheet.path]
    if not targets:
        return
    from cleanup.errors import UsageError
    from cleanup.files import is_same_file

    for target in targets:
        if any(is_same_file(target, path) for path in paths):
            raise UsageError(f"{target} would overwrite a text: choose another name for the report")
