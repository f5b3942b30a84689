# SPDX-License-Identifier: Apache-2.0
"""Journeys, alerts, devices and places in a real house: who may do what, what is sealed, and what follows for the goods."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import UUID

import msgspec
import pytest

from cocket.errors import PolicyError, SenderError
from cocket.governance import Principal
from cocket.pipeline import ConsignmentView, NewResult, NotFoundError, QueueFilter
from cocket.pipeline.operations.erasure import Erasure
from cocket.pipeline.tracking.guarantees import NewGuarantee
from cocket.pipeline.tracking.views import AlertFilter, Corridor
from cocket.stores.tracking.journeys import JOURNEYS
from cocket.tracking.adapters.open_e_seal import SealPart
from cocket.tracking.geometry import Fence
from cocket.tracking.journey import Authority, Detour
from tests.houses import envelope, officer, trader
from tests.messages import declaration
from tests.pipeline.tracking.tracked import STEP, STEP_DEG, SUPERVISOR, Tracked, fence, tracked

OFFICER, ANALYST, AUDITOR = officer(), officer("analyst"), officer("auditor")


@pytest.fixture
def lorry(tmp_path: Path) -> Iterator[Tracked]:
    found = tracked(tmp_path / "home", red_per_day=0, yellow_per_day=0, random_share=0.0)
    yield found
    found.close()


def lodged(lorry: Tracked) -> tuple[ConsignmentView, str]:
    """A consignment that nothing selects, and a reference by which a journey may know it."""
    lorry.house.intake.messages.take_many([envelope(declaration("R1"))], principal=trader("ACME"))
    lorry.built.desk()
    (line,) = lorry.house.queries.records.queue(OFFICER, QueueFilter(state="all")).lines
    with lorry.built.stores.database.transaction() as connection:
        rows = connection.execute(
            "select value from consignment_key where consignment = %s and kind in ('MRN', 'BL', 'UCR') order by kind",
            (UUID(line.id),),
        ).fetchall()
    return line, rows[0][0]


def opened(lorry: Tracked) -> None:
    """The lorry's seal is opened on the way, without leave."""
    lorry.hear(range(10))
    lorry.hear(range(10, 12), seal=SealPart(n="S1", lock=0))


def shown(lorry: Tracked) -> ConsignmentView:
    lorry.built.desk()
    (line,) = lorry.house.queries.records.queue(OFFICER, QueueFilter(state="all")).lines
    return line


def codes(error: SenderError) -> list[str]:
    return [finding.code for finding in error.findings]


def test_a_red_alert_orders_an_examination_at_destination_and_is_a_reason_of_the_assessment(lorry: Tracked) -> None:
    before, reference = lodged(lorry)
    assert before.order is None
    lorry.activate(reference=reference)
    opened(lorry)
    line = shown(lorry)
    assert line.advice is not None and line.order is not None
    assert (line.advice.lane, line.order.lane, line.order.status) == ("red", "red", "open")
    assert line.advice.reasons[0].code == "alert-on-the-way"
    assert "opened without an officer's permission" in line.advice.reasons[0].arguments["alerts"]
    assert line.order.look_for[0].code == "seal"
    ordered = [json.loads(body) for body in lorry.built.bodies("examination-order")]
    assert {(order["office"], order["consignment"]) for order in ordered} == {("TO", before.id)}
    assert any("opened without" in order["says"] for order in ordered)
    timeline = lorry.house.queries.records.dossier(OFFICER, before.id).timeline
    assert {"journey", "track-alert", "examination-order", "guarantee", "seal-event"} <= {one.code for one in timeline}


def test_the_order_is_carried_out_by_officers_at_destination(lorry: Tracked) -> None:
    line, reference = lodged(lorry)
    at_destination, elsewhere = officer("officer", "TO"), officer("officer", "ELSEWHERE")
    assert lorry.house.queries.records.queue(at_destination, QueueFilter(state="all")).lines == ()
    lorry.activate(reference=reference)
    opened(lorry)
    order = shown(lorry).order
    assert order is not None
    assert [one.id for one in lorry.house.queries.records.queue(at_destination, QueueFilter()).lines] == [line.id]
    assert lorry.house.queries.records.dossier(at_destination, line.id).summary.id == line.id
    with pytest.raises(NotFoundError):
        lorry.house.queries.records.dossier(elsewhere, line.id)
    with pytest.raises(NotFoundError):
        lorry.house.control.officer_acts.record_result(elsewhere, order.id, NewResult(depth="full", found=False))
    assert (
        lorry.house.control.officer_acts.record_result(
            at_destination, order.id, NewResult(depth="full", found=False)
        ).depth
        == "full"
    )


def test_a_red_alert_opens_an_order_again_that_was_released(lorry: Tracked) -> None:
    line, reference = lodged(lorry)
    lorry.house.control.officer_acts.override(OFFICER, line.id, "yellow", "a look at the papers")
    order = shown(lorry).order
    assert order is not None
    lorry.house.control.officer_acts.release(OFFICER, order.id, "papers in order")
    lorry.activate(reference=reference)
    opened(lorry)
    again = shown(lorry).order
    assert again is not None
    assert (again.id, again.lane, again.status) == (order.id, "red", "open")


