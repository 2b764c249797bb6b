#!/usr/bin/env python3
"""How often changes of each confidence are right: a table, and docs/reliability.svg.

    reliability.py                   over samples/spun.jsonl, by five-fold cross-validation (needs scipy)
    reliability.py --shipped         with the weights that ship, which were fitted on these passages
    options: --every N       only every N-th passage      --output PATH   where the picture goes
             --write         put the table into docs/engine.md, in the place of the one that stands there

All findings of confidence 0.05 and more are counted, those that become edits and those that are only
reported. One is *right* when its first candidate, put in, gives what the gold edits give there, letter case
apart; it is *on a spun place* when a gold edit touches it.

Each passage is read with weights of arcs that `tools/fit_weights.py` fits on the other four fifths of the
passages. The three weights of the spin score and the four numbers of the calibration are those that ship,
which that program fits over the same folds.  The rule book is no part of this: its authors had seen the
passages, so the findings of the thesaurus, which have a column of their own, are the harder test.  The
intervals are those of Wilson (1927), 95 %.
"""
# ruff: noqa: T201 - a program, it prints

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

from cleanup.analysis import load_models
from cleanup.config import Settings
from cleanup.datatypes import Severity
from cleanup.pipeline import Engine
from cleanup.rulebook import load_rulebook

ROOT = Path(__file__).resolve().parent.parent.parent
LEAST = 0.05
WIDE = "thesaurus/"  # how the names of findings begin that no rule made
BORDERS = (LEAST, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)

Case = dict[str, Any]
Change = tuple[int, int, str]  # what stands between two offsets of the spun text becomes something else


@dataclass(frozen=True, slots=True)
class Claim:
    """One finding: how sure the engine was, and what came of it."""

    confidence: float
    is_right: bool
    is_on_spun_place: bool
    is_wide: bool  # found by the thesaurus, not by the rule book


