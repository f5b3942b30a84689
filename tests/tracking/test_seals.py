# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import get_args

import pytest

from cocket.tracking import SealReading
from cocket.tracking.alerts import KINDS
from cocket.tracking.journey import Authority
from cocket.tracking.seals import TRANSITIONS, Leave, Sign, State, follow, signs_of, state_at, state_at_start
from tests.tracking.making import START, changed, journey, ride, told


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
    assert next(iter(follow(first, None))).alert is None


@pytest.mark.parametrize(
    ("seal", "alarms", "signs"),
    [
        (SealReading(lock="locked"), (), ("closed",)),
        (SealReading(lock="unlocked"), (), ("opened",)),
        (SealReading(lock="open", strap="cut"), (), ("opened", "parted")),
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
