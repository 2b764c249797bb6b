"""The HTML report: one page that works offline, without a script and on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cleanup import __version__
from cleanup.report.page import assets
from cleanup.report.page.changes import change_list
from cleanup.report.page.charts import strip
from cleanup.report.page.data import embedded, embedded_objects
from cleanup.report.page.summary import count, index, known, summary
from cleanup.report.page.text import entries, escaped, text_table
from cleanup.report.places import Lines
from cleanup.report.visible import make_visible

if TYPE_CHECKING:
    from cleanup.datatypes import Result

__all__ = ["embedded_objects", "html_report"]


def html_report(results: Sequence[Result], digests: Mapping[str, Mapping[str, str]] | None = None) -> str:
    """One self-contained page on all ``results``, with what the JSON report says of them embedded.

    No style or script but the page's own runs: the policy in its head names them by their hashes.
    """
    given = digests or {}
    files = "".join(_file(number, result, given.get(result.path)) for number, result in enumerate(results, 1))
    title = f"Cleanup report: {make_visible(results[0].path)}" if len(results) == 1 else "Cleanup report"
    return (
        f"{assets.head(title, assets.style(), assets.script())}<body>\n{_top(results)}"
        f'<div class="page">\n<main id="main" tabindex="-1">\n{index(results)}{files}</main>\n'
        f"{assets.part('sidebar')}</div>\n"
        f"<footer><p>Made by cleanup {escaped(__version__)}. Scores are log-probabilities in nats: higher is "
        "likelier. This page holds all that <code>cleanup undo</code> needs.</p></footer>\n"
        f"{assets.part('dialogs')}{embedded(results, given)}"
        f"<script>{assets.script()}</script>\n</body>\n</html>\n"
    )


def _top(results: Sequence[Result]) -> str:
    files = "" if len(results) == 1 else f"{count(len(results), 'file')} · "
    edits = sum(len(result.edits) for result in results)
    unfixed = sum(len(result.unfixed) for result in results)
    return (
        '<a class="skip" href="#main">Skip to the text</a>\n'
        '<a class="skip" id="to-changes" href="#sidebar" hidden>Skip to the changes</a>\n'
        '<header class="top"><h1>Cleanup report</h1>'
        f'<p class="counts">{files}{count(edits, "change")} · {unfixed} left as found</p>\n'
        f"{assets.part('tools')}</header>\n"
    )


def _file(number: int, result: Result, digests: Mapping[str, str] | None) -> str:
    listed = entries(result)
    file_id = str(number)
    body = (
        f'<section class="card doc" aria-label="Text">{strip(result, listed, file_id)}'
        f"{text_table(result, listed, file_id)}</section>\n"
        f"{change_list(listed, Lines(result.before), file_id)}"
        if listed
        else '<p class="calm card">Nothing was found in this text, and nothing was changed.</p>\n'
    )
    items = "".join(f"<li>{escaped(note)}</li>" for note in result.notes)
    notes = f'<ul class="notes">{items}</ul>' if items else ""
    return (
        f'<article id="f{number}" aria-labelledby="h{number}">\n'
        f'<h2 id="h{number}">{escaped(result.path)}</h2>\n{summary(result)}'
        f"{notes}\n{body}{known(digests)}</article>\n"
    )
