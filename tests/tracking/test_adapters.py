# SPDX-License-Identifier: Apache-2.0
"""What the device families say, over messages of ours: places, states of locks, openings, units, and what is unknown."""

from __future__ import annotations

import json
import struct
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from cocket.errors import SenderError, UnreadableError
from cocket.tracking import Frame, SealReading, TrackingEvent
from cocket.tracking.adapters import Context, framing_of, named, read, read_in
from tests.tracking import device_messages as messages
from tests.tracking.device_messages import RECEIVED, jt600_lock, jt808, jt808_place

AT = datetime(2026, 11, 20, 7, 15, 30, tzinfo=UTC)


def one(name: str, payload: bytes, **more: Any) -> TrackingEvent:
    """The only event of a payload."""
    (event,) = read(name, payload, received_at=RECEIVED, **more)
    return event


PLACED = ["jt600", "jt808", "eseal", "open-e-seal", "osmand", "teltonika", "tzone", "navigil", "g1rus", "orbcomm"]
PLACED += ["globalstar", "dcsa", "epcis", "smart-container", "nmea", "gpx", "csv", "json"]


@pytest.mark.parametrize("name", PLACED)
def test_every_family_gives_the_place_of_mombasa(name: str) -> None:
    events = [e for m in messages.MESSAGES[name] for e in read(name, m, received_at=RECEIVED, device="door-7")]
    event = next(event for event in events if event.position)
    assert event.position is not None
    assert event.position.lat == pytest.approx(-4.039083, abs=3e-3)
    assert event.position.lon == pytest.approx(39.668724, abs=3e-3)
    assert event.time is not None
    assert abs(event.time - AT) < timedelta(minutes=6)
    assert event.kind == "position"


@pytest.mark.parametrize("name", ["jt600", "jt808", "osmand", "teltonika", "navigil", "orbcomm", "csv", "nmea"])
def test_every_family_gives_its_speed_in_metres_a_second(name: str) -> None:
    event = read(name, messages.MESSAGES[name][1 if name == "teltonika" else 0], received_at=RECEIVED, device="d")[0]
    assert event.speed_m_s == pytest.approx(20.0 if name not in ("jt600", "osmand", "nmea") else 18.52, abs=0.01)


def test_a_g1rus_frame_is_told_apart_and_what_no_unit_is_known_of_is_no_reading() -> None:
    whole = messages.g1rus()
    event = one("g1rus", whole)
    assert (event.device, event.satellites, event.power_v) == ("867000000000123", 9, pytest.approx(0.017, abs=0.001))
    assert (event.attributes["name"], event.attributes["block5"], event.speed_m_s) == ("Probe", "1bf8", None)
    assert event.attributes["speedTold"] == 72 and event.course_deg == 90 and event.doubts == ()
    assert one("g1rus", messages.g1rus(is_fix=False)).position is None
    framing = framing_of("g1rus")
    assert framing is not None
    frames, rest = framing.split(whole + whole + whole[:30])
    assert ([frame.payload for frame in frames], rest) == ([whole, whole], whole[:30])
    assert {frame.device for frame in frames} == {"867000000000123"}
    with pytest.raises(UnreadableError):
        framing.split(b"\x01" + whole)


# ── Jointech ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "seal", "alarms"),
    [
        (0x20C0, SealReading(lock="locked", strap="intact", case="closed"), ()),
        (0x2040, SealReading(lock="unlocked", strap="intact", case="closed"), ()),
        (0x2088, SealReading(lock="locked", strap="cut", case="closed"), ("rope-cut",)),
        (0x3000, SealReading(lock="unlocked", case="opened"), ("tampering",)),
        (0x00C0, SealReading(lock="locked", strap="intact"), ()),
        (0x28D0, SealReading(lock="locked", strap="intact", case="closed"), ("vibration", "low-battery")),
        (0x60C0, SealReading(lock="locked", strap="intact", case="closed"), ("fault",)),
    ],
)
def test_a_lock_tells_its_state_by_bits(status: int, seal: SealReading, alarms: tuple[str, ...]) -> None:
    event = one("jt600", jt600_lock(status))
    assert event.seal == seal
    assert event.alarms == alarms
    assert event.battery_percent == 87


