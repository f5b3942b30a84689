# SPDX-License-Identifier: Apache-2.0
"""What is known to fool verifiers of signed tokens does not fool ours of COSE Receipts.

Each is one class of attack: the algorithm is none, another, or given outside the signature; the key comes with the
receipt; a header that must be understood is not; a signature is another's, empty, doubled or made malleable; the tree
is given another shape. The control at the end is the receipt they are all made from.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import cbor2
import pytest

from cocket.errors import ProofError
from cocket.ledger import Signer, Verifier
from cocket.ledger.cose import read_cose, verify_cose, write_cose
from cocket.ledger.tree import leaf_hash, node_hash
from tests.ledger.logs import ORIGIN, SIGNER
from tests.ledger.proofs import BOTH, VKEY, holds
from tests.ledger.test_cose import HEAD
from tests.ledger.test_receipt import LEAF

RECEIPT = write_cose(BOTH)
ORDER = 2**252 + 27742317777372353535851937790883648493
PUBLIC = SIGNER.verifier.vkey.encode()
MALLORY = Signer.from_bytes(ORIGIN, bytes([66]) * 32)

Headers = dict[Any, Any]
Forged = tuple[Headers, Headers, bytes | None, bytes]
Forge = Callable[[Headers, Headers, bytes], Forged]


def _signed_by(signer: Signer, header: Headers, payload: bytes = HEAD.root) -> bytes:
    return signer.sign(cbor2.dumps(["Signature1", cbor2.dumps(header), b"", payload]))


def _malleable(signature: bytes) -> bytes:
    """The same signature with the group's order added to its scalar (RFC 8032 §5.1.7 demands a check)."""
    return signature[:32] + (int.from_bytes(signature[32:], "little") + ORDER).to_bytes(32, "little")


def _without(header: Headers, *labels: int) -> Headers:
    return {label: value for label, value in header.items() if label not in labels}


def _moved_out(header: Headers, loose: Headers, signature: bytes) -> Forged:
    return _without(header, 1), loose | {1: -8}, None, signature


def _hmac_of_the_public_key(header: Headers, loose: Headers, signature: bytes) -> Forged:
    claimed = header | {1: 5}
    data = cbor2.dumps(["Signature1", cbor2.dumps(claimed), b"", HEAD.root])
    return claimed, loose, None, hmac.digest(PUBLIC, data, "sha256")


def _with_a_key_of_its_own(header: Headers, loose: Headers, signature: bytes) -> Forged:
    key = {1: 1, -1: 6, -2: MALLORY.verifier.vkey.encode()[-32:]}
    return header, loose | {-9: key, 33: [b"certificate"]}, None, _signed_by(MALLORY, header)


def _of_an_inner_node(header: Headers, loose: Headers, signature: bytes) -> Forged:
    """The path without its first step: it would prove the node above the leaf as if it were one."""
    return header, loose | {396: {-1: [cbor2.dumps([278, 150, BOTH.path[1:]])]}}, None, signature


FORGERIES: dict[str, Forge] = {
    "no algorithm": lambda h, u, s: (_without(h, 1), u, None, s),
    "the algorithm none": lambda h, u, s: (h | {1: 0}, u, None, b""),
    "the algorithm as text": lambda h, u, s: (h | {1: "EdDSA"}, u, None, s),
    "ES256 over an Ed25519 key": lambda h, u, s: (h | {1: -7}, u, None, s),
    "HMAC keyed with the public key": _hmac_of_the_public_key,
    "the algorithm outside the signature": _moved_out,
    "the tree's kind outside the signature": lambda h, u, s: (_without(h, 395), u | {395: 1}, None, s),
    "the key in the receipt": _with_a_key_of_its_own,
    "a key id of the log, a signature of another": lambda h, u, s: (h, u, None, _signed_by(MALLORY, h)),
    "another log's name": lambda h, u, s: (h | {15: {1: "other.example"}}, u, None, s),
    "another log's name, well signed": lambda h, u, s: (
        h | {15: {1: "other.example"}}, u, None, _signed_by(SIGNER, h | {15: {1: "other.example"}}),
    ),
    "an unknown critical header": lambda h, u, s: (h | {2: [7000], 7000: 1}, u, None, s),
    "a critical header that is text": lambda h, u, s: (h | {2: "alg"}, u, None, s),
    "a payload that was signed": lambda h, u, s: (h, u, HEAD.root, s),
    "a payload of the forger's": lambda h, u, s: (h, u, b"root", _signed_by(SIGNER, h, b"root")),
    "an empty signature": lambda h, u, s: (h, u, None, b""),
    "a signature of zeros": lambda h, u, s: (h, u, None, bytes(64)),
    "a doubled signature": lambda h, u, s: (h, u, None, s + s),
    "a malleable signature": lambda h, u, s: (h, u, None, _malleable(s)),
    "the note's signature for that of COSE": lambda h, u, s: (h, u, None, SIGNER.sign(HEAD.text.encode())),
    "the size of a larger tree": lambda h, u, s: (h | {-65537: 556}, u, None, s),
    "a path for a larger tree": lambda h, u, s: (h, u | {396: {-1: [cbor2.dumps([556, 300, BOTH.path])]}}, None, s),
    "another place": lambda h, u, s: (h, u | {396: {-1: [cbor2.dumps([555, 301, BOTH.path])]}}, None, s),
    "a place far outside": lambda h, u, s: (h, u | {396: {-1: [cbor2.dumps([555, 2**70, BOTH.path])]}}, None, s),
    "an inner node for a leaf": _of_an_inner_node,
    "two proofs": lambda h, u, s: (h, u | {396: {-1: [*u[396][-1], *u[396][-1]]}}, None, s),
    "a consistency proof for one of inclusion": lambda h, u, s: (h, u | {396: {-2: u[396][-1]}}, None, s),
}  # fmt: skip


