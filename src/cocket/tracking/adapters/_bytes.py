# SPDX-License-Identifier: Apache-2.0
"""Taking numbers, digits and letters off a message, one after another, without ever reading past its end."""

from __future__ import annotations

import struct

from cocket.errors import UnreadableError


def too_short(what: str) -> UnreadableError:
    """The error of a message that ends before it should."""
    return UnreadableError(f"The message ends within {what}.", code="message-cut-short", expected=what)


def bad_form(what: str, found: object = None) -> UnreadableError:
    """The error of a message that has not the form of its protocol."""
    return UnreadableError(
        f"The message is not {what}.",
        code="message-form",
        expected=what,
        found=None if found is None else str(found)[:200],
    )


class Cursor:
    """A place in bytes that moves on as they are read; big-endian unless a method says otherwise.

    Args:
        data: What to read.
    """

    __slots__ = ("at", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    @property
    def left(self) -> int:
        """Bytes not yet read (count)."""
        return len(self.data) - self.at

    def take(self, count: int) -> bytes:
        """The next bytes.

        Raises:
            UnreadableError: There are not so many.
        """
        end = self.at + count
        if count < 0 or end > len(self.data):
            raise too_short(f"{count} bytes at {self.at}")
        piece = self.data[self.at : end]
        self.at = end
        return piece

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(self.left)

    def skip(self, count: int) -> None:
        """Pass over bytes."""
        self.take(count)

    def number(self, count: int, *, signed: bool = False, little: bool = False) -> int:
        """The next `count` bytes, 8 at most, as one whole number."""
        if count > 8:
            raise bad_form("a number of 8 bytes at most", count)
        return int.from_bytes(self.take(count), "little" if little else "big", signed=signed)

    def u8(self) -> int:
        """One byte, 0–255."""
        return self.number(1)

    def u16(self) -> int:
        """Two bytes."""
        return self.number(2)

    def u24(self) -> int:
        """Three bytes."""
        return self.number(3)

    def u32(self) -> int:
        """Four bytes."""
        return self.number(4)

    def i8(self) -> int:
        """One byte in two's complement."""
        return self.number(1, signed=True)

    def i16(self) -> int:
        """Two bytes in two's complement."""
        return self.number(2, signed=True)

    def i32(self) -> int:
        """Four bytes in two's complement."""
        return self.number(4, signed=True)

    def f32(self) -> float:
        """Four bytes as an IEEE 754 number."""
        return float(struct.unpack(">f", self.take(4))[0])

    def hex(self, count: int) -> str:
        """Bytes as lower-case hexadecimal digits; how packed decimal digits read."""
        return self.take(count).hex()

    def text(self, count: int, encoding: str = "ascii") -> str:
        """Bytes as text, with U+FFFD where they are none, without padding of zeros and blanks at either end."""
        return self.take(count).decode(encoding, "replace").strip("\0 \r\n\t")


def bit(value: int, place: int) -> bool:
    """Whether one bit is set, counted from 0 at the low end."""
    return bool(value >> place & 1)


def digits(text: str) -> int | None:
    """Packed decimal digits as a number; None if one of them is no digit."""
    return int(text) if text.isascii() and text.isdigit() else None


def xor(data: bytes) -> int:
    """All bytes added without carry (0–255)."""
    total = 0
    for byte in data:
        total ^= byte
    return total


def crc16_ibm(data: bytes) -> int:
    """CRC-16/ARC: polynomial 0x8005 reflected, start 0.

    Source: Teltonika data sending protocols, CRC-16/IBM.
    """
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc
