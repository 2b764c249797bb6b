"""What the options that several commands share were set to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choices:
    """What the shared options were set to."""

    rules: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    stdin_filename: str = ""
    min_confidence: float | None = None
    look: str = "close"
    quotes: str = ""
    field: str = ""
    lm: bool | None = None  # what the configuration says
    lm_model: str = ""
    without: tuple[str, ...] = ()
    decisions: str = ""
    honours_decisions: bool = True
    edit_threshold: float | None = None
    quiet: bool = False
    verbose: bool = False
