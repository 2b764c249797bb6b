"""A batch that hears a language model: the same bytes from any number of processes, and nothing said twice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT, Cli, own_cache
from lm_samples import FACTS, tensors, write_gguf
from test_batch import (
    _tables_are_read_once,  # noqa: F401 - for every test here, too
    manifest,
    read_jsonl,
    tree_of,
    write,
    write_jsonl,
)

from cleanup.batch.ray_engine import _absolute
from cleanup.batch.work import Done, Item, Outcome, Worker
from cleanup.config import Settings
from cleanup.errors import ConfigError
from cleanup.lm import backend, native, onnx_network, threads
from cleanup.lm.backend import digest_of, require_model
from cleanup.lm.native import NativeModel

SPUN = (
    "The White Home on Tuesday turned down a Republican supply to fund the government. Aides to the president "
    "stated he would not sign any invoice that minimize money for meals stamps. Investigators stated the group ran "
    "an arranged crime ring, and a press convention was referred to as off."
)
CLEAN = "The mayor opened the new bridge on Monday and thanked the engineers of the town for their work."


@pytest.fixture(autouse=True)
def _fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was asked before, and models are loaded anew: files of one name differ from test to test."""
    monkeypatch.setenv("CLEANUP_CACHE_DIR", own_cache(tmp_path / "cache"))
    monkeypatch.setattr(threads, "_limit", 0)
    backend._once.cache_clear()


@pytest.fixture
def corpus(cli: Cli, tmp_path: Path) -> str:
    """A tree of texts and a tiny model, ``tiny.gguf``."""
    write_gguf(tmp_path / "tiny.gguf", tensors(), FACTS)
    for at in range(3):
        write(f"in/{at}.txt", f"Report {at}. {SPUN} {SPUN}" if at < 2 else CLEAN)
    return "in"


caches = count()


def batch(cli: Cli, *arguments: str, status: int = 0, jobs: int = 1) -> str:
    """Run in this process, and quietly, where nothing was asked before; what was said on standard error.

    A file of scores that this process has open is none for processes forked from it: SQLite forbids that.  Outside
    of tests, the first process opens none.
    """
    os.environ["CLEANUP_CACHE_DIR"] = own_cache(Path("cache", str(next(caches))).absolute())
    run = cli("batch", "--jobs", str(jobs), "--quiet", *arguments)
    assert run.status == status, run.err
    assert run.out == b""
    return run.err


def everything(directory: str) -> dict[str, Any]:
    """What was written, but for what differs with every setting."""
    return {name: data for name, data in tree_of(directory).items() if not name.startswith(".cleanup-batch")}


def test_one_process_and_two_write_the_same_bytes(corpus: str, cli: Cli, tmp_path: Path) -> None:
    for jobs in (1, 2):
        assert batch(cli, corpus, f"out{jobs}", "--lm-model", "tiny.gguf", jobs=jobs) == ""
    assert tree_of("out2") == tree_of("out1")
    batch(cli, corpus, "plain")
    assert everything("plain") != everything("out1")


def test_what_was_asked_before_changes_nothing(corpus: str, cli: Cli, tmp_path: Path) -> None:
    """In processes of their own, which share what they remember."""
    command = [
        sys.executable,
        "-m",
        "cleanup",
        "batch",
        corpus,
        "out",
        "--lm-model",
        "tiny.gguf",
        "--jobs",
        "2",
    ]
    outputs = []
    for _ in range(2):
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (run.returncode, run.stderr) == (0, "")
        assert (tmp_path / "cache" / "lm" / "scores.sqlite").exists()
        outputs.append(tree_of("out"))
        shutil.rmtree("out")
    assert outputs[0] == outputs[1]


def test_records_are_judged_by_the_model_too(corpus: str, cli: Cli) -> None:
    write_jsonl("news.jsonl", SPUN, CLEAN, SPUN + " " + SPUN)
    for jobs in (1, 2):
        batch(cli, "news.jsonl", f"out{jobs}", "--lm-model", "tiny.gguf", jobs=jobs)
    assert tree_of("out1") == tree_of("out2")
    assert [row["cleanup_status"] for row in read_jsonl("out1/news/part-00000.jsonl")][1] == "clean"


def test_a_batch_says_what_fix_says(corpus: str, cli: Cli) -> None:
    batch(cli, corpus, "out", "--lm-model", "tiny.gguf")
    fixed = cli("fix", "in/0.txt", "-o", "-", "--quiet", "--lm-model", "tiny.gguf")
    assert Path("out/0.txt").read_bytes() == fixed.out


