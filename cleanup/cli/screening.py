"""The command that screens papers, and its options."""

from __future__ import annotations

from typing import Annotated

import typer

from cleanup.cli import options
from cleanup.cli.options import choices_of

_FORMATS = ("text", "csv", "json", "html")


def screen(
    papers: Annotated[
        list[str],
        typer.Argument(
            metavar="PAPER...",
            help="Text, Markdown, HTML and PDF files, and directories of them; - reads standard input.",
            show_default=False,
        ),
    ],
    output_format: Annotated[
        str, options.format_option(_FORMATS, "What is written; the ending of --output says so, too.")
    ] = "",
    output: Annotated[
        str,
        typer.Option("--output", "-o", metavar="PATH", help="Write the report here and not to the terminal."),
    ] = "",
    summary: Annotated[
        str, typer.Option("--summary", metavar="PATH", help="Write a CSV with one row for each paper here.")
    ] = "",
    fail_above: Annotated[
        float | None,
        typer.Option(
            "--fail-above",
            min=0,
            metavar="N",
            help="Exit with 1 when a paper has more than N phrases in 1,000 words.",
        ),
    ] = None,
    jobs: options.Jobs = 0,
    time_limit: Annotated[
        float,
        typer.Option("--time-limit", min=1, metavar="SECONDS", help="The longest that one paper may take."),
    ] = 300.0,
    rules: options.Rules = None,
    select: options.Select = None,
    ignore: options.Ignore = None,
    include: options.Include = None,
    exclude: options.Exclude = None,
    force_exclude: options.ForceExclude = False,
    stdin_filename: options.StdinFilename = "",
    field: options.Field = "",
    lm: options.Lm = None,
    lm_model: options.LmModel = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Look for tortured phrases in papers: how many, where, in what sentence, and how strong the evidence is.

    PDF needs the extra pdf. Findings are evidence about wording and no error: the exit status is 0 when all
    papers were read, and 2 when one could not be.
    """
    from cleanup.cli.screen import Wanted, screen_papers

    choices = choices_of(
        rules=rules, select=select, ignore=ignore, include=include, exclude=exclude,
        force_exclude=force_exclude, stdin_filename=stdin_filename, quiet=quiet, verbose=verbose,
        field=field, lm=lm, lm_model=lm_model,
    )  # fmt: skip
    wanted = Wanted(
        format=output_format, output=output, summary=summary, fail_above=fail_above, jobs=jobs,
        seconds=time_limit,
    )  # fmt: skip
    return screen_papers(papers, choices, wanted)
