"""Write cleanup/data/weights_lm.json: what each piece of evidence is worth where a language model was heard.

Run from the root of a checkout, with the package and its extra `lm`, scipy, the weights of the model, and the
clean text that `tests/quality/clean_text.py --fetch DIR` brings:

    python tools/fit_lm.py MODEL.gguf --clean DIR

The fits are those of `tools/fit_weights.py`, which see; its weights come first, for they choose the readings
that the model is asked about.  The margins of a passage come from weights of arcs that were fitted on the
other four fifths of the passages, and so do the beliefs that the calibration is fitted on.  Margins are kept
in ``--scores``, so that a second run takes minutes.  The same passages, model and versions give the same
numbers up to rounding.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

import fit_weights as fast  # noqa: E402

from cleanup.analysis import Analysis, Models, load_models  # noqa: E402
from cleanup.decode import sums_of  # noqa: E402
from cleanup.lm.backend import load_model  # noqa: E402
from cleanup.lm.cache import ScoreCache  # noqa: E402
from cleanup.lm.judge import Judge  # noqa: E402
from cleanup.prior import FEATURES as SPIN_FEATURES  # noqa: E402
from cleanup.prior import estimate  # noqa: E402
from cleanup.readings import FEATURES  # noqa: E402
from cleanup.rulebook import Rulebook, load_rulebook  # noqa: E402
from cleanup.verdict import ASKED_RATE, Quotes, judge  # noqa: E402
from cleanup.weights import Weights  # noqa: E402

# Fewer windows than for the fast weights: each costs some seconds.
CLEAN_WINDOWS = 350
RULE_SHARES = (1.0, 0.4, 0.2, 0.0)
# The highest, in halves, that keeps all clean texts of the fit below even odds.  Higher than that of
# `tools/fit_weights.py`, for the model tells spun from honest words so much better.
PRIOR_ODDS = -1.0


def heard(text: str, book: Rulebook, models: Models, share: float, model: Judge) -> tuple[Analysis, bool]:
    """A text laid out with the margins of its open readings, and whether the engine would ask for any."""
    analysis = fast.lay_out(text, book, models, share)
    verdict = judge(analysis, Quotes.AUTO)
    analysis = fast.lay_out(text, book, models, share, is_wide=True)
    bold = verdict.bolder(ASKED_RATE, models.weights.rate)
    return model.heard(analysis, sums_of(analysis, bold).arcs), bool(verdict.is_worth_asking().any())


def with_weights(analysis: Analysis, theta: np.ndarray, rate: float, shipped: Weights) -> Analysis:
    """The analysis under these weights of arcs; the spin score stays what it was."""
    arcs = dict(zip(FEATURES, theta[:-1].tolist(), strict=True))
    plain = (1.0, 0.0)
    weights = Weights(arcs, float(theta[-1]), rate, shipped.spin, plain, plain)
    return replace(analysis, models=replace(analysis.models, weights=weights))


def fold_models(spun: Sequence[dict], book: Rulebook, models: Models) -> list[Models]:
    """For each fold the fast engine as it is without that fold's passages."""
    both = [
        [fast.known(case, fast.lay_out(case["spun"], book, models, share)) for case in spun]
        for share in (1.0, 0.0)
    ]
    theta, _ = fast.fit_arcs([passage for passages in both for passage in passages])
    found = []
    for fold in range(fast.FOLDS):
        others = [p for passages in both for at, p in enumerate(passages) if at % fast.FOLDS != fold]
        weights = fast.with_arcs(models, *fast.fit_arcs(others, theta)).weights
        found.append(replace(models, weights=replace(weights, spin=models.weights.spin)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("model", type=Path, help="the GGUF file")
    parser.add_argument("--clean", type=Path, required=True, help="a directory of ordinary text files")
    parser.add_argument("--scores", type=Path, default=Path("lm.sqlite"), help="where margins are kept")
    parser.add_argument("--output", type=Path, default=ROOT / "cleanup" / "data" / "weights_lm.json")
    given = parser.parse_args()
    book, models = load_rulebook(), load_models()
    model = Judge(load_model(str(given.model)), models.weights, ScoreCache(given.scores))
    spun = [*fast.read_cases("spun.jsonl"), *fast.read_cases("article.jsonl")]
    folds = fold_models(spun, book, models)
    laid: dict[tuple[float, int], fast.Passage] = {}
    for share in RULE_SHARES:
        for at, case in enumerate(spun):
            analysis, _ = heard(case["spun"], book, folds[at % fast.FOLDS], share, model)
            laid[share, at] = fast.known(case, analysis)
        print(f"spun passages, {share:.0%} of the rules", flush=True)
    fitted = {key: passage for key, passage in laid.items() if key[0] in (1.0, 0.0)}
    theta, rate = fast.fit_arcs(list(fitted.values()))
    by_fold = [
        fast.fit_arcs([p for (_, at), p in fitted.items() if at % fast.FOLDS != fold], theta)
        for fold in range(fast.FOLDS)
    ]
    shipped = models.weights
    rows, answers = [], []
    for (_, at), passage in laid.items():
        own = with_weights(passage.analysis, *by_fold[at % fast.FOLDS], shipped)
        rows.append(estimate(own).whole)
        answers.append(1.0)
    clean = [case["spun"] for case in fast.read_cases("clean.jsonl")]
    asked = 0
    for text in [*clean, *fast.windows(given.clean, CLEAN_WINDOWS)]:
        analysis, is_asked = heard(text, book, models, 1.0, model)
        asked += is_asked
        # A clean text counts as often as a spun one: with all rules and with parts of them it looks the same.
        rows += [estimate(with_weights(analysis, theta, rate, shipped)).whole] * len(RULE_SHARES)
        answers += [0.0] * len(RULE_SHARES)
    print(f"clean texts; the engine would ask about {asked} of them", flush=True)
    spin = fast.fit_logistic(np.stack(rows), np.array(answers), fast.SPIN_PENALTY, only_for=True)
    spin[-1] += PRIOR_ODDS
    spin *= fast.SHARPNESS
    beliefs = []
    for share in (1.0, 0.4):
        for at in range(len(spun)):
            passage = laid[share, at]
            own = with_weights(passage.analysis, *by_fold[at % fast.FOLDS], shipped)
            beliefs += fast.beliefs_of(replace(passage, analysis=own), own.models)
    by_kind = {
        name: [row[:2] for row in beliefs if row[2] == ruled]
        for name, ruled in (("rule", True), ("thesaurus", False))
    }
    weights = {
        "model": hashlib.sha256(given.model.read_bytes()).hexdigest(),
        "arcs": {name: round(float(value), 3) for name, value in zip(FEATURES, theta, strict=False)},
        "context": round(float(theta[-1]), 4),
        "rate": round(rate, 4),
        "spin": {name: round(float(value), 3) for name, value in zip(SPIN_FEATURES, spin, strict=True)},
        "calibration": {
            name: [round(value, 3) for value in fast.calibrate(found)] for name, found in by_kind.items()
        },
    }
    given.output.write_text(json.dumps(weights, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(weights, indent=1))


if __name__ == "__main__":
    main()