def test_a_declaration_that_comes_after_the_alert_is_given_it(lorry: Tracked) -> None:
    lorry.activate(reference="KESTBET00000000")
    opened(lorry)
    (alert,) = lorry.house.tracking.alerts.alerts(OFFICER).alerts
    assert (alert.consignment, alert.ordered) == (None, False)
    line, reference = lodged(lorry)
    with lorry.built.stores.database.transaction() as connection:
        connection.row_macs.change(connection, JOURNEYS, ("true", ()), {"reference": reference})
    lorry.hear(range(12, 14))
    (alert,) = lorry.house.tracking.alerts.alerts(OFFICER, AlertFilter(kind="seal-opened")).alerts
    assert (alert.consignment, alert.ordered) == (line.id, True)
    assert shown(lorry).order is not None


def test_containers_and_seals_come_from_the_papers_and_are_held_against_them(lorry: Tracked) -> None:
    _, reference = lodged(lorry)
    journey = lorry.activate(reference=reference, equipment=None, seals=None)
    plan = lorry.house.tracking.journeys.journey(SUPERVISOR, journey.id).plan
    assert plan.equipment
    lorry.hear(range(3))
    kinds = {one.kind for one in lorry.house.tracking.alerts.alerts(OFFICER, AlertFilter(state="all")).alerts}
    assert "equipment-undeclared" in kinds


def test_an_alert_is_acknowledged_assigned_answered_and_closed_each_act_sealed(lorry: Tracked) -> None:
    journey = lorry.activate()
    opened(lorry)
    house = lorry.house
    (alert,) = house.tracking.alerts.alerts(OFFICER).alerts
    assert house.tracking.alerts.acknowledge(OFFICER, alert.id).state == "acknowledged"
    assert house.tracking.alerts.assign(OFFICER, alert.id, OFFICER.id, "on duty").assigned_to == OFFICER.id
    assert house.tracking.alerts.dispatch_unit(ANALYST, alert.id, "Unit 7").unit == "Unit 7"
    with pytest.raises(SenderError, match="guarantee is held"):
        house.tracking.journeys.discharge_journey(SUPERVISOR, journey.id, "")
    with pytest.raises(PolicyError):
        house.tracking.alerts.close_alert(OFFICER, alert.id, "explained", " ")
    closed = house.tracking.alerts.close_alert(OFFICER, alert.id, "explained", "Opened by the border police.")
    assert (closed.state, closed.reason) == ("closed", "explained")
    assert [act.what for act in closed.acts] == ["raised", "acknowledged", "assigned", "dispatched", "closed"]
    assert [json.loads(body)["what"] for body in lorry.built.bodies("alert-act")] == [
        "acknowledged", "assigned", "dispatched", "closed",
    ]  # fmt: skip
    assert house.tracking.journeys.journey(SUPERVISOR, journey.id).line.guarantee == "held"
    with pytest.raises(SenderError, match="closed"):
        house.tracking.alerts.acknowledge(OFFICER, alert.id)
    with pytest.raises(SenderError, match="seal is not whole"):
        house.tracking.journeys.discharge_journey(SUPERVISOR, journey.id, "Seals replaced.")
    with pytest.raises(SenderError, match="reason"):
        house.tracking.journeys.discharge_journey(SUPERVISOR, journey.id, " ", is_irregular=True)
    line = house.tracking.journeys.discharge_journey(SUPERVISOR, journey.id, "Goods counted.", is_irregular=True)
    assert (line.state, line.guarantee) == ("discharged", "released")
    ended = json.loads(lorry.built.bodies("journey")[-1])
    assert (ended["what"], ended["note"], ended["irregularity"]) == ("discharged", "Goods counted.", "breached")
    assert "irregularity" not in json.loads(lorry.built.bodies("journey")[0])
    assert [json.loads(body)["why"] for body in lorry.built.bodies("guarantee")] == [
        "red alert seal-opened", "discharged with irregularity: seal breached",
    ]  # fmt: skip
    assert house.tracking.alerts.alerts(OFFICER).total == 0
    assert house.tracking.alerts.alerts(OFFICER, AlertFilter(state="closed")).counts == {"closed": 1}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"departure": "NOWHERE"}, "journey-place"),
        ({"destination": "PARK"}, "journey-office"),
        ({"devices": ("dev-9",)}, "journey-device"),
        ({"devices": ()}, "journey-device"),
        ({"corridor": "WEST"}, "journey-corridor"),
        ({"time_limit": datetime(2020, 1, 1, tzinfo=UTC)}, "journey-limit"),
        ({"guarantee_amount": Decimal(-1)}, "journey-guarantee"),
        ({"guarantee_currency": None}, "journey-guarantee"),
        ({"guarantee_amount": Decimal("0.001")}, "journey-guarantee"),
        ({"guarantee_amount": Decimal("12.5"), "guarantee_currency": "JPY"}, "journey-guarantee"),
        ({"reference": " "}, "journey-reference"),
        ({"temperature_c": (5.0, -5.0)}, "journey-temperature"),
    ],
)
def test_a_plan_that_does_not_hold_is_refused_and_says_where(lorry: Tracked, change: dict[str, Any], code: str) -> None:
    with pytest.raises(SenderError) as refused:
        lorry.activate(**change)
    assert codes(refused.value) == [code]


