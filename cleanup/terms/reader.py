"""Lists of terms and of what is written for their words, read; what is malformed is refused with its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath

from cleanup.document import folded_tokens
from cleanup.errors import RuleError
from cleanup.inflection import plural, verb_forms
from cleanup.rulebook.location import SourceFile

#: Parts of speech of a headword: noun, verb and adjective are base forms; x stands as it is written.
PARTS_OF_SPEECH = ("n", "v", "a", "x")


@dataclass(frozen=True, slots=True)
class Lists:
    """What the files hold.

    Attributes:
        terms: each term as authors write it, with the name of its file.
        words: spun form, original and the place of the form in its entry, from 0: readiest first; inflected
            forms included.

    """

    terms: tuple[tuple[str, str], ...]
    words: tuple[tuple[str, str, int], ...]


def parse_lists(files: Iterable[SourceFile]) -> Lists:
    """Terms and words from the contents of files; see `cleanup.rulebook.location.term_files`.

    Raises:
        RuleError: for the first malformed file.

    """
    terms: dict[str, tuple[str, str]] = {}
    words: list[tuple[str, str, int]] = []
    for path, data in files:
        rows = _rows(path, data)
        if path.endswith(".txt"):
            for line, row in rows:
                if len(term_tokens(row)) < 2:
                    raise RuleError(
                        f"{path}:{line}: {row!r}: a term is two words or more: write a rule for it"
                    )
                if not is_worded(row):
                    raise RuleError(f"{path}:{line}: {row!r}: a term is made of words and hyphens alone")
                terms.setdefault(row.lower(), (row, PurePath(path).stem))
        else:
            for line, row in rows:
                words += _entry(f"{path}:{line}", row)
    return Lists(tuple(terms.values()), tuple(words))


def term_tokens(text: str) -> tuple[str, ...]:
    """The words of a term, in lower case; hyphens count as spaces.

    >>> term_tokens("X-ray diffraction")
    ('x', 'ray', 'diffraction')
    """
    bare = (token[1:] if token[0] == "+" and len(token) > 1 else token for token in folded_tokens(text))
    return tuple(token for token in bare if token not in HYPHENS)


def is_worded(text: str) -> bool:
    """Whether a text is made of words, hyphens and the possessive alone: no other sign can be looked for."""
    return all(word[0].isalnum() or word == "'s" for word in term_tokens(text))


#: Tokens that join two words of a term, which is as often written without them.
HYPHENS = frozenset("-‐‑")


def _rows(path: str, data: bytes) -> Iterator[tuple[int, str]]:
    """The lines that are no comments, by number; the head must state source and licence."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RuleError(f"{path}: byte {error.start} is not UTF-8: save the file as UTF-8") from None
    lines = text.splitlines()
    head = {line[1:].partition(":")[0].strip().lower() for line in lines if line.startswith("#")}
    for key in ("source", "licence"):
        if key not in head:
            raise RuleError(f"{path}:1: the list has no '# {key}:' line: state the origin and its terms")
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            yield number, line.strip()


def _entry(where: str, row: str) -> Iterator[tuple[str, str, int]]:
    fields = [field.strip() for field in row.split("\t")]
    if len(fields) != 3 or fields[1] not in PARTS_OF_SPEECH:
        raise RuleError(
            f"{where}: a row is a word, its part of speech ({', '.join(PARTS_OF_SPEECH)}) and spun forms "
            "separated by '; ', with tabs between the three"
        )
    head, part, forms = fields
    for place, spun in enumerate(filter(None, (form.strip() for form in forms.split(";")))):
        if not is_worded(spun) or not is_worded(head):
            raise RuleError(f"{where}: {spun!r} for {head!r}: both are made of words and hyphens alone")
        pairs = [(spun, head)]
        if part == "n":
            pairs.append((plural(spun), plural(head)))
        elif part == "v":
            pairs += zip(verb_forms(spun), verb_forms(head), strict=True)
        for pair in pairs:
            if pair[0] != pair[1]:
                yield *pair, place
