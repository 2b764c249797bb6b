"""Time cleanup beside other checkers: whole processes, in alternating rounds, as a Markdown table.

    python benchmarks/run.py [--size small|full] [--tools cleanup,codespell,...] [--rounds R] [--write]

The texts come from corpus.py; nothing is fetched, and a tool that is not installed is skipped with a note
(`pip install -e ".[bench]"` brings them).  --size small ends within half a minute; --write puts the table
into docs/benchmarks.md.  What is measured, and what the figures can bear, stands there.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus.py"
PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
BEGIN, END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"
MEGABYTE = 1_000_000
LONGEST = 300.0  # seconds; a process that takes longer is ended, and so is its row
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes
YARDSTICK = "codespell"

Command = Callable[[str, Path, Path], list[str]]  # program, text, an empty place to write to


@dataclass(frozen=True, slots=True)
class Tool:
    """A program as it is run here.

    Attributes:
        name: what the table calls it.
        family: the name that --tools takes.
        programs: what its executable may be called, the best first.
        version: the arguments that print the version; also what start-up is measured with.
        check: the command line for a text.
        cores: how many processor cores it gets.
        most: the largest text, in bytes, that it is given; 0: all.
        start: whether its start-up is measured.
        trees: whether it is given trees.
        done: the exit statuses of a run that went well, with and without findings.

    """

    name: str
    family: str
    programs: tuple[str, ...]
    version: tuple[str, ...]
    check: Command
    cores: int = 1
    most: int = 0
    start: bool = True
    trees: bool = True
    done: tuple[int, ...] = (0, 1)


TOOLS = (
    Tool(
        "codespell", "codespell", ("codespell",), ("--version",),
        lambda program, text, _: [program, str(text)],
        done=(0, 65),
    ),
    Tool(
        "typos", "typos", ("typos",), ("--version",),
        lambda program, text, _: [program, "--isolated", "--threads", "1", "--format", "brief", str(text)],
        done=(0, 2),
    ),
    Tool(
        "typos, 2 cores", "typos", ("typos",), ("--version",),
        lambda program, text, _: [program, "--isolated", "--threads", "2", "--format", "brief", str(text)],
        cores=2, start=False, done=(0, 2),
    ),
    Tool(
        "cleanup check", "cleanup", ("cleanup",), ("--version",),
        lambda program, text, _: [program, "check", "--quiet", str(text)],
    ),
    Tool(
        "cleanup check --look close", "cleanup", ("cleanup",), ("--version",),
        lambda program, text, _: [program, "check", "--quiet", "--look", "close", str(text)],
        most=MEGABYTE, start=False,
    ),
    Tool(
        "cleanup batch, 2 cores", "cleanup", ("cleanup",), ("--version",),
        lambda program, text, out: [
            program, "batch", "--quiet", "--look", "quick", "--jobs", "2", str(text), str(out)
        ],
        cores=2, start=False,
    ),
    Tool(
        "proselint", "proselint", ("proselint",), ("version",),
        lambda program, text, _: [program, "check", str(text)],
        most=MEGABYTE // 4, trees=False,
    ),
    Tool(
        "harper", "harper", ("harper-cli", "harper"), ("--version",),
        lambda program, text, _: [program, "lint", "--no-parallel", "--format", "compact", str(text)],
        most=MEGABYTE // 4, trees=False,
    ),
)  # fmt: skip
FAMILIES = tuple(dict.fromkeys(tool.family for tool in TOOLS))


@dataclass(frozen=True, slots=True)
class Case:
    """One row group of the table: a text to check, or none for start-up.

    ``arguments`` are for corpus.py; a tree is given as a directory, another text as one file.
    """

    title: str
    arguments: tuple[str, ...] = ()
    tree: bool = False


START = Case("start-up")
SIZES = {
    "small": (
        START,
        Case("one file, 1 kB", ("--megabytes", "0.001")),
        Case("tree of 30 files", ("--files", "30"), tree=True),
        Case("one file, 2 MB", ("--megabytes", "2")),
        Case("spun file, 30 kB", ("--megabytes", "0.03", "--spun", "0.5")),
    ),
    "full": (
        START,
        Case("one file, 1 kB", ("--megabytes", "0.001")),
        Case("tree of 2,000 files", ("--files", "2000"), tree=True),
        Case("one file, 50 MB", ("--megabytes", "50")),
        Case("spun file, 200 kB", ("--megabytes", "0.2", "--spun", "0.5")),
    ),
}


@dataclass(slots=True)
class Row:
    """What a tool took for a case: seconds for each round, and the most memory of any."""

    case: Case
    tool: Tool
    size: int
    seconds: list[float] = field(default_factory=list)
    peak: int = 0
    note: str = ""


def program_of(tool: Tool) -> str | None:
    """The executable of a tool: beside this Python first, then on the path."""
    beside = str(Path(sys.executable).parent)
    found = (shutil.which(name, path=beside) or shutil.which(name) for name in tool.programs)
    return next((program for program in found if program), None)


def version_of(program: str, tool: Tool) -> str:
    """The last word that the tool prints about its version."""
    told = subprocess.run([program, *tool.version], capture_output=True, text=True, check=False)
    words = (told.stdout or told.stderr).split()
    return words[-1] if words else "unknown"


@contextlib.contextmanager
def limited_to(cores: int) -> Iterator[None]:
    """What is started within runs on no more than this many cores, where the system can hold it to that."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[-cores:])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def measure(command: Sequence[str], folder: Path, tool: Tool) -> tuple[float, int, str]:
    """Seconds and peak bytes of one whole process, and what went wrong, if anything."""
    with limited_to(tool.cores):
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        timer = threading.Timer(LONGEST, process.kill)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    trouble = "" if process.returncode in tool.done else f"failed: status {process.returncode}"
    return seconds, usage.ru_maxrss * MAXRSS_UNIT, f"over {LONGEST:.0f} s" if seconds >= LONGEST else trouble


