# SPDX-License-Identifier: Apache-2.0
"""Keys of issuers and holders: public ones as multikey or JWK, and what signs.

An algorithm belongs to its key. Nothing in a message chooses it, so nobody can have an RSA key taken for a shared secret
or a signature waived.
Source: W3C Controlled Identifiers 1.0 §2.2.2 (Multikey); RFC 7517, RFC 7518, RFC 8037 (JWK); RFC 8032; FIPS 186-5.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from cocket.credentials.encoding import from_base64url, from_multibase, to_base58, to_base64url
from cocket.errors import ProofError

Curve = Literal["Ed25519", "P-256", "P-384", "RSA"]

#: The one algorithm of JWS that goes with a key.
ALGORITHMS: dict[Curve, str] = {"Ed25519": "EdDSA", "P-256": "ES256", "P-384": "ES384", "RSA": "RS256"}

#: Bytes of a coordinate, and the hash that goes with a curve.
_CURVES: dict[str, tuple[ec.EllipticCurve, int, hashes.HashAlgorithm]] = {
    "P-256": (ec.SECP256R1(), 32, hashes.SHA256()),
    "P-384": (ec.SECP384R1(), 48, hashes.SHA384()),
}
#: Multicodec prefixes of public keys.
_PREFIXES: dict[bytes, Curve] = {b"\xed\x01": "Ed25519", b"\x80\x24": "P-256", b"\x81\x24": "P-384"}
_KEY_BYTES = {"Ed25519": 32, "P-256": 33, "P-384": 49}


class PublicKey:
    """A public key that checks signatures.

    Args:
        curve: Kind of key.
        key: The key itself.
    """

    def __init__(self, curve: Curve, key: Any) -> None:
        self.curve = curve
        self._key = key

    @classmethod
    def from_multikey(cls, text: Any) -> PublicKey:
        """The key that a multikey text spells.

        Raises:
            ProofError: It spells no Ed25519, P-256 or P-384 key.
        """
        data = from_multibase(text, "public key")
        curve = _PREFIXES.get(data[:2])
        if curve is None or len(data) != 2 + _KEY_BYTES[curve]:
            raise ProofError("The public key is of an unsupported type.", code="key-kind", found=str(text)[:100])
        return cls(curve, _public(curve, data[2:]))

    @classmethod
    def from_jwk(cls, jwk: Any) -> PublicKey:
        """The key of a JWK.

        Raises:
            ProofError: It is no public Ed25519, P-256 or P-384 key, or it holds a secret.
        """
        if not isinstance(jwk, dict) or "d" in jwk or "k" in jwk:
            raise ProofError("The JWK is not a public key.", code="key-kind")
        curve, kind = jwk.get("crv"), jwk.get("kty")
        if curve == "Ed25519" and kind == "OKP":
            return cls("Ed25519", _public("Ed25519", from_base64url(_text(jwk, "x"), "public key")))
        if curve in ("P-256", "P-384") and kind == "EC":
            size = _CURVES[curve][1]
            x, y = (from_base64url(_text(jwk, name), "public key") for name in ("x", "y"))
            if len(x) == len(y) == size:
                return cls(curve, _public(curve, b"\x04" + x + y))
        raise ProofError("The JWK is of an unsupported type.", code="key-kind", found=f"{kind} {curve}"[:100])

    @classmethod
    def from_pem(cls, pem: bytes) -> PublicKey:
        """The key of a PEM file: Ed25519, P-256, P-384, or RSA of 2048 bits and more.

        Raises:
            ProofError: It is none of these.
        """
        try:
            key = load_pem_public_key(pem)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise ProofError("The file contains no public key.", code="key-kind") from error
        if isinstance(key, Ed25519PublicKey):
            return cls("Ed25519", key)
        if isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048:
            return cls("RSA", key)
        if isinstance(key, ec.EllipticCurvePublicKey):
            for name, (curve, _, _) in _CURVES.items():
                if key.curve.name == curve.name:
                    return cls(name, key)  # type: ignore[arg-type]
        raise ProofError("The public key is of an unsupported type.", code="key-kind")

    @property
    def algorithm(self) -> str:
        """Its algorithm in JWS."""
        return ALGORITHMS[self.curve]

    @property
    def multikey(self) -> str:
        """The key as multikey text.

        Raises:
            ProofError: It is an RSA key, which has none here.
        """
        prefix = next((prefix for prefix, curve in _PREFIXES.items() if curve == self.curve), None)
        if prefix is None:
            raise ProofError("An RSA key is not written as multikey.", code="key-kind")
        return "z" + to_base58(prefix + self._bytes())

    @property
    def jwk(self) -> dict[str, str]:
        """The key as JWK, in the order that its thumbprint wants.

        Raises:
            ProofError: It is an RSA key, which is only read here.
        """
        if self.curve == "Ed25519":
            return {"crv": "Ed25519", "kty": "OKP", "x": to_base64url(self._bytes())}
        if self.curve == "RSA":
            raise ProofError("RSA keys can only be read.", code="key-kind")
        numbers, size = self._key.public_numbers(), _CURVES[self.curve][1]
        x, y = (to_base64url(number.to_bytes(size, "big")) for number in (numbers.x, numbers.y))
        return {"crv": self.curve, "kty": "EC", "x": x, "y": y}

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether a signature over a message is this key's; elliptic ones as r and s side by side."""
        try:
            if self.curve == "Ed25519":
                self._key.verify(signature, message)
            elif self.curve == "RSA":
                self._key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
            else:
                _, size, digest = _CURVES[self.curve]
                if len(signature) != 2 * size:
                    return False
                r, s = (int.from_bytes(part, "big") for part in (signature[:size], signature[size:]))
                self._key.verify(encode_dss_signature(r, s), message, ec.ECDSA(digest))
        except (InvalidSignature, ValueError):
            return False
        return True

    def _bytes(self) -> bytes:
        if self.curve == "Ed25519":
            return bytes(self._key.public_bytes_raw())
        size, numbers = _CURVES[self.curve][1], self._key.public_numbers()
        return bytes([2 + (numbers.y & 1)]) + int(numbers.x).to_bytes(size, "big")


