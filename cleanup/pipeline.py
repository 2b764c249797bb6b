"""What happens to one document, step by step; every command and the library go through here."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from cleanup.channel import Match, find_matches, matches_in
from cleanup.compose import compose
from cleanup.config import Settings
from cleanup.datatypes import Edit, Finding, Kind, Reason, Result, Span, SpinScore
from cleanup.document import Document, SpanIndex, apply_edits
from cleanup.errors import ConfigError, FileError, UsageError
from cleanup.first_look import FirstLook
from cleanup.language import NOT_ENGLISH, speaks_english
from cleanup.rulebook import Rulebook, load_rulebook
from cleanup.suppression import Suppression, find_suppressions

if TYPE_CHECKING:
    from cleanup.analysis import Models
    from cleanup.decisions import Decisions
    from cleanup.lm.judge import Judge
    from cleanup.replacement import Weighed
    from cleanup.terms import TermFinder, TermIndex

#: The names under which thesaurus and terms report, shaped like packs: they can be selected and ignored.
WIDE_PACKS = frozenset(("thesaurus", "terms"))

_UNSPUN = SpinScore(0.0, 0.0)

# One pass more than the first is common, two are rare, and none of the samples needs three.  Rules that undo
# one another in each other's context, which the loader cannot see, end where the first pass ended.
_MOST_PASSES = 4


# A longer document is read in parts of about this many code points, 3,000 words, so that memory stays bounded
# and a phrase in one corner of a long clean text does not make all of it be read in full.
PART_LENGTH = 20_000

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*")
_FENCE = re.compile(r"^\s*(?:```|~~~)", re.MULTILINE)


class Engine:
    """A rule book, tables and settings, made ready to read any number of documents.

    The engine keeps nothing of the documents it has read: the same text gives the same result.

    With a *quick* look, which is what checking a collection wants, a document in which no strong rule fires
    is taken for clean and not read any further.  A close look reads every document, and finds what no rule
    lists in those as well.

    ``told`` hears from a language model how many questions of a document it has answered, and of how many.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        rulebook: Rulebook | None = None,
        models: Models | None = None,
        quick: bool = False,
        told: Callable[[int, int], None] | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.settings.check()
        book = rulebook or load_rulebook(self.settings.rules)
        select, ignore = set(self.settings.select), set(self.settings.ignore)
        for name in sorted(select | ignore):
            wide, _, single = name.partition("/")
            if single and wide in WIDE_PACKS:
                raise UsageError(f"{name!r} cannot be switched by itself: {wide} as a whole can")
        left_out = {part for part in WIDE_PACKS if part in ignore or (select and part not in select)}
        self._without = frozenset(self.settings.without) | left_out
        only_wide = bool(select) and select <= WIDE_PACKS
        every = {rule.pack for rule in book.rules} if only_wide else set()
        self.rulebook = book.selected(select - WIDE_PACKS, (ignore - WIDE_PACKS) | every)
        if self.settings.rules and "terms" not in self._without:
            _ = self._term_index  # what a user adds is refused before the first document, or not at all
        if self.settings.lm:
            from cleanup.lm.judge import find_model

            self._lm_model = find_model(self.settings.lm_model)  # missed before the first document
        self._told = told
        self._given_models = models
        # Where everything is asked for, or no rule is left that could fire, a quick look would see nothing.
        self._quick = quick and self.settings.min_confidence > 0 and not only_wide
        #: What the user has decided, read once; None where there is nothing.
        self.decisions = _decisions(self.settings.decisions)

    @cached_property
    def models(self) -> Models:
        """The tables, read when the first document needs them."""
        from cleanup.analysis import load_models

        return self._given_models or load_models(self.settings.field)

    @cached_property
    def language_judge(self) -> Judge:
        """The language model; read when the first document needs it."""
        from cleanup.lm.judge import open_judge

        return open_judge(self._lm_model, self._told)

    @cached_property
    def _terms(self) -> TermFinder:
        """What finds fixed terms, read when the first document needs it."""
        from cleanup.terms import TermFinder

        return TermFinder(self._term_index, self.models.thesaurus, self.models.table.numbers)

    @cached_property
    def _term_index(self) -> TermIndex:
        from cleanup.terms import load_terms

        return load_terms(self.settings.rules)

    @cached_property
    def _first_look(self) -> FirstLook:
        return FirstLook(self.rulebook)

    def find(self, text: str, *, path: str = "", kind: Kind = Kind.PLAIN) -> Result:
        """What is to be said about one text as it stands; see `fix`."""
        return self._found(text, path, kind, None)

    def _found(self, text: str, path: str, kind: Kind, settled: dict[bytes, Result] | None) -> Result:
        result = self._find(text, path, kind, settled)
        return _decided(result, kind, self.decisions) if self.decisions else result

    def _find(self, text: str, path: str, kind: Kind, settled: dict[bytes, Result] | None) -> Result:
        """What the engine itself says about one text, whatever was decided about it."""
        document = Document(text, kind=kind)
        if not speaks_english(document):
            notes = (NOT_ENGLISH,) if text.strip() else ()
            return Result(path, text, text, (), (), _UNSPUN, notes)
        pieces = _pieces(text, kind)
        if len(pieces) == 1:
            return self._find_in(document, path)
        results = (self._find_in_piece(text[span.start : span.end], path, settled) for span in pieces)
        return _concatenated(path, text, pieces, results)

    def _find_in_piece(self, text: str, path: str, settled: dict[bytes, Result] | None) -> Result:
        """The same for a piece of a long text; with ``settled``, one that needs no repair is read once."""
        if settled is None:
            return self._find_in(Document(text), path)
        key = hashlib.blake2b(text.encode("utf-8", "surrogatepass")).digest()
        result = settled.get(key)
        if result is None:
            result = self._find_in(Document(text), path)
            if not result.edits:
                settled[key] = replace(result, before="", after="")
        return result

    def _find_in(self, document: Document, path: str) -> Result:
        """What is to be said about one English text, a quick look first where that is wanted."""
        if self._quick and not self._may_show(document):
            return Result(path, document.text, document.text, (), (), _UNSPUN)
        return self._read_closely(document, path)

    def fix(self, text: str, *, path: str = "", kind: Kind = Kind.PLAIN) -> Result:
        """All that is to be said and done about one text.

        A repair can bring about the context of another, so the engine reads what it has written until
        nothing is left to do: fixing twice is fixing once.  What a decision has settled stays settled.
        """
        settled: dict[bytes, Result] = {}  # pieces that need no repair, by digest
        result = first = self._found(text, path, kind, settled)
        held = _carried([item.span for item in first.decided], first.edits)
        for _ in range(_MOST_PASSES if result.edits else 0):
            latest = _held_back(self._found(result.after, path, kind, settled), held)
            if not latest.edits:
                return result
            held = _carried([*held, *(item.span for item in latest.decided)], latest.edits)
            edits = compose(result.before, result.edits, result.after, latest.edits)
            edits = [edit for edit in edits if edit.before != edit.after]
            repaired = SpanIndex([edit.span for edit in edits])
            unfixed = tuple(f for f in result.unfixed if repaired.first_overlap(f.span) is None)
            result = replace(result, edits=tuple(edits), after=latest.after, unfixed=unfixed)
        return first

    def _may_show(self, document: Document) -> bool:
        """Whether a strong rule fires, or a suppression is to be accounted for."""
        text, strong = document.text, self.rulebook.strong
        if "cleanup:" in text:
            return True
        if document.kind is Kind.PLAIN and not _has_fence(text):
            # No block runs across a blank line: each paragraph is asked by itself, and most are not read.
            paragraphs = self._first_look.paragraphs(text)
            return any(find_matches(Document(paragraph), strong) for paragraph in paragraphs)
        if not self._first_look.lets_through(text):
            return False
        return self._fires(document)

    def _fires(self, document: Document) -> bool:
        """Whether a strong rule fires in one of the blocks of a document."""
        text, strong = document.text, self.rulebook.strong
        return any(
            matches_in(document, strong, document.block(span))
            for span in document.prose.blocks
            if self._first_look.lets_through(text[span.start : span.end])
        )

    def _read_closely(self, document: Document, path: str) -> Result:
        """A document in full: part by part where it is long, so that memory stays bounded."""
        from cleanup.decode import is_edit
        from cleanup.replacement import make_edits

        settings, text = self.settings, document.text
        suppressions = suppressions_in(document)
        readings = [self._read_part(part, suppressions) for part in self._parts(document)]
        notes = _unused(document, suppressions, {item for reading in readings for item in reading.used})
        least = max(settings.edit_threshold, settings.min_confidence)
        edits: list[Edit] = []
        unfixed: list[Finding] = []
        for reading in readings:
            repaired = [pair for pair in reading.weighed if is_edit(pair[1], least)]
            unfixed += [finding for _, finding in reading.weighed if not is_edit(finding, least)]
            edits += make_edits(reading.document, repaired)
        spin = _together([reading.spin for reading in readings])
        return Result(path, text, apply_edits(text, edits), tuple(edits), tuple(unfixed), spin, tuple(notes))

    def _parts(self, document: Document) -> Iterator[Document]:
        """The document in parts of whole blocks; for a quick look those alone where a strong rule fires."""
        blocks = document.prose.blocks
        first = 0
        for at in range(len(blocks)):
            if at + 1 == len(blocks) or blocks[at + 1].end - blocks[first].start > PART_LENGTH:
                part = document.part(first, at + 1)
                whole = len(blocks) == at + 1 and first == 0
                if whole or not self._quick or self._fires(part):
                    yield part
                first = at + 1

    def _read_part(self, document: Document, suppressions: Sequence[Suppression]) -> _Reading:
        # The tables and what reads them take longer to load than a clean text takes to be checked.
        from cleanup.analysis import analyse
        from cleanup.decode import decide
        from cleanup.verdict import Quotes, judge

        opened = document.opened()
        matches = find_matches(opened, self.rulebook)
        if "terms" not in self._without:
            matches += self._terms.find(opened)
        matches, used = _suppress(matches, suppressions)
        analysis = analyse(opened, matches, self.models, without=self._without)
        quotes = Quotes(self.settings.quotes)
        verdict = judge(analysis, quotes, without=self._without)
        if self.settings.lm and verdict.is_worth_asking().any():
            from cleanup.hearing import hear

            analysis = analyse(opened, matches, self.models, without=self._without, is_wide=True)
            analysis, verdict = hear(self.language_judge, analysis, verdict, quotes, self._without)
        decided = decide(analysis, verdict, self.settings.min_confidence, without=self._without)
        kept, used_late = _suppress([match for match, _ in decided], suppressions)
        places = {id(match) for match in kept}
        weighed = [pair for pair in decided if id(pair[0]) in places]
        read = opened if verdict.repairs_quotations else document
        return _Reading(read, weighed, verdict.spin, used | used_late)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What was found in one part of a document, and which suppressions silenced something there."""

    document: Document
    weighed: Sequence[Weighed]
    spin: SpinScore
    used: Set[Suppression]


def _has_fence(text: str) -> bool:
    """Whether a code fence may begin in the text."""
    return ("```" in text or "~~~" in text) and _FENCE.search(text) is not None


def _decisions(path: str) -> Decisions | None:
    """The decisions of a file; None where there are none, which costs nothing."""
    if not path:
        return None
    from cleanup.decisions import load_decisions

    try:
        decisions = load_decisions(path)
    except FileError as error:  # as wrong as a damaged one, and not the fault of a document
        raise ConfigError(str(error)) from None
    return decisions if decisions.entries else None


def _decided(result: Result, kind: Kind, decisions: Decisions) -> Result:
    """The result with what the user has decided about its document."""
    from cleanup.decisions import rule_on

    document = Document(result.before, kind=kind)
    hits = decisions.hits(document)
    return rule_on(result, document, hits, suppressions_in(document)) if hits else result


def _carried(spans: Sequence[Span], edits: Sequence[Edit]) -> list[Span]:
    """Where spans of the text before some edits stand in the text behind them."""
    if not spans:
        return []
    from cleanup.decisions.ruling import carried_spans

    return carried_spans(spans, edits)


def _held_back(result: Result, held: Sequence[Span]) -> Result:
    if not held:
        return result
    from cleanup.decisions.ruling import held_back

    return held_back(result, held)


def _pieces(text: str, kind: Kind) -> list[Span]:
    """A long plain text cut at blank lines into pieces that are read one by one; any other text whole.

    No cut is made inside a code fence, and none at all in a text with suppressions, which may reach far.
    """
    if kind is not Kind.PLAIN or len(text) <= 2 * PART_LENGTH or find_suppressions(text):
        return [Span(0, len(text))]
    fences = [found.start() for found in _FENCE.finditer(text)]
    pieces, start = [], 0
    while len(text) - start > 2 * PART_LENGTH:
        cuts = (found.end() for found in _BLANK_LINE.finditer(text, start + PART_LENGTH))
        cut = next((cut for cut in cuts if bisect_left(fences, cut) % 2 == 0), None)
        if cut is None:
            break
        pieces.append(Span(start, cut))
        start = cut
    return [*pieces, Span(start, len(text))]


def _concatenated(path: str, text: str, pieces: Sequence[Span], results: Iterator[Result]) -> Result:
    """The result for a text from those for its pieces, none of which is kept."""
    edits: list[Edit] = []
    unfixed: list[Finding] = []
    spins: list[SpinScore] = []
    for piece, result in zip(pieces, results, strict=True):
        edits += [replace(edit, span=_moved(edit.span, piece.start)) for edit in result.edits]
        unfixed += [replace(finding, span=_moved(finding.span, piece.start)) for finding in result.unfixed]
        spins.append(result.spin)
    after = apply_edits(text, edits) if edits else text
    return Result(path, text, after, tuple(edits), tuple(unfixed), _together(spins))


def _moved(span: Span, distance: int) -> Span:
    return Span(span.start + distance, span.end + distance)


def _together(scores: Sequence[SpinScore]) -> SpinScore:
    """The spin score of a document from those of its parts: one of many parts must show the more."""
    if not scores:
        return _UNSPUN
    if len(scores) == 1:
        return scores[0]
    best = max(scores, key=lambda spin: spin.score)
    odds = best.score / max(1 - best.score, 1e-12) / len(scores)
    rate = sum(spin.rate for spin in scores) / len(scores)
    evidence = dict.fromkeys(item for spin in scores for item in spin.evidence)
    opens = any(spin.repairs_quotations for spin in scores)
    return SpinScore(odds / (1 + odds), rate, tuple(evidence), opens)


def suppressions_in(document: Document) -> list[Suppression]:
    """The suppressions of a document; one that is shown as code is an example and does nothing."""
    found = [(item, document.protection(item.comment)) for item in find_suppressions(document.text)]
    return [item for item, held in found if held is None or held.reason is not Reason.CODE]


def _suppress(
    matches: Sequence[Match], suppressions: Sequence[Suppression]
) -> tuple[list[Match], set[Suppression]]:
    """The matches that no suppression silences, and the suppressions that silenced one."""
    used: set[Suppression] = set()
    kept = []
    for match in matches:
        silencing = [item for item in suppressions if item.silences(match.span, match.rule.id)]
        used.update(silencing)
        if not silencing:
            kept.append(match)
    return kept, used


def _unused(document: Document, suppressions: Sequence[Suppression], used: Set[Suppression]) -> Iterator[str]:
    """A note for each suppression that silenced nothing."""
    for item in suppressions:
        if item not in used:
            line, _ = document.line_and_column(item.comment.start)
            yield f"line {line}: unused suppression: nothing would be found there"
