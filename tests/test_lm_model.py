"""Reading and running a model: a tiny one, written in the test, against a straightforward implementation."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from lm_samples import FACTS, MERGES, PIECES, encode, straightforward_logs, tensors, write_gguf

from cleanup.errors import ConfigError
from cleanup.lm.backend import load_model
from cleanup.lm.bpe import Bpe, byte_signs
from cleanup.lm.gguf import Gguf
from cleanup.lm.native import NativeModel

TEXT = "the cat in the corner, the other in 2 rooms"
KINDS = {"F32": 0, "F16": 1, "Q4_0": 2, "Q4_1": 3, "Q8_0": 8, "BF16": 30}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gguf(tmp_path_factory.mktemp("model") / "tiny.gguf", tensors(), FACTS)


@pytest.fixture(scope="module")
def model(path: Path) -> NativeModel:
    return NativeModel(path)


def test_the_logs_of_a_text_are_those_of_a_straightforward_implementation(model: NativeModel) -> None:
    pieces = [model.start, *model.pieces(TEXT)]
    assert np.allclose(model.read(pieces).logs, straightforward_logs(tensors(), pieces), atol=1e-4)


def test_branches_are_what_whole_texts_are(model: NativeModel) -> None:
    trunk = [model.start, *model.pieces(TEXT)]
    branches = [
        (leave, model.pieces(words))
        for leave, words in [
            (1, " a"),
            (3, " the other"),
            (9, " corner of the rooms"),
            (5, ""),
            (len(trunk), " x"),
        ]
    ]
    found = model.follow(model.read(trunk), branches)
    for (leave, pieces), logs in zip(branches, found, strict=True):
        whole = straightforward_logs(tensors(), [*trunk[:leave], *pieces])
        assert np.allclose(logs, whole[leave:], atol=1e-4)


def test_the_order_of_branches_changes_nothing(model: NativeModel) -> None:
    trunk = [model.start, *model.pieces(TEXT)]
    branches = [(leave, model.pieces(" the rooms"[:end])) for leave in range(1, 20) for end in (2, 5, 10)]
    there, back = (model.follow(model.read(trunk), row) for row in (branches, branches[::-1]))
    assert all(np.allclose(one, other, atol=1e-5) for one, other in zip(there, back[::-1], strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_numbers_is_read_as_it_was_written(kind: str, tmp_path: Path) -> None:
    values = tensors()["blk.0.ffn_up.weight"]
    file = Gguf(write_gguf(tmp_path / "one.gguf", {"one.weight": values}, {}, KINDS[kind]))
    step = {"F32": 0, "F16": 1e-3, "BF16": 1e-2, "Q8_0": 0.01, "Q4_1": 0.15, "Q4_0": 0.3}[kind] * np.abs(
        values
    ).max()
    assert file.tensor("one.weight").shape == values.shape
    assert np.abs(file.tensor("one.weight") - values).max() <= step


def test_a_block_of_four_bits_is_read_by_hand(tmp_path: Path) -> None:
    """The low half of byte k is weight k, its high half weight k + 16."""
    values = np.zeros((1, 32), dtype=np.float32)
    values[0, 3], values[0, 19], values[0, 0] = 15.0, 7.0, 1.0
    data = encode(values, KINDS["Q4_1"])
    assert data[:4] == np.float16(1).tobytes() + np.float16(0).tobytes()
    assert data[4 + 3] == 15 | 7 << 4
    file = Gguf(write_gguf(tmp_path / "one.gguf", {"one.weight": values}, {}, KINDS["Q4_1"]))
    assert file.tensor("one.weight").tolist() == values.tolist()


def test_words_are_cut_before_they_are_joined() -> None:
    bpe = Bpe(PIECES, MERGES, "smollm")
    written = [[PIECES[number] for number in bpe.pieces(text)] for text in ("the then", "in 12", "Ann's")]
    assert written == [["the", "Ġthe", "n"], ["in", "Ġ", "1", "2"], ["A", "n", "n", "'", "s"]]


@pytest.mark.parametrize("text", ["", "\ud800", "naïve “quotes”\u200b\n\n  x\t", "日本語 🎈", "\x00"])
def test_any_text_has_pieces_that_give_it_back(text: str) -> None:
    bpe = Bpe(PIECES, MERGES, "smollm")
    byte = {sign: at for at, sign in enumerate(byte_signs())}
    data = bytes(byte[sign] for number in bpe.pieces(text) for sign in PIECES[number])
    assert data == text.encode("utf-8", "replace")


def test_the_digest_changes_with_the_weights(model: NativeModel, path: Path, tmp_path: Path) -> None:
    assert NativeModel(path).digest == model.digest
    other = write_gguf(tmp_path / "other.gguf", tensors(seed=8), FACTS)
    assert NativeModel(other).digest != model.digest


def _broken(path: Path, name: str) -> bytes:
    data = path.read_bytes()
    match name:
        case "empty":
            return b""
        case "no magic":
            return b"NOPE" + data[4:]
        case "old version":
            return data[:4] + struct.pack("<I", 1) + data[8:]
        case "cut head":
            return data[:600]
        case "cut body":
            return data[:-100]
        case "huge count":
            return data[:8] + struct.pack("<QQ", 2**60, 2**60) + data[24:]
        case _:
            return bytes(byte ^ 0x55 for byte in data)


@pytest.mark.parametrize(
    "name", ["empty", "no magic", "old version", "cut head", "cut body", "huge count", "noise"]
)
def test_a_damaged_file_is_refused_in_one_line(name: str, path: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(_broken(path, name))
    with pytest.raises(ConfigError) as caught:
        NativeModel(broken)
    assert str(broken) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("facts", "part"),
    [
        ({**FACTS, "general.architecture": "gpt2"}, "gpt2"),
        ({key: value for key, value in FACTS.items() if key != "tokenizer.ggml.merges"}, "BPE"),
        ({key: value for key, value in FACTS.items() if key != "llama.block_count"}, "llama.block_count"),
        ({**FACTS, "llama.block_count": 3}, "blk.2"),
        ({**FACTS, "llama.attention.head_count": 5}, "sizes"),
        ({**FACTS, "llama.attention.head_count": 0}, "sizes"),
    ],
)
def test_a_model_of_another_make_is_refused(facts: dict[str, object], part: str, tmp_path: Path) -> None:
    other = write_gguf(tmp_path / "other.gguf", tensors(), facts)
    with pytest.raises(ConfigError, match=part):
        NativeModel(other)


@pytest.mark.parametrize("name", ["nowhere.gguf", "nowhere", "a/b/c"])
def test_a_model_that_is_not_here_is_told(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=name):
        load_model(name)
