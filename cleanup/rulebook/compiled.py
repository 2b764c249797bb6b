"""The rule book as the matcher wants it: an index by first token, compiled once and cached by content."""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cleanup import __version__
from cleanup.document import folded_tokens
from cleanup.errors import UsageError
from cleanup.rulebook.location import SourceFile, rule_files

if TYPE_CHECKING:
    from cleanup.rulebook.model import Pack

# Raised whenever the layout of the compiled form changes; part of the key of a cached book.
_LAYOUT = 3


# Rules and forms as plain tuples, which marshal reads back in a few milliseconds.
Row = tuple[Any, ...]

# First folded token, then the second (empty for a form of one token), to the forms that begin so.
Index = dict[str, dict[str, list[Row]]]


class CompiledRule(NamedTuple):
    """What the engine needs of a rule."""

    id: str
    pack: str
    severity: str
    needs_spun_document: bool
    confidence: float
    match_case: bool
    when: str
    unless: str
    message: str
    origin: str
    log_channels: tuple[float, ...]


class Form(NamedTuple):
    """One spun form: its tokens, the rule it belongs to, how it is written, and its originals."""

    tokens: tuple[str, ...]
    rule: int
    spun: str
    originals: tuple[str, ...]


class Rulebook:
    """Rules and their spun forms, looked up by first token.

    >>> book = load_rulebook()
    >>> [form.spun for form in book.forms_at("press") if len(form.tokens) == 2][:1]
    ['press convention']
    """

    def __init__(
        self,
        rules: Sequence[Row],
        index: Index,
        digest: str,
        enabled: frozenset[int] | None = None,
    ) -> None:
        self._rules = rules
        self._index = index
        self._enabled = enabled
        #: SHA-256 over the rule files: names this version of the rules.
        self.digest = digest

    def rule(self, at: int) -> CompiledRule:
        """The rule with the number that a form carries."""
        return CompiledRule._make(self._rules[at])

    @cached_property
    def rules(self) -> tuple[CompiledRule, ...]:
        """Every enabled rule."""
        return tuple(self.rule(at) for at in range(len(self._rules)) if self.is_enabled(at))

    def is_enabled(self, at: int) -> bool:
        """Whether ``--select`` and ``--ignore`` leave the rule on."""
        return self._enabled is None or at in self._enabled

    def forms_at(self, first: str) -> list[Form]:
        """The enabled forms that begin with a folded token, longest first."""
        rows = [row for rows in self._index.get(first, {}).values() for row in rows]
        return self._forms(sorted(rows, key=self._precedence))

    def forms_between(self, first: str, second: str) -> list[Form]:
        """The enabled forms that begin with two folded tokens, and those that are the first, longest first.

        ``second`` is empty at the end of a block.
        """
        bucket = self._index.get(first)
        if bucket is None:
            return []
        rows = bucket.get(second, [])
        return self._forms([*rows, *bucket.get("", ())] if second else rows)

    def _forms(self, rows: Iterable[Row]) -> list[Form]:
        return [form for form in map(Form._make, rows) if self.is_enabled(form.rule)]

    def _precedence(self, row: Row) -> tuple[int, bool, bool, int]:
        return _precedence(row, self._rules)

    @cached_property
    def strong(self) -> Rulebook:
        """The book with only the rules that are findings by themselves, in whatever document they fire."""
        gated = CompiledRule._fields.index("needs_spun_document")
        strong = frozenset(at for at, row in enumerate(self._rules) if not row[gated] and self.is_enabled(at))
        return Rulebook(self._rules, self._index, self.digest, strong)

    def forms(self) -> list[Form]:
        """Every enabled form."""
        return [form for first in self._index for form in self.forms_at(first)]

    def selected(self, select: Iterable[str], ignore: Iterable[str]) -> Rulebook:
        """The book with only the rules or packs of ``select`` (all when empty), less those of ``ignore``.

        Raises:
            UsageError: when a name is neither a rule nor a pack.

        """
        select, ignore = frozenset(select), frozenset(ignore)
        if not select and not ignore:
            return self
        names = {name for rule in self._rules for name in (rule[0], rule[1])}
        for name in sorted((select | ignore) - names):
            raise UsageError(f"no rule or pack is called {name!r}: `cleanup rules list` shows them all")
        enabled = frozenset(
            at
            for at, rule in enumerate(self._rules)
            if (not select or rule[0] in select or rule[1] in select)
            and rule[0] not in ignore
            and rule[1] not in ignore
        )
        return Rulebook(self._rules, self._index, self.digest, enabled)


