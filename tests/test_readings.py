"""What is known of each arc: every feature on a small example, and the log of every edge."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_collocations import log_of, table_of
from test_pool import World, proposal_of

from cleanup.collocations import FULL_STOP
from cleanup.lattice import join
from cleanup.pool import KEEP, RULE, Gains, Proposal, gather
from cleanup.readings import FEATURES, INDEX, WINDOW, Arcs, describe, edge_logs, gains_of
from cleanup.stream import Stream
from cleanup.thesaurus import (
    MOBY,
    NEIGHBOUR,
    OWN_EARLY,
    OWN_FIRST,
    OWN_LATE,
    OWN_PHRASE,
    OWN_REVERSE,
    WORDNET,
)

WORDS = (
    "the a an wide big ample gale wind sea white home house old over on top of by means through it us use "
    "ship boat cake bread and said"
).split()
PAIRS = {
    ("wide", "big"): MOBY,
    ("wide", "ample"): OWN_FIRST | WORDNET,
    ("gale", "wind"): OWN_EARLY,
    ("white home", "White House"): OWN_PHRASE,
    ("over", "on top of"): NEIGHBOUR,
    ("by means of", "through"): OWN_LATE,
    ("us", "it"): OWN_REVERSE,
    ("old ship", "old boat"): MOBY,
    ("sea", "cake"): MOBY,
    ("ship", "boat"): MOBY,
    ("ship", "bread"): MOBY,
}
UNIGRAMS = {
    "the": -3.0, "a": -4.0, "an": -5.0, "wide": -9.5, "big": -8.0, "ample": -12.5, "gale": -12.0, "wind": -8.5,
    "white": -8.0, "home": -7.5, "house": -8.0, "of": -3.5, "by": -5.0, "means": -8.0, "through": -7.0,
    "us": -6.0, "it": -5.0, "old": -8.0, "sea": -9.0, "cake": -10.0, "ship": -10.0, "boat": -10.0,
    "bread": -10.0, "over": -7.0, "on": -5.0, "top": -8.0,
}  # fmt: skip
COMPANY = {
    ("wide", "sea"): -4.0,
    ("big", "sea"): -2.5,
    ("big", "wind"): -2.0,
    ("of", "the"): -1.0,
    ("the", "big"): -5.0,
}
TRIPLES = {("the", "big", "wind"): -0.5, ("of", "the", "sea"): -1.5, ("white", "house", "said"): -0.25}


TABLE = table_of(WORDS, COMPANY, TRIPLES, {"the": -1.0, "the big": -2.0}, UNIGRAMS)
WORLD = World(PAIRS, table=TABLE)

# Which article each word wants: 1 for *a*, 2 for *an*, 0 for either.
ARTICLES = np.array([0] * 6 + [2 if word[0] in "aio" else 1 for word in WORDS], dtype=np.int8)
# Two topics: the sea and the kitchen.
TOPICS = np.zeros((len(TABLE.words), 2), dtype=np.int8)
for _word, _vector in {
    "sea": (127, 0),
    "ship": (127, 0),
    "boat": (100, 0),
    "gale": (120, 0),
    "wind": (90, 90),
    "cake": (0, 127),
    "bread": (0, 90),
}.items():
    TOPICS[TABLE.number(_word)] = _vector


def everything(size: int) -> Gains:
    """Nothing is left out."""
    return Gains(np.zeros(256), np.zeros(size), np.zeros(len(TABLE.words)), 0.0, np.zeros(size), 0.0)


class Described:
    """The arcs of a text, asked by what stands there and what it may have been."""

    def __init__(self, text: str, quoted: Collection[str] = (), proposals: Sequence[Proposal] = ()) -> None:
        self.text = text
        self.stream: Stream = WORLD.stream(text)
        size = len(WORLD.thesaurus.readings)
        pool = gather(self.stream, WORLD.thesaurus, TABLE, everything(size), proposals, self.stream.is_word)
        rows = np.zeros(len(TABLE.words), dtype=bool)
        rows[[TABLE.number(word) for word in quoted]] = True
        self.arcs: Arcs = describe(pool, self.stream, TABLE, proposals, rows, ARTICLES, TOPICS)
        self.proposals = proposals

    def named(self, arc: int) -> tuple[str, str]:
        """What stands there, and what the arc reads: nothing where it keeps."""
        start, stop = self.arcs.start[arc], self.arcs.end[arc]
        spun = (
            self.text[self.stream.start[start] : self.stream.end[stop - 1]]
            if self.stream.start[start] >= 0
            else ""
        )
        ref = int(self.arcs.ref[arc])
        if self.arcs.kind[arc] == KEEP:
            return spun, ""
        return spun, self.proposals[ref].original if self.arcs.kind[arc] == RULE else WORLD.thesaurus.text(
            ref
        )

    def arc(self, spun: str, original: str = "") -> int:
        (found,) = [arc for arc in range(len(self.arcs.start)) if self.named(arc) == (spun, original)]
        return found

    def feature(self, name: str, spun: str, original: str = "") -> float:
        return float(self.arcs.features[self.arc(spun, original), INDEX[name]])

    def row(self, spun: str, original: str = "") -> Mapping[str, float]:
        """All features of an arc that are not zero."""
        values = self.arcs.features[self.arc(spun, original)].tolist()
        return {name: value for name, value in zip(FEATURES, values, strict=True) if value}


# Keeping, and who proposes


def test_an_arc_that_keeps_has_its_frequency_and_nothing_that_speaks_of_change() -> None:
    assert Described("the wide gale").row("wide") == {"unigram": -9.5, "length": 1.0}
    described = Described("the WIDE Gale sea wide", quoted=["wide"])
    of_change = set(FEATURES) - {"unigram", "length", "article", "topic", "theme"}
    columns = [INDEX[name] for name in of_change]
    assert not described.arcs.features[described.arcs.keeps][:, columns].any()
    assert described.arcs.features[described.arcs.kind != KEEP][:, INDEX["change"]].all()


@pytest.mark.parametrize(
    ("text", "spun", "original", "names"),
    [
        ("the wide", "wide", "ample", {"own first", "wordnet"}),
        ("the wide", "wide", "big", {"moby"}),
        ("the gale", "gale", "wind", {"own early"}),
        ("by means of it", "by means of", "through", {"own late"}),
        ("the us", "us", "it", {"own reverse"}),
        ("the white home", "white home", "White House", {"own phrase"}),
        ("the over", "over", "on top of", {"neighbour"}),
    ],
)
def test_each_source_has_its_own_feature(text: str, spun: str, original: str, names: set[str]) -> None:
    sources = "own first,own early,own late,own reverse,own phrase,neighbour,moby,wordnet".split(",")
    row = Described(text).row(spun, original)
    assert {name for name in sources if name in row} == names


def test_what_a_rule_says_of_its_proposal_is_told_of_that_arc_alone() -> None:
    first = proposal_of(TABLE, 2, 3, "big", strength="gated rule", place=-0.7, confidence=2.0)
    other = proposal_of(TABLE, 2, 3, "old", strength="lexicon", place=-1.5, confidence=-1.0)
    described = Described("the wide gale", proposals=[first, other])
    names = ("strong rule", "gated rule", "lexicon", "rule place", "rule confidence")
    found = [
        (arc, described.named(arc))
        for arc in range(len(described.arcs.kind))
        if described.arcs.kind[arc] == RULE
    ]
    rows = [[described.arcs.features[arc, INDEX[name]] for name in names] for arc, _ in found]
    assert [named for _, named in found] == [("wide", "big"), ("wide", "old")]
    assert rows == [[0, 1, 0, -0.7, 2.0], [0, 0, 1, -1.5, -1.0]]
    others = described.arcs.features[described.arcs.kind != RULE]
    assert not others[:, [INDEX[name] for name in names]].any()


# Frequency and length


def test_frequency_and_length_are_those_of_the_reading() -> None:
    described = Described("over the white home")
    assert described.feature("unigram", "over", "on top of") == -5.0 - 8.0 - 3.5
    assert described.feature("length", "over", "on top of") == 3
    assert described.feature("unigram", "white home", "White House") == -16.0
    assert described.feature("length", "white home", "White House") == 2


def test_a_rare_word_of_a_rule_has_the_frequency_that_it_brings() -> None:
    item = proposal_of(TABLE, 2, 3, "big zorble", unigram=-20.0)
    described = Described("the wide gale", proposals=[item])
    assert described.feature("unigram", "wide", "big zorble") == -8.0 - 20.0


@pytest.mark.parametrize(
    ("text", "spun", "original", "nats"),
    [
        ("the wide", "wide", "ample", 3.0),  # *ample* is rarer by that much
        ("the wide", "wide", "big", -1.5),
        ("the white home", "white home", "White House", 0.5),
        ("by means of", "by means of", "through", -6.0),  # 9.5, and never more than 6
        ("it over", "over", "on top of", 6.0),
    ],
)
def test_rarer_says_by_how_much_the_original_is_rarer(
    text: str, spun: str, original: str, nats: float
) -> None:
    assert Described(text).feature("rarer", spun, original) == pytest.approx(nats)


# Letters and articles


@pytest.mark.parametrize(
    ("text", "spun", "capital", "upper"),
    [
        ("the wide sea", "wide", 0, 0),
        ("Wide is the sea", "Wide", 0, 0),  # a sentence begins with a capital anyway
        ("It said. Wide is the sea", "Wide", 0, 0),
    ],
)
def test_a_capital_counts_inside_a_sentence(text: str, spun: str, capital: int, upper: int) -> None:
    """The proposal is a rule's: the thesaurus has little to say about names."""
    at = text.replace(",", " ,").replace(".", " .").split().index(spun) + 1
    described = Described(text, proposals=[proposal_of(TABLE, at, at + 1, "old")])
    assert described.feature("capital", spun, "old") == capital
    assert described.feature("upper", spun, "old") == upper
    assert described.feature("capital", spun) == described.feature("upper", spun) == 0


