# SPDX-License-Identifier: Apache-2.0
"""Each rule: a hit, a near miss, and what is missing."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any

import msgspec
import pytest

from cocket.tracking import Cell, Position, SealReading, TrackingEvent
from cocket.tracking.admission import admit
from cocket.tracking.alerts import KINDS, Alert
from cocket.tracking.case import Case
from cocket.tracking.cells import area_of, table_of
from cocket.tracking.chronicle import chronicle
from cocket.tracking.journey import Authority, Handling, Journey, PortCall
from cocket.tracking.judge import judge, judge_port_calls
from cocket.tracking.seals import leave_for, state_at
from cocket.tracking.thresholds import Thresholds
from tests.tracking.making import START, STEP_DEG, changed, fence, journey, place, ride, told

DONE = START + timedelta(hours=8)


def found(events: list[TrackingEvent], route: Journey | None = None, **more: Any) -> list[Alert]:
    """Alerts of a ride on a journey, as of its last message."""
    return list(judge(events, [route or journey()], as_of=events[-1].time, **more))


def kinds(events: list[TrackingEvent], route: Journey | None = None, **more: Any) -> set[str]:
    return {alert.kind for alert in found(events, route, **more)}


def test_a_ride_to_which_nothing_happens_is_not_told_of() -> None:
    assert found(ride()) == []
    assert judge([], [journey()]) == ()


def test_what_one_device_shows_is_not_lost_behind_another() -> None:
    opened = changed(ride(), range(20, 22), door="open")
    quiet = [
        msgspec.structs.replace(event, device="dev-2", id=f"{event.sequence or 0:031x}f", equipment="MSKU7654321")
        for event in ride()
    ]
    other = journey(id="J2", devices=("dev-2",), equipment=("MSKU7654321",))
    alerts = judge([*opened, *quiet], [journey(), other], as_of=opened[-1].time)
    assert "dev-1" in {alert.subject for alert in alerts}, alerts


def test_an_alert_says_what_it_rests_on() -> None:
    (alert,) = found(changed(ride(), range(20, 22), door="open"))
    assert (alert.kind, alert.rule, alert.severity) == ("door-opened", "door-opened/8", "red")
    assert alert.sequences == (20, 21)
    assert (alert.since, alert.until) == (START + timedelta(minutes=100), START + timedelta(minutes=105))
    assert alert.path[0] == (31.0, 0.0)
    assert (alert.journey, alert.subject) == ("J1", "dev-1")
    assert 0 < alert.confidence <= 1


def test_an_open_door_is_told_without_a_time_too_but_not_at_the_destination_nor_in_leave() -> None:
    timeless = [msgspec.structs.replace(event, time=None) for event in ride()]
    opened = changed(timeless, range(20, 22), door="open")
    assert "door-opened" in kinds(opened)
    assert "door-opened" not in kinds(timeless)
    assert "door-opened" not in kinds(changed(timeless, range(20, 22), door="open", position=place(100)))
    since, until = told(18).received_at, told(24).received_at
    leave = Authority(act="open", officer="o", place="PARK", since=since, until=until)
    inside = changed(timeless, range(20, 22), door="open", position=place(30))
    assert "door-opened" not in kinds(inside, journey(authorities=(leave,)))
    assert "door-opened" in kinds(opened, journey(authorities=(leave,)))


def leave(act: str = "open", at: str = "PARK", number: int = 30, **fields: Any) -> Authority:
    """An officer's leave around a message."""
    since = START + timedelta(minutes=5 * number - 6)
    return msgspec.convert(
        {"act": act, "officer": "o", "place": at, "since": since, "until": since + timedelta(minutes=20), **fields},
        Authority,
    )


OPENED = SealReading(number="S1", lock="unlocked", strap="intact")
CUT = SealReading(number="S1", strap="cut")


def test_a_seal_opened_needs_officer_place_and_time() -> None:
    events = changed(ride(), range(30, 31), seal=OPENED)
    assert kinds(events) == {"seal-opened"}
    assert kinds(events, journey(authorities=(leave(),))) == set()
    assert kinds(events, journey(authorities=(leave(number=10),))) == {"seal-opened"}
    assert kinds(events, journey(authorities=(leave(at="FROM"),))) == {"seal-opened"}
    assert kinds(events, journey(authorities=(leave(seal="S9"),))) == {"seal-opened"}
    unknown = changed(events, range(26, 33), position=None)
    assert "opening-unproven" in kinds(unknown, journey(authorities=(leave(),)))


def opened_in_leave(*numbers: int, **fields: Any) -> list[TrackingEvent]:
    """A ride whose seal is opened in leave and whose messages of some numbers, the lorry standing, say so still."""
    standing = changed(ride(), range(30, 50), position=place(30))
    return [
        msgspec.structs.replace(one, **{"seal": OPENED, **fields}) if one.sequence in (30, *numbers) else one
        for one in standing
    ]


def colours(events: list[TrackingEvent]) -> list[tuple[str, str]]:
    """Alerts of a seal on a journey with leave to open it at the park, 9:24 to 9:44, in order of time."""
    return [
        (one.kind, one.severity)
        for one in found(events, journey(authorities=(leave(),)))
        if one.kind.startswith("seal")
    ]


def test_a_seal_that_stands_open_after_its_leave_is_amber_at_its_place_and_red_elsewhere_or_later() -> None:
    assert colours(opened_in_leave(31, 32)) == []
    assert colours(opened_in_leave(31, 32, 33)) == [("seal-opened", "amber")]
    assert colours(opened_in_leave(*range(31, 38))) == [("seal-opened", "amber")]
    assert colours(opened_in_leave(*range(31, 39))) == [("seal-opened", "amber")]
    assert colours(opened_in_leave(*range(31, 40))) == [("seal-opened", "amber"), ("seal-opened", "red")]
    away = changed(ride(), range(30, 32), seal=OPENED)
    assert colours(away) == [("seal-opened", "red")]
    assert colours(changed(ride(), range(30, 60), seal=OPENED)) == [("seal-opened", "red")]


def test_a_seal_that_says_where_it_is_closed_again_stood_open_until_then() -> None:
    events = changed(ride(), range(30, 31), seal=OPENED)
    assert colours(events) == []
    assert colours(changed(events, range(31, 32), alarms=("lock",))) == [("seal-opened", "red")]
    assert colours(changed(opened_in_leave(31), range(32, 33), alarms=("lock",))) == []
    assert colours(changed(opened_in_leave(31, 32), range(33, 34), alarms=("lock",))) == [("seal-opened", "amber")]


def test_a_seal_opened_in_leave_of_which_nothing_more_is_heard_is_worth_a_look() -> None:
    events = changed(opened_in_leave(31), range(32, 60), seal=None)
    assert colours(events[:56]) == []
    assert colours(events) == [("seal-opened", "amber")]
    assert colours(changed(events, range(50, 60), seal=SealReading(number="S1", lock="locked"))) == []


def test_where_a_seal_stands_open_and_the_place_is_not_known_is_told_once() -> None:
    late = journey(authorities=(leave(until=START + timedelta(minutes=300)),))
    for last, told_of in ((38, []), (45, ["opening-unproven"])):
        events = changed(opened_in_leave(31), range(32, last), seal=OPENED, position=None)
        kinds_of = [one.kind for one in found(events, late) if one.kind in ("seal-opened", "opening-unproven")]
        assert kinds_of == told_of


