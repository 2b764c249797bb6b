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
    lm: options.Lm = None,
    lm_model: options.LmModel = None,
    without: options.Without = None,
    decisions: options.Decisions = "",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Record today's findings as known, so that check and fix speak of new ones alone."""
    from cleanup.cli.baseline import baseline_paths

    choices = choices_of(
        rules=rules, select=select, ignore=ignore, include=include, exclude=exclude,
        force_exclude=force_exclude, min_confidence=min_confidence, quiet=quiet, verbose=verbose,
        quotes=quotes, field=field, lm=lm, lm_model=lm_model, without=without, look=look, decisions=decisions,
    )  # fmt: skip
    return baseline_paths(paths, choices, prune=prune)


def review(
    paths: options.Paths,
    in_place: Annotated[
        bool, typer.Option("--in-place", "-i", help="Write what was accepted into the file itself.")
    ] = False,
    report: options.Report = "",
    force: options.ForceOutput = False,
    again: Annotated[bool, typer.Option("--again", help="Ask about what was decided before, too.")] = False,
    imported: Annotated[
        str,
        typer.Option(
            "--import",
            metavar="JSON",
            help="Ask nothing; take over the decisions that the HTML report exported.",
        ),
    ] = "",
    rules: options.Rules = None,
    select: options.Select = None,
    ignore: options.Ignore = None,
    include: options.Include = None,
    exclude: options.Exclude = None,
    force_exclude: options.ForceExclude = False,
    min_confidence: options.MinConfidence = None,
    quotes: options.Quotes = "",
    field: options.Field = "",
    lm: options.Lm = None,
    lm_model: options.LmModel = None,
    without: options.Without = None,
    decisions: options.Decisions = "",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Decide about each change with a key: y accepts, n rejects, ? shows the others.

    Decisions are kept in .cleanup-decisions.toml after each key, and fix and check honour them; the same
    command goes on where it was left.
    """
    from cleanup.cli.fix import Targets
    from cleanup.cli.review import Way, review_paths

    choices = choices_of(
        rules=rules, select=select, ignore=ignore, include=include, exclude=exclude,
        force_exclude=force_exclude, min_confidence=min_confidence, quiet=quiet, verbose=verbose,
        quotes=quotes, field=field, lm=lm, lm_model=lm_model, without=without, decisions=decisions,
    )  # fmt: skip
    targets = Targets(in_place=in_place, report=report, force=force)
    return review_paths(paths, choices, targets, Way(again=again, imported=imported))


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
