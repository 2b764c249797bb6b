"""All decisions of a user, ready to be found in any number of documents."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from pathlib import Path

from cleanup.datatypes import Decision, Ruling, Span
from cleanup.decisions.exported import Around, Exported, read_export
from cleanup.decisions.places import Hit, Side, Words, core_of, tokens_of
from cleanup.decisions.written import read_decisions
from cleanup.document import Document, fold
from cleanup.files import read_bytes

# Where several decisions speak of one place: what keeps the words as they are goes first.
_ORDER = {Ruling.REJECT: 0, Ruling.ACCEPT: 1, Ruling.BASELINE: 3}
_SETTLED = 2

# A context whose readings combine in more ways than this is compared with every place of its words.
_MOST_WAYS = 64
_MOST_COMPARED = 50_000_000  # words times code points, for which it pays to look before a text is taken apart


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What has to stand in a place: the tokens of a text, or of a replacement, between two contexts."""

    decision: Decision
    core: tuple[str, ...]
    article: str  # that has to stand in front and belongs to the place
    sides: tuple[Side, Side]
    is_settled: bool

    @property
    def telling(self) -> str:
        """Something that stands in every document where this stands."""
        return max(self.core, key=len)


class _Alike:
    """What is wanted of the same core, found by the words around it and not one by one."""

    def __init__(self) -> None:
        self._count = 0
        self._any: list[tuple[int, _Wanted]] = []
        # By the number of words in front and behind, then by these words, the nearest first.
        self._by_shape: dict[tuple[int, int], dict[tuple[str, ...], list[tuple[int, _Wanted]]]] = {}

    def add(self, wanted: _Wanted) -> None:
        """One more, which is found behind those that were added before."""
        numbered = self._count, wanted
        self._count += 1
        before, after = (side.slots for side in wanted.sides)
        if wanted.decision.anywhere or prod(map(len, (*before, *after))) > _MOST_WAYS:
            self._any.append(numbered)
            return
        for first in {sum(way, ()) for way in product(*before)}:
            for second in {sum(way, ()) for way in product(*after)}:
                by_words = self._by_shape.setdefault((len(first), len(second)), {})
                by_words.setdefault((*first, *second), []).append(numbered)

    def at(self, words: Words, core: int, end: int) -> list[_Wanted]:
        """Those that may fit around a core, in the order in which they were added."""
        found = dict(self._any)
        if self._by_shape:
            tokens = words.tokens
            before, after = words.before(core), words.after(end)
            for (size, other), by_words in self._by_shape.items():
                around = (*before[:size], *after[:other])
                found.update(by_words.get(tuple(tokens[at] for at in around), ()))
        return [found[number] for number in sorted(found)]


class Decisions:
    """The decisions of one file.

    Attributes:
        path: the file.
        base: the directory that the paths in it start from.
        entries: the decisions.
        exported: those that the HTML report exported, which hold for the very text that it shows.

    """

    def __init__(self, path: str, entries: Sequence[Decision], exported: Sequence[Exported] = ()) -> None:
        self.path = path
        self.base = str(Path(path).parent) if not exported else "."
        self.entries = (*entries, *(item.decision for item in exported))
        self.exported = exported
        self._by_first: defaultdict[str, dict[tuple[str, ...], _Alike]] = defaultdict(dict)
        self._deletions = _Alike()
        self._has_deletions = False
        telling: set[str] = set()
        # The same words in many documents are one case.
        first_of: dict[Decision, Decision] = {}
        for entry in entries:
            first_of.setdefault(replace(entry, path=""), entry)
        for decision in first_of.values():
            for wanted in _wanted(decision):
                if wanted.core:
                    self._by_first[wanted.core[0]].setdefault(wanted.core, _Alike()).add(wanted)
                    telling.add(wanted.telling)
                else:
                    self._deletions.add(wanted)
                    self._has_deletions = True
        self._telling = sorted(telling)

    def hits(self, document: Document) -> list[Hit]:
        """The places that decisions speak of, disjoint and in order."""
        around = Around(document.text)
        found = [hit for item in self.exported for hit in item.hits(around)]
        if self._may_speak_of(document.text):
            found += self._found(Words(document))
        return _disjoint(found)

    def _may_speak_of(self, text: str) -> bool:
        if self._has_deletions or len(self._telling) * len(text) > _MOST_COMPARED:
            return True
        folded = fold(text)
        return any(word in folded for word in self._telling)

    def _found(self, words: Words) -> Iterator[Hit]:
        for at, token in enumerate(words.tokens):
            for core, alike in self._by_first.get(token, {}).items():
                if tuple(words.tokens[at : at + len(core)]) == core:
                    for wanted in alike.at(words, at, at + len(core)):
                        yield from _hit(words, at, wanted)
        if self._has_deletions:
            for at in range(len(words.tokens)):
                for wanted in self._deletions.at(words, at, at):
                    yield from _gap(words, at, wanted)


