"""The backend for a GGUF file of the Llama family."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cleanup.files import printable
from cleanup.lm.backend import Branch, Floats
from cleanup.lm.bpe import bpe_of
from cleanup.lm.gguf import Gguf
from cleanup.lm.network import Network, Trunk, follow, read
from cleanup.lm.weights import NetworkWeights, open_weights

if TYPE_CHECKING:
    from cleanup.lm.store import Known

# Raised whenever the numbers of a model may come out otherwise than before.
_COMPUTATION = 1


class NativeModel:
    """A model in a GGUF file, computed by onnxruntime where it is installed, and else with numpy.

    The file is looked over at once, and the network built when it is first asked: never, where all answers
    were kept.  ``plain`` asks for numpy; ``known`` says which bytes the file must have.
    """

    def __init__(self, path: Path, *, plain: bool = False, known: Known | None = None) -> None:
        file, name = Gguf(path, known), printable(str(path))
        self._weights = open_weights(file, name)
        self._bpe, self.start = bpe_of(name, file.facts, self._weights.pieces)
        self._plain = plain or not _has_onnxruntime()
        self.digest = _digest(file, plain=self._plain)

    def pieces(self, text: str) -> list[int]:
        """The numbers of the pieces of a text."""
        return self._bpe.pieces(text)

    def read(self, pieces: Sequence[int]) -> Trunk:
        """Read a text as a trunk."""
        with np.errstate(all="ignore"):  # what comes of damaged weights is refused where all models are
            return read(self._network, pieces)

    def follow(self, trunk: Trunk, branches: Sequence[Branch]) -> list[Floats]:
        """Log probabilities of the pieces of each branch."""
        with np.errstate(all="ignore"):
            return follow(self._network, trunk, branches)

    @cached_property
    def _network(self) -> Network:
        return _built(self._weights, plain=self._plain)


def _built(weights: NetworkWeights, *, plain: bool) -> Network:
    if plain:
        from cleanup.lm.transformer import Transformer

        return Transformer(weights)
    from cleanup.lm.onnx_network import OnnxNetwork

    return OnnxNetwork(weights)


def _digest(file: Gguf, *, plain: bool) -> str:
    """What says that scores are the same: the file, and what computes them."""
    if plain:
        way = f"numpy {np.__version__}"
    else:
        import onnxruntime

        way = f"onnxruntime {onnxruntime.__version__} {' '.join(onnxruntime.get_available_providers())}"
    return hashlib.sha256(f"{_COMPUTATION} {way} {file.digest}".encode()).hexdigest()


def _has_onnxruntime() -> bool:
    """Whether onnxruntime is here, and what builds its graphs."""
    return all(map(find_spec, ("onnx", "onnxruntime")))
