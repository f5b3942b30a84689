# SPDX-License-Identifier: Apache-2.0
"""Data Integrity proofs: the W3C's own vectors, ours, and what must not verify."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cocket.credentials import Contexts, PublicKey, add_proof, verify_proofs
from cocket.credentials.proofs import hash_data
from cocket.errors import ProofError, UnreadableError
from tests.corpora import corpora
from tests.credentials.made import END, NOW, START, as_bytes, credential, issuer, key_issuer, resolver, signing_key

VECTORS = {
    "eddsa-jcs-2022": ("w3c-vc-di-eddsa", ""),
    "eddsa-rdfc-2022": ("w3c-vc-di-eddsa", ""),
    "eddsa-rdfc-2022/employ": ("w3c-vc-di-eddsa", ""),
    "ecdsa-jcs-2019-p256": ("w3c-vc-di-ecdsa", ""),
    "ecdsa-jcs-2019-p384": ("w3c-vc-di-ecdsa", ""),
    "ecdsa-rdfc-2019-p256": ("w3c-vc-di-ecdsa", ""),
    "ecdsa-rdfc-2019-p256/employ": ("w3c-vc-di-ecdsa", ""),
    "ecdsa-rdfc-2019-p384": ("w3c-vc-di-ecdsa", ""),
    "ecdsa-rdfc-2019-p384/employ": ("w3c-vc-di-ecdsa", ""),
}


def w3c_contexts() -> Contexts:
    """The contexts that the vectors name, pinned."""
    citizenship = corpora("ledger-vectors", "vc-di-ecdsa", "contexts", "citizenship-v4rc1.jsonld")
    words = {"@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}}
    return Contexts(
        {
            "https://www.w3.org/ns/credentials/examples/v2": as_bytes(words),
            "https://w3id.org/citizenship/v4rc1": citizenship.read_bytes(),
        }
    )


def nothing(name: str) -> bytes | None:
    return None


def vector(name: str) -> tuple[dict[str, Any], Path]:
    folder = corpora(VECTORS[name][0], "TestVectors", *name.split("/"))
    (signed,) = folder.glob("signed*.json")
    return json.loads(signed.read_bytes()), folder


@pytest.mark.parametrize("name", VECTORS)
def test_a_vector_of_the_w3c_verifies_and_hashes_to_the_same_bytes(name: str) -> None:
    document, folder = vector(name)
    (check,) = verify_proofs(document, nothing, NOW, w3c_contexts())
    assert check.outcome == "passed", check.reason
    proof = document["proof"]
    key = PublicKey.from_multikey(proof["verificationMethod"].partition("#")[2])
    (expected,) = folder.glob("combinedHash*.txt")
    assert hash_data(document, proof, key, w3c_contexts()).hex() == expected.read_text().strip()


@pytest.mark.parametrize("name", VECTORS)
def test_a_vector_with_one_value_changed_does_not_verify(name: str) -> None:
    document, _ = vector(name)
    document["validFrom"] = "2021-01-01T00:00:00Z"
    (check,) = verify_proofs(document, nothing, NOW, w3c_contexts())
    assert check.outcome == "failed"


@pytest.mark.parametrize("name", ["signedProofSet1", "signedProofSet2", "signedProofChain1", "signedProofChain2"])
def test_sets_and_chains_of_the_w3c_verify(name: str) -> None:
    document = json.loads(corpora("w3c-vc-di-eddsa", "TestVectors", "proof-set-chain", f"{name}.json").read_bytes())
    checks = verify_proofs(document, nothing, NOW, w3c_contexts())
    assert checks
    assert {check.outcome for check in checks} == {"passed"}


def test_a_chain_without_the_proof_that_it_builds_on_does_not_verify() -> None:
    path = corpora("w3c-vc-di-eddsa", "TestVectors", "proof-set-chain", "signedProofChain1.json")
    document = json.loads(path.read_bytes())
    last = document["proof"][-1]
    assert last["previousProof"]
    checks = verify_proofs(document | {"proof": [last]}, nothing, NOW, w3c_contexts())
    assert [check.outcome for check in checks] == ["failed"]


def test_the_eddsa_vector_of_the_w3c_is_made_again_byte_for_byte() -> None:
    """The signature of Ed25519 is one for a key and a message, so an issuer of ours makes the W3C's own proof."""
    from cocket.credentials import IssuerKey, SigningKey
    from cocket.credentials.encoding import from_multibase

    signed, folder = vector("eddsa-jcs-2022")
    keys = json.loads((folder.parent / "keyPair.json").read_bytes())
    secret = keys.get("privateKeyMultibase") or keys["secretKeyMultibase"]
    key = SigningKey("Ed25519", from_multibase(secret, "key")[2:])
    unsigned = json.loads((folder.parent / "unsigned.json").read_bytes())
    by = IssuerKey(signed["proof"]["verificationMethod"], key)
    from cocket.credentials import instant

    created = instant(signed["proof"]["created"])
    assert created
    assert add_proof(unsigned, by, created)["proof"] == signed["proof"]


