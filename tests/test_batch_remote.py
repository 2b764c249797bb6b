"""Corpora in other file systems: read and written by URI, whole or not at all, and gone on with."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import Cli
from pyarrow import fs

from cleanup.batch import places, remote
from cleanup.batch.places import Store
from cleanup.batch.work import Worker

BAD = "They fight arranged crime in all of the towns."
GOOD = "They fight organized crime in all of the towns."
CLEAN = "Nobody has touched a word of this plain line."


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A file system in memory, the same for all URIs of its host, as a bucket is."""
    monkeypatch.setattr(places, "_SYSTEMS", {})
    places._resolved.cache_clear()
    yield places._resolved("mock://host/top")[0]
    places._resolved.cache_clear()


def put(system: Any, name: str, data: bytes) -> None:
    system.create_dir(name.rpartition("/")[0], recursive=True)
    with system.open_output_stream(name) as stream:
        stream.write(data)


def tree_of(system: Any, base: str) -> dict[str, Any]:
    """Every file below a place with its bytes; of the manifest all but the times."""
    found: dict[str, Any] = {}
    for info in system.get_file_info(fs.FileSelector(base, recursive=True)):
        if info.is_file:
            found[info.path[len(base) :].lstrip("/")] = system.open_input_stream(info.path).read()
    if "manifest.json" in found:
        found["manifest.json"] = {**json.loads(found["manifest.json"]), "times": None}
    return found


def lines(*texts: str) -> bytes:
    return "".join(json.dumps({"id": at, "text": text}) + "\n" for at, text in enumerate(texts)).encode()


def fill(system: Any) -> None:
    put(system, "in/a.jsonl", lines(BAD, CLEAN, "{", BAD) + b"broken\n")
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"text": [BAD, None, CLEAN]}), sink)
    put(system, "in/sub/b.parquet", sink.getvalue().to_pybytes())
    put(system, "in/notes.txt", b"of no interest")


def batch(cli: Cli, *arguments: str, status: int = 0) -> str:
    run = cli("batch", "-j", "1", "-q", *arguments)
    assert run.status == status, run.err
    return run.err


