"""All that decides what comes out of a document, in digests: same digests, same bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from cleanup import __version__
from cleanup.batch.options import Options
from cleanup.batch.plan import CorpusFile, TreeFile
from cleanup.batch.state import LAYOUT
from cleanup.config import Settings
from cleanup.files import read_bytes
from cleanup.lm.backend import digest_of
from cleanup.lm.judge import find_model
from cleanup.rulebook.location import rule_files, term_files

_DATA = Path(__file__).parent.parent / "data"
_NO_DATA = ("README.md", "LICENSES")
_SHOWN_DIGITS = 10


@dataclass(frozen=True, slots=True)
class Identity:
    """The program, its rules and data, and how they are used.

    ``described`` says so at length, ``version`` in short, for every record.
    """

    described: dict[str, Any]
    version: str

    @classmethod
    def of(cls, settings: Sequence[Settings], options: Options, models: Sequence[str] | None = None) -> Self:
        """What these settings and options come to today; ``models`` is what `model_digests` said of them."""
        rules = _joined(map(_rules_digest, settings))
        data = _data_digest(settings, model_digests(settings) if models is None else models)
        described = {
            "layout": LAYOUT,
            "version": __version__,
            "rules": rules,
            "data": data,
            "settings": [_described(item) for item in settings],
            "options": asdict(options),
        }
        # What JSON makes of tuples, so that a description that was read compares with one that was made.
        described = json.loads(json.dumps(described))
        return cls(described, f"{__version__}+{rules[:_SHOWN_DIGITS]}.{data[:_SHOWN_DIGITS]}")

    def key(self, digest: str, file: TreeFile | CorpusFile) -> str:
        """The key of an input with this SHA-256: it changes with all that its output is made from and by."""
        parts = [self.described | {"settings": self.described["settings"][file.settings]}, digest]
        parts.append(asdict(file) | {"path": "", "settings": 0})
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def models_of(settings: Iterable[Settings]) -> list[str]:
    """The language models that are heard.

    Raises:
        ConfigError: when the default weights were never fetched.

    """
    return sorted({find_model(item.lm_model) for item in settings if item.lm})


def model_digests(settings: Iterable[Settings]) -> list[str]:
    """The digests of the language models that are heard, each of which is looked over for it.

    Raises:
        ConfigError: when one is not here, or cannot be used.

    """
    return [digest_of(model) for model in models_of(settings)]


def _described(settings: Settings) -> dict[str, Any]:
    """Settings as they are written down.

    Where rules, fields and models lie does not count, for their digests do.
    """
    rules = [Path(path).name for path in settings.rules]
    model = Path(settings.lm_model).name if settings.lm else ""
    return asdict(settings) | {"rules": rules, "field": Path(settings.field).name, "lm_model": model}


def _rules_digest(settings: Settings) -> str:
    """SHA-256 over the rule files in their order, by name and content."""
    whole = hashlib.sha256()
    for path, data in rule_files(settings.rules):
        whole.update(f"{Path(path).name}\0{hashlib.sha256(data).hexdigest()}\0".encode("utf-8", "replace"))
    return whole.hexdigest()


def _joined(digests: Iterable[str]) -> str:
    """One digest for several, which is the same where there is only one of them."""
    different = sorted(set(digests))
    if len(different) == 1:
        return str(different[0])
    return hashlib.sha256("\n".join(different).encode()).hexdigest()


def _data_digest(settings: Sequence[Settings], models: Sequence[str]) -> str:
    """SHA-256 over the tables that ship, and the lists of terms, fields, decisions and models of the user."""
    files = [
        (path.relative_to(_DATA).as_posix(), path)
        for path in sorted(_DATA.rglob("*"))
        if path.is_file() and path.relative_to(_DATA).parts[0] not in _NO_DATA
    ]
    for field in sorted({item.field for item in settings if item.field}):
        files += [(f"field/{path.name}", path) for path in sorted(Path(field).iterdir()) if path.is_file()]
    whole = hashlib.sha256()
    for name, path in files:
        whole.update(f"{name}\0{hashlib.sha256(read_bytes(path)).hexdigest()}\0".encode())
    for decisions in sorted({item.decisions for item in settings if item.decisions}):
        whole.update(f"decisions\0{hashlib.sha256(read_bytes(decisions)).hexdigest()}\0".encode())
    for model in models:
        whole.update(f"model\0{model}\0".encode())
    for rules in sorted({item.rules for item in settings}):
        for listed, data in term_files(rules):
            whole.update(f"{Path(listed).name}\0{hashlib.sha256(data).hexdigest()}\0".encode())
    return whole.hexdigest()
