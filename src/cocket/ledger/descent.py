# SPDX-License-Identifier: Apache-2.0
"""From a signed root down to every entry: each file below `tile/` is what the hash above it says, or is named.

The root vouches for the partial tiles at the right edge, each hash in a tile for the full tile below it, each leaf hash
for its entry. Where a tile is not vouched for, its hashes are made again from what lies below; if those are vouched
for, the tile is what was changed, and the first difference says where.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import Literal

import msgspec

from cocket.errors import ProofError
from cocket.ledger.checkpoint import Checkpoint
from cocket.ledger.tiles import TILE_WIDTH, Read, Tile, partial_tiles, split_entries, split_hashes, tile_levels
from cocket.ledger.tree import HASH_LENGTH, Frontier, edge_peaks, leaf_hash, leaf_hashes, merkle_root

#: Hashes of one tile, as stored or made again from what lies below it.
Row = list[bytes]

#: Hashes of one tile as far as they can be told: None where neither the tile nor what lies below it can be read.
Settled = Sequence[bytes | None]

#: Whether hashes of tiles, taken together, give the hash that stands above them.
Vouches = Callable[[Sequence[Row | None]], bool]

#: Most problems to tell. Each step into what is not there tells one, so this also bounds the work on a head that
#: claims far more than its folder holds.
MOST_PROBLEMS = 10_000

ProblemCode = Literal["missing", "unexpected", "length", "altered", "unvouched", "signature", "unreadable"]

_DIFFERS = {
    "altered": "Its hash differs from that of the tree.",
    "unvouched": "It differs from the level below, and no hash above confirms either.",
}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One file that is not what it must be.

    Attributes:
        file: Path of the file below the log's folder.
        code: `missing`; `unexpected`; `length` (cut, or something is appended); `altered`; `unvouched` (no hash above
            vouches for it, nor for what lies below it); `signature`; `unreadable`.
        message: What is wrong, in a sentence.
        entry: Index of the first entry concerned; None if that cannot be told.
        offset: Place in the file of the first wrong hash, entry or byte; None if that cannot be told.
    """

    file: str
    code: ProblemCode
    message: str
    entry: int | None = None
    offset: int | None = None


