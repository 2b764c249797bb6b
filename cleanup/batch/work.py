"""What is done to one document of a batch, in whichever process it happens."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cleanup.batch.options import Options
from cleanup.config import Settings
from cleanup.datatypes import Edit, Kind, Result
from cleanup.document import Document
from cleanup.errors import CleanupError, ConfigError
from cleanup.files import Decoded, Skip, decode
from cleanup.language import NOT_ENGLISH as NOT_ENGLISH_NOTE
from cleanup.lm import threads
from cleanup.pipeline import Engine
from cleanup.report.as_json import DIGITS

#: What can be said of a document in one word or two.  Kept is one in which something was found that was not
#: to be repaired; set aside is one that could not be read or worked on.
REPAIRED, CLEAN, KEPT, DROPPED = "repaired", "clean", "kept", "dropped"
NOT_ENGLISH, TOO_SHORT, TOO_LONG, EMPTY, NO_TEXT = "not English", "too short", "too long", "empty", "no text"
DUPLICATE, FAILED = "duplicate", "failed"


@dataclass(frozen=True, slots=True)
class Item:
    """One document to work on: a text, or the bytes of a file.

    ``settings`` is the number of its settings in `Work`; ``extract`` asks for the main text of a page.
    """

    content: str | bytes
    kind: Kind = Kind.PLAIN
    settings: int = 0
    extract: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document.

    ``content`` is the document as it is to be written, None where it stays as it was; ``reason`` says why it
    was set aside.  Score and rate are None where the engine was not asked.
    """

    status: str
    content: str | bytes | None = None
    score: float | None = None
    rate: float | None = None
    edits: tuple[Edit, ...] = ()
    words: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of some documents, in their order, and the seconds of one core that it took."""

    outcomes: Sequence[Outcome]
    seconds: float


@dataclass(frozen=True, slots=True)
class Work:
    """All that a process needs to know to work on documents.

    Where it is timed, the first document is read twice, so that the time that tables take to be loaded does
    not count.  ``advice`` is for a user whose process was killed.
    """

    settings: tuple[Settings, ...]
    options: Options
    is_timed: bool = False
    advice: str = "if the memory was full, use fewer --jobs; the same command goes on from here"

    def worker(self) -> Worker:
        """What does the work in one process."""
        return Worker(self)


class Worker:
    """One engine for each of the settings, in one process, which uses one core."""

    def __init__(self, work: Work) -> None:
        threads.use_one()
        self._options = work.options
        self._is_cold = work.is_timed
        self._engines = [Engine(settings, quick=work.options.quick) for settings in work.settings]

    def treat_all(self, items: Sequence[Item]) -> Done:
        """What becomes of some documents.

        Raises:
            ConfigError: when what is read late, such as a language model, cannot be used for any document.

        """
        if self._is_cold and items:
            self.treat(items[0])
            self._is_cold = False
        started = time.process_time()
        outcomes = [self.treat(item) for item in items]
        return Done(outcomes, time.process_time() - started)

    def treat(self, item: Item) -> Outcome:
        """What becomes of one document; whatever is wrong with it, the others go on.

        Raises:
            ConfigError: when no other document could fare better.

        """
        try:
            if isinstance(item.content, bytes):
                return self._treat_file(item, item.content)
            return self._treat_text(item.content, item.kind, item.settings)
        except ConfigError:
            raise
        except CleanupError as error:
            return Outcome(FAILED, reason=str(error))
        except Exception as error:  # noqa: BLE001 - one document of millions: its reason is written down
            return Outcome(FAILED, reason=f"internal error, please report it: {error!r}")

    def _treat_file(self, item: Item, data: bytes) -> Outcome:
        encoding = self._engines[item.settings].settings.encoding or None
        decoded = decode(data, encoding=encoding)
        if isinstance(decoded, Skip):
            return Outcome(FAILED, reason=decoded.reason)
        kind = item.kind
        if item.extract:
            from cleanup.batch.extract import main_text

            decoded, kind = Decoded(main_text(decoded.text), "utf-8"), Kind.PLAIN
        outcome = self._treat_text(decoded.text, kind, item.settings)
        if isinstance(outcome.content, str):
            return replace(outcome, content=decoded.encode(outcome.content))
        return replace(outcome, content=decoded.encode(decoded.text)) if item.extract else outcome

    def _treat_text(self, text: str, kind: Kind, settings: int) -> Outcome:
        options = self._options
        # Mark-up is full of words of its own language: a page is judged by its prose alone.
        prose = text if kind is Kind.PLAIN else Document(text, kind=kind).words
        words = len(prose.split())
        if not words:
            return Outcome(EMPTY)
        if words < options.min_words:
            return Outcome(TOO_SHORT, words=words)
        if options.max_words and words > options.max_words:
            return Outcome(TOO_LONG, words=words)
        return replace(self._judge(text, kind, self._engines[settings]), words=words)

    def _judge(self, text: str, kind: Kind, engine: Engine) -> Outcome:
        """What the engine says of a text that is worth its while."""
        options = self._options
        is_asked = options.only_score or options.drop_above is not None or options.repair_above is not None
        result = engine.find(text, kind=kind) if is_asked else engine.fix(text, kind=kind)
        if result.notes == (NOT_ENGLISH_NOTE,):
            return Outcome(NOT_ENGLISH)
        score, rate = round(result.spin.score, DIGITS), round(result.spin.rate, DIGITS)
        if options.drop_above is not None and score > options.drop_above:
            return Outcome(DROPPED, None, score, rate)
        if options.only_score or (options.repair_above is not None and score <= options.repair_above):
            return Outcome(KEPT if result.findings else CLEAN, None, score, rate)
        if is_asked and result.edits:
            result = engine.fix(text, kind=kind)
        return _repaired(result, score, rate)


def _repaired(result: Result, score: float, rate: float) -> Outcome:
    if result.after == result.before:
        return Outcome(KEPT if result.findings else CLEAN, None, score, rate)
    # What speaks for an edit is of interest to people, weighs more than the text, and is not written.
    edits = tuple(replace(edit, candidates=(), evidence=()) for edit in result.edits)
    return Outcome(REPAIRED, result.after, score, rate, edits)


def edit_objects(edits: Sequence[Edit]) -> list[dict[str, object]]:
    """Edits as they are written: offsets in code points of the text before, ends exclusive."""
    return [
        {
            "start": edit.span.start,
            "end": edit.span.end,
            "before": edit.before,
            "after": edit.after,
            "rule": edit.rule_id,
            "confidence": round(edit.confidence, DIGITS),
        }
        for edit in edits
    ]
