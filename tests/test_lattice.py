"""The lattice: what it says of arcs and edges is what adding up every path says."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanup.lattice import Lattice, Paths, Sums, join

Arc = tuple[int, int]


@dataclass(frozen=True)
class Case:
    """A small lattice with scores; the first and the last place have one arc alone, as in a stream."""

    arcs: list[Arc]
    lattice: Lattice
    arc_scores: np.ndarray
    edge_scores: np.ndarray

    def sums(self) -> Sums:
        return Paths(self.lattice).sums(self.arc_scores, self.edge_scores)


def lattice_of(arcs: list[Arc]) -> Lattice:
    table = np.array(arcs, dtype=np.int64).reshape(-1, 2)
    return join(table[:, 0], table[:, 1])


@st.composite
def cases(draw: st.DrawFn, places: int = 8, size: float = 3.0) -> Case:
    length = draw(st.integers(1, places))
    arcs = [(at, at + 1) for at in range(length)]
    if length > 2:
        begin = st.integers(1, length - 2)
        more = draw(st.lists(st.tuples(begin, st.integers(1, 4)), max_size=8))
        arcs += [(at, at + long) for at, long in more if at + long < length]
    arcs = draw(st.permutations(arcs))
    lattice = lattice_of(arcs)
    scores = [
        draw(st.lists(st.floats(-size, size), min_size=count, max_size=count))
        for count in (len(arcs), len(lattice.source))
    ]
    return Case(arcs, lattice, np.array(scores[0], dtype=float), np.array(scores[1], dtype=float))


def every_path(arcs: list[Arc]) -> list[list[int]]:
    length = max(end for _, end in arcs)
    paths: list[list[int]] = []

    def go_on(at: int, path: list[int]) -> None:
        if at == length:
            paths.append(path)
        for number, (start, end) in enumerate(arcs):
            if start == at:
                go_on(end, [*path, number])

    go_on(0, [])
    return paths


@dataclass(frozen=True)
class Truth:
    """What adding up every path says of arcs and edges, and the logarithm of the sum."""

    arcs: np.ndarray
    edges: np.ndarray
    log_total: float


def truth_of(case: Case) -> Truth:
    edge = {pair: at for at, pair in enumerate(zip(case.lattice.source, case.lattice.target, strict=True))}
    paths = every_path(case.arcs)
    steps = [[edge[pair] for pair in pairwise(path)] for path in paths]
    scores = np.array(
        [
            case.arc_scores[path].sum() + case.edge_scores[step].sum()
            for path, step in zip(paths, steps, strict=True)
        ]
    )
    log_total = float(np.logaddexp.reduce(scores))
    arcs, edges = np.zeros(len(case.arcs)), np.zeros(len(case.edge_scores))
    for path, step, score in zip(paths, steps, scores, strict=True):
        arcs[path] += np.exp(score - log_total)
        edges[step] += np.exp(score - log_total)
    return Truth(arcs, edges, log_total)


# Against every path


@given(cases())
def test_edges_join_what_touches_and_nothing_else(case: Case) -> None:
    pairs = list(zip(case.lattice.source.tolist(), case.lattice.target.tolist(), strict=True))
    wanted = {
        (one, other)
        for one, (_, end) in enumerate(case.arcs)
        for other, (start, _) in enumerate(case.arcs)
        if end == start
    }
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == wanted


@given(cases())
def test_arcs_and_edges_are_as_likely_as_adding_up_every_path_says(case: Case) -> None:
    sums, truth = case.sums(), truth_of(case)
    assert np.allclose(sums.arcs, truth.arcs, atol=1e-9)
    assert np.allclose(sums.edges, truth.edges, atol=1e-9)


@given(cases())
def test_the_clusters_add_up_to_all_paths(case: Case) -> None:
    """Between clusters there is one way, so its scores come on top."""
    alone = Paths(case.lattice).is_alone
    source, target = case.lattice.source, case.lattice.target
    only = alone[source] & alone[target]
    outside = case.arc_scores[case.arcs.index((0, 1))]
    outside += case.edge_scores[only].sum() + case.arc_scores[target[only]].sum()
    assert np.isclose(case.sums().log_total.sum() + outside, truth_of(case).log_total)


@given(cases(places=12))
def test_each_place_is_read_once(case: Case) -> None:
    sums = case.sums()
    for place in range(max(end for _, end in case.arcs)):
        over = [at for at, (start, end) in enumerate(case.arcs) if start <= place < end]
        assert np.isclose(sums.arcs[over].sum(), 1)
        into = [at for at, target in enumerate(case.lattice.target) if case.arcs[target][0] == place]
        begun = [at for at, (start, _) in enumerate(case.arcs) if start == place]
        if place:
            assert np.isclose(sums.edges[into].sum(), sums.arcs[begun].sum())


@given(cases(places=12), st.floats(-5, 5))
def test_what_every_path_gains_changes_no_probability(case: Case, more: float) -> None:
    """A nat for each place that an arc covers is the same for all paths."""
    spans = case.lattice.end - case.lattice.start
    raised = Case(case.arcs, case.lattice, case.arc_scores + more * spans, case.edge_scores)
    assert np.allclose(raised.sums().arcs, case.sums().arcs)
    assert np.allclose(raised.sums().edges, case.sums().edges)


@given(cases(size=1e6))
def test_scores_of_any_size_give_probabilities(case: Case) -> None:
    sums = case.sums()
    for row in (sums.arcs, sums.edges):
        assert np.isfinite(row).all()
        assert ((row >= 0) & (row <= 1)).all()


# Clusters

TWO_CLUSTERS = [(0, 1), (1, 2), (1, 2), (2, 3), (3, 4), (4, 5), (3, 5), (5, 6)]


def test_a_place_with_one_arc_parts_the_lattice() -> None:
    paths = Paths(lattice_of(TWO_CLUSTERS))
    assert paths.is_alone.tolist() == [True, False, False, True, False, False, False, True]
    zeros = np.zeros(len(TWO_CLUSTERS))
    sums = paths.sums(zeros, np.zeros(len(paths.lattice.source)))
    at = dict(zip(sums.positions.tolist(), sums.log_total.tolist(), strict=True))
    assert at == pytest.approx({-1: 0.0, 0: np.log(2), 2: np.log(2)})


def test_one_cluster_does_not_see_another() -> None:
    paths = Paths(lattice_of(TWO_CLUSTERS))
    scores, edges = np.zeros(len(TWO_CLUSTERS)), np.zeros(len(paths.lattice.source))
    before = paths.sums(scores, edges)
    scores[1] = 2.0
    after = paths.sums(scores, edges)
    assert after.arcs[1] == pytest.approx(1 / (1 + np.exp(-2)))
    assert before.arcs[1] == pytest.approx(0.5)
    assert after.arcs[3:].tolist() == before.arcs[3:].tolist()


def test_a_long_arc_alone_over_its_places_is_one_way_of_two() -> None:
    """An arc over two places stands beside those that keep them: nothing is decided before the scores."""
    lattice = lattice_of([(0, 1), (1, 2), (2, 3), (1, 3), (3, 4)])
    sums = Paths(lattice).sums(np.array([0.0, 0, 0, np.log(3), 0]), np.zeros(len(lattice.source)))
    assert sums.arcs.tolist() == pytest.approx([1, 0.25, 0.25, 0.75, 1])


def test_two_sets_of_scores_go_through_one_order() -> None:
    paths = Paths(lattice_of(TWO_CLUSTERS))
    edges = np.zeros(len(paths.lattice.source))
    first = paths.sums(np.zeros(len(TWO_CLUSTERS)), edges).arcs.tolist()
    paths.sums(np.arange(8.0), edges)
    assert paths.sums(np.zeros(len(TWO_CLUSTERS)), edges).arcs.tolist() == first


# The smallest


def test_an_empty_lattice_has_nothing_to_say() -> None:
    sums = Paths(lattice_of([])).sums(np.zeros(0), np.zeros(0))
    assert [len(row) for row in (sums.arcs, sums.edges, sums.log_total, sums.positions)] == [0, 0, 0, 0]


def test_one_arc_is_certain() -> None:
    sums = Paths(lattice_of([(0, 1)])).sums(np.array([-7.0]), np.zeros(0))
    assert sums.arcs.tolist() == [1.0]
    assert len(sums.edges) == 0


def test_arcs_that_all_stand_alone_are_certain() -> None:
    sums = Paths(lattice_of([(0, 1), (1, 2), (2, 3)])).sums(np.array([-7.0, 3, -50]), np.array([-9.0, 4]))
    assert sums.arcs.tolist() == [1.0, 1.0, 1.0]
    assert sums.edges.tolist() == [1.0, 1.0]
