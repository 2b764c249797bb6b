"""``cleanup lm distil``: what the language model finds in a corpus, for the engine that goes without it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from cleanup.cli.choices import Choices
from cleanup.cli.console import put, say
from cleanup.cli.inputs import Inputs
from cleanup.cli.train import made_beside, require_directory
from cleanup.collocations import load_collocations
from cleanup.document import Document
from cleanup.errors import UsageError
from cleanup.field import field_files
from cleanup.files import printable, write_atomic
from cleanup.growing.distil import LEAST_CONFIDENCE, Harvest, lexicon
from cleanup.growing.new import make_parent
from cleanup.training import train

LEXICON, FIELD = "distilled.tsv", "field"


def distil_paths(paths: Sequence[str], choices: Choices, output: str, force: bool) -> int:
    """Read every document with the model; write a lexicon, and a field of the texts as repaired."""
    target = Path(output)
    require_directory(output, _ours, "the lexicon and the field", "cleanup lm distil", force=force)
    inputs, harvest = Inputs(paths, replace(choices, min_confidence=LEAST_CONFIDENCE)), Harvest()
    try:
        counts = train(_repaired(inputs, harvest), load_collocations())
    except UsageError as error:  # too few words: the lexicon is written all the same
        say(f"no field is written: {error}")
        counts = None
    make_parent(target / LEXICON)
    text = lexicon(harvest, "cleanup lm distil, over " + ", ".join(printable(path) for path in paths))
    write_atomic(target / LEXICON, text.encode())
    if counts:
        with made_beside(str(target / FIELD)) as made:
            counts.write(made)
    if not choices.quiet:
        rows = len(text.splitlines()) - 3
        put(
            f"{printable(str(target / LEXICON))}: {rows:,} pairs from {harvest.spun_documents:,} spun of"
            f" {harvest.documents:,} documents: read them over, then use --rules {printable(output)}\n"
        )
    return 2 if inputs.failed else 0


def _repaired(inputs: Inputs, harvest: Harvest) -> Iterator[Document]:
    """Every text as it reads when repaired, its findings harvested."""
    for document, result in inputs.results():
        harvest.add(result)
        yield Document(result.after, kind=document.kind, keeps_quotations=False)


def _ours(target: Path) -> set[str]:
    """The names in a directory that a run before this one wrote."""
    field = target / FIELD
    is_ours = not field.is_dir() or {path.name for path in field.iterdir()} <= field_files(field)
    return {LEXICON, *((FIELD,) if is_ours else ())}
