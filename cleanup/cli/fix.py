"""``cleanup fix``: corrected texts and reports, written where the user asked for them and nowhere else."""

from __future__ import annotations

import codecs
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cleanup.cli.choices import Choices
from cleanup.cli.console import has_colour, put, put_bytes, say, width
from cleanup.cli.inputs import Input, Inputs
from cleanup.datatypes import Result, Span
from cleanup.errors import CleanupError, FileError, UsageError
from cleanup.files import is_same_file, sha256, write_atomic
from cleanup.report import WHOLE, WRITERS, format_of, to_bytes
from cleanup.report.as_text import render_fix, summary_line
from cleanup.walk import NOT_PROSE


@dataclass(frozen=True, slots=True)
class Targets:
    """Where results go and what is printed."""

    in_place: bool = False
    output: str = ""
    report: str = ""
    diff: bool = False
    format: str = ""
    force: bool = False
    fail_on_unfixed: bool = False


@dataclass(frozen=True, slots=True)
class Fixed:
    """One document after its repair, in bytes."""

    document: Input
    result: Result
    data: bytes

    @property
    def digests(self) -> Mapping[str, str]:
        """What a report needs to undo the repair with certainty."""
        return {
            "sha256_before": sha256(self.document.data),
            "sha256_after": sha256(self.data),
            "encoding": self.document.decoded.encoding,
        }


def fix_paths(paths: Sequence[str], choices: Choices, targets: Targets) -> int:
    """Repair every document and print what was done; see the design for the exit status."""
    check_usage(paths, targets)
    inputs = Inputs(paths, choices)
    done: list[Fixed] = []
    try:
        left = _fix_each(inputs, choices, targets, done)
    except UsageError:
        raise
    except (CleanupError, BrokenPipeError, KeyboardInterrupt):
        write_report(done, targets)  # what was repaired until then can be undone only with the report
        raise
    if inputs.skipped_stdin and not (targets.format or targets.diff):
        put_bytes(inputs.skipped_stdin)  # a filter hands on what it cannot read
    write_report(done, targets)
    _print_whole(done, targets)
    if inputs.failed:
        return 2
    return int(targets.fail_on_unfixed and left > 0)


def _fix_each(inputs: Inputs, choices: Choices, targets: Targets, done: list[Fixed]) -> int:
    """Repair one document after the other; those of which more is to be said go to ``done``.

    Returns how many findings were left.
    """
    left = 0
    for document, result in inputs.results(is_repaired=True):
        _check_report(document, targets)
        try:
            fixed = fixed_document(document, result)
            _write_text(fixed, targets)
        except CleanupError as error:
            inputs.fail(error)
            continue
        left += len(result.unfixed)
        if targets.report or _printed_format(targets) in WHOLE:
            done.append(fixed)
        _print(fixed, choices, targets)
    return left


def fixed_document(document: Input, result: Result) -> Fixed:
    """A document after its repair, in the encoding that it had.

    Raises:
        FileError: when the encoding has no such signs.

    """
    return Fixed(document, result, _encoded(document, result))


def write_document(fixed: Fixed, targets: Targets) -> None:
    """Write the corrected text where the user wants it, and the report beside it.

    Raises:
        CleanupError: when that cannot be done.

    """
    _check_report(fixed.document, targets)
    _write_text(fixed, targets)


def check_usage(paths: Sequence[str], targets: Targets) -> None:
    """Refuse targets that contradict one another.

    Raises:
        UsageError: when they do.

    """
    if targets.in_place and (targets.output or targets.diff):
        raise UsageError("--in-place goes with neither --output nor --diff: choose one")
    if targets.output and (len(paths) != 1 or os.path.isdir(paths[0])):
        raise UsageError(
            "--output takes one file: for more, leave it out and find FILE.fixed.EXT beside each FILE"
        )
    if targets.output and targets.output != "-" and is_same_file(targets.output, paths[0]):
        raise UsageError(f"--output {targets.output} is the input itself: use --in-place to write into it")
    if targets.in_place and "-" in paths:
        raise UsageError("--in-place needs a file: standard input has no place to write to")
    if targets.report:
        format_of(targets.report)
    if targets.report and not os.path.isdir(Path(targets.report).parent):
        raise UsageError(f"--report {targets.report}: there is no such directory: make it first")
    if targets.report and any(is_same_file(targets.report, path) for path in [*paths, targets.output]):
        raise UsageError(f"--report {targets.report} would overwrite the text itself: choose another name")


def _check_report(document: Input, targets: Targets) -> None:
    """Refuse a report that would take the place of a document or of its corrected text.

    That stops the command, whatever else there is to do: the report is written last, over that very text.
    """
    rivals = [] if document.is_stdin else [document.path, str(text_beside(Path(document.path)))]
    if targets.report and any(is_same_file(targets.report, rival) for rival in rivals):
        raise UsageError(f"--report {targets.report} would overwrite a text: choose another name")


def text_beside(path: Path) -> Path:
    """Where the corrected text of a file goes by default."""
    return path.with_name(f"{path.stem}.fixed{path.suffix}")


def _encoded(document: Input, result: Result) -> bytes:
    if result.after == result.before:
        return document.data
    try:
        return document.decoded.encode(result.after)
    except FileError as error:
        raise FileError(f"{document.path}: {error}") from None


