"""What several test files share."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from chromium import Page, program, started
from hypothesis import settings

from cleanup import config
from cleanup.__main__ import main
from cleanup.config import Settings
from cleanup.pipeline import Engine
from cleanup.rulebook.compiled import compile_packs
from cleanup.rulebook.reader import parse_packs

ROOT = Path(__file__).parent.parent

# The scorers are programs of their own, not tests.
collect_ignore_glob = ["quality/score*.py"]

# One profile for everybody: the same examples on every machine and every day, and no deadline, for these
# machines are shared.
settings.register_profile("house", deadline=None, derandomize=True, max_examples=80)
settings.load_profile("house")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests neither read nor fill the user's cache."""
    kept = os.environ.get("CLEANUP_CACHE_DIR")
    os.environ["CLEANUP_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if kept is None:
        del os.environ["CLEANUP_CACHE_DIR"]
    else:
        os.environ["CLEANUP_CACHE_DIR"] = kept


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
