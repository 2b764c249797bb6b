"""The rule book as the matcher wants it: an index by first token, compiled once and cached by content."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cleanup.document import folded_tokens
from cleanup.errors import UsageError
from cleanup.rulebook.cache import digest_of, read_cache, write_cache
from cleanup.rulebook.glance import Glance, glance_at
from cleanup.rulebook.location import SourceFile, rule_files
from cleanup.rulebook.packed import Bucket, Compiled, PackedBook, Row, pack_glance, pack_rows

if TYPE_CHECKING:
    from cleanup.rulebook.model import Pack

# Raised whenever the layout of the compiled form changes; part of the key of a cached book.
_LAYOUT = 8


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


def made_up_rule(pack: str, name: str, origin: str, log_channels: tuple[float, ...]) -> CompiledRule:
    """The rule under which something reports that no rule file lists: gated, and as likely as not."""
    return CompiledRule(
        f"{pack}/{name}", pack, "error", True, 0.5, False, "", "", "", origin, log_channels
    )  # fmt: skip


class Form(NamedTuple):
    """One spun form: its tokens, the rule it belongs to, how it is written, and its originals."""

    tokens: tuple[str, ...]
    rule: int
    spun: str
    originals: tuple[str, ...]


_NO_FORMS: dict[str, list[Form]] = {}

# How many tokens are remembered with the forms that begin with them.
_MOST_KNOWN = 50_000


class Rulebook:
    """Rules and their spun forms, looked up by first token.

    >>> book = load_rulebook()
    >>> [form.spun for form in book.forms_at("press") if len(form.tokens) == 2][:1]
    ['press convention']
    """

    def __init__(
        self,
        compiled: Compiled | PackedBook,
        digest: str,
        enabled: frozenset[int] | None = None,
        *,
        only_strong: bool = False,
    ) -> None:
        self._compiled = compiled
        self._enabled = enabled
        self._only_strong = only_strong
        self._made: dict[int, CompiledRule] = {}
        self._known: dict[str, dict[str, list[Form]]] = {}
        #: SHA-256 over the rule files: names this version of the rules.
        self.digest = digest

    @property
    def _rules(self) -> Sequence[Row]:
        return self._compiled.rules

    @cached_property
    def _index(self) -> Mapping[str, Bucket]:
        return self._compiled.strong_forms if self._only_strong else self._compiled.forms

    def rule(self, at: int) -> CompiledRule:
        """The rule with the number that a form carries."""
        rule = self._made.get(at)
        if rule is None:
            rule = self._made[at] = CompiledRule._make(self._rules[at])
        return rule

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

    def begun(self, words: Sequence[str]) -> Iterator[tuple[int, Sequence[Form]]]:
        """Where in the folded tokens of a block enabled forms may begin, and these forms, longest first.

        They begin with the two tokens there, or are the first of them.
        """
        known = self._known
        for at, (first, second) in enumerate(zip_longest(words, words[1:], fillvalue="")):
            bucket = known.get(first)
            if bucket is None:
                bucket = self._bucket(first)
                if len(known) < _MOST_KNOWN:
                    known[first] = bucket
            if bucket:
                forms = bucket.get(second)
                if forms is None:
                    forms = bucket.get("")
                if forms:
                    yield at, forms

    def _bucket(self, first: str) -> dict[str, list[Form]]:
        """The enabled forms that begin with a token, by the second; those that are the token go with each."""
        bucket = self._index.get(first[1:] if first[0] == "+" and len(first) > 1 else first)
        if bucket is None:
            return _NO_FORMS
        alone = bucket.get("", [])
        return {second: self._forms([*rows, *alone] if second else rows) for second, rows in bucket.items()}

    def _forms(self, rows: Iterable[Row]) -> list[Form]:
        if self._enabled is None:
            return list(map(Form._make, rows))
        return [form for form in map(Form._make, rows) if form.rule in self._enabled]

    def _precedence(self, row: Row) -> tuple[int, bool, bool, int]:
        return _precedence(row, self._rules)

    @cached_property
    def strong(self) -> Rulebook:
        """The book with only the rules that are findings by themselves, in whatever document they fire."""
        return Rulebook(self._compiled, self.digest, self._enabled, only_strong=True)

    @cached_property
    def glance(self) -> Glance:
        """What a first look for the strong forms looks for."""
        if self._enabled is None:
            return self._compiled.glance
        return _glance(self.strong.forms(), self._rules)

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
        return Rulebook(self._compiled, self.digest, enabled, only_strong=self._only_strong)


def compile_packs(packs: Sequence[Pack], digest: str = "") -> Rulebook:
    """A rule book from packs that were checked already."""
    return Rulebook(_compiled(packs), digest)


def _compiled(packs: Sequence[Pack]) -> Compiled:
    rules: list[Row] = []
    index: dict[str, Bucket] = {}
    strong_index: dict[str, Bucket] = {}
    for rule in (rule for item in packs for rule in item.rules):
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
        indexes = [index] if rule.needs_spun_document else [index, strong_index]
        for spun, originals in rule.forms():
            tokens = folded_tokens(spun)
            second = tokens[1] if len(tokens) > 1 else ""
            row = (tokens, len(rules), spun, originals)
            for each in indexes:
                each.setdefault(tokens[0], {}).setdefault(second, []).append(row)
        rules.append(tuple(entry))
    for bucket in (*index.values(), *strong_index.values()):
        for forms in bucket.values():
            forms.sort(key=lambda form: _precedence(form, rules))
    strong_forms = [
        Form._make(row) for rows in strong_index.values() for some in rows.values() for row in some
    ]
    glance = _glance(strong_forms, rules)
    return Compiled(rules, index, strong_index, glance)


def _glance(forms: Iterable[Form], rules: Sequence[Row]) -> Glance:
    made = ((form, CompiledRule._make(rules[form.rule])) for form in forms)
    return glance_at((form.tokens, form.spun, rule.match_case, rule.when) for form, rule in made)


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
    digest = digest_of(files, _LAYOUT)
    glance = read_cache("glance", digest)
    if glance is None:
        return Rulebook(_made(files, digest, is_checked=not paths), digest)

    def rows() -> bytes:
        kept = read_cache("rules", digest)
        return pack_rows(_made(files, digest, is_checked=True)) if kept is None else kept

    return Rulebook(PackedBook(glance, rows), digest)


def _made(files: Sequence[SourceFile], digest: str, *, is_checked: bool) -> Compiled:
    """The book of rule files, which goes into the cache; they are checked unless they have been already."""
    from cleanup.rulebook import lint, reader  # half of the start-up time, and seldom needed

    packs = reader.parse_packs(files)
    if not is_checked:  # the built-in packs were checked before they were shipped
        lint.refuse(lint.find_problems(packs))
    compiled = _compiled(packs)
    write_cache("rules", digest, pack_rows(compiled))
    write_cache("glance", digest, pack_glance(compiled))
    return compiled
