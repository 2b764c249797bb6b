"""What several test files share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

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
