"""One rule, written into a pack and proved on the spot."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cleanup.errors import FileError, RuleError, UsageError
from cleanup.examples import run_examples
from cleanup.files import describe, printable, read_bytes, write_atomic
from cleanup.rulebook.lint import Problem, find_problems
from cleanup.rulebook.location import BUILTIN_RULES, SourceFile, rule_files
from cleanup.rulebook.model import Pack
from cleanup.rulebook.reader import parse_packs
from cleanup.rulebook.writing import Draft, pack_head

# Sentences around a phrase, tried in turn: two rules may not be proved by the same one.
_SKELETONS = (
    "Nobody in the room had heard of {} before that winter.",
    "She wrote a long letter about {} to her brother in Leeds.",
    "The chapter on {} was the shortest of the whole book.",
    "Two of the speakers disagreed sharply over {} at lunch.",
    "His first question, as always, concerned {} and its price.",
    "A map of {} hung behind the teacher's desk for years.",
    "What the village needed most, he said, was {} without delay.",
    "They had argued over {} since the summer of the flood.",
    "Every report that week mentioned {} somewhere near the end.",
    "Her notes say little on {}, and nothing at all on money.",
)

# What the lint says of an example that is like another one.
_TAKEN = "is made like"

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_BOM = b"\xef\xbb\xbf"


def check_name(option: str, name: str) -> None:
    """Refuse what cannot be the name of a pack or a rule.

    Raises:
        UsageError: when it is not lower-case words joined by hyphens.

    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{option} {printable(name)!r}: use lower-case words joined by hyphens")


def clean_text(option: str, text: str) -> str:
    """What was typed, as one line.

    Raises:
        UsageError: when nothing was typed, or control characters, or bytes that are not UTF-8.

    """
    text = " ".join(text.split())
    if not text:
        raise UsageError(f"{option} is empty: write some words")
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text):
        raise UsageError(f"{option} {text!r}: holds a character that cannot be printed: take it out")
    return text


def checked(draft: Draft, example: str) -> tuple[Draft, str]:
    """The draft and its example as they can be written; see `clean_text`."""
    if draft.id:
        check_name("--id", draft.id)
    for option, pattern in (("--when", draft.when), ("--unless", draft.unless)):
        if pattern:
            clean_text(option, pattern)  # its spaces stay: they are part of the pattern
    if example:
        example = clean_text("--example", example)
    return replace(
        draft,
        spun=[clean_text("SPUN", text) for text in draft.spun],
        original=[clean_text("ORIGINAL", text) for text in draft.original],
        keeps=[clean_text("--keeps", text) for text in draft.keeps],
    ), example


def add_rule(draft: Draft, pack: str, directory: Path, example: str, paths: Sequence[str]) -> Path:
    """Write a draft to the end of ``directory/PACK.toml``, which is made when it is not there.

    Without an ``example``, a sentence that holds the first spun form, a skeleton is written for the author
    to replace.

    Raises:
        UsageError: when the pack cannot be named so.
        RuleError: when the book would be refused with the rule in it, or the example does not come out.
        FileError: when the file cannot be written.

    """
    check_name("--pack", pack)
    path = directory / f"{pack}.toml"
    before = read_bytes(path) if path.exists() else None
    head, newline = _head(before or b"", path, pack)
    proof = _Proof(path, draft.id, _others(path, paths), head if (before or b"").strip(_BOM).strip() else "")
    problem = hint = ""
    for sentence in [example] if example else [item.format(draft.spun[0]) for item in _SKELETONS]:
        proved = draft if draft.fixes else replace(draft, fixes=[(sentence, _repaired(sentence, draft))])
        text = head.rstrip("\n") + "\n" + proved.text()
        problem = proof.problem(text)
        if not problem:
            data = text.replace("\n", newline).encode()
            make_parent(path)
            write_atomic(path, _BOM + data if (before or b"").startswith(_BOM) else data, expected=before)
            return path
        is_example = "the example came out" in problem or (_TAKEN in problem and repr(sentence) in problem)
        hint = "; give a sentence of your own with --example" if is_example and not example else ""
        if _TAKEN not in problem or not is_example:
            break
    raise RuleError(f"not written: {problem}{hint}")


