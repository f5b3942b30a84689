# SPDX-License-Identifier: Apache-2.0
"""How certificates write bytes and values as text: canonical JSON, Base58, Base64url, multibase.

One value has one spelling here: padding, or a stray bit at the end of Base64, is refused.
Source: RFC 8785, RFC 4648 §5; W3C Controlled Identifiers 1.0 §2.4 (multibase).
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import rfc8785

from cocket.errors import ProofError

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_MOST_BASE58 = 400


def canonical(value: Any) -> bytes:
    """JSON in its one canonical form.

    Raises:
        ProofError: The value has none, such as a number beyond what JSON numbers carry exactly.

    Source: RFC 8785.
    """
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeError, RecursionError) as error:
        raise ProofError(f"The document has no canonical form: {str(error)[:150]}.", code="canonical") from error


def to_base64url(data: bytes) -> str:
    """Bytes as Base64url text without padding.

    Source: RFC 4648 §5; RFC 7515 §2.
    """
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text: str, what: str) -> bytes:
    """Base64url text as bytes.

    Raises:
        ProofError: It is no Base64url, is padded, or has stray bits at its end.

    Source: RFC 4648 §5 and §3.5; RFC 7515 §2.
    """
    try:
        raw = text.encode("ascii")
        data = base64.b64decode(raw + b"=" * (-len(raw) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise ProofError(f"The {what} is not Base64url.", code="base64url", found=text[:100]) from error
    if to_base64url(data) != text:
        raise ProofError(f"The {what} is not in canonical Base64url.", code="base64url", found=text[:100])
    return data


def to_base58(data: bytes) -> str:
    """Bytes as Base58 text with Bitcoin's alphabet.

    Source: W3C Controlled Identifiers 1.0 §2.4 (base-58-btc).
    """
    number, signs = int.from_bytes(data, "big"), []
    while number:
        number, rest = divmod(number, 58)
        signs.append(_BASE58[rest])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "1" * zeros + "".join(reversed(signs))


def from_base58(text: str, what: str) -> bytes:
    """Base58 text as bytes.

    Raises:
        ProofError: It is no Base58, or longer than any key or signature.

    Source: W3C Controlled Identifiers 1.0 §2.4 (base-58-btc).
    """
    if len(text) > _MOST_BASE58 or any(sign not in _BASE58 for sign in text):
        raise ProofError(f"The {what} is not Base58.", code="base58", found=text[:100])
    number = 0
    for sign in text:
        number = number * 58 + _BASE58.index(sign)
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def from_multibase(text: Any, what: str) -> bytes:
    """Multibase text as bytes: `z` and Base58, or `u` and Base64url.

    Raises:
        ProofError: It is neither.

    Source: W3C Controlled Identifiers 1.0 §2.4.
    """
    if isinstance(text, str) and text[:1] == "z":
        return from_base58(text[1:], what)
    if isinstance(text, str) and text[:1] == "u":
        return from_base64url(text[1:], what)
    raise ProofError(f"The {what} is not in multibase.", code="multibase", found=str(text)[:100])