def test_a_device_follows_one_journey_at_a_time(lorry: Tracked) -> None:
    lorry.activate()
    with pytest.raises(SenderError) as refused:
        lorry.activate()
    assert codes(refused.value) == ["journey-device"]


def test_of_journeys_begun_at_once_with_one_device_one_begins(lorry: Tracked) -> None:
    lorry.house.tracking.guarantees.register_guarantee(
        SUPERVISOR,
        NewGuarantee(
            reference="26XX1234567890AB1",
            type="comprehensive",
            holder="ACME",
            guarantor="BANK",
            reference_amount=Decimal(1_000_000),
            currency="EUR",
        ),
    )
    ready = Barrier(5)

    def begin(number: int) -> list[str]:
        devices = ("dev-1", "dev-2") if number % 2 else ("dev-2", "dev-1")
        ready.wait()
        try:
            lorry.activate(reference=f"26XX00000000000{number}T1", devices=devices, guarantee="26XX1234567890AB1")
        except SenderError as error:
            return codes(error)
        return []

    with ThreadPoolExecutor(5) as pool:
        found = sorted(pool.map(begin, range(5)))
    assert found == [[], *[["journey-device", "journey-device"]] * 4]
    assert len(lorry.house.tracking.journeys.journeys(SUPERVISOR).lines) == 1
    assert lorry.house.tracking.guarantees.guarantee(SUPERVISOR, "26XX1234567890AB1").left == 987_500


def test_a_device_on_a_journey_begun_earlier_than_one_that_arrived_is_not_free(lorry: Tracked) -> None:
    lorry.activate()
    lorry.hear(range(63))
    assert [one.state for one in lorry.house.tracking.journeys.journeys(SUPERVISOR, "all").lines] == ["arrived"]
    lorry.activate(reference="26XX000000000002T1", starts_at=lorry.start - timedelta(days=1))
    with pytest.raises(SenderError) as refused:
        lorry.activate(reference="26XX000000000003T1")
    assert codes(refused.value) == ["journey-device"]


def cut(lorry: Tracked, numbers: range) -> None:
    lorry.hear(numbers, seal=SealPart(n="S1", lock=1, strap=0, case=1))


def test_a_seal_that_is_cut_again_is_told_again_whatever_was_closed(lorry: Tracked) -> None:
    lorry.start = datetime.now(UTC).replace(microsecond=0) - 12 * STEP
    journey, alerts = lorry.activate(), lorry.house.tracking.alerts
    lorry.hear(range(10))
    cut(lorry, range(10, 11))

    def close() -> None:
        (alert,) = alerts.alerts(OFFICER).alerts
        assert alert.kind == "seal-tampered"
        alerts.close_alert(OFFICER, alert.id, "false-alarm", "The sensor.")
        assert alerts.alerts(OFFICER).alerts == ()
        assert shown_line(lorry, journey.id) == ("tampered", "held")

    close()
    cut(lorry, range(11, 12))  # made before it was closed
    assert alerts.alerts(OFFICER).alerts == ()
    cut(lorry, range(14, 16))  # it goes on
    close()
    lorry.hear(range(16, 20))
    assert alerts.alerts(OFFICER).alerts == ()
    cut(lorry, range(20, 21))  # whole since, and cut again
    close()
    with pytest.raises(SenderError, match="seal is not whole"):
        lorry.house.tracking.journeys.discharge_journey(SUPERVISOR, journey.id, "in order")


@pytest.mark.parametrize("is_closed", [True, False])
def test_a_sixth_cut_is_an_alert_of_its_own_once_the_fifth_was_dealt_with(lorry: Tracked, is_closed: bool) -> None:
    lorry.start = datetime.now(UTC).replace(microsecond=0) - 40 * STEP
    journey, alerts = lorry.activate(), lorry.house.tracking.alerts
    for number in range(5, 15, 2):
        cut(lorry, range(number, number + 1))
        lorry.hear([number + 1])
    cut(lorry, range(15, 16))
    five = alerts.alerts(OFFICER, AlertFilter(kind="seal-tampered")).alerts
    assert sorted(one.measured.get("occasions", 1) for one in five) == [1, 1, 1, 1, 2]  # nobody has looked yet
    for one in five:
        if is_closed:
            alerts.close_alert(OFFICER, one.id, "false-alarm", "The sensor.")
        else:
            alerts.acknowledge(OFFICER, one.id)
    lorry.hear([45])
    cut(lorry, range(46, 47))
    told = alerts.alerts(OFFICER, AlertFilter(kind="seal-tampered", state="all")).alerts
    (sixth,) = (one for one in told if one.state == "open")
    assert (len(told), sixth.severity, sixth.told) == (6, "red", "raised")
    with pytest.raises(SenderError, match="red alert is open"):
        lorry.house.tracking.journeys.discharge_journey(SUPERVISOR, journey.id, "in order")


