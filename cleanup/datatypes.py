"""The nouns that pass between modules: all frozen, all offsets in code points, ends exclusive."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How a rule wants its findings treated: an error may be repaired, a warning is only reported."""

    ERROR = "error"
    WARNING = "warning"


class Kind(StrEnum):
    """How a document marks up its prose."""

    PLAIN = "plain"
    MARKDOWN = "markdown"
    HTML = "html"


class Reason(StrEnum):
    """Why a stretch of text is protected from every edit."""

    QUOTATION = "quotation"
    CODE = "code"
    ADDRESS = "address"  # URLs, e-mail addresses, paths, host names
    IDENTIFIER = "identifier"  # snake_case, camelCase, @mentions, #tags
    MARKUP = "markup"  # tags, attributes, link targets, comments, table rules
    FRONT_MATTER = "front matter"
    UNDECODABLE = "undecodable"  # bytes that are no text in the document's encoding


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of text from code point ``start`` up to, but not including, ``end``."""

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    def overlaps(self, other: Span) -> bool:
        """Whether the two spans share at least one code point."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Protected:
    """A span that no edit may touch, and why."""

    span: Span
    reason: Reason


@dataclass(frozen=True, slots=True)
class Prose:
    """Where the prose of a text stands.

    ``blocks`` are the paragraphs, headings, list items and table cells, sorted and disjoint: no phrase
    runs across the border of two blocks.  ``protected`` are the spans inside or outside blocks that stay
    byte for byte, sorted and disjoint.  Text outside every block is never looked at.
    """

    blocks: tuple[Span, ...]
    protected: tuple[Protected, ...]


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a single sign.

    ``folded`` is the form that rules are matched in: lower case, straight apostrophes, and a leading
    ``+`` when nothing stands between this token and the one before it (the ``%`` of ``8%``).
    """

    span: Span
    text: str
    folded: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason to believe a change: what kind of reason, and a sentence for people."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a stretch of text may have been before it was spun.

    ``log_channel`` is log P(spun | original) up to a constant, ``log_source`` the source model's
    log P(original), ``log_evidence`` what the rest of the document says for it; all are natural logarithms.
    ``origin`` names what proposed it: ``rule`` or ``lexicon``.  ``log_model`` is how much likelier a language
    model finds the text with it than as it stands, at most `cleanup.readings.MOST_MARGIN` either way; what
    that is worth is part of ``log_source`` already.  None where no model was asked about it.
    """

    text: str
    log_channel: float
    log_source: float
    log_evidence: float
    origin: str
    log_model: float | None = None

    @property
    def score(self) -> float:
        """The sum that candidates are ranked by, in nats: higher is likelier."""
        return self.log_channel + self.log_source + self.log_evidence


@dataclass(frozen=True, slots=True)
class Finding:
    """A stretch of text that looks spun, with what it may have been, likeliest first."""

    span: Span
    text: str
    rule_id: str
    severity: Severity
    message: str
    candidates: tuple[Candidate, ...]
    confidence: float
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Edit:
    """A decision: ``before`` at ``span`` of the original text becomes ``after``.

    ``margin`` is how far, in nats, the chosen candidate beats the next best reading, keeping the text
    included; ``confidence`` is the probability that the change is right.
    """

    span: Span
    before: str
    after: str
    rule_id: str
    message: str
    candidates: tuple[Candidate, ...]
    margin: float
    confidence: float
    evidence: tuple[Evidence, ...] = ()

    def as_finding(self) -> Finding:
        """The same decision as something to report and not yet done."""
        return Finding(
            self.span,
            self.before,
            self.rule_id,
            Severity.ERROR,
            self.message,
            self.candidates,
            self.confidence,
            self.evidence,
        )


@dataclass(frozen=True, slots=True)
class SpinScore:
    """How much of a document the spinner touched, and what speaks for it.

    ``score`` is in [0, 1], the document gate opens at 0.5; ``rate`` is the share of words outside
    protected text that stand in a suspected phrase; ``repairs_quotations`` says whether quoted speech, or
    some of it, was open to repair.
    """

    score: float
    rate: float
    evidence: tuple[Evidence, ...] = ()
    repairs_quotations: bool = False


class Ruling(StrEnum):
    """What was decided about a change."""

    ACCEPT = "accept"  # it is made, however sure the engine is of it
    REJECT = "reject"  # it is never made and never reported
    BASELINE = "baseline"  # known since the baseline was taken: neither made nor reported


@dataclass(frozen=True, slots=True)
class Decision:
    """What a user decided about some words, found again by these words and those around them.

    Attributes:
        ruling: what was decided.
        text: the words as they stand, each gap a blank.
        replacement: what takes their place; only for what is accepted.
        before: the folded words in front of them, in their order; see `cleanup.decisions.places`.
        after: the folded words behind them.
        rule: the rule that found them, for people.
        path: the document where it was decided, with slashes, from the directory of the decisions.
        anywhere: whether the words around them do not matter.

    """

    ruling: Ruling
    text: str
    replacement: str = ""
    before: str = ""
    after: str = ""
    rule: str = ""
    path: str = ""
    anywhere: bool = False


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision and the place in a document that it speaks of."""

    span: Span
    decision: Decision


@dataclass(frozen=True, slots=True)
class Result:
    """All that happened to one document; every report is made from it.

    ``edits`` are sorted, disjoint and inside ``before``; applying them gives ``after``, inverting them
    gives ``before`` again.  ``unfixed`` are findings that were reported and left alone.  ``notes`` are
    lines for people, such as why a document was skipped or which suppression did nothing.  ``decided`` are
    the places that a user has decided about; spans are those of ``before``.
    """

    path: str
    before: str
    after: str
    edits: tuple[Edit, ...]
    unfixed: tuple[Finding, ...]
    spin: SpinScore
    notes: tuple[str, ...] = ()
    decided: tuple[Decided, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Edits and unfixed findings together, in the order of the text."""
        both = [*(edit.as_finding() for edit in self.edits), *self.unfixed]
        return tuple(sorted(both, key=lambda finding: (finding.span, finding.rule_id)))
