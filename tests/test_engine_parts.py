"""The engine from end to end: rules and thesaurus together, neighbours together, and nothing by chance."""

from __future__ import annotations

import hashlib
import math
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from conftest import engine_with
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from cleanup.__main__ import main
from cleanup.analysis import analyse, load_models
from cleanup.config import Settings
from cleanup.datatypes import Finding, Severity, Span
from cleanup.decode import decide
from cleanup.document import Document
from cleanup.pipeline import Engine
from cleanup.verdict import Quotes, judge

# Spun all over: the thesaurus alone is sure of it.
SPUN = (
    "The accord was signed on the finish of the talks, and the native police will assist the folks alongside "
    "the border, the place lots of individuals misplaced their properties final yr. The lengthy struggle is over, "
    "the minister mentioned, and the opposite leaders thanked him for his assist. They stood in entrance of the "
    "courtroom, and a lengthy line of vehicles was seen on the highway. The chief govt of the agency had a scholar "
    "mortgage that he had to pay, and machine studying had price him his job. His spouse has breast most cancers, "
    "and the native docs discovered it solely on the finish of the yr."
)
CLEAN = (
    "The bakery on the corner opens at six, and by seven the first loaves are gone. My aunt, who has lived "
    "above it for thirty years, says that the smell of the bread wakes her before the bells do."
)
WIDE = Engine(Settings(select=("thesaurus",), edit_threshold=0.6))
NARROW = Engine(Settings(ignore=("thesaurus",)))
EVERYTHING = Engine(Settings(min_confidence=0.0))
# What the lattice does with a sentence of a document that is known to be spun.
SURE = Engine(Settings(select=("thesaurus",), without=("prior",), edit_threshold=0.5))


def changes(engine: Engine, text: str) -> list[tuple[str, str]]:
    return [(edit.before, edit.after) for edit in engine.fix(text).edits]


# For every document

_SENTENCES = [
    *SPUN.split(". "),
    *CLEAN.split(". "),
    "Officers stated that arranged crime and cash laundering price the nation a couple of million yearly",
    "“The White Home mentioned the safety settlement is an finish to the struggle,” he stated",
    "An native newspaper wrote about the breast most cancers trial",
    "THE NATIVE POLICE FOUND THE FOLKS ON THE FINISH OF THE ROAD",
    "It is a scholar mortgage that she had to pay to the federal government",
]
documents = st.lists(
    st.tuples(st.sampled_from(_SENTENCES), st.sampled_from([". ", ".\n\n", ", and ", "\n"])), max_size=7
).map(lambda parts: "".join(sentence + gap for sentence, gap in parts))


def check_findings(findings: Sequence[Finding], text: str) -> None:
    at = 0
    for finding in findings:
        assert at <= finding.span.start < finding.span.end, "in order, and none over another"
        at = finding.span.end
        assert text[finding.span.start : finding.span.end] == finding.text
        assert 0 < finding.confidence < 1
        for candidate in finding.candidates:
            parts = (candidate.log_channel, candidate.log_source, candidate.log_evidence)
            assert np.isfinite(parts).all()
            assert candidate.score == pytest.approx(sum(parts))


@limits(max_examples=30)
@given(documents)
def test_findings_never_overlap_and_are_weighed_in_finite_numbers(text: str) -> None:
    check_findings(EVERYTHING.find(text).findings, text)


@limits(max_examples=15)
@given(documents, st.sampled_from(["auto", "keep", "repair"]))
def test_edits_never_overlap_and_kept_quotations_are_kept(text: str, quotes: str) -> None:
    result = Engine(Settings(quotes=quotes)).find(text)
    at = 0
    for edit in result.edits:
        assert at <= edit.span.start < edit.span.end
        at = edit.span.end
        assert edit.confidence >= Settings().edit_threshold
        if quotes == "keep":
            assert not [span for span in Document(text).quotations if span.overlaps(edit.span)]


