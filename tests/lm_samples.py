"""A tiny language model, written as a GGUF file, for the tests: random weights, a vocabulary of bytes and a few joins."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np

from cleanup.lm.bpe import byte_signs

LAYERS, WIDTH, HEADS, KV_HEADS, FEED = 2, 64, 4, 2, 96
EPSILON, BASE = 1e-5, 10_000.0
MERGES = ["t h", "th e", "Ġ the", "i n", "Ġ a", "e r", "o r", "Ġ c"]
PIECES = ["<|endoftext|>", *sorted(byte_signs()), *(merge.replace(" ", "") for merge in MERGES)]

_F32, _F16, _Q4_0, _Q4_1, _Q8_0, _BF16 = 0, 1, 2, 3, 8, 30


def tensors(seed: int = 7) -> dict[str, np.ndarray]:
    """The weights of the model, by the names of the format; matrices are (outputs, inputs)."""
    draw = np.random.default_rng(seed)

    def matrix(rows: int, columns: int) -> np.ndarray:
        return (draw.standard_normal((rows, columns)) / np.sqrt(columns) * 1.5).astype(np.float32)

    def norm() -> np.ndarray:
        return draw.uniform(0.5, 1.5, WIDTH).astype(np.float32)

    key_rows = KV_HEADS * WIDTH // HEADS
    found = {"token_embd.weight": matrix(len(PIECES), WIDTH) * 4, "output_norm.weight": norm()}
    for at in range(LAYERS):
        found |= {
            f"blk.{at}.attn_norm.weight": norm(),
            f"blk.{at}.ffn_norm.weight": norm(),
            f"blk.{at}.attn_q.weight": matrix(WIDTH, WIDTH),
            f"blk.{at}.attn_k.weight": matrix(key_rows, WIDTH),
            f"blk.{at}.attn_v.weight": matrix(key_rows, WIDTH),
            f"blk.{at}.attn_output.weight": matrix(WIDTH, WIDTH),
            f"blk.{at}.ffn_gate.weight": matrix(FEED, WIDTH),
            f"blk.{at}.ffn_up.weight": matrix(FEED, WIDTH),
            f"blk.{at}.ffn_down.weight": matrix(WIDTH, FEED),
        }
    return found


FACTS: dict[str, Any] = {
    "general.architecture": "llama",
    "llama.block_count": LAYERS,
    "llama.embedding_length": WIDTH,
    "llama.feed_forward_length": FEED,
    "llama.attention.head_count": HEADS,
    "llama.attention.head_count_kv": KV_HEADS,
    "llama.attention.layer_norm_rms_epsilon": EPSILON,
    "llama.rope.freq_base": BASE,
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.pre": "smollm",
    "tokenizer.ggml.tokens": PIECES,
    "tokenizer.ggml.merges": MERGES,
    "tokenizer.ggml.bos_token_id": 0,
}


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _value(value: Any) -> bytes:
    match value:
        case bool():
            return struct.pack("<I?", 7, value)
        case int():
            return struct.pack("<II", 4, value)
        case float():
            return struct.pack("<If", 6, value)
        case str():
            return struct.pack("<I", 8) + _string(value)
        case _:
            return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(_string, value))


def _blocks(values: np.ndarray) -> np.ndarray:
    return values.reshape(-1, 32).astype(np.float64)


def encode(values: np.ndarray, kind: int) -> bytes:
    """Weights in one of the kinds of the format, block by block as its description says."""
    match kind:
        case 0:
            return values.astype("<f4").tobytes()
        case 1:
            return values.astype("<f2").tobytes()
        case 30:
            return (values.astype("<f4").view("<u4") >> 16).astype("<u2").tobytes()
    rows = []
    for block in _blocks(values):
        if kind == _Q8_0:
            scale = np.float16(np.abs(block).max() / 127)
            rows.append(scale.tobytes() + np.rint(block / float(scale)).astype(np.int8).tobytes())
            continue
        if kind == _Q4_0:
            scale, least = np.float16(np.abs(block).max() / 7), None
            numbers = np.rint(block / float(scale)).clip(-8, 7) + 8
        else:
            scale, least = np.float16((block.max() - block.min()) / 15), np.float16(block.min())
            numbers = np.rint((block - float(least)) / float(scale)).clip(0, 15)
        low, high = numbers[:16].astype(np.uint8), numbers[16:].astype(np.uint8)
        rows.append(
            scale.tobytes() + (b"" if least is None else least.tobytes()) + (low | high << 4).tobytes()
        )
    return b"".join(rows)


def write_gguf(path: Path, weights: dict[str, np.ndarray], facts: dict[str, Any], kind: int = _F32) -> Path:
    """Write a file; matrices in ``kind``, the rest as 32-bit floats."""
    head = b"GGUF" + struct.pack("<IQQ", 3, len(weights), len(facts))
    head += b"".join(_string(key) + _value(value) for key, value in facts.items())
    body = b""
    for name, values in weights.items():
        this = kind if values.ndim > 1 else _F32
        body += b"\0" * (-len(body) % 32)
        sizes = values.shape[::-1]
        head += _string(name) + struct.pack(f"<I{len(sizes)}Q", len(sizes), *sizes)
        head += struct.pack("<IQ", this, len(body))
        body += encode(values, this)
    path.write_bytes(head + b"\0" * (-len(head) % 32) + body)
    return path


def straightforward_logs(weights: dict[str, np.ndarray], pieces: list[int]) -> np.ndarray:
    """Log P(piece | those before it), one piece and one head at a time, in 64-bit floats.

    An implementation of its own, from the description of the family, with nothing kept and nothing shared.
    """
    held = {name: values.astype(np.float64) for name, values in weights.items()}
    size = WIDTH // HEADS

    def norm(row: np.ndarray, weight: np.ndarray) -> np.ndarray:
        return row / np.sqrt((row * row).mean() + EPSILON) * weight

    def turn(row: np.ndarray, position: int) -> np.ndarray:
        turned = row.copy()
        for pair in range(size // 2):
            angle = position * BASE ** (-2 * pair / size)
            one, two = row[2 * pair], row[2 * pair + 1]
            turned[2 * pair] = one * np.cos(angle) - two * np.sin(angle)
            turned[2 * pair + 1] = one * np.sin(angle) + two * np.cos(angle)
        return turned

    rows = [held["token_embd.weight"][piece] for piece in pieces]
    for at in range(LAYERS):
        part = {
            name.split(".", 2)[2][:-7]: values
            for name, values in held.items()
            if name.startswith(f"blk.{at}.")
        }
        normed = [norm(row, part["attn_norm"]) for row in rows]
        keys, values, heard = [], [], []
        for position, row in enumerate(normed):
            keys.append([turn(head, position) for head in (part["attn_k"] @ row).reshape(KV_HEADS, size)])
            values.append((part["attn_v"] @ row).reshape(KV_HEADS, size))
            outputs = []
            for head, query in enumerate((part["attn_q"] @ row).reshape(HEADS, size)):
                kv = head * KV_HEADS // HEADS
                scores = np.array([turn(query, position) @ key[kv] for key in keys]) / np.sqrt(size)
                shares = np.exp(scores - scores.max())
                outputs.append(shares @ np.array([value[kv] for value in values]) / shares.sum())
            heard.append(part["attn_output"] @ np.concatenate(outputs))
        rows = [row + more for row, more in zip(rows, heard, strict=True)]
        for position, row in enumerate(rows):
            inner = norm(row, part["ffn_norm"])
            gate = part["ffn_gate"] @ inner
            rows[position] = row + part["ffn_down"] @ (gate / (1 + np.exp(-gate)) * (part["ffn_up"] @ inner))
    logs = [0.0]
    for row, piece in zip(rows, pieces[1:], strict=False):
        logits = held["token_embd.weight"] @ norm(row, held["output_norm.weight"])
        logs.append(logits[piece] - np.logaddexp.reduce(logits))
    return np.array(logs)
