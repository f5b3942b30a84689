# SPDX-License-Identifier: Apache-2.0
"""Base64url without padding, with exactly one spelling for each value.

Source: RFC 4648 §5; RFC 7515 §2.
"""

from __future__ import annotations

import base64
import binascii

from cocket.errors import UnreadableError


def to_base64url(data: bytes) -> str:
    """Bytes as base64url text."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text: bytes) -> bytes:
    """Base64url text as bytes.

    Raises:
        UnreadableError: It is none, or not in its one canonical spelling.
    """
    try:
        data = base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnreadableError("This is not base64url.", code="base64url", found=ascii(text[:80])) from error
    if to_base64url(data).encode() != text:
        raise UnreadableError("This base64url has stray bits.", code="base64url", found=ascii(text[:80]))
    return data
