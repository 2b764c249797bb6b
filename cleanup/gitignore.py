"""Patterns in the language of ``.gitignore``, which say yes, no or nothing about a path.

Written here and not taken from pathspec: that raises on a lone ``!`` or a trailing backslash, reads POSIX
classes wrongly (68 of 400 random files differed from git 2.39, 2026-11) and costs 70 ms to import.
Paths and patterns are bytes, as they are to git, so a file name in any encoding is one more name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass

_DIRECTORY = b"\0"  # written after a directory's path: no file name can hold it
_ANY = rb"[^/\0]"
_CLASSES = {
    b"alnum": rb"0-9A-Za-z",
    b"alpha": rb"A-Za-z",
    b"blank": rb" \t",
    b"cntrl": rb"\x00-\x1f\x7f",
    b"digit": rb"0-9",
    b"graph": rb"!-~",
    b"lower": rb"a-z",
    b"print": rb" -~",
    b"punct": rb"!-/:-@\[-`{-~",
    b"space": rb" \t-\r",
    b"upper": rb"A-Z",
    b"xdigit": rb"0-9A-Fa-f",
}
_SIGN = re.compile(
    rb"(?P<deep>(?<![^/])(?:(?:\*\*+/)+|\*\*+(?:\Z|(?=\\/))))"  # `**` on its own between two slashes
    rb"|(?P<star>\*+)|(?P<any>\?)|(?P<set>\[)|\\(?P<escaped>.)|(?P<literal>[^\\])",
    re.DOTALL,
)
_MEMBER = re.compile(rb"\[:(?P<name>[^\]]*):\]|\\?(?P<sign>.)", re.DOTALL)
_RANGE_END = re.compile(rb"-\\?(?P<sign>[^\]\\]|(?<=\\).)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Patterns:
    """Compiled patterns; of those that match a path, the last one decides.

    ``expression`` tries the patterns from the last to the first, and the number of the group that ends the
    match says which one it was; ``verdicts`` holds their answers in that order.
    """

    expression: re.Pattern[bytes]
    verdicts: tuple[bool, ...]

    def decide(self, path: bytes, *, is_directory: bool = False) -> bool | None:
        """Whether the path is meant: True, False where a ``!`` pattern took it back, None if unmentioned.

        ``path`` is relative to where the patterns stand, with ``/`` between its parts.
        """
        found = self.expression.fullmatch(path + _DIRECTORY if is_directory else path)
        return None if found is None or found.lastindex is None else self.verdicts[found.lastindex - 1]

    def decide_with_parents(self, path: bytes, *, is_directory: bool = False) -> bool | None:
        """As ``decide``, but a directory above the path that is meant takes all inside it along."""
        for separator in re.finditer(rb"(?<=.)/", path):
            if self.decide(path[: separator.start()], is_directory=True):
                return True
        return self.decide(path, is_directory=is_directory)


def parse_gitignore(content: bytes) -> Patterns | None:
    """The patterns of a ``.gitignore`` file, or None if it holds none."""
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    return _compile(line.removesuffix(b"\r") for line in lines)


def compile_patterns(patterns: Iterable[str]) -> Patterns | None:
    """The patterns of a command line or configuration, or None if there are none."""
    return _compile(os.fsencode(pattern) for pattern in patterns)


def _compile(lines: Iterable[bytes]) -> Patterns | None:
    alternatives: list[bytes] = []
    verdicts: list[bool] = []
    for line in lines:
        if not line or line.startswith(b"#"):
            continue
        pattern = _without_trailing_spaces(line)
        expression = _expression(pattern.removeprefix(b"!"))
        if expression is not None:
            alternatives.append(expression + b"()")
            verdicts.append(not pattern.startswith(b"!"))
    if not alternatives:
        return None
    return Patterns(re.compile(b"|".join(reversed(alternatives))), tuple(reversed(verdicts)))


def _without_trailing_spaces(line: bytes) -> bytes:
    """The line without the spaces at its end, but for one that a backslash keeps; tabs stay, as in git."""
    kept = line.rstrip(b" ")
    backslashes = len(kept) - len(kept.rstrip(b"\\"))
    return kept + b" " if backslashes % 2 and kept != line else kept


def _expression(pattern: bytes) -> bytes | None:
    """The pattern as a regular expression, or None where git would match nothing with it."""
    is_for_directories = pattern.endswith(b"/")
    if is_for_directories:
        pattern = pattern[:-1]
    body = _translate(pattern.removeprefix(b"/"))
    if not body:
        return None
    prefix = b"" if b"/" in pattern else rb"(?:[^\0]*/)?"
    return prefix + body + (rb"\0" if is_for_directories else rb"\0?") + rb"\Z"


def _translate(pattern: bytes) -> bytes | None:
    """Translate the signs of a pattern one by one; None if it can match nothing.

    All but the last ``*`` between two slashes become lazy and atomic: the first place where what follows
    fits is as good as any later one, and without this ``*a*a*a*a*b`` takes for ever on a long name.
    """
    pieces: list[bytes] = []
    star: int | None = None  # where in ``pieces`` the last star of this path part stands
    place = 0
    while place < len(pattern):
        sign = _SIGN.match(pattern, place)
        if sign is None:  # a lone backslash at the end
            return None
        place = sign.end()
        match sign.lastgroup:
            case "deep":
                pieces.append(rb"(?:[^\0]*/)?" if sign[0].endswith(b"/") else rb"[^\0]*")
            case "star":
                if star is not None:
                    pieces[star] = b"(?>" + _ANY + b"*?"
                    pieces.append(b")")
                star = len(pieces)
                pieces.append(_ANY + b"*")
            case "any":
                pieces.append(_ANY)
            case "set":
                members, place = _members(pattern, place)
                if members is None:
                    return None
                pieces.append(members)
            case _:
                letter = sign["escaped"] or sign["literal"]
                star = None if letter == b"/" else star
                pieces.append(re.escape(letter))
    return b"".join(pieces)


def _members(pattern: bytes, place: int) -> tuple[bytes | None, int]:
    """The set that opens just before ``place``, and the place after it; None if it is never closed."""
    is_negated = pattern[place : place + 1] in (b"!", b"^")
    place += is_negated
    pieces: list[bytes] = []
    while not pieces or pattern[place : place + 1] != b"]":  # a `]` that stands first is a member
        member = _MEMBER.match(pattern, place)
        if member is None or (member["name"] is not None and member["name"] not in _CLASSES):
            return None, place
        place = member.end()
        if member["name"] is not None:
            pieces.append(_CLASSES[member["name"]])
            continue
        first = member["sign"][0]
        pieces.append(rb"\x%02x" % first)
        last = _RANGE_END.match(pattern, place)
        if last is not None:
            place = last.end()
            pieces.append(b"".join(rb"\x%02x" % code for code in range(first, last["sign"][0] + 1)))
    return rb"(?![/\0])[" + (b"^" if is_negated else b"") + b"".join(pieces) + b"]", place + 1
