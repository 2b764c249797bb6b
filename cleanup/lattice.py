"""Every reading of a text at once: a lattice of arcs, and sums and maxima over its paths.

An *arc* reads a stretch of the stream as something: as it stands, or as one of the originals that may have
been spun into it.  A *path* reads the whole stream.  Its score is the sum of the scores of its arcs and of
the edges between them, so the best path and the probability of each arc come from dynamic programming
(Rabiner 1989).  A word that nobody suspects has one arc alone; the lattice falls apart there into clusters,
which are treated side by side, position by position, as arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: The score, in nats, of an arc that no path goes through.
NEVER = -1e6


@dataclass(frozen=True, slots=True)
class Lattice:
    """Arcs and the edges that join those that touch.

    Attributes:
        start, end: the stretch of the stream that each arc reads, ends exclusive.
        source, target: the arcs that each edge joins: the first ends where the second begins.

    """

    start: Ints
    end: Ints
    source: Ints
    target: Ints


def join(start: Ints, end: Ints) -> Lattice:
    """The lattice of arcs given by their ends: an edge wherever one ends and another begins."""
    by_end = np.argsort(end, kind="stable")
    positions = np.arange(int(end.max(initial=0)) + 2)
    first = np.searchsorted(end[by_end], positions)
    counts = first[start + 1] - first[start]
    target = np.repeat(np.arange(len(start)), counts)
    offset = np.arange(len(target)) - np.repeat(np.cumsum(counts) - counts, counts)
    source = by_end[np.repeat(first[start], counts) + offset]
    return Lattice(start, end, source, target)


@dataclass(frozen=True)
class Sums:
    """What sums over all paths say; the probabilities are worked out when they are asked for.

    Attributes:
        forward, backward: log sums up to and including each arc, and behind it, inside its cluster.
        totals: the logarithm of the sum over all paths of each cluster, by the position before it plus one.

    """

    paths: Paths
    arc_scores: Floats
    edge_scores: Floats
    forward: Floats
    backward: Floats
    totals: Floats

    @cached_property
    def arcs(self) -> Floats:
        """The probability of each arc."""
        ahead = np.minimum(self.forward + self.backward - self.totals[self.paths.anchor + 1], 0.0)
        return np.where(self.paths.is_alone, 1.0, np.exp(ahead))

    @cached_property
    def edges(self) -> Floats:
        """The probability of each edge."""
        source, target = self.paths.lattice.source, self.paths.lattice.target
        total = self.forward[source] + self.edge_scores + self.arc_scores[target] + self.backward[target]
        edges = np.exp(np.minimum(total - self.totals[self.paths.anchor + 1][target], 0.0))
        edges[self.paths.is_alone[source] & self.paths.is_alone[target]] = 1.0
        return np.asarray(edges)

    @cached_property
    def positions(self) -> Ints:
        """The position before each cluster."""
        return np.unique(self.paths.anchor[self.paths.is_alone])

    @property
    def log_total(self) -> Floats:
        """The logarithm of the sum over all paths, for each cluster."""
        return self.totals[self.positions + 1]


class Paths:
    """The order in which a lattice is worked through: made once, used with any scores."""

    def __init__(self, lattice: Lattice) -> None:
        self.lattice = lattice
        start, end = lattice.start, lattice.end
        length = int(end.max(initial=0))
        covered = np.zeros(length + 1, dtype=np.int64)
        np.add.at(covered, start, 1)
        np.add.at(covered, end, -1)
        alone = np.cumsum(covered)[:length] == 1
        #: Whether an arc is the only one over its stretch: a path cannot avoid it.
        self.is_alone = (end - start == 1) & alone[start]
        last = np.where(alone, np.arange(length), -1)
        last = np.maximum.accumulate(last) if length else last
        before = np.concatenate([[-1], last])  # the last such position before each position
        self.anchor = before[start]
        # An arc that stands alone closes the cluster before it.
        level = end - self.anchor
        self._closers = np.flatnonzero(self.is_alone)
        inner = np.flatnonzero(~(self.is_alone[lattice.source] & self.is_alone[lattice.target]))
        source, target = lattice.source[inner], lattice.target[inner]
        self._forward = _layers(level, target, source, inner, self.is_alone)
        behind = np.where(alone, np.arange(length), length)
        behind = np.minimum.accumulate(behind[::-1])[::-1] if length else behind
        closing = np.concatenate([behind, [length]])[end]
        back_level = closing - start
        self._backward = _layers(back_level, source, target, inner, self.is_alone)

    def sums(self, arc_scores: Floats, edge_scores: Floats) -> Sums:
        """Forward and backward sums; scores are natural logarithms."""
        lattice = self.lattice
        closed = np.zeros(len(arc_scores))
        total = np.zeros(len(arc_scores))  # log sums up to and including an arc; 0 where a cluster begins
        scores = edge_scores[self._forward.edges]
        for layer in self._forward.layers:
            values = layer.log_sum(total[layer.others] + scores[layer.span])
            values += arc_scores[layer.arcs]
            total[layer.arcs] = values
            closed[layer.alone] = total[layer.alone]
            total[layer.alone] = 0.0
        rest = np.zeros(len(arc_scores))
        onward = arc_scores[lattice.target] + edge_scores
        scores = onward[self._backward.edges]
        for layer in self._backward.layers:
            rest[layer.arcs] = layer.log_sum(rest[layer.others] + scores[layer.span])
            rest[layer.alone] = 0.0
        anchor_total = np.zeros(int(self.anchor.max(initial=0)) + 2)
        anchor_total[self.anchor[self._closers] + 1] = closed[self._closers]
        return Sums(self, arc_scores, edge_scores, total, rest, anchor_total)


@dataclass(frozen=True, slots=True)
class _Layer:
    """Edges that are worked through at one time, grouped by the arcs that they lead to or come from.

    Attributes:
        span: the edges, those of one arc together, in the order of all edges.
        others: the arc at the other end of each edge.
        arcs: one arc for each group.
        alone: those of the arcs that no path can avoid.
        starts, group: where each group begins among the edges, and the number of each edge's group.

    """

    span: slice
    others: Ints
    arcs: Ints
    alone: Ints
    starts: Ints
    group: Ints

    def log_sum(self, values: Floats) -> Floats:
        """Log of the sum of exponentials over each group; ``values`` go with the edges."""
        most = np.maximum.reduceat(values, self.starts)
        summed = np.add.reduceat(np.exp(values - most[self.group]), self.starts)
        return np.asarray(most + np.log(summed))


@dataclass(frozen=True, slots=True)
class _Layers:
    """All edges that are worked through in one direction, and the layers in their order."""

    edges: Ints
    layers: Sequence[_Layer]


def _layers(level: Ints, arcs: Ints, others: Ints, edges: Ints, alone: NDArray[np.bool_]) -> _Layers:
    """Edges by the level of their arcs, in each level grouped by these."""
    if not len(edges):
        return _Layers(edges, [])
    order = np.argsort(level[arcs] << 32 | arcs, kind="stable")
    arcs, others, edges = arcs[order], others[order], edges[order]
    is_new = np.concatenate([[True], arcs[1:] != arcs[:-1]])
    begins = np.flatnonzero(is_new)
    group = np.cumsum(is_new) - 1
    keys = arcs[begins]
    levels = level[keys]
    stops = np.flatnonzero(np.concatenate([levels[1:] != levels[:-1], [True]])) + 1
    layers, at = [], 0
    for stop in stops.tolist():
        first = int(begins[at])
        last = int(begins[stop]) if stop < len(begins) else len(edges)
        own, span = keys[at:stop], slice(first, last)
        layers.append(
            _Layer(span, others[span], own, own[alone[own]], begins[at:stop] - first, group[span] - at)
        )
        at = stop
    return _Layers(edges, layers)