def test_an_alert_that_becomes_red_counts_as_red_and_is_open_again(lorry: Tracked) -> None:
    lorry.start = datetime.now(UTC).replace(microsecond=0) - 40 * STEP
    begin = datetime.now(UTC)
    journey, alerts = lorry.activate(), lorry.house.tracking.alerts
    leave = Authority(act="open", officer="", place="PARK", since=begin, until=begin + timedelta(minutes=20))
    lorry.house.tracking.journeys.give_leave(OFFICER, journey.id, leave)
    lorry.start = begin - 28 * STEP
    at_park = (0, int((30 + STEP_DEG * 30) * 1e7), 10)
    open_part = SealPart(n="S1", lock=0, strap=1, case=1)
    lorry.hear([29, 30], pos=at_park)
    lorry.hear([31], pos=at_park, seal=open_part)
    lorry.hear([36], pos=None, seal=open_part)
    (alert,) = alerts.alerts(OFFICER, AlertFilter(kind="seal-opened")).alerts
    assert alert.severity == "amber"
    alerts.close_alert(OFFICER, alert.id, "explained", "The inspection took longer.")
    assert shown_line(lorry, journey.id) == ("open", "at-stake")
    elsewhere = (0, int((30 + STEP_DEG * 34) * 1e7), 10)
    lorry.keep([lorry.told(35, pos=elsewhere, seal=None)], [lorry.at(37)])
    lorry.work(lorry.at(37))
    found = {one.id: one for one in alerts.alerts(OFFICER).alerts}
    assert (found[alert.id].severity, found[alert.id].state) == ("red", "open")
    assert shown_line(lorry, journey.id) == ("breached", "held")


def test_a_cut_that_came_before_the_discharge_is_told_though_its_clock_is_ahead(lorry: Tracked) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    lorry.start = now - 12 * STEP
    journey = lorry.activate()
    lorry.hear(range(10))
    by_its_clock = int((now + timedelta(minutes=8)).timestamp() * 1000)
    cut_part = SealPart(n="S1", lock=1, strap=0, case=1)
    lorry.keep([lorry.told(11, t=by_its_clock, seal=cut_part)], [now - timedelta(seconds=2)])
    lorry.house.tracking.journeys.discharge_journey(SUPERVISOR, journey.id, "in order")
    lorry.work(datetime.now(UTC))
    (alert,) = lorry.house.tracking.alerts.alerts(OFFICER).alerts
    assert (alert.kind, alert.severity, alert.journey) == ("seal-tampered", "red", journey.id)
    assert shown_line(lorry, journey.id)[0] == "tampered"
    after = int((now + timedelta(minutes=9)).timestamp() * 1000)
    lorry.keep([lorry.told(12, t=after, seal=SealPart(n="S1", lock=1, strap=1, case=0))], [now + timedelta(minutes=9)])
    lorry.work(now + timedelta(minutes=9))
    assert len(lorry.house.tracking.alerts.alerts(OFFICER).alerts) == 1


@pytest.mark.parametrize(("is_cut", "begins"), [(False, "sealed"), (True, "unsealed")])
def test_a_seal_cut_before_its_journey_begins_it_unsealed_though_its_clock_is_ahead(
    lorry: Tracked, is_cut: bool, begins: str
) -> None:
    lorry.house.tracking.devices.handle_seal(OFFICER, "dev-1", "arm")
    now = datetime.now(UTC)
    lorry.start = now
    whole = SealPart(n="S1", lock=1, strap=1, case=1)
    came = now + timedelta(seconds=20)
    lorry.keep([lorry.told(0, t=int((now + timedelta(seconds=1)).timestamp() * 1000), seal=whole)], [came])
    by_its_clock = int((now + timedelta(minutes=8)).timestamp() * 1000)
    broken = SealPart(n="S1", lock=1, strap=0, case=1) if is_cut else whole
    lorry.keep([lorry.told(1, t=by_its_clock, seal=broken)], [came + timedelta(seconds=1)])
    lorry.work(came + timedelta(seconds=2))
    journey = lorry.activate(starts_at=came + timedelta(seconds=30), seals=())
    plan = lorry.house.tracking.journeys.journey(SUPERVISOR, journey.id).plan
    assert plan.seal_states.get("dev-1", "unsealed") == begins


def shown_line(lorry: Tracked, journey: str) -> tuple[str, str]:
    """State of the seal, and of the guarantee."""
    line = lorry.house.tracking.journeys.journey(SUPERVISOR, journey).line
    return line.seal, line.guarantee