def test_a_cut_seal_needs_leave_to_remove_not_only_to_open() -> None:
    events = changed(ride(), range(30, 60), seal=CUT)
    assert kinds(events) == {"seal-tampered"}
    assert kinds(events, journey(authorities=(leave(),))) == {"seal-tampered"}
    assert kinds(events, journey(authorities=(leave("remove"),))) == set()


def test_a_seal_never_seen_closed_may_be_open_at_departure_and_is_told_away_from_it() -> None:
    plan = journey(seals=())
    open_all = changed(ride(), range(60), seal=SealReading(lock="unlocked"))
    (alert,) = found(open_all, plan)
    assert (alert.kind, alert.severity, alert.sequences) == ("seal-opened", "amber", (1,))
    assert "never reported closed" in alert.counter_evidence[0]
    assert kinds(open_all[:1], plan) == set()
    placeless = changed(open_all[:30], range(60), position=None)
    assert kinds(placeless[:24], plan) == set()
    assert kinds(placeless, plan) == {"seal-opened"}
    assert kinds([open_all[0], *changed(open_all[1:30], range(60), position=None)], plan) == set()
    assert kinds(changed(open_all, range(1, 60), seal=SealReading(lock="locked")), plan) == set()
    once = changed(changed(ride(), range(60), seal=None), range(30, 31), seal=SealReading(lock="open"))
    assert [one.severity for one in found(once, plan)] == ["amber"]
    assert found(once, msgspec.structs.replace(plan, authorities=(leave(),))) == []


def test_a_seal_that_says_it_is_unlocked_away_from_departure_was_locked_before() -> None:
    plan = journey(seals=())
    silent = changed(ride(), range(60), seal=None)
    unlocks = changed(silent, range(30, 31), alarms=("unlock",))
    assert [(one.kind, one.severity) for one in found(unlocks, plan)] == [("seal-opened", "red")]
    assert found(changed(silent, range(1), alarms=("unlock",)), plan) == []
    assert found(unlocks, msgspec.structs.replace(plan, authorities=(leave(),))) == []
    coarse = changed(unlocks, range(28, 33), position=None)
    given = msgspec.structs.replace(plan, authorities=(leave(),))
    assert [one.kind for one in found(coarse, given) if one.kind != "jamming"] == ["opening-unproven"]
    after = changed(unlocks, range(10, 60), seal=SealReading(lock="unlocked"))
    assert [one.severity for one in found(after, plan)] == ["amber", "red"]


def put_back(at: int, number: str = "S1", plan: Any = None) -> tuple[list[tuple[str, str]], str]:
    """Alerts, and the state at the end, of a seal removed in leave at message 30 and locked again from another on."""
    events = changed(ride(), range(30, at), seal=CUT)
    if at < 33:
        events = changed(events, range(30, 33), position=place(30))
    events = changed(events, range(at, 60), seal=SealReading(number=number, lock="locked", strap="intact"))
    plan = plan or journey(authorities=(leave("remove"),))
    return [(one.kind, one.severity) for one in found(events, plan)], state_at(
        tuple(events), plan, events[-1].received_at
    )


def test_a_seal_removed_in_leave_seals_again_by_leave_alone() -> None:
    look = ("affixed-without-leave", "amber")
    assert put_back(42) == ([look], "unsealed")
    assert put_back(32) == ([], "sealed")
    assert put_back(42, "S2") == ([look, ("seal-swapped", "red")], "unsealed")
    assert put_back(32, "S2")[1] == "unsealed"
    again = journey(
        authorities=(leave("remove"), leave("affix", "YARD", 42)), places=(fence("PARK", 30), fence("YARD", 42))
    )
    assert put_back(42, plan=again) == ([], "sealed")
    assert put_back(42, "S2", plan=again) == ([], "sealed")
    assert put_back(42, "S2", plan=msgspec.structs.replace(again, seals=())) == ([], "sealed")


def test_what_becomes_of_a_seal_removed_at_its_destination_is_told_no_more() -> None:
    plan = journey(authorities=(leave("remove", "TO"),), destination=fence("TO", 30))
    assert put_back(42, plan=plan) == ([], "unsealed")
    assert put_back(42, "S2", plan=plan) == ([], "unsealed")


def stood_at_destination(sign: SealReading, first: int = 40, last: int = 60, stay: int = 60) -> list[TrackingEvent]:
    """A ride whose destination is at 30, where it stands from message 30 on until another; the seal shows a sign meanwhile."""
    ways = [*range(30), *([30] * (stay - 30)), *range(30, 90 - stay)]
    events = [told(number, position=place(at)) for number, at in enumerate(ways)]
    return changed(events, range(first, last), seal=sign)


AT_30 = journey(destination=fence("TO", 30), places=())


def graded(events: list[TrackingEvent], plan: Any = None) -> tuple[list[tuple[str, str]], str]:
    plan = plan or AT_30
    return [(one.kind, one.severity) for one in found(events, plan)], state_at(
        tuple(events), plan, events[-1].received_at
    )


def test_an_opening_at_destination_after_arrival_is_worth_a_look_and_no_breach() -> None:
    look = ("seal-opened", "amber")
    events = stood_at_destination(OPENED)
    assert graded(events) == ([look], "open")
    (alert,) = found(events, AT_30)
    assert alert.counter_evidence == ("It had arrived at the office of destination.",)
    assert graded(changed(events, range(45, 60), position=None))[0][0] == look  # in a shed
    assert graded(stood_at_destination(OPENED, last=50)) == ([look], "sealed")
    given = msgspec.structs.replace(AT_30, authorities=(leave("remove", "TO", 40),))
    assert graded(events, given) == ([], "open")  # long after that leave ended
    assert graded(stood_at_destination(OPENED, stay=50), given) == ([("seal-opened", "red")], "breached")


def test_an_opening_on_the_way_or_after_leaving_the_destination_is_a_breach() -> None:
    assert graded(changed(ride(), range(20, 22), seal=OPENED)) == ([("seal-opened", "red")], "breached")
    first_fix = changed(ride(31), range(30, 31), seal=OPENED)
    assert graded(first_fix) == ([("seal-opened", "red")], "breached")  # nothing confirms that it has arrived
    moved_on = graded(stood_at_destination(OPENED, stay=50))
    assert moved_on == ([("seal-opened", "amber"), ("seal-opened", "red")], "breached")
    coarse = stood_at_destination(OPENED)
    coarse = [
        msgspec.structs.replace(one, position=place(30, accuracy_m=4_000.0)) if n >= 40 else one
        for n, one in enumerate(coarse)
    ]
    assert ("seal-opened", "red") in graded(coarse)[0]


