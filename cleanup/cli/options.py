"""The options that several commands share, each written once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from cleanup.cli.choices import Choices
from cleanup.config import PARTS, QUOTES
from cleanup.report import ENDINGS


def require_name(value: str | None) -> str | None:
    """The value, when it names something or is not given.

    Raises:
        typer.BadParameter: when it is empty, as that of a variable of the shell that nobody has set.

    """
    if value is not None and not value.strip():
        raise typer.BadParameter("is empty: name something, or leave the option out")
    return value


Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH...", help="Files and directories; - reads standard input.", show_default=False
    ),
]
Rules = Annotated[
    list[str] | None,
    typer.Option("--rules", metavar="PATH", help="Use these rule files beside the built-in ones."),
]
Select = Annotated[
    list[str] | None,
    typer.Option("--select", metavar="NAME", help="Use only these rules or packs; comma-separated."),
]
Ignore = Annotated[
    list[str] | None,
    typer.Option("--ignore", metavar="NAME", help="Leave these rules or packs out; comma-separated."),
]
Include = Annotated[
    list[str] | None, typer.Option("--include", metavar="GLOB", help="Read these files as prose, too.")
]
Exclude = Annotated[
    list[str] | None, typer.Option("--exclude", metavar="GLOB", help="Leave these files and directories out.")
]
ForceExclude = Annotated[
    bool, typer.Option("--force-exclude", help="Leave excluded files out even when named: for hooks.")
]
StdinFilename = Annotated[
    str,
    typer.Option(
        "--stdin-filename", metavar="NAME", help="What - is called: sets mark-up, settings and messages."
    ),
]
MinConfidence = Annotated[
    float | None,
    typer.Option(
        "--min-confidence", min=0, max=1, metavar="P", help="Leave out what is less certain, 0 to 1."
    ),
]
Look = Annotated[
    str,
    typer.Option(
        "--look",
        metavar="quick|close",
        help="Quick: a text where no strong rule fires counts as clean. Close: all texts are read in full.",
        callback=lambda value: check_choice(value, ("quick", "close")),
    ),
]
Quotes = Annotated[
    str,
    typer.Option(
        "--quotes",
        metavar="auto|keep|repair",
        help="Quoted speech: repaired where it was clearly spun too, kept, or repaired like the rest.",
        callback=lambda value: check_choice(value, ("", *QUOTES)),
    ),
]
Field = Annotated[
    str, typer.Option("--field", metavar="DIR", help="Use this table of your field: see `cleanup train`.")
]
Lm = Annotated[
    bool | None,
    typer.Option(
        "--lm/--no-lm",
        help="Hear a language model on open questions, or not: see `cleanup lm install`.",
        show_default=False,
    ),
]
LmModel = Annotated[
    str | None,
    typer.Option(
        "--lm-model",
        metavar="MODEL",
        help="Hear this one: a GGUF file, a directory, or a cached hub id.",
        callback=require_name,
    ),
]
Without = Annotated[
    list[str] | None,
    typer.Option(
        "--without",
        metavar="PART",
        help=f"Switch a part of the engine off: {', '.join(PARTS)}.",
        callback=lambda values: [check_choice(value, PARTS) for value in split_names(values)],
    ),
]
Decisions = Annotated[
    str,
    typer.Option(
        "--decisions",
        metavar="PATH",
        help="What was decided about changes: this file instead of the nearest .cleanup-decisions.toml.",
    ),
]
Report = Annotated[
    str,
    typer.Option(
        "--report",
        metavar="PATH",
        help=f"Write the report here; its ending says which: {' '.join(ENDINGS)}",
    ),
]
ForceOutput = Annotated[
    bool,
    typer.Option("--force", help="Overwrite *.fixed.* and *.report.* files that cleanup did not write."),
]
Jobs = Annotated[
    int, typer.Option("--jobs", "-j", min=0, metavar="N", help="So many processes; 0: one a core.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print no notes and no summary.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say which configuration was read.")]


_ALIASES = {"md": "markdown"}


def format_option(names: Sequence[str], what: str) -> Any:
    """The option ``--format`` of a command that writes these formats."""

    def chosen(value: str) -> str:
        return check_choice(_ALIASES.get(value, value), ("", *names))

    return typer.Option(
        "--format", "-f", metavar="|".join(names), callback=chosen, help=what,
        autocompletion=lambda: list(names),
    )  # fmt: skip


def check_choice(value: str, choices: Sequence[str]) -> str:
    """The value, when it is one of the choices.

    Raises:
        typer.BadParameter: when it is not.

    """
    if value not in choices:
        known = [choice for choice in choices if choice]
        raise typer.BadParameter(f"{value!r}: choose {', '.join(known[:-1])} or {known[-1]}")
    return value


def split_names(values: list[str] | None) -> tuple[str, ...]:
    """Names given one by one or separated by commas.

    >>> split_names(["news, names", "numbers"])
    ('news', 'names', 'numbers')
    """
    return tuple(name.strip() for value in values or () for name in value.split(",") if name.strip())


def choices_of(
    *,
    rules: list[str] | None = None,
    select: list[str] | None = None,
    ignore: list[str] | None = None,
    include: list[str] | None = None,
    exclude: list[str] | None = None,
    force_exclude: bool = False,
    stdin_filename: str = "",
    min_confidence: float | None = None,
    quiet: bool = False,
    verbose: bool = False,
    quotes: str = "",
    field: str = "",
    without: list[str] | None = None,
    look: str = "close",
    decisions: str = "",
    lm: bool | None = None,
    lm_model: str | None = None,
) -> Choices:
    """The shared options of a command as one object; those that it does not have keep their defaults.

    Who names a language model wants to hear it, unless they say otherwise.
    """
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
        decisions=decisions,
        lm=True if lm is None and lm_model is not None else lm,
        lm_model=lm_model or "",
    )
