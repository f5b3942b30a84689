# SPDX-License-Identifier: Apache-2.0
"""Descriptions of goods as vectors: words and pairs of words in one half, pieces of words in the other.

Features are hashed, so that no vocabulary has to be kept, and a word never seen before still shares its pieces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt
from anyascii import anyascii
from scipy import sparse

#: Places of each half.
WIDTH: Final = 1 << 19

#: Words that tell no goods from others, and those of the law's references.
LITTLE_WORDS: Final = frozenset((
    "of", "the", "and", "or", "for", "in", "to", "a", "an", "with", "not", "other", "than", "whether", "by", "on", "as", "from",
    "heading", "subheading", "nes", "elsewhere", "no", "n", "e", "c", "item", "chapter", "excluding",
))  # fmt: skip

_WORD: Final = re.compile(r"[a-z0-9]+")
_LONGEST: Final = 400
_PIECES: Final = (3, 4, 5)
_PLURAL: Final = 3

Halves = tuple[sparse.csr_matrix, sparse.csr_matrix]


def words_of(text: str) -> list[str]:
    """Words of a description in small letters A to Z and figures, without the endings of plurals."""
    plain = text[:_LONGEST] if text.isascii() else anyascii(text[:_LONGEST])
    return [_singular(word) for word in _WORD.findall(plain.lower())]


def count(found: Sequence[Sequence[str]]) -> Halves:
    """How often each feature stands in each text, as 1 + log.

    Args:
        found: Words of each text, as `words_of` gives them.

    Returns:
        Words and pairs of words, and pieces of words; each `(len(found), WIDTH)`.
    """
    return _matrix([_whole(words) for words in found]), _matrix([_pieces(words) for words in found])


def rarity(counts: sparse.csr_matrix) -> npt.NDArray[np.float32]:
    """How much each feature tells: 1 + log of texts to texts that have it, `(WIDTH,)`."""
    having = np.bincount(counts.indices, minlength=WIDTH)
    return np.asarray(np.log((1 + counts.shape[0]) / (1 + having)) + 1, np.float32)


def weigh(counts: Halves, rarities: Sequence[npt.NDArray[np.float32]]) -> sparse.csr_matrix:
    """Vectors of length 1, to which both halves give the same, `(n, 2 * WIDTH)`."""
    halves = [unit(half.multiply(weight).tocsr()) for half, weight in zip(counts, rarities, strict=True)]
    return (sparse.hstack(halves) * np.float32(0.5**0.5)).tocsr()


def unit(matrix: sparse.csr_matrix) -> sparse.csr_matrix:
    """The same rows with length 1; an empty row stays empty."""
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return (sparse.diags(1 / np.maximum(lengths, 1e-9)) @ matrix).tocsr().astype(np.float32)


def _whole(words: Sequence[str]) -> Iterator[str]:
    yield from words
    yield from (f"{one} {other}" for one, other in pairwise(words))


def _pieces(words: Sequence[str]) -> Iterator[str]:
    for word in words:
        bounded = f" {word} "
        for size in _PIECES:
            yield from (bounded[place : place + size] for place in range(len(bounded) - size + 1))


def _matrix(rows: Sequence[Iterator[str]]) -> sparse.csr_matrix:
    indptr, indices = [0], []
    for row in rows:
        indices += [crc32(feature.encode()) % WIDTH for feature in row]
        indptr.append(len(indices))
    data = np.ones(len(indices), np.float32)
    matrix = sparse.csr_matrix((data, np.asarray(indices, np.int32), indptr), shape=(len(rows), WIDTH))
    matrix.sum_duplicates()
    matrix.data = np.log(matrix.data) + np.float32(1)
    return matrix


def _singular(word: str) -> str:
    if len(word) <= _PLURAL or not word.endswith("s") or word.endswith("ss"):
        return word
    return f"{word[:-3]}y" if word.endswith("ies") else word[:-1]
