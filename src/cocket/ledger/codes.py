# SPDX-License-Identifier: Apache-2.0
"""Bytes as the text of QR codes: in the 45 characters that a code packs densest, over as many codes as it takes.

    COCKET:1/2:6BF5/X…      part 1 of 2, in Base45

Parts may come in any order, one a line. Any scanner of codes shows this text; nothing in it depends on a web address.
A part is whole groups of three signs. None of these ends in a space, so that it does no harm if a scanner cuts it off.
Source: RFC 9285 (Base45).
"""

from __future__ import annotations

import re

from cocket.errors import ProofError

CODE_PREFIX = "COCKET:"

#: Characters of one code: version 25 at level M holds 1,451 (ISO/IEC 18004), and still scans from paper at 8 cm.
PART_LENGTH = 1401

_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES = {sign: value for value, sign in enumerate(_SIGNS)}
_MOST_PARTS = 99
_PART = re.compile(r"COCKET:([1-9][0-9]?)/([1-9][0-9]?):([0-9A-Z $%*+./:-]+)")


def to_codes(data: bytes) -> list[str]:
    """The texts of the codes that carry bytes, about equally long (1..99).

    Raises:
        ProofError: It would take more than 99 codes.

    Source: RFC 9285 §3.
    """
    text = to_base45(data)
    count = max(1, -(-len(text) // PART_LENGTH))
    if count > _MOST_PARTS:
        raise ProofError("The proof is too long for codes.", code="code-length", found=f"{len(data)} bytes")
    length = 3 * -(-len(text) // (3 * count))
    return [f"{CODE_PREFIX}{part + 1}/{count}:{text[part * length : (part + 1) * length]}" for part in range(count)]


def from_codes(text: bytes) -> bytes:
    """The bytes in the texts of codes.

    Args:
        text: The texts, one a line, in any order; a part may be there twice.

    Returns:
        The bytes.

    Raises:
        ProofError: A part is missing, malformed or of another proof.

    Source: RFC 9285 §4.
    """
    parts: dict[int, str] = {}
    counts: set[int] = set()
    for line in text.decode("ascii", "replace").splitlines():
        if not line.strip():
            continue
        match = _PART.fullmatch(line.strip())
        if match is None:
            raise ProofError("A line is not the text of a code.", code="code-form", found=line[:80])
        number, count, part = int(match[1]), int(match[2]), match[3]
        counts.add(count)
        if parts.setdefault(number, part) != part:
            raise ProofError(f"Part {number} appears twice, with different content.", code="code-form")
    if len(counts) != 1 or max(parts) > max(counts):
        raise ProofError("The codes do not belong to one proof.", code="code-form")
    missing = [str(number) for number in range(1, max(counts) + 1) if number not in parts]
    if missing:
        raise ProofError(f"Code {', '.join(missing)} of {max(counts)} is missing.", code="code-missing")
    return from_base45("".join(parts[number] for number in sorted(parts)))


def to_base45(data: bytes) -> str:
    """Bytes as Base45.

    Source: RFC 9285 §3.
    """
    signs = []
    for at in range(0, len(data), 2):
        pair = data[at : at + 2]
        value = int.from_bytes(pair)
        for _ in range(len(pair) + 1):
            value, sign = divmod(value, 45)
            signs.append(_SIGNS[sign])
    return "".join(signs)


def from_base45(text: str) -> bytes:
    """Base45 as bytes.

    Raises:
        ProofError: It is not Base45.

    Source: RFC 9285 §4.
    """
    data = bytearray()
    for at in range(0, len(text), 3):
        group = text[at : at + 3]
        values = [_VALUES.get(sign) for sign in group]
        if None in values or len(group) == 1:
            raise ProofError("The text of a code is not Base45.", code="code-form", found=group)
        value = sum(value * 45**place for place, value in enumerate(values) if value is not None)
        if value >= 256 ** (len(group) - 1):
            raise ProofError("The text of a code is not Base45.", code="code-form", found=group)
        data += value.to_bytes(len(group) - 1)
    return bytes(data)
