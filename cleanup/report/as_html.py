"""The HTML report: one page that works offline, without a script and on paper."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import TYPE_CHECKING

from cleanup import __version__
from cleanup.errors import FileError
from cleanup.report.as_json import document_object, dumps
from cleanup.report.places import Lines
from cleanup.report.side_by_side import Entry, entries, escaped, text_table
from cleanup.report.visible import UNSEEN, make_visible

if TYPE_CHECKING:
    from cleanup.datatypes import Evidence, Result

_GATE = 0.5  # the spin score from which a document counts as spun, see `SpinScore`
# Candidates, and pieces of evidence, shown for a change; the embedded data has them all.  A change costs
# about 1.2 kB of page, so a document of more than 500 shows fewer, and 10,000 words stay below 1 MB.
_MOST_LISTED, _MANY_CHANGES, _MOST_LISTED_OF_MANY = 4, 500, 2
_EMBEDDED = re.compile(r'<script type="application/json" id="cleanup-report">(.*?)</script>', re.DOTALL)


def html_report(results: Sequence[Result], digests: Mapping[str, Mapping[str, str]] | None = None) -> str:
    """One self-contained page on all ``results``, with what `document_object` says of them embedded.

    No style or script but the page's own runs: the policy in its head names them by their hashes.
    """
    style, script = _read_package_file("report.css"), _read_package_file("report.js")
    known = digests or {}
    objects = [document_object(result, known.get(result.path)) for result in results]
    files = "".join(_file(number, result, known.get(result.path)) for number, result in enumerate(results, 1))
    title = f"Cleanup report: {make_visible(results[0].path)}" if len(results) == 1 else "Cleanup report"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(style, script)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f'<meta name="generator" content="cleanup {__version__}">\n'
        f"<title>{html.escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#main">Skip to the report</a>\n'
        f"{_top(results)}"
        f'<div class="page">\n<main id="main">\n{_index(results)}{files}</main>\n{_PANEL}</div>\n'
        f"{_FOOT}"
        f'<script type="application/json" id="cleanup-report">{_embedded(objects)}</script>\n'
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def embedded_objects(page: str) -> list[dict[str, object]]:
    """The objects that `html_report` embedded, one a document, in their order.

    Raises: `FileError` when the page holds none.
    """
    # The data stand behind the text, in which every "<" is escaped, so the first match is ours.
    match = _EMBEDDED.search(page)
    try:
        objects = json.loads(match[1]) if match else None
    except ValueError:
        objects = None
    if not isinstance(objects, list) or not all(isinstance(each, dict) for each in objects):
        raise FileError("the page holds no cleanup report; give the .report.html that `cleanup fix` wrote")
    return objects


_PANEL = """\
<aside id="panel" class="panel" aria-label="The selected change" hidden>
<div class="bar">
<button type="button" data-step="-1" aria-label="Previous change">←</button>
<button type="button" data-step="1" aria-label="Next change">→</button>
<span class="at"></span>
<button type="button" class="shut" aria-label="Close">×</button>
</div>
<div class="body" aria-live="polite"><p class="hint">Point at a marked word, or step through with
<kbd>n</kbd> and <kbd>p</kbd>, to see why it was changed and what else it may have been.</p></div>
</aside>
"""

_FOOT = f"""\
<footer><p>Made by cleanup {escaped(__version__)}. Scores are log-probabilities in nats: higher is likelier.
This page holds all that <code>cleanup undo</code> needs.</p></footer>
"""


def _read_package_file(name: str) -> str:
    return resources.files("cleanup.report").joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """A content security policy under which nothing loads and only the page's own code runs."""
    own = [base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in (style, script)]
    rest = "base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; style-src 'sha256-{own[0]}'; script-src 'sha256-{own[1]}'; {rest}"


def _embedded(objects: Sequence[Mapping[str, object]]) -> str:
    """The objects as JSON that ends no script element and hides nothing in the page's source."""
    text = re.sub("[<>&]", lambda match: f"\\u{ord(match[0]):04x}", dumps(list(objects)))
    return UNSEEN.sub(lambda match: json.dumps(match[0])[1:-1], text)


def _top(results: Sequence[Result]) -> str:
    files = "" if len(results) == 1 else f"{_count(len(results), 'file')} · "
    edits = sum(len(result.edits) for result in results)
    unfixed = sum(len(result.unfixed) for result in results)
    return (
        '<header class="top"><h1>Cleanup report</h1>'
        f"<p>{files}{_count(edits, 'change')} · {unfixed} left as found</p>\n"
        '<div class="tools" hidden>'
        '<button type="button" id="only" aria-pressed="false">Changed lines only</button>'
        '<button type="button" id="theme">Theme: system</button></div></header>\n'
    )


def _index(results: Sequence[Result]) -> str:
    """Links to the files, where there is more than one."""
    if len(results) == 1:
        return ""
    rows = "".join(
        f'<li><a href="#f{number}">{escaped(result.path)}</a> '
        f"<span>{_count(len(result.edits), 'change')}, {len(result.unfixed)} left, "
        f"spin score {result.spin.score:.2f}</span></li>\n"
        for number, result in enumerate(results, 1)
    )
    empty = "" if results else "<p>No file was looked at.</p>\n"
    heading = '<nav class="index" aria-labelledby="files"><h2 id="files">Files</h2>'
    return f"{heading}\n{empty}<ol>\n{rows}</ol></nav>\n"


