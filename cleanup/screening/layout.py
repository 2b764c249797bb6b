"""From the lines of a page, wherever they stand, to running text: columns in order, furniture left out.

A page's producer draws its text in any order.  The lines are put in order by where they stand: a gutter
that few lines cross parts two columns, and the lines that do cross it (a title, a wide table) part what is
above from what is below.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Line:
    """A stretch of text on one line of a page, in points from the lower left corner."""

    text: str
    left: float
    right: float
    bottom: float
    top: float

    @property
    def size(self) -> float:
        """The height of its letters' boxes, which goes with the size of the type."""
        return self.top - self.bottom

    @property
    def middle(self) -> float:
        """Half-way up the line."""
        return (self.top + self.bottom) / 2


# A gutter is at least this wide, in points, with at least this many lines on each side of it, and at most
# this share of all lines runs across it.
_LEAST_GUTTER = 6.0
_LEAST_LINES = 4
_MOST_CROSSING = 0.34

# Columns inside columns inside columns: a page that asks for more is a drawing.
_DEEPEST = 6


def in_reading_order(lines: Sequence[Line], depth: int = 0) -> list[Line]:
    """The lines of a page as they are read: column by column, from the top."""
    gutter = _gutter(lines) if depth < _DEEPEST and len(lines) >= 2 * _LEAST_LINES else None
    if gutter is None:
        return _from_the_top(lines)
    left, right, wide = _sides(lines, gutter)
    ordered: list[Line] = []
    for crossing in [*_from_the_top(wide), None]:
        floor = crossing.middle if crossing else float("-inf")
        for column in (left, right):
            above = [line for line in column if line.middle > floor]
            column[:] = [line for line in column if line.middle <= floor]
            ordered += in_reading_order(above, depth + 1)
        if crossing:
            ordered.append(crossing)
    return ordered


