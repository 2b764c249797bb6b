"""``cleanup batch``: a whole corpus, into a directory of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cleanup.batch.engine import ENGINES, RAY, EngineChoice
from cleanup.batch.estimate import Estimate, estimate
from cleanup.batch.identity import models_of
from cleanup.batch.local import cores
from cleanup.batch.options import Options
from cleanup.batch.places import local_path, shown
from cleanup.batch.plan import Plan, make_plan, require_apart
from cleanup.batch.progress import Progress
from cleanup.batch.run import Summary, run_batch
from cleanup.batch.state import FAILED
from cleanup.cli import STATUS_ERROR
from cleanup.cli.choices import Choices
from cleanup.cli.console import put, say
from cleanup.cli.inputs import STDIN, Inputs
from cleanup.cli.progress import duration, progress_for
from cleanup.errors import UsageError
from cleanup.files import printable
from cleanup.lm.backend import require_model


@dataclass(frozen=True, slots=True)
class Way:
    """How the command goes about it; nothing here counts for the bytes that come out."""

    choice: EngineChoice = field(default_factory=EngineChoice)
    dry_run: bool = False
    force: bool = False


def batch_paths(paths: Sequence[str], choices: Choices, options: Options, way: Way) -> int:
    """Work on all but the last path, into the last; say how far it is and what it came to."""
    options.check()
    _check_engine(way.choice)
    inputs, out = _inputs_and_output(paths, way)
    progress = progress_for(quiet=choices.quiet)
    plan = _planned(inputs, choices, options)
    try:
        if way.dry_run:  # which is short, and done here
            jobs = way.choice.jobs or cores()
            return _estimated(plan, options, progress, jobs, quiet=choices.quiet)
        summary = run_batch(plan, options, out, progress, choice=way.choice, force=way.force)
    finally:
        progress.end()
    if not choices.quiet:
        put(_table(summary))
    is_useless = 0 < summary.failed == summary.documents
    if is_useless or (summary.failed and not choices.quiet):
        say(f"cleanup: {summary.failed:,} set aside: {shown(out)}/{FAILED} says where and why")
    return STATUS_ERROR if is_useless else 0


def _check_engine(choice: EngineChoice) -> None:
    """Refuse an engine that there is not, before anything is read."""
    if choice.name not in ENGINES:
        raise UsageError(f"--engine {choice.name}: there are {', '.join(ENGINES)}")
    if choice.name == RAY:
        from cleanup.batch.ray_engine import require_ray

        require_ray()
    elif choice.address:
        raise UsageError("--ray-address is for --engine ray: add it")


def _inputs_and_output(paths: Sequence[str], way: Way) -> tuple[Sequence[str], str]:
    if STDIN in paths:
        raise UsageError("cleanup batch reads files and directories, not standard input: name them")
    if len(paths) == 1:
        if way.dry_run:
            return [local_path(paths[0])], ""
        raise UsageError(f"name a directory for the output, too: cleanup batch {shown(paths[0])} OUT")
    paths = [local_path(path) for path in paths]
    require_apart(paths[:-1], paths[-1])
    return paths[:-1], paths[-1]


def _planned(paths: Sequence[str], choices: Choices, options: Options) -> Plan:
    inputs = Inputs((), choices)
    plan = make_plan(paths, options, inputs.selection, inputs.whole_settings)
    for note in plan.notes:
        if not choices.quiet:
            say(note)
    return plan


def _table(summary: Summary) -> str:
    """What became of the documents, a line for each status."""
    seconds, rate = max(summary.seconds, 1e-3), 10_000 * summary.edits / max(summary.words, 1)
    rows = [
        (name, f"{count:,}", f"{count / max(summary.documents, 1):.1%}")
        for name, count in summary.counts.items()
    ]
    rows += [
        ("documents", f"{summary.documents:,}", f"{summary.redone:,} in this run"),
        ("words", f"{summary.words:,}", ""),
        ("edits", f"{summary.edits:,}", f"{rate:.1f} in 10,000 words"),
        ("time", duration(seconds), f"{summary.read / seconds / 1e6:.2f} MB/s"),
    ]  # fmt: skip
    return _aligned(rows)


def _aligned(rows: Iterable[tuple[str, str, str]]) -> str:
    rows = list(rows)
    left, middle = (max(len(row[at]) for row in rows) for at in (0, 1))
    return "".join(
        f"{f'{name:{left}}  {figure:>{middle}}  {more}'.rstrip()}\n" for name, figure, more in rows
    )


def _estimated(plan: Plan, options: Options, progress: Progress, jobs: int, *, quiet: bool) -> int:
    """Print what the batch would come to."""
    for name in models_of(plan.settings):  # before anything is read
        require_model(name)
    found = estimate(plan, options, progress, jobs=jobs)
    put(_aligned(_estimate_rows(found, jobs)))
    is_useless = found.failed > 0 and not found.readable
    if is_useless or (found.failed and not quiet):
        say(f"cleanup: {found.failed:,} of what was read would be set aside, first {printable(found.reason)}")
    return STATUS_ERROR if is_useless else 0


def _estimate_rows(found: Estimate, jobs: int) -> list[tuple[str, str, str]]:
    wall = found.seconds / jobs
    return [
        ("documents", f"{found.documents:,}", f"{found.sampled:,} of them read closely"),
        ("words", f"{found.words:,.0f}", ""),
        ("edits", f"{found.edits:,.0f}", f"{found.in_ten_thousand(found.edits):.1f} in 10,000 words"),
        ("expected harm", f"{found.harm:,.1f}",
         f"{found.in_ten_thousand(found.harm):.2f} wrong edits in 10,000 words"),
        ("spun documents", f"{found.spun:.1%}", ""),
        ("time", duration(wall), f"with --jobs {jobs}; {duration(found.seconds)} of one core"),
    ]  # fmt: skip