def test_a_finding_over_another_is_noticed() -> None:
    """The check itself can fail."""
    first, *rest = EVERYTHING.find(SPUN).findings
    with pytest.raises(AssertionError, match="none over another"):
        check_findings([first, first, *rest], SPUN)


# The thesaurus in clean text


def test_a_clean_text_is_left_alone_by_the_thesaurus() -> None:
    for engine in (WIDE, EVERYTHING, Engine()):
        result = engine.fix(CLEAN)
        assert result.edits == ()
        assert max([finding.confidence for finding in result.unfixed], default=0) < 0.05


def test_one_strong_finding_opens_no_door_to_the_thesaurus() -> None:
    text = f"{CLEAN} They fight arranged crime at the finish of the road."
    assert changes(Engine(), text) == [("arranged crime", "organized crime")]


def test_asked_for_everything_the_candidates_for_clean_words_are_shown_with_finite_scores() -> None:
    findings = EVERYTHING.find(CLEAN).findings
    assert len(findings) > 4
    assert {finding.rule_id.split("/")[0] for finding in findings} >= {"thesaurus"}
    assert all(math.isfinite(candidate.score) for finding in findings for candidate in finding.candidates)
    assert Engine().find(CLEAN).findings == ()


# Selected and ignored


def test_a_spun_text_is_repaired_without_any_rule() -> None:
    result = WIDE.fix(SPUN)
    clear = {("finish", "end"), ("native", "local"), ("the place", "where"), ("entrance", "front")}
    assert clear <= {(edit.before, edit.after) for edit in result.edits}
    assert {edit.rule_id.split("/")[0] for edit in result.edits} == {"thesaurus"}
    assert {candidate.origin for edit in result.edits for candidate in edit.candidates} == {"thesaurus"}
    assert result.edits[0].rule_id == "thesaurus/" + result.edits[0].before.lower().replace(" ", "-")


def test_without_the_thesaurus_only_rules_find_anything() -> None:
    engine = Engine(Settings(ignore=("thesaurus",), min_confidence=0.0))
    text = f"{SPUN} They fight arranged crime."
    findings = engine.find(text).findings
    assert any("arranged" in finding.text for finding in findings)
    assert {finding.rule_id.split("/")[0] for finding in findings} & {"thesaurus"} == set()
    origins = {candidate.origin for finding in findings for candidate in finding.candidates}
    assert {"rule", "lexicon"} <= origins <= {"rule", "lexicon", "term"}
    assert NARROW.find(SPUN).findings != Engine().find(SPUN).findings


def test_the_thesaurus_is_selected_beside_packs_and_left_out_by_other_selections() -> None:
    text = f"{SPUN} They fight arranged crime."
    for select, packs in ((("law",), {"law"}), (("law", "thesaurus"), {"law", "thesaurus"})):
        findings = Engine(Settings(select=select, min_confidence=0.0)).find(text).findings
        assert {finding.rule_id.split("/")[0] for finding in findings} == packs
    both = Engine(Settings(select=("thesaurus",), ignore=("thesaurus",), min_confidence=0.0))
    assert both.find(text).findings == ()


