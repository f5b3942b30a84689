# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest

from cocket.errors import PolicyError
from cocket.pipeline import NewResult, QueueFilter
from cocket.pipeline.risk.fairness_figures import FairnessView
from cocket.risk.fairness import Group
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, red_per_day=1000, yellow_per_day=1000, random_share=0.5)
    names = [f"R{number}" for number in range(24)]
    made.house.intake.messages.take_many([envelope(declaration(name)) for name in names], principal=trader("ACME"))
    made.desk()
    yield made
    made.house.close()


def of(view: FairnessView, dimension: str) -> dict[str, Group]:
    return {one.name: one for each in view.dimensions if each.dimension == dimension for one in each.groups}


def test_groups_of_an_instance_are_counted_and_the_look_is_sealed(built: Built) -> None:
    view = built.house.risk.fairness.fairness(officer("supervisor"))
    assert view.cases == 24 and view.until - view.since == timedelta(days=365)
    for dimension in ("size", "office", "country", "age"):
        assert sum(one.cases for one in of(view, dimension).values()) == 24
    assert of(view, "size")["10–99"].cases == 24 and view.without_trader == 0
    assert of(view, "age")[""].cases == 24  # everybody was there from the first day on
    assert any(msgspec.json.decode(body)["what"] == "fairness" for body in built.bodies("look"))


def test_before_the_first_result_of_an_instance_without_a_host_no_host_is_said_to_have_chosen(built: Built) -> None:
    view = built.house.risk.fairness.fairness(officer("supervisor"))
    assert not view.is_shadow
    with built.stores.database.transaction() as connection:
        row = connection.execute("select count(*) from assessment where lane = 'red' and not is_random").fetchone()
    assert row is not None and sum(one.chosen for one in of(view, "office").values()) == row[0]


def test_what_was_drawn_and_found_stands_with_its_group(built: Built) -> None:
    lines = built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines
    orders = [line.order for line in lines if line.order is not None and line.order.lane == "red"]
    for number, order in enumerate(orders):
        result = NewResult(depth="full", found=number == 0, offence="undervaluation" if number == 0 else None)
        built.house.control.officer_acts.record_result(officer(), order.id, result)
    view = built.house.risk.fairness.fairness(officer("supervisor"), again=True)
    (group,) = of(view, "office").values()
    assert orders and not view.is_shadow
    assert (group.examined.examined, group.examined.found) == (len(orders), 1)
    assert 0 < group.drawn.examined <= len(orders)
    assert group.follows == "too-few" and group.examined.share is None


def test_only_customs_sees_it_and_of_its_own_office_alone(built: Built) -> None:
    assert built.house.risk.fairness.fairness(officer("officer", "XZNOWHERE")).cases == 0
    early = built.house.risk.fairness.fairness(officer("analyst"), date(2001, 1, 1), date(2001, 2, 1))
    assert early.cases == 0 and not early.is_shadow
    with pytest.raises(PolicyError):
        built.house.risk.fairness.fairness(trader("ACME"))
