# SPDX-License-Identifier: Apache-2.0
"""Paths and bytes of tiles and bundles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.errors import ProofError
from cocket.ledger import Tile
from cocket.ledger.tiles import (
    frame_entries,
    partial_tiles,
    read_entries,
    read_hashes,
    split_entries,
    split_hashes,
)

TILES = st.builds(Tile, st.none() | st.integers(0, 63), st.integers(0, 10) | st.integers(0, 2**56), st.integers(1, 256))


def test_paths_are_those_of_the_specification() -> None:
    assert Tile(0, 1234067).path == "tile/0/x001/x234/067"
    assert Tile(None, 0, 3).path == "tile/entries/000.p/3"
    assert Tile(2, 1000, 255).path == "tile/2/x001/000.p/255"


def test_a_tree_of_70000_has_the_partial_tiles_of_the_specification() -> None:
    assert [tile.path for tile in partial_tiles(70_000)] == [
        "tile/entries/273.p/112",
        "tile/0/273.p/112",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
    ]


def test_a_tree_of_256_has_one_partial_tile_at_level_1() -> None:
    assert [tile.path for tile in partial_tiles(256)] == ["tile/1/000.p/1"]


def test_an_empty_tree_has_no_tiles() -> None:
    assert partial_tiles(0) == []


@given(TILES)
def test_a_path_leads_back_to_its_tile(tile: Tile) -> None:
    assert Tile.from_path(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/entries/000\n",
        "tile/0/٠٠٠",
        "/tile/0/000",
        "tile/0/000/",
        "Tile/0/000",
        "checkpoint",
        "",
    ],
)
def test_a_path_that_is_not_to_the_letter_is_none(path: str) -> None:
    assert Tile.from_path(path) is None


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_a_bundle_gives_back_its_entries(entries: list[bytes]) -> None:
    assert split_entries(b"".join(frame_entries(entries)), len(entries), "b") == entries


def test_an_entry_of_65535_bytes_fits_and_one_more_does_not() -> None:
    assert split_entries(frame_entries([bytes(65_535)])[0], 1, "b") == [bytes(65_535)]
    with pytest.raises(ProofError, match="too long"):
        frame_entries([bytes(65_536)])


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\1", b"\0\1a\0", b"\0\1a\0\1", b"\0\1a\0\1b\0", b"\0\1a\0\1bc"])
def test_a_bundle_that_is_cut_or_has_more_says_where(data: bytes) -> None:
    with pytest.raises(ProofError) as caught:
        split_entries(data, 2, "tile/entries/000.p/2")
    assert caught.value.pointer == f"tile/entries/000.p/2@{len(data) // 3 * 3}"


def test_a_tile_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ProofError, match="wrong length"):
        split_hashes(bytes(63), 2, "tile/0/000.p/2")


def test_a_partial_tile_is_read_from_the_full_one_that_has_taken_its_place() -> None:
    full = {
        "tile/0/000": bytes(range(256)) * 32,
        "tile/entries/000": b"".join(frame_entries([bytes([at]) for at in range(256)])),
    }
    assert read_hashes(full.get, Tile(0, 0, 2)) == [bytes(range(32)), bytes(range(32, 64))]
    assert read_entries(full.get, Tile(None, 0, 2)) == [b"\0", b"\1"]


def test_a_missing_tile_is_named() -> None:
    with pytest.raises(ProofError, match=r"tile/0/007\.p/2 is missing"):
        read_hashes(lambda path: None, Tile(0, 7, 2))