def _headers() -> tuple[Headers, Headers, bytes]:
    protected, unprotected, _, signature = cbor2.loads(RECEIPT).value
    return dict(cbor2.loads(protected)), dict(unprotected), signature


def _written(header: Headers, loose: Headers, payload: bytes | None, signature: bytes) -> bytes:
    return cbor2.dumps(cbor2.CBORTag(18, [cbor2.dumps(header), loose, payload, signature]))


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_refused(name: str) -> None:
    forged = _written(*FORGERIES[name](*_headers()))
    assert forged != RECEIPT
    assert not holds(forged)
    with pytest.raises(ProofError):
        verify_cose(read_cose(forged), LEAF.entry, Verifier.from_vkey(VKEY))


def test_what_the_forgeries_are_made_from_holds() -> None:
    header, loose, signature = _headers()
    assert _written(header, loose, None, signature) == RECEIPT
    assert signature == _signed_by(SIGNER, header)
    assert holds(RECEIPT)


def test_a_node_of_the_tree_is_never_taken_for_an_entry() -> None:
    inner = node_hash(leaf_hash(LEAF.entry), BOTH.path[0])
    assert inner == sha256(b"\x01" + leaf_hash(LEAF.entry) + BOTH.path[0]).digest()
    forged = read_cose(_written(*_of_an_inner_node(*_headers())))
    for entry in (inner, leaf_hash(LEAF.entry) + BOTH.path[0], b"\x01" + leaf_hash(LEAF.entry) + BOTH.path[0]):
        with pytest.raises(ProofError):
            verify_cose(forged, entry, SIGNER.verifier)


@pytest.mark.parametrize(
    "data",
    [
        b"\xd2\x84\x43\xa1\x01\x27\xa1\x01\x01\xf6\x40\x00",
        b"\xd2\x9f\x43\xa1\x01\x27\xa0\xf6\x40\xff",
        b"\xd2\x84\x5f\x43\xa1\x01\x27\xff\xa0\xf6\x40",
        b"\xd2\x84\x45\xa2\x01\x27\x01\x20\xa0\xf6\x40",
        b"\xd2\x84\x43\xa1\x01\x27\xbb\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xd2\x84\x5b\x7f\xff\xff\xff\xff\xff\xff\xff",
        b"\xd2" * 40 + b"\x84\x40\xa0\xf6\x40",
        b"\xd2\x84\x43\xa1\x01\x27\xa1\x81\x01\x01\xf6\x40",
        b"\xd2\x84\x43\xa1\x01\x27\xa1\xf9\x7e\x00\x01\xf6\x40",
        b"\xd2\x84\x43\xa1\x01\x27\xa1\x01\xc0\x61\x78\xf6\x40",
        b"\xd2\x84\x43\xa1\x01\x27\xa1\x01\xd8\x1d\x00\xf6\x40",
        b"\xd2\x84\x43\xa1\x01\x27\xa1\x01\xc2\x5b\x7f\xff\xff\xff\xff\xff\xff\xff\xf6\x40",
        b"\xd2\x84\x43\xa1\x01\x27\xa1\x01\x61\xff\xf6\x40",
        b"\xd2\x84\x43\xa1\x01\x27\xa1\x01\xd8\x1c\x81\xd8\x1d\x00\xf6\x40",
        b"\xd8\x1c\x81\xd8\x1d\x00",
        b"\xd2\x84\x43\xa1\x01\x27\xa1\x01\xd8\x23\x62(a\xf6\x40",
        b"\xd2\x84\x43\xa1\x01\x27\xa1\x01\xc5\x82\x1b\x00\xff\xff\xff\xff\xff\xff\xff\x01\xf6\x40",
        b"\xd2\x84\x43\xa1\x01\x27\xa1\x01\xf7\xf6\x40",
        b"\xd9\xd9\xf7" + RECEIPT,
        RECEIPT + RECEIPT,
    ],
    ids=[
        "followed by extra data", "an array without end", "a string without end", "a key twice", "a map of 2^64", "2^63 bytes",
        "tag in tag", "an array for a key", "not a number for a key", "no date", "a reference to nowhere", "a huge number",
        "not UTF-8", "a list in itself", "nothing but a list in itself", "a pattern", "a number too large to compute",
        "undefined", "a tag before", "twice",
    ],
)  # fmt: skip
def test_hostile_cbor_is_refused_without_a_foreign_error(data: bytes) -> None:
    with pytest.raises(ProofError):
        read_cose(data)
    assert not holds(data)
