"""One paper screened: which tortured phrases stand in it, where, and how strong the evidence is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from cleanup.config import Settings
from cleanup.datatypes import Finding, Kind, Severity, Span, SpinScore
from cleanup.document import Document, SpanIndex
from cleanup.pipeline import Engine
from cleanup.screening.apparatus import apparatus, reference_sections
from cleanup.screening.features import content_words, words_of
from cleanup.screening.paper import Paper
from cleanup.screening.phrases import WordingFinder

#: In clean papers one phrase in so many words stands alone by mistake: see docs/screening.md.
CLEAN_WORDS_FOR_ONE = 20_000

# Evidence is strong where so many different phrases would be found in a clean paper of this length less often
# than this.  Then weaker phrases are listed too; and so they are beside one that stands by itself where the
# engine takes the text for spun.
STRONG_CHANCE, STRONG_PHRASES = 0.001, 3
SPUN = 0.5

# Tortured phrases in a thousand words that are expected where one is weighed alone, and in company.
_DENSITY_ALONE, _DENSITY_IN_COMPANY = 1.0, 5.0
_LEAST_SHOWN = 0.5  # confidence of what the engine itself finds
_CONTEXT = 220  # code points of the sentence on either side
_LEAST_WORDS = 2
_MOST_TERMS = 200  # of a sum whose terms shrink at least by mean / count

#: Packs about style and not about terms: what they only propose is no tortured phrase.
_STYLE = frozenset(
    "connectives definitions howto leftovers names news numbers sports general thesaurus".split()
)


class Strength(StrEnum):
    """How strong the evidence is that terms of a paper were put in other words by a program."""

    STRONG = "strong evidence"
    SOME = "some evidence"
    NONE = "none"
    UNKNOWN = "not screened"


class Standing(StrEnum):
    """What a phrase rests on."""

    RULE = "rule"  # a rule lists it as wording that nobody chooses
    ALONE = "alone"  # a term in words that keep no company: enough by itself to be listed
    COMPANY = "company"  # listed because others stand in the same paper


@dataclass(frozen=True, slots=True)
class Phrase:
    """One occurrence of a tortured phrase.

    ``place`` is its page in a PDF and its line elsewhere; ``before`` and ``after`` are the rest of its
    sentence.
    """

    text: str
    expected: str
    rule_id: str
    confidence: float
    standing: Standing
    reason: str
    place: int
    before: str
    after: str

    @property
    def key(self) -> tuple[str, ...]:
        """What two occurrences of the same phrase share: case and the plural aside."""
        return _key(self.text)


@dataclass(frozen=True)
class Screened:
    """What is to be said of one paper.

    Attributes:
        path, title: the paper; the title is empty where none was found.
        unit: ``page`` or ``line``, which is what the places of its phrases count.
        words: the words that were looked at: references, citations and quotations are not among them.
        phrases: every occurrence, in the order of the text.
        note: why a paper was not screened, or empty.

    """

    path: str
    title: str
    unit: str
    words: int
    phrases: tuple[Phrase, ...]
    spin: SpinScore
    note: str = ""

    @cached_property
    def distinct(self) -> int:
        """How many different phrases there are."""
        return len({phrase.key for phrase in self.phrases})

    @cached_property
    def counted(self) -> int:
        """How many different phrases there are that needed no company to be listed."""
        return len({phrase.key for phrase in self.phrases if phrase.standing is not Standing.COMPANY})

    @property
    def per_thousand(self) -> float:
        """Occurrences in a thousand words."""
        return 1000 * len(self.phrases) / self.words if self.words else 0.0

    @property
    def chance(self) -> float:
        """How often a clean paper of this length would show so many phrases that need no company."""
        return chance_in_clean(self.counted, self.words)

    @property
    def strength(self) -> Strength:
        """The strength of the evidence, by the rule that docs/screening.md states."""
        if self.note:
            return Strength.UNKNOWN
        if is_strong(self.counted, self.words):
            return Strength.STRONG
        return Strength.SOME if self.phrases else Strength.NONE

    @property
    def rank(self) -> tuple[int, float, int, str]:
        """What papers are sorted by: the strongest evidence first."""
        return list(Strength).index(self.strength), self.chance, -len(self.phrases), self.path


def chance_in_clean(count: int, words: int) -> float:
    """How often a clean paper of so many words shows so many phrases that need no company."""
    return chance_of(count, words / CLEAN_WORDS_FOR_ONE)


def is_strong(count: int, words: int) -> bool:
    """Whether so many different phrases that need no company are strong evidence in so many words."""
    return count >= STRONG_PHRASES and chance_in_clean(count, words) < STRONG_CHANCE


def chance_of(count: int, mean: float) -> float:
    """The chance of so many events or more where ``mean`` are expected, by Poisson's distribution.

    >>> chance_of(0, 0.3), round(chance_of(3, 0.3), 5)
    (1.0, 0.0036)
    """
    if mean <= 0:
        return 1.0 if count == 0 else 0.0

    def exactly(number: int) -> float:
        return math.exp(number * math.log(mean) - mean - math.lgamma(number + 1))

    if count <= mean:
        return 1.0 - sum(map(exactly, range(count)))
    # Here the upper end is summed itself: one less the lower end would be nothing but rounding.
    return sum(map(exactly, range(count, count + _MOST_TERMS)))


def unread(path: str, reason: str) -> Screened:
    """A paper that could not be read, for the reports to name."""
    return Screened(path, "", "line", 0, (), SpinScore(0.0, 0.0), reason)


class Screener:
    """Screens papers with one set of settings."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._engine = Engine(settings)
        ignored = {*self._engine.settings.ignore, *self._engine.settings.without}
        selected = self._engine.settings.select
        self._wants_terms = "terms" not in ignored and (not selected or "terms" in selected)
        self._strong = {rule.id for rule in self._engine.rulebook.rules if not rule.needs_spun_document}

    @cached_property
    def _finder(self) -> WordingFinder:
        return WordingFinder(self._engine.models, self._engine.settings.rules)

    def screen(self, paper: Paper) -> Screened:
        """What is to be said of a paper."""
        unit = "page" if paper.page_starts else "line"
        text = _without_references(paper)
        result = self._engine.find(text, path=paper.path, kind=paper.kind)
        skipped = next((note for note in result.notes if note.startswith("skipped: ")), "")
        if skipped or not text.strip():
            note = skipped.removeprefix("skipped: ") or "there is no text in it"
            return Screened(paper.path, paper.title, unit, 0, (), result.spin, f"not screened: {note}")
        document = Document(text, kind=paper.kind)
        left_out = SpanIndex(apparatus(document))
        opened = document.opened()
        words = _count_words(opened, left_out)
        found = [
            each
            for each in (*self._from_engine(result.findings), *self._from_terms(opened))
            if left_out.first_overlap(each.span) is None
        ]
        return self._screened(paper, unit, opened, words, found, result.spin)

    def _screened(
        self, paper: Paper, unit: str, document: Document, words: int, found: list[_Found], spin: SpinScore
    ) -> Screened:
        keys = {
            _key(document.text[each.span.start : each.span.end])
            for each in found
            if each.standing is not Standing.COMPANY
        }
        in_company = is_strong(len(keys), words) or (bool(keys) and spin.score >= SPUN)
        kept = _apart([each for each in found if in_company or each.standing is not Standing.COMPANY])
        places = paper.places([each.span.start for each in kept])
        phrases = tuple(_phrase(document, each, place) for each, place in zip(kept, places, strict=True))
        return Screened(paper.path, paper.title, unit, words, phrases, spin)

    def _from_engine(self, findings: Sequence[Finding]) -> Iterator[_Found]:
        """What the engine itself finds; single words, and phrases of none but common words, are left out."""
        for finding in findings:
            is_repair = finding.severity is Severity.ERROR and finding.candidates
            words = words_of(finding.text)
            if not is_repair or len(words) < _LEAST_WORDS or finding.confidence < _LEAST_SHOWN:
                continue
            expected, is_strong = finding.candidates[0].text, finding.rule_id in self._strong
            is_style = finding.rule_id.partition("/")[0] in _STYLE
            if not is_strong and (is_style or len(content_words(words)) < _LEAST_WORDS):
                continue
            standing = Standing.RULE if is_strong else Standing.COMPANY
            reason = "a rule lists this wording" if is_strong else "likely in a text as altered as this one"
            yield _Found(finding.span, expected, finding.rule_id, finding.confidence, standing, reason)

    def _from_terms(self, document: Document) -> Iterator[_Found]:
        """Terms of the fields in tortured words."""
        if not self._wants_terms:
            return
        finder = self._finder
        for wording in finder.find(document):
            if wording.score < finder.weights.company:
                continue
            is_alone = wording.score >= finder.weights.alone
            standing = Standing.ALONE if is_alone else Standing.COMPANY
            reason = (
                "the abbreviation behind it is that of the expected term" if wording.is_abbreviated
                else "these words keep no company in English; those of the expected term do" if is_alone
                else "listed because of the other phrases in this paper"
            )  # fmt: skip
            confidence = wording.confidence(
                finder.weights, _DENSITY_ALONE if is_alone else _DENSITY_IN_COMPANY
            )
            match = wording.match
            yield _Found(match.span, wording.expected, match.rule.id, confidence, standing, reason)


