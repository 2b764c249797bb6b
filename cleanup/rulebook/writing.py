"""Rules as the text of a rule file, for the commands that write rules."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule to be written: the keys of `rules/README.md`, those that are empty left out.

    ``remarks`` are lines of comment above the rule, for whoever reads it over.
    """

    id: str
    spun: Sequence[str]
    original: Sequence[str]
    severity: str = ""
    needs: str = ""
    confidence: float = 0.0
    inflect: str = ""
    when: str = ""
    unless: str = ""
    message: str = ""
    fixes: Sequence[tuple[str, str]] = ()
    finds: Sequence[str] = ()
    keeps: Sequence[str] = ()
    remarks: Sequence[str] = ()

    def text(self) -> str:
        """The rule as TOML, a blank line before it."""
        lines = ["", *(f"# {_comment(remark)}" for remark in self.remarks), "[[rule]]"]
        lines.append(f"id       = {_string(self.id)}")
        lines.append(f"spun     = [{', '.join(map(_string, self.spun))}]")
        lines.append(f"original = [{', '.join(map(_string, self.original))}]")
        for key in ("severity", "needs", "inflect", "when", "unless", "message"):
            if getattr(self, key):
                lines.append(f"{key:8} = {_string(getattr(self, key))}")
        if self.confidence:
            lines.append(f"confidence = {self.confidence:g}")
        if self.fixes:
            pairs = [f"    [{_string(before)}, {_string(after)}]," for before, after in self.fixes]
            lines += ["fixes    = [", *pairs, "]"]
        for key in ("finds", "keeps"):
            sentences = getattr(self, key)
            if sentences:
                lines.append(f"{key:8} = [{', '.join(map(_string, sentences))}]")
        return "\n".join(lines) + "\n"


def pack_head(title: str, source: str, licence: str, *, waives_examples: bool = False) -> str:
    """The head of a rule file."""
    head = f"title   = {_string(title)}\nsource  = {_string(source)}\nlicence = {_string(licence)}\n"
    return head + ('examples = "waived"\n' if waives_examples else "")


def slug(phrase: str, taken: Sequence[str] | frozenset[str] | set[str] = ()) -> str:
    """A name for a rule, made from a phrase and unlike those that are taken.

    >>> slug("Alzheimer's disease"), slug("log in", {"log-in"})
    ('alzheimers-disease', 'log-in-2')
    """
    name = re.sub(r"[^a-z0-9]+", "-", re.sub(r"['’]", "", phrase.lower())).strip("-") or "rule"
    if name not in taken:
        return name
    # Double the number until it is free, then halve the gap: names by the thousand cost little.
    used, free = 1, 2
    while f"{name}-{free}" in taken:
        used, free = free, free * 2
    while free - used > 1:
        middle = (used + free) // 2
        used, free = (middle, free) if f"{name}-{middle}" in taken else (used, middle)
    return f"{name}-{free}"


def _comment(text: str) -> str:
    """A text for one line of comment, where TOML allows no control characters."""
    return " ".join("".join(sign for sign in text if sign.isprintable() or sign.isspace()).split())


def _string(text: str) -> str:
    """A TOML string: literal where it holds backslashes, as patterns do, else basic, escaped as in JSON."""
    if "\\" in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