def written(case: Case, number: int, folder: Path) -> tuple[Path, int]:
    """The text of a case and its bytes.  Another process writes it, so that this one stays small.

    A child starts with the peak memory of the process that it was split from, so ours is a floor.
    """
    place = folder / f"text{number}"
    subprocess.run(
        [sys.executable, str(CORPUS), str(place), *case.arguments], check=True, capture_output=True
    )
    size = sum(path.stat().st_size for path in place.rglob("*.txt"))
    return (place if case.tree else place / "prose.txt"), size


def _takes(tool: Tool, case: Case, size: int) -> bool:
    """Whether the tool is given this case."""
    if case is START:
        return tool.start
    if not tool.trees if case.tree else tool.cores > 1:  # all work on files side by side: one is for one core
        return False
    return not tool.most or size <= tool.most * 1.05


def _round(rows: Sequence[Row], programs: dict[str, str], text: Path, folder: Path, *, count: bool) -> None:
    """Run each tool once, one after the other."""
    for row in rows:
        if row.note:
            continue
        program, out = programs[row.tool.name], folder / "out"
        command = [program, *row.tool.version] if row.case is START else row.tool.check(program, text, out)
        seconds, peak, row.note = measure(command, folder, row.tool)
        shutil.rmtree(out, ignore_errors=True)
        if count and not row.note:
            row.seconds.append(seconds)
            row.peak = max(row.peak, peak)


def bench(cases: Sequence[Case], programs: dict[str, str], rounds: int, folder: Path) -> Iterator[Row]:
    """All rows, case by case; a round runs every tool, every second one in the opposite order."""
    for number, case in enumerate(cases):
        text, size = (folder, 0) if case is START else written(case, number, folder)
        tools = [tool for tool in TOOLS if tool.name in programs and _takes(tool, case, size)]
        rows = [Row(case, tool, size) for tool in tools]
        if size < MEGABYTE // 10:  # caches and compiled files come into being; large texts find them there
            _round(rows, programs, text, folder, count=False)
        for turn in range(rounds):
            _round(rows[:: -1 if turn % 2 else 1], programs, text, folder, count=True)
            print(f"{case.title}: round {turn + 1} of {rounds}", file=sys.stderr)
        yield from rows


