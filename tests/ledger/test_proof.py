# SPDX-License-Identifier: Apache-2.0
"""Inclusion and consistency proofs."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocket.errors import ProofError
from cocket.ledger import (
    Prover,
    Tree,
    leaf_hash,
    merkle_root,
    prove_consistency,
    prove_inclusion,
    verify_consistency,
    verify_inclusion,
)
from tests.corpora import corpora
from tests.ledger.logs import entry, grown

ENTRIES = [b"entry %d" % index for index in range(1300)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
FILES = Tree().grow(ENTRIES).files
PROVER = Prover(len(ENTRIES), FILES.get)


def _path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962 §2.1.1."""
    if len(leaves) == 1:
        return []
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    if index < middle:
        return [*_path(index, leaves[:middle]), merkle_root(leaves[middle:])]
    return [*_path(index - middle, leaves[middle:]), merkle_root(leaves[:middle])]


def _subproof(old: int, leaves: list[bytes], known: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962 §2.1.2."""
    if old == len(leaves):
        return [] if known else [merkle_root(leaves)]
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    if old <= middle:
        return [*_subproof(old, leaves[:middle], known), merkle_root(leaves[middle:])]
    return [*_subproof(old - middle, leaves[middle:], False), merkle_root(leaves[:middle])]


SIZES = st.integers(1, 1300)


@given(SIZES, st.data())
@settings(deadline=None)
def test_inclusion_is_proved_as_the_definition_says_at_any_size(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    path = PROVER.inclusion(index, size)
    assert path == _path(index, LEAVES[:size])
    verify_inclusion(LEAVES[index], index, size, path, PROVER.root(size))


@given(SIZES, st.data())
@settings(deadline=None)
def test_consistency_is_proved_as_the_definition_says_at_any_size(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    proof = PROVER.consistency(old, size)
    assert proof == _subproof(old, LEAVES[:size], True)
    verify_consistency(old, size, proof, merkle_root(LEAVES[:old]), merkle_root(LEAVES[:size]))


@given(SIZES, st.data())
@settings(deadline=None)
def test_a_proof_does_not_hold_for_another_leaf_place_size_root_or_path(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    path, root = PROVER.inclusion(index, size), PROVER.root(size)
    forged: list[tuple[bytes, int, int, list[bytes], bytes]] = [
        (LEAVES[index - 1], index, size, path, root) if size > 1 else (bytes(32), index, size, path, root),
        (LEAVES[index], index, size, path, bytes(32)),
        (LEAVES[index], index, size, [*path, bytes(32)], root),
        (LEAVES[index], index, size, [bytes(32), *path], root),
        (LEAVES[index], size, size, path, root),
        (LEAVES[index], -1, size, path, root),
    ]
    forged += [(LEAVES[index], index, size, path[:at] + path[at + 1 :], root) for at in range(len(path))]
    forged += [(LEAVES[index], index ^ 1, size, path, root)] if size > 1 else []
    for claim in forged:
        with pytest.raises(ProofError):
            verify_inclusion(*claim)


def test_a_single_proof_needs_no_prover() -> None:
    folder = grown([300])
    root = Tree.resume(300, folder.get).root
    path = prove_inclusion(299, 300, folder.get)
    verify_inclusion(leaf_hash(entry(299)), 299, 300, path, root)
    older = Tree.resume(44, grown([44]).get).root
    verify_consistency(44, 300, prove_consistency(44, 300, folder.get), older, root)


def test_an_empty_tree_is_consistent_with_any_and_needs_no_proof() -> None:
    empty, root = merkle_root([]), PROVER.root()
    assert PROVER.consistency(0) == []
    verify_consistency(0, 1300, [], empty, root)
    verify_consistency(0, 0, [], empty, empty)
    for claim in [(0, 1300, [], root, root), (0, 0, [], empty, root), (0, 1300, [root], empty, root)]:
        with pytest.raises(ProofError):
            verify_consistency(*claim)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 5), (5, 5), (0, 1301), (1300, None), (0, -1)])
def test_a_proof_of_what_is_not_there_is_refused(index: int, size: int | None) -> None:
    with pytest.raises(ProofError):
        PROVER.inclusion(index, size)


@pytest.mark.parametrize(("old", "size"), [(6, 5), (-1, 5), (1, 1301)])
def test_a_larger_older_tree_is_refused(old: int, size: int) -> None:
    with pytest.raises(ProofError):
        PROVER.consistency(old, size)


def test_a_missing_tile_is_named() -> None:
    with pytest.raises(ProofError, match="tile/0/002 is missing"):
        prove_inclusion(600, 1300, {path: data for path, data in FILES.items() if path != "tile/0/002"}.get)


def test_the_reference_roots_of_certificate_transparency_agree() -> None:
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    leaves = [leaf_hash(bytes.fromhex(text)) for text in inputs]
    assert merkle_root(leaves).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def _vectors(kind: str) -> dict[str, dict[str, Any]]:
    packed = json.loads(corpora("ledger-vectors", "merkle-rfc6962", "vectors.json").read_text())
    return {name: vector for name, vector in packed.items() if name.startswith(f"{kind}/")}


def _holds(kind: str, vector: dict[str, Any]) -> bool:
    proof = [base64.b64decode(item) for item in vector["proof"] or ()]
    names = ("root", "root1", "root2", "leafHash")
    hashes = {name: base64.b64decode(vector[name] or "") for name in names if name in vector}
    try:
        if kind == "inclusion":
            verify_inclusion(hashes["leafHash"], vector["leafIdx"], vector["treeSize"], proof, hashes["root"])
        else:
            verify_consistency(vector["size1"], vector["size2"], proof, hashes["root1"], hashes["root2"])
    except ProofError:
        return False
    return True


@pytest.mark.parametrize("kind", ["inclusion", "consistency"])
def test_every_published_vector_agrees(kind: str) -> None:
    vectors = _vectors(kind)
    wrong = [name for name, vector in vectors.items() if _holds(kind, vector) is vector["wantErr"]]
    assert (len(vectors), wrong) == (98, [])


@pytest.mark.parametrize("size", [65_536, 65_537, 65_793, 66_000])
def test_entries_at_the_seams_of_a_large_log_are_proved(size: int) -> None:
    files: dict[str, bytes] = {}
    tree = Tree()
    for start in range(0, size, 4096):
        files.update(tree.grow([b"%d" % n for n in range(start, min(start + 4096, size))]).files)
    prover = Prover(size, files.get)
    for index in (0, 255, 256, 65_279, 65_280, 65_535, size - 1):
        verify_inclusion(leaf_hash(b"%d" % index), index, size, prover.inclusion(index), tree.root)
