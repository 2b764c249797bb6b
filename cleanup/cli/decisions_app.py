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
