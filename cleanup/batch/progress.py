"""What a batch tells whoever watches it; it prints nothing itself."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Someone who watches a batch."""

    def begin(self, what: str, total: int) -> None:
        """A stage begins that goes through so many bytes."""

    def advance(self, size: int, documents: int) -> None:
        """So many bytes more are done, and with them so many documents."""

    def end(self) -> None:
        """The stage is over."""


class Silent:
    """Nobody watches."""

    def begin(self, what: str, total: int) -> None:
        """Say nothing."""

    def advance(self, size: int, documents: int) -> None:
        """Say nothing."""

    def end(self) -> None:
        """Say nothing."""
