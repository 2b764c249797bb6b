"""The terms as the finder wants them: by their first word, compiled once and cached by content."""

from __future__ import annotations

import marshal
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from cleanup.inflection import plural
from cleanup.rulebook.cache import digest_of, read_cache, write_cache
from cleanup.rulebook.location import term_files

# Raised whenever the layout of the compiled form changes; part of the key of the cache.
_LAYOUT = 1

#: What a pair of the word lists costs at most, and for each place down in its entry, in nats; and a pair that
#: stands there the other way about.
MOST_PER_PLACE, NATS_PER_PLACE, REVERSED_NATS = 1.5, 0.15, 2.0

# Below a node: the next words, and under the empty string the number of the term that ends there.
Node = dict[str, Any]


class TermIndex:
    """Terms by first word, and what may have been written for each of their words.

    ``rows`` holds for each first word the further words of its terms and their numbers as text, and
    ``channel`` for each spun form its originals and what they cost: both are read when they are asked for.
    """

    def __init__(
        self, terms: Sequence[str], rows: dict[str, str], channel: dict[str, str], digest: str
    ) -> None:
        self.terms = terms
        self._rows = rows
        self._channel = channel
        self._nodes: dict[str, Node] = {}
        #: SHA-256 over the files: names this version of the lists.
        self.digest = digest

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of every term."""
        inner = {
            word for rows in self._rows.values() for row in rows.split("\n") for word in row.split(" ")[:-1]
        }
        return frozenset(inner | self._rows.keys())

    @cached_property
    def form_heads(self) -> dict[str, set[str]]:
        """The second words of all spun forms of several words, by their first."""
        heads: dict[str, set[str]] = {}
        for form in self._channel:
            if " " in form:
                first, second, *_ = form.split(" ")
                heads.setdefault(first, set()).add(second)
        return heads

    def begins(self, word: str) -> bool:
        """Whether a term begins with the word."""
        return word in self._rows

    def after(self, word: str) -> Node:
        """What may follow behind the first word of a term."""
        node = self._nodes.get(word)
        if node is None:
            node = self._nodes[word] = {}
            for row in self._rows.get(word, "").split("\n") if word in self._rows else ():
                *rest, number = row.split(" ")
                at = node
                for token in rest:
                    at = at.setdefault(token, {})
                at.setdefault("", int(number))
        return node

    def originals(self, spun: str) -> list[tuple[str, float]]:
        """The words, or words joined by spaces, that a spun form is written for, with their costs in nats."""
        row = self._channel.get(spun)
        if not row:
            return []
        return [(word, float(cost)) for word, _, cost in (item.rpartition(":") for item in row.split("\t"))]


def compile_terms(terms: Sequence[str], words: Sequence[tuple[str, str, int]], digest: str = "") -> TermIndex:
    """An index of terms as authors write them and of (spun form, original, place) triples."""
    from cleanup.terms.reader import term_tokens

    written: dict[tuple[str, ...], int] = {}
    texts: list[str] = []
    for term in terms:
        for text in (term, plural(term)):
            if term_tokens(text) not in written:
                written[term_tokens(text)] = len(texts)
                texts.append(text)
    rows: defaultdict[str, list[str]] = defaultdict(list)
    for (first, *rest), number in written.items():
        rows[first].append(" ".join([*rest, str(number)]))
    known = {word for tokens in written for word in tokens}
    costs: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for spun, original, place in words:
        there = NATS_PER_PLACE * min(place, MOST_PER_PLACE / NATS_PER_PLACE)
        for form, word, cost in ((spun, original, there), (original, spun, there + REVERSED_NATS)):
            key, wanted = term_tokens(form), term_tokens(word)
            if key != wanted and wanted and known.issuperset(wanted):
                row, target = costs[" ".join(key)], " ".join(wanted)
                row[target] = min(cost, row.get(target, cost))
    channel = {
        form: "\t".join(f"{word}:{cost:.2f}" for word, cost in row.items()) for form, row in costs.items()
    }
    return TermIndex(texts, {first: "\n".join(found) for first, found in rows.items()}, channel, digest)


def load_terms(paths: Sequence[str | Path] = ()) -> TermIndex:
    """The built-in terms and those in the directories among ``paths``; compiled once and cached.

    Raises:
        RuleError: when a list is refused; the message gives file, line and remedy.

    """
    files = term_files(paths)
    digest = digest_of(files, _LAYOUT)
    payload = read_cache("terms", digest)
    if payload is not None:
        terms, rows, channel = marshal.loads(payload)  # noqa: S302 - our own file, whole by its checksum
        return TermIndex(terms, rows, channel, digest)
    from cleanup.terms.reader import parse_lists

    lists = parse_lists(files)
    index = compile_terms([term for term, _ in lists.terms], lists.words, digest)
    compiled: Any = (index.terms, index._rows, index._channel)
    write_cache("terms", digest, marshal.dumps(compiled))
    return index
