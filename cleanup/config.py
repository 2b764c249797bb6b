"""Settings: built-in defaults, then the configuration file above a document, then flags; checked once."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

from cleanup.errors import ConfigError, FileError
from cleanup.files import is_file, printable, read_bytes


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user can set; each field is a key of ``[tool.cleanup]``, written with hyphens.

    Attributes:
        rules: rule files or directories to use beside the built-in ones; relative to the configuration file.
        select: rules or packs to use; all when empty.
        ignore: rules or packs to leave out.
        include: patterns of files taken as prose, beside ``*.txt``, ``*.md`` and ``*.html``.
        exclude: patterns of files and directories left out.
        min_confidence: the least confidence, 0 to 1, of a finding that is shown.
        edit_threshold: the least confidence, 0 to 1, of a finding that is repaired.
        quotes: what is done about quoted speech: ``"auto"`` repairs it where it was clearly spun as well,
            ``"keep"`` never touches it, ``"repair"`` treats it as any other text.
        field: the directory of a table that ``cleanup train`` wrote; relative to the configuration file.
        lm: whether a language model is heard on open questions: see `cleanup lm install`.
        lm_model: the model in place of the default one: a GGUF file or a directory, relative to the
            configuration file, or the hub id of a model that `transformers` has fetched before.  It says
            which model is heard where one is, and does not switch ``lm`` on.
        without: parts of the engine that are switched off, to see what they are worth: see `PARTS`.
        decisions: the file of what was decided about changes; the nearest ``.cleanup-decisions.toml`` above
            a document when empty; relative to the configuration file.
        encoding: the encoding of files that have no byte-order mark; found out when empty.
        per_path: for each pattern, the settings that differ for the paths it matches.

    """

    rules: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    min_confidence: float = 0.5
    edit_threshold: float = 0.7
    quotes: str = "auto"
    field: str = ""
    lm: bool = False
    lm_model: str = ""
    without: tuple[str, ...] = ()
    decisions: str = ""
    encoding: str = ""
    per_path: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    source: str = ""

    def check(self) -> None:
        """Refuse values that no engine can work with.

        Raises:
            ConfigError: with the key, its value and what may be written.

        """
        if self.quotes not in QUOTES:
            raise ConfigError(f"quotes: must be one of {', '.join(QUOTES)}, not {self.quotes!r}")
        for part in self.without:
            if part not in PARTS:
                raise ConfigError(f"without: {part!r} is no part of the engine: write {', '.join(PARTS)}")
        if self.field and not os.path.isfile(os.path.join(self.field, "meta.json")):
            raise ConfigError(
                f"field: {self.field} holds no table: make one with `cleanup train CORPUS... -o DIR`"
            )
        if self.lm and self.lm_model.endswith(".gguf"):
            self._require_weights()

    def _require_weights(self) -> None:
        try:
            is_there = is_file(self.lm_model)
        except FileError as error:
            raise ConfigError(f"lm-model: {error}: name the weights") from None
        if not is_there:
            raise ConfigError(
                f"lm-model: {printable(self.lm_model)}: there is no such file: name the weights"
            )

    def for_path(self, path: str) -> Settings:
        """The settings for one file: every matching ``per-path`` table applied in order."""
        if not self.per_path:
            return self
        base = Path(self.source).parent if self.source else Path()
        relative = os.path.relpath(path, base).replace(os.sep, "/")
        settings = self
        for pattern, changes in self.per_path:
            if fnmatch(relative, pattern) or fnmatch(relative.rsplit("/", 1)[-1], pattern):
                settings = replace(settings, **changes)
        return settings


# What each key of the table must be; per-path tables may set fewer.
_LISTS = ("rules", "select", "ignore", "include", "exclude")
_NUMBERS = ("min_confidence", "edit_threshold")
_STRINGS = ("decisions", "encoding", "field", "lm_model", "quotes")
_SWITCHES = ("lm",)
_PER_PATH = ("select", "ignore", *_NUMBERS, "encoding", "quotes")
QUOTES = ("auto", "keep", "repair")
#: The parts of the engine that ``without`` can name: the wide channel, the neighbours of a word, the
#: judgement of the document, what the rest of the document says, and the comparison of like places.
PARTS = ("thesaurus", "terms", "collocations", "prior", "evidence", "consistency")
FILE_NAMES = (".cleanup.toml", "pyproject.toml")
#: Where decisions about changes last, when no setting names another file.
DECISIONS_NAME = ".cleanup-decisions.toml"


