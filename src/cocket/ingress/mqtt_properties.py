# SPDX-License-Identifier: Apache-2.0
"""Properties of MQTT 5 packets: which may stand where, how often, and in what form.

Source: OASIS MQTT 5.0 §2.2.2, table 2-4.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from cocket.errors import SenderError

# Reason codes that the door gives. Source: OASIS MQTT 5.0 §2.4.
SUCCESS: Final = 0x00
NO_SUBSCRIPTION: Final = 0x11
MALFORMED: Final = 0x81
PROTOCOL: Final = 0x82
WRONG_VERSION: Final = 0x84
CLIENT_ID: Final = 0x85
BAD_KEY: Final = 0x86
NOT_AUTHORIZED: Final = 0x87
UNAVAILABLE: Final = 0x88
STOPPING: Final = 0x8B
BAD_METHOD: Final = 0x8C
TOO_SLOW: Final = 0x8D
TAKEN_OVER: Final = 0x8E
FILTER: Final = 0x8F
TOPIC: Final = 0x90
ID_IN_USE: Final = 0x91
TOO_MANY: Final = 0x93
ALIAS: Final = 0x94
TOO_LARGE: Final = 0x95
ADMINISTRATIVE: Final = 0x98
NO_RETAIN: Final = 0x9A
NO_QOS: Final = 0x9B


class PacketError(SenderError):
    """A packet that MQTT forbids, or that this door does not take; the connection ends.

    `reason` is the MQTT 5 reason code that says why.
    """

    code = "mqtt"

    def __init__(self, message: str, reason: int = MALFORMED) -> None:
        super().__init__(message)
        self.reason = reason


def read_varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """A variable byte integer, and where what follows it begins.

    Raises:
        PacketError: It ends nowhere within four bytes, or beyond `end`, or is longer than it need be.

    Source: OASIS MQTT 5.0 §1.5.5.
    """
    value = 0
    for place in range(4):
        if at + place >= end:
            raise PacketError("A length ends beyond its packet.")
        byte = data[at + place]
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            if place and not byte:
                raise PacketError("A length is not minimally encoded.")
            return value, at + place + 1
    raise PacketError("A length has more than four bytes.")


def read_binary(data: bytes, at: int, end: int) -> tuple[bytes, int]:
    """Bytes behind their two-byte length, and where what follows begins.

    Raises:
        PacketError: They end beyond `end`.
    """
    start = at + 2
    if start > end or (stop := start + (data[at] << 8 | data[at + 1])) > end:
        raise PacketError("A field is longer than its packet.")
    return data[start:stop], stop


def read_text(data: bytes, at: int, end: int) -> tuple[str, int]:
    """A UTF-8 string, and where what follows begins.

    Raises:
        PacketError: It ends beyond `end`, is not UTF-8, or holds a character that MQTT forbids.

    Source: OASIS MQTT 5.0 §1.5.4.
    """
    raw, stop = read_binary(data, at, end)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise PacketError("A text is not UTF-8.") from error
    if "\0" in text:
        raise PacketError("A text holds U+0000.")
    return text, stop


def read_two(data: bytes, at: int, end: int) -> tuple[int, int]:
    """A number of two bytes, and where what follows begins.

    Raises:
        PacketError: It ends beyond `end`.
    """
    if at + 2 > end:
        raise PacketError("A packet ends within a number.")
    return data[at] << 8 | data[at + 1], at + 2


def _one(data: bytes, at: int, end: int) -> tuple[int, int]:
    if at >= end:
        raise PacketError("A packet ends within a property.")
    return data[at], at + 1


def _flag(data: bytes, at: int, end: int) -> tuple[int, int]:
    value, stop = _one(data, at, end)
    if value > 1:
        raise PacketError("A property that must be 0 or 1 is neither.", PROTOCOL)
    return value, stop


def _four(data: bytes, at: int, end: int) -> tuple[int, int]:
    if at + 4 > end:
        raise PacketError("A packet ends within a property.")
    return int.from_bytes(data[at : at + 4], "big"), at + 4


def _two_but_0(data: bytes, at: int, end: int) -> tuple[int, int]:
    value, stop = read_two(data, at, end)
    if not value:
        raise PacketError("A property that must not be 0 is 0.", PROTOCOL)
    return value, stop


def _four_but_0(data: bytes, at: int, end: int) -> tuple[int, int]:
    value, stop = _four(data, at, end)
    if not value:
        raise PacketError("A property that must not be 0 is 0.", PROTOCOL)
    return value, stop


def _varint_but_0(data: bytes, at: int, end: int) -> tuple[int, int]:
    value, stop = read_varint(data, at, end)
    if not value:
        raise PacketError("A property that must not be 0 is 0.", PROTOCOL)
    return value, stop


def _alias(data: bytes, at: int, end: int) -> tuple[int, int]:
    value, stop = read_two(data, at, end)
    if not value:
        raise PacketError("A topic alias is 0.", ALIAS)
    return value, stop


def _pair(data: bytes, at: int, end: int) -> tuple[tuple[str, str], int]:
    name, at = read_text(data, at, end)
    value, at = read_text(data, at, end)
    return (name, value), at


# Names of properties that the door uses.
SESSION_EXPIRY: Final = 0x11
ASSIGNED_CLIENT_ID: Final = 0x12
SERVER_KEEP_ALIVE: Final = 0x13
AUTHENTICATION_METHOD: Final = 0x15
RECEIVE_MAXIMUM: Final = 0x21
TOPIC_ALIAS_MAXIMUM: Final = 0x22
TOPIC_ALIAS: Final = 0x23
MAXIMUM_QOS: Final = 0x24
RETAIN_AVAILABLE: Final = 0x25
USER: Final = 0x26
MAXIMUM_PACKET_SIZE: Final = 0x27
WILDCARDS_AVAILABLE: Final = 0x28
IDENTIFIERS_AVAILABLE: Final = 0x29
SHARED_AVAILABLE: Final = 0x2A

_Read = Callable[[bytes, int, int], tuple[Any, int]]

_CONNECT: Final[dict[int, _Read]] = {
    SESSION_EXPIRY: _four,
    AUTHENTICATION_METHOD: read_text,
    0x16: read_binary,
    0x17: _flag,
    0x19: _flag,
    RECEIVE_MAXIMUM: _two_but_0,
    TOPIC_ALIAS_MAXIMUM: read_two,
    USER: _pair,
    MAXIMUM_PACKET_SIZE: _four_but_0,
}
_MESSAGE: Final[dict[int, _Read]] = {
    0x01: _flag,
    0x02: _four,
    0x03: read_text,
    0x08: read_text,
    0x09: read_binary,
    USER: _pair,
}

#: Properties that a client may send, by packet.
CONNECT: Final = _CONNECT
WILL: Final[dict[int, _Read]] = {**_MESSAGE, 0x18: _four}
PUBLISH: Final[dict[int, _Read]] = {**_MESSAGE, TOPIC_ALIAS: _alias}
SUBSCRIBE: Final[dict[int, _Read]] = {0x0B: _varint_but_0, USER: _pair}
UNSUBSCRIBE: Final[dict[int, _Read]] = {USER: _pair}
DISCONNECT: Final[dict[int, _Read]] = {SESSION_EXPIRY: _four, 0x1C: read_text, 0x1F: read_text, USER: _pair}


def read_properties(data: bytes, at: int, end: int, allowed: dict[int, _Read]) -> tuple[dict[int, Any], int]:
    """The properties of a packet, and where what follows them begins.

    Args:
        data: The packet.
        at: Where their length stands.
        end: Where the packet ends.
        allowed: Those that may stand here.

    Returns:
        Values by number; of user properties the last.

    Raises:
        PacketError: One is not allowed here, stands twice, or ends beyond them.
    """
    length, at = read_varint(data, at, end)
    stop = at + length
    if stop > end:
        raise PacketError("Properties are longer than their packet.")
    found: dict[int, Any] = {}
    while at < stop:
        number, at = read_varint(data, at, stop)
        read = allowed.get(number)
        if read is None:
            raise PacketError(f"Property {number:#04x} is not allowed here.", PROTOCOL)
        if number in found and number != USER:
            raise PacketError(f"Property {number:#04x} stands twice.", PROTOCOL)
        found[number], at = read(data, at, stop)
    return found, stop
