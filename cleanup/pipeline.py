"""What happens to one document, step by step; every command and the library go through here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from cleanup.channel import Match, find_matches, matches_in
from cleanup.compose import compose
from cleanup.config import Settings
from cleanup.datatypes import Kind, Reason, Result, SpinScore
from cleanup.decode import Weighed, choose, is_edit, make_edits
from cleanup.document import Document, SpanIndex, apply_edits
from cleanup.evidence import most_confidence, weigh
from cleanup.language import is_english
from cleanup.prior import estimate_spin
from cleanup.rulebook import Rulebook, load_rulebook
from cleanup.screen import Screen
from cleanup.source import SourceModel, WordFrequency
from cleanup.suppression import Suppression, find_suppressions

_UNSPUN = SpinScore(0.0, 0.0)

# To build the automaton of the first look takes as long as to read this much text without it.
_TEXT_BEFORE_SCREEN = 50_000

# One pass more than the first is common, two are rare, and none of the samples needs three.  Rules that undo
# one another in each other's context, which the loader cannot see, end where the first pass ended.
_MOST_PASSES = 4


class Engine:
    """A rule book and settings, made ready to read any number of documents.

    The engine keeps nothing of the documents it has read but their size: the same text gives the same result.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        rulebook: Rulebook | None = None,
        source: SourceModel | None = None,
    ) -> None:
        self.settings = settings or Settings()
        book = rulebook or load_rulebook(self.settings.rules)
        self.rulebook = book.selected(self.settings.select, self.settings.ignore)
        self._source: SourceModel = source or WordFrequency()
        self._read = 0

    @cached_property
    def _screen(self) -> Screen:
        return Screen(self.rulebook)

    def fix(self, text: str, *, path: str = "", kind: Kind = Kind.PLAIN) -> Result:
        """All that is to be said and done about one text."""
        document = Document(text, kind=kind)
        # Mark-up is full of words of its own language: a page is judged by its prose alone.
        if not is_english(text if kind is Kind.PLAIN else document.words):
            notes = ("skipped: the text is not English",) if text.strip() else ()
            return Result(path, text, text, (), (), _UNSPUN, notes)
        if self.settings.min_confidence > 0 and not self._may_show(document):
            return Result(path, text, text, (), (), _UNSPUN)
        return fix_document(document, self.rulebook, self.settings, self._source, path=path)

    def _may_show(self, document: Document) -> bool:
        """Whether there is a strong match, or a suppression to account for.

        Without a strong match the spin score is zero, and with it the confidence of every gated finding, so
        only a user who asks for findings of every confidence would see any.
        """
        text, strong = document.text, self.rulebook.strong
        if "cleanup:" in text:
            return True
        self._read += len(text)
        if self._read <= _TEXT_BEFORE_SCREEN:
            return bool(find_matches(document, strong))
        if not self._screen.lets_through(text):
            return False
        return any(
            matches_in(document, strong, document.block(span))
            for span in document.prose.blocks
            if self._screen.lets_through(text[span.start : span.end])
        )


def fix_document(
    document: Document, book: Rulebook, settings: Settings, source: SourceModel, *, path: str = ""
) -> Result:
    """One English document through every step of the engine, until nothing is left to repair."""
    result = first = _fix_once(document, book, settings, source, path)
    for _ in range(_MOST_PASSES if result.edits else 0):
        latest = _fix_once(Document(result.after, kind=document.kind), book, settings, source, path)
        if not latest.edits:
            return result
        edits = compose(result.before, result.edits, result.after, latest.edits)
        edits = [edit for edit in edits if edit.before != edit.after]
        repaired = SpanIndex([edit.span for edit in edits])
        unfixed = tuple(f for f in result.unfixed if repaired.first_overlap(f.span) is None)
        result = replace(result, edits=tuple(edits), after=latest.after, unfixed=unfixed)
    return first


def _fix_once(
    document: Document, book: Rulebook, settings: Settings, source: SourceModel, path: str
) -> Result:
    text = document.text
    matches, notes = _suppress(document, find_matches(document, book), _suppressions(document))
    spin = estimate_spin(document, matches)
    weighed: list[Weighed] = [
        (match, weigh(match, document, spin, source))
        for match in matches
        if not match.rule.needs_spun_document or most_confidence(spin) >= settings.min_confidence
    ]
    chosen = choose(weighed, settings.edit_threshold)
    least = max(settings.edit_threshold, settings.min_confidence)
    repaired = [pair for pair in chosen if is_edit(pair[1], least)]
    left = (finding for _, finding in chosen if not is_edit(finding, least))
    unfixed = tuple(finding for finding in left if finding.confidence >= settings.min_confidence)
    edits = make_edits(document, repaired)
    return Result(path, text, apply_edits(text, edits), tuple(edits), unfixed, spin, tuple(notes))


def _suppressions(document: Document) -> list[Suppression]:
    """The suppressions of a document; one that is shown as code is an example and does nothing."""
    found = [(item, document.protection(item.comment)) for item in find_suppressions(document.text)]
    return [item for item, held in found if held is None or held.reason is not Reason.CODE]


def _suppress(
    document: Document, matches: Sequence[Match], suppressions: Sequence[Suppression]
) -> tuple[list[Match], list[str]]:
    """The matches that no suppression silences, and a note for each suppression that silenced nothing."""
    used: set[Suppression] = set()
    kept = []
    for match in matches:
        silencing = [item for item in suppressions if item.silences(match.span, match.rule.id)]
        used.update(silencing)
        if not silencing:
            kept.append(match)
    notes = []
    for item in suppressions:
        if item not in used:
            line, _ = document.line_and_column(item.comment.start)
            notes.append(f"line {line}: unused suppression: nothing would be found there")
    return kept, notes