def find_settings(path: str | Path) -> Settings:
    """The settings that hold at a path: those of the nearest configuration file above it.

    Raises:
        ConfigError: when that file is malformed; the message names file, key and remedy.

    """
    start = Path(os.path.abspath(path))
    directory = start if os.path.isdir(start) else start.parent
    settings = _settings_above(directory)
    if settings.decisions:
        return settings
    found = _decisions_above(directory)
    return replace(settings, decisions=found) if found else settings


def _decisions_above(directory: Path) -> str:
    """The nearest file of decisions in or above a directory, if there is one."""
    for place in (directory, *directory.parents):
        path = os.path.join(place, DECISIONS_NAME)
        if os.path.lexists(path):
            return path
    return ""


@cache
def _settings_above(directory: Path) -> Settings:
    for name in FILE_NAMES:
        table = _table(directory / name)
        if table is not None:
            return parse_settings(table, str(directory / name))
    if directory.parent == directory:
        return Settings()
    return _settings_above(directory.parent)


def _table(path: Path) -> dict[str, Any] | None:
    """The cleanup table of a configuration file, or None when the file has none."""
    if not os.path.exists(path):  # which is false, too, where nobody may look
        return None
    try:
        data = read_bytes(path)
    except FileError as error:
        raise ConfigError(str(error)) from None
    is_project_file = path.name == "pyproject.toml"
    if is_project_file and b"cleanup" not in data:  # spares the parser for everybody else's file
        return None
    import tomllib

    try:
        table = tomllib.loads(data.decode())
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start} is not UTF-8: save the file as UTF-8") from None
    except (ValueError, RecursionError) as error:  # nested too deep, or a number of thousands of digits
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    if not is_project_file:
        return table
    tools = table.get("tool", {})
    found = tools.get("cleanup") if isinstance(tools, dict) else None
    if found is not None and not isinstance(found, dict):
        raise ConfigError(f"{path}: tool.cleanup must be a table")
    return found


def parse_settings(table: Mapping[str, Any], source: str) -> Settings:
    """Settings from a configuration table.

    Raises:
        ConfigError: for an unknown key, a value of the wrong type, a number out of range.

    """
    table = dict(table)
    per_path = table.pop("per-path", {})
    if not isinstance(per_path, dict) or not all(isinstance(value, dict) for value in per_path.values()):
        raise ConfigError(f'{source}: per-path must be tables: [tool.cleanup.per-path."docs/*"]')
    values = _values(table, (*_LISTS, *_NUMBERS, *_STRINGS, *_SWITCHES), source)
    base = Path(source).parent
    values["rules"] = tuple(str(base / path) for path in values.get("rules", ()))
    for key in ("decisions", "field"):
        if values.get(key):
            values[key] = str(base / values[key])
    model = values.get("lm_model")
    if model and (model.endswith(".gguf") or os.path.exists(base / model)):  # else it is a hub id
        values["lm_model"] = str(base / model)
    changes = tuple((pattern, _values(value, _PER_PATH, source)) for pattern, value in per_path.items())
    return Settings(**values, per_path=changes, source=source)


def _values(table: Mapping[str, Any], allowed: Sequence[str], source: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in table.items():
        name = key.replace("-", "_")
        if name not in allowed or "_" in key:
            known = ", ".join(sorted(field.replace("_", "-") for field in allowed))
            raise ConfigError(f"{source}: unknown key {key!r}: known are {known}")
        if name in _LISTS:
            fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
            wanted = "a list of strings"
        elif name in _NUMBERS:
            fits, wanted = _is_share(value), "a number from 0 to 1"
        elif name in _SWITCHES:
            fits, wanted = isinstance(value, bool), "true or false"
        elif name == "quotes":
            fits, wanted = value in QUOTES, f"one of {', '.join(QUOTES)}"
        else:
            fits, wanted = isinstance(value, str), "a string"
        if not fits:
            raise ConfigError(f"{source}: {key}: must be {wanted}, not {value!r}")
        values[name] = tuple(value) if name in _LISTS else value
    return values


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