def test_an_officer_who_affixes_a_seal_frees_the_guarantee(lorry: Tracked) -> None:
    lorry.start = datetime.now(UTC).replace(microsecond=0) - 12 * STEP
    journey, alerts = lorry.activate(), lorry.house.tracking.alerts
    lorry.hear(range(10))
    cut(lorry, range(10, 12))
    (alert,) = alerts.alerts(OFFICER).alerts
    alerts.close_alert(OFFICER, alert.id, "confirmed", "Cut by a thief.")
    affix = Authority(act="affix", officer="", place="PARK", since=datetime.now(UTC), until=lorry.at(34))
    lorry.house.tracking.journeys.give_leave(OFFICER, journey.id, affix)
    cut(lorry, range(30, 31))
    (again,) = alerts.alerts(OFFICER, AlertFilter(kind="seal-tampered")).alerts
    alerts.close_alert(OFFICER, again.id, "confirmed", "The same.")
    assert shown_line(lorry, journey.id) == ("tampered", "held")
    at_park = (0, int((30 + STEP_DEG * 30) * 1e7), 10)
    lorry.hear(range(31, 33), pos=at_park)
    assert shown_line(lorry, journey.id) == ("sealed", "at-stake")
    line = lorry.house.tracking.journeys.discharge_journey(SUPERVISOR, journey.id, "in order")
    assert line.guarantee == "released"


def test_a_leave_given_after_a_cut_withdraws_nothing(lorry: Tracked) -> None:
    lorry.start = datetime.now(UTC).replace(microsecond=0) - 31 * STEP
    journey, alerts = lorry.activate(), lorry.house.tracking.alerts
    lorry.hear(range(30))
    cut(lorry, range(30, 31))
    leave = Authority(act="remove", officer="", place="PARK", since=lorry.at(29), until=lorry.at(40))
    with pytest.raises(SenderError, match="begin in the past") as refused:
        lorry.house.tracking.journeys.give_leave(OFFICER, journey.id, leave)
    assert refused.value.code == "journey-leave"
    soon = msgspec.structs.replace(leave, since=lorry.at(30) - timedelta(minutes=1))
    lorry.house.tracking.journeys.give_leave(OFFICER, journey.id, soon)
    lorry.work(lorry.at(31))
    (alert,) = alerts.alerts(OFFICER).alerts
    assert (alert.kind, alert.severity, alert.is_withdrawn) == ("seal-tampered", "red", False)
    late = lorry.activate(
        devices=("dev-2",),
        reference="26XX000000000002T1",
        authorities=(leave,),
    )
    (known,) = lorry.house.tracking.journeys.journey(SUPERVISOR, late.id).plan.authorities
    assert known.given_at is not None
    assert known.given_at > lorry.at(30)


def test_leave_makes_an_opening_lawful_and_a_detour_allowed_before_it_the_other_way(lorry: Tracked) -> None:
    lorry.start = datetime.now(UTC).replace(microsecond=0)
    journey = lorry.activate()
    leave = Authority(act="open", officer="somebody", place="PARK", since=lorry.at(28), until=lorry.at(32))
    lorry.house.tracking.journeys.give_leave(OFFICER, journey.id, leave)
    plan = lorry.house.tracking.journeys.journey(SUPERVISOR, journey.id).plan
    assert plan.authorities[0].officer == OFFICER.id
    lorry.hear(range(30))
    lorry.hear(range(30, 31), seal=SealPart(n="S1", lock=0))
    way = ((30 + STEP_DEG * 30, 0.2), (30 + STEP_DEG * 40, 0.2))
    detour = Detour(line=way, since=lorry.at(25), until=lorry.at(45))
    lorry.house.tracking.journeys.allow_detour(OFFICER, journey.id, detour, "The bridge is down.")
    lorry.hear(range(31, 35), pos=(int(0.2 * 1e7), int((30 + STEP_DEG * 31) * 1e7), 10))
    assert lorry.house.tracking.alerts.alerts(OFFICER, AlertFilter(state="all")).alerts == ()


def test_a_detour_allowed_after_the_deed_withdraws_nothing(lorry: Tracked) -> None:
    lorry.start = datetime.now(UTC).replace(microsecond=0)
    journey = lorry.activate()
    lorry.hear(range(31))
    lorry.hear(range(31, 35), pos=(int(0.2 * 1e7), int((30 + STEP_DEG * 31) * 1e7), 10))
    assert [one.kind for one in lorry.house.tracking.alerts.alerts(OFFICER).alerts] == ["corridor-left"]
    way = ((30 + STEP_DEG * 30, 0.2), (30 + STEP_DEG * 40, 0.2))
    journeys = lorry.house.tracking.journeys
    with pytest.raises(SenderError, match="cannot begin in the past"):
        early = Detour(line=way, since=lorry.start - timedelta(hours=1), until=lorry.at(45))
        journeys.allow_detour(OFFICER, journey.id, early, "The bridge is down.")
    detour = Detour(line=way, since=lorry.at(0), until=lorry.at(45))
    journeys.allow_detour(OFFICER, journey.id, detour, "The bridge is down.")
    (known,) = journeys.journey(SUPERVISOR, journey.id).plan.detours
    assert known.given_at is not None and known.given_at >= lorry.start


