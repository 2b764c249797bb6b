"""The search queries of the Problematic Paper Screener, read as phrases that are wrong and where they are.

A query holds phrases joined by ``NOT`` (or a minus sign), ``AND`` (or nothing) and ``OR``, which bind in
this order, and parentheses.  Rules can say it when it comes down to alternatives, each of which wants one
phrase of each of its groups and none of the phrases that it forbids.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# A rule is one alternative: a query that multiplies out to more was not meant as a list of phrases.
_MOST_CLAUSES = 16
_DEEPEST = 20

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
_PIECE = re.compile(r'"([^"]*)"|(-(?=["(])|[()"])|-(\w[^\s()"]*)|([^\s()"]+)')
_SINGLE = re.compile(r"\A['‘](.+)['’]\Z")
_OPERATORS = {"AND": "AND", "OR": "OR", "NOT": "NOT", "-": "NOT", "|": "OR", "||": "OR", "&&": "AND"}
_WILD = re.compile(r"[*~$^]|\w\?\w")
_SPECIAL = re.compile(r"NEAR|ADJ|ANDNOT|[A-Z]+/\d+|.*:")


class QueryError(ValueError):
    """A query is malformed, or says what no rule can say; the message is for the report."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One alternative of a query.

    Attributes:
        groups: of each, one phrase must be there.
        forbidden: of these, none may be there.

    """

    groups: tuple[tuple[str, ...], ...]
    forbidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Token:
    """A phrase, or an operator or a parenthesis by its name, or a word outside quotes."""

    kind: str
    text: str


def read_query(query: str) -> list[Clause]:
    """The alternatives of a query.

    >>> read_query('("a b" OR "c d") AND "e" NOT ("f" OR "g")')
    [Clause(groups=(('a b', 'c d'), ('e',)), forbidden=('f', 'g'))]

    Raises:
        QueryError: when it is malformed, or says more than rules can say.

    """
    tokens = list(_joined(list(_pieces(query.translate(_QUOTES)))))
    phrases = [token.text for token in tokens if token.kind == "phrase"]
    if not phrases:
        raise QueryError("the query holds no phrase")
    if any(map(_WILD.search, phrases)):
        raise QueryError(f"the query {query!r} has wild cards")
    for phrase in phrases:
        if not any(map(str.isalnum, phrase)):
            raise QueryError(f"{phrase!r} in the query {query!r} is no phrase")
    try:
        clauses = _Parser(tokens).whole()
        if not all(clause.groups for clause in clauses):
            raise QueryError("it says only what must not be there")
    except QueryError as error:
        raise QueryError(f"the query {query!r} is more than phrases: {error}") from None
    return clauses


def _pieces(query: str) -> Iterator[_Token]:
    """Phrases in quotes, operators, parentheses, and words one by one."""
    any_quotes = '"' in query
    for found in _PIECE.finditer(query):
        quoted, sign, forbidden, word = found.groups()
        if sign == '"':
            raise QueryError(f"the query {query!r} has a quote that is not closed")
        if quoted is not None:
            if quoted.strip():
                yield _Token("phrase", " ".join(quoted.split()))
        elif forbidden:
            yield _Token("NOT", "-")
            yield _Token("phrase", forbidden)
        elif sign:
            yield _Token(_OPERATORS.get(sign, sign), sign)
        elif _SPECIAL.fullmatch(word):
            raise QueryError(f"the query {query!r} is more than phrases: {word!r} cannot be said in a rule")
        else:
            # Where phrases stand in quotes, an "or" outside is an operator however it is written.
            yield _Token(_OPERATORS.get(word.upper() if any_quotes else word, "word"), word)


def _joined(pieces: Sequence[_Token]) -> Iterator[_Token]:
    """The pieces, words that follow one another made one phrase."""
    for kind, run in itertools.groupby(pieces, key=lambda piece: piece.kind):
        if kind != "word":
            yield from run
            continue
        sides = re.split(r"\s+or\s+", " ".join(piece.text for piece in run), flags=re.IGNORECASE)
        if len(sides) > 1 and not all(" " in side for side in sides):
            raise QueryError(
                f"{' or '.join(sides)!r} may be one phrase or several: write OR, or put it in quotes"
            )
        for at, side in enumerate(sides):
            if at:
                yield _Token("OR", "or")
            yield _Token("phrase", _SINGLE.sub(r"\1", side))


class _Parser:
    """Tokens read by recursive descent."""

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def whole(self) -> list[Clause]:
        """All tokens as alternatives."""
        clauses = self._alternatives()
        if self._kind():
            raise QueryError("a parenthesis is closed that is not open")
        return clauses

    def _kind(self) -> str:
        return self._tokens[self._at].kind if self._at < len(self._tokens) else ""

    def _takes(self, kind: str) -> bool:
        """Whether the next token is of this kind; it is passed if so."""
        taken = self._kind() == kind
        self._at += taken
        return taken

    def _alternatives(self) -> list[Clause]:
        clauses = self._together()
        while self._takes("OR"):
            clauses = _either(clauses, self._together())
        return clauses

    def _together(self) -> list[Clause]:
        clauses = self._one()
        while self._takes("AND") or self._kind() in {"NOT", "phrase", "("}:
            clauses = _both(clauses, self._one())
        return clauses

    def _one(self) -> list[Clause]:
        negated = self._takes("NOT")
        if self._kind() == "phrase":
            clauses = [Clause(((self._tokens[self._at].text,),))]
            self._at += 1
        elif self._takes("("):
            clauses = self._inside()
        else:
            raise QueryError("an operator has nothing to work on")
        return _none_of(clauses) if negated else clauses

    def _inside(self) -> list[Clause]:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise QueryError("its parentheses are too deep")
        clauses = self._alternatives()
        if not self._takes(")"):
            raise QueryError("a parenthesis is not closed")
        self._depth -= 1
        return clauses


def _either(left: Sequence[Clause], right: Sequence[Clause]) -> list[Clause]:
    """One or the other: phrases that stand for themselves become one group."""
    clauses = [*left, *right]
    single = [clause for clause in clauses if _is_phrases(clause)]
    if len(single) < 2:
        return _few(clauses)
    merged = Clause((tuple(phrase for clause in single for phrase in clause.groups[0]),))
    return _few([merged, *(clause for clause in clauses if not _is_phrases(clause))])


def _both(left: Sequence[Clause], right: Sequence[Clause]) -> list[Clause]:
    return _few(
        [
            Clause((*here.groups, *there.groups), (*here.forbidden, *there.forbidden))
            for here, there in itertools.product(left, right)
        ]
    )


def _none_of(clauses: Sequence[Clause]) -> list[Clause]:
    if not all(map(_is_phrases, clauses)):
        raise QueryError("a NOT stands before more than phrases")
    return [Clause((), tuple(phrase for clause in clauses for phrase in clause.groups[0]))]


def _is_phrases(clause: Clause) -> bool:
    return len(clause.groups) == 1 and not clause.forbidden


def _few(clauses: list[Clause]) -> list[Clause]:
    if len(clauses) > _MOST_CLAUSES:
        raise QueryError("it has too many alternatives")
    return clauses
