"""Where rule files are: the built-in ones, and those that a user adds."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from cleanup.errors import FileError, RuleError
from cleanup.files import read_bytes

_PACKAGE = Path(__file__).resolve().parent.parent
#: Where the built-in rules stand: inside the installed package, or beside it in a checkout.
BUILTIN_RULES = _PACKAGE / "rules" if (_PACKAGE / "rules").is_dir() else _PACKAGE.parent / "rules"

SourceFile = tuple[str, bytes]


def rule_files(paths: Sequence[str | Path]) -> list[SourceFile]:
    """The built-in rule files and those below ``paths``, each as path and content, in a fixed order.

    Raises:
        RuleError: when a path does not exist, cannot be read, or holds no rule file.

    """
    files = _files_below(BUILTIN_RULES)
    for path in map(Path, paths):
        below = _files_below(path)
        if not below and not _term_files_below(path):
            raise RuleError(f"{path}: no rule file here: give a .toml or .tsv file, or a directory of them")
        files += below
    return _contents(files)


def term_files(paths: Sequence[str | Path]) -> list[SourceFile]:
    """The built-in lists of terms and words, and those in the directories among ``paths``."""
    return _contents(
        [file for path in (BUILTIN_RULES, *map(Path, paths)) for file in _term_files_below(path)]
    )


def _contents(files: Sequence[Path]) -> list[SourceFile]:
    try:
        return [(str(path), read_bytes(path)) for path in files]
    except FileError as error:
        raise RuleError(f"rule file {error}") from None


def _files_below(path: Path) -> list[Path]:
    if "\0" in str(path):
        return []
    if os.path.isdir(path):
        return sorted([*path.glob("*.toml"), *path.glob("lexicon/*.tsv"), *path.glob("*.tsv")])
    return [path] if path.suffix in {".toml", ".tsv"} or not os.path.exists(path) else []


def _term_files_below(path: Path) -> list[Path]:
    if "\0" in str(path) or not os.path.isdir(path):
        return []
    return [*sorted(path.glob("terms/*.txt")), *sorted(path.glob("words/*.tsv"))]
