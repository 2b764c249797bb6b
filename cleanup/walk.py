"""Which files are meant by the paths that a user names."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cleanup.errors import FileError
from cleanup.files import describe, printable, read_bytes, require_regular
from cleanup.gitignore import Patterns, compile_patterns, parse_gitignore

DEFAULT_INCLUDE = ("*.txt", "*.text", "*.md", "*.markdown", "*.html", "*.htm", "*.xhtml")

_OUTPUTS = (".fixed.", ".report.")
_VERSION_CONTROL = frozenset({"CVS", "RCS", "SCCS", "_darcs"})  # the others hide behind a leading dot
NOT_PROSE = frozenset(
    f".{suffix}"
    for suffix in (
        "asm awk bash bat bib c cc cfg cjs clj cls cmake cmd conf cpp cs css csv cts cxx dart diff el env"
        " erl ex exs f90 fish fs geojson go gradle graphql groovy h hpp hs hxx ini ipynb java jl js json"
        " json5 jsonl jsx kt less lisp lock lua m map mjs mk ml mm mts ndjson nim nix patch php pl plist"
        " pm po pot properties proto ps1 py pyi pyx r rb rs sass scala scss sh sql sty styl svelte svg"
        " swift tcl tex tf toml ts tsv tsx vb vim vue xml xsd xsl xslt yaml yml zig zsh"
    ).split()
)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which files are wanted, in the pattern language of ``.gitignore``.

    ``include`` says what is prose inside a directory, ``exclude`` what is left out there; with
    ``force_exclude`` paths that the user names are left out as well.
    """

    include: tuple[str, ...] = DEFAULT_INCLUDE
    exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    respect_gitignore: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """The files, sorted by the parts of their paths, each once.

    ``skipped`` are paths that the user named and that were left out, with the reason; ``errors`` are
    lines about paths that could not be looked at.
    """

    files: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...] = ()
    errors: tuple[str, ...] = ()


def find_files(paths: Sequence[str], selection: Selection) -> Found:
    """The files named, and the prose in the directories named, as the user wrote their paths.

    A symbolic link to a file is taken, one to a directory is not followed unless it is named itself.  A
    ``.gitignore`` counts inside the directory walked whether or not that is a repository, those above it
    only up to the directory that holds ``.git``.
    """
    search = _Search(selection)
    for path in paths:
        search.take(path)
    return search.found()


@dataclass(frozen=True, slots=True)
class _Scope:
    """The patterns of one ``.gitignore`` and the length of the path of its directory, as git sees it."""

    patterns: Patterns
    base: int


@dataclass(frozen=True, slots=True)
class _Directory:
    """A directory to be read, by all its names: each ends in a separator or is empty."""

    shown: str  # as the user sees it
    real: str
    seen: bytes  # as the user's patterns see it
    below_root: bytes  # below the directory that the user named
    in_repository: bytes  # below the top of the repository, or of the walk where there is none
    scopes: tuple[_Scope, ...]  # the nearest last

    def inside(self, name: str) -> _Directory:
        """The directory of that name in this one."""
        part = os.fsencode(name) + b"/"
        return _Directory(
            self.shown + name + os.sep,
            self.real + name + os.sep,
            self.seen + part,
            self.below_root + part,
            self.in_repository + part,
            self.scopes,
        )