@pytest.mark.parametrize("authorities", [(), (leave("remove", "TO", 40),)])
def test_a_newest_fix_that_alone_shows_an_open_seal_elsewhere_is_worth_a_look_until_another_confirms_it(
    authorities: tuple[Authority, ...],
) -> None:
    plan = msgspec.structs.replace(AT_30, authorities=authorities)
    stood = stood_at_destination(OPENED, first=40, last=60)[:50]
    off = [*stood[:-1], msgspec.structs.replace(stood[-1], position=place(30.3))]  # 1.7 km, beside a fence of 1 km
    assert [one for one in graded(off, plan)[0] if one[1] == "red"] == []
    assert graded(off, plan)[0] == [("seal-opened", "amber")]
    blind = told(50, position=None, seal=OPENED)
    assert [severity for _, severity in graded([*off, blind], plan)[0]] == ["amber"]
    back = told(50, position=place(30), seal=OPENED)
    assert graded([*off, back], plan)[0] == graded([*stood, back], plan)[0]  # a reflection
    gone = told(50, position=place(30.6), seal=OPENED)
    assert ("seal-opened", "red") in graded([*off, gone], plan)[0]
    far = [*stood[:-1], msgspec.structs.replace(stood[-1], position=place(32))]
    assert ("seal-opened", "red") in graded(far, plan)[0]
    long_after = [told(number, position=None, seal=OPENED) for number in range(50, 58)]
    assert ("seal-opened", "red") in graded([*off, *long_after], plan)[0]


def test_a_cut_or_another_number_at_destination_is_told_as_anywhere() -> None:
    assert graded(stood_at_destination(CUT)) == ([("seal-tampered", "red")], "tampered")
    assert graded(stood_at_destination(sealed("S2"))) == ([("seal-swapped", "red")], "breached")


@pytest.mark.parametrize("sign", [OPENED, CUT])
def test_what_opens_once_the_journey_was_discharged_opens_rightly(sign: SealReading) -> None:
    before, after = START + timedelta(minutes=5 * 39), START + timedelta(minutes=5 * 41)
    for stay in (60, 35):
        events = stood_at_destination(sign, stay=stay)
        assert graded(events, msgspec.structs.replace(AT_30, discharged_at=before))[0] == []
        assert "seal-" in graded(events, msgspec.structs.replace(AT_30, discharged_at=after))[0][0][0]
    timeless = changed(stood_at_destination(CUT), range(40, 60), time=None)
    assert "seal-tampered" in kinds(timeless, msgspec.structs.replace(AT_30, discharged_at=before))


def clock_ahead(events: list[TrackingEvent], numbers: range, seconds: float) -> list[TrackingEvent]:
    """The same with some messages made by a clock that is ahead by so much."""
    ahead = timedelta(seconds=seconds)
    return [
        msgspec.structs.replace(one, time=one.time + ahead) if one.time and one.sequence in numbers else one
        for one in events
    ]


@pytest.mark.parametrize("sign", [OPENED, CUT])
@pytest.mark.parametrize("seconds", [0, 90, 299, 595])
def test_what_came_before_the_discharge_was_done_before_it_whatever_its_clock_says(
    sign: SealReading, seconds: int
) -> None:
    stood = clock_ahead(stood_at_destination(sign, first=40, last=41), range(40, 41), seconds)[:41]
    came = stood[-1].received_at
    for ended, is_told in ((came - timedelta(seconds=11), False), (came + timedelta(seconds=1), True)):
        plan = msgspec.structs.replace(AT_30, discharged_at=ended)
        assert bool(found(stood, plan)) is is_told
        notices = [one for one in chronicle(stood, [plan]) if one.what != "withdrawn"]
        assert bool(notices) is is_told
        if is_told:
            assert state_at(tuple(stood), plan, came) == ("open" if sign == OPENED else "tampered")


@pytest.mark.parametrize("sign", [OPENED, CUT])
def test_what_came_before_the_next_journey_was_done_on_the_one_before(sign: SealReading) -> None:
    stood = clock_ahead(stood_at_destination(sign, first=40, last=41), range(40, 41), 300)[:43]
    came = next(one.received_at for one in stood if one.sequence == 40)
    first = msgspec.structs.replace(AT_30, discharged_at=came + timedelta(seconds=1))
    then = journey(id="J2", departure=fence("TO", 30), seals=(), starts_at=came + timedelta(seconds=2))
    alerts = [one for one in judge(stood, [first, then]) if one.kind.startswith("seal-")]
    assert {one.journey for one in alerts} == {"J1"}


def test_leave_covers_nothing_that_came_before_it_begins_whatever_its_clock_says() -> None:
    events = clock_ahead(changed(ride(), range(30, 31), seal=CUT), range(30, 31), 240)
    came = events[30].received_at
    expected: tuple[tuple[int, set[str]], ...] = ((-5, set()), (5, {"seal-tampered"}))
    for seconds, wanted in expected:
        since = came + timedelta(seconds=seconds)
        plan = journey(authorities=(leave("remove", since=since),))
        assert kinds(events[:31], plan) == wanted


def opened_seven_times() -> list[TrackingEvent]:
    """Opened and closed again at seven places of the way."""
    events = ride()
    for number in range(5, 40, 5):
        events = changed(events, range(number, number + 1), seal=OPENED)
    return events


@pytest.mark.parametrize("what", ["closed", "taken-up"])
def test_what_is_done_after_an_officer_dealt_with_an_alert_is_an_alert_of_its_own(what: Any) -> None:
    events = opened_seven_times()
    several = found(events)
    assert [(one.sequences, one.measured.get("occasions")) for one in several][3:] == [((20,), None), ((25, 30, 35), 3)]

    def handled_at(number: float, **other: Any) -> list[tuple[int, ...]]:
        at = START + timedelta(minutes=5 * number)
        act = Handling(**{"device": "dev-1", "kind": "seal-opened", "at": at, "what": what, **other})
        return [one.sequences for one in found(events, journey(handlings=(act,)))][4:]

    assert handled_at(27) == [(25,), (30, 35)]
    assert handled_at(33) == [(25, 30), (35,)]
    assert handled_at(50) == handled_at(1) == [(25, 30, 35)]
    assert handled_at(33, device="dev-2") == handled_at(33, kind="door-opened") == [(25, 30, 35)]
    plans = [
        journey(
            handlings=tuple(
                Handling(device="dev-1", kind="seal-opened", at=START + timedelta(minutes=5 * at)) for at in (27, 33)
            )
        )
    ]
    assert [one.sequences for one in judge(events, plans)][4:] == [(25,), (30,), (35,)]


def test_a_breach_is_not_counted_in_what_is_worth_a_look_alone() -> None:
    stood = stood_at_destination(OPENED, first=40, last=41, stay=56)
    for number in range(42, 54, 2):
        stood = changed(stood, range(number, number + 1), seal=OPENED)
    stood = changed(stood, range(58, 59), seal=OPENED)
    several = found(stood, AT_30)
    assert len([one for one in several if one.severity == "amber"]) == 5
    assert [one.sequences for one in several if one.severity == "red"] == [(58,)]


def test_a_seal_closed_where_its_place_is_not_known_is_sealed_and_worth_a_look() -> None:
    events = changed(changed(ride(), range(30, 33), seal=CUT), range(32, 37), position=None)
    plan = journey(authorities=(leave("remove", until=START + timedelta(minutes=300)),))
    assert kinds(events, plan) == {"affixed-without-leave"}
    assert state_at(tuple(events), plan, events[-1].received_at) == "sealed"


def test_another_seal_number_is_a_swap_unless_an_officer_affixed_it() -> None:
    events = changed(ride(), range(30, 60), seal=SealReading(number="S2", lock="locked"))
    assert kinds(events) == {"seal-swapped"}
    assert kinds(events, journey(authorities=(leave("affix"),))) == set()