@dataclass(frozen=True, slots=True)
class _Found:
    """A phrase before it is known whether it stands."""

    span: Span
    expected: str
    rule_id: str
    confidence: float
    standing: Standing
    reason: str


def _without_references(paper: Paper) -> str:
    """The text with its lists of references blanked, offset by offset the same.

    Comments that silence the engine are made void: a paper does not say what it is screened for.
    """
    text = paper.text.replace("cleanup:", "cleanup;")
    for span in reference_sections(Document(text, kind=paper.kind)):
        section = text[span.start : span.end]
        blank = "".join(sign if sign in "\r\n" else " " for sign in section)
        if paper.kind is Kind.HTML:  # tags keep the shape of the page
            blank = _blanked_outside_tags(section)
        text = text[: span.start] + blank + text[span.end :]
    return text


def _blanked_outside_tags(section: str) -> str:
    shown, inside = [], False
    for sign in section:
        inside = inside or sign == "<"
        shown.append(sign if inside or sign in "\r\n" else " ")
        inside = inside and sign != ">"
    return "".join(shown)


def _count_words(document: Document, left_out: SpanIndex) -> int:
    text = document.text
    return sum(
        text[start].isalpha() and left_out.first_overlap(Span(start, start + 1)) is None
        for block in document.blocks
        for start in block.starts
    )


