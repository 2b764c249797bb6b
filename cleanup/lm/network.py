"""What all networks of the Llama family share: sizes, a text that was read, branches in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# Pieces that go through the network at one time.
_BATCH = 768


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a network."""

    layers: int
    width: int
    heads: int
    kv_heads: int
    head_width: int
    epsilon: float
    rope_base: float

    @property
    def group(self) -> int:
        """How many heads share a key."""
        return self.heads // self.kv_heads


@dataclass(frozen=True, slots=True)
class Trunk:
    """A text that was read.

    Attributes:
        pieces: its pieces.
        logs: log P(piece | the pieces before it) of each; 0 for the first.
        states: what comes out of the last layer at each piece.
        keys, values: what each layer remembers, ``(layers, kv_heads, pieces, head_width)``.

    """

    pieces: Ints
    logs: Floats
    states: Floats
    keys: Floats
    values: Floats


class Network(Protocol):
    """The layers of a model, and what comes behind them."""

    @property
    def shape(self) -> Shape:
        """The sizes."""
        ...

    def layers(
        self, pieces: Ints, turn: tuple[Floats, Floats], far: tuple[Floats, Floats], is_beyond: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """States, keys and values behind all layers.

        Args:
            pieces: ``(rows, length)``; each row follows what is remembered.
            turn: cosines and sines of the rotary positions, ``(rows * length, head_width / 2)`` each.
            far: keys and values that are remembered, ``(layers, kv_heads, pieces, head_width)``.
            is_beyond: what is added to the scores of what is remembered, ``(rows, pieces)``.

        """
        ...

    def logs(self, states: Floats, wanted: Ints) -> Floats:
        """Log probability of each wanted piece behind a state."""
        ...


#: Added to the score of what must not be heard.
NEVER = np.float32(-1e9)


def read(network: Network, pieces: Sequence[int]) -> Trunk:
    """Read a text as a trunk."""
    shape = network.shape
    numbers = np.asarray(pieces, dtype=np.int64)
    nothing = np.zeros((shape.layers, shape.kv_heads, 1, shape.head_width), dtype=np.float32)
    beyond = np.full((1, 1), NEVER, dtype=np.float32)
    turn = turn_of(shape, np.arange(len(numbers)))
    states, keys, values = network.layers(numbers[None], turn, (nothing, nothing), beyond)
    logs = np.zeros(len(numbers), dtype=np.float32)
    if len(numbers) > 1:
        logs[1:] = network.logs(states[:-1], numbers[1:])
    return Trunk(numbers, logs, states, keys, values)


def follow(network: Network, trunk: Trunk, branches: Sequence[tuple[int, Sequence[int]]]) -> list[Floats]:
    """Log probabilities of the pieces of each branch: where it leaves, at 1 or later, and its pieces."""
    results: list[Floats] = [np.zeros(0, dtype=np.float32)] * len(branches)
    order = sorted(range(len(branches)), key=lambda at: (len(branches[at][1]), branches[at][0]))
    for batch in batches(order, [len(pieces) for _, pieces in branches], _BATCH):
        longest = len(branches[batch[-1]][1])
        if not longest:
            continue
        pieces = np.zeros((len(batch), longest), dtype=np.int64)
        for row, at in enumerate(batch):
            pieces[row, : len(branches[at][1])] = branches[at][1]
        leaves = np.array([branches[at][0] for at in batch], dtype=np.int64)
        logs = _follow_batch(network, trunk, leaves, pieces)
        for row, at in enumerate(batch):
            results[at] = logs[row, : len(branches[at][1])]
    return results


def _follow_batch(network: Network, trunk: Trunk, leaves: Ints, pieces: Ints) -> Floats:
    """The same for branches of about one length, filled up with pieces that nobody asks for."""
    rows, length = pieces.shape
    states = trunk.states[leaves - 1]
    inner = length - 1  # the first piece is rated by the trunk itself
    if inner:
        most = int(leaves.max())
        turn = turn_of(network.shape, (leaves[:, None] + np.arange(inner)).reshape(-1))
        beyond = np.where(np.arange(most) >= leaves[:, None], NEVER, np.float32(0))
        far = trunk.keys[:, :, :most], trunk.values[:, :, :most]
        new, _, _ = network.layers(pieces[:, :-1], turn, far, beyond)
        states = np.concatenate([states[:, None], new.reshape(rows, inner, -1)], axis=1)
    return network.logs(states.reshape(rows * length, -1), pieces.reshape(-1)).reshape(rows, length)


def turn_of(shape: Shape, positions: Ints) -> tuple[Floats, Floats]:
    """Cosines and sines of rotary positions."""
    half = shape.head_width // 2
    angle = positions[:, None] * shape.rope_base ** (-np.arange(half) / half)
    return np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)


def batches(order: Sequence[int], lengths: Sequence[int], most: int) -> Iterator[list[int]]:
    """Texts in an order of growing length: filled up to the longest, a batch has at most ``most`` pieces."""
    batch: list[int] = []
    for at in order:
        if batch and (len(batch) + 1) * lengths[at] > most:
            yield batch
            batch = []
        batch.append(at)
    if batch:
        yield batch