@pytest.mark.parametrize(
    ("options", "is_there", "is_missing"),
    [
        (("--ignore", "thesaurus"), b"law/organized-crime", b"thesaurus/"),
        (("--select", "thesaurus"), b"thesaurus/finish", b"law/organized-crime"),
    ],
)
def test_the_command_selects_and_ignores_the_thesaurus(
    options: tuple[str, ...],
    is_there: bytes,
    is_missing: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    (tmp_path / "a.txt").write_text(f"{SPUN} They fight arranged crime.\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["cleanup", "check", "a.txt", *options])
    assert main() == 1
    sys.stdout.flush()
    out = capfdbinary.readouterr().out
    assert is_there in out
    assert is_missing not in out


# Rules and the thesaurus about the same words

RULES = """
[[rule]]
id = "native-police"
spun = ["native police"]
original = ["mounted police"]
fixes = [["The native police came.", "The mounted police came."]]

[[rule]]
id = "lengthy"
spun = ["lengthy"]
original = ["long"]
needs = "spun-document"
confidence = 0.6
fixes = [["A lengthy walk.", "A long walk."]]

[[rule]]
id = "financial"
spun = ["financial dialogue"]
original = ["economic dialogue"]
needs = "spun-document"
confidence = 0.95
fixes = [["A financial dialogue began.", "An economic dialogue began."]]
"""
SCHOLAR = """
[[rule]]
id = "scholar"
spun = ["scholar"]
original = ["student"]
fixes = [["The scholar left.", "The student left."]]
"""


def test_a_strong_rule_beats_the_thesaurus() -> None:
    assert ("native", "local") in changes(WIDE, SPUN)
    result = engine_with(RULES, min_confidence=0.0).find(SPUN)
    span = Span(SPUN.index("native police"), SPUN.index("native police") + len("native police"))
    (edit,) = [edit for edit in result.edits if edit.span.overlaps(span)]
    assert (edit.after, edit.rule_id) == ("mounted police", "test/native-police")
    assert [finding.rule_id for finding in result.findings if finding.span.overlaps(span)] == [edit.rule_id]
    assert "front of the court" in result.after, "elsewhere the thesaurus goes on"


def test_no_other_reading_stands_against_a_strong_rule() -> None:
    """Its one original is certain, however little its neighbours like it, and they are read beside it."""
    result = engine_with(RULES, without=("prior",)).find("The native police came.")
    (edit,) = [edit for edit in result.edits if edit.rule_id == "test/native-police"]
    assert [candidate.text for candidate in edit.candidates] == ["mounted police"]
    assert edit.candidates[0].score == pytest.approx(0, abs=1e-6)


def test_where_rule_and_thesaurus_agree_there_is_one_finding_and_the_rule_names_it() -> None:
    findings = engine_with(RULES, min_confidence=0.0).find(SPUN).findings
    found = [finding for finding in findings if finding.text == "lengthy"]
    assert [finding.rule_id for finding in found] == ["test/lengthy"] * SPUN.count("lengthy")
    for finding in found:
        texts = [candidate.text for candidate in finding.candidates]
        assert texts[0] == "long"
        assert len(set(texts)) == len(texts)


def test_what_a_strong_rule_repairs_is_the_context_of_its_neighbours() -> None:
    text = "It was a scholar mortgage that she had to pay."
    engine = engine_with(SCHOLAR, without=("prior",), min_confidence=0.0)
    found = {finding.text: finding for finding in engine.find(text).findings}
    assert found["scholar"].rule_id == "test/scholar"
    assert found["mortgage"].candidates[0].text == "loan"
    assert found["mortgage"].confidence > belief(text.replace("scholar", "zzqx"), "mortgage", "loan") + 0.2


# Neighbours

SHOWN = Engine(Settings(select=("thesaurus",), without=("prior",), min_confidence=0.0))


def belief(text: str, spun: str, original: str) -> float:
    """How firmly a change is believed in a document that is known to be spun."""
    found = [finding for finding in SHOWN.find(text).findings if finding.text == spun]
    return sum(finding.confidence for finding in found if finding.candidates[0].text == original)


@pytest.mark.parametrize(
    ("text", "one", "other"),
    [
        ("It was a scholar mortgage that she had to pay.", ("scholar", "student"), ("mortgage", "loan")),
        ("The commerce settlement was signed in Madrid.", ("commerce", "trade"), ("settlement", "agreement")),
    ],
)
def test_damaged_neighbours_are_solved_together(
    text: str, one: tuple[str, str], other: tuple[str, str]
) -> None:
    """Beside a word that nobody knows, each is believed less; neither pair is a phrase of the thesaurus."""
    for first, second in ((one, other), (other, one)):
        together = belief(text, *first)
        assert together > belief(text.replace(second[0], "zzqx"), *first) + 0.05
        assert together > 0.3


def test_a_pair_of_damaged_words_is_repaired_in_a_heavily_spun_paragraph() -> None:
    result = WIDE.fix(SPUN)
    assert "had a student loan that he had to pay" in result.after
    assert {("scholar", "student"), ("mortgage", "loan")} <= set(changes(WIDE, SPUN))


def test_neighbours_that_hang_on_each_other_are_equally_certain() -> None:
    text = "Scholar mortgage debt rose last year."
    student, loan = (
        finding for finding in SHOWN.find(text).findings if finding.text in ("Scholar", "mortgage")
    )
    assert student.confidence == loan.confidence
    for finding, other in ((student, "loan"), (loan, "student")):
        (reason,) = [item.text for item in finding.evidence if item.kind == "group"]
        assert reason == f"decided together with “{other}” beside it"


def test_the_likeliest_originals_of_the_design_s_first_example_are_the_author_s() -> None:
    """Without its rule it is not sure enough to be repaired."""
    engine = Engine(Settings(select=("thesaurus",), min_confidence=0.0))
    found = engine.find(f"{SPUN} The two nations signed a safety settlement.").findings
    best = {finding.text: finding.candidates[0].text for finding in found}
    assert (best["safety"], best["settlement"]) == ("security", "agreement")
    assert "a security agreement" in Engine().fix(f"{SPUN} The two nations signed a safety settlement.").after


# Articles and capitals


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("A native newspaper wrote about it on Monday.", "A local newspaper wrote about it on Monday."),
        ("That was an finish to the talks.", "That was an end to the talks."),
        ("An native newspaper wrote about it on Monday.", "A local newspaper wrote about it on Monday."),
        ("Native police discovered the body.", "Local police discovered the body."),
        ("They stand in entrance of the house.", "They stand in front of the house."),
    ],
)
def test_a_repair_takes_article_and_capitals_of_its_place(before: str, after: str) -> None:
    assert SURE.fix(before).after == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("He plays for Actual Madrid.", "He plays for Real Madrid."),
        ("They fight ARRANGED CRIME.", "They fight ORGANIZED CRIME."),
        ("Lengthy lines stood at the door.", "Long lines stood at the door."),
    ],
)
def test_names_and_capitals_are_repaired_in_a_heavily_spun_paragraph(before: str, after: str) -> None:
    assert Engine().fix(f"{SPUN} {before}").after.endswith(after)


