"""What people and programs get to see of screened papers: a table for the terminal, CSV, JSON, HTML."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from cleanup.report.terminal import styled
from cleanup.report.visible import make_visible
from cleanup.screening.screen import CLEAN_WORDS_FOR_ONE, Phrase, Screened, Strength

#: What stands in every report: what a finding is, and what it is not.
CAUTION = (
    "A phrase by itself proves nothing: it may be an unusual but honest wording, a translation, or a "
    "quotation. Read it in its sentence before you judge, and see docs/screening.md for what was counted."
)

_HEADS = ("evidence", "phrases", "places", "/1,000", "words", "spin", "paper")


def as_text(papers: Sequence[Screened], *, colour: bool = False, width: int = 0) -> str:
    """A table of the papers, and below it the phrases of each that has any."""
    if not papers:
        return ""
    rows = [_row(paper) for paper in papers]
    widths = [max(len(head), *(len(row[at]) for row in rows)) for at, head in enumerate(_HEADS[:-1])]
    lines = [_aligned(_HEADS, widths)]
    for paper, row in zip(papers, rows, strict=True):
        shade = {Strength.STRONG: "red", Strength.SOME: "yellow"}.get(paper.strength, "")
        lines.append(styled(_aligned(row, widths), shade, colour=colour))
    for paper in papers:
        if paper.phrases:
            lines += ["", _heading(paper, colour=colour), *_phrases(paper, colour=colour, width=width)]
    if any(paper.phrases for paper in papers):
        lines += ["", CAUTION]
    return "\n".join(lines) + "\n"


def in_short(papers: Sequence[Screened]) -> str:
    """How many papers there are, and how many of each strength; empty where there are none."""
    noun = "paper" if len(papers) == 1 else "papers"
    counts = ((strength, sum(paper.strength is strength for paper in papers)) for strength in Strength)
    named = [f"{count:,} {strength.value}" for strength, count in counts if count]
    return f"{len(papers):,} {noun}: {', '.join(named)}" if papers else ""


def _row(paper: Screened) -> tuple[str, ...]:
    path = make_visible(paper.path)
    if paper.note:
        return (paper.strength.value, "-", "-", "-", "-", "-", path)
    return (
        paper.strength.value,
        f"{paper.distinct}",
        f"{len(paper.phrases)}",
        f"{paper.per_thousand:.2f}",
        f"{paper.words:,}",
        f"{paper.spin.score:.2f}",
        path,
    )


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        row[0].ljust(widths[0]),
        *(cell.rjust(wide) for cell, wide in zip(row[1:-1], widths[1:], strict=True)),
    ]
    return "  ".join([*cells, row[-1]])


def _heading(paper: Screened, *, colour: bool) -> str:
    path, title = make_visible(paper.path), make_visible(paper.title)
    return f"{styled(path, 'strong', colour=colour)}  {title}".rstrip()


def _phrases(paper: Screened, *, colour: bool, width: int) -> list[str]:
    lines = []
    for phrase in paper.phrases:
        words = f"{make_visible(phrase.text)} -> {make_visible(phrase.expected)}"
        facts = f"{phrase.confidence:.0%}, {phrase.standing.value}, {make_visible(phrase.rule_id)}"
        lines.append(f"  {paper.unit} {phrase.place}: {words}  ({facts})")
        context = "      " + make_visible(f"{phrase.before}[{phrase.text}]{phrase.after}")
        context = context if not width or len(context) <= width else context[: width - 2] + " …"
        lines.append(styled(context, "quiet", colour=colour))
    return lines


def as_json(papers: Sequence[Screened]) -> str:
    """One line of JSON for each paper."""
    return "".join(json.dumps(_object(paper), ensure_ascii=False) + "\n" for paper in papers)


def _object(paper: Screened) -> dict[str, Any]:
    return {
        "path": paper.path,
        "title": paper.title,
        "strength": paper.strength.value,
        "note": paper.note,
        "words": paper.words,
        "distinct_phrases": paper.distinct,
        "distinct_phrases_that_need_no_company": paper.counted,
        "occurrences": len(paper.phrases),
        "occurrences_per_1000_words": round(paper.per_thousand, 3),
        "chance_in_a_clean_paper": float(f"{paper.chance:.3g}"),
        "clean_words_for_one_phrase": CLEAN_WORDS_FOR_ONE,
        "spin_score": round(paper.spin.score, 4),
        "phrases": [_phrase_object(phrase, paper.unit) for phrase in paper.phrases],
    }


def _phrase_object(phrase: Phrase, unit: str) -> dict[str, Any]:
    return {
        "phrase": phrase.text,
        "expected": phrase.expected,
        unit: phrase.place,
        "confidence": round(phrase.confidence, 4),
        "standing": phrase.standing.value,
        "rule": phrase.rule_id,
        "reason": phrase.reason,
        "before": phrase.before,
        "after": phrase.after,
    }


_FINDING_COLUMNS = (
    "paper", "title", "evidence", "page", "line", "phrase", "expected", "confidence", "standing", "rule",
    "reason", "sentence",
)  # fmt: skip
_SUMMARY_COLUMNS = (
    "paper", "title", "evidence", "distinct phrases", "that need no company", "occurrences",
    "per 1,000 words", "words", "chance in a clean paper", "spin score", "note",
)  # fmt: skip


def as_csv(papers: Sequence[Screened]) -> str:
    """One row for each occurrence of a phrase."""
    return _csv(
        _FINDING_COLUMNS,
        [
            (
                paper.path, paper.title, paper.strength.value,
                phrase.place if paper.unit == "page" else "", phrase.place if paper.unit == "line" else "",
                phrase.text, phrase.expected, f"{phrase.confidence:.2f}", phrase.standing.value,
                phrase.rule_id, phrase.reason, f"{phrase.before}{phrase.text}{phrase.after}".strip(),
            )
            for paper in papers
            for phrase in paper.phrases
        ],
    )  # fmt: skip


def summary_csv(papers: Sequence[Screened]) -> str:
    """One row for each paper."""
    return _csv(
        _SUMMARY_COLUMNS,
        [
            (
                paper.path, paper.title, paper.strength.value, paper.distinct, paper.counted,
                len(paper.phrases), f"{paper.per_thousand:.3f}", paper.words, f"{paper.chance:.3g}",
                f"{paper.spin.score:.2f}", paper.note,
            )
            for paper in papers
        ],
    )  # fmt: skip


def _csv(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Rows as RFC 4180 has them, with cells that no spreadsheet takes for a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([inert(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return out.getvalue()


_FORMULA_SIGNS = frozenset("=+-@＝＋－＠")


def inert(cell: str) -> str:
    """A cell with its unseen characters shown, and an apostrophe before what would be a formula.

    >>> inert("=1+1"), inert(" @SUM(A1)"), inert("deep learning")
    ("'=1+1", "' @SUM(A1)", 'deep learning')
    """
    text = make_visible(cell)
    return f"'{text}" if text.lstrip()[:1] in _FORMULA_SIGNS and text.strip() else text


def _html(papers: Sequence[Screened]) -> str:
    from cleanup.screening.as_html import html_page

    return html_page(papers)


#: Reports by the name of their format.
FORMATS: Mapping[str, Callable[[Sequence[Screened]], str]] = MappingProxyType(
    {"text": as_text, "csv": as_csv, "json": as_json, "html": _html}
)
