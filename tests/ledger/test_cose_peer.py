# SPDX-License-Identifier: Apache-2.0
"""`scitt-cose`, whose code is not ours, agrees about COSE Receipts: on ours, and on what is wrong with them."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cocket.errors import ProofError
from cocket.ledger.cose import read_cose, verify_cose, write_cose
from tests.ledger.logs import SIGNER, entry
from tests.ledger.proofs import BLIND, BOTH, both_signed
from tests.ledger.test_receipt import LEAF

scitt_cose = pytest.importorskip("scitt_cose", reason="scitt-cose is not installed")

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def _peer(receipt: bytes, leaf: bytes = LEAF.entry) -> bool:
    return bool(scitt_cose.verify_receipt(receipt, leaf_entry_hex=leaf.hex(), log_public_key_pem=PUBLIC).ok)


@pytest.mark.parametrize("size", [2, 3, 64, 100, 257])
def test_it_verifies_our_receipts(size: int) -> None:
    for index in {0, size // 3, size - 1}:
        assert _peer(write_cose(both_signed(LEAF, index, size)))
    assert _peer(write_cose(BLIND))


def test_it_refuses_another_entry() -> None:
    assert not _peer(write_cose(BOTH), entry(300))


def test_it_refuses_a_change_of_what_it_looks_at_as_we_do() -> None:
    receipt = write_cose(BOTH)
    for at in (receipt.index(part) for part in [*BOTH.path, receipt[-64:]]):
        changed = bytearray(receipt)
        changed[at] ^= 1
        assert not _peer(bytes(changed))
        with pytest.raises(ProofError):
            verify_cose(read_cose(bytes(changed)), LEAF.entry, SIGNER.verifier)


def test_we_verify_its_receipts() -> None:
    private = KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    leaves = [entry(index) for index in range(11)]
    receipt = scitt_cose.build_receipt(
        leaf_entry_hex=leaves[9].hex(),
        leaf_index=9,
        tree_entries_hex=[leaf.hex() for leaf in leaves],
        alg="EdDSA",
        log_private_key_pem=private,
    )
    assert verify_cose(read_cose(receipt), leaves[9], SIGNER.verifier)
    with pytest.raises(ProofError):
        verify_cose(read_cose(receipt), leaves[8], SIGNER.verifier)