def _ratio(row: Row, rows: Sequence[Row]) -> str:
    """Times as long as codespell: the median over the rounds, each compared with its own."""
    yard = next((other for other in rows if other.case is row.case and other.tool.name == YARDSTICK), None)
    if yard is None or not yard.seconds:
        return "–"
    return f"{statistics.median(a / b for a, b in zip(row.seconds, yard.seconds, strict=False)):.2f}"


def _cells(row: Row, rows: Sequence[Row]) -> list[str]:
    """A row as the table shows it."""
    if not row.seconds:
        return [row.case.title, row.tool.name, row.note, "–", "–", "–", "–"]
    least, middle = min(row.seconds), statistics.median(row.seconds)
    rate = f"{row.size / MEGABYTE / middle:.2f}" if row.size >= MEGABYTE // 100 else "–"
    peak = f"{row.peak / MEGABYTE:.0f}"
    return [row.case.title, row.tool.name, f"{least:.3f}", f"{middle:.3f}", rate, peak, _ratio(row, rows)]


def table(rows: Sequence[Row]) -> str:
    """The rows in Markdown; the first of a case has its title."""
    head = ["text", "command", "min s", "median s", "MB/s", "peak MB", "× codespell"]
    lines = [head, ["---", "---", *["---:"] * 5]]
    for number, row in enumerate(rows):
        title, *rest = _cells(row, rows)
        again = number > 0 and rows[number - 1].case is row.case
        lines.append(["" if again else title, *rest])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> str:
    """The date, and what it ran on."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.system()} {platform.machine()}, {cores} cores, "
        f"Python {platform.python_version()}"
    )


def report(
    rows: Sequence[Row], versions: dict[str, str], missing: Sequence[str], *, size: str, rounds: int
) -> str:
    """The whole report: what ran where, the table, and what is missing from it."""
    ran = ", ".join(f"{family} {version}" for family, version in versions.items())
    lines = [f"{machine()}; {ran}; size {size}, {rounds} rounds.", "", table(rows)]
    if missing:
        lines += ["", f"Not installed, so skipped: {', '.join(missing)}."]
    return "\n".join(lines)


def put_into(page: Path, text: str) -> None:
    """Replace what stands between the two markers of the page."""
    before, found, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise SystemExit(f"{page.name}: the markers {BEGIN} and {END} are missing")
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")


def _families(text: str) -> list[str]:
    """The tools named, separated by commas."""
    names = [name.strip() for name in text.split(",")]
    if unknown := [name for name in names if name not in FAMILIES]:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; there are {', '.join(FAMILIES)}")
    return names


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description="Time cleanup beside other checkers, as a Markdown table.")
    parser.add_argument("--size", choices=list(SIZES), default="small", help="small: within half a minute")
    parser.add_argument(
        "--tools", type=_families, default=list(FAMILIES), help="comma-separated; default: all"
    )
    parser.add_argument("--rounds", type=int, help="default: 2 for small, 5 for full")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    chosen = parser.parse_args()
    chosen.rounds = chosen.rounds or (5 if chosen.size == "full" else 2)
    return chosen


def main() -> None:
    """Measure and print; with --write keep the table, too."""
    chosen = arguments()
    wanted = [tool for tool in TOOLS if tool.family in chosen.tools]
    programs = {tool.name: program for tool in wanted if (program := program_of(tool))}
    missing = list(dict.fromkeys(tool.family for tool in wanted if tool.name not in programs))
    versions = {
        tool.family: version_of(programs[tool.name], tool) for tool in wanted if tool.name in programs
    }
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as name:
        os.environ["CLEANUP_CACHE_DIR"] = str(Path(name) / "cache")
        rows = list(bench(SIZES[chosen.size], programs, chosen.rounds, Path(name)))
    text = report(rows, versions, missing, size=chosen.size, rounds=chosen.rounds)
    print(text)
    if chosen.write:
        put_into(PAGE, text)


if __name__ == "__main__":
    main()