def _gutter(lines: Sequence[Line]) -> float | None:
    """Where a blank stripe parts the lines into two columns, if one does."""
    low, high = min(line.left for line in lines), max(line.right for line in lines)
    width = int(high - low) + 1
    if not 4 * _LEAST_GUTTER < width < 100_000:
        return None
    steps = [0] * (width + 2)
    for line in lines:
        steps[int(line.left - low)] += 1
        steps[int(line.right - low) + 1] -= 1
    crossing, covered = 0, []
    for step in steps[:width]:
        crossing += step
        covered.append(crossing)
    # The outer fifths hold no gutter: there a column would be as narrow as a list's numbers.
    inner = range(width // 5, width - width // 5)
    least = min(covered[at] for at in inner)
    if least > _MOST_CROSSING * len(lines):
        return None
    stripe = max(_stripes(covered, inner, least), key=lambda run: (run[1] - run[0], -run[0]))
    gutter = low + (stripe[0] + stripe[1]) / 2
    if stripe[1] - stripe[0] < _LEAST_GUTTER or not _parts_columns(lines, gutter):
        return None
    return gutter


def _stripes(covered: Sequence[int], inner: range, least: int) -> Iterator[tuple[int, int]]:
    """The runs of points with the least lines across, each as its first point and the one behind it."""
    start = None
    for at in inner:
        if covered[at] == least:
            start = at if start is None else start
        elif start is not None:
            yield start, at
            start = None
    if start is not None:
        yield start, inner.stop


def _parts_columns(lines: Sequence[Line], gutter: float) -> bool:
    """Whether enough lines stand on both sides of a gutter, next to each other."""
    left, right, _ = _sides(lines, gutter)
    if min(len(left), len(right)) < _LEAST_LINES:
        return False
    top = min(max(line.top for line in side) for side in (left, right))
    bottom = max(min(line.bottom for line in side) for side in (left, right))
    beside = [sum(bottom < line.middle < top for line in side) for side in (left, right)]
    return min(beside) >= _LEAST_LINES


def _sides(lines: Sequence[Line], gutter: float) -> tuple[list[Line], list[Line], list[Line]]:
    left = [line for line in lines if line.right <= gutter]
    right = [line for line in lines if line.left >= gutter]
    wide = [line for line in lines if line.left < gutter < line.right]
    return left, right, wide


def _from_the_top(lines: Sequence[Line]) -> list[Line]:
    """Lines from the top to the bottom; what stands on one line is joined to one, from the left."""
    return [_joined(row) for row in _rows(lines)]


def _on_one_line(one: Line, other: Line) -> bool:
    shared = min(one.top, other.top) - max(one.bottom, other.bottom)
    return shared > 0.5 * min(one.size, other.size)


def _joined(row: Sequence[Line]) -> Line:
    if len(row) == 1:
        return row[0]
    parts = sorted(row, key=lambda line: line.left)
    tallest = max(parts, key=lambda line: (line.size, -line.left))
    text = " ".join(part.text for part in parts)
    return Line(text, parts[0].left, max(part.right for part in parts), tallest.bottom, tallest.top)


# Running heads and footers stand among the first and last lines of a page.
_MARGIN_LINES = 3
_PAGE_NUMBER = re.compile(
    r"[\W_]*(?:(?:page|p\.?|s\.?)\s*)?(?:\d{1,5}|[ivxlc]{1,7})(?:\s*(?:of|/|\|)\s*\d{1,5})?[\W_]*",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+")


def without_furniture(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The pages less running heads and footers and page numbers.

    A line is furniture when nothing but furniture stands between it and the edge of its page, and it is a
    page number, or the same line, its digits aside, stands as high on a page that is at most two pages away:
    heads differ on left and right pages.
    """
    edges = [(_rows(page)[:_MARGIN_LINES], _rows(page)[::-1][:_MARGIN_LINES]) for page in pages]
    places = [{_key(line): line.middle for rows in edge for row in rows for line in row} for edge in edges]
    kept = []
    for number, page in enumerate(pages):
        near = [places[at] for at in range(max(number - 2, 0), min(number + 3, len(pages))) if at != number]
        furniture: set[int] = set()
        for rows in edges[number]:
            for row in rows:
                dropped = [line for line in row if _is_furniture(line, near)]
                furniture |= {id(line) for line in dropped}
                if len(dropped) < len(row):
                    break
        kept.append([line for line in page if id(line) not in furniture])
    return kept


def _is_furniture(line: Line, near: Sequence[Mapping[str, float]]) -> bool:
    if _PAGE_NUMBER.fullmatch(line.text.strip()[:40]):
        return True
    key = _key(line)
    return any(abs(places.get(key, math.inf) - line.middle) < _SAME_HEIGHT for places in near)


_SAME_HEIGHT = 6.0


# So many numbers in one column beside the text, each higher than the last, count its lines.
_LEAST_NUMBERS = 8
_ALIGNED = 3.0


def without_line_numbers(page: Sequence[Line]) -> list[Line]:
    """The lines of a page less the numbers that manuscripts for review have in their margins."""
    numbers = [line for line in page if line.text.isdecimal() and len(line.text) <= 5]
    dropped: set[int] = set()
    for edge in ("left", "right"):
        column = Counter(round(getattr(line, edge) / _ALIGNED) for line in numbers)
        for place, count in column.items():
            aligned = [line for line in numbers if abs(round(getattr(line, edge) / _ALIGNED) - place) <= 1]
            aligned.sort(key=lambda line: -line.middle)
            values = [int(line.text) for line in aligned]
            rising = sum(one < other for one, other in pairwise(values))
            if count >= _LEAST_NUMBERS and rising >= 0.9 * (len(values) - 1) and _is_margin(aligned, page):
                dropped |= {id(line) for line in aligned}
    return [line for line in page if id(line) not in dropped]


def _is_margin(numbers: Sequence[Line], page: Sequence[Line]) -> bool:
    """Whether nothing but numbers stands on one side of a column of numbers."""
    own = {id(line) for line in numbers}
    others = [line for line in page if id(line) not in own and not line.text.isdecimal()]
    low, high = min(line.left for line in numbers), max(line.right for line in numbers)
    left = sum(line.right <= low for line in others)
    right = sum(line.left >= high for line in others)
    return min(left, right) <= 0.05 * max(len(others), 1)


def _rows(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines from the top to the bottom, those that stand on one line together."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (-line.middle, line.left)):
        if rows and _on_one_line(rows[-1][0], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return rows


def _key(line: Line) -> str:
    return _DIGITS.sub("#", " ".join(line.text.lower().split()))


_ENDS_SENTENCE = re.compile(r"[.!?:;][\"”’')\]]*$")


def begins_paragraph(above: Line, line: Line, *, is_same_column: bool) -> bool:
    """Whether a line that follows another in reading order begins a paragraph of its own."""
    ended = bool(_ENDS_SENTENCE.search(above.text))
    if not is_same_column:
        return ended or not line.text[:1].islower()
    size = max(above.size, 1.0)
    if above.middle - line.middle > 1.9 * size or abs(above.size - line.size) > 0.25 * size:
        return True
    return ended and line.left - above.left > 0.6 * size


def is_below(above: Line, line: Line) -> bool:
    """Whether a line stands below another in the same column."""
    overlap = min(above.right, line.right) - max(above.left, line.left)
    return above.middle > line.middle and overlap > 0
