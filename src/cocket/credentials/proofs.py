# SPDX-License-Identifier: Apache-2.0
"""Data Integrity: a credential carries its own proofs, and each says who signed what, when and with which key.

What is signed is the canonical JSON (`eddsa-jcs-2022`, `ecdsa-jcs-2019`), which needs nothing but a hash and a key; or the
statements that it makes (`eddsa-rdfc-2022`, `ecdsa-rdfc-2019`, `ecdsa-sd-2023`), with pinned contexts.
Source: W3C Verifiable Credential Data Integrity 1.0; Data Integrity EdDSA Cryptosuites 1.0; Data Integrity ECDSA
Cryptosuites 1.0.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from cocket.credentials import rdf, selective
from cocket.credentials.encoding import canonical, from_multibase, to_base58
from cocket.credentials.identity import UNRESOLVED, Resolver, find_key
from cocket.credentials.instants import instant
from cocket.credentials.keys import IssuerKey, PublicKey
from cocket.errors import ProofError, SettingsError
from cocket.ledger import Check

#: Suites, with the curves whose keys they go with.
SUITES = {
    "eddsa-jcs-2022": ("Ed25519",),
    "eddsa-rdfc-2022": ("Ed25519",),
    "ecdsa-jcs-2019": ("P-256", "P-384"),
    "ecdsa-rdfc-2019": ("P-256", "P-384"),
    "ecdsa-sd-2023": ("P-256",),
}

#: How far a signer's clock may run ahead of ours.
LEEWAY = timedelta(minutes=5)

_MOST_PROOFS = 20
_DIGESTS = {"Ed25519": "sha256", "P-256": "sha256", "P-384": "sha384"}


def add_proof(
    document: dict[str, Any], by: IssuerKey, created: datetime, suite: str | None = None, **options: Any
) -> dict[str, Any]:
    """Sign a document.

    Args:
        document: The document, with or without proofs; those it has stay.
        by: Who signs.
        created: When, UTC.
        suite: One of `SUITES` that goes with the key, but `ecdsa-sd-2023`; None for that of canonical JSON:
            `eddsa-jcs-2022` with an Ed25519 key, `ecdsa-jcs-2019` with a P-256 key.
        **options: Further members of the proof, such as `id` or `previousProof` (ids of proofs that this one covers).

    Returns:
        A copy with one more proof.

    Raises:
        ProofError: The document has no canonical form, names a previous proof that is missing, or the suite does not go
            with the key.
        SettingsError: PyLD is not installed, which suites of statements need.

    Source: Data Integrity EdDSA Cryptosuites 1.0 §3.2, §3.3; Data Integrity ECDSA Cryptosuites 1.0 §3.2, §3.3.
    """
    curve = by.key.public.curve
    suite = suite or ("eddsa-jcs-2022" if curve == "Ed25519" else "ecdsa-jcs-2019")
    if curve not in SUITES.get(suite, ()) or suite == "ecdsa-sd-2023":
        raise ProofError(f"A key of {curve} does not sign with {suite}.", code="suite-key")
    proof: dict[str, Any] = {
        "type": "DataIntegrityProof",
        "cryptosuite": suite,
        "created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "verificationMethod": by.method,
        "proofPurpose": "assertionMethod",
    } | options
    if "@context" in document and "-jcs-" in suite:
        proof["@context"] = document["@context"]
    message = hash_data(document, proof, by.key.public)
    proof["proofValue"] = "z" + to_base58(by.key.sign(message))
    before = _proofs(document)
    return {name: value for name, value in document.items() if name != "proof"} | {
        "proof": [*before, proof] if before else proof
    }


def verify_proofs(
    document: dict[str, Any], resolver: Resolver, now: datetime, contexts: rdf.Contexts | None = None
) -> tuple[Check, ...]:
    """Verify every proof of a document.

    Args:
        document: The document as JSON values.
        resolver: Gives documents of issuers.
        now: The moment of verifying, with its zone.
        contexts: Pinned contexts; None for the bundled ones.

    Returns:
        One check a proof, in their order (1..n): `failed` where the proof does not hold, `not-checked` where nothing can
        be said here because a key, a context or a suite is not known. No proof at all is one failed check.

    Source: W3C Verifiable Credential Data Integrity 1.0 §4.4, §4.5 (sets and chains).
    """
    proofs = _proofs(document)
    if not proofs or len(proofs) > _MOST_PROOFS:
        return (Check("signature", "failed", f"The document carries {len(proofs)} proofs."),)
    pinned = contexts or rdf.bundled()
    return tuple(_verify(document, proof, (resolver, pinned), now) for proof in proofs)


def hash_data(
    document: dict[str, Any], proof: dict[str, Any], key: PublicKey, contexts: rdf.Contexts | None = None
) -> bytes:
    """What a proof signs: the hash of its own options and then that of the document.

    Args:
        document: The document; its other proofs count as far as this one names them as previous.
        proof: The proof, with or without its value.
        key: The key, whose curve chooses the hash.
        contexts: Pinned contexts, for suites that sign statements.

    Returns:
        Both hashes, one behind the other (64 or 96 bytes).

    Raises:
        ProofError: A previous proof is not there, the contexts do not fit, or there is no canonical form.

    Source: Data Integrity EdDSA Cryptosuites 1.0 §3.2.3–3.2.5 and §3.3.3–3.3.5; likewise ECDSA.
    """
    digest = _DIGESTS[key.curve]
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    if proof.get("previousProof") is not None:
        unsecured["proof"] = _previous(document, proof["previousProof"])
    if "-jcs-" in str(proof.get("cryptosuite")):
        if "@context" in options:
            _check_context(unsecured.get("@context"), options["@context"])
        parts = canonical(options), canonical(unsecured)
    else:
        pinned = contexts or rdf.bundled()
        options["@context"] = unsecured.get("@context")
        parts = (rdf.canonical_text(options, pinned, digest), rdf.canonical_text(unsecured, pinned, digest))
    return b"".join(hashlib.new(digest, part).digest() for part in parts)


def _verify(document: dict[str, Any], proof: Any, sources: tuple[Resolver, rdf.Contexts], now: datetime) -> Check:
    resolver, contexts = sources
    try:
        suite, moment = _check_options(proof, now)
        key = find_key(proof.get("verificationMethod"), moment, resolver)
        if key.curve not in SUITES[suite]:
            raise ProofError(f"A key of {key.curve} does not go with {suite}.", code="suite-key")
        if suite == "ecdsa-sd-2023":
            selective.verify(document, proof, key, contexts)
        else:
            signature = from_multibase(proof.get("proofValue"), "signature")
            if not key.signed(hash_data(document, proof, key, contexts), signature):
                raise ProofError("The signature does not verify with this key over this document.", code="signature")
    except (ProofError, SettingsError) as error:
        unknown = isinstance(error, SettingsError) or error.code in (UNRESOLVED, "suite-unknown", "context-unknown")
        return Check("signature", "not-checked" if unknown else "failed", error.message)
    return Check("signature", "passed", f"Signed with {suite} by {proof['verificationMethod']}.")


def _check_options(proof: Any, now: datetime) -> tuple[str, datetime]:
    """Suite and moment of a proof, once its options are in order."""
    if not isinstance(proof, dict) or proof.get("type") != "DataIntegrityProof" or "cryptosuite" not in proof:
        found = str(proof.get("type") if isinstance(proof, dict) else proof)[:100]
        raise ProofError(f"Proofs of type {found} are not supported.", code="suite-unknown")
    suite = proof["cryptosuite"]
    if not isinstance(suite, str) or suite not in SUITES:
        raise ProofError(f"The suite {str(suite)[:100]} is not known here.", code="suite-unknown")
    if proof.get("proofPurpose") != "assertionMethod":
        raise ProofError("The purpose of the proof is not assertion.", code="proof-purpose")
    created = instant(proof.get("created")) if "created" in proof else now
    ends = instant(proof.get("expires")) if "expires" in proof else now
    if created is None or ends is None:
        raise ProofError("The times of the proof are not valid.", code="proof-time")
    if created > now + LEEWAY:
        raise ProofError("The proof is dated in the future.", code="proof-time", found=str(proof["created"]))
    if ends < now:
        raise ProofError("The proof has expired.", code="proof-time", found=str(proof["expires"]))
    return suite, created


def _proofs(document: dict[str, Any]) -> list[Any]:
    given = document.get("proof")
    if given is None:
        return []
    return given if isinstance(given, list) else [given]


def _previous(document: dict[str, Any], names: Any) -> list[Any]:
    """The proofs that a proof covers beside the document."""
    wanted = names if isinstance(names, list) else [names]
    found = [one for one in _proofs(document) if isinstance(one, dict) and one.get("id") in wanted]
    if not wanted or sorted(str(one["id"]) for one in found) != sorted(map(str, wanted)):
        raise ProofError("A proof refers to a previous one that is missing.", code="proof-chain")
    return found


def _check_context(given: Any, signed: Any) -> None:
    """The document's contexts must be those that were signed.

    Deviation: the suites let contexts be added behind them. What was added nobody signed, and it may give words another
    meaning, so it is refused here.
    """
    if given != signed:
        raise ProofError("The contexts are not those that were signed.", code="proof-context")
