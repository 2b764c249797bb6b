"""Reading and running a model: a tiny one, written in the test, against a straightforward implementation."""

from __future__ import annotations

import struct
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Cli, own_cache
from lm_samples import FACTS, MERGES, PIECES, encode, straightforward_logs, tensors, write_gguf

from cleanup.errors import ConfigError
from cleanup.lm.backend import load_model
from cleanup.lm.bpe import Bpe, byte_signs
from cleanup.lm.gguf import Gguf
from cleanup.lm.native import NativeModel
from cleanup.lm.readings import WINDOW_LENGTH
from cleanup.lm.sizes import LEAST_CONTEXT

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


def test_a_name_is_the_model_of_the_place_it_is_said_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for seed in (7, 8, 7):
        place = tmp_path / str(seed)
        place.mkdir(exist_ok=True)
        write_gguf(place / "tiny.gguf", tensors(seed), FACTS)
        monkeypatch.chdir(place)
        found.append(load_model("tiny.gguf"))
    assert found[0].digest != found[1].digest
    assert found[2] is found[0]  # loaded once


def _without(*keys: str) -> dict[str, Any]:
    return {key: value for key, value in FACTS.items() if key not in keys}


NO_END = ["<|x|>" if piece == "<|endoftext|>" else piece for piece in PIECES]


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"tokenizer.ggml.model": "llama"}, "'llama'"),
        ({"tokenizer.ggml.pre": "llama-bpe"}, "'llama-bpe'"),
        ({"tokenizer.ggml.pre": ["smollm"]}, "'smollm'"),
        ({"tokenizer.ggml.tokens": "abc"}, "lists of strings"),
        ({"tokenizer.ggml.merges": "a b"}, "lists of strings"),
        ({"tokenizer.ggml.merges": ["ab", "c"]}, "lists of strings"),
        ({"tokenizer.ggml.tokens": NO_END, "tokenizer.ggml.bos_token_id": 99_999}, "begin with"),
        ({"tokenizer.ggml.tokens": NO_END, "tokenizer.ggml.bos_token_id": "x"}, "begin with"),
        ({"llama.context_length": 4}, "4 pieces"),
        ({"llama.block_count": "x"}, "llama.block_count is 'x'"),
        ({"llama.block_count": 1}, "blk.1"),
        ({"llama.attention.head_count_kv": ["a"]}, r"llama.attention.head_count_kv is \['a'\]"),
        ({"llama.attention.head_count_kv": 2.0}, "llama.attention.head_count_kv is 2.0"),
        ({"llama.attention.layer_norm_rms_epsilon": float("nan")}, "epsilon is nan"),
        ({"llama.rope.freq_base": -1.0}, "freq_base is -1.0"),
        ({"llama.rope.dimension_count": 8}, "dimension_count is 8"),
        ({"llama.rope.scaling.type": "linear"}, "scaling.type is 'linear'"),
        ({"llama.expert_count": 8}, "expert_count is 8"),
    ],
)
def test_facts_that_are_not_understood_are_refused_in_one_line(
    changes: dict[str, Any], part: str, tmp_path: Path
) -> None:
    other = write_gguf(tmp_path / "other.gguf", tensors(), {**FACTS, **changes})
    with pytest.raises(ConfigError, match=part) as caught:
        NativeModel(other)
    assert str(caught.value).startswith(f"{other}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"llama.rope.scaling.type": "none", "llama.expert_count": 0, "llama.vocab_size": len(PIECES)},
        {"llama.context_length": LEAST_CONTEXT, "llama.rope.dimension_count": 16},
    ],
)
def test_facts_that_change_nothing_are_read_over(
    changes: dict[str, Any], model: NativeModel, tmp_path: Path
) -> None:
    other = NativeModel(write_gguf(tmp_path / "other.gguf", tensors(), {**FACTS, **changes}))
    pieces = [model.start, *model.pieces(TEXT)]
    assert np.array_equal(other.read(pieces).logs, model.read(pieces).logs)


def test_a_window_fits_into_the_least_context() -> None:
    """English text has four letters or more to a piece."""
    assert LEAST_CONTEXT > WINDOW_LENGTH / 4


@pytest.mark.parametrize(
    ("name", "sizes", "part"),
    [
        ("token_embd.weight", (40, 64), "has 265 pieces"),
        ("token_embd.weight", (265, 32), "token_embd.weight is 265 x 32"),
        ("token_embd.weight", (64,), "token_embd.weight is 64"),
        ("output.weight", (40, 64), "output.weight is 40 x 64"),
        ("output_norm.weight", (32,), "output_norm.weight is 32"),
        ("blk.1.attn_k.weight", (64, 64), "attn_k.weight is 64 x 64"),
        ("blk.0.ffn_up.weight", (64, 64), "ffn_up.weight is 64 x 64"),
        ("blk.0.ffn_down.weight", (96, 64), "ffn_down.weight is 96 x 64"),
        ("blk.0.attn_q.bias", (64,), "blk.0.attn_q.bias, which is not understood"),
        ("rope_freqs.weight", (8,), "rope_freqs.weight, which is not understood"),
    ],
)
def test_tensors_that_go_with_no_plain_network_are_refused(
    name: str, sizes: tuple[int, ...], part: str, tmp_path: Path
) -> None:
    weights = {**tensors(), name: np.ones(sizes, dtype=np.float32)}
    other = write_gguf(tmp_path / "other.gguf", weights, FACTS)
    with pytest.raises(ConfigError, match=part) as caught:
        NativeModel(other)
    assert "\n" not in str(caught.value)


