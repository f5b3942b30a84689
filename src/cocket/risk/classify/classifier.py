# SPDX-License-Identifier: Apache-2.0
"""The classifier: examples vote for a shortlist of subheadings, and what speaks for each is weighed.

How much each ground counts is learnt from the examples themselves; where they are few, the votes alone decide.

Its file holds numbers and text alone, with a hash in front: nothing in it is ever run.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt
from scipy import sparse

from cocket.errors import ProofError, SettingsError
from cocket.risk.classify.encoder import Encoder
from cocket.risk.classify.examples import Example
from cocket.risk.classify.features import WIDTH, count, rarity, weigh, words_of
from cocket.risk.classify.grounds import Phrases, Votes
from cocket.risk.classify.weighing import grounds_of, learn_weights, softmax

Scores = npt.NDArray[np.float32]

_FORMAT: Final = "cocket-classify-2"
_EVIDENCE: Final = 3
_BATCH: Final = 256

#: What it adds to a subheading's score that an example of the very same words is classified in it.
_SAME: Final = 4.0


class Evidence(msgspec.Struct, frozen=True):
    """An example that speaks for a subheading.

    Attributes:
        text: The example.
        likeness: How near the description is to it, 0–1.
    """

    text: str
    likeness: float


class Suggestion(msgspec.Struct, frozen=True):
    """A subheading that the words speak for.

    Attributes:
        hs6: Six digits.
        score: Its share of all votes, 0–1; no probability.
        evidence: Nearest examples first (0..3); none where it gained by meaning alone.
    """

    hs6: str
    score: float
    evidence: tuple[Evidence, ...] = ()


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    """What a model file says of itself."""

    format: str
    codes: tuple[str, ...]
    texts: tuple[str, ...]
    is_law: bytes
    encoder: str | None


@dataclass(frozen=True)
class Learnt:
    """What is learnt from examples.

    Attributes:
        rarities: How much each word, and each piece of a word, tells.
        words: The examples by their words, `(n_examples, 2 * WIDTH)`.
        meanings: The examples by their meaning, `(n_examples, size of the encoder)`; None without an encoder.
        weights: How much each ground counts, `(n_grounds,)`; None where the examples were too few to learn it.
    """

    rarities: tuple[Scores, Scores]
    words: sparse.csr_matrix
    meanings: Any = None
    weights: Scores | None = None


class Classifier:
    """Learns from examples and suggests subheadings.

    Args:
        examples: What to learn from (1..n).
        encoder: Tells texts by meaning; None goes by words alone.
        learnt: What was learnt from them before; None to learn now.

    Raises:
        SettingsError: There is no example.
    """

    def __init__(
        self, examples: Sequence[Example], encoder: Encoder | None = None, learnt: Learnt | None = None
    ) -> None:
        if not examples:
            raise SettingsError(
                "There is nothing to train on.", code="no-examples", hint="Give a file with --examples."
            )
        self._encoder = encoder
        self._examples = tuple(examples)
        parts = tuple(tuple(words_of(one.text)) for one in examples)
        self._learnt = learnt or _learn(parts, self._examples, encoder)
        self._grounds = grounds_of(Phrases(parts, self._learnt.words, self._learnt.meanings), self._examples)
        if self._learnt.weights is not None and len(self._learnt.weights) != self._grounds.size:
            raise SettingsError("The model's weights do not match its training data.", code="model-unreadable")
        self._same: dict[tuple[str, ...], list[int]] = {}
        for words, code in zip(parts, self._grounds.code_of.tolist(), strict=True):
            self._same.setdefault(words, []).append(code)

    @property
    def examples(self) -> tuple[Example, ...]:
        """What it learnt from."""
        return self._examples

    def suggest(self, texts: Sequence[str], most: int = 10) -> list[tuple[Suggestion, ...]]:
        """Subheadings for each description, best first (0..most each; none for one without a known word)."""
        found: list[tuple[Suggestion, ...]] = []
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            parts = tuple(tuple(words_of(text)) for text in batch)
            meanings = self._encoder.encode(batch) if self._encoder is not None else None
            asked = Phrases(parts, weigh(count(parts), self._learnt.rarities), meanings)
            votes = self._grounds.votes(asked)
            weights = self._learnt.weights
            scores = self._weighed(asked, votes, weights) if weights is not None else votes.shares
            found += [self._told(row, votes.near[place], most) for place, row in enumerate(scores)]
        return found

    def texts_of(self, hs6: str, most: int = 3) -> tuple[str, ...]:
        """The nomenclature's texts of a subheading, else examples of it (0..most)."""
        own = [one for one in self._examples if one.hs6 == hs6]
        law = [one.text for one in own if one.is_law]
        return tuple((law or [one.text for one in own])[:most])

    def to_bytes(self) -> bytes:
        """The model file: a hash, then an archive of arrays."""
        head = _Head(
            format=_FORMAT,
            codes=tuple(one.hs6 for one in self._examples),
            texts=tuple(one.text for one in self._examples),
            is_law=bytes(one.is_law for one in self._examples),
            encoder=self._encoder.name if self._encoder else None,
        )
        matrix, rarities = self._learnt.words, self._learnt.rarities
        arrays: dict[str, npt.NDArray[Any]] = {
            "head": np.frombuffer(msgspec.json.encode(head), np.uint8),
            "words": rarities[0],
            "pieces": rarities[1],
            "data": matrix.data,
            "indices": matrix.indices,
            "indptr": matrix.indptr,
        }
        if self._learnt.weights is not None:
            arrays["weights"] = self._learnt.weights
        if self._learnt.meanings is not None:
            arrays["meanings"] = self._learnt.meanings.astype(np.float16)
        archive = io.BytesIO()
        np.savez_compressed(archive, **arrays)  # type: ignore[arg-type]
        body = archive.getvalue()
        return hashlib.sha256(body).hexdigest().encode() + b"\n" + body

    @classmethod
    def load(cls, data: bytes, encoder: Encoder | None = None) -> Classifier:
        """Load a model file.

        Args:
            data: What `to_bytes` gave.
            encoder: The encoder it was trained with, where it was with one.

        Raises:
            ProofError: The file was changed.
            SettingsError: It is no model file, or needs an encoder that is not at hand.
        """
        digest, _, body = data.partition(b"\n")
        if len(digest) != 64:
            raise SettingsError("This is not a model of goods descriptions.", code="model-unreadable")
        if hashlib.sha256(body).hexdigest().encode() != digest:
            raise ProofError("The model file was changed after it was trained.", code="model-changed")
        try:
            with np.load(io.BytesIO(body), allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
            head = msgspec.json.decode(arrays["head"].tobytes(), type=_Head)
        except (ValueError, OSError, KeyError, EOFError, zipfile.BadZipFile, msgspec.MsgspecError) as error:
            raise SettingsError(f"The model file cannot be read: {error}", code="model-unreadable") from error
        if head.format != _FORMAT or (head.encoder and (encoder is None or encoder.name != head.encoder)):
            raise SettingsError(
                "The model file is of another format, or was trained with an encoder that is not given.",
                code="model-encoder",
                expected=head.encoder or _FORMAT,
                hint="Give its folder with --encoder, or train again.",
            )
        examples = [
            Example(text, hs6, bool(is_law))
            for text, hs6, is_law in zip(head.texts, head.codes, head.is_law, strict=True)
        ]
        learnt = Learnt(
            rarities=(arrays["words"], arrays["pieces"]),
            words=sparse.csr_matrix(
                (arrays["data"], arrays["indices"], arrays["indptr"]), shape=(len(examples), 2 * WIDTH)
            ),
            meanings=arrays["meanings"].astype(np.float32) if "meanings" in arrays else None,
            weights=arrays.get("weights"),
        )
        return cls(examples, encoder if head.encoder else None, learnt)

    def _weighed(self, asked: Phrases, votes: Votes, weights: Scores) -> Scores:
        """Share of each subheading by all grounds, `(n, n_codes)`; 0 off the shortlist and where nothing is known."""
        listed = self._grounds.shortlist(votes)
        told = self._grounds.of(asked, votes, listed) @ weights
        for row, words in enumerate(asked.parts):
            same = self._same.get(words, [])
            for code in same:
                told[row, listed[row] == code] += _SAME / len(same)
        scores = np.zeros_like(votes.shares)
        np.put_along_axis(scores, listed, softmax(told).astype(np.float32), axis=1)
        scores[~votes.shares.any(axis=1)] = 0
        return scores

    def _told(self, scores: Scores, near: sparse.csr_matrix, most: int) -> tuple[Suggestion, ...]:
        codes = self._grounds.code_of[near.indices]
        told = []
        for code in np.argsort(-scores, kind="stable")[:most]:
            if scores[code] > 0:
                own = np.flatnonzero(codes == code)
                nearest = own[np.lexsort((near.indices[own], -near.data[own]))][:_EVIDENCE]
                evidence = tuple(
                    Evidence(self._examples[near.indices[place]].text, round(float(near.data[place]), 3))
                    for place in nearest
                )
                told.append(Suggestion(str(self._grounds.codes[code]), round(float(scores[code]), 4), evidence))
        return tuple(told)


def _learn(parts: tuple[tuple[str, ...], ...], examples: Sequence[Example], encoder: Encoder | None) -> Learnt:
    counts = count(parts)
    rarities = rarity(counts[0]), rarity(counts[1])
    words = weigh(counts, rarities)
    meanings = encoder.encode([one.text for one in examples]) if encoder else None
    return Learnt(rarities, words, meanings, learn_weights(Phrases(parts, words, meanings), examples))
