# SPDX-License-Identifier: Apache-2.0
"""Who examines, in a real house: drawn when an order is opened, shown, taken over, binding where terms say so."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.control import Allocation, verify_allocation
from cocket.errors import PolicyError, SenderError
from cocket.governance import Principal
from cocket.pipeline import Instance, NewResult, NotFoundError, OrderView, QueueFilter
from cocket.pipeline.assessment import worker as desks
from tests.houses import build, envelope, officer, trader
from tests.messages import declaration

HEAD = officer("supervisor")
NAMES = ("ana", "ben", "cy")


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Any]:
    made = build(tmp_path, red_per_day=1000, yellow_per_day=1000, random_share=1.0 - 0.25)
    made = dataclasses.replace(made, house=Instance(made.stores))
    for name in NAMES:
        made.house.governance.accounts.put_officer(name, name.title(), "officer", None, "seal and cord")
    yield made
    made.house.close()


def terms(built: Any, text: str) -> None:
    (built.settings.home / "control.toml").write_text(text)


def lodged(built: Any, *names: str, sample: str = "import") -> list[OrderView | None]:
    """Lodge declarations, and the order on each."""
    built.house.intake.messages.take_many(
        [envelope(declaration(name, sample=sample)) for name in names], principal=trader("ACME")
    )
    built.desk()
    return [line.order for line in built.house.queries.records.queue(HEAD, QueueFilter(state="all", limit=200)).lines]


def opened(built: Any, *names: str) -> list[OrderView]:
    return [order for order in lodged(built, *names) if order is not None]


def person(name: str, role: str = "officer") -> Principal:
    return Principal(id=name, kind="officer", roles=(role,))


def the_other(order: OrderView) -> str:
    return next(name for name in NAMES if name != order.examiner)


def test_each_order_is_drawn_for_once_and_an_amendment_changes_nothing(built: Any) -> None:
    (order,) = opened(built, "R1")[:1]
    assert order.examiner in NAMES
    assert set(order.stand_by) | {order.examiner} == set(NAMES)
    (again,) = [one for one in lodged(built, "R1", sample="amendment") if one]
    assert (again.id, again.examiner, again.stand_by) == (order.id, order.examiner, order.stand_by)
    assert len(built.bodies("allocation")) == 1


def test_what_is_sealed_is_verified_with_the_seed_of_the_day(built: Any) -> None:
    opened(built, *(f"R{n}" for n in range(12)))
    sealed = [msgspec.json.decode(body, type=Allocation) for body in built.bodies("allocation")]
    with built.stores.database.transaction() as connection:
        seed = built.stores.orders.seed(connection, datetime.now(UTC).date())
    assert len(sealed) > 5
    for one in sealed:
        assert verify_allocation(seed, one) == one


def test_nobody_gets_more_orders_than_the_terms_say_and_a_result_makes_room(built: Any) -> None:
    terms(built, "most_open_orders = 1")
    orders = opened(built, *(f"R{n}" for n in range(12)))
    assert sorted(one.examiner for one in orders if one.examiner) == sorted(NAMES)
    free = next(one for one in orders if one.examiner == "ana")
    built.house.control.officer_acts.record_result(person("ana"), free.id, NewResult(depth="documents", found=False))
    before = {one.id for one in orders}
    fresh = [one for one in opened(built, *(f"S{n}" for n in range(6))) if one.id not in before]
    assert [one.examiner for one in fresh if one.examiner] == ["ana"]


def test_who_has_had_a_declarant_too_often_is_passed_over(built: Any) -> None:
    terms(built, "most_with_declarant = 1")
    orders = opened(built, *(f"R{n}" for n in range(12)))
    assert sorted(one.examiner for one in orders if one.examiner) == sorted(NAMES)
    told = [msgspec.json.decode(body, type=Allocation) for body in built.bodies("allocation")]
    assert {reason for one in told for _, reason in one.passed_over} == {"barred"}


def test_an_officer_off_duty_is_in_no_draw_and_only_a_supervisor_says_so(built: Any) -> None:
    with pytest.raises(PolicyError):
        built.house.control.officers.set_duty(person("ana"), "ana", is_on=False)
    with pytest.raises(NotFoundError):
        built.house.control.officers.set_duty(HEAD, "nobody", is_on=False)
    assert built.house.control.officers.set_duty(HEAD, "ana", is_on=False) == ("ana",)
    orders = opened(built, *(f"R{n}" for n in range(12)))
    assert {one.examiner for one in orders} == {"ben", "cy"}
    assert built.house.control.officers.set_duty(HEAD, "ana", is_on=True) == ()
    assert len(built.bodies("duty")) == 2


def test_who_stands_by_takes_over_with_a_reason_and_nobody_else_but_a_supervisor(built: Any) -> None:
    (order,) = opened(built, "R1")[:1]
    with pytest.raises(PolicyError, match="on standby"):
        built.house.control.officer_acts.take_over(person("dee"), order.id, "she is ill")
    with pytest.raises(SenderError, match="Give the reason"):
        built.house.control.officer_acts.take_over(person(the_other(order)), order.id, " ")
    with pytest.raises(SenderError, match="already"):
        built.house.control.officer_acts.take_over(person(order.examiner or ""), order.id, "mine")
    taken = built.house.control.officer_acts.take_over(person(the_other(order)), order.id, "she is ill")
    assert taken.examiner == the_other(order) and order.examiner in taken.stand_by
    assert (
        built.house.control.officer_acts.take_over(person("head", "supervisor"), order.id, "both are away").examiner
        == "head"
    )
    assert b'"before"' in built.bodies("take-over")[0]


def test_where_terms_say_so_only_the_examiner_records_the_result(built: Any) -> None:
    (order,) = opened(built, "R1")[:1]
    terms(built, "examiner_only = true")
    result = NewResult(depth="documents", found=False)
    with pytest.raises(PolicyError, match="take it over first"):
        built.house.control.officer_acts.record_result(person(the_other(order)), order.id, result)
    built.house.control.officer_acts.take_over(person(the_other(order)), order.id, "she is ill")
    assert built.house.control.officer_acts.record_result(
        person(the_other(order)), order.id, result
    ).officer == the_other(order)


def test_the_queue_shows_an_officer_what_is_with_him(built: Any) -> None:
    orders = opened(built, *(f"R{n}" for n in range(9)))
    for name in NAMES:
        mine = built.house.queries.records.queue(person(name), QueueFilter(examiner=name, limit=200)).lines
        assert {line.order.id for line in mine} == {one.id for one in orders if one.examiner == name}


def test_an_override_draws_an_examiner_too(built: Any) -> None:
    terms(
        built,
        "random_share = 0.0\nred_score = 1.0\nyellow_score = 1.0\nrules_score = 1.0\nred_share = 0.0\nyellow_share = 0.0",
    )
    lodged(built, "R1")
    (line,) = built.house.queries.records.queue(HEAD, QueueFilter(state="all")).lines
    built.house.control.officer_acts.override(person("ana"), line.id, "red", "a tip")
    order = built.house.queries.records.dossier(HEAD, line.id).summary.order
    assert order.examiner in NAMES
    assert "drawn to examine: {examiner}" in [
        entry.message for entry in built.house.queries.records.dossier(HEAD, line.id).timeline
    ]


def test_documents_that_nobody_came_to_lapse_and_are_opened_again_by_a_new_version(
    built: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    terms(built, "random_share = 0.0\nyellow_days = 3")
    orders = opened(built, *(f"R{n}" for n in range(20)))
    late = datetime.now(UTC) + timedelta(days=4)
    yellow = {one.id for one in orders if one.lane == "yellow"}
    assert yellow

    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return late

    monkeypatch.setattr(desks, "datetime", Later)
    built.desk()
    now = [one for one in lodged(built) if one is not None]
    assert {one.id for one in now if one.status == "lapsed"} == yellow
    assert {one.status for one in now if one.lane == "red"} <= {"open"}
    assert len(built.bodies("lapse")) == len(yellow)
    mine = [
        built.house.queries.records.queue(person(name), QueueFilter(examiner=name, limit=200)).total for name in NAMES
    ]
    assert sum(mine) == len([one for one in now if one.status == "open"])