@pytest.mark.parametrize("curve", ["Ed25519", "P-256"])
def test_what_we_sign_verifies_and_nothing_else(curve: Any) -> None:
    by = issuer(curve=curve)
    document = credential(by=by)
    assert document["proof"]["cryptosuite"] == {"Ed25519": "eddsa-jcs-2022", "P-256": "ecdsa-jcs-2019"}[curve]

    def outcome(changed: dict[str, Any], who: Any = by) -> str:
        return verify_proofs(changed, resolver(who), NOW)[0].outcome

    assert outcome(document) == "passed"
    assert outcome(document | {"validUntil": "2030-01-01T00:00:00Z"}) == "failed"
    assert outcome({name: value for name, value in document.items() if name != "validUntil"}) == "failed"
    assert outcome(document, issuer("another", curve=curve)) == "failed"
    assert verify_proofs(document, nothing, NOW)[0].outcome == "not-checked"


def changed(**options: Any) -> dict[str, Any]:
    document = copy.deepcopy(credential())
    for name, value in options.items():
        if value is None:
            document["proof"].pop(name, None)
        else:
            document["proof"][name] = value
    return document


@pytest.mark.parametrize(
    ("options", "outcome"),
    [
        ({"proofPurpose": "authentication"}, "failed"),
        ({"created": "2026-01-01"}, "failed"),
        ({"created": None}, "failed"),
        ({"created": "2030-01-01T00:00:00Z"}, "failed"),
        ({"expires": "2026-02-01T00:00:00Z"}, "failed"),
        ({"expires": "2036-02-01T00:00:00Z"}, "failed"),
        ({"proofValue": None}, "failed"),
        ({"proofValue": "z"}, "failed"),
        ({"proofValue": "m0OIl"}, "failed"),
        ({"verificationMethod": None}, "failed"),
        ({"verificationMethod": "did:web:customs.example#key-2"}, "failed"),
        ({"verificationMethod": "did:web:other.example#key-1"}, "not-checked"),
        ({"verificationMethod": "did:ethr:0x1#controller"}, "not-checked"),
        ({"cryptosuite": "ecdsa-jcs-2019"}, "failed"),
        ({"cryptosuite": "bbs-2023"}, "not-checked"),
        ({"cryptosuite": 5}, "not-checked"),
        ({"type": "Ed25519Signature2020"}, "not-checked"),
        ({"@context": ["https://www.w3.org/ns/credentials/v2"]}, "failed"),
        ({"previousProof": "urn:uuid:1"}, "failed"),
        ({"nonce": "added"}, "failed"),
    ],
)
def test_a_proof_with_one_option_changed_does_not_hold(options: dict[str, Any], outcome: str) -> None:
    (check,) = verify_proofs(changed(**options), resolver(issuer()), NOW)
    assert check.outcome == outcome, check.reason