def _key(text: str) -> tuple[str, ...]:
    return tuple(word.removesuffix("s") for word in words_of(text))


def _apart(found: list[_Found]) -> list[_Found]:
    """The phrases that stand where several claim one place: the firmer, the surer, the longer."""
    order = list(Standing)
    kept: list[_Found] = []
    taken: set[int] = set()
    for each in sorted(
        found,
        key=lambda each: (
            order.index(each.standing),
            -each.confidence,
            -len(each.span),
            each.span,
            each.rule_id,
        ),
    ):
        places = range(each.span.start, each.span.end)
        if taken.isdisjoint(places):
            taken.update(places)
            kept.append(each)
    return sorted(kept, key=lambda each: each.span)


def _phrase(document: Document, found: _Found, place: int) -> Phrase:
    span = found.span
    block = next(each for each in document.prose.blocks if each.start <= span.start < each.end)
    sentence = document.sentence(span, block)
    before = _one_line(document.text[max(sentence.start, span.start - _CONTEXT) : span.start])
    after = _one_line(document.text[span.end : min(sentence.end, span.end + _CONTEXT)])
    if span.start - sentence.start > _CONTEXT:
        before = "… " + before.partition(" ")[2]
    if sentence.end - span.end > _CONTEXT:
        after = after.rpartition(" ")[0] + " …"
    text = " ".join(document.text[span.start : span.end].split())
    return Phrase(
        text,
        found.expected,
        found.rule_id,
        found.confidence,
        found.standing,
        found.reason,
        place,
        before,
        after,
    )


def _one_line(text: str) -> str:
    """The text with each run of white space as one blank, those at its ends too."""
    joined = " ".join(text.split())
    return f"{' ' * text[:1].isspace()}{joined}{' ' * (bool(joined) and text[-1:].isspace())}"
