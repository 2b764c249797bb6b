"""Single words that are none: addresses, paths, identifiers, commands, hashes.

Most words of a text hold nothing that an address or an identifier needs, so one cheap pattern picks the few
that do, and the dear one looks at those alone.  Every repetition is possessive and every start anchored:
hostile input costs no more than any other.

Spinner damage has to stay in sight: ``two.2``, ``2.zero`` and ``end.Next`` are prose here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cleanup.datatypes import Protected, Reason, Span

# A run without spaces that holds a sign, a digit, a dot with something behind it, or a late capital.
_SUSPECT = re.compile(
    r"(?<!\S)[“\"‘']*+[A-Z]*+[^\s@/\\_#$:(.0-9A-Z]*+(?:[@/\\_#$:(0-9A-Z]|\.\S)\S*+|(?<!\S)--?[A-Za-z]\S*+"
)

_END = r"\s<>\"“”„«»‘`|"  # what no address runs across
_PART = r"[\w.\-@+%~]"  # what a component of a path is made of

# The group says the reason; the two groups in small letters are judged by a function below.
_THING = re.compile(
    rf"""
    (?P<ADDRESS>
        (?<![A-Za-z0-9+.\-])[A-Za-z][A-Za-z0-9+.\-]{{1,30}}+://[^{_END}]*+
      | (?<!\w)(?:mailto|tel|sms|urn|doi|data|javascript|magnet|arxiv|DOI|arXiv):(?=\S*[\d@/;])[^{_END}]++
      | (?<!\w)10\.\d{{4,9}}+/[^{_END}]++
      | (?<![\w.+%\-])[\w.+%\-]++@[\w\-]++(?:\.[\w\-]++)++
      | (?<![\w.\-@/])www\.[\w\-]++(?:\.[\w\-]++)*+(?::\d++)?+(?:[/?\#][^{_END}]*+)?+
      | (?<![\w:])[A-Za-z]:[\\/](?![\\/])[^{_END}]*+
      | (?<![\w\\])\\\\[\w.$\-]++(?:\\[\w.$\-]++)++
      | (?<![\w.\-\\])[\w.\-]++(?:\\[\w.\-]++)++
      | (?<![\w.\-@+%~/<)\]”"'’])(?:~|\.{{1,2}})?+/{{1,2}}+(?=\w|\.\w){_PART}++(?:/{_PART}*+)*+
    )
  | (?P<slashed>(?<![\w.\-@+%~/<]){_PART}++(?:/{_PART}*+)++(?:[?\#][^{_END}]*+)?+)
  | (?P<IDENTIFIER>
        (?<![\w@/.])@\w++(?:[.\-@]\w++)*+
      | (?<![\w&\#/])\#[^\W\d]\w*+
      | \$\{{?[A-Za-z_]\w*+\}}?
      | (?<!\w)__[a-z]++(?:_[a-z]++)*+__(?!\w)
      | (?<!\w)(?!ad_\d++\])_*+[^\W_]++(?:_++[^\W_]++)++_*+(?:\(\))?+
      | (?<![\w\-])--[A-Za-z][\w\-]*+(?:=[^\s,;]*+)?+
      | (?<!\S)-[A-Za-z](?!\S)
      | (?<![\w.])\w++(?:\.\w++)*+\(\)
      | (?<!\w)[a-z]{{2,}}+\d*+[A-Z]\w*+
      | (?<!\w)[A-Z][a-z0-9]++(?:[A-Z][a-z0-9]++){{2,}}+(?!\w)
      | (?<!\w)(?:0x[0-9A-Fa-f]++|(?=[a-f]*+\d)(?=\d*+[a-f])[0-9a-f]{{7,64}}+)(?!\w)
      | (?<![\w:]):[a-z][a-z0-9_+\-]++:(?![\w:])
    )
  | (?P<dotted>(?<![\w.\-])[\w\-]++(?:\.[\w\-]++)++(?::\d++(?!\w))?+)
  | (?P<MARKUP>\\[A-Za-z]++\*?+(?:\[[^\[\]\s]*+\])?+(?:\{{[^{{}}\s]*+\}})*+)
    """,
    re.VERBOSE,
)

# Top-level domains that are no English word; before a path, or after `www.`, any ending will do.
_TLD = frozenset(
    "com org net edu gov mil info biz io dev app eu uk de fr nl ch ru cn jp kr br au ca nz se dk fi pl cz pt"
    " ie tv fm xyz blog cloud ly".split()
)
_FILE_ENDINGS = frozenset(
    "txt md markdown rst tex bib htm html xhtml css scss js jsx mjs ts tsx json jsonl yml yaml toml ini cfg"
    " conf env xml svg csv tsv xls xlsx doc docx ppt pptx pdf epub png jpg jpeg gif webp bmp tif tiff ico"
    " mp3 mp4 wav avi mov mkv zip tar gz tgz bz2 xz rar 7z iso exe dll bat cmd ps1 sh py ipynb rb rs java kt"
    " cs cpp hpp php sql db sqlite log lock bak tmp whl jar apk deb rpm dmg wasm map woff woff2 ttf parquet"
    " npz c h m r go pl".split()
)
_NUMBER_WORDS = frozenset(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand"
    " million billion trillion".split()
)
_NAME = re.compile(r"[^\W\d]\w+")
_LOOSE_ENDS = ".,;:!?'’…*_~)]}"


def protected_words(text: str, start: int, end: int) -> Iterator[Protected]:
    """Yield the addresses and identifiers between two offsets, in the order of the text."""
    for suspect in _SUSPECT.finditer(text, start, end):
        for match in _THING.finditer(text, suspect.start(), suspect.end()):
            found = _judged(match)
            if found is not None:
                yield found


def _judged(match: re.Match[str]) -> Protected | None:
    group, word = match.lastgroup, match.group()
    reason: Reason | None
    if group == "slashed":
        word = _without_loose_ends(word)
        reason = Reason.ADDRESS if _is_path(word) else None
    elif group == "dotted":
        reason = _reason_of_dotted(word)
    else:
        reason = Reason[str(group)]
        if reason is Reason.ADDRESS:
            word = _without_loose_ends(word)
    return None if reason is None else Protected(Span(match.start(), match.start() + len(word)), reason)


def _without_loose_ends(address: str) -> str:
    """Leave the punctuation behind an address to the sentence: ``(see http://a.org/b_(c)).``."""
    end = len(address)
    surplus = {")": address.count(")") - address.count("("), "]": address.count("]") - address.count("[")}
    while end and address[end - 1] in _LOOSE_ENDS:
        last = address[end - 1]
        if last in surplus:
            if surplus[last] <= 0:
                break
            surplus[last] -= 1
        end -= 1
    return address[:end]


def _is_path(word: str) -> bool:
    """Tell ``a/b/c.txt``, ``src/lib/`` and ``bit.ly/x`` from ``and/or``, ``he/she`` and ``U.S./Mexico``."""
    parts = re.split(r"[?#]", word, maxsplit=1)[0].split("/")
    host = parts[0].split(".")
    if len(host) > 1 and host[-1].isalpha() and host[-1].islower() and all(len(one) > 1 for one in host):
        return True
    last = parts[-1].rpartition(".")
    if last[1] and last[2].lower() in _FILE_ENDINGS and (last[2].islower() or last[2].isupper()):
        return True
    if len(parts) < 3:
        return "_" in word
    return parts[-1] == "" or any("_" in one or one.startswith(".") or "@" in one for one in parts)


def _reason_of_dotted(word: str) -> Reason | None:
    """Tell ``data.csv``, ``amazon.com`` and ``os.path`` from ``two.2``, ``U.S``, ``e.g`` and ``end.Next``."""
    parts = word.partition(":")[0].split(".")
    last = parts[-1]
    if any(one.lower() in _NUMBER_WORDS for one in parts):
        return None
    if last.islower() or last.isupper():
        if last.lower() in _FILE_ENDINGS and len(parts[-2]) > 1:
            return Reason.ADDRESS
        if last.lower() in _TLD and not parts[-2].isdigit():
            return Reason.ADDRESS
    if not all(_NAME.fullmatch(one) for one in parts):
        return None
    # A sentence that lost the space behind its full stop goes on with a capital.
    if len(parts) == 2 and last[0].isupper():
        return None
    return Reason.IDENTIFIER