def test_one_capital_of_a_phrase_is_enough() -> None:
    assert Described("the white Home").feature("capital", "white Home", "White House") == 1
    assert Described("the white home").feature("capital", "white home", "White House") == 0


def test_a_phrase_is_two_spun_words_or_more() -> None:
    described = Described("by means of the wide sea over it")
    assert described.feature("phrase", "by means of", "through") == 1
    assert described.feature("phrase", "over", "on top of") == 0
    assert described.feature("phrase", "wide", "big") == 0


@pytest.mark.parametrize(
    ("text", "keeps", "big", "ample"),
    [
        ("a wide sea", 0, 0, 1),
        ("an wide sea", 1, 1, 0),
        ("the wide sea", 0, 0, 0),
        ("a sea. Wide", None, 0, 0),
        ("A wide sea", 0, 0, 1),
    ],
)
def test_an_article_that_does_not_fit_is_a_misfit(text: str, keeps: int | None, big: int, ample: int) -> None:
    described = Described(text)
    spun = "Wide" if "Wide" in text else "wide"
    assert described.feature("article", spun, "big") == big
    assert described.feature("article", spun, "ample") == ample
    assert described.feature("article", spun) == (keeps or 0)


def test_nothing_stands_before_the_first_place() -> None:
    described = Described("sea a")
    assert described.arcs.features[0, INDEX["article"]] == 0


