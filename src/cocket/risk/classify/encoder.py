# SPDX-License-Identifier: Apache-2.0
"""Texts by meaning: a small sentence encoder of the BERT kind, computed with NumPy alone.

It takes the folder of a model in the usual form (`model.safetensors`, `tokenizer.json`, `config.json`) with mean pooling,
such as all-MiniLM-L6-v2. Weights in that form are numbers and nothing else.
Source: Devlin et al., BERT (2019), section 3; Reimers and Gurevych, Sentence-BERT (2019), section 3.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from cocket.errors import SettingsError

Array = npt.NDArray[np.float32]

_BATCH: Final = 64
_MOST_TOKENS: Final = 64


class _Config(msgspec.Struct):
    num_hidden_layers: int
    num_attention_heads: int
    hidden_size: int
    layer_norm_eps: float = 1e-12
    hidden_act: str = "gelu"


class Encoder:
    """A sentence encoder; made by `read_encoder`.

    Attributes:
        name: First 16 digits of the hash of its weights, by which a model file knows it again.
    """

    def __init__(self, name: str, weights: Mapping[str, Array], tokenizer: Any, config: Any) -> None:
        self.name = name
        self._weights = weights
        self._tokenizer = tokenizer
        self._config = config

    def encode(self, texts: Sequence[str]) -> Array:
        """Vectors of length 1, `(len(texts), hidden size)`; nearer means more alike in meaning."""
        vectors = np.zeros((len(texts), self._config.hidden_size), np.float32)
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for start in range(0, len(order), _BATCH):
            places = order[start : start + _BATCH]
            vectors[places] = self._batch([texts[place] for place in places])
        return vectors

    def _batch(self, texts: list[str]) -> Array:
        coded = self._tokenizer.encode_batch(texts)
        tokens = np.asarray([one.ids for one in coded])
        mask = np.asarray([one.attention_mask for one in coded], np.float32)
        state = self._embed(tokens)
        hidden = ((1 - mask) * np.float32(-1e9))[:, None, None, :]
        for layer in range(self._config.num_hidden_layers):
            state = self._layer(state, hidden, f"encoder.layer.{layer}.")
        pooled = (state * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        unit: Array = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return unit

    def _embed(self, tokens: npt.NDArray[Any]) -> Array:
        weights = self._weights
        state = weights["embeddings.word_embeddings.weight"][tokens]
        state = state + weights["embeddings.position_embeddings.weight"][: tokens.shape[1]]
        return self._normal(state + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")

    def _layer(self, state: Array, hidden: Array, name: str) -> Array:
        attended = self._linear(self._attend(state, hidden, name), f"{name}attention.output.dense")
        state = self._normal(state + attended, f"{name}attention.output.LayerNorm")
        inner = _gelu(self._linear(state, f"{name}intermediate.dense"))
        return self._normal(state + self._linear(inner, f"{name}output.dense"), f"{name}output.LayerNorm")

    def _attend(self, state: Array, hidden: Array, name: str) -> Array:
        rows, length, _ = state.shape
        heads = self._config.num_attention_heads
        query, key, value = (
            self._linear(state, f"{name}attention.self.{part}").reshape(rows, length, heads, -1).transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(math.sqrt(query.shape[-1])) + hidden
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        joined: Array = (scores @ value).transpose(0, 2, 1, 3).reshape(rows, length, -1)
        return joined

    def _linear(self, state: Array, name: str) -> Array:
        flat = state.reshape(-1, state.shape[-1]) @ self._weights[f"{name}.weight"].T
        return (flat + self._weights[f"{name}.bias"]).reshape(*state.shape[:-1], -1)

    def _normal(self, state: Array, name: str) -> Array:
        centred = state - state.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + np.float32(self._config.layer_norm_eps))
        normal: Array = centred / spread * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return normal


def read_encoder(weights: bytes, tokenizer: bytes, config: bytes) -> Encoder:
    """An encoder from the three files of its model.

    Args:
        weights: `model.safetensors`.
        tokenizer: `tokenizer.json`.
        config: `config.json`.

    Raises:
        SettingsError: They are no such model, or the extra `embeddings` is not installed.
    """
    try:
        from safetensors import SafetensorError
        from safetensors.numpy import load
        from tokenizers import Tokenizer
    except ImportError as error:
        raise SettingsError(
            f"Suggesting by meaning needs {error.name}.",
            code="no-embeddings",
            hint="pip install 'cocket[embeddings]'; the model's weights are separate, see docs/how-to/measures/classify-goods.md.",
        ) from error
    try:
        shape = msgspec.json.decode(config, type=_Config)
        loaded = {name: array.astype(np.float32) for name, array in load(weights).items() if array.dtype.kind == "f"}
        coder = Tokenizer.from_buffer(tokenizer)
        coder.enable_truncation(_MOST_TOKENS)
        coder.enable_padding()
        made = Encoder(hashlib.sha256(weights).hexdigest()[:16], loaded, coder, shape)
        made.encode(["a first word"])
    except (SafetensorError, msgspec.MsgspecError, ValueError, KeyError) as error:
        raise SettingsError(f"The encoder cannot be read: {error}", code="encoder-unreadable") from error
    except Exception as error:
        if type(error) is not Exception:  # tokenizers raise a bare Exception for a file that is none of theirs
            raise
        raise SettingsError(f"The encoder cannot be read: {error}", code="encoder-unreadable") from error
    return made


def _gelu(value: Array) -> Array:
    from scipy.special import erf

    result: Array = value * np.float32(0.5) * (1 + erf(value * np.float32(math.sqrt(0.5))))
    return result