@pytest.mark.parametrize("proof", [None, [], "x", 5, [{}] * 21])
def test_a_document_without_proofs_or_with_too_many_is_not_verified(proof: Any) -> None:
    document = credential() | {"proof": proof}
    assert {check.outcome for check in verify_proofs(document, resolver(issuer()), NOW)} <= {"failed", "not-checked"}


def test_a_second_proof_stands_beside_the_first_and_may_build_on_it() -> None:
    first, second = issuer(), key_issuer("second")
    document = add_proof(credential(by=first) | {"proof": []}, first, START, id="urn:uuid:a")
    both = add_proof(document, second, START, previousProof="urn:uuid:a")
    assert [check.outcome for check in verify_proofs(both, resolver(first), NOW)] == ["passed", "passed"]
    both["proof"][0]["created"] = "2026-01-02T00:00:00Z"
    assert [check.outcome for check in verify_proofs(both, resolver(first), NOW)] == ["failed", "failed"]


def test_a_key_that_ended_proves_what_it_signed_before_and_nothing_after() -> None:
    from cocket.credentials import document_of

    by = issuer()
    ended = document_of(by.issuer, {"key-1": by.key.public}, {"key-1": NOW - timedelta(days=30)})
    known = {by.issuer: as_bytes(ended)}.get
    assert verify_proofs(credential(by=by), known, NOW)[0].outcome == "passed"
    late = add_proof({"a": 1}, by, NOW)
    assert "had expired" in verify_proofs(late, known, NOW)[0].reason
    ended["verificationMethod"][0]["revoked"] = "2026-01-01T00:00:00Z"
    assert "revoked" in verify_proofs(credential(by=by), {by.issuer: as_bytes(ended)}.get, NOW)[0].reason


def test_a_context_that_is_not_pinned_is_never_fetched_and_leaves_it_open() -> None:
    document, _ = vector("eddsa-rdfc-2022")
    (check,) = verify_proofs(document, nothing, NOW)
    assert (check.outcome, "is not pinned here" in check.reason) == ("not-checked", True)


@pytest.mark.parametrize(
    "context",
    [
        {"@vocab": "https://evil.example#"},
        {"@vocab": "urn:cocket:certificates#", "issuer": "https://evil.example#"},
        {"name": "https://evil.example#name"},
    ],
)
def test_a_context_inside_the_document_is_refused_where_words_are_signed(context: Any) -> None:
    document, _ = vector("eddsa-rdfc-2022")
    for place in (document, document["credentialSubject"]):
        twisted = copy.deepcopy(document)
        target = twisted if place is document else twisted["credentialSubject"]
        target["@context"] = [*twisted["@context"], context] if place is document else context
        (check,) = verify_proofs(twisted, nothing, NOW, w3c_contexts())
        assert check.outcome == "failed"
        assert "contains an inline context" in check.reason


def test_a_document_made_to_keep_its_reader_busy_is_given_up() -> None:
    """Blank nodes that all look alike: telling them apart takes time that grows with their factorial."""
    subjects = [{"related": [{"type": "https://x.example#T"} for _ in range(9)]} for _ in range(9)]
    document, _ = vector("eddsa-rdfc-2022")
    (check,) = verify_proofs(document | {"credentialSubject": subjects}, nothing, NOW, w3c_contexts())
    assert check.outcome == "failed"


def test_a_context_must_hold_one() -> None:
    from cocket.credentials import read_context

    with pytest.raises(UnreadableError):
        read_context(b"[]")
    with pytest.raises(UnreadableError):
        Contexts({"https://x.example": b"{"})
    with pytest.raises(ProofError):
        Contexts().load("https://x.example")


def test_signing_what_has_no_canonical_form_is_refused() -> None:
    with pytest.raises(ProofError):
        add_proof({"n": 2**60}, issuer(), START)
    with pytest.raises(ProofError):
        add_proof({"n": 1}, issuer(), END, previousProof="urn:uuid:none")
    assert signing_key().public.algorithm == "EdDSA"