def sealed(number: str) -> SealReading:
    return SealReading(number=number, lock="locked", strap="intact")


@pytest.mark.parametrize(
    ("planned", "told"), [("KE0000002", "KEO000002"), ("KE1234", "ke i234"), ("0002", "002"), ("0002", "OO2")]
)
def test_a_seal_number_that_looks_alike_is_the_same_with_a_remark(planned: str, told: str) -> None:
    plan = journey(seals=(planned,))
    for numbers in (range(60), range(20, 40)):
        events = changed(changed(ride(), range(60), seal=sealed(planned)), numbers, seal=sealed(told))
        (alert,) = found(events, plan)
        assert (alert.kind, alert.severity) == ("number-written-differently", "amber")
        assert (alert.thresholds, alert.measured) == ({"expected": planned}, {"seal": told})
        assert state_at(tuple(events), plan, events[-1].received_at) == "sealed"
        assert kinds(events, journey(seals=())) <= {"number-written-differently"}
    cut = changed(events, range(30, 60), seal=msgspec.structs.replace(sealed(told), strap="cut"))
    assert kinds(cut, plan) == {"number-written-differently", "seal-tampered"}


@pytest.mark.parametrize("told", ["KE2", "KE0000003", "KE000002", "KEO000003"])
def test_a_seal_number_that_differs_is_a_swap(told: str) -> None:
    events = changed(ride(), range(60), seal=sealed("KE0000002"))
    assert kinds(changed(events, range(30, 60), seal=sealed(told)), journey(seals=("KE0000002",))) == {"seal-swapped"}


def test_two_seals_of_a_plan_that_look_alike_are_told_apart() -> None:
    plan = journey(seals=("S0001", "SO001"))
    first = changed(ride(), range(60), seal=sealed("S0001"))
    assert kinds(first, plan) == set()
    assert kinds(changed(first, range(60), seal=sealed("s-o001")), plan) == set()
    assert kinds(changed(first, range(30, 60), seal=sealed("SO001")), plan) == {"seal-swapped"}
    affixed = journey(seals=("S0001",), authorities=(msgspec.structs.replace(leave("affix"), seal="SO001"),))
    assert kinds(changed(first, range(30, 60), seal=sealed("SO001")), affixed) == set()
    assert kinds(changed(first, range(20, 60), seal=sealed("SO001")), affixed) == {"seal-swapped"}


def test_ways_to_write_a_number_do_not_drift_to_another() -> None:
    plan = journey(seals=("KE0000002", "KE9999999"))
    events = changed(ride(), range(60), seal=sealed("KEO000002"))
    events = changed(events, range(20, 40), seal=sealed("KE0000002"))
    (alert,) = found(events, plan)
    assert alert.kind == "number-written-differently"
    assert kinds(changed(events, range(50, 60), seal=sealed("KE9999999")), plan) == {
        "number-written-differently",
        "seal-swapped",
    }


def test_leave_for_a_seal_is_leave_however_its_number_is_written() -> None:
    plan = journey(seals=("S0001",), authorities=(msgspec.structs.replace(leave("open"), seal="S0001"),))
    events = changed(ride(), range(60), seal=sealed("SO001"))
    opened = changed(events, range(30, 31), seal=msgspec.structs.replace(sealed("SO001"), lock="unlocked"))
    assert kinds(opened, plan) == {"number-written-differently"}


@pytest.mark.parametrize("told", ["MSKUI234565", "MSKU I23456", "MSKU12345O5"])
def test_a_container_number_that_looks_alike_is_the_same_with_a_remark(told: str) -> None:
    planned = "MSKU1234505" if told.endswith("O5") else "MSKU1234565"
    plan = journey(equipment=(planned,))
    for numbers in (range(60), range(20, 40)):
        events = changed(changed(ride(), range(60), equipment=planned), numbers, equipment=told)
        (alert,) = found(events, plan)
        assert (alert.kind, alert.severity) == ("number-written-differently", "amber")
        assert alert.measured == {"equipment": told}
    plates = journey(equipment=("KBO123", "KB0123"))
    assert kinds(changed(ride(), range(60), equipment="KBO 123"), plates) == set()
    assert kinds(changed(ride(), range(60), equipment="KBI 123"), plates) == {"equipment-changed"}


def test_a_battery_pulled_is_told_from_tamper_and_from_an_empty_one() -> None:
    restarted = [msgspec.structs.replace(each, boot=2, sequence=(each.sequence or 0) - 40) for each in ride(60)[40:]]
    assert kinds([*ride(30), *restarted]) == {"battery-pulled"}
    cut = [msgspec.structs.replace(each, seal=CUT) for each in restarted]
    assert kinds([*ride(30), *cut]) == {"silence", "seal-tampered"}
    empty = changed(ride(30), range(25, 30), battery_percent=4.0)
    (alert,) = found([*empty, *restarted])
    assert (alert.kind, alert.measured["likely"]) == ("silence", "battery-empty")
    assert "4 %" in alert.counter_evidence[0]


def test_power_cut_with_a_whole_seal_is_a_pulled_battery() -> None:
    assert kinds(changed(ride(), range(20, 21), alarms=("power-cut",))) == {"battery-pulled"}
    assert kinds(changed(ride(), range(20, 60), alarms=("power-cut", "rope-cut"))) == {"seal-tampered"}


def test_a_device_on_another_container_is_told() -> None:
    assert kinds(changed(ride(), range(20, 60), equipment="TCLU7654321")) == {"equipment-changed"}
    assert kinds(changed(ride(), range(60), equipment="TCLU7654321")) == {"equipment-changed"}
    assert kinds(changed(ride(), range(20, 30), equipment=None)) == set()


def test_a_silence_is_told_and_what_may_explain_it() -> None:
    events = [event for event in ride() if event.sequence not in range(20, 28)]
    (alert,) = found(events)
    assert (alert.kind, alert.measured["messages_missing"], alert.sequences) == ("silence", 8, (19, 28))
    assert kinds([event for event in ride() if event.sequence not in range(20, 24)]) == set()
    (alert,) = found(events, journey(places=(fence("HILL", 19, "dead-zone", 3_000),)))
    assert alert.counter_evidence


def test_a_silence_that_goes_on_is_told_on_a_journey_only() -> None:
    late = START + timedelta(hours=9)
    assert [alert.kind for alert in judge(ride(), [journey()], as_of=late)] == ["silence"]
    assert judge(ride(), as_of=late) == ()


def test_a_jump_is_told_with_whether_it_came_back() -> None:
    (alert,) = found(changed(ride(), range(20, 21), position=Position(lat=40.7, lon=-74.0)))
    assert (alert.kind, alert.measured["returned"], alert.sequences) == ("position-jump", "true", (20,))
    assert alert.counter_evidence == ("It is a single message.",)
    assert kinds(changed(ride(), range(20, 21), position=place(20, 0.02))) == set()
    coarse = place(20, 1.0, accuracy_m=150_000.0)
    assert kinds(changed(ride(), range(20, 21), position=coarse)) == set()


