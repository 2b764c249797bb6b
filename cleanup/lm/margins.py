"""How much likelier a language model finds a window with a reading than with the text as it stands.

Only what differs is scored: the pieces of the reading and some behind it, each behind everything before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from cleanup.lm.backend import LanguageModel
from cleanup.lm.cache import ScoreCache
from cleanup.lm.readings import Window

# Pieces behind a stretch that are scored along with it: words further off say little of it.
HORIZON = 10

# Margins are rounded to this many decimals, in nats: less than what computers differ by.
_DECIMALS = 2

Margins = dict[tuple[int, ...], float]
_Branch = tuple[int, tuple[int, ...]]


#: Hears how many questions are answered, and of how many.
Told = Callable[[int, int], None]


def margins_of(
    model: LanguageModel, windows: Sequence[Window], cache: ScoreCache, told: Told | None = None
) -> Margins:
    """The margin of each question, in nats."""
    margins: Margins = {}
    total = sum(len(window.questions) for window in windows)
    told = told or _nobody
    told(0, total)
    for window in windows:
        margins.update(_of_window(model, window, cache))
        told(len(margins), total)
    return margins


def _nobody(done: int, total: int) -> None:
    """Nobody is told."""


def _of_window(model: LanguageModel, window: Window, cache: ScoreCache) -> Mapping[tuple[int, ...], float]:
    trunk = [model.start, *model.pieces(window.text)]
    read: dict[str, list[int]] = {window.text: trunk}
    places: dict[_Branch, int] = {}
    pairs = []
    for question in window.questions:
        sides = []
        for text in (question.with_them, question.as_it_stands):
            if text not in read:
                read[text] = [model.start, *model.pieces(text)]
            sides.append(read[text])
        branches = _branches(trunk, sides)
        pairs.append([places.setdefault(branch, len(places)) for branch in branches])
    scores = _scores(model, trunk, list(places), cache)
    return {
        question.arcs: round(float(scores[first] - scores[second]), _DECIMALS)
        for question, (first, second) in zip(window.questions, pairs, strict=True)
    }


def _branches(trunk: Sequence[int], sides: Sequence[Sequence[int]]) -> list[_Branch]:
    """Where texts leave the trunk, all at one place, and their pieces up to one place behind."""
    others = [side for side in sides if side != trunk]
    leave = min((_shared(trunk, side) for side in others), default=1)
    left = [len(trunk) - leave, *(len(side) - leave for side in others)]
    alike = min((_shared(trunk[::-1], side[::-1]) for side in others), default=0)
    unscored = max(min(alike, *left) - HORIZON, 0)
    return [(leave, tuple(side[leave : len(side) - unscored])) for side in sides]


def _shared(one: Sequence[int], other: Sequence[int]) -> int:
    """How many pieces two texts begin with in common."""
    count = 0
    for first, second in zip(one, other, strict=False):
        if first != second:
            break
        count += 1
    return count


def _scores(
    model: LanguageModel,
    trunk: Sequence[int],
    branches: Sequence[_Branch],
    cache: ScoreCache,
) -> Sequence[float]:
    """Log P(pieces of the branch | the trunk up to it) of each branch.

    All branches of a window are kept together, so that scores never depend on what was kept before.
    """
    key = hashlib.sha256(repr((model.digest, HORIZON, trunk, branches)).encode()).hexdigest()
    kept = cache.get(key, len(branches))
    if kept is not None:
        return kept
    text = model.read(trunk)
    logs = np.asarray(text.logs, dtype=np.float64)
    scores = [0.0] * len(branches)
    open_places = []
    for at, (leave, pieces) in enumerate(branches):
        if tuple(trunk[leave : leave + len(pieces)]) == pieces:
            scores[at] = float(logs[leave : leave + len(pieces)].sum())
        else:
            open_places.append(at)
    for at, found in zip(open_places, model.follow(text, [branches[at] for at in open_places]), strict=True):
        scores[at] = float(np.asarray(found, dtype=np.float64).sum())
    cache.put(key, scores)
    return scores
