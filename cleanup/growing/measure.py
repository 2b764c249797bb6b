"""What the rule book is worth, pack by pack: how much it holds, what it finds, and what it gets wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields

from cleanup.channel import Match, find_matches
from cleanup.datatypes import Severity, Span
from cleanup.document import Document, folded_tokens, tokenize
from cleanup.growing.align import Channel, align_texts
from cleanup.pipeline import Engine
from cleanup.rulebook import Rulebook
from cleanup.rulebook.model import Pack

#: The row for the whole engine, every pack and the tables together.
TOGETHER = "together"


@dataclass(slots=True)
class Row:
    """The figures of one pack.

    Attributes:
        forms: spun forms as written; ``inflected`` with their plurals and tenses.
        examples: sentences that prove its rules.
        hits: places in spun text where its rules fire, and ``right``, those where the likeliest original is
            what the author wrote.
        alarms: findings in clean text by rules that need no spun document; ``gated``, places where the
            others would fire if the text were spun.

    """

    pack: str
    rules: int = 0
    forms: int = 0
    inflected: int = 0
    examples: int = 0
    hits: int = 0
    right: int = 0
    alarms: int = 0
    gated: int = 0

    def hold(self, pack: Pack) -> None:
        """Count what a pack holds."""
        self.rules += len(pack.rules)
        for rule in pack.rules:
            self.forms += len(rule.spun)
            self.inflected += len(rule.forms())
            self.examples += len(rule.fixes) + len(rule.finds) + len(rule.keeps)

    @property
    def precision(self) -> float | None:
        """The share of hits that are right; None without hits."""
        return self.right / self.hits if self.hits else None

    def as_dict(self) -> dict[str, object]:
        """The figures by name."""
        return {item.name: getattr(self, item.name) for item in fields(self)} | {"precision": self.precision}


@dataclass(frozen=True, slots=True)
class Case:
    """A text to measure on, and what its author wrote: the same for clean text."""

    path: str
    text: str
    original: str

    @property
    def is_clean(self) -> bool:
        """Whether nobody changed the text."""
        return self.text == self.original


class Measure:
    """Adds up the figures over cases."""

    def __init__(self, packs: Sequence[Pack], book: Rulebook, engine: Engine) -> None:
        self._book = book
        self._engine = engine
        self.clean_words = self.spun_words = 0
        self.rows = {pack.name: Row(pack.name) for pack in packs}
        self.together = Row(TOGETHER)
        for pack in packs:  # two files may have the same name
            self.rows[pack.name].hold(pack)
            self.together.hold(pack)
        #: How often each rule fired on clean text, by its name.
        self.false_alarms: Counter[str] = Counter()

    def add(self, cases: Iterable[Case]) -> None:
        """Measure on some more texts."""
        for case in cases:
            document = Document(case.text, keeps_quotations=False)
            matches = find_matches(document, self._book)
            if case.is_clean:
                self._add_clean(case, document, matches)
            else:
                self._add_spun(case, document, matches)

    def _add_clean(self, case: Case, document: Document, matches: Sequence[Match]) -> None:
        self.clean_words += sum(len(block.words) for block in document.blocks)
        for match in matches:
            row = self.rows[match.rule.pack]
            if match.rule.needs_spun_document:
                row.gated += 1
            else:
                row.alarms += 1
                self.false_alarms[match.rule.id] += 1
        self.together.alarms += len(self._engine.find(case.text, path=case.path).edits)
        self.together.gated += sum(match.rule.needs_spun_document for match in matches)

    def _add_spun(self, case: Case, document: Document, matches: Sequence[Match]) -> None:
        self.spun_words += sum(len(block.words) for block in document.blocks)
        truth = _Truth(case)
        for pack, own in _by_pack(matches):
            row = self.rows[pack]
            for match in _longest(own):
                row.hits += 1
                row.right += truth.says(match.span, match.form.originals[:1])
        result = self._engine.find(case.text, path=case.path)
        self.together.hits += len(result.edits)
        self.together.right += sum(truth.says(edit.span, (edit.after,)) for edit in result.edits)


def _by_pack(matches: Sequence[Match]) -> Iterator[tuple[str, list[Match]]]:
    repairing = [match for match in matches if match.rule.severity == Severity.ERROR.value]
    for pack in dict.fromkeys(match.rule.pack for match in repairing):
        yield pack, [match for match in repairing if match.rule.pack == pack]


def _longest(matches: Sequence[Match]) -> Iterator[Match]:
    """The matches that stand when the longer goes before the shorter."""
    taken: set[int] = set()
    for match in sorted(matches, key=lambda match: (-len(match.tokens), match.span)):
        places = {token.span.start for token in match.tokens}
        if not places & taken:
            taken |= places
            yield match


class _Truth:
    """What the author wrote for each stretch of a spun text."""

    def __init__(self, case: Case) -> None:
        tokens = tokenize(case.text)
        self._starts = {token.span.start: at for at, token in enumerate(tokens)}
        self._ends = {token.span.end: at + 1 for at, token in enumerate(tokens)}
        spun = [token.folded for token in tokens]
        self._original = [token.folded for token in tokenize(case.original)]
        self._steps = align_texts(spun, self._original, Channel())

    def says(self, span: Span, originals: Sequence[str]) -> bool:
        """Whether the author wrote the first of some originals where a span stands."""
        first, last = self._starts.get(span.start), self._ends.get(span.end)
        if first is None or last is None or not originals:
            return False
        inside = [step for step in self._steps if step.spun_start < last and step.spun_end > first]
        if not inside:
            return False
        there = self._original[inside[0].original_start : inside[-1].original_end]
        return tuple(word.lstrip("+") for word in there) == tuple(
            word.lstrip("+") for word in folded_tokens(originals[0])
        )