@pytest.mark.parametrize("numbers", [range(20, 21), range(1), range(30, 34)], ids=str)
def test_latitude_and_longitude_zero_are_no_fix(numbers: range) -> None:
    nowhere = changed(ride(), numbers, position=Position(lat=0.0, lon=0.0))
    assert kinds(nowhere) == set()
    cut = changed(nowhere, numbers, alarms=("rope-cut",))
    assert "seal-tampered" in kinds(cut) or numbers.start == 0


def test_places_without_any_order_are_told_and_not_stumbled_over() -> None:
    chance = Random(5)
    wild = [
        told(
            number,
            position=Position(lat=chance.uniform(-90, 90), lon=chance.uniform(-180, 180)),
            at=chance.uniform(-9e5, 9e5),
        )
        for number in range(300)
    ]
    assert {alert.kind for alert in judge(wild, [journey()])} >= {"device-cloned", "time-backdated"}
    assert judge(wild[::-1], [journey()]) == judge(wild, [journey()])


def test_two_senders_of_one_identity_are_told() -> None:
    twins = [told(number, id=f"{500 + number:032x}", position=place(number, 4)) for number in range(20, 24)]
    (alert,) = found([*ride(), *twins])
    assert (alert.kind, set(alert.events)) == ("device-cloned", {twin.id for twin in twins})


def test_a_jump_that_a_fix_admits_is_a_coarse_place_and_no_jump() -> None:
    def thrown(north: float, numbers: range = range(20, 21), **more: Any) -> list[tuple[str, str]]:
        fields = {name: more.pop(name) for name in ("satellites",) if name in more}
        events = [
            msgspec.structs.replace(one, position=place(one.sequence or 0, north, **more), **fields)
            if one.sequence in numbers
            else one
            for one in ride()
        ]
        return [(one.kind, one.severity) for one in found(events)]

    jump, coarse = [("position-jump", "red")], [("accuracy-poor", "amber")]
    assert thrown(0.36) == thrown(0.36, accuracy_m=15.0) == jump
    assert thrown(0.36, accuracy_m=40_000.0) == coarse  # 40 km off, and said to be so
    assert thrown(0.27, accuracy_m=15_000.0) == coarse  # 30 km off, twice what is said
    assert thrown(1.0, accuracy_m=40_000.0) == jump  # 111 km off, of which 21 km can be driven
    assert thrown(0.36, hdop=25.0) == coarse
    assert thrown(0.36, satellites=0) == coarse
    assert thrown(0.36, hdop=25.0, satellites=9) == thrown(0.36, hdop=4.0) == thrown(0.36, satellites=9) == jump
    assert thrown(0.6, hdop=25.0) == jump
    assert thrown(0.36, range(20, 22), accuracy_m=40_000.0) == coarse
    last = changed(ride(21), range(20, 21), position=place(20, 0.36, accuracy_m=40_000.0))
    assert [(one.kind, one.severity) for one in found(last)] == coarse
    mixed = changed(
        changed(ride(), range(20, 21), position=place(20, 0.36, accuracy_m=40_000.0)),
        range(21, 22),
        position=place(21, 0.36),
    )
    assert "red" in [one.severity for one in found(mixed)]


def test_a_coarse_place_does_not_say_where_a_track_goes_on() -> None:
    """The coarse one can be reached from the one before, and the one after not from it: the track is the one without it."""
    slow = [msgspec.structs.replace(one, position=place((one.sequence or 0) / 10)) for one in ride()]
    gap = [one for one in slow if one.sequence not in range(15, 20)]
    coarse = changed(gap, range(20, 21), position=place(6, 0.23, accuracy_m=40_000.0))
    case = Case(admit(coarse, Thresholds()), journey(corridor=()), Thresholds(), DONE)
    assert [len(track) for track in case.tracks] == [54, 1]
    assert kinds(coarse, journey(corridor=())) == {"accuracy-poor"}


def test_messages_that_waited_under_a_clock_that_jumped_are_no_second_sender() -> None:
    """The clock jumps on by an hour while messages wait: the first of them came after the time that they bear."""
    hour = timedelta(hours=1)
    came = told(38).received_at - timedelta(seconds=60)
    events = []
    for event in ride():
        number = event.sequence or 0
        moved = msgspec.structs.replace(event, protocol="teltonika", boot=None, sequence=None)
        if number >= 24:
            moved = msgspec.structs.replace(moved, time=(event.time or came) + hour)
        if 20 <= number < 38:
            moved = msgspec.structs.replace(moved, received_at=came + timedelta(seconds=number))
        events.append(moved)
    assert "device-cloned" not in kinds(events)
    assert "clock-wrong" in kinds(events)
    elsewhere = [
        msgspec.structs.replace(one, position=place(n, 4)) if 24 <= n < 28 else one for n, one in enumerate(events)
    ]
    assert kinds(elsewhere) & {"device-cloned", "position-jump"}


def test_messages_a_few_minutes_too_early_out_of_a_store_of_a_clock_that_jumped_are_no_second_sender() -> None:
    """Alone they would pass for messages of a clock set by hand; what came with them shows how far it is ahead."""
    hour, came = timedelta(hours=1), told(38).received_at - timedelta(seconds=60)
    events = []
    for number, event in enumerate(ride()):
        moved = msgspec.structs.replace(event, protocol="teltonika", boot=None, sequence=None)
        if number >= 27:
            moved = msgspec.structs.replace(moved, time=(event.time or came) + hour)
        if 10 <= number < 38:
            moved = msgspec.structs.replace(moved, received_at=came + timedelta(seconds=number / 10))
        events.append(moved)
    assert -600 < (came - (events[27].time or came)).total_seconds() < -120
    assert {alert.kind for alert in judge(events, [journey()], as_of=told(59).received_at)} == {"clock-wrong"}
    moved = {event.id for event in admit(events, Thresholds()).events if "clock-corrected" in event.doubts}
    assert moved == {event.id for event in events[27:]}
    by_hand = [msgspec.structs.replace(event, time=(event.time or came) + timedelta(minutes=9)) for event in ride()]
    assert kinds(by_hand) == set()


def test_a_start_that_waited_whole_between_two_under_one_fast_clock_is_not_backdated() -> None:
    """The clock is eleven minutes fast; what the device made since it started again came later than that."""
    fast, came = timedelta(minutes=11), told(30).received_at
    events = []
    for event in ride():
        number = event.sequence or 0
        boot, first = (1, 0) if number < 22 else (2, 21) if number < 26 else (3, 25)
        moved = {"boot": boot, "sequence": number - first, "time": told(number).time + fast}  # type: ignore[operator]
        late = {"received_at": came + timedelta(seconds=number)} if 20 <= number < 30 else {}
        events.append(msgspec.structs.replace(event, **moved, **late))
    assert kinds(events) == {"clock-wrong"}
    right = [msgspec.structs.replace(one, time=told(n).time) if 22 <= n < 26 else one for n, one in enumerate(events)]
    assert kinds(right) == {"clock-wrong"}, "and a clock that was right for one start is believed too"


def test_what_stands_still_to_the_last_digit_is_told_unless_it_is_parked() -> None:
    stuck = changed(ride(200), range(20, 100), position=place(20), temperature_c=4.07)
    alerts = judge(stuck)
    assert "position-frozen" in {alert.kind for alert in alerts}
    parked = [
        msgspec.structs.replace(event, position=place(20), temperature_c=4 + (event.sequence or 0) % 7 / 10)
        for event in ride(100)
    ]
    assert judge(parked) == ()
    assert judge(changed(ride(100), range(100), position=place(20))) == ()


