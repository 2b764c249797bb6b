"""The first selection: what has a prospect stays, what has none is left out, and rules are heard always."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_collocations import table_of
from test_thesaurus import thesaurus_of

from cleanup.channel import Match
from cleanup.collocations import UNKNOWN, Collocations
from cleanup.document import Document
from cleanup.pool import (
    FURTHEST_BEHIND,
    FURTHEST_UNSEEN,
    KEEP,
    LEAST_GAIN,
    MOST_ARCS,
    MOST_GAIN,
    MOST_ORIGINALS,
    NAME_GAIN,
    RULE,
    THESAURUS,
    Gains,
    Pool,
    Proposal,
    gather,
    names,
)
from cleanup.stream import Stream, read_stream
from cleanup.thesaurus import LONGEST, MOBY, OWN_FIRST, Thesaurus

ORIGINALS = [f"original{chr(97 + at)}" for at in range(26)]
WORDS = [*"the a an big wide large wind gale sea blows on over white home house police".split(), *ORIGINALS]


def proposal_of(table: Collocations, start: int, end: int, original: str, **more: Any) -> Proposal:
    """What a rule proposes for a stretch of a stream; other tests use it too."""
    words = tuple(table.number(word) for word in original.split())
    match = cast(Match, None)  # neither the pool nor the features look at it
    values = {"strength": "strong rule", "place": 0.0, "confidence": 0.0, "unigram": 0.0, **more}
    return Proposal(start, end, words, match=match, original=original, **values)


class World:
    """A table and a thesaurus of a few words, and what a pool over them says."""

    def __init__(
        self,
        pairs: Mapping[tuple[str, str], int],
        company: Mapping[tuple[str, str], float] | None = None,
        unigrams: Mapping[str, float] | None = None,
        table: Collocations | None = None,
    ) -> None:
        self.table = table or table_of(WORDS, company or {("the", "a"): -9.0}, unigrams=unigrams)
        self.thesaurus: Thesaurus = thesaurus_of(self.table.words, pairs)

    def stream(self, text: str) -> Stream:
        return read_stream(Document(text), self.table.numbers)

    def gains(self, sources: float = 0.0, context: float = 0.0) -> Gains:
        """Every change is worth the same."""
        size = len(self.thesaurus.readings)
        return Gains(
            np.full(256, sources),
            np.zeros(size),
            np.zeros(len(self.table.words)),
            0.0,
            np.zeros(size),
            context,
        )

    def pool(
        self,
        text: str,
        gains: Gains | None = None,
        proposals: Sequence[Proposal] = (),
        closed: Sequence[str] = (),
    ) -> Pool:
        stream = self.stream(text)
        shut = np.isin(stream.numbers, [self.table.number(word) for word in closed])
        gains = gains or self.gains()
        return gather(stream, self.thesaurus, self.table, gains, proposals, stream.is_word & ~shut)

    def read(self, text: str, *arguments: Any, **more: Any) -> list[tuple[str, str]]:
        """What the thesaurus proposes: the stretch as it stands, and what it may have been."""
        stream, pool = self.stream(text), self.pool(text, *arguments, **more)
        return [
            (text[stream.start[start] : stream.end[stop - 1]], self.thesaurus.text(int(ref)))
            for start, stop, ref, kind in zip(pool.start, pool.end, pool.ref, pool.kind, strict=True)
            if kind == THESAURUS
        ]


PAIRS = {
    ("wide", "big"): OWN_FIRST,
    ("wide", "large"): MOBY,
    ("gale", "wind"): OWN_FIRST,
    ("white home", "White House"): OWN_FIRST,
    ("over", "on the"): MOBY,
    ("gale over", "wind"): MOBY,
    ("the wide gale over", "sea"): MOBY,
}
WORLD = World(PAIRS)

texts = st.lists(st.sampled_from(["the", "wide", "gale", "over", "white", "home", ".", "zz"]), max_size=14)

# Which arcs there are


@given(texts, st.sets(st.sampled_from(["the", "wide", "gale", "over", "home"])))
def test_the_pool_proposes_what_stands_in_the_text_and_is_open(words: list[str], closed: set[str]) -> None:
    """Looked up in the plainest way; nothing is cut, for fewer than the most arcs begin at any place."""
    wanted = sorted(
        (at, at + len(spun.split()), original)
        for (spun, original) in PAIRS
        for at in range(len(words))
        if words[at : at + len(spun.split())] == spun.split() and not closed & set(spun.split())
    )
    pool = WORLD.pool(" ".join(words), closed=sorted(closed))
    before = 1 if words else 0  # the stop before the first block
    found = sorted(
        (int(start) - before, int(end) - before, WORLD.thesaurus.text(int(ref)))
        for start, end, ref, kind in zip(pool.start, pool.end, pool.ref, pool.kind, strict=True)
        if kind == THESAURUS
    )
    assert found == wanted


@given(texts)
def test_every_place_is_kept_by_one_arc_and_these_come_first(words: list[str]) -> None:
    text = " ".join(words)
    stream, pool = WORLD.stream(text), WORLD.pool(text)
    count = len(stream.numbers)
    assert pool.kind.tolist() == [KEEP] * count + [THESAURUS] * (len(pool.kind) - count)
    assert pool.start[:count].tolist() == list(range(count))
    assert pool.end[:count].tolist() == list(range(1, count + 1))
    assert pool.words[:count, 0].tolist() == stream.numbers.tolist()
    assert (pool.length[:count] == 1).all()
    assert pool.length[count:].tolist() == WORLD.thesaurus.lengths[pool.ref[count:]].tolist()
    assert (pool.words[count:] == WORLD.thesaurus.readings[pool.ref[count:]]).all()


def test_an_empty_text_has_one_arc() -> None:
    pool = WORLD.pool("")
    assert (pool.start.tolist(), pool.end.tolist(), pool.kind.tolist()) == ([0], [1], [KEEP])


@pytest.mark.parametrize("text", ["gale. Over", "gale, over", "gale\n\nover", "gale-over", "gale zz over"])
def test_no_phrase_runs_over_a_stop_or_a_sign(text: str) -> None:
    assert ("gale over", "wind") in WORLD.read("gale over")
    assert {spun.lower() for spun, _ in WORLD.read(text)} <= {"gale", "over"}


@pytest.mark.parametrize("word", ["the", "wide", "gale", "over"])
def test_a_phrase_with_a_closed_word_is_closed(word: str) -> None:
    phrase = ("the wide gale over", "sea")
    assert phrase in WORLD.read("the wide gale over it")
    assert phrase not in WORLD.read("the wide gale over it", closed=[word])


def test_a_pair_carries_its_sources() -> None:
    pool = WORLD.pool("wide home")
    found = dict(zip([WORLD.thesaurus.text(int(ref)) for ref in pool.ref], pool.sources, strict=True))
    assert found["big"] == OWN_FIRST
    assert found["large"] == MOBY
    assert (pool.sources[pool.kind == KEEP] == 0).all()


# What is left out


@pytest.mark.parametrize(("worth", "is_there"), [(0.0, True), (0.1, True), (-0.1, False), (-50.0, False)])
def test_a_hopeless_original_is_left_out(worth: float, is_there: bool) -> None:
    """The line lies where an original is `FURTHEST_BEHIND` behind keeping the text."""
    gains = WORLD.gains(sources=worth - FURTHEST_BEHIND + 1e-9)
    assert (("wide", "big") in WORLD.read("the wide sea", gains)) is is_there


def test_one_hopeless_original_takes_no_other_with_it() -> None:
    gains = WORLD.gains()
    gains.sources[MOBY] = -6.0
    assert WORLD.read("the wide sea", gains) == [("wide", "big")]


COMPANY = World(PAIRS, {("the", "big"): -2.0, ("big", "sea"): -2.0})  # seven nats better than *wide* each


@pytest.mark.parametrize(
    ("sources", "context", "is_there"),
    [(-6.0, 0.0, False), (-6.0, 1.0, True), (-8.9, 1.0, True), (-9.1, 1.0, False), (-30.0, 1.0, False)],
)
def test_neighbours_save_an_original_that_is_not_too_far_behind(
    sources: float, context: float, is_there: bool
) -> None:
    assert FURTHEST_UNSEEN == 9.0
    found = COMPANY.read("the wide sea", COMPANY.gains(sources, context))
    assert (("wide", "big") in found) is is_there


def test_neighbours_that_fit_the_text_speak_against_an_original() -> None:
    world = World(PAIRS, {("the", "wide"): -0.5, ("wide", "sea"): -0.5})  # 8.5 nats on either side
    assert world.read("the wide sea", world.gains()) != []
    assert 2 * LEAST_GAIN < -FURTHEST_BEHIND
    assert world.read("the wide sea", world.gains(context=1.0)) == []
    assert world.read("the wide sea", world.gains(-FURTHEST_BEHIND - 2 * LEAST_GAIN + 0.1, 1.0)) != []


def test_one_neighbour_speaks_for_no_more_than_the_most() -> None:
    world = World(PAIRS, {("the", "big"): -0.0}, {"wide": -15.0, "big": -15.0})  # 15 nats better on one side
    assert MOST_GAIN == 10.0
    twice = [world.read("the wide sea", world.gains(-8.9, context)) for context in (0.38, 0.40)]
    assert [("wide", "big") in found for found in twice] == [False, True]  # 3.9 nats are needed of ten


# Names


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("the wide sea", []),
        ("The wide sea. Over it", []),  # a sentence begins with a capital anyway
        ("the Wide Sea", ["Wide", "Sea"]),
        ("Wide Sea blows", ["Wide", "Sea"]),
        ("Wide, Sea", ["Sea"]),
        ("over Zzyzx the", ["Zzyzx"]),  # a name is one even if no table knows it
        ("Over Zzyzx", ["Over", "Zzyzx"]),
        ("on WIDE sea", ["WIDE"]),
    ],
)
def test_a_name_is_what_has_capitals_inside_a_sentence_or_beside_one(text: str, named: list[str]) -> None:
    stream = WORLD.stream(text)
    found = np.flatnonzero(names(stream) & (stream.start >= 0)).tolist()
    assert [text[stream.start[at] : stream.end[at]] for at in found] == named


@pytest.mark.parametrize("text", ["the Wide sea", "over the WIDE sea", "Wide Sea"])
def test_no_other_word_is_made_of_a_name(text: str) -> None:
    assert ("wide", "big") in WORLD.read(text.lower())
    assert "wide" not in {spun.lower() for spun, _ in WORLD.read(text)}


def test_a_name_is_made_of_another_name() -> None:
    assert WORLD.read("the White Home") == [("White Home", "White House")]
    assert WORLD.read("the White home") == [("White home", "White House")]
    world = World({("wide", "Big"): MOBY, ("wide", "large"): MOBY})
    assert world.read("the Wide sea") == [("Wide", "Big")]


@pytest.mark.parametrize(("log", "is_there"), [(-9.0 + NAME_GAIN - 0.25, False), (-9.0 + NAME_GAIN, True)])
def test_neighbours_that_speak_loudly_are_heard_about_names(log: float, is_there: bool) -> None:
    """So loudly: *big* behind *the* is better than *wide* by these nats, and *sea* is as good behind both."""
    world = World(PAIRS, {("the", "big"): log})
    assert (("Wide", "big") in world.read("the Wide sea")) is is_there
    assert ("wide", "big") in world.read("the wide sea")


def test_rules_are_heard_about_names() -> None:
    item = proposal_of(WORLD.table, 2, 3, "big")
    assert (WORLD.pool("the Wide sea", proposals=[item]).kind == RULE).sum() == 1


# At most so many


def test_no_more_than_the_most_arcs_begin_at_a_place_and_they_are_the_best() -> None:
    world = World({("wide", original): MOBY for original in ORIGINALS[:20]})
    gains = world.gains()
    worth = np.random.default_rng(3).permutation(20) / 10
    gains.readings[:] = worth
    found = world.read("the wide sea", gains)
    best = [world.thesaurus.text(int(ref)) for ref in np.argsort(-worth)[:MOST_ARCS]]
    assert [original for _, original in found] == best
    assert len(world.read("wide sea wide", gains)) == 2 * MOST_ARCS


def test_phrases_share_the_places_of_their_first_word() -> None:
    pairs = {("wide", original): MOBY for original in ORIGINALS[:6]}
    pairs |= {("wide sea", original): MOBY for original in ORIGINALS[:6]}
    found = World(pairs).read("the wide sea")
    assert len(found) == MOST_ARCS
    assert {spun for spun, _ in found} == {"wide", "wide sea"}


def test_originals_far_down_the_table_are_not_looked_at() -> None:
    world = World({("wide", original): MOBY for original in ORIGINALS})
    assert MOST_ORIGINALS == 24
    gains = world.gains()
    gains.readings[:] = np.arange(len(ORIGINALS))  # the last of the alphabet would be the best
    assert [original for _, original in world.read("wide", gains)] == ORIGINALS[:24][::-1][:MOST_ARCS]


# Rules


def test_rule_proposals_are_never_dropped() -> None:
    world = World({("wide", original): MOBY for original in ORIGINALS[:20]})
    many = [proposal_of(world.table, 2, 3, original) for original in ORIGINALS[:20]]
    pool = world.pool("the wide sea", world.gains(-100.0), many)
    assert pool.kind.tolist() == [KEEP] * 5 + [RULE] * 20
    pool = world.pool("the wide sea", world.gains(5.0), many)
    assert (pool.kind == RULE).sum() == 20
    assert (pool.kind == THESAURUS).sum() == MOST_ARCS
    closed = world.pool("the wide sea", world.gains(5.0), many, closed=["wide"])
    assert (closed.kind == RULE).sum() == 20
    assert (closed.kind == THESAURUS).sum() == 0


def test_a_rule_s_arc_is_what_it_proposes() -> None:
    table = WORLD.table
    first, second = proposal_of(table, 2, 4, "big wind"), proposal_of(table, 1, 2, "a")
    pool = WORLD.pool("the wide gale", proposals=[first, second])
    assert pool.start[-2:].tolist() == [2, 1]
    assert pool.end[-2:].tolist() == [4, 2]
    assert pool.ref[-2:].tolist() == [0, 1]
    assert [table.words[number] for number in pool.words[-2] if number] == ["big", "wind"]
    assert pool.length[-2:].tolist() == [2, 1]


def test_a_long_original_is_known_by_its_ends_and_an_empty_one_by_nothing() -> None:
    table = WORLD.table
    items = [proposal_of(table, 1, 2, "the big wide gale blows on"), proposal_of(table, 1, 2, "")]
    pool = WORLD.pool("the sea", proposals=items)
    assert [table.words[number] for number in pool.words[-2]] == ["the", "big", "blows", "on"]
    assert pool.length[-2:].tolist() == [LONGEST, 0]
    assert pool.words[-1].tolist() == [0] * LONGEST


def test_a_word_that_the_table_lacks_counts_as_a_word_of_a_rule() -> None:
    item = replace(proposal_of(WORLD.table, 1, 2, "zorble gale"), unigram=-20.0)
    pool = WORLD.pool("the sea", proposals=[item])
    assert pool.length[-1] == 2
    assert item.words == (UNKNOWN, WORLD.table.number("gale"))
