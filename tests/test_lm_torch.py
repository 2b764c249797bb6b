"""Models of `transformers` as judges: tiny ones, made here with random weights; no network is asked."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Cli, own_cache
from lm_samples import FACTS, PIECES, tensors, write_gguf
from torch_samples import END, llama, tokenizer, write_model

from cleanup.config import Settings
from cleanup.errors import ConfigError
from cleanup.lm import threads
from cleanup.lm.backend import digest_of, load_model, require_model
from cleanup.lm.cache import ScoreCache
from cleanup.lm.margins import Answers
from cleanup.lm.native import NativeModel
from cleanup.lm.readings import Window
from cleanup.lm.torch_model import TorchModel
from cleanup.pipeline import Engine

pytestmark = pytest.mark.torch

TEXT = "the cat in the corner, the other in 2 rooms"
SPUN = "They fight arranged crime at the White Home and on Wall Road, officers stated. " * 6


@pytest.fixture(scope="module", autouse=True)
def _torch_is_there() -> None:
    if not all(map(find_spec, ("torch", "transformers"))):
        if os.environ.get("CLEANUP_NO_SKIP"):
            pytest.fail("torch and transformers are not installed, and CLEANUP_NO_SKIP is set")
        pytest.skip("torch and transformers are not installed")


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Who was called over the network: nobody is reached, and at the end nobody was called."""
    called: list[Any] = []

    def refuse(self: socket.socket, address: Any) -> None:
        called.append(address)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *address, **_: refuse(None, address))  # type: ignore[arg-type]
    return called


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("torch") / "tiny")


@pytest.fixture(scope="module")
def model(directory: Path) -> TorchModel:
    return TorchModel(str(directory))


def direct_logs(pieces: list[int], **sizes: Any) -> np.ndarray:
    """Log P(piece | those before it), by one forward pass of `transformers` over the text alone."""
    import torch

    with torch.inference_mode():
        logs = llama(**sizes).eval()(torch.tensor([pieces])).logits[0].log_softmax(-1)
    return np.array([0.0, *(float(logs[at - 1, pieces[at]]) for at in range(1, len(pieces)))])


def test_the_logs_of_a_text_are_those_of_a_forward_pass(model: TorchModel) -> None:
    pieces = [model.start, *model.pieces(TEXT)]
    assert model.start == PIECES.index(END)
    assert np.allclose(model.read(pieces).logs, direct_logs(pieces), atol=1e-4)


BRANCHES = [(1, " a"), (3, " the other"), (9, " corner of the rooms"), (5, ""), (25, " x")]


def test_branches_are_what_whole_texts_are_however_they_are_filled_up(model: TorchModel) -> None:
    trunk = [model.start, *model.pieces(TEXT)]
    branches = [(leave, model.pieces(words)) for leave, words in BRANCHES]
    read = model.read(trunk)
    assert read.memory  # which the branches share
    found = model.follow(read, branches)
    for branch, logs in zip(branches, found, strict=True):
        leave, pieces = branch
        whole = direct_logs([*trunk[:leave], *pieces])
        assert np.allclose(logs, whole[leave:], atol=1e-4)
        (alone,) = model.follow(read, [branch])
        assert np.allclose(logs, alone, atol=1e-5)


