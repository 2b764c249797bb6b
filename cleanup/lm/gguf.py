"""GGUF files: what they say of a model, and their tensors as arrays of 32-bit floats.

The format is that of llama.cpp (its ``docs/gguf.md``, version 2 and 3).  Read are the kinds of numbers that
small models come in; a file with another kind is refused by name.
"""

from __future__ import annotations

import hashlib
import math
import mmap
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cleanup.errors import ConfigError, FileError
from cleanup.files import describe, printable, require_regular

if TYPE_CHECKING:
    from cleanup.lm.store import Known

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_STRING, _ARRAY = 8, 9
_SCALARS = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d",
}  # fmt: skip

# A block of the quantised kinds holds so many weights.
_BLOCK = 32


def _f32(data: Bytes) -> Floats:
    return np.asarray(data.view("<f4"), dtype=np.float32)


def _f16(data: Bytes) -> Floats:
    return np.asarray(data.view("<f2"), dtype=np.float32)


def _bf16(data: Bytes) -> Floats:
    wide = data.view("<u2").astype(np.uint32) << np.uint32(16)
    return wide.view(np.float32)


def _scales(data: Bytes, at: int) -> Floats:
    """The 16-bit float at a byte of every block, as a column."""
    return np.ascontiguousarray(data[:, at : at + 2]).view("<f2").astype(np.float32)


def _nibbles(data: Bytes) -> Floats:
    """The low halves of all bytes of a block, then the high ones."""
    numbers = np.empty((len(data), 2 * data.shape[1]), dtype=np.float32)
    numbers[:, : data.shape[1]] = data & 15
    numbers[:, data.shape[1] :] = data >> 4
    return numbers


def _q8_0(data: Bytes) -> Floats:
    blocks = data.reshape(-1, 2 + _BLOCK)
    numbers = np.ascontiguousarray(blocks[:, 2:]).view(np.int8).astype(np.float32)
    numbers *= _scales(blocks, 0)
    return numbers


