"""The backend for any causal model that `transformers` can load: a local directory, or a cached hub id.

It runs on a graphics card where torch finds one, in 32-bit floats.  Nothing is ever fetched, and no code that
comes with a model is run.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cleanup.errors import ConfigError
from cleanup.files import printable
from cleanup.lm import threads
from cleanup.lm.backend import Branch, Floats
from cleanup.lm.network import batches
from cleanup.lm.torch_files import digest_of, directory_of

# Numbers that texts in one batch may come to, in what is said of each piece or in what is remembered: so many
# are 256 MB.
_MOST_NUMBERS = 2**26

# A model that hears less than this of what stands before a piece cannot judge a sentence.
_LEAST_CONTEXT = 32

# What a network remembers of longer texts is not kept.
_LONGEST_REACH = 4096

# Scores that come about in another order of the same sums differ by no more than this.
_ROUNDING = 1e-3

# Where a model hears its future, other pieces change the scores before them by more than this share of their
# range; a causal one computes the same numbers again.
_FUTURE = 2e-5


@dataclass(frozen=True, slots=True)
class TorchTrunk:
    """A text that was read.

    ``memory`` is what each layer remembers of it, keys and values; empty where that is of no use.
    """

    pieces: tuple[int, ...]
    logs: Floats
    memory: Sequence[tuple[Any, Any]] = ()


class TorchModel:
    """A causal model of `transformers`."""

    def __init__(self, name: str) -> None:
        """Load a model that is already here.

        Raises:
            ConfigError: when transformers is not installed, or holds no such model here.

        """
        directory = directory_of(name)
        import torch

        self._torch = torch
        self._name = printable(name)
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        if threads.limit():
            torch.set_num_threads(threads.limit())
        with _quiet():
            self._tokenizer, self._model = self._loaded(directory)
        sizes = self._model.config.get_text_config()
        self._rows = int(self._model.get_input_embeddings().num_embeddings)
        self._most = _MOST_NUMBERS
        #: How many pieces the model reads at most; 0 is no limit.
        self.context = int(getattr(sizes, "max_position_embeddings", 0) or 0)
        self.start = self._start()
        self._require_fit()
        self.reach = self._own_reach(sizes)
        self.digest = f"{digest_of(name)}-{self._device}"

    def _loaded(self, directory: Path) -> tuple[Any, Any]:
        """Tokenizer and network."""
        from transformers import MODEL_FOR_CAUSAL_LM_MAPPING, AutoConfig, AutoModelForCausalLM, AutoTokenizer

        here = {"local_files_only": True, "trust_remote_code": False}
        try:
            config = AutoConfig.from_pretrained(directory, **here)
            if type(config) not in MODEL_FOR_CAUSAL_LM_MAPPING:
                raise self._refusal(f"is no causal language model but a {config.model_type}")
            tokenizer = AutoTokenizer.from_pretrained(directory, **here)
            model, told = AutoModelForCausalLM.from_pretrained(
                directory, config=config, dtype=self._torch.float32, output_loading_info=True, **here
            )
            model = model.to(self._device).eval()
        except ConfigError:
            raise
        except Exception as error:  # noqa: BLE001 - files that somebody else wrote: anything may be wrong
            raise self._refusal(f"cannot be loaded: {_first_line(error)}") from None
        if told["missing_keys"]:
            raise self._refusal(f"lacks weights, {min(told['missing_keys'])} for one: fetch it again")
        model.config.use_cache = False
        return tokenizer, model

    def _refusal(self, what: str) -> ConfigError:
        return ConfigError(f"lm-model: {self._name}: {what}")

    def _start(self) -> int:
        """The piece that texts begin with in training, as far as the tokenizer tells."""
        vocabulary = self._tokenizer.get_vocab()
        plain = self.pieces("a")
        whole = list(self._tokenizer("a")["input_ids"])
        if len(whole) > len(plain) and whole[0] != plain[0]:
            return int(whole[0])
        between = vocabulary.get("<|endoftext|>")
        some = (between, self._tokenizer.bos_token_id, self._tokenizer.eos_token_id, *self.pieces("\n"), 0)
        return int(next(piece for piece in some if piece is not None))

    def _require_fit(self) -> None:
        """Refuse what the network could not read, or would read as no causal network does."""
        special = {*self._tokenizer.all_special_ids} - {self.start}
        known = [number for number in self._tokenizer.get_vocab().values() if number not in special]
        if max([self.start, *known]) >= self._rows:
            raise self._refusal(f"its tokenizer has more pieces than its network, which has {self._rows}")
        if self.context and self.context < _LEAST_CONTEXT:
            raise self._refusal(
                f"reads {self.context} pieces at a time, which is too few: {_LEAST_CONTEXT} are needed"
            )
        past = [self.start, *(at % self._rows for at in range(3))]
        futures = [0] * 8, [(7 * at + 1) % self._rows for at in range(8)]
        one, other = (self._scores([past + future])[0, : len(past)] for future in futures)
        if float((one - other).abs().max()) > _FUTURE * float(one.max() - one.min()):
            raise self._refusal("is no causal language model: what it says of a word depends on later ones")

    def pieces(self, text: str) -> list[int]:
        """The numbers of the pieces of a text, in which no piece is special."""
        sound = text.encode("utf-8", "replace").decode()
        with _quiet():
            found = self._tokenizer(sound, add_special_tokens=False, split_special_tokens=True)
        return list(found["input_ids"])

    def read(self, pieces: Sequence[int]) -> TorchTrunk:
        """Read a text as a trunk."""
        if not 1 < len(pieces) <= self.reach:
            (logs,) = self._logs([list(pieces)])
            return TorchTrunk(tuple(pieces), logs)
        said = self._run([list(pieces)], [[1] * len(pieces)], use_cache=True)
        with _quiet():
            memory = [(layer.keys, layer.values) for layer in said.past_key_values.layers]
        logs = self._chosen(said.logits[:, :-1], [list(pieces[1:])])[0]
        return TorchTrunk(tuple(pieces), np.concatenate([np.zeros(1, dtype=np.float32), logs]), memory)

    def follow(self, trunk: TorchTrunk, branches: Sequence[Branch]) -> list[Floats]:
        """Log probabilities of the pieces of each branch."""
        lengths = [len(pieces) for _, pieces in branches]
        if not trunk.memory or len(trunk.pieces) + max(lengths, default=0) > self.reach:
            found = self._logs([[*trunk.pieces[:leave], *pieces] for leave, pieces in branches])
            return [logs[leave:] for logs, (leave, _) in zip(found, branches, strict=True)]
        results: list[Floats] = [np.zeros(0, dtype=np.float32)] * len(branches)
        remembered = sum(side[0, :, 0].numel() for layer in trunk.memory for side in layer)
        sizes = [max(length * self._rows, (len(trunk.pieces) + length) * remembered) for length in lengths]
        asked = (at for at, length in enumerate(lengths) if length)
        order = sorted(asked, key=lambda at: (lengths[at], branches[at][0]))
        for batch in batches(order, sizes, self._most):
            for at, logs in zip(batch, self._followed(trunk, [branches[at] for at in batch]), strict=True):
                results[at] = logs
        return results

    def _followed(self, trunk: TorchTrunk, branches: Sequence[Branch]) -> Sequence[Floats]:
        """The same for branches that go through the network together.

        Each begins with the piece before it, behind which its own first piece is rated.  What the trunk says
        from there on, which others may need, it does not hear.
        """
        from transformers import DynamicCache

        most = max(leave for leave, _ in branches) - 1
        longest = max(len(pieces) for _, pieces in branches)
        memory = DynamicCache()
        for at, sides in enumerate(trunk.memory if most else ()):
            memory.update(*(side[:, :, :most].expand(len(branches), -1, -1, -1) for side in sides), at)
        texts, mask, places = [], [], []
        for leave, pieces in branches:
            texts.append([trunk.pieces[leave - 1], *pieces[:-1]])
            heard = [1] * (leave - 1) + [0] * (most - leave + 1) + [1] * len(pieces)
            mask.append(heard + [0] * (longest - len(pieces)))
            places.append(list(range(leave - 1, leave - 1 + longest)))
        said = self._run(
            texts, mask, use_cache=True, past_key_values=memory, position_ids=self._torch.tensor(places)
        )
        return self._chosen(said.logits, [list(pieces) for _, pieces in branches])

    def _own_reach(self, sizes: Any) -> int:
        """The longest text whose branches may share what is remembered of it; 0 where that does not work.

        It works where a network keeps keys and values of every piece, and goes by the places it is given.
        It is tried.
        """
        self.reach = min(filter(None, (self.context, getattr(sizes, "sliding_window", 0), _LONGEST_REACH)))
        trunk = [self.start, *(at % self._rows for at in range(1, 12))]
        branches: list[Branch] = [(1, [0, 1, 2]), (5, [2, 1]), (11, [1, 0, 3 % self._rows])]
        wanted = self._logs([[*trunk[:leave], *pieces] for leave, pieces in branches])
        try:
            found = self.follow(self.read(trunk), branches)
        except Exception:  # noqa: BLE001 - another kind of memory, of whatever make
            return 0
        alike = (
            np.allclose(logs, whole[leave:], rtol=_ROUNDING, atol=_ROUNDING)
            for logs, whole, (leave, _) in zip(found, wanted, branches, strict=True)
        )
        return self.reach if all(alike) else 0

    def _logs(self, texts: Sequence[list[int]]) -> list[Floats]:
        """Log probability of every piece of texts; 0 for the first of each."""
        parts = [(at, part) for at, text in enumerate(texts) for part in self._parts(len(text))]
        rows = [texts[at][begin:end] for at, (begin, _, end) in parts]
        lengths = [len(row) for row in rows]
        results = [np.zeros(len(text), dtype=np.float32) for text in texts]
        for batch in batches(
            sorted(range(len(rows)), key=lambda at: lengths[at]), lengths, self._most // self._rows
        ):
            for which, logs in zip(batch, self._batch_logs([rows[which] for which in batch]), strict=True):
                at, (begin, scored, end) = parts[which]
                results[at][scored:end] = logs[scored - begin :]
        return results

    def _parts(self, length: int) -> Iterator[tuple[int, int, int]]:
        """Where a text is cut for the model to read it: from where, scored from where, to where.

        A part behind the first hears half a context of what stands before it.  Where a text is cut does not
        depend on what follows, so that texts which begin alike are scored alike.
        """
        end, half = min(length, self.context or length), self.context // 2
        yield 0, 0, end
        while end < length:
            scored, end = end, min(length, end + half)
            yield scored - half, scored, end

    def _batch_logs(self, texts: Sequence[list[int]]) -> list[Floats]:
        """Log probability of every piece of texts that go through the network together."""
        nothing = np.zeros(1, dtype=np.float32)
        scores = self._scores(texts)[:, :-1]
        found = self._chosen(scores, [text[1:] for text in texts])
        return [np.concatenate([nothing, row])[: len(text)] for text, row in zip(texts, found, strict=True)]

    def _scores(self, texts: Sequence[list[int]]) -> Any:
        """What the network says behind each piece of texts, the shorter of which are filled up."""
        longest = max(map(len, texts))
        return self._run(texts, [[1] * len(text) + [0] * (longest - len(text)) for text in texts]).logits

    def _chosen(self, scores: Any, wanted: Sequence[list[int]]) -> list[Floats]:
        """Log probabilities of the pieces of texts, each behind one place of the scores."""
        with self._torch.inference_mode():
            scores = scores.float()
            rows = scores.gather(2, self._filled(wanted)[..., None])[..., 0] - scores.logsumexp(2)
        logs = rows.cpu().numpy().astype(np.float32)
        return [row[: len(pieces)] for row, pieces in zip(logs, wanted, strict=True)]

    def _run(self, texts: Sequence[list[int]], mask: Sequence[list[int]], **more: Any) -> Any:
        """Send texts through the network, the shorter of which are filled up."""
        tensors = {name: value.to(self._device) for name, value in more.items() if hasattr(value, "to")}
        try:
            with self._torch.inference_mode(), _quiet():
                heard = self._torch.tensor(mask, device=self._device)
                return self._model(self._filled(texts), attention_mask=heard, **more | tensors)
        except RuntimeError as error:  # out of memory, in most cases
            raise self._refusal(f"cannot be run on {self._device}: {_first_line(error)}") from None

    def _filled(self, texts: Sequence[list[int]]) -> Any:
        longest = max(map(len, texts))
        filled = [text + [0] * (longest - len(text)) for text in texts]
        return self._torch.tensor(filled, device=self._device, dtype=self._torch.int64)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """What transformers would print goes unprinted, and it asks nobody on the network.

    Whoever else uses it in this process finds it as it was.
    """
    import huggingface_hub.constants as hub
    from transformers.utils import logging

    offline, level, has_bars = hub.HF_HUB_OFFLINE, logging.get_verbosity(), logging.is_progress_bar_enabled()
    hub.HF_HUB_OFFLINE = True
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        hub.HF_HUB_OFFLINE = offline
        logging.set_verbosity(level)
        if has_bars:
            logging.enable_progress_bar()


def _first_line(error: Exception) -> str:
    lines = str(error).encode("utf-8", "replace").decode().strip().splitlines()
    return printable(lines[0] if lines else type(error).__name__)
