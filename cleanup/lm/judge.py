"""The language model heard in a document: its margins become one more piece of evidence in the lattice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cleanup.analysis import Analysis
from cleanup.lm import store
from cleanup.lm.backend import LanguageModel, load_model
from cleanup.lm.cache import ScoreCache
from cleanup.lm.margins import Answers, Margins, Told
from cleanup.lm.readings import Reader
from cleanup.pool import KEEP, THESAURUS
from cleanup.readings import INDEX, MOST_MARGIN
from cleanup.weights import PATH, Weights, load_weights

Floats = NDArray[np.float64]

#: A reading is put to the model when it is this likely, given that a spinner was at work.
LEAST_ASKED = 0.01

#: It is put once more, among neighbours that the model has judged meanwhile, when it is neither so unlikely
#: nor so sure.
STILL_OPEN = 0.02

# A word less expected than this, in nats, is a riddle for which so many readings more are looked at.
SURPRISE = 9.0
MOST_UNSUSPECTED = 4

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
        self._answers = Answers(model, cache)
        self._weights = weights
        self._told = told or _nobody

    def heard(self, analysis: Analysis, posterior: Floats) -> Analysis:
        """The same document with the margins of its open readings, and the weights that go with them.

        Args:
            analysis: the document.
            posterior: the probability of each arc if a spinner was at work, 0 where nothing is asked.

        """
        reader = Reader(analysis, posterior)
        asked = open_readings(analysis, posterior)
        margins: Margins = {}
        unsuspected: set[int] = set()
        self._told(0, len(asked))
        for window in reader.windows([(arc,) for arc in asked]):
            margins |= self._answers.margins(window)
            more = unsuspected_readings(analysis, posterior, self._answers.surprises(window), margins)
            for again in reader.windows([(arc,) for arc in more]):
                margins |= self._answers.margins(again)
            unsuspected |= set(more)
            self._told(min(len(margins) - len(unsuspected), len(asked) - 1), len(asked))
        self._told(len(asked), len(asked))
        return with_margins(analysis, margins, self._weights, frozenset(unsuspected))

    def heard_again(self, analysis: Analysis, posterior: Floats) -> Analysis:
        """The same with new margins for what is still open, in windows that stand as the model left them.

        Args:
            analysis: the document as `heard` left it.
            posterior: as for `heard`, but after it.

        """
        is_open = (posterior >= STILL_OPEN) & (posterior <= 1 - STILL_OPEN)
        asked = open_readings(analysis, np.where(is_open, posterior, 0.0))
        margins: Margins = {}
        self._told(0, len(asked))
        for window in Reader(analysis, posterior).windows([(arc,) for arc in asked]):
            margins |= self._answers.margins(window)
            self._told(len(margins), len(asked))
        return replace(analysis, arcs=replace(analysis.arcs, features=_put_in(analysis, margins)))


def _nobody(done: int, total: int) -> None:
    """Nobody is told."""


def open_readings(analysis: Analysis, posterior: Floats) -> Sequence[int]:
    """The readings that the model is asked about."""
    return np.flatnonzero((analysis.arcs.kind != KEEP) & (posterior >= LEAST_ASKED)).tolist()


def unsuspected_readings(
    analysis: Analysis, posterior: Floats, surprises: Mapping[int, float], margins: Margins
) -> Sequence[int]:
    """Readings of surprising words that the tables think little of, the likeliest few of each.

    A word for which a reading is known that the model likes better is no riddle any more.
    """
    arcs = analysis.arcs
    liked = [arc for (arc,), margin in margins.items() if margin > 0]
    solved = {place for arc in liked for place in range(arcs.start[arc], arcs.end[arc])}
    chosen = []
    for place, surprise in sorted(surprises.items()):
        if surprise >= SURPRISE and place not in solved:
            here = np.flatnonzero((arcs.start == place) & (arcs.end == place + 1) & (arcs.kind == THESAURUS))
            left = [arc for arc in here.tolist() if (arc,) not in margins and posterior[arc] > 0]
            chosen += sorted(left, key=lambda arc: (-posterior[arc], arc))[:MOST_UNSUSPECTED]
    return chosen


def with_margins(
    analysis: Analysis, margins: Margins, weights: Weights, of_model: frozenset[int] = frozenset()
) -> Analysis:
    """The document with margins as evidence, and the weights that go with them.

    A reading without a margin is out of the question, but for those of strong rules, which are decided by
    themselves.
    """
    arcs = analysis.arcs
    is_left = (arcs.kind == KEEP) | (arcs.features[:, INDEX["strong rule"]] > 0)
    is_left[[arc for (arc,) in margins]] = True
    features = _put_in(analysis, margins)
    heard = replace(analysis, arcs=replace(arcs, features=features), of_model=of_model)
    return replace(heard.narrowed(is_left), models=replace(analysis.models, weights=weights))


def _put_in(analysis: Analysis, margins: Margins) -> Floats:
    """The features of the arcs with these margins among them."""
    features = analysis.arcs.features.copy()
    for (arc,), margin in margins.items():
        features[arc, INDEX["language model"]] = np.clip(margin, -MOST_MARGIN, MOST_MARGIN)
    return features
