"""The commands about decisions and their options: ``review``, ``baseline`` and ``undo``."""

from __future__ import annotations

from typing import Annotated

import typer

from cleanup.cli import options
from cleanup.cli.options import choices_of


def baseline(
    paths: options.Paths,
    prune: Annotated[
        bool,
        typer.Option("--prune", help="Record nothing; remove the decisions that fit no place any more."),
    ] = False,
    rules: options.Rules = None,
    select: options.Select = None,
    ignore: options.Ignore = None,
    include: options.Include = None,
    exclude: options.Exclude = None,
    force_exclude: options.ForceExclude = False,
    min_confidence: options.MinConfidence = None,
    look: options.Look = "close",
    quotes: options.Quotes = "",
    field: options.Field = "",
    without: options.Without = None,
    decisions: options.Decisions = "",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Record today's findings as known, so that check and fix speak of new ones alone."""
    from cleanup.cli.baseline import baseline_paths

    choices = choices_of(
        rules, select, ignore, include, exclude, force_exclude, "", min_confidence, quiet, verbose, quotes,
        field, without, look, decisions,
    )  # fmt: skip
    return baseline_paths(paths, choices, prune=prune)


def undo(
    report: Annotated[
        str, typer.Argument(metavar="REPORT", help="The .json or .html report that `cleanup fix` wrote.")
    ],
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE]...", help="Undo the repair of these alone; needed where a file was moved."
        ),
    ] = None,
    output: Annotated[
        str,
        typer.Option("--output", "-o", metavar="PATH", help="Write the original here; - is standard output."),
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Overwrite what --output names.")] = False,
    quiet: options.Quiet = False,
) -> int:
    """Bring the original bytes back, or say exactly why that cannot be; nothing is changed then.

    A file that was repaired in place is restored in place.
    """
    from cleanup.cli.undo import Way, undo_report

    return undo_report(report, files or [], Way(output=output, force=force, quiet=quiet))
