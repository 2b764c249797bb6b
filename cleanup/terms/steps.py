"""What one word, or a spun form of several, may have been as words of a fixed term."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from cleanup.terms.index import Node, TermIndex
from cleanup.thesaurus import (
    MOBY,
    NEIGHBOUR,
    OWN_EARLY,
    OWN_FIRST,
    OWN_LATE,
    OWN_PHRASE,
    OWN_REVERSE,
    WORDNET,
    Thesaurus,
)

# What a pair of the thesaurus costs in nats by the best of its sources: beside the word lists of the terms.
_SOURCE_NATS = (
    (OWN_FIRST, 0.3), (OWN_EARLY, 0.8), (OWN_PHRASE, 0.8), (OWN_LATE, 1.6), (OWN_REVERSE, 1.6),
    (WORDNET, 2.5), (NEIGHBOUR, 2.5), (MOBY, 3.0),
)  # fmt: skip

# The same for every byte of sources.
_NATS_OF = [min((cost for bit, cost in _SOURCE_NATS if byte & bit), default=0.0) for byte in range(256)]

# What each change costs on top, so that a change is told from none.
_LEAST_NATS = 0.8

# Words of the longest spun form that stands for one word of a term.
_LONGEST_FORM = 4

# How many words are remembered with what may have been spun into them: about 2 kB each.
_MOST_WORDS = 10_000


class Step(NamedTuple):
    """One word or form of the text, read as words of a term: how many words it takes, and what it costs."""

    taken: int
    words: tuple[str, ...]
    cost: float


# Steps by the first of their words.
Steps = dict[str, tuple[Step, ...]]


class StepReader:
    """Reads words and forms through the word lists of an index and through a thesaurus."""

    def __init__(self, index: TermIndex, thesaurus: Thesaurus, numbers: Mapping[str, int]) -> None:
        self.index = index
        self._thesaurus = thesaurus
        self._numbers = numbers
        self._word_of = {numbers[word]: word for word in index.words if word in numbers}
        self._shared: dict[tuple[str, float], tuple[Step, ...]] = {}
        self._of_forms: dict[str, list[Step]] = {}
        self.read = lru_cache(maxsize=_MOST_WORDS)(self._read)
        self.beginnings = lru_cache(maxsize=_MOST_WORDS)(self._beginnings)

    def forms(self, words: Sequence[str], at: int, stop: int) -> Iterator[Step]:
        """What the spun forms of several words that begin at a place may have been."""
        if at + 1 >= stop or words[at + 1] not in self.index.form_heads.get(words[at], ()):
            return
        for taken in range(2, min(_LONGEST_FORM, stop - at) + 1):
            yield from self._form(" ".join(words[at : at + taken]), taken)

    def _form(self, form: str, taken: int) -> Sequence[Step]:
        steps = self._of_forms.get(form)
        if steps is None:
            originals = self.index.originals(form)
            if not originals:
                return ()
            steps = self._of_forms[form] = [
                Step(taken, tuple(word.split(" ")), cost + _LEAST_NATS) for word, cost in originals
            ]
        return steps

    def _read(self, word: str) -> Steps:
        """A word as it stands, and everything of a term that it may have been, by the first word of that."""
        costs = {word: 0.0}
        for original, cost in self.index.originals(word):
            costs.setdefault(original, cost + _LEAST_NATS)
        for original, cost in self._from_thesaurus(word):
            if original != word:
                costs[original] = min(cost + _LEAST_NATS, costs.get(original, cost + _LEAST_NATS))
        steps: Steps = {}
        for text, cost in costs.items():
            step = (Step(1, (word,), 0.0),) if text == word else self._step(text, cost)
            first = step[0].words[0]
            steps[first] = steps[first] + step if first in steps else step
        return steps

    def _step(self, text: str, cost: float) -> tuple[Step, ...]:
        """One step as a row; the words of terms are few and stand for many others."""
        step = self._shared.get((text, cost))
        if step is None:
            step = self._shared[text, cost] = (Step(1, tuple(text.split(" ")), cost),)
        return step

    def _from_thesaurus(self, word: str) -> Iterator[tuple[str, float]]:
        number, table = self._numbers.get(word), self._thesaurus
        if number is None:
            return
        rows = slice(table.single_starts[number], table.single_starts[number + 1])
        readings, sources = table.readings[table.single_readings[rows], :2], table.single_sources[rows]
        for (first, second), bits in zip(readings.tolist(), sources.tolist(), strict=True):
            original = self._word_of.get(first)
            if original is not None and not second:
                yield original, _NATS_OF[bits]

    def _beginnings(self, word: str) -> list[tuple[Step, Node]]:
        """How a word may begin a term, and where that leads."""
        index = self.index
        return [
            (step, node)
            for steps in self.read(word).values()
            for step in steps
            if index.begins(step.words[0])
            and (node := descend(index.after(step.words[0]), step.words[1:])) is not None
        ]


def descend(node: Node, words: Sequence[str]) -> Node | None:
    """The node that words lead to, if any."""
    for word in words:
        below = node.get(word)
        if below is None:
            return None
        node = below
    return node
