"""What a replacement looks like: letter case, articles, line breaks, and which finding wins."""

from __future__ import annotations

import pytest
from conftest import engine_with

RULES = """
[[rule]]
id = "organized-crime"
spun = ["arranged crime"]
original = ["organized crime"]
fixes = [["They fight arranged crime.", "They fight organized crime."]]

[[rule]]
id = "economic"
spun = ["financial dialogue"]
original = ["economic dialogue"]
fixes = [["A financial dialogue began.", "An economic dialogue began."]]

[[rule]]
id = "new"
spun = ["brand new"]
original = ["new"]
fixes = [["It is brand new.", "It is new."]]

[[rule]]
id = "white-house"
spun = ["white home"]
original = ["White House"]
fixes = [["The White Home answered.", "The White House answered."]]

[[rule]]
id = "do-not"
spun = ["do never"]
original = ["don't"]
fixes = [["They do never go.", "They don't go."]]

[[rule]]
id = "through"
spun = ["by means of"]
original = ["through"]
fixes = [["It came by means of a gate.", "It came through a gate."]]

[[rule]]
id = "third"
spun = ["a 3rd"]
original = ["a third"]
fixes = [["He saw a 3rd man.", "He saw a third man."]]
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("They fight arranged crime.", "They fight organized crime."),
        ("Arranged crime grew.", "Organized crime grew."),
        ("ARRANGED CRIME GREW", "ORGANIZED CRIME GREW"),
        ("The War on Arranged Crime", "The War on Organized Crime"),
        ("They fight arranged\ncrime.", "They fight organized\ncrime."),
        ("They fight arranged  crime.", "They fight organized  crime."),
        ("A brand new day", "A new day"),
        ("Brand new days", "New days"),
        ("BRAND NEW DAYS", "NEW DAYS"),
        ("The white home answered.", "The White House answered."),
        ("A financial dialogue", "An economic dialogue"),
        ("An financial dialogue", "An economic dialogue"),
        ("AN FINANCIAL DIALOGUE", "AN ECONOMIC DIALOGUE"),
        ("An brand new day", "A new day"),
        ("They don’t know; they do never ask.", "They don’t know; they don’t ask."),
        ("Made by\nmeans of trade.", "Made through\ntrade."),
        ("By means of trade.", "Through trade."),
        ("He was a 3rd man.", "He was a third man."),
        ("HE SAW A 3RD MAN.", "HE SAW A THIRD MAN."),
        ("A BRAND NEW DAY", "A NEW DAY"),
        ("A FINANCIAL DIALOGUE", "AN ECONOMIC DIALOGUE"),
        ("A Financial Dialogue", "An Economic Dialogue"),
        ("- Made by\n  means of - one", "- Made through - one"),
        ("It is *arranged crime*.", "It is *organized crime*."),
        ("It is _arranged crime_.", "It is _organized crime_."),
        ("It is <b>arranged crime</b>.", "It is <b>organized crime</b>."),
        ("It is (arranged crime).", "It is (organized crime)."),
        ("It is -arranged crime- too.", "It is -organized crime- too."),
        ("It is arranged crime's work.", "It is organized crime's work."),
        ("It is arranged crime—at last.", "It is organized crime—at last."),
    ],
)
def test_a_replacement_takes_the_shape_of_what_it_replaces(before: str, after: str) -> None:
    assert (
        engine_with(RULES)
        .fix(before + " The rest of it is plain and is left as it was.")
        .after.startswith(after)
    )


@pytest.mark.parametrize(
    "text",
    [
        "The inspector re-arranged crime scene photographs.",
        "They fight arranged-crime gangs.",
        "They fight arranged, crime-free lives.",
        "They fight arranged\n\ncrime is up.",
        "They said “we fight arranged crime” at noon.",
        "The path is docs/arranged crime/x.txt today.",
        "It is `arranged crime` here.",
    ],
)
def test_what_is_not_the_phrase_stays(text: str) -> None:
    assert engine_with(RULES).fix(text).after == text


def test_the_longer_phrase_wins() -> None:
    rules = (
        RULES
        + """
[[rule]]
id = "organized-crime-wave"
spun = ["arranged crime wave"]
original = ["crime spree"]
fixes = [["An arranged crime wave hit us.", "A crime spree hit us."]]
"""
    )
    result = engine_with(rules).fix("It was an arranged crime wave that hit the whole of the town.")
    assert result.after == "It was a crime spree that hit the whole of the town."
    assert [edit.rule_id for edit in result.edits] == ["test/organized-crime-wave"]


def test_an_article_left_standing_chooses_the_candidate() -> None:
    rules = """
[[rule]]
id = "space"
spun = ["wide space"]
original = ["room", "area"]
fixes = [["A wide space was left.", "A room was left."]]
"""
    engine = engine_with(rules)
    assert engine.fix("It is a wide space of concern to all of the people.").after.startswith("It is a room")
    fixed = engine.fix("It is an wide space of concern to all of the people.")
    assert fixed.after.startswith("It is an area")
    assert any(item.kind == "article" for item in fixed.edits[0].evidence)