def test_a_street_that_is_called_by_a_spun_word_keeps_its_name() -> None:
    for engine in (WIDE, Engine()):
        after = engine.fix(f"{SPUN} She lives in Entrance Road, and the Native Museum is near it.").after
        assert after.endswith(" She lives in Entrance Road, and the Native Museum is near it.")


def test_an_article_left_standing_chooses_among_originals() -> None:
    for article, original in (("a", "close"), ("an", "end")):
        text = f"It brought {article} finish to the war in the country."
        ((_, after),) = changes(SURE, text)
        assert after == original
    assert changes(SURE, "He had an lengthy career in the game.") == [("lengthy", "extended")]


def test_the_article_goes_with_the_word_and_the_reason_says_so() -> None:
    (edit,) = SURE.fix("An native newspaper wrote about it on Monday.").edits
    assert (edit.before, edit.after) == ("An native", "A local")
    assert any(item.kind == "grammar" and "“A”" in item.text for item in edit.evidence)


def test_an_article_before_a_weighed_rule_is_made_to_fit() -> None:
    engine = engine_with(RULES, without=("prior",), ignore=("thesaurus",), edit_threshold=0.5)
    text = "It began a financial dialogue with them, and the rest of it is plain."
    assert engine.fix(text).after == text.replace("a financial", "an economic")


