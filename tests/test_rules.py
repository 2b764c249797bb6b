"""Every example that is embedded in a rule, rule by rule; and the rules all together."""

from __future__ import annotations

import pytest

from cleanup.examples import run_rule
from cleanup.rulebook.model import Pack, Rule
from cleanup.rulebook.reader import read_packs

PACKS = read_packs()
RULES = [(pack, rule) for pack in PACKS for rule in pack.rules if rule.origin == "rule"]


@pytest.mark.parametrize(("pack", "rule"), RULES, ids=[rule.id for _, rule in RULES])
def test_examples_come_out_as_the_rule_says(pack: Pack, rule: Rule) -> None:
    assert [str(failure) for failure in run_rule(pack, rule)] == []


def test_a_wrong_example_is_noticed() -> None:
    from dataclasses import replace

    pack, rule = next(pair for pair in RULES if pair[1].fixes and pair[1].spun)
    spoilt = replace(rule, fixes=((rule.fixes[0][0], "Something else."),))
    assert [failure.wanted for failure in run_rule(pack, spoilt)] == ["Something else."]


def test_the_book_has_the_forms_it_promises() -> None:
    """At least 15,000 spun forms; inflections count once."""
    assert len({(spun, rule.when) for _, rule in RULES for spun in rule.spun}) >= 15_000
