# SPDX-License-Identifier: Apache-2.0
"""The certificate that a machine showed: of its own connection, or as a trusted proxy passes it on.

A client can write any field it likes, so `Client-Cert` is read from proxies that the settings name alone, and only where the
settings say that they set it; from anybody else a request that has it is refused.
Source: RFC 9440 §2, §4; RFC 8941 §3.3.5 (byte sequences); RFC 8705 §3.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Sequence
from typing import Final

from cocket.gate.refusal import RequestError

#: Under which name of its state a request carries the certificates shown, each in DER, that of the machine first (0..n).
SHOWN: Final = "certificates"

#: Fields by which a proxy passes certificates on.
LEAF: Final = b"client-cert"
CHAIN: Final = b"client-cert-chain"

_BYTES: Final = re.compile(rb":([A-Za-z0-9+/]*={0,2}):")

#: Certificates of a chain that are read (count), and the largest (bytes).
_MOST: Final = 6
_LARGEST: Final = 16 * 1024


def passed_on(headers: Sequence[tuple[bytes, bytes]]) -> tuple[bytes, ...]:
    """The certificates that a trusted proxy passes on, in DER, that of the machine first (0..6).

    Args:
        headers: Header fields, names in lower case.

    Raises:
        RequestError: They are not as RFC 9440 has them, or there are too many.
    """
    leaves = [value for name, value in headers if name == LEAF]
    chain = b",".join(value for name, value in headers if name == CHAIN)
    if not leaves:
        return ()
    parts = [part.strip(b" \t") for part in (leaves[0], *filter(None, chain.split(b",")))]
    if len(leaves) > 1 or len(parts) > _MOST:
        raise _malformed()
    return tuple(map(_certificate, parts))


def is_passed_on(headers: Sequence[tuple[bytes, bytes]]) -> bool:
    """Whether a request has a field by which proxies pass certificates on."""
    return any(name in (LEAF, CHAIN) for name, _ in headers)


def not_believed() -> RequestError:
    """The refusal of a certificate that somebody other than a trusted proxy claims to pass on."""
    return RequestError("Client-Cert is taken from trusted proxies alone.", code="client-cert")


def _certificate(part: bytes) -> bytes:
    match = _BYTES.fullmatch(part)
    try:
        found = b64decode(match[1], validate=True) if match else b""
    except binascii.Error:
        found = b""
    if not 0 < len(found) <= _LARGEST:
        raise _malformed()
    return found


def _malformed() -> RequestError:
    return RequestError(
        "Client-Cert is malformed.", code="client-cert", hint="A certificate in DER, Base64, between two colons."
    )
