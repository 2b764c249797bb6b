#!/usr/bin/env python3
"""What the language model is worth: the engine with it beside the engine without it, on the same passages.

    language_model.py                      over samples/: spun, article, clean, and the held-out files
    language_model.py --files A.jsonl ...  over other files of the same shape (see score.py)
    language_model.py --folds DIR          over the spun passages of samples/, each with weights that have not seen it
    language_model.py --speed              load time, and time, questions and pieces of samples/article.txt
    options: --model MODEL   another model than the default one     --every N   only every N-th case
             --write         put the table into docs/language-model.md

Each row compares the two set-ups on one group of passages.  The intervals are 95 % bootstrap intervals of the
difference, paired: the passages are drawn with replacement, and both set-ups are scored on the same draw
(Efron and Tibshirani 1993).  Of a single passage there is none.  Scores of earlier runs are used where they
are kept, except with ``--speed``.

With ``--folds`` the weights are those that `tools/fit_lm.py --folds DIR` has written.  The engine without the
model keeps the weights that ship, which were fitted on all these passages.
"""
# ruff: noqa: T201 - a program, it prints

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from cleanup.config import Settings
from cleanup.pipeline import Engine

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
score: Any = import_module("score")  # beside this file
ablations: Any = import_module("ablations")

SAMPLES = HERE.parent.parent / "samples"
PAGE = HERE.parent.parent / "docs" / "language-model.md"
DRAWS = 1000
HEAVY = "ABC"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pair:
    """One passage as both set-ups left it."""

    without: Row
    with_model: Row


def read_groups(files: Sequence[Path], every: int) -> dict[str, list[dict[str, Any]]]:
    """The cases of each file, spun ones of heavy and of light families apart."""
    groups: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    number = 0
    for path in files:
        for line in path.read_text(encoding="utf-8").splitlines()[::every]:
            case = json.loads(line)
            case["number"] = number
            number += 1
            name = path.stem
            if case["spun"] != case["gold"] and name != "article":
                name += " A-C" if case["family"][:1] in HEAVY else f" {case['family'][:1]}"
            groups[name].append(case)
    return dict(groups)


def measure(cases: Sequence[dict[str, Any]], plain: Engine, by_fold: Sequence[Engine]) -> list[Pair]:
    """Both set-ups on every case; with the model they are one, or one for the cases of each fold in turn."""
    found = []
    for case in cases:
        engines = (plain, by_fold[case["number"] % len(by_fold)])
        found.append(Pair(*(score.score_case(case, engine.fix(case["spun"]).after) for engine in engines)))
    return found


def with_weights(model: str, path: Path) -> Engine:
    """The engine with other weights where the model was heard."""
    from cleanup.lm.backend import load_model
    from cleanup.lm.cache import ScoreCache
    from cleanup.lm.judge import Judge, find_model
    from cleanup.lm.store import scores_path
    from cleanup.weights import load_weights

    engine = Engine(Settings(lm=True, lm_model=model))
    judge = Judge(load_model(find_model(model)), load_weights(path), ScoreCache(scores_path()))
    vars(engine)["language_judge"] = judge
    return engine


def interval(pairs: Sequence[Pair], key: str, digits: int = 3) -> str:
    """The 95 % interval of the difference in a figure, as it is written behind the figure."""
    if len(pairs) < 2:  # every draw would be the same
        return ""
    draw = random.Random(0)
    found = []
    for _ in range(DRAWS):
        chosen = draw.choices(pairs, k=len(pairs))
        first, second = (score.figures([getattr(pair, side) for pair in chosen]) for side in SIDES)
        found.append(second[key] - first[key])
    found.sort()
    low, high = found[round(0.025 * DRAWS)], found[round(0.975 * DRAWS) - 1]
    return f" ({low:+.{digits}f} to {high:+.{digits}f})"


SIDES = ("without", "with_model")


