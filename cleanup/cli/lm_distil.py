"""``cleanup lm distil``: what the language model finds in a corpus, for the engine that goes without it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from cleanup.cli.choices import Choices
from cleanup.cli.console import put, say
from cleanup.cli.inputs import Input, Inputs
from cleanup.cli.train import learnable, made_beside, require_directory
from cleanup.collocations import load_collocations
from cleanup.document import Document
from cleanup.errors import FileError, UsageError
from cleanup.field import field_files
from cleanup.files import describe, printable, read_bytes, write_atomic
from cleanup.growing.distil import LEAST_CONFIDENCE, Harvest, is_ours, lexicon
from cleanup.growing.new import make_parent
from cleanup.training import FieldCounts, TooFewWordsError, train

LEXICON, FIELD = "distilled.tsv", "field"


def distil_paths(paths: Sequence[str], choices: Choices, output: str, force: bool) -> int:
    """Read every document with the model; write a lexicon, and a field of the texts as repaired."""
    target = Path(output)
    require_directory(output, _ours, "the lexicon and the field", "cleanup lm distil", force=force)
    _require_replaceable(target, force=force)
    inputs, harvest = Inputs(paths, replace(choices, min_confidence=LEAST_CONFIDENCE)), Harvest()
    counts: FieldCounts | None = None
    reason = ""
    try:
        counts = train(_repaired(inputs, harvest), load_collocations())
    except TooFewWordsError as error:  # the lexicon is written all the same
        reason = str(error)
    if not harvest.documents:
        if not inputs.failed:  # else it was told
            raise UsageError("no English text was read: nothing is written")
        return 2
    proposals = list(harvest.proposals())
    source = "cleanup lm distil, over " + ", ".join(printable(path) for path in paths)
    _write(target, lexicon(proposals, source), counts, reason)
    if not choices.quiet:
        put(
            f"{printable(str(target / LEXICON))}: {len(proposals):,} pairs from"
            f" {harvest.spun_documents:,} spun of {harvest.documents:,} documents: read them over, then use"
            f" --rules {printable(output)}\n"
        )
    return 2 if inputs.failed else 0


def _repaired(inputs: Inputs, harvest: Harvest) -> Iterator[Document]:
    """Every text that can be learned from as it reads when repaired, its findings harvested."""

    def is_wanted(item: Input) -> bool:
        if not item.is_stdin and Path(item.path).name == LEXICON and is_ours(item.data):
            inputs.note(item.path, "skipped: a lexicon that cleanup lm distil wrote")
            return False
        return learnable(inputs, item) is not None

    for document, result in inputs.results(wanted=is_wanted):
        harvest.add(result)
        yield Document(result.after, kind=document.kind, keeps_quotations=False)


def _write(target: Path, pairs: bytes, counts: FieldCounts | None, reason: str) -> None:
    """Write the lexicon and the field; a field that is not made anew does not stay beside a new lexicon.

    ``reason`` says why there is no field to write, where there is none.
    """
    field = target / FIELD
    if counts:
        with made_beside(str(field)) as made:
            counts.write(made)
            write_atomic(target / LEXICON, pairs)
        return
    stale = ""
    if os.path.lexists(field) and _is_own_field(field):
        _remove(field)
        stale = f"; the older one in {printable(str(field))} is removed"
    elif os.path.lexists(field):
        stale = (
            f"; {printable(str(field))} is left as it is, for it holds what cleanup lm distil did not write"
        )
    make_parent(target / LEXICON)
    write_atomic(target / LEXICON, pairs)
    say(f"no field is written: {reason}{stale}")


def _remove(field: Path) -> None:
    try:
        field.unlink() if field.is_symlink() else shutil.rmtree(field)
    except OSError as error:
        raise FileError(f"{printable(str(field))}: cannot be removed: {describe(error)}") from error


def _require_replaceable(target: Path, *, force: bool) -> None:
    """Raise unless the lexicon and the field of an earlier run may give way to new ones."""
    path, field = target / LEXICON, target / FIELD
    if os.path.lexists(path) and not is_ours(read_bytes(path)) and not force:
        raise UsageError(
            f"--output {printable(str(target))}: {LEXICON} was changed since cleanup lm distil wrote it: "
            "choose another directory, or use --force to write over it"
        )
    if os.path.lexists(field) and not field.is_dir():
        raise UsageError(f"{printable(str(field))} is not a directory: choose another --output")


def _ours(target: Path) -> set[str]:
    """The names in a directory that a run before this one wrote."""
    return {LEXICON, FIELD} if _is_own_field(target / FIELD) else {LEXICON}


def _is_own_field(field: Path) -> bool:
    """Whether there is nothing in a directory, if it is one, but the table of a field."""
    return not field.is_dir() or {path.name for path in field.iterdir()} <= field_files(field)