@pytest.mark.parametrize("most", [1, 100_000, 2**26])
def test_the_size_of_batches_changes_nothing(
    most: int, model: TorchModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    trunk = [model.start, *model.pieces(TEXT)]
    branches = [(leave, model.pieces(" the rooms"[:end])) for leave in range(1, 20) for end in (2, 5, 10)]
    wanted = model.follow(model.read(trunk), branches)
    monkeypatch.setattr(model, "_most", most)
    found = model.follow(model.read(trunk), branches[::-1])[::-1]
    assert all(np.allclose(one, other, atol=1e-5) for one, other in zip(wanted, found, strict=True))


@pytest.mark.parametrize("plain", [True, False], ids=["numpy", "onnxruntime"])
def test_our_own_network_gives_the_numbers_of_transformers(
    plain: bool, model: TorchModel, tmp_path: Path
) -> None:
    own = NativeModel(write_gguf(tmp_path / "tiny.gguf", tensors(), FACTS), plain=plain)
    trunk = [own.start, *own.pieces(TEXT)]
    assert trunk == [model.start, *model.pieces(TEXT)]
    assert np.allclose(own.read(trunk).logs, model.read(trunk).logs, atol=1e-4)
    branches = [(leave, own.pieces(words)) for leave, words in BRANCHES]
    both = (one.follow(one.read(trunk), branches) for one in (own, model))
    assert all(np.allclose(ours, theirs, atol=1e-4) for ours, theirs in zip(*both, strict=True))


def test_weights_in_sixteen_bits_are_computed_in_thirty_two(model: TorchModel, tmp_path: Path) -> None:
    import torch

    llama().to(torch.bfloat16).save_pretrained(tmp_path)
    tokenizer(eos_token=END).save_pretrained(tmp_path)
    rounded = llama().eval()
    for values in rounded.parameters():
        values.data = values.data.to(torch.bfloat16).float()
    pieces = [model.start, *model.pieces(TEXT)]
    with torch.inference_mode():
        logs = rounded(torch.tensor([pieces])).logits[0].log_softmax(-1)
    wanted = [float(logs[at - 1, pieces[at]]) for at in range(1, len(pieces))]
    assert np.allclose(TorchModel(str(tmp_path)).read(pieces).logs[1:], wanted, atol=1e-4)


@pytest.mark.parametrize("text", ["", "\ud800", "naïve “quotes”\u200b\n\n  x\t", "日本語 🎈", "\x00"])
def test_any_text_has_pieces(text: str, model: TorchModel, tmp_path: Path) -> None:
    own = NativeModel(write_gguf(tmp_path / "tiny.gguf", tensors(), FACTS), plain=True)
    assert model.pieces(text) == own.pieces(text)


def test_what_looks_like_a_special_piece_in_a_text_is_text(model: TorchModel, tmp_path: Path) -> None:
    own = NativeModel(write_gguf(tmp_path / "tiny.gguf", tensors(), FACTS), plain=True)
    assert model.pieces(f"a {END} b") == own.pieces(f"a {END} b")


def _with_tokenizer(tmp_path: Path, made: Any) -> TorchModel:
    llama().save_pretrained(tmp_path)
    made.save_pretrained(tmp_path)
    return TorchModel(str(tmp_path))


def test_texts_begin_as_the_tokenizer_begins_them(tmp_path: Path) -> None:
    from tokenizers import processors

    made = tokenizer(bos_token="the", eos_token=END)
    made.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="the $A", special_tokens=[("the", PIECES.index("the"))]
    )
    assert _with_tokenizer(tmp_path, made).start == PIECES.index("the")


@pytest.mark.parametrize(
    ("special", "start"),
    [
        ({}, "Ċ"),
        ({"bos_token": "the"}, "the"),
        ({"eos_token": "th"}, "th"),
        ({"bos_token": "a", "eos_token": "b"}, "a"),
    ],
)
def test_a_model_without_its_usual_marks_begins_with_what_is_nearest(
    special: dict[str, str], start: str, tmp_path: Path
) -> None:
    made = tokenizer(["<|nothing|>", *PIECES[1:]], **special)
    found = _with_tokenizer(tmp_path, made)
    assert PIECES[found.start] == start
    assert np.isfinite(found.read([found.start, *found.pieces(TEXT)]).logs).all()


