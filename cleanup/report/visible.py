"""Hostile characters made visible, so that a document drives neither the terminal nor the page."""

from __future__ import annotations

import re

UNSEEN = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # control characters: ESC and CSI drive a terminal
    "\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # bidi, zero width
    "\ud800-\udfff"  # undecodable bytes and broken pairs: no UTF-8 stream takes them
    "\U000e0000-\U000e007f"  # tags, which smuggle text past the eye
    "]"
)
"""Characters that show nothing and do something.

The joiners U+200C and U+200D are left out: Persian and emoji need them, and they only join letters.
"""


def shown(character: str) -> str:
    r"""A sign that stands for one unseen character.

    >>> shown("\x1b"), shown("\u202e")
    ('␛', '⟨U+202E⟩')
    """
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else code_point(character)


def code_point(character: str) -> str:
    """The character's number in brackets, such as ``⟨U+202E⟩``."""
    return f"⟨U+{ord(character):04X}⟩"


def make_visible(text: str) -> str:
    r"""The text on one line, each unseen character replaced by a sign, a tab by a space.

    >>> make_visible("a\x1b[31m\tb\n")
    'a␛[31m b␊'
    """
    return UNSEEN.sub(lambda match: shown(match[0]), text.replace("\t", " "))
