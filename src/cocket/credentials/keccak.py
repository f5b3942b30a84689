# SPDX-License-Identifier: Apache-2.0
"""Keccak-256, the hash of Ethereum and OpenAttestation: SHA-3 as it was before its padding was changed.

OpenSSL has it from version 3.2 on; where it has not, the permutation is done here, some hundred times slower.
Source: The Keccak reference, version 3.0; FIPS 202 §3 (the permutation is the same).
"""

from __future__ import annotations

import hashlib

_RATE = 136
_MASK = (1 << 64) - 1


def keccak256(data: bytes) -> bytes:
    """The Keccak-256 hash of bytes (32 bytes).

    Source: The Keccak reference, version 3.0.
    """
    try:
        return hashlib.new("keccak-256", data).digest()
    except ValueError:
        return by_hand(data)


def by_hand(data: bytes) -> bytes:
    """The same without OpenSSL.

    Source: The Keccak reference, version 3.0; FIPS 202 §3.2 and §3.3.
    """
    padded = bytearray(data + b"\x01" + bytes(-(len(data) + 1) % _RATE))
    padded[-1] |= 0x80
    lanes = [0] * 25
    for start in range(0, len(padded), _RATE):
        for lane in range(_RATE // 8):
            at = start + 8 * lane
            lanes[lane] ^= int.from_bytes(padded[at : at + 8], "little")
        lanes = _permuted(lanes)
    return b"".join(lane.to_bytes(8, "little") for lane in lanes[:4])


def _permuted(lanes: list[int]) -> list[int]:
    for constant in _ROUNDS:
        columns = [lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20] for x in range(5)]
        mixed = [columns[x - 1] ^ _turned(columns[(x + 1) % 5], 1) for x in range(5)]
        moved = [0] * 25
        for place, (target, turn) in enumerate(_MOVES):
            moved[target] = _turned(lanes[place] ^ mixed[place % 5], turn)
        for row in range(0, 25, 5):
            a, b, c, d, e = moved[row : row + 5]
            lanes[row : row + 5] = [a ^ (~b & c), b ^ (~c & d), c ^ (~d & e), d ^ (~e & a), e ^ (~a & b)]
        lanes[0] ^= constant
    return lanes


def _turned(lane: int, turn: int) -> int:
    return (lane << turn | lane >> (64 - turn)) & _MASK


def _moves() -> list[tuple[int, int]]:
    """Where each lane goes, and how far it is turned."""
    turns = {0: 0}
    x, y = 1, 0
    for step in range(24):
        turns[x + 5 * y] = (step + 1) * (step + 2) // 2 % 64
        x, y = y, (2 * x + 3 * y) % 5
    return [((place // 5) + 5 * ((2 * (place % 5) + 3 * (place // 5)) % 5), turns[place]) for place in range(25)]


def _round_constants() -> list[int]:
    constants, state = [], 1
    for _ in range(24):
        constant = 0
        for bit in range(7):
            if state & 1:
                constant |= 1 << ((1 << bit) - 1)
            state = state << 1 ^ (0x171 if state & 0x80 else 0)
        constants.append(constant)
    return constants


_MOVES = _moves()
_ROUNDS = _round_constants()
