# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyais
import pytest

from cocket.errors import UnreadableError
from cocket.tracking import TrackingEvent
from cocket.tracking.adapters import framing_of, read
from tests.tracking.device_messages import RECEIVED

MMSI = 227006760


def sentences(kind: int, **fields: Any) -> list[bytes]:
    """Sentences of one message, made with the peer's own encoder."""
    made = pyais.encode_dict({"type": kind, "mmsi": MMSI, **fields}, radio_channel="A", talker_id="AI")
    return [line.encode() for line in made]


def one(lines: list[bytes]) -> TrackingEvent:
    """The only event of some lines."""
    (event,) = read("ais", b"\r\n".join(lines), received_at=RECEIVED)
    return event


def test_a_position_report_is_read_in_metres_and_degrees() -> None:
    event = one(
        sentences(1, lat=-4.05, lon=39.67, speed=12.0, course=90.5, heading=91, second=30, accuracy=1, status=0)
    )
    assert event.device == "227006760"
    assert event.position is not None
    assert (event.position.lat, event.position.lon, event.position.accuracy_m) == (-4.05, 39.67, 10)
    assert event.speed_m_s == pytest.approx(12 * 1852 / 3600)
    assert event.course_deg == 90.5
    assert event.attributes["heading"] == 91
    assert event.attributes["navigationStatus"] == 0
    assert event.time is None
    assert event.attributes["utcSecond"] == 30


def test_every_value_that_is_not_available_is_unknown() -> None:
    event = one(
        sentences(1, lat=91, lon=181, speed=102.3, course=360, heading=511, second=60, turn=-128, status=15, accuracy=0)
    )
    assert event.position is event.last_position is event.speed_m_s is event.course_deg is event.time is None
    assert set(event.attributes) == {"type"}
    assert event.kind == "status"


def test_zero_is_not_unknown() -> None:
    event = one(sentences(1, lat=0.1, lon=0, speed=0, course=0, heading=0, second=0, turn=0, status=0))
    assert (event.speed_m_s, event.course_deg) == (0, 0)
    assert event.attributes["heading"] == event.attributes["turn"] == event.attributes["utcSecond"] == 0
    assert event.position is not None and event.position.lon == 0


def test_a_static_report_of_nothing_says_nothing() -> None:
    event = one(
        sentences(5, imo=0, callsign="", shipname="", ship_type=0, month=0, day=0, hour=24, minute=60, draught=0)
    )
    assert set(event.attributes) == {"type"}


def test_a_static_report_is_read_from_its_two_parts_in_any_order() -> None:
    lines = sentences(
        5, imo=9134270, callsign="3FOF8", shipname="EVER DIADEM", ship_type=70, month=5, day=15, hour=14, minute=0,
        draught=12.2, destination="NEW YORK", to_bow=225, to_stern=70, to_port=1, to_starboard=31,
    )  # fmt: skip
    assert len(lines) == 2
    for order in (lines, lines[::-1]):
        event = one(order)
        assert event.attributes["imo"] == 9134270
        assert event.attributes["name"] == "EVER DIADEM"
        assert event.attributes["destination"] == "NEW YORK"
        assert event.attributes["eta"] == "--05-15T14:00Z"
        assert event.attributes["toBow"] == 225
        assert event.attributes["draught"] == 12.2


def test_a_part_alone_is_told_and_nothing_is_made_up() -> None:
    parts = sentences(5, imo=9134270, shipname="EVER DIADEM")
    whole = sentences(1, lat=1, lon=2)
    assert read("ais", parts[0], received_at=RECEIVED) == ()
    (event,) = read("ais", b"\n".join([parts[0], *whole]), received_at=RECEIVED)
    assert event.doubts == ("part-missing",)


def test_the_time_of_a_tag_block_is_the_events() -> None:
    (line,) = sentences(1, lat=1, lon=2)
    for stamp in (b"1795158930", b"1795158930000"):
        event = one([b"\\s:rx,c:" + stamp + b"*00\\" + line])
        assert event.time == datetime.fromtimestamp(1795158930, UTC)


def test_the_time_of_a_gatehouse_line_is_the_next_sentences_alone() -> None:
    first, second = sentences(1, lat=1, lon=2)[0], sentences(1, lat=1, lon=2.5)[0]
    events = read(
        "ais", b"\n".join([b"$PGHP,1,2026,11,20,7,15,30,338,2,,1,09*17", first, second]), received_at=RECEIVED
    )
    assert events[0].time == datetime(2026, 11, 20, 7, 15, 30, 338000, UTC)
    assert events[1].time is None


def test_a_base_station_gives_its_own_time() -> None:
    event = one(sentences(4, year=2026, month=11, day=20, hour=7, minute=15, second=30, lat=1, lon=2))
    assert event.time == datetime(2026, 11, 20, 7, 15, 30, tzinfo=UTC)


def test_an_active_distress_transmitter_is_an_alarm() -> None:
    assert one(sentences(1, lat=1, lon=2, status=14)).alarms == ("sos",)
    assert one(sentences(1, lat=1, lon=2, status=0)).alarms == ()


def test_a_place_set_by_hand_or_reckoned_is_doubted_and_one_of_a_dead_system_no_fix() -> None:
    assert one(sentences(1, lat=1, lon=2, second=61)).doubts == ("position-by-hand",)
    assert one(sentences(1, lat=1, lon=2, second=62)).doubts == ("position-estimated",)
    event = one(sentences(1, lat=1, lon=2, second=63))
    assert event.position is None and event.last_position is not None


def test_a_wrong_check_is_doubted() -> None:
    (line,) = sentences(1, lat=1, lon=2)
    wrong = line[:-2] + (b"00" if line[-2:] != b"00" else b"01")
    assert one([wrong]).doubts == ("checksum-wrong",)
    assert one([line]).doubts == ()


def test_a_broken_sentence_among_good_ones_is_told() -> None:
    (line,) = sentences(1, lat=1, lon=2)
    assert one([line, b"!AIVDM,1,1,,A,broken"]).doubts == ("sentence-unreadable",)


@pytest.mark.parametrize("data", [b"# a comment", b"$GPGGA,1,2,3*00", b"!AIVDM,1,1,,A,broken"])
def test_lines_without_a_sentence_are_unreadable(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        read("ais", data, received_at=RECEIVED)


def test_parts_are_brought_together_from_a_stream_with_others_between() -> None:
    framing = framing_of("ais")
    assert framing is not None
    first, second = (part + b"\r\n" for part in sentences(5, imo=9134270, shipname="EVER DIADEM"))
    (other,) = (line + b"\r\n" for line in sentences(1, lat=1, lon=2))
    frames, rest = framing.split(other + first + other)
    assert [frame.payload for frame in frames] == [other]
    assert rest == first + other
    frames, rest = framing.split(rest + second + other[:9])
    assert rest == other[:9]
    vessel, static = read("ais", frames[0].payload, received_at=RECEIVED)
    assert vessel.position is not None
    assert static.attributes["imo"] == 9134270


def test_a_part_that_never_comes_holds_no_more_than_64_lines_up() -> None:
    framing = framing_of("ais")
    assert framing is not None
    first = sentences(5, imo=9134270, shipname="EVER DIADEM")[0] + b"\n"
    (other,) = (line + b"\n" for line in sentences(1, lat=1, lon=2))
    frames, rest = framing.split(first + other * 70)
    assert rest == b""
    assert sum(len(read("ais", frame.payload, received_at=RECEIVED)) for frame in frames) == 70
