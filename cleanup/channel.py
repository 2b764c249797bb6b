"""What looks spun: every place where a form of the rule book stands and its context allows the rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cleanup.datatypes import Span, Token
from cleanup.document import Block, Document, tokenize
from cleanup.errors import RuleError
from cleanup.rulebook import CompiledRule, Form, Rulebook
from cleanup.rulebook.patterns import compile_condition, may_hold

# Signs that join the words on both sides of them to something larger, about which no phrase rule speaks;
# with a word on one side alone they are dashes, emphasis or brackets.
_JOINERS = frozenset("-‐‑_/\\&=~+^")

# Signs that make what follows them a name of some kind.
_SIGILS = frozenset("@#$\\/")


@dataclass(frozen=True, slots=True)
class Match:
    """A spun form found in a document.

    ``tokens`` are the tokens it covers, ``block`` the block it stands in, ``article`` the word *a* or *an*
    right in front of it, if one stands there.
    """

    span: Span
    tokens: tuple[Token, ...]
    block: Span
    form: Form
    rule: CompiledRule
    article: Token | None


def find_matches(document: Document, book: Rulebook) -> list[Match]:
    """Every match in unprotected prose, in order of position, longest first; overlaps are kept."""
    return [match for block in document.blocks for match in matches_in(document, book, block)]


def matches_in(document: Document, book: Rulebook, block: Block) -> list[Match]:
    """The matches in one block; see `find_matches`."""
    matches: list[Match] = []
    for at, forms in book.begun(block.words):
        matches += _matches_at(document, book, block, at, forms)
    return matches


def _matches_at(
    document: Document, book: Rulebook, block: Block, at: int, forms: Sequence[Form]
) -> Iterator[Match]:
    claimed: set[tuple[str, ...]] = set()
    for form in forms:
        if not _fits(document.text, form, block, at) or form.tokens in claimed:
            continue
        span = Span(block.starts[at], block.ends[at + len(form.tokens) - 1])
        rule = book.rule(form.rule)
        numbers = range(at, at + len(form.tokens))
        if rule.match_case and [_text(document, block, number) for number in numbers] != _written(form):
            continue
        if _ends_words(document.text, span, form, rule) and _context_allows(document, rule, span, block.span):
            tokens = tuple(block.token(document.text, number) for number in numbers)
            # The form that asks for more stands first in the book; the plain one is not a second finding.
            claimed.add(form.tokens)
            yield Match(span, tokens, block.span, form, rule, article_before(document, block, at))


def _text(document: Document, block: Block, at: int) -> str:
    return document.text[block.starts[at] : block.ends[at]]


def _written(form: Form) -> list[str]:
    return [token.text for token in tokenize(form.spun)]


def _fits(text: str, form: Form, block: Block, at: int) -> bool:
    """Whether the form stands at a token, with white space alone between its words."""
    wanted, starts, ends = form.tokens, block.starts, block.ends
    if block.words[at + 1 : at + len(wanted)] != [*wanted[1:]]:
        return False
    for before in range(at, at + len(wanted) - 1):
        gap = text[ends[before] : starts[before + 1]]
        if gap != " " and gap.strip():
            return False
    return True


def _ends_words(text: str, span: Span, form: Form, rule: CompiledRule) -> bool:
    """Whether the phrase is no part of a larger word; a rule that names a hyphen beside it asks for one."""
    has_hyphen = "+-" in form.tokens
    before, after = text[max(span.start - 2, 0) : span.start], text[span.end : span.end + 2]
    begins_inside = before[-1:] in _SIGILS or (before[-1:] in _JOINERS and before[:-1].isalnum())
    if begins_inside and not (before[-1] == "-" and (has_hyphen or "-{}" in rule.when)):
        return False
    ends_inside = after[:1] in _JOINERS and after[1:].isalnum()
    return not ends_inside or (after[0] == "-" and (has_hyphen or "{}-" in rule.when))


def _context_allows(document: Document, rule: CompiledRule, span: Span, block: Span) -> bool:
    around = document.folded, span.start, span.end
    if rule.when and not may_hold(rule.when, *around):
        return False
    unless = rule.unless if rule.unless and may_hold(rule.unless, *around) else ""
    if not rule.when and not unless:
        return True
    sentence = document.sentence(span, block)
    left = document.text[sentence.start : span.start]
    phrase = document.text[span.start : span.end]
    right = document.text[span.end : sentence.end]
    try:
        if rule.when and not compile_condition(rule.when).holds(left, phrase, right):
            return False
        return not (unless and compile_condition(unless).holds(left, phrase, right))
    except RuleError as error:
        raise RuleError(f"rule {rule.id}: {error}") from None


def article_before(document: Document, block: Block, at: int) -> Token | None:
    """The word *a* or *an* right in front of a token of a block, if one stands there."""
    if at == 0 or block.words[at - 1] not in {"a", "an"}:
        return None
    gap = document.text[block.ends[at - 1] : block.starts[at]]
    return block.token(document.text, at - 1) if gap.isspace() else None
