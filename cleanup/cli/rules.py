"""``cleanup rules``: list, show, test and lint the rule book."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cleanup.cli.console import put, say
from cleanup.errors import UsageError
from cleanup.rulebook.lint import find_problems
from cleanup.rulebook.location import term_files
from cleanup.rulebook.model import Pack, Rule
from cleanup.rulebook.reader import read_packs
from cleanup.terms.reader import parse_lists


def list_rules(paths: Sequence[str], pack_name: str) -> int:
    """Print the packs, or the rules of one pack."""
    packs = read_packs(paths)
    if not pack_name:
        width = max(len(pack.name) for pack in packs)
        for pack in packs:
            forms = sum(len(rule.spun) for rule in pack.rules)
            put(f"{pack.name:{width}}  {len(pack.rules):5} rules  {forms:5} forms  {pack.title}\n")
        return 0
    rules = [rule for pack in packs if pack.name == pack_name for rule in pack.rules]
    if not rules:
        raise UsageError(f"no pack is called {pack_name!r}: `cleanup rules list` shows them all")
    for rule in rules:
        originals = " | ".join(rule.original) or "(report only)"
        gated = "  (gated)" if rule.needs_spun_document else ""
        put(f"{rule.id}  {' | '.join(rule.spun)} <- {originals}{gated}\n")
    return 0


def show_rule(rule_id: str, paths: Sequence[str]) -> int:
    """Print one rule in full."""
    rules = {rule.id: (pack, rule) for pack in read_packs(paths) for rule in pack.rules}
    if rule_id not in rules:
        raise UsageError(
            f"no rule is called {rule_id!r}: `cleanup rules list --pack NAME` shows the rules of a pack"
        )
    put("".join(f"{line}\n" for line in _describe(*rules[rule_id])))
    return 0


def _describe(pack: Pack, rule: Rule) -> Iterator[str]:
    yield f"{rule.id}  ({rule.path}:{rule.line})"
    for spun, originals in rule.forms():
        yield f"  {spun} <- {' | '.join(originals) or '(report only)'}"
    yield f"  severity {rule.severity.value}, confidence {rule.confidence:.2f}"
    if rule.needs_spun_document:
        yield "  repaired only in a document that is spun otherwise, too"
    for name, value in (("when", rule.when), ("unless", rule.unless)):
        if value:
            yield f"  {name} {value}"
    for before, after in rule.fixes:
        yield f"  fixes  {before}"
        yield f"    to   {after}"
    for sentence in rule.finds:
        yield f"  finds  {sentence}"
    for sentence in rule.keeps:
        yield f"  keeps  {sentence}"
    yield f"  source: {pack.source}; licence: {pack.licence}"


def run_examples(names: Sequence[str], paths: Sequence[str]) -> int:
    """Run the embedded examples; the exit status is 1 when one fails."""
    from cleanup import examples

    packs = read_packs(paths)
    known = {name for pack in packs for name in (pack.name, *(rule.id for rule in pack.rules))}
    for name in names:
        if name not in known:
            raise UsageError(f"no rule or pack is called {name!r}: `cleanup rules list` shows them all")
    count, failures = examples.run_examples(packs, names)
    for failure in failures:
        put(f"{failure}\n")
    say(f"{count} examples, {len(failures)} failed")
    return int(bool(failures))


def lint_rules(paths: Sequence[str]) -> int:
    """Print every problem of the rule files; a problem is a rule error, so the exit status is 2."""
    packs = read_packs(paths)
    parse_lists(term_files(paths))
    problems = find_problems(packs)
    for problem in problems:
        put(f"{problem}\n")
    say(f"{sum(len(pack.rules) for pack in packs)} rules in {len(packs)} files, {len(problems)} problems")
    return 2 if problems else 0


def print_schema() -> int:
    """Print the JSON Schema of rule files."""
    import json

    from cleanup.rulebook.schema import rule_schema

    put(json.dumps(rule_schema(), indent=2) + "\n")
    return 0