class Descent:
    """One walk over the tiles and bundles of a log; what it met is struck off `left`.

    It ends early, and `is_cut` says so, when there are too many problems to go on.

    Args:
        read: Gives the bytes of a file by its path, None if there is none.
        files: Paths of the files that are there, without the checkpoint and the key.

    Source: C2SP tlog-tiles; RFC 6962 §2.1.
    """

    def __init__(self, read: Read, files: Iterable[str]) -> None:
        self._read = read
        self.left = set(files)
        self.problems: list[Problem] = []
        self.older: list[str] = []
        self._partials: dict[tuple[int | None, int], list[Tile]] = defaultdict(list)
        for tile in map(Tile.from_path, sorted(self.left)):
            if tile is not None and tile.width < TILE_WIDTH:
                self._partials[tile.level, tile.index].append(tile)

    @property
    def is_cut(self) -> bool:
        """Whether the walk ended early, so that `left` holds files it never came to."""
        return len(self.problems) >= MOST_PROBLEMS

    def is_of(self, head: Checkpoint) -> bool:
        """Whether the tiles at the right edge, or what lies below them, have the root this head states.

        Source: RFC 6962 §2.1.
        """
        tiles = _edge(head.size)
        stored, remade = [self._stored(tile) for tile in tiles], [self._remade(tile) for tile in tiles]
        return _first_vouched(stored, remade, _has_root(head)) is not None

    def check(self, head: Checkpoint) -> None:
        """Check every file that a log with this head must have, and the older partial ones it may have.

        Source: C2SP tlog-tiles; RFC 6962 §2.1.
        """
        tiles = _edge(head.size)
        for tile, row in zip(tiles, self._settle(tiles, _has_root(head)), strict=True):
            self._check_below(tile, row)

    def _check_below(self, tile: Tile, row: Settled) -> None:
        """Check what lies below a tile whose hashes are settled, and the partial files it grew out of."""
        self._check_older(tile, row)
        if not tile.level:
            self._check_bundle(Tile(None, tile.index, tile.width), row)
            return
        for index, hash_above in enumerate(row, tile.index * TILE_WIDTH):
            if self.is_cut:
                return
            child = Tile(tile.level - 1, index)
            [below] = self._settle([child], _has_subtree(hash_above))
            self._check_below(child, below)

    def _settle(self, tiles: Sequence[Tile], vouches: Vouches) -> Sequence[Settled]:
        """The true hashes of tiles that are vouched for together, as far as can be told; name the files that differ."""
        self.left.difference_update(tile.path for tile in tiles)
        stored = [self._stored(tile) for tile in tiles]
        if vouches(stored):
            return [row or [] for row in stored]
        remade = [self._remade(tile) for tile in tiles]
        true = _first_vouched(stored, remade, vouches)
        if true is not None:
            for tile, was, right in zip(tiles, stored, true, strict=True):
                self._compare(tile, was, right, "altered")
            return true
        settled: list[Settled] = []
        for tile, was, row in zip(tiles, stored, remade, strict=True):
            if was is not None and (row is None or stored == remade):
                self._tell(tile, "unvouched", "No hash above confirms it, and the level below does not help.")
            else:
                self._compare(tile, was, row or [], "unvouched")
            settled.append(was or row or [None] * tile.width)
        return settled

    def _stored(self, tile: Tile) -> Row | None:
        """The hashes a tile's file holds; None if it is missing or has the wrong length."""
        try:
            return split_hashes(self._file(tile) or b"", tile.width, tile.path)
        except ProofError:
            return None

    def _file(self, tile: Tile) -> bytes | None:
        """The bytes of a tile's file; where a log that grows has just replaced it, those of the full one that begin alike."""
        data = self._read(tile.path)
        if data is not None or tile.width == TILE_WIDTH:
            return data
        full = self._read(tile.folder)
        if full is None:
            return None
        if tile.level is not None:
            return full[: tile.width * HASH_LENGTH]
        end = 0
        for _ in range(tile.width):
            end += 2 + int.from_bytes(full[end : end + 2], "big")
        return full[:end]

    def _remade(self, tile: Tile) -> Row | None:
        """The hashes of a tile made again from what lies below it; None if something of that cannot be read."""
        if not tile.level:
            bundle = Tile(None, tile.index, tile.width)
            try:
                return leaf_hashes(split_entries(self._file(bundle) or b"", bundle.width, bundle.path))
            except ProofError:
                return None
        roots = []
        for place in range(tile.width):
            child = Tile(tile.level - 1, tile.index * TILE_WIDTH + place)
            row = self._stored(child) or self._remade(child)
            if row is None:
                return None
            roots.append(merkle_root(row))
        return roots

    def _check_older(self, tile: Tile, row: Settled) -> None:
        """Partial files of earlier checkpoints are the beginning of the file that grew out of them."""
        for kind in [tile.level] if tile.level else [0, None]:
            for older in self._partials[kind, tile.index]:
                if older.width >= tile.width:
                    continue
                self.left.discard(older.path)
                if self._read(older.path) is None:
                    continue  # removed since the folder was listed: it need not be there
                self.older.append(older.path)
                if kind is None:
                    self._check_bundle(older, row)
                else:
                    self._compare(older, self._stored(older), row, "altered")

    def _compare(self, tile: Tile, was: Row | None, true: Settled, code: ProblemCode) -> None:
        """Name a tile's file if it is not there whole, or begins with other hashes than these."""
        if was is None:
            data = self._file(tile)
            length = tile.width * HASH_LENGTH
            if data is None:
                self._tell(tile, "missing", "It is missing.")
            else:
                self._tell(tile, "length", f"It has {len(data)} bytes, not {length}.", offset=min(len(data), length))
            return
        for place, (found, right) in enumerate(zip(was, true, strict=False)):
            if right not in (None, found):
                entry = tile.index * TILE_WIDTH + place << 8 * (tile.level or 0)
                self._tell(tile, code, _DIFFERS[code], entry=entry, offset=place * HASH_LENGTH)
                return

    def _check_bundle(self, bundle: Tile, row: Settled) -> None:
        """Every entry of a bundle has its hash in the tile above, and there is nothing else in the file."""
        self.left.discard(bundle.path)
        data = self._file(bundle)
        first = bundle.index * TILE_WIDTH
        if data is None:
            self._tell(bundle, "missing", "It is missing.", entry=first)
            return
        at = 0
        for place, right in enumerate(row[: bundle.width]):
            start = at + 2
            end = start + int.from_bytes(data[at:start], "big")
            if len(data) < max(start, end):
                self._tell(bundle, "length", "It ends in the middle of an entry.", entry=first + place, offset=at)
                return
            if right not in (None, leaf_hash(data[start:end])):
                message = f"Entry {first + place} differs from that of the tree."
                self._tell(bundle, "altered", message, entry=first + place, offset=at)
                return
            at = end
        if at != len(data):
            self._tell(bundle, "length", "Its last entry is followed by extra data.", offset=at)

    def _tell(self, tile: Tile, code: ProblemCode, message: str, **where: int) -> None:
        self.problems.append(Problem(file=tile.path, code=code, message=message, **where))


def _edge(size: int) -> list[Tile]:
    """The partial hash tiles of a tree, lowest level first."""
    return [tile for tile in partial_tiles(size) if tile.level is not None]


def _has_root(head: Checkpoint) -> Vouches:
    """Whether the hashes of the partial tiles together have the root of a head."""
    levels = [tile.level for tile in _edge(head.size)]

    def vouches(rows: Sequence[Row | None]) -> bool:
        held = {level: row for level, row in zip(levels, rows, strict=True) if row is not None}
        edge = [held.get(level, []) for level in tile_levels(head.size)]
        return len(held) == len(levels) and Frontier(edge_peaks(edge)).root() == head.root

    return vouches


def _has_subtree(hash_above: bytes | None) -> Vouches:
    """Whether the hashes of one full tile have the root that stands above it; any pass if that cannot be told."""

    def vouches(rows: Sequence[Row | None]) -> bool:
        return rows[0] is not None and hash_above in (None, merkle_root(rows[0]))

    return vouches


def _first_vouched(
    stored: Sequence[Row | None], remade: Sequence[Row | None], vouches: Vouches
) -> Sequence[Row] | None:
    """For each tile its hashes as stored or as made again, so that they are vouched for; None if no choice is."""
    choices = product(*([row for row in pair if row is not None] for pair in zip(stored, remade, strict=True)))
    return next((rows for rows in choices if vouches(rows)), None)
