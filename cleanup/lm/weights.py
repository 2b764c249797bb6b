"""The matrices of a network, read from a GGUF file and made ready to be multiplied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cleanup.errors import ConfigError
from cleanup.files import printable
from cleanup.lm.gguf import Gguf
from cleanup.lm.network import Floats, Shape
from cleanup.lm.sizes import shape_of

_EMBEDDING, _HEAD = "token_embd.weight", "output.weight"


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

    @property
    def pieces(self) -> int:
        """How many pieces the network knows."""
        return self.file.shape(_EMBEDDING)[0]

    def embedding(self) -> Floats:
        """The vector of each piece."""
        return self.file.tensor(_EMBEDDING)

    def head(self) -> Floats:
        """What turns a state into a score for each piece, ``(width, pieces)``."""
        output = self.file.tensor(_HEAD if _HEAD in self.file.shapes else _EMBEDDING)
        return np.ascontiguousarray((output * self.file.tensor("output_norm.weight")).T)

    def layers(self) -> Iterator[LayerWeights]:
        """The matrices of each layer."""
        for at in range(self.shape.layers):
            yield self._layer(f"blk.{at}.")

    def _layer(self, prefix: str) -> LayerWeights:
        tensor = self.file.tensor
        query = self._halves(tensor(prefix + "attn_q.weight")) / np.float32(np.sqrt(self.shape.head_width))
        key = self._halves(tensor(prefix + "attn_k.weight"))
        qkv = np.concatenate([query, key, tensor(prefix + "attn_v.weight")])
        qkv *= tensor(prefix + "attn_norm.weight")
        gate_up = np.concatenate([tensor(prefix + "ffn_gate.weight"), tensor(prefix + "ffn_up.weight")])
        gate_up *= tensor(prefix + "ffn_norm.weight")
        out, down = tensor(prefix + "attn_output.weight"), tensor(prefix + "ffn_down.weight")
        return LayerWeights(*(np.ascontiguousarray(matrix.T) for matrix in (qkv, out, gate_up, down)))

    def _halves(self, matrix: Floats) -> Floats:
        """Rows of each head, the even places before the odd ones: the file has rotary pairs side by side."""
        by_head = matrix.reshape(-1, self.shape.head_width // 2, 2, matrix.shape[1])
        return np.asarray(by_head.transpose(0, 2, 1, 3).reshape(matrix.shape))


def open_weights(file: Gguf, name: str) -> NetworkWeights:
    """The matrices of the network in a GGUF file of the Llama family; none is read yet.

    Raises:
        ConfigError: when the file does not hold all of such a network, or something else besides: a tensor
            that is not understood changes what the others mean.

    """
    shape = shape_of(name, file.facts)
    wanted = set()
    for tensor, sizes in _tensors(file, shape):
        wanted.add(tensor)
        if file.shape(tensor) != sizes:
            raise ConfigError(
                f"{name}: the sizes of its tensors are not those that it names: {tensor} is"
                f" {_written(file.shape(tensor))}, not {_written(sizes)}"
            )
    others = file.shapes.keys() - wanted
    if others:
        raise ConfigError(
            f"{name}: has a tensor {printable(min(others))}, which is not understood: only plain models of"
            " the Llama family are read"
        )
    file.require_whole()
    return NetworkWeights(file, name, shape)


def _tensors(file: Gguf, shape: Shape) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The tensors of a network, and the sizes that they have to have; how many pieces there are is free."""
    width, kv_width = shape.width, shape.kv_heads * shape.head_width
    pieces = file.shape(_EMBEDDING)[:1]
    yield _EMBEDDING, (*pieces, width)
    if _HEAD in file.shapes:
        yield _HEAD, (*pieces, width)
    yield "output_norm.weight", (width,)
    for at in range(shape.layers):
        prefix = f"blk.{at}."
        feed = file.shape(prefix + "ffn_gate.weight")[:1]
        yield prefix + "attn_norm.weight", (width,)
        yield prefix + "attn_q.weight", (width, width)
        yield prefix + "attn_k.weight", (kv_width, width)
        yield prefix + "attn_v.weight", (kv_width, width)
        yield prefix + "attn_output.weight", (width, width)
        yield prefix + "ffn_norm.weight", (width,)
        yield prefix + "ffn_gate.weight", (*feed, width)
        yield prefix + "ffn_up.weight", (*feed, width)
        yield prefix + "ffn_down.weight", (width, *feed)


def _written(sizes: tuple[int, ...]) -> str:
    return " x ".join(map(str, sizes)) or "nothing"
