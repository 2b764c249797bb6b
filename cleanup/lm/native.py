"""The backend for a GGUF file of the Llama family."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from cleanup.errors import ConfigError
from cleanup.lm.backend import Branch, Floats
from cleanup.lm.bpe import Bpe
from cleanup.lm.gguf import Gguf
from cleanup.lm.network import Network, Trunk, follow, read
from cleanup.lm.transformer import COMPUTED_BY, Transformer
from cleanup.lm.weights import NetworkWeights, open_weights

# Raised whenever the numbers of a model may come out otherwise than before.
_COMPUTATION = 1


class NativeModel:
    """A model in a GGUF file, computed by onnxruntime where it is installed, and else with numpy.

    ``plain`` asks for numpy.
    """

    def __init__(self, path: Path, *, plain: bool = False) -> None:
        file = Gguf(path)
        facts = file.facts
        weights = open_weights(file, str(path))
        self._network: Network = Transformer(weights) if plain else _fastest(weights)
        try:
            names, merges = facts["tokenizer.ggml.tokens"], facts["tokenizer.ggml.merges"]
        except KeyError:
            raise ConfigError(f"{path}: holds no byte-level BPE: only such models are read") from None
        self._bpe = Bpe(names, merges, facts.get("tokenizer.ggml.pre", "default"))
        # Texts were put one behind the other in training, with this piece between them.
        between = self._bpe.numbers.get("<|endoftext|>")
        self.start = int(between if between is not None else facts.get("tokenizer.ggml.bos_token_id", 0))
        self.digest = _digest(self._network.computed_by, file)

    def pieces(self, text: str) -> list[int]:
        """The numbers of the pieces of a text."""
        return self._bpe.pieces(text)

    def read(self, pieces: Sequence[int]) -> Trunk:
        """Read a text as a trunk."""
        return read(self._network, pieces)

    def follow(self, trunk: Trunk, branches: Sequence[Branch]) -> list[Floats]:
        """Log probabilities of the pieces of each branch."""
        return follow(self._network, trunk, branches)


def require_weights(path: Path) -> None:
    """Look whether a file holds a model; its weights are not read.

    Raises:
        ConfigError: when it does not.

    """
    file = Gguf(path)
    open_weights(file, str(path))
    file.require_whole()


def digest_of(path: Path) -> str:
    """The digest of the model in a file, which is not loaded for that.

    Raises:
        ConfigError: when the file is missing or no GGUF file.

    """
    if _has_onnxruntime():
        from cleanup.lm.onnx_network import computed_by

        return _digest(computed_by(), Gguf(path))
    return _digest(COMPUTED_BY, Gguf(path))


def _digest(computed_by: str, file: Gguf) -> str:
    return hashlib.sha256(f"{_COMPUTATION} {computed_by} {file.digest}".encode()).hexdigest()


def _fastest(weights: NetworkWeights) -> Network:
    """The network by onnxruntime, or by numpy where that, or what builds its graphs, is missing."""
    if not _has_onnxruntime():
        return Transformer(weights)
    from cleanup.lm.onnx_network import OnnxNetwork

    return OnnxNetwork(weights)


def _has_onnxruntime() -> bool:
    return all(map(find_spec, ("onnx", "onnxruntime")))