def test_a_tokenizer_in_python_is_enough(tmp_path: Path) -> None:
    """That of ByT5 has no file of its own: bytes behind three special pieces."""
    from transformers import ByT5Tokenizer, LlamaConfig, LlamaForCausalLM

    sizes = {"vocab_size": 384, "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1}
    LlamaForCausalLM(LlamaConfig(**sizes, num_attention_heads=2)).save_pretrained(tmp_path)
    ByT5Tokenizer().save_pretrained(tmp_path)
    found = TorchModel(str(tmp_path))
    assert found.pieces("ab</s>") == [100, 101, 63, 50, 118, 65]
    assert found.start == 1
    assert np.isfinite(found.read([1, *found.pieces("a line\ud800")]).logs).all()


def test_a_text_longer_than_the_context_is_read_in_parts(tmp_path: Path) -> None:
    short = TorchModel(str(write_model(tmp_path, max_position_embeddings=40)))
    pieces = [short.start, *short.pieces(TEXT * 4)]
    logs = short.read(pieces).logs
    assert len(logs) == len(pieces) > 100
    wanted = direct_logs(pieces[:40]).tolist()
    for scored in range(40, len(pieces), 20):
        wanted += direct_logs(pieces[scored - 20 : scored + 20])[20:].tolist()
    assert np.allclose(logs, wanted, atol=1e-4)
    branch = pieces[60:75]
    (found,) = short.follow(short.read(pieces), [(60, branch)])
    assert np.allclose(found, logs[60:75], atol=1e-4)


def test_branches_that_cannot_share_are_read_whole(
    model: TorchModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    trunk = [model.start, *model.pieces(TEXT)]
    branches = [(leave, model.pieces(words)) for leave, words in BRANCHES]
    shared = model.follow(model.read(trunk), branches)
    monkeypatch.setattr(model, "reach", 0)
    whole = model.follow(model.read(trunk), branches)
    assert all(np.allclose(one, other, atol=1e-4) for one, other in zip(shared, whole, strict=True))


def test_branches_share_only_where_that_was_seen_to_work(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed = TorchModel._followed

    def wrong(*arguments: Any) -> Any:
        return [logs + 0.1 for logs in followed(*arguments)]

    monkeypatch.setattr(TorchModel, "_followed", wrong)
    assert TorchModel(str(directory)).reach == 0


@pytest.mark.parametrize("family", ["gpt2", "mamba"])
def test_other_families_are_read_within_their_context(family: str, tmp_path: Path) -> None:
    """GPT-2 has learned positions and fails beyond them; Mamba knows no limit, and keeps no keys and values."""
    import transformers

    if family == "gpt2":
        config = transformers.GPT2Config(
            vocab_size=len(PIECES), n_positions=64, n_embd=32, n_layer=1, n_head=2
        )
        made = transformers.GPT2LMHeadModel(config)
    else:
        made = transformers.MambaForCausalLM(
            transformers.MambaConfig(vocab_size=len(PIECES), hidden_size=32, num_hidden_layers=1)
        )
    made.save_pretrained(tmp_path)
    tokenizer(eos_token=END).save_pretrained(tmp_path)
    found = TorchModel(str(tmp_path))
    assert found.reach == (64 if family == "gpt2" else 0)
    pieces = [found.start, *found.pieces(TEXT * 4)]
    assert len(pieces) > 100
    read = found.read(pieces)
    assert np.isfinite(read.logs).all()
    (branch,) = found.follow(read, [(90, pieces[90:100])])
    assert np.allclose(branch, read.logs[90:100], atol=1e-4)
    (branch,) = found.follow(found.read(pieces[:40]), [(30, pieces[30:38])])
    assert np.allclose(branch, read.logs[30:38], atol=1e-4)


def test_a_word_has_its_own_surprise_where_parts_have_other_pieces_than_the_whole(tmp_path: Path) -> None:
    """Tokenizers of the SentencePiece kind put a blank before every text, parts of texts included.

    The blank before a word counts with the word.
    """
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    signs = [END, "\u2581", *map(chr, range(33, 127)), "\u2581t", "\u2581th", "\u2581the", "\u2581c"]
    merges = [("\u2581", "t"), ("\u2581t", "h"), ("\u2581th", "e"), ("\u2581", "c")]
    made = Tokenizer(models.BPE({sign: at for at, sign in enumerate(signs)}, merges))
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    found = _with_tokenizer(tmp_path, PreTrainedTokenizerFast(tokenizer_object=made, eos_token=END))
    text = "the cat, the corner of the rooms"
    words = [(at, word.start(), word.end()) for at, word in enumerate(re.finditer(r"\w+", text))]
    surprises = Answers(found, ScoreCache()).surprises(Window(text, (), tuple(words)))
    encoded = found._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    logs = found.read([found.start, *encoded["input_ids"]]).logs[1:]
    for place, start, end in words:
        own = [at for at, (left, right) in enumerate(encoded["offset_mapping"]) if start - 1 < right <= end]
        assert surprises[place] == pytest.approx(-logs[own].sum(), abs=0.006)


def test_the_digest_is_of_the_model_and_not_of_its_place(
    directory: Path, model: TorchModel, tmp_path: Path
) -> None:
    there = shutil.copytree(directory, tmp_path / "elsewhere")
    (there / "README.md").write_text("a note")
    assert digest_of(str(there)) == digest_of(str(directory))
    assert TorchModel(str(there)).digest == model.digest
    assert model.digest.startswith(digest_of(str(directory)))
    digests = {digest_of(str(directory)), digest_of(str(write_model(tmp_path / "seed", seed=8)))}
    digests.add(digest_of(str(write_model(tmp_path / "sizes", max_position_embeddings=99))))
    made = json.loads((there / "tokenizer.json").read_text())
    made["model"]["merges"].pop()
    (there / "tokenizer.json").write_text(json.dumps(made))
    digests.add(digest_of(str(there)))
    assert len(digests) == 4


def test_the_last_bit_of_the_weights_counts(directory: Path, tmp_path: Path) -> None:
    there = shutil.copytree(directory, tmp_path / "elsewhere")
    data = bytearray((there / "model.safetensors").read_bytes())
    data[-1] ^= 1
    (there / "model.safetensors").write_bytes(data)
    assert digest_of(str(there)) != digest_of(str(directory))


@pytest.mark.parametrize(("has_card", "device"), [(False, "cpu"), (True, "cuda")])
def test_a_graphics_card_is_used_where_there_is_one(
    has_card: bool, device: str, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    chosen: list[str] = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_card)

    def move(self: torch.nn.Module, to: str) -> torch.nn.Module:
        chosen.append(to)
        raise RuntimeError("enough was seen\nthe rest is no matter")

    monkeypatch.setattr(torch.nn.Module, "to", move)
    with pytest.raises(ConfigError, match=r"cannot be loaded: enough was seen$"):
        TorchModel(str(directory))
    assert chosen == [device]


def test_a_card_that_runs_out_of_memory_is_one_line(
    model: TorchModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: Any, **__: Any) -> None:
        raise RuntimeError("CUDA out of memory. Tried to allocate much.\nmore")

    monkeypatch.setattr(model, "_model", run)
    with pytest.raises(
        ConfigError, match=r"cannot be run on cpu: CUDA out of memory\. Tried to allocate much\.$"
    ):
        model.read([0, 1, 2])


def test_one_thread_is_enough_where_there_are_many_processes(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        TorchModel(str(directory))
        assert torch.get_num_threads() == 2
        monkeypatch.setattr(threads, "_limit", 1)
        TorchModel(str(directory))
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


def test_the_engine_hears_it_and_comes_to_the_same_twice(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLEANUP_CACHE_DIR", own_cache(tmp_path / "cache"))
    settings = Settings(lm=True, lm_model=str(directory), min_confidence=0.05)
    first = Engine(settings).fix(SPUN)
    assert any(item.kind == "model" for finding in first.findings for item in finding.evidence)
    own = write_gguf(tmp_path / "tiny.gguf", tensors(), FACTS)
    other = Engine(Settings(lm=True, lm_model=str(own), min_confidence=0.05)).fix(SPUN)
    assert other.after == first.after
    shutil.rmtree(tmp_path / "cache" / "lm")
    assert Engine(settings).fix(SPUN) == first


def test_the_command_line_takes_a_directory_and_says_nothing_but_its_own(
    directory: Path, tmp_path: Path
) -> None:
    """In processes of their own, which load the libraries anew, with all that these may have to say."""
    (tmp_path / "text.txt").write_text(SPUN, encoding="utf-8")
    environment = {**os.environ, "HF_HOME": str(tmp_path / "hub"), "HF_HUB_OFFLINE": "1"}
    runs = []
    for cache in ("one", "one", "two"):
        environment["CLEANUP_CACHE_DIR"] = str(tmp_path / cache)
        command = [
            sys.executable,
            "-m",
            "cleanup",
            "fix",
            "text.txt",
            "-o",
            "-",
            "--lm",
            "--lm-model",
            str(directory),
        ]
        run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
        assert run.returncode == 0, run.stderr.decode()
        assert len(run.stderr.splitlines()) == 1
        runs.append((run.stdout, run.stderr))
    assert b"organized crime" in runs[0][0]
    assert runs[1:] == runs[:1] * 2


def _nothing(path: Path) -> None:
    path.mkdir()


def _no_weights(path: Path) -> None:
    write_model(path)
    (path / "model.safetensors").unlink()


def _cut_weights(path: Path) -> None:
    write_model(path)
    weights = path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])


def _noise_for_weights(path: Path) -> None:
    write_model(path)
    (path / "model.safetensors").write_bytes(b"\xff" * 999)


def _pickle_for_weights(path: Path) -> None:
    """A pickle runs what it likes when it is read: it is not read so."""
    _no_weights(path)
    evil = b"cos\nsystem\n(S'touch " + str(path / "evil").encode() + b"'\ntR."
    (path / "pytorch_model.bin").write_bytes(evil)


def _weights_left_out(path: Path) -> None:
    from safetensors.torch import load_file, save_file

    write_model(path)
    held = load_file(path / "model.safetensors")
    held.pop("model.layers.1.mlp.down_proj.weight")
    save_file(held, path / "model.safetensors", metadata={"format": "pt"})


def _other_sizes(path: Path) -> None:
    write_model(path)
    sizes = json.loads((path / "config.json").read_text())
    (path / "config.json").write_text(json.dumps(sizes | {"intermediate_size": 200}))


def _no_json(path: Path) -> None:
    write_model(path)
    (path / "config.json").write_text("{")


def _no_family(path: Path) -> None:
    write_model(path)
    (path / "config.json").write_text('{"model_type": "never heard of"}')


def _no_tokenizer(path: Path) -> None:
    llama().save_pretrained(path)


def _damaged_tokenizer(path: Path) -> None:
    write_model(path)
    (path / "tokenizer.json").write_text('{"model": 7}')


def _large_tokenizer(path: Path) -> None:
    write_model(path)
    tokenizer([*PIECES, "more", "pieces"], eos_token=END).save_pretrained(path)


def _short_context(path: Path) -> None:
    write_model(path, max_position_embeddings=16)


def _own_code(path: Path) -> None:
    """A model that comes with code of its own, which is not run."""
    write_model(path)
    sizes = json.loads((path / "config.json").read_text())
    names = {"AutoConfig": "evil.Config", "AutoModelForCausalLM": "evil.Model"}
    (path / "config.json").write_text(json.dumps(sizes | {"model_type": "evil", "auto_map": names}))
    (path / "evil.py").write_text(
        f"open({str(path / 'evil')!r}, 'w')\nclass Config: pass\nclass Model: pass\n"
    )


def _encoder(path: Path, seed: int = 0) -> None:
    """BERT can be loaded as a causal model, and hears both sides all the same."""
    import torch
    from transformers import BertConfig, BertLMHeadModel

    torch.manual_seed(seed)
    sizes = {"vocab_size": len(PIECES), "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    BertLMHeadModel(BertConfig(**sizes, intermediate_size=32)).save_pretrained(path)
    tokenizer(eos_token=END).save_pretrained(path)


def _translator(path: Path) -> None:
    from transformers import T5Config, T5ForConditionalGeneration

    sizes = {
        "vocab_size": len(PIECES),
        "d_model": 32,
        "d_ff": 32,
        "d_kv": 16,
        "num_layers": 1,
        "num_heads": 2,
    }
    T5ForConditionalGeneration(T5Config(**sizes)).save_pretrained(path)
    tokenizer(eos_token=END).save_pretrained(path)


@pytest.mark.parametrize(
    ("make", "part"),
    [
        (_nothing, "holds no model: there is no config.json in it"),
        (_no_weights, "cannot be loaded"),
        (_cut_weights, "cannot be loaded"),
        (_noise_for_weights, "cannot be loaded"),
        (_pickle_for_weights, "cannot be loaded"),
        (_weights_left_out, "lacks weights, model.layers.1.mlp.down_proj.weight for one"),
        (_other_sizes, "cannot be loaded"),
        (_no_json, "cannot be loaded"),
        (_no_family, "cannot be loaded"),
        (_no_tokenizer, "cannot be loaded"),
        (_damaged_tokenizer, "cannot be loaded"),
        (_large_tokenizer, "its tokenizer has more pieces than its network"),
        (_short_context, "reads 16 pieces at a time"),
        (_own_code, "cannot be loaded"),
        (_encoder, "is no causal language model: what it says of a word depends on later ones"),
        (_translator, "is no causal language model but a t5"),
    ],
)
def test_what_is_no_causal_model_is_told_in_one_line(
    make: Any, part: str, cli: Cli, tmp_path: Path, asked: list[Any]
) -> None:
    make(tmp_path / "model")
    outcome = cli("fix", "--lm", "--lm-model", "model", "-", stdin=SPUN.encode())
    assert outcome.status == 2
    assert outcome.out == b""
    (line,) = outcome.err.splitlines()
    assert line.startswith("cleanup: error: lm-model: model: ")
    assert part in line
    assert asked == []
    assert not (tmp_path / "model" / "evil").exists()


@pytest.mark.parametrize("capability", ["default", "avx2"])
def test_an_encoder_is_told_whatever_its_weights(capability: str, tmp_path: Path) -> None:
    """Random weights, in which a piece matters little; which they are depends on the processor, too."""
    script = (
        "import sys; from pathlib import Path\n"
        "from cleanup.errors import ConfigError; from cleanup.lm.torch_model import TorchModel\n"
        "from test_lm_torch import _encoder\n"
        "for seed in range(40):\n"
        "    _encoder(Path(str(seed)), seed)\n"
        "    try: TorchModel(str(seed))\n"
        "    except ConfigError as error: assert 'is no causal' in str(error), error\n"
        "    else: sys.exit(f'seed {seed} was taken')\n"
    )
    environment = {**os.environ, "ATEN_CPU_CAPABILITY": capability, "PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, "-c", script]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of `huggingface_hub`, which would fetch what is missing."""
    import huggingface_hub.constants as constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    return tmp_path / "hub"


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("owner/name", "no model of this id was fetched before: fetch it with `hf download owner/name`"),
        ("owner/na me", "no hub id"),
        ("owner/\x1b[31m", "no hub id"),
        ("name", "no such file or directory, and no hub id"),
        ("/", "holds no model"),
    ],
)
def test_a_hub_id_that_is_not_here_is_told_and_nobody_is_asked(
    name: str, part: str, hub: Path, cli: Cli, asked: list[Any]
) -> None:
    outcome = cli("fix", "--lm", "--lm-model", name, "-", stdin=SPUN.encode())
    assert outcome.status == 2
    (line,) = outcome.err.splitlines()
    assert part in line
    assert line.isprintable()
    assert asked == []


def test_a_hub_id_that_was_fetched_before_is_read_from_the_cache(
    hub: Path, directory: Path, model: TorchModel, asked: list[Any]
) -> None:
    import huggingface_hub.constants as constants
    from transformers.utils import logging

    place = hub / "models--owner--name"
    shutil.copytree(directory, place / "snapshots" / "5f0d")
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text("5f0d")
    before = logging.get_verbosity(), logging.is_progress_bar_enabled()
    found = load_model("owner/name")
    assert found.digest == model.digest
    assert digest_of("owner/name") == digest_of(str(directory))
    assert asked == []
    # Others who use the libraries in this process find them as they were.
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == before
    assert constants.HF_HUB_OFFLINE is False


def test_a_model_is_looked_for_without_being_loaded(directory: Path, tmp_path: Path) -> None:
    require_model(str(directory))
    with pytest.raises(ConfigError, match="holds no model"):
        require_model(str(tmp_path))