def row(name: str, pairs: Sequence[Pair]) -> list[str]:
    """One line of the table."""
    first, second = (score.figures([getattr(pair, side) for pair in pairs]) for side in SIDES)
    cells = [name, str(len(pairs))]
    damage = f"{first['damage_per_10k']:.1f} → {second['damage_per_10k']:.1f}"
    if not first["units"]:
        return [*cells, "-", "-", "-", "-", damage + interval(pairs, "damage_per_10k", 1)]
    for key in ("repair_p", "repair_r", "repair_f05", "detect_f05"):
        gain = second[key] - first[key]
        cells.append(f"{first[key]:.3f} → {second[key]:.3f}: {gain:+.3f}{interval(pairs, key)}")
    return [*cells, damage]


def table(groups: dict[str, list[dict[str, Any]]], plain: Engine, by_fold: Sequence[Engine]) -> Iterator[str]:
    """The lines of the table, each as soon as it is known."""
    head = ["passages", "number", "repair precision", "repair recall", "repair F0.5", "detection F0.5"]
    yield _line([*head, "damaged words per 10,000"])
    yield _line(["---", *["---:"] * 6])
    for name, cases in groups.items():
        yield _line(row(name, measure(cases, plain, by_fold)))


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


class _Counting:
    """A model that counts what it is asked."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.start, self.digest, self.pieces = model.start, model.digest, model.pieces
        self.branches = self.scored = self.texts = 0

    def read(self, pieces: Sequence[int]) -> Any:
        self.texts += len(pieces)
        return self._model.read(pieces)

    def follow(self, trunk: Any, branches: Any) -> Any:
        self.branches += len(branches)
        self.scored += sum(len(pieces) for _, pieces in branches)
        return self._model.follow(trunk, branches)


def speed(model: str, times: int = 3) -> None:
    """Load time, and the article with nothing kept, each some times over; medians."""
    from cleanup.lm import judge as judges
    from cleanup.lm.backend import fresh_model
    from cleanup.lm.cache import ScoreCache
    from cleanup.lm.judge import Judge, find_model
    from cleanup.weights import load_weights

    text = (SAMPLES / "article.txt").read_text(encoding="utf-8")
    loading, reading, plain = [], [], []
    for _ in range(times):
        started = time.perf_counter()
        counting = _Counting(fresh_model(find_model(model)))
        loading.append(time.perf_counter() - started)
        engine = Engine(Settings(lm=True, lm_model=model))
        engine.__dict__["language_judge"] = Judge(counting, load_weights(judges.WEIGHTS), ScoreCache())
        fast = Engine()
        fast.fix(text)  # the tables are read
        started = time.perf_counter()
        fast.fix(text)
        plain.append(time.perf_counter() - started)
        started = time.perf_counter()
        result = engine.fix(text)
        reading.append(time.perf_counter() - started)
    load = os.getloadavg()[0]
    print(f"loading {statistics.median(loading):.2f} s; article {statistics.median(reading):.1f} s")
    print(
        f"without the model {statistics.median(plain):.2f} s; {len(result.edits)} edits; load of the machine {load:.1f}"
    )
    print(
        f"{counting.branches} readings scored over {counting.scored} pieces, {counting.texts} pieces of text"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = ("spun", "article", "clean", "held_out_spun", "held_out_clean")
    samples = [SAMPLES / f"{name}.jsonl" for name in names]
    parser.add_argument("--files", nargs="+", type=Path, default=samples, metavar="FILE")
    parser.add_argument("--model", default="", metavar="MODEL")
    parser.add_argument("--every", type=int, default=1, metavar="N")
    parser.add_argument("--folds", type=Path, metavar="DIR", help="weights that leave out one fold each")
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--write", action="store_true", help="put the table into docs/language-model.md")
    given = parser.parse_args()
    if given.speed:
        speed(given.model)
        return
    if given.folds:
        by_fold = [with_weights(given.model, path) for path in sorted(given.folds.glob("*.json"))]
        groups = read_groups(samples[:2], 1)
    else:
        by_fold = [Engine(Settings(lm=True, lm_model=given.model))]
        groups = read_groups(given.files, given.every)
    lines = []
    for line in table(groups, Engine(), by_fold):
        print(line, flush=True)
        lines.append(line)
    if given.write:
        ablations.put_table(PAGE, "\n".join(lines))


if __name__ == "__main__":
    main()
