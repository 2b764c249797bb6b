"""Lists of phrases that others keep, read as entries: what is wrong, what it should be, what was remarked.

Formats: the CSV of the Problematic Paper Screener (Cabanac, Labbé and Magazinov, 2021), whose first column
is a search query; codespell's ``wrong->right`` dictionaries; Vale's ``substitution`` rules in YAML; and rows
of spun form and original separated by tabs.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cleanup.errors import FileError, UsageError
from cleanup.growing.queries import QueryError, read_query

FORMATS = ("pps", "codespell", "vale", "tsv")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a list.

    Attributes:
        line: where it stands, from 1.
        spun, original: the forms and what each should be, likeliest first.
        required: groups of phrases; of each, one must stand near by.
        forbidden: phrases that must not stand near by.
        is_doubtful: the list itself marks it as uncertain.
        refused: why nothing can be made of it; empty when something can.

    """

    line: int
    spun: tuple[str, ...] = ()
    original: tuple[str, ...] = ()
    required: tuple[tuple[str, ...], ...] = ()
    forbidden: tuple[str, ...] = ()
    is_doubtful: bool = False
    refused: str = ""


def read_entries(path: str, data: bytes, kind: str = "") -> list[Entry]:
    """The entries of a list; its format is guessed from its name and its first lines when none is given.

    Raises:
        FileError: when the list is not UTF-8, or not in its format.
        UsageError: when its format cannot be told.

    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileError(f"{path}: byte {error.start} is not UTF-8: save the list as UTF-8") from None
    reader = {"pps": _pps, "codespell": _codespell, "vale": _vale, "tsv": _tsv}[kind or _guess(path, text)]
    return list(reader(path, text))


def _guess(path: str, text: str) -> str:
    suffix = Path(path).suffix.lower()
    if suffix in {".yml", ".yaml"}:
        return "vale"
    if suffix in {".tsv", ".tab"}:
        return "tsv"
    if suffix == ".csv":
        return "pps"
    head = [row for _, row in _rows(text)][:50]
    for kind, mark in (("codespell", "->"), ("tsv", "\t")):
        if 2 * sum(mark in row for row in head) > len(head):
            return kind
    raise UsageError(f"{path}: its format cannot be told: name it with --format {'|'.join(FORMATS)}")


def _rows(text: str) -> Iterator[tuple[int, str]]:
    """The lines that are neither empty nor comments, with their numbers."""
    for line, row in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        if row.strip() and not row.startswith("#"):
            yield line, row


def _tidy(texts: Iterable[str]) -> tuple[str, ...]:
    """The texts that are not empty, with single spaces."""
    return tuple(filter(None, (" ".join(text.split()) for text in texts)))


# --- the screener's CSV ---

_SPUN_COLUMN = re.compile(r"tortured|fingerprint|query|queries|spun", re.IGNORECASE)
_ORIGINAL_COLUMN = re.compile(r"expected|established|original|correct|genuine|recommend", re.IGNORECASE)
_DOUBT = re.compile(r"\(\s*\?+\s*\)|\?+\s*$|\[\s*\?+\s*\]")


def _pps(path: str, text: str) -> Iterator[Entry]:
    spun, original = 0, 1
    for at, (line, row) in enumerate(_csv_rows(path, text)):
        named = _columns(row) if at == 0 else None
        if named:
            spun, original = named
        elif len(row) <= max(spun, original):
            yield Entry(line, refused="the row has too few columns")
        else:
            yield from _queried(line, row[spun].strip(), row[original].strip())


def _columns(row: Sequence[str]) -> tuple[int, int] | None:
    """Where the spun form and the original stand, when the row names its columns."""
    original = next((at for at, name in enumerate(row) if _ORIGINAL_COLUMN.search(name)), None)
    spun = next((at for at, name in enumerate(row) if _SPUN_COLUMN.search(name) and at != original), None)
    return None if spun is None or original is None else (spun, original)


def _csv_rows(path: str, text: str) -> list[tuple[int, list[str]]]:
    """The rows that are not empty, each with the line on which it begins."""
    # Only the delimiter is guessed: the one that most lines hold outside quotes.
    head = [re.sub(r'"[^"]*"', "", row) for row in text[:16384].splitlines()]
    delimiter = max("\t,;", key=lambda sign: sum(sign in row for row in head))
    rows = []
    start = 1
    limit = csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    try:
        reader = csv.reader(
            io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True
        )
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((start, row))
            start = reader.line_num + 1
    except csv.Error as error:
        raise FileError(
            f"{path}:{start}: not valid CSV: {error}: close each quote of the row, and double those in a cell"
        ) from None
    finally:
        csv.field_size_limit(limit)
    return rows


def _queried(line: int, query: str, expected: str) -> Iterator[Entry]:
    """Entries from a search query and the expected phrase: one for each alternative of the query."""
    is_doubtful = bool(_DOUBT.search(query) or _DOUBT.search(expected))
    query, expected = _DOUBT.sub("", query).strip(), _DOUBT.sub("", expected).strip()
    try:
        clauses = read_query(query)
    except QueryError as error:
        yield Entry(line, refused=str(error))
        return
    for clause in clauses:
        # The group whose shortest phrase is longest says what is wrong; the others say where.
        spun = max(clause.groups, key=lambda group: min(phrase.count(" ") for phrase in group))
        required = tuple(group for group in clause.groups if group is not spun)
        yield Entry(line, spun, _alternatives(expected), required, clause.forbidden, is_doubtful)


def _alternatives(expected: str) -> tuple[str, ...]:
    """The phrases of an answer such as ``breast cancer / breast tumour``."""
    parts = re.split(r"\s+/\s+|\s*[;|]\s*|\s+or\s+(?=\w+ \w)", expected)
    cleaned = (" ".join(part.strip(" \"'“”").split()) for part in parts)
    return tuple(dict.fromkeys(part for part in cleaned if part))


# --- codespell ---


def _codespell(_path: str, text: str) -> Iterator[Entry]:
    for line, row in _rows(text):
        wrong, arrow, right = row.partition("->")
        if not arrow:
            yield Entry(line, refused=f"{row.strip()!r} is not written wrong->right")
            continue
        # A comma means that people must choose; what stands behind the last one says why.
        corrections, comma, _ = right.rpartition(",")
        originals = (corrections if comma else right).split(",")
        yield Entry(line, _tidy([wrong]), _tidy(originals), is_doubtful=bool(comma))


# --- Vale ---

_PLAIN = re.compile(r"[\w\s'’,.-]+")
_OPTION = re.compile(r"\(\?:([^()]*)\)")
_MOST_WORDINGS = 64
_TEXT = "tag:yaml.org,2002:str"


def _vale(path: str, text: str) -> Iterator[Entry]:
    try:
        import yaml
    except ImportError:
        raise UsageError(f"{path}: to read YAML, install the extra: pip install 'despin[import]'") from None
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise FileError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise FileError(f"{path}: not valid YAML: it is nested too deep") from None
    # The values are never built, so that none can be wrong: 2001-99-99 is a date that there is not.
    table = {key.value: value for key, value in _pairs(node) if isinstance(key.value, str)}
    if "extends" not in table or table["extends"].value != "substitution":
        raise FileError(f"{path}: not a Vale rule with 'extends: substitution'")
    if "swap" not in table or table["swap"].id != "mapping":
        raise FileError(f"{path}: the rule has no 'swap:' map")
    for key, value in _pairs(table["swap"]):
        yield _swapped(key, value)


def _pairs(node: Any) -> Sequence[tuple[Any, Any]]:
    """The nodes of a YAML map; none for what is no map."""
    return node.value if node is not None and node.id == "mapping" else ()


def _swapped(key: Any, value: Any) -> Entry:
    line = key.start_mark.line + 1
    for node in (key, value):
        if node.id != "scalar":
            return Entry(line, refused="a swap is a text for a text")
        if node.tag != _TEXT:
            kind = node.tag.rpartition(":")[2]
            return Entry(
                line, refused=f"{node.value!r} is a {kind} to YAML: put it in quotes to make it a text"
            )
    wordings = _tidy(_wordings(key.value))
    if not wordings:
        return Entry(line, refused=f"the pattern {key.value!r} is more than a list of wordings")
    if re.search(r"\$\d|[\\()\[\]*+^]", value.value):
        return Entry(line, refused=f"{value.value!r} refers to parts of the pattern")
    originals = _tidy(value.value.split("|"))
    return Entry(line, wordings, originals, is_doubtful=len(originals) > 1)


def _wordings(pattern: str) -> Iterator[str]:
    """Every text that a pattern of plain words and simple alternatives matches; nothing for any other."""
    waiting = pattern.replace(r"\b", "").replace(r"\s", " ").split("|") if "(" not in pattern else [pattern]
    done: list[str] = []
    while waiting:
        at = waiting.pop(0)
        found = _OPTION.search(at)
        if found is None:
            done.append(" ".join(at.split()))
            continue
        optional = at[found.end() : found.end() + 1] == "?"
        rest = at[found.end() + optional :]
        choices = [*found.group(1).split("|"), *([""] if optional else [])]
        waiting += [at[: found.start()] + choice + rest for choice in choices]
        if len(waiting) + len(done) > _MOST_WORDINGS:
            return
    if all(_PLAIN.fullmatch(text) for text in done):
        yield from dict.fromkeys(done)


# --- tab-separated rows ---


def _tsv(_path: str, text: str) -> Iterator[Entry]:
    for at, (line, row) in enumerate(_rows(text)):
        cells = [cell.strip() for cell in row.split("\t")]
        if at == 0 and _is_header(cells):
            continue
        if len(cells) < 2 or not cells[0] or not cells[1]:
            yield Entry(line, refused="a row is a spun form and an original, separated by a tab")
        else:
            originals = _tidy(re.split(r"[|;]", cells[1]))
            yield Entry(line, _tidy(cells[:1]), originals, is_doubtful=bool(_DOUBT.search(row)))


def _is_header(cells: Sequence[str]) -> bool:
    return len(cells) > 1 and bool(_SPUN_COLUMN.search(cells[0]) and _ORIGINAL_COLUMN.search(cells[1]))
