#!/usr/bin/env python3
"""What each part of the engine is worth: a Markdown table, one row a set-up.

    ablations.py                              over samples/: spun A-C, spun D, the article, clean text
    ablations.py --files A.jsonl B.jsonl      over other files of the same shape (see score.py)
    options: --every N   only every N-th case      --json   one object a set-up
             --write     put the table into docs/engine.md, in the place of the one that stands there

The first rows begin with the rule book alone and add one part after the other; the last rows take one part
away from the whole engine.  Every set-up is a switch that ships: ``Settings(without=...)``.

A set of spun passages has one column: repair precision, recall and F0.5, and the F0.5 of detection.  *Damaged
words* are words changed that were right; clean passages, those whose gold text is the text itself, show
nothing else.
"""
# ruff: noqa: T201 - a program, it prints

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from cleanup.config import PARTS, Settings
from cleanup.pipeline import Engine

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
score: Any = import_module("score")  # beside this file

SAMPLES = HERE.parent.parent / "samples"
PAGE = HERE.parent.parent / "docs" / "engine.md"
CLEAN = "clean"

# The order in which the parts are added, and how the table calls them.
ADDED = ("thesaurus", "terms", "collocations", "prior", "evidence", "consistency")
NAMES = {"terms": "fixed terms", "prior": "document prior", "evidence": "document evidence"}
assert set(ADDED) == set(PARTS)

Case = dict[str, Any]
Figures = dict[str, float]


def set_ups() -> list[tuple[str, tuple[str, ...]]]:
    """Each set-up with the parts that are switched off in it."""
    called = [NAMES.get(part, part) for part in ADDED]
    rows: list[tuple[str, tuple[str, ...]]] = [("rules only", ADDED)]
    rows += [(f"+ {name}", ADDED[at + 1 :]) for at, name in enumerate(called)]
    rows[-1] = (f"+ {called[-1]} = as shipped", ())
    return rows + [(f"shipped without {name}", (part,)) for name, part in zip(called, ADDED, strict=True)]


def read_groups(files: Sequence[Path], every: int = 1) -> dict[str, list[Case]]:
    """The cases of some files by group: clean ones together, spun ones by file, D of the samples apart."""
    groups: defaultdict[str, list[Case]] = defaultdict(list)
    for path in files:
        for line in path.read_text(encoding="utf-8").splitlines()[::every]:
            case = json.loads(line)
            name = path.stem
            if case["spun"] == case["gold"]:
                name = CLEAN
            elif path == SAMPLES / "spun.jsonl":
                name = "spun D" if case["family"].startswith("D") else "spun A-C"
            groups[name].append(case)
    return dict(groups)


def measure(groups: dict[str, list[Case]], without: Sequence[str]) -> dict[str, Figures]:
    """The figures of each group under one set-up; see `score.figures`."""
    engine = Engine(Settings(without=tuple(without)))
    return {
        name: score.figures([score.score_case(case, engine.fix(case["spun"]).after) for case in cases])
        for name, cases in groups.items()
    }


def row(set_up: str, measured: dict[str, Figures]) -> list[str]:
    """One line of the table."""
    keys = ("repair_p", "repair_r", "repair_f05", "detect_f05")
    spun = [figures for name, figures in measured.items() if name != CLEAN]
    cells = [" / ".join(f"{figures[key]:.3f}" for key in keys) for figures in spun]
    cells.append(f"{sum(figures['damage'] for figures in spun):.0f}")
    cells.append(f"{measured[CLEAN]['damage_per_10k']:.1f}" if CLEAN in measured else "-")
    cells.append(f"{sum(figures['quotes_changed'] for figures in measured.values()):.0f}")
    return [set_up, *cells]


def table(groups: dict[str, list[Case]]) -> Iterator[str]:
    """The lines of the table, each as soon as it is known."""
    spun = [f"{name}: P / R / F0.5 / detection F0.5" for name in groups if name != CLEAN]
    head = ["set-up", *spun, "damaged words, spun", "damaged words per 10,000, clean", "quotations altered"]
    yield _line(head)
    yield _line(["---", *["---:"] * (len(head) - 1)])
    for set_up, without in set_ups():
        yield _line(row(set_up, measure(groups, without)))


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def put_table(page: Path, rows: str) -> None:
    """Put a Markdown table into a page, in the place of the one with the same head."""
    text = page.read_text(encoding="utf-8")
    head = rows.splitlines()[0]
    before, found, behind = text.partition(head + "\n")
    if not found:
        raise SystemExit(f"{page}: no table with this head: {head}")
    rest = behind.splitlines(keepends=True)
    end = next((at for at, line in enumerate(rest) if not line.startswith("|")), len(rest))
    page.write_text(before + rows.rstrip("\n") + "\n" + "".join(rest[end:]), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    samples = [SAMPLES / f"{name}.jsonl" for name in ("spun", "article", "clean")]
    parser.add_argument("--files", nargs="+", type=Path, default=samples, metavar="FILE")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every N-th case of each file")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", action="store_true", help="put the table into docs/engine.md")
    given = parser.parse_args()
    groups = read_groups(given.files, given.every)
    if given.json:
        for set_up, without in set_ups():
            measured = measure(groups, without)
            print(json.dumps({"set_up": set_up, "without": without, "figures": measured}), flush=True)
        return
    lines = []
    for line in table(groups):
        print(line, flush=True)
        lines.append(line)
    if given.write:
        put_table(PAGE, "\n".join(lines))


if __name__ == "__main__":
    main()
