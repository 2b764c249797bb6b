"""Rules as their authors write them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cleanup.datatypes import Severity
from cleanup.inflection import plural, verb_forms

#: Each place down in a rule's list of originals costs this many nats: a later original is taken only when
#: the source model or the document speaks clearly for it, because authors know their order.
NATS_PER_PLACE = 3.0

STRONG_CONFIDENCE = 0.95
GATED_CONFIDENCE = 0.8


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, or one form of a lexicon, as written.

    ``log_channels`` go with ``original``: log P(spun | original) up to a constant, in nats.
    ``line`` is where the rule begins in ``path``, counted from one.  ``waives_examples`` is said of a whole
    file: its rules come from a list and need not prove themselves.
    """

    pack: str
    name: str
    path: str
    line: int
    spun: tuple[str, ...]
    original: tuple[str, ...]
    log_channels: tuple[float, ...]
    severity: Severity = Severity.ERROR
    needs_spun_document: bool = False
    confidence: float = STRONG_CONFIDENCE
    inflect: str = ""
    match_case: bool = False
    when: str = ""
    unless: str = ""
    message: str = ""
    fixes: tuple[tuple[str, str], ...] = ()
    finds: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    origin: str = "rule"
    waives_examples: bool = False

    @property
    def id(self) -> str:
        """The full name: pack and rule."""
        return f"{self.pack}/{self.name}"

    def forms(self) -> list[tuple[str, tuple[str, ...]]]:
        """Every spun form with its originals, the inflected ones behind those as written."""
        forms = [(spun, self.original) for spun in self.spun]
        if self.inflect == "noun":
            forms += [(plural(spun), tuple(map(plural, self.original))) for spun in self.spun]
        elif self.inflect == "verb":
            for spun in self.spun:
                originals = [verb_forms(original) for original in self.original]
                rows = zip(*originals, strict=True) if originals else ((), (), ())
                forms += list(zip(verb_forms(spun), rows, strict=True))
        return list(dict(forms).items())


def log_channels_by_place(count: int) -> tuple[float, ...]:
    """The channel weights of originals that are listed likeliest first."""
    return tuple(-NATS_PER_PLACE * place for place in range(count))


def log_channels_by_weight(weights: list[float]) -> tuple[float, ...]:
    """The channel weights of originals whose probabilities a lexicon states."""
    return tuple(math.log(weight) for weight in weights)


@dataclass(frozen=True, slots=True)
class Pack:
    """One file of rules."""

    name: str
    title: str
    path: str
    source: str
    licence: str
    rules: tuple[Rule, ...]
