# SPDX-License-Identifier: Apache-2.0
"""A log that grows: entries in, the files to write out.

Memory holds the right edge only: one partial tile a level, one partial bundle, and the peaks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from cocket.errors import ProofError
from cocket.ledger.tiles import (
    TILE_WIDTH,
    Read,
    Tile,
    frame_entries,
    partial_tiles,
    read_entries,
    read_hashes,
    tile_levels,
)
from cocket.ledger.tree import Frontier, edge_peaks, leaf_hashes


class Growth(msgspec.Struct, frozen=True):
    """What one batch does to a log.

    Attributes:
        size: Size of the tree after it (count of entries).
        root: Root of the tree after it (32 bytes).
        files: Bytes by path: each tile and bundle that is new, whole. Write them in this order, before the checkpoint
            is published: bundles come first, so that after a crash every tile can be told from its entries.
        obsolete: Folders of partial files (`….p`) whose tile is now full. Remove them with all they hold, after the
            checkpoint is published. Partials of tiles that are still partial stay: someone may hold the checkpoint
            that needs them.
    """

    size: int
    root: bytes
    files: dict[str, bytes]
    obsolete: tuple[str, ...]


class _Strip:
    """One level of tiles, or the bundles: a row of items cut into files of 256, of which only the last is kept."""

    def __init__(self, level: int | None, index: int = 0, items: Sequence[bytes] = ()) -> None:
        self._level = level
        self._index = index
        self._items = list(items)

    def extend(self, items: Sequence[bytes], files: dict[str, bytes], obsolete: list[str]) -> None:
        """Add items at the right; note the files this makes and the folder of partials it outdates."""
        if self._items and len(self._items) + len(items) >= TILE_WIDTH:
            obsolete.append(f"{Tile(self._level, self._index).folder}.p")
        row = [*self._items, *items]
        whole = len(row) - len(row) % TILE_WIDTH
        for start in range(0, whole, TILE_WIDTH):
            files[Tile(self._level, self._index).path] = b"".join(row[start : start + TILE_WIDTH])
            self._index += 1
        self._items = row[whole:]
        if self._items and items:
            files[Tile(self._level, self._index, len(self._items)).path] = b"".join(self._items)


class Tree:
    """A growing log. A new one is empty; one that has files is resumed from them.

    Source: RFC 6962 §2.1; C2SP tlog-tiles.
    """

    def __init__(self) -> None:
        self.size = 0
        self._frontier = Frontier()
        self._bundles = _Strip(None)
        self._levels: list[_Strip] = []

    @property
    def root(self) -> bytes:
        """Root of the tree (32 bytes).

        Source: RFC 6962 §2.1.
        """
        return self._frontier.root()

    @classmethod
    def resume(cls, size: int, read: Read) -> Tree:
        """Take up a log where its files stop.

        Args:
            size: Size of the tree (count of entries), from its last signed head.
            read: Gives the files; only the right edge is read.

        Returns:
            The tree. Compare its `root` with the head's before growing it, and refuse to go on if they differ.

        Raises:
            ProofError: A file of the edge is missing, broken, or does not agree with the entries.

        Source: C2SP tlog-tiles, Partial Tiles.
        """
        tree = cls()
        tree.size = size
        edge = {tile.level: tile for tile in partial_tiles(size)}
        rows = [read_hashes(read, edge[level]) if level in edge else [] for level in tile_levels(size)]
        tree._levels = [_Strip(level, size >> 8 * (level + 1), row) for level, row in enumerate(rows)]
        tree._frontier = Frontier(edge_peaks(rows))
        entries = read_entries(read, edge[None]) if None in edge else []
        if entries and leaf_hashes(entries) != rows[0]:
            path = edge[None].path
            raise ProofError(f"{path} does not agree with {edge[0].path}.", code="bundle-altered", pointer=path)
        tree._bundles = _Strip(None, size // TILE_WIDTH, frame_entries(entries))
        return tree

    def grow(self, entries: Iterable[bytes]) -> Growth:
        """Add a batch of entries at the right.

        Args:
            entries: The entries, in order (0..n, each at most 65,535 bytes).

        Returns:
            The new size and root, the files to write and the folders to remove.

        Raises:
            ProofError: An entry is too long; the tree is as it was.

        Source: RFC 6962 §2.1; C2SP tlog-tiles.
        """
        batch = list(entries)
        framed = frame_entries(batch)
        files: dict[str, bytes] = {}
        obsolete: list[str] = []
        self._bundles.extend(framed, files, obsolete)
        for level, hashes in enumerate(self._frontier.extend(leaf_hashes(batch))[::8]):
            if level == len(self._levels):
                self._levels.append(_Strip(level))
            self._levels[level].extend(hashes, files, obsolete)
        self.size += len(batch)
        return Growth(self.size, self.root, files, tuple(obsolete))
