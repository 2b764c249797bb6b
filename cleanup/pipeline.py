"""What happens to one document, step by step; every command and the library go through here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from cleanup.channel import Match, find_matches, matches_in
from cleanup.compose import compose
from cleanup.config import Settings
from cleanup.datatypes import Kind, Reason, Result, Span, SpinScore
from cleanup.document import Document, SpanIndex, apply_edits
from cleanup.language import is_english
from cleanup.rulebook import Rulebook, load_rulebook
from cleanup.screen import Screen
from cleanup.suppression import Suppression, find_suppressions

if TYPE_CHECKING:
    from cleanup.analysis import Models

#: The name under which the thesaurus reports, shaped like a pack so that it can be selected and ignored.
THESAURUS_PACK = "thesaurus"

_UNSPUN = SpinScore(0.0, 0.0)

# One pass more than the first is common, two are rare, and none of the samples needs three.  Rules that undo
# one another in each other's context, which the loader cannot see, end where the first pass ended.
_MOST_PASSES = 4


# To build the automaton of the first look takes as long as to read this much text without it.
_TEXT_BEFORE_SCREEN = 50_000


class Engine:
    """A rule book, tables and settings, made ready to read any number of documents.

    The engine keeps nothing of the documents it has read but their size: the same text gives the same result.

    With a *quick* look, which is what checking a collection wants, a document in which no strong rule fires
    is taken for clean and not read any further.  A close look reads every document, and finds what no rule
    lists in those as well.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        rulebook: Rulebook | None = None,
        models: Models | None = None,
        quick: bool = False,
    ) -> None:
        self.settings = settings or Settings()
        book = rulebook or load_rulebook(self.settings.rules)
        select, ignore = set(self.settings.select), set(self.settings.ignore)
        is_wide = THESAURUS_PACK not in ignore and (not select or THESAURUS_PACK in select)
        self._without = frozenset(self.settings.without) | (frozenset() if is_wide else {"thesaurus"})
        only_thesaurus = select == {THESAURUS_PACK}
        every = {rule.pack for rule in book.rules} if only_thesaurus else set()
        self.rulebook = book.selected(select - {THESAURUS_PACK}, (ignore - {THESAURUS_PACK}) | every)
        self._given_models = models
        self._quick = quick and self.settings.min_confidence > 0
        self._read = 0

    @cached_property
    def models(self) -> Models:
        """The tables, read when the first document needs them."""
        from cleanup.analysis import load_models

        return self._given_models or load_models(self.settings.field)

    @cached_property
    def _screen(self) -> Screen:
        return Screen(self.rulebook)

    def find(self, text: str, *, path: str = "", kind: Kind = Kind.PLAIN) -> Result:
        """What is to be said about one text as it stands; see `fix`."""
        document = Document(text, kind=kind)
        # Mark-up is full of words of its own language: a page is judged by its prose alone.
        if not is_english(text if kind is Kind.PLAIN else document.words):
            notes = ("skipped: the text is not English",) if text.strip() else ()
            return Result(path, text, text, (), (), _UNSPUN, notes)
        if self._quick and not self._may_show(document):
            return Result(path, text, text, (), (), _UNSPUN)
        return self._fix_once(document, path)

    def fix(self, text: str, *, path: str = "", kind: Kind = Kind.PLAIN) -> Result:
        """All that is to be said and done about one text.

        A repair can bring about the context of another, so the engine reads what it has written until
        nothing is left to do: fixing twice is fixing once.
        """
        result = first = self.find(text, path=path, kind=kind)
        for _ in range(_MOST_PASSES if result.edits else 0):
            latest = self._fix_once(Document(result.after, kind=kind), path)
            if not latest.edits:
                return result
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

    def _fix_once(self, document: Document, path: str) -> Result:
        # The tables and what reads them take longer to load than a clean text takes to be checked.
        from cleanup.analysis import analyse
        from cleanup.decode import decide, is_edit
        from cleanup.replacement import make_edits
        from cleanup.verdict import Quotes, judge

        settings, text = self.settings, document.text
        opened = document.opened()
        suppressions = _suppressions(document)
        matches, notes = _suppress(opened, find_matches(opened, self.rulebook), suppressions)
        silenced = [item.span for item in suppressions if not item.names or THESAURUS_PACK in item.names]
        analysis = analyse(opened, matches, self.models, _merged(silenced), without=self._without)
        verdict = judge(analysis, Quotes(settings.quotes), without=self._without)
        weighed = decide(analysis, verdict, settings.min_confidence, without=self._without)
        least = max(settings.edit_threshold, settings.min_confidence)
        repaired = [pair for pair in weighed if is_edit(pair[1], least)]
        unfixed = tuple(finding for _, finding in weighed if not is_edit(finding, least))
        edits = make_edits(opened if verdict.repairs_quotations else document, repaired)
        return Result(path, text, apply_edits(text, edits), tuple(edits), unfixed, verdict.spin, tuple(notes))


def _merged(spans: Sequence[Span]) -> list[Span]:
    """The spans in order, those that overlap put together."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(span.end, merged[-1].end))
        else:
            merged.append(span)
    return merged


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
