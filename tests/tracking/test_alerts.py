# SPDX-License-Identifier: Apache-2.0
"""What is told of alerts as more becomes known."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from cocket.tracking import SealReading
from cocket.tracking.alerts import settle
from cocket.tracking.chronicle import chronicle
from cocket.tracking.judge import judge
from tests.tracking.making import changed, journey, ride


def test_an_alert_is_raised_at_once_and_not_again() -> None:
    events = changed(ride(), range(20, 22), door="open")
    notices = list(chronicle(events, [journey()]))
    assert [notice.what for notice in notices] == ["raised", "changed"]
    assert notices[0].at == events[20].received_at


def test_a_seal_opened_in_a_dead_zone_is_raised_late_with_the_first_dump() -> None:
    opened = changed(ride(), range(24, 26), seal=SealReading(number="S1", lock="unlocked"))
    back = opened[40].received_at
    dumped = [
        msgspec.structs.replace(event, received_at=back) if event.sequence in range(20, 40) else event
        for event in opened
    ]
    told = [(notice.what, notice.alert.kind) for notice in chronicle(dumped, [journey()])]
    assert ("raised-late", "seal-opened") in told
    assert told.index(("raised-late", "seal-opened")) <= 3
    silence = [what for what, kind in told if kind == "silence"]
    assert silence == [], "a hole that is only judged at its end is filled by then"


def test_a_silence_is_withdrawn_when_late_messages_fill_it() -> None:
    events = ride()
    late = [event for event in events if event.sequence in range(20, 30)]
    first = judge([event for event in events if event not in late], [journey()])
    assert [alert.kind for alert in first] == ["silence"]
    after = judge(events, [journey()])
    (notice,) = settle(first, after, events[-1].received_at)
    assert (notice.what, notice.alert.kind) == ("withdrawn", "silence")


def test_an_alert_that_begins_earlier_than_thought_is_changed_not_new() -> None:
    events = changed(ride(), range(20, 23), door="open")
    first = judge([event for event in events if event.sequence != 20], [journey()])
    after = judge(events, [journey()])
    assert first[0].id != after[0].id
    (notice,) = settle(first, after, events[-1].received_at + timedelta(days=1))
    assert (notice.what, notice.alert.sequences) == ("changed", (20, 21, 22))


def test_what_was_told_before_is_not_told_again() -> None:
    alerts = judge(changed(ride(), range(20, 22), door="open"), [journey()])
    assert settle(alerts, alerts, alerts[0].until) == ()
