# SPDX-License-Identifier: Apache-2.0
"""A log that grows."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.errors import ProofError
from cocket.ledger import Tile, Tree, leaf_hash, merkle_root
from cocket.ledger.tiles import frame_entries, level_width, split_entries
from tests.corpora import corpora
from tests.ledger.logs import Folder, entries, grown, publish, write

ENTRIES = [b"entry %d" % index for index in range(1500)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def _expected(tile: Tile) -> bytes:
    """A tile's bytes straight from the definition in C2SP tlog-tiles."""
    start, end = tile.index * 256, tile.index * 256 + tile.width
    if tile.level is None:
        return b"".join(frame_entries(ENTRIES[start:end]))
    span = 256**tile.level
    return b"".join(merkle_root(LEAVES[place * span : (place + 1) * span]) for place in range(start, end))


def _must_have(size: int) -> dict[str, bytes]:
    """The files a log of this size must have, and no other."""
    tiles = []
    for level in (None, 0, 1):
        count = level_width(size, level)
        tiles += [Tile(level, index) for index in range(count // 256)]
        tiles += [Tile(level, count // 256, count % 256)] if count % 256 else []
    return {tile.path: _expected(tile) for tile in tiles}


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 512, 513, 1500])
def test_one_batch_writes_exactly_the_files_of_its_size(size: int) -> None:
    growth = Tree().grow(ENTRIES[:size])
    assert growth.files == _must_have(size)
    assert (growth.size, growth.root) == (size, merkle_root(LEAVES[:size]))


@given(st.lists(st.integers(0, 400), max_size=6), st.booleans())
@settings(deadline=None)
def test_batches_of_any_size_with_or_without_resuming_come_to_the_same_files(batches: list[int], resume: bool) -> None:
    tree = Tree()
    files: dict[str, bytes] = {}
    for batch in batches:
        growth = tree.grow(ENTRIES[tree.size : tree.size + batch])
        files.update(growth.files)
        files = {path: data for path, data in files.items() if not path.startswith(growth.obsolete)}
        tree = Tree.resume(growth.size, files.get) if resume else tree
    assert tree.root == merkle_root(LEAVES[: tree.size])
    needed = _must_have(tree.size)
    assert {path: files.get(path) for path in needed} == needed
    extra = [Tile.from_path(path) for path in files.keys() - needed.keys()]
    assert all(tile and tile.width < 256 and files[tile.path] == _expected(tile) for tile in extra)
    assert not [tile for tile in extra if tile and tile.folder in files]


def test_partials_stay_until_their_tile_is_full_and_then_are_obsolete() -> None:
    tree = Tree()
    assert tree.grow(ENTRIES[:100]).obsolete == ()
    assert tree.grow(ENTRIES[100:200]).obsolete == ()
    assert tree.grow(ENTRIES[200:256]).obsolete == ("tile/entries/000.p", "tile/0/000.p")
    assert tree.grow(ENTRIES[256:768]).obsolete == ()


def test_bundles_come_before_the_tiles_made_of_them() -> None:
    paths = list(Tree().grow(ENTRIES).files)
    kinds = [path.split("/")[1] for path in paths]
    assert kinds == sorted(kinds, key=["entries", "0", "1"].index)


def test_an_empty_batch_writes_nothing() -> None:
    tree = Tree()
    tree.grow(ENTRIES[:300])
    growth = tree.grow([])
    assert (growth.size, growth.files, growth.obsolete) == (300, {}, ())


def test_an_entry_that_is_too_long_leaves_the_tree_as_it_was() -> None:
    tree = Tree()
    tree.grow(ENTRIES[:3])
    with pytest.raises(ProofError, match="too long"):
        tree.grow([b"fits", bytes(65_536)])
    assert (tree.size, tree.root) == (3, merkle_root(LEAVES[:3]))


def test_resuming_reads_only_the_right_edge() -> None:
    folder = grown([1000])
    asked: list[str] = []

    def read(path: str) -> bytes | None:
        asked.append(path)
        return folder.get(path)

    Tree.resume(1000, read)
    assert sorted(asked) == ["tile/0/003.p/232", "tile/1/000.p/3", "tile/entries/003.p/232"]


def test_resuming_over_a_missing_edge_says_which_file() -> None:
    folder = grown([300])
    del folder["tile/0/001.p/44"]
    with pytest.raises(ProofError, match=r"tile/0/001\.p/44 is missing"):
        Tree.resume(300, folder.get)


def test_resuming_over_a_bundle_that_was_changed_says_so() -> None:
    folder = grown([300])
    folder["tile/entries/001.p/44"] = b"".join(frame_entries([b"x"] * 44))
    with pytest.raises(ProofError, match="does not agree"):
        Tree.resume(300, folder.get)


def test_growing_again_after_a_crash_writes_the_same_files() -> None:
    folder: Folder = grown([300])
    write(folder, Tree.resume(300, folder.get).grow(entries(300, 700)))
    again = Tree.resume(300, folder.get).grow(entries(300, 700))
    assert {path: folder[path] for path in again.files} == again.files
    publish(folder, again)
    assert not [path for path in folder if path.startswith(again.obsolete)]


def test_the_tessera_log_is_rebuilt_byte_for_byte() -> None:
    log = corpora("ledger-vectors", "tlog", "tessera-testdata", "testdata", "log")
    last = Tile(None, 0, 15)
    tree = Tree()
    made: dict[str, bytes] = {}
    for entry in split_entries((log / last.path).read_bytes(), last.width, last.path):
        made |= tree.grow([entry]).files
    published = {
        path.relative_to(log).as_posix(): path.read_bytes() for path in (log / "tile").rglob("*") if path.is_file()
    }
    assert made == published
    assert len(made) == 30