# Consistency

THRICE = "The native police came. The native police left, and the native newspaper wrote about it. "


def test_a_word_that_stands_once_is_judged_by_its_own_place() -> None:
    text = "It was a scholar mortgage that she had to pay."
    without = Engine(Settings(select=("thesaurus",), without=("prior", "consistency"), edit_threshold=0.5))
    assert [edit.confidence for edit in without.fix(text).edits] == [
        edit.confidence for edit in SURE.fix(text).edits
    ]


def test_what_was_done_to_a_word_in_clear_places_is_believed_in_a_vague_one() -> None:
    vague = "They saw the native."
    settings = {"select": ("thesaurus",), "min_confidence": 0.0}
    confidences = []
    for without in (("prior",), ("prior", "consistency")):
        found = Engine(Settings(without=without, **settings)).find(THRICE + vague).findings
        natives = [finding for finding in found if finding.text == "native"]
        assert [finding.candidates[0].text for finding in natives] == ["local"] * 4
        confidences.append([finding.confidence for finding in natives])
    assert confidences[0][3] > confidences[1][3] + 0.01
    assert all(one > other for one, other in zip(*confidences, strict=True))


def test_one_word_is_repaired_the_same_way_throughout_a_spun_text() -> None:
    after: dict[str, list[str]] = {}
    for before, now in changes(WIDE, SPUN):
        after.setdefault(before, []).append(now)
    assert after["native"] == ["local"] * 2
    assert after["finish"] == ["end"] * 2
    assert after["lengthy"] == ["long"] * 2


# What the numbers mean


@pytest.mark.parametrize("settings", [{"select": ("thesaurus",)}, {}], ids=["thesaurus", "all"])
def test_candidates_of_a_spun_text_stand_likeliest_first(settings: dict[str, tuple[str, ...]]) -> None:
    findings = Engine(Settings(min_confidence=0.0, **settings)).find(SPUN).findings
    several = [finding for finding in findings if len(finding.candidates) > 2]
    assert len(several) > 15
    for finding in several:
        scores = [candidate.score for candidate in finding.candidates]
        assert scores == sorted(scores, reverse=True)


def test_scores_are_log_odds_against_keeping_the_text() -> None:
    """Where no phrase runs over a word, it is kept or it is one of its candidates, and that is all."""
    document = Document(SPUN)
    models = load_models()
    analysis = analyse(document, [], models)
    arcs = analysis.arcs
    covered = np.zeros(len(analysis.stream.numbers), dtype=bool)
    for arc in np.flatnonzero(arcs.end - arcs.start > 1).tolist():
        covered[arcs.start[arc] : arcs.end[arc]] = True
    verdict = judge(analysis, Quotes.AUTO, {"prior"})
    found = [finding for _, finding in decide(analysis, verdict, 0.0)]
    place = {start: at for at, start in enumerate(analysis.stream.start.tolist())}
    single = [finding for finding in found if not covered[place[finding.span.start]]]
    assert len(single) > 10
    slope, offset = models.weights.wide_calibration
    for finding in single:
        odds = [math.exp(candidate.score) for candidate in finding.candidates]
        likeliest = odds[0] / (1 + sum(odds))
        log_odds = slope * math.log(likeliest / (1 - likeliest)) + offset
        confidence = 1 / (1 + math.exp(-log_odds))
        if any(item.kind == "group" for item in finding.evidence):
            assert finding.confidence <= confidence + 1e-3
        else:
            assert finding.confidence == pytest.approx(confidence, abs=1e-3)


def test_a_margin_is_no_more_than_the_lead_over_the_next_best_or_over_keeping() -> None:
    edits = WIDE.fix(SPUN).edits
    assert len(edits) > 4
    for edit in edits:
        assert 0 < edit.margin <= math.log(edit.confidence / (1 - edit.confidence)) + 1e-9
        for rival in edit.candidates[1:]:
            assert edit.margin <= edit.candidates[0].score - rival.score + 1e-9


