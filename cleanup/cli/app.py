"""The commands and their options; each hands over to the module of its name.

The commands for one text or a few stand here, those for whole corpora in `cleanup.cli.corpora`.
"""

from __future__ import annotations

from typing import Annotated

import typer

from cleanup import __version__
from cleanup.cli import options
from cleanup.cli.corpora import batch, train
from cleanup.cli.decisions_app import baseline, review, undo
from cleanup.cli.lm_app import lm_app
from cleanup.cli.options import choices_of
from cleanup.cli.rules_app import rules_app
from cleanup.cli.schema import schema
from cleanup.cli.screening import screen
from cleanup.report import CHECKERS, WRITERS

app = typer.Typer(
    name="cleanup",
    help="Find synonym-spun phrasing in scraped text and put the author's words back.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit status: 0 done or clean; 1 findings (check); 2 usage, configuration, rule or file error.",
)
app.add_typer(rules_app, name="rules")
app.add_typer(lm_app, name="lm")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cleanup {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and leave."),
    ] = False,
) -> None:
    """Find synonym-spun phrasing in scraped text and put the author's words back."""


@app.command()
def fix(
    paths: options.Paths,
    in_place: Annotated[
        bool, typer.Option("--in-place", "-i", help="Write the repairs into the file itself.")
    ] = False,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="PATH", help="Write the corrected text here.")
    ] = "",
    report: options.Report = "",
    diff: Annotated[bool, typer.Option("--diff", help="Print a unified diff and write nothing.")] = False,
    output_format: Annotated[str, options.format_option(list(WRITERS), "What is printed.")] = "",
    force: options.ForceOutput = False,
    fail_on_unfixed: Annotated[
        bool, typer.Option("--fail-on-unfixed", help="Exit with 1 when findings are left.")
    ] = False,
    rules: options.Rules = None,
    select: options.Select = None,
    ignore: options.Ignore = None,
    include: options.Include = None,
    exclude: options.Exclude = None,
    force_exclude: options.ForceExclude = False,
    stdin_filename: options.StdinFilename = "",
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
    """Repair files: writes FILE.fixed.EXT and FILE.report.html beside FILE, which stays as it is.

    With - the text comes from standard input and only the corrected text goes to standard output.
    """
    from cleanup.cli.fix import Targets, fix_paths

    choices = choices_of(
        rules=rules, select=select, ignore=ignore, include=include, exclude=exclude,
        force_exclude=force_exclude, stdin_filename=stdin_filename, min_confidence=min_confidence,
        quiet=quiet, verbose=verbose, quotes=quotes, field=field, without=without, look=look,
        decisions=decisions, lm=lm, lm_model=lm_model,
    )  # fmt: skip
    targets = Targets(
        in_place=in_place, output=output, report=report, diff=diff, format=output_format, force=force,
        fail_on_unfixed=fail_on_unfixed,
    )  # fmt: skip
    return fix_paths(paths, choices, targets)


@app.command()
def check(
    paths: options.Paths,
    output_format: Annotated[
        str, options.format_option(list(CHECKERS), "What is printed; text, or what the ending of -o says.")
    ] = "",
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="PATH", help="Write it here and print nothing.")
    ] = "",
    report: Annotated[
        list[str] | None,
        typer.Option(
            "--report",
            metavar="PATH",
            help="Write this report, too; its ending says which. Repeatable.",
        ),
    ] = None,
    fail_on: Annotated[
        str,
        typer.Option(
            "--fail-on",
            metavar="error|warning|never",
            help="What makes the exit status 1: findings sure enough to repair, all shown, or none.",
        ),
    ] = "error",
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="The same as --fail-on never.")] = False,
    rules: options.Rules = None,
    select: options.Select = None,
    ignore: options.Ignore = None,
    include: options.Include = None,
    exclude: options.Exclude = None,
    force_exclude: options.ForceExclude = False,
    stdin_filename: options.StdinFilename = "",
    min_confidence: options.MinConfidence = None,
    look: options.Look = "quick",
    quotes: options.Quotes = "",
    field: options.Field = "",
    lm: options.Lm = None,
    lm_model: options.LmModel = None,
    without: options.Without = None,
    decisions: options.Decisions = "",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Report what looks spun, as path:line:col rule message, and write nothing."""
    from cleanup.cli.check import check_paths, sheets_of

    if fail_on not in {"error", "warning", "never"}:
        raise typer.BadParameter(f"{fail_on!r}: choose error, warning or never", param_hint="'--fail-on'")
    choices = choices_of(
        rules=rules, select=select, ignore=ignore, include=include, exclude=exclude,
        force_exclude=force_exclude, stdin_filename=stdin_filename, min_confidence=min_confidence,
        quiet=quiet, verbose=verbose, quotes=quotes, field=field, without=without, look=look,
        decisions=decisions, lm=lm, lm_model=lm_model,
    )  # fmt: skip
    sheets = sheets_of(output_format, output, report or [])
    return check_paths(paths, choices, sheets, "never" if exit_zero else fail_on)


@app.command()
def score(
    paths: options.Paths,
    output_format: Annotated[str, options.format_option(["text", "json"], "What is printed.")] = "text",
    rules: options.Rules = None,
    select: options.Select = None,
    ignore: options.Ignore = None,
    include: options.Include = None,
    exclude: options.Exclude = None,
    force_exclude: options.ForceExclude = False,
    stdin_filename: options.StdinFilename = "",
    quotes: options.Quotes = "",
    field: options.Field = "",
    lm: options.Lm = None,
    lm_model: options.LmModel = None,
    without: options.Without = None,
    decisions: options.Decisions = "",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Say how much of each document a spinner touched: a score from 0 to 1, and what speaks for it."""
    from cleanup.cli.score import score_paths

    choices = choices_of(
        rules=rules, select=select, ignore=ignore, include=include, exclude=exclude,
        force_exclude=force_exclude, stdin_filename=stdin_filename, quiet=quiet, verbose=verbose,
        quotes=quotes, field=field, without=without, decisions=decisions, lm=lm, lm_model=lm_model,
    )  # fmt: skip
    return score_paths(paths, choices, output_format)


@app.command()
def explain(
    place: Annotated[str, typer.Argument(metavar="FILE[:LINE]", help="A file, or one line of it.")],
    rules: options.Rules = None,
    select: options.Select = None,
    ignore: options.Ignore = None,
    quotes: options.Quotes = "",
    field: options.Field = "",
    lm: options.Lm = None,
    lm_model: options.LmModel = None,
    without: options.Without = None,
    decisions: options.Decisions = "",
) -> int:
    """Show every candidate, score and piece of evidence for a line, also of what was left alone."""
    from cleanup.cli.explain import explain_place

    choices = choices_of(
        rules=rules, select=select, ignore=ignore, quotes=quotes, field=field, lm=lm, lm_model=lm_model,
        without=without, decisions=decisions,
    )  # fmt: skip
    return explain_place(place, choices)


app.command()(review)
app.command()(baseline)
app.command()(undo)
app.command()(train)
app.command()(batch)
app.command()(schema)
app.command()(screen)
