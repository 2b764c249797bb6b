"""The fitted numbers: complete, of the sign that reason asks for, and read in any order."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cleanup import prior, readings
from cleanup.weights import Weights, load_weights

SHIPPED = load_weights()


def test_what_is_not_named_weighs_nothing() -> None:
    weights = Weights({"change": -2.0}, 0.5, 0.2, {"gain": 3.0}, (1.0, 0.0), (1.0, 0.0))
    assert weights.arc_row(("quoted", "change", "zorble")).tolist() == [0.0, -2.0, 0.0]
    assert weights.spin_row(("gain", "change")).tolist() == [3.0, 0.0]
    assert weights.arc_row(()).shape == (0,)


def test_a_row_has_the_order_that_is_asked_for() -> None:
    names = readings.FEATURES
    assert (SHIPPED.arc_row(names)[::-1] == SHIPPED.arc_row(names[::-1])).all()
    assert SHIPPED.arc_row(names).dtype == np.float64
    assert SHIPPED.arc_row(("topic",))[0] == SHIPPED.arcs["topic"]


def test_every_feature_has_a_weight_and_every_weight_a_feature() -> None:
    assert set(SHIPPED.arcs) == set(readings.FEATURES)
    assert set(SHIPPED.spin) == set(prior.FEATURES)


def test_all_weights_are_finite_and_shares_are_shares() -> None:
    pairs = (SHIPPED.rule_calibration, SHIPPED.wide_calibration)
    numbers = [*SHIPPED.arcs.values(), *SHIPPED.spin.values(), SHIPPED.context, *pairs[0], *pairs[1]]
    assert np.isfinite(numbers).all()
    assert 0 < SHIPPED.rate < 1
    assert min(slope for slope, _ in pairs) > 0, "what is likelier stays likelier"


@pytest.mark.parametrize("name", ["change", "article", "quoted against"])
def test_what_speaks_against_a_change_weighs_less_than_nothing(name: str) -> None:
    assert SHIPPED.arcs[name] < 0


@pytest.mark.parametrize("name", ["own first", "strong rule", "gated rule", "lexicon", "quoted", "theme"])
def test_what_speaks_for_a_change_weighs_more_than_nothing(name: str) -> None:
    assert SHIPPED.arcs[name] > 0
    assert SHIPPED.context > 0


def test_a_text_that_shows_nothing_was_not_spun() -> None:
    nothing = dict.fromkeys(prior.FEATURES, 0.0) | {"constant": 1.0}
    row = SHIPPED.spin_row(prior.FEATURES)
    assert sum(row[at] * nothing[name] for at, name in enumerate(prior.FEATURES)) < -5
    assert min(SHIPPED.spin[name] for name in ("gain", "strong rules", "articles")) > 0


def test_weights_are_read_from_any_file(tmp_path: Path) -> None:
    path = tmp_path / "weights.json"
    table = {"arcs": {"change": -1}, "context": 0.25, "rate": 0.1, "spin": {}}
    table["calibration"] = {"rule": [2, -1], "thesaurus": [1, 0]}
    path.write_text(json.dumps(table), encoding="utf-8")
    assert load_weights(path) == Weights({"change": -1}, 0.25, 0.1, {}, (2, -1), (1, 0))
