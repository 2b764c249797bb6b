"""Every reading of a text at once: a lattice of arcs, and sums and maxima over its paths.

An *arc* reads a stretch of the stream as something: as it stands, or as one of the originals that may have
been spun into it.  A *path* reads the whole stream.  Its score is the sum of the scores of its arcs and of
the edges between them, so the best path and the probability of each arc come from dynamic programming
(Rabiner 1989).  A word that nobody suspects has one arc alone; the lattice falls apart there into clusters,
which are treated side by side, position by position, as arrays.
"""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Sums:
    """What sums over all paths say.

    Attributes:
        arcs: the probability of each arc.
        edges: the probability of each edge.
        log_total: the logarithm of the sum over all paths, for each cluster, by the position before it.
        positions: those positions.

    """

    arcs: Floats
    edges: Floats
    log_total: Floats
    positions: Ints


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
        inner = ~(self.is_alone[lattice.source] & self.is_alone[lattice.target])
        self._inner = np.flatnonzero(inner)
        self._forward = _layers(level[lattice.target[inner]], lattice.target[inner], self._inner)
        behind = np.where(alone, np.arange(length), length)
        behind = np.minimum.accumulate(behind[::-1])[::-1] if length else behind
        closing = np.concatenate([behind, [length]])[end]
        back_level = closing - start
        self._backward = _layers(back_level[lattice.source[inner]], lattice.source[inner], self._inner)

    def sums(self, arc_scores: Floats, edge_scores: Floats) -> Sums:
        """Forward and backward sums; scores are natural logarithms."""
        lattice, alone = self.lattice, self.is_alone
        total = np.zeros(len(arc_scores))  # log sums up to and including an arc; 0 where a cluster begins
        closed = np.zeros(len(arc_scores))
        for layer in self._forward:
            values = layer.log_sum(total[lattice.source[layer.edges]] + edge_scores[layer.edges])
            values += arc_scores[layer.arcs]
            closed[layer.arcs] = values
            total[layer.arcs] = np.where(alone[layer.arcs], 0.0, values)
        rest = np.zeros(len(arc_scores))
        onward = arc_scores[lattice.target] + edge_scores
        for layer in self._backward:
            values = layer.log_sum(rest[lattice.target[layer.edges]] + onward[layer.edges])
            rest[layer.arcs] = np.where(alone[layer.arcs], 0.0, values)
        anchor_total = np.zeros(int(self.anchor.max(initial=0)) + 2)
        closers = np.flatnonzero(alone)
        anchor_total[self.anchor[closers] + 1] = closed[closers]
        log_total = anchor_total[self.anchor + 1]
        arcs = np.where(alone, 1.0, np.exp(np.minimum(total + rest - log_total, 0.0)))
        edge_total = log_total[lattice.target]
        edges_post = np.exp(
            np.minimum(
                total[lattice.source]
                + edge_scores
                + arc_scores[lattice.target]
                + rest[lattice.target]
                - edge_total,
                0.0,
            )
        )
        edges_post[alone[lattice.source] & alone[lattice.target]] = 1.0
        opened = np.unique(self.anchor[closers])
        return Sums(arcs, edges_post, anchor_total[opened + 1], opened)


@dataclass(frozen=True, slots=True)
class _Layer:
    """Edges that are worked through at one time, grouped by the arcs that they lead to or come from.

    Attributes:
        edges: the edges, those of one arc together.
        arcs: one arc for each group.
        starts, counts: where each group begins among the edges, and how many it has.

    """

    edges: Ints
    arcs: Ints
    starts: Ints
    counts: Ints

    def log_sum(self, values: Floats) -> Floats:
        """Log of the sum of exponentials over each group; ``values`` go with the edges."""
        most = np.maximum.reduceat(values, self.starts)
        summed = np.add.reduceat(np.exp(values - np.repeat(most, self.counts)), self.starts)
        return np.asarray(most + np.log(summed))


def _layers(level: Ints, key: Ints, edges: Ints) -> list[_Layer]:
    """Edges by level, in each level grouped by ``key``."""
    if not len(level):
        return []
    order = np.lexsort((key, level))
    level, key, edges = level[order], key[order], edges[order]
    is_new = np.concatenate([[True], (level[1:] != level[:-1]) | (key[1:] != key[:-1])])
    begins = np.flatnonzero(is_new)
    counts = np.diff(np.concatenate([begins, [len(level)]]))
    stops = np.flatnonzero(np.concatenate([level[begins][1:] != level[begins][:-1], [True]])) + 1
    layers, at = [], 0
    for stop in stops.tolist():
        first = int(begins[at])
        last = int(begins[stop - 1] + counts[stop - 1])
        group = slice(at, stop)
        layers.append(_Layer(edges[first:last], key[begins[group]], begins[group] - first, counts[group]))
        at = stop
    return layers
