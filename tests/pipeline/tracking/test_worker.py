# SPDX-License-Identifier: Apache-2.0
"""The tracker: from rows of the door to alerts that stand, whatever way the messages came and however often it is killed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cocket.ledger.tree import leaf_hashes, merkle_root
from cocket.pipeline.tracking.views import AlertFilter
from cocket.pipeline.tracking.worker import Tracker
from cocket.stores.tracking.device_batches import row_hash
from cocket.tracking.adapters.open_e_seal import SealPart
from tests.pipeline.tracking.tracked import SUPERVISOR, Tracked, tracked


@pytest.fixture
def lorry(tmp_path: Path) -> Iterator[Tracked]:
    found = tracked(tmp_path / "home")
    yield found
    found.close()


def kinds(lorry: Tracked, state: str = "all") -> list[str]:
    return sorted(one.kind for one in lorry.house.tracking.alerts.alerts(SUPERVISOR, AlertFilter(state=state)).alerts)  # type: ignore[arg-type]


def test_a_journey_that_goes_as_it_was_laid_down_gives_no_alert_and_arrives(lorry: Tracked) -> None:
    journey = lorry.activate()
    lorry.hear(range(63), spd=1850)
    view = lorry.house.tracking.journeys.journey(SUPERVISOR, journey.id)
    assert kinds(lorry) == []
    assert (view.line.state, view.all_fixes, view.line.share) == ("arrived", 63, 1.0)
    assert view.arrived_at == lorry.at(60)
    assert view.fixes[10].along_m == pytest.approx(55_600, rel=0.01)
    assert {strip.kind for strip in view.strips} == {"speed_m_s", "battery_percent"}


def test_a_seal_opened_on_the_way_is_told_holds_the_guarantee_and_stays_after_it_is_shut(lorry: Tracked) -> None:
    journey = lorry.activate()
    lorry.hear(range(20))
    lorry.hear(range(20, 22), seal=SealPart(n="S1", lock=0, strap=1, case=1))
    lorry.hear(range(22, 25))
    (alert,) = lorry.house.tracking.alerts.alerts(SUPERVISOR).alerts
    assert (alert.kind, alert.severity, alert.state, alert.told) == ("seal-opened", "red", "open", "raised")
    view = lorry.house.tracking.journeys.journey(SUPERVISOR, journey.id)
    assert (view.line.guarantee, view.line.seal, view.line.red) == ("held", "breached", 1)
    assert [(step.sign, step.after) for step in view.seal_steps] == [("opened", "breached")]
    sealed = [json.loads(body) for body in lorry.built.bodies("guarantee")]
    assert [(one["what"], one["amount"]) for one in sealed] == [("held", "12500")]
    assert [json.loads(body)["after"] for body in lorry.built.bodies("seal-event")] == ["breached"]


def test_one_opening_is_one_alert_with_its_signs_and_two_openings_are_two(lorry: Tracked) -> None:
    journey = lorry.activate()
    lorry.hear(range(20), door=0)
    lorry.hear(range(20, 22), seal=SealPart(n="S1", lock=0, strap=1, case=1), door=1, lux=900)
    lorry.hear(range(22, 40), door=0)
    queue = lorry.house.tracking.alerts.alerts(SUPERVISOR)
    (alert,) = queue.alerts
    assert (alert.kind, queue.total, queue.counts) == ("seal-opened", 1, {"open": 1})
    assert sorted(one.kind for one in alert.signs) == ["door-opened", "light-inside"]
    assert lorry.house.tracking.journeys.journey(SUPERVISOR, journey.id).line.red == 1
    only = lorry.house.tracking.alerts.alerts(SUPERVISOR, AlertFilter(kind="door-opened"))
    assert [one.kind for one in only.alerts] == ["door-opened"]
    lorry.hear(range(40, 42), door=1)
    assert kinds(lorry, "to-do") == ["door-opened", "seal-opened"]
    lorry.house.tracking.alerts.acknowledge(SUPERVISOR, alert.id, "seen")
    lorry.house.tracking.alerts.close_alert(SUPERVISOR, alert.id, "confirmed", "the load was counted")
    assert kinds(lorry, "to-do") == ["door-opened"]  # the later opening, which nobody has dealt with
    handled = [json.loads(body) for body in lorry.built.bodies("alert-act")]
    assert {(one["kind"], one["what"]) for one in handled} == {
        (kind, what) for kind in ("seal-opened", "door-opened", "light-inside") for what in ("acknowledged", "closed")
    }


def test_silence_is_withdrawn_by_the_late_dump_and_what_it_tells_is_raised_late(lorry: Tracked) -> None:
    lorry.activate()
    lorry.hear(range(10))
    lorry.work(lorry.at(9) + timedelta(hours=1))
    assert kinds(lorry, "to-do") == ["silence"]
    dump = [lorry.told(number) for number in range(10, 15)]
    dump += [lorry.told(number, seal=SealPart(n="S1", lock=0, strap=1)) for number in range(15, 18)]
    dump += [lorry.told(number) for number in range(18, 40)]
    lorry.keep(dump[::-1], [lorry.at(40)] * len(dump))
    lorry.work(lorry.at(40) + timedelta(seconds=1))
    assert kinds(lorry, "to-do") == ["seal-opened"]
    assert kinds(lorry, "withdrawn") == ["silence"]
    opened = lorry.house.tracking.alerts.alerts(SUPERVISOR).alerts[0]
    assert (opened.told, opened.since) == ("raised-late", lorry.at(15))
    assert [act.what for act in opened.acts] == ["raised-late"]


def test_the_order_in_which_messages_come_does_not_matter(tmp_path: Path) -> None:
    found = []
    for number, order in enumerate((1, -1)):
        lorry = tracked(tmp_path / f"home-{number}")
        lorry.start = lorry.start.replace(minute=0, second=0)
        lorry.activate()
        told = [lorry.told(n) for n in range(20)]
        told += [lorry.told(n, seal=SealPart(n="S1", lock=0)) for n in range(20, 23)] + [
            lorry.told(n) for n in range(23, 40)
        ]
        received = [lorry.at(41)] * 40
        for payload, at in list(zip(told, received, strict=True))[::order]:
            lorry.keep([payload, payload], [at, at])
        lorry.work(lorry.at(42))
        alerts = lorry.house.tracking.alerts.alerts(SUPERVISOR).alerts
        found.append({(one.kind, one.events, one.since, one.confidence) for one in alerts})
        lorry.close()
    assert found[0] == found[1]
    assert {kind for kind, *_ in found[0]} == {"seal-opened"}


def test_another_tracker_goes_on_where_one_was_killed_and_doubles_nothing(lorry: Tracked) -> None:
    lorry.activate()
    lorry.hear(range(10))
    lorry.keep([lorry.told(n, seal=SealPart(n="S1", lock=0)) for n in range(10, 12)], [lorry.at(n) for n in (10, 11)])
    lorry.tracker._take_in(lorry.at(11))  # taken in, and killed before it was judged
    lorry.tracker = Tracker(lorry.built.stores, is_eager=True)
    lorry.tracker.open()
    lorry.work(lorry.at(12))
    lorry.tracker = Tracker(lorry.built.stores, is_eager=True)
    lorry.tracker.open()
    lorry.work(lorry.at(12))
    assert kinds(lorry) == ["seal-opened"]
    assert len(lorry.built.bodies("track-alert")) == 1


def test_a_message_that_claims_another_device_is_not_heeded_and_counted(lorry: Tracked) -> None:
    lorry.activate()
    lorry.hear(range(5))
    foreign = lorry.told(5, seal=SealPart(n="S1", lock=0))
    lorry.keep([foreign, b"no message at all"], [lorry.at(5), lorry.at(5)], device="dev-2")
    lorry.work(lorry.at(6))
    assert kinds(lorry) == []
    with lorry.built.stores.database.transaction() as connection:
        row = connection.execute("select refused from device_standing where device = 'dev-2'").fetchone()
    assert row == (2,)


def test_what_two_devices_show_together_is_told_and_outlasts_the_journey_of_one(lorry: Tracked) -> None:
    first = lorry.activate()
    other = lorry.activate(
        reference="26XX000000000002T1", devices=("dev-2",), seals=("S2",), equipment=("MSKU1234565",)
    )
    lorry.hear(range(10))
    stolen = [lorry.told(n, dev="dev-2", eq="CSQU3054383", seal=SealPart(n="S1", lock=1, strap=1)) for n in range(10)]
    lorry.keep(stolen, [lorry.at(n) for n in range(10)], device="dev-2")
    lorry.work(lorry.at(10))
    queue = lorry.house.tracking.alerts.alerts(SUPERVISOR, AlertFilter(kind="seal-used-twice")).alerts
    assert [alert.subject for alert in queue] == ["dev-1,dev-2"]
    assert "seal-used-twice" in {one.kind for one in lorry.house.tracking.journeys.journey(SUPERVISOR, first.id).alerts}
    assert lorry.house.tracking.journeys.journey(SUPERVISOR, first.id).line.guarantee == "held"
    for alert in lorry.house.tracking.alerts.alerts(SUPERVISOR, AlertFilter(limit=100)).alerts:
        if alert.journey in (other.id, None):
            lorry.house.tracking.alerts.close_alert(SUPERVISOR, alert.id, "confirmed", "seen")
    lorry.house.tracking.journeys.discharge_journey(
        SUPERVISOR, other.id, "another number was reported", is_irregular=True
    )
    lorry.hear(range(10, 12))
    assert "seal-used-twice" in kinds(lorry, "closed")
    assert "seal-used-twice" not in kinds(lorry, "withdrawn")


def test_rows_of_the_door_are_sealed_by_their_root(lorry: Tracked) -> None:
    for number in range(3):
        lorry.keep([lorry.told(number)], [lorry.at(number)])
    lorry.tracker._sealed_at = -1e9  # as if the last root was sealed long ago
    lorry.work(lorry.at(3))
    (body,) = [json.loads(one) for one in lorry.built.bodies("device-batches")]
    with lorry.built.stores.database.transaction() as connection:
        rows = connection.execute("select content from device_batch order by id").fetchall()
    root = merkle_root(leaf_hashes([row_hash(row[0]) for row in rows]))
    assert body == {"first": 1, "last": 3, "root": root.hex()}
