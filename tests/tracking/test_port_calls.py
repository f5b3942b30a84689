# SPDX-License-Identifier: Apache-2.0
"""Which port calls a manifest states, which vessel is meant, and whether it can have been there."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, date, datetime, time, timedelta

import msgspec
import pytest

from cocket.model import Manifest, TransportMeans
from cocket.tracking import Position, TrackingEvent
from cocket.tracking.geometry import Fence
from cocket.tracking.judge import judge_port_calls
from cocket.tracking.port_calls import (
    StatedCall,
    locode_fence,
    names_told,
    plain_name,
    port_call,
    stated_calls,
    surest,
    timed,
    vessel_of,
)

PORT = Fence(name="KEMBA", purpose="port", centre=(39.66, -4.06), radius_m=5_000)
DAY = datetime(2026, 3, 2, tzinfo=UTC)
CALL = port_call(
    StatedCall(what="arrival", port="KEMBA", day=date(2026, 3, 2), vessel={"imo": "9074729"}), ("M1", "538001"), PORT
)


def heard(hours: float, east_km: float, **fields: object) -> TrackingEvent:
    """The vessel, so many hours from the day's beginning and kilometres east of the port."""
    at = DAY + timedelta(hours=hours)
    place = Position(lat=-4.06, lon=39.66 + east_km / 111.0 + hours / 1e4)
    event = TrackingEvent(
        id=f"{int((hours + 1000) * 100):032x}", protocol="ais", device="538001", received_at=at, time=at, kind="position",
        position=place,
    )  # fmt: skip
    return msgspec.structs.replace(event, **fields)


def kinds(*events: TrackingEvent) -> list[str]:
    return [alert.kind for alert in judge_port_calls(events, [CALL], as_of=DAY + timedelta(days=9))]


def test_the_window_is_the_day_by_the_ports_clock_and_a_day_to_each_side() -> None:
    assert CALL.arrives == datetime(2026, 3, 2, 9, 21, 21, tzinfo=UTC), "noon at 39.66° E"
    assert CALL.tolerance_s == 36 * 3600


def test_a_vessel_that_stays_far_away_contradicts_its_manifest() -> None:
    (alert,) = judge_port_calls(
        [heard(hours, 5_000) for hours in range(-48, 72, 6)], [CALL], as_of=DAY + timedelta(days=9)
    )
    assert (alert.kind, alert.subject, alert.reference, alert.fence) == (
        "port-call-contradicted", "538001", "M1", "KEMBA"
    )  # fmt: skip
    assert alert.measured["away_m"] == pytest.approx(5_000_000, rel=0.02)
    assert alert.measured["call"] == "arrival"
    assert 0.5 < alert.confidence < 1


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([], []),
        ([(-40, 5_000)], ["port-call-contradicted"]),  # 5,000 km take 107 hours
        ([(-40, 2_000)], []),  # and 2,000 take 43: it may have come unheard
        ([(-40, 2_000), (12, 2_000)], ["port-call-contradicted"]),  # but not have been back so soon
        ([(-40, 2_000), (60, 2_000)], []),
        ([(10, 20)], []),  # at anchor before the port
        ([(-90, 0), (-20, 5_000)], ["port-call-contradicted"]),  # there, but days before
        ([(10, 0), (11, 5_000)], []),  # there; what a second ship under its number says is no matter
    ],
)
def test_between_two_places_there_must_have_been_time_for_the_port(
    told: list[tuple[float, float]], expected: list[str]
) -> None:
    assert kinds(*(heard(*one) for one in told)) == expected


def test_the_order_in_which_places_come_does_not_matter_and_one_heard_late_withdraws() -> None:
    events = [heard(hours, 3_000) for hours in (-30, -10, 10, 30)]
    found = {tuple(kinds(*some)) for some in itertools.islice(itertools.permutations(events), 24)}
    assert found == {("port-call-contradicted",)}
    late = [*events, heard(12, 0, received_at=DAY + timedelta(days=5))]
    random.Random(1).shuffle(late)
    assert kinds(*late) == []