def test_more_rows_than_pieces_are_a_matrix_that_was_filled_up(tmp_path: Path) -> None:
    weights = tensors()
    weights["token_embd.weight"] = np.concatenate(
        [weights["token_embd.weight"], np.zeros((7, 64), np.float32)]
    )
    other = NativeModel(write_gguf(tmp_path / "other.gguf", weights, FACTS))
    pieces = [other.start, *other.pieces(TEXT)]
    assert np.allclose(other.read(pieces).logs, straightforward_logs(weights, pieces), atol=1e-4)


@pytest.mark.parametrize(
    ("sizes", "offset"), [((64, 64), 2**63), ((2**62, 2), 0), ((2**62, 2), 2**63), ((2**63, 2**63), 32)]
)
def test_a_tensor_that_lies_beyond_all_bounds_is_refused(
    sizes: tuple[int, int], offset: int, path: Path, tmp_path: Path
) -> None:
    data = bytearray(path.read_bytes())
    at = data.index(b"blk.0.attn_q.weight") + len("blk.0.attn_q.weight") + 4  # behind the number of its axes
    struct.pack_into("<QQIQ", data, at, *sizes, 0, offset)
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        NativeModel(broken)
    assert str(caught.value).startswith(f"{broken}: ")
    with pytest.raises(ConfigError, match="is cut short"):
        Gguf(broken).tensor("blk.0.attn_q.weight")


def test_lists_in_lists_without_end_are_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    nested = struct.pack("<IQ", 9, 1) * 20_000
    broken.write_bytes(b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<I", 9) + nested)
    with pytest.raises(ConfigError, match="no GGUF file"):
        NativeModel(broken)


def test_the_network_is_built_when_it_is_first_asked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    tensor = Gguf.tensor

    def counting(self: Gguf, name: str) -> Any:
        read.append(name)
        return tensor(self, name)

    monkeypatch.setattr(Gguf, "tensor", counting)
    model = NativeModel(path)
    assert model.pieces(TEXT)
    assert model.digest
    assert not read
    model.read([model.start, 1])
    assert read


def test_the_digest_says_what_computes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnxruntime")
    one, plain = NativeModel(path), NativeModel(path, plain=True)
    assert one.digest != plain.digest
    monkeypatch.setattr("onnxruntime.__version__", "0.0.1")
    monkeypatch.setattr("numpy.__version__", "0.0.1")
    assert NativeModel(path).digest != one.digest
    assert NativeModel(path, plain=True).digest != plain.digest


def _damaged(path: Path, number: float) -> Path:
    """A model with one number that is none, in what stands for the piece `the`."""
    weights = tensors()
    weights["token_embd.weight"][PIECES.index("the"), 3] = number
    weights["output.weight"] = tensors()["token_embd.weight"]
    return write_gguf(path, weights, FACTS)


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_a_model_that_gives_no_numbers_is_refused_when_it_does(number: float, tmp_path: Path) -> None:
    found = load_model(str(_damaged(tmp_path / "damaged.gguf", number)))
    trunk = found.read([found.start, *found.pieces("cat in a cat")])
    said = " is damaged: fetch it again"
    with pytest.raises(ConfigError, match=said):
        found.follow(trunk, [(2, found.pieces("the cat"))])
    with pytest.raises(ConfigError, match=said):
        found.read([found.start, *found.pieces("the cat in")])


@pytest.mark.parametrize("has_onnxruntime", [True, False])
@pytest.mark.filterwarnings("error")
def test_a_text_with_a_model_that_gives_no_numbers_ends_in_one_line(
    has_onnxruntime: bool, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if has_onnxruntime:
        pytest.importorskip("onnxruntime")
    monkeypatch.setattr("cleanup.lm.native._has_onnxruntime", lambda: has_onnxruntime)
    monkeypatch.setenv("CLEANUP_CACHE_DIR", own_cache(tmp_path / "cache"))
    weights = {name: np.full_like(values, 1e38) for name, values in tensors().items()}
    write_gguf(tmp_path / "damaged.gguf", weights, FACTS)
    text = "They fight arranged crime at the White Home and on Wall Road, officers stated. " * 6
    outcome = cli("fix", "--lm-model", "damaged.gguf", "-", stdin=text.encode())
    assert (outcome.status, outcome.out) == (2, b"")
    assert outcome.err == (
        "cleanup: error: lm-model: damaged.gguf: gives no numbers: it is damaged: fetch it again\n"
    )


def test_the_words_that_are_held_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleanup.lm.bpe._MOST_HELD", 50)
    bpe = Bpe(PIECES, MERGES, "smollm")
    tracemalloc.start()
    for number in range(5_000):
        bpe.pieces(" the" * 9 + f" word{chr(97 + number % 26)}{chr(0x4E00 + number)}")
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert grown < 500_000  # with all held it is 1,000,000
