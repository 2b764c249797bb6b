"""A small language model of the Llama family, computed with numpy: log probabilities of given pieces.

The design of the network is that of Touvron and others (2023): rotary positions, grouped queries, a gated
feed-forward layer, no biases.  A text is read once as a *trunk*, and what each layer remembers of it is kept;
a *branch* leaves the trunk behind any piece and goes on in other words.  So the many readings of one
sentence cost only what is new in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cleanup.errors import ConfigError
from cleanup.lm.gguf import Gguf

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# Pieces that go through the network at one time, and through its last layer, which is wide.
_BATCH = 768
_HEAD_BATCH = 96
_NEVER = np.float32(-1e9)


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


@dataclass(frozen=True, slots=True)
class _Layer:
    """The matrices of one layer, each to be multiplied from the right; norms are folded in."""

    qkv: Floats
    out: Floats
    gate_up: Floats
    down: Floats


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


class Transformer:
    """The network, ready to read."""

    def __init__(self, shape: Shape, embedding: Floats, layers: Sequence[_Layer], head: Floats) -> None:
        self.shape = shape
        self._embedding = embedding
        self._layers = layers
        self._head = head

    def read(self, pieces: Sequence[int]) -> Trunk:
        """Read a text as a trunk."""
        numbers = np.asarray(pieces, dtype=np.int64)
        shape, count = self.shape, len(numbers)
        kept = (shape.layers, shape.kv_heads, count, shape.head_width)
        keys, values = np.empty(kept, dtype=np.float32), np.empty(kept, dtype=np.float32)
        turn = self._turn(np.arange(count))
        later = np.triu(np.full((count, count), _NEVER), 1)
        mask = np.tile(later, (shape.heads // shape.kv_heads, 1))
        state = self._embedding[numbers]
        for at, layer in enumerate(self._layers):
            query, keys[at], values[at] = self._project(state, layer, turn)
            scores = query @ keys[at].transpose(0, 2, 1) + mask
            weights = np.exp(scores - scores.max(-1, keepdims=True))
            heard = (weights @ values[at]) / weights.sum(-1, keepdims=True)
            state = self._finish(state, heard, layer)
        logs = np.zeros(count, dtype=np.float32)
        logs[1:] = self._logs_of(state[:-1], numbers[1:])
        return Trunk(numbers, logs, state, keys, values)

    def follow(self, trunk: Trunk, branches: Sequence[tuple[int, Sequence[int]]]) -> list[Floats]:
        """Log probabilities of the pieces of each branch: where it leaves, at 1 or later, and its pieces."""
        results: list[Floats] = [np.zeros(0, dtype=np.float32)] * len(branches)
        order = sorted(range(len(branches)), key=lambda at: (len(branches[at][1]), branches[at][0]))
        for batch in _batches(order, [len(pieces) for _, pieces in branches]):
            longest = len(branches[batch[-1]][1])
            if not longest:
                continue
            pieces = np.zeros((len(batch), longest), dtype=np.int64)
            for row, at in enumerate(batch):
                pieces[row, : len(branches[at][1])] = branches[at][1]
            leaves = np.array([branches[at][0] for at in batch], dtype=np.int64)
            logs = self._follow_batch(trunk, leaves, pieces)
            for row, at in enumerate(batch):
                results[at] = logs[row, : len(branches[at][1])]
        return results

    def _follow_batch(self, trunk: Trunk, leaves: Ints, pieces: Ints) -> Floats:
        """The same for branches of about one length, filled up with pieces that nobody asks for."""
        shape, (rows, length) = self.shape, pieces.shape
        before = trunk.states[leaves - 1]
        inner = length - 1
        if inner:
            most = int(leaves.max())
            group = shape.heads // shape.kv_heads
            turn = self._turn((leaves[:, None] + np.arange(inner)).reshape(-1))
            beyond = np.where(np.arange(most)[None, :] >= leaves[:, None], _NEVER, np.float32(0))
            later = np.triu(np.full((inner, inner), _NEVER), 1)
            state = self._embedding[pieces[:, :-1].reshape(-1)]
            for at, layer in enumerate(self._layers):
                query, key, value = self._project(state, layer, turn)
                # (kv_heads, group, rows, inner, head_width) and (kv_heads, rows, inner, head_width)
                own_key = key.reshape(shape.kv_heads, rows, inner, -1)
                own_value = value.reshape(shape.kv_heads, rows, inner, -1)
                query = query.reshape(shape.kv_heads, group, rows, inner, -1)
                far = query.reshape(shape.kv_heads, group * rows * inner, -1) @ trunk.keys[at][
                    :, :most
                ].transpose(0, 2, 1)
                far = far.reshape(shape.kv_heads, group, rows, inner, most)
                far += beyond[None, None, :, None, :]
                near = query @ own_key[:, None].transpose(0, 1, 2, 4, 3)
                near += later
                top = np.maximum(far.max(-1, keepdims=True), near.max(-1, keepdims=True))
                far -= top
                near -= top
                np.exp(far, out=far)
                np.exp(near, out=near)
                total = far.sum(-1, keepdims=True) + near.sum(-1, keepdims=True)
                heard = far.reshape(shape.kv_heads, group * rows * inner, most) @ trunk.values[at][:, :most]
                heard = heard.reshape(shape.kv_heads, group, rows, inner, -1)
                heard += near @ own_value[:, None]
                heard /= total
                state = self._finish(state, heard.reshape(shape.kv_heads, group * rows * inner, -1), layer)
            before = np.concatenate([before[:, None], state.reshape(rows, inner, -1)], axis=1)
        return self._logs_of(before.reshape(rows * length, -1), pieces.reshape(-1)).reshape(rows, length)

    def _project(self, state: Floats, layer: _Layer, turn: tuple[Floats, Floats]) -> tuple[Floats, ...]:
        """Queries, keys and values of a layer, by head; those queries together that share a key."""
        shape, count = self.shape, len(state)
        mixed = self._norm(state) @ layer.qkv
        both = shape.heads + shape.kv_heads
        turned = mixed[:, : both * shape.head_width].reshape(count, both, shape.head_width)
        turned = _turned(turned, turn)
        query = turned[:, : shape.heads].transpose(1, 0, 2)
        query = query.reshape(shape.kv_heads, -1, shape.head_width)
        key = np.ascontiguousarray(turned[:, shape.heads :].transpose(1, 0, 2))
        value = mixed[:, both * shape.head_width :].reshape(count, shape.kv_heads, -1).transpose(1, 0, 2)
        return query, key, np.ascontiguousarray(value)

    def _finish(self, state: Floats, heard: Floats, layer: _Layer) -> Floats:
        """The rest of a layer behind its attention."""
        shape, count = self.shape, len(state)
        by_head = heard.reshape(shape.heads, count, shape.head_width).transpose(1, 0, 2)
        state = state + by_head.reshape(count, -1) @ layer.out
        both = self._norm(state) @ layer.gate_up
        gate, up = np.split(both, 2, axis=1)
        up *= gate / (1 + np.exp(-gate))
        return np.asarray(state + up @ layer.down)

    def _norm(self, state: Floats) -> Floats:
        mean = np.einsum("ij,ij->i", state, state)[:, None] / state.shape[1]
        return np.asarray(state / np.sqrt(mean + np.float32(self.shape.epsilon)))

    def _turn(self, positions: Ints) -> tuple[Floats, Floats]:
        """Cosines and sines of the rotary positions."""
        half = self.shape.head_width // 2
        speed = self.shape.rope_base ** (-np.arange(half) / half)
        angle = positions[:, None] * speed
        return np.cos(angle).astype(np.float32)[:, None], np.sin(angle).astype(np.float32)[:, None]

    def _logs_of(self, state: Floats, wanted: Ints) -> Floats:
        """Log probability of each wanted piece behind a state."""
        logs = np.empty(len(wanted), dtype=np.float32)
        for first in range(0, len(wanted), _HEAD_BATCH):
            some = slice(first, first + _HEAD_BATCH)
            logits = self._norm(state[some]) @ self._head
            top = logits.max(1)
            chosen = logits[np.arange(len(logits)), wanted[some]] - top
            logits -= top[:, None]
            logs[some] = chosen - np.log(np.exp(logits, out=logits).sum(1))
        return logs


def _turned(heads: Floats, turn: tuple[Floats, Floats]) -> Floats:
    cosine, sine = turn
    first, second = np.split(heads, 2, axis=-1)
    return np.concatenate([first * cosine - second * sine, second * cosine + first * sine], axis=-1)


def _batches(order: Sequence[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    """Branches in their order, so many that a batch filled up to its longest holds `_BATCH` pieces."""
    batch: list[int] = []
    for at in order:
        if batch and (len(batch) + 1) * lengths[at] > _BATCH:
            yield batch
            batch = []
        batch.append(at)
    if batch:
        yield batch


def load_transformer(path: Path) -> tuple[Transformer, Gguf]:
    """The network of a GGUF file of the Llama family.

    Raises:
        ConfigError: when the file holds no such model.

    """
    file = Gguf(path)
    shape = _shape(path, file.facts)
    try:
        embedding = file.tensor("token_embd.weight")
        output = file.tensor("output.weight") if "output.weight" in file.shapes else embedding
        head = output * file.tensor("output_norm.weight")
        layers = [_layer(file, f"blk.{at}.", shape) for at in range(shape.layers)]
    except ValueError:  # numpy cannot put them together
        raise ConfigError(f"{path}: the sizes of its tensors are not those that it names") from None
    return Transformer(shape, embedding, layers, np.ascontiguousarray(head.T)), file


def _shape(path: Path, facts: Mapping[str, Any]) -> Shape:
    if facts.get("general.architecture") != "llama":
        family = facts.get("general.architecture")
        raise ConfigError(f"{path}: is of the family {family}: only llama is read")
    try:
        heads, width = (int(facts[f"llama.{key}"]) for key in ("attention.head_count", "embedding_length"))
        shape = Shape(
            int(facts["llama.block_count"]),
            width,
            heads,
            int(facts.get("llama.attention.head_count_kv", heads)),
            width // max(heads, 1),
            float(facts["llama.attention.layer_norm_rms_epsilon"]),
            float(facts.get("llama.rope.freq_base", 10_000.0)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path}: does not say its {error}: fetch it again") from None
    parts = (shape.layers, heads, shape.kv_heads, shape.head_width)
    if min(parts) < 1 or heads * shape.head_width != width or heads % shape.kv_heads or shape.head_width % 2:
        raise ConfigError(f"{path}: the sizes that it names go with no network: fetch it again")
    return shape


def _layer(file: Gguf, prefix: str, shape: Shape) -> _Layer:
    attention, feed = file.tensor(prefix + "attn_norm.weight"), file.tensor(prefix + "ffn_norm.weight")
    query = _halves(file.tensor(prefix + "attn_q.weight"), shape) / np.float32(np.sqrt(shape.head_width))
    key = _halves(file.tensor(prefix + "attn_k.weight"), shape)
    qkv = np.concatenate([query, key, file.tensor(prefix + "attn_v.weight")]) * attention
    gate_up = np.concatenate([file.tensor(prefix + "ffn_gate.weight"), file.tensor(prefix + "ffn_up.weight")])
    return _Layer(
        np.ascontiguousarray(qkv.T),
        np.ascontiguousarray(file.tensor(prefix + "attn_output.weight").T),
        np.ascontiguousarray((gate_up * feed).T),
        np.ascontiguousarray(file.tensor(prefix + "ffn_down.weight").T),
    )


def _halves(matrix: Floats, shape: Shape) -> Floats:
    """Rows of each head with the even places before the odd ones: the file has rotary pairs side by side."""
    by_head = matrix.reshape(-1, shape.head_width // 2, 2, matrix.shape[1])
    return np.asarray(by_head.transpose(0, 2, 1, 3).reshape(matrix.shape))
