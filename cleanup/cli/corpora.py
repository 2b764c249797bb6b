"""The commands for whole corpora and their options: ``train`` and ``batch``."""

from __future__ import annotations

from typing import Annotated

import typer

from cleanup.cli import options
from cleanup.cli.options import choices_of


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

    choices = choices_of(
        include=include, exclude=exclude, force_exclude=force_exclude, stdin_filename=stdin_filename,
        quiet=quiet, verbose=verbose,
    )  # fmt: skip
    return train_paths(corpus, choices, output, force)


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
    jobs: options.Jobs = 0,
    engine: Annotated[
        str, typer.Option("--engine", metavar="NAME", help="Where they run: local, or ray for a cluster.")
    ] = "local",
    ray_address: Annotated[
        str,
        typer.Option(
            "--ray-address", metavar="HOST:PORT", help="A running Ray cluster; else one is started."
        ),
    ] = "",
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
    lm: options.Lm = None,
    lm_model: options.LmModel = None,
    without: options.Without = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Repair whole corpora into a directory, in parallel; the same command goes on where it was stopped."""
    from cleanup.lm.threads import use_one

    use_one()  # before numpy is loaded: each core has a process of its own
    from cleanup.batch.engine import EngineChoice
    from cleanup.batch.options import Options
    from cleanup.cli.batch import Way, batch_paths

    choices = choices_of(
        rules=rules, select=select, ignore=ignore, include=include, exclude=exclude,
        force_exclude=force_exclude, min_confidence=min_confidence, quiet=quiet, verbose=verbose,
        quotes=quotes, field=field, without=without, look=look, lm=lm, lm_model=lm_model,
    )  # fmt: skip
    chosen = Options(
        text_column=text_column, id_column=id_column, in_column=in_column, shard_size=shard_size,
        only_score=only_score, drop_above=drop_above, repair_above=repair_above, min_words=min_words,
        max_words=max_words, sample=sample, extract=extract, quick=look == "quick",
    )  # fmt: skip
    choice = EngineChoice(engine, jobs, ray_address)
    return batch_paths(paths, choices, chosen, Way(choice, dry_run=dry_run, force=force))
