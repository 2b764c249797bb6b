"""The file of decisions under a command: where it is, what it held, what of it was of use."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from cleanup.cli.choices import Choices
from cleanup.config import DECISIONS_NAME, find_settings
from cleanup.datatypes import Decision, Result
from cleanup.errors import UsageError
from cleanup.files import printable, read_bytes, write_atomic

if TYPE_CHECKING:
    from cleanup.decisions import Decisions


class Use:
    """Which decisions found their place among the documents of one command."""

    def __init__(self) -> None:
        self._decisions: dict[str, Decisions] = {}
        self._alike: dict[str, defaultdict[Decision, list[Decision]]] = {}
        self._used: defaultdict[str, set[Decision]] = defaultdict(set)
        self._read: defaultdict[str, dict[str, str]] = defaultdict(dict)

    def add(self, decisions: Decisions, result: Result) -> None:
        """A document was read with these decisions."""
        from cleanup.decisions.written import relative_path

        path, read = decisions.path, relative_path(result.path, decisions.base)
        if path not in self._decisions:
            self._decisions[path] = decisions
            self._alike[path] = defaultdict(list)
            for decision in decisions.entries:
                self._alike[path][_without_place(decision)].append(decision)
        self._read[path][read] = result.path
        for item in result.decided:
            alike = self._alike[path][_without_place(item.decision)]
            self._used[path].update([own for own in alike if own.path == read] or alike)

    def all(self) -> Iterator[Decisions]:
        """The decisions that documents were read with."""
        yield from self._decisions.values()

    def used(self, path: str) -> set[Decision]:
        """The decisions of a file that found their place."""
        return self._used[path]

    def unused(self, path: str) -> Iterator[tuple[str, Decision]]:
        """The decisions of a file about documents that were read, and which fit no place in any of them.

        Each with the path of the document as the user wrote it.
        """
        read, used = self._read[path], self._used[path]
        for decision in dict.fromkeys(self._decisions[path].entries):
            shown = read.get(str(PurePosixPath(decision.path)))
            if shown is not None and decision not in used:
                yield shown, decision

    def notes(self) -> Iterator[tuple[str, str]]:
        """A note for each decision that was of no use, and the document that it is about."""
        for path in self._decisions:
            for shown, decision in self.unused(path):
                text = f"unused decision: {decision.ruling.value} “{decision.text}”"
                yield shown, f"{text}: it stands nowhere between the words that {printable(path)} gives"


def _without_place(decision: Decision) -> Decision:
    """The same for all decisions that fit the same places, in whichever documents they were made."""
    return replace(decision, path="", rule="")


class Store:
    """One file of decisions, read and written.

    Attributes:
        path: the file, which need not be there yet.
        entries: what it holds, in its order.

    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.entries: list[Decision] = []
        self._data: bytes | None = None
        if os.path.lexists(path):
            from cleanup.decisions.written import read_decisions

            self._data = read_bytes(path)
            if self._data.lstrip()[:1] == b"{":
                raise UsageError(
                    f"{printable(path)} is an export of the HTML report: "
                    "merge it with `cleanup review --import`"
                )
            self.entries = read_decisions(self._data, path)

    @property
    def base(self) -> str:
        """The directory that its paths start from."""
        return os.path.dirname(os.path.abspath(self.path))

    def relative(self, path: str) -> str:
        """The path of a document as it is written down."""
        from cleanup.decisions.written import relative_path

        return relative_path(path, self.base)

    def save(self, entries: Sequence[Decision]) -> None:
        """Write what it is to hold, unless it holds just that.

        Raises:
            FileError: when it cannot be written, or was changed by another program meanwhile.

        """
        from cleanup.decisions.written import write_decisions

        data = write_decisions(entries)
        if data != self._data:
            write_atomic(self.path, data, expected=self._data)
        self.entries, self._data = list(entries), data


class Stores:
    """The files of decisions of one command, each opened once."""

    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        self._stores: dict[str, Store] = {}

    def of(self, path: str) -> Store:
        """The file that holds the decisions about a document."""
        return self.at(self._choices.decisions or find_settings(path).decisions or _place_for(path))

    def at(self, found: str) -> Store:
        """A file by its path."""
        key = os.path.abspath(found)
        if key not in self._stores:
            self._stores[key] = Store(found)
        return self._stores[key]


def _place_for(path: str) -> str:
    """Where the decisions about a document begin: beside its settings, else here, else beside itself."""
    source = find_settings(path).source
    if source:
        return str(Path(source).with_name(DECISIONS_NAME))
    here = Path.cwd()
    document = Path(os.path.abspath(path))
    is_below = here in document.parents
    return DECISIONS_NAME if is_below else str(document.with_name(DECISIONS_NAME))
