# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any, get_args

import msgspec
import pytest

from cocket.tracking import SealReading, TrackingEvent
from cocket.tracking.alerts import KINDS
from cocket.tracking.journey import Authority, Handling, Journey
from cocket.tracking.judge import judge, judge_silent
from cocket.tracking.seals import LOST, TRANSITIONS, Leave, Sign, State, follow, signs_of, state_at, state_at_start
from cocket.tracking.thresholds import Thresholds
from tests.tracking.making import START, changed, journey, place, ride, told


@pytest.mark.parametrize("turn", TRANSITIONS, ids="/".join)
def test_every_transition_leads_to_a_state_and_tells_a_known_kind(turn: tuple[State, Sign, Leave]) -> None:
    after, kind = TRANSITIONS[turn]
    assert after in get_args(State)
    assert kind is None or kind in KINDS


def test_integrity_once_lost_comes_back_by_an_officer_alone() -> None:
    lost: tuple[State, ...] = ("breached", "tampered")
    no_leave: tuple[Leave, ...] = ("none", "unproven")
    for state, sign, leave in product(lost, get_args(Sign), no_leave):
        after = TRANSITIONS.get((state, sign, leave), (state, None))[0]
        assert after in ("breached", "tampered")
    assert TRANSITIONS["breached", "closed", "given"][0] == TRANSITIONS["tampered", "closed", "given"][0] == "sealed"


def test_what_is_parted_without_leave_is_always_told() -> None:
    for state in ("unsealed", "sealed", "open", "powerless", "faulty", "breached"):
        assert TRANSITIONS[state, "parted", "none"] == ("tampered", "seal-tampered")


def test_what_is_opened_or_parted_where_the_place_is_not_known_is_told_from_every_state_that_holds() -> None:
    for state in ("sealed", "powerless", "faulty"):
        for sign in ("opened", "parted", "swapped"):
            assert TRANSITIONS[state, sign, "unproven"][1] == "opening-unproven"


def test_power_that_comes_back_alone_seals_nothing() -> None:
    events = changed(ride(), range(20, 30), seal=None)
    events = changed(events, range(19, 20), alarms=("power-cut",))
    events = changed(events, range(25, 26), alarms=("power-restored",))
    assert state_at(tuple(events), journey(), events[29].received_at - timedelta(minutes=1)) == "powerless"
    assert state_at(tuple(events), journey(), events[-1].received_at) == "sealed"


def test_a_cut_is_told_as_the_first_sign_but_where_the_seal_is_yet_to_be_affixed() -> None:
    cut = SealReading(strap="cut", lock="locked")
    plan = journey(seals=())
    assert [turn.alert for turn in follow(tuple(changed(ride(), range(3, 60), seal=cut)), plan)][-1] == "seal-tampered"
    first = tuple(changed(ride()[3:], range(60), seal=cut))
    assert [turn.alert for turn in follow(first, plan)] == ["seal-tampered"]
    assert list(follow(tuple(changed(ride()[:1], range(1), seal=SealReading(strap="cut"))), plan)) == []
    assert list(follow(first, None)) == []


@pytest.mark.parametrize(
    ("seal", "alarms", "signs"),
    [
        (SealReading(lock="locked"), (), ("closed",)),
        (SealReading(lock="unlocked"), (), ("opened",)),
        (SealReading(lock="open", strap="cut"), (), ("opened", "parted")),
        (SealReading(lock="locked", strap="cut"), (), ("parted",)),
        (SealReading(condition="1"), (), ("closed",)),
        (SealReading(condition="2"), (), ("faulty",)),
        (SealReading(condition="3"), (), ("parted",)),
        (SealReading(condition="4"), (), ("parted",)),
        (SealReading(condition="5"), (), ("faulty",)),
        (SealReading(case="opened"), (), ("parted",)),
        (SealReading(number="S2", lock="locked"), (), ("swapped", "closed")),
        (SealReading(lock="locked"), ("power-cut",), ("closed", "power-lost")),
        (SealReading(), ("rope-cut",), ("parted",)),
        (None, ("power-cut",), ()),
        (None, (), ()),
    ],
)
def test_readings_and_alarms_are_signs(
    seal: SealReading | None, alarms: tuple[str, ...], signs: tuple[str, ...]
) -> None:
    event = told(1, seal=seal, alarms=alarms)
    assert signs_of(event, "S1") == signs