def _q4_0(data: Bytes) -> Floats:
    blocks = data.reshape(-1, 2 + _BLOCK // 2)
    numbers = _nibbles(blocks[:, 2:])
    numbers -= 8
    numbers *= _scales(blocks, 0)
    return numbers


def _q4_1(data: Bytes) -> Floats:
    blocks = data.reshape(-1, 4 + _BLOCK // 2)
    numbers = _nibbles(blocks[:, 4:])
    numbers *= _scales(blocks, 0)
    numbers += _scales(blocks, 2)
    return numbers


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of numbers: its name, the weights and the bytes of a block, and how it is read."""

    name: str
    weights: int
    size: int
    read: Callable[[Bytes], Floats]


_KINDS = {
    0: _Kind("F32", 1, 4, _f32),
    1: _Kind("F16", 1, 2, _f16),
    2: _Kind("Q4_0", _BLOCK, 2 + _BLOCK // 2, _q4_0),
    3: _Kind("Q4_1", _BLOCK, 4 + _BLOCK // 2, _q4_1),
    8: _Kind("Q8_0", _BLOCK, 2 + _BLOCK, _q8_0),
    30: _Kind("BF16", 1, 2, _bf16),
}


class Gguf:
    """One open file.

    Attributes:
        facts: what the file says of its model, by key.
        shapes: the shape of each tensor, rows first, by name.

    """

    def __init__(self, path: Path, known: Known | None = None) -> None:
        """Read the head of a file.

        Raises:
            ConfigError: when it is missing or no GGUF file, or not the one that it has to be.

        """
        self._shown = printable(str(path))
        remedy = known.remedy if known else "fetch it again"
        try:
            require_regular(str(path), path.stat())
            with path.open("rb") as file:
                self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except OSError as error:
            raise ConfigError(f"{self._shown}: {describe(error)}") from None
        except ValueError:
            raise ConfigError(f"{self._shown}: the file is empty: {remedy}") from None
        except FileError as error:
            raise ConfigError(str(error)) from None
        if known and self.digest != known.sha256:
            raise ConfigError(f"{self._shown}: is damaged (SHA-256 differs): {remedy}")
        self._at = 0
        try:
            self.facts, self._tensors = self._head()
        except (LookupError, OverflowError, RecursionError, TypeError, ValueError, struct.error):
            raise ConfigError(f"{self._shown}: is no GGUF file, or a damaged one: {remedy}") from None
        self.shapes: Mapping[str, tuple[int, ...]] = {
            name: shape for name, (shape, _, _) in self._tensors.items()
        }

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the whole file."""
        return hashlib.sha256(self._bytes).hexdigest()

    def require_whole(self) -> None:
        """Look whether every tensor is there and can be read; none is read.

        Raises:
            ConfigError: as `tensor` does.

        """
        for name in self._tensors:
            self._place(name)

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a tensor, rows first.

        Raises:
            ConfigError: when the file has no such tensor.

        """
        if name not in self.shapes:
            raise ConfigError(
                f"{self._shown}: has no tensor {name}: only models of the Llama family are read"
            )
        return self.shapes[name]

    def tensor(self, name: str) -> Floats:
        """A tensor, rows first.

        Raises:
            ConfigError: when the file has no such tensor, or numbers of a kind that is not read here.

        """
        kind, start, size = self._place(name)
        data = np.frombuffer(self._bytes, dtype=np.uint8, count=size, offset=start)
        return kind.read(data).reshape(self.shapes[name])

    def _place(self, name: str) -> tuple[_Kind, int, int]:
        """How a tensor is written, where it begins, and how many bytes it has."""
        count = math.prod(self.shape(name))  # whole numbers of any size, for the file may say anything
        _, number, start = self._tensors[name]
        kind = _KINDS.get(number)
        if kind is None:
            known = ", ".join(kind.name for kind in _KINDS.values())
            raise ConfigError(
                f"{self._shown}: {printable(name)} has numbers of kind {number}: read are {known}"
            )
        size = count // kind.weights * kind.size
        if count % kind.weights or start + size > len(self._bytes):
            raise ConfigError(f"{self._shown}: is cut short: fetch it again")
        return kind, start, size

    def _head(self) -> tuple[dict[str, Any], dict[str, tuple[tuple[int, ...], int, int]]]:
        if self._take(4) != _MAGIC or self._scalar("<I") not in _VERSIONS:
            raise ValueError
        tensors, facts = self._scalar("<Q"), self._scalar("<Q")
        held: dict[str, Any] = {}
        for _ in range(facts):
            key = self._string()
            held[key] = self._value(self._scalar("<I"))
        described = [self._description() for _ in range(tensors)]
        step = int(held.get("general.alignment", 32)) or 32
        base = -(-self._at // step) * step
        return held, {name: (shape, kind, base + start) for name, shape, kind, start in described}

    def _description(self) -> tuple[str, tuple[int, ...], int, int]:
        name = self._string()
        sizes = [self._scalar("<Q") for _ in range(self._scalar("<I"))]
        return name, tuple(reversed(sizes)), self._scalar("<I"), self._scalar("<Q")

    def _take(self, count: int) -> bytes:
        if count > len(self._bytes) - self._at:
            raise ValueError
        self._at += count
        return self._bytes[self._at - count : self._at]

    def _scalar(self, layout: str) -> Any:
        (value,) = struct.unpack_from(layout, self._bytes, self._at)
        self._at += struct.calcsize(layout)
        return value

    def _string(self) -> str:
        return self._take(self._scalar("<Q")).decode()

    def _value(self, kind: int) -> Any:
        if kind == _STRING:
            return self._string()
        if kind == _ARRAY:
            return list(self._values())
        return self._scalar(_SCALARS[kind])

    def _values(self) -> Iterator[Any]:
        kind, count = self._scalar("<I"), self._scalar("<Q")
        for _ in range(count):
            yield self._value(kind)
