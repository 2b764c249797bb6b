"""The verdict: where a spinner was at work, and what is done about quoted speech."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np
import pytest
from conftest import engine_with
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from cleanup.analysis import Analysis, analyse, load_models
from cleanup.channel import find_matches
from cleanup.document import Document
from cleanup.odds import log_odds
from cleanup.prior import FEATURES, SECTION_WORDS, divide
from cleanup.rulebook import Rulebook, load_rulebook
from cleanup.verdict import MOST_INHERITED, OPEN, SPUN_QUOTATIONS, Quotes, Verdict, judge

SPUN = (
    "The accord was signed on the finish of the talks, and the native police will assist the folks alongside "
    "the border, the place lots of individuals misplaced their properties final yr. The lengthy struggle is over, "
    "the overseas minister mentioned, and the opposite leaders thanked him for his assist. They stood in entrance "
    "of the courtroom, and a lengthy line of vehicles was seen on the highway. The chief govt of the agency had a "
    "scholar mortgage that he had to pay, and not less than two of the officers stated that arranged crime and cash "
    "laundering price the nation a couple of million {} every year."
)
CLEAN = (
    "The bakery on the corner opens at six, and by seven the first loaves are gone. My aunt, who has lived "
    "above it for thirty years, says that the smell of the bread wakes her before the bells do. On Sundays "
    "the line reaches the church, and people talk about the weather, their children and the price of {} "
    "while they wait. Nobody minds, because the bread is worth it and there is nothing else to do. In winter "
    "the baker gives the children something warm, and in summer he puts two chairs under the tree, where the "
    "old men sit until noon and read the paper to each other. When it rains they all stand under the roof of "
    "the old market and wait for it to stop."
)
THINGS = "butter flour sugar coffee apples onions honey cheese rice milk tea salt".split()
QUOTED = (
    "“The safety settlement will likely be signed by the White Home within the coming yr, in line with the "
    "officers, and the struggle in opposition to arranged crime and cash laundering will go on.”"
)


def clean(count: int, first: int = 0) -> list[str]:
    return [CLEAN.format(thing) for thing in THINGS[first : first + count]]


def judged(
    text: str,
    quotes: Quotes = Quotes.AUTO,
    without: Collection[str] = (),
    book: Rulebook | None = None,
) -> tuple[Analysis, Verdict]:
    document = Document(text).opened()
    matches = find_matches(document, book or load_rulebook())
    analysis = analyse(document, matches, load_models(), without=without)
    return analysis, judge(analysis, quotes, without)


def section_at(analysis: Analysis, verdict: Verdict, phrase: str) -> int:
    """The section of the place where a phrase begins."""
    at = analysis.document.text.index(phrase)
    return int(verdict.sections.number[np.flatnonzero(analysis.stream.start == at)[0]])


# For every document

_PARTS = [
    SPUN.format("euros"),
    CLEAN.format("figs"),
    QUOTED,
    "The officers stated it.",
    "It rained.",
    "“Go!”",
    "zz 3 !",
]
documents = st.lists(st.tuples(st.sampled_from(_PARTS), st.sampled_from([" ", "\n\n"])), max_size=6).map(
    lambda parts: "".join(part + gap for part, gap in parts)
)


@limits(max_examples=15)
@given(documents, st.sampled_from(list(Quotes)))
def test_scores_and_rates_are_shares_in_every_document(text: str, quotes: Quotes) -> None:
    analysis, verdict = judged(text, quotes)
    sections = verdict.sections
    count = sections.quoted + 1
    assert {len(row) for row in (verdict.scores, verdict.biases, sections.rates, sections.words)} == {count}
    for row in (verdict.scores, sections.rates):
        assert ((row >= 0) & (row <= 1)).all()
    assert 0 <= verdict.spin.score <= 1
    assert 0 <= verdict.spin.rate <= 1
    assert np.isfinite(verdict.biases).all()
    assert int(sections.words.sum()) == int(analysis.stream.is_word.sum())
    assert (verdict.is_kept(analysis) <= analysis.in_quotation).all()
    posterior = np.linspace(0, 1, len(analysis.arcs.start))
    assert (verdict.believed(analysis, posterior) <= posterior).all()
    assert (verdict.believed(analysis, posterior) >= 0).all()


@limits(max_examples=15)
@given(documents)
def test_sections_follow_one_another_and_quotations_are_one_of_their_own(text: str) -> None:
    analysis, verdict = judged(text)
    number, quoted = divide(analysis)
    assert (number == verdict.sections.number).all()
    assert ((number == quoted) == analysis.in_quotation).all()
    outside = number[~analysis.in_quotation & (analysis.stream.block >= 0)]
    assert (np.diff(outside) >= 0).all()
    assert sorted({0, *outside.tolist()}) == list(range(quoted))
    if quoted > 1:
        assert int(verdict.sections.words[:quoted].min()) >= SECTION_WORDS


# Clean, spun, and both


def test_a_clean_document_is_clean_in_every_section() -> None:
    analysis, verdict = judged("\n\n".join(clean(6)))
    assert verdict.sections.quoted == 6
    assert verdict.scores.max() < 0.05
    assert verdict.spin.score < 0.05
    assert verdict.believed(analysis, np.ones(len(analysis.arcs.start))).max() < 0.05


def test_a_spun_section_of_a_long_clean_document_is_found_and_the_others_are_left_alone() -> None:
    text = "\n\n".join([*clean(5), SPUN.format("euros"), *clean(5, 5)])
    analysis, verdict = judged(text)
    assert verdict.sections.quoted == 11
    spun = section_at(analysis, verdict, "The accord")
    assert spun == 5
    assert verdict.scores[spun] > 0.9
    assert np.delete(verdict.scores, spun).max() < 0.1
    assert verdict.spin.score > OPEN
    assert np.delete(verdict.biases, spun).max() < verdict.biases[spun]


def test_a_section_inherits_from_the_document_and_no_more_than_the_most() -> None:
    mild = CLEAN.format("bread") + " The officers stated that the native police will assist the folks."
    inherited = []
    for others in (clean(4), [SPUN.format(thing) for thing in THINGS[:4]]):
        _, verdict = judged("\n\n".join([*others, mild]))
        assert verdict.sections.quoted == 5
        own = verdict.sections.log_odds(load_models().weights.spin_row(FEATURES))
        inherited.append(log_odds(verdict.scores[4]) - own[4])
    assert inherited == pytest.approx([-MOST_INHERITED, MOST_INHERITED], abs=0.01)


def test_one_section_speaks_for_the_document_if_it_is_sure_enough() -> None:
    """The more sections there are, the surer it must be; what all of them show together is too little."""
    text = "\n\n".join([*clean(5), SPUN.format("euros"), *clean(5, 5)])
    _, verdict = judged(text, book=engine_with(RULE.format("zorble", "words")).rulebook)
    weights = load_models().weights.spin_row(FEATURES)
    assert float(verdict.sections.whole @ weights) < 0
    best = log_odds(float(verdict.scores[:11].max()))
    assert log_odds(verdict.spin.score) == pytest.approx(best - math.log(11), abs=0.01)


def test_a_word_said_ten_times_is_one_piece_of_evidence() -> None:
    gains = []
    for times in (1, 10):
        _, verdict = judged(CLEAN.format("figs") + " The native police left." * times)
        gains.append(float(verdict.sections.rows[0, FEATURES.index("gain")] * verdict.sections.words[0]))
    assert gains[1] < 2 * gains[0]


def test_a_short_document_is_one_section() -> None:
    _, verdict = judged("The officers stated it.\n\nSo did he.")
    assert verdict.sections.quoted == 1
    assert set(verdict.sections.number.tolist()) == {0}
    assert verdict.spin.score < OPEN


def test_what_is_left_at_the_end_joins_the_last_section() -> None:
    for tail, sections in (("So it was.", 2), (CLEAN.format("figs"), 3)):
        _, verdict = judged("\n\n".join([*clean(2), tail]))
        assert verdict.sections.quoted == sections


def test_belief_is_what_the_lattice_says_times_what_the_section_says() -> None:
    text = "\n\n".join([*clean(2), SPUN.format("euros")])
    analysis, verdict = judged(text)
    posterior = np.linspace(0, 1, len(analysis.arcs.start))
    believed = verdict.believed(analysis, posterior)
    for arc in range(0, len(posterior), 50):
        section = verdict.sections.number[analysis.arcs.start[arc]]
        assert believed[arc] == pytest.approx(posterior[arc] * verdict.scores[section])


def test_without_the_prior_everything_is_taken_for_spun() -> None:
    _, verdict = judged("\n\n".join(clean(3)), without={"prior"})
    assert verdict.scores.tolist() == [1.0] * 4
    assert verdict.biases.tolist() == [0.0] * 4
    assert verdict.spin.score == 1.0
    assert not verdict.repairs_quotations


# Quoted speech


@pytest.mark.parametrize("quotes", [Quotes.AUTO, Quotes.KEEP])
def test_quotations_that_were_not_spun_are_kept(quotes: Quotes) -> None:
    text = SPUN.format("euros") + " “We will go on until the work is done,” the minister said to the people."
    analysis, verdict = judged(text, quotes)
    assert not verdict.repairs_quotations
    assert analysis.in_quotation.any()
    assert (verdict.is_kept(analysis) == analysis.in_quotation).all()
    assert any(item.text == "the quotations are kept as they stand" for item in verdict.spin.evidence)


@pytest.mark.parametrize(
    ("quotes", "repairs"), [(Quotes.AUTO, True), (Quotes.KEEP, False), (Quotes.REPAIR, True)]
)
def test_quotations_that_were_spun_are_repaired_unless_they_are_to_be_kept(
    quotes: Quotes, repairs: bool
) -> None:
    analysis, verdict = judged(SPUN.format("euros") + " " + QUOTED, quotes)
    assert verdict.repairs_quotations is repairs
    assert bool(verdict.is_kept(analysis).any()) is not repairs
    told = [item.text for item in verdict.spin.evidence if item.kind == "quotations"]
    assert told == [
        "the quotations " + ("were spun too, and are repaired" if repairs else "are kept as they stand")
    ]
    strong = [item.text for item in verdict.spin.evidence if item.kind == "strong"]
    assert any("White Home" in text for text in strong) is repairs


def test_asked_to_repair_every_quotation_is_open() -> None:
    analysis, verdict = judged(CLEAN.format("figs") + " “It is good,” she said.", Quotes.REPAIR)
    assert verdict.repairs_quotations
    assert not verdict.is_kept(analysis).any()
    assert verdict.spin.score < 0.05


def test_open_quotations_are_believed_as_much_as_their_document() -> None:
    text = SPUN.format("euros") + " “The native folks are good,” he said."
    kept, opened = (judged(text, quotes)[1] for quotes in (Quotes.KEEP, Quotes.REPAIR))
    assert opened.scores[opened.sections.quoted] >= opened.spin.score - 1e-9
    assert kept.scores[kept.sections.quoted] < opened.scores[opened.sections.quoted]


RULE = """
[[rule]]
id = "{0}"
spun = ["{0}"]
original = ["{1}"]
fixes = [["The {0}.", "The {1}."]]
"""


@pytest.mark.parametrize(
    ("rules", "repairs"),
    [
        ([("arranged crime", "organized crime")], False),
        ([("arranged crime", "organized crime"), ("cash laundering", "money laundering")], True),
    ],
)
def test_one_rule_is_not_enough_to_open_quotations(rules: list[tuple[str, str]], repairs: bool) -> None:
    """Two different ones are asked for, however sure the score is and however often the one fires."""
    spoken = f"“{SPUN.format('euros')} It is arranged crime.”"
    rule = "\n".join(
        RULE.format(*pair).replace(f'id = "{pair[0]}"', f'id = "{pair[0].split()[0]}"') for pair in rules
    )
    book = engine_with(rule).rulebook
    _, verdict = judged(f"{SPUN.format('dollars')} {spoken}", book=book)
    assert verdict.scores[verdict.sections.quoted] > SPUN_QUOTATIONS
    assert verdict.repairs_quotations is repairs


def test_quotations_that_may_have_been_spun_are_kept() -> None:
    """Two rules fire in a few words: that is not sure enough."""
    _, verdict = judged(SPUN.format("euros") + " “The folks have a lengthy way to go,” he said.")
    assert verdict.sections.gated[verdict.sections.quoted] >= 2
    assert not verdict.repairs_quotations


def test_spun_quotations_in_a_clean_text_are_kept() -> None:
    """Honest text quotes such phrases to speak of them."""
    text = f"{CLEAN.format('figs')} “{SPUN.format('euros')}”"
    _, verdict = judged(text)
    assert verdict.scores[verdict.sections.quoted] > SPUN_QUOTATIONS
    assert not verdict.repairs_quotations


def test_spun_quotations_alone_do_not_make_a_document_spun() -> None:
    _, verdict = judged(CLEAN.format("figs") + " “They fight arranged crime,” she said.")
    assert verdict.spin.score < OPEN
