"""What typesetting did to words, undone: ligatures, and hyphens at the ends of lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

_LIGATURES = str.maketrans({
    "\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st",
    "\ufb06": "st",
})  # fmt: skip

_HYPHENS = "-\u2010\u00ad"
_BROKEN = re.compile(rf"([^\W\d_]+)[{_HYPHENS}]\s*$")
_REST = re.compile(r"\s*([^\W\d_]+)(\S*)\s*")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")

# On the scale of wordfreq, log10 of how often in a billion words: a word that everybody knows, and the least
# that two such words written as one must show to be one word (*nonlinear* 3.3, *wellknown* 1.6).
_WELL_KNOWN = 3.0
_LONGEST_WORD = 60


def without_ligatures(text: str) -> str:
    """The text with each ligature written as its letters.

    >>> without_ligatures("e\ufb03cient classi\ufb01er")
    'efficient classifier'
    """
    return text.translate(_LIGATURES)


_SPLIT_AT_F = re.compile(r"(?<![^\W_])([^\W\d_]*f(?: f)?) (?=([^\W\d_]+))")
_KNOWN = 2.0


def without_gaps(text: str) -> str:
    """The text with the gaps closed that some fonts leave behind an *f*, where a ligature should be.

    >>> without_gaps("an ef ficient way of finding dif ferences")
    'an efficient way of finding differences'
    """
    return _SPLIT_AT_F.sub(_closed, text) if "f " in text else text


def _closed(match: re.Match[str]) -> str:
    head, rest = match[1].replace(" ", ""), match[2]
    parts = _zipf(head.lower()), _zipf(rest.lower())
    if min(parts) >= _WELL_KNOWN or _zipf((head + rest).lower()) < _KNOWN:
        return match[0]
    return head if parts[0] < _WELL_KNOWN or parts[1] < _KNOWN else match[0]


def mended(lines: Sequence[str]) -> list[str]:
    """Lines whose words were broken at their ends, made whole; as many lines as before.

    The rest of a word goes up to its beginning, and the beginning down to a rest that has a line to itself.

    >>> mended(["a regulari-", "zation of the long-", "term trend"])
    ['a regularization', 'of the long-term', 'trend']
    """
    own = Counter(word.lower() for line in lines for word in _WORD.findall(line))
    done = list(lines)
    for at in range(len(done) - 1):
        tail = done[at][-_LONGEST_WORD:]
        head, rest = _BROKEN.search(tail), _REST.match(done[at + 1])
        if head is None or rest is None or not _goes_on(head[1], rest[1]):
            continue
        kept = done[at][: len(done[at]) - len(tail) + head.start()]
        whole = _whole(head[1], rest[1], own) + rest[2]
        if rest.end() < len(done[at + 1]):
            done[at] = kept + whole
            done[at + 1] = done[at + 1][rest.end() :]
        else:
            done[at] = kept.rstrip()
            done[at + 1] = whole
    return done


def _goes_on(head: str, rest: str) -> bool:
    """Whether a word may go on so: in the same kind of letters."""
    return rest.islower() or (head.isupper() and rest.isupper() and len(head) > 1)


def _whole(head: str, rest: str, own: Counter[str]) -> str:
    """A broken word as one, or with its hyphen where two words were joined by one."""
    one, two = (head + rest).lower(), f"{head}-{rest}".lower()
    if own[one] != own[two]:  # the paper itself writes it elsewhere
        return head + rest if own[one] > own[two] else f"{head}-{rest}"
    parts_known = min(_zipf(head.lower()), _zipf(rest.lower())) >= _WELL_KNOWN
    return f"{head}-{rest}" if parts_known and _zipf(one) < _WELL_KNOWN else head + rest


@lru_cache(maxsize=65536)
def _zipf(word: str) -> float:
    from wordfreq import zipf_frequency  # takes 0.3 s to import

    return zipf_frequency(word, "en")
