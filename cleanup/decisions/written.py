"""The file in which decisions last: TOML that people can read, edit and merge."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from cleanup.datatypes import Decision, Ruling
from cleanup.decisions.places import core_of, tokens_of
from cleanup.errors import ConfigError
from cleanup.files import printable

_VERSION = 1
_HEAD = """\
# What was decided about the changes that `cleanup` proposes: it makes what is accepted, and neither makes nor
# reports what is rejected or known from a baseline.  An entry belongs to its words and to those around them,
# not to a line.  `cleanup review` and `cleanup baseline` write this file, sorted; you may edit it.
"""
_TEXTS = ("path", "text", "replacement", "before", "after", "rule")
_KEYS = ("verdict", *_TEXTS, "anywhere")
_SURROGATE = re.compile("[\ud800-\udfff]")


def read_decisions(data: bytes, path: str) -> list[Decision]:
    """The decisions that a file holds.

    Raises:
        ConfigError: when it is damaged; the message says where.

    """
    import tomllib

    shown = printable(path)
    try:
        table = tomllib.loads(data.decode())
    except UnicodeDecodeError as error:
        raise ConfigError(f"{shown}: byte {error.start} is not UTF-8: save the file as UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{shown}: not valid TOML: {error}") from None
    version, entries = table.pop("version", None), table.pop("decision", [])
    if version != _VERSION or isinstance(version, bool):
        raise ConfigError(
            f"{shown}: version must be {_VERSION}, not {version!r}: update cleanup, or the file"
        )
    if table:
        raise ConfigError(f"{shown}: unknown key {next(iter(table))!r}: entries begin with [[decision]]")
    if not isinstance(entries, list):
        raise ConfigError(f"{shown}: decision must be tables: each begins with [[decision]]")
    return [_decision(entry, f"{shown}: decision {number}") for number, entry in enumerate(entries, 1)]


def _decision(entry: object, where: str) -> Decision:
    if not isinstance(entry, Mapping):
        raise ConfigError(f"{where}: must be a table that begins with [[decision]]")
    fields = dict(entry)
    for key, value in fields.items():
        if key not in _KEYS:
            raise ConfigError(f"{where}: unknown key {key!r}: known are {', '.join(_KEYS)}")
        wanted, what = (bool, "true or false") if key == "anywhere" else (str, "a string")
        if not isinstance(value, wanted):
            raise ConfigError(f"{where}: {key}: must be {what}, not {value!r}")
    verdict = fields.pop("verdict", None)
    if verdict not in tuple(Ruling):
        known = ", ".join(ruling.value for ruling in Ruling)
        raise ConfigError(f"{where}: verdict: must be one of {known}, not {verdict!r}")
    decision = Decision(ruling=Ruling(verdict), **fields_of(fields, where))
    if decision.ruling is Ruling.ACCEPT and "replacement" not in fields:
        raise ConfigError(f"{where}: replacement: is missing: say what {decision.text!r} becomes")
    return decision


def fields_of(fields: dict[str, Any], where: str) -> dict[str, Any]:
    """The fields of a decision with its text made plain.

    Raises:
        ConfigError: when the text holds no word.

    """
    text = " ".join(fields.get("text", "").split())
    if not core_of(text):
        raise ConfigError(f"{where}: text: must hold the words that were decided about, not {text!r}")
    return {**fields, "text": text}


def write_decisions(decisions: Iterable[Decision]) -> bytes:
    """The file that holds these decisions, sorted by document and words, each once."""
    parts = [_HEAD, f"version = {_VERSION}\n"]
    for decision in sorted(set(decisions), key=_place_in_file):
        parts.append("\n[[decision]]\n")
        fields = {"verdict": decision.ruling.value, **{name: getattr(decision, name) for name in _TEXTS}}
        for name in ("path", "verdict", "text", "replacement", "before", "after", "rule"):
            if fields[name] or (name == "replacement" and decision.ruling is Ruling.ACCEPT):
                parts.append(f"{name} = {_string(fields[name])}\n")
        if decision.anywhere:
            parts.append("anywhere = true\n")
    return "".join(parts).encode()


def _place_in_file(decision: Decision) -> tuple[object, ...]:
    words = tokens_of(decision.text)
    return decision.path, words, decision.before, decision.after, decision.ruling, decision.replacement


def _string(text: str) -> str:
    """A TOML string, escaped as in JSON; bytes that are no text, which count for no word, are left out."""
    return json.dumps(_SURROGATE.sub("", text), ensure_ascii=False).replace("\x7f", "\\u007F")


def relative_path(path: str, base: str) -> str:
    """A path as it is written down: from a directory on, with slashes, whatever bytes it is made of."""
    try:
        relative = os.path.relpath(path, base)
    except ValueError:  # another drive
        relative = os.path.abspath(path)
    return os.fsencode(relative.replace(os.sep, "/")).decode("utf-8", "backslashreplace")