def test_a_lock_that_is_charging_has_no_level() -> None:
    event = one("jt600", jt600_lock(battery=0xFF))
    assert event.battery_percent is None
    assert event.attributes["charge"] is True


def test_a_lock_without_a_fix_has_only_its_last_place() -> None:
    event = one("jt600", jt600_lock(fix=False))
    assert event.position is None
    assert event.last_position is not None
    assert named(event)["valid"] is False


def test_an_opening_names_its_card_and_a_refusal_opens_nothing() -> None:
    event = one("jt600", messages.JT600_CARD)
    assert event.seal == SealReading(lock="unlocked", opened_by="0012345678")
    assert event.alarms == ("unlock",)
    refused = one("jt600", messages.JT600_REFUSED)
    assert refused.seal is None
    assert refused.alarms == ()
    assert refused.attributes["wrongPasswords"] == 3


def test_a_clock_that_was_never_set_is_no_time() -> None:
    zeros = bytearray(jt600_lock())
    zeros[10:16] = bytes(6)
    assert one("jt600", bytes(zeros)).time is None
    zeros[10:16] = bytes.fromhex("010100000102")
    event = one("jt600", bytes(zeros))
    assert event.time is None
    assert event.doubts == ("time-impossible",)


# ── JT/T 808 ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def items(*parts: tuple[int, bytes]) -> bytes:
    """Additional items."""
    return b"".join(bytes([number, len(value)]) + value for number, value in parts)


def test_a_report_is_in_chinese_time_unless_its_owner_says_otherwise() -> None:
    payload = jt808(0x0200, jt808_place())
    assert one("jt808", payload).time == AT
    (event,) = read_in("jt808", payload, Context(received_at=RECEIVED, utc_offset=timedelta(0)))
    assert event.time == AT + timedelta(hours=8)


def test_escapes_are_undone_and_the_check_is_held() -> None:
    payload = jt808(0x0200, jt808_place(items((0x01, b"\x7e\x7d\x7e\x00"))))
    assert payload.count(b"\x7e") == 2
    event = one("jt808", payload)
    assert event.attributes["odometer"] == 0x7E7D7E00 * 100
    assert event.doubts == ()
    broken = bytearray(payload)
    broken[20] ^= 1
    assert "checksum-wrong" in one("jt808", bytes(broken)).doubts


@pytest.mark.parametrize(
    ("event", "content", "seal", "alarms"),
    [
        (0x00, b"\0", SealReading(strap="intact"), ()),
        (0x01, b"\0", SealReading(lock="open"), ()),
        (0x03, b"12345678", SealReading(lock="locked"), ()),
        (0x04, b"12345678", SealReading(lock="unlocked", opened_by="12345678"), ("unlock",)),
        (0x0C, b"12345678", None, ("tampering",)),
        (0x0F, b"\0", SealReading(lock="open"), ("removing",)),
        (0x10, b"\0", SealReading(case="opened"), ("tampering",)),
        (0x11, b"\0", SealReading(strap="cut"), ("rope-cut",)),
    ],
)
def test_a_padlock_tells_what_happened(
    event: int, content: bytes, seal: SealReading | None, alarms: tuple[str, ...]
) -> None:
    value = struct.pack(">HB", event, 0) + content
    read_event = one("jt808", jt808(0x0200, jt808_place(items((0x60, value)))))
    assert read_event.seal == seal
    assert read_event.alarms == alarms


def test_a_sublock_and_its_card_are_kept_apart() -> None:
    value = bytes.fromhex("006500001234567890") + b"90017383"
    event = one("jt808", jt808(0x0200, jt808_place(items((0x60, value)))))
    assert event.attributes["lock1Id"] == "001234567890"
    assert event.attributes["driverUniqueId"] == "90017383"


def test_a_lock_behind_a_gateway_tells_its_seal() -> None:
    value = bytes.fromhex("0012345678900e5c318000")
    event = one("jt808", jt808(0x0200, jt808_place(items((0x63, value)))))
    assert event.seal == SealReading(number="001234567890", lock="locked")
    assert event.attributes["lock1Battery"] == 3.676


