"""What each piece of evidence is worth: fitted numbers, read from one file.

`tools/fit_weights.py` fits them on the development passages and writes ``data/weights.json``; its docstring
says how.  All weights are in nats.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PATH = Path(__file__).with_name("data") / "weights.json"


@dataclass(frozen=True, slots=True)
class Weights:
    """The fitted numbers of the engine.

    Attributes:
        arcs: the weight of each feature of an arc, by name; what is not named weighs nothing.
        context: the weight of the log probability of a word behind its neighbours.
        rate: the share of words that the spinner changed in the passages that ``arcs`` were fitted on.
        spin: the weight of each feature of a stretch of text: log-odds that a spinner was at work.
        rule_calibration, wide_calibration: slope and offset that turn the log-odds of a change in spun text
            into those of a right repair: for what a rule or a lexicon proposes, for the thesaurus alone.

    """

    arcs: Mapping[str, float]
    context: float
    rate: float
    spin: Mapping[str, float]
    rule_calibration: tuple[float, float]
    wide_calibration: tuple[float, float]

    def arc_row(self, features: Sequence[str]) -> NDArray[np.float64]:
        """The weights of arc features in a given order."""
        return np.array([self.arcs.get(name, 0.0) for name in features])

    def spin_row(self, features: Sequence[str]) -> NDArray[np.float64]:
        """The weights of spin features in a given order."""
        return np.array([self.spin.get(name, 0.0) for name in features])


@cache
def load_weights(path: Path = PATH) -> Weights:
    """The weights that ship."""
    table = json.loads(path.read_text(encoding="utf-8"))
    rule, wide = (tuple(table["calibration"][name]) for name in ("rule", "thesaurus"))
    return Weights(table["arcs"], table["context"], table["rate"], table["spin"], rule, wide)
