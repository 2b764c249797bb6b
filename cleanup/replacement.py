"""A finding becomes an edit: what stands where, in whose letters, with which article before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from cleanup.channel import Match
from cleanup.datatypes import Candidate, Edit, Evidence, Finding, Span, Token
from cleanup.document import Document, SpanIndex, tokenize
from cleanup.inflection import Shape, begin_like, fit_article, letter_shape, transfer_case
from cleanup.odds import log_odds

Weighed = tuple[Match, Finding]


def make_edits(document: Document, chosen: Sequence[Weighed]) -> list[Edit]:
    """One edit for each finding, articles in front made to fit."""
    bodies = [_replacement(document, match, finding.candidates[0].text) for match, finding in chosen]
    taken = SpanIndex([span for span, _ in bodies])
    edits = []
    for (match, finding), (span, after) in zip(chosen, bodies, strict=True):
        article = match.article
        if article is None or taken.first_overlap(article.span) is not None:
            edits.append(_edit(document, finding, span, after))
            continue
        fitting = _fitting_article(article, match, finding.candidates[0].text)
        if fitting == article.text:
            edits.append(_edit(document, finding, span, after))
            continue
        gap = document.text[article.span.end : span.start]
        whole = Span(article.span.start, span.end)
        grammar = Evidence("grammar", f"“{article.text}” made to fit as “{fitting}”")
        edits.append(_edit(document, finding, whole, fitting + gap + after, grammar))
    return edits


def _fitting_article(article: Token, match: Match, original: str) -> str:
    """The article for an original, which is asked as the rule writes it: capitals would pass for initials."""
    first = re.split(r"\s", original.strip(), maxsplit=1)[0]
    capitals = letter_shape([token.text for token in match.tokens]) is Shape.UPPER
    return fit_article(article.text, first, capitals=capitals)


def _edit(document: Document, finding: Finding, span: Span, after: str, *more: Evidence) -> Edit:
    return Edit(
        span,
        document.text[span.start : span.end],
        after,
        finding.rule_id,
        finding.message,
        finding.candidates,
        _margin(finding.candidates, finding.confidence),
        finding.confidence,
        (*finding.evidence, *more),
    )


def _margin(candidates: Sequence[Candidate], confidence: float) -> float:
    """How far the chosen reading is ahead of the next best, keeping the text included, in nats."""
    sure = min(max(confidence, 1e-9), 1 - 1e-9)
    keep = log_odds(sure)
    rivals = [candidates[0].score - candidate.score for candidate in candidates[1:]]
    return min([keep, *rivals])


def _replacement(document: Document, match: Match, original: str) -> tuple[Span, str]:
    """The span to replace and its replacement: words that both sides share stay as they were written."""
    text, spun, wanted = document.text, match.tokens, _tokens(original)
    if match.rule.match_case:  # the letters of such a rule are meant as they are written
        return match.span, _style_apostrophes(text, match.span, original)
    head = _shared(match, wanted)
    tail = _shared_at_end(match, wanted, head)
    while head and _is_glued(wanted, head) != _is_glued(spun, head):
        head -= 1  # "it is" becomes "it's", so the gap goes with the word
    middle, wanted_middle = spun[head : len(spun) - tail], wanted[head : len(wanted) - tail]
    if not wanted_middle:
        return _deletion(text, match, head, tail)
    shape = letter_shape([token.text for token in spun])
    if not middle:  # words are inserted between those that both sides share
        cased = begin_like(spun[0].text, transfer_case(shape, original))
        return match.span, _style_apostrophes(text, match.span, cased)
    inner = transfer_case(shape, original[wanted_middle[0].span.start : wanted_middle[-1].span.end])
    if not head:
        inner = begin_like(spun[0].text, inner)
    span = Span(middle[0].span.start, middle[-1].span.end)
    inner = _style_apostrophes(text, span, inner)
    before, behind = text[match.span.start : span.start], text[span.end : match.span.end]
    broken = re.search(r"\s*[\r\n]\s*", text[span.start : span.end])
    if broken and " " not in inner and not behind:
        return _break_behind(text, match.span, before + inner, broken.group())
    if broken:
        inner = inner.replace(" ", broken.group(), 1)
    return match.span, before + inner + behind


@lru_cache(maxsize=20_000)
def _tokens(original: str) -> tuple[Token, ...]:
    return tuple(tokenize(original))


def _is_glued(tokens: Sequence[Token], at: int) -> bool:
    """Whether the token, where there is one, follows the one before it without a gap."""
    return at < len(tokens) and tokens[at].folded.startswith("+")


def _is_shared(spun: str, folded: str, wanted: Token) -> bool:
    """Whether a word stays: a wanted capital (White House) is written even over the same word."""
    return folded == wanted.folded and (spun == wanted.text or wanted.text == wanted.text.lower())


def _shared(match: Match, wanted: Sequence[Token]) -> int:
    """How many words both sides begin with."""
    count = 0
    for token, folded, other in zip(match.tokens, match.form.tokens, wanted, strict=False):
        if not _is_shared(token.text, folded, other):
            break
        count += 1
    return count


def _shared_at_end(match: Match, wanted: Sequence[Token], head: int) -> int:
    """How many words both sides end with, those of the beginning left out."""
    count = 0
    spun, folded = match.tokens[head:][::-1], match.form.tokens[head:][::-1]
    for token, form, other in zip(spun, folded, wanted[head:][::-1], strict=False):
        if not _is_shared(token.text, form, other):
            break
        count += 1
    return count


def _break_behind(text: str, span: Span, after: str, line_break: str) -> tuple[Span, str]:
    """A line break that one word has no gap for goes behind the word, where a blank stood."""
    # What would begin a list item or a heading on the next line stays on this one.
    blank = re.compile(r"[^\S\r\n]+(?=[^\s\-+*#>=|\d])").match(text, span.end)
    return (Span(span.start, blank.end()), after + line_break) if blank else (span, after)


def _deletion(text: str, match: Match, head: int, tail: int) -> tuple[Span, str]:
    """The phrase without its middle words and without one of the gaps around them."""
    tokens = match.tokens
    kept_left = text[match.span.start : tokens[head - 1].span.end] if head else ""
    kept_right = text[tokens[-tail].span.start : match.span.end] if tail else ""
    if head and tail:
        removed = text[tokens[head - 1].span.end : tokens[-tail].span.start]
        gap = text[tokens[head - 1].span.end : tokens[head].span.start]
        broken = re.search(r"\s*[\r\n]\s*", removed)
        return match.span, kept_left + (broken.group() if broken else gap) + kept_right
    # The gap goes with the words; where it is a line break, it takes the place of the blank behind them.
    broken = re.search(r"\s*[\r\n]\s*", text[match.span.start : match.span.end])
    kept = begin_like(tokens[0].text, kept_right) if not head else kept_left
    return _break_behind(text, match.span, kept, broken.group()) if broken else (match.span, kept)


def _style_apostrophes(text: str, span: Span, after: str) -> str:
    """Curly apostrophes in the replacement where the text around it has them."""
    if "'" in after and "’" in text[max(0, span.start - 2000) : span.end + 2000]:
        return after.replace("'", "’")
    return after
