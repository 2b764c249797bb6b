"""How much likelier a language model finds a window with a reading than with the text as it stands.

Only what differs is scored: the pieces of the reading and some behind it, each behind everything before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from cleanup.lm.backend import LanguageModel, ReadTrunk
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


class Answers:
    """A model with what it said before."""

    def __init__(self, model: LanguageModel, cache: ScoreCache) -> None:
        self._model = model
        self._cache = cache
        self._trunks: dict[tuple[int, ...], ReadTrunk] = {}

    def margins(self, window: Window) -> Margins:
        """The margin of each question of a window, in nats."""
        trunk = self._pieces(window.text)
        read = {window.text: trunk}
        places: dict[_Branch, int] = {}
        pairs = []
        for question in window.questions:
            for text in (question.with_them, question.as_it_stands):
                if text not in read:
                    read[text] = self._pieces(text)
            branches = _branches(trunk, [read[question.with_them], read[question.as_it_stands]])
            pairs.append([places.setdefault(branch, len(places)) for branch in branches])
        scores = self._scores(trunk, list(places))
        return {
            question.arcs: round(scores[first] - scores[second], _DECIMALS)
            for question, (first, second) in zip(window.questions, pairs, strict=True)
        }

    def surprises(self, window: Window) -> dict[int, float]:
        """How little each word was expected behind what stands before it: -log P in nats, by its place."""
        text = window.text
        pieces = self._pieces(text)
        logs = self._logs(pieces)
        cuts = [0, *(end for _, _, end in window.words), len(text)]
        counts = [len(self._model.pieces(text[start:end])) for start, end in pairwise(cuts)]
        if sum(counts) + 1 != len(pieces):  # where a part has other pieces than it has in the whole
            behind = [len(self._model.pieces(text[:end])) for end in cuts]
            counts = [after - before for before, after in pairwise(behind)]
        found = {}
        count = 1  # so many pieces, the start among them, are those of the text up to there
        for (place, start, end), more in zip(window.words, counts, strict=False):
            count += more
            # The blank before a word is part of its first piece.
            own = len(self._model.pieces(text[start - (text[start - 1 : start] == " ") : end]))
            found[place] = round(-sum(logs[count - min(own, more) : count]), _DECIMALS)
        return found

    def _pieces(self, text: str) -> list[int]:
        return [self._model.start, *self._model.pieces(text)]

    def _key(self, *what: object) -> str:
        return hashlib.sha256(repr((self._model.digest, *what)).encode()).hexdigest()

    def _read(self, trunk: tuple[int, ...]) -> ReadTrunk:
        """A trunk that was read; the last two are kept."""
        if trunk not in self._trunks:
            self._trunks = dict([*self._trunks.items()][-1:])
            self._trunks[trunk] = self._model.read(trunk)
        return self._trunks[trunk]

    def _logs(self, trunk: Sequence[int]) -> Sequence[float]:
        """Log P(piece | the pieces before it) of each piece of a trunk."""
        key = self._key(trunk)
        kept = self._cache.get(key, len(trunk))
        if kept is None:
            kept = np.asarray(self._read(tuple(trunk)).logs, dtype=np.float64).tolist()
            self._cache.put(key, kept)
        return kept

    def _scores(self, trunk: Sequence[int], branches: Sequence[_Branch]) -> Sequence[float]:
        """Log P(pieces of the branch | the trunk up to it) of each branch.

        All branches of a window are kept together, so that scores never depend on what was kept before.
        """
        key = self._key(HORIZON, trunk, branches)
        kept = self._cache.get(key, len(branches))
        if kept is not None:
            return kept
        logs = np.asarray(self._logs(trunk))
        scores = [0.0] * len(branches)
        others = []
        for at, (leave, pieces) in enumerate(branches):
            if tuple(trunk[leave : leave + len(pieces)]) == pieces:
                scores[at] = float(logs[leave : leave + len(pieces)].sum())
            else:
                others.append(at)
        found = (
            self._model.follow(self._read(tuple(trunk)), [branches[at] for at in others]) if others else []
        )
        for at, row in zip(others, found, strict=True):
            scores[at] = float(np.asarray(row, dtype=np.float64).sum())
        self._cache.put(key, scores)
        return scores


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
