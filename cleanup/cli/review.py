"""``cleanup review``: one change at a time, decided by a key, written down at once."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from cleanup.cli.choices import Choices
from cleanup.cli.console import has_colour, put, say, width
from cleanup.cli.deciding import Stores
from cleanup.cli.fix import Fixed, Targets, check_usage, fixed_document, write_document, write_report
from cleanup.cli.inputs import STDIN, Input, Inputs
from cleanup.cli.keys import END, Keys, keys
from cleanup.cli.offer_view import show_help, show_offer
from cleanup.cli.session import Choice, Offer, Session
from cleanup.datatypes import Ruling, Span
from cleanup.errors import CleanupError, FileError, RuleError, UsageError
from cleanup.files import printable
from cleanup.report.visible import make_visible

if TYPE_CHECKING:
    from cleanup.decisions.exported import Exported

_NO_TERMINAL = 80  # columns where nobody says how many there are
_LEAST_COLUMNS = 20


@dataclass(frozen=True, slots=True)
class Way:
    """How a review goes about it."""

    again: bool = False
    imported: str = ""


@dataclass(slots=True)
class _Step:
    """What one key has done, to be taken back."""

    document: int
    offer: Offer
    spans: list[Span]
    is_skip: bool = False


def review_paths(paths: Sequence[str], choices: Choices, targets: Targets, way: Way) -> int:
    """Ask about every change that nobody has decided about; write texts, reports and decisions."""
    if STDIN in paths:
        raise UsageError("cleanup review needs files: the keys come from standard input")
    check_usage(paths, targets)
    inputs = Inputs(paths, replace(choices, edit_threshold=0.0, honours_decisions=False))
    stores = Stores(choices)
    documents = list(inputs)
    if way.imported:
        _import(documents, inputs, stores, way.imported, quiet=choices.quiet)
        return 2 if inputs.failed else 0
    if not documents:
        return 2 if inputs.failed else 0
    review = Review(documents, inputs, stores, is_again=way.again)
    try:
        with keys() as typed:
            review.run(typed)
    except KeyboardInterrupt:
        put("\n")
        say("cleanup: stopped: what was decided is kept, no text was written; the same command goes on")
        raise
    _write(review, inputs, targets, quiet=choices.quiet)
    return 2 if inputs.failed else 0


@dataclass(slots=True)
class Review:
    """The documents under review and how far it is."""

    documents: Sequence[Input]
    inputs: Inputs
    stores: Stores
    is_again: bool = False
    sessions: dict[int, Session | None] = field(default_factory=dict)
    _steps: list[_Step] = field(default_factory=list)
    _skipped: set[tuple[int, Span]] = field(default_factory=set)
    _is_over: bool = False

    def run(self, typed: Keys) -> None:
        """Ask until everything is decided, or the user has had enough."""
        at = 0
        while at < len(self.documents) and not self._is_over:
            session = self._session(at)
            offer = self._next(at, session) if session is not None else None
            if session is None or offer is None:
                at += 1
                continue
            number = session.offers.index(offer) + 1
            progress = f"{number} of {len(session.offers)}, file {at + 1} of {len(self.documents)}"
            put(show_offer(session, offer, progress, width=_width(), colour=has_colour()))
            at = self._answered(typed, at, session, offer)

    def _session(self, at: int) -> Session | None:
        """The session of a document, opened when it is its turn."""
        if at not in self.sessions:
            document = self.documents[at]
            try:
                result = document.read(is_repaired=False)
            except RuleError as error:
                self.inputs.fail(RuleError(f"{document.path}: {error}"))
                self.sessions[at] = None
                return None
            for note in result.notes:
                self.inputs.note(result.path, note)
            session = Session(document, result, self.stores.of(document.path))
            self.sessions[at] = session
            self._tell_beginning(session)
        return self.sessions[at]

    def _tell_beginning(self, session: Session) -> None:
        offers = session.offers
        left = sum(session.is_open(offer, again=self.is_again) for offer in offers)
        if not offers:
            self.inputs.note(session.source.path, "nothing to review")
        elif left < len(offers):
            self.inputs.note(session.source.path, f"{len(offers) - left} of {len(offers)} decided before")

    def _next(self, at: int, session: Session) -> Offer | None:
        """The first offer that the user is still to be asked about."""
        for offer in session.offers:
            if session.is_open(offer, again=self.is_again) and (at, offer.span) not in self._skipped:
                return offer
        return None

    def _answered(self, typed: Keys, at: int, session: Session, offer: Offer) -> int:
        """Ask for keys until one of them decides something; the number of the document to go on with."""
        while True:
            put("accept it? [y,n,e,a,d,u,s,q,?] ")
            key = typed.key()
            put("\n" if key == END else f"{make_visible(key)}\n")
            if key in (END, "q"):
                self._is_over = True
                return at
            if key == "u":
                if self._steps:
                    return self._taken_back()
                put("nothing was decided yet in this session\n")
            elif self._has_decided(key, typed, at, session, offer):
                return at

    def _has_decided(self, key: str, typed: Keys, at: int, session: Session, offer: Offer) -> bool:
        """Do what a key asks for; whether that settles what to do about the offer."""
        match key:
            case "y" if offer.after is None:
                put("nothing is proposed here: e writes a replacement, n leaves the text as it is\n")
                return False
            case "y":
                self._decide(at, session, offer, {offer.span: _accepted(offer)})
            case "n":
                self._decide(at, session, offer, {offer.span: _rejected(offer)})
            case "e":
                return self._edited(typed, at, session, offer)
            case "a" | "d":
                self._decide(at, session, offer, self._rest(at, session, offer, accept=key == "a"))
            case "s":
                self._skipped.add((at, offer.span))
                self._steps.append(_Step(at, offer, [offer.span], is_skip=True))
            case _:
                put(show_help(width=_width()))
                return False
        return True

    def _decide(self, at: int, session: Session, offer: Offer, choices: Mapping[Span, Choice]) -> None:
        spans = session.decide(choices)
        self._steps.append(_Step(at, offer, spans))
        others = len(spans) - len(choices)
        if others:
            put(f"decided as well for {others} other{'s' * (others > 1)} that read the same\n")

    def _rest(self, at: int, session: Session, offer: Offer, *, accept: bool) -> dict[Span, Choice]:
        """A choice for this offer and all behind it in the file that are still open."""
        first = session.offers.index(offer)
        choices = {}
        for other in session.offers[first:]:
            if not session.is_open(other, again=self.is_again) or (at, other.span) in self._skipped:
                continue
            if not accept:
                choices[other.span] = _rejected(other)
            elif other.after is not None:
                choices[other.span] = _accepted(other)
        return choices

    def _edited(self, typed: Keys, at: int, session: Session, offer: Offer) -> bool:
        """Ask for a replacement; whether there is one."""
        before = make_visible(" ".join(offer.before.split()))
        text = typed.line(f"instead of “{before}” write (- deletes, empty goes back): ")
        replacement = " ".join((text or "").split())
        if not replacement:
            put("\n" if text is None else "")
            return False
        if not replacement.isprintable():
            put("a replacement holds signs that can be seen\n")
            return False
        try:
            session.source.decoded.encode(replacement)
        except FileError as error:
            put(f"{error}\n")
            return False
        wanted = "" if replacement == "-" else replacement
        same = wanted == " ".join(offer.before.split())
        choice = _rejected(offer) if same else Choice(Ruling.ACCEPT, wanted, offer.rule_id)
        self._decide(at, session, offer, {offer.span: choice})
        return True

    def _taken_back(self) -> int:
        """Undo the last step; the number of its document."""
        step = self._steps.pop()
        session = self.sessions[step.document]
        if step.is_skip:
            self._skipped.discard((step.document, step.offer.span))
        elif session is not None:
            session.take_back(step.spans)
        return step.document


def _accepted(offer: Offer) -> Choice:
    return Choice(Ruling.ACCEPT, " ".join((offer.after or "").split()), offer.rule_id)


def _rejected(offer: Offer) -> Choice:
    return Choice(Ruling.REJECT, "", offer.rule_id)


def _width() -> int:
    """The columns to write in, asked for each time: a window changes."""
    return max(width() or _NO_TERMINAL, _LEAST_COLUMNS)


def _write(review: Review, inputs: Inputs, targets: Targets, *, quiet: bool) -> None:
    """Write the text and the report of every document about which something was decided."""
    done: list[Fixed] = []
    for session in review.sessions.values():
        if session is None or not session.is_decided:
            continue
        try:
            fixed = fixed_document(session.source, session.outcome())
            write_document(fixed, targets)
        except CleanupError as error:
            inputs.fail(error)
            continue
        done.append(fixed)
        if not quiet:
            put(_summary(session))
    if done and targets.report:
        write_report(done, targets)


def _summary(session: Session) -> str:
    accepted, rejected = session.count(Ruling.ACCEPT), session.count(Ruling.REJECT)
    left = len(session.offers) - accepted - rejected
    path = make_visible(session.source.path)
    return f"{path}: {accepted} accepted, {rejected} rejected, {left} left undecided\n"


def _import(documents: Sequence[Input], inputs: Inputs, stores: Stores, path: str, *, quiet: bool) -> None:
    """Merge what the HTML report exported into the decisions that last."""
    from cleanup.decisions import load_decisions
    from cleanup.decisions.exported import Around

    exported = load_decisions(path).exported
    if not exported:
        raise UsageError(f"{printable(path)}: holds no decisions that the HTML report exported")
    known = {_normal(document.path) for document in documents}
    placed: set[Exported] = set()
    for document in documents:
        mine = [
            item
            for item in exported
            if _normal(item.decision.path) == _normal(document.path)
            or _normal(item.decision.path) not in known
        ]
        session = Session(document, document.read(is_repaired=False), stores.of(document.path))
        choices, around = {}, Around(session.result.before)
        for item in mine:
            decision = item.decision
            replacement = " ".join(decision.replacement.split())
            for hit in item.hits(around):
                choices[hit.span] = Choice(decision.ruling, replacement, decision.rule)
                placed.add(item)
        if choices:
            session.decide(choices)
        if not quiet:
            count = f"{len(choices)} decision{'s' * (len(choices) != 1)}"
            put(f"{make_visible(document.path)}: {count} taken over\n")
    for item in exported:
        if item not in placed:
            text = make_visible(" ".join(item.text.split()))
            inputs.note(
                item.decision.path, f"not taken over: “{text}” stands nowhere as the report showed it"
            )


def _normal(path: str) -> str:
    return str(PurePosixPath(os.path.normpath(path).replace(os.sep, "/")))
