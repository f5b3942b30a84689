# SPDX-License-Identifier: Apache-2.0
"""The tracker's clock: it tells of devices that never report and of limits that pass, and the book says when it did."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from cocket.pipeline.tracking.alert_effects import SealedAlert
from cocket.pipeline.tracking.journey_state import plan_of
from cocket.pipeline.tracking.views import AlertFilter
from cocket.pipeline.tracking.worker import Tracker
from cocket.stores.tracking.device_events import DeviceEvents
from cocket.stores.tracking.journeys import Journeys
from cocket.tracking.chronicle import chronicle
from tests.pipeline.tracking.tracked import SUPERVISOR, Tracked, tracked


@pytest.fixture
def lorry(tmp_path: Path) -> Iterator[Tracked]:
    found = tracked(tmp_path / "home")
    yield found
    found.close()


def told(lorry: Tracked, state: str = "to-do") -> list[str]:
    return sorted(one.kind for one in lorry.house.tracking.alerts.alerts(SUPERVISOR, AlertFilter(state=state)).alerts)  # type: ignore[arg-type]


def test_a_device_that_never_reports_is_told_of_and_its_late_messages_withdraw_it_with_a_reason(lorry: Tracked) -> None:
    lorry.activate()
    lorry.work(lorry.at(3))
    assert told(lorry) == []
    lorry.work(lorry.at(12))
    (alert,) = lorry.house.tracking.alerts.alerts(SUPERVISOR).alerts
    assert (alert.kind, alert.told, alert.subject, alert.measured["likely"]) == (
        "silence", "raised", "dev-1", "never-reported"
    )  # fmt: skip
    lorry.keep([lorry.told(n) for n in range(13)], [lorry.at(13)] * 13)
    lorry.work(lorry.at(13) + timedelta(seconds=1))
    assert (told(lorry), told(lorry, "withdrawn")) == ([], ["silence"])
    withdrawn = lorry.house.tracking.alerts.alert(SUPERVISOR, alert.id).acts[-1]
    assert withdrawn.what == "withdrawn"
    assert withdrawn.note.startswith("13 messages from that time arrived later")


def test_a_time_limit_passes_without_any_message(lorry: Tracked) -> None:
    journey = lorry.activate(time_limit=lorry.at(10))
    lorry.work(lorry.at(11))
    assert told(lorry) == ["silence", "time-limit-exceeded"]
    assert {one.journey for one in lorry.house.tracking.alerts.alerts(SUPERVISOR).alerts} == {journey.id}
    lorry.hear(range(11, 14))
    assert told(lorry, "all").count("time-limit-exceeded") == 1


def test_what_the_clock_told_is_told_again_from_what_is_sealed(lorry: Tracked) -> None:
    lorry.activate(time_limit=lorry.at(20))
    for number in (3, 9, 15, 22):
        lorry.work(lorry.at(number))
    lorry.keep([lorry.told(n) for n in range(23)], [lorry.at(23)] * 23)
    lorry.work(lorry.at(23) + timedelta(seconds=1))
    sealed = [msgspec.json.decode(body, type=SealedAlert) for body in lorry.built.bodies("track-alert")]
    assert {one.alert.kind for one in sealed} == {"silence", "time-limit-exceeded"}
    with lorry.built.stores.database.transaction() as connection:
        events, _ = DeviceEvents().events(connection, "dev-1", None)
        (stored,) = Journeys().under_way(connection, ["dev-1"]).values()
    ticks = [one.alert.as_of for one in sealed if one.alert.as_of]
    again = chronicle(events, [plan_of(stored)], ticks=ticks)
    pairs = {(one.what, one.alert.kind, one.alert.id) for one in again if one.what != "changed"}
    assert pairs == {(one.what, one.alert.kind, one.alert.id) for one in sealed if one.what != "changed"}


def test_a_tracker_that_has_rows_to_read_takes_nobody_for_silent(
    lorry: Tracked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cocket.pipeline.tracking.worker.MOST_ROWS", 1)
    now = datetime.now(UTC)
    lorry.start = now - timedelta(minutes=61)
    lorry.activate(starts_at=lorry.at(0))
    for number in range(12):
        lorry.keep([lorry.told(number)], [lorry.at(number)])
    with lorry.built.stores.database.transaction() as connection:
        connection.execute("update device_batch set stored = %s + id * interval '5 minutes'", (lorry.at(-1),))
    lorry.tracker = Tracker(lorry.built.stores, is_eager=True)
    lorry.tracker.open()
    lorry.work(now)
    assert told(lorry, "all") == [], "each row was judged for the time at which it was kept"
