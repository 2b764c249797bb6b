"""Where a document says a fixed term in other words: word by word, what a spinner writes for its words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice, pairwise
from typing import NamedTuple

from cleanup.channel import Match, article_before
from cleanup.datatypes import Span
from cleanup.document import Block, Document, tokenize
from cleanup.rulebook import CompiledRule, Form, made_up_rule
from cleanup.terms.index import Node, TermIndex
from cleanup.terms.reader import HYPHENS
from cleanup.terms.steps import Step, StepReader, descend
from cleanup.thesaurus import Thesaurus

#: The name under which terms report, shaped like a pack so that it can be selected and ignored.
TERM_PACK = "terms"

# The most terms that are proposed for one stretch.
MOST_TERMS = 1

# How many pairs of words are remembered with the terms that they may begin.
_MOST_PAIRS = 30_000


class _Found(NamedTuple):
    """A term read from a stretch: where it ends, its number, its cost, and how it was read word by word."""

    end: int
    term: int
    cost: float
    steps: tuple[Step, ...]


# Where the first words of a term lead to, and how they were read.
_Way = tuple[Node, tuple[Step, ...]]


class _Pair(NamedTuple):
    """The beginnings of terms that two words may be, each by itself.

    Attributes:
        is_form: whether they begin a spun form of several words.
        whole: the terms of two words, with their costs.
        onward: those of more words, by the third.

    """

    is_form: bool
    whole: tuple[tuple[int, float, tuple[Step, ...]], ...]
    onward: Mapping[str, Sequence[_Way]]


_NOTHING = _Pair(False, (), {})


class TermFinder:
    """Looks for the terms of an index through the word lists of the index and a thesaurus."""

    def __init__(self, index: TermIndex, thesaurus: Thesaurus, numbers: Mapping[str, int]) -> None:
        self.index = index
        self._steps = StepReader(index, thesaurus, numbers)
        self._pairs: dict[tuple[str, str], _Pair] = {}

    def find(self, document: Document) -> list[Match]:
        """The stretches that may be terms in other words, in order; those in one stretch are one match."""
        if len(self._pairs) > _MOST_PAIRS:
            self._pairs.clear()
        return [match for block in document.blocks for match in self._in_block(document, block)]

    def _in_block(self, document: Document, block: Block) -> Iterator[Match]:
        words, places, ends = _words(document.text, block)
        for at, found in self._begun(words, ends):
            by_end: defaultdict[int, list[_Found]] = defaultdict(list)
            for item in found:
                by_end[item.end].append(item)
            for end, items in sorted(by_end.items()):
                if all(item.cost for item in items):  # else the stretch is a term as it stands
                    gaps = _gaps(document.text, block, places[at:end])
                    spelled = (
                        (_spelled(self.index.terms[item.term], item.steps, gaps), item.cost)
                        for item in _cheapest_first(items)
                    )
                    terms = list(islice((pair for pair in spelled if pair[0]), MOST_TERMS))
                    if terms:
                        yield _match(document, block, places[at], places[end - 1], terms)

    def _begun(self, words: Sequence[str], ends: Sequence[int]) -> Iterator[tuple[int, list[_Found]]]:
        """The places where terms begin, with these; most time is spent on the places where none does."""
        pairs = self._pairs
        begun = [pairs.get(pair) or self._pair(pair) for pair in pairwise(words)]
        for at, pair in enumerate(begun):
            stop = ends[at]
            is_form = pair.is_form or (at + 2 < stop and begun[at + 1].is_form)
            if stop <= at + 1 or not (is_form or pair.whole or pair.onward):
                continue
            found = [_Found(at + 2, *whole) for whole in pair.whole]
            if pair.onward and at + 2 < stop:
                self._go_on(words, at + 2, stop, pair.onward, found)
            if is_form:
                self._walk_forms(words, at, stop, found)
            if found:
                yield at, found

    def _pair(self, words: tuple[str, str]) -> _Pair:
        first, second = words
        following = self._steps.read(second)
        whole: list[tuple[int, float, tuple[Step, ...]]] = []
        onward: defaultdict[str, list[_Way]] = defaultdict(list)
        for begun, node in self._steps.beginnings(first):
            if node.keys().isdisjoint(following):  # as most are
                continue
            for then in following:
                for step in following[then] if then in node else ():
                    below, steps = descend(node, step.words) or {}, (begun, step)
                    for third in below:
                        if third:
                            onward[third].append((below, steps))
                        else:
                            whole.append((below[""], begun.cost + step.cost, steps))
        is_form = second in self.index.form_heads.get(first, ())
        pair = _Pair(is_form, tuple(whole), dict(onward)) if is_form or whole or onward else _NOTHING
        self._pairs[words] = pair
        return pair

    def _go_on(
        self,
        words: Sequence[str],
        at: int,
        stop: int,
        onward: Mapping[str, Sequence[_Way]],
        found: list[_Found],
    ) -> None:
        """The terms whose first two words were read."""
        readings = self._steps.read(words[at])
        fewer, more = (onward, readings) if len(onward) < len(readings) else (readings, onward)
        for then in [word for word in fewer if word in more]:
            for node, steps in onward[then]:
                for step in readings[then]:
                    self._step(words, at, stop, node, steps, step, found)
        for step in self._steps.forms(words, at, stop):
            for node, steps in onward.get(step.words[0], ()):
                self._step(words, at, stop, node, steps, step, found)

    def _walk_forms(self, words: Sequence[str], at: int, stop: int, found: list[_Found]) -> None:
        """The terms that begin with a form of several words at a place, or have one right behind it."""
        for step in self._steps.forms(words, at, stop):
            if not self.index.begins(step.words[0]):
                continue
            root = {step.words[0]: self.index.after(step.words[0])}
            self._step(words, at, stop, root, (), step, found)
        for step in self._steps.forms(words, at + 1, stop):
            for first, node in self._steps.beginnings(words[at]):
                self._step(words, at + 1, stop, node, (first,), step, found)

    def _step(
        self,
        words: Sequence[str],
        at: int,
        stop: int,
        node: Node,
        steps: tuple[Step, ...],
        step: Step,
        found: list[_Found],
    ) -> None:
        below = descend(node, step.words)
        if below is not None:
            self._walk(words, at + step.taken, stop, below, (*steps, step), found)

    def _walk(
        self,
        words: Sequence[str],
        at: int,
        stop: int,
        node: Node,
        steps: tuple[Step, ...],
        found: list[_Found],
    ) -> None:
        if "" in node:
            found.append(_Found(at, node[""], sum(step.cost for step in steps), steps))
            if len(node) == 1:
                return
        if at >= stop:
            return
        readings = self._steps.read(words[at])
        for then in node:
            for step in readings.get(then, ()):
                self._step(words, at, stop, node, steps, step, found)
        if at + 1 < stop and words[at + 1] in self.index.form_heads.get(words[at], ()):
            for step in self._steps.forms(words, at, stop):
                if step.words[0] in node:
                    self._step(words, at, stop, node, steps, step, found)


def _cheapest_first(items: Sequence[_Found]) -> list[_Found]:
    """The cheapest reading of each term, the cheapest terms first."""
    cheapest: dict[int, _Found] = {}
    for item in sorted(items, key=lambda item: (item.cost, item.term)):
        cheapest.setdefault(item.term, item)
    return list(cheapest.values())


def _gaps(text: str, block: Block, places: Sequence[int]) -> list[str]:
    """What stands between the words of a stretch: a blank, or a hyphen."""
    gaps = (text[block.ends[one] : block.starts[other]].strip() for one, other in pairwise(places))
    return [gap or " " for gap in gaps]


def _spelled(term: str, steps: Sequence[Step], gaps: Sequence[str]) -> str:
    """A term with the hyphens that the text has between words it shares with it.

    Empty where the text has a hyphen beside a word that was changed, and the term has none: *low-budget* is
    no *low cost*.
    """
    tokens, written = _written(term)
    joints = list(written)
    place = word = 0
    for step, following in pairwise(steps):
        place, word = place + step.taken, word + len(step.words)
        gap = gaps[place - 1]
        if not step.cost and not following.cost and joints[word - 1] in (" ", "-"):
            joints[word - 1] = gap
        elif gap != " " and joints[word - 1] == " ":
            return ""
    return "".join(token + joint for token, joint in zip(tokens, [*joints, ""], strict=True))


@lru_cache(maxsize=20_000)
def _written(term: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of a term as they are written, and what joins them."""
    tokens = [token for token in tokenize(term) if token.folded.lstrip("+") not in HYPHENS]
    joints = (term[one.span.end : other.span.start] for one, other in pairwise(tokens))
    return tuple(token.text for token in tokens), tuple(joints)


