"""The examples embedded in the rules, run: every rule proves itself, again and again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cleanup.channel import find_matches
from cleanup.datatypes import SpinScore
from cleanup.decode import choose, make_edits
from cleanup.document import Document, apply_edits
from cleanup.evidence import weigh
from cleanup.rulebook.compiled import Rulebook, compile_packs
from cleanup.rulebook.model import Pack, Rule
from cleanup.source import SourceModel, WordFrequency


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that does not come out as its rule says."""

    rule: Rule
    sentence: str
    wanted: str
    got: str

    def __str__(self) -> str:
        return (
            f"{self.rule.path}:{self.rule.line}: rule {self.rule.id}\n"
            f"    text    {self.sentence}\n    wanted  {self.wanted}\n    got     {self.got}"
        )


def run_rule(pack: Pack, rule: Rule, source: SourceModel | None = None) -> Iterator[Failure]:
    """The failing examples of one rule, which is alone in its book, in a document known to be spun."""
    book = compile_packs([Pack(pack.name, pack.title, pack.path, pack.source, pack.licence, (rule,))])
    for before, after in rule.fixes:
        got = fix_sentence(book, before, source)
        if got != after:
            yield Failure(rule, before, after, got)
    for sentence in rule.finds:
        if not find_matches(Document(sentence), book):
            yield Failure(rule, sentence, "a finding", "none")
    for sentence in rule.keeps:
        matches = find_matches(Document(sentence), book)
        if matches:
            yield Failure(rule, sentence, "no finding", f"“{sentence[matches[0].span.start :]}”")


def fix_sentence(book: Rulebook, sentence: str, source: SourceModel | None = None) -> str:
    """A sentence repaired as if it stood in a document that is spun beyond doubt.

    Every finding that has an original is repaired, whatever its severity and confidence.
    """
    document = Document(sentence)
    weighed = [
        (match, weigh(match, document, SpinScore(1.0, 0.0), source or WordFrequency()))
        for match in find_matches(document, book)
        if match.form.originals
    ]
    return apply_edits(sentence, make_edits(document, choose(weighed, 0.0)))


def run_examples(packs: Iterable[Pack], names: Iterable[str] = ()) -> tuple[int, list[Failure]]:
    """How many examples were run, and those that failed; ``names`` are rules or packs, all when empty."""
    wanted = frozenset(names)
    count = 0
    failures: list[Failure] = []
    for pack in packs:
        for rule in pack.rules:
            if not wanted or pack.name in wanted or rule.id in wanted:
                count += len(rule.fixes) + len(rule.finds) + len(rule.keeps)
                failures += run_rule(pack, rule)
    return count, failures
