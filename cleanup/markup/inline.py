"""What stands inside prose and is none: code spans, tags, link targets, entities, math, broken bytes.

The single words among it (addresses, identifiers) are the business of ``words``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from cleanup.datatypes import Kind, Protected, Reason, Span
from cleanup.markup.words import protected_words

_TICKS = re.compile(r"`+")
_SURROGATES = "\ud800-\udfff"
_WORD_WITH_SURROGATES = re.compile(rf"[\w{_SURROGATES}]++(?:['’\-][\w{_SURROGATES}]++)*+")
_SURROGATE = re.compile(f"[{_SURROGATES}]")

_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_TEMPLATE = re.compile(r"\{\{[^{}]{1,300}+\}\}|\{%[^{}%]{1,300}+%\}|<%[^<>%]{1,300}+%>")
_TAG = re.compile(
    r"<(?:(?P<comment>!--)"
    r"|(?P<address>[^\s<>]++[:@][^\s<>]++)>"
    r"|(?P<closing>/?)(?P<name>[A-Za-z][\w:\-]*+)(?:[\s/](?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+'|[\"'])*+)?+>"
    r"|[!?][A-Za-z\[][^<>]*+>)"
)
# Elements whose content is no prose, where Markdown or plain text spell them out.
_CODE_ELEMENTS = frozenset({"code", "kbd", "samp", "var", "tt", "pre", "script", "style", "math", "svg"})

# Pandoc's rule: no space inside the signs, no digit behind them; a digit right inside them needs something
# mathematical besides, for "$3 billion of the US$" is money.
_MATH = re.compile(
    r"\$\$[^$]++\$\$"
    r"|(?<![\\$\w])\$(?=[^\s$])(?!\d[^$\\^_={}]*+\$)(?!\w++[,.]?\s[^$\\^_={}]*+\$)[^$]{1,400}+(?<!\s)\$(?![\w$])"
    r"|\\\((?:[^\\]|\\(?![()]))*+\\\)"
    r"|\\\[(?:[^\\]|\\(?![\[\]]))*+\\\]"
)
# `](target "title")`, `][label]`, `[^note]`: all of a link but its text.
_TARGET = re.compile(
    r"\]\((?:[^()\\\n]|\\.|\n(?!\s*\n)|\((?:[^()\\\n]|\\.|\([^()\n]*+\))*+\))*+\)"
    r"|\]\[[^\[\]\n]*+\]"
    r"|\[\^[^\[\]\s]++\]:?"
    r"|\]\{[^{}\n]*+\}"
)
_LABEL = re.compile(r"\[([^\[\]\\]{1,999}+)\]")


def protected_inline(
    text: str, start: int, end: int, kind: Kind, labels: Collection[str] = frozenset()
) -> Iterator[Protected]:
    """Yield what is protected between two offsets, in no order and possibly overlapping.

    ``labels`` are the folded labels of a Markdown document's link references: text in brackets that is
    one of them names a link and stays.
    """
    yield from protected_words(text, start, end)
    code: list[Protected] = []
    if text.find("`", start, end) >= 0:
        code = list(_code_spans(text, start, end))
        yield from code
    if text.find("&", start, end) >= 0:
        yield from _matches(_ENTITY, text, start, end)
    if text.find("{%", start, end) >= 0 or text.find("{{", start, end) >= 0:
        yield from _matches(_TEMPLATE, text, start, end)
    if kind is not Kind.HTML and text.find("<", start, end) >= 0:
        yield from _outside(_tags(text, start, end), code)
    if text.find("$", start, end) >= 0 or text.find("\\", start, end) >= 0:
        yield from _outside(_matches(_MATH, text, start, end, Reason.CODE), code)
    if kind is Kind.MARKDOWN and text.find("[", start, end) >= 0:
        yield from _outside(_links(text, start, end, labels), code)


def undecodable(text: str) -> Iterator[Protected]:
    """Yield the words that hold a byte which is no text: what was there cannot be known."""
    try:
        text.encode("utf-8")  # far cheaper than a search
    except UnicodeEncodeError:
        for match in _WORD_WITH_SURROGATES.finditer(text):
            if _SURROGATE.search(match.group()):
                yield Protected(Span(*match.span()), Reason.UNDECODABLE)


def _matches(
    pattern: re.Pattern[str], text: str, start: int, end: int, reason: Reason = Reason.MARKUP
) -> Iterator[Protected]:
    for match in pattern.finditer(text, start, end):
        yield Protected(Span(*match.span()), reason)


def _outside(found: Iterator[Protected], code: list[Protected]) -> Iterator[Protected]:
    """Pass on what does not begin in a code span: there, signs mean nothing."""
    at = 0
    for one in found:
        while at < len(code) and code[at].span.end <= one.span.start:
            at += 1
        if at == len(code) or one.span.start < code[at].span.start:
            yield one


def _code_spans(text: str, start: int, end: int) -> Iterator[Protected]:
    """Pair each run of backticks with the next run of its length, as CommonMark does."""
    runs = [match.span() for match in _TICKS.finditer(text, start, end)]
    # From the back, so that each run knows the next one of its length: linear on any input.
    following: dict[int, int] = {}
    partner = [-1] * len(runs)
    for at in range(len(runs) - 1, -1, -1):
        length = runs[at][1] - runs[at][0]
        partner[at] = following.get(length, -1)
        following[length] = at
    at = 0
    while at < len(runs):
        closing = partner[at]
        escaped = runs[at][0] > start and text[runs[at][0] - 1] == "\\"
        if closing < 0 or escaped or _is_tex_quotation(text, runs[at], runs[closing], end):
            at += 1
            continue
        yield Protected(Span(runs[at][0], runs[closing][1]), Reason.CODE)
        at = closing + 1


def _is_tex_quotation(text: str, opening: tuple[int, int], closing: tuple[int, int], end: int) -> bool:
    """Whether the backticks open two quotations, ```` ``one'' and ``two'' ````, and are no code span."""
    length = opening[1] - opening[0]
    if length > 2 or closing[1] >= end:
        return False
    return (
        text[closing[0] - 1].isspace()
        and text[closing[1]].isalnum()
        and text.find("'" * length, opening[1], closing[0]) >= 0
    )


def _tags(text: str, start: int, end: int) -> Iterator[Protected]:
    """Yield tags and comments, with their content where that is code."""
    unclosed: set[str] = set()  # what is known to be closed nowhere behind: searched for once
    at = start
    while (match := _TAG.search(text, at, end)) is not None:
        at = match.end()
        reason = Reason.MARKUP
        name = "-->" if match["comment"] else (match["name"] or "").lower()
        if match["address"]:
            reason = Reason.ADDRESS
        elif name == "-->":
            at = _behind(text, "-->", at, end, unclosed)
        elif name in _CODE_ELEMENTS and not match["closing"] and text[at - 2] != "/":
            reason = Reason.CODE
            at = _behind(text, f"</{match['name']}>", at, end, unclosed)
        yield Protected(Span(match.start(), at), reason)


def _behind(text: str, closing: str, at: int, end: int, unclosed: set[str]) -> int:
    """The offset behind the next ``closing``, or ``at`` where there is none."""
    if closing in unclosed:
        return at
    found = text.find(closing, at, end)
    if found < 0:
        unclosed.add(closing)
        return at
    return found + len(closing)


def _links(text: str, start: int, end: int, labels: Collection[str]) -> Iterator[Protected]:
    found = list(_matches(_TARGET, text, start, end))
    if labels:
        for match in _LABEL.finditer(text, start, end):
            if " ".join(match[1].split()).casefold() in labels:
                found.append(Protected(Span(*match.span()), Reason.MARKUP))
    return iter(sorted(found, key=lambda one: one.span))
