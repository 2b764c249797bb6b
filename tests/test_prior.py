"""The document gate: honest words stay in honest documents."""

from __future__ import annotations

from conftest import engine_with

from cleanup.api import score_text

RULES = """
[[rule]]
id = "said"
spun = ["stated"]
original = ["said"]
needs = "spun-document"
fixes = [["The clerk stated it.", "The clerk said it."]]
keeps = ["As stated."]
unless = "as {}"

[[rule]]
id = "organized-crime"
spun = ["arranged crime"]
original = ["organized crime"]
fixes = [["They fight arranged crime.", "They fight organized crime."]]

[[rule]]
id = "press-conference"
spun = ["press convention"]
original = ["press conference"]
fixes = [["At the press convention he spoke.", "At the press conference he spoke."]]

[[rule]]
id = "white-house"
spun = ["white home"]
original = ["White House"]
fixes = [["The White Home answered.", "The White House answered."]]
"""

HONEST = "The witness stated her name, and the clerk wrote it down for the record."
SPUN = "At the press convention the White Home stated that arranged crime is on the rise."


def test_an_honest_word_stays_in_an_honest_document() -> None:
    result = engine_with(RULES).fix(HONEST)
    assert (result.after, result.spin.score, result.findings) == (HONEST, 0.0, ())


def test_asking_for_everything_shows_it_and_still_changes_nothing() -> None:
    result = engine_with(RULES, min_confidence=0.0).fix(HONEST)
    assert result.after == HONEST
    assert [(finding.text, finding.confidence) for finding in result.unfixed] == [("stated", 0.0)]


def test_independent_strong_findings_open_the_gate() -> None:
    result = engine_with(RULES).fix(SPUN)
    assert result.after == "At the press conference the White House said that organized crime is on the rise."
    assert result.spin.score > 0.5
    assert {item.kind for item in result.spin.evidence} == {"strong", "gated"}


def test_one_strong_phrase_said_over_and_over_opens_nothing() -> None:
    text = "He stated that. " + "They fight arranged crime in all of the towns. " * 20
    result = engine_with(RULES).fix(text)
    assert "stated" in result.after
    assert result.spin.score < 0.5


def test_a_long_text_needs_more_than_a_short_one() -> None:
    padded = SPUN + "\n\n" + "The rest of this text is plain and it was left as it was. " * 2000
    assert "stated" in engine_with(RULES).fix(padded).after


def test_words_in_quotations_are_no_evidence() -> None:
    text = "“At the press convention the White Home spoke of arranged crime,” he stated to the others."
    result = engine_with(RULES).fix(text)
    assert (result.after, result.spin.score) == (text, 0.0)


def test_a_plain_text_scores_nothing() -> None:
    assert score_text(HONEST).score == 0.0