def _wanted(decision: Decision) -> Iterator[_Wanted]:
    """What is looked for: the text, and for what is accepted also its replacement."""
    sides = Side.both(decision)
    texts = [(decision.text, False)]
    if decision.ruling is Ruling.ACCEPT:
        texts.append((decision.replacement, True))
    for text, is_settled in texts:
        tokens, core = tokens_of(text), core_of(text)
        has_article = len(tokens) > len(core) and decision.ruling is Ruling.ACCEPT
        yield _Wanted(decision, core, tokens[0] if has_article else "", sides, is_settled)


def _hit(words: Words, core: int, wanted: _Wanted) -> Iterator[Hit]:
    """The hit at a token, where the context is right as well."""
    decision, end = wanted.decision, core + len(wanted.core)
    first = core
    if wanted.article:
        if not core or words.tokens[core - 1] != wanted.article:
            return
        first = core - 1
    if words.block_of(first) != words.block_of(end - 1):
        return
    before, after = wanted.sides
    if decision.anywhere or (
        before.fits(words, core, words.before(core)) and after.fits(words, end - 1, words.after(end))
    ):
        yield Hit(words.span(first, end), decision, wanted.is_settled, before.size + after.size)


def _gap(words: Words, at: int, wanted: _Wanted) -> Iterator[Hit]:
    """The hit in front of a token, where words were deleted."""
    before, after = wanted.sides
    around = words.after(at)
    if wanted.decision.anywhere or around[:1] != [at] or not (before.slots and after.slots):
        return
    if before.fits(words, at, words.before(at)) and after.fits(words, at, around):
        yield Hit(Span(words.starts[at], words.starts[at]), wanted.decision, is_settled=True)


def _disjoint(found: Sequence[Hit]) -> list[Hit]:
    """The hits that stand where several claim one place."""
    settled: defaultdict[Decision, list[Span]] = defaultdict(list)
    for hit in found:
        if hit.is_settled:
            settled[hit.decision].append(hit.span)
    taken: list[Hit] = []
    for hit in sorted(found, key=_rank):
        # What a replacement holds of the text it replaces is no place to replace it again.
        if not hit.is_settled and _is_inside(hit.span, settled.get(hit.decision, ())):
            continue
        at = bisect_left(taken, hit.span, key=lambda other: other.span)
        if not any(_meet(hit.span, other.span) for other in taken[max(0, at - 1) : at + 1]):
            taken.insert(at, hit)
    return taken


def _meet(one: Span, other: Span) -> bool:
    return one.overlaps(other) or one == other


def _is_inside(span: Span, others: Sequence[Span]) -> bool:
    return any(other.start <= span.start and span.end <= other.end for other in others)


def _rank(hit: Hit) -> tuple[bool, int, int, int, Span, str]:
    decision = hit.decision
    order = _SETTLED if hit.is_settled else _ORDER[decision.ruling]
    return decision.anywhere, -hit.context, order, -len(hit.span), hit.span, decision.replacement


def load_decisions(path: str) -> Decisions:
    """The decisions of a file: the one that lasts, or the JSON that the HTML report exports.

    Raises:
        FileError: when it cannot be read.
        ConfigError: when it is damaged; one line says where.

    """
    data = read_bytes(path)
    if data.lstrip()[:1] == b"{":
        return Decisions(path, (), read_export(data, path))
    return Decisions(path, read_decisions(data, path))