def test_corpora_are_read_and_written_where_a_uri_says(cli: Cli, far: Any) -> None:
    fill(far)
    batch(cli, "mock://host/in", "mock://host/out", "--shard-size", "2")
    for name, data in tree_of(far, "in").items():  # the same by paths
        path = Path("in", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    batch(cli, "in", "out", "--shard-size", "2", "--exclude", "*.txt")
    found, wanted = tree_of(far, "out"), tree_of(fs.LocalFileSystem(), "out")
    del wanted[".cleanup-batch/lock"]
    assert found == wanted
    assert json.loads(found["a/part-00000.jsonl"].splitlines()[0])["cleanup_text"] == GOOD
    assert [entry["path"] for entry in found["manifest.json"]["inputs"]] == ["a.jsonl", "sub/b.parquet"]


def test_one_file_may_go_from_there_to_here_and_back(cli: Cli, far: Any) -> None:
    fill(far)
    batch(cli, "mock://host/in/a.jsonl", "here")
    batch(cli, "here/a/part-00000.jsonl", "mock://host/back")
    assert len(tree_of(far, "back")["part-00000/part-00000.jsonl"].splitlines()) == 4
    assert "times" in json.loads(Path("here/manifest.json").read_text())
    assert "documents" in cli("batch", "-j", "1", "--dry-run", "mock://host/in").out.decode()


@pytest.mark.parametrize("seconds", [0.0, 30.0])
def test_what_was_stopped_goes_on_to_the_same_bytes(
    cli: Cli, far: Any, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    monkeypatch.setattr(remote, "_SECONDS_BETWEEN_JOURNALS", seconds)
    put(far, "in/a.jsonl", lines(*(f"{BAD} {at}" for at in range(12))))
    arguments = ("mock://host/in", "mock://host/out", "--shard-size", "2")
    batch(cli, *arguments[:1], "mock://host/whole", *arguments[2:])
    sent: list[str] = []
    send = Store.send

    def failing(self: Store, path: Path, name: str) -> None:
        if name.endswith("00003.jsonl") or (sent and sent[-1] == "dead"):
            sent.append("dead")
            with far.open_output_stream("out/a/.cleanup-0123.tmp") as stream:
                stream.write(b"half a fi")
            raise OSError("the line went dead\nand so on")
        sent.append(name)
        send(self, path, name)

    monkeypatch.setattr(Store, "send", failing)
    said = batch(cli, *arguments, status=2)
    assert said == "cleanup: error: mock://host/out: the line went dead\n"
    left = tree_of(far, "out")
    assert "manifest.json" not in left
    assert not [name for name in left if "00003" in name]
    monkeypatch.setattr(Store, "send", send)
    read: list[object] = []
    treat = Worker.treat
    monkeypatch.setattr(Worker, "treat", lambda self, item: (read.append(item), treat(self, item))[1])
    batch(cli, *arguments)
    assert len(read) == (6 if not seconds else 12)
    assert tree_of(far, "out") == tree_of(far, "whole")


def test_a_changed_input_and_a_lost_file_are_told(cli: Cli, far: Any) -> None:
    fill(far)
    batch(cli, "mock://host/in", "mock://host/out")
    whole = tree_of(far, "out")
    far.delete_file("out/a/part-00000.jsonl")
    batch(cli, "mock://host/in", "mock://host/out")
    assert tree_of(far, "out") == whole
    put(far, "in/a.jsonl", lines(CLEAN))
    assert "was made with other inputs (a.jsonl)" in batch(cli, "mock://host/in", "mock://host/out", status=2)
    batch(cli, "mock://host/in", "mock://host/out", "--force")
    batch(cli, "mock://host/in", "mock://host/fresh")
    assert tree_of(far, "out") == tree_of(far, "fresh")


def test_a_file_uri_is_a_path(cli: Cli) -> None:
    Path("in").mkdir()
    Path("in/a.txt").write_text(BAD)
    here = Path.cwd().as_uri()
    batch(cli, f"{here}/in", f"{here}/out")
    assert Path("out/a.txt").read_text() == GOOD
    assert "is inside the input" in batch(cli, f"{here}/in", "in/out", status=2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["mock://host/in", "mock://host/in"], "is the input itself"),
        (["mock://host/in", "mock://host/in/out"], "inside the input"),
        (["mock://host/none", "out"], "no such file"),
        (["mock://host/in/notes.txt", "out"], "the name of a corpus ends with"),
        (["nosuch://me:secret@host/in", "out"], "nosuch://host/in: no file system is opened by this"),
        (["tree", "mock://host/out"], "a tree is written to a directory of this machine"),
        (["mock://host/in", "mock://host/full"], "holds mine.txt, which cleanup batch did not write"),
        (["mock://host/in", "out", "--text-column", "body"], "no column is called 'body'"),
    ],
)
def test_bad_usage_is_one_clear_line(cli: Cli, far: Any, arguments: list[str], words: str) -> None:
    fill(far)
    put(far, "full/mine.txt", b"")
    Path("tree").mkdir()
    Path("tree/a.txt").write_text(BAD)
    said = batch(cli, *arguments, status=2)
    assert said.startswith("cleanup: error: ")
    assert said.count("\n") == 1
    assert words in said
    assert "secret" not in said


def test_a_missing_library_is_named_with_the_command_that_installs_it(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("c.jsonl").write_bytes(lines(BAD))
    monkeypatch.setitem(sys.modules, "ray", None)
    assert "pip install ray" in batch(cli, "c.jsonl", "out", "--engine", "ray", status=2)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    places._resolved.cache_clear()
    assert "pip install pyarrow" in batch(cli, "mock://other/in", "out", status=2)
    assert "there are local, ray" in batch(cli, "c.jsonl", "out", "--engine", "spark", status=2)
    assert "add it" in batch(cli, "c.jsonl", "out", "--ray-address", "here:1", status=2)
    assert not Path("out").exists()