def test_an_item_that_ends_early_is_a_doubt_and_the_next_is_read() -> None:
    event = one("jt808", jt808(0x0200, jt808_place(items((0x01, b"\1\2"), (0x31, b"\x09")))))
    assert event.doubts == ("item-01-unread",)
    assert event.satellites == 9


def test_a_report_of_before_is_marked_as_kept() -> None:
    body = struct.pack(">HB", 2, 1) + b"".join(struct.pack(">H", 28) + jt808_place() for _ in range(2))
    events = read("jt808", jt808(0x0704, body), received_at=RECEIVED)
    assert [event.attributes["archive"] for event in events] == [True, True]
    assert events[0].id != events[1].id


def test_a_terminal_under_an_imei_gets_its_check_digit() -> None:
    event = one("jt808", jt808(0x0200, jt808_place(), number=f"{86756704110076:012x}"))
    assert event.device == "867567041100769"


def test_a_report_without_a_fix_is_no_position() -> None:
    event = one("jt808", jt808(0x0200, jt808_place(state=0b100)))
    assert event.position is None
    assert event.last_position is not None


# ── Other families ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_e_seal_tells_its_door_and_the_event() -> None:
    event = one("eseal", messages.ESEAL)
    assert (event.door, event.alarms, event.shock_g, event.battery_v, event.sequence) == (
        "open",
        ("door",),
        0.35,
        3.9,
        12,
    )
    assert read("eseal", messages.ESEAL_START, received_at=RECEIVED) == ()
    unlocked = one("eseal", messages.ESEAL.replace(b"Event-Door", b"Event-RC-Unlock"))
    assert unlocked.seal == SealReading(lock="unlocked")


def test_a_telephone_that_does_not_know_says_nothing() -> None:
    event = one("osmand", messages.OSMAND_JSON)
    assert event.speed_m_s is event.course_deg is event.battery_percent is None
    assert event.attributes["gate"] == "B"
    event = one("osmand", messages.OSMAND)
    assert event.battery_percent == 81
    assert event.cells[0].signal_dbm == -85
    assert event.position is not None and event.position.accuracy_m == 8


def test_a_query_without_a_device_is_refused_unless_the_door_knows_it() -> None:
    with pytest.raises(UnreadableError):
        read("osmand", b"/?lat=1&lon=2", received_at=RECEIVED)
    assert one("osmand", b"/?lat=1&lon=2", device="dev1").device == "dev1"


def test_a_tracker_without_satellites_has_no_fix() -> None:
    event = one("teltonika", messages.teltonika(messages.teltonika_record(0), 1), device="356307042441013")
    assert event.position is None
    assert event.device == "356307042441013"
    event = one("teltonika", messages.teltonika(messages.teltonika_record(), 1), device="1")
    assert event.attributes["ignition"] is True
    assert event.power_v == 12.65
    assert event.attributes["odometer"] == 98_765


def test_elements_keep_their_number_until_the_model_is_known() -> None:
    record = messages.teltonika_record().replace(bytes([1, 239, 1]), bytes([1, 113, 64]))
    payload = messages.teltonika(record, 1)
    assert one("teltonika", payload, device="1").attributes["io113"] == 64
    (event,) = read_in("teltonika", payload, Context(received_at=RECEIVED, device="1", model="FMB920"))
    assert event.battery_percent == 64


def test_a_cold_chain_logger_tells_its_volts_and_cards() -> None:
    event = one("tzone", messages.tzone())
    assert (event.battery_v, event.power_v, event.satellites, event.alarms) == (4.12, 12.5, 9, ("vibration",))
    assert event.temperature_c is None
    assert event.attributes["card1"] == "3132"
    assert event.attributes["passengersOn"] == 5


def test_a_heading_that_is_not_known_is_none() -> None:
    event = one("orbcomm", messages.ORBCOMM)
    assert event.course_deg is None
    assert event.speed_m_s == 20.0
    assert read("orbcomm", b'{"Messages":null}', received_at=RECEIVED) == ()