def test_who_may_do_what(lorry: Tracked) -> None:
    house = lorry.house
    elsewhere = officer("officer", "ELSEWHERE")
    with pytest.raises(PolicyError):
        lorry.activate(principal=ANALYST)
    with pytest.raises(PolicyError):
        lorry.activate(principal=elsewhere)
    with pytest.raises(PolicyError):
        lorry.activate(principal=trader("ACME"))
    journey = lorry.activate(principal=officer("officer", "FROM"))
    opened(lorry)
    (alert,) = house.tracking.alerts.alerts(AUDITOR).alerts
    assert house.tracking.alerts.alerts(elsewhere).alerts == ()
    assert house.tracking.journeys.journeys(elsewhere).lines == ()
    assert [line.id for line in house.tracking.journeys.journeys(officer("officer", "TO")).lines] == [journey.id]
    for act in (
        lambda: house.tracking.alerts.acknowledge(elsewhere, alert.id),
        lambda: house.tracking.journeys.journey(elsewhere, journey.id),
        lambda: house.tracking.journeys.journey(SUPERVISOR, "no-id"),
    ):
        with pytest.raises(NotFoundError):
            act()
    for denied in (
        lambda: house.tracking.alerts.acknowledge(AUDITOR, alert.id),
        lambda: house.tracking.places.put_geofence(OFFICER, fence("X", 1)),
        lambda: house.tracking.devices.revoke_device(OFFICER, "dev-1", "lost"),
        lambda: house.tracking.devices.devices(trader("ACME")),
        lambda: house.tracking.devices.positions(trader("ACME")),
        lambda: house.tracking.journeys.discharge_journey(officer("officer", "FROM"), journey.id, ""),
    ):
        with pytest.raises(PolicyError):
            denied()


def test_every_look_is_sealed(lorry: Tracked) -> None:
    journey = lorry.activate()
    opened(lorry)
    (alert,) = lorry.house.tracking.alerts.alerts(OFFICER).alerts
    before = len(lorry.built.bodies("look"))
    lorry.house.tracking.alerts.alert(OFFICER, alert.id)
    lorry.house.tracking.journeys.journey(OFFICER, journey.id)
    lorry.house.tracking.journeys.journeys(OFFICER)
    lorry.house.tracking.devices.positions(OFFICER)
    lorry.house.tracking.devices.devices(OFFICER)
    looks = [json.loads(body)["what"] for body in lorry.built.bodies("look")[before:]]
    assert looks == ["alert", "journey", "journeys", "positions", "devices"]


def test_positions_are_of_devices_heard_since(lorry: Tracked) -> None:
    lorry.activate()
    lorry.hear(range(4))
    (place,) = lorry.house.tracking.devices.positions(OFFICER).positions
    assert (place.device, place.reference, place.seal, place.severity) == (
        "dev-1",
        "26XX000000000001T1",
        "sealed",
        None,
    )
    assert place.lon == pytest.approx(30 + 3 * STEP_DEG)
    assert lorry.house.tracking.devices.positions(OFFICER, since=lorry.at(10)).positions == ()


def test_a_device_without_a_clock_is_placed_by_receipt_and_judged(lorry: Tracked) -> None:
    journey = lorry.activate()
    lorry.hear(range(4), t=None)
    (place,) = lorry.house.tracking.devices.positions(OFFICER).positions
    assert place.lon == pytest.approx(30 + 3 * STEP_DEG)
    assert place.time == lorry.at(3) + timedelta(seconds=2)
    lorry.hear(range(4, 10), t=None, seal=SealPart(n="S2", lock=1, strap=1, case=1))
    found = {one.kind: one.severity for one in lorry.house.tracking.journeys.journey(OFFICER, journey.id).alerts}
    assert (found["clock-wrong"], found["seal-swapped"]) == ("amber", "red")


