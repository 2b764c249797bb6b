"""The document prior: honest words stay in honest documents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import engine_with

from cleanup.api import score_text
from cleanup.config import Settings
from cleanup.pipeline import Engine

SAMPLES = Path(__file__).parent.parent / "samples"

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


def cases(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (SAMPLES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def test_an_honest_word_stays_in_an_honest_document() -> None:
    result = engine_with(RULES).fix(HONEST)
    assert (result.after, result.findings) == (HONEST, ())
    assert result.spin.score < 0.01


def test_asking_for_everything_shows_it_and_still_changes_nothing() -> None:
    result = engine_with(RULES, min_confidence=0.0).fix(HONEST)
    assert result.after == HONEST
    assert "stated" in [finding.text for finding in result.unfixed]
    assert max(finding.confidence for finding in result.unfixed) < 0.05


def test_independent_strong_findings_open_the_document() -> None:
    result = engine_with(RULES).fix(SPUN)
    assert "press conference the White House" in result.after
    assert "organized crime" in result.after
    assert result.spin.score > 0.5
    assert {item.kind for item in result.spin.evidence} >= {"strong", "gated", "rate"}


def test_words_in_quotations_are_no_evidence() -> None:
    text = "“At the press convention the White Home spoke of arranged crime,” he stated to the others."
    result = engine_with(RULES).fix(text)
    assert result.after == text
    assert result.spin.score < 0.01


def test_a_plain_text_scores_nothing() -> None:
    assert score_text(HONEST).score < 0.01


def test_a_spun_article_is_repaired_and_the_clean_comments_under_it_are_not() -> None:
    spun, clean = cases("spun")[2]["spun"], cases("clean")[0]["spun"]
    comments = "\n\n".join(case["spun"] for case in cases("clean")[:3])
    result = Engine().fix(f"{spun}\n\n{comments}")
    assert comments in result.after
    assert len(result.edits) > 5
    assert clean in result.after


def test_a_spun_passage_in_a_long_clean_document_is_found() -> None:
    clean = [case["spun"] for case in cases("clean")]
    spun = cases("spun")[3]["spun"]
    text = "\n\n".join([*clean[:10], spun, *clean[10:20]])
    result = Engine().fix(text)
    start = text.index(spun)
    assert result.edits
    assert all(start <= edit.span.start < start + len(spun) for edit in result.edits)


def test_every_clean_passage_scores_below_the_spun_ones_of_the_heavy_families() -> None:
    engine = Engine()
    clean = [engine.find(case["spun"]).spin.score for case in cases("clean")]
    heavy = [engine.find(case["spun"]).spin.score for case in cases("spun") if case["family"] != "D"]
    assert max(clean) < 0.6
    assert sorted(heavy)[3] > 0.9


def test_without_the_prior_clean_text_is_damaged() -> None:
    """The prior is what protects clean text: with it switched off the harm is seen."""
    engine = Engine(Settings(without=("prior",)))
    assert sum(len(engine.find(case["spun"]).edits) for case in cases("clean")[:10]) > 10


@pytest.mark.parametrize("quotes", ["auto", "keep"])
def test_untouched_quotations_are_kept(quotes: str) -> None:
    text = (SAMPLES / "article.txt").read_text(encoding="utf-8")
    result = Engine(Settings(quotes=quotes)).fix(text)
    assert all("“" not in edit.before for edit in result.edits)


def test_quotations_that_were_spun_are_repaired_where_that_is_certain() -> None:
    spoken = (
        "“The meeting was concerning arranged crime, and the safety settlement will likely be signed by the "
        "White Home within the coming yr, in line with the officers. Not less than two of the officers stated that "
        "the beneficial properties are solely a couple of million, however the overseas minister mentioned it is "
        "one of many largest cash laundering instances within the nation,” he stated."
    )
    told = cases("spun")[5]["spun"]
    text = f"{told}\n\n{spoken}"
    kept, auto = Engine(Settings(quotes="keep")).fix(text), Engine().fix(text)
    assert "the safety settlement" in kept.after
    assert "the security agreement" in auto.after
    assert any(item.kind == "quotations" and "repaired" in item.text for item in auto.spin.evidence)
    assert "the security agreement" in Engine(Settings(quotes="repair")).fix(text).after