def test_a_configuration_file_can_ask_for_the_model(corpus: str, cli: Cli) -> None:
    batch(cli, corpus, "flags", "--lm-model", "tiny.gguf")
    Path(".cleanup.toml").write_text('lm = true\nlm-model = "tiny.gguf"\n')
    batch(cli, corpus, "file")
    assert everything("file") == everything("flags")


def _missing(path: Path) -> None:
    path.unlink()


def _no_model(path: Path) -> None:
    path.write_bytes(b"no model at all")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-4000])


@pytest.mark.parametrize("more", [(), ("--jobs", "2"), ("--dry-run",)])
@pytest.mark.parametrize("damage", [_missing, _no_model, _cut])
def test_a_model_that_is_not_there_is_told_before_anything_is_read(
    damage: Any, more: tuple[str, ...], corpus: str, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage(tmp_path / "tiny.gguf")
    read: list[str] = []
    for name in ("run.sha256_of", "estimate.read_bytes"):
        monkeypatch.setattr(f"cleanup.batch.{name}", read.append)
    (line,) = batch(cli, corpus, "out", "--lm-model", "tiny.gguf", *more, status=2).splitlines()
    assert line.startswith("cleanup: error: ")
    assert "tiny.gguf" in line
    assert read == []
    assert not Path("out").exists()


def test_the_file_of_a_model_is_looked_over_once_before_a_batch_begins(
    corpus: str, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What processes of their own do is not seen here."""
    opened: list[Path] = []

    class Watched(native.Gguf):
        def __init__(self, path: Path, *more: Any) -> None:
            opened.append(path)
            super().__init__(path, *more)

    monkeypatch.setattr(native, "Gguf", Watched)
    batch(cli, corpus, "out", "--lm-model", "tiny.gguf", jobs=2)
    assert opened == [Path("tiny.gguf")]


def test_without_weights_one_line_says_the_one_command_that_brings_them(corpus: str, cli: Cli) -> None:
    (line,) = batch(cli, corpus, "out", "--lm", status=2).splitlines()
    assert "`cleanup lm install`" in line
    assert not Path("out").exists()


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_model_that_gives_no_numbers_ends_the_run_and_blames_no_document(
    jobs: int, corpus: str, cli: Cli, tmp_path: Path
) -> None:
    """That only shows when it is asked."""
    weights = tensors()
    weights["blk.1.attn_output.weight"][:] = np.nan
    write_gguf(tmp_path / "tiny.gguf", weights, FACTS)
    require_model("tiny.gguf")
    (line,) = batch(cli, corpus, "out", "--lm-model", "tiny.gguf", status=2, jobs=jobs).splitlines()
    assert "tiny.gguf: gives no numbers: it is damaged" in line
    assert not Path("out/failed.jsonl").exists()
    write_gguf(tmp_path / "tiny.gguf", tensors(), FACTS)
    backend._once.cache_clear()
    batch(cli, corpus, "out", "--lm-model", "tiny.gguf", "--force", jobs=jobs)
    assert set(manifest()["counts"]) <= {"clean", "kept", "repaired"}


def test_a_run_goes_on_only_with_the_same_model(corpus: str, cli: Cli, tmp_path: Path) -> None:
    model = ("--lm-model", "tiny.gguf")
    batch(cli, corpus, "out", *model)
    before = tree_of("out")
    Path("elsewhere").mkdir()
    shutil.copy("tiny.gguf", "elsewhere/tiny.gguf")
    summary = cli("batch", corpus, "out", "--lm-model", "elsewhere/tiny.gguf", "--jobs", "1")
    assert b"0 in this run" in summary.out
    assert tree_of("out") == before
    assert "made with other data, settings" in batch(cli, corpus, "out", status=2)
    write_gguf(tmp_path / "tiny.gguf", tensors(seed=8), FACTS)
    backend._once.cache_clear()
    assert "made with other data:" in batch(cli, corpus, "out", *model, status=2)
    batch(cli, corpus, "out", *model, "--force")
    batch(cli, corpus, "fresh", *model)
    assert tree_of("out") == tree_of("fresh")


def test_a_model_that_is_not_heard_does_not_count(corpus: str, cli: Cli) -> None:
    batch(cli, corpus, "out")
    Path(".cleanup.toml").write_text('lm-model = "tiny.gguf"\n')
    summary = cli("batch", corpus, "out", "--jobs", "1")
    assert b"0 in this run" in summary.out


@pytest.mark.parametrize("jobs", [1, 2])
def test_workers_draw_no_bars(
    jobs: int, corpus: str, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even on a terminal, where `fix` would have told somebody."""

    def tell(done: int, total: int) -> None:
        (tmp_path / "told").write_text(f"{done} {total}")

    monkeypatch.setattr("cleanup.cli.progress.questions_for", lambda *, quiet: tell)
    cli("fix", "in/0.txt", "-o", "-", "--lm-model", "tiny.gguf")
    (tmp_path / "told").unlink()
    backend._once.cache_clear()  # its threads would be missing in a process that is forked now
    batch(cli, corpus, "out", "--lm-model", "tiny.gguf", jobs=jobs)
    assert not (tmp_path / "told").exists()


def test_the_first_process_never_loads_the_model(
    corpus: str, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is loaded before processes are forked is shared by them, threads and open files included."""
    batch(cli, corpus, "out", "--lm-model", "tiny.gguf", jobs=2)
    assert backend._once.cache_info().currsize == 0
    batch(cli, corpus, "out1", "--lm-model", "tiny.gguf", jobs=1)
    assert backend._once.cache_info().currsize == 1


@pytest.mark.parametrize(("more", "most"), [((), 12), (("--lm-model", "tiny.gguf"), 2)])
def test_documents_are_handed_out_a_few_at_a_time_where_each_takes_seconds(
    more: tuple[str, ...], most: int, corpus: str, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed_out: list[int] = []

    def treat_all(self: Worker, items: Sequence[Item]) -> Done:
        handed_out.append(len(items))
        return Done([Outcome("clean") for _ in items], 0.0)

    monkeypatch.setattr(Worker, "treat_all", treat_all)
    for at in range(12):
        write(f"some/{at}.txt", f"{at} {SPUN} {SPUN} {SPUN} {SPUN}")
    batch(cli, "some", "out", *more)
    assert sum(handed_out) == 12
    assert max(handed_out) == most


def test_an_estimate_hears_the_model(corpus: str, cli: Cli) -> None:
    run = cli("batch", corpus, "--lm-model", "tiny.gguf", "--dry-run", "--jobs", "1", "--quiet")
    assert run.status == 0, run.err
    assert b"3 of them read closely" in run.out


def test_workers_elsewhere_find_a_model_by_its_whole_path(corpus: str, cli: Cli, tmp_path: Path) -> None:
    assert _absolute(Settings(lm_model="tiny.gguf")).lm_model == str(tmp_path / "tiny.gguf")
    assert _absolute(Settings(lm_model="owner/name")).lm_model == "owner/name"
    assert _absolute(Settings()).lm_model == ""


def test_the_digest_of_a_file_is_that_of_its_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnxruntime")
    path = write_gguf(tmp_path / "tiny.gguf", tensors(), FACTS)
    both = [digest_of(str(path))]
    assert both == [NativeModel(path).digest]
    monkeypatch.setattr("cleanup.lm.native.find_spec", lambda name: None)
    both.append(digest_of(str(path)))
    assert both[1] == NativeModel(path).digest == NativeModel(path, plain=True).digest
    assert both[0] != both[1]


@pytest.mark.parametrize("count", [1, 2])
def test_the_number_of_threads_changes_nothing(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    path = write_gguf(tmp_path / "tiny.gguf", tensors(), FACTS)
    wanted = _logs(NativeModel(path))
    chosen: list[int] = []

    class Watched(onnxruntime.InferenceSession):  # type: ignore[misc, name-defined]
        def __init__(self, graph: bytes, options: Any, **more: Any) -> None:
            chosen.append(options.intra_op_num_threads)
            super().__init__(graph, options, **more)

    monkeypatch.setattr(onnxruntime, "InferenceSession", Watched)
    monkeypatch.setattr(threads, "_limit", count)
    assert onnx_network.threads is threads
    found = _logs(NativeModel(path))
    assert set(chosen) == {count}
    assert all(np.array_equal(one, other) for one, other in zip(wanted, found, strict=True))


def _logs(model: NativeModel) -> list[Any]:
    pieces = [model.start, *model.pieces(SPUN)]
    read = model.read(pieces)
    return [read.logs, *model.follow(read, [(at, pieces[at + 1 : at + 12]) for at in range(1, 90, 4)])]


def test_a_batch_asks_the_libraries_of_numpy_for_one_thread(tmp_path: Path) -> None:
    """In a process of its own, for they ask when they are loaded; what the user has set stays."""
    program = (
        "import os; from cleanup.lm import threads; threads.use_one();"
        "print(threads.limit(), *(os.environ[name] for name in threads._VARIABLES))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"MKL_NUM_THREADS": "3", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == ["1", "1", "1", "3"]


def test_a_model_in_a_file_is_looked_for_without_being_loaded(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "tiny.gguf", tensors(), FACTS)
    require_model(str(path))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ConfigError, match="cut short"):
        require_model(str(path))
