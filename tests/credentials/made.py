# SPDX-License-Identifier: Apache-2.0
"""Issuers, documents and what stands behind names, for tests; keys are made from words, so that runs are alike."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Literal

from cocket.credentials import (
    AuthorisedOperator,
    CertificateOfOrigin,
    IssuerKey,
    OriginItem,
    PhytosanitaryCertificate,
    Resolver,
    SealAssurance,
    Shape,
    SigningKey,
    Trader,
    add_proof,
    credential_of,
    document_of,
)
from cocket.credentials.encoding import canonical
from cocket.credentials.keccak import keccak256
from cocket.credentials.phyto import Lot
from cocket.credentials.seal import SealCheck

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2027, 1, 1, tzinfo=UTC)

DID = "did:web:customs.example"
NAME = "urn:uuid:00000000-0000-4000-8000-000000000001"


def signing_key(word: str = "issuer", curve: Literal["Ed25519", "P-256"] = "Ed25519") -> SigningKey:
    """A key made from a word."""
    return SigningKey(curve, sha256(word.encode()).digest())


def issuer(word: str = "issuer", curve: Literal["Ed25519", "P-256"] = "Ed25519", did: str = DID) -> IssuerKey:
    """What an issuer signs with."""
    return IssuerKey(f"{did}#key-1", signing_key(word, curve))


def key_issuer(word: str = "issuer", curve: Literal["Ed25519", "P-256"] = "Ed25519") -> IssuerKey:
    """An issuer who is known by his key alone (`did:key`)."""
    key = signing_key(word, curve)
    name = key.public.multikey
    return IssuerKey(f"did:key:{name}#{name}", key)


def resolver(*issuers: IssuerKey, **more: Any) -> Resolver:
    """Gives the documents of issuers, and whatever else is given under its address."""
    known = {one.issuer: as_bytes(document_of(one.issuer, {"key-1": one.key.public})) for one in issuers}
    return (known | {name: as_bytes(value) for name, value in more.items()}).get


def as_bytes(document: Any) -> bytes:
    """JSON as it travels."""
    return json.dumps(document, ensure_ascii=False).encode()


def operator(**changes: Any) -> AuthorisedOperator:
    given: dict[str, Any] = {
        "country": "AA",
        "scheme": "AEO-F",
        "number": "AA-17",
        "trader": "A1000037K",
        "name": "Ceylon Spice Trading",
        "scopes": ("import", "security"),
    }
    return AuthorisedOperator(**given | changes)


def origin_item(**changes: Any) -> OriginItem:
    given: dict[str, Any] = {
        "number": 1,
        "description": "120 bags of cloves, whole",
        "hs": "09071000",
        "criterion": "RVC 40%",
        "gross_mass_kg": Decimal("6000"),
        "fob_value": Decimal("48000.50"),
        "currency": "USD",
        "invoice": "INV-2026-0815",
        "invoice_date": date(2026, 6, 1),
    }
    return OriginItem(**given | changes)


def origin(**changes: Any) -> CertificateOfOrigin:
    given: dict[str, Any] = {
        "reference": "ID-D-2026-000042",
        "exporter": Trader(name="PT Rempah", address="Jalan Pelabuhan 1, Surabaya", country="ID"),
        "consignee": Trader(name="Straits Foods", address="8 Harbour Road, Singapore", country="SG"),
        "importing_country": "SG",
        "origin_country": "ID",
        "items": (origin_item(),),
        "issued_at": "Surabaya",
        "issued_on": date(2026, 6, 2),
    }
    return CertificateOfOrigin(**given | changes)


def phyto(**changes: Any) -> PhytosanitaryCertificate:
    given: dict[str, Any] = {
        "number": "PC-2026-77",
        "organisation": "Plant Quarantine of Exampleland",
        "exporting_country": "ID",
        "importing_country": "SG",
        "exporter": "PT Rempah, Surabaya",
        "consignee": "Straits Foods, Singapore",
        "origin": "East Java",
        "lots": (Lot(description="120 bags of cloves", botanical_name="Syzygium aromaticum", hs="090710"),),
        "issued_on": date(2026, 6, 2),
    }
    return PhytosanitaryCertificate(**given | changes)


def seal(**changes: Any) -> SealAssurance:
    given: dict[str, Any] = {
        "container": "CSQU3054383",
        "seal": "SL0042",
        "grade": "H",
        "affixed_at": datetime(2026, 6, 3, 8, tzinfo=UTC),
        "affixed_by": "PT Rempah",
        "place": "IDSUB",
        "checks": (
            SealCheck(at=datetime(2026, 6, 9, 8, tzinfo=UTC), place="SGSIN", by="Port of Singapore", found="whole"),
        ),
        "consignment": "6ID123456789000-42",
    }
    return SealAssurance(**given | changes)


def credential(shape: Shape | None = None, by: IssuerKey | None = None, **more: Any) -> dict[str, Any]:
    """A credential of ours, signed over its canonical JSON."""
    by = by or issuer()
    return add_proof(credential_of(shape or operator(), NAME, by.issuer, (START, END)) | more, by, START)


def wrapped_v2(data: Mapping[str, Any]) -> dict[str, Any]:
    """A document wrapped as OpenAttestation 2 wraps it, alone in its tree."""
    salted = _salted(dict(data))
    leaves: dict[str, str] = {}

    def walk(value: Any, path: str) -> None:
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            here = f"{path}.{name}" if path else str(name)
            if isinstance(inner, dict | list) and inner:
                walk(inner, here)
            else:
                leaves[here] = inner

    walk(salted, "")
    root = _root([{path: value} for path, value in leaves.items()])
    proof = {"type": "SHA3MerkleProof", "targetHash": root, "proof": [], "merkleRoot": root}
    return {"version": "https://schema.openattestation.com/2.0/schema.json", "data": salted, "signature": proof}


def wrapped_v3(document: Mapping[str, Any]) -> dict[str, Any]:
    """A credential wrapped as OpenAttestation 3 wraps it, alone in its tree."""
    import base64

    salts: list[dict[str, str]] = []
    leaves: list[dict[str, str]] = []

    def walk(value: Any, path: str) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                walk(inner, f"{path}.{name}" if path else name)
        elif isinstance(value, list):
            for place, inner in enumerate(value):
                walk(inner, f"{path}[{place}]")
        else:
            salt = sha256(path.encode()).hexdigest()
            salts.append({"value": salt, "path": path})
            if value:
                said = value if isinstance(value, str) else json.dumps(value)
                leaves.append({path: f"{salt}:{said}"})

    walk(dict(document), "")
    root = _root(leaves)
    proof = {
        "type": "OpenAttestationMerkleProofSignature2018",
        "proofPurpose": "assertionMethod",
        "targetHash": root,
        "proofs": [],
        "merkleRoot": root,
        "salts": base64.b64encode(json.dumps(salts, separators=(",", ":")).encode()).decode(),
        "privacy": {"obfuscated": []},
    }
    return {**document, "proof": proof}


def _root(leaves: list[dict[str, Any]]) -> str:
    return keccak256(canonical(sorted(keccak256(canonical(leaf)).hex() for leaf in leaves))).hex()


def _salted(value: Any, path: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _salted(inner, f"{path}.{name}") for name, inner in value.items()}
    if isinstance(value, list):
        return [_salted(inner, f"{path}.{place}") for place, inner in enumerate(value)]
    kind = "boolean" if isinstance(value, bool) else "number" if isinstance(value, int | float) else "string"
    said = str(value).lower() if isinstance(value, bool) else str(value)
    salt = sha256(path.encode()).hexdigest()
    return f"{salt[:8]}-{salt[8:12]}-4{salt[13:16]}-8{salt[17:20]}-{salt[20:32]}:{kind}:{said}"


BILL_V2 = {
    "id": "BL-2026-000123",
    "$template": {"name": "BILL_OF_LADING", "type": "EMBEDDED_RENDERER", "url": "https://render.example"},
    "issuers": [
        {
            "name": "Example Carrier",
            "tokenRegistry": "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512",
            "identityProof": {"type": "DNS-TXT", "location": "carrier.example"},
        }
    ],
    "blNumber": "BL-2026-000123",
    "packages": [{"description": "cloves", "weight": 6000.5}],
    "toOrder": True,
    "network": {"chain": "ETH", "chainId": "1337"},
}

BILL_V3 = {
    "version": "https://schema.openattestation.com/3.0/schema.json",
    "@context": ["https://www.w3.org/2018/credentials/v1"],
    "type": ["VerifiableCredential", "OpenAttestationCredential"],
    "issuanceDate": "2026-06-02T00:00:00Z",
    "issuer": {"id": "https://carrier.example", "name": "Example Carrier"},
    "openAttestationMetadata": {
        "template": {"name": "BILL_OF_LADING", "type": "EMBEDDED_RENDERER", "url": "https://render.example"},
        "proof": {
            "type": "OpenAttestationProofMethod",
            "method": "TOKEN_REGISTRY",
            "value": "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512",
            "revocation": {"type": "NONE"},
        },
        "identityProof": {"type": "DNS-TXT", "identifier": "carrier.example"},
    },
    "credentialSubject": {"blNumber": "BL-2026-000124", "toOrder": True, "packages": [{"weight": 6000.5, "count": 0}]},
}
