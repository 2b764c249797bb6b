"""What a batch is to do: which files are read, as what, and where each goes."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from cleanup.batch.extract import require_extractor
from cleanup.batch.formats import SUFFIXES, Name, open_corpus, parse_name
from cleanup.batch.options import Options
from cleanup.batch.places import files_below, is_uri, shown
from cleanup.batch.state import RESERVED
from cleanup.batch.streams import DAMAGES
from cleanup.config import Settings
from cleanup.datatypes import Kind
from cleanup.errors import FileError, UsageError
from cleanup.files import printable, require_regular
from cleanup.markup import kind_of
from cleanup.walk import Selection, find_files


@dataclass(frozen=True, slots=True)
class TreeFile:
    """One text of a tree.

    Attributes:
        path: where it is read.
        name: what it is called below the inputs.
        output: what it is called below the output.
        kind: its mark-up.
        settings: the number of its settings.
        extract: whether only its main text is wanted.

    """

    path: str
    name: str
    output: str
    kind: Kind
    settings: int
    extract: bool


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """One file of records: where it is read, its name below the inputs, and its directory in the output."""

    path: str
    name: str
    output: str
    ending: str
    settings: int


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is to be read, in order.

    ``settings`` are those that any of it needs; ``unreadable`` are names of what could not be looked at, with
    the reason; ``notes`` are lines about files that are left out.
    """

    files: tuple[TreeFile, ...]
    corpora: tuple[CorpusFile, ...]
    settings: tuple[Settings, ...]
    unreadable: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]

    @property
    def every(self) -> tuple[TreeFile | CorpusFile, ...]:
        """Texts and corpora alike."""
        return (*self.files, *self.corpora)


@dataclass(frozen=True, slots=True)
class Found:
    """A file below one of the inputs: its path and its name."""

    path: str
    name: str


def make_plan(
    paths: Sequence[str],
    options: Options,
    select: Callable[[str], Selection],
    settings_of: Callable[[str], Settings],
) -> Plan:
    """What is to be done with the paths that a user named.

    Args:
        paths: directories and corpus files.
        options: the user's choices.
        select: which files are wanted in a directory.
        settings_of: the settings for a file.

    Raises:
        UsageError: for a name or a mixture that cannot be worked on, and where a column is missing.

    """
    search = _Search(select, has_prefix=len(paths) > 1)
    for path in paths:
        search.take(path)
    _require_one_kind(search.texts, search.corpora, paths)
    numbers: dict[Settings, int] = {}

    def number(path: str) -> int:
        return numbers.setdefault(settings_of(path), len(numbers))

    files = [
        TreeFile(text.path, text.name, output, kind_of(text.path), number(text.path), output != text.name)
        for text, output in _outputs(search.texts[:: options.sample], options)
    ]
    corpora = []
    for corpus, name, output in _places(search.corpora):
        reason = _problem(corpus.path, options)
        if reason:
            search.unreadable.append((corpus.name, reason))
        else:
            corpora.append(CorpusFile(corpus.path, corpus.name, output, name.ending, number(corpus.path)))
    plan = Plan(tuple(files), tuple(corpora), tuple(numbers), tuple(search.unreadable), tuple(search.notes))
    for file in plan.every:
        if file.output.split(os.sep)[0] in RESERVED:
            raise UsageError(
                f"{shown(file.path)}: cleanup batch writes {file.output} itself: leave the file out "
                f"with --exclude '{printable(file.name)}'"
            )
    _require_own_outputs(plan)
    return plan


class _Search:
    """What has been found so far."""

    def __init__(self, select: Callable[[str], Selection], *, has_prefix: bool) -> None:
        self.texts: list[Found] = []
        self.corpora: list[Found] = []
        self.unreadable: list[tuple[str, str]] = []
        self.notes: list[str] = []
        self._select = select
        self._has_prefix = has_prefix

    def take(self, path: str) -> None:
        """Take a path that the user named."""
        if is_uri(path):
            self._list(path)
        elif os.path.isdir(path):
            self._walk(path)
        elif not os.path.exists(path):
            raise UsageError(f"{shown(path)}: no such file or directory: check the path")
        elif parse_name(path) is None:
            raise UsageError(
                f"{shown(path)}: the name of a corpus ends with one of {', '.join(SUFFIXES)}; "
                "single texts are for `cleanup fix`"
            )
        else:
            require_regular(path, os.stat(path))
            self.corpora.append(Found(path, os.path.basename(path)))

    def _list(self, uri: str) -> None:
        """The corpora below a URI; what is nothing of the kind is left out."""
        found = files_below(uri)
        is_file = list(found.values()) == [uri]
        prefix = os.path.basename(uri.partition("?")[0].rstrip("/")) if self._has_prefix else ""
        for name, path in found.items():
            if parse_name(name) is not None:
                self.corpora.append(Found(path, name if is_file else os.path.join(prefix, name)))
            elif is_file:
                raise UsageError(f"{shown(uri)}: the name of a corpus ends with one of {', '.join(SUFFIXES)}")

    def _walk(self, path: str) -> None:
        prefix = os.path.basename(os.path.abspath(path)) if self._has_prefix else ""
        selection = self._select(path)
        endings = (f"*{ending}" for ending in SUFFIXES)
        found = find_files([path], replace(selection, include=(*selection.include, *endings)))
        self.unreadable += [(name, why) for name, _, why in (line.partition(": ") for line in found.errors)]
        self.notes += [f"{skipped}: skipped: {reason}" for skipped, reason in found.skipped]
        for file in found.files:
            name = os.path.join(prefix, os.path.relpath(file, path))
            (self.corpora if parse_name(file) else self.texts).append(Found(file, name))


