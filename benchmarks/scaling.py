"""How cleanup batch grows: with the size of a corpus, in memory, and with processes, as Markdown tables.

    python benchmarks/scaling.py [--megabytes 1,10,100] [--processes 1,2] [--rounds R] [--look quick|close]
                                 [--format jsonl|parquet] [--spun SHARE] [--engine local|ray] [--texts DIR]

The corpus is made up by corpus.py, or cut from the text files below DIR; nothing is fetched.  Without
arguments it ends within a minute.  What is measured stands in docs/cluster.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count, cycle
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from corpus import prose

MEGABYTE = 1_000_000
RECORD = 4_000  # bytes of text, about, in each record
SECONDS_BETWEEN_LOOKS = 0.02  # at the memory of the processes
# What processes gain on this machine when they share nothing at all: the same sum, cut into so many parts.
LOOP = """
import sys, time
from multiprocessing import get_context

def work(steps):
    total = 0
    for step in range(steps):
        total += step * step % 7
    return total

if __name__ == "__main__":
    parts, steps = int(sys.argv[1]), int(sys.argv[2])
    with get_context("spawn").Pool(parts) as pool:
        pool.map(work, [1] * parts, chunksize=1)
        began = time.perf_counter()
        pool.map(work, [steps // parts] * parts, chunksize=1)
        print(time.perf_counter() - began)
"""
LOOP_STEPS = 3_000_000  # for each second, about


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds, those of all cores and of the first process, and peak bytes of that and the largest worker."""

    seconds: float
    busy: float
    busy_first: float
    first: int
    worker: int


@dataclass(slots=True)
class Row:
    """One corpus with one number of processes, and its runs.

    ``starts`` are runs over a corpus of one record, so that start-up can be taken off; ``loop`` the seconds
    of the pure loop.
    """

    megabytes: float
    words: int
    processes: int
    runs: list[Run] = field(default_factory=list)
    starts: list[Run] = field(default_factory=list)
    loop: list[float] = field(default_factory=list)

    @property
    def net(self) -> list[float]:
        """Seconds of each round without those of the start."""
        pairs = zip(self.runs, self.starts, strict=True)
        return [max(run.seconds - start.seconds, 1e-3) for run, start in pairs]

    @property
    def busy_first(self) -> float:
        """The same of the first process alone, which reads and writes."""
        pairs = zip(self.runs, self.starts, strict=True)
        return statistics.median(max(run.busy_first - start.busy_first, 1e-3) for run, start in pairs)

    @property
    def busy(self) -> float:
        """Seconds of all processors without those of the start, the median."""
        pairs = zip(self.runs, self.starts, strict=True)
        return statistics.median(max(run.busy - start.busy, 1e-3) for run, start in pairs)


class Watch(threading.Thread):
    """The most memory that a process and each of those below it had, and its own seconds of a core."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.peaks: dict[int, int] = {}
        self.busy = 0.0
        self._root = root
        self._stop_asked = threading.Event()

    def run(self) -> None:
        """Look again and again."""
        while not self._stop_asked.wait(SECONDS_BETWEEN_LOOKS):
            self.busy = max(self.busy, _busy(self._root))
            for pid in _family(self._root):
                self.peaks[pid] = max(self.peaks.get(pid, 0), _peak(pid))

    def stop(self) -> tuple[int, int]:
        """The peak of the process itself, and the highest of those below it."""
        self._stop_asked.set()
        self.join()
        return self.peaks.pop(self._root, 0), max(self.peaks.values(), default=0)


def _family(root: int) -> list[int]:
    """A process and those below it; only where the system lists them in /proc."""
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        found.append(pid)
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                todo += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
        except (OSError, ValueError):
            continue
    return found


def _peak(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def _busy(pid: int) -> float:
    """The seconds of a core that a process has taken itself."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def texts(spun: float, folder: Path | None) -> Iterator[str]:
    """Texts without end, no two the same: made up, or cut from the files of a folder."""
    if folder is None:
        source = prose(1, spun)
    else:
        read = (path.read_text("utf-8", "replace") for path in cycle(sorted(folder.rglob("*.txt"))))
        source = (f"{paragraph}\n\n" for text in read for paragraph in text.split("\n\n"))
    for number in count(1):
        parts, size = [f"Text number {number}.\n\n"], 0
        while size < RECORD:
            parts.append(next(source))
            size += len(parts[-1])
        yield "".join(parts)


def write_corpus(path: Path, size: float, source: Iterator[str]) -> int:
    """Write records until the file has so many bytes; answers how many words they have."""
    rows, written, words = [], 0, 0
    while written < size:
        text = next(source)
        rows.append({"id": len(rows), "text": text, "source": "benchmarks"})
        written += len(json.dumps(rows[-1])) + 1
        words += len(text.split())
    if path.suffix == ".parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=1000)
    else:
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return words


def run_batch(corpus: Path, processes: int, chosen: argparse.Namespace) -> Run:
    """One whole run."""
    out = corpus.parent / "out"
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "cleanup", "batch", "--quiet", "--look", chosen.look]
    command += ["--jobs", str(processes), "--engine", chosen.engine, str(corpus), str(out)]
    began = time.perf_counter()
    run = subprocess.Popen(command)
    watch = Watch(run.pid)
    watch.start()
    _, status, usage = os.wait4(run.pid, 0)
    seconds = time.perf_counter() - began
    first, worker = watch.stop()
    run.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise SystemExit(f"{' '.join(command)} ended with status {run.returncode}")
    shutil.rmtree(out, ignore_errors=True)
    return Run(seconds, usage.ru_utime + usage.ru_stime, watch.busy, first, worker)


def run_loop(parts: int, seconds: float) -> float:
    """Seconds of the pure loop, cut into so many parts."""
    command = [sys.executable, "-c", LOOP, str(parts), str(int(LOOP_STEPS * seconds))]
    with tempfile.NamedTemporaryFile("w", suffix=".py") as file:  # its processes import it anew
        file.write(LOOP)
        file.flush()
        command[1:3] = [file.name]
        return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def measure(chosen: argparse.Namespace, folder: Path) -> list[Row]:
    """All rows; a round runs each of them once, and the loop beside it, every second in opposite order."""
    source = texts(chosen.spun, chosen.texts)
    tiny = folder / f"tiny.{chosen.format}"
    write_corpus(tiny, 1, source)
    corpora = {}
    for size in chosen.megabytes:
        path = folder / f"{size:g}.{chosen.format}"
        corpora[size] = path, write_corpus(path, size * MEGABYTE, source)
    rows = [Row(size, corpora[size][1], jobs) for size in corpora for jobs in chosen.processes]
    run_batch(tiny, 1, chosen)  # caches come into being
    for turn in range(chosen.rounds):
        for row in rows[:: -1 if turn % 2 else 1]:
            row.runs.append(run_batch(corpora[row.megabytes][0], row.processes, chosen))
            row.starts.append(run_batch(tiny, row.processes, chosen))
            row.loop.append(run_loop(row.processes, chosen.loop_seconds))
        print(f"round {turn + 1} of {chosen.rounds}", file=sys.stderr)
    return rows


def _gain(row: Row, alone: Row) -> list[float]:
    """How many times as fast as one process, start-up apart, round by round."""
    return [one / several for one, several in zip(alone.net, row.net, strict=True)]


def table(rows: Sequence[Row]) -> str:
    """The rows in Markdown."""
    head = ["MB", "processes", "s", "of it start", "MB/s", "core-seconds", "of the first process"]
    head += ["words a core-second", "first MB", "worker MB", "gain", "gain of the loop", "share"]
    lines = [head, ["---:"] * len(head)]
    for row in rows:
        net = statistics.median(row.net)
        wall, start = (statistics.median(run.seconds for run in runs) for runs in (row.runs, row.starts))
        cells = [f"{row.megabytes:g}", f"{row.processes}", f"{wall:.2f}", f"{start:.2f}"]
        cells += [f"{row.megabytes / net:.2f}", f"{row.busy:.2f}"]
        cells += [f"{row.busy_first:.2f}", f"{row.words / row.busy:,.0f}"]
        peaks = [max(run.first for run in row.runs), max(run.worker for run in row.runs)]
        cells += [f"{peak / MEGABYTE:.0f}" if peak else "–" for peak in peaks]
        alone = next((other for other in rows if other.megabytes == row.megabytes), row)
        if alone is row or alone.processes != 1:
            cells += ["–"] * 3
        else:
            gains = _gain(row, alone)
            loops = [one / several for one, several in zip(alone.loop, row.loop, strict=True)]
            shares = [gain / loop for gain, loop in zip(gains, loops, strict=True)]
            cells += [f"{statistics.median(values):.2f}" for values in (gains, loops, shares)]
        lines.append(cells)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def report(rows: Sequence[Row], chosen: argparse.Namespace) -> str:
    """What ran where, and the table."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    what = f"texts of {chosen.texts.name}" if chosen.texts else f"made-up texts, spun {chosen.spun:g}"
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.system()} {platform.machine()}, {cores} cores, "
        f"Python {platform.python_version()}; --look {chosen.look}, {chosen.format}, {what}, "
        f"engine {chosen.engine}, {chosen.rounds} rounds.\n\n{table(rows)}"
    )


def _numbers(text: str) -> list[float]:
    """Numbers above zero, separated by commas."""
    values = [float(part) for part in text.split(",")]
    if not values or min(values) <= 0:
        raise argparse.ArgumentTypeError("must be above zero")
    return values


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description="Measure how cleanup batch grows, as a Markdown table.")
    parser.add_argument("--megabytes", type=_numbers, default=[0.2, 2.0], help="default: 0.2,2")
    parser.add_argument("--processes", type=_numbers, default=[1.0, 2.0], help="default: 1,2")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--look", choices=["quick", "close"], default="quick")
    parser.add_argument("--format", choices=["jsonl", "parquet"], default="jsonl")
    parser.add_argument("--spun", type=float, default=0.0, metavar="SHARE", help="0 to 1: words replaced")
    parser.add_argument("--engine", choices=["local", "ray"], default="local")
    parser.add_argument("--texts", type=Path, metavar="DIR", help="take the texts from *.txt below DIR")
    parser.add_argument("--loop-seconds", type=float, default=2.0, help="how long the loop takes, about")
    chosen = parser.parse_args()
    chosen.processes = [int(number) for number in chosen.processes]
    return chosen


def main() -> None:
    """Measure and print."""
    chosen = arguments()
    with tempfile.TemporaryDirectory(prefix="scaling-") as name:
        os.environ["CLEANUP_CACHE_DIR"] = str(Path(name) / "cache")
        print(report(measure(chosen, Path(name)), chosen))


if __name__ == "__main__":
    main()
