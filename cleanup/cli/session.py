"""One document under review: what is offered, what was decided, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cleanup.cli.deciding import Store
from cleanup.cli.inputs import Input
from cleanup.datatypes import Candidate, Decision, Evidence, Finding, Result, Ruling, Span
from cleanup.decisions import Decisions, Words, anchored, rule_on
from cleanup.decisions.places import Hit, Neighbour, Place, neighbour
from cleanup.document import Document, SpanIndex, apply_edits
from cleanup.inflection import capitalize
from cleanup.pipeline import suppressions_in


@dataclass(frozen=True, slots=True)
class Offer:
    """A change that a user is asked about; ``after`` is None where nothing is proposed."""

    span: Span
    before: str
    after: str | None
    rule_id: str
    message: str
    candidates: tuple[Candidate, ...]
    confidence: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """What was decided about a place."""

    ruling: Ruling
    replacement: str = ""
    rule: str = ""


class Session:
    """The offers of one document and the decisions about them, which are in the file after each one."""

    def __init__(self, source: Input, result: Result, store: Store) -> None:
        self.source = source
        self.result = result
        self.offers = list(_offers(result))
        self._store = store
        self._path = store.relative(source.path)
        self._document = Document(result.before, kind=source.kind)
        self._words = Words(self._document)
        self._new: dict[Span, Choice] = {}
        self._by_span = {offer.span: offer for offer in self.offers}
        self._twins: dict[object, list[Offer]] = {}
        for offer in self.offers:
            self._twins.setdefault(self._key(offer), []).append(offer)
        hits = Decisions(store.path, store.entries).hits(self._document)
        self._old: dict[Decision, list[Hit]] = {}
        for hit in hits:
            self._old.setdefault(hit.decision, []).append(hit)
        self._mine = set(self._old)
        self._before = self._choices_of(hits)

    def _choices_of(self, hits: Sequence[Hit]) -> dict[Span, Choice]:
        """What was decided about the offers in earlier sessions."""
        index = SpanIndex([hit.span for hit in hits])
        choices = {}
        for offer in self.offers:
            at = index.first_overlap(offer.span)
            if at is not None:
                decision = hits[at].decision
                choices[offer.span] = Choice(decision.ruling, decision.replacement, decision.rule)
        return choices

    def choice(self, offer: Offer) -> Choice | None:
        """What was decided about an offer, now or in an earlier session."""
        return self._new.get(offer.span) or self._before.get(offer.span)

    def is_open(self, offer: Offer, *, again: bool = False) -> bool:
        """Whether the user is still to be asked; what a baseline knows is no decision about it."""
        if offer.span in self._new:
            return False
        before = self._before.get(offer.span)
        return again or before is None or before.ruling is Ruling.BASELINE

    def decide(self, choices: Mapping[Span, Choice]) -> list[Span]:
        """Write decisions down; the places that they speak of, for what reads the same is the same."""
        made: dict[Span, Choice] = {}
        for span, choice in choices.items():
            offer = self._by_span.get(span)
            for twin in self._twins_of(offer) if offer else ():
                if twin.span not in choices and twin.span not in self._new:
                    made[twin.span] = _for_twin(choice, offer, twin)
            made[span] = choice
        self._new.update(made)
        self._save()
        return list(made)

    def take_back(self, spans: Sequence[Span]) -> None:
        """Undo decisions of this session."""
        for span in spans:
            del self._new[span]
        self._save()

    @property
    def is_decided(self) -> bool:
        """Whether anything was decided about this document, now or before."""
        return bool(self._new) or any(old.ruling is not Ruling.BASELINE for old in self._before.values())

    def earlier(self, offer: Offer) -> Choice | None:
        """What was decided about an offer in an earlier session."""
        return self._before.get(offer.span)

    def _twins_of(self, offer: Offer) -> Sequence[Offer]:
        """The offers that no decision can tell apart from one."""
        return self._twins[self._key(offer)]

    def _key(self, offer: Offer) -> object:
        place = self._words.place(offer.span)
        if place is None:
            return offer.span
        return tuple(self._words.tokens[place.core : place.end]), anchored(self._words, place)

    def _save(self) -> None:
        mine = set(self._entries())
        others = [entry for entry in self._store.entries if entry not in self._mine]
        self._store.save([*others, *mine])
        self._mine = mine

    def _entries(self) -> Iterator[Decision]:
        """All decisions about this document, with the context that they have after the latest one."""
        neighbours = list(self._neighbours(self.offers))
        for decision, hits in self._old.items():
            yield from self._kept(decision, hits, neighbours)
        for span, choice in self._new.items():
            place = self._words.place(span)
            if place is not None:
                before, after = anchored(self._words, place, neighbours)
                text, path = self._text(place), self._path
                yield Decision(choice.ruling, text, choice.replacement, before, after, choice.rule, path)

    def _kept(
        self, decision: Decision, hits: Sequence[Hit], neighbours: Sequence[Neighbour]
    ) -> Iterator[Decision]:
        """An earlier decision, where no later one has taken its place.

        Where a change beside it was accepted meanwhile, it learns how that place will read.
        """
        decided = SpanIndex(sorted(self._new))
        if decision.anywhere or decision.path != self._path or any(hit.is_settled for hit in hits):
            yield decision
            return
        accepted = (offer for offer in self.offers if self._is_accepted_now(offer))
        changed = list(self._neighbours(accepted))
        for hit in hits:
            place = self._words.place(hit.span)
            if place is None or decided.first_overlap(hit.span) is not None:
                continue
            if "{" in "".join(anchored(self._words, place, changed)):
                before, after = anchored(self._words, place, neighbours)
                yield replace(decision, before=before, after=after)
            else:
                yield decision

    def _is_accepted_now(self, offer: Offer) -> bool:
        choice = self._new.get(offer.span)
        return choice is not None and choice.ruling is Ruling.ACCEPT

    def _neighbours(self, offers: Iterable[Offer]) -> Iterator[Neighbour]:
        for offer in offers:
            found = neighbour(self._words, offer.span, self._after(offer))
            if found is not None:
                yield found

    def _text(self, place: Place) -> str:
        span = self._words.span(place.first, place.end)
        return _plain(self.result.before[span.start : span.end])

    def _after(self, offer: Offer) -> str | None:
        """What an offer may become, as far as is known."""
        choice = self.choice(offer)
        if choice is not None and choice.ruling is Ruling.ACCEPT:
            return choice.replacement
        return offer.after

    def outcome(self) -> Result:
        """The document with what was accepted, and with what nobody has decided about left as it is."""
        hits = Decisions(self._store.path, self._store.entries).hits(self._document)
        ruled = rule_on(self.result, self._document, hits, suppressions_in(self._document))
        asked = SpanIndex([hit.span for hit in hits])
        edits = [edit for edit in ruled.edits if asked.first_overlap(edit.span) is not None]
        left = [edit.as_finding() for edit in ruled.edits if asked.first_overlap(edit.span) is None]
        unfixed = sorted([*ruled.unfixed, *left], key=lambda finding: finding.span)
        after = apply_edits(ruled.before, edits)
        return replace(ruled, edits=tuple(edits), after=after, unfixed=tuple(unfixed))

    def count(self, ruling: Ruling) -> int:
        """How many offers were decided so."""
        choices = (self.choice(offer) for offer in self.offers)
        return sum(choice is not None and choice.ruling is ruling for choice in choices)


def _offers(result: Result) -> Iterator[Offer]:
    """The changes of a document that was read with no threshold, in order."""
    offers = [_offer(edit.as_finding(), edit.after) for edit in result.edits]
    for finding in result.unfixed:
        proposed = finding.candidates[0].text if finding.candidates else None
        if proposed and finding.text[:1].isupper():
            proposed = capitalize(proposed)
        offers.append(_offer(finding, proposed))
    yield from sorted(offers, key=lambda offer: offer.span)


def _offer(finding: Finding, after: str | None) -> Offer:
    return Offer(
        finding.span, finding.text, after, finding.rule_id, finding.message, finding.candidates,
        finding.confidence, finding.evidence,
    )  # fmt: skip


def _for_twin(choice: Choice, offer: Offer | None, twin: Offer) -> Choice:
    """What was decided about an offer, for one that reads the same but for its letters."""
    if choice.ruling is Ruling.ACCEPT and offer and choice.replacement == _plain(offer.after or ""):
        return replace(choice, replacement=_plain(twin.after or ""))
    return choice


def _plain(text: str) -> str:
    return " ".join(text.split())
