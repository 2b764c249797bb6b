"""A document laid out: what proposes something where, and which parts of the engine can be switched off."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np
import pytest
from conftest import engine_with
from hypothesis import given
from hypothesis import strategies as st

from cleanup.analysis import Analysis, analyse, load_models, wanted_articles
from cleanup.channel import find_matches
from cleanup.collocations import SPECIAL, UNKNOWN
from cleanup.config import PARTS
from cleanup.document import Document
from cleanup.frequency import log_frequency
from cleanup.pool import KEEP, RULE, THESAURUS
from cleanup.readings import FEATURES, INDEX

RULES = """
[[rule]]
id = "organized-crime"
spun = ["arranged crime"]
original = ["organized crime"]
fixes = [["They fight arranged crime.", "They fight organized crime."]]

[[rule]]
id = "said"
spun = ["stated"]
original = ["said", "told"]
needs = "spun-document"
confidence = 0.8
fixes = [["The clerk stated it.", "The clerk said it."]]

[[rule]]
id = "note"
spun = ["click here"]
original = ["press here"]
severity = "warning"
finds = ["Just click here."]

[[rule]]
id = "rare"
spun = ["dull thing"]
original = ["zorble thing"]
fixes = [["The dull thing.", "The zorble thing."]]

[[rule]]
id = "mail"
spun = ["digital mail"]
original = ["e-mail"]
fixes = [["By digital mail.", "By e-mail."]]
"""
BOOK = engine_with(RULES).rulebook
MODELS = load_models()
TEXT = "The officers stated that the native police fight arranged crime at the finish of the long road."


def analysed(text: str, without: Collection[str] = ()) -> Analysis:
    document = Document(text).opened()
    return analyse(document, find_matches(document, BOOK), MODELS, without)


def proposed(analysis: Analysis, kind: int) -> set[tuple[str, str]]:
    """What stands there, and what it may have been."""
    found = np.flatnonzero(analysis.arcs.kind == kind).tolist()
    text = analysis.document.text
    spans = {arc: analysis.span(arc) for arc in found}
    return {(text[span.start : span.end], analysis.text(arc)) for arc, span in spans.items()}


words = st.sampled_from([*TEXT.rstrip(".").split(), "stated", "native", ".", "finish", "click here", "\n\n"])

# Parts that are switched off


def test_without_nothing_everything_counts() -> None:
    analysis = analysed(TEXT)
    assert set(np.unique(analysis.arcs.kind)) == {KEEP, THESAURUS, RULE}
    assert analysis.models.weights.context == MODELS.weights.context > 0
    assert analysis.arcs.features[:, INDEX["theme"]].any()
    assert {"thesaurus", "collocations", "evidence"} < set(PARTS)


def test_without_the_thesaurus_only_rules_propose() -> None:
    analysis = analysed(TEXT, without={"thesaurus"})
    assert proposed(analysis, THESAURUS) == set()
    assert proposed(analysis, RULE) == {
        ("stated", "said"),
        ("stated", "told"),
        ("arranged crime", "organized crime"),
    }


def test_without_the_collocations_neighbours_weigh_nothing() -> None:
    analysis = analysed(TEXT, without={"collocations"})
    assert analysis.models.weights.context == 0
    assert MODELS.weights.context > 0, "the tables that others use stay as they are"
    assert analysis.models.weights.arcs == MODELS.weights.arcs


def test_without_the_evidence_the_document_says_nothing_about_an_arc() -> None:
    text = f"“We are local,” they said. {TEXT} It is an native house."
    free, blind = analysed(text), analysed(text, without={"evidence"})
    names = [INDEX[name] for name in ("quoted", "quoted against", "elsewhere", "article", "topic", "theme")]
    others = [at for at in range(len(FEATURES)) if at not in names]
    assert free.arcs.features[:, names].any(axis=0).all()
    assert not blind.arcs.features[:, names].any()
    assert (blind.arcs.features[:, others] == free.arcs.features[:, others]).all()
    assert max(abs(blind.parts(arc)[1]) for arc in range(len(blind.arcs.kind))) == 0


# What the rules propose


def test_a_rule_that_only_reports_proposes_nothing() -> None:
    analysis = analysed("Just click here and go.")
    assert [match.rule.id for match in analysis.matches] == ["test/note"]
    assert analysis.proposals == ()


def test_a_proposal_has_the_place_and_the_words_of_its_rule() -> None:
    analysis = analysed(TEXT)
    stated, told, crime = analysis.proposals
    assert [item.original for item in analysis.proposals] == ["said", "told", "organized crime"]
    assert (stated.strength, told.strength, crime.strength) == ("gated rule", "gated rule", "strong rule")
    assert stated.confidence == pytest.approx(math.log(0.8 / 0.2))
    assert crime.confidence == 0.0, "a strong rule holds whatever the lattice says"
    assert [item.place for item in analysis.proposals[:2]] == list(stated.match.rule.log_channels)
    assert crime.end - crime.start == 2
    assert [MODELS.table.words[number] for number in crime.words] == ["organized", "crime"]
    assert [analysis.stream.token[place] for place in analysis.match_places] == [2, 8]


def test_a_word_that_no_table_holds_has_the_frequency_of_the_language() -> None:
    (item,) = analysed("It is a dull thing to say.").proposals
    assert item.words[0] == UNKNOWN
    assert item.unigram == pytest.approx(log_frequency("zorble"))
    assert analysed(TEXT).proposals[0].unigram == 0


def test_a_hyphened_word_that_is_also_written_as_one_is_taken_for_that() -> None:
    (item,) = analysed("He sent it by digital mail today.").proposals
    assert [MODELS.table.words[number] for number in item.words] == ["email"]
    assert item.original == "e-mail"


# Questions about one arc


@given(st.lists(words, min_size=1, max_size=20))
def test_a_span_is_where_the_arc_stands(parts: list[str]) -> None:
    text = " ".join(parts)
    analysis = analysed(text)
    for arc in np.flatnonzero(analysis.arcs.kind != KEEP).tolist():
        span = analysis.span(arc)
        assert text[span.start : span.end].strip() == text[span.start : span.end] != ""
        if analysis.arcs.kind[arc] == RULE:
            assert span == analysis.match_of(arc).span
            assert analysis.text(arc) in analysis.match_of(arc).form.originals
        assert np.isfinite(analysis.parts(arc)).all()


def test_an_arc_is_weighed_in_two_parts_and_neighbours_apart() -> None:
    analysis = analysed(f"“We are local,” they said. {TEXT}")
    found = [arc for arc in range(len(analysis.arcs.kind)) if analysis.arcs.kind[arc] == THESAURUS]
    (arc,) = [arc for arc in found if analysis.text(arc) == "local" and analysis.span(arc).start > 30]
    weights = dict(zip(FEATURES, analysis.arcs.features[arc] * MODELS.arc_weights, strict=True))
    channel, evidence = analysis.parts(arc)
    ours = sum(
        weights[name] for name in ("quoted", "quoted against", "elsewhere", "article", "topic", "theme")
    )
    rest = sum(weights[name] for name in ("unigram", "length", "capital", "upper"))
    assert evidence == pytest.approx(ours)
    assert channel == pytest.approx(sum(weights.values()) - ours - rest)


def test_sources_are_named_once_in_words() -> None:
    analysis = analysed(TEXT)
    arcs = [arc for arc in range(len(analysis.arcs.kind)) if analysis.arcs.kind[arc] != KEEP]
    gated = [arc for arc in arcs if analysis.arcs.kind[arc] == RULE and analysis.text(arc) == "said"]
    assert analysis.sources(gated) == "the rule book"
    local = [arc for arc in arcs if analysis.text(arc) == "local"]
    assert "the dictionary of spinners" in analysis.sources(local)
    assert analysis.sources(local + local) == analysis.sources(local)
    assert analysis.sources(analysis.arcs.keeps.tolist()) == ""


# Quotations


def test_places_in_quotations_are_known_and_read() -> None:
    text = "They said “the native police” and left."
    analysis = analysed(text)
    inside = [
        text[analysis.stream.start[at] : analysis.stream.end[at]]
        for at in np.flatnonzero(analysis.in_quotation).tolist()
    ]
    assert inside == ["“", "the", "native", "police", "”"]
    assert ("native", "local") in proposed(analysis, THESAURUS)


# The tables


def test_the_tables_are_read_once() -> None:
    assert load_models() is MODELS
    assert MODELS.topics.shape[0] == len(MODELS.table.words) == len(MODELS.articles)
    assert MODELS.arc_weights.tolist() == [MODELS.weights.arcs[name] for name in FEATURES]


def test_every_word_wants_its_article() -> None:
    names = ("table", "area", "hour", "union", "historic", "hotel")
    wanted = wanted_articles([*SPECIAL, *names])
    assert wanted.tolist() == [0] * len(SPECIAL) + [1, 2, 2, 1, 0, 0]


@pytest.mark.parametrize("text", ["", "\n\n", "…", "zzqx"])
def test_a_text_without_known_words_is_laid_out_too(text: str) -> None:
    analysis = analysed(text)
    assert (analysis.arcs.kind == KEEP).all()
    sums = analysis.paths.sums(analysis.arcs.features @ MODELS.arc_weights, analysis.logs)
    assert sums.arcs.tolist() == [1.0] * len(analysis.arcs.kind)