def _require_one_kind(texts: Sequence[Found], corpora: Sequence[Found], paths: Sequence[str]) -> None:
    if texts and corpora:
        endings = [os.path.splitext(kind[0].name)[1] for kind in (texts, corpora)]
        raise UsageError(
            f"there are texts ({shown(texts[0].path)}) and corpora ({shown(corpora[0].path)}) here: "
            f"leave one kind out, with --exclude '*{endings[0]}' or --exclude '*{endings[1]}'"
        )
    if not texts and not corpora:
        raise UsageError(
            f"{shown(paths[0])}: nothing to read: neither *.txt, *.md, *.html nor *.jsonl, *.csv, *.tsv, "
            "*.parquet is there; --include names other texts"
        )
    twice = [name for name, count in Counter(file.name for file in (*texts, *corpora)).items() if count > 1]
    if twice:
        raise UsageError(f"two inputs are called {printable(twice[0])}: run them one by one")


def _outputs(texts: Sequence[Found], options: Options) -> list[tuple[Found, str]]:
    """Each text with its name in the output: that of the main text of a page ends with ``.txt``."""
    if not options.extract:
        return [(file, file.name) for file in texts]
    require_extractor()
    shorter = {
        file.name: os.path.splitext(file.name)[0] + ".txt"
        for file in texts
        if kind_of(file.path) is Kind.HTML
    }
    taken = Counter(shorter.get(file.name, file.name) for file in texts)
    outputs = []
    for file in texts:
        output = shorter.get(file.name, file.name)
        is_shared = file.name in shorter and taken[output] > 1
        outputs.append((file, f"{file.name}.txt" if is_shared else output))
    return outputs


def _places(corpora: Sequence[Found]) -> list[tuple[Found, Name, str]]:
    """Each corpus with its directory in the output: its name without the ending, where that is enough."""
    named = [(file, name) for file in corpora if (name := parse_name(file.name)) is not None]
    stems = Counter(name.stem for _, name in named)
    return [(file, name, name.stem if stems[name.stem] == 1 else file.name) for file, name in named]


def _require_own_outputs(plan: Plan) -> None:
    """Refuse names that only differ in what their outputs leave out or add."""
    taken: dict[str, TreeFile | CorpusFile] = {}
    for file in plan.every:
        other = taken.setdefault(file.output, file)
        if other is not file:
            raise UsageError(
                f"{shown(other.path)} and {shown(file.path)} would both be written to "
                f"{printable(file.output)}: rename one of them"
            )


def _problem(path: str, options: Options) -> str:
    """What keeps a corpus from being read at all; it is then set aside.

    Raises:
        UsageError: when it can be read and lacks a column, or a library is missing.

    """
    where = shown(path)
    if options.extract:
        raise UsageError(f"--extract is for trees of HTML files: {where} is a corpus")
    try:
        columns = open_corpus(path, options).columns()
    except FileError as error:
        return str(error).removeprefix(f"{where}: ")
    except DAMAGES as error:
        return f"damaged: {error}"
    for name in filter(None, (options.text_column, options.id_column)):
        if columns and name not in columns:
            flag = "--text-column" if name == options.text_column else "--id-column"
            known = ", ".join(printable(column) for column in columns)
            raise UsageError(
                f"{where}: no column is called {name!r}: name one with {flag}; there are {known}"
            )
    return ""


def require_apart(paths: Sequence[str], out: str) -> None:
    """Refuse an output that is inside an input, or holds one.

    Raises:
        UsageError: when it is.

    """
    target = _comparable(out)
    for path in map(_comparable, paths):
        if target == path:
            raise UsageError(f"{shown(out)} is the input itself: choose another directory")
        if os.path.commonpath((target, path)) in {target, path}:
            where = "inside" if target.startswith(path) else "around"
            raise UsageError(f"{shown(out)} is {where} the input: choose another directory")


def _comparable(path: str) -> str:
    """A path that tells whether it is inside another; a URI, without its query, is in a world of its own."""
    return os.path.normpath(f"/{path.partition('?')[0]}") if is_uri(path) else os.path.realpath(path)
