"""``cleanup check``: report and write nothing."""

from __future__ import annotations

from collections.abc import Sequence

from cleanup.cli.choices import Choices
from cleanup.cli.console import has_colour, put, say
from cleanup.cli.inputs import Inputs
from cleanup.datatypes import Result
from cleanup.files import sha256
from cleanup.report import CHECKERS
from cleanup.report.as_text import render_check


def check_paths(paths: Sequence[str], choices: Choices, output_format: str, fail_on: str) -> int:
    """Report the findings of every document; the exit status says whether any of them counts."""
    inputs = Inputs(paths, choices)
    kept: list[Result] = []
    digests: dict[str, dict[str, str]] = {}
    read = findings = files = 0
    fails = False
    for document, result in inputs.results():
        read += 1
        if output_format == "html":
            kept.append(result)
            digests[result.path] = {
                "sha256_before": sha256(document.data),
                "encoding": document.decoded.encoding,
            }
        elif output_format == "text" and result.findings:
            put(render_check(result, colour=has_colour()))
        elif output_format != "text":
            put(CHECKERS[output_format]([result], {}))
        findings += len(result.findings)
        files += bool(result.findings)
        fails = fails or bool(result.edits if fail_on == "error" else result.findings)
    if kept:
        put(CHECKERS[output_format](kept, digests).encode("utf-8", "replace").decode())
    if findings and output_format == "text" and not choices.quiet:
        say(f"{findings} finding{'s' * (findings > 1)} in {files} of {read} file{'s' * (read > 1)}")
    if inputs.failed:
        return 2
    return int(fails and fail_on != "never")
