# SPDX-License-Identifier: Apache-2.0
"""The reader of MQTT: what it takes, what it refuses, and that nothing else ever comes out of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocket.ingress import mqtt_packets as packets
from cocket.ingress import mqtt_properties as properties
from cocket.ingress.mqtt_properties import PacketError
from tests.ingress.doors import connect, packet, publish, text

MOST = 70_000


def read(data: bytes, level: int = 4) -> object:
    """The first packet of some bytes; None if it is not whole."""
    found = packets.split(data, 0, MOST)
    if found is None:
        return None
    first, at, end = found
    kind = first >> 4
    if kind == packets.CONNECT:
        return packets.read_connect(data, at, end)
    if kind == packets.PUBLISH:
        return packets.read_publish(first, data, at, end, level)
    if kind == packets.SUBSCRIBE:
        return packets.read_subscribe(data, at, end, level)
    if kind == packets.UNSUBSCRIBE:
        return packets.read_unsubscribe(data, at, end, level)
    return packets.read_disconnect(data, at, end, level) if kind == packets.DISCONNECT else kind


def test_a_connect_of_either_version_is_read_in_full() -> None:
    old = read(connect("lock-7", "lock-7", "secret", keep_alive=60, will=("iot/lock-7/telemetry", b"gone")))
    assert isinstance(old, packets.Connect)
    assert (old.level, old.client_id, old.user, old.password) == (4, "lock-7", "lock-7", b"secret")
    assert (old.keep_alive, old.will) == (60, (b"iot/lock-7/telemetry", b"gone"))
    new = read(connect("lock-7", level=5))
    assert isinstance(new, packets.Connect)
    assert (new.level, new.user, new.will, new.authentication) == (5, None, None, None)


def test_a_publish_keeps_its_payload_byte_for_byte() -> None:
    payload = bytes(range(256)) * 3
    found = read(publish("iot/x/telemetry", 513, payload))
    assert found == packets.Publish(b"iot/x/telemetry", 0, 513, False, payload)
    aliased = text("iot/x/telemetry") + b"\x02\x01" + b"\x03\x23\x00\x02" + payload
    assert read(packet(0x3A, aliased), 5) == packets.Publish(b"iot/x/telemetry", 2, 513, True, payload)


@pytest.mark.parametrize("size", [1, 2, 5, 20, 51])
def test_a_part_of_a_packet_is_waited_for(size: int) -> None:
    whole = publish("iot/x/telemetry", 1, b"x" * 32)
    assert packets.split(whole[:size], 0, MOST) is None
    assert packets.split(whole, 0, MOST) == (0x32, 2, len(whole))


def test_a_packet_that_is_too_large_is_refused_before_it_has_come() -> None:
    with pytest.raises(PacketError) as refusal:
        packets.split(b"\x30\xff\xff\xff\x7f\x00", 0, MOST)
    assert refusal.value.reason == properties.TOO_LARGE


@pytest.mark.parametrize(
    ("data", "level", "reason"),
    [
        (packet(0x10, text("MQTT") + b"\x03\x02\x00\x00" + text("a")), 4, properties.WRONG_VERSION),
        (packet(0x10, text("MQTT") + b"\x04\x00\x00\x00" + text("")), 4, properties.CLIENT_ID),
        (packet(0x10, text("MQTT") + b"\x05\x02\x00\x00\x05\x21\x00\x00\x17\x01" + text("a")), 4, properties.PROTOCOL),
        (packet(0x34, text("t") + b"\x00\x01"), 4, properties.NO_QOS),
        (packet(0x31, text("t") + b"\x00"), 5, properties.NO_RETAIN),
        (packet(0x30, text("")), 4, properties.TOPIC),
        (packet(0x30, text("") + b"\x03\x23\x00\x00"), 5, properties.ALIAS),
        (packet(0x30, text("t") + b"\x02\x0b\x01"), 5, properties.PROTOCOL),
        (packet(0x82, b"\x00\x01" + text("a/#/b") + b"\0"), 4, properties.FILTER),
        (packet(0x82, b"\x00\x01" + text("$share//b") + b"\0"), 4, properties.FILTER),
        (packet(0x62, b"\x00\x01"), 4, properties.PROTOCOL),
        (packet(0xE0, b"\x00"), 4, properties.MALFORMED),
        (packet(0xA2, b"\x00\x01"), 4, properties.PROTOCOL),
    ],
)
def test_what_mqtt_or_this_door_forbids_is_refused_with_its_reason(data: bytes, level: int, reason: int) -> None:
    with pytest.raises(PacketError) as refusal:
        read(data, level)
    assert refusal.value.reason == reason


def test_properties_may_stand_once_and_where_they_belong() -> None:
    twice = b"\x0a\x02\x00\x00\x00\x01\x02\x00\x00\x00\x01"
    user = b"\x0e\x26" + text("a") + text("b") + b"\x26" + text("a") + text("c")
    with pytest.raises(PacketError):
        properties.read_properties(twice, 0, len(twice), properties.PUBLISH)
    assert properties.read_properties(user, 0, len(user), properties.PUBLISH)[0] == {0x26: ("a", "c")}


@given(st.integers(0, 268_435_455))
def test_every_length_is_read_as_it_was_written(value: int) -> None:
    written = packets.write_varint(value)
    assert properties.read_varint(written, 0, len(written)) == (value, len(written))


SAMPLES = (
    (4, connect("lock-7", "lock-7", "secret", will=("iot/x/telemetry", b"gone"))),
    (5, connect("lock-7", "lock-7", "secret", level=5, will=("iot/x/telemetry", b"gone"))),
    (4, publish("iot/x/telemetry", 7, b'{"seq":1}')),
    (5, packet(0x32, text("iot/x/telemetry") + b"\x00\x01" + b"\x0a\x23\x00\x01\x26" + text("a") + text("b") + b"{}")),
    (5, packet(0x82, b"\x00\x01\x02\x0b\x01" + text("a/+/#") + b"\x01")),
    (5, packet(0xA2, b"\x00\x01\x00" + text("a/+/#"))),
    (5, packet(0xE0, b"\x04\x05\x11\x00\x00\x00\x00")),
)


@given(
    st.sampled_from(SAMPLES),
    st.lists(st.tuples(st.integers(0, 80), st.integers(0, 255)), max_size=4),
    st.integers(0, 80),
)
def test_whatever_is_changed_only_a_packet_error_comes_of_it(
    sample: tuple[int, bytes], changes: list[tuple[int, int]], cut: int
) -> None:
    level, data = sample
    changed = bytearray(data)
    for place, value in changes:
        changed[place % len(changed)] = value
    try:
        read(bytes(changed[: len(changed) - cut % 7]), level)
    except PacketError as refusal:
        assert 0x80 <= refusal.reason <= 0xA2
