"""The default weights themselves, where they can be had: the file that CLEANUP_MODEL names."""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT, own_cache

from cleanup.config import Settings
from cleanup.lm.native import NativeModel
from cleanup.lm.store import WEIGHTS_SHA256
from cleanup.pipeline import Engine

pytestmark = pytest.mark.lm

SENTENCE = "The two countries signed a safety settlement on Monday, officers stated."
# Log P(piece | those before it) by transformers 5.23.0 with torch 2.13.0 (CPU, 32-bit floats), 2026-11-24.
PIECES = [504, 827, 2075, 8239, 253, 2950, 9334, 335, 12397, 28, 8497, 6549, 30]
LOGS = [
    -5.1128, -6.2867, -5.9242, -6.4009, -0.6617, -8.8064, -6.221, -2.9222, -3.0868, -1.0437, -14.5289, -7.1114,
    -0.7814,
]  # fmt: skip


@pytest.fixture(scope="module")
def path() -> Path:
    name = os.environ.get("CLEANUP_MODEL", "")
    if not Path(name).is_file():
        if os.environ.get("CLEANUP_NO_SKIP"):
            pytest.fail("CLEANUP_MODEL names no model, and CLEANUP_NO_SKIP is set")
        pytest.skip("CLEANUP_MODEL names no model")
    return Path(name)


@pytest.fixture(scope="module", params=["onnxruntime", "numpy"])
def model(path: Path, request: pytest.FixtureRequest) -> NativeModel:
    if request.param == "onnxruntime":
        pytest.importorskip("onnxruntime")
    return NativeModel(path, plain=request.param == "numpy")


def test_its_scores_are_those_of_transformers(model: NativeModel) -> None:
    pieces = model.pieces(SENTENCE)
    assert pieces == PIECES
    trunk = model.read([model.start, *pieces])
    assert np.allclose(trunk.logs[1:], LOGS, atol=2e-3)
    (branch,) = model.follow(trunk, [(6, pieces[5:])])
    assert np.allclose(branch, LOGS[5:], atol=2e-3)


def test_the_weights_are_those_that_are_known(path: Path) -> None:
    import hashlib

    assert hashlib.sha256(path.read_bytes()).hexdigest() == WEIGHTS_SHA256


def test_the_engine_repairs_more_with_it_and_no_less_surely(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every sixth spun passage of the samples; the whole comparison is `tests/quality/language_model.py`."""
    monkeypatch.setenv("CLEANUP_CACHE_DIR", own_cache(tmp_path / "cache"))
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "quality"))
    score: Any = import_module("score")
    engines = [Engine(), Engine(Settings(lm=True, lm_model=str(path)))]
    lines = (ROOT / "samples" / "spun.jsonl").read_text(encoding="utf-8").splitlines()[:60:6]
    cases = [json.loads(line) for line in lines]
    fast, slow = (
        score.figures([score.score_case(case, engine.fix(case["spun"]).after) for case in cases])
        for engine in engines
    )
    assert slow["repair_r"] > 1.2 * fast["repair_r"]
    assert slow["repair_p"] > fast["repair_p"] - 0.02
    assert slow["quotes_changed"] == 0
    sys.modules.pop("score", None)