def test_jamming_is_told_unless_it_is_a_known_dead_zone_or_the_device_never_looks() -> None:
    lost = changed(ride(), range(20, 30), position=None, last_position=place(19), cells=(Cell(cell=1),))
    assert kinds(lost) == {"jamming"}
    assert kinds(lost, journey(places=(fence("TUNNEL", 19, "dead-zone"),))) == set()
    assert kinds(changed(ride(), range(20, 30), position=None)) == set()
    assert kinds(changed(ride(), range(20, 24), position=None, last_position=place(19))) == set()
    assert kinds(changed(ride(), range(20, 23), alarms=("jamming",))) == {"jamming"}


def test_network_cells_far_from_the_place_contradict_it() -> None:
    mast = place(20)
    cells = table_of([(area_of(1, 1, 1), 7, mast.lon, mast.lat, 0)])
    wide = table_of([(area_of(1, 1, 1), 7, mast.lon, mast.lat, 40_000)])
    events = changed(ride(), range(18, 40), cells=(Cell(mcc=1, mnc=1, area=1, cell=7),))
    (alert,) = found(events, cells=cells)
    assert (alert.kind, alert.sequences[0]) == ("cell-contradicts-place", 28)  # 8 messages of 5.6 km are beyond 40 km
    assert found(events, cells=wide)[0].sequences[0] == 35  # a cell that reaches farther allows more
    assert kinds(changed(ride(), range(18, 24), cells=(Cell(mcc=1, mnc=1, area=1, cell=7),)), cells=cells) == set()
    assert kinds(events) == set()


def test_temperature_is_held_to_what_is_asked_or_to_what_was_kept() -> None:
    warm = changed(changed(ride(), range(60), temperature_c=5.0), range(40, 52), temperature_c=12.0)
    assert kinds(warm, journey(temperature_c=(2.0, 8.0))) == {"temperature-excursion"}
    assert kinds(warm) == {"temperature-excursion"}
    brief = changed(changed(ride(), range(60), temperature_c=5.0), range(40, 47), temperature_c=12.0)
    assert kinds(brief, journey(temperature_c=(2.0, 8.0))) == set()
    swings = [msgspec.structs.replace(event, temperature_c=20.0 + (event.sequence or 0) % 12) for event in ride()]
    assert kinds(swings) == set()


def reefer(spells: list[int], length: int, warm: float = 12.0) -> list[TrackingEvent]:
    """A day and a half of readings every ten minutes, warm from each of these readings on for so many."""
    numbers = {at + number for at in spells for number in range(length)}
    return [
        told(number, at=300 * number, position=place(number / 5), temperature_c=warm if number in numbers else 5.0)
        for number in range(220)
    ]


def test_a_reefer_that_defrosts_is_not_told_of() -> None:
    bears = journey(temperature_c=(2.0, 8.0), corridor=())
    assert kinds(reefer([30, 66, 102, 138], 5), bears) == set()
    assert kinds(reefer([30, 67, 101, 139], 6), bears) == set()
    assert kinds(reefer([30, 66], 5), bears) == {"temperature-excursion"}  # two are no cycle
    assert kinds(reefer([30, 40, 102, 150], 5), bears) == {"temperature-excursion"}  # not evenly
    assert kinds(reefer([30, 66, 102, 138], 9), bears) == {"temperature-excursion"}  # too long
    assert kinds(reefer([30, 66, 102, 138], 5, -4.0), bears) == {"temperature-excursion"}  # cold
    opened = [*reefer([30, 66, 102, 138], 5)]
    opened[67] = msgspec.structs.replace(opened[67], light_lux=900.0)
    assert "temperature-excursion" in kinds(opened, bears)
    (alert,) = (each for each in found(reefer([30, 66, 102, 138, 150], 5), bears) if each.kind != "light-inside")
    assert alert.sequences[0] == 150  # beside the cycle


def test_light_shock_and_battery_have_their_measures() -> None:
    assert kinds(changed(ride(), range(20, 22), light_lux=900.0)) == {"light-inside"}
    assert kinds(changed(ride(), range(20, 22), light_lux=40.0)) == set()
    (alarm,) = found(changed(ride(), range(20, 22), alarms=("light",)))
    assert (alarm.kind, alarm.severity, alarm.measured) == ("light-inside", "red", {"alarm": "light"})
    assert kinds(changed(ride(), range(30, 31), alarms=("light",)), journey(authorities=(leave(),))) == set()
    assert kinds(changed(ride(), range(30, 31), light_lux=900.0), journey(authorities=(leave(),))) == set()
    (shock,) = found(changed(ride(), range(20, 21), shock_g=9.0))
    assert (shock.kind, shock.measured) == ("shock", {"shock_g": 9.0})
    assert kinds(changed(ride(), range(20, 21), shock_g=4.0)) == set()
    full = changed(changed(ride(), range(60), battery_percent=30.0), range(20, 60), battery_percent=95.0)
    assert kinds(full) == {"battery-implausible"}
    assert kinds(changed(full, range(60), power_v=12.0)) == set()


def test_leaving_the_corridor_is_told_once_it_lasts() -> None:
    aside = [
        msgspec.structs.replace(event, position=place(event.sequence or 0, 0.05))
        if event.sequence in range(20, 26)
        else event
        for event in ride()
    ]
    (alert,) = found(aside)
    assert (alert.kind, alert.sequences) == ("corridor-left", (20, 21, 22, 23, 24, 25))
    once = changed(ride(), range(20, 21), position=place(20, 0.05))
    assert kinds(once) == set()
    way = {"line": ((30.9, 0.05), (31.3, 0.05)), "since": START, "until": DONE}
    allowed = msgspec.convert({**msgspec.to_builtins(journey()), "detours": [way]}, Journey)
    assert kinds(aside, allowed) == set()
    assert kinds(aside, journey(corridor=())) == set()
    for given, says in ((aside[20].received_at, set()), (aside[25].received_at + timedelta(1), {"corridor-left"})):
        late = msgspec.structs.replace(allowed.detours[0], given_at=given)
        assert kinds(aside, msgspec.structs.replace(allowed, detours=(late,))) == says, (
            "what was done before is not allowed"
        )


def test_going_back_is_told_and_a_missed_exit_is_not() -> None:
    back = [told(number, position=place(min(number, 60 - number))) for number in range(42)]
    assert "wrong-direction" in kinds(back)
    exit_missed = changed(ride(), range(20, 21), position=place(18.5))
    assert kinds(exit_missed) == set()


def returns(*back: float, north: float = 0.0, **more: Any) -> list[TrackingEvent]:
    """Twenty messages onward, then one each at the place that many kilometres behind the furthest."""
    places = [place(19 - km / KM, north, **more) for km in back]
    return ride(20) + [told(20 + number, position=there) for number, there in enumerate(places)]


#: Kilometres between two messages of a ride.
KM = 0.05 * 111.195


@pytest.mark.parametrize(("back_km", "is_told"), [(4.8, False), (5.2, True)])
def test_going_back_is_told_past_the_turn_that_is_usual(back_km: float, is_told: bool) -> None:
    assert ("wrong-direction" in kinds(returns(back_km, back_km))) is is_told