@pytest.mark.parametrize("state", get_args(State))
def test_a_journey_begins_with_its_seal_as_it_was_handed_over(state: State) -> None:
    events = tuple(ride())
    plan = journey(seal_states={"dev-1": state})
    assert state_at(events, plan, START - timedelta(hours=1)) == state
    held = "sealed" if state in ("sealed", "open", "powerless", "faulty") else state
    assert state_at(events, plan, events[-1].received_at) in (held, state)
    affix = Authority(act="affix", officer="o", place="FROM", since=START, until=START + timedelta(minutes=30))
    given = journey(seal_states={"dev-1": state}, authorities=(affix,))
    assert state_at(events, given, events[-1].received_at) in ("sealed", "faulty")


def test_what_was_handed_over_of_another_device_or_in_words_unknown_is_not_this_seal() -> None:
    assert state_at_start(journey(seal_states={"dev-2": "tampered"}), "dev-1") == "sealed"
    assert state_at_start(journey(seal_states={"dev-1": "splendid"}), "dev-1") == "sealed"
    assert state_at_start(journey(seals=()), "dev-1") == state_at_start(None, "dev-1") == "unsealed"


def test_a_seal_is_followed_from_open_to_closed() -> None:
    opened = SealReading(number="S1", lock="unlocked")
    events = tuple(changed(ride(), range(20, 25), seal=opened))
    turns = list(follow(events, journey()))
    assert [(turn.before, turn.after, turn.alert) for turn in turns] == [("sealed", "breached", "seal-opened")]
    assert state_at(events, journey(), START) == "sealed"
    assert state_at(events, journey(), events[-1].received_at) == "breached"


CUT, WHOLE = (SealReading(number="S1", lock="locked", strap=strap) for strap in ("cut", "intact"))
UNLOCKED = SealReading(number="S1", lock="unlocked", strap="intact")


def told_of(events: list[TrackingEvent], plan: Journey) -> list[tuple[str | None, int | None]]:
    """What is told of a seal, with the message that shows it."""
    return [(turn.alert, turn.event.sequence) for turn in follow(tuple(events), plan) if turn.alert]


