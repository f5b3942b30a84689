# SPDX-License-Identifier: Apache-2.0
"""One message of JT/T 808 taken apart, and the parts that several of its messages share.

A message stands between two marks 0x7E with 0x7D-escapes, under a check byte.
Source: JT/T 808-2011, -2013, -2019, message structure and location report.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import msgspec

from cocket.tracking.adapters._bytes import Cursor, bad_form, bit, digits, xor
from cocket.tracking.adapters._draft import Context, Draft, moment

#: What escapes stand for, by the mark that begins and ends a message.
ESCAPES = {
    0x7E: {b"\x7d\x01": b"\x7d", b"\x7d\x02": b"\x7e"},
    0xE7: {b"\xe6\x01": b"\xe6", b"\xe6\x02": b"\xe7", b"\x3e\x01": b"\x3e", b"\x3e\x02": b"\x3d"},
}

_ESCAPED = {mark: re.compile(b"|".join(map(re.escape, pairs))) for mark, pairs in ESCAPES.items()}

#: Messages of Jointech locks, whose serial number is one byte.
SHORT_SERIAL = (0x5501, 0x5502)

_CHINA = timedelta(hours=8)
_DOORS = 0b11111 << 13


class Message(msgspec.Struct, frozen=True):
    """One message with its head taken apart.

    Attributes:
        kind: Number of the message.
        device: Terminal number without leading zeros.
        serial: Its place in the sender's count.
        body: What it says.
        is_checked: Whether the check byte agrees.
        head: The bytes of the head between number and serial, to answer with.
        mark: The byte that begins and ends it.
        wants_answer: Whether a lock report asks for one.
    """

    kind: int
    device: str
    serial: int
    body: bytes
    is_checked: bool
    head: bytes
    mark: int
    wants_answer: bool


def take_apart(payload: bytes) -> Message:
    """Take a message apart.

    Args:
        payload: From one 0x7E to the next, with escapes as they stood in the stream, or without.

    Raises:
        UnreadableError: It is no such message.
    """
    if len(payload) < 12 or payload[0] not in ESCAPES or payload[-1] != payload[0]:
        raise bad_form("a message between two marks 0x7E", payload[:4].hex())
    plain = _plain(payload)
    cursor = Cursor(plain[:-1])
    kind, properties = cursor.u16(), cursor.u16()
    edition = cursor.take(1) if bit(properties, 14) and kind not in SHORT_SERIAL else b""
    number = cursor.take(10 if edition else 7 if payload[0] == 0xE7 else 6)
    serial = cursor.u8() if kind in SHORT_SERIAL else cursor.u16()
    if bit(properties, 13) and kind not in SHORT_SERIAL:
        cursor.skip(4)
    return Message(
        kind,
        _terminal(number),
        serial,
        cursor.rest(),
        is_checked=xor(plain) == 0,
        head=edition + number,
        mark=payload[0],
        wants_answer=bit(properties, 15),
    )


def _plain(payload: bytes) -> bytes:
    """What stands between the marks, escapes undone; bytes that have the stated length as they are were undone before."""
    inner, mark = payload[1:-1], payload[0]
    undone = _ESCAPED[mark].sub(lambda found: ESCAPES[mark][found[0]], inner)
    if undone == inner:
        return inner
    return inner if len(undone) != _stated_length(undone, mark) == len(inner) else undone


def _stated_length(plain: bytes, mark: int) -> int:
    """Bytes between the marks by the head's own word (count)."""
    kind, properties = int.from_bytes(plain[:2], "big"), int.from_bytes(plain[2:4], "big")
    if kind in SHORT_SERIAL:
        return 4 + 6 + 1 + (properties & 0x3FF) + 1
    number = 11 if bit(properties, 14) else 7 if mark == 0xE7 else 6
    return 4 + number + 2 + (4 if bit(properties, 13) else 0) + (properties & 0x3FF) + 1


def _terminal(number: bytes) -> str:
    """Identity of a terminal: decimal digits, else an IMEI without its check digit, which is added."""
    packed = number.hex()
    if packed.isdigit():
        return packed.lstrip("0") or "0"
    imei = str(int.from_bytes(number, "big"))
    return f"{imei}{_luhn(imei)}"


def _luhn(text: str) -> int:
    total = 0
    for place, digit in enumerate(reversed(text)):
        worth = int(digit) * (2 if place % 2 == 0 else 1)
        total += worth - 9 if worth > 9 else worth
    return -total % 10


def packed_time(cursor: Cursor, context: Context) -> datetime | None:
    """Six packed numbers, year first, by the device's clock."""
    packed = cursor.hex(6)
    parts = tuple(digits(packed[at : at + 2]) for at in range(0, 12, 2))
    return moment(parts, _CHINA if context.utc_offset is None else context.utc_offset)


def state_and_place(cursor: Cursor, draft: Draft) -> tuple[float, float, bool]:
    """Read the word of state and the place behind it.

    Returns:
        Latitude and longitude in degrees, and whether the device says that it has a fix.
    """
    state = cursor.u32()
    draft.put("ignition", bit(state, 0))
    draft.put("blocked", bit(state, 10))
    draft.put("charge", bit(state, 26))
    if state & _DOORS:
        draft.put("door", True)
    lat, lon = cursor.u32() / 1e6, cursor.u32() / 1e6
    return -lat if bit(state, 2) else lat, -lon if bit(state, 3) else lon, bit(state, 1)
