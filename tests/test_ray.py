"""A batch on a real Ray cluster of this machine: the bytes of the local engine, whatever dies meanwhile."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from lm_samples import FACTS, tensors, write_gguf

BAD = "They fight arranged crime in all of the towns."
DEADLY = "Nobody who reads this line lives on."
pytestmark = pytest.mark.ray

# A cluster that somebody else has started; it ends with its standard input.
CLUSTER = """
import os, sys
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
import ray
ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
print(ray.get_runtime_context().gcs_address, flush=True)
sys.stdin.read()
"""
# In every Python that is started with it: a worker that reads the deadly line is killed.
TRAP = f"""
import os, signal
from cleanup.batch.work import Worker
treat = Worker.treat
def trapped(self, item):
    if {DEADLY!r} in str(item.content):
        os.kill(os.getpid(), signal.SIGKILL)
    return treat(self, item)
Worker.treat = trapped
"""


# Who wants to use a cluster must know its token.
SHARED = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")} | {
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": "5f0d" * 16,
}


@pytest.fixture(scope="module", autouse=True)
def _ray_is_there() -> None:
    if find_spec("ray") is None:
        if os.environ.get("CLEANUP_NO_SKIP"):
            pytest.fail("Ray is not installed, and CLEANUP_NO_SKIP is set")
        pytest.skip("Ray is not installed")


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("ray")
    (where / "sitecustomize.py").write_text(TRAP)
    lines = (
        json.dumps({"id": at, "text": f"{BAD} It is so in {at} of them. {BAD * 8}"}) for at in range(240)
    )
    (where / "c.jsonl").write_text("\n".join(lines))
    return where


@pytest.fixture(scope="module")
def address(where: Path) -> Iterator[str]:
    """A running cluster of two processes."""
    environment = {**SHARED, "PYTHONPATH": str(where)}
    cluster = subprocess.Popen(
        [sys.executable, "-c", CLUSTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=where, env=environment
    )  # fmt: skip
    assert cluster.stdout is not None
    yield cluster.stdout.readline().decode().strip()
    cluster.communicate(timeout=60)


@pytest.fixture(scope="module")
def wanted(where: Path) -> dict[str, Any]:
    """What the local engine makes of the corpus."""
    assert finish(start(where, "-j", "2", "c.jsonl", "local")) == (0, "")
    return files_of(where / "local")


def start(where: Path, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
    """The command in a session of its own, as from a shell."""
    return subprocess.Popen(
        [sys.executable, "-m", "cleanup", "batch", "--quiet", "--shard-size", "20", *arguments],
        cwd=where, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**SHARED, **more},
    )  # fmt: skip


def finish(run: subprocess.Popen[bytes]) -> tuple[int, str]:
    _, err = run.communicate(timeout=120)
    return run.returncode, err.decode()


def files_of(directory: Path) -> dict[str, Any]:
    """Every file with its bytes; of the manifest all but the times."""
    found: dict[str, Any] = {
        str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }
    found["manifest.json"] = {**json.loads(found["manifest.json"]), "times": None}
    return found


def wait_for(path: Path, run: subprocess.Popen[bytes]) -> None:
    while not path.exists():
        assert run.poll() is None, finish(run)
        time.sleep(0.01)


def processes() -> dict[int, tuple[int, str]]:
    """Every process that is alive, with its parent and its command line."""
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            state, parent, *_ = (path / "stat").read_text().rpartition(")")[2].split()
            command = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except (OSError, ValueError):
            continue
        if state != "Z":
            found[int(path.name)] = int(parent), command
    return found


def below(root: int) -> dict[int, str]:
    """The processes that one has started, and those that these have started, with their command lines."""
    alive = processes()
    family: dict[int, str] = {}
    grown = {root}
    while grown:
        grown = {pid for pid, (parent, _) in alive.items() if parent in grown and pid not in family}
        family |= {pid: alive[pid][1] for pid in grown}
    return family


def workers(names: dict[int, str]) -> list[int]:
    return [pid for pid, name in names.items() if name.startswith("ray::_Actor")]


def all_workers() -> list[int]:
    return workers({pid: name for pid, (_, name) in processes().items()})


def wait_until_gone(family: dict[int, str]) -> None:
    """Until none of these processes is there any more."""
    deadline = time.monotonic() + 30
    while left := {pid: name for pid, name in family.items() if processes().get(pid, (0, ""))[1] == name}:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def test_a_worker_killed_half_way_changes_no_byte(where: Path, wanted: dict[str, Any], address: str) -> None:
    others = set(all_workers())
    run = start(where, "--engine", "ray", "--ray-address", address, "-j", "2", "c.jsonl", "killed")
    wait_for(where / "killed/c/part-00003.jsonl", run)
    ours = set(all_workers()) - others
    assert ours  # the second may be slow to start
    os.kill(min(ours), signal.SIGKILL)
    assert finish(run) == (0, "")
    assert files_of(where / "killed") == wanted
    assert not set(all_workers()) & ours


def test_a_document_that_kills_is_set_aside_and_no_other(where: Path, address: str) -> None:
    texts = [*(f"{BAD} {at}" for at in range(6)), DEADLY, BAD]
    (where / "deadly.jsonl").write_text("\n".join(json.dumps({"text": text}) for text in texts))
    run = start(where, "--engine", "ray", "--ray-address", address, "-j", "2", "deadly.jsonl", "deadly")
    assert finish(run) == (0, "")
    [failure] = [json.loads(line) for line in (where / "deadly/failed.jsonl").read_text().splitlines()]
    assert failure["line"] == 7
    assert failure["reason"].startswith("3 worker processes that read it died")
    rows = [json.loads(line) for line in (where / "deadly/deadly/part-00000.jsonl").read_text().splitlines()]
    assert [row["text"] for row in rows] == [text for text in texts if text != DEADLY]
    assert {row["cleanup_status"] for row in rows} == {"repaired"}


def test_what_ray_began_the_local_engine_ends(where: Path, wanted: dict[str, Any]) -> None:
    run = start(where, "--engine", "ray", "-j", "2", "c.jsonl", "resumed")
    wait_for(where / "resumed/c/part-00001.jsonl", run)
    family = below(run.pid)
    assert workers(family)
    run.kill()
    finish(run)
    # Ray's own agents look for their parent every few seconds, and leave within a minute or so.
    wait_until_gone(
        {pid: name for pid, name in family.items() if not name.startswith("ray::") or "_Actor" in name}
    )
    done = len((where / "resumed/.cleanup-batch/journal.jsonl").read_text().splitlines())
    assert 1 <= done < 12  # the last file may have its name and no line yet
    assert finish(start(where, "-j", "1", "c.jsonl", "resumed")) == (0, "")
    assert files_of(where / "resumed") == wanted


def test_workers_load_the_language_model_themselves(where: Path) -> None:
    write_gguf(where / "tiny.gguf", tensors(), FACTS)
    spun = "They fight arranged crime at the White Home and on Wall Road, officers stated."
    (where / "spun.jsonl").write_text("\n".join(json.dumps({"text": f"{at}. {spun}"}) for at in range(4)))
    caches = iter([str(where / "one"), str(where / "other")])
    for out, engine in (("lm-local", "local"), ("lm-ray", "ray")):
        more = ("--engine", engine, "--lm-model", "tiny.gguf", "-j", "2")
        run = start(where, *more, "spun.jsonl", out, CLEANUP_CACHE_DIR=next(caches))
        assert finish(run) == (0, "")
    assert files_of(where / "lm-ray") == files_of(where / "lm-local")
    assert files_of(where / "lm-ray")["manifest.json"]["settings"][0]["lm_model"] == "tiny.gguf"


def test_ctrl_c_leaves_no_half_file_and_no_process(where: Path) -> None:
    folder = tempfile.mkdtemp(prefix="ray-", dir="/tmp")  # the paths of Ray's sockets must be short
    run = start(where, "--engine", "ray", "-j", "2", "c.jsonl", "stopped", TMPDIR=folder)
    wait_for(where / "stopped/c/part-00001.jsonl", run)
    family = below(run.pid)
    os.killpg(run.pid, signal.SIGINT)
    assert finish(run) == (130, "")
    wait_until_gone(family)
    assert not list((where / "stopped").rglob(".cleanup-*.tmp"))
    assert not (where / "stopped/manifest.json").exists()
    os.rmdir(folder)  # which is empty


def test_where_there_is_no_cluster_one_line_says_so(where: Path) -> None:
    status, err = finish(start(where, "--engine", "ray", "--ray-address", "nonsense", "c.jsonl", "nowhere"))
    assert status == 2
    assert err.startswith("cleanup: error: no Ray at nonsense: ")
    assert err.count("\n") == 1
