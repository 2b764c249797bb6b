"""Many documents from Python: in order, lazily, the same for any number of workers; and the adapters."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cleanup.library
from cleanup import Result, Settings, fix_documents, fix_text
from cleanup.batch.work import Worker
from cleanup.errors import CleanupError, RuleError, UsageError
from cleanup.library import fix_batch, fix_column, fix_frame, fix_frames

BAD = "The pact is meant to fight arranged crime in both countries."
GOOD = "The pact is meant to fight organized crime in both countries."
CLEAN = "The committee met on Tuesday and agreed to meet again in the spring."
GERMAN = "Die Beamten sagten, dass sie nicht vor Mittag dort sein würden, weil es regnet."
ARTICLE = (Path(__file__).parent.parent / "samples" / "article.txt").read_text(encoding="utf-8")

TEXTS = [f"{text} Number {at}." for at in range(40) for text in (BAD, CLEAN, GERMAN)] + ["", ARTICLE]


def test_results_are_those_of_fix_text_for_any_number_of_workers() -> None:
    expected = [fix_text(text) for text in TEXTS]
    for workers in (1, 2, 3, None):
        assert list(fix_documents(TEXTS, workers=workers)) == expected


def test_settings_kind_and_look_count_in_every_process() -> None:
    settings = Settings(ignore=("law",))
    texts = [f"`arranged crime` {BAD}"] * 150
    expected = fix_text(texts[0], kind="markdown", settings=settings)
    for workers in (1, 2):
        found = list(fix_documents(texts, kind="markdown", settings=settings, workers=workers, quick=True))
        assert {result.after for result in found} == {expected.after}


@pytest.mark.parametrize("workers", [1, 2])
def test_mappings_and_documents_without_a_text(workers: int) -> None:
    records = [{"body": text, "id": at} for at, text in enumerate([BAD, None, CLEAN] * 50)]
    results = list(fix_documents(records, text_key="body", workers=workers))
    assert [result.after for result in results[:3]] == [GOOD, "", CLEAN]
    assert [result.notes for result in results[:3]] == [(), ("skipped: no text",), ()]
    assert len(results) == len(records)
    assert [result.before for result in fix_documents([None] * 200, workers=workers)] == [""] * 200


def _counted(taken: list[int]) -> Iterator[str]:
    for at in range(100_000):
        taken.append(at)
        yield f"{BAD} {at}"


def test_one_worker_reads_one_document_at_a_time() -> None:
    taken: list[int] = []
    results = fix_documents(_counted(taken), workers=1)
    assert taken == []
    for at in range(5):
        assert next(results).after == f"{GOOD} {at}"
        assert len(taken) == at + 1


def test_processes_read_a_bounded_number_ahead_and_end_with_the_iterator() -> None:
    taken: list[int] = []
    results = fix_documents(_counted(taken), workers=2)
    assert taken == []
    for at in range(200):
        assert next(results).after == f"{GOOD} {at}"
        assert len(taken) <= at + 64 * (3 * 2 + 1)
    results.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if "ThreadPool" in thread.name]


def test_little_work_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleanup.library, "LocalEngine", None)
    assert [result.after for result in fix_documents([BAD, CLEAN], workers=4)] == [GOOD, CLEAN]
    assert list(fix_documents([], workers=4)) == []


def test_a_document_that_fails_is_kept_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def fix(self: object, text: str, **_: object) -> Result:
        raise ValueError("an engine that stumbles")

    monkeypatch.setattr("cleanup.pipeline.Engine.fix", fix)
    (result, other) = fix_documents([BAD, None], workers=1)
    assert (result.before, result.after, result.edits) == (BAD, BAD, ())
    assert "an engine that stumbles" in result.notes[0]
    assert other.notes == ("skipped: no text",)


@pytest.mark.parametrize("documents", [BAD, BAD.encode(), {"text": BAD}])
def test_a_single_document_is_refused(documents: object) -> None:
    with pytest.raises(UsageError, match="fix_text"):
        fix_documents(documents)  # type: ignore[arg-type]


@pytest.mark.parametrize("workers", [1, 2])
def test_mistakes_are_clear_errors(workers: int) -> None:
    with pytest.raises(UsageError, match="document 2 has no key 'text': set text_key; there are body"):
        list(fix_documents([{"text": BAD}, {"body": BAD}], workers=workers))
    with pytest.raises(UsageError, match="document 1 is no text: it is of type int"):
        list(fix_documents([7], workers=workers))  # type: ignore[list-item]
    with pytest.raises(UsageError, match="kind is 'rtf': it is one of plain, markdown, html"):
        fix_documents([BAD], kind="rtf", workers=workers)
    with pytest.raises(UsageError, match="workers is 0"):
        fix_documents([BAD], workers=0)
    with pytest.raises((RuleError, CleanupError), match=r"missing\.toml"):
        fix_documents([BAD], settings=Settings(rules=("missing.toml",)), workers=workers)


def test_a_program_without_a_guard_is_told_so(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        f"from cleanup import fix_documents\nlist(fix_documents([{BAD!r}] * 200, workers=2))\n"
    )
    run = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "a worker process ended with status 1" in run.stderr
    assert '`if __name__ == "__main__":`' in run.stderr


# adapters


def test_a_batch_of_datasets() -> None:
    # dataset.map(fix_batch, batched=True, fn_kwargs={"column": "body"})
    batch = {"id": [1, 2, 3], "body": [BAD, None, CLEAN]}
    fixed = fix_batch(batch, column="body")
    assert fixed["id"] == [1, 2, 3]
    assert fixed["body"] == [BAD, None, CLEAN]
    assert fixed["cleanup_text"] == [GOOD, None, CLEAN]
    assert [score is None for score in fixed["cleanup_score"]] == [False, True, False]
    (edit,) = json.loads(fixed["cleanup_edits"][0])
    assert (edit["before"], edit["after"]) == ("arranged crime", "organized crime")
    assert BAD[edit["start"] : edit["end"]] == "arranged crime"
    assert fixed["cleanup_edits"][1:] == ["[]", "[]"]
    assert list(fix_batch({"text": []})) == [
        "text",
        "cleanup_text",
        "cleanup_score",
        "cleanup_rate",
        "cleanup_edits",
    ]
    assert fix_batch({"text": np.array([BAD], dtype=object)})["cleanup_text"] == [GOOD]  # Ray without pandas


def test_a_column_of_pandas() -> None:
    column = pd.Series([BAD, None, CLEAN], index=[7, 8, 9], name="body")
    fixed = fix_column(column)
    assert (list(fixed.index), fixed.name, fixed.dtype) == ([7, 8, 9], "body", column.dtype)
    assert [fixed[7], fixed[9]] == [GOOD, CLEAN]
    assert pd.isna(fixed[8])
    assert list(fix_column(pd.Series([BAD, BAD], dtype="category"))) == [GOOD, GOOD]
    assert fix_column(pd.Series([], dtype=object)).empty


def test_frames_of_spark_and_ray() -> None:
    # spark: frame.mapInPandas(partial(fix_frames, column="body"), schema)
    # ray:   dataset.map_batches(fix_frame, fn_kwargs={"column": "body"}, batch_format="pandas")
    frames = [
        pd.DataFrame({"id": [1, 2], "body": [BAD, None]}, index=[5, 5]),
        pd.DataFrame({"id": [3], "body": [CLEAN]}),
    ]
    function = pickle.loads(pickle.dumps(partial(fix_frames, column="body", settings=Settings())))
    one, other = function(iter(frames))
    added = ["cleanup_text", "cleanup_score", "cleanup_rate", "cleanup_edits"]
    assert list(one.columns) == list(other.columns) == ["id", "body", *added]
    assert one["cleanup_text"].iloc[0] == GOOD
    assert pd.isna(one["cleanup_score"].iloc[1])
    assert list(one.index) == [5, 5]
    assert "cleanup_text" not in frames[0]
    assert fix_frame(frames[1], column="body").equals(other)


def test_frames_are_read_one_by_one() -> None:
    taken: list[int] = []
    frames = (pd.DataFrame({"text": [taken.append(at) or BAD]}) for at in range(3))  # type: ignore[func-returns-value]
    fixed = fix_frames(frames)
    next(fixed)
    assert taken == [0]


@pytest.mark.parametrize("adapter", [fix_batch, fix_frame])
def test_a_missing_column_is_a_clear_error(adapter: object) -> None:
    with pytest.raises(UsageError, match="no column is called 'text': set column; there are body, id"):
        adapter(pd.DataFrame({"body": [BAD], "id": [1]}))  # type: ignore[operator]


def test_adapters_make_one_engine_in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    start = Worker.__init__
    monkeypatch.setattr(Worker, "__init__", lambda self, work: (made.append(work), start(self, work))[1])
    cleanup.library._worker.cache_clear()
    for _ in range(3):
        fix_batch({"text": [BAD]})
        fix_column(pd.Series([BAD]))
    assert len(made) == 1


def test_nothing_of_other_tools_is_imported() -> None:
    code = "import sys, cleanup; cleanup.fix_documents; print({'pandas', 'datasets', 'pyspark'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"


@pytest.mark.parametrize("workers", [1, 2])
def test_what_came_before_a_document_that_cannot_be_had_comes_back(workers: int) -> None:
    def documents() -> Iterator[str]:
        for at in range(200):
            yield f"{BAD} {at}"
        raise OSError("the source ran dry")

    taken: list[str] = []
    with pytest.raises(OSError, match="ran dry"):
        taken.extend(result.after for result in fix_documents(documents(), workers=workers))
    assert taken == [f"{GOOD} {at}" for at in range(200)]


@pytest.mark.parametrize("documents", [None, 5])
def test_what_is_no_iterable_is_refused_at_once(documents: object) -> None:
    with pytest.raises(UsageError, match="iterable"):
        fix_documents(documents)  # type: ignore[arg-type]


@pytest.mark.parametrize("workers", ["2", 1.5, 0])
def test_workers_are_a_whole_number(workers: object) -> None:
    with pytest.raises(UsageError, match="whole number"):
        fix_documents([], workers=workers)  # type: ignore[arg-type]
