"""The one interface of every language model, and the choice of the one that reads a given model.

A model reads a text as a *trunk* and scores *branches* that leave it: the many readings of one sentence.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cleanup.errors import ConfigError, FileError
from cleanup.files import is_file, printable

Floats = NDArray[np.float32]

#: Where a branch leaves its trunk, counted in pieces and at least 1, and the pieces that it goes on with.
Branch = tuple[int, Sequence[int]]


class ReadTrunk(Protocol):
    """A text that a model has read; what else it holds is the model's own affair."""

    @property
    def logs(self) -> Floats:
        """Natural log P(piece | the pieces before it) of each piece; 0 for the first."""
        ...


class LanguageModel(Protocol):
    """What says how likely a text is, piece by piece."""

    @property
    def digest(self) -> str:
        """Hexadecimal digits that change whenever the scores may change: the key of what is kept."""
        ...

    @property
    def start(self) -> int:
        """The piece that every text begins with."""
        ...

    def pieces(self, text: str) -> list[int]:
        """The numbers of the pieces of a text."""
        ...

    def read(self, pieces: Sequence[int]) -> Any:
        """Read a text as a trunk."""
        ...

    def follow(self, trunk: Any, branches: Sequence[Branch]) -> list[Floats]:
        """Log probabilities of the pieces of each branch."""
        ...


class SoundModel:
    """A model whose scores are numbers.

    Its methods raise ConfigError when they are none: damaged weights are of the right sizes, too.
    """

    def __init__(self, name: str, model: LanguageModel) -> None:
        self._name = name
        self._model = model
        self.digest, self.start = model.digest, model.start
        self.pieces = model.pieces

    def read(self, pieces: Sequence[int]) -> Any:
        """Read a text as a trunk."""
        trunk: ReadTrunk = self._model.read(pieces)
        self._require_numbers([trunk.logs])
        return trunk

    def follow(self, trunk: Any, branches: Sequence[Branch]) -> list[Floats]:
        """Log probabilities of the pieces of each branch."""
        found = self._model.follow(trunk, branches)
        self._require_numbers(found)
        return found

    def _require_numbers(self, rows: Sequence[Floats]) -> None:
        if not all(np.isfinite(row).all() for row in rows):
            raise ConfigError(
                f"lm-model: {printable(self._name)}: gives no numbers: it is damaged: fetch it again"
            )


def load_model(name: str) -> LanguageModel:
    """The model in a GGUF file, or for `transformers` in a directory or under the hub id of a cached model.

    It is loaded once a process, wherever the process may go meanwhile.

    Raises:
        ConfigError: when there is no such model here, or it is damaged; nothing is ever fetched.

    """
    return _once(name, os.path.abspath(name) if os.path.exists(name) else None)


@cache
def _once(name: str, _place: str | None) -> LanguageModel:
    return fresh_model(name)


def fresh_model(name: str) -> LanguageModel:
    """The same, loaded anew."""
    return SoundModel(name, _loaded(name))


def _loaded(name: str) -> LanguageModel:
    if _is_gguf(name):
        return _native(name)
    from cleanup.lm.torch_model import TorchModel

    return TorchModel(name)


def require_model(name: str) -> None:
    """Look whether there is such a model here; its weights are not loaded for that.

    Raises:
        ConfigError: as `load_model` does, but for what only shows when the weights are loaded.

    """
    if _is_gguf(name):
        _native(name)
    else:
        from cleanup.lm.torch_files import directory_of

        directory_of(name)


def digest_of(name: str) -> str:
    """Hexadecimal digits that change whenever the scores may change; the weights are not loaded for that.

    Raises:
        ConfigError: as `require_model` does.

    """
    if _is_gguf(name):
        return _native(name).digest
    from cleanup.lm import torch_files

    return torch_files.digest_of(name)


def _native(name: str) -> LanguageModel:
    """The model in a GGUF file, whose weights are loaded when it is first asked."""
    from cleanup.lm.native import NativeModel
    from cleanup.lm.store import known

    return NativeModel(Path(name), known=known(Path(name)))


def _is_gguf(name: str) -> bool:
    """Whether a name is that of a GGUF file; else it is a directory or a hub id.

    Raises:
        ConfigError: when it can be none of these.

    """
    if name.endswith(".gguf"):
        return True
    if os.path.isdir(name):
        return False
    try:
        is_there = is_file(name)
    except FileError as error:
        raise ConfigError(f"lm-model: {error}") from None
    if is_there:
        return True
    if name.count("/") != 1:
        raise ConfigError(
            f"lm-model: {printable(name)}: no such file or directory,"
            " and no hub id, which is written owner/name"
        )
    return False
