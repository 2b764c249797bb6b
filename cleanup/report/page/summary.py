"""What stands above a text: the spin score with what speaks for it, and the counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cleanup.datatypes import Evidence, Result
from cleanup.report.page.text import escaped

GATE = 0.5  # the spin score from which a document counts as spun, see `SpinScore`
_MOST_REASONS = 5  # shown at once; the others are folded away


def count(number: int, noun: str) -> str:
    """The number with its noun.

    >>> count(1, "change"), count(2, "change")
    ('1 change', '2 changes')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def index(results: Sequence[Result]) -> str:
    """A table of the files, where there is more than one."""
    if len(results) == 1:
        return ""
    rows = "".join(_index_row(number, result) for number, result in enumerate(results, 1))
    empty = "" if results else "<p>No file was looked at.</p>\n"
    columns = ("Spin score", "Changes", "Left as found")
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("File", *columns))
    return (
        '<nav class="index card" aria-labelledby="files"><h2 id="files">Files</h2>'
        f"{empty}<table><thead><tr>{heads}</tr></thead><tbody>\n{rows}</tbody></table></nav>\n"
    )


def _index_row(number: int, result: Result) -> str:
    score = share(result.spin.score)
    kind = "bar hot" if score >= GATE else "bar"
    return (
        f'<tr><th scope="row"><a href="#f{number}">{escaped(result.path)}</a></th>'
        f"<td>{_bar(kind, score)}{score:.2f}</td>"
        f"<td>{len(result.edits)}</td><td>{len(result.unfixed)}</td></tr>\n"
    )


def _bar(kind: str, score: float) -> str:
    return (
        f'<svg class="{kind}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" width="100" height="8" rx="4"/>'
        f'<rect width="{100 * score:.0f}" height="8" rx="4"/></svg>'
    )


def share(score: float) -> float:
    """The score, kept in the interval from 0 to 1."""
    return min(max(score, 0.0), 1.0)


def summary(result: Result) -> str:
    """The spin score with what speaks for it, and the counts."""
    score = share(result.spin.score)
    verdict = "reads as spun" if score >= GATE else "reads as its author wrote it"
    kind = "ring hot" if score >= GATE else "ring"
    ring = (
        f'<svg class="{kind}" viewBox="0 0 100 100" role="img" aria-label="Spin score {score:.2f} of 1">'
        '<circle cx="50" cy="50" r="43"/>'
        '<circle class="arc" cx="50" cy="50" r="43" pathLength="100"'
        f' stroke-dasharray="{100 * score:.1f} 200"/>'
        f'<text x="50" y="50">{score:.2f}</text><text class="unit" x="50" y="68">spin score</text></svg>'
    )
    figures = (
        (f"{len(result.edits)}", "changes"),
        (f"{len(result.unfixed)}", "left as found"),
        (f"{result.spin.rate:.0%}", "of the words suspected"),
    )
    rows = "".join(f"<div><dt>{name}</dt><dd>{figure}</dd></div>" for figure, name in figures)
    return (
        f'<section class="summary card" aria-label="Summary">{ring}'
        f'<div class="why"><p class="verdict">The text {verdict}.</p>'
        f"{_spin_reasons(result.spin.evidence)}</div>\n"
        f"<dl>{rows}</dl></section>\n"
    )


def _spin_reasons(evidence: Sequence[Evidence]) -> str:
    first, more = evidence[:_MOST_REASONS], evidence[_MOST_REASONS:]
    folded = f"<details><summary>{len(more)} more</summary>{reasons(more)}</details>" if more else ""
    return reasons(first) + folded


def reasons(evidence: Sequence[Evidence]) -> str:
    """Pieces of evidence as a list; nothing where there are none."""
    rows = "".join(f"<li><i>{escaped(each.kind)}</i> {escaped(each.text)}</li>" for each in evidence)
    return f'<ul class="reasons">{rows}</ul>' if rows else ""


def known(digests: Mapping[str, str] | None) -> str:
    """What is known of the file's bytes, folded away."""
    if not digests:
        return ""
    rows = "".join(
        f"<div><dt>{escaped(name.replace('_', ' '))}</dt><dd>{escaped(value)}</dd></div>"
        for name, value in sorted(digests.items())
    )
    return f'<details class="known"><summary>The file’s bytes</summary><dl>{rows}</dl></details>'
