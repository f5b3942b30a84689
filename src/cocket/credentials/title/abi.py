# SPDX-License-Identifier: Apache-2.0
"""How contracts are spoken to: values to bytes and back, as far as titles and anchors need it.

Types: `address`, `bool`, `uintN`, `bytesN`, `bytes`, `string`, and one of these followed by `[]`.
Source: Solidity documentation, Contract ABI Specification (formal specification of the encoding).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from cocket.credentials.keccak import keccak256
from cocket.errors import PartnerError

_WORD = 32
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")

#: Most elements of a list, so that a length nobody can mean is refused before memory is asked for.
_MOST_ELEMENTS = 4096


class AbiError(PartnerError):
    """Bytes or values that do not have the form a contract states."""

    code = "abi"


@lru_cache(maxsize=256)
def topic_of(signature: str) -> bytes:
    """The first topic of an event, such as `Shred(address,uint256,bytes)` (32 bytes)."""
    return keccak256(signature.encode("ascii"))


def selector_of(signature: str) -> bytes:
    """The four bytes that name a function or an error."""
    return topic_of(signature)[:4]


def types_of(signature: str) -> tuple[str, ...]:
    """Parameter types of a signature (0..n)."""
    inside = signature[signature.index("(") + 1 : -1]
    return tuple(inside.split(",")) if inside else ()


def call_data(signature: str, *values: Any) -> bytes:
    """What is sent to call a function.

    Args:
        signature: Such as `nominate(address,bytes)`.
        values: One a parameter: addresses as `0x…` text, numbers as int, bytes as bytes.

    Raises:
        AbiError: A value is not of its type.
    """
    return selector_of(signature) + encode(types_of(signature), values)


def encode(types: Sequence[str], values: Sequence[Any]) -> bytes:
    """Values as their types spell them.

    Raises:
        AbiError: A value is not of its type.
    """
    if len(types) != len(values):
        raise AbiError(
            "The number of values must match the number of parameters.",
            expected=str(len(types)),
            found=str(len(values)),
        )
    heads, tails, offset = [], b"", _WORD * len(types)
    for kind, value in zip(types, values, strict=True):
        data = _encoded(kind, value)
        if _is_dynamic(kind):
            heads.append((offset + len(tails)).to_bytes(_WORD, "big"))
            tails += data
        else:
            heads.append(data)
    return b"".join(heads) + tails


def decode(types: Sequence[str], data: bytes) -> tuple[Any, ...]:
    """Values out of bytes that came from elsewhere.

    Returns:
        One value a type; addresses as `0x…` text in lower case.

    Raises:
        AbiError: The bytes are too short, or hold what the types cannot.
    """
    values = []
    for place, kind in enumerate(types):
        head = _WORD * place
        values.append(_decoded(kind, data, _number(data, head) if _is_dynamic(kind) else head))
    return tuple(values)


def _is_dynamic(kind: str) -> bool:
    return kind in ("bytes", "string") or kind.endswith("[]")


def _encoded(kind: str, value: Any) -> bytes:
    if kind.endswith("[]"):
        return len(value).to_bytes(_WORD, "big") + encode([kind[:-2]] * len(value), value)
    if kind in ("bytes", "string"):
        data = value.encode("utf-8") if isinstance(value, str) else bytes(value)
        return len(data).to_bytes(_WORD, "big") + data + bytes(-len(data) % _WORD)
    if kind == "address":
        return bytes(12) + bytes.fromhex(address_of(value)[2:])
    if kind == "bool":
        return int(bool(value)).to_bytes(_WORD, "big")
    if kind.startswith("uint"):
        if not isinstance(value, int) or not 0 <= value < 1 << int(kind[4:]):
            raise AbiError(f"A value is not a {kind}.", found=str(value)[:100])
        return value.to_bytes(_WORD, "big")
    if kind.startswith("bytes") and isinstance(value, bytes) and len(value) == int(kind[5:]):
        return value + bytes(_WORD - len(value))
    raise AbiError(f"A value is not a {kind}.", found=str(value)[:100])


def _decoded(kind: str, data: bytes, at: int) -> Any:
    if kind.endswith("[]"):
        count = _number(data, at)
        if count > _MOST_ELEMENTS:
            raise AbiError("A list is too long.", found=str(count))
        return decode([kind[:-2]] * count, data[at + _WORD :])
    if kind in ("bytes", "string"):
        length = _number(data, at)
        content = data[at + _WORD : at + _WORD + length]
        if len(content) != length:
            raise AbiError("Bytes end before their stated length.", expected=str(length), found=str(len(content)))
        return content if kind == "bytes" else content.decode("utf-8", "replace")
    number = _number(data, at)
    if kind == "address" and number < 1 << 160:
        return f"0x{number:040x}"
    if kind == "bool" and number <= 1:
        return bool(number)
    if kind.startswith("uint") and number < 1 << int(kind[4:]):
        return number
    if kind.startswith("bytes"):
        return data[at : at + int(kind[5:])]
    raise AbiError(f"The answer has no {kind} where one is expected.", found=f"{number:#x}")


def _number(data: bytes, at: int) -> int:
    word = data[at : at + _WORD]
    if len(word) != _WORD:
        raise AbiError("The answer is shorter than its types.", expected=str(at + _WORD), found=str(len(data)))
    return int.from_bytes(word, "big")


def address_of(text: Any) -> str:
    """An address in the one form kept here: lower case. The mixed case of EIP-55 is a checksum for typing only.

    Raises:
        AbiError: It is not an address.
    """
    if not isinstance(text, str) or not _ADDRESS.fullmatch(text):
        raise AbiError(
            "It is not the address of an account or contract.", expected="0x and 40 hex digits", found=str(text)[:100]
        )
    return text.lower()
