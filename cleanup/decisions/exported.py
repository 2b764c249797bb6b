"""Decisions that were made in the HTML report: JSON with offsets, for the very text that the page shows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cleanup.datatypes import Decision, Ruling, Span
from cleanup.decisions.places import CONTEXT, Hit, core_of, words_of
from cleanup.errors import ConfigError
from cleanup.files import printable

#: What the export calls itself.
FORMAT = "cleanup-decisions"

_VERSION = 1
_REACH = 60  # code points of context that the page gives at most
_Sides = tuple[tuple[str, ...], tuple[str, ...]]  # the words next to a place, in front and behind
_VERDICTS = {"accept": Ruling.ACCEPT, "edit": Ruling.ACCEPT, "reject": Ruling.REJECT}


@dataclass(frozen=True, slots=True)
class Exported:
    """A decision with the place it was made about, and what stood around it, letter by letter."""

    decision: Decision
    span: Span
    text: str
    before: str
    after: str

    def hits(self, shown: Around) -> Iterator[Hit]:
        """Where it belongs: the very place, or where the text has moved to."""
        text = shown.text
        if self._stands_at(text, self.span.start):
            yield Hit(self.span, self.decision)
            return
        whole = self.before + self.text + self.after
        moved = text.find(whole)
        if moved >= 0 and (self.before or self.after):
            start = moved + len(self.before)
            yield Hit(Span(start, start + len(self.text)), self.decision)
            return
        for span in shown.places(self.text, _last_words(self.before), _first_words(self.after)):
            yield Hit(span, self.decision)

    def _stands_at(self, text: str, start: int) -> bool:
        end = start + len(self.text)
        return (
            text.startswith(self.text, start)
            and text[max(0, start - len(self.before)) : start] == self.before
            and text[end : end + len(self.after)] == self.after
        )


class Around:
    """A text in which stretches are found by the words next to them; each is looked for once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._found: dict[tuple[str, ...], dict[_Sides, list[Span]]] = {}

    def places(self, wanted: str, before: tuple[str, ...], after: tuple[str, ...]) -> list[Span]:
        """Where a stretch stands, its white space aside, between these words."""
        pieces = tuple(wanted.split())
        if pieces not in self._found:
            self._found[pieces] = {}
            for match in re.finditer(r"\s+".join(map(re.escape, pieces)), self.text):
                sides = self._sides(*match.span())
                self._found[pieces].setdefault(sides, []).append(Span(*match.span()))
        return self._found[pieces].get((before, after), [])

    def _sides(self, start: int, end: int) -> _Sides:
        before = self.text[max(0, start - 2 * _REACH) : start]
        return _last_words(before), _first_words(self.text[end : end + 2 * _REACH])


def _last_words(text: str) -> tuple[str, ...]:
    return _whole_words(text, slice(1, None))[-CONTEXT:]


def _first_words(text: str) -> tuple[str, ...]:
    return _whole_words(text, slice(None, -1))[:CONTEXT]


def _whole_words(text: str, inner: slice) -> tuple[str, ...]:
    """The words of a context, without that at its far end where it may have been cut."""
    words = words_of(text)
    return words[inner] if len(text) >= _REACH else words


def read_export(data: bytes, path: str) -> list[Exported]:
    """The decisions of an export.

    Raises:
        ConfigError: when it is damaged, or something else; the message says where.

    """
    shown = printable(path)
    try:
        page = json.loads(data.decode())
    except UnicodeDecodeError as error:
        raise ConfigError(f"{shown}: byte {error.start} is not UTF-8") from None
    except RecursionError:
        raise ConfigError(f"{shown}: not valid JSON: it is nested too deep") from None
    except ValueError as error:
        raise ConfigError(f"{shown}: not valid JSON: {error}") from None
    if not isinstance(page, dict) or page.get("format") != FORMAT:
        raise ConfigError(f"{shown}: holds no decisions: give what the HTML report exports")
    if page.get("version") != _VERSION:
        raise ConfigError(f"{shown}: version must be {_VERSION}, not {page.get('version')!r}: update cleanup")
    found = []
    for number, file in enumerate(_list(page, "files", shown), 1):
        where = f"{shown}: file {number}"
        document = _field(file, "path", str, where)
        for at, entry in enumerate(_list(file, "decisions", where), 1):
            found.append(_exported(entry, document, f"{where}: decision {at}"))
    return found


def _list(holder: object, key: str, where: str) -> list[object]:
    value = _field(holder, key, list, where)
    assert isinstance(value, list)  # noqa: S101 - for the type checker
    return value


def _field(holder: object, key: str, kind: type, where: str) -> Any:
    value = holder.get(key) if isinstance(holder, Mapping) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        name = {str: "a string", int: "a whole number", list: "a list"}[kind]
        raise ConfigError(f"{where}: {key}: must be {name}, not {value!r}")
    return value


def _exported(entry: object, document: str, where: str) -> Exported:
    verdict = _field(entry, "verdict", str, where)
    if verdict not in _VERDICTS:
        raise ConfigError(f"{where}: verdict: must be one of {', '.join(_VERDICTS)}, not {verdict!r}")
    text, before, after = (_field(entry, key, str, where) for key in ("text", "before", "after"))
    start, end = (_field(entry, key, int, where) for key in ("start", "end"))
    if not core_of(text) or start < 0 or end - start != len(text):
        raise ConfigError(f"{where}: text: {text!r} does not fit its place, {start} to {end}")
    ruling = _VERDICTS[verdict]
    replacement = _field(entry, "replacement", str, where) if ruling is Ruling.ACCEPT else ""
    rule = entry.get("rule") if isinstance(entry, Mapping) else ""
    decision = Decision(ruling, text, replacement, rule=rule if isinstance(rule, str) else "", path=document)
    return Exported(decision, Span(start, end), text, before, after)
