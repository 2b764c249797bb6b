"""Documents cut into pieces of work, and texts that were seen before."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha256
from typing import Any, Protocol

from cleanup.batch.work import Item, Outcome
from cleanup.config import Settings

_HELD_BYTES = 4_000_000
_SEEN_TEXTS, _SEEN_BYTES = 20_000, 32_000_000


class Look(Enum):
    """How closely documents are looked at, and so how many make a chunk: the most bytes and documents.

    A chunk keeps one process busy for some tenths of a second, and for some seconds where a language model is
    asked; a corpus of a hundred documents feeds several.
    """

    QUICK = 200_000, 256
    CLOSE = 16_000, 64
    WITH_MODEL = 2_000, 8

    @classmethod
    def at(cls, settings: Iterable[Settings], *, quick: bool) -> Look:
        """The look that is taken with these settings; a quick one lets few documents through to a model."""
        if any(item.lm for item in settings):
            return cls.CLOSE if quick else cls.WITH_MODEL
        return cls.QUICK if quick else cls.CLOSE


@dataclass(slots=True)
class Slot:
    """Where the outcome of a text will stand; documents of the same text share one."""

    number: int = -1
    label: str = ""
    outcome: Outcome | None = None


class Sink(Protocol):
    """What writes the documents of a chunk when their outcomes are there."""

    def take(self, chunk: Chunk) -> None:
        """Write them."""


@dataclass(slots=True)
class Chunk:
    """Some documents in order.

    ``entries`` are what the sink makes of each; ``items`` are the texts to work on and ``slots`` where their
    outcomes go: fewer, for some were seen before and some are not to be worked on.  ``size`` counts the texts
    to work on, ``held`` all that it keeps in memory, other columns included.
    """

    sink: Sink
    entries: list[tuple[Any, Slot | None]] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)
    look: Look = Look.CLOSE
    size: int = 0
    held: int = 0
    position: int = 0
    is_last: bool = False

    @property
    def is_full(self) -> bool:
        """Whether it is enough for one piece of work, or holds much that needs none, such as duplicates."""
        size, documents = self.look.value
        return self.size >= size or self.held >= _HELD_BYTES or len(self.entries) >= documents

    def add(self, document: Any, item: Item, slot: Slot | None, *, is_new: bool, held: int = 0) -> None:
        """Add a document that shares its slot with others, the first of which is new."""
        self.entries.append((document, slot))
        self.held += held
        if is_new and slot is not None:
            self.items.append(item)
            self.slots.append(slot)
            self.size += len(item.content)

    def fill(self, outcomes: Sequence[Outcome]) -> None:
        """Put the outcomes where they belong, and have the documents written."""
        for slot, outcome in zip(self.slots, outcomes, strict=True):
            slot.outcome = outcome
        self.sink.take(self)


class Seen:
    """The texts that came lately, by their SHA-256; the oldest are forgotten."""

    def __init__(self) -> None:
        self._slots: OrderedDict[bytes, tuple[Slot, int]] = OrderedDict()
        self._size = 0

    def slot(self, item: Item, number: int = -1, label: str = "") -> tuple[Slot, bool]:
        """The slot of a text, and whether it is a new one, of this number and label."""
        content = item.content
        data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
        key = sha256(data).digest() + f"{item.kind} {item.settings} {item.extract}".encode()
        if key in self._slots:
            self._slots.move_to_end(key)
            return self._slots[key][0], False
        slot = Slot(number, label)
        self._slots[key] = slot, len(data)
        self._size += len(data)
        while len(self._slots) > _SEEN_TEXTS or (self._size > _SEEN_BYTES and len(self._slots) > 1):
            _, (_, size) = self._slots.popitem(last=False)
            self._size -= size
        return slot, True


class Source(Protocol):
    """Something that gives documents: a tree of files, or one corpus."""

    def chunks(self) -> Iterator[Chunk]:
        """Its documents that are not done yet."""
