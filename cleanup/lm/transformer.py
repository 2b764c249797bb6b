"""A network of the Llama family, computed with numpy: exact, and in need of nothing else.

The design is that of Touvron and others (2023): rotary positions, grouped queries, a gated feed-forward
layer, no biases.
"""

from __future__ import annotations

import numpy as np

from cleanup.lm.network import NEVER, Floats, Ints, Shape
from cleanup.lm.weights import LayerWeights, NetworkWeights

# States that go through the last matrix at one time, which is wide.
_HEAD_BATCH = 96

_Turn = tuple[Floats, Floats]


class Transformer:
    """The network in 32-bit floats."""

    def __init__(self, weights: NetworkWeights) -> None:
        self.shape: Shape = weights.shape
        self._embedding = weights.embedding()
        self._layers = list(weights.layers())
        self._head = weights.head()

    def layers(
        self, pieces: Ints, turn: _Turn, far: tuple[Floats, Floats], is_beyond: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """States, keys and values behind all layers; see `network.Network`."""
        rows, length = pieces.shape
        turn = turn[0][:, None], turn[1][:, None]
        later = np.triu(np.full((length, length), NEVER), 1)
        state = self._embedding[pieces.reshape(-1)]
        kept = []
        for at, layer in enumerate(self._layers):
            query, key, value = self._project(state, layer, turn)
            kept.append((key, value))
            heard = self._heard(query, key, value, (far[0][at], far[1][at]), is_beyond, later, rows)
            state = self._finish(state, heard, layer)
        keys, values = (np.stack(side) for side in zip(*kept, strict=True))
        return state, keys, values

    def _heard(
        self,
        query: Floats,
        key: Floats,
        value: Floats,
        far: tuple[Floats, Floats],
        is_beyond: Floats,
        later: Floats,
        rows: int,
    ) -> Floats:
        """What each place hears of what is remembered and of its own row."""
        shape, length, most = self.shape, len(later), far[0].shape[1]
        split = (shape.kv_heads, shape.group, rows, length)
        own_key = key.reshape(shape.kv_heads, 1, rows, length, -1)
        own_value = value.reshape(shape.kv_heads, 1, rows, length, -1)
        distant = (query @ far[0].transpose(0, 2, 1)).reshape(*split, most)
        distant += is_beyond[:, None]
        near = query.reshape(*split, -1) @ own_key.transpose(0, 1, 2, 4, 3)
        near += later
        top = np.maximum(distant.max(-1, keepdims=True), near.max(-1, keepdims=True))
        distant -= top
        near -= top
        np.exp(distant, out=distant)
        np.exp(near, out=near)
        total = distant.sum(-1, keepdims=True) + near.sum(-1, keepdims=True)
        heard = (distant.reshape(shape.kv_heads, -1, most) @ far[1]).reshape(*split, -1)
        heard += near @ own_value
        heard /= total
        return np.asarray(heard.reshape(shape.heads, rows * length, -1))

    def _project(self, state: Floats, layer: LayerWeights, turn: _Turn) -> tuple[Floats, ...]:
        """Queries, keys and values of a layer, by head; those queries together that share a key."""
        shape, count = self.shape, len(state)
        mixed = self._norm(state) @ layer.qkv
        both = shape.heads + shape.kv_heads
        turned = mixed[:, : both * shape.head_width].reshape(count, both, shape.head_width)
        turned = _turned(turned, turn).transpose(1, 0, 2)
        query = turned[: shape.heads].reshape(shape.kv_heads, -1, shape.head_width)
        value = mixed[:, both * shape.head_width :].reshape(count, shape.kv_heads, -1).transpose(1, 0, 2)
        return query, np.ascontiguousarray(turned[shape.heads :]), np.ascontiguousarray(value)

    def _finish(self, state: Floats, heard: Floats, layer: LayerWeights) -> Floats:
        """The rest of a layer behind its attention."""
        state = state + heard.transpose(1, 0, 2).reshape(len(state), -1) @ layer.out
        gate, up = np.split(self._norm(state) @ layer.gate_up, 2, axis=1)
        up *= gate / (1 + np.exp(-gate))
        return np.asarray(state + up @ layer.down)

    def _norm(self, state: Floats) -> Floats:
        mean = np.einsum("ij,ij->i", state, state)[:, None] / state.shape[1]
        return np.asarray(state / np.sqrt(mean + np.float32(self.shape.epsilon)))

    def logs(self, states: Floats, wanted: Ints) -> Floats:
        """Log probability of each wanted piece behind a state."""
        logs = np.empty(len(wanted), dtype=np.float32)
        for first in range(0, len(wanted), _HEAD_BATCH):
            some = slice(first, first + _HEAD_BATCH)
            logits = self._norm(states[some]) @ self._head
            top = logits.max(1)
            chosen = logits[np.arange(len(logits)), wanted[some]] - top
            logits -= top[:, None]
            logs[some] = chosen - np.log(np.exp(logits, out=logits).sum(1))
        return logs


def _turned(heads: Floats, turn: _Turn) -> Floats:
    cosine, sine = turn
    first, second = np.split(heads, 2, axis=-1)
    return np.concatenate([first * cosine - second * sine, second * cosine + first * sine], axis=-1)
