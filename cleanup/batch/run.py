"""A batch from its plan to its manifest."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from cleanup import __version__
from cleanup.batch.chunks import Chunk, Look
from cleanup.batch.corpus import Corpus
from cleanup.batch.engine import Engine, EngineChoice
from cleanup.batch.identity import Identity, model_digests
from cleanup.batch.options import Options
from cleanup.batch.places import is_uri, shown, status
from cleanup.batch.plan import CorpusFile, Plan
from cleanup.batch.progress import Progress
from cleanup.batch.records import as_json
from cleanup.batch.state import DOCUMENTS, FAILED, MANIFEST, State, replace_file
from cleanup.batch.streams import Target, sha256_of
from cleanup.batch.tree import Tree
from cleanup.batch.work import FAILED as SET_ASIDE
from cleanup.batch.work import Work
from cleanup.errors import FileError, UsageError
from cleanup.files import describe


@dataclass(frozen=True, slots=True)
class Summary:
    """What a batch came to.

    Attributes:
        counts: how many documents had each status.
        edits: how many edits were made.
        words: how many words were read.
        read: how many bytes the inputs hold.
        redone: how many documents were worked on in this run; the others were complete.
        seconds: how long this run took.

    """

    counts: dict[str, int]
    edits: int
    words: int
    read: int
    redone: int
    seconds: float

    @property
    def failed(self) -> int:
        """How many documents were set aside."""
        return self.counts.get(SET_ASIDE, 0)

    @property
    def documents(self) -> int:
        """How many documents there were, those set aside included."""
        return sum(self.counts.values())


def run_batch(
    plan: Plan, options: Options, out: str, progress: Progress, *, choice: EngineChoice, force: bool
) -> Summary:
    """Do what is planned, or what is left of it.

    Raises:
        ConfigError: when a language model cannot be used; that is found before any input is read.
        UsageError: when the output holds something else, or was made from or with something else.
        FileError: when it cannot be written, or an input changes meanwhile.

    """
    started, clock = datetime.now(UTC), time.perf_counter()
    models = model_digests(plan.settings)
    plan, inputs = _with_digests(plan, progress)
    identity = Identity.of(plan.settings, options, models)
    keys = {file.output: identity.key(inputs[file.name]["sha256"], file) for file in plan.every}
    run = {**identity.described, "inputs": {name: entry["sha256"] for name, entry in inputs.items()}}
    try:
        with _state(out, plan) as state:
            for file in plan.every:  # before anything is written
                state.place(f"{file.output}/part" if isinstance(file, CorpusFile) else file.output)
            state.open(run, keys, force=force)
            look = Look.at(plan.settings, quick=options.quick)
            digests = {file.output: inputs[file.name]["sha256"] for file in plan.files}
            sources: Sequence[Tree | Corpus] = [
                Tree(plan.files, keys, digests, state, look=look),
                *(
                    Corpus(file, keys[file.output], identity.version, options, state, look=look)
                    for file in plan.corpora
                ),
            ]
            size = sum(entry["bytes"] for entry in inputs.values())
            progress.begin("working", size)
            with choice.engine(Work(plan.settings, options), identity.version) as engine:
                redone = _work(sources, engine, progress)
            progress.end()
            units = list(chain.from_iterable(source.units() for source in sources))
            state.put_in_order(units)
            totals = _Totals(plan, state)
            totals.read(units)
            totals.write_lists()
            times = {
                "started": started.isoformat(timespec="seconds"),
                "finished": datetime.now(UTC).isoformat(timespec="seconds"),
                "seconds": round(time.perf_counter() - clock, 3),
                "engine": choice.name,
                "jobs": engine.jobs,
            }
            totals.write_manifest({**identity.described, "inputs": inputs}, times)
    except OSError as error:
        where = error.filename if isinstance(error.filename, str) else out
        raise FileError(f"{shown(where)}: {describe(error)}".split("\n")[0]) from error
    counts = dict(sorted(totals.counts.items()))
    return Summary(counts, totals.edits, totals.words, size, redone, time.perf_counter() - clock)


def _state(out: str, plan: Plan) -> State:
    """What is complete in the output, wherever that is.

    Raises:
        UsageError: when a tree is to be written into another file system.

    """
    if not is_uri(out):
        return State(Path(out))
    if plan.files:
        raise UsageError(f"{shown(out)}: a tree is written to a directory of this machine: name one")
    from cleanup.batch.remote import RemoteState

    return RemoteState(out)


def _with_digests(plan: Plan, progress: Progress) -> tuple[Plan, dict[str, dict[str, Any]]]:
    """SHA-256 and size of each input by its name, and the plan without what cannot be read."""
    inputs: dict[str, dict[str, Any]] = {}
    unreadable = list(plan.unreadable)
    progress.begin("looking", sum(_size(file.path) for file in plan.every))
    for file in plan.every:
        try:
            digest, size = sha256_of(file.path)
        except FileError as error:
            unreadable.append((file.name, str(error).removeprefix(f"{shown(file.path)}: ")))
        else:
            inputs[file.name] = {"sha256": digest, "bytes": size}
            progress.advance(size, 0)
    progress.end()
    files = tuple(file for file in plan.files if file.name in inputs)
    corpora = tuple(file for file in plan.corpora if file.name in inputs)
    return replace(plan, files=files, corpora=corpora, unreadable=tuple(unreadable)), inputs


def _size(path: str) -> int:
    try:
        return status(path)[0]
    except OSError:
        return 0


def _work(sources: Sequence[Tree | Corpus], engine: Engine, progress: Progress) -> int:
    """Have all that is not complete worked on and written; how many documents that were."""
    documents = 0
    chunks: Iterator[Chunk] = chain.from_iterable(source.chunks() for source in sources)
    for chunk, done in engine.run(chunks):
        chunk.fill(done.outcomes)
        documents += len(chunk.entries)
        progress.advance(chunk.position, len(chunk.entries))
    return documents


class _Totals:
    """What all units come to, and the files that say so."""

    def __init__(self, plan: Plan, state: State) -> None:
        self.counts: Counter[str] = Counter()
        self.edits = self.words = 0
        self._plan = plan
        self._state = state
        self._names = {file.output: file.name for file in plan.every}
        self._outputs: list[dict[str, Any]] = []
        self._units: Sequence[str] = ()

    def read(self, units: Sequence[str]) -> None:
        """Add everything up."""
        self._units = units
        self.counts[SET_ASIDE] += len(self._plan.unreadable)
        for unit in units:
            entry = self._state.entry(unit)
            self.counts.update(entry.get("counts", {}))
            self.edits += entry.get("edits", 0)
            self.words += entry.get("words", 0)
            if entry.get("output"):
                output = {name: entry[name] for name in ("sha256", "bytes", "records")}
                self._outputs.append({"path": entry["output"], **output})
        self.counts = +self.counts

    def write_lists(self) -> None:
        """Write the list of what was set aside, and that of the documents of a tree; no empty ones."""
        self._write(FAILED, self._failures())
        self._write(DOCUMENTS, self._documents())

    def _write(self, name: str, lines: Iterator[dict[str, Any]]) -> None:
        path = self._state.place(name)
        first = next(lines, None)
        if first is None:
            self._state.remove(name)
            return
        target = Target(path)
        try:
            for line in chain((first,), lines):
                target.stream.write(f"{as_json(line)}\n".encode())
            target.commit()
        except BaseException:
            target.discard()
            raise
        self._state.publish(name)

    def _failures(self) -> Iterator[dict[str, Any]]:
        for name, reason in self._plan.unreadable:
            yield {"path": name, "line": None, "reason": reason}
        for unit in self._units:
            entry = self._state.entry(unit)
            for failure in entry.get("failed", ()):
                yield {"path": self._names[entry["source"]], **failure}

    def _documents(self) -> Iterator[dict[str, Any]]:
        for unit in self._units:
            document = self._state.entry(unit).get("document")
            if document is not None:
                yield document

    def write_manifest(self, described: dict[str, Any], times: dict[str, Any]) -> None:
        """Write the manifest, in which only the times differ from run to run."""
        manifest = {
            **described,
            "version": __version__,
            "counts": dict(sorted(self.counts.items())),
            "edits": self.edits,
            "words": self.words,
            "shards" if self._plan.corpora else "files": self._outputs,
            "times": times,
        }
        manifest["inputs"] = [{"path": name, **entry} for name, entry in described["inputs"].items()]
        replace_file(self._state.place(MANIFEST), f"{as_json(manifest, indent=1)}\n".encode())
        self._state.publish(MANIFEST)
