"""A language model heard from Python, as docs/language-model.md shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import ROOT, Cli
from lm_samples import FACTS, tensors, write_gguf
from test_lm_store import wheel  # noqa: F401 - the default weights, tiny ones

from cleanup import CleanupError, Engine, Settings, check_text, fix_documents, fix_text, score_text
from cleanup.errors import ConfigError
from cleanup.lm import backend, store

SPUN = "They fight arranged crime at the White Home and on Wall Road, officers stated. " * 3
(EXAMPLE,) = re.findall(
    r"^```python\n(.*?)^```$", (ROOT / "docs" / "language-model.md").read_text("utf-8"), re.M | re.S
)


@pytest.fixture(autouse=True)
def _fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLEANUP_CACHE_DIR", str(tmp_path / "cache"))
    backend._once.cache_clear()


@pytest.fixture
def tiny(tmp_path: Path) -> Settings:
    """Settings that ask for a tiny model."""
    return Settings(lm=True, lm_model=str(write_gguf(tmp_path / "tiny.gguf", tensors(), FACTS)))


def test_the_example_runs_and_loads_the_model_once(
    wheel: Path,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    store.install(str(wheel))
    for _ in range(2):
        exec(compile(EXAMPLE, "docs/language-model.md", "exec"), {})
    assert backend._once.cache_info().misses == 1
    first, second = capsys.readouterr().out.splitlines()[:2]
    assert (
        first != "They fight arranged crime, the officers stated. 0"
    )  # whatever a model of random weights likes
    assert second == "The weather was fine on Monday. 0"


def test_every_function_hears_the_model_that_settings_name(tiny: Settings, cli: Cli) -> None:
    engine = Engine(tiny)
    wanted = engine.fix(SPUN)
    assert [edit for edit in wanted.edits if any(each.log_model is not None for each in edit.candidates)]
    assert engine.fix(SPUN) == wanted
    assert fix_text(SPUN, settings=tiny) == wanted
    (only,) = fix_documents([SPUN], settings=tiny, workers=1)
    assert only.after == wanted.after
    assert check_text(SPUN, settings=tiny) == engine.find(SPUN).findings
    assert score_text(SPUN, settings=tiny) == engine.find(SPUN).spin
    assert fix_text(SPUN) != wanted
    assert backend._once.cache_info().misses == 1
    Path("text.txt").write_text(SPUN, encoding="utf-8")
    run = cli("fix", "text.txt", "-o", "-", "-q", "--lm-model", tiny.lm_model)
    assert run.out.decode() == wanted.after


@pytest.mark.parametrize("model", ["", "nowhere.gguf", "nowhere"])
def test_a_model_that_is_not_there_is_an_error_of_the_library(model: str) -> None:
    with pytest.raises(ConfigError) as refused:
        fix_text(SPUN, settings=Settings(lm=True, lm_model=model))
    assert isinstance(refused.value, CleanupError)
    assert ("cleanup lm install" if not model else "nowhere") in str(refused.value)


def test_a_model_that_is_named_and_not_switched_on_is_not_looked_for() -> None:
    assert fix_text(SPUN, settings=Settings(lm_model="nowhere.gguf")) == fix_text(SPUN)