class SigningKey:
    """A secret key: Ed25519 or P-256. The same message gives the same signature.

    Args:
        curve: `Ed25519` or `P-256`.
        secret: 32 secret bytes.

    Raises:
        ProofError: They are no key.
    """

    def __init__(self, curve: Literal["Ed25519", "P-256"], secret: bytes) -> None:
        if len(secret) != 32:
            raise ProofError("A secret key must be 32 bytes.", code="key-length", found=str(len(secret)))
        self._key: Any
        if curve == "Ed25519":
            self._key = Ed25519PrivateKey.from_private_bytes(secret)
        else:
            try:
                self._key = ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())
            except ValueError as error:
                raise ProofError("These bytes are not a P-256 key.", code="key-kind") from error
        self.public = PublicKey(curve, self._key.public_key())

    def sign(self, message: bytes) -> bytes:
        """The signature over a message (64 bytes); elliptic ones as r and s side by side.

        Source: RFC 8032 §5.1.6; RFC 6979 (without chance).
        """
        if self.public.curve == "Ed25519":
            return bytes(self._key.sign(message))
        signature = self._key.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        return b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(signature))


class IssuerKey(msgspec.Struct, frozen=True):
    """What an issuer signs with.

    Attributes:
        method: DID URL under which the public half is found, such as `did:web:customs.example#key-1`.
        key: The secret half.
    """

    method: str
    key: SigningKey

    @property
    def issuer(self) -> str:
        """The issuer: the DID alone."""
        return self.method.partition("#")[0]


def _public(curve: Curve, data: bytes) -> Any:
    try:
        if curve == "Ed25519":
            return Ed25519PublicKey.from_public_bytes(data)
        return ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[curve][0], data)
    except ValueError as error:
        raise ProofError("The public key is not a point on its curve.", code="key-kind") from error


def _text(jwk: dict[str, Any], name: str) -> str:
    value = jwk.get(name)
    if not isinstance(value, str):
        raise ProofError(f"The JWK has no {name}.", code="key-kind")
    return value
