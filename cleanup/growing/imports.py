"""A foreign list becomes a pack: what can be trusted repairs, what cannot is demoted, the rest is told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cleanup.collocations import UNKNOWN, load_collocations
from cleanup.document import folded_tokens
from cleanup.errors import RuleError
from cleanup.growing.lists import Entry
from cleanup.rulebook.lint import find_problems
from cleanup.rulebook.model import Pack
from cleanup.rulebook.reader import parse_packs
from cleanup.rulebook.writing import Draft, pack_head, slug

# A phrase is good English by itself when each of its words follows the one before it this much more often
# than elsewhere, in nats.  Of the 2,735 tortured phrases of the development list 6 % are, "search engine"
# and its kin all are (2026-11-24).
NATURAL_NATS = 3.0

_CONFIDENCE = 0.9
_LONGEST = 300  # characters: longer than any phrase


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An entry, or a form of one, of which no rule was made."""

    line: int
    text: str
    reason: str

    def __str__(self) -> str:
        text = f"{_visible(self.text)}: " if self.text else ""
        return f"line {self.line}: {text}{self.reason}"


@dataclass(frozen=True, slots=True)
class Imported:
    """What was made of a list.

    Attributes:
        text: the rule file.
        strong, gated, warnings: how many rules repair anywhere, only in spun documents, and only report.
        left_out: what no rule was made of, in the order of the list.

    """

    text: str
    strong: int
    gated: int
    warnings: int
    left_out: tuple[LeftOut, ...]


def import_entries(
    entries: Sequence[Entry], packs: Sequence[Pack], name: str, title: str, source: str, licence: str
) -> Imported:
    """A pack called ``name`` from the entries of a list; forms that ``packs`` hold already are left out."""
    known = {
        folded_tokens(spun): rule.id for pack in packs for rule in pack.rules for spun, _ in rule.forms()
    }
    head = pack_head(title, source, licence, waives_examples=True)
    drafts: list[tuple[Entry, Draft]] = []
    left_out: list[LeftOut] = []
    # A pack of this name may be known already: its rules keep their names.
    taken = {rule.name for pack in packs if pack.name == name for rule in pack.rules}
    for entry in entries:
        reason = _refusal(entry)
        if reason:
            left_out.append(LeftOut(entry.line, "", reason))
            continue
        draft, refused = _draft(entry, known, taken)
        left_out += refused
        if draft is not None:
            drafts.append((entry, draft))
            taken.add(draft.id)
            known |= {folded_tokens(spun): f"{name}/{draft.id}" for spun in draft.spun}
    drafts, refused = _accepted(drafts, packs, name, head)
    left_out += refused
    left_out.sort(key=lambda item: item.line)
    text = head + "".join(draft.text() for _, draft in drafts)
    warnings = sum(draft.severity == "warning" for _, draft in drafts)
    gated = sum(bool(draft.needs) for _, draft in drafts)
    return Imported(text, len(drafts) - warnings - gated, gated, warnings, tuple(left_out))


def _refusal(entry: Entry) -> str:
    """Why nothing can be made of an entry, if so."""
    if entry.refused or not entry.original:
        return entry.refused or "it says no original"
    around = [phrase for group in (*entry.required, entry.forbidden, entry.original) for phrase in group]
    return next((f"{_visible(text)}: {reason}" for text in around if (reason := _unfit(text))), "")


def _unfit(text: str) -> str:
    """Why a text cannot stand in a rule, if so."""
    if not text.isprintable():
        return "holds a character that cannot be seen"
    if len(text) > _LONGEST:
        return f"is longer than {_LONGEST} characters"
    return ""


def _visible(text: str) -> str:
    """A text as it can be printed on a line, shortened."""
    short = text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in short)


def _draft(
    entry: Entry, known: dict[tuple[str, ...], str], taken: set[str]
) -> tuple[Draft | None, list[LeftOut]]:
    """A rule from an entry, and those of its forms that are left out."""
    refused: list[LeftOut] = []
    spun: dict[tuple[str, ...], str] = {}
    for form in entry.spun:
        tokens = folded_tokens(form)
        reason = _unfit(form)
        if not reason and not any(token.lstrip("+")[:1].isalnum() for token in tokens):
            reason = "holds no word"
        elif any(folded_tokens(original) == tokens for original in entry.original):
            reason = "is its own original"
        elif tokens in known:
            reason = f"{known[tokens]} holds it already"
        if reason:
            refused.append(LeftOut(entry.line, form, reason))
        else:
            spun.setdefault(tokens, form)
    if not spun:
        return None, refused
    return _demoted(entry, list(spun.values()), slug(entry.original[0], taken)), refused


