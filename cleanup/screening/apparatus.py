"""What in a paper is not its author's own prose: references, citations, quotations, addresses.

Phrases that stand there are another author's, so they are not counted.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cleanup.datatypes import Kind, Span
from cleanup.document import Document

# Numbers and marks in front of a heading and behind it: "7.", "VII.", "##", "**", "[", ":".
_NUMBER = r"(?:(?:section\s+)?(?:\d{1,2}(?:\.\d{1,2})*|[IVX]{1,5}|[A-Z])[.):]?\s+)?"
_HEADING = re.compile(
    rf"[\W_]*{_NUMBER}(?:"
    r"(?:(?:list|table)\s+of\s+|selected\s+|cited\s+|main\s+|additional\s+|bibliographic(?:al)?\s+)?"
    r"(?:references?|bibliograph(?:y|ies)|literature|citations)"
    r"(?:\s+(?:list|cited|references?|section|consulted))?"
    r"(?:\s*(?:and|&|/)\s*(?:further\s+reading|foot\s?notes|(?:end)?notes|links|bibliography|citations|sources))?"
    r"|(?:notes|footnotes|sources)\s+(?:and|&)\s+(?:references|literature)"
    r"|(?:works|literature|papers|sources|publications)\s+(?:cited|referenced|consulted)|reference\s+list"
    r"|sources|further\s+reading|endnotes"
    r"|r\s+e\s+f\s+e\s+r\s+e\s+n\s+c\s+e\s+s|b\s+i\s+b\s+l\s+i\s+o\s+g\s+r\s+a\s+p\s+h\s+y"
    r")[\W_]*",
    re.IGNORECASE,
)
# A heading and the first entry on one line, as some PDFs give them.
_RUN_IN = re.compile(
    rf"[\W_]*{_NUMBER}(?:references|bibliography)(?:\s*[:.])?\s+(?=\[1\]|1\.\s)", re.IGNORECASE
)

# What comes behind the references and is the author's prose again, or at least a section of its own.
_BACK_MATTER = re.compile(
    rf"[\W_]*{_NUMBER}(?:(?:append(?:ix|ices)|annex(?:es)?|supplement(?:ary|al|s)?|supporting\s+information"
    r"|online\s+(?:resources?|supplement)|acknowledge?ments?|funding|declarations?|ethics?"
    r"|(?:conflicts?|competing)\s+(?:of\s+)?interests?|authors?['’]?s?\s+contributions?|credit\s+author"
    r"|data\s+availability|availability\s+of|code\s+availability|about\s+the\s+authors?"
    r"|author\s+biograph(?:y|ies)|publisher['’]?s\s+note|additional\s+(?:results|figures|tables|details))\b"
    r"[^.,;]*[.:]?|(?:abbreviations|notation|nomenclature|glossary|biograph(?:y|ies)|introduction|background"
    r"|related\s+work|(?:materials?\s+and\s+)?methods?|results(?:\s+and\s+discussion)?|discussion"
    r"|conclusions?|proofs?)[\W_]*)",
    re.IGNORECASE,
)
_LONGEST_HEADING = 90

# What the entries of a list of references have, and prose seldom has.
_ENTRY_MARK = re.compile(
    r"^\s*(?:\[[\w+]{1,12}\]|\(?\d{1,3}[.)]\s)|\b(?:1[89]|20)\d\d[a-z]?\b|\bet\s+al\b|\bdoi\b|\b10\.\d{4,9}/"
    r"|\b(?:pp?|vol|no|eds?)\.|(?<!\d)\d{1,6}\s?\(\d{1,6}\)|\b\d{1,6}\s?[-–]\s?\d{1,6}\b|\b[A-Z]\.(?:\s?-?[A-Z]\.){0,9},|https?://",
    re.MULTILINE,
)
_LOOK_AHEAD = 12
# Behind these headings one mark soon is enough; under others there may be anything.
_SURE_HEADING = re.compile(r"references|bibliograph|literature\s+cited|works\s+cited", re.IGNORECASE)
_SOON = 4
_LEAST_SHARE = 0.3
# A paragraph of so many words without such a mark is prose again.
_LONG_PROSE = 60
# A list without a heading is one when so many numbered entries follow each other.
_LEAST_ENTRIES = 5

_BRACKETED = re.compile(r"\(([^()]{4,500})\)|\[([^\[\]]{1,300})\]")
_NUMBERS = re.compile(
    r"\s*\d{1,4}[a-z]?(?:\s*(?:[-–—,;]|and|&)\s*\d{1,4}[a-z]?)*(?:,\s*[a-z]{1,5}\.?\s[^,;]{1,30})?\s*"
)
_NAMED_YEAR = re.compile(
    r"[^\W\d_a-z][\w’'.\-]*(?:\s+et\s+al\.?)?(?:(?:\s*[,&]\s*|\s+and\s+)(?:et\s+al\.?|[^\W\d_a-z][\w’'.\-]*))*,?\s*"
    r"(?:\(|:)?\s*(?:(?:1[89]|20)\d\d[a-z]?\b|in\s+press\b|forthcoming\b|n\.d\.)"
)
_NARRATIVE = re.compile(
    r"(?<![\w’'-])[^\W\d_a-z][\w’'\-]+(?:\s+et\s+al\.?|\s+(?:and|&)\s+[^\W\d_a-z][\w’'\-]+)?(?:['’]s)?\s+\((?:1[89]|20)\d\d[a-z]?\)"
)
_IDENTIFIER = re.compile(r"\b10\.\d{4,9}/\S+|\barXiv:\s?\S+|\bdoi:\s?\S+|\bPMID:?\s?\d+", re.IGNORECASE)
_QUOTED = re.compile(r"``[^`\n]{1,300}''|(?<!\w)[‘'][^‘’'\n]{2,160}[’'](?!\w)")
_TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class _Unit:
    """A line, or in HTML a block: where it stands and what a reader sees of it."""

    span: Span
    text: str
    begins: bool  # a paragraph


def apparatus(document: Document) -> list[Span]:
    """The stretches of a document that are not counted, sorted and disjoint."""
    text = document.text
    found = reference_sections(document)
    found += [item.span for item in document.protected]
    found += [
        Span(*match.span())
        for pattern in (_NARRATIVE, _IDENTIFIER, _QUOTED)
        for match in pattern.finditer(text)
    ]
    for match in _BRACKETED.finditer(text):
        inside = match[1] or match[2] or ""
        if (match[2] and _NUMBERS.fullmatch(inside)) or _NAMED_YEAR.search(inside):
            found.append(Span(*match.span()))
    joined: list[Span] = []
    for span in sorted(found):
        if joined and span.start < joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(span.end, joined[-1].end))
        else:
            joined.append(span)
    return joined


def reference_sections(document: Document) -> list[Span]:
    """Where the lists of references stand; what comes behind one, such as an appendix, is no part of it."""
    units = list(_units(document))
    sections, at = [], 0
    while at < len(units):
        if _begins_references(units, at):
            end = _end_of_references(units, at + 1)
            stop = units[end].span.start if end < len(units) else len(document.text)
            sections.append(Span(units[at].span.start, stop))
            at = end
        else:
            at += 1
    return sections


def _units(document: Document) -> Iterator[_Unit]:
    text = document.text
    if document.kind is Kind.HTML:
        for block in document.prose.blocks:
            yield _Unit(block, html.unescape(_TAG.sub("", text[block.start : block.end])).strip(), True)
        return
    start, begins = 0, True
    for line in text.splitlines(keepends=True):
        if line.strip():
            yield _Unit(Span(start, start + len(line)), line.strip(), begins)
        begins = not line.strip()
        start += len(line)


def _begins_references(units: Sequence[_Unit], at: int) -> bool:
    text = units[at].text
    if len(text) <= _LONGEST_HEADING and _HEADING.fullmatch(text):
        marks = [bool(_ENTRY_MARK.search(unit.text)) for unit in units[at + 1 : at + 1 + _LOOK_AHEAD]]
        if _SURE_HEADING.search(text):
            return any(marks[:_SOON])
        return any(marks) and sum(marks) >= _LEAST_SHARE * len(marks)
    return bool(_RUN_IN.match(text)) or (text.startswith(("[1]", "1. ")) and _is_numbered_list(units, at))


def _is_numbered_list(units: Sequence[_Unit], at: int) -> bool:
    """Whether entries numbered from one follow each other from here on, each with what entries have."""
    is_bracketed, wanted, marked = units[at].text.startswith("["), 1, 0
    for number in range(at, min(at + 6 * _LEAST_ENTRIES, len(units))):
        if units[number].text.startswith(f"[{wanted}]" if is_bracketed else f"{wanted}. "):
            entry = " ".join(unit.text for unit in units[number : number + 3])
            marked += bool(_YEAR.search(entry) and (is_bracketed or _NAMES.search(entry)))
            wanted += 1
    return wanted > _LEAST_ENTRIES and marked >= 0.8 * (wanted - 1)


# Initials of authors, which lists of other things do not have.
_NAMES = re.compile(r"\b[A-Z]\.(?:\s?-?[A-Z]\.)*\s?[A-Z]?|\b[A-Z][\w’'-]+,?\s[A-Z]{1,3}[,.]")


_YEAR = re.compile(r"\b(?:1[89]|20)\d\d[a-z]?\b")


def _end_of_references(units: Sequence[_Unit], at: int) -> int:
    """The number of the first unit behind a list of references."""
    for end in range(at, len(units)):
        text = units[end].text
        if len(text) <= _LONGEST_HEADING and _BACK_MATTER.fullmatch(text) and not _YEAR.search(text):
            return end
        if units[end].begins and _is_prose(units, end):
            return end
    return len(units)


def _is_prose(units: Sequence[_Unit], at: int) -> bool:
    """Whether a long paragraph begins here that has nothing of a reference."""
    words = 0
    for number in range(at, len(units)):
        unit = units[number]
        if number > at and unit.begins:
            return False
        if _ENTRY_MARK.search(unit.text):
            return False
        words += len(unit.text.split())
        if words >= _LONG_PROSE:
            return True
    return False
