# SPDX-License-Identifier: Apache-2.0
"""Inclusion and consistency: made from tiles, checked with nothing but hashes.

Inclusion shows that an entry is in the tree with this root. Consistency shows that a tree is an older one with leaves
added: nothing was changed or taken away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from cocket.errors import ProofError
from cocket.ledger.tiles import TILE_WIDTH, Read, Tile, level_width, read_hashes
from cocket.ledger.tree import EMPTY_ROOT, HASH_LENGTH, node_hash, subtree_rows

_KEPT_TILES = 64


class Prover:
    """Makes proofs from the tiles of one log; keeps the last tiles it used, so that neighbours are cheap.

    Args:
        size: Size of the tree whose files are there (count of entries).
        read: Gives the files.

    Source: RFC 9162 §2.1; C2SP tlog-tiles, Merkle Tree.
    """

    def __init__(self, size: int, read: Read) -> None:
        self._size = size
        self._read = read
        self._rows = lru_cache(_KEPT_TILES)(self._read_rows)
        self._edge = lru_cache(_KEPT_TILES)(self._subtree)

    def root(self, size: int | None = None) -> bytes:
        """The root at a size (32 bytes).

        Args:
            size: Size of the tree to tell of; None for the whole.

        Raises:
            ProofError: The size is beyond the files, or a tile is missing or broken.

        Source: RFC 6962 §2.1.
        """
        size = self._within(size)
        return self._subtree(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """The path from an entry up to the root.

        Args:
            index: Place of the entry, from 0.
            size: Size of the tree to prove in; None for the whole.

        Returns:
            Hashes of 32 bytes, lowest first (0..64).

        Raises:
            ProofError: The entry is not in a tree of that size, or a tile is missing or broken.

        Source: RFC 9162 §2.1.3.1.
        """
        size = self._within(size)
        if not 0 <= index < size:
            raise ProofError(
                "There is no such entry.", code="proof-range", expected=f"0 to {size - 1}", found=str(index)
            )
        path: list[bytes] = []
        top = (size - 1).bit_length()
        for level in range(-(-top // 8)):
            rows: list[list[bytes]] | None = None
            for inside in range(min(8, top - 8 * level)):
                height = 8 * level + inside
                sibling = index >> height ^ 1
                start = sibling << height
                if start + (1 << height) <= size:
                    rows = rows or self._rows(level, index >> 8 * (level + 1))
                    path.append(rows[inside][sibling & (TILE_WIDTH - 1 >> inside)])
                elif start < size:
                    path.append(self._edge(start, size))
        return path

    def consistency(self, old: int, size: int | None = None) -> list[bytes]:
        """The hashes that lead from an older root to a newer one.

        Args:
            old: Size of the older tree.
            size: Size of the newer tree; None for the whole.

        Returns:
            Hashes of 32 bytes (0..65); none if the sizes are equal or the older tree is empty.

        Raises:
            ProofError: The older tree is larger, or a tile is missing or broken.

        Source: RFC 9162 §2.1.4.1.
        """
        size = self._within(size)
        if not 0 <= old <= size:
            raise ProofError(
                "The older tree is larger.", code="proof-range", expected=f"at most {size}", found=str(old)
            )
        return list(self._between(old, 0, size, known=True)) if old else []

    def _between(self, old: int, start: int, end: int, *, known: bool) -> Iterator[bytes]:
        """RFC 9162's SUBPROOF over the leaves from start to end; `known` while the older root is this very subtree."""
        if old == end:
            if not known:
                yield self._subtree(start, end)
            return
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        if old <= middle:
            yield from self._between(old, start, middle, known=known)
            yield self._subtree(middle, end)
        else:
            yield from self._between(old, middle, end, known=False)
            yield self._subtree(start, middle)

    def _subtree(self, start: int, end: int) -> bytes:
        """The root over the leaves from start to end: its perfect subtrees from the left, folded from the right."""
        roots = []
        while start < end:
            height = (end - start).bit_length() - 1
            roots.append(self._perfect(height, start >> height))
            start += 1 << height
        root = roots.pop()
        while roots:
            root = node_hash(roots.pop(), root)
        return root

    def _perfect(self, height: int, place: int) -> bytes:
        """The root of the perfect subtree of a height at a place of its row."""
        level, inside = divmod(height, 8)
        index, column = divmod(place, TILE_WIDTH >> inside)
        return self._rows(level, index)[inside][column]

    def _read_rows(self, level: int, index: int) -> list[list[bytes]]:
        width = min(TILE_WIDTH, level_width(self._size, level) - index * TILE_WIDTH)
        return subtree_rows(read_hashes(self._read, Tile(level, index, width)))

    def _within(self, size: int | None) -> int:
        if size is None:
            return self._size
        if not 0 <= size <= self._size:
            raise ProofError(
                "The log has no tree of that size.",
                code="proof-range",
                expected=f"at most {self._size}",
                found=str(size),
            )
        return size