# The rest of the document


@pytest.mark.parametrize(
    ("quoted", "is_quoted", "is_against"),
    [([], 0, 0), (["big"], 1, 0), (["wide"], 0, 1), (["big", "wide"], 1, 1), (["sea"], 0, 0)],
)
def test_words_in_quotations_speak_for_themselves(quoted: list[str], is_quoted: int, is_against: int) -> None:
    described = Described("the wide sea", quoted=quoted)
    assert described.feature("quoted", "wide", "big") == is_quoted
    assert described.feature("quoted against", "wide", "big") == is_against


def test_all_new_words_of_a_phrase_must_be_quoted_and_old_ones_need_not() -> None:
    assert Described("the white home", quoted=["house"]).feature("quoted", "white home", "White House") == 1
    assert Described("it over it", quoted=["on", "top"]).feature("quoted", "over", "on top of") == 0
    assert Described("it over it", quoted=["on", "top", "of"]).feature("quoted", "over", "on top of") == 1
    phrase = Described("the white home", quoted=["white", "home"])
    assert phrase.feature("quoted against", "white home", "White House") == 0  # told of single words alone


def test_elsewhere_says_that_the_document_has_the_original_s_words() -> None:
    assert Described("the wide sea").feature("elsewhere", "wide", "big") == 0
    assert Described("the wide sea, the big ship").feature("elsewhere", "wide", "big") == 1
    assert Described("over the top").feature("elsewhere", "over", "on top of") == 0
    assert Described("over the top of it on it").feature("elsewhere", "over", "on top of") == 1
    assert Described("the white home and the house").feature("elsewhere", "white home", "White House") == 1


