"""What a spinner does, learned from its work: pairs of a spun and an original document become a lexicon."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from cleanup.collocations import FULL_STOP, NAME, UNKNOWN, SourceModel
from cleanup.document import Document
from cleanup.growing.align import Channel, Step, align_sentences, align_words
from cleanup.rulebook.lint import find_problems
from cleanup.rulebook.model import Pack
from cleanup.rulebook.reader import parse_packs
from cleanup.thesaurus import Thesaurus

# How often all documents are aligned; the last time counts.
ROUNDS = 3

# A pair goes when, in its contexts, the source model prefers the original by less than this, in nats: the
# text is natural both ways.
LEAST_GAIN = 0.5

# The least log-likelihood ratio (Dunning, 1993): 6.63 is passed by chance once in a hundred times.
LEAST_RATIO = 6.63

# Words of a phrase made of several changed stretches side by side.
_LONGEST_RUN = 4

_CONTEXTS_KEPT = 3
_MOST_CONTEXTS = 200

_WORD = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Context:
    """Where a substitution stood: the two words before it and the two behind it, as they were spun."""

    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(slots=True)
class Substitution:
    """A spun phrase, its original, and all that was seen of the pair.

    Attributes:
        count, documents: how often, and in how many documents, the one stood for the other.
        spun_count: how often the spun phrase stands in the spun documents at all.
        ratio: Dunning's log-likelihood ratio of the pair.
        gain: by how much the source model prefers the original in the contexts, in nats, on average.

    """

    spun: str
    original: str
    count: int = 0
    documents: int = 0
    spun_count: int = 0
    ratio: float = 0.0
    gain: float = 0.0
    contexts: list[Context] = field(default_factory=list)

    @property
    def weight(self) -> float:
        """The chance that the spun phrase was this original, one unseen case of another original allowed."""
        return min(max(self.count / (self.spun_count + 1), 0.001), 0.999)

    def row(self) -> str:
        """The row of a lexicon, its evidence in the last column."""
        shown = " | ".join(
            _written((*context.before, f"[{self.spun}]", *context.after))
            for context in self.contexts[:_CONTEXTS_KEPT]
        )
        evidence = (
            f"{self.count} of {self.spun_count} in {self.documents} documents; ratio {self.ratio:.1f}; "
            f"gain {self.gain:+.1f}; {shown}"
        )
        return f"{self.spun}\t{self.original}\t{self.weight:.3f}\t{evidence}"


def _written(words: Sequence[str]) -> str:
    """Folded tokens as text again, glued where they were."""
    return "".join(word[1:] if word[:1] == "+" and word != "+" else f" {word}" for word in words).strip()


@dataclass(frozen=True, slots=True)
class Learned:
    """The substitutions that stand, likeliest first, and those that were dropped, each with the reason."""

    kept: tuple[Substitution, ...]
    dropped: tuple[tuple[Substitution, str], ...]
    documents: int
    sentences: int


def learn(
    pairs: Iterable[tuple[str, str]], table: SourceModel, thesaurus: Thesaurus, at_least: int = 2
) -> Learned:
    """Substitutions from (spun, original) texts.

    A pair must have been seen ``at_least`` so often, hang together by more than chance, and read less
    naturally as it was spun.
    """
    documents = [list(_beads(spun, original)) for spun, original in pairs]
    channel = Channel(known_pairs(documents, table, thesaurus))
    for _ in range(ROUNDS - 1):
        learned = Channel(channel.known)
        for spun, original in (bead for beads in documents for bead in beads):
            learned.learn(spun, original, align_words(spun, original, channel))
        channel = learned
    found = _substitutions(documents, channel)
    _measure(found, documents, table)
    kept, dropped = [], []
    for item in sorted(found, key=lambda item: (-item.count, -item.ratio, item.spun, item.original)):
        reason = _refusal(item, at_least)
        if reason:
            dropped.append((item, reason))
        else:
            kept.append(item)
    return Learned(tuple(kept), tuple(dropped), len(documents), sum(map(len, documents)))


def accepted(
    found: Sequence[Substitution], packs: Sequence[Pack], name: str
) -> tuple[list[Substitution], list[tuple[Substitution, str]]]:
    """The substitutions that the book takes as the lexicon ``name``, and the others with what it says."""
    kept = list(found)
    refused: list[tuple[Substitution, str]] = []
    while True:
        text = "# source: a corpus\n# licence: none\n" + "".join(item.row() + "\n" for item in kept)
        (pack,) = parse_packs([(f"{name}.tsv", text.encode())])
        forms = {rule.id: rule.spun[0] for rule in pack.rules}
        reasons = {
            forms[problem.rule_id]: problem.message
            for problem in find_problems([*packs, pack])
            if problem.path == pack.path
        }
        if not reasons:
            return kept, refused
        refused += [(item, reasons[item.spun]) for item in kept if item.spun in reasons]
        kept = [item for item in kept if item.spun not in reasons]


def _refusal(item: Substitution, at_least: int) -> str:
    if item.count < at_least:
        return f"seen {item.count} times" if item.count > 1 else "seen once"
    if item.ratio < LEAST_RATIO:
        return f"may be chance (ratio {item.ratio:.1f})"
    if item.gain < LEAST_GAIN:
        return f"natural both ways (gain {item.gain:+.1f} nats)"
    return ""


def _beads(spun: str, original: str) -> Iterator[tuple[list[str], list[str]]]:
    here, there = _sentences(spun), _sentences(original)
    for rows, columns in align_sentences(here, there):
        yield [word for at in rows for word in here[at]], [word for at in columns for word in there[at]]


def _sentences(text: str) -> list[list[str]]:
    """The words of each sentence, in lower case."""
    document = Document(text, keeps_quotations=False)
    sentences: list[list[str]] = []
    for block in document.blocks:
        stop = -1
        for at, (word, start) in enumerate(zip(block.words, block.starts, strict=True)):
            if start >= stop:
                stop = document.sentence(block.token(text, at).span, block.span).end
                sentences.append([])
            sentences[-1].append(word)
    return [sentence for sentence in sentences if sentence]


def known_pairs(
    documents: Sequence[Sequence[tuple[list[str], list[str]]]], table: SourceModel, thesaurus: Thesaurus
) -> dict[str, frozenset[str]]:
    """What the thesaurus gives for each spun word of the documents."""
    known = {}
    for word in sorted({word for beads in documents for spun, _ in beads for word in spun}):
        number = table.number(word)
        if number != UNKNOWN:
            rows = slice(thesaurus.single_starts[number], thesaurus.single_starts[number + 1])
            known[word] = frozenset(thesaurus.text(int(at)).lower() for at in thesaurus.single_readings[rows])
    return known


def _substitutions(
    documents: Sequence[Sequence[tuple[list[str], list[str]]]], channel: Channel
) -> list[Substitution]:
    found: dict[tuple[str, str], Substitution] = {}
    for beads in documents:
        here: set[tuple[str, str]] = set()
        for spun, original in beads:
            for step in _changed(spun, original, align_words(spun, original, channel)):
                key = (
                    _written(spun[step.spun_start : step.spun_end]),
                    _written(original[step.original_start : step.original_end]),
                )
                item = found.setdefault(key, Substitution(*key))
                item.count += 1
                here.add(key)
                if len(item.contexts) < _MOST_CONTEXTS:
                    before = tuple(spun[max(step.spun_start - 2, 0) : step.spun_start])
                    item.contexts.append(Context(before, tuple(spun[step.spun_end : step.spun_end + 2])))
        for key in here:
            found[key].documents += 1
    return list(found.values())


def _changed(spun: Sequence[str], original: Sequence[str], steps: Sequence[Step]) -> Iterator[Step]:
    """The stretches that were changed, and runs of several side by side."""
    is_changed = [
        tuple(spun[step.spun_start : step.spun_end])
        != tuple(original[step.original_start : step.original_end])
        and _is_wording(spun[step.spun_start : step.spun_end])
        and _is_wording(original[step.original_start : step.original_end])
        for step in steps
    ]
    for at, step in enumerate(steps):
        if not is_changed[at]:
            continue
        yield step
        if at and is_changed[at - 1]:
            continue
        end = at
        while end + 1 < len(steps) and is_changed[end + 1]:
            end += 1
        run = Step(step.spun_start, steps[end].spun_end, step.original_start, steps[end].original_end)
        if end > at and run.spun_end - run.spun_start <= _LONGEST_RUN:
            yield run


def _is_wording(words: Sequence[str]) -> bool:
    return bool(words) and all(_WORD.match(word) for word in words)


def _measure(
    found: Sequence[Substitution],
    documents: Sequence[Sequence[tuple[list[str], list[str]]]],
    table: SourceModel,
) -> None:
    """Fill in counts, ratios and gains."""
    wanted = {item.spun for item in found}
    lengths = sorted({spun.count(" ") + 1 for spun in wanted})
    counts: Counter[str] = Counter()
    originals: defaultdict[str, int] = defaultdict(int)
    total = 0
    for item in found:
        originals[item.original] += item.count
    for spun, _ in (bead for beads in documents for bead in beads):
        total += len(spun)
        for length in lengths:
            phrases = (_written(spun[at : at + length]) for at in range(len(spun) - length + 1))
            counts.update(phrase for phrase in phrases if phrase in wanted)
    for item in found:
        item.spun_count = max(counts[item.spun], item.count)
        item.ratio = _log_likelihood_ratio(item.count, item.spun_count, originals[item.original], total)
        item.gain = _gain(item, table)


def _log_likelihood_ratio(both: int, spun: int, original: int, total: int) -> float:
    """Dunning's statistic for how often two things meet, given how often each is there."""
    original, total = max(original, both), max(total, spun + original)
    cells = (
        (both, spun * original),
        (spun - both, spun * (total - original)),
        (original - both, (total - spun) * original),
        (total - spun - original + both, (total - spun) * (total - original)),
    )
    return 2 * sum(
        seen * math.log(seen * total / product) for seen, product in cells if seen > 0 and product > 0
    )


def _gain(item: Substitution, table: SourceModel) -> float:
    """By how much the original goes better with the words around the phrase, on average."""
    gains = []
    for context in item.contexts:
        fits = [
            _log_probability(context.before, tuple(words.split(" ")), context.after, table)
            for words in (item.original, item.spun)
        ]
        gains.append(fits[0] - fits[1])
    return float(np.mean(gains)) if gains else 0.0


def _log_probability(
    before: tuple[str, ...], words: tuple[str, ...], after: tuple[str, ...], table: SourceModel
) -> float:
    """Log probability of words and of the word behind them, after the words before them."""
    row = (FULL_STOP, FULL_STOP, *map(table.number, (*before, *words, *after[:1])))
    numbers = np.array([number if number != UNKNOWN else NAME for number in row])
    first = 2 + len(before)
    logs = table.log_after(numbers[first - 2 : -2], numbers[first - 1 : -1], numbers[first:])
    return float(logs.sum())
