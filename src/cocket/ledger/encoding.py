# SPDX-License-Identifier: Apache-2.0
"""How the book writes bytes as text: standard Base64 with exactly one spelling for each value.

Python's own decoder forgives stray bits at the end of the last character. Here every bit counts: what would not be
written again in the same way is refused.
"""

from __future__ import annotations

import binascii

from cocket.errors import ProofError


def to_base64(data: bytes) -> str:
    """Bytes as Base64 text, padded, without line breaks.

    Source: RFC 4648 §4.
    """
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def from_base64(text: str, what: str) -> bytes:
    """Base64 text as bytes.

    Args:
        text: Padded Base64.
        what: Name of the value, for the error.

    Returns:
        The bytes (0..n).

    Raises:
        ProofError: The text is not Base64, or not in its one canonical spelling.

    Source: RFC 4648 §4 and, for stray bits, §3.5.
    """
    try:
        data = binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ProofError(f"The {what} is not Base64.", code="base64", found=text[:200]) from error
    if to_base64(data) != text:
        raise ProofError(
            f"The {what} has stray bits in its Base64.", code="base64", expected=to_base64(data), found=text
        )
    return data
