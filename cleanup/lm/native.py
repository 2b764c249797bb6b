"""The backend that needs nothing but numpy: a GGUF file of the Llama family."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from cleanup.errors import ConfigError
from cleanup.lm.backend import Branch, Floats
from cleanup.lm.bpe import Bpe
from cleanup.lm.transformer import Transformer, Trunk, load_transformer

# Raised whenever the numbers of a model may come out otherwise than before.
_COMPUTATION = 1


class NativeModel:
    """A model in a GGUF file, computed with numpy."""

    def __init__(self, path: Path) -> None:
        self._network: Transformer
        self._network, file = load_transformer(path)
        facts = file.facts
        try:
            names, merges = facts["tokenizer.ggml.tokens"], facts["tokenizer.ggml.merges"]
        except KeyError:
            raise ConfigError(f"{path}: holds no byte-level BPE: only such models are read") from None
        self._bpe = Bpe(names, merges, facts.get("tokenizer.ggml.pre", "default"))
        # Texts were put one behind the other in training, with this piece between them.
        between = self._bpe.numbers.get("<|endoftext|>")
        self.start = int(between if between is not None else facts.get("tokenizer.ggml.bos_token_id", 0))
        self.digest = hashlib.sha256(f"{_COMPUTATION} {file.digest}".encode()).hexdigest()

    def pieces(self, text: str) -> list[int]:
        """The numbers of the pieces of a text."""
        return self._bpe.pieces(text)

    def read(self, pieces: Sequence[int]) -> Trunk:
        """Read a text as a trunk."""
        return self._network.read(pieces)

    def follow(self, trunk: Trunk, branches: Sequence[Branch]) -> list[Floats]:
        """Log probabilities of the pieces of each branch."""
        return self._network.follow(trunk, branches)