def make_parent(path: Path) -> None:
    """Make the directory that a file will stand in.

    Raises:
        FileError: when it cannot be made.

    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise FileError(f"{printable(str(path))}: not written: {_reason(error)}") from error


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, FileExistsError | NotADirectoryError):
        return "a file stands where its directory should be"
    return describe(error)


def _head(before: bytes, path: Path, pack: str) -> tuple[str, str]:
    """What the pack holds, or the head of a new one, with plain line ends; and its line ends."""
    try:
        text = before.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RuleError(
            f"{printable(str(path))}: byte {error.start} is not UTF-8: save the file as UTF-8"
        ) from None
    if not text.strip():
        return pack_head(pack.capitalize(), "Written by hand", "unstated"), "\n"
    return text.replace("\r\n", "\n"), "\r\n" if "\r\n" in text else "\n"


def _others(path: Path, paths: Sequence[str]) -> tuple[list[Pack], int]:
    """The packs beside this one in the order of the book, and the place in it that this one has."""
    directory, own = path.parent, path.resolve()
    beside = (
        [] if directory.resolve() == BUILTIN_RULES.resolve() or not _holds_rules(directory) else [directory]
    )
    files: dict[Path, SourceFile] = {}
    for name, data in rule_files([*paths, *beside]):
        files.setdefault(Path(name).resolve(), (name, data))
    files.pop(own, None)  # it is read, if it holds anything, with the new rule in it
    later = (
        at
        for at, file in enumerate(files)
        if (file.parent == own.parent and (file.suffix == ".tsv" or file.name > own.name))
        or (file.suffix == ".tsv" and file.parent == own.parent / "lexicon")
    )
    return parse_packs(files.values()), next(later, len(files))


def _holds_rules(directory: Path) -> bool:
    return any(any(directory.glob(pattern)) for pattern in ("*.toml", "*.tsv", "lexicon/*.tsv"))


@dataclass(slots=True)
class _Proof:
    """The book that a rule is to be part of, and what was wrong with it before."""

    path: Path
    name: str
    others: tuple[list[Pack], int]
    before: str
    known: set[tuple[str, str]] | None = None

    def problem(self, text: str) -> str:
        """What is wrong with the book once the rule stands in it, and was not before; empty for nothing."""
        (pack,) = self._parsed(text)
        own = f"{pack.name}/{self.name}"
        found = find_problems(self._book([pack]))
        if found and self.known is None:
            old = self._parsed(self.before) if self.before else []
            self.known = {(problem.rule_id, problem.message) for problem in find_problems(self._book(old))}
        fresh = [problem for problem in found if (problem.rule_id, problem.message) not in (self.known or ())]
        if fresh:
            first = min(fresh, key=lambda problem: problem.rule_id != own)
            return _told(first, own)
        _, failures = run_examples([pack], [own])
        if failures:
            return f"the example came out as {failures[0].got!r}, not {failures[0].wanted!r}"
        return ""

    def _parsed(self, text: str) -> list[Pack]:
        return parse_packs([(str(self.path), text.encode())])

    def _book(self, own: list[Pack]) -> list[Pack]:
        others, at = self.others
        return [*others[:at], *own, *others[at:]]


def _told(problem: Problem, own: str) -> str:
    return problem.message if problem.rule_id == own else f"with it, {problem}"


def _repaired(sentence: str, draft: Draft) -> str:
    """The sentence with its first spun form, inflected or not, replaced."""
    head = pack_head("", "none", "none", waives_examples=True)
    ((rule,),) = (pack.rules for pack in parse_packs([("draft.toml", (head + draft.text()).encode())]))
    for spun, originals in rule.forms()[::-1]:
        found = re.search(rf"(?<!\w){re.escape(spun)}(?!\w)", sentence, re.IGNORECASE)
        if found:
            original = originals[0]
            if found.group()[:1].isupper() and spun[:1].islower():
                original = original[:1].upper() + original[1:]
            return sentence[: found.start()] + original + sentence[found.end() :]
    raise UsageError(f"--example {sentence!r} does not hold {draft.spun[0]!r}")
