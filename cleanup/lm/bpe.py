"""Text cut into the pieces that a language model was trained on: byte-level BPE (Sennrich and others 2016).

Bytes stand for themselves as printable signs, as in GPT-2; words are cut apart first, by the pattern of the
model, and the pieces of each are joined in the order of its merges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import regex

from cleanup.errors import ConfigError

_GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
_GPT2_WITH_DIGITS = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?=\p{N})|\s+(?!\S)|\s+"
# How a model cuts words, by the name that its file gives the pattern.
_PATTERNS = {"smollm": _GPT2_WITH_DIGITS, "gpt-2": _GPT2, "default": _GPT2}

# So many words are held with their pieces, the latest: a few megabytes.
_MOST_HELD = 1 << 14


def byte_signs() -> list[str]:
    """The printable sign that stands for each byte."""
    plain = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in plain else chr(next(others)) for byte in range(256)]


class Bpe:
    """The pieces of one model.

    >>> bpe = Bpe(["t", "h", "e", "th", "the", "Ġ"], ["t h", "th e"])
    >>> bpe.pieces("the the")
    [4, 5, 4]
    """

    def __init__(self, pieces: Sequence[str], merges: Sequence[str], pattern: str = "default") -> None:
        self._numbers = {piece: at for at, piece in enumerate(pieces)}
        self._ranks = {tuple(pair.split(" ", 1)): rank for rank, pair in enumerate(merges)}
        self._cut = regex.compile(_PATTERNS[pattern])
        self._signs = byte_signs()
        self._word = lru_cache(_MOST_HELD)(self._of_word)

    @property
    def numbers(self) -> Mapping[str, int]:
        """The number of each piece."""
        return self._numbers

    def pieces(self, text: str) -> list[int]:
        """The numbers of the pieces of a text; bytes that the model has no piece for are left out."""
        found: list[int] = []
        for word in self._cut.findall(text):
            found += self._word(word)
        return found

    def _of_word(self, word: str) -> tuple[int, ...]:
        parts = [self._signs[byte] for byte in word.encode("utf-8", "replace")]
        while len(parts) > 1:
            pairs = list(pairwise(parts))
            best = min(pairs, key=lambda pair: self._ranks.get(pair, len(self._ranks)))
            if best not in self._ranks:
                break
            merged, at = [], 0
            while at < len(parts):
                if at + 1 < len(parts) and (parts[at], parts[at + 1]) == best:
                    merged.append(parts[at] + parts[at + 1])
                    at += 2
                else:
                    merged.append(parts[at])
                    at += 1
            parts = merged
        return tuple(self._numbers[part] for part in parts if part in self._numbers)


def bpe_of(name: str, facts: Mapping[str, Any], most: int) -> tuple[Bpe, int]:
    """The pieces of the model in a GGUF file, ``most`` at most, and the one that every text begins with.

    Raises:
        ConfigError: when they are of another make, or damaged.

    """
    pieces, merges = (facts.get(f"tokenizer.ggml.{key}") for key in ("tokens", "merges"))
    kind, pattern = facts.get("tokenizer.ggml.model"), facts.get("tokenizer.ggml.pre", "default")
    if kind != "gpt2" or pieces is None or merges is None:
        raise ConfigError(
            f"{name}: holds no byte-level BPE (its kind is {kind!r:.40}): only such models are read"
        )
    if not isinstance(pattern, str) or pattern not in _PATTERNS:
        known = ", ".join(_PATTERNS)
        raise ConfigError(f"{name}: cuts words as {pattern!r:.40} does: understood are {known}")
    if not _are_strings(pieces) or not _are_strings(merges) or not all(" " in pair for pair in merges):
        raise ConfigError(f"{name}: its pieces or their merges are no lists of strings: fetch it again")
    if len(pieces) > most:
        raise ConfigError(f"{name}: has {len(pieces)} pieces, but its network only {most}: fetch it again")
    bpe = Bpe(pieces, merges, pattern)
    # Texts were put one behind the other in training, with this piece between them.
    start = bpe.numbers.get("<|endoftext|>", facts.get("tokenizer.ggml.bos_token_id"))
    if isinstance(start, bool) or not isinstance(start, int) or not 0 <= start < len(pieces):
        raise ConfigError(f"{name}: does not say which of its pieces texts begin with: fetch it again")
    return bpe, start


def _are_strings(values: object) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)
