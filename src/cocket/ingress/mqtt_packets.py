# SPDX-License-Identifier: Apache-2.0
"""Packets of MQTT 3.1.1 and 5 as a device may send them, read without mercy, and those the door answers with.

Pure functions over bytes. What MQTT leaves to the server and this door leaves out (QoS 2, retained messages, sessions
that outlive their connection, topics to read) is refused by name, as MQTT 5 has it.
Source: OASIS MQTT 3.1.1 and 5.0, §2 and §3.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from cocket.ingress import mqtt_properties as properties
from cocket.ingress.mqtt_properties import (
    MALFORMED,
    NO_QOS,
    PROTOCOL,
    TOO_LARGE,
    WRONG_VERSION,
    PacketError,
    read_binary,
    read_properties,
    read_text,
    read_two,
)

# Types of packets: the upper four bits of the first byte.
CONNECT: Final = 1
PUBLISH: Final = 3
SUBSCRIBE: Final = 8
UNSUBSCRIBE: Final = 10
PINGREQ: Final = 12
DISCONNECT: Final = 14

_LEVELS: Final = (4, 5)
_LONGEST_CLIENT_ID: Final = 256

#: The lower four bits that each type must have; None where they mean something.
_FLAGS: Final[dict[int, int | None]] = {
    CONNECT: 0,
    PUBLISH: None,
    SUBSCRIBE: 2,
    UNSUBSCRIBE: 2,
    PINGREQ: 0,
    DISCONNECT: 0,
}


class Connect(msgspec.Struct, frozen=True, kw_only=True):
    """The first packet of a connection.

    Attributes:
        level: 4 for MQTT 3.1.1, 5 for MQTT 5.
        client_id: As given; empty where the device leaves it to us.
        keep_alive: Seconds within which the device promises to send something; 0 for no promise.
        will: Topic and payload of what is to be kept if the connection breaks; None for nothing.
        user: User name; None if absent.
        password: Password; None if absent.
        authentication: Method of extended authentication; None if absent.
    """

    level: int
    client_id: str
    keep_alive: int
    will: tuple[bytes, bytes] | None
    user: str | None
    password: bytes | None
    authentication: str | None


class Publish(msgspec.Struct, frozen=True, gc=False):
    """A message.

    Attributes:
        topic: As its bytes stand; empty where an alias stands for it.
        alias: Topic alias; 0 for none.
        id: Packet identifier; 0 at QoS 0.
        is_again: Whether the device says it may have sent it before.
        payload: Its bytes.
    """

    topic: bytes
    alias: int
    id: int
    is_again: bool
    payload: bytes


class Subscribe(msgspec.Struct, frozen=True):
    """A wish to read topics, or no longer to: packet identifier and filters (1..n)."""

    id: int
    filters: tuple[str, ...]


def split(data: bytes, at: int, most: int) -> tuple[int, int, int] | None:
    """The packet that begins here: its first byte, where its body begins, where it ends; None until it is whole.

    Args:
        data: What has come.
        at: Where the packet begins.
        most: Most bytes a whole packet may have.

    Raises:
        PacketError: No packet begins so, or it is too large; told before the rest of it has come.
    """
    have = len(data)
    if at >= have:
        return None
    first = data[at]
    flags = _FLAGS.get(first >> 4, -1)
    if flags == -1:
        raise PacketError(f"A device sends no packet of type {first >> 4}.", PROTOCOL)
    if flags is not None and flags != first & 0x0F:
        raise PacketError("The flags of a packet do not match its type.")
    length, place = 0, at + 1
    for shift in (0, 7, 14, 21):
        if place >= have:
            return None
        byte = data[place]
        place += 1
        length |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
    else:
        raise PacketError("The length of a packet has more than four bytes.")
    end = place + length
    if end - at > most:
        raise PacketError(f"A packet has {end - at} bytes; the limit is {most}.", TOO_LARGE)
    return (first, place, end) if end <= have else None


def read_connect(data: bytes, at: int, end: int) -> Connect:
    """A CONNECT packet.

    Raises:
        PacketError: It is not as MQTT has it, or of another version (`WRONG_VERSION`).

    Source: OASIS MQTT 3.1.1 §3.1, 5.0 §3.1.
    """
    name, at = read_binary(data, at, end)
    if name not in (b"MQTT", b"MQIsdp") or at + 4 > end:
        raise PacketError("This is not MQTT.", PROTOCOL)
    level, flags, at = data[at], data[at + 1], at + 2
    if name != b"MQTT" or level not in _LEVELS:
        raise PacketError(f"MQTT of level {level} is not supported; 3.1.1 and 5 are.", WRONG_VERSION)
    _check_connect_flags(flags, level)
    keep_alive, at = read_two(data, at, end)
    found: dict[int, Any] = {}
    if level == 5:
        found, at = read_properties(data, at, end, properties.CONNECT)
    client_id, at = read_text(data, at, end)
    _check_client_id(client_id, level, is_clean=bool(flags & 0x02))
    will = None
    if flags & 0x04:
        will, at = _read_will(data, at, end, level)
    user = password = None
    if flags & 0x80:
        user, at = read_text(data, at, end)
    if flags & 0x40:
        password, at = read_binary(data, at, end)
    if at != end:
        raise PacketError("CONNECT has extra data.")
    return Connect(
        level=level,
        client_id=client_id,
        keep_alive=keep_alive,
        will=will,
        user=user,
        password=password,
        authentication=found.get(properties.AUTHENTICATION_METHOD),
    )


def _check_connect_flags(flags: int, level: int) -> None:
    has_will, will_qos = flags & 0x04, flags >> 3 & 3
    if flags & 0x01:
        raise PacketError("A reserved flag is set.")
    if will_qos == 3 or (not has_will and flags & 0x38):
        raise PacketError("The flags of the will contradict each other.")
    if level == 5 and flags & 0x20:
        raise PacketError("Retained messages are not supported.", properties.NO_RETAIN)
    if level == 5 and will_qos == 2:
        raise PacketError("A will of QoS 2 is not accepted.", NO_QOS)
    if level == 4 and flags & 0xC0 == 0x40:
        raise PacketError("There is a password but no user.", PROTOCOL)


def _check_client_id(client_id: str, level: int, *, is_clean: bool) -> None:
    if not client_id and level == 4 and not is_clean:
        raise PacketError("A persistent session needs a client identifier.", properties.CLIENT_ID)
    if len(client_id) > _LONGEST_CLIENT_ID:
        raise PacketError("The client identifier is too long.", properties.CLIENT_ID)


def _read_will(data: bytes, at: int, end: int, level: int) -> tuple[tuple[bytes, bytes], int]:
    if level == 5:
        _, at = read_properties(data, at, end, properties.WILL)
    topic, at = read_text(data, at, end)
    check_topic(topic)
    payload, at = read_binary(data, at, end)
    return (topic.encode(), payload), at


def read_publish(first: int, data: bytes, at: int, end: int, level: int) -> Publish:
    """A PUBLISH packet; its topic is left to be compared, and to `check_topic` if it is not the expected one.

    Raises:
        PacketError: It is not as MQTT has it, or of QoS 2.

    Source: OASIS MQTT 3.1.1 §3.3, 5.0 §3.3.
    """
    qos = first >> 1 & 3
    if qos == 3 or (first & 0x08 and not qos):
        raise PacketError("The flags of PUBLISH contradict each other.")
    if qos == 2:
        raise PacketError("QoS 2 is not accepted; QoS 1 is acknowledged once durable.", NO_QOS)
    topic, at = read_binary(data, at, end)
    number = 0
    if qos:
        number, at = read_two(data, at, end)
        if not number:
            raise PacketError("A packet identifier is 0.", PROTOCOL)
    alias = 0
    if level == 5:
        if data[at : at + 1] == b"\0":
            at += 1
        else:
            found, at = read_properties(data, at, end, properties.PUBLISH)
            alias = found.get(properties.TOPIC_ALIAS, 0)
    if not topic and not alias:
        raise PacketError("A topic is empty.", properties.TOPIC if level == 4 else PROTOCOL)
    if level == 5 and first & 0x01:
        raise PacketError("Retained messages are not supported.", properties.NO_RETAIN)
    return Publish(topic, alias, number, bool(first & 0x08), data[at:end])


def check_topic(topic: str) -> None:
    """Refuse what can be no topic of a message.

    Raises:
        PacketError: It is empty or holds a wildcard.

    Source: OASIS MQTT 5.0 §4.7.
    """
    if not topic or "#" in topic or "+" in topic:
        raise PacketError("A topic is empty or holds a wildcard.", properties.TOPIC)


def read_subscribe(data: bytes, at: int, end: int, level: int) -> Subscribe:
    """A SUBSCRIBE packet.

    Raises:
        PacketError: It is not as MQTT has it.

    Source: OASIS MQTT 3.1.1 §3.8, 5.0 §3.8.
    """
    number, at = _read_id(data, at, end)
    if level == 5:
        _, at = read_properties(data, at, end, properties.SUBSCRIBE)
    filters = []
    while at < end:
        text, at = read_text(data, at, end)
        _check_filter(text)
        if at >= end:
            raise PacketError("A filter has no options.")
        _check_options(data[at], level, is_shared=text.startswith("$share/"))
        at += 1
        filters.append(text)
    if not filters:
        raise PacketError("SUBSCRIBE has no filter.", PROTOCOL)
    return Subscribe(number, tuple(filters))


def read_unsubscribe(data: bytes, at: int, end: int, level: int) -> Subscribe:
    """An UNSUBSCRIBE packet.

    Raises:
        PacketError: It is not as MQTT has it.

    Source: OASIS MQTT 3.1.1 §3.10, 5.0 §3.10.
    """
    number, at = _read_id(data, at, end)
    if level == 5:
        _, at = read_properties(data, at, end, properties.UNSUBSCRIBE)
    filters = []
    while at < end:
        text, at = read_text(data, at, end)
        _check_filter(text)
        filters.append(text)
    if not filters:
        raise PacketError("UNSUBSCRIBE has no filter.", PROTOCOL)
    return Subscribe(number, tuple(filters))


def read_disconnect(data: bytes, at: int, end: int, level: int) -> int:
    """A DISCONNECT packet; its reason code, 0 for a connection that ends in order.

    Raises:
        PacketError: It is not as MQTT has it.

    Source: OASIS MQTT 3.1.1 §3.14, 5.0 §3.14.
    """
    if level == 4:
        if at != end:
            raise PacketError("DISCONNECT has no body.")
        return 0
    reason = 0
    if at < end:
        reason, at = data[at], at + 1
    if at < end:
        _, at = read_properties(data, at, end, properties.DISCONNECT)
    if at != end:
        raise PacketError("DISCONNECT has extra data.")
    return reason


def _read_id(data: bytes, at: int, end: int) -> tuple[int, int]:
    number, at = read_two(data, at, end)
    if not number:
        raise PacketError("A packet identifier is 0.", PROTOCOL)
    return number, at


def _check_filter(text: str) -> None:
    levels = text.split("/")
    if not text or any(
        "#" in level and (level != "#" or place < len(levels) - 1) for place, level in enumerate(levels)
    ):
        raise PacketError("A filter is empty, or # is not alone at its end.", properties.FILTER)
    if any("+" in level and level != "+" for level in levels):
        raise PacketError("In a filter, + must fill its level.", properties.FILTER)
    if levels[0] == "$share" and (len(levels) < 3 or not levels[1] or levels[1] in "+#" or not "/".join(levels[2:])):
        raise PacketError("A shared filter lacks its name or its filter.", properties.FILTER)


def _check_options(options: int, level: int, *, is_shared: bool) -> None:
    if options & 3 == 3 or options & (0xFC if level == 4 else 0xC0) or options & 0x30 == 0x30:
        raise PacketError("The options of a filter are not valid.", MALFORMED if level == 4 else PROTOCOL)
    if is_shared and options & 4:
        raise PacketError("A shared filter cannot leave out our own messages.", PROTOCOL)


#: CONNACK of 3.1.1 for a reason of MQTT 5. Source: OASIS MQTT 3.1.1, table 3.1.
_CONNACK_311: Final = {
    properties.SUCCESS: 0,
    WRONG_VERSION: 1,
    properties.CLIENT_ID: 2,
    properties.UNAVAILABLE: 3,
    properties.BAD_KEY: 4,
    properties.NOT_AUTHORIZED: 5,
}

PINGRESP: Final = b"\xd0\x00"


def write_connack(level: int, reason: int, more: bytes = b"") -> bytes | None:
    """A CONNACK packet without a session; None where 3.1.1 has no word for the reason, and only closing says it.

    Args:
        level: 4 or 5.
        reason: Reason code of MQTT 5.
        more: Properties, for MQTT 5.
    """
    if level == 4:
        code = _CONNACK_311.get(reason)
        return None if code is None else bytes((0x20, 2, 0, code))
    return _packet(0x20, bytes((0, reason)) + write_varint(len(more)) + more)


def write_pubacks(ids: list[int]) -> bytes:
    """PUBACK packets that say: kept."""
    return b"".join([b"\x40\x02" + number.to_bytes(2, "big") for number in ids])


def write_suback(subscribe: Subscribe, level: int) -> bytes:
    """A SUBACK that refuses every filter: there is nothing here that a device may read."""
    refusal = 0x80 if level == 4 else properties.NOT_AUTHORIZED
    middle = b"" if level == 4 else b"\0"
    return _packet(0x90, subscribe.id.to_bytes(2, "big") + middle + bytes((refusal,)) * len(subscribe.filters))


def write_unsuback(unsubscribe: Subscribe, level: int) -> bytes:
    """An UNSUBACK: there was no subscription."""
    body = unsubscribe.id.to_bytes(2, "big")
    if level == 5:
        body += b"\0" + bytes((properties.NO_SUBSCRIPTION,)) * len(unsubscribe.filters)
    return _packet(0xB0, body)


def write_disconnect(reason: int) -> bytes:
    """A DISCONNECT of MQTT 5 from the server."""
    return bytes((0xE0, 1, reason))


def _packet(first: int, body: bytes) -> bytes:
    return bytes((first,)) + write_varint(len(body)) + body


def write_varint(value: int) -> bytes:
    """A variable byte integer (0 to 268,435,455).

    Source: OASIS MQTT 5.0 §1.5.5.
    """
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)
