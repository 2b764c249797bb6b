"""Measure ``cleanup screen`` on whole papers: false alarms in clean ones, and phrases put in that it finds.

    python tools/measure_screening.py PAIRS.json CLEAN... [--phrases 12]

PAIRS.json is a list of ``{"spun": ..., "original": ...}``; CLEAN are files and directories of clean text and
PDF.  Only the half of the pairs and files is used that ``fit_screening.py`` does not fit on.  Phrases are put
into papers as sentences of their own, at places spread over the paper: one to a paper, and then more.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fit_screening import CARRIERS, is_fitted, singular

from cleanup.document import Document
from cleanup.errors import CleanupError
from cleanup.screening.apparatus import reference_sections
from cleanup.screening.paper import Paper, read_paper
from cleanup.screening.screen import Screened, Screener

LEAST_WORDS, MOST_WORDS = 1_500, 15_000


def papers(paths: Sequence[Path]) -> list[Paper]:
    files = {file.name: file for path in paths for file in ([path] if path.is_file() else path.rglob("*.*"))}
    read = []
    for name in sorted(files):
        if not is_fitted(name):
            try:
                read.append(read_paper(str(files[name]), files[name].read_bytes()))
            except CleanupError:
                continue
    return read


def with_phrases(paper: Paper, phrases: Sequence[str], source: random.Random) -> Paper:
    """A paper with a paragraph for each phrase, put between its paragraphs before its references."""
    sections = reference_sections(Document(paper.text, kind=paper.kind))
    stop = sections[0].start if sections else len(paper.text)
    breaks = [at for at in range(stop) if paper.text.startswith("\n\n", at)] or [0]
    text = paper.text
    for at, phrase in sorted(zip(source.choices(breaks, k=len(phrases)), phrases, strict=True), reverse=True):
        sentence = source.choice(CARRIERS).format(phrase)
        text = f"{text[:at]}\n\n{sentence}{text[at:]}"
    return replace(paper, text=text, page_starts=())


def found(result: Screened, phrase: str) -> bool:
    """Whether a phrase, or two words of it at least, is among the findings."""
    words = " ".join(singular(phrase))
    keys = (" ".join(each.key) for each in result.phrases)
    return any(key in words or words in key for key in keys)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pairs", type=Path)
    parser.add_argument("clean", type=Path, nargs="+")
    parser.add_argument("--phrases", type=int, nargs="+", default=[1, 5, 15])
    options = parser.parse_args()
    screener, source = Screener(), random.Random(11)  # noqa: S311 - the same papers every time
    pairs = [
        pair["spun"] for pair in json.loads(options.pairs.read_text("utf-8")) if not is_fitted(pair["spun"])
    ]
    clean = papers(options.clean)
    results = [screener.screen(paper) for paper in clean]
    kept = [(paper, result) for paper, result in zip(clean, results, strict=True) if not result.note]
    words = sum(result.words for _, result in kept)
    alarms = sum(result.distinct for _, result in kept)
    strengths = Counter(result.strength.value for _, result in kept)
    print(
        f"clean: {len(kept)} papers, {words:,} words, {alarms} phrases, "
        f"one in {words / max(alarms, 1):,.0f} words"
    )
    print(f"  {dict(strengths)}")
    for _, result in kept:
        if result.distinct > 2:
            print(f"  {result.path}: {sorted({phrase.text for phrase in result.phrases})}")
    long = [paper for paper, result in kept if LEAST_WORDS <= result.words <= MOST_WORDS]
    for count in options.phrases:
        source.shuffle(pairs)
        hits = total = 0
        strengths = Counter()
        chosen = long[: max(40, min(len(long), 600 // count))]
        for number, paper in enumerate(chosen):
            put_in = [pairs[(number * count + at) % len(pairs)] for at in range(count)]
            result = screener.screen(with_phrases(paper, put_in, source))
            hits += sum(found(result, phrase) for phrase in put_in)
            total += count
            strengths[result.strength.value] += 1
        print(f"{count} put in: {hits} of {total} found, {hits / total:.3f}; {dict(strengths)}")


if __name__ == "__main__":
    main()
