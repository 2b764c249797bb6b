"""``cleanup screen``: papers in, evidence of tortured phrases out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cleanup.batch.local import cores
from cleanup.cli.choices import Choices
from cleanup.cli.console import has_colour, put, read_input, say, width
from cleanup.cli.inputs import STDIN, Inputs
from cleanup.cli.progress import progress_for
from cleanup.errors import CleanupError, UsageError
from cleanup.files import is_same_file, printable, write_atomic
from cleanup.screening.many import Task, screen_all
from cleanup.screening.reports import FORMATS, as_text, in_short, summary_csv
from cleanup.screening.screen import Screened, unread

_PAPERS = ("*.pdf", "*.PDF")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be written, and how the command goes about it."""

    format: str = ""
    output: str = ""
    summary: str = ""
    fail_above: float | None = None
    jobs: int = 0
    seconds: float = 300.0

    def check(self) -> str:
        """The format of the report.

        Raises:
            UsageError: when the ending of its file names none.

        """
        if self.format:
            return self.format
        if not self.output:
            return "text"
        suffix = os.path.splitext(self.output)[1].lower().lstrip(".")
        known = {**{name: name for name in FORMATS}, "txt": "text", "htm": "html", "jsonl": "json"}
        if suffix not in known:
            raise UsageError(
                f"--output {printable(self.output)}: its ending names no format: write .html, .csv, .json "
                "or .txt, or add --format"
            )
        return known[suffix]


def screen_papers(paths: Sequence[str], choices: Choices, wanted: Wanted) -> int:
    """Screen papers and report; the exit status says whether all were read, and what `Wanted` asks."""
    name = wanted.check()
    inputs = Inputs(paths, choices, more=_PAPERS)
    tasks = list(_tasks(inputs))
    for target in (wanted.output, wanted.summary):
        _require_apart(target, tasks)
    papers = sorted(_screened(tasks, inputs, wanted), key=lambda paper: paper.rank)
    _write(papers, name, wanted)
    if wanted.summary:
        write_atomic(wanted.summary, summary_csv(papers).encode("utf-8", "replace"))
    if not choices.quiet and (papers or not inputs.failed):
        say(in_short(papers) or "no papers: nothing was read")
    if inputs.failed:
        return 2
    limit = wanted.fail_above
    return int(limit is not None and any(paper.per_thousand > limit for paper in papers))


def _tasks(inputs: Inputs) -> Iterator[Task]:
    """The papers that are meant, each once, with the settings that hold there."""
    for path, _ in inputs.files():
        if path == STDIN:
            shown = inputs.choices.stdin_filename or STDIN
            yield Task(shown, inputs.whole_settings(shown), read_input())
        else:
            yield Task(path, inputs.whole_settings(path))


def _require_apart(target: str, tasks: Sequence[Task]) -> None:
    if target and any(task.data is None and is_same_file(task.path, target) for task in tasks):
        raise UsageError(f"{printable(target)} is one of the papers: name another file for the report")


def _screened(tasks: Sequence[Task], inputs: Inputs, wanted: Wanted) -> Iterator[Screened]:
    """What is to be said of each paper, those included that could not be read."""
    sizes = [_size(task) for task in tasks]
    progress = progress_for(quiet=inputs.choices.quiet or len(tasks) < 2)
    progress.begin("screening", sum(sizes))
    try:
        results = screen_all(tasks, wanted.jobs or cores(), wanted.seconds)
        for (task, outcome), size in zip(results, sizes, strict=True):
            progress.advance(size, 1)
            if isinstance(outcome, CleanupError):
                inputs.fail(outcome)
                shown = printable(task.path)
                yield unread(shown, str(outcome).removeprefix(f"{shown}: "))
                continue
            if outcome.note:
                inputs.note(outcome.path, outcome.note)
            yield outcome
    finally:
        progress.end()


def _size(task: Task) -> int:
    if task.data is not None:
        return len(task.data)
    try:
        return os.path.getsize(task.path)
    except OSError:  # it is gone: whoever reads it will say so
        return 0


def _write(papers: Sequence[Screened], name: str, wanted: Wanted) -> None:
    if wanted.output:
        write_atomic(wanted.output, FORMATS[name](papers).encode("utf-8", "replace"))
    elif name == "text":
        put(as_text(papers, colour=has_colour(), width=width()))
    else:
        put(FORMATS[name](papers).encode("utf-8", "replace").decode())