def compile_packs(packs: Sequence[Pack], digest: str = "") -> Rulebook:
    """A rule book from packs that were checked already."""
    rules: list[Row] = []
    index: Index = {}
    for rule in (rule for pack in packs for rule in pack.rules):
        entry = CompiledRule(
            rule.id,
            rule.pack,
            rule.severity.value,
            rule.needs_spun_document,
            rule.confidence,
            rule.match_case,
            rule.when,
            rule.unless,
            rule.message,
            rule.origin,
            rule.log_channels,
        )
        for spun, originals in rule.forms():
            tokens = folded_tokens(spun)
            second = tokens[1] if len(tokens) > 1 else ""
            index.setdefault(tokens[0], {}).setdefault(second, []).append(
                (tokens, len(rules), spun, originals)
            )
        rules.append(tuple(entry))
    for bucket in index.values():
        for forms in bucket.values():
            forms.sort(key=lambda form: _precedence(form, rules))
    return Rulebook(rules, index, digest)


def _precedence(form: Row, rules: Sequence[Row]) -> tuple[int, bool, bool, int]:
    """Longest first; among equals those that ask for more (a letter case, a context) come first."""
    rule = CompiledRule._make(rules[form[1]])
    return -len(form[0]), not rule.match_case, not rule.when, form[1]


def load_rulebook(paths: Sequence[str | Path] = ()) -> Rulebook:
    """The built-in rules and those of ``paths``: files or directories of rule files.

    The compiled book is kept in the user's cache under the SHA-256 of all rule files, so a changed rule is
    never missed and an unchanged book is not parsed twice.

    Raises:
        RuleError: when a rule file is refused; the message gives file, line and remedy.

    """
    files = rule_files(paths)
    digest = _digest(files)
    cached = _read_cache(digest)
    if cached is not None:
        return cached
    from cleanup.rulebook import lint, reader  # half of the start-up time, and seldom needed

    packs = reader.parse_packs(files)
    lint.refuse(lint.find_problems(packs))
    book = compile_packs(packs, digest)
    payload: tuple[Any, ...] = (book._rules, book._index)
    _write_cache(digest, marshal.dumps(payload))
    return book


def _digest(files: Sequence[SourceFile]) -> str:
    # The version of the interpreter is in the key because marshal's format goes with it.
    whole = hashlib.sha256(f"{__version__} {_LAYOUT} {sys.version_info[:2]}".encode())
    for path, data in files:
        whole.update(f"{path}\0{len(data)}\0".encode("utf-8", "surrogateescape"))
        whole.update(data)
    return whole.hexdigest()


def _cache_file(digest: str) -> Path | None:
    explicit = os.environ.get("CLEANUP_CACHE_DIR")
    if explicit:
        return Path(explicit) / f"rules-{digest[:32]}.bin"
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "cleanup" / f"rules-{digest[:32]}.bin"
    except RuntimeError:  # no home directory: go without a cache
        return None


def _read_cache(digest: str) -> Rulebook | None:
    path = _cache_file(digest)
    try:
        data = path.read_bytes() if path else b""
    except OSError:
        return None
    checksum, payload = data[:32], data[32:]
    if not payload or hashlib.sha256(payload).digest() != checksum:
        return None
    rules, index = marshal.loads(payload)  # noqa: S302 - our own file, whole by its checksum; marshal runs no code
    return Rulebook(rules, index, digest)


def _write_cache(digest: str, payload: bytes) -> None:
    """Keep the compiled book; a cache that cannot be written is only a slower start."""
    path = _cache_file(digest)
    if path is None:
        return
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(hashlib.sha256(payload).digest() + payload)
        part.replace(path)
    except OSError:
        return
