# SPDX-License-Identifier: Apache-2.0
"""Files ahead of the checkpoint: what a crash leaves between writing a growth and publishing its checkpoint.

No signature covers them, so nothing here is proof. But they need not be condemned: `Growth.files` puts bundles first,
so that after a crash the entries carry the log on without a gap, and every tile there can be made of them.
"""

from __future__ import annotations

from collections.abc import Iterable

from cocket.errors import ProofError
from cocket.ledger.growth import Tree
from cocket.ledger.tiles import (
    TILE_WIDTH,
    Read,
    Tile,
    level_width,
    partial_tiles,
    read_entries,
    split_entries,
    split_hashes,
)


def find_ahead(size: int, read: Read, paths: Iterable[str]) -> list[str]:
    """Which files carry a sound log on beyond its checkpoint.

    Args:
        size: Size of the tree the checkpoint covers; its own files are known to be sound.
        read: Gives the bytes of a file by its path.
        paths: Files that do not belong to that tree.

    Returns:
        Paths of those that a growth of the log can have written (0..n), sorted; the others are not of this log.

    Source: C2SP tlog-tiles; ours is what may lie ahead.
    """
    tiles = [tile for tile in map(Tile.from_path, sorted(paths)) if tile is not None]
    end, made = _grow_on(size, read, tiles)
    return [tile.path for tile in tiles if _begins(tile, read(tile.path) or b"", end, made)]


def _grow_on(size: int, read: Read, tiles: Iterable[Tile]) -> tuple[int, dict[str, bytes]]:
    """Grow the tree by the entries in the bundles ahead, as far as they go without a gap: its size and files."""
    widest = {tile.index: tile for tile in sorted(tiles, key=lambda tile: tile.width) if tile.level is None}
    known = [read_entries(read, tile) for tile in partial_tiles(size) if tile.level is None]
    begin = known[0] if known else []
    tree = Tree.resume(size, read)
    made: dict[str, bytes] = {}
    while (bundle := widest.get(tree.size // TILE_WIDTH)) is not None:
        try:
            entries = split_entries(read(bundle.path) or b"", bundle.width, bundle.path)
        except ProofError:
            break
        if bundle.width <= len(begin) or entries[: len(begin)] != begin:
            break
        made |= tree.grow(entries[len(begin) :]).files
        begin = entries if bundle.width < TILE_WIDTH else []
    return tree.size, made


def _begins(tile: Tile, data: bytes, end: int, made: dict[str, bytes]) -> bool:
    """Whether a file is the beginning of what the grown tree has in its place."""
    width = min(TILE_WIDTH, level_width(end, tile.level) - tile.index * TILE_WIDTH)
    if width < tile.width:
        return False
    try:
        split = split_entries if tile.level is None else split_hashes
        split(data, tile.width, tile.path)
    except ProofError:
        return False
    return made.get(Tile(tile.level, tile.index, width).path, b"").startswith(data)
