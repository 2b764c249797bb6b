"""The tiny model of `lm_samples` as `transformers` writes models: a directory with weights, sizes and a tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from lm_samples import BASE, EPSILON, FEED, HEADS, KV_HEADS, LAYERS, MERGES, PIECES, WIDTH, tensors

END = "<|endoftext|>"

_NAMES = {
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def tokenizer(pieces: list[str] = PIECES, **special: str) -> Any:
    """Byte-level BPE with the pieces of the tiny model; it knows no special pieces but those that are given."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    merges = [tuple(merge.split(" ")) for merge in MERGES]
    made = Tokenizer(models.BPE({piece: at for at, piece in enumerate(pieces)}, merges))
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\p{N}"), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    made.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=made, **special)


def llama(seed: int = 7, **sizes: Any) -> Any:
    """The network of `lm_samples`, with the same weights."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    chosen = {"max_position_embeddings": 2048, "pad_token_id": None, **sizes}
    config = LlamaConfig(
        vocab_size=len(PIECES),
        hidden_size=WIDTH,
        intermediate_size=FEED,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=KV_HEADS,
        rms_norm_eps=EPSILON,
        rope_theta=BASE,
        tie_word_embeddings=True,
        bos_token_id=0,
        eos_token_id=0,
        **chosen,
    )
    model = LlamaForCausalLM(config)
    state = {}
    for name, values in tensors(seed).items():
        if name in ("token_embd.weight", "output_norm.weight"):
            state["model.embed_tokens.weight" if name.startswith("token") else "model.norm.weight"] = values
            continue
        _, layer, part, _ = name.split(".")
        ours = halves(values) if part in ("attn_q", "attn_k") else values
        state[f"model.layers.{layer}.{_NAMES[part]}.weight"] = ours
    missing = model.load_state_dict(
        {name: torch.tensor(values) for name, values in state.items()}, strict=False
    )
    assert missing.missing_keys in ([], ["lm_head.weight"])
    assert not missing.unexpected_keys
    return model


def halves(matrix: np.ndarray) -> np.ndarray:
    """Rows of each head with the first of all rotary pairs before the second ones; GGUF has pairs side by side."""
    return matrix.reshape(-1, WIDTH // HEADS // 2, 2, WIDTH).transpose(0, 2, 1, 3).reshape(matrix.shape)


def write_model(directory: Path, seed: int = 7, **sizes: Any) -> Path:
    """Write the tiny model into a directory."""
    llama(seed, **sizes).save_pretrained(directory)
    tokenizer(eos_token=END).save_pretrained(directory)
    return directory