def test_a_way_back_says_which_messages_how_far_and_past_what() -> None:
    (alert,) = (each for each in found(returns(1.0, 6.0, 9.0, 7.0)) if each.kind == "wrong-direction")
    assert alert.sequences == (21, 22, 23)
    assert alert.thresholds == {"back_m": 5000}
    assert alert.measured["back_m"] == pytest.approx(9000, abs=30)
    assert alert.confidence == pytest.approx(9000 / (9000 + 5000), abs=0.002)  # 0.5 at the threshold


def test_one_message_alone_is_no_way_back() -> None:
    assert "wrong-direction" not in kinds([*returns(30.0), *(told(number) for number in range(21, 24))])


def test_a_wide_corridor_allows_a_longer_way_back() -> None:
    wide = journey(corridor_half_width_m=4_000)
    assert "wrong-direction" not in kinds(returns(7.8, 7.8), wide)
    (alert,) = (each for each in found(returns(8.2, 8.2), wide) if each.kind == "wrong-direction")
    assert alert.thresholds == {"back_m": 8000}


def test_a_message_aside_of_the_corridor_hides_no_way_back_after_it() -> None:
    aside = told(20, position=place(20, 2_500 / 111_195))
    later = [told(number, position=place(19 - 9.0 / KM)) for number in (21, 22)]
    assert "wrong-direction" in kinds([*ride(20), aside, *later])


def test_what_a_place_is_uncertain_by_is_taken_from_the_way_back() -> None:
    assert "wrong-direction" not in kinds(returns(7.0, 7.0, accuracy_m=2_500.0))
    assert "wrong-direction" in kinds(returns(7.8, 7.8, accuracy_m=2_500.0))


def test_a_way_back_aside_of_the_corridor_is_another_matter() -> None:
    aside = 2_500 / 111_195
    assert "wrong-direction" not in kinds(returns(9.0, 9.0, north=aside))
    assert "wrong-direction" in kinds(returns(9.0, 9.0, north=aside, accuracy_m=600.0))
    assert "wrong-direction" not in kinds(returns(9.0, 9.0, north=aside, accuracy_m=400.0))
    assert "wrong-direction" not in kinds(returns(9.0, 9.0), journey(corridor=()))


def there_and_back(turn: int, north: float, count: int) -> list[TrackingEvent]:
    """Onward to the place of a message, then home on a road that much farther north, with places that err by 900 m."""
    chance = Random(7)
    places = [(number, 0.0) if number <= turn else (2 * turn - number, north) for number in range(count)]
    err = 900 / 111_195
    return [
        told(number, position=place(at, aside + chance.uniform(-err, err))) for number, (at, aside) in enumerate(places)
    ]


@pytest.mark.parametrize("north_m", [0, 1_000, 3_000])
def test_a_way_that_comes_home_beside_itself_is_not_gone_back(north_m: int) -> None:
    north = north_m / 111_195
    loop = ((30.0, 0.0), (31.5, 0.0), (31.5, north), (30.0, north))
    route = journey(corridor=loop, destination=fence("TO", 0, north=north, radius_m=200), places=())
    events = there_and_back(30, north, 60)
    assert "wrong-direction" not in kinds(events, route)
    case = Case(admit(events, Thresholds()), route, Thresholds(), DONE)
    alongs = [each.along_m for each in case.progress]
    assert max(before - after for before, after in pairwise(alongs)) < 1_500
    assert alongs[-1] == pytest.approx(59 * KM * 1_000, rel=0.03)


def test_who_turns_too_early_on_a_way_out_and_back_goes_back() -> None:
    loop = ((30.0, 0.0), (33.0, 0.0), (30.0, 0.0))
    events = there_and_back(20, 0.0, 36)
    assert "wrong-direction" in kinds(events, journey(corridor=loop, places=()))


def standing(numbers: range, at: float) -> list[TrackingEvent]:
    return [
        told(number, position=place(at if number in numbers else min(number, at))) for number in range(numbers.stop)
    ]


def test_a_stop_counts_from_its_first_fix_where_the_way_there_was_taken_for_its_begin() -> None:
    """The lorry rolls on to where it stands: 251 m from the last fix on the way, one metre more than a stop is wide."""
    metre = 1 / 111_195 / STEP_DEG
    for last, expected in ((36, {"unpermitted-stop"}), (34, set())):
        aside = [0.0] * 21 + [249.0] * 3 + [252.0] * (last - 23)
        ways = [min(number, 20) + metres * metre for number, metres in enumerate(aside)]
        events = [told(number, position=place(at)) for number, at in enumerate([*ways, *range(21, 45)])]
        assert kinds(events) == expected


def test_a_long_stop_is_told_where_none_is_permitted() -> None:
    assert kinds(standing(range(20, 40), 20)) == {"unpermitted-stop"}
    assert kinds(standing(range(30, 50), 30)) == set()
    assert kinds(standing(range(20, 30), 20)) == set()
    light = changed(standing(range(20, 40), 20), range(25, 27), light_lux=900.0)
    assert kinds(light) == {"transloading-suspected", "light-inside"}
    for edge, kind in ((38, "transloading-suspected"), (45, "transloading-suspected"), (50, "unpermitted-stop")):
        light = changed(standing(range(20, 56), 20), range(edge, edge + 1), light_lux=900.0)
        gone = [
            event if number < 40 else msgspec.structs.replace(event, position=place(number))
            for number, event in enumerate(light)
        ]
        assert kind in kinds(gone), edge


def test_a_forbidden_area_is_told_even_when_crossed_between_two_fixes() -> None:
    off = fence("OFF", 20.5, "forbidden", 1_000)
    (alert,) = found(ride(), journey(places=(off,)))
    assert (alert.kind, alert.fence, alert.sequences) == ("forbidden-area", "OFF", (20, 21))
    assert kinds(ride(), journey(places=(fence("OFF", 20.5, "forbidden", 1_000, 0.02),))) == set()


def test_lateness_is_told_as_soon_as_it_is_certain_and_not_before() -> None:
    on_time = journey(expected_arrival=START + timedelta(minutes=5 * 100))
    assert kinds(ride(103), on_time) == set()
    halted = standing(range(20, 30), 20)  # 50 minutes: a rest
    assert kinds(halted, on_time) == set()
    impossible = journey(expected_arrival=START + timedelta(minutes=30))
    early = judge(ride(20), [impossible], as_of=START + timedelta(minutes=100))
    (alert,) = (one for one in early if one.kind == "running-late")  # 450 km are left: five hours
    assert alert.measured["arrived"] == "not yet" and float(alert.measured["late_s"]) > 4 * 3600
    assert alert.severity == "amber" and alert.as_of is not None
    there = [*ride(101), told(101, position=place(100))]
    late = judge(there, [impossible])
    assert [one.measured["late_s"] for one in late if one.kind == "running-late"] == [470 * 60]
    near = journey(expected_arrival=START + timedelta(minutes=400))
    assert kinds(ride(103), near) == set()  # 100 minutes late