def _file(number: int, result: Result, digests: Mapping[str, str] | None) -> str:
    listed = entries(result)
    lines = Lines(result.before)
    most = _MOST_LISTED if len(listed) <= _MANY_CHANGES else _MOST_LISTED_OF_MANY
    changes = "".join(_change(entry, lines, str(number), most) for entry in listed)
    body = (
        f'<section aria-label="Text">{text_table(result, listed, str(number))}</section>\n'
        '<details class="all" open><summary><h3>All changes and findings</h3></summary>\n'
        f"<ol>\n{changes}</ol></details>\n"
        if listed
        else '<p class="calm">Nothing was found in this text, and nothing was changed.</p>\n'
    )
    items = "".join(f"<li>{escaped(note)}</li>" for note in result.notes)
    notes = f'<ul class="notes">{items}</ul>' if items else ""
    return (
        f'<article id="f{number}" aria-labelledby="h{number}">\n'
        f'<h2 id="h{number}">{escaped(result.path)}</h2>\n{_summary(result)}'
        f"{notes}{_known(digests)}\n{body}</article>\n"
    )


def _summary(result: Result) -> str:
    """The spin score with what speaks for it, and the counts."""
    score = min(max(result.spin.score, 0.0), 1.0)
    verdict = "reads as spun" if score >= _GATE else "reads as its author wrote it"
    arc = 100 * score
    kind = "ring hot" if score >= _GATE else "ring"
    ring = (
        f'<svg class="{kind}" viewBox="0 0 100 100" role="img" aria-label="Spin score {score:.2f} of 1">'
        '<circle cx="50" cy="50" r="43"/>'
        f'<circle class="arc" cx="50" cy="50" r="43" pathLength="100" stroke-dasharray="{arc:.1f} 200"/>'
        f'<text x="50" y="51">{score:.2f}</text><text class="unit" x="50" y="68">spin score</text></svg>'
    )
    reasons = _reasons(result.spin.evidence, len(result.spin.evidence))
    return (
        f'<section class="summary" aria-label="Summary">{ring}'
        f"<dl><div><dt>changes</dt><dd>{len(result.edits)}</dd></div>"
        f"<div><dt>left as found</dt><dd>{len(result.unfixed)}</dd></div>"
        f"<div><dt>of the words suspected</dt><dd>{result.spin.rate:.0%}</dd></div></dl>\n"
        f'<div class="why"><p class="verdict">The text {verdict}.</p>{reasons}</div></section>\n'
    )


def _known(digests: Mapping[str, str] | None) -> str:
    """What is known of the file's bytes, folded away."""
    if not digests:
        return ""
    rows = "".join(
        f"<div><dt>{escaped(name.replace('_', ' '))}</dt><dd>{escaped(value)}</dd></div>"
        for name, value in sorted(digests.items())
    )
    return f'<details class="known"><summary>The file’s bytes</summary><dl>{rows}</dl></details>'


def _change(entry: Entry, lines: Lines, file_id: str, most: int) -> str:
    """One item of the list of changes; the script shows the same item in the panel."""
    finding, edit = entry.finding, entry.edit
    words = f"<del>{escaped(finding.text)}</del> <ins>{escaped(entry.after)}</ins>"
    if edit is None:
        words = f"<mark>{escaped(finding.text)}</mark>"
    if entry.is_marked:
        words = f'<a href="#b{file_id}-{entry.number}">{words}</a>'
    line, column = lines.place(entry.span.start)
    facts = [f"{finding.confidence:.0%} sure", f"line {line}, column {column}"]
    if edit is not None:
        facts.insert(1, f"margin {edit.margin:.1f}")
    else:
        facts.insert(0, f"left as found ({finding.severity.value})")
    scores = "".join(
        f"<li><b>{escaped(candidate.text) or '(nothing)'}</b> <span>{candidate.score:.1f}</span></li>"
        for candidate in finding.candidates[:most]
    )
    kind = "" if edit else ' class="u"'
    candidates = f"<ol>{scores}</ol>" if scores else ""
    return (
        f'<li id="d{file_id}-{entry.number}"{kind}>'
        f'<p class="w">{words} <code>{escaped(finding.rule_id)}</code></p>'
        f"<p>{escaped(finding.message)}</p>{_reasons(finding.evidence, most)}"
        f'{candidates}<p class="f">{" · ".join(facts)}</p></li>\n'
    )


def _reasons(evidence: Sequence[Evidence], most: int) -> str:
    if not evidence:
        return ""
    rows = [f"<li><i>{escaped(each.kind)}</i> {escaped(each.text)}</li>" for each in evidence[:most]]
    if len(evidence) > most:
        rows.append(f"<li>and {len(evidence) - most} more, in the embedded data</li>")
    return f"<ul>{''.join(rows)}</ul>"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
