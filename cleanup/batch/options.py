"""What a user can choose about a batch; all of it counts for the bytes that come out."""

from __future__ import annotations

from dataclasses import dataclass

from cleanup.errors import UsageError


@dataclass(frozen=True, slots=True)
class Options:
    """How the documents of a batch are read, which of them are repaired, and what is written.

    Attributes:
        text_column: the column of a corpus that holds the text.
        id_column: the column that names a record; its line when empty.
        in_column: whether the corrected text takes the place of the text; else it gets a column of its own.
        shard_size: how many records of a corpus are read for one file of the output.
        only_score: whether nothing is repaired.
        drop_above: documents with a higher spin score are left out.
        repair_above: only documents with a higher spin score are repaired.
        min_words: shorter documents are kept as they are.
        max_words: longer ones are kept as they are; 0 is no limit.
        sample: every so-manyth document is taken.
        extract: whether HTML files are reduced to their main text.
        quick: whether a document in which no strong rule fires counts as clean.

    """

    text_column: str = "text"
    id_column: str = ""
    in_column: bool = False
    shard_size: int = 10_000
    only_score: bool = False
    drop_above: float | None = None
    repair_above: float | None = None
    min_words: int = 0
    max_words: int = 0
    sample: int = 1
    extract: bool = False
    quick: bool = False

    def check(self) -> None:
        """Refuse choices that contradict one another.

        Raises:
            UsageError: with the options in question.

        """
        from cleanup.batch.records import COLUMNS  # which needs the options itself

        for flag, name in (("--text-column", self.text_column), ("--id-column", self.id_column)):
            if name in COLUMNS:
                raise UsageError(
                    f"{flag} {name}: that column is replaced by this run: rename it first, or name another"
                )
        if self.only_score and self.in_column:
            raise UsageError("--only-score repairs nothing, so --in-column has nothing to write: choose one")
        if self.only_score and self.repair_above is not None:
            raise UsageError("--only-score repairs nothing, whatever --repair-above says: choose one")
        if self.max_words and self.min_words > self.max_words:
            raise UsageError(
                f"--min-words {self.min_words} is more than --max-words {self.max_words}: "
                "no document could be that long"
            )
