# SPDX-License-Identifier: Apache-2.0
"""OpenAttestation documents, versions 2 and 3, as they speak once their salts are taken off.

Source: OpenAttestation documentation (document schema 2.0 and 3.0); TradeTrust's published documents.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from cocket.errors import UnreadableError

Version = Literal["oa-v2", "oa-v3"]

_V3_PROOF = "OpenAttestationMerkleProofSignature2018"


class WrappedDocument(msgspec.Struct, frozen=True):
    """What an OpenAttestation document says of itself, salts taken off.

    Attributes:
        data: The document proper.
        root: Root of the tree it was wrapped in, 64 hexadecimal digits; what an issuer publishes.
        claimed_issuer: By what name the issuer would be found, a domain or a DID; None where none is stated.
        identity: How he would be known, such as `DNS-TXT`; None where not stated.
        registry: Where it would be found on a chain: address of a token registry or document store; None where nowhere.
        revocation: How it would be revoked, such as `OCSP_RESPONDER`; `NONE` where it cannot be; None where not stated.
    """

    data: dict[str, Any]
    root: str
    claimed_issuer: str | None = None
    identity: str | None = None
    registry: str | None = None
    revocation: str | None = None


def version_of(document: Any) -> Version | None:
    """The version of an OpenAttestation document; None if it is none."""
    if not isinstance(document, dict):
        return None
    signature, proof = document.get("signature"), document.get("proof")
    if isinstance(document.get("data"), dict) and isinstance(signature, dict) and "targetHash" in signature:
        return "oa-v2"
    if isinstance(proof, dict) and proof.get("type") == _V3_PROOF:
        return "oa-v3"
    return None


def read_wrapped(document: dict[str, Any]) -> WrappedDocument:
    """What a document says, whether or not it holds.

    Raises:
        UnreadableError: It is no OpenAttestation document of version 2 or 3.
    """
    version = version_of(document)
    if version == "oa-v2":
        data = _unsalted(document["data"])
        issuer = next((one for one in _list(data.get("issuers")) if isinstance(one, dict)), {})
        identity = _dict(issuer.get("identityProof"))
        return WrappedDocument(
            data=data,
            root=str(document["signature"].get("merkleRoot")),
            claimed_issuer=_text(identity.get("key") or identity.get("location")),
            identity=_text(identity.get("type")),
            registry=_text(
                issuer.get("tokenRegistry") or issuer.get("documentStore") or issuer.get("certificateStore")
            ),
            revocation=_text(_dict(issuer.get("revocation")).get("type")),
        )
    if version == "oa-v3":
        about = _dict(document.get("openAttestationMetadata"))
        identity, method = _dict(about.get("identityProof")), _dict(about.get("proof"))
        on_chain = method.get("method") in ("TOKEN_REGISTRY", "DOCUMENT_STORE")
        return WrappedDocument(
            data={name: value for name, value in document.items() if name != "proof"},
            root=str(document["proof"].get("merkleRoot")),
            claimed_issuer=_text(identity.get("identifier")),
            identity=_text(identity.get("type")),
            registry=_text(method.get("value")) if on_chain else None,
            revocation=_text(_dict(method.get("revocation")).get("type")),
        )
    raise UnreadableError("This is not an OpenAttestation document of version 2 or 3.", code="oa-form")


def _unsalted(value: Any) -> Any:
    """Values of version 2 without their salts, which stand as `salt:type:value`."""
    if isinstance(value, dict):
        return {name: _unsalted(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_unsalted(one) for one in value]
    parts = value.split(":", 2) if isinstance(value, str) else []
    return parts[2] if len(parts) == 3 else value


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value[:500] if isinstance(value, str) and value else None
