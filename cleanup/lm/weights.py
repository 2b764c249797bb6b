"""The matrices of a network, read from a GGUF file and made ready to be multiplied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cleanup.errors import ConfigError
from cleanup.lm.gguf import Gguf
from cleanup.lm.network import Floats, Shape, shape_of


@dataclass(frozen=True, slots=True)
class LayerWeights:
    """The matrices of one layer, ``(inputs, outputs)``; the norms before them are folded in."""

    qkv: Floats
    out: Floats
    gate_up: Floats
    down: Floats


@dataclass(frozen=True)
class NetworkWeights:
    """All matrices of a network; the layers are read one at a time, for the file is larger in memory."""

    file: Gguf
    name: str
    shape: Shape

    def embedding(self) -> Floats:
        """The vector of each piece."""
        return self.file.tensor("token_embd.weight")

    def head(self) -> Floats:
        """What turns a state into a score for each piece, ``(width, pieces)``."""
        tied = "output.weight" not in self.file.shapes
        output = self.file.tensor("token_embd.weight" if tied else "output.weight")
        return self._checked(output * self._norm("output_norm.weight"), output.shape[0], self.shape.width)

    def layers(self) -> Iterator[LayerWeights]:
        """The matrices of each layer."""
        for at in range(self.shape.layers):
            try:
                yield self._layer(f"blk.{at}.")
            except ValueError:  # numpy cannot put them together
                raise self._misfit() from None

    def _layer(self, prefix: str) -> LayerWeights:
        shape, tensor = self.shape, self.file.tensor
        width, kv_width = shape.width, shape.kv_heads * shape.head_width
        query = self._halves(tensor(prefix + "attn_q.weight")) / np.float32(np.sqrt(shape.head_width))
        key = self._halves(tensor(prefix + "attn_k.weight"))
        qkv = np.concatenate([query, key, tensor(prefix + "attn_v.weight")])
        qkv *= self._norm(prefix + "attn_norm.weight")
        gate = tensor(prefix + "ffn_gate.weight")
        gate_up = np.concatenate([gate, tensor(prefix + "ffn_up.weight")])
        gate_up *= self._norm(prefix + "ffn_norm.weight")
        return LayerWeights(
            self._checked(qkv, width + 2 * kv_width, width),
            self._checked(tensor(prefix + "attn_output.weight"), width, width),
            self._checked(gate_up, 2 * len(gate), width),
            self._checked(tensor(prefix + "ffn_down.weight"), width, len(gate)),
        )

    def _norm(self, name: str) -> Floats:
        norm = self.file.tensor(name)
        if norm.shape != (self.shape.width,):
            raise self._misfit()
        return norm

    def _checked(self, matrix: Floats, outputs: int, inputs: int) -> Floats:
        if matrix.shape != (outputs, inputs):
            raise self._misfit()
        return np.ascontiguousarray(matrix.T)

    def _halves(self, matrix: Floats) -> Floats:
        """Rows of each head, the even places before the odd ones: the file has rotary pairs side by side."""
        by_head = matrix.reshape(-1, self.shape.head_width // 2, 2, matrix.shape[1])
        return np.asarray(by_head.transpose(0, 2, 1, 3).reshape(matrix.shape))

    def _misfit(self) -> ConfigError:
        return ConfigError(f"{self.name}: the sizes of its tensors are not those that it names")


def open_weights(file: Gguf, name: str) -> NetworkWeights:
    """The matrices of the network in a GGUF file of the Llama family.

    Raises:
        ConfigError: when the file holds no such network.

    """
    return NetworkWeights(file, name, shape_of(name, file.facts))
