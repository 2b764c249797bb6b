"""What several test files share."""

from __future__ import annotations

import atexit
import io
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from chromium import Page, program, started
from hypothesis import settings

from cleanup import config
from cleanup.__main__ import main
from cleanup.config import Settings
from cleanup.pipeline import Engine
from cleanup.rulebook.compiled import compile_packs, load_rulebook
from cleanup.rulebook.reader import parse_packs
from cleanup.terms import load_terms

ROOT = Path(__file__).parent.parent

# The scorers are programs of their own, not tests.
collect_ignore_glob = ["quality/score*.py"]

# One profile for everybody: the same examples on every machine and every day, and no deadline, for these
# machines are shared.
settings.register_profile("house", deadline=None, derandomize=True, max_examples=80)
settings.load_profile("house")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """A process a core for the whole suite; none for a part of it, often done before they would have started."""
    option = config.option
    is_part = option.markexpr or option.keyword or not all(map(os.path.isdir, option.file_or_dir))
    return 0 if is_part or option.capture == "no" else None


def pytest_configure(config: pytest.Config) -> None:
    """What holds for all tests of this process, and already while they are collected."""
    # Tests neither read nor fill the user's cache, nor that of another worker.
    own = tempfile.mkdtemp(prefix="cleanup-cache-")
    config.add_cleanup(lambda: shutil.rmtree(own, ignore_errors=True))
    patch = pytest.MonkeyPatch()
    config.add_cleanup(patch.undo)
    patch.setenv("CLEANUP_CACHE_DIR", own)
    for name in ("COLUMNS", "LINES"):  # which workers inherit; a terminal of a test has a size of its own
        patch.delenv(name, raising=False)
    if config.option.numprocesses:  # where each core has a worker, threads would only wait for one another
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            patch.setenv(name, os.environ.get(name, "1"))
    # A shell has jobs in the background ignore Ctrl-C, and what they start would ignore it, too.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_unconfigure(config: pytest.Config) -> None:
    """A worker that takes its time to end, on a machine that has much else to do, is not interrupted over it."""
    if hasattr(config, "workerinput"):
        signal.signal(signal.SIGINT, signal.SIG_IGN)


@cache
def _compiled() -> Path:
    """A cache that holds the rules and terms that ship, compiled once in a process; nothing else gets into it."""
    directory = Path(tempfile.mkdtemp(prefix="cleanup-compiled-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLEANUP_CACHE_DIR", str(directory))
        load_rulebook()
        load_terms()
    return directory


def own_cache(directory: Path) -> str:
    """A new cache for one test, that knows only the rules and terms that ship: compiling them takes seconds."""
    return str(shutil.copytree(_compiled(), directory, copy_function=os.symlink))


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine as it ships."""
    return Engine()


def engine_with(rules: str, **settings: object) -> Engine:
    """An engine whose only rules are written in the test."""
    head = 'source = "written for this test"\nlicence = "MIT"\n'
    book = compile_packs(parse_packs([("test.toml", (head + rules).encode())]))
    return Engine(Settings(**settings), rulebook=book)  # type: ignore[arg-type]


class Outcome(NamedTuple):
    """What a command left behind."""

    status: int
    out: bytes
    err: str


Cli = Callable[..., Outcome]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> Cli:
    """Run a command in an empty directory."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str, stdin: bytes = b"") -> Outcome:
        config._settings_above.cache_clear()
        monkeypatch.setattr(sys, "argv", ["cleanup", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capfdbinary.readouterr()
        status = main()
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        return Outcome(status, out, err.decode())

    return run


@pytest.fixture(scope="session")
def browser() -> Iterator[Page]:
    """A page of a headless Chromium, the same for all tests that drive one."""
    path = program()
    if path is None:
        if os.environ.get("CLEANUP_NO_SKIP") == "1":
            pytest.fail("no Chromium on the PATH, and CLEANUP_NO_SKIP=1")
        pytest.skip("no Chromium on the PATH")
    with started(path) as page:
        yield page
