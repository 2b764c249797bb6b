"""What the growing commands read and write: pairs of texts, and an output that spares its input."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from cleanup.cli.console import put, read_input, say
from cleanup.cli.inputs import STDIN
from cleanup.errors import FileError, UsageError
from cleanup.files import Decoded, decode, is_same_file, printable, read_bytes, write_atomic

_ORIGINAL_KEYS = ("original", "gold")


def require_free(output: str, suffix: str, *, force: bool, inputs: Sequence[str]) -> None:
    """Refuse an output that the book would not read, that is there already, or that is an input.

    Raises:
        UsageError: when it is.

    """
    if not output:
        return
    shown = printable(output)
    if Path(output).suffix != suffix:
        raise UsageError(f"--output {shown}: the book reads it only with a name that ends in {suffix}")
    if not os.path.lexists(output):
        return
    if any(is_same_file(path, output) for path in inputs):
        raise UsageError(f"{shown} is what is read: choose another name")
    if not force:
        raise UsageError(f"{shown} is there already: choose another name, or --force")


def write_output(output: str, text: str) -> None:
    """Write the file, in a directory that is made when it is not there, or standard output."""
    if output:
        from cleanup.growing.new import make_parent

        make_parent(Path(output))
        write_atomic(output, text.encode())
    else:
        put(text)


def read_list(path: str) -> bytes:
    """The bytes of a file, or of standard input."""
    return read_input() if path == STDIN else read_bytes(path)


def files_of(paths: Sequence[str]) -> list[str]:
    """The paths, and the files in those that are directories."""
    inside = (str(file) for path in paths if os.path.isdir(path) for file in Path(path).rglob("*"))
    return [*paths, *inside]


def read_pairs(paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Spun and original texts from JSON lines, or from two directories with like names."""
    if len(paths) == 2 and all(os.path.isdir(path) for path in paths):
        yield from _like_names(Path(paths[0]), Path(paths[1]))
        return
    for path in paths:
        if os.path.isdir(path):
            raise UsageError("give two directories, spun texts first, or .jsonl files")
        yield from json_lines(path)


def _like_names(spun: Path, original: Path) -> Iterator[tuple[str, str]]:
    names = [str(path.relative_to(spun)) for path in sorted(spun.rglob("*")) if path.is_file()]
    common = {name for name in names if (original / name).is_file()}
    if not common:
        raise UsageError(f"{printable(str(spun))} and {printable(str(original))} have no file name in common")
    for name in names:
        if name not in common:
            say(f"{printable(str(spun / name))}: skipped: no original of this name")
            continue
        here, there = (_decoded(folder / name) for folder in (spun, original))
        if here is not None and there is not None:
            yield here, there


def _decoded(path: Path) -> str | None:
    found = decode(read_bytes(path))
    if isinstance(found, Decoded):
        return found.text
    say(f"{printable(str(path))}: skipped: {found.reason}")
    return None


def json_lines(path: str) -> Iterator[tuple[str, str]]:
    """The pairs of a file of JSON lines.

    Raises:
        FileError: when a line is no JSON, or holds no pair of texts.

    """
    shown = printable(path)
    for number, line in enumerate(read_list(path).splitlines(), 1):
        if not line.strip():
            continue
        where = f"{shown}:{number}"
        try:
            row = json.loads(line)
        except RecursionError:
            raise FileError(f"{where}: not a line of JSON: it is nested too deep") from None
        except ValueError as error:
            raise FileError(f"{where}: not a line of JSON: {error}") from None
        original = next((row[key] for key in _ORIGINAL_KEYS if isinstance(row, dict) and key in row), None)
        if original is None or not isinstance(row.get("spun"), str) or not isinstance(original, str):
            raise FileError(f"{where}: the line must hold `spun` and `original`, both texts")
        try:
            (row["spun"] + original).encode()
        except UnicodeEncodeError:
            raise FileError(f"{where}: a text holds half of a surrogate pair: write it as UTF-8") from None
        yield row["spun"], original
