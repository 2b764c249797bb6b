"""Rule files and lexicons read into packs; whatever is malformed is refused with file, line and remedy."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from cleanup.datatypes import Severity
from cleanup.errors import RuleError
from cleanup.rulebook.location import SourceFile, rule_files
from cleanup.rulebook.model import (
    GATED_CONFIDENCE,
    STRONG_CONFIDENCE,
    Pack,
    Rule,
    log_channels_by_place,
    log_channels_by_weight,
)

PACK_KEYS: dict[str, type] = {"title": str, "source": str, "licence": str, "examples": str, "rule": list}
RULE_KEYS: dict[str, type] = {
    "id": str, "spun": list, "original": list, "severity": str, "needs": str, "confidence": float,
    "inflect": str, "match_case": bool, "when": str, "unless": str, "message": str, "fixes": list,
    "finds": list,
    "keeps": list,
}  # fmt: skip
_RULE_HEAD = re.compile(r"\s*\[\[\s*rule\s*\]\]")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")


def read_packs(paths: Sequence[str | Path] = ()) -> list[Pack]:
    """The built-in packs and those below ``paths``.

    Raises:
        RuleError: for the first malformed file.

    """
    return parse_packs(rule_files(paths))


def parse_packs(files: Iterable[SourceFile]) -> list[Pack]:
    """Packs from the contents of rule files; see `rule_files`."""
    packs = []
    for path, data in files:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise RuleError(f"{path}: byte {error.start} is not UTF-8: save the file as UTF-8") from None
        packs.append(_parse_tsv(path, text) if path.endswith(".tsv") else _parse_toml(path, text))
    return packs


def _parse_toml(path: str, text: str) -> Pack:
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # nested too deep, or a number of thousands of digits
        raise RuleError(f"{path}: not valid TOML: {error}") from None
    _check_keys(f"{path}:1", table, PACK_KEYS)
    for key in ("source", "licence"):
        if not table.get(key, "").strip():
            raise RuleError(
                f"{path}:1: the file has no {key!r}: say where the pairs come from and under which terms"
            )
    if table.get("examples", "waived") != "waived":
        raise RuleError(f"{path}:1: examples = {table['examples']!r}: write 'waived', or leave it out")
    waived = "examples" in table
    name = Path(path).stem
    entries = table.get("rule", [])
    lines = [at for at, line in enumerate(text.splitlines(), 1) if _RULE_HEAD.match(line)]
    if len(lines) != len(entries):  # written in another way, or a string holds such a line
        lines = [1] * len(entries)
    for line, entry in zip(lines, entries, strict=True):
        if not isinstance(entry, dict):
            raise RuleError(f"{path}:{line}: rule: must be a table, written [[rule]], not {entry!r}")
    pairs = zip(lines, entries, strict=True)
    rules = [_parse_rule(path, line, name, entry, waived) for line, entry in pairs]
    return Pack(name, table.get("title", name), path, table["source"], table["licence"], tuple(rules))


def _parse_rule(path: str, line: int, pack: str, entry: dict[str, Any], waived: bool) -> Rule:
    where = f"{path}:{line}"
    _check_keys(where, entry, RULE_KEYS)
    name = entry.get("id", "")
    if not _NAME.match(name):
        raise RuleError(f"{where}: id {name!r}: use lower-case words joined by hyphens")
    where = f"{where}: rule {pack}/{name}"
    for key in ("spun", "original", "finds", "keeps"):
        if not all(isinstance(item, str) and item.strip() for item in entry.get(key, [])):
            raise RuleError(f"{where}: {key}: every entry must be a non-empty string")
    if not all(_is_pair(pair) for pair in entry.get("fixes", [])):
        raise RuleError(f"{where}: fixes: every entry must be a pair [spun sentence, original sentence]")
    severity, needs = entry.get("severity", "error"), entry.get("needs", "")
    for key, value, allowed in (
        ("severity", severity, ("error", "warning")),
        ("needs", needs, ("", "spun-document")),
        ("inflect", entry.get("inflect", ""), ("", "noun", "verb")),
    ):
        if value not in allowed:
            choices = " or ".join(repr(choice) for choice in allowed if choice)
            raise RuleError(f"{where}: {key} = {value!r}: write {choices}")
    confidence = entry.get("confidence", GATED_CONFIDENCE if needs else STRONG_CONFIDENCE)
    if not 0.001 <= confidence <= 0.999:
        raise RuleError(f"{where}: confidence: must lie between 0.001 and 0.999")
    original = tuple(entry.get("original", ()))
    return Rule(
        pack=pack,
        name=name,
        path=path,
        line=line,
        spun=tuple(entry.get("spun", ())),
        original=original,
        log_channels=log_channels_by_place(len(original)),
        severity=Severity(severity),
        needs_spun_document=bool(needs),
        confidence=float(confidence),
        inflect=entry.get("inflect", ""),
        match_case=entry.get("match_case", False),
        when=entry.get("when", ""),
        unless=entry.get("unless", ""),
        message=entry.get("message", ""),
        fixes=tuple((before, after) for before, after in entry.get("fixes", ())),
        finds=tuple(entry.get("finds", ())),
        keeps=tuple(entry.get("keeps", ())),
        waives_examples=waived,
    )


def _is_pair(pair: object) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and all(isinstance(side, str) for side in pair)


def _check_keys(where: str, table: dict[str, Any], known: dict[str, type]) -> None:
    for key, value in table.items():
        if key not in known:
            raise RuleError(f"{where}: unknown key {key!r}: known are {', '.join(sorted(known))}")
        wanted = known[key]
        fits = isinstance(value, wanted) or (wanted is float and type(value) is int)
        if not fits:
            raise RuleError(f"{where}: {key}: must be a {_TYPE_NAMES[wanted]}, not {value!r}")


_TYPE_NAMES: dict[type, str] = {str: "string", list: "list", float: "number", bool: "true or false"}


def _parse_tsv(path: str, text: str) -> Pack:
    """A lexicon: comment lines with source and licence, then ``spun<TAB>original<TAB>weight`` rows."""
    pack = Path(path).stem
    header: dict[str, str] = {}
    rows: dict[str, list[tuple[int, str, float]]] = {}
    for line, row in enumerate(text.splitlines(), 1):
        if row.startswith("#"):
            key, _, value = row[1:].partition(":")
            header.setdefault(key.strip().lower(), value.strip())
        elif row.strip():
            spun, original, weight = _parse_row(f"{path}:{line}", row)
            rows.setdefault(spun, []).append((line, original, weight))
    for key in ("source", "licence"):
        if not header.get(key):
            raise RuleError(f"{path}:1: the lexicon has no '# {key}:' line: state the origin and its terms")
    names = _lexicon_names(rows)
    rules = [_lexicon_rule(path, pack, names[spun], spun, entries) for spun, entries in rows.items()]
    return Pack(pack, header.get("title", pack), path, header["source"], header["licence"], tuple(rules))


def _parse_row(where: str, row: str) -> tuple[str, str, float]:
    fields = [field.strip() for field in row.split("\t")]
    if len(fields) not in (3, 4) or not all(fields[:3]):  # the fourth is evidence for people
        raise RuleError(f"{where}: a row is spun, original and weight, separated by tabs")
    try:
        weight = float(fields[2])
    except ValueError:
        weight = -1.0
    if not 0.001 <= weight <= 0.999:
        raise RuleError(f"{where}: weight {fields[2]!r}: write a probability between 0.001 and 0.999")
    return fields[0], fields[1], weight


def _lexicon_names(forms: Iterable[str]) -> dict[str, str]:
    """A name for each form of a lexicon, unlike the others: ``log-in`` and ``log in`` are two forms."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    numbers: dict[str, int] = {}
    for form in forms:
        plain = re.sub(r"[^a-z0-9]+", "-", form.lower()).strip("-") or "form"
        name = plain
        while name in taken:
            numbers[plain] = numbers.get(plain, 1) + 1
            name = f"{plain}-{numbers[plain]}"
        taken.add(name)
        names[form] = name
    return names


def _lexicon_rule(path: str, pack: str, name: str, spun: str, entries: list[tuple[int, str, float]]) -> Rule:
    entries = sorted(entries, key=lambda entry: -entry[2])
    return Rule(
        pack=pack,
        name=name,
        path=path,
        line=entries[0][0],
        spun=(spun,),
        original=tuple(original for _, original, _ in entries),
        log_channels=log_channels_by_weight([weight for _, _, weight in entries]),
        needs_spun_document=True,
        confidence=min(0.99, sum(weight for _, _, weight in entries)),
        origin="lexicon",
    )
