"""Many documents from Python: an iterator in, results out, and functions that other tools can call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from cleanup.batch.chunks import Chunk, Slot
from cleanup.batch.local import LocalEngine, cores
from cleanup.batch.options import Options
from cleanup.batch.records import EDITS, RATE, SCORE, TEXT, as_json
from cleanup.batch.work import Item, Outcome, Work, Worker, edit_objects
from cleanup.config import Settings
from cleanup.datatypes import Kind, Result, SpinScore
from cleanup.errors import UsageError
from cleanup.pipeline import Engine
from cleanup.report.as_json import DIGITS

_ADVICE = (
    "if the memory was full, use fewer workers; if it never began, guard what starts your program with "
    '`if __name__ == "__main__":`'
)


def fix_documents(
    documents: Iterable[str | Mapping[str, Any] | None],
    *,
    text_key: str = "text",
    kind: Kind | str = Kind.PLAIN,
    workers: int | None = None,
    settings: Settings | None = None,
    quick: bool = False,
) -> Iterator[Result]:
    """Repair many texts: a result for each, in their order, and the same for any number of workers.

    The documents are read as the results are asked for, a few dozen for each worker ahead; with one worker,
    which is this process, one by one.  What goes wrong with one is in the ``notes`` of its result, and the
    text is kept; so it is where the text is None.  Leaving the iterator ends the workers.

    Args:
        documents: texts, or mappings that hold one.
        text_key: where a mapping holds its text.
        kind: how they mark up prose: ``"plain"``, ``"markdown"`` or ``"html"``.
        workers: processes, one a core when left out; where there is little to read none is started.  A
            program that starts any must be guarded by ``if __name__ == "__main__":``.
        settings: thresholds and rules; the built-in ones when left out.
        quick: whether a document in which no strong rule fires counts as clean.

    Raises:
        UsageError: when an argument, or later a document, is not what it has to be.
        RuleError: when a rule file of ``settings`` is refused.
        ConfigError: later, when a language model that ``settings`` ask for cannot be read.
        CleanupError: later, when a worker was killed.

    >>> [result.after for result in fix_documents(["They fight arranged crime."], workers=1)]
    ['They fight organized crime.']

    """
    if isinstance(documents, str | bytes | Mapping):
        raise UsageError("fix_documents takes an iterable of documents: for a single text there is fix_text")
    if not isinstance(documents, Iterable):
        raise UsageError(f"fix_documents takes an iterable of documents, not {type(documents).__name__}")
    if workers is not None and (not isinstance(workers, int) or workers < 1):
        raise UsageError(f"workers is {workers!r}: give a whole number, at least one")
    work = _WholeWork((settings or Settings(),), Options(quick=quick), advice=_ADVICE)
    Engine(work.settings[0])  # what is wrong with the rules is said now
    items = _items(documents, text_key, _kind(kind))
    jobs = cores() if workers is None else workers
    return _in_this_process(items, work) if jobs == 1 else _in_processes(items, work, jobs)


def fix_batch(
    batch: Mapping[str, Any],
    *,
    column: str = "text",
    kind: Kind | str = Kind.PLAIN,
    settings: Settings | None = None,
    quick: bool = False,
) -> dict[str, Any]:
    """The columns of a batch, and those with the repaired texts: for ``map(batched=True)`` of `datasets`.

    Raises:
        UsageError: when it has no such column.

    >>> fix_batch({"text": ["They fight arranged crime."]})["cleanup_text"]
    ['They fight organized crime.']

    """
    return {**batch, **_added(_column(batch, column), kind, settings, quick)}


def fix_column(
    column: Any, *, kind: Kind | str = Kind.PLAIN, settings: Settings | None = None, quick: bool = False
) -> Any:
    """A column of `pandas` with its texts repaired; what is no text stays as it is."""
    worker, kind = _worker(settings or Settings(), quick), _kind(kind)
    return column.map(lambda value: worker.result(value, kind).after if isinstance(value, str) else value)


def fix_frame(
    frame: Any,
    *,
    column: str = "text",
    kind: Kind | str = Kind.PLAIN,
    settings: Settings | None = None,
    quick: bool = False,
) -> Any:
    """A frame of `pandas` with the columns of `fix_batch`: for ``map_batches`` of Ray.

    Raises:
        UsageError: when it has no such column.

    """
    return frame.assign(**_added(_column(frame, column), kind, settings, quick))


def fix_frames(frames: Iterable[Any], **choices: Any) -> Iterator[Any]:
    """Frames as `fix_frame` makes them, one by one: for ``mapInPandas`` of Spark; choices as there."""
    for frame in frames:
        yield fix_frame(frame, **choices)


def _kind(kind: Kind | str) -> Kind:
    try:
        return Kind(kind)
    except ValueError:
        raise UsageError(f"kind is {kind!r}: it is one of {', '.join(Kind)}") from None


def _items(documents: Iterable[Any], text_key: str, kind: Kind) -> Iterator[Item | None]:
    """The work for each document; None for one without a text."""
    for number, document in enumerate(documents, 1):
        text = document
        if isinstance(document, Mapping):
            if text_key not in document:
                keys = ", ".join(map(str, document))
                raise UsageError(f"document {number} has no key {text_key!r}: set text_key; there are {keys}")
            text = document[text_key]
        if text is not None and not isinstance(text, str):
            raise UsageError(f"document {number} is no text: it is of type {type(text).__name__}")
        yield None if text is None else Item(text, kind)


def _column(table: Any, name: str) -> Iterable[Any]:
    """A column of anything that has named ones."""
    if name not in table:
        raise UsageError(f"no column is called {name!r}: set column; there are {', '.join(map(str, table))}")
    values: Iterable[Any] = table[name]
    return values


def _added(
    values: Iterable[Any], kind: Kind | str, settings: Settings | None, quick: bool
) -> dict[str, list[Any]]:
    """The columns that are added beside a column of texts; where there is no text they are empty."""
    worker, kind = _worker(settings or Settings(), quick), _kind(kind)
    columns: dict[str, list[Any]] = {name: [] for name in (TEXT, SCORE, RATE, EDITS)}
    for value in values:
        row: tuple[Any, ...] = (value, None, None, "[]")
        if isinstance(value, str):
            result = worker.result(value, kind)
            spin = result.spin
            edits = as_json(edit_objects(result.edits))
            row = (result.after, round(spin.score, DIGITS), round(spin.rate, DIGITS), edits)
        for name, cell in zip(columns, row, strict=True):
            columns[name].append(cell)
    return columns


@dataclass(frozen=True, slots=True)
class _Whole(Outcome):
    """What became of a document, with nothing left out."""

    result: Result | None = None


@dataclass(frozen=True, slots=True)
class _WholeWork(Work):
    """The work of a batch, with nothing left out of what becomes of a document."""

    def worker(self) -> Worker:
        return _Worker(self)


class _Worker(Worker):
    """A worker that gives back all that the engine says, as `fix_text` does."""

    def result(self, text: str, kind: Kind) -> Result:
        """What is to be said and done about one text."""
        item = Item(text, kind)
        return _result(item, self.treat(item))

    def _treat_text(self, text: str, kind: Kind, settings: int) -> Outcome:
        return _Whole("", result=self._engines[settings].fix(text, kind=kind))


@lru_cache(maxsize=4)
def _worker(settings: Settings, quick: bool) -> _Worker:
    """The worker of this process for some settings: tools call the adapters once a batch."""
    return _Worker(Work((settings,), Options(quick=quick)))


def _result(item: Item | None, outcome: Outcome | None) -> Result:
    if isinstance(outcome, _Whole) and outcome.result is not None:
        return outcome.result
    text = item.content if item and isinstance(item.content, str) else ""
    note = f"failed: {outcome.reason}" if outcome else "skipped: no text"
    return Result("", text, text, (), (), SpinScore(0.0, 0.0), (note,))


def _in_this_process(items: Iterator[Item | None], work: Work) -> Iterator[Result]:
    worker = _Worker(work)
    for item in items:
        yield _result(item, worker.treat(item) if item else None)


def _in_processes(items: Iterator[Item | None], work: Work, jobs: int) -> Iterator[Result]:
    results: list[Result] = []
    wrong: list[Exception] = []
    chunks = _chunks(_until_wrong(items, wrong), _Collector(results))
    first = list(islice(chunks, 2))
    if len(first) < 2:  # done before a process would have read its tables
        yield from _in_this_process((item for chunk in first for item, _ in chunk.entries), work)
    else:
        yield from _from_processes(chain(first, chunks), work, jobs, results)
    if wrong:
        raise wrong[0]


def _until_wrong(items: Iterator[Item | None], wrong: list[Exception]) -> Iterator[Item | None]:
    """The documents up to the one that could not be had: what went before comes back all the same."""
    try:
        yield from items
    except Exception as error:  # noqa: BLE001 - raised again behind the results
        wrong.append(error)


def _from_processes(
    chunks: Iterator[Chunk], work: Work, jobs: int, results: list[Result]
) -> Iterator[Result]:
    with LocalEngine(work, jobs) as engine:
        for chunk, done in engine.run(chunks):
            chunk.fill(done.outcomes)
            yield from results
            results.clear()


class _Collector:
    """A sink that puts the results of a chunk into a list."""

    def __init__(self, results: list[Result]) -> None:
        self._results = results

    def take(self, chunk: Chunk) -> None:
        """Put them there."""
        self._results += [_result(item, slot.outcome if slot else None) for item, slot in chunk.entries]


def _chunks(items: Iterable[Item | None], sink: _Collector) -> Iterator[Chunk]:
    chunk = Chunk(sink)
    for item in items:
        if item is None:
            chunk.entries.append((None, None))
        else:
            chunk.add(item, item, Slot(), is_new=True)
        if chunk.is_full:
            yield chunk
            chunk = Chunk(sink)
    if chunk.entries:
        yield chunk
