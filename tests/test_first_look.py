"""The first look: it may say yes too often, and never no where something would be found."""

from __future__ import annotations

import json

import pytest
from conftest import ROOT, engine_with
from hypothesis import example, given
from hypothesis import strategies as st

from cleanup.channel import find_matches
from cleanup.document import Document
from cleanup.first_look import FirstLook
from cleanup.pipeline import Engine
from cleanup.rulebook.beside import beside
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

[[rule]]
id = "greek"
spun = ["αας home"]
original = ["αας house"]
fixes = [["An αας home.", "An αας house."]]
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


ODD = [
    " ",
    "  ",
    "\n",
    "\r\n",
    "\n\n",
    "\n\n\n",
    "\r\n\r\n",
    "\n \n",
    "\t",
    "\x0b",
    "\x00",
    "\x85",
    "\u00a0",
    "\u2003",
]
ODD += [
    "İ",
    "Σ",
    "ΑΣ ",
    "\u212a",
    "ß",
    "ſ",
    "É",
    "ﬁ",
    "’",
    "—",
    "\udc80",
    "\u0301",
    "😀",
    "-",
    ".",
    "“",
    "# ",
    "- ",
    "```\n",
]
PHRASES = [
    "White Home",
    "white home",
    "one.5",
    "ONE.5",
    "he said aye.",
    "two.7x",
    "WHITE\nHOME",
    "someone",
    "0",
]


@given(st.lists(st.sampled_from([*ODD, *PHRASES]), max_size=12).map("".join))
@example("İİ\n\nWhite\u00a0Home")
@example("ΑΣ\r\n\r\nWhite Home")
@example("É ΑΑΣ home")
def test_what_would_be_found_is_never_passed_over(text: str) -> None:
    book = engine_with(RULES).rulebook
    look = FirstLook(book)
    if find_matches(Document(text), book.strong):
        assert look.lets_through(text)
    spoken = text.replace("\r\n", "\n").split("\n\n")
    wanted = [paragraph for paragraph in spoken if find_matches(Document(paragraph), book.strong)]
    shown = list(look.paragraphs(text))
    assert [paragraph for paragraph in shown if paragraph in wanted] == wanted


def test_a_long_text_is_looked_at_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleanup.first_look._PART", 10)
    look = FirstLook(engine_with(RULES).rulebook)
    text = "Nothing.\r\n\r\nThe White\nHome, the White Home.\n\nA white home.\n\n\nWhite Home"
    assert [part.strip() for part in look.paragraphs(text)] == [
        "The White\nHome, the White Home.",
        "White Home",
    ]
    assert look.lets_through(text)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (r"{} (?:a|per) day\b", [("", " a day"), ("", " per day")]),
        (r"(?<!not )(?:at|by) {}", [("at ", ""), ("by ", "")]),
        (
            r"(?:has|have) (?:also )?{}|{} (?:x|y)\b",
            [("", " x"), ("", " y"), ("has ", ""), ("has also ", "")],
        ),
        (r"{}[0-9]\b", [("", digit) for digit in "0123456789"]),
        (r"(?-i:Ba.ath) {}", [("ath ", "")]),
        ("money|{} day", [("", "")]),
        ("{}.*money", [("", "")]),
        ("[[a-z]--[b]] {}|(", [("", "")]),
    ],
)
def test_what_a_rule_wants_beside_its_phrase(when: str, expected: list[tuple[str, str]]) -> None:
    found = [tuple(one) for one in beside(when)]
    assert set(expected) <= set(found)
    assert len(found) == len(expected) or when.startswith("(?:has")


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
