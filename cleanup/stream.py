"""The prose of a document as one row of word numbers: what the lattice is built over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cleanup.collocations import COMMA, FULL_STOP, NAME, NUMBER, POSSESSIVE, UNKNOWN
from cleanup.document import Document

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_SIGNS = {
    **dict.fromkeys(".!?…", FULL_STOP),
    **dict.fromkeys(',;:()[]–—"“”‘’', COMMA),
    **dict.fromkeys("$€£¥%#", NUMBER),
    "'s": POSSESSIVE,
}

# Signs that join the words on both sides of them to something larger, about which nothing is known.
_JOINER_CODES = np.array([ord(sign) for sign in "-‐‑_/\\&=~+^@#|"], dtype=np.uint32)


@dataclass(frozen=True, slots=True)
class Stream:
    """One place for each token of the prose, with a stop before each block and at the end.

    Attributes:
        numbers: the word number of each place; names and figures have one number each.
        start, end: the code points that a place covers; -1 for what stands for no token.
        block, token: the block and the token in it, by number.
        is_word: whether the place is a word of the vocabulary that may have been another.
        is_capital, is_upper: whether it begins with a capital, and whether it is all capitals.
        is_initial: whether it begins a sentence or a block.

    """

    numbers: Ints
    start: Ints
    end: Ints
    block: Ints
    token: Ints
    is_word: Bools
    is_capital: Bools
    is_upper: Bools
    is_initial: Bools


def read_stream(document: Document, vocabulary: Mapping[str, int]) -> Stream:
    """The stream of a document's unprotected prose; a protected stretch between words stands as a comma."""
    text = document.text
    numbers: list[int] = []
    start: list[int] = []
    end: list[int] = []
    blocks: list[int] = []
    tokens: list[int] = []
    for at, block in enumerate(document.blocks):
        if not block.words:
            continue
        numbers.append(FULL_STOP)
        start.append(-1)
        end.append(-1)
        blocks.append(at)
        tokens.append(-1)
        behind = block.starts[0]
        for token, (word, begin, stop) in enumerate(zip(block.words, block.starts, block.ends, strict=True)):
            if begin > behind + 1 and not text[behind:begin].isspace():
                numbers.append(COMMA)
                start.append(-1)
                end.append(-1)
                blocks.append(at)
                tokens.append(-1)
            behind = stop
            number = vocabulary.get(word)
            if number is None:
                number = _number(
                    word[1:] if word[0] == "+" and len(word) > 1 else word, text[begin], vocabulary
                )
            numbers.append(number)
            start.append(begin)
            end.append(stop)
            blocks.append(at)
            tokens.append(token)
    numbers.append(FULL_STOP)
    start.append(-1)
    end.append(-1)
    blocks.append(-1)
    tokens.append(-1)
    return _described(text, *(np.array(row, dtype=np.int64) for row in (numbers, start, end, blocks, tokens)))


def _number(word: str, first: str, vocabulary: Mapping[str, int]) -> int:
    """The number of a token that is no word of the vocabulary as it stands."""
    known = vocabulary.get(word) or _SIGNS.get(word)
    if known is not None:
        return known
    if word[0].isdigit():
        return NUMBER
    return NAME if first.isupper() else UNKNOWN


def _described(text: str, numbers: Ints, start: Ints, end: Ints, block: Ints, token: Ints) -> Stream:
    is_word = numbers > POSSESSIVE
    codes, begin, stop = _codes(text, start, end)
    is_capital = _are_upper(codes[begin]) & is_word & (start >= 0)
    upper = np.zeros(len(numbers), dtype=bool)
    for at in np.flatnonzero(is_capital).tolist():
        upper[at] = end[at] - start[at] > 1 and text[start[at] : end[at]].isupper()
    before = np.concatenate([[FULL_STOP], numbers[:-1]])
    earlier = np.concatenate([[FULL_STOP, FULL_STOP], numbers[:-2]])[: len(numbers)]
    behind_mark = (before == COMMA) & (earlier == FULL_STOP)  # a sentence that begins with a quotation
    is_initial = (before == FULL_STOP) | behind_mark
    # A word glued to its neighbour by a hyphen, a slash and their kin is part of something larger.
    glued = np.isin(codes[begin - 1], _JOINER_CODES) | np.isin(codes[stop], _JOINER_CODES)
    return Stream(numbers, start, end, block, token, is_word & ~glued, is_capital, upper, is_initial)


def _codes(text: str, start: Ints, end: Ints) -> tuple[NDArray[np.uint32], Ints, Ints]:
    """The code points of the stretch of text that a stream covers, one more on both sides, and its places.

    What stands for no token has some place or other; beyond the ends of the text there are blanks.
    """
    low = int(start[start >= 0].min(initial=len(text)))
    high = max(int(end.max(initial=0)), low)
    stretch = f"{text[low - 1 : low] if low else ' '}{text[low:high]}{text[high : high + 1] or ' '}"
    codes = np.frombuffer(stretch.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    return codes, np.maximum(start - low + 1, 1), np.maximum(end - low + 1, 1)


def _are_upper(codes: NDArray[np.uint32]) -> Bools:
    """Whether each of some code points is an upper-case letter."""
    upper = (codes >= ord("A")) & (codes <= ord("Z"))
    for at in np.flatnonzero(codes >= 0x80).tolist():
        upper[at] = chr(codes[at]).isupper()
    return upper
