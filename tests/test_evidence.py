"""Reasons in words: what is said for a change, and what it adds to a rule that stands by itself."""

from __future__ import annotations

import math

import pytest
from conftest import engine_with

from cleanup.analysis import analyse, load_models
from cleanup.channel import find_matches
from cleanup.datatypes import Candidate, Evidence
from cleanup.document import Document
from cleanup.evidence import (
    ARTICLE_NATS,
    FITS_NATS,
    QUOTED_NATS,
    arc_evidence,
    message,
    rule_confidence,
)

RULES = """
[[rule]]
id = "organized-crime"
spun = ["arranged crime"]
original = ["organized crime"]
confidence = 0.8
fixes = [["They fight arranged crime.", "They fight organized crime."]]

[[rule]]
id = "area"
spun = ["wide space"]
original = ["area"]
confidence = 0.8
fixes = [["The wide space is full.", "The area is full."]]

[[rule]]
id = "ship"
spun = ["big boat"]
original = ["ship"]
confidence = 0.8
fixes = [["The big boat sank.", "The ship sank."]]

[[rule]]
id = "sea"
spun = ["ocean"]
original = ["sea"]
confidence = 0.8
fixes = [["The ocean is wide.", "The sea is wide."]]
"""


def weighed(text: str) -> tuple[float, list[Evidence]]:
    """What the one match in a text is worth."""
    document = Document(text)
    (match,) = find_matches(document, engine_with(RULES).rulebook)
    return rule_confidence(match, document, match.form.originals[0])


def nats(confidence: float) -> float:
    """How far a confidence lies above that of the rules of this test."""
    return math.log(confidence / (1 - confidence)) - math.log(4)


# Rules that stand by themselves


@pytest.mark.parametrize(
    "text",
    [
        "They fight arranged crime.",
        "“We fight crime,” they said of arranged crime.",  # *crime* is in both wordings
        "“It was well arranged and organized,” they said of arranged crime.",  # so is the spinner's word
        "“The sea,” they said, “is deep.” The ocean is wide.",  # three letters are too few
        "“We organize,” they said of arranged crime.",
        "A wide space is full.",
        "The wide space is full.",
        "A big boat sank.",  # the article fits both wordings
        "It is arranged crime.",
    ],
)
def test_where_nothing_is_said_for_it_a_rule_has_its_own_confidence(text: str) -> None:
    confidence, evidence = weighed(text)
    assert evidence == []
    assert confidence == pytest.approx(0.8)


def test_the_author_s_own_words_in_a_quotation_speak_for_him() -> None:
    confidence, evidence = weighed("“It was organized,” they said of arranged crime.")
    assert nats(confidence) == pytest.approx(QUOTED_NATS)
    assert evidence == [Evidence("quotation", "a quotation in this document says “organized”")]


def test_an_article_left_standing_speaks_for_what_it_fits() -> None:
    confidence, evidence = weighed("An wide space is full.")
    assert nats(confidence) == pytest.approx(ARTICLE_NATS)
    assert evidence == [Evidence("article", "“An wide”: the article was left as it stood and fits “area”")]


def test_two_reasons_add_up_and_are_both_told() -> None:
    confidence, evidence = weighed("“In this area,” he said. It is an wide space.")
    assert nats(confidence) == pytest.approx(QUOTED_NATS + ARTICLE_NATS)
    assert [item.kind for item in evidence] == ["quotation", "article"]
    assert 0 < confidence < 1


# What a report shows


def candidate(text: str, log_source: float = 0.0) -> Candidate:
    return Candidate(text, -1.0, log_source, 0.0, "thesaurus")


@pytest.mark.parametrize(
    ("text", "candidates", "wanted"),
    [
        ("stated", (), "“stated” is a leftover of the page"),
        ("stated", (candidate("said"), candidate("told")), "“stated” looks spun from “said”"),
        ("a  whole\nbunch", (candidate("hundreds"),), "“a whole bunch” looks spun from “hundreds”"),
    ],
)
def test_a_message_names_the_likeliest_original(
    text: str, candidates: tuple[Candidate, ...], wanted: str
) -> None:
    assert message(text, candidates) == wanted


def told(text: str, candidates: tuple[str, float], wordings: int) -> list[Evidence]:
    """What is said of the rule's match in a text, were it weighed by the lattice."""
    document = Document(text).opened()
    matches = find_matches(document, engine_with(RULES).rulebook)
    analysis = analyse(document, matches, load_models())
    arcs = [arc for arc in range(len(analysis.arcs.kind)) if analysis.arcs.ref[arc] >= 0]
    arcs = [arc for arc in arcs if analysis.text(arc) == candidates[0]]
    return arc_evidence(analysis, matches[0], arcs, candidate(*candidates), wordings)


def test_nothing_is_told_that_does_not_speak_for_a_change() -> None:
    kinds = [item.kind for item in told("They fight arranged crime.", ("organized", FITS_NATS), 1)]
    assert kinds == ["channel"]


def test_it_is_told_who_proposes_and_how_well_it_fits() -> None:
    evidence = told("They fight arranged crime.", ("organized", 2.34), 4)
    assert [item.kind for item in evidence] == ["channel", "context", "rivals"]
    assert evidence[0].text.startswith("“organized” is proposed by ")
    assert "the dictionary of spinners" in evidence[0].text
    assert evidence[1].text == "fits its neighbours better, by 2.3 nats"
    assert evidence[2].text == "3 other wordings were weighed against it"


def test_one_other_wording_is_told_in_the_singular() -> None:
    evidence = told("They fight arranged crime.", ("organized", 2.34), 2)
    assert evidence[2].text == "1 other wording was weighed against it"


def test_quotations_and_articles_are_told_of_a_weighed_change_too() -> None:
    evidence = told("“It was organized,” they said of arranged crime.", ("organized", 0.0), 1)
    assert [item.kind for item in evidence] == ["channel", "quotation"]
    evidence = told("“In this area,” he said. It is an wide space.", ("area", 0.0), 1)
    assert [item.kind for item in evidence][-2:] == ["quotation", "article"]
