"""The language model heard in a document: its margins become one more piece of evidence in the lattice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cleanup.analysis import Analysis
from cleanup.lattice import Sums
from cleanup.lm import store
from cleanup.lm.backend import LanguageModel, load_model
from cleanup.lm.cache import ScoreCache
from cleanup.lm.margins import Margins, Told, margins_of
from cleanup.lm.readings import windows_of
from cleanup.pool import KEEP
from cleanup.readings import INDEX
from cleanup.weights import PATH, Weights, load_weights

Floats = NDArray[np.float64]

#: A reading is put to the model when it is this likely, given that a spinner was at work.
LEAST_ASKED = 0.02

# The model speaks for or against a reading by no more than this, in nats.
MOST_MARGIN = 12.0


#: What the features of a reading are worth where the model was heard; `tools/fit_lm.py` fits them.
WEIGHTS = PATH.with_name("weights_lm.json")


def find_model(name: str) -> str:
    """The model that a setting names, or the default one where it names none.

    Raises:
        ConfigError: when the default weights were never fetched.

    """
    return name or str(store.weights_path())


def open_judge(name: str, told: Told | None = None) -> Judge:
    """The judge with a model that `find_model` found; see `backend.load_model` for errors."""
    return Judge(load_model(name), load_weights(WEIGHTS), ScoreCache(store.scores_path()), told)


class Judge:
    """A model with what it needs to be asked."""

    def __init__(
        self,
        model: LanguageModel,
        weights: Weights,
        cache: ScoreCache,
        told: Told | None = None,
    ) -> None:
        self.model = model
        self._weights = weights
        self._cache = cache
        self._told = told

    def heard(self, analysis: Analysis, sums: Sums) -> Analysis:
        """The same document with the margins of its open readings, and the weights that go with them."""
        asked = open_readings(analysis, sums.arcs)
        windows = list(windows_of(analysis, sums.arcs, [(arc,) for arc in asked]))
        margins = margins_of(self.model, windows, self._cache, self._told)
        return with_margins(analysis, margins, self._weights)


def open_readings(analysis: Analysis, posterior: Floats) -> Sequence[int]:
    """The readings that the model is asked about."""
    return np.flatnonzero((analysis.arcs.kind != KEEP) & (posterior >= LEAST_ASKED)).tolist()


def with_margins(analysis: Analysis, margins: Margins, weights: Weights) -> Analysis:
    """The document with margins as evidence, and the weights that go with them.

    A reading without a margin is out of the question, but for those of strong rules, which are decided by
    themselves.
    """
    arcs = analysis.arcs
    column = np.zeros(len(arcs.start))
    is_left = (arcs.kind == KEEP) | (arcs.features[:, INDEX["strong rule"]] > 0)
    for (arc,), margin in margins.items():
        column[arc] = np.clip(margin, -MOST_MARGIN, MOST_MARGIN)
        is_left[arc] = True
    features = arcs.features.copy()
    features[:, INDEX["language model"]] = column
    heard = replace(analysis, arcs=replace(arcs, features=features))
    return replace(heard.narrowed(is_left), models=replace(analysis.models, weights=weights))
