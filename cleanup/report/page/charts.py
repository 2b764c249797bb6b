"""Two small charts: where in a text the findings stand, and how certain they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cleanup.datatypes import Result
from cleanup.report.page.summary import GATE, count, share
from cleanup.report.page.text import Entry, escaped
from cleanup.report.places import Lines

_BINS = 150  # of the strip: so many are told apart at the width of a screen
_CONFIDENCES = 20  # bars of the histogram, five hundredths each


def strip(result: Result, listed: Sequence[Entry], file_id: str) -> str:
    """Where in the text the findings stand: one bar for each stretch, as high as its share of marked text."""
    length = max(len(result.before), 1)
    made, left = [0] * _BINS, [0] * _BINS
    first: dict[int, Entry] = {}
    for entry in listed:
        if entry.is_marked:
            at = min(entry.span.start * _BINS // length, _BINS - 1)
            (left if entry.edit is None else made)[at] += max(len(entry.span), 1)
            first.setdefault(at, entry)
    highest = max(map(sum, zip(made, left, strict=True)), default=0) or 1
    bars = "".join(
        _strip_bar(at, made[at], left[at], highest, f"a{file_id}-{first[at].number}") for at in sorted(first)
    )
    label = _strip_label(result, listed)
    is_spun = result.spin.score >= GATE
    title = "Where the spinner was at work" if is_spun else "Where the findings stand"
    return (
        f'<p class="legend-line"><b>{title}</b><span>changes</span>'
        '<span class="l">left as found</span></p>\n'
        f'<div class="strip" id="s{file_id}"><svg viewBox="0 0 {_BINS * 8} 100" preserveAspectRatio="none"'
        f' role="img" aria-label="{escaped(label)}">'
        f'<rect class="seen" width="0" height="100"/>{bars}</svg></div>\n'
    )


def _strip_bar(at: int, made: int, left: int, highest: int, mark: str) -> str:
    made_height, left_height = (round(92 * part / highest) for part in (made, left))
    shapes = "".join(
        f'<rect{kind} x="{at * 8 + 1}" y="{top}" width="6" height="{height}"/>'
        for kind, top, height in (
            ("", 100 - made_height, made_height),
            (' class="l"', 100 - made_height - left_height, left_height),
        )
        if height
    )
    return f'<a href="#{mark}" tabindex="-1">{shapes}</a>'


def _strip_label(result: Result, listed: Sequence[Entry]) -> str:
    lines = Lines(result.before)
    if not listed:
        return "Nothing was found along the text"
    middle = lines.place(listed[len(listed) // 2].span.start)[0]
    last = lines.place(len(result.before))[0]
    first, end = (lines.place(listed[at].span.start)[0] for at in (0, -1))
    return (
        f"Where the findings stand along the text: {count(len(listed), 'finding')} between line {first} and "
        f"line {end} of {last}, half of them up to line {middle}"
    )


def histogram(listed: Sequence[Entry]) -> str:
    """How many findings there are of which confidence, as a chart that also says its figures."""
    bins = [0] * _CONFIDENCES
    for entry in listed:
        bins[min(int(share(entry.finding.confidence) * _CONFIDENCES), _CONFIDENCES - 1)] += 1
    if not any(bins):
        return ""
    label = "Confidences: " + ", ".join(_bin_labels(bins))
    bars = "".join(
        f'<rect x="{at * 10 + 1}" y="{60 - height}" width="8" height="{height}"/>'
        for at, number in enumerate(bins)
        if (height := round(56 * number / max(bins)))
    )
    return (
        f'<figure class="hist"><svg viewBox="0 0 {_CONFIDENCES * 10} 60" preserveAspectRatio="none"'
        f' role="img" aria-label="{label}">{bars}</svg>'
        "<figcaption><span>0%</span> confidence <span>100%</span></figcaption></figure>\n"
    )


def _bin_labels(bins: Sequence[int]) -> Iterator[str]:
    width = 100 // len(bins)
    for at, number in enumerate(bins):
        if number:
            yield f"{number} from {at * width} to {at * width + width} percent"
