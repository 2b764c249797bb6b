"""Where scores are kept: a file that several processes share, and little memory."""

from __future__ import annotations

import math
import sqlite3
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest

from cleanup.lm.cache import MOST_HELD, ScoreCache

WRITER = """
import sys
from pathlib import Path
from cleanup.lm.cache import ScoreCache
cache = ScoreCache(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(200):
    cache.put(f"{sys.argv[2]} {number}", [float(number)] * 300)
cache.close()
"""


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("name", ["scores.sqlite", ""])
def test_scores_that_are_no_numbers_count_as_absent(number: float, name: str, tmp_path: Path) -> None:
    cache = ScoreCache(tmp_path / name if name else None)
    cache.put("bad", [1.0, number])
    cache.put("good", [1.0, 2.0])
    assert cache.get("bad", 2) is None
    assert cache.get("good", 2) == [1.0, 2.0]
    assert cache.get("good", 3) is None
    cache.close()


@pytest.mark.parametrize("name", ["scores.sqlite", ""])
def test_memory_does_not_grow_with_the_corpus(name: str, tmp_path: Path) -> None:
    cache = ScoreCache(tmp_path / name if name else None)
    tracemalloc.start()
    for number in range(4 * MOST_HELD):
        cache.put(str(number), [float(number)] * 300)
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert grown < (2_000_000 if not name else 300_000)
    last = 4 * MOST_HELD - 1
    assert cache.get(str(last), 300) == [float(last)] * 300
    cache.close()


def test_what_was_used_last_is_held_longest() -> None:
    cache = ScoreCache()
    for number in range(MOST_HELD):
        cache.put(str(number), [1.0])
    assert cache.get("0", 1)
    cache.put("more", [1.0])
    assert cache.get("0", 1)
    assert cache.get("1", 1) is None


@pytest.mark.parametrize("is_open_before", [True, False])
def test_a_file_that_another_program_locks_is_waited_for_once(is_open_before: bool, tmp_path: Path) -> None:
    path = tmp_path / "scores.sqlite"
    first = ScoreCache(path)
    first.put("kept", [1.0])
    other = sqlite3.connect(path, isolation_level=None)
    cache = first if is_open_before else None
    other.execute("BEGIN EXCLUSIVE")
    start = time.monotonic()
    cache = cache or ScoreCache(path)
    for number in range(6):
        cache.put(str(number), [float(number)])
    assert time.monotonic() - start < 15  # 1 second, or 2; with each waited for, 30
    assert cache.get("5", 1) == [5.0]
    other.execute("COMMIT")
    other.close()
    if is_open_before:
        assert cache.get("kept", 1) == [1.0]
    cache.close()
    first.close()


def test_a_file_that_nobody_may_write_is_still_read(tmp_path: Path) -> None:
    path = tmp_path / "scores.sqlite"
    first = ScoreCache(path)
    first.put("kept", [1.0])
    first._file.execute("PRAGMA query_only = 1")  # type: ignore[union-attr]
    first.put("more", [2.0])
    assert (first.get("kept", 1), first.get("more", 1)) == ([1.0], [2.0])
    first.close()
    second = ScoreCache(path)
    assert (second.get("kept", 1), second.get("more", 1)) == ([1.0], None)
    second.close()


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "lm" / "scores.sqlite"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for name in "abcd"
    ]  # fmt: skip
    for writer in writers:  # they open the file that is not there yet at about one time, and write at one
        assert writer.stdout
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin
        writer.stdin.write("\n")
        writer.stdin.flush()
    assert [writer.wait() for writer in writers] == [0] * 4
    for writer in writers:
        writer.communicate()
    cache = ScoreCache(path)
    kept = [cache.get(f"{name} {number}", 300) for name in "abcd" for number in range(200)]
    assert kept == [[float(number)] * 300 for _ in "abcd" for number in range(200)]
    cache.close()
