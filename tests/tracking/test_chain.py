# SPDX-License-Identifier: Apache-2.0
"""What chains say of a set of messages, whatever order they came in."""

from __future__ import annotations

import random
from datetime import timedelta

import msgspec
import pytest

from cocket.tracking import TrackingEvent
from cocket.tracking.adapters import Context, open_e_seal
from cocket.tracking.adapters.open_e_seal import Message
from cocket.tracking.adapters.open_e_seal_write import chained
from cocket.tracking.admission import admit
from cocket.tracking.chain import LAPSED, is_evidence, sift
from cocket.tracking.judge import judge
from cocket.tracking.thresholds import Thresholds
from tests.tracking.making import START, journey

COUNT = 20


def messages(**fields: object) -> list[Message]:
    return [
        Message(v=1, dev="dev-1", boot=1 + number // 10, seq=1 + number % 10, t=_at(number), pos=(0, number * 1000, 5), **fields)  # type: ignore[arg-type]
        for number in range(COUNT)
    ]  # fmt: skip


def _at(number: int) -> int:
    return int((START + timedelta(minutes=5 * number)).timestamp() * 1000)


def events(contents: list[bytes]) -> list[TrackingEvent]:
    found = []
    for content in contents:
        context = Context(received_at=START + timedelta(days=1), device="dev-1")
        found += open_e_seal.read(content, context)
    return found


HONEST = events(chained(messages(), "json"))
CONTENTS = chained(messages(), "json")


def other(number: int, prev: bytes | None, **fields: object) -> TrackingEvent:
    """Another message with the number of an honest one."""
    changed = msgspec.structs.replace(messages()[number], prev=prev, tmp=(4200,), **fields)
    return events(chained([changed], "json"))[0]


def prev_of(number: int) -> bytes | None:
    return bytes.fromhex(str(HONEST[number].attributes["previous"])) if number else None


def test_an_honest_chain_counts_whole_across_starts_and_with_holes() -> None:
    assert sift(HONEST).refused == frozenset()
    assert sift([event for number, event in enumerate(HONEST) if number % 3]).refused == frozenset()
    assert len(admit(HONEST, Thresholds()).events) == COUNT


def test_of_two_under_one_number_the_one_counts_that_the_next_names() -> None:
    copy = other(5, prev_of(5))
    sifted = sift([copy, *HONEST])
    assert sifted.refused == {copy.id}
    assert [found.kind for found in sifted.found] == ["sequence-conflict"]


def test_where_the_chain_does_not_say_neither_counts() -> None:
    copy = other(COUNT - 1, prev_of(COUNT - 1))
    assert sift([copy, *HONEST]).refused == {copy.id, HONEST[-1].id}


def test_a_message_that_names_another_than_the_one_before_it_is_refused() -> None:
    rolled_back = other(7, prev_of(3))
    without = [event for number, event in enumerate(HONEST) if number not in (6, 7, 8)]
    sifted = sift([rolled_back, *without])
    assert sifted.refused == {rolled_back.id}
    assert [found.kind for found in sifted.found] == ["chain-broken"]


def test_a_device_that_names_nothing_has_no_chain_to_break() -> None:
    loose = [event for content in [chained([one], "json")[0] for one in messages()] for event in events([content])]
    assert sift(loose).refused == frozenset()


@pytest.mark.parametrize(("lapsed", "counted"), [((4, 5, 6), COUNT), ((18, 19), COUNT - 2), ((0,), COUNT)])
def test_messages_under_an_ended_key_count_if_one_that_counts_names_them(lapsed: tuple[int, ...], counted: int) -> None:
    told = [
        msgspec.structs.replace(event, doubts=(LAPSED,)) if number in lapsed else event
        for number, event in enumerate(HONEST)
    ]
    sifted = sift(told)
    assert len(sifted.sound) == counted
    assert [found.kind for found in sifted.found] == (["message-unproven"] if counted < COUNT else [])


def test_a_forger_with_an_ended_key_is_not_vouched_for_by_itself() -> None:
    forged = [
        msgspec.structs.replace(one, doubts=(LAPSED,))
        for one in events(chained([msgspec.structs.replace(each, tmp=(1,)) for each in messages()[12:16]], "json"))
    ]
    holes = [event for number, event in enumerate(HONEST) if number not in range(12, 16)]
    assert sift([*holes, *forged]).refused >= {event.id for event in forged}


def test_the_order_in_which_messages_came_does_not_matter() -> None:
    evidence = TrackingEvent(
        id="e" * 32, protocol="open-e-seal", device="dev-1", received_at=START, doubts=("proof-wrong",)
    )
    assert is_evidence(evidence)
    lapsed = msgspec.structs.replace(HONEST[8], doubts=(LAPSED,))
    told = [*HONEST[:8], lapsed, *HONEST[9:], other(5, prev_of(5)), other(13, prev_of(2)), evidence, HONEST[3]]
    verdicts = set()
    shuffle = random.Random(1)
    for _ in range(200):
        shuffle.shuffle(told)
        admitted = admit(told, Thresholds())
        kinds = tuple(sorted((found.kind, *sorted(event.id for event in found.events)) for found in admitted.found))
        verdicts.add((tuple(event.id for event in admitted.events), tuple(one.id for one in admitted.refused), kinds))
    assert len(verdicts) == 1
    ((counted, refused, kinds),) = verdicts
    assert set(counted) == {event.id for event in HONEST}
    assert len(refused) == 2
    assert {kind for kind, *_ in kinds} == {"sequence-conflict"}


def test_forged_messages_are_told_of_the_journey_that_was_under_way() -> None:
    forged = [
        TrackingEvent(
            id=f"{day:032x}", protocol="open-e-seal", device="dev-1", received_at=START + timedelta(days=day, hours=1),
            doubts=("proof-wrong",), attributes={"claims": "dev-9"},
        )
        for day in (0, 1, 5)
    ]  # fmt: skip
    first = journey(discharged_at=START + timedelta(days=2))
    second = journey(id="J2", starts_at=START + timedelta(days=4))
    alerts = [one for one in judge(forged, [first, second]) if one.kind == "message-forged"]
    assert [(one.journey, one.measured["messages"]) for one in alerts] == [("J1", 2), ("J2", 1)]
    assert alerts[0].measured == {"messages": 2, "why": "proof-wrong", "claims": "dev-9"}
