"""The backend for any causal model that `transformers` can load: a local directory, or a cached hub id.

It runs on a graphics card where torch finds one.  Nothing is ever fetched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cleanup.errors import ConfigError
from cleanup.lm.backend import Branch, Floats
from cleanup.lm.network import batches

# Raised whenever the numbers of a model may come out otherwise than before.
_COMPUTATION = 1

# The most pieces that go through the network at one time.
_BATCH = 4096


@dataclass(frozen=True, slots=True)
class TorchTrunk:
    """A text that was read."""

    pieces: tuple[int, ...]
    logs: Floats


class TorchModel:
    """A causal model of `transformers`."""

    def __init__(self, name: str) -> None:
        """Load a model that is already here.

        Raises:
            ConfigError: when transformers is not installed, or holds no such model here.

        """
        try:
            import torch
            from transformers import AutoModelForCausalLM, AutoTokenizer
        except ImportError:
            raise ConfigError(
                f"lm-model: {name} is read by torch and transformers, which are not installed:"
                " pip install torch transformers, or name a GGUF file"
            ) from None
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(name, local_files_only=True)
            model = AutoModelForCausalLM.from_pretrained(name, local_files_only=True)
        except (OSError, ValueError, KeyError) as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise ConfigError(f"lm-model: {name} cannot be loaded from this machine: {reason}") from None
        self._torch = torch
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._model = model.to(self._device).eval()
        start = self._tokenizer.bos_token_id
        between = self._tokenizer.convert_tokens_to_ids("<|endoftext|>")
        known = between if between not in (None, self._tokenizer.unk_token_id) else start
        self.start = int(known if known is not None else self._tokenizer.eos_token_id or 0)
        self.digest = self._digest(name)

    def pieces(self, text: str) -> list[int]:
        """The numbers of the pieces of a text."""
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def read(self, pieces: Sequence[int]) -> TorchTrunk:
        """Read a text as a trunk."""
        (logs,) = self._logs([list(pieces)])
        return TorchTrunk(tuple(pieces), logs)

    def follow(self, trunk: TorchTrunk, branches: Sequence[Branch]) -> list[Floats]:
        """Log probabilities of the pieces of each branch, which is read with all that stands before it."""
        texts = [[*trunk.pieces[:leave], *pieces] for leave, pieces in branches]
        lengths = [len(text) for text in texts]
        results: list[Floats] = [np.zeros(0, dtype=np.float32)] * len(texts)
        for batch in batches(sorted(range(len(texts)), key=lambda at: lengths[at]), lengths, _BATCH):
            for at, logs in zip(batch, self._logs([texts[at] for at in batch]), strict=True):
                results[at] = logs[branches[at][0] :]
        return results

    def _logs(self, texts: Sequence[list[int]]) -> list[Floats]:
        """Log probability of every piece of texts; 0 for the first of each."""
        torch = self._torch
        longest = max(map(len, texts))
        filled = torch.tensor([text + [0] * (longest - len(text)) for text in texts], device=self._device)
        mask = torch.tensor([[1] * len(text) + [0] * (longest - len(text)) for text in texts])
        with torch.inference_mode():
            logits = self._model(filled, attention_mask=mask.to(self._device)).logits[:, :-1].float()
            chosen = logits.gather(2, filled[:, 1:, None])[..., 0] - logits.logsumexp(2)
        rows = chosen.cpu().numpy().astype(np.float32)
        return [
            np.concatenate([[0.0], row[: len(text) - 1]]).astype(np.float32)
            for text, row in zip(texts, rows, strict=True)
        ]

    def _digest(self, name: str) -> str:
        """The name, the sizes and a sample of every tensor: to read them whole would take too long."""
        whole = hashlib.sha256(f"{_COMPUTATION} {name} {self._device} {self._torch.__version__}".encode())
        tensors: dict[str, Any] = self._model.state_dict()
        for key in sorted(tensors):
            some = tensors[key].flatten()[:64].float().cpu().numpy().tobytes()
            whole.update(f"{key} {tuple(tensors[key].shape)}".encode() + some)
        return whole.hexdigest()
