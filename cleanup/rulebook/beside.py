r"""What a `when` wants to stand right beside its phrase, as far as that is a matter of plain letters.

A first look at a text that knows that ``{} (?:day|week)\b`` can hold only where *day* or *week* follows
passes over all other places without a regular expression.  Only necessary letters are told: what a pattern
asks beyond them is asked later.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeAlias

from cleanup.document import fold

_PHRASE = "\ua66e"
_ENOUGH = 12  # letters; more tell little and make more states
_MOST = 120  # spellings of one side
_WIDEST_SET = 12

# An item of a parsed pattern, as the standard library's own parser gives it: what it is, and its arguments.
Item: TypeAlias = tuple[Any, Any]


class Beside(NamedTuple):
    """Folded letters right before and right behind a phrase."""

    before: str = ""
    after: str = ""


class _Run(NamedTuple):
    """Letters from the phrase outwards; an open run is gone on with by the next item."""

    letters: str
    is_open: bool


@cache
def beside(when: str) -> tuple[Beside, ...]:
    r"""What has to stand beside the phrase for the pattern to hold: one of these.

    Kept, for a rule has the same pattern for all of its forms.

    >>> beside(r"{} (?:days?|week)\b")
    (Beside(before='', after=' day'), Beside(before='', after=' days'), Beside(before='', after=' week'))
    >>> beside("(?:two|three) {}")
    (Beside(before='three ', after=''), Beside(before='two ', after=''))
    >>> beside("{}.*money")
    (Beside(before='', after=''),)
    """
    anything = (Beside(),)
    if not when:
        return anything
    try:
        from re import _parser  # type: ignore[attr-defined]  # private, and without it nothing is told

        with warnings.catch_warnings(action="ignore"):
            places = list(_places(list(_parser.parse(when.replace("{}", _PHRASE)))))
    except Exception:  # noqa: BLE001 - the `regex` package takes more than the parser here does
        return anything
    found: set[Beside] = set()
    for place in places:
        if place is None:
            return anything
        before, after = (_letters(items, outwards) for items, outwards in zip(place, (-1, 1), strict=True))
        if _worth(before) > _worth(after):
            found.update(Beside(before=run) for run in before)
        elif _worth(after):
            found.update(Beside(after=run) for run in after)
        else:
            return anything
    return tuple(sorted(found))


def _worth(runs: set[str]) -> int:
    """How many letters there are at least."""
    return min(len(run.strip()) for run in runs)


def _places(items: Sequence[Item]) -> Iterator[tuple[Sequence[Item], Sequence[Item]] | None]:
    """For each place of the phrase in a pattern, what stands before and behind it.

    None where the pattern can hold without the phrase, or repeats it.
    """
    for at, item in enumerate(items):
        if _PHRASE_CODE not in _codes(item):
            continue
        name, argument = str(item[0]), item[1]
        if name == "LITERAL":
            inner: list[tuple[Sequence[Item], Sequence[Item]] | None] = [((), ())]
        elif name == "SUBPATTERN":
            inner = list(_places(list(argument[-1])))
        elif name == "BRANCH":
            inner = [place for branch in argument[1] for place in _places(list(branch))]
        else:
            inner = [None]
        for place in inner:
            if place is None:
                yield None
            else:
                yield [*items[:at], *place[0]], [*place[1], *items[at + 1 :]]
        return
    yield None


_PHRASE_CODE = ord(_PHRASE)


def _codes(value: Any) -> Iterator[int]:
    """Every number in a parsed pattern, which the phrase's own is one of."""
    if isinstance(value, int):
        yield value
    elif not isinstance(value, str) and hasattr(value, "__getitem__"):
        for inner in value:
            yield from _codes(inner)


def _letters(items: Sequence[Item], outwards: int) -> set[str]:
    """The folded letters that begin what the items match, from the phrase outwards."""
    runs = _runs(items, outwards)
    return {fold(run.letters[::outwards]) for run in runs}


def _runs(items: Sequence[Item], outwards: int) -> set[_Run]:
    """The same with each run in the order in which it is met, and whether more may follow."""
    runs = {_Run("", is_open=True)}
    for item in items[::outwards]:
        more = _runs_of(item, outwards)
        grown = {
            _Run((run.letters + new.letters)[:_ENOUGH], new.is_open and len(run.letters) < _ENOUGH)
            for run in runs
            if run.is_open
            for new in more
        }
        grown |= {run for run in runs if not run.is_open}
        if len(grown) > _MOST:
            return {run._replace(is_open=False) for run in runs}
        runs = grown
        if not any(run.is_open for run in runs):
            break
    return runs


def _runs_of(item: Item, outwards: int) -> set[_Run]:
    """What one item can be, met from the phrase outwards."""
    name, argument = str(item[0]), item[1]
    if name == "LITERAL":
        return {_Run(chr(argument), is_open=True)}
    if name in ("AT", "ASSERT", "ASSERT_NOT"):
        return {_Run("", is_open=True)}
    if name == "SUBPATTERN":
        return _runs(list(argument[-1]), outwards)
    if name == "BRANCH":
        return {run for branch in argument[1] for run in _runs(list(branch), outwards)}
    if name in ("MAX_REPEAT", "MIN_REPEAT"):
        least, most, repeated = argument
        once = _runs(list(repeated), outwards)
        if int(most) > 1:
            once = {run._replace(is_open=False) for run in once}
        return once | ({_Run("", is_open=True)} if least == 0 else set())
    if name == "IN":
        return _set_runs(argument)
    return {_Run("", is_open=False)}


def _set_runs(members: Sequence[Item]) -> set[_Run]:
    """The letters of a small set."""
    letters: set[int] = set()
    for name, argument in members:
        if str(name) == "LITERAL":
            letters.add(argument)
        elif str(name) == "RANGE":
            letters.update(range(argument[0], argument[1] + 1))
        else:
            return {_Run("", is_open=False)}
    if len(letters) > _WIDEST_SET:
        return {_Run("", is_open=False)}
    return {_Run(chr(letter), is_open=True) for letter in letters}