def test_many_short_halts_make_a_journey_late_that_no_stop_tells_of() -> None:
    """Forty halts of five minutes, each as long as a traffic light: none is a stop, and together they are three hours."""
    events, moved = [], 0.0
    for number in range(140):
        moved += 1 if number % 7 < 5 else 0
        events.append(told(number, position=place(moved)))
    assert kinds(events, journey(expected_arrival=START + timedelta(minutes=600))) == set()
    assert kinds(events, journey(expected_arrival=START + timedelta(minutes=300))) == {"running-late"}


def test_the_time_limit_is_told_until_goods_arrive_in_time() -> None:
    assert kinds(ride(), journey(time_limit=START + timedelta(hours=4))) == {"time-limit-exceeded"}
    assert kinds(ride(103), journey(time_limit=START + timedelta(hours=9))) == set()


def test_a_device_that_goes_on_to_another_journey_is_not_held_to_the_first() -> None:
    on_another = {"equipment": "TCLU7654321", "seal": SealReading(number="S2", lock="locked")}
    events = changed(ride(), range(40, 60), **on_another)
    second = journey(
        id="J2",
        equipment=("TCLU7654321",),
        seals=("S2",),
        starts_at=START + timedelta(minutes=200),
        departure=fence("X", 40),
    )
    assert judge(events, [second, journey()], as_of=events[-1].time) == ()
    assert {alert.journey for alert in judge(events, [journey()], as_of=events[-1].time)} == {"J1"}


def test_devices_that_lose_their_fix_or_jump_together_show_an_area() -> None:
    def device(name: str, **fields: Any) -> list[TrackingEvent]:
        events = changed(ride(), range(20, 24), **fields)
        return [msgspec.structs.replace(each, id=f"{name}{each.id[2:]}", device=name, seal=None) for each in events]

    lost = {"position": None, "last_position": place(19)}
    three = [event for name in "abc" for event in device(name, **lost)]
    assert [(alert.kind, alert.subject) for alert in judge(three)] == [("jamming-area", "a,b,c")]
    assert judge([event for name in "ab" for event in device(name, **lost)]) == ()
    there = {"position": Position(lat=10.0, lon=40.0)}
    jumped = judge([event for name in "abc" for event in device(name, **there)])
    assert [alert.subject for alert in jumped if alert.kind == "spoofing-area"] == ["a,b,c"]
    apart = [event for name in "abc" for event in device(name, position=Position(lat=10.0 + ord(name), lon=4.0))]
    assert "spoofing-area" not in {alert.kind for alert in judge(apart)}


def test_vehicles_side_by_side_and_one_seal_on_two_boxes_are_told() -> None:
    first = standing(range(20, 40), 20)
    second = [msgspec.structs.replace(each, id="x" + each.id[1:], device="dev-2") for each in first]
    other = journey(id="J2", devices=("dev-2",))
    assert "meeting" in {alert.kind for alert in judge([*first, *second], [journey(), other])}
    assert "seal-used-twice" not in {alert.kind for alert in judge([*first, *second], [journey(), other])}
    box = [msgspec.structs.replace(each, equipment="TCLU7654321") for each in second]
    assert "seal-used-twice" in {alert.kind for alert in judge([*first, *box])}
    alike = [msgspec.structs.replace(each, equipment="MSKUI234565") for each in second]
    assert "seal-used-twice" not in {alert.kind for alert in judge([*first, *alike])}


@pytest.mark.parametrize(("hours", "expected"), [(0, ["port-call-contradicted"]), (8.3, []), (200, [])])
def test_a_vessel_must_be_able_to_be_where_its_manifest_says(hours: float, expected: list[str]) -> None:
    call = PortCall(
        manifest="M1",
        vessel="dev-1",
        port=fence("PORT", 100, "port", 3_000),
        arrives=START + timedelta(hours=hours),
        tolerance_s=1_800,
    )
    alerts = judge_port_calls(ride(103), [call], as_of=DONE)
    assert [alert.kind for alert in alerts] == expected
    assert judge_port_calls([], [call], as_of=DONE) == ()


def test_an_installation_may_set_its_own_measures() -> None:
    shaken = changed(ride(), range(20, 21), shock_g=4.0)
    assert kinds(shaken, limits=Thresholds(shock_g=3.0)) == {"shock"}


def test_every_kind_says_something_to_an_officer() -> None:
    assert all(text.endswith(".") and severity in ("amber", "red") for severity, text in KINDS.values())


def in_leave(events: list[TrackingEvent]) -> dict[str, str]:
    """Kinds and colours of alerts on a journey with leave to remove a seal at its destination, from the second hour on."""
    leave = Authority(
        act="remove", officer="o-1", place="TO", since=START + timedelta(hours=1), until=START + timedelta(hours=9)
    )
    return {
        one.kind: one.severity for one in judge(events, [journey(authorities=(leave,), destination=fence("TO", 60))])
    }


def cut_unseen(first: int, last: int, act: int) -> list[TrackingEvent]:
    """A ride without a fix from one message to another, whose seal is cut at a third."""
    hidden = changed(ride(), range(first, last + 1), position=None, satellites=0, kind="status")
    return changed(hidden, range(act, 60), seal=SealReading(number="S1", lock="locked", strap="cut"))


def test_a_cut_without_a_fix_is_red_where_the_place_of_the_leave_is_out_of_reach() -> None:
    near, far = in_leave(cut_unseen(50, 57, 54)), in_leave(cut_unseen(20, 23, 22))
    assert ("opening-unproven", "amber") in near.items()
    assert "seal-tampered" not in near
    assert ("seal-tampered", "red") in far.items()
    assert "opening-unproven" not in far


def test_a_place_is_out_of_reach_by_the_fixes_before_and_after_and_not_by_a_disputed_one() -> None:
    """After the cut nothing has a fix: the last one before alone says where it cannot be; in dispute it says nothing."""
    events = cut_unseen(20, 59, 22)
    fixes = tuple(events[19:20])
    leave = Authority(
        act="remove", officer="o-1", place="TO", since=START + timedelta(hours=1), until=START + timedelta(hours=9)
    )
    plan = journey(authorities=(leave,), destination=fence("TO", 60))
    assert leave_for("parted", events[22], (), plan)[0] == "unproven"
    assert leave_for("parted", events[22], (), plan, fixes)[0] == "none"
    for doubt in ("in-dispute", "time-from-receipt"):
        doubtful = (msgspec.structs.replace(fixes[0], doubts=(doubt,)),)
        assert leave_for("parted", events[22], (), plan, doubtful)[0] == "unproven"
    late = msgspec.structs.replace(events[22], time=START + timedelta(hours=4), doubts=())
    assert leave_for("parted", late, (), plan, fixes)[0] == "unproven"  # by then it can have come there


def test_one_coarse_figure_on_every_fix_is_a_setting_and_a_change_is_told() -> None:
    def say(metres: float, numbers: range, satellites: int | None = 9) -> set[str]:
        return kinds(
            [
                msgspec.structs.replace(
                    one,
                    position=place(one.sequence or 0, accuracy_m=metres if one.sequence in numbers else None),
                    satellites=satellites,
                )
                for one in ride()
            ]
        )

    assert "accuracy-poor" not in say(900, range(60))
    assert "accuracy-poor" in say(900, range(20, 60))
    assert "accuracy-poor" in say(900, range(60), satellites=None)
    assert "accuracy-poor" in say(900, range(60), satellites=4)
    assert "accuracy-poor" in say(25_000, range(60))