def _write_text(fixed: Fixed, targets: Targets) -> None:
    """Write the corrected text, and in the default mode its report beside it."""
    document, result = fixed.document, fixed.result
    if targets.diff:
        return
    if targets.output:
        if targets.output == "-":
            put_bytes(fixed.data)
        else:
            write_atomic(targets.output, fixed.data)
    elif document.is_stdin:
        if not targets.format:
            put_bytes(fixed.data)
    elif targets.in_place:
        if result.edits:
            write_atomic(document.path, fixed.data, expected=document.data)
    elif result.edits or document.is_named:
        _write_beside(fixed, targets)


def _write_beside(fixed: Fixed, targets: Targets) -> None:
    path = Path(fixed.document.path)
    text_path, report_path = text_beside(path), report_beside(path)
    for target in (text_path, report_path):
        if is_same_file(str(target), str(path)):
            raise FileError(f"{target}: is a link to the input itself: remove it")
    page = to_bytes("html", WRITERS["html"]([fixed.result], {fixed.result.path: fixed.digests}))
    if not targets.force:
        _refuse_strangers(text_path, report_path, fixed.data)
    write_atomic(str(text_path), fixed.data)
    if not targets.report:
        write_atomic(str(report_path), page)


def report_beside(path: Path) -> Path:
    """The default report of a file: the ending stays in the name where another text shares its stem."""
    siblings = (os.path.splitext(name) for name in os.listdir(path.parent))
    shares_stem = any(
        stem == path.stem and ending != path.suffix and ending.lower() not in NOT_PROSE
        for stem, ending in siblings
    )
    return path.with_name(f"{path.name if shares_stem else path.stem}.report.html")


def _refuse_strangers(text_path: Path, report_path: Path, data: bytes) -> None:
    """Refuse to overwrite a file that we did not write, or that was changed since we wrote it."""
    written = _digests_in(report_path)
    try:
        present = text_path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise FileError(f"{text_path}: cannot be replaced: {error.strerror}") from None
    # The report had its shorter name before another text with the same stem came along.
    stem = text_path.name.removesuffix(f".fixed{text_path.suffix}")
    written |= _digests_in(text_path.with_name(f"{stem}.report.html"))
    if present != data and sha256(present) not in written:
        raise FileError(
            f"{text_path}: exists and is not as cleanup wrote it: move it, use --force, or -o PATH"
        )


def _digests_in(report_path: Path) -> set[object]:
    """The digests of the corrected texts that a report of ours speaks of; none where there is no report."""
    from cleanup.report.as_html import embedded_objects

    try:
        page = report_path.read_bytes().decode()
        return {entry.get("sha256_after") for entry in embedded_objects(page)}
    except FileNotFoundError:
        return set()
    except (OSError, UnicodeDecodeError, CleanupError):
        raise FileError(
            f"{report_path}: exists and is no report of cleanup: move it, or use --force"
        ) from None


def _printed_format(targets: Targets) -> str:
    return "diff" if targets.diff else targets.format or "text"


def _print(fixed: Fixed, choices: Choices, targets: Targets) -> None:
    result = fixed.result
    is_filter = fixed.document.is_stdin or targets.output == "-"
    if is_filter and not (targets.format or targets.diff):
        if not choices.quiet:
            say(summary_line(result))
        return
    name = _printed_format(targets)
    if name == "text":
        if result.edits:  # every change is printed, quiet or not: a silent change is a dangerous one
            put(render_fix(result, colour=has_colour(), width=width()))
        if not choices.quiet:
            put(summary_line(result) + "\n")
    elif name == "diff":
        put_bytes(_diff(fixed))
    elif name not in WHOLE:
        put(WRITERS[name]([result], {result.path: fixed.digests}))


def _diff(fixed: Fixed) -> bytes:
    """The diff in the encoding of the file and with its byte-order mark, so that ``patch`` can apply it.

    ``patch`` knows nothing of UTF-16 and UTF-32: for these the diff is one to read, in UTF-8.
    """
    decoded, result = fixed.document.decoded, fixed.result
    if decoded.bom == codecs.BOM_UTF8:
        edits = [replace(edit, span=Span(edit.span.start + 1, edit.span.end + 1)) for edit in result.edits]
        mark = "\ufeff"
        result = replace(result, before=mark + result.before, after=mark + result.after, edits=tuple(edits))
    text = WRITERS["diff"]([result], {})
    if decoded.encoding.startswith(("utf-16", "utf-32", "utf_16", "utf_32")):
        if text:
            say(f"{result.path}: the diff is in UTF-8: patch cannot apply it to a file in {decoded.encoding}")
        return text.encode("utf-8", "surrogateescape")
    try:
        return text.encode(decoded.encoding, "surrogateescape")
    except UnicodeEncodeError:  # a file name outside the encoding
        return text.encode("utf-8", "surrogateescape")


def _print_whole(done: Sequence[Fixed], targets: Targets) -> None:
    """Print a format that holds all documents together; a page only where there was something to read."""
    printed = _printed_format(targets)
    if printed in WHOLE and (done or printed != "html"):
        put_bytes(_whole(printed, done))


def write_report(done: Sequence[Fixed], targets: Targets) -> None:
    """Write the report on all documents; a page only where there was something to read."""
    if not targets.report:
        return
    name = format_of(targets.report)
    if done or name != "html":
        write_atomic(targets.report, _whole(name, done))


def _whole(name: str, done: Sequence[Fixed]) -> bytes:
    results = [fixed.result for fixed in done]
    digests = {fixed.result.path: fixed.digests for fixed in done}
    return to_bytes(name, WRITERS[name](results, digests))