def test_a_rival_that_is_close_makes_the_margin_small() -> None:
    rules = (
        RULES
        + """
[[rule]]
id = "dull"
spun = ["dull thing"]
original = ["small thing", "little thing"]
fixes = [["A dull thing.", "A small thing."]]
"""
    )
    (edit,) = engine_with(rules).find("It was a dull thing that came out of the sea.").edits
    first, second = edit.candidates
    assert edit.margin == pytest.approx(first.score - second.score)
    assert edit.margin < math.log(edit.confidence / (1 - edit.confidence)) - 0.1


def test_an_edit_says_where_it_comes_from_and_what_it_fits() -> None:
    edit = next(edit for edit in WIDE.fix(SPUN).edits if edit.before == "finish")
    assert edit.message == "“finish” looks spun from “end”"
    assert {item.kind for item in edit.evidence} >= {"channel", "context"}
    assert edit.as_finding().severity is Severity.ERROR


# Suppressions

SENTENCE = "The native police fight arranged crime in entrance of the house."


def last_line(line: str, engine: Engine | None = None) -> str:
    """The sentence as it is written out, under a spun text, in a line with a suppression."""
    result = (engine or Engine()).fix(f"{SPUN}\n\n{line.format(SENTENCE)}\n\n{SPUN}\n")
    assert result.after.count("the local police will help") == 2, "elsewhere it is repaired"
    assert result.notes == ()
    return result.after.split("\n\n")[1]


@pytest.mark.parametrize(
    ("line", "kept", "repaired"),
    [
        ("{}", "", "local police fight organized crime in front"),
        ("{} [cleanup: ignore]", "native police fight arranged crime in entrance", ""),
        ("{} [cleanup: ignore[thesaurus]]", "native police", "organized crime"),
        ("{} [cleanup: ignore[law]]", "arranged crime", "local police"),
        ("{} [cleanup: ignore[thesaurus/native]]", "native police", "organized crime in front"),
        ("[cleanup: off[thesaurus]] {} [cleanup: on]", "native police", "organized crime"),
        ("# cleanup: ignore-next[thesaurus]\n{}", "native police", "organized crime"),
    ],
)
def test_a_suppression_of_the_thesaurus_silences_it_and_no_rule(line: str, kept: str, repaired: str) -> None:
    after = last_line(line)
    assert kept in after
    assert repaired in after


def test_a_suppression_that_silences_the_thesaurus_alone_is_used() -> None:
    text = f"{SPUN} They stood in entrance of it. [cleanup: ignore[thesaurus]]"
    assert WIDE.fix(text).notes == ()
    clean = WIDE.fix(f"{CLEAN} [cleanup: ignore[thesaurus]]")
    assert clean.notes == ("line 1: unused suppression: nothing would be found there",)


# Nothing by chance

_PROGRAM = """
import hashlib, sys
from cleanup.pipeline import Engine
text = sys.stdin.read()
print(hashlib.sha256(repr(Engine().fix(text)).encode()).hexdigest())
"""


def test_the_same_text_gives_the_same_result_twice() -> None:
    text = f"{SPUN}\n\n{CLEAN}\n\n{SPUN} They fight arranged crime."
    first = EVERYTHING.fix(text)
    assert first.edits
    assert EVERYTHING.fix(text) == first
    EVERYTHING.fix(CLEAN)
    assert Engine(Settings(min_confidence=0.0)).fix(text) == first


def test_the_same_text_gives_the_same_result_in_another_process() -> None:
    """Whatever the order of sets is there."""
    text = f"{SPUN}\n\n{CLEAN}\n\n{SPUN} They fight arranged crime."
    here = hashlib.sha256(repr(Engine().fix(text)).encode()).hexdigest()
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            input=text,
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        assert run.stdout.strip() == here