def test_a_device_changes_hands_and_each_time_it_is_sealed(lorry: Tracked) -> None:
    house = lorry.house
    assert house.tracking.devices.issue_device(OFFICER, "dev-2", "Nile Carriers", "two cells").custody == "issued"
    with pytest.raises(SenderError, match="not in the stock"):
        house.tracking.devices.issue_device(OFFICER, "dev-2", "Somebody else")
    assert house.tracking.devices.report_missing(OFFICER, "dev-2", "not returned").custody == "missing"
    with pytest.raises(SenderError, match="missing"):
        house.tracking.devices.handle_seal(OFFICER, "dev-2", "arm")
    with pytest.raises(SenderError) as refused:
        lorry.activate(devices=("dev-2",))
    assert codes(refused.value) == ["journey-device"]
    (stood,) = (one for one in house.tracking.devices.devices(OFFICER) if one.id == "dev-2")
    assert (stood.custody, stood.note) == ("missing", "not returned")
    assert house.tracking.devices.recover_device(OFFICER, "dev-2", "TO").holder == "TO"
    lorry.activate()
    assert {one.id: one.custody for one in house.tracking.devices.devices(OFFICER)} == {
        "dev-1": "issued",
        "dev-2": "stock",
    }
    with pytest.raises(SenderError, match="under way"):
        house.tracking.devices.recover_device(OFFICER, "dev-1", "TO")
    with pytest.raises(PolicyError):
        house.tracking.devices.revoke_device(SUPERVISOR, "dev-2", "")
    gone = house.tracking.devices.revoke_device(SUPERVISOR, "dev-2", "Its key was published.")
    assert (gone.state, gone.credentials) == ("revoked", 0)
    assert [json.loads(body)["custody"] for body in lorry.built.bodies("device-custody")] == [
        "issued",
        "missing",
        "stock",
    ]
    with pytest.raises(NotFoundError):
        house.tracking.devices.issue_device(OFFICER, "dev-9", "X")


def test_a_device_is_of_the_office_that_keeps_it_or_whose_officer_has_it(lorry: Tracked) -> None:
    devices = lorry.house.tracking.devices
    here, elsewhere = officer(office="TO"), officer(office="FROM")
    lorry.house.governance.accounts.put_officer("paul", "Paul", "officer", "TO", "seal and cord and wax")
    devices.recover_device(elsewhere, "dev-2", "TO")  # new ones are of every office alike
    acts: tuple[Callable[[Principal], object], ...] = (
        lambda who: devices.issue_device(who, "dev-2", "paul"),
        lambda who: devices.report_missing(who, "dev-2", "not returned"),
        lambda who: devices.handle_seal(who, "dev-2", "arm"),
        lambda who: devices.handle_seal(who, "dev-2", "blacklist", "its key was copied"),
    )
    for act in acts:
        with pytest.raises(NotFoundError):
            act(elsewhere)
    assert devices.issue_device(here, "dev-2", "paul").holder == "paul"
    for act in (lambda who: devices.recover_device(who, "dev-2", "FROM"), *acts[1:]):
        with pytest.raises(NotFoundError):
            act(elsewhere)
    assert devices.recover_device(here, "dev-2", "TO").custody == "stock"


def test_a_device_with_a_carrier_or_missing_is_of_the_office_it_left_and_of_national_officers(lorry: Tracked) -> None:
    devices = lorry.house.tracking.devices
    here, elsewhere, national = officer(office="TO"), officer(office="FROM"), officer(office=None)
    acts = (
        lambda who: devices.recover_device(who, "dev-2", "FROM"),
        lambda who: devices.report_missing(who, "dev-2", "not returned"),
        lambda who: devices.handle_seal(who, "dev-2", "arm"),
        lambda who: devices.handle_seal(who, "dev-2", "blacklist", "its key was copied"),
    )
    devices.recover_device(here, "dev-2", "TO")
    devices.issue_device(here, "dev-2", "Nile Carriers")  # no office, and no officer of one
    for act in acts:
        with pytest.raises(NotFoundError):
            act(elsewhere)
    devices.report_missing(here, "dev-2", "not returned")
    for act in acts:
        with pytest.raises(NotFoundError):
            act(elsewhere)
    assert devices.recover_device(here, "dev-2", "FROM").holder == "FROM"
    devices.issue_device(elsewhere, "dev-2", "Nile Carriers")  # now it left the stock of the other office
    with pytest.raises(NotFoundError):
        acts[0](here)
    assert devices.recover_device(national, "dev-2", "TO").holder == "TO"
    devices.issue_device(national, "dev-2", "Nile Carriers")
    assert devices.handle_seal(here, "dev-2", "arm").seal.handling.asked == "arm"


def test_a_device_never_in_anybodys_hands_is_of_every_office_and_after_a_journey_of_those_of_that(
    lorry: Tracked,
) -> None:
    devices = lorry.house.tracking.devices
    here, elsewhere, third = officer(office="TO"), officer(office="FROM"), officer(office="PARK")
    devices.issue_device(third, "dev-2", "Nile Carriers")  # from nobody's stock: of the office that hands it out
    with pytest.raises(NotFoundError):
        devices.recover_device(here, "dev-2", "TO")
    name = lorry.activate().id
    with pytest.raises(NotFoundError):
        devices.report_missing(third, "dev-1", "not returned")
    lorry.house.tracking.journeys.discharge_journey(SUPERVISOR, name, "found whole")
    with pytest.raises(NotFoundError):
        devices.recover_device(third, "dev-1", "PARK")
    devices.report_missing(elsewhere, "dev-1", "not returned")
    with pytest.raises(NotFoundError):
        devices.recover_device(third, "dev-1", "PARK")
    assert devices.recover_device(here, "dev-1", "TO").custody == "stock"


