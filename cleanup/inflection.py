"""Number, tense, letter case and a/an, made to fit: what a replacement needs to stand in its sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import cache

_VOWELS = "aeiou"

# Plurals and verbs that no suffix rule gives.  Common knowledge, kept to words that fixed terms are made of.
_IRREGULAR_PLURALS = {
    "analysis": "analyses", "axis": "axes", "basis": "bases", "child": "children", "crisis": "crises",
    "criterion": "criteria", "diagnosis": "diagnoses", "foot": "feet", "half": "halves",
    "hypothesis": "hypotheses", "leaf": "leaves", "life": "lives", "man": "men", "matrix": "matrices",
    "mouse": "mice", "person": "people", "phenomenon": "phenomena", "series": "series", "shelf": "shelves",
    "species": "species", "stimulus": "stimuli", "thief": "thieves", "tooth": "teeth", "wife": "wives",
    "woman": "women",
}  # fmt: skip

# base: past, present participle where it is not regular
_IRREGULAR_VERBS = {
    "be": "was", "become": "became", "begin": "began", "bring": "brought", "build": "built", "buy": "bought",
    "catch": "caught", "choose": "chose", "come": "came", "cut": "cut", "deal": "dealt", "do": "did",
    "draw": "drew", "drive": "drove", "fall": "fell", "feel": "felt", "fight": "fought", "find": "found",
    "get": "got", "give": "gave", "go": "went", "grow": "grew", "have": "had", "hear": "heard", "hit": "hit",
    "hold": "held", "keep": "kept", "know": "knew", "lay": "laid", "lead": "led", "leave": "left",
    "let": "let", "lose": "lost", "make": "made", "mean": "meant", "meet": "met", "pay": "paid", "put": "put",
    "read": "read", "rise": "rose", "run": "ran", "say": "said", "see": "saw", "seek": "sought",
    "sell": "sold", "send": "sent", "set": "set", "shoot": "shot", "show": "showed", "shut": "shut",
    "sit": "sat", "speak": "spoke", "spend": "spent", "stand": "stood", "strike": "struck", "take": "took",
    "teach": "taught", "tell": "told", "think": "thought", "throw": "threw", "win": "won", "write": "wrote",
}  # fmt: skip

# Written with a vowel, spoken with a consonant, and the other way about.
_CONSONANT_SOUND = re.compile(
    r"(?:uni(?!n|m|d(?!i)|ss|r)|unanim|us[aeu]|eu|ew|one(?:$|[-'s])|once|ubiq|uk[aru]|uk$|ugan|u$|ut[aeio]"
    r"|ur(?:in|an|o|u))"
)
_VOWEL_SOUND = re.compile(r"(?:hour|honest|honou?r|heir)")
_LETTERS_WITH_VOWEL_SOUND = frozenset("AEFHILMNORSX")


def plural(noun: str) -> str:
    """The plural of an English noun phrase: its last word changes.

    >>> plural("security agreement"), plural("policy"), plural("diagnosis")
    ('security agreements', 'policies', 'diagnoses')
    """
    *rest, word = noun.split(" ")
    lower = word.lower()
    if lower in _IRREGULAR_PLURALS:
        changed = word[0] + _IRREGULAR_PLURALS[lower][1:]
    elif lower.endswith("y") and lower[-2:-1] not in _VOWELS:
        changed = word[:-1] + "ies"
    elif lower.endswith(("s", "x", "z", "ch", "sh")):
        changed = word + "es"
    else:
        changed = word + "s"
    return " ".join([*rest, changed])


def verb_forms(verb: str) -> tuple[str, str, str]:
    """The -s form, the past and the -ing form of an English verb phrase: its first word changes.

    >>> verb_forms("keep up"), verb_forms("stop")
    (('keeps up', 'kept up', 'keeping up'), ('stops', 'stopped', 'stopping'))
    """
    word, _, rest = verb.partition(" ")
    tail = " " + rest if rest else ""
    stem = word
    if re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]", word):  # one short syllable doubles its last letter
        stem = word + word[-1]
    if word.endswith("e") and not word.endswith(("ee", "oe", "ye")):
        ing, past = word[:-1] + "ing", word + "d"
    elif word.endswith("y") and word[-2:-1] not in _VOWELS:
        ing, past = word + "ing", word[:-1] + "ied"
    else:
        ing, past = stem + "ing", stem + ("d" if word.endswith("e") else "ed")
    third = {"be": "is", "have": "has", "do": "does", "go": "goes"}.get(word) or plural(word)
    return third + tail, _IRREGULAR_VERBS.get(word, past) + tail, ing + tail


@cache
def begins_with_vowel_sound(word: str) -> bool:
    """Whether a word wants *an* in front of it.

    >>> [begins_with_vowel_sound(word) for word in ("area", "union", "hour", "FBI", "8", "x-ray")]
    [True, False, True, True, True, True]
    >>> list(map(begins_with_vowel_sound, ("unanimous", "Ukrainian", "urologist", "uninsured", "ugly")))
    [False, False, False, True, True]
    """
    if word[0].isdigit():
        return bool(re.match(r"8|1[18](?!\d)", word))
    if word[1:2] == "-":  # x-ray, n-gram, h-index: a letter by its name
        return word[0].upper() in _LETTERS_WITH_VOWEL_SOUND
    # Initials are spelt out; longer capitals are read as a word more often than not.
    if word.isupper() and (len(word) <= 3 or not any(letter in "AEIOU" for letter in word)):
        return word[0] in _LETTERS_WITH_VOWEL_SOUND
    lower = word.lower()
    if lower[0] == "h":
        return _VOWEL_SOUND.match(lower) is not None
    return lower[0] in _VOWELS and _CONSONANT_SOUND.match(lower) is None


def wants_either_article(word: str) -> bool:
    """Whether usage is divided between *a* and *an* in front of a word."""
    divided = ("hist", "hotel", "herb", "habit", "hallu", "hyster")
    return word.lower().startswith(divided) or not word[0].isalnum()


def article_fits(article: str, word: str) -> bool:
    """Whether ``a`` or ``an`` may stand in front of ``word``; both may where usage is divided."""
    if wants_either_article(word):
        return True
    return (article.lower() == "an") == begins_with_vowel_sound(word)


def fit_article(article: str, word: str, *, capitals: bool = False) -> str:
    """The article for ``word``, in the letter case of the article that stands there.

    ``word`` is written as in running text; ``capitals`` says that it will stand in capitals.

    >>> fit_article("A", "economic"), fit_article("an", "third"), fit_article("AN", "new")
    ('An', 'a', 'A')
    >>> fit_article("A", "economic", capitals=True)
    'AN'
    """
    if article_fits(article, word):
        return article
    fitting = "an" if begins_with_vowel_sound(word) else "a"
    if article == "AN" or (article == "A" and capitals):
        return fitting.upper()
    return fitting.capitalize() if article[0].isupper() else fitting


class Shape(StrEnum):
    """How the letters of a phrase are written."""

    UPPER = "UPPER"
    TITLE = "Title"
    PLAIN = "plain"


def letter_shape(words: Sequence[str]) -> Shape:
    """The shape of a phrase: all capitals, the capitals of a title, or neither.

    >>> [letter_shape(words.split()).value for words in ("A 3RD PARTY", "Red Platelet", "Brand new", "US")]
    ['UPPER', 'Title', 'plain', 'UPPER']
    """
    together = "".join(words)
    if together.isascii() and together == together.lower():
        return Shape.PLAIN
    letters = "".join(sign for sign in together if sign.isalpha())
    if len(letters) > 1 and letters.isupper():
        return Shape.UPPER
    spelled = [word for word in words if word[0].isalpha()]
    # Small words stay small inside a title, never at its ends.
    capital = [
        word[0].isupper() for word in [*spelled[:1], *spelled[-1:], *(w for w in spelled if len(w) > 3)]
    ]
    return Shape.TITLE if len(spelled) > 1 and all(capital) else Shape.PLAIN


def transfer_case(shape: Shape, text: str) -> str:
    """``text`` in a letter shape; words with capitals of their own keep them.

    >>> transfer_case(Shape.UPPER, "organized crime"), transfer_case(Shape.TITLE, "cost of living")
    ('ORGANIZED CRIME', 'Cost of Living')
    """
    if shape is Shape.UPPER:
        return text.upper()
    if shape is Shape.PLAIN:
        return text
    words = text.split(" ")
    ends = {0, len(words) - 1}
    return " ".join(
        capitalize(word) if at in ends or len(word) > 3 else word for at, word in enumerate(words)
    )


def capitalize(text: str) -> str:
    """The text with its first letter in upper case and the rest as it was."""
    return text[:1].upper() + text[1:]


def begin_like(spun_first: str, after: str) -> str:
    """A capital at the beginning when the spun phrase began with one; iPhone stays as it is."""
    first = re.split(r"\s", after, maxsplit=1)[0]
    return capitalize(after) if spun_first[:1].isupper() and first == first.lower() else after
