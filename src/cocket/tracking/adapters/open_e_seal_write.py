# SPDX-License-Identifier: Apache-2.0
"""Messages of the open e-seal profile as a device writes them, for simulated devices and for makers to hold theirs against.

The same message and key give the same bytes: CBOR in its deterministic form, JSON in the order of the profile.
Source: docs/standards/open-e-seal.md; RFC 8949 §4.2; RFC 7515; RFC 9052.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Literal

import cbor2
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cocket.tracking.adapters._base64url import to_base64url
from cocket.tracking.adapters.open_e_seal import MAC0, NUMBERS, SIGN1, Message, signed_bytes

Form = Literal["json", "cbor"]

_HMAC_256, _EDDSA = 5, -8


def write_message(message: Message, form: Form) -> bytes:
    """The bytes of a message, bare."""
    if form == "json":
        return msgspec.json.encode(message)
    named: dict[str, Any] = msgspec.to_builtins(message, builtin_types=(bytes,))
    return cbor2.dumps({NUMBERS[name]: value for name, value in named.items()}, canonical=True)


def mac(content: bytes, form: Form, secret: bytes, kid: str) -> bytes:
    """A payload under a shared secret: JWS with HS256, or COSE_Mac0 with HMAC 256/256.

    Args:
        content: The bytes of a message.
        form: What they are.
        secret: The device's secret (16 bytes or more).
        kid: Name of the secret.
    """
    if form == "json":
        signed = _jws_head("HS256", kid) + b"." + to_base64url(content).encode()
        return signed + b"." + to_base64url(hmac.digest(secret, signed, sha256)).encode()
    protected = cbor2.dumps({1: _HMAC_256, 4: kid.encode()}, canonical=True)
    code = hmac.digest(secret, signed_bytes(MAC0, protected, content), sha256)
    return cbor2.dumps(cbor2.CBORTag(MAC0, [protected, {}, content, code]), canonical=True)


def sign(content: bytes, form: Form, key: Ed25519PrivateKey, kid: str) -> bytes:
    """A payload under a device's own key: JWS or COSE_Sign1 with EdDSA; what batches are signed with.

    Args:
        content: The bytes of a message.
        form: What they are.
        key: The device's key.
        kid: Name of the key.
    """
    if form == "json":
        signed = _jws_head("EdDSA", kid) + b"." + to_base64url(content).encode()
        return signed + b"." + to_base64url(key.sign(signed)).encode()
    protected = cbor2.dumps({1: _EDDSA, 4: kid.encode()}, canonical=True)
    signature = key.sign(signed_bytes(SIGN1, protected, content))
    return cbor2.dumps(cbor2.CBORTag(SIGN1, [protected, {}, content, signature]), canonical=True)


def _jws_head(algorithm: str, kid: str) -> bytes:
    return to_base64url(msgspec.json.encode({"alg": algorithm, "kid": kid})).encode()


def chained(messages: Sequence[Message], form: Form) -> list[bytes]:
    """The bytes of messages, each naming the one before it in `prev`; the first keeps the `prev` it has."""
    contents: list[bytes] = []
    for message in messages:
        if contents:
            message = msgspec.structs.replace(message, prev=sha256(contents[-1]).digest())
        contents.append(write_message(message, form))
    return contents