def test_rivals_are_all_changes_that_begin_at_the_place() -> None:
    described = Described("the wide gale", proposals=[proposal_of(TABLE, 2, 4, "sea")])
    assert described.feature("rivals", "wide", "big") == pytest.approx(np.log(1 + 3))
    assert described.feature("rivals", "wide gale", "sea") == pytest.approx(np.log(1 + 3))
    assert described.feature("rivals", "gale", "wind") == pytest.approx(np.log(1 + 1))


# Topics


def test_a_reading_is_like_its_surroundings_or_not() -> None:
    described = Described("the sea and the ship")
    assert described.feature("topic", "ship", "boat") == pytest.approx(1, abs=1e-3)
    assert described.feature("topic", "ship", "bread") == pytest.approx(0, abs=1e-3)
    assert described.feature("topic", "sea", "cake") == pytest.approx(0, abs=1e-3)
    assert described.feature("theme", "ship", "boat") == pytest.approx(1, abs=1e-3)


def test_a_word_does_not_speak_for_itself() -> None:
    """What it stands for is asked of the others."""
    for name in ("topic", "theme"):
        assert Described("the ship").feature(name, "ship") == 0
        assert Described("the ship and the sea").feature(name, "ship") == pytest.approx(1, abs=1e-3)


def test_the_topic_is_near_and_the_theme_is_the_whole_document() -> None:
    far = "the ship " + "and " * WINDOW + "sea"
    near = "the ship " + "and " * (WINDOW - 2) + "sea"
    assert Described(near).feature("topic", "ship", "boat") > 0.9
    assert Described(far).feature("topic", "ship", "boat") == 0
    assert Described(far).feature("theme", "ship", "boat") > 0.9


def test_common_words_have_no_topic() -> None:
    assert Described("the of the ship").feature("topic", "ship", "boat") == 0


@given(
    st.lists(st.sampled_from([*WORDS, "zz", ".", "Wide", "US"]), max_size=20), st.sets(st.sampled_from(WORDS))
)
def test_features_are_finite_and_flags_are_flags(words: list[str], quoted: set[str]) -> None:
    features = Described(" ".join(words), quoted=sorted(quoted)).arcs.features
    assert np.isfinite(features).all()
    flags = [INDEX[name] for name in FEATURES[:9]]
    flags += [
        INDEX[name] for name in ("capital", "upper", "article", "quoted", "quoted against", "elsewhere")
    ]
    assert set(np.unique(features[:, flags])) <= {0.0, 1.0}
    assert (np.abs(features[:, [INDEX["topic"], INDEX["theme"]]]) <= 1 + 1e-3).all()


# What the pool is told


@given(st.lists(st.floats(-3, 3), min_size=len(FEATURES), max_size=len(FEATURES)))
def test_the_pool_weighs_an_arc_as_its_features_do(numbers: list[float]) -> None:
    """All that is known without a look at the place: sources, frequency, length, rarity."""
    weights = np.array(numbers)
    gains = gains_of(weights, 0.5, WORLD.thesaurus, TABLE)
    described = Described("by means of the wide gale over us and the white home")
    arcs, stream = described.arcs, described.stream
    told = [INDEX[name] for name in (*FEATURES[:9], "unigram", "length", "rarer")]
    pool = gather(
        stream, WORLD.thesaurus, TABLE, everything(len(WORLD.thesaurus.readings)), (), stream.is_word
    )
    assert (pool.ref == arcs.ref).all()
    for arc in np.flatnonzero(arcs.kind != KEEP).tolist():
        kept = slice(int(arcs.start[arc]), int(arcs.end[arc]))
        logs = TABLE.unigrams[stream.numbers[kept]].sum() - gains.reading_logs[arcs.ref[arc]]
        gain = (
            gains.sources[pool.sources[arc]]
            + gains.readings[arcs.ref[arc]]
            + gains.rarer * np.clip(logs, -6, 6)
        )
        assert gain == pytest.approx(float(arcs.features[arc, told] @ weights[told]), abs=1e-4)
        assert gains.words[stream.numbers[kept]].sum() == pytest.approx(
            float((arcs.features[arcs.keeps[kept]][:, told] @ weights[told]).sum()), abs=1e-4
        )
    assert gains.context == 0.5