def _demoted(entry: Entry, spun: Sequence[str], name: str) -> Draft:
    """The rule, as strong as its entry deserves."""
    draft = Draft(name, spun, entry.original, confidence=_CONFIDENCE)
    if entry.required:
        draft = replace(draft, when=_all_of([_any_of(group) for group in entry.required]))
    if entry.forbidden:
        draft = replace(draft, unless=_any_of(entry.forbidden))
    if entry.is_doubtful:
        return replace(draft, severity="warning", confidence=0.5, remarks=["the list is in doubt"])
    if any(len(folded_tokens(form)) == 1 for form in spun):
        return replace(draft, needs="spun-document", confidence=0.5, remarks=["a single word"])
    if any(map(is_natural, spun)):
        remark = "good English by itself, too"
        return replace(draft, needs="spun-document", confidence=0.6, remarks=[remark])
    return draft


def _any_of(phrases: Sequence[str]) -> str:
    """A pattern that finds one of the phrases, as whole words."""
    return "|".join(
        (r"\b" if _is_word(text[0]) else "") + re.escape(text) + (r"\b" if _is_word(text[-1]) else "")
        for text in phrases
    )


def _is_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_"


def _all_of(patterns: Sequence[str]) -> str:
    """A pattern that matches where each of the patterns is found, in any order."""
    if len(patterns) == 1:
        return patterns[0]
    return r"(?s)\A" + "".join(f"(?=.*(?:{pattern}))" for pattern in patterns)


def is_natural(phrase: str) -> bool:
    """Whether the words of a phrase often stand together: it may be meant as it is written.

    >>> [is_natural(phrase) for phrase in ("search engine", "linear programming", "bosom peril")]
    [True, True, False]
    """
    import numpy as np

    table = load_collocations()
    numbers = np.array([table.number(token.lstrip("+")) for token in folded_tokens(phrase)])
    if len(numbers) < 2 or (numbers == UNKNOWN).any():
        return False
    gains = table.log_after_one(numbers[:-1], numbers[1:]) - table.unigrams[numbers[1:]]
    return bool((gains > NATURAL_NATS).all())


def _accepted(
    drafts: list[tuple[Entry, Draft]], packs: Sequence[Pack], name: str, head: str
) -> tuple[list[tuple[Entry, Draft]], list[LeftOut]]:
    """The drafts that the book does not refuse; the rest with what the book says of them."""
    refused: list[LeftOut] = []
    while drafts:
        reasons = dict(_refusals(drafts, packs, name, head))
        if not reasons:
            break
        refused += [
            LeftOut(entry.line, draft.spun[0], reasons[draft.id])
            for entry, draft in drafts
            if draft.id in reasons
        ]
        drafts = [pair for pair in drafts if pair[1].id not in reasons]
    return drafts, refused


def _refusals(
    drafts: Sequence[tuple[Entry, Draft]], packs: Sequence[Pack], name: str, head: str
) -> Iterator[tuple[str, str]]:
    path = f"{name}.toml"
    while any(pack.path == path for pack in packs):
        path = f"new/{path}"
    try:
        (pack,) = parse_packs([(path, (head + "".join(d.text() for _, d in drafts)).encode())])
    except RuleError as error:
        raise RuleError(f"the list cannot be written as rules: {error}") from None
    ours = {draft.id for _, draft in drafts}
    named = re.compile(rf"(?<![\w-]){re.escape(name)}/([a-z0-9-]+)[:;, (]")
    for problem in find_problems([*packs, pack]):
        if problem.path == path:
            yield problem.rule_id.partition("/")[2], problem.message
            continue
        # A rule that was there before, whose original a new one would change: the new one goes.
        for found in named.findall(problem.message):
            if found in ours:
                yield found, f"quarrels with {problem.rule_id}"