def prove_inclusion(index: int, size: int, read: Read) -> list[bytes]:
    """One inclusion proof in a tree whose files are there; for many, keep a `Prover`.

    Returns:
        Hashes of 32 bytes, lowest first (0..64).

    Raises:
        ProofError: The entry is not in the tree, or a tile is missing or broken.

    Source: RFC 9162 §2.1.3.1.
    """
    return Prover(size, read).inclusion(index)


def prove_consistency(old: int, size: int, read: Read) -> list[bytes]:
    """One consistency proof up to a tree whose files are there; for many, keep a `Prover`.

    Returns:
        Hashes of 32 bytes (0..65).

    Raises:
        ProofError: The older tree is larger, or a tile is missing or broken.

    Source: RFC 9162 §2.1.4.1.
    """
    return Prover(size, read).consistency(old)


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Check that a leaf is in the tree with this root; returns only if it is.

    Args:
        leaf: Hash of the entry (32 bytes).
        index: Its place, from 0.
        size: Size of the tree (count of entries).
        path: The proof, lowest hash first.
        root: Root of the tree (32 bytes).

    Raises:
        ProofError: With the reason.

    Source: RFC 9162 §2.1.3.2.
    """
    _check_lengths([leaf, root, *path])
    if not 0 <= index < size:
        raise ProofError(
            "The entry is not in a tree of that size.",
            code="proof-range",
            expected=f"0 to {size - 1}",
            found=str(index),
        )
    hash_, place, last = leaf, index, size - 1
    for sibling in path:
        if last == 0:
            raise ProofError("The proof is too long.", code="proof-length")
        if place % 2 or place == last:
            hash_ = node_hash(sibling, hash_)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            hash_ = node_hash(hash_, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofError("The proof is too short.", code="proof-length")
    _check_root(hash_, root, "root")


def verify_consistency(old: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes) -> None:
    """Check that a tree is an older one with leaves added; returns only if it is.

    Args:
        old: Size of the older tree.
        size: Size of the newer tree.
        proof: The hashes that lead from one to the other.
        old_root: Root of the older tree (32 bytes).
        root: Root of the newer tree (32 bytes).

    Raises:
        ProofError: With the reason.

    Source: RFC 9162 §2.1.4.2; an empty older tree is consistent with any, without a proof (RFC 6962 §2.1.2).
    """
    if not 0 <= old <= size:
        raise ProofError("The older tree is larger.", code="proof-range", expected=f"at most {size}", found=str(old))
    if proof and old in (0, size):
        raise ProofError("The proof is too long.", code="proof-length", expected="0", found=str(len(proof)))
    if old == 0:
        _check_root(old_root, EMPTY_ROOT, "older root")
    if old == size:
        _check_root(old_root, root, "root")
        return
    _check_lengths([old_root, root, *proof])
    if old:
        _walk_consistency(old, size, proof, old_root, root)


def _walk_consistency(old: int, size: int, proof: Sequence[bytes], old_root: bytes, root: bytes) -> None:
    place, last = old - 1, size - 1
    while place % 2:
        place, last = place >> 1, last >> 1
    steps = iter(proof if place else [old_root, *proof])
    before = after = next(steps, None)
    if before is None or after is None:
        raise ProofError("The proof is too short.", code="proof-length")
    for step in steps:
        if last == 0:
            raise ProofError("The proof is too long.", code="proof-length")
        if place % 2 or place == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, step)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofError("The proof is too short.", code="proof-length")
    _check_root(before, old_root, "older root")
    _check_root(after, root, "root")


def _check_lengths(hashes: Sequence[bytes]) -> None:
    for hash_ in hashes:
        if len(hash_) != HASH_LENGTH:
            raise ProofError(
                "A hash in the proof is not 32 bytes.", code="hash-length", expected="32", found=str(len(hash_))
            )


def _check_root(found: bytes, expected: bytes, name: str) -> None:
    if found != expected:
        raise ProofError(
            f"The proof leads to a different {name}.", code="proof-root", expected=expected.hex(), found=found.hex()
        )