class _Search:
    """What has been found so far; the only thing here that changes."""

    def __init__(self, selection: Selection) -> None:
        self.files: dict[str, tuple[bool, list[str], str]] = {}  # by real path
        self.skipped: dict[str, str] = {}
        self.errors: dict[str, None] = {}  # in order, each once
        self.patterns: dict[str, Patterns | None] = {}  # by the path of their file
        self.real_directories: dict[str, str] = {}  # by the path that was named
        self.is_forced = selection.force_exclude
        self.respects_gitignore = selection.respect_gitignore
        more = [pattern for pattern in selection.include if pattern not in DEFAULT_INCLUDE]
        self.include = compile_patterns(selection.include)
        self.include_more = compile_patterns(more)
        self.exclude = compile_patterns(selection.exclude)

    def found(self) -> Found:
        paths = (path for _, _, path in sorted(self.files.values(), key=lambda entry: entry[1]))
        return Found(tuple(paths), tuple(self.skipped.items()), tuple(self.errors))

    def take(self, path: str) -> None:
        """Take a path that the user named."""
        try:
            status = os.stat(path)
            if stat.S_ISDIR(status.st_mode):
                if self._is_force_excluded(path, is_directory=True):
                    self.skipped[path] = "excluded"
                else:
                    self._walk(path)
                return
            require_regular(path, status)
        except (OSError, ValueError) as error:
            self._note(path, error)
        except FileError as error:
            self.errors[str(error)] = None
        else:
            reason = self._reason_to_skip(path)
            if reason is None:
                self._add(path, *self._real(path))
            else:
                self.skipped[path] = reason

    def _note(self, path: str, error: OSError | ValueError) -> None:
        self.errors[f"{printable(path)}: {describe(error)}"] = None

    def _real(self, path: str) -> tuple[str, bool]:
        """The real path of a named file, and whether the file itself is a link."""
        if os.path.islink(path):
            return os.path.realpath(path), True
        directory, name = os.path.split(path)
        if directory not in self.real_directories:  # a hook names many files of few directories
            self.real_directories[directory] = os.path.realpath(directory)
        return os.path.join(self.real_directories[directory], name), False

    def _add(self, shown: str, real: str, is_link: bool) -> None:
        """Add a file once, under its own name before that of a link to it."""
        entry = (is_link, shown.split(os.sep), shown)
        self.files[real] = min(entry, self.files.get(real, entry))

    def _is_force_excluded(self, path: str, *, is_directory: bool) -> bool:
        if self.exclude is None or not self.is_forced:
            return False
        name = _as_pattern_sees(path)
        return bool(self.exclude.decide_with_parents(name, is_directory=is_directory))

    def _reason_to_skip(self, path: str) -> str | None:
        """Why a file is left out although the user named it, or None."""
        name = os.path.basename(path)
        if _is_output(name):
            return "our own output: rename it to read it anyway"
        if self._is_force_excluded(path, is_directory=False):
            return "excluded"
        suffix = os.path.splitext(name)[1]
        if suffix.lower() in NOT_PROSE and not (
            self.include_more and self.include_more.decide(_as_pattern_sees(path))
        ):
            return f"not prose: add --include '*{suffix}' to read it anyway"
        return None

    def _walk(self, path: str) -> None:
        real = os.path.realpath(path)
        seen = _as_pattern_sees(path)
        place, scopes = self._scopes_above(real)
        shown = os.path.join(path, "")
        pending = [
            _Directory(shown, os.path.join(real, ""), seen + b"/" if seen else b"", b"", place, scopes)
        ]
        while pending:
            pending += self._read(pending.pop())

    def _scopes_above(self, real: str) -> tuple[bytes, tuple[_Scope, ...]]:
        """The directory's place in its repository, and the patterns from above that reach into it."""
        if not self.respects_gitignore:
            return b"", ()
        top = real
        while not os.path.lexists(os.path.join(top, ".git")):
            top, child = os.path.dirname(top), top
            if top == child:  # no repository
                return b"", ()
        scopes = self._scope_of(os.path.join(top, ".git", "info", "exclude"), 0)
        place = b""
        for part in os.path.relpath(real, top).split(os.sep) if real != top else ():
            scopes += self._scope_of(os.path.join(top, os.fsdecode(place), ".gitignore"), len(place))
            place += os.fsencode(part) + b"/"
        return place, scopes

    def _scope_of(self, path: str, base: int) -> tuple[_Scope, ...]:
        """The patterns of one file, if there is one and it holds any."""
        if path not in self.patterns:
            self.patterns[path] = None
            # As git, follow no link here; .git may be a file, and info/exclude is then not looked for.
            if os.path.isfile(path) and not os.path.islink(path):
                try:
                    self.patterns[path] = parse_gitignore(read_bytes(path))
                except FileError as error:
                    self.errors[str(error)] = None
        patterns = self.patterns[path]
        return () if patterns is None else (_Scope(patterns, base),)

    def _read(self, directory: _Directory) -> list[_Directory]:
        """Add the files of one directory; the directories in it that are to be read next."""
        try:
            with os.scandir(directory.real) as listing:
                entries = list(listing)
        except OSError as error:
            self._note(directory.shown, error)
            return []
        directory = self._with_own_scopes(
            directory, {entry.name for entry in entries if entry.name[0] == "."}
        )
        inner = []
        for entry in entries:
            name = entry.name
            if name[0] == "." or name in _VERSION_CONTROL:
                continue
            try:
                if entry.is_dir(follow_symlinks=False):
                    if not self._is_left_out(directory, name, is_directory=True):
                        inner.append(directory.inside(name))
                elif self._is_wanted(directory, name) and entry.is_file():
                    is_link = entry.is_symlink()
                    real = os.path.realpath(entry.path) if is_link else entry.path
                    self._add(directory.shown + name, real, is_link)
            except OSError as error:
                if error.errno != errno.ELOOP:  # a link to itself is no file, as a link to nothing is none
                    self._note(directory.shown + name, error)
        return inner

    def _with_own_scopes(self, directory: _Directory, hidden: set[str]) -> _Directory:
        """The directory with its own ``.gitignore``; a repository inside another one begins afresh."""
        if not self.respects_gitignore:
            return directory
        if ".git" in hidden and directory.in_repository:
            scopes = self._scope_of(os.path.join(directory.real, ".git", "info", "exclude"), 0)
            directory = replace(directory, in_repository=b"", scopes=scopes)
        if ".gitignore" in hidden:
            own = self._scope_of(directory.real + ".gitignore", len(directory.in_repository))
            directory = replace(directory, scopes=directory.scopes + own)
        return directory

    def _is_wanted(self, directory: _Directory, name: str) -> bool:
        """Whether a file of a directory is prose and nobody left it out."""
        return (
            not _is_output(name)
            and bool(_decide(self.include, directory, name, is_directory=False))
            and not self._is_left_out(directory, name, is_directory=False)
        )

    def _is_left_out(self, directory: _Directory, name: str, *, is_directory: bool) -> bool:
        if _decide(self.exclude, directory, name, is_directory=is_directory):
            return True
        if directory.scopes:
            path = directory.in_repository + os.fsencode(name)
            for scope in reversed(directory.scopes):
                verdict = scope.patterns.decide(path[scope.base :], is_directory=is_directory)
                if verdict is not None:
                    return verdict
        return False


def _decide(
    patterns: Patterns | None, directory: _Directory, name: str, *, is_directory: bool
) -> bool | None:
    """What the user's patterns say of an entry: of its path as given, else of its path below the walk."""
    if patterns is None:
        return None
    encoded = os.fsencode(name)
    verdict = patterns.decide(directory.seen + encoded, is_directory=is_directory)
    if verdict is None and directory.seen != directory.below_root:
        verdict = patterns.decide(directory.below_root + encoded, is_directory=is_directory)
    return verdict


def _as_pattern_sees(path: str) -> bytes:
    """The path from the working directory where it lies there, for a pattern to match."""
    name = os.path.normpath(path)
    if os.path.isabs(name):
        here = os.getcwd()
        name = (
            os.path.relpath(name, here) if os.path.commonpath((name, here)) == here else name.lstrip(os.sep)
        )
    return b"" if name == os.curdir else os.fsencode(name).replace(os.fsencode(os.sep), b"/")


def _is_output(name: str) -> bool:
    return any(mark in name for mark in _OUTPUTS)