def _words(text: str, block: Block) -> tuple[list[str], list[int], list[int]]:
    """The words of a block without its hyphens, the token of each, and where the run of each ends.

    A run is broken by whatever is neither white space nor a hyphen.
    """
    words: list[str] = []
    places: list[int] = []
    ends: list[int] = []
    behind = 0
    for at, (word, start, end) in enumerate(zip(block.words, block.starts, block.ends, strict=True)):
        bare = word[1:] if word[0] == "+" and len(word) > 1 else word
        is_word = bare[0].isalnum() or bare == "'s"
        if not is_word and bare in HYPHENS and 0 < at < len(block.words) - 1:
            continue
        gap = text[behind:start]
        if places and (not is_word or (gap != " " and gap.strip(" \t\r\n-‐‑"))):
            ends += [len(words)] * (len(words) - len(ends))
        words.append(bare)
        places.append(at)
        behind = end
    ends += [len(words)] * (len(words) - len(ends))
    return words, places, ends


def _match(
    document: Document, block: Block, first: int, last: int, terms: Sequence[tuple[str, float]]
) -> Match:
    text = document.text
    tokens = tuple(block.token(text, at) for at in range(first, last + 1))
    span = Span(tokens[0].span.start, tokens[-1].span.end)
    spun = tuple(token.folded for token in tokens)
    rule = _rule(terms[0][0], tuple(-cost for _, cost in terms))
    form = Form(spun, -1, " ".join(text[span.start : span.end].split()), tuple(term for term, _ in terms))
    return Match(span, tokens, block.span, form, rule, article_before(document, block, first))


@lru_cache(maxsize=20_000)
def _rule(term: str, log_channels: tuple[float, ...]) -> CompiledRule:
    name = "-".join(term.lower().replace("'", "").split())
    return made_up_rule(TERM_PACK, name, "term", log_channels)
