"""``cleanup train``: learn a field from clean text, into a directory of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from cleanup.cli.choices import Choices
from cleanup.cli.console import put
from cleanup.cli.inputs import Input, Inputs
from cleanup.collocations import load_collocations
from cleanup.document import Document
from cleanup.errors import FileError, UsageError
from cleanup.field import META, WORDS, field_files
from cleanup.files import describe, printable
from cleanup.language import NOT_ENGLISH, speaks_english
from cleanup.training import FieldCounts, train


def train_paths(paths: Sequence[str], choices: Choices, output: str, force: bool) -> int:
    """Learn from every English document and write the table; print what was learned."""
    started = time.perf_counter()
    require_directory(output, field_files, "the table", "cleanup train", force=force)
    inputs = Inputs(paths, choices)
    with made_beside(output) as made:
        counts = train(_documents(inputs), load_collocations())
        counts.write(made)
    if not choices.quiet:
        put(_summary(output, counts, time.perf_counter() - started))
    return 2 if inputs.failed else 0


def _documents(inputs: Inputs) -> Iterator[Document]:
    """What can be learned from, quotations included: in clean text they are clean, too."""
    for item in inputs:
        document = learnable(inputs, item)
        if document is not None:
            yield document


def learnable(inputs: Inputs, item: Input) -> Document | None:
    """A text of a corpus with its quotations open, or None, with a note, where nothing is learned from it."""
    path = Path(item.path)
    if path.name == WORDS and not item.is_stdin and WORDS in field_files(path.parent):
        inputs.note(item.path, "skipped: the words of a table that cleanup train wrote")
        return None
    document = Document(item.decoded.text, kind=item.kind, keeps_quotations=False)
    if speaks_english(document):
        return document
    if document.text.strip():
        inputs.note(item.path, NOT_ENGLISH)
    return None


def require_directory(
    output: str, ours: Callable[[Path], Collection[str]], what: str, command: str, *, force: bool
) -> None:
    """Raise unless ``what`` may be written there: over nothing, over what the command wrote, or by force.

    ``ours`` tells the names in a directory that the command wrote.
    """
    if not output:
        raise UsageError(f"--output: name a directory for {what}")
    if not os.path.lexists(output):
        return
    if not os.path.isdir(output):
        raise UsageError(f"--output {output} is not a directory: choose another name")
    try:
        strangers = sorted(set(os.listdir(output)).difference(ours(Path(output))))
    except OSError as error:
        raise FileError(f"{printable(output)}: cannot be read: {describe(error)}") from None
    if strangers and not force:
        raise UsageError(
            f"--output {output}: holds {printable(strangers[0])}, which {command} did not write: "
            f"choose another directory, or use --force to add {what} to what is there"
        )


@contextlib.contextmanager
def made_beside(output: str) -> Iterator[Path]:
    """A new directory beside the one asked for, which it replaces at the end, unless something fails."""
    target = Path(os.path.realpath(output))
    made = target.with_name(f".cleanup-{os.urandom(8).hex()}.tmp")
    try:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            made.mkdir()
            yield made
            _move(made, target)
        except OSError as error:
            raise FileError(f"{printable(output)}: not written: {describe(error)}") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _move(made: Path, target: Path) -> None:
    """Put a table where it belongs: in the place of an older one, and beside whatever else is there."""
    present = set(os.listdir(target)) if target.exists() else set()
    if present <= field_files(target):
        old = made.with_suffix(".old")
        if target.exists():
            target.rename(old)
        try:
            made.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
        shutil.rmtree(old, ignore_errors=True)
        return
    for name in sorted(os.listdir(made), key=lambda name: (name == META, name)):
        os.replace(made / name, target / name)


def _summary(output: str, counts: FieldCounts, seconds: float) -> str:
    figures = (
        (counts.documents, "document"), (counts.words, "word"), (len(counts.own), "new word"),
        (len(counts.pairs), "pair"), (len(counts.triples), "triple"),
    )  # fmt: skip
    shown = ", ".join(f"{count:,} {name}{'s' * (count != 1)}" for count, name in figures)
    return f"{printable(output)}: {shown}, {seconds:.1f} seconds\n"
