"""The first look: it may say yes too often, and never no where something would be found."""

from __future__ import annotations

import json

import pytest
from conftest import ROOT, engine_with

from cleanup.first_look import FirstLook
from cleanup.pipeline import Engine
from cleanup.rulebook.reader import read_packs

RULES = """
[[rule]]
id = "white-house"
spun = ["White Home"]
original = ["White House"]
match_case = true
fixes = [["The White Home answered.", "The White House answered."]]

[[rule]]
id = "one-point"
spun = ["one."]
original = ["1."]
when = '(?<![0-9]){}[0-9]'
fixes = [["It is one.5 long.", "It is 1.5 long."]]
keeps = ["That is one."]

[[rule]]
id = "two-x"
spun = ["two."]
original = ["2."]
when = '{}[0-9]*x'
fixes = [["Take two.x away.", "Take 2.x away."]]
keeps = ["Take two."]

[[rule]]
id = "yes-or-no"
spun = ["aye."]
original = ["yes."]
when = '{}[0-9]|he said {}'
fixes = [["And then he said aye.", "And then he said yes."]]
keeps = ["Aye."]
"""


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("The White Home answered.", True),
        ("The White\n   Home answered.", True),
        ("a white home", False),
        ("İ İ İ White Home", True),
        ("It is one.5 long.", True),
        ("That is one. Next.", False),
        ("Take two.x away.", True),
        ("someone.5", False),
        ("he said aye. So it is.", True),
        ("", False),
    ],
)
def test_a_glance_sees_spelling_digits_and_word_ends(text: str, passes: bool) -> None:
    assert FirstLook(engine_with(RULES).rulebook).lets_through(text) is passes


def test_every_strong_example_passes(engine: object) -> None:
    """No rule whose example would be repaired is passed over."""
    look = FirstLook(engine.rulebook)  # type: ignore[attr-defined]
    strong = [rule for pack in read_packs() for rule in pack.rules if not rule.needs_spun_document]
    missed = [
        (rule.id, sentence)
        for rule in strong
        for sentence in [*(before for before, _ in rule.fixes), *rule.finds]
        if not look.lets_through(sentence)
    ]
    assert missed == []
    assert len(strong) > 400


def share_let_through(look: FirstLook) -> float:
    rows = [
        json.loads(line)["spun"]
        for name in ("clean.jsonl", "held_out_clean.jsonl")
        for line in (ROOT / "samples" / name).read_text(encoding="utf-8").splitlines()
    ]
    paragraphs = [paragraph for row in rows for paragraph in row.split("\n\n")]
    return sum(map(look.lets_through, paragraphs)) / len(paragraphs)


def test_the_first_look_spares_almost_all_clean_paragraphs_the_second(engine: Engine) -> None:
    # A strong rule for a common word makes every clean corpus slow: gate it, or give it a longer form.
    assert share_let_through(FirstLook(engine.rulebook)) < 0.12


def test_a_strong_rule_for_a_common_word_is_noticed() -> None:
    rule = """
[[rule]]
id = "as-arsenic"
spun = ["as"]
original = ["arsenic"]
when = '{}.* poisoning'
fixes = [["He died of as poisoning.", "He died of arsenic poisoning."]]
keeps = ["As poisoning goes, it was slow."]
"""
    assert share_let_through(FirstLook(engine_with(rule).rulebook)) > 0.12