def test_an_alert_acknowledged_again_is_as_it_was(lorry: Tracked) -> None:
    lorry.activate()
    opened(lorry)
    alerts = lorry.house.tracking.alerts
    (alert,) = alerts.alerts(OFFICER).alerts
    first = alerts.acknowledge(OFFICER, alert.id)
    acts = len(lorry.built.bodies("alert-act"))
    for who in (OFFICER, ANALYST):
        assert alerts.acknowledge(who, alert.id, "again") == first
    alerts.dispatch_unit(ANALYST, alert.id, "Unit 7")
    alerts.acknowledge(OFFICER, alert.id)
    assert [one.what for one in alerts.alert(OFFICER, alert.id).acts] == ["raised", "acknowledged", "dispatched"]
    assert len(lorry.built.bodies("alert-act")) == acts + 1


def test_a_place_keeps_its_wordings_and_can_be_taken_back(lorry: Tracked) -> None:
    house = lorry.house
    house.tracking.places.put_geofence(ANALYST, fence("PARK", 31, "permitted-stop"))
    retired = house.tracking.places.retire_geofence(ANALYST, "PARK", "It was built over.")
    assert (retired.version, retired.is_retired) == (3, True)
    assert [one.fence.name for one in house.tracking.places.geofences(OFFICER)] == ["FROM", "TO"]
    with pytest.raises(SenderError):
        lorry.activate()
    back = house.tracking.places.restore_geofence(ANALYST, "PARK", 1)
    assert (back.version, back.fence.centre) == (4, (30 + STEP_DEG * 30, 0.0))
    assert house.tracking.places.retire_corridor(ANALYST, "EAST", "closed").is_retired
    assert not house.tracking.places.restore_corridor(ANALYST, "EAST").is_retired
    assert house.tracking.places.corridors(OFFICER)[0].length_m == pytest.approx(333_600, rel=0.01)


@pytest.mark.parametrize(
    "shape",
    [
        Fence(name="", centre=(0.0, 0.0), radius_m=5),
        Fence(name="x"),
        Fence(name="x", centre=(0.0, 0.0)),
        Fence(name="x", centre=(200.0, 0.0), radius_m=5),
        Fence(name="x", ring=((0.0, 0.0), (1.0, 1.0), (0.0, 0.0))),
        Fence(name="x", centre=(0.0, 0.0), radius_m=float("nan")),
    ],
)
def test_a_place_without_a_form_is_refused(lorry: Tracked, shape: Fence) -> None:
    with pytest.raises(SenderError):
        lorry.house.tracking.places.put_geofence(ANALYST, shape)


def test_a_corridor_without_length_or_width_is_refused(lorry: Tracked) -> None:
    for corridor in (
        Corridor(name="c", line=((1.0, 1.0), (1.0, 1.0))),
        Corridor(name="c", line=((1.0, 1.0), (2.0, 1.0)), half_width_m=0),
    ):
        with pytest.raises(SenderError):
            lorry.house.tracking.places.put_corridor(ANALYST, corridor)


def test_a_journey_is_told_to_others_in_their_standards(lorry: Tracked) -> None:
    journey = lorry.activate()
    lorry.hear(range(5))
    with pytest.raises(NotFoundError):
        lorry.house.tracking.journeys.journey_events(OFFICER, journey.id, "dcsa")
    lorry.hear(range(5, 7), seal=SealPart(n="S1", lock=0))
    events = json.loads(lorry.house.tracking.journeys.journey_events(OFFICER, journey.id, "epcis"))["epcisBody"][
        "eventList"
    ]
    assert [event["bizStep"] for event in events].count("sensor_reporting") == 1
    iot = json.loads(lorry.house.tracking.journeys.journey_events(OFFICER, journey.id, "dcsa"))["events"]
    assert [event["iotDetails"]["iotEventCode"] for event in iot] == ["DRO"]


def test_erasing_a_consignment_erases_where_it_was(lorry: Tracked) -> None:
    line, reference = lodged(lorry)
    lorry.activate(reference=reference)
    opened(lorry)
    erasure = Erasure(lorry.built.stores)
    with lorry.built.stores.database.transaction() as connection:
        assert connection.execute("select count(*) from device_told").fetchone() != (0,)
    lorry.built.desk()
    lorry.built.sign()
    erasure.erase(line.id, who="test", reason="the law says so")
    with lorry.built.stores.database.transaction() as connection:
        for table in ("journey", "journey_device", "alert", "device_told"):
            assert connection.execute(f"select count(*) from {table}").fetchone() == (0,), table
        assert connection.execute("select last from device_standing where device = 'dev-1'").fetchone() == (None,)


def test_arrival_is_foretold_from_its_own_pace_while_no_journeys_came_before(lorry: Tracked) -> None:
    journey = lorry.activate()
    lorry.hear(range(30))
    eta = lorry.house.tracking.journeys.journey(SUPERVISOR, journey.id).eta
    assert eta is not None and eta.coverage is None and not eta.is_late
    assert abs(eta.expected - lorry.at(60)) < timedelta(minutes=30) or eta.expected <= datetime.now(UTC)
