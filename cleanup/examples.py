"""The examples embedded in the rules, run: every rule proves itself, again and again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from cleanup.analysis import analyse, load_models
from cleanup.channel import Match, find_matches
from cleanup.datatypes import Severity
from cleanup.decode import decide
from cleanup.document import Document, apply_edits
from cleanup.replacement import make_edits
from cleanup.rulebook.compiled import Rulebook, compile_packs
from cleanup.rulebook.model import Pack, Rule
from cleanup.verdict import Quotes, judge


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


def run_rule(pack: Pack, rule: Rule) -> Iterator[Failure]:
    """The failing examples of one rule, which is alone in its book, in a document known to be spun."""
    book = compile_packs([Pack(pack.name, pack.title, pack.path, pack.source, pack.licence, (rule,))])
    for before, after in rule.fixes:
        got = fix_sentence(book, before)
        if got != after:
            yield Failure(rule, before, after, got)
    for sentence in rule.finds:
        if not find_matches(Document(sentence), book):
            yield Failure(rule, sentence, "a finding", "none")
    for sentence in rule.keeps:
        matches = find_matches(Document(sentence), book)
        if matches:
            yield Failure(rule, sentence, "no finding", f"“{sentence[matches[0].span.start :]}”")


def fix_sentence(book: Rulebook, sentence: str) -> str:
    """A sentence repaired as if it stood in a document that is spun beyond doubt.

    Every finding that has an original is repaired, whatever its severity and confidence; the neighbours
    choose among the originals.
    """
    document = Document(sentence)
    matches = [match for match in find_matches(document, book) if match.form.originals]
    analysis = analyse(
        document, [as_strong(match) for match in matches], load_models(), without={"thesaurus"}
    )
    chosen = decide(analysis, judge(analysis, Quotes.KEEP), 0.0)
    return apply_edits(sentence, make_edits(document, chosen))


def as_strong(match: Match) -> Match:
    """The match of the same rule as if it were a finding by itself."""
    rule = match.rule._replace(severity=Severity.ERROR.value, needs_spun_document=False)
    return replace(match, rule=rule)


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
