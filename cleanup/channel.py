"""What looks spun: every place where a form of the rule book stands and its context allows the rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from cleanup.datatypes import Span, Token
from cleanup.document import Block, Document
from cleanup.rulebook import CompiledRule, Form, Rulebook
from cleanup.rulebook.patterns import compile_condition

# Signs that, glued to a word, make it a part of something larger that no phrase rule speaks about.
_JOINERS = frozenset("-‐‑_/\\@#&=~$+^*|<>{}")


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
    matches: list[Match] = []
    for block in document.blocks:
        for at, token in enumerate(block.tokens):
            first = token.folded[1:] if token.folded[0] == "+" and len(token.folded) > 1 else token.folded
            if book.has_forms_at(first):
                matches += _matches_at(document, book, block, at, first)
    return matches


def _matches_at(document: Document, book: Rulebook, block: Block, at: int, first: str) -> Iterator[Match]:
    claimed: set[tuple[str, ...]] = set()
    for form in book.forms_at(first):
        tokens = block.tokens[at : at + len(form.tokens)]
        if form.tokens in claimed or not _fits(document.text, form, tokens, book.rule(form.rule)):
            continue
        span = Span(tokens[0].span.start, tokens[-1].span.end)
        rule = book.rule(form.rule)
        if rule.match_case and [token.text for token in tokens] != _written(form):
            continue
        if _context_allows(document, rule, span, block.span):
            # The form that asks for more stands first in the book; the plain one is not a second finding.
            claimed.add(form.tokens)
            article = _article_before(document, block, at)
            yield Match(span, tokens, block.span, form, rule, article)


def _written(form: Form) -> list[str]:
    from cleanup.document import tokenize

    return [token.text for token in tokenize(form.spun)]


def _fits(text: str, form: Form, tokens: tuple[Token, ...], rule: CompiledRule) -> bool:
    """Whether the tokens are the form, with white space alone between them, and end where words end."""
    if len(tokens) < len(form.tokens) or any(
        token.folded != wanted for token, wanted in zip(tokens[1:], form.tokens[1:], strict=True)
    ):
        return False
    for left, right in pairwise(tokens):
        if text[left.span.end : right.span.start].strip():
            return False
    start, end = tokens[0].span.start, tokens[-1].span.end
    return _ends_words(text, Span(start, end), form, rule)


def _ends_words(text: str, span: Span, form: Form, rule: CompiledRule) -> bool:
    """Whether the phrase is no part of a larger word; a rule that names a hyphen beside it asks for one."""
    before, after = text[max(span.start - 1, 0) : span.start], text[span.end : span.end + 2]
    has_hyphen = "+-" in form.tokens
    if before in _JOINERS and not (before == "-" and (has_hyphen or "-{}" in rule.when)):
        return False
    is_joined = after[:1] in _JOINERS and after[1:].isalnum()
    return not is_joined or (after[0] == "-" and (has_hyphen or "{}-" in rule.when))


def _context_allows(document: Document, rule: CompiledRule, span: Span, block: Span) -> bool:
    if not rule.when and not rule.unless:
        return True
    sentence = document.sentence(span, block)
    left = document.text[sentence.start : span.start]
    phrase = document.text[span.start : span.end]
    right = document.text[span.end : sentence.end]
    if rule.when and not compile_condition(rule.when).holds(left, phrase, right):
        return False
    return not (rule.unless and compile_condition(rule.unless).holds(left, phrase, right))


def _article_before(document: Document, block: Block, at: int) -> Token | None:
    if at == 0 or block.tokens[at - 1].folded not in {"a", "an"}:
        return None
    article = block.tokens[at - 1]
    gap = document.text[article.span.end : block.tokens[at].span.start]
    return article if gap.isspace() else None
