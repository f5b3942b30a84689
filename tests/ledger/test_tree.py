# SPDX-License-Identifier: Apache-2.0
"""The Merkle tree, against RFC 6962's own recursive definition."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from cocket.ledger import leaf_hash, merkle_root
from cocket.ledger.tree import Frontier, edge_peaks, node_hash, parents, subtree_rows


def mth(hashes: list[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1, over leaf hashes."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    middle = 1
    while middle * 2 < len(hashes):
        middle *= 2
    return hashlib.sha256(b"\1" + mth(hashes[:middle]) + mth(hashes[middle:])).digest()


LEAVES = [leaf_hash(str(index).encode()) for index in range(600)]


def test_a_leaf_and_a_node_cannot_be_taken_for_each_other() -> None:
    left, right = LEAVES[:2]
    assert node_hash(left, right) != leaf_hash(left + right)


def test_the_root_is_that_of_the_definition_at_every_size() -> None:
    frontier = Frontier()
    for size in range(600):
        assert frontier.root() == merkle_root(LEAVES[:size]) == mth(LEAVES[:size])
        frontier.extend(LEAVES[size : size + 1])


@given(st.lists(st.integers(0, 300), max_size=8))
def test_the_root_does_not_depend_on_how_the_leaves_were_batched(batches: list[int]) -> None:
    frontier = Frontier()
    size = 0
    for batch in batches:
        step = LEAVES[size : size + batch]
        frontier.extend(step)
        size += len(step)
    assert frontier.root() == mth(LEAVES[:size])


@given(st.integers(0, 300), st.integers(0, 300))
def test_extending_tells_every_subtree_that_is_new(old: int, more: int) -> None:
    frontier = Frontier()
    before = frontier.extend(LEAVES[:old])
    new = frontier.extend(LEAVES[old : old + more])
    whole = subtree_rows(LEAVES[: old + more])
    for height, row in enumerate(whole):
        was = before[height] if height < len(before) else []
        added = new[height] if height < len(new) else []
        assert was + added == row


@given(st.integers(0, 600))
def test_the_hashes_at_the_edge_are_enough_for_the_root(size: int) -> None:
    full = size - size % 256
    above = [mth(LEAVES[start : start + 256]) for start in range(0, full, 256)]
    assert Frontier(edge_peaks([LEAVES[full:size], above])).root() == mth(LEAVES[:size])


def test_a_last_node_without_a_neighbour_has_no_parent_yet() -> None:
    assert parents(LEAVES[:5]) == [node_hash(*LEAVES[0:2]), node_hash(*LEAVES[2:4])]
