# SPDX-License-Identifier: Apache-2.0
"""Accounts of a chain: their keys, and transactions signed with them.

Only what titles and anchors need: calls and deployments without value, with the fee market of EIP-1559. The secret key
goes no further than the `cryptography` package; our own arithmetic on the curve is on public values only.
Source: Ethereum Yellow Paper, appendix B (RLP) and F (signing); EIP-2718, EIP-1559, EIP-2; SEC 1 §2.2.1, §4.1.6.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature

from cocket.credentials.keccak import keccak256
from cocket.errors import SettingsError

_PRIME = 2**256 - 2**32 - 977
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_BASE = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)

_Affine = tuple[int, int]
#: A point whose affine form is (x / z², y / z³), which saves a division at every step; z = 0 is infinity.
_Jacobian = tuple[int, int, int]
_INFINITY: _Jacobian = (1, 1, 0)
#: What RLP writes.
_Item = bytes | int | Sequence[Any]


class Transaction(msgspec.Struct, frozen=True, kw_only=True):
    """A call or deployment, complete but for its signature.

    Attributes:
        chain_id: EIP-155 number of the chain; a signature for one chain is worth nothing on another.
        nonce: Count of the account's transactions before this one.
        to: Address of the contract; None deploys one.
        data: What is called, or code and arguments of what is deployed.
        gas: Most gas it may use.
        tip_wei: Most that goes to who makes the block, a unit of gas.
        fee_wei: Most that is paid in all, a unit of gas.
    """

    chain_id: int
    nonce: int
    to: str | None
    data: bytes
    gas: int
    tip_wei: int
    fee_wei: int

    @property
    def fields(self) -> list[_Item]:
        """What is signed, in the order of EIP-1559; value and access list are always empty."""
        to = bytes.fromhex(self.to[2:]) if self.to else b""
        return [self.chain_id, self.nonce, self.tip_wei, self.fee_wei, self.gas, to, 0, self.data, []]


class Account:
    """An account with its secret key.

    Args:
        secret: 32 secret bytes.

    Raises:
        SettingsError: They are no key.
    """

    def __init__(self, secret: bytes) -> None:
        number = int.from_bytes(secret, "big")
        if len(secret) != 32 or not 0 < number < _ORDER:
            raise SettingsError("The key of a chain account is 32 bytes, as 64 hex digits.", code="account-key")
        self._key = ec.derive_private_key(number, ec.SECP256K1())
        numbers = self._key.public_key().public_numbers()
        self._public = (numbers.x, numbers.y)
        self.address = _address(self._public)

    @classmethod
    def from_hex(cls, text: str) -> Account:
        """The account whose key is written as 64 hex digits, with or without `0x`.

        Raises:
            SettingsError: It is no key; the text is not repeated.
        """
        try:
            secret = bytes.fromhex(text.strip().removeprefix("0x"))
        except ValueError:
            secret = b""
        return cls(secret)

    def sign(self, transaction: Transaction) -> bytes:
        """The transaction as it is sent; the same one gives the same bytes."""
        parity, r, s = self._signature(keccak256(b"\x02" + rlp(transaction.fields)))
        return b"\x02" + rlp([*transaction.fields, parity, r, s])

    def sign_text(self, text: str) -> bytes:
        """A signature under a text, as wallets make it to show who controls an account (65 bytes).

        Source: EIP-191, version 0x45.
        """
        parity, r, s = self._signature(_text_digest(text))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([27 + parity])

    def _signature(self, digest: bytes) -> tuple[int, int, int]:
        algorithm = ec.ECDSA(Prehashed(hashes.SHA256()), deterministic_signing=True)
        r, s = decode_dss_signature(self._key.sign(digest, algorithm))
        s = min(s, _ORDER - s)
        return int(_recovered(digest, (r, s), 0) != self._public), r, s


def signer_of_text(text: str, signature: bytes) -> str | None:
    """Address of the account that signed a text; None if the signature is none.

    Source: EIP-191, version 0x45; SEC 1 §4.1.6.
    """
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    if len(signature) != 65 or signature[64] not in (27, 28) or not 0 < r < _ORDER or not 0 < s <= _ORDER // 2:
        return None
    digest, public = _text_digest(text), None
    if pow(r**3 + 7, (_PRIME - 1) // 2, _PRIME) == 1:
        public = _recovered(digest, (r, s), signature[64] - 27)
    return _address(public) if public else None


def _text_digest(text: str) -> bytes:
    data = text.encode("utf-8")
    return keccak256(b"\x19Ethereum Signed Message:\n" + str(len(data)).encode() + data)


def contract_address(sender: str, nonce: int) -> str:
    """Where a contract comes to stand that an account deploys."""
    return "0x" + keccak256(rlp([bytes.fromhex(sender[2:]), nonce]))[12:].hex()


def rlp(item: _Item) -> bytes:
    """Bytes, numbers and lists of them in recursive length prefix."""
    if isinstance(item, int):
        item = item.to_bytes((item.bit_length() + 7) // 8, "big")
    if isinstance(item, bytes):
        return item if len(item) == 1 and item[0] < 0x80 else _prefixed(0x80, item)
    return _prefixed(0xC0, b"".join(rlp(inner) for inner in item))


def _prefixed(base: int, data: bytes) -> bytes:
    if len(data) < 56:
        return bytes([base + len(data)]) + data
    length = len(data).to_bytes((len(data).bit_length() + 7) // 8, "big")
    return bytes([base + 55 + len(length)]) + length + data


def _address(public: tuple[int, int]) -> str:
    return "0x" + keccak256(b"".join(number.to_bytes(32, "big") for number in public))[12:].hex()


def _recovered(digest: bytes, signature: tuple[int, int], parity: int) -> _Affine | None:
    """The public key under which a signature holds, by the parity of its curve point; None if there is none."""
    r, s = signature
    y = pow(r**3 + 7, (_PRIME + 1) // 4, _PRIME)
    point = (r, y if y % 2 == parity else _PRIME - y)
    inverse, z = pow(r, -1, _ORDER), int.from_bytes(digest, "big")
    return _sum_of_multiples((-z * inverse % _ORDER, _BASE), (s * inverse % _ORDER, point))


def _sum_of_multiples(one: tuple[int, _Affine], other: tuple[int, _Affine]) -> _Affine | None:
    """Two multiples of points added, both at once from the highest bit down; None for the point at infinity."""
    (first, p), (second, q) = one, other
    table = {(1, 0): (*p, 1), (0, 1): (*q, 1), (1, 1): _added((*p, 1), (*q, 1))}
    total = _INFINITY
    for bit in reversed(range(max(first.bit_length(), second.bit_length()))):
        total = _doubled(total)
        bits = (first >> bit & 1, second >> bit & 1)
        total = _added(total, table[bits]) if any(bits) else total
    x, y, z = total
    if not z:
        return None
    inverse = pow(z, -1, _PRIME)
    return x * inverse**2 % _PRIME, y * inverse**3 % _PRIME


def _doubled(point: _Jacobian) -> _Jacobian:
    x, y, z = point
    square = y * y % _PRIME
    s, m = 4 * x * square % _PRIME, 3 * x * x % _PRIME
    new = (m * m - 2 * s) % _PRIME
    return new, (m * (s - new) - 8 * square * square) % _PRIME, 2 * y * z % _PRIME


def _added(one: _Jacobian, other: _Jacobian) -> _Jacobian:
    if not one[2] or not other[2]:
        return other if not one[2] else one
    (x1, y1, z1), (x2, y2, z2) = one, other
    square1, square2 = z1 * z1 % _PRIME, z2 * z2 % _PRIME
    u1, u2 = x1 * square2 % _PRIME, x2 * square1 % _PRIME
    s1, s2 = y1 * square2 * z2 % _PRIME, y2 * square1 * z1 % _PRIME
    if u1 == u2:
        return _doubled(one) if s1 == s2 else _INFINITY
    h, r = u2 - u1, s2 - s1
    cube, v = h * h * h % _PRIME, u1 * h * h % _PRIME
    x = (r * r - cube - 2 * v) % _PRIME
    return x, (r * (v - x) - s1 * cube) % _PRIME, h * z1 * z2 % _PRIME