# Edges


def edge(described: Described, first: tuple[str, str], second: tuple[str, str]) -> float:
    """The log of the edge between two arcs, each given by what stands there and what it reads."""
    arcs = described.arcs
    lattice = join(arcs.start, arcs.end)
    before = np.concatenate([[FULL_STOP], described.stream.numbers[:-1]])
    logs = edge_logs(arcs, lattice.source, lattice.target, TABLE, before)
    one, other = described.arc(*first), described.arc(*second)
    (at,) = np.flatnonzero((lattice.source == one) & (lattice.target == other))
    return float(logs[at])


def test_an_edge_is_the_second_word_behind_the_two_before_it() -> None:
    described = Described("the wide gale sea")
    assert edge(described, ("wide", ""), ("gale", "")) == log_of(TABLE, "the wide gale")
    assert edge(described, ("wide", "big"), ("gale", "wind")) == log_of(TABLE, "the big wind") == -0.5
    assert edge(described, ("wide", "big"), ("gale", "")) == log_of(TABLE, "the big gale")
    assert edge(described, ("gale", "wind"), ("sea", "")) == log_of(TABLE, "wide wind sea")


def test_the_words_inside_a_reading_are_counted_with_it() -> None:
    described = Described("it over the sea")
    inner = [log_of(TABLE, phrase) for phrase in ("<stop> it on", "it on top", "on top of")]
    assert edge(described, ("it", ""), ("over", "on top of")) == pytest.approx(sum(inner))
    assert edge(described, ("over", "on top of"), ("the", "")) == log_of(TABLE, "top of the")


def test_behind_a_phrase_stand_its_last_two_words() -> None:
    described = Described("the white home said")
    assert edge(described, ("white home", "White House"), ("said", "")) == -0.25
    assert edge(described, ("home", ""), ("said", "")) == log_of(TABLE, "white home said")


def test_a_deletion_costs_nothing_and_what_follows_is_seen_behind_what_stood_before() -> None:
    item = replace(proposal_of(TABLE, 3, 4, ""), original="(nothing)")
    described = Described("by the wide sea", proposals=[item])
    assert edge(described, ("the", ""), ("wide", "(nothing)")) == 0
    assert edge(described, ("wide", "(nothing)"), ("sea", "")) == log_of(TABLE, "by the sea")
    assert edge(described, ("wide", ""), ("sea", "")) == log_of(TABLE, "the wide sea")


@given(
    st.lists(
        st.sampled_from(["the", "big", "wind", "sea", "of", "it", "white", "house"]), min_size=2, max_size=9
    )
)
def test_the_edges_of_a_text_as_it_stands_add_up_to_its_words(words: list[str]) -> None:
    described = Described(" ".join(words))
    arcs = described.arcs
    lattice = join(arcs.start, arcs.end)
    before = np.concatenate([[FULL_STOP], described.stream.numbers[:-1]])
    logs = edge_logs(arcs, lattice.source, lattice.target, TABLE, before)
    keeps = (arcs.kind == KEEP)[lattice.source] & (arcs.kind == KEEP)[lattice.target]
    read = ["<stop>", "<stop>", *words, "<stop>"]
    wanted = sum(log_of(TABLE, " ".join(read[at - 2 : at + 1])) for at in range(2, len(read)))
    assert float(logs[keeps].sum()) == pytest.approx(wanted, abs=1e-4)
