# SPDX-License-Identifier: Apache-2.0
"""Bounds found by the orders themselves err with at most what they may, whatever the outcomes; counted over every order."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import numpy as np
import pytest

from cocket.languages import ENGLISH
from cocket.trials.pilots.checklists import CONSORT, REGISTRY, consort, registration
from cocket.trials.pilots.estimate import Estimator, wedge_looked
from cocket.trials.pilots.protocol import looks_of
from cocket.trials.pilots.report import PilotLook, PilotRecord, PilotStatement, Sealed, SignedReport, blocks_of
from cocket.trials.pilots.running import Count, PilotData, PilotRow, gather, judge
from cocket.trials.pilots.sequences import wedge_orders, wedge_steps
from tests.trials.pilots.many import NOW, OFFICES, plan, protocol

SIX = OFFICES[:6]


def _hostile(kind: str) -> np.ndarray:
    """Outcomes of six offices in four periods, made to mislead: skewed, drifting, one office apart, a hole."""
    chance = np.random.default_rng(3)
    means = chance.exponential(0.1, (6, 4))
    if kind == "drift":
        means += np.linspace(0, 1, 4)[None, :] * np.linspace(1, 2, 6)[:, None]
    if kind == "one apart":
        means[0] += [0, 5, 0, 5]
    if kind == "hole":
        means[2, 0] = np.nan
    if kind == "all the same":
        means[:] = 0.25
    return means


@pytest.mark.parametrize("kind", ["skewed", "drift", "one apart", "hole", "all the same"])
@pytest.mark.parametrize("estimator", ["either", "constant", "exposure"])
def test_of_all_orders_no_more_pass_than_may(kind: str, estimator: Estimator) -> None:
    means, orders, alpha = _hostile(kind), wedge_orders(6, 3), 0.2
    wanted = plan(offices=SIX, periods=4, alpha=alpha, looks=(2, 3, 4), estimator=estimator)
    looks = looks_of(wanted, wedge_steps(b"s" * 32, SIX, 3))
    assert [one[0] for one in looks] == [2, 3, 4]
    found = harm = 0
    for order in orders:
        is_proven = is_harm = False
        for periods in (2, 3, 4):
            said = wedge_looked(means[:, :periods], order, 3, [one for one in looks if one[0] <= periods], estimator)
            is_proven |= said.is_proven and periods < 4
            is_harm |= said.is_harm
        found += is_proven or said.p <= alpha
        harm += is_harm
    assert found / len(orders) <= alpha
    assert harm / len(orders) <= 0.05
    if kind == "all the same":
        assert (found, harm) == (0, 0)


def test_a_look_that_was_not_planned_passes_no_bound() -> None:
    means, order = _hostile("skewed"), wedge_orders(6, 3)[0]
    said = wedge_looked(means, order, 3, ((2, 0.1, 0.1),), "constant")
    assert (said.benefit, said.harm) == (None, None)


def test_what_is_missing_never_goes_beyond_what_is_possible() -> None:
    sealed = protocol(plan(base=0.5))
    cells = tuple(
        Count(
            name=office,
            period=period,
            arm="treated" if period >= sealed.steps_of[office] else "control",
            consignments=20,
            ordered=20,
            examined=1,
            found=(place + period) % 2,
            missing=19,
        )
        for place, office in enumerate(OFFICES)
        for period in range(5)
    )
    last = judge(sealed, PilotData(until=sealed.plan.last, cells=cells))
    assert last.effect is not None and last.best is not None and last.worst is not None
    assert -1 <= last.worst <= last.effect.value <= last.best <= 1
    assert last.best - last.worst > 0.9, "nearly everything is missing, so nearly everything is possible"


def _row(lane: str, found: bool | None, **fields: bool) -> PilotRow:
    return PilotRow(
        office=OFFICES[0], day=plan().first, lane=lane, is_found=found, is_examined=found is not None, **fields
    )


def test_a_shadow_says_what_the_advice_would_have_found_among_what_was_examined() -> None:
    sealed = protocol(plan(design="shadow", looks=(), offices=OFFICES))
    rows = [
        *[_row("red", place < 12) for place in range(40)],
        *[_row("green", place < 2) for place in range(40)],
        *[_row("red", False, is_drawn=True, is_drawn_here=True) for _ in range(9)],
        _row("green", True, is_drawn=True),
        *[_row("yellow", None) for _ in range(5)],
    ]
    data = gather(sealed, rows, sealed.plan.last, {})
    said = judge(sealed, data)
    shares = {one.name: (one.examined, one.value) for one in said.shadow}
    assert shares == {"anyway-advised": (40, 0.3), "anyway-not": (40, 0.05), "drawn-not": (10, 0.1)}
    assert said.advice is not None and said.advice.value == pytest.approx(0.25)
    assert said.advice.low is not None and said.advice.low > 0
    assert said.effect is None and "nothing was changed" in said.lack


def test_advice_that_was_held_back_is_counted_by_lane() -> None:
    sealed = protocol(plan(applies="host-advice"))
    rows = [_row("red", True), _row("red", None), _row("green", None)]
    held = gather(sealed, rows, sealed.plan.last, {}).held
    assert [(one.name, one.consignments, one.examined, one.found) for one in held] == [
        ("green", 1, 0, 0),
        ("red", 2, 1, 1),
    ]
    assert gather(protocol(), rows, sealed.plan.last, {}).held == ()


def test_checklists_are_answered_from_the_sealed_plan_or_say_that_it_is_silent() -> None:
    sealed = protocol(plan(applies="host-advice", ethics="approved by the board", hours=2.0))
    data = gather(sealed, [_row("red", True)], sealed.plan.first + timedelta(days=27), {})
    look = PilotLook(
        pilot=sealed.id, number=1, version=1, at=NOW, by="analyst", is_planned=False, hours=None, data=data,
        result=judge(sealed, data),
    )  # fmt: skip
    record = PilotRecord(
        versions=(sealed,), looks=(look,), sealed=(Sealed(kind="pilot", place=7, at=NOW, sha256="ab"),)
    )
    rows = consort(record, ENGLISH)
    assert len(rows) == len(CONSORT)
    told = {question: (answer, where) for question, answer, where in rows}
    assert told["Ethics, and how people were informed"] == ("approved by the board", "What was planned")
    assert told["Who did not know the arm"] == ("not stated", "–")
    assert sealed.commitment in told["How the draw was made and kept from being foreseen"][0]
    fields = dict(registration(record, "Alphaland", ENGLISH))
    assert len(fields) == len(REGISTRY)
    assert fields["Planned number of consignments"] == "8,000"
    assert fields["Keywords"] == "not stated"
    assert fields["Status"] == "running"
    statement = PilotStatement(log="log", pilot=sealed.id, report="ab")
    report = SignedReport(
        administration="Alphaland", record=record, is_same=True, seed="", statement=statement, signature="", key=""
    )
    text = msgspec.json.encode(blocks_of(report)).decode()
    for part in ("What readers of trials ask", "For a registry of trials", "Advice that was not given to the host"):
        assert part in text
