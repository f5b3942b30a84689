# SPDX-License-Identifier: Apache-2.0
"""What the clock alone tells: a device that never reports, a time limit that nobody kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cocket.tracking.alerts import settle
from cocket.tracking.chronicle import chronicle
from cocket.tracking.judge import judge
from tests.tracking.making import START, journey, ride, told

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("agreed", "minutes", "expected"),
    [(300.0, 29, []), (300.0, 31, ["silence"]), (600.0, 59, []), (600.0, 61, ["silence"]), (None, 119, []), (None, 121, ["silence"])],
)  # fmt: skip
def test_a_device_that_never_reports_is_silent_once_it_ought_to_have(
    agreed: float | None, minutes: int, expected: list[str]
) -> None:
    alerts = judge([], [journey(report_every_s=agreed)], as_of=START + timedelta(minutes=minutes))
    assert [alert.kind for alert in alerts] == expected


def test_such_a_silence_says_the_moment_of_the_clock_on_which_it_rests() -> None:
    at = START + 3 * HOUR
    (alert,) = judge([], [journey()], as_of=at)
    assert (alert.since, alert.until, alert.events, alert.as_of) == (START, START, (), at)
    assert alert.measured == {"seconds": 3 * 3600.0, "likely": "never-reported"}
    assert judge([], [journey()], as_of=at) == (alert,)
    (notice,) = settle((), (alert,), at)
    assert notice.what == "raised", "it is as new as the moment for which it was judged"


def test_without_a_clock_nothing_is_told_of_devices_that_told_nothing() -> None:
    assert judge([], [journey()]) == ()


def test_a_silence_goes_on_under_its_name_when_the_device_begins_late_and_is_withdrawn_when_messages_fill_it() -> None:
    (never,) = judge([], [journey()], as_of=START + 3 * HOUR)
    begun = [event for event in ride() if (event.sequence or 0) >= 40]
    (late,) = [alert for alert in judge(begun, [journey()]) if alert.kind == "silence"]
    assert late.id == never.id
    assert (late.measured["likely"], late.as_of) == ("not-begun", None)
    assert judge(ride(), [journey()]) == ()


def test_a_journey_that_another_device_follows_too_is_silent_for_the_one_alone() -> None:
    alerts = judge(ride(), [journey(devices=("dev-1", "dev-2"))])
    assert {(alert.kind, alert.subject) for alert in alerts} == {("silence", "dev-2")}


def test_a_time_limit_passes_without_any_message_and_keeps_its_name_as_messages_come() -> None:
    plan = journey(time_limit=START + HOUR)
    without = {alert.kind: alert for alert in judge([], [plan], as_of=START + 2 * HOUR)}
    assert set(without) == {"silence", "time-limit-exceeded"}
    assert without["time-limit-exceeded"].since == START + HOUR
    names = {
        alert.id
        for count in (20, 30, 40)
        for alert in judge(ride(count), [plan])
        if alert.kind == "time-limit-exceeded"
    }
    assert names == {without["time-limit-exceeded"].id}


def test_a_journey_that_was_discharged_in_time_grows_neither_silent_nor_late() -> None:
    plan = journey(time_limit=START + 4 * HOUR, discharged_at=START + timedelta(minutes=20))
    assert judge([], [plan], as_of=START + timedelta(days=3)) == ()


def test_messages_that_came_and_do_not_count_are_no_silence() -> None:
    early = told(1, time=START + 9 * HOUR, received_at=START + timedelta(minutes=5))
    assert {alert.kind for alert in judge([early], [journey()], as_of=START + 3 * HOUR)} == {"time-future"}


def test_the_same_ticks_of_the_clock_tell_the_same_again() -> None:
    late = list(ride(60))
    dumped = [told(n, late=3 * 3600) for n in range(20)] + late[20:]
    first = list(chronicle(dumped, [journey()], ticks=[START + timedelta(minutes=40)]))
    (raised, *_, withdrawn) = [notice for notice in first if notice.alert.kind == "silence"]
    assert (raised.what, raised.at, raised.alert.as_of) == ("raised", START + timedelta(minutes=40), raised.at)
    assert withdrawn.what == "withdrawn"
    assert "messages from that time arrived later" in withdrawn.why
    ticks = sorted({notice.alert.as_of for notice in first if notice.alert.as_of})
    assert list(chronicle(dumped, [journey()], ticks=ticks)) == first
    assert not any(notice.at == raised.at for notice in chronicle(dumped, [journey()]))