def test_the_place_that_a_network_believes_is_no_fix() -> None:
    event = one("iridium", messages.iridium())
    assert event.position is None
    assert event.last_position is not None
    assert event.last_position.accuracy_m == 8000
    assert event.time is None
    assert event.attributes["payload"] == b"0123456789".hex()


def test_a_tracker_over_iridium_tells_its_place_and_of_other_content_nothing_is_guessed() -> None:
    event = one("t622", messages.t622())
    assert event.position is not None and event.last_position is not None and event.time is not None
    assert (event.position.lat, event.position.lon, event.speed_m_s) == (-4.039083, 39.668724, 20.0)
    assert (event.time.timestamp(), event.device, event.attributes["event"]) == (1795158930, "300234010000010", 35)
    lost = one("t622", messages.t622(is_fix=False))
    assert lost.position is None and lost.last_position is not None
    whole = messages.t622()
    at = whole.index(b"\x02\0\x11") + 3
    assert "checksum-wrong" in one("t622", whole[:at] + b"\x01" + whole[at + 1 :]).doubts
    other = one("t622", messages.iridium())
    assert (other.position, other.doubts) == (None, ("content-unknown",))
    assert other.attributes["payload"] == b"0123456789".hex()


def test_a_door_opened_is_told_by_a_carrier() -> None:
    event = one("dcsa", messages.dcsa(iotEventTypeCode="DETC", iotEventCode="DRO"))
    assert (event.door, event.alarms, event.equipment) == ("open", ("door",), "CSQU3054383")
    retracted = json.dumps({"metadata": {"eventID": "e-2", "eventType": "IOT", "retractedEventID": "e-1"}}).encode()
    assert one("dcsa", retracted, device="door-7").attributes["retracts"] == "e-1"


def test_a_reefer_measures_in_its_unit() -> None:
    event = one(
        "dcsa", messages.dcsa("REEFER", measurements={"temperature": 0, "temperatureUnit": "FAH", "humidity": 88})
    )
    assert event.temperature_c == pytest.approx(-17.777777778)
    assert event.humidity_percent == 88
    assert event.door is None


def test_a_sensor_event_is_brought_to_our_units() -> None:
    event = one("epcis", messages.EPCIS)
    assert (event.temperature_c, event.humidity_percent, event.light_lux) == (5.0, 55.5, 640)
    assert event.alarms == ("light",)
    assert event.device == "urn:epc:id:giai:9521321.77"


def test_a_smart_container_tells_its_seals_condition() -> None:
    event = one("smart-container", messages.SMART_CONTAINER)
    assert event.seal == SealReading(number="KE000123", condition="4")
    assert (event.alarms, event.door, event.temperature_c) == (("tampering",), "open", 4.0)


def test_a_track_keeps_when_each_message_came() -> None:
    first, second = read("json", messages.JSON_TRACK, received_at=RECEIVED)
    assert first.received_at == datetime(2026, 11, 20, 7, 15, 48, tzinfo=UTC)
    assert second.received_at == RECEIVED
    assert (first.seal, first.door, first.equipment) == (SealReading(number="KE000123"), "closed", "CSQU3054383")
    assert second.position is None
    again = read("json", messages.JSON_TRACK.replace(b"07:15:48Z", b"09:00:00Z"), received_at=RECEIVED)
    assert [event.id for event in again] == [first.id, second.id]


def test_an_impossible_measure_is_unknown_doubted_and_kept() -> None:
    event = one("json", b'{"device":"d","time":"2026-11-20T07:15:30Z","battery":150,"lat":95,"lon":10}')
    assert event.battery_percent is None
    assert event.position is None
    assert event.doubts == ("position-impossible", "battery-percent-impossible")
    assert event.attributes["batteryLevelRaw"] == 150


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("jt600", b"(abc)"),
        ("jt808", b"\x7e\x02\x00\x7e"),
        ("eseal", b"##S,eSeal,1"),
        ("teltonika", b"\0\0\0\0\0\0\0\1\x09\1"),
        ("tzone", b"TZ\r\n"),
        ("iridium", b"\x02\0\0"),
        ("t622", b"\x02\0\0"),
        ("dcsa", b'{"metadata":{"eventType":"SHIPMENT"}}'),
        ("epcis", b'{"type":"EPCISDocument"}'),
        ("smart-container", b'{"name":"x"}'),
        ("globalstar", b"<other/>"),
        ("gpx", b"<kml/>"),
        ("csv", b"a,b\n1,2\n"),
        ("json", b"[1,2]"),
        ("nmea", b"$GPGSV,1*00"),
    ],
)
def test_what_is_of_another_kind_is_unreadable(name: str, payload: bytes) -> None:
    with pytest.raises(SenderError):
        read(name, payload, received_at=RECEIVED)


