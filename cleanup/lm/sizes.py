"""What the facts of a GGUF file say of the network in it, and whether all of it is understood."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cleanup.errors import ConfigError
from cleanup.files import printable
from cleanup.lm.network import Shape

#: A window of the document, and readings of it, have about 300 pieces; of names and numbers, more.
LEAST_CONTEXT = 400

# What the facts of the family may say of the width of a head.
_OF_HEADS = ("rope.dimension_count", "attention.key_length", "attention.value_length")
# What else they may say; the number of pieces and the width of the feed-forward layer show in the tensors.
_UNDERSTOOD = {
    *_OF_HEADS, "attention.head_count", "attention.head_count_kv", "attention.layer_norm_rms_epsilon",
    "block_count", "context_length", "embedding_length", "feed_forward_length", "rope.freq_base",
    "tensor_data_layout", "vocab_size",
}  # fmt: skip


def shape_of(name: str, facts: Mapping[str, Any]) -> Shape:
    """The sizes that the facts of a GGUF file name.

    Raises:
        ConfigError: when they are those of another family, of no network at all, or of one that does more
            than is understood here.

    """
    family = facts.get("general.architecture")
    if family != "llama":
        raise ConfigError(f"{name}: is of the family {family!r:.40}: only llama is read")
    sizes = _Sizes(name, facts)
    heads, width = sizes.whole("attention.head_count"), sizes.whole("embedding_length")
    shape = Shape(
        sizes.whole("block_count"),
        width,
        heads,
        sizes.whole("attention.head_count_kv", heads),
        width // heads,
        sizes.number("attention.layer_norm_rms_epsilon"),
        sizes.number("rope.freq_base", 10_000.0),
    )
    if heads * shape.head_width != width or heads % shape.kv_heads or shape.head_width % 2:
        raise ConfigError(f"{name}: the sizes that it names go with no network: fetch it again")
    context = sizes.whole("context_length", LEAST_CONTEXT)
    if context < LEAST_CONTEXT:
        raise ConfigError(
            f"{name}: reads {context} pieces at a time, which is too few: {LEAST_CONTEXT} are needed"
        )
    for key in _OF_HEADS:
        if sizes.whole(key, shape.head_width) != shape.head_width:
            raise sizes.misunderstood(f"llama.{key}")
    for key, value in facts.items():
        if key.startswith("llama.") and key[6:] not in _UNDERSTOOD and value not in (0, "none"):
            raise sizes.misunderstood(key)
    return shape


@dataclass(frozen=True, slots=True)
class _Sizes:
    """The facts of the file ``name`` as numbers above zero."""

    name: str
    facts: Mapping[str, Any]

    def number(self, key: str, default: float | None = None) -> float:
        """A fact of the family."""
        value = self.facts.get(f"llama.{key}", default)
        if value is None:
            raise ConfigError(f"{self.name}: does not say its llama.{key}: fetch it again")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
            raise self._misfit(key, value)
        return value

    def whole(self, key: str, default: int | None = None) -> int:
        """The same for a whole number."""
        value = self.number(key, default)
        if not isinstance(value, int):
            raise self._misfit(key, value)
        return value

    def misunderstood(self, key: str) -> ConfigError:
        """That the network is another than the one that is computed here."""
        return ConfigError(
            f"{self.name}: {printable(key)} is {self.facts[key]!r:.40}, which is not understood: only plain"
            " models of the Llama family are read"
        )

    def _misfit(self, key: str, value: object) -> ConfigError:
        return ConfigError(
            f"{self.name}: the sizes that it names go with no network: llama.{key} is {value!r:.40}"
        )
