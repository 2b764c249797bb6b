"""``cleanup schema``: the JSON Schema of what a report in JSON says."""

from __future__ import annotations

from typing import Annotated

import typer

from cleanup.report import SCHEMAS


def schema(
    name: Annotated[str, typer.Argument(metavar="|".join(SCHEMAS), help="The format.", show_default=False)],
) -> None:
    """Print the JSON Schema of a format, for programs that read it."""
    from importlib import resources

    from cleanup.cli.console import put_bytes
    from cleanup.cli.options import check_choice

    file = f"schemas/{check_choice(name, SCHEMAS)}.schema.json"
    put_bytes(resources.files("cleanup.report").joinpath(file).read_bytes())
