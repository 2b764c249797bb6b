"""Every pack measured alone and together: what fires on clean text is narrowed, gated or taken out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cleanup.growing.measure import Case, Measure, Row
from cleanup.pipeline import Engine
from cleanup.rulebook.reader import read_packs

SAMPLES = Path(__file__).resolve().parent.parent.parent / "samples"

# The least share of right originals among the hits of a pack in spun text, where it has this many hits.
PRECISION, HITS = 0.7, 10


@pytest.fixture(scope="module")
def measured() -> Measure:
    engine = Engine()
    measure = Measure(read_packs(), engine.rulebook, engine)
    for name in ("clean", "held_out_clean", "spun", "article"):
        rows = map(json.loads, (SAMPLES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines())
        measure.add(Case(name, row["spun"], row["gold"]) for row in rows)
    return measure


def test_no_pack_fires_on_clean_text_by_itself(measured: Measure) -> None:
    assert measured.clean_words > 20_000
    assert dict(measured.false_alarms) == {}
    assert measured.together.alarms == 0


def test_every_pack_that_is_met_is_mostly_right(measured: Measure) -> None:
    met = [row for row in measured.rows.values() if row.hits >= HITS]
    assert len(met) >= 8
    assert [row for row in met if (row.precision or 0) < PRECISION] == []


def test_every_pack_proves_each_of_its_rules(measured: Measure) -> None:
    proved = [row for row in measured.rows.values() if row.pack not in ("general", "academic")]
    assert [row.pack for row in proved if row.examples < row.rules] == []


def test_a_pack_that_fires_on_clean_text_is_noticed() -> None:
    engine = Engine()
    measure = Measure(read_packs(), engine.rulebook, engine)
    text = "The brewery stands against arranged crime."
    measure.add([Case("clean", text, text)])
    assert dict(measure.false_alarms) == {"law/organized-crime": 1}


def test_precision_is_unknown_without_hits() -> None:
    assert Row("p").precision is None