@dataclass(frozen=True, slots=True)
class Bin:
    """The findings whose confidence lies from ``low`` to below ``high``; 1 belongs to the last bin."""

    low: float
    high: float
    claims: tuple[Claim, ...]

    @property
    def confidence(self) -> float:
        """The mean confidence."""
        return sum(claim.confidence for claim in self.claims) / max(len(self.claims), 1)

    @property
    def right(self) -> int:
        """How many are right."""
        return sum(claim.is_right for claim in self.claims)

    @property
    def share(self) -> float:
        """The share of right ones."""
        return self.right / max(len(self.claims), 1)

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of that share, by Wilson (1927)."""
        count, z = len(self.claims), 1.96
        if not count:
            return 0.0, 1.0
        middle = (self.share + z * z / (2 * count)) / (1 + z * z / count)
        reach = (
            z
            * math.sqrt(self.share * (1 - self.share) / count + z * z / (4 * count * count))
            / (1 + z * z / count)
        )
        return max(middle - reach, 0.0), min(middle + reach, 1.0)

    def only_wide(self) -> Bin:
        """The findings of the thesaurus alone."""
        return replace(self, claims=tuple(claim for claim in self.claims if claim.is_wide))


def claims_of(case: Case, engine: Engine) -> Iterator[Claim]:
    """What the engine claims of one passage."""
    result = engine.fix(case["spun"])
    made = [(edit.span.start, edit.span.end, edit.after) for edit in result.edits]
    claims = [
        (change, edit.confidence, edit.rule_id) for change, edit in zip(made, result.edits, strict=True)
    ]
    for finding in result.unfixed:
        if finding.severity is Severity.ERROR:
            change = (finding.span.start, finding.span.end, finding.candidates[0].text)
            claims.append((change, finding.confidence, finding.rule_id))
    gold: list[Change] = [(start, end, original) for start, end, original in case["edits"]]
    for change, confidence, rule in claims:
        is_on_spun_place = any(_overlap(change, unit) for unit in gold)
        is_right = is_on_spun_place and gives_gold(case["spun"], change, made, gold)
        yield Claim(confidence, is_right, is_on_spun_place, rule.startswith(WIDE))


def gives_gold(spun: str, change: Change, made: Sequence[Change], gold: Sequence[Change]) -> bool:
    """Whether a change, with the edits beside it in the same gold units, gives what the gold edits give."""
    ours, units = [change], [unit for unit in gold if _overlap(change, unit)]
    beside = [other for other in made if not _overlap(other, change)]
    while True:
        covered = min(item[0] for item in ours + units), max(item[1] for item in ours + units), ""
        ours_now = [change, *(other for other in beside if _overlap(other, covered))]
        units_now = [unit for unit in gold if _overlap(unit, covered)]
        if (len(ours_now), len(units_now)) == (len(ours), len(units)):
            return _folded(_applied(spun, ours, covered)) == _folded(_applied(spun, units, covered))
        ours, units = ours_now, units_now


def _overlap(one: Change, other: Change) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _applied(spun: str, changes: Sequence[Change], covered: Change) -> str:
    """A stretch of the text with changes made."""
    pieces, at = [], covered[0]
    for start, end, after in sorted(changes):
        pieces += [spun[at:start], after]
        at = end
    return "".join([*pieces, spun[at : covered[1]]])


def _folded(text: str) -> str:
    return " ".join(text.lower().replace("’", "'").split())


def fold_engines() -> list[Engine]:
    """For each fold an engine fitted without it; the passages take turns at the folds."""
    sys.path.insert(0, str(ROOT / "tools"))
    fit = import_module("fit_weights")
    book, models = load_rulebook(), load_models()
    cases = [*fit.read_cases("spun.jsonl"), *fit.read_cases("article.jsonl")]
    both = [
        [fit.known(case, fit.lay_out(case["spun"], book, models, share)) for case in cases]
        for share in (1.0, 0.0)
    ]
    engines = []
    for fold in range(fit.FOLDS):
        others = [
            passage for passages in both for at, passage in enumerate(passages) if at % fit.FOLDS != fold
        ]
        weights = fit.with_arcs(models, *fit.fit_arcs(others)).weights
        shipped = models.weights
        weights = replace(
            weights,
            spin=shipped.spin,
            rule_calibration=shipped.rule_calibration,
            wide_calibration=shipped.wide_calibration,
        )
        given = replace(models, weights=weights)
        engines.append(Engine(Settings(min_confidence=LEAST), rulebook=book, models=given))
    return engines


def binned(claims: Sequence[Claim]) -> list[Bin]:
    """The claims by confidence."""
    return [
        Bin(low, high, tuple(item for item in claims if low <= item.confidence < high + (high == 1.0)))
        for low, high in pairwise(BORDERS)
    ]


def table(bins: Sequence[Bin]) -> str:
    """The bins as a Markdown table."""
    head = ["confidence", "findings", "mean confidence", "right", "share right", "95 % interval"]
    head += ["on a spun place", "of the thesaurus", "share right of these"]
    least = Settings().edit_threshold
    claims = [claim for item in bins for claim in item.claims]
    edits = Bin(least, 1.0, tuple(claim for claim in claims if claim.confidence >= least))
    lines = [head, ["---", *["---:"] * (len(head) - 1)]]
    lines += [[f"{item.low:.2f} to {item.high:.2f}", *_cells(item)] for item in bins]
    lines.append([f"edits: {least:.2f} and above", *_cells(edits)])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cells(item: Bin) -> list[str]:
    wide, count = item.only_wide(), len(item.claims)
    if not count:
        return ["0", *["-"] * 5, "0", "-"]
    low, high = item.interval
    spun = sum(claim.is_on_spun_place for claim in item.claims) / count
    cells = [f"{count}", f"{item.confidence:.3f}", f"{item.right}", f"{item.share:.3f}"]
    cells += [f"{low:.2f} to {high:.2f}", f"{spun:.3f}", f"{len(wide.claims)}"]
    return [*cells, f"{wide.share:.3f}" if wide.claims else "-"]


def summary(bins: Sequence[Bin]) -> str:
    """The mean gap between confidence and share right, and the Brier score."""
    claims = [claim for item in bins for claim in item.claims]
    total = max(len(claims), 1)
    gap = sum(abs(item.confidence - item.share) * len(item.claims) for item in bins) / total
    brier = sum((item.confidence - item.is_right) ** 2 for item in claims) / total
    return f"{len(claims)} findings, mean gap {gap:.3f}, Brier score {brier:.3f}"


# The picture, in units of its view box: a square of shares, below it a strip of counts.
LEFT, TOP, WIDTH, HEIGHT, GAP, STRIP = 64, 14, 540, 360, 22, 50
STYLE = """
  text { font: 13px sans-serif; fill: #333; text-anchor: middle; }
  .count { font-size: 11px; }
  .side { text-anchor: end; }
  .frame { fill: none; stroke: #777; }
  .grid { stroke: #777; stroke-opacity: 0.3; }
  .ideal { stroke: #777; stroke-dasharray: 5 4; }
  .bar { fill: #777; fill-opacity: 0.4; }
  .point { fill: #1f6fb2; }
  .reach { stroke: #1f6fb2; stroke-width: 2; }
  @media (prefers-color-scheme: dark) {
    text { fill: #ddd; }
    .frame, .grid, .ideal { stroke: #aaa; }
    .bar { fill: #aaa; }
    .point { fill: #6cb4ee; }
    .reach { stroke: #6cb4ee; }
  }
"""


def _x(confidence: float) -> float:
    return round(LEFT + WIDTH * confidence, 1)


def _y(share: float) -> float:
    return round(TOP + HEIGHT * (1 - share), 1)


def picture(bins: Sequence[Bin], how: str) -> str:
    """The bins as an SVG: share right over confidence, with intervals, and how many findings each has."""
    bottom = TOP + HEIGHT + GAP + STRIP
    lines = [
        '<svg xmlns="http://www.w3.org/2000/svg" role="img"'
        f' viewBox="0 0 {LEFT + WIDTH + 20} {bottom + 66}">',
        f"<title>How often findings of each confidence are right: {how}</title>",
        f"<style>{STYLE}</style>",
        *_grid(bottom),
        *_counts(bins, bottom),
    ]
    for item in bins:
        if item.claims:
            (low, high), at = item.interval, _x(item.confidence)
            lines.append(f'<line class="reach" x1="{at}" y1="{_y(low)}" x2="{at}" y2="{_y(high)}"/>')
            lines.append(f'<circle class="point" cx="{at}" cy="{_y(item.share)}" r="5"/>')
    lines += [
        f'<text x="{_x(0.5)}" y="{bottom + 38}">confidence of the finding</text>',
        f'<text transform="translate(18 {_y(0.5)}) rotate(-90)">share of right repairs</text>',
        f'<text class="count" x="{_x(0.5)}" y="{bottom + 58}">points with 95 % intervals; '
        "broken line: the ideal; numbers: findings in each bin</text>",
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _grid(bottom: int) -> Iterator[str]:
    for fifth in range(6):
        value = fifth / 5
        across, up = _x(value), _y(value)
        yield f'<line class="grid" x1="{across}" y1="{_y(0)}" x2="{across}" y2="{_y(1)}"/>'
        yield f'<line class="grid" x1="{_x(0)}" y1="{up}" x2="{_x(1)}" y2="{up}"/>'
        yield f'<text x="{across}" y="{bottom + 18}">{value:.1f}</text>'
        yield f'<text class="side" x="{LEFT - 8}" y="{up + 4}">{value:.1f}</text>'
    yield f'<rect class="frame" x="{LEFT}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}"/>'
    yield f'<line class="ideal" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"/>'


def _counts(bins: Sequence[Bin], bottom: int) -> Iterator[str]:
    most = max([len(item.claims) for item in bins] + [1])
    for item in bins:
        left, right, count = _x(item.low) + 2, _x(item.high) - 2, len(item.claims)
        height = round(STRIP * count / most, 1)
        top, middle = round(bottom - height, 1), round((left + right) / 2, 1)
        width = round(right - left, 1)
        yield f'<rect class="bar" x="{left}" y="{top}" width="{width}" height="{height}"/>'
        yield f'<text class="count" x="{middle}" y="{round(top - 4, 1)}">{count}</text>'


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shipped", action="store_true", help="no folds: the weights that ship")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every N-th passage")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "reliability.svg", help="the picture")
    parser.add_argument("--write", action="store_true", help="put the table into docs/engine.md")
    given = parser.parse_args()
    lines = (ROOT / "samples" / "spun.jsonl").read_text(encoding="utf-8").splitlines()
    engines = [Engine(Settings(min_confidence=LEAST))] if given.shipped else fold_engines()
    claims = [
        claim
        for at, line in enumerate(lines)
        if at % given.every == 0
        for claim in claims_of(json.loads(line), engines[at % len(engines)])
    ]
    bins = binned(claims)
    how = "weights that ship" if given.shipped else "five-fold cross-validation"
    given.output.parent.mkdir(parents=True, exist_ok=True)
    given.output.write_text(picture(bins, how), encoding="utf-8")
    print(table(bins))
    print(f"\n{how}: {summary(bins)}")
    if given.write:
        sys.path.insert(0, str(Path(__file__).resolve().parent))
        ablations = import_module("ablations")
        ablations.put_table(ablations.PAGE, table(bins))


if __name__ == "__main__":
    main()
