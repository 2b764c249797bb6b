"""The page on many papers: a table to sort, and the phrases of each paper in their sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import resources

from cleanup import __version__
from cleanup.report.page.assets import head
from cleanup.report.page.text import escaped
from cleanup.screening.reports import CAUTION, in_short
from cleanup.screening.screen import (
    CLEAN_WORDS_FOR_ONE,
    STRONG_CHANCE,
    STRONG_PHRASES,
    Phrase,
    Screened,
    Strength,
)

_CLASSES = {
    Strength.STRONG: "strong",
    Strength.SOME: "some",
    Strength.NONE: "none",
    Strength.UNKNOWN: "unknown",
}
_COLUMNS = ("Evidence", "Phrases", "Occurrences", "per 1,000 words", "Words", "Spin score", "Paper")


def html_page(papers: Sequence[Screened]) -> str:
    """One self-contained page; nothing loads, and only its own style and script run."""
    style, script = _asset("page.css"), _asset("page.js")
    rows = "".join(_row(number, paper) for number, paper in enumerate(papers, 1))
    details = "".join(_details(number, paper) for number, paper in enumerate(papers, 1) if paper.phrases)
    heads = "".join(_head(name) for name in _COLUMNS)
    return (
        f"{head('Papers screened', style, script)}<body>\n"
        f"<header><h1>Papers screened</h1>\n<p>{in_short(papers) or 'No paper was looked at'}.</p>\n"
        f"<p>{escaped(CAUTION)}</p>{_TERMS}</header>\n"
        '<main>\n<p class="tools" hidden><label>Show papers with '
        '<input id="filter" type="search" placeholder="a word of path, title or phrase"></label>'
        '<span id="shown" role="status"></span></p>\n'
        f'<table id="papers"><thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody></table>\n'
        f"{details}</main>\n<footer><p>Made by cleanup {escaped(__version__)}.</p></footer>\n"
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


_TERMS = f"""
<details><summary>What the words of this page mean</summary>
<dl>
<dt>phrase</dt><dd>a stretch of text that reads like an established term in other words, as
<i>profound learning</i> does for deep learning. References, citations, quotations and addresses are not
looked at, and their words are not counted.</dd>
<dt>strong evidence</dt><dd>{STRONG_PHRASES} or more different phrases that need no company, so many that a
clean paper of this length would show as many less often than once in {round(1 / STRONG_CHANCE):,} cases. In
clean papers there is one such phrase in {CLEAN_WORDS_FOR_ONE:,} words.</dd>
<dt>some evidence</dt><dd>at least one phrase, and not so many.</dd>
<dt>none</dt><dd>no phrase was found, which does not show that a paper is sound.</dd>
<dt>in company</dt><dd>a weaker phrase that is listed because the evidence is strong without it, or because
the whole text reads as altered. It adds nothing to the evidence.</dd>
<dt>spin score</dt><dd>how likely it is that a program put synonyms into the whole text, 0 to 1.</dd>
</dl></details>
"""


def _asset(name: str) -> str:
    return resources.files("cleanup.screening").joinpath(name).read_text(encoding="utf-8")


def _head(name: str) -> str:
    return f'<th scope="col" aria-sort="none"><button type="button">{escaped(name)}</button></th>'


def _row(number: int, paper: Screened) -> str:
    values: list[tuple[object, str]] = [(list(Strength).index(paper.strength), escaped(paper.strength.value))]
    if paper.note:
        values += [("", "")] * 5
    else:
        values += [
            (paper.distinct, f"{paper.distinct}"),
            (len(paper.phrases), f"{len(paper.phrases)}"),
            (f"{paper.per_thousand:.4f}", f"{paper.per_thousand:.2f}"),
            (paper.words, f"{paper.words:,}"),
            (f"{paper.spin.score:.4f}", f"{paper.spin.score:.2f}"),
        ]
    cells = "".join(f'<td data-v="{value}">{shown}</td>' for value, shown in values)
    name = f'<span dir="auto">{escaped(paper.path)}</span>'
    linked = f'<a href="#p{number}">{name}</a>' if paper.phrases else name
    note = f'<br><span class="note">{escaped(paper.note)}</span>' if paper.note else ""
    title = f'<br><cite dir="auto">{escaped(paper.title)}</cite>' if paper.title else ""
    paper_cell = f'<th scope="row" data-v="{number}">{linked}{title}{note}</th>'
    return f'<tr class="{_CLASSES[paper.strength]}" data-p="{number}">{cells}{paper_cell}</tr>\n'


def _details(number: int, paper: Screened) -> str:
    title = f' <cite dir="auto">{escaped(paper.title)}</cite>' if paper.title else ""
    facts = (
        f"{paper.strength.value}: {paper.distinct} different phrases in {len(paper.phrases)} places, "
        f"{paper.counted} of them need no company; a clean paper of {paper.words:,} words would show as many "
        f"with a chance of {paper.chance:.2g}."
    )
    items = "".join(_items(paper))
    return (
        f'<section id="p{number}" class="{_CLASSES[paper.strength]}" aria-labelledby="h{number}">'
        f'<h2 id="h{number}"><span dir="auto">{escaped(paper.path)}</span>{title}</h2>\n'
        f"<p>{facts}</p>\n<ol>\n{items}</ol>\n</section>\n"
    )


def _items(paper: Screened) -> Iterator[str]:
    for phrase in paper.phrases:
        yield (
            f'<li class="{phrase.standing.value}"><p class="w"><span class="at">'
            f"{paper.unit} {phrase.place}</span> <mark>{escaped(phrase.text)}</mark> "
            f"for <b>{escaped(phrase.expected)}</b></p>\n"
            f'<blockquote dir="auto">{_sentence(phrase)}</blockquote>\n'
            f'<p class="f">confidence {phrase.confidence:.0%} · {escaped(phrase.reason)} · '
            f"<code>{escaped(phrase.rule_id)}</code></p></li>\n"
        )


def _sentence(phrase: Phrase) -> str:
    return f"{escaped(phrase.before)}<mark>{escaped(phrase.text)}</mark>{escaped(phrase.after)}"
