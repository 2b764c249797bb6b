"""The commands and their options; each hands over to the module of its name."""

from __future__ import annotations

from typing import Annotated

import typer

from cleanup import __version__
from cleanup.cli import options
from cleanup.cli.choices import Choices
from cleanup.cli.options import split_names
from cleanup.cli.rules_app import rules_app
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
    report: Annotated[
        str,
        typer.Option(
            "--report",
            metavar="PATH",
            help="Write the report here; its ending, .html, .json or .diff, says which.",
        ),
    ] = "",
    diff: Annotated[bool, typer.Option("--diff", help="Print a unified diff and write nothing.")] = False,
    output_format: Annotated[str, options.format_option(list(WRITERS), "What is printed.")] = "",
    force: Annotated[
        bool,
        typer.Option("--force", help="Overwrite *.fixed.* and *.report.* files that cleanup did not write."),
    ] = False,
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
    without: options.Without = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Repair files: writes FILE.fixed.EXT and FILE.report.html beside FILE, which stays as it is.

    With - the text comes from standard input and only the corrected text goes to standard output.
    """
    from cleanup.cli.fix import Targets, fix_paths

    choices = _choices(
        rules, select, ignore, include, exclude, force_exclude, stdin_filename, min_confidence, quiet,
        verbose, quotes, field, without, look,
    )  # fmt: skip
    targets = Targets(
        in_place=in_place, output=output, report=report, diff=diff, format=output_format, force=force,
        fail_on_unfixed=fail_on_unfixed,
    )  # fmt: skip
    return fix_paths(paths, choices, targets)


@app.command()
def check(
    paths: options.Paths,
    output_format: Annotated[str, options.format_option(list(CHECKERS), "What is printed.")] = "text",
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
    without: options.Without = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Report what looks spun, as path:line:col rule message, and write nothing."""
    from cleanup.cli.check import check_paths

    if fail_on not in {"error", "warning", "never"}:
        raise typer.BadParameter(f"{fail_on!r}: choose error, warning or never", param_hint="'--fail-on'")
    choices = _choices(
        rules, select, ignore, include, exclude, force_exclude, stdin_filename, min_confidence, quiet,
        verbose, quotes, field, without, look,
    )  # fmt: skip
    return check_paths(paths, choices, output_format, "never" if exit_zero else fail_on)


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
    without: options.Without = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Say how much of each document a spinner touched: a score from 0 to 1, and what speaks for it."""
    from cleanup.cli.score import score_paths

    choices = _choices(
        rules, select, ignore, include, exclude, force_exclude, stdin_filename, None, quiet, verbose,
        quotes, field, without,
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
    without: options.Without = None,
) -> int:
    """Show every candidate, score and piece of evidence for a line, also of what was left alone."""
    from cleanup.cli.explain import explain_place

    choices = Choices(
        rules=tuple(rules or ()),
        select=split_names(select),
        ignore=split_names(ignore),
        quotes=quotes,
        field=field,
        without=tuple(without or ()),
    )
    return explain_place(place, choices)


@app.command()
def train(
    corpus: Annotated[
        list[str],
        typer.Argument(
            metavar="CORPUS...",
            help="Clean text of your field: files and directories; - reads standard input.",
            show_default=False,
        ),
    ],
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="DIR", help="Write the table into this directory.")
    ],
    force: Annotated[
        bool, typer.Option("--force", help="Write it into a directory that holds other files, too.")
    ] = False,
    include: options.Include = None,
    exclude: options.Exclude = None,
    force_exclude: options.ForceExclude = False,
    stdin_filename: options.StdinFilename = "",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Learn which words keep company in your field, from clean text; the setting `field` names the result."""
    from cleanup.cli.train import train_paths

    choices = _choices(
        None, None, None, include, exclude, force_exclude, stdin_filename, None, quiet, verbose
    )
    return train_paths(corpus, choices, output, force)


@app.command()
def batch(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="IN... OUT",
            help="A tree of texts, or corpora: .jsonl, .csv, .tsv (.gz, .zst), .parquet; and where to write.",
            show_default=False,
        ),
    ],
    text_column: Annotated[
        str, typer.Option("--text-column", metavar="NAME", help="The column of a corpus that holds the text.")
    ] = "text",
    id_column: Annotated[
        str, typer.Option("--id-column", metavar="NAME", help="The column that names a record.")
    ] = "",
    in_column: Annotated[
        bool, typer.Option("--in-column", help="Write the corrected text into the text column itself.")
    ] = False,
    shard_size: Annotated[
        int, typer.Option("--shard-size", min=1, metavar="N", help="So many records a file of the output.")
    ] = 10_000,
    only_score: Annotated[bool, typer.Option("--only-score", help="Repair nothing.")] = False,
    drop_above: Annotated[
        float | None,
        typer.Option(
            "--drop-above", min=0, max=1, metavar="P", help="Leave out what has a higher spin score."
        ),
    ] = None,
    repair_above: Annotated[
        float | None,
        typer.Option("--repair-above", min=0, max=1, metavar="P", help="Repair only above this spin score."),
    ] = None,
    min_words: Annotated[
        int, typer.Option("--min-words", min=0, metavar="N", help="Keep shorter documents as they are.")
    ] = 0,
    max_words: Annotated[
        int,
        typer.Option("--max-words", min=0, metavar="N", help="Keep longer ones as they are; 0: no limit."),
    ] = 0,
    sample: Annotated[
        int, typer.Option("--sample", min=1, metavar="N", help="Take only every N-th document.")
    ] = 1,
    extract: Annotated[
        bool, typer.Option("--extract", help="Take only the main text of HTML files, and write it as .txt.")
    ] = False,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=0, metavar="N", help="So many processes; 0: one a core.")
    ] = 0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Estimate from a sample what it would come to; write nothing.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Write into OUT even if it holds something else or other results.")
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
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Repair whole corpora into a directory, in parallel; the same command goes on where it was stopped."""
    from cleanup.batch.options import Options
    from cleanup.cli.batch import Way, batch_paths

    choices = _choices(
        rules, select, ignore, include, exclude, force_exclude, "", min_confidence, quiet, verbose, quotes,
        field, without, look,
    )  # fmt: skip
    chosen = Options(
        text_column=text_column, id_column=id_column, in_column=in_column, shard_size=shard_size,
        only_score=only_score, drop_above=drop_above, repair_above=repair_above, min_words=min_words,
        max_words=max_words, sample=sample, extract=extract, quick=look == "quick",
    )  # fmt: skip
    return batch_paths(paths, choices, chosen, Way(jobs=jobs, dry_run=dry_run, force=force))


def _choices(
    rules: list[str] | None,
    select: list[str] | None,
    ignore: list[str] | None,
    include: list[str] | None,
    exclude: list[str] | None,
    force_exclude: bool,
    stdin_filename: str,
    min_confidence: float | None,
    quiet: bool,
    verbose: bool,
    quotes: str = "",
    field: str = "",
    without: list[str] | None = None,
    look: str = "close",
) -> Choices:
    return Choices(
        rules=tuple(rules or ()),
        select=split_names(select),
        ignore=split_names(ignore),
        include=tuple(include or ()),
        exclude=tuple(exclude or ()),
        force_exclude=force_exclude,
        stdin_filename=stdin_filename,
        min_confidence=min_confidence,
        quiet=quiet,
        verbose=verbose,
        quotes=quotes,
        field=field,
        without=tuple(without or ()),
        look=look,
    )
