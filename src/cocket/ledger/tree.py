# SPDX-License-Identifier: Apache-2.0
"""The Merkle tree of RFC 6962, kept as its right edge only.

A tree of any size is a row of perfect subtrees, one for each 1 in the binary form of its size. Those few roots, the
peaks, are all one needs to add leaves and to know the root. Heights count from 0, a leaf.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

HASH_LENGTH = 32
EMPTY_ROOT = sha256().digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry (32 bytes).

    Source: RFC 6962 §2.1.
    """
    return sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees (32 bytes).

    Source: RFC 6962 §2.1.
    """
    return sha256(b"\1" + left + right).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """The hashes of many entries, in order.

    Source: RFC 6962 §2.1.
    """
    return [sha256(b"\0" + entry).digest() for entry in entries]


def parents(nodes: Sequence[bytes]) -> list[bytes]:
    """The hashes of neighbours two by two; a last one without a neighbour is left out.

    Source: RFC 6962 §2.1.
    """
    each = iter(nodes)
    return [sha256(b"\1" + left + right).digest() for left, right in zip(each, each, strict=False)]


def merkle_root(hashes: Sequence[bytes]) -> bytes:
    """The root over hashes of equally high subtrees (0..n); over leaf hashes, the root of the tree.

    Source: RFC 6962 §2.1: splitting at the largest power of two and pairing from the left give the same tree.
    """
    if not hashes:
        return EMPTY_ROOT
    row = list(hashes)
    while len(row) > 1:
        last = row[-1:] if len(row) % 2 else []
        row = parents(row) + last
    return row[0]


def subtree_rows(hashes: Sequence[bytes]) -> list[list[bytes]]:
    """Every perfect subtree over hashes of equally high subtrees.

    Returns:
        Row h holds the roots 2^h wide, from the left; the last row has one root. Empty if there are no hashes.

    Source: RFC 6962 §2.1.
    """
    rows = []
    row = list(hashes)
    while row:
        rows.append(row)
        row = parents(row)
    return rows


def edge_peaks(levels: Sequence[Sequence[bytes]]) -> list[bytes | None]:
    """The peaks of a tree from the hashes at its right edge.

    Args:
        levels: For each height divisible by eight, lowest first, the roots not yet in a subtree 256 times as wide
            (0..255 each): what a partial tile holds.

    Returns:
        Peaks by height, lowest first, None where the size has a 0.

    Source: RFC 6962 §2.1; C2SP tlog-tiles, Partial Tiles.
    """
    peaks: list[bytes | None] = []
    for hashes in levels:
        rows = subtree_rows(hashes)
        peaks += [rows[height][-1] if len(hashes) >> height & 1 else None for height in range(8)]
    return peaks


class Frontier:
    """The right edge of a tree: its peaks by height, None where the size has a 0.

    Args:
        peaks: Peaks by height, lowest first.

    Source: RFC 6962 §2.1; C2SP merkle-tree.
    """

    def __init__(self, peaks: Iterable[bytes | None] = ()) -> None:
        self._peaks = list(peaks)

    def extend(self, hashes: Sequence[bytes]) -> list[list[bytes]]:
        """Add leaf hashes at the right.

        Args:
            hashes: Leaf hashes, in order (0..n).

        Returns:
            Row h holds the roots of the subtrees of height h that are new, in order; row 0 is `hashes` themselves.

        Source: RFC 6962 §2.1.
        """
        new: list[list[bytes]] = []
        nodes = list(hashes)
        while nodes:
            new.append(nodes)
            nodes = self._pair_up(len(new) - 1, nodes)
        return new

    def _pair_up(self, height: int, nodes: list[bytes]) -> list[bytes]:
        """The parents of the peak at `height` and the new nodes beside it; one left over becomes the peak."""
        if height == len(self._peaks):
            self._peaks.append(None)
        peak = self._peaks[height]
        row = nodes if peak is None else [peak, *nodes]
        self._peaks[height] = row[-1] if len(row) % 2 else None
        return parents(row)

    def root(self) -> bytes:
        """The root of the whole tree (32 bytes).

        Source: RFC 6962 §2.1.
        """
        root = None
        for peak in self._peaks:
            if peak is not None:
                root = peak if root is None else node_hash(peak, root)
        return EMPTY_ROOT if root is None else root
