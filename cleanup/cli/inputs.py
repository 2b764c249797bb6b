"""From the paths that were typed to decoded documents with their settings and engine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cleanup.cli.choices import Choices
from cleanup.cli.console import read_input, say
from cleanup.cli.deciding import Use
from cleanup.config import Settings, find_settings
from cleanup.datatypes import Kind, Result
from cleanup.errors import CleanupError, FileError, RuleError
from cleanup.files import Decoded, Skip, decode, read_bytes
from cleanup.markup import kind_of
from cleanup.pipeline import Engine
from cleanup.walk import DEFAULT_INCLUDE, Selection, find_files

STDIN = "-"

# What every page of ours says in its head, under whatever name it was saved.
_OWN_REPORT, _HEAD = b'<meta name="generator" content="cleanup ', 2_000  # bytes


@dataclass(frozen=True, slots=True)
class Input:
    """One document: its path as shown, its bytes, and the same decoded."""

    path: str
    data: bytes
    decoded: Decoded
    kind: Kind
    engine: Engine
    is_named: bool
    is_stdin: bool

    def read(self, *, is_repaired: bool) -> Result:
        """What the engine says of the document, which is repaired to the end or read as it stands."""
        read = self.engine.fix if is_repaired else self.engine.find
        return read(self.decoded.text, path=self.path, kind=self.kind)


class Inputs:
    """The documents of one command; mistakes in single files are told at once and remembered.

    ``more`` are patterns of files that the command reads beside those that all do.
    """

    def __init__(self, paths: Sequence[str], choices: Choices, *, more: Sequence[str] = ()) -> None:
        self.choices = choices
        self._more = more
        self.failed = False
        #: Standard input when it was no text, for a filter to hand on.
        self.skipped_stdin = b""
        self._paths = paths
        self._engines: dict[Settings, Engine] = {}
        self._engine_of: dict[int, tuple[Settings, Engine]] = {}  # by the identity of settings
        self._settings_in: dict[str, Settings] = {}
        self._told: set[str] = set()
        self._use = Use()

    def __iter__(self) -> Iterator[Input]:
        for path, is_named in self.files():
            try:
                found = self._open(path, is_named)
            except FileError as error:
                self.fail(error)
                continue
            if found is not None:
                yield found

    def results(
        self,
        *,
        is_repaired: bool = False,
        tells_unused: bool = True,
        wanted: Callable[[Input], bool] = lambda _: True,
    ) -> Iterator[tuple[Input, Result]]:
        """Every document with what the engine says of it, its notes told; at last, what was of no use.

        Documents that are not ``wanted`` are not read.
        """
        for document in filter(wanted, self):
            try:
                result = document.read(is_repaired=is_repaired)
            except RuleError as error:  # a pattern that takes too long on this document
                self.fail(RuleError(f"{document.path}: {error}"))
                continue
            for note in result.notes:
                self.note(result.path, note)
            if document.engine.decisions:
                self._use.add(document.engine.decisions, result)
            yield document, result
        for path, note in self._use.notes() if tells_unused else ():
            self.note(path, note)

    def fail(self, error: CleanupError) -> None:
        """Tell a mistake in one file; the others go on and the exit status becomes 2."""
        say(f"cleanup: error: {error}")
        self.failed = True

    def note(self, path: str, text: str) -> None:
        """Tell the user something about a file, unless they asked for quiet."""
        if not self.choices.quiet:
            say(f"{path}: {text}")

    def files(self) -> Iterator[tuple[str, bool]]:
        """Every path to read, once, and whether the user named it."""
        seen: set[Path] = set()  # `./a` and `a` are one file
        for path in self._paths:
            if path == STDIN:
                yield STDIN, True
                continue
            found = find_files([path], self.selection(path))
            for error in found.errors:
                self.fail(FileError(error))
            for skipped, reason in found.skipped:
                # A hook names every file of a commit, code included: what it skips is of no interest there.
                if self.choices.verbose or not self.choices.force_exclude:
                    self.note(skipped, f"skipped: {reason}")
            for file in found.files:
                known = Path(file)
                if known not in seen:
                    seen.add(known)
                    yield file, file == path

    def selection(self, path: str) -> Selection:
        """Which files below a path are read."""
        settings = self._found(path)
        return Selection(
            include=(*DEFAULT_INCLUDE, *self._more, *settings.include, *self.choices.include),
            exclude=(*settings.exclude, *self.choices.exclude),
            force_exclude=self.choices.force_exclude,
        )

    def settings(self, path: str) -> Settings:
        """The settings that a configuration file has for one file; the flags are not laid over them."""
        directory = os.path.dirname(path)
        if directory not in self._settings_in:  # most files share theirs with their neighbours
            self._settings_in[directory] = self._found(path)
        return self._settings_in[directory].for_path(path)

    def whole_settings(self, path: str) -> Settings:
        """The settings for one file with the flags laid over them; refused when they cannot be used."""
        return self.engine(self.settings(path)).settings

    def _found(self, path: str) -> Settings:
        settings = find_settings(path)
        if self.choices.verbose and settings.source not in self._told:
            self._told.add(settings.source)
            say(f"configuration: {settings.source or 'none found, built-in settings'}")
        return settings

    def _open(self, path: str, is_named: bool) -> Input | None:
        shown = self.choices.stdin_filename or STDIN if path == STDIN else path
        settings = self.settings(shown)
        data = read_input() if path == STDIN else read_bytes(path)
        try:
            decoded = decode(data, encoding=settings.encoding or None)
        except FileError as error:
            raise FileError(f"{shown}: {error}") from None
        if isinstance(decoded, Skip):
            self.note(shown, f"skipped: {decoded.reason}")
            self.skipped_stdin = data if path == STDIN else b""
            return None
        kind = kind_of(shown)
        if kind is Kind.HTML and _OWN_REPORT in data[:_HEAD]:
            self.note(shown, "skipped: a report of cleanup")
            return None
        engine = self.engine(settings)
        return Input(shown, data, decoded, kind, engine, is_named, is_stdin=path == STDIN)

    def engine(self, settings: Settings) -> Engine:
        """The engine for settings, with the flags laid over them; made once for each."""
        known = self._engine_of.get(id(settings))
        if known is not None:
            return known[1]
        choices = self.choices
        changed = replace(
            settings,
            rules=(*settings.rules, *choices.rules),
            select=choices.select or settings.select,
            ignore=(*settings.ignore, *choices.ignore),
            min_confidence=settings.min_confidence
            if choices.min_confidence is None
            else choices.min_confidence,
            quotes=choices.quotes or settings.quotes,
            field=choices.field or settings.field,
            lm=settings.lm if choices.lm is None else choices.lm,
            lm_model=choices.lm_model or settings.lm_model,
            without=(*settings.without, *choices.without),
            decisions=(choices.decisions or settings.decisions) if choices.honours_decisions else "",
            edit_threshold=settings.edit_threshold
            if choices.edit_threshold is None
            else choices.edit_threshold,
            per_path=(),
            source="",
        )
        if changed not in self._engines:
            told = None
            if changed.lm:
                from cleanup.cli.progress import questions_for

                told = questions_for(quiet=choices.quiet)
            self._engines[changed] = Engine(changed, quick=choices.look == "quick", told=told)
        self._engine_of[id(settings)] = settings, self._engines[changed]
        return self._engines[changed]
