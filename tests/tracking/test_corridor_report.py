# SPDX-License-Identifier: Apache-2.0
"""Reports over journeys of one way: speed, halts and alerts by kilometre, delay by operator, where they stop."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cocket.tracking.admission import admit
from cocket.tracking.case import Case
from cocket.tracking.corridor_report import ReportAlert, Travelled, report_of
from cocket.tracking.judge import judge
from cocket.tracking.thresholds import Thresholds
from tests.tracking.making import START, fence, journey, place, ride, told

LIMITS = Thresholds()


def case(events: list, route=None) -> Case:  # type: ignore[no-untyped-def, type-arg]
    return Case(admit(events, LIMITS), route or journey(), LIMITS, START + timedelta(days=1))


def halted(at: int, messages: int) -> list:  # type: ignore[type-arg]
    """A ride that stands for some messages at a place of the way."""
    return [told(number, position=place(number if number < at else max(at, number - messages))) for number in range(60)]


def test_speed_halts_and_alerts_stand_at_their_kilometre() -> None:
    alert = ReportAlert(severity="red", place=(32.0, 0.0))  # 222 km along
    mild = ReportAlert(severity="amber", place=(31.5, 0.0))  # 167 km along
    report = report_of(
        [
            Travelled(case=case(ride()), operator="A", expected=None, arrived=None, alerts=(alert, mild)),
            Travelled(case=case(halted(20, 6)), operator="B", expected=None, arrived=None),
        ]
    )
    assert (report.journeys, len(report.stretches)) == (2, 56)
    assert report.stretches[0].speed_m_s == pytest.approx(18.5, abs=0.1)
    assert [(one.from_km, one.red, one.amber) for one in report.stretches if one.red or one.amber] == [
        (160.0, 0, 1),
        (220.0, 1, 0),
    ]
    (stood,) = (one for one in report.stretches if one.halted_s)
    assert (stood.from_km, stood.halted_s, stood.journeys) == (110.0, 1800.0, 2)
    assert stood.speed_m_s is not None and stood.speed_m_s < 13  # the median of one that stood and one that did not
    assert report.stretches[-1].journeys == 0 and report.stretches[-1].speed_m_s is None
    (spot,) = report.spots
    assert (spot.stops, spot.journeys, spot.halted_s, spot.is_permitted) == (1, 1, 1800.0, False)
    assert spot.place == pytest.approx((31.0, 0.0), abs=0.001)
    assert [(cell.corner, cell.alerts) for cell in report.heat] == [
        ((31.0, 0.0), 0),
        ((31.5, 0.0), 1),
        ((32.0, 0.0), 1),
    ]


def test_a_halt_where_stops_are_permitted_is_listed_and_does_not_count() -> None:
    report = report_of([Travelled(case=case(halted(30, 6)), operator="", expected=None, arrived=None)])
    assert [(spot.is_permitted, spot.halted_s) for spot in report.spots] == [(True, 1800.0)]
    assert not any(one.halted_s for one in report.stretches)
    assert report.heat == () and report.operators[0].halted_s == 0


def test_operators_are_compared_by_what_was_expected() -> None:
    def one(operator: str, hours: float | None, expected: bool = True) -> Travelled:
        return Travelled(
            case=case(ride()),
            operator=operator,
            expected=START + timedelta(hours=10) if expected else None,
            arrived=START + timedelta(hours=10 + hours) if hours is not None else None,
        )

    report = report_of([one("A", 2), one("A", -1), one("A", 4), one("A", None), one("B", 3, expected=False)])
    first, second = report.operators
    assert (first.operator, first.journeys, first.arrived, first.late, first.delay_s) == ("A", 4, 3, 2, 7200.0)
    assert (second.operator, second.arrived, second.late, second.delay_s) == ("B", 1, 0, None)
    assert report_of([]).journeys == 0 and report_of([]).stretches == ()


def convoy(north: float, numbers: range) -> set[str]:
    """Alerts of two journeys that travel together, of which the second is aside for some messages."""
    lead, other = journey(), journey(id="J2", devices=("dev-2",), convoy="J1", corridor=(), seals=("S2",), equipment=())
    second = [
        told(number, id=f"{number:031x}b", device="dev-2", at=60, seal=None, equipment=None,
             position=place(number, north if number in numbers else 0.0))
        for number in range(60)
    ]  # fmt: skip
    return {one.kind for one in judge([*ride(), *second], [lead, other], as_of=START + timedelta(hours=5))}


def test_a_convoy_that_parts_is_told_of_and_one_that_stays_together_is_not() -> None:
    assert convoy(0.0, range(0)) == set()
    assert convoy(0.1, range(20, 30)) == {"convoy-parted"}  # 11 km for 45 minutes
    assert convoy(0.1, range(20, 25)) == set()  # for 20 minutes
    assert convoy(0.03, range(20, 40)) == set()  # 3 km
    alone = journey(id="J2", devices=("dev-2",), corridor=(), seals=(), equipment=(), departure=fence("FROM", 0))
    far = [
        told(n, id=f"{n:031x}c", device="dev-2", position=place(n, 0.2), seal=None, equipment=None) for n in range(60)
    ]
    assert judge([*ride(), *far], [journey(), alone], as_of=START + timedelta(hours=5)) == ()
