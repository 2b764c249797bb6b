"""Text cut into the pieces that a language model was trained on: byte-level BPE (Sennrich and others 2016).

Bytes stand for themselves as printable signs, as in GPT-2; words are cut apart first, by the pattern of the
model, and the pieces of each are joined in the order of its merges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import regex

_GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
_GPT2_WITH_DIGITS = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?=\p{N})|\s+(?!\S)|\s+"
# How a model cuts words, by the name that its file gives the pattern.
_PATTERNS = {"smollm": _GPT2_WITH_DIGITS, "gpt-2": _GPT2, "default": _GPT2}


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
        self._cut = regex.compile(_PATTERNS.get(pattern, _GPT2))
        self._signs = byte_signs()
        self._known: dict[str, tuple[int, ...]] = {}

    @property
    def numbers(self) -> Mapping[str, int]:
        """The number of each piece."""
        return self._numbers

    def pieces(self, text: str) -> list[int]:
        """The numbers of the pieces of a text; bytes that the model has no piece for are left out."""
        found: list[int] = []
        for word in self._cut.findall(text):
            known = self._known.get(word)
            if known is None:
                known = self._known[word] = self._of_word(word)
            found += known
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
