"""What a language model found in a corpus, as proposals that the engine can use without it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cleanup.datatypes import Finding, Result
from cleanup.document import folded_tokens
from cleanup.files import sha256
from cleanup.readings import MOST_MARGIN
from cleanup.verdict import OPEN

#: A pair is proposed when it was found so often, with such a share of belief in it.
LEAST_SEEN = 2
LEAST_SHARE = 0.3

#: Findings of less confidence than this are no evidence.
LEAST_CONFIDENCE = 0.05

# The line of a lexicon that says what it held when it was written; its digest is that of all other lines.
_DIGEST = b"# sha256: "


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pair for the lexicon.

    ``weight`` is how likely the spun form stands for this original in a spun document: the sum of the
    confidences over the places where the form was suspected.  ``margin`` is the mean of what the language
    model said for it, in nats, each cut off at `MOST_MARGIN`.
    """

    spun: str
    original: str
    weight: float
    seen: int
    margin: float

    def row(self) -> str:
        """The pair as a row of a lexicon, what speaks for it in the fourth field."""
        evidence = f"{self.seen} places, mean margin {self.margin:+.1f} nats"
        return f"{self.spun}\t{self.original}\t{self.weight:.3f}\t{evidence}\n"


@dataclass
class Harvest:
    """What was found so far, document by document."""

    documents: int = 0
    spun_documents: int = 0
    _places: Counter[str] = field(default_factory=Counter)
    _shares: defaultdict[tuple[str, str], list[tuple[float, float]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def add(self, result: Result) -> None:
        """Count the findings of the thesaurus in a spun document."""
        self.documents += 1
        if result.spin.score < OPEN:
            return
        self.spun_documents += 1
        for finding in result.findings:
            if finding.rule_id.startswith("thesaurus/") and finding.candidates:
                self._count(finding)

    def _count(self, finding: Finding) -> None:
        spun = " ".join(folded_tokens(finding.text))
        best = finding.candidates[0]
        # A pair of single words with an apostrophe or a hyphen inside is more than the lexicon can say.
        if not spun.replace(" ", "").isalpha() or not best.text.replace(" ", "").isalpha():
            return
        self._places[spun] += 1
        self._shares[spun, best.text].append((finding.confidence, best.log_model or 0.0))

    def proposals(self) -> Iterator[Proposal]:
        """The pairs worth proposing, the surest first."""
        found = []
        for (spun, original), places in self._shares.items():
            weight = min(sum(confidence for confidence, _ in places) / self._places[spun], 0.95)
            if len(places) >= LEAST_SEEN and weight >= LEAST_SHARE and spun != original.lower():
                margin = sum(said for _, said in places) / len(places)
                found.append(Proposal(spun, original, weight, len(places), margin))
        # The original of one pair must not be the spun form of another: the surer one stays.
        taken: dict[str, str] = {}
        for item in sorted(found, key=lambda item: (-item.weight * item.seen, item.spun, item.original)):
            original = item.original.lower()
            if (
                taken.setdefault(item.spun, "spun") == "spun"
                and taken.setdefault(original, "original") != "spun"
            ):
                yield item


def lexicon(proposals: Sequence[Proposal], source: str) -> bytes:
    """The proposals as a lexicon, with the comment lines that it needs."""
    head = (
        f"# source: {source}\n# licence: that of whoever ran it: bare pairs of words, no text of the corpus\n"
        "# Weight: how likely, in a spun document, this form stands for this original.\n"
        f"# Margin: of the language model; no single one counts as more than {MOST_MARGIN:.0f} nats.\n"
    ).encode()
    rows = "".join(item.row() for item in sorted(proposals, key=lambda item: item.spun)).encode()
    return head + _DIGEST + sha256(head + rows).encode() + b"\n" + rows


def is_ours(data: bytes) -> bool:
    """Whether a lexicon is, byte for byte, as `lexicon` wrote one."""
    head, found, rest = data.partition(_DIGEST)
    digest, _, rows = rest.partition(b"\n")
    return bool(found) and digest == sha256(head + rows).encode()
