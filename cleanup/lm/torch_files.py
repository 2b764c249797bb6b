"""Where a model of `transformers` lies on this machine, and its digest; neither loads the library."""

from __future__ import annotations

import hashlib
import os
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from cleanup.errors import ConfigError
from cleanup.files import describe, printable

# Raised whenever the numbers of a model may come out otherwise than before.
_COMPUTATION = 2

# What a model consists of; papers, pictures and states of a training may lie beside it.
_PARTS = (".json", ".txt", ".model", ".tiktoken", ".safetensors", ".bin")


def directory_of(name: str) -> Path:
    """The directory of a model: the one that is named, or that of a hub id in the cache of `huggingface_hub`.

    Raises:
        ConfigError: when there is none, or what reads it is not installed.

    """
    shown = printable(name)
    if not all(map(find_spec, ("torch", "transformers", "huggingface_hub"))):
        raise ConfigError(
            f"lm-model: {shown} is read by torch and transformers, which are not installed:"
            " pip install torch transformers, or name a GGUF file"
        )
    if not os.path.isdir(name):
        return _cached(name)
    if not os.path.isfile(os.path.join(name, "config.json")):
        raise ConfigError(f"lm-model: {shown}: holds no model: there is no config.json in it")
    return Path(name)


def _cached(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    shown = printable(name)
    try:
        found = Path(snapshot_download(name, local_files_only=True))
    except HFValidationError:
        raise ConfigError(f"lm-model: {shown}: no such file or directory, and no hub id") from None
    except (OSError, ValueError):
        raise ConfigError(
            f"lm-model: {shown}: no such directory, and no model of this id was fetched before:"
            f" fetch it with `hf download {shown}`"
        ) from None
    if not os.path.isfile(found / "config.json"):
        raise ConfigError(f"lm-model: {shown}: was not fetched whole: `hf download {shown}` fetches the rest")
    return found


def digest_of(name: str) -> str:
    """Changes with the weights, the sizes and the tokenizer of a model, and with what computes it.

    Raises:
        ConfigError: when there is no such model here, or it cannot be read.

    """
    directory = directory_of(name)
    made_with = " ".join(f"{library} {_version(library)}" for library in ("torch", "transformers"))
    whole = hashlib.sha256(f"{_COMPUTATION} {made_with}".encode())
    try:
        for path in sorted(directory.iterdir()):
            if path.suffix in _PARTS and path.is_file():
                with path.open("rb") as file:
                    whole.update(f"\0{path.name}\0{hashlib.file_digest(file, 'sha256').hexdigest()}".encode())
    except OSError as error:
        where = printable(str(error.filename or directory))
        raise ConfigError(f"lm-model: {where}: {describe(error)}") from None
    return whole.hexdigest()


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "of unknown version"