# ── Framings: who speaks, and what is answered ───────────────────────────────────────────────────────────────────────


def frames(name: str, stream: bytes) -> list[tuple[Frame, bytes | None]]:
    """Frames of a stream with their answers."""
    framing = framing_of(name)
    assert framing is not None
    done, rest = framing.split(stream)
    assert not rest
    return [(frame, framing.reply_for(frame)) for frame in done]


def test_locks_are_answered_by_their_index() -> None:
    asks = jt600_lock(0x20E0)
    asks = asks[:6] + b"\x19" + asks[7:]
    ((plain, none), (binary, answer), (card, told)) = frames("jt600", jt600_lock() + asks + messages.JT600_CARD)
    assert (plain.device, none) == ("7560001234", None)
    assert (binary.device, answer) == ("7560001234", b"(P69,0,42)")
    assert (card.device, told) == ("7560001234", b"(P69,0,7)")


def test_terminals_are_answered_in_their_own_protocol() -> None:
    stream = jt808(0x0102, b"code-7") + jt808(0x0200, jt808_place()) + jt808(0x0002, b"") + messages.jt808_lock_report()
    (login, accepted), (place, told), (alive, _), (lock, lock_told) = frames("jt808", stream)
    assert (login.device, login.secret, login.is_kept) == ("13912345678", b"code-7", False)
    assert accepted is not None and accepted[1:3] == b"\x80\x01"
    assert place.is_kept and alive.is_kept
    assert told is not None
    ((again, _),) = frames("jt808", told)
    assert again.device == "13912345678"
    assert told[13:18] == struct.pack(">HHB", 77, 0x0200, 0)
    assert lock.device == "756000123456"
    assert lock_told is not None and lock_told[1:3] == b"\x44\x01"


def test_a_registration_is_answered_with_a_code() -> None:
    ((frame, answer),) = frames("jt808", jt808(0x0100, bytes(37)))
    assert not frame.is_kept
    assert answer is not None and b"13912345678" in answer


def test_an_imei_opens_a_connection_and_records_are_counted() -> None:
    data = messages.teltonika(messages.teltonika_record() * 3, 3)
    (hello, yes), (ping, none), (records, count) = frames("teltonika", messages.TELTONIKA_IMEI + b"\xff" + data)
    assert (hello.device, hello.is_kept, yes) == ("356307042441013", False, b"\x01")
    assert (ping.is_kept, none) == (False, None)
    assert (records.device, records.is_kept, count) == (None, True, b"\0\0\0\3")


def test_seals_and_loggers_are_answered() -> None:
    (seal, told), (start, none) = frames("eseal", messages.ESEAL + messages.ESEAL_START)
    assert seal.device == "1000900"
    assert told == b"##S,eSeal,1000900,7,3.1.0,Event-Door ACK,12,E##\r\n"
    assert (start.is_kept, none) == (False, None)
    ((logger, number),) = frames("tzone", messages.tzone())
    assert (logger.device, number) == ("863771023947627", b"@ACK,119#")
    ((satellite, none),) = frames("iridium", messages.iridium())
    assert (satellite.device, none) == ("300234010000010", None)


def test_the_received_time_is_brought_to_utc() -> None:
    local = RECEIVED.astimezone().replace(tzinfo=None).astimezone()
    event = read("osmand", messages.OSMAND, received_at=local)[0]
    assert event.received_at == RECEIVED
    assert event.received_at.utcoffset() == timedelta(0)


def test_an_event_is_a_value() -> None:
    event = one("osmand", messages.OSMAND)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(event), type=TrackingEvent) == event
    with pytest.raises(AttributeError):
        event.device = "other"  # type: ignore[misc]
