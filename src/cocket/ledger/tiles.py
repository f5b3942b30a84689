# SPDX-License-Identifier: Apache-2.0
"""The tree as static files: hash tiles and entry bundles, 256 to a file.

A tile at level L holds the roots of subtrees 256^L leaves wide; a bundle holds the entries themselves. The last of each
level is partial until it is full. File names are all there is to address them, so any web server can serve a log.
Source: C2SP tlog-tiles.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

import msgspec

from cocket.errors import ProofError
from cocket.ledger.tree import HASH_LENGTH

TILE_WIDTH = 256
MAX_ENTRY_LENGTH = 0xFFFF

_LEVELS = 64

#: Gives the bytes of a file of the log by its name, None if there is no such file.
Read = Callable[[str], bytes | None]

_PATH = re.compile(r"tile/(entries|0|[1-9]\d?)/((?:x\d{3}/)*)(\d{3})(?:\.p/([1-9]\d{0,2}))?")


class Tile(msgspec.Struct, frozen=True):
    """The address of one tile or bundle.

    Attributes:
        level: Level of a hash tile (0..63); None for a bundle of entries.
        index: Place within the level, from 0.
        width: How many hashes or entries it holds (1..256); 256 is full.
    """

    level: int | None
    index: int
    width: int = TILE_WIDTH

    @property
    def folder(self) -> str:
        """Path of the full file; of the folder of its partials, with `.p` behind it.

        Source: C2SP tlog-tiles, Merkle Tree.
        """
        name = f"{self.index % 1000:03}"
        above = self.index // 1000
        while above:
            name = f"x{above % 1000:03}/{name}"
            above //= 1000
        return f"tile/{'entries' if self.level is None else self.level}/{name}"

    @property
    def path(self) -> str:
        """Path of the file below the log's folder or URL.

        Source: C2SP tlog-tiles, Merkle Tree and Partial Tiles.
        """
        return self.folder if self.width == TILE_WIDTH else f"{self.folder}.p/{self.width}"

    @classmethod
    def from_path(cls, path: str) -> Tile | None:
        """The address a path spells; None if the path is not that of a tile, to the letter.

        Source: C2SP tlog-tiles, Merkle Tree and Partial Tiles.
        """
        match = _PATH.fullmatch(path)
        if match is None:
            return None
        kind, above, last, width = match.groups()
        tile = cls(
            None if kind == "entries" else int(kind),
            int(above.replace("x", "").replace("/", "") + last),
            int(width or TILE_WIDTH),
        )
        return tile if tile.path == path and (tile.level or 0) < _LEVELS else None


def tile_levels(size: int) -> range:
    """The levels that have tiles in a tree of this size; none if it is empty.

    Source: C2SP tlog-tiles, Partial Tiles.
    """
    return range(-(-size.bit_length() // 8))


def level_width(size: int, level: int | None) -> int:
    """How many hashes a level holds in a tree of this size, or how many entries there are.

    Source: C2SP tlog-tiles, Partial Tiles.
    """
    return size >> 8 * (level or 0)


def partial_tiles(size: int) -> list[Tile]:
    """The partial tiles of a tree of this size, lowest level first, with the bundle before them.

    Source: C2SP tlog-tiles, Partial Tiles.
    """
    kinds: list[int | None] = [None, *tile_levels(size)]
    wide = ((kind, *divmod(level_width(size, kind), TILE_WIDTH)) for kind in kinds)
    return [Tile(kind, index, width) for kind, index, width in wide if width]


def split_hashes(data: bytes, width: int, path: str) -> list[bytes]:
    """The hashes of a tile's bytes.

    Raises:
        ProofError: There are not exactly `width` hashes.

    Source: C2SP tlog-tiles, Merkle Tree.
    """
    if len(data) != width * HASH_LENGTH:
        raise ProofError(
            f"{path} has the wrong length.",
            code="tile-length",
            pointer=f"{path}@{min(len(data), width * HASH_LENGTH)}",
            expected=f"{width * HASH_LENGTH} bytes",
            found=f"{len(data)} bytes",
        )
    return [data[at : at + HASH_LENGTH] for at in range(0, len(data), HASH_LENGTH)]


def frame_entries(entries: Iterable[bytes]) -> list[bytes]:
    """Each entry with its length before it, as a bundle holds it.

    Raises:
        ProofError: An entry is longer than 65,535 bytes.

    Source: C2SP tlog-tiles, Log entries.
    """
    try:
        return [len(entry).to_bytes(2, "big") + entry for entry in entries]
    except OverflowError as error:
        raise ProofError(
            "An entry is too long for the log.", code="entry-length", expected=f"at most {MAX_ENTRY_LENGTH} bytes"
        ) from error


def split_entries(data: bytes, width: int, path: str) -> list[bytes]:
    """The entries of a bundle's bytes.

    Raises:
        ProofError: There are not exactly `width` entries and nothing else; the pointer says where it breaks.

    Source: C2SP tlog-tiles, Log entries.
    """
    entries = []
    at = 0
    for _ in range(width):
        start = at + 2
        end = start + int.from_bytes(data[at:start], "big")
        if len(data) < max(start, end):
            break
        entries.append(data[start:end])
        at = end
    if len(entries) != width or at != len(data):
        raise ProofError(
            f"{path} does not contain whole entries.",
            code="bundle-form",
            pointer=f"{path}@{at}",
            expected=f"{width} entries",
            found=f"{len(entries)} entries in the first {at} of {len(data)} bytes",
        )
    return entries


def read_hashes(read: Read, tile: Tile) -> list[bytes]:
    """The hashes of a tile, from its own file or from the full one that has taken its place.

    Raises:
        ProofError: Neither file is there, or one has the wrong length.

    Source: C2SP tlog-tiles, Partial Tiles.
    """
    data = read(tile.path)
    if data is not None:
        return split_hashes(data, tile.width, tile.path)
    return split_hashes(_read_full(read, tile), TILE_WIDTH, tile.folder)[: tile.width]


def read_entries(read: Read, tile: Tile) -> list[bytes]:
    """The entries of a bundle, from its own file or from the full one that has taken its place.

    Raises:
        ProofError: Neither file is there, or one does not contain whole entries.

    Source: C2SP tlog-tiles, Log entries.
    """
    data = read(tile.path)
    if data is not None:
        return split_entries(data, tile.width, tile.path)
    return split_entries(_read_full(read, tile), TILE_WIDTH, tile.folder)[: tile.width]


def log_entries(first: int, size: int, read: Read) -> list[bytes]:
    """The entries of a log from one place on.

    Args:
        first: Place of the first, from 0.
        size: Size of the tree whose files are there (count of entries).
        read: Gives the files.

    Returns:
        Entries `first` to `size` − 1.

    Raises:
        ProofError: A bundle is missing or does not contain whole entries.

    Source: C2SP tlog-tiles, Log entries.
    """
    found: list[bytes] = []
    for index in range(first // TILE_WIDTH, -(-size // TILE_WIDTH)):
        found += read_entries(read, Tile(None, index, min(TILE_WIDTH, size - index * TILE_WIDTH)))
    return found[first % TILE_WIDTH :] if first < size else []


def _read_full(read: Read, tile: Tile) -> bytes:
    data = read(tile.folder) if tile.width < TILE_WIDTH else None
    if data is None:
        raise ProofError(f"{tile.path} is missing.", code="tile-missing", pointer=tile.path)
    return data