def leave(act: str, first: int, last: int, **fields: Any) -> Authority:
    """Leave at the park from one message to another."""
    since, until = (START + timedelta(minutes=5 * number) for number in (first, last))
    return Authority(act=act, officer="o", place="PARK", since=since, until=until, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("lost", sorted(LOST))
@pytest.mark.parametrize(("sign", "kind"), [("opened", "seal-opened"), ("parted", "seal-tampered")])
def test_a_seal_without_integrity_is_told_of_again(lost: State, sign: Sign, kind: str) -> None:
    assert TRANSITIONS[lost, sign, "none"][1] == kind
    assert TRANSITIONS[lost, "swapped", "none"][1] == "seal-swapped"


def test_each_cut_and_each_opening_that_begins_anew_is_told() -> None:
    events = changed(changed(ride(), range(10, 13), seal=CUT), range(45, 48), seal=CUT)
    assert told_of(events, journey()) == [("seal-tampered", 10), ("seal-tampered", 45)]
    events = changed(events, range(50, 52), seal=UNLOCKED)
    assert told_of(events, journey())[2:] == [("seal-opened", 50)]
    again = changed(changed(ride(), range(10, 12), seal=UNLOCKED), range(40, 42), seal=UNLOCKED)
    assert told_of(again, journey()) == [("seal-opened", 10), ("seal-opened", 40)]
    many = [msgspec.structs.replace(one, seal=CUT) if (one.sequence or 0) % 2 else one for one in ride()]
    told = [one for one in judge(many, [journey()]) if one.kind == "seal-tampered"]
    assert (len(told), told[-1].measured["occasions"]) == (5, 26)


def test_what_is_shown_on_after_an_officer_closed_its_alert_is_told_again() -> None:
    events = changed(ride(), range(10, 60), seal=CUT)
    closed = Handling(device="dev-1", kind="seal-tampered", at=START + timedelta(minutes=5 * 20, seconds=30))
    assert told_of(events, journey(handlings=(closed,))) == [("seal-tampered", 10), ("seal-tampered", 21)]
    for other in ({"device": "dev-2"}, {"kind": "corridor-left"}):
        one = msgspec.structs.replace(closed, **other)
        assert told_of(events, journey(handlings=(one,))) == [("seal-tampered", 10)]
    # What was made before it was closed and came later is no new sign.
    late = [msgspec.structs.replace(one, received_at=START + timedelta(hours=3)) for one in events[:21]]
    assert told_of(late, journey(handlings=(closed,))) == [("seal-tampered", 10)]


def test_nothing_that_shows_itself_cut_becomes_sealed() -> None:
    """By leave to affix: neither by a message that shows the strap cut, nor by one that is silent of the strap after that."""
    affix, silent = leave("affix", 27, 36), SealReading(number="S1", lock="locked")

    def ends(events: list[TrackingEvent], *more: Authority) -> str:
        return state_at(tuple(events), journey(authorities=(affix, *more)), events[-1].received_at)

    at_park = [
        msgspec.structs.replace(one, position=place(30)) if (one.sequence or 0) in range(27, 37) else one
        for one in ride()
    ]
    cut = changed(at_park, range(10, 60), seal=CUT)
    opened = msgspec.structs.replace(CUT, lock="unlocked")
    assert ends(changed(cut, range(29, 30), seal=opened)) == "tampered"
    assert ends(changed(cut, range(29, 31), seal=None, alarms=("power-restored",))) == "tampered"
    assert ends(changed(changed(cut, range(29, 30), seal=opened), range(30, 60), seal=silent)) == "tampered"
    assert ends(changed(cut, range(29, 60), seal=WHOLE)) == "sealed"
    # Removed by leave, it is as little sealed by a message that shows it cut.
    removed = changed(at_park, range(30, 60), seal=CUT)
    assert ends(removed, leave("remove", 27, 36)) == "unsealed"
    assert ends(changed(removed, range(32, 60), seal=WHOLE), leave("remove", 27, 36)) == "sealed"
    # One that says nothing of its strap while it is whole is sealed again by its bolt, where it was removed by leave.
    terse = [msgspec.structs.replace(one, seal=silent) for one in at_park]
    assert ends(changed(terse, range(30, 31), seal=CUT), leave("remove", 27, 36)) == "sealed"
    assert ends(changed(terse, range(10, 11), seal=CUT)) == "tampered"


def test_another_seal_has_parts_of_its_own() -> None:
    at_park = [
        msgspec.structs.replace(one, position=place(30)) if (one.sequence or 0) in range(27, 37) else one
        for one in ride()
    ]
    cut = changed(at_park, range(10, 30), seal=CUT)
    fresh = changed(cut, range(30, 60), seal=SealReading(number="S2", lock="locked"))
    plan = journey(authorities=(leave("affix", 27, 36),))
    assert state_at(tuple(fresh), plan, fresh[-1].received_at) == "sealed"


@pytest.mark.parametrize("seals", [("S8", "S9"), ("S7", "S8", "S9")])
def test_a_first_number_that_is_none_of_the_plan_is_another_seal(seals: tuple[str, ...]) -> None:
    assert told_of(ride(), journey(seals=seals)) == [("seal-swapped", 0)]
    assert told_of(ride(), journey(seals=(*seals, "s-1"))) == []
    named = leave("affix", 27, 36, seal="S1")
    assert told_of(ride(), journey(seals=seals, authorities=(named,))) == [("seal-swapped", 0)]


def test_a_leave_covers_nothing_that_was_received_before_it_was_given() -> None:
    given_at = START + timedelta(minutes=5 * 30 + 2)
    for act, seal, kind in (("open", UNLOCKED, "seal-opened"), ("remove", CUT, "seal-tampered")):
        events = changed(ride(), range(30, 31 if act == "open" else 60), seal=seal)
        before = leave(act, 29, 32)
        assert told_of(events, journey(authorities=(before,))) == []
        after = leave(act, 29, 32, given_at=given_at)
        assert told_of(events, journey(authorities=(after,))) == [(kind, 30)]
        # What was made before and came after it, as from a store, is covered by its time alone.
        stored = [msgspec.structs.replace(one, received_at=given_at + timedelta(minutes=1)) for one in events[:31]]
        assert told_of(stored, journey(authorities=(after,))) == []
    door = changed(ride(), range(30, 31), door="open")
    for at, expected in ((START, set()), (given_at, {"door-opened"})):
        plan = journey(authorities=(leave("open", 29, 32, given_at=at),))
        assert {one.kind for one in judge(door, [plan])} == expected


def test_a_journey_taken_over_broken_begins_with_a_red_alert() -> None:
    def told(**fields: Any) -> list[tuple[str, str, dict[str, Any]]]:
        alerts = judge_silent("dev-1", [journey(**fields)], limits=Thresholds(), as_of=START).alerts
        return [(one.kind, one.severity, one.measured) for one in alerts]

    assert told() == told(seal_states={"dev-1": "open"}) == told(seal_states={"dev-2": "tampered"}) == []
    for state in sorted(LOST):
        assert told(seal_states={"dev-1": state}) == [("taken-over-red", "red", {"handed_over": state})]
    red = "corridor-left 2026-03-01 06:00Z"
    assert told(taken_over=(red,)) == [("taken-over-red", "red", {"open_alerts": red})]
    plan = journey(seal_states={"dev-1": "tampered"})
    silent, heard = (judge(events, [plan], as_of=START + timedelta(hours=5)) for events in ((), ride()))
    assert [one for one in heard if one.kind == "taken-over-red"] == [
        one for one in silent if one.kind == "taken-over-red"
    ]
