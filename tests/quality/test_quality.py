"""The quality gate: floors for precision, recall, F0.5 and damage on the samples.

The scorer is `score.py` beside this file.  Floors go up as the program gets better, never down.

The held-out files were written for this project by other hands than those that wrote rules and dictionary:
passages spun with invented dictionaries, and clean ones full of traps.  Nothing is ever fitted on them.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from cleanup.pipeline import Engine

HERE = Path(__file__).parent
SAMPLES = HERE.parent.parent / "samples"


def _load_scorer() -> Any:
    spec = importlib.util.spec_from_file_location("score", HERE / "score.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["score"] = module
    spec.loader.exec_module(module)
    return module


score = _load_scorer()

# Set on 2026-11-24, a little under what was measured that day; see the commit.  The floors for precision went
# down that day and those for recall and F0.5 up: what no rule lists cannot be as certain as what a rule lists.
FLOORS = {
    "article": {"repaired": 54, "repair_p": 0.94, "repair_f05": 0.87},
    "spun": {"repair_p": 0.90, "repair_r": 0.49, "repair_f05": 0.77, "detect_f05": 0.81},
    "spun:A": {"repair_p": 0.89, "repair_r": 0.50, "repair_f05": 0.77},
    "spun:B": {"repair_p": 0.89, "repair_r": 0.49, "repair_f05": 0.77},
    "spun:C": {"repair_p": 0.89, "repair_r": 0.44, "repair_f05": 0.74},
    "spun:D": {"repair_p": 0.85, "repair_r": 0.52, "repair_f05": 0.75},
}
FLOORS |= {"held_out_spun": {"repair_p": 0.70, "repair_r": 0.14, "repair_f05": 0.39, "detect_f05": 0.46}}
CEILINGS = {
    "held_out_clean": {"damage": 0},
    "held_out_spun": {"quotes_changed": 0, "case": 1, "space": 0},
    "article": {"quotes_changed": 0, "case": 0, "space": 0},
    "spun": {"damage": 50, "quotes_changed": 0, "case": 0, "space": 0},
    "clean": {"damage": 0},
}


def measure(fix: Any, every: int = 1) -> dict[str, dict[str, float]]:
    """The figures of every sample file, and of each family in it, on every n-th of its cases."""
    rows: defaultdict[str, list[Any]] = defaultdict(list)
    for name in ("article", "spun", "clean", "held_out_spun", "held_out_clean"):
        for line in (SAMPLES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()[::every]:
            case = json.loads(line)
            row = score.score_case(case, fix(case["spun"]))
            rows[name].append(row)
            rows[f"{name}:{case.get('family', '-')[:1]}"].append(row)
    return {name: score.figures(cases) for name, cases in rows.items()}


def broken_gates(figures: dict[str, dict[str, float]]) -> list[str]:
    """Every figure that is worse than its gate allows."""
    low = [
        f"{name} {key} {figures[name][key]:.3f} < {floor}"
        for name, floors in FLOORS.items()
        for key, floor in floors.items()
        if figures[name][key] < floor
    ]
    high = [
        f"{name} {key} {figures[name][key]:.3f} > {ceiling}"
        for name, ceilings in CEILINGS.items()
        for key, ceiling in ceilings.items()
        if figures[name][key] > ceiling
    ]
    return low + high


def test_the_engine_keeps_the_floors(engine: Engine) -> None:
    figures = measure(lambda text: engine.fix(text).after)
    assert broken_gates(figures) == []


def test_doing_nothing_breaks_the_floors() -> None:
    assert any("repaired" in gate for gate in broken_gates(measure(lambda text: text, every=9)))


@pytest.mark.parametrize(
    ("harm", "gate"),
    [
        (lambda text: text.replace("the", "a"), "damage"),
        (lambda text: text.replace("“", "“Oh, "), "quotes_changed"),
        (str.lower, "case"),
        (lambda text: text.replace(" ", "  "), "space"),
    ],
    ids=["damage", "quotes", "case", "space"],
)
def test_harm_breaks_the_ceilings(harm: Any, gate: str) -> None:
    assert any(gate in broken for broken in broken_gates(measure(harm, every=9)))