def test_what_speaks_against_it_halves_the_confidence_each() -> None:
    far = [heard(hours, 5_000) for hours in (-20, 20)]
    sure = judge_port_calls(far, [CALL], as_of=DAY)[0]
    unsure = judge_port_calls(far, [msgspec.structs.replace(CALL, doubts=("By name alone.",))], as_of=DAY)[0]
    assert unsure.counter_evidence == ("By name alone.", *sure.counter_evidence)
    assert unsure.confidence == pytest.approx(sure.confidence / 2, abs=0.001)


def test_a_manifest_states_where_it_goes_and_where_it_comes_from() -> None:
    manifest = Manifest(
        departed=date(2026, 2, 20),
        arrives=date(2026, 3, 2),
        arrival_time="06:30",
        transport=TransportMeans(id="IMO 9074729", name="M/V Star Trader", mode_code="1"),
        departure_place="IN NSA",
        destination_place="KEMBA",
    )
    departure, arrival = stated_calls(manifest)
    assert (departure.what, departure.port, departure.day, departure.at) == (
        "departure", "INNSA", date(2026, 2, 20), None
    )  # fmt: skip
    assert (arrival.what, arrival.port, arrival.at) == ("arrival", "KEMBA", time(6, 30))
    assert arrival.vessel == {"imo": "9074729", "name": "STARTRADER"}
    assert stated_calls(msgspec.structs.replace(manifest, transport=TransportMeans(id="KL 565", mode_code="4"))) == ()
    unplaced = msgspec.structs.replace(manifest, destination_place="MOMBASA", departure_place=None)
    assert stated_calls(unplaced) == ()


@pytest.mark.parametrize(
    ("means", "expected"),
    [
        (TransportMeans(id="9074729"), {"imo": "9074729"}),
        (TransportMeans(id="9074728"), {"name": "9074728"}),  # the check digit is wrong: it is no number of a ship
        (TransportMeans(id="5BXY3", id_type_code="103", name="STAR"), {"call-sign": "5BXY3", "name": "STAR"}),
        (TransportMeans(id="MV Star-Trader"), {"name": "STARTRADER"}),
        (TransportMeans(id="KAA 123", mode_code="3"), {}),
        (TransportMeans(id="?"), {}),
        (None, {}),
    ],
)
def test_a_vessel_is_known_by_number_call_sign_or_name(means: TransportMeans | None, expected: dict[str, str]) -> None:
    assert vessel_of(means) == expected


def test_what_a_vessel_tells_of_itself_is_compared_in_the_same_form() -> None:
    told = heard(0, 0, attributes={"imo": 9074729, "callsign": "5BXY3", "name": "STAR TRADER"})
    assert dict(names_told(told)) == {"imo": "9074729", "call-sign": "5BXY3", "name": plain_name("Star Trader")}
    assert list(names_told(heard(0, 0, attributes={"imo": 9074728}))) == []


def test_the_surest_way_to_know_a_vessel_counts() -> None:
    assert surest([("name", "1"), ("imo", "2"), ("name", "3")]) == ("imo", ("2",))
    assert surest([("name", "3"), ("name", "1")]) == ("name", ("1", "3"))
    assert surest([]) is None


def test_a_report_with_the_second_alone_is_of_the_last_such_second() -> None:
    received = datetime(2026, 3, 2, 10, 0, 5, 500_000, tzinfo=UTC)
    bare = heard(0, 0, time=None, received_at=received, attributes={"utcSecond": 50})
    assert timed(bare).time == datetime(2026, 3, 2, 9, 59, 50, tzinfo=UTC)
    assert timed(msgspec.structs.replace(bare, attributes={})).time == received
    assert timed(heard(3, 0)).time == DAY + timedelta(hours=3)


@pytest.mark.parametrize(
    ("text", "centre"),
    [("0403S 03940E", (39.6667, -4.05)), ("5155N 00429E", (4.4833, 51.9167)), ("9900N 00000E", None), ("", None), ("51N 4E", None)],
)  # fmt: skip
def test_coordinates_of_unlocode_make_a_fence(text: str, centre: tuple[float, float] | None) -> None:
    fence = locode_fence("XXXXX", text)
    assert (fence and fence.centre) == (centre and pytest.approx(centre, abs=0.001))
