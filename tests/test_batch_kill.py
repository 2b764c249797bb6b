"""A batch that is killed anywhere goes on where it was, to the same bytes; Ctrl-C leaves nothing behind."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

BAD = "They fight arranged crime in all of the towns."
POINTS = 20

# Runs the command line and kills it with SIGKILL at its n-th call to one of the functions that change files,
# in the middle of a write; only this process, whose workers import the program as it is.
WRAPPER = """
import itertools, os, signal, sys
from pathlib import Path

if __name__ == "__main__":
    deadly, calls = int(sys.argv[1]), itertools.count(1)

    def counted(function, name):
        def call(*arguments, **more):
            changes = name != "open" or arguments[1] & (os.O_WRONLY | os.O_RDWR)
            if changes and next(calls) == deadly:
                if name == "write":
                    function(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **more)
        return call

    for name in ("write", "fsync", "replace", "rename", "open", "unlink", "mkdir"):
        setattr(os, name, counted(getattr(os, name), name))
    from cleanup.cli import run
    status = run(sys.argv[2:])
    with open(os.environ["CALLS"], "w") as file:
        file.write(str(next(calls) - 1))
    sys.exit(status)
"""


def start(where: Path, *arguments: str, deadly: int = 0, **more: Any) -> subprocess.Popen[bytes]:
    """The command in a session of its own, as from a shell."""
    script = where / "wrapper.py"
    if not script.exists():
        script.write_text(WRAPPER)
    environment = {**os.environ, "CALLS": str(where / f"calls-{arguments[-1]}")}
    return subprocess.Popen(
        [sys.executable, str(script), str(deadly), "batch", *arguments],
        cwd=where, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, **more,
    )  # fmt: skip


def finish(run: subprocess.Popen[bytes]) -> tuple[int, str]:
    _, err = run.communicate(timeout=60)
    return run.returncode, err.decode()


def files_of(directory: Path) -> dict[str, Any]:
    """Every file with its bytes; of the manifest all but the times."""
    found: dict[str, Any] = {
        str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }
    if "manifest.json" in found:
        found["manifest.json"] = {**json.loads(found["manifest.json"]), "times": None}
    return found


def is_temporary(name: str) -> bool:
    return Path(name).name.startswith(".cleanup-") and name.endswith(".tmp")


def members(session: int) -> list[str]:
    """The processes of a session that are alive."""
    alive = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, its_session, *_ = path.read_text().rpartition(")")[2].split()
        except (OSError, ValueError):
            continue
        if int(its_session) == session and state != "Z":
            alive.append(path.parent.name)
    return alive


def wait_until_gone(session: int) -> None:
    deadline = time.monotonic() + 8
    while members(session):
        assert time.monotonic() < deadline, members(session)
        time.sleep(0.05)


def wait_for(path: Path, run: subprocess.Popen[bytes]) -> None:
    while not path.exists():
        assert run.poll() is None, finish(run)
        time.sleep(0.01)


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("kill")
    texts = [f"{BAD} It is so in {at} of them." for at in range(8)]
    lines = [json.dumps({"id": at, "text": text}) for at, text in enumerate(texts)]
    lines[3] = "{broken"
    (where / "c.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    pq.write_table(pa.table({"text": texts}), where / "d.parquet")
    (where / "tree" / "sub").mkdir(parents=True)
    for at, text in enumerate(texts[:4]):
        (where / "tree" / ("sub" if at % 2 else "") / f"{at}.txt").write_text(text)
    (where / "tree" / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")
    return where


SOURCES = {"corpora": ["c.jsonl.gz", "d.parquet"], "tree": ["tree"]}
CHOICES = ["--quiet", "--shard-size", "3", "--select", "law"]


def test_a_batch_that_is_killed_anywhere_goes_on_to_the_same_bytes(corpora: Path) -> None:
    chance = random.Random(7)
    wanted, points, count = {}, [], POINTS // len(SOURCES)
    for name, sources in SOURCES.items():
        calls = {}
        for jobs in (1, 1, 2):  # the first fills the cache of rules, too
            out = f"{name}-whole-{jobs}"
            shutil.rmtree(corpora / out, ignore_errors=True)
            assert finish(start(corpora, "-j", str(jobs), *CHOICES, *sources, out))[0] == 0
            calls[jobs] = int((corpora / f"calls-{out}").read_text())
        wanted[name] = files_of(corpora / f"{name}-whole-1")
        assert not any(map(is_temporary, wanted[name]))
        assert files_of(corpora / f"{name}-whole-2") == wanted[name]
        for at in range(count):  # one in each stretch of the run; every fifth with workers
            jobs = 2 if at % 5 == 3 else 1
            first, last = (calls[jobs] * place // count for place in (at, at + 1))
            points.append((name, chance.randrange(first, last) + 1, jobs))
    assert len(points) == POINTS

    def check(point: tuple[str, int, int]) -> None:
        name, deadly, jobs = point
        out = f"{name}-{deadly}-{jobs}"
        command = ["-j", str(jobs), *CHOICES, *SOURCES[name], out]
        run = start(corpora, *command, deadly=deadly)
        assert finish(run)[0] == -signal.SIGKILL, point
        wait_until_gone(run.pid)
        # What has its name is whole.
        whole = ("part-", ".txt", "manifest.json", "failed.jsonl", "documents.jsonl")
        left = files_of(corpora / out) if (corpora / out).exists() else {}
        for path, data in left.items():
            if any(mark in path for mark in whole) and not is_temporary(path):
                assert data == wanted[name][path], (point, path)
        status, err = finish(start(corpora, *command))
        assert status == 0, (point, err)
        assert files_of(corpora / out) == wanted[name], point

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(check, points))


def test_a_run_that_was_killed_twice_goes_on_all_the_same(corpora: Path) -> None:
    command = ["-j", "1", *CHOICES, *SOURCES["tree"], "twice"]
    for deadly in (20, 30):
        assert finish(start(corpora, *command, deadly=deadly))[0] == -signal.SIGKILL
    assert finish(start(corpora, *command))[0] == 0
    assert finish(start(corpora, *[*command[:-1], "once"]))[0] == 0
    assert files_of(corpora / "twice") == files_of(corpora / "once")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_leaves_no_half_file_and_no_process(tmp_path: Path, jobs: str) -> None:
    lines = (json.dumps({"text": f"{BAD} It is so in {at} of them. {BAD * 40}"}) for at in range(2000))
    (tmp_path / "c.jsonl").write_text("\n".join(lines))
    run = start(tmp_path, "-j", jobs, "--shard-size", "20", "c.jsonl", "out")
    wait_for(tmp_path / "out/c/part-00001.jsonl", run)
    os.killpg(run.pid, signal.SIGINT)  # a terminal sends it to all of them
    assert finish(run) == (130, ""), jobs
    wait_until_gone(run.pid)
    left = files_of(tmp_path / "out")
    assert not any(map(is_temporary, left))
    assert "manifest.json" not in left
    for name, data in left.items():
        assert "part-" not in name or data.count(b"\n") == 20


def test_workers_end_when_the_batch_is_killed_even_in_a_long_document(tmp_path: Path) -> None:
    texts = [BAD, *(f"{at} {BAD}\n\n" * 10_000 for at in range(3))]  # each a quarter of a minute
    (tmp_path / "c.jsonl").write_text("\n".join(json.dumps({"text": text}) for text in texts))
    run = start(tmp_path, "-j", "2", "--shard-size", "1", "c.jsonl", "out")
    wait_for(tmp_path / "out/c/part-00000.jsonl", run)
    assert len(members(run.pid)) >= 3
    run.kill()
    finish(run)
    wait_until_gone(run.pid)
