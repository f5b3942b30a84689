# SPDX-License-Identifier: Apache-2.0
"""The classifier: the nearest examples vote for their subheadings, and a subheading gains by its neighbours in the tree.

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
from cocket.risk.classify.features import WIDTH, count, rarity, unit, weigh

Scores = npt.NDArray[np.float32]

_FORMAT: Final = "cocket-classify-1"
_NEIGHBOURS: Final = 30
_EVIDENCE: Final = 3
_BATCH: Final = 256

#: Share that the middles of subheadings have in the vote by words, beside the nearest examples; and the power of likeness.
_MIDDLES: Final = 0.4
_BY_MIDDLE: Final = 4.0

#: Powers of likeness with which neighbours vote, by words and by meaning.
_BY_WORDS: Final = 3.0
_BY_MEANING: Final = 10.0

#: How much a subheading gains by all votes for its heading and its chapter.
_HEADING_GAIN: Final = 3.0
_CHAPTER_GAIN: Final = 1.0

#: Shares of the three votes where an encoder is at hand: words, nearest examples by meaning, middles by meaning.
_SHARES: Final = (0.4, 0.1, 0.5)
_SHARPNESS: Final = 30.0


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
    """

    rarities: tuple[Scores, Scores]
    words: sparse.csr_matrix
    meanings: Any = None


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
                "There is nothing to learn from.", code="no-examples", hint="Name a file by --examples."
            )
        self._encoder = encoder
        self._examples = tuple(examples)
        self._learnt = learnt or _learn([one.text for one in examples], encoder)
        self._codes, self._code_of = np.unique([one.hs6 for one in examples], return_inverse=True)
        self._headings, self._chapters = (
            np.unique([code[:size] for code in self._codes], return_inverse=True)[1] for size in (4, 2)
        )
        self._middles = self._middles_of_codes()
        self._meanings = self._middles_of_meanings() if self._learnt.meanings is not None else None

    @property
    def examples(self) -> tuple[Example, ...]:
        """What it learnt from."""
        return self._examples

    def suggest(self, texts: Sequence[str], most: int = 10) -> list[tuple[Suggestion, ...]]:
        """Subheadings for each description, best first (0..most each; none for one without a known word)."""
        found: list[tuple[Suggestion, ...]] = []
        for start in range(0, len(texts), _BATCH):
            batch = texts[start : start + _BATCH]
            asked = weigh(count(batch), self._learnt.rarities)
            near = (asked @ self._learnt.words.T).tocsr()
            scores = self._scores(batch, asked, near)
            found += [self._told(row, near[place], most) for place, row in enumerate(scores)]
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
            raise SettingsError("This is no model of goods texts.", code="model-unreadable")
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
                hint="Name its folder by --encoder, or train again.",
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
        )
        return cls(examples, encoder if head.encoder else None, learnt)

    def _middles_of_codes(self) -> sparse.csr_matrix:
        """The mean of each subheading's examples by words, of length 1, `(n_codes, 2 * WIDTH)`."""
        everyone = np.arange(len(self._examples))
        belongs = sparse.csr_matrix((np.ones(len(everyone), np.float32), (self._code_of, everyone)))
        return unit((belongs @ self._learnt.words).tocsr())

    def _middles_of_meanings(self) -> Scores:
        """The mean of each subheading's examples by meaning, of length 1, `(n_codes, size of the encoder)`."""
        middles = np.zeros((len(self._codes), self._learnt.meanings.shape[1]), np.float32)
        np.add.at(middles, self._code_of, self._learnt.meanings)
        middles /= np.linalg.norm(middles, axis=1, keepdims=True)
        return middles

    def _scores(self, texts: Sequence[str], asked: sparse.csr_matrix, near: sparse.csr_matrix) -> Scores:
        """Share of votes for each subheading, `(len(texts), n_codes)`."""
        votes = np.vstack([self._vote(near.indices[a:b], near.data[a:b], _BY_WORDS) for a, b in _bounds(near)])
        middles = np.asarray((asked @ self._middles.T).todense()) ** np.float32(_BY_MIDDLE)
        scores = _shares((1 - _MIDDLES) * _shares(votes) + _MIDDLES * _shares(middles))
        if self._encoder is not None and self._meanings is not None:
            meanings = self._encoder.encode(texts)
            alike = meanings @ self._learnt.meanings.T
            everyone = np.arange(len(self._examples))
            neighbours = np.vstack([self._vote(everyone, row, _BY_MEANING) for row in alike])
            told = meanings @ self._meanings.T
            middles = np.exp((told - told.max(axis=1, keepdims=True)) * _SHARPNESS)
            by_words, by_neighbours, by_middles = _SHARES
            scores = by_words * scores + by_neighbours * _shares(neighbours) + by_middles * _shares(middles)
        for groups, gain in ((self._headings, _HEADING_GAIN), (self._chapters, _CHAPTER_GAIN)):
            sums = np.zeros((len(texts), int(groups.max()) + 1), np.float32)
            np.add.at(sums.T, groups, scores.T)
            scores = _shares(scores * (1 + gain * sums[:, groups]))
        return scores

    def _vote(self, places: npt.NDArray[Any], alike: npt.NDArray[Any], power: float) -> Scores:
        if len(alike) > _NEIGHBOURS:
            kept = np.argpartition(alike, -_NEIGHBOURS)[-_NEIGHBOURS:]
            places, alike = places[kept], alike[kept]
        votes = np.zeros(len(self._codes), np.float32)
        np.add.at(votes, self._code_of[places], np.maximum(alike, 0) ** power)
        return votes

    def _told(self, scores: Scores, near: sparse.csr_matrix, most: int) -> tuple[Suggestion, ...]:
        codes = self._code_of[near.indices]
        told = []
        for code in np.argsort(-scores, kind="stable")[:most]:
            if scores[code] > 0:
                own = np.flatnonzero(codes == code)
                nearest = own[np.lexsort((near.indices[own], -near.data[own]))][:_EVIDENCE]
                evidence = tuple(
                    Evidence(self._examples[near.indices[place]].text, round(float(near.data[place]), 3))
                    for place in nearest
                )
                told.append(Suggestion(str(self._codes[code]), round(float(scores[code]), 4), evidence))
        return tuple(told)


def _learn(texts: Sequence[str], encoder: Encoder | None) -> Learnt:
    counts = count(texts)
    rarities = rarity(counts[0]), rarity(counts[1])
    return Learnt(rarities, weigh(counts, rarities), encoder.encode(texts) if encoder else None)


def _bounds(matrix: sparse.csr_matrix) -> list[tuple[int, int]]:
    return list(zip(matrix.indptr[:-1].tolist(), matrix.indptr[1:].tolist(), strict=True))


def _shares(votes: Scores) -> Scores:
    shares: Scores = votes / np.maximum(votes.sum(axis=1, keepdims=True), np.float32(1e-9))
    return shares
